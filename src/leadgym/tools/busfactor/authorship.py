"""Who knows a file, and how many people may leave: numbers only, no git.

Degree of authorship of a person for a file (Fritz et al. 2010, 2014, as used by Avelino et al. 2016):

    DOA = 3.293 + 1.098 FA + 0.164 DL - 0.321 ln(1 + AC)

FA is 1 for whoever created the file and 0 for others, DL is how often the person has changed it since, AC how often
others have. The weights come from a regression on what developers of one firm said they knew.

A person is an author of the file when their DOA is more than 0.75 of the file's highest and at least 3.293. The
truck factor counts how many people have to go, always the one who is an author of most files next, until more than
half of the files have no author (the greedy heuristic of Avelino et al. 2016, "A novel approach for estimating
truck factors").
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

BASE, FIRST, OWN, OTHERS = 3.293, 1.098, 0.164, 0.321
OF_THE_HIGHEST, AT_LEAST = 0.75, 3.293
HALF = 0.5


@dataclass(frozen=True)
class Touches:
    """A file's history: who created it (more than one where it was made anew), how often each has changed it since."""

    creators: frozenset[str]
    changes: Mapping[str, int]


@dataclass(frozen=True)
class Removed:
    """One step: who goes, of how many files they were an author, and what share of all files still has one."""

    person: str
    files: int
    left: float


@dataclass(frozen=True)
class TruckFactor:
    """``removed`` in order; ``left``: the share of files with an author before anybody goes."""

    files: int
    left: float
    removed: tuple[Removed, ...]

    @property
    def value(self) -> int:
        """How many people have to go. 0: more than half of the files have no author as it is, or there are none."""
        return len(self.removed)


def degree(first: bool, own: int, others: int) -> float:
    """DOA from who created the file, one's own changes and those of the others."""
    return BASE + FIRST * first + OWN * own - OTHERS * math.log1p(others)


def degrees(touches: Touches) -> dict[str, float]:
    """The DOA of everybody who ever touched the file."""
    whole = sum(touches.changes.values())
    people = touches.creators | touches.changes.keys()
    return {
        person: degree(person in touches.creators, own, whole - own)
        for person in people
        for own in (touches.changes.get(person, 0),)
    }


def authors(found: Mapping[str, float]) -> frozenset[str]:
    """The authors among the people of ``degrees``. A file that very many have changed may have none."""
    best = max(found.values(), default=0.0)
    if best <= 0:
        return frozenset()
    return frozenset(who for who, doa in found.items() if doa / best > OF_THE_HIGHEST and doa >= AT_LEAST)


def truck_factor(files: Mapping[str, Collection[str]]) -> TruckFactor:
    """The greedy truck factor of ``files``: for each path its authors. Of equals the first by name goes first."""
    owned = Counter(person for people in files.values() for person in people)
    remaining = {path: len(people) for path, people in files.items() if people}
    by_person: dict[str, list[str]] = {}
    for path, people in files.items():
        for person in people:
            by_person.setdefault(person, []).append(path)
    left = at_first = len(remaining) / len(files) if files else 0.0
    removed = []
    for person in sorted(owned, key=lambda who: (-owned[who], who)):
        if left < HALF:
            break
        for path in by_person[person]:
            remaining[path] -= 1
            if not remaining[path]:
                del remaining[path]
        left = len(remaining) / len(files)
        removed.append(Removed(person, owned[person], left))
    return TruckFactor(len(files), at_first, tuple(removed))


def orphaned(files: Mapping[str, Collection[str]], leaving: Collection[str]) -> list[str]:
    """The files that have an author now and none once ``leaving`` are gone."""
    return sorted(path for path, people in files.items() if people and set(people) <= set(leaving))


def nearest(found: Mapping[str, float], leaving: Collection[str]) -> tuple[str, float] | None:
    """Who of those who stay stands nearest to a file, and their DOA as a share of its highest."""
    stays = {who: doa for who, doa in found.items() if who not in leaving}
    if not stays:
        return None
    who = min(stays, key=lambda one: (-stays[one], one))
    return who, max(0.0, stays[who] / max(found.values()))
