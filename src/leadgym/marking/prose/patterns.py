"""Phrases of a rubric as one regular expression over a reading's line.

A phrase is words between spaces. ``refund*`` takes any ending, ``shop|merchant`` either word (``in+time|early`` with a
plus for a space inside), ``not?`` may be missing, ``..`` is up to six words without a "not" among them, ``...`` any
words of the same sentence, ``.`` its end, ``{yours}`` any phrase of that group, ``#date`` a date (also #amount #share
#duration #time #month); `` / `` stands between whole phrases. Articles count for nothing, in the phrase as in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from leadgym.marking.prose.quantities import DAYS, MONTHS, NUMBERS
from leadgym.marking.prose.reading import ARTICLES

NEGATORS = "not|no|non|never|nobody|nothing|none|neither|nor|without|hardly|cannot|doubt|noone"
_SPACE = r"(?: [^\w\s#])* "
_GAP = rf"(?: (?!(?:{NEGATORS}) )[^\s]+){{0,6}}?{_SPACE}"
_WIDE = rf"(?: [^\s]+)*?{_SPACE}"
_QUANTITY = re.compile(r"#(?:amount|share|duration|date|month|time)(?::\w+)?")
_TOKEN = re.compile(r"[\w*'+-]+")
_MARKS = frozenset("?!,;:=→–-")
_DENIED = re.compile(rf" (?:{NEGATORS})(?= )")
_CLAUSE = re.compile(r"[,;:()\n!?–]|(?<= )(?:but|and|then|because|so|if|when|while|until|before|unless)(?= )")
_HARMLESS = re.compile(r" (?:no doubt|without doubt|not only|no longer|nothing but|no problem|no matter|why not)(?= )")


class PatternProblem(ValueError):
    """Why a phrase cannot be read, in a sentence."""


class Groups(Mapping[str, Sequence[str]]):
    """Named groups of phrases; the compiled forms are kept."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._groups = dict(groups)
        self._made: dict[str, str] = {}
        self._patterns: dict[tuple[str, ...], re.Pattern[str]] = {}

    def __getitem__(self, name: str) -> Sequence[str]:
        return self._groups[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def source(self, name: str, inside: tuple[str, ...] = ()) -> str:
        """The regular expression of a group. Raises PatternProblem for an unknown group or one that holds itself."""
        if name not in self._groups:
            raise PatternProblem(f"there is no group '{{{name}}}'; define it under 'words' or correct its name.")
        if name in inside:
            raise PatternProblem(f"the group '{{{name}}}' holds itself; take it out.")
        if name not in self._made:
            self._made[name] = _either(self._groups[name], self, (*inside, name))
        return self._made[name]

    def compiled(self, phrases: Sequence[str]) -> re.Pattern[str]:
        """All ``phrases`` as one pattern. Raises PatternProblem."""
        key = tuple(phrases)
        if key not in self._patterns:
            self._patterns[key] = _compiled(f"(?<= ){_either(phrases, self, ())}(?= )")
        return self._patterns[key]


@lru_cache(maxsize=4096)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def _either(phrases: Sequence[str], groups: Groups, inside: tuple[str, ...]) -> str:
    made = [_phrase(part, groups, inside) for phrase in phrases for part in phrase.split(" / ")]
    return "(?:" + "|".join(dict.fromkeys(made)) + ")"


def _phrase(phrase: str, groups: Groups, inside: tuple[str, ...]) -> str:
    made = ""
    join = ""
    for token in phrase.lower().replace("’", "'").split():
        if token in ARTICLES:
            continue
        if token in ("..", "..."):
            join = {"..": _GAP, "...": _WIDE}[token]
            continue
        optional = token.endswith("?") and not token.endswith("|?") and len(token) > 1
        token = token.removesuffix("?") if optional else token
        one = "(?:" + "|".join(_part(part, phrase, groups, inside) for part in token.split("|") if part) + ")"
        if optional:
            made += f"(?:{join or _SPACE if made else ''}{one})?" if made else f"(?:{one} )?"
            continue
        made += (join or _SPACE if made and not made.endswith(" )?") else "") + one
        join = ""
    if not made:
        raise PatternProblem(f"'{phrase}' is empty; write words.")
    return made


def _part(part: str, phrase: str, groups: Groups, inside: tuple[str, ...]) -> str:
    if part.startswith("{") and part.endswith("}"):
        return groups.source(part[1:-1], inside)
    if _QUANTITY.fullmatch(part):
        return part if ":" in part else rf"{part}(?::\w+)?"
    if part == ".":
        return "\n"
    if part in _MARKS:
        return re.escape(part)
    if _TOKEN.fullmatch(part):
        words = (word for word in part.split("+") if word not in ARTICLES)
        return _SPACE.join(_word(word) for word in words)
    raise PatternProblem(f"'{part}' in '{phrase}' cannot be read; write words, a|b, word*, {{group}}, .. or #date.")


def _word(part: str) -> str:
    if "-" in part:
        part = part.replace("-", " - ")
    day = part.rstrip("*").removesuffix("s")
    if part.removesuffix("s") != part and day in DAYS:
        return part  # "tuesdays" is every week, "tuesday" and "tuesday*" also one of them
    if day in DAYS:
        return rf"(?:#date:{day}|{day}s?)"
    if part in MONTHS:
        return rf"(?:#month:{MONTHS[part]}|{part})"
    number = NUMBERS.get(part, part)
    return re.escape(number).replace(r"\*", r"\w*").replace(r"\ \-\ ", r" (?:- )?").replace(r"\ ", " ")


def literals(phrases: Sequence[str]) -> Iterator[str]:
    """The words of ``phrases`` that stand there letter for letter."""
    for phrase in phrases:
        for token in re.findall(r"(?<![{#\w])[a-z'_]+(?![\w}*])", phrase.lower()):
            if len(token) > 3:
                yield token


def denied(line: str, start: int) -> bool:
    """Whether what begins at ``start`` of ``line`` stands after a "not" of its own clause."""
    before = line[max(0, start - 80) : start]
    clause = _CLAUSE.split(before)[-1]
    words = " " + " ".join(clause.split()[-6:]) + " "
    return bool(_DENIED.search(_HARMLESS.sub(" ", words)))
