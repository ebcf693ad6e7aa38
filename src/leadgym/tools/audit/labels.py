"""What a meeting is about, and on which side of the week it stands: by rules over titles.

A labels file is a CSV with the columns ``title``, ``kind`` and ``side``. ``title`` is a title, in any case, and may
hold ``*`` for anything (``1:1 *``). The first row that fits counts; a title that no row fits gets the rules below
and no side.
``side`` is ``making``, ``leading`` or ``neither``: what counts as which is the reader's decision and nobody else's.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from leadgym.tools.audit.numbers import MEETING, Entry
from leadgym.tools.rows import read_csv, shortened
from leadgym.yamlfile import FileProblems

SIDES = ("making", "leading", "neither")
OTHER = "other meetings"
_KINDS = (
    ("one to one", r"\b(1\s?[:on-]+\s?1|one[- ](to|on)[- ]one|121|catch[- ]?up)\b"),
    ("the team's round", r"\b(stand[- ]?up|daily|planning|retro\w*|refinement|grooming|sprint|team meeting|weekly)\b"),
    ("hiring", r"\b(interview\w*|hiring|candidate|debrief|screening)\b"),
    ("review and design", r"\b(review\w*|design\w*|architecture|rfc|adr)\b"),
    ("incidents and on-call", r"\b(incident\w*|post[- ]?mortem|on[- ]?call|escalation)\b"),
    ("pairing", r"\b(pair\w*|mob\w*|shadow\w*)\b"),
    ("talks outside the team", r"\b(roadmap|stakeholder\w*|vendor\w*|supplier\w*|customer\w*|client\w*|sales|demo)\b"),
    ("rounds of the house", r"\b(all[- ]?hands|town[- ]?hall|company|department)\b"),
    ("breaks", r"\b(lunch|coffee|break)\b"),
)


@dataclass(frozen=True)
class Label:
    """One row of a labels file."""

    title: str
    kind: str
    side: str


def guessed(title: str) -> str:
    """The kind that a title sounds like, by words of English."""
    return next((kind for kind, pattern in _KINDS if re.search(pattern, title, re.IGNORECASE)), OTHER)


def labelled(entries: Sequence[Entry], labels: Sequence[Label]) -> list[Entry]:
    """``entries`` with kind and side by the first label that fits, or by how the title sounds."""
    seen: dict[str, Label] = {}

    def label(title: str) -> Label:
        if title not in seen:
            plain = _plain(title)
            fits = (one for one in labels if fnmatchcase(plain, _pattern(one.title)))
            seen[title] = next(fits, Label(title, guessed(title), ""))
        return seen[title]

    return [replace(one, kind=label(one.title).kind, side=label(one.title).side) for one in entries]


def read_labels(path: Path) -> list[Label]:
    """The labels of a file. Raises FileProblems."""
    columns = {"title": ("subject", "meeting"), "kind": ("category",), "side": ("making or leading",)}
    found, problems = [], []
    for line in read_csv(path, columns, optional=["kind"]):
        title, side = line.cells["title"], line.cells["side"].casefold()
        if not title:
            problems.append(line.problem("title", "is empty; write a title, or part of one with *."))
        if side and side not in SIDES:
            problems.append(line.problem("side", f"is '{side}'; write {', '.join(SIDES)}, or leave it empty."))
        found.append(Label(title, line.cells.get("kind") or guessed(title), side))
    if problems:
        raise FileProblems(shortened(problems))
    return found


def write_labels(entries: Iterable[Entry], path: Path) -> int:
    """Write a labels file with every title there is, the most frequent first, ``side`` left empty. How many rows."""
    titles = Counter(entry.title for entry in entries if entry.does == MEETING)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(("title", "kind", "side"))
            for title, _ in titles.most_common():
                out.writerow((_quoted(title), guessed(title), ""))
    except OSError as error:
        raise FileProblems([f"{path}: cannot be written ({error.strerror}). Choose another folder."]) from error
    return len(titles)


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def _quoted(title: str) -> str:
    """A title as a pattern for itself."""
    return re.sub(r"([*?\[])", r"[\1]", " ".join(title.split()))


def _pattern(title: str) -> str:
    """What the reader wrote: ``*`` stands for anything; every other sign for itself, unless it is quoted as [?]."""
    text = _plain(title)
    out, at = "", 0
    while at < len(text):
        if (quoted := text[at : at + 3]) in ("[*]", "[?]", "[[]"):
            out += quoted
            at += 3
            continue
        out += text[at] if text[at] == "*" else f"[{text[at]}]" if text[at] in "?[" else text[at]
        at += 1
    return out
