"""Who is who: one person behind several names and addresses.

git has applied .mailmap by then. What is left is merged by three rules: the same e-mail address; the same full name
(two words or more, capitals and accents apart); and the two forms of GitHub's noreply address.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

_NOREPLY = re.compile(r"^(?:\d+\+)?([^@]+)@users\.noreply\.github\.com$")
_PLACEHOLDERS = ("@localhost", "@(none)", ".local", "@example.com", "@example.org")


@dataclass
class _Seen:
    name: str
    commits: int = 0
    last: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody who committed: the name used most, how many commits, and when the last one was (seconds since 1970)."""

    name: str
    commits: int
    last: int


@dataclass
class People:
    """Numbers for (name, e-mail) as they come, and which of them are one person."""

    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _seen: list[_Seen] = field(default_factory=list)
    _parent: list[int] = field(default_factory=list)
    _keys: dict[str, int] = field(default_factory=dict)

    def number(self, name: str, email: str) -> int:
        """The number of this name with this address."""
        key = (name, email)
        if key not in self._numbers:
            number = self._numbers[key] = len(self._seen)
            shown = "".join(char for char in name or email if char.isprintable())
            self._seen.append(_Seen(shown or "(nobody)"))
            self._parent.append(number)
            for same in _same(name, email):
                self._join(number, self._keys.setdefault(same, number))
        return self._numbers[key]

    def committed(self, number: int, when: int) -> None:
        """Count a commit."""
        seen = self._seen[number]
        seen.commits += 1
        seen.last = max(seen.last, when)

    def persons(self) -> tuple[dict[int, str], dict[str, Person]]:
        """For each number a name that is one person's alone, and the people by that name."""
        groups: dict[int, list[int]] = {}
        for number in range(len(self._seen)):
            groups.setdefault(self._root(number), []).append(number)
        names: dict[int, str] = {}
        people: dict[str, Person] = {}
        taken: Counter[str] = Counter()
        for members in groups.values():
            counts: Counter[str] = Counter()
            for number in members:
                counts[self._seen[number].name] += self._seen[number].commits
            name = min(counts, key=lambda one: (-counts[one], one))
            taken[name] += 1
            if taken[name] > 1:
                name = f"{name} ({taken[name]})"
            people[name] = Person(name, counts.total(), max(self._seen[number].last for number in members))
            names |= dict.fromkeys(members, name)
        return names, people

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._parent[second] = first


def _same(name: str, email: str) -> list[str]:
    """What a person is recognised by."""
    keys = []
    address = email.strip().lower()
    if found := _NOREPLY.match(address):
        keys.append(f"login {found[1]}")
    elif "@" in address and not address.endswith(_PLACEHOLDERS):
        keys.append(f"mail {address}")
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold().split()
    if len(plain) > 1:
        keys.append(f"name {' '.join(plain)}")
    return keys or [f"raw {name} {email}"]
