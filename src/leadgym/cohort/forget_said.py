"""What ``leadgym cohort forget`` says: what goes, what is left, and what it cannot reach."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Sequence
from pathlib import Path

from leadgym.cohort.forget import KINDS, Left, Person, Place, everyone
from leadgym.cohort.todo import shown

_SHOWN = 12


def nothing(place: Place, learner: str | None) -> str:
    """That there is nobody of that id, and whom else it could mean."""
    if learner is None:
        return f"There is nobody in {place.root} to forget."
    near = difflib.get_close_matches(learner, everyone(place), n=3, cutoff=0.7)
    meant = f" Did you mean {' or '.join(map(shown, near))}?" if near else ""
    return f"There is nothing of '{shown(learner)}' in {place.root} or in the exchange.{meant}"


def to_remove(place: Place, people: Sequence[Person]) -> str:
    """What there is of each, before it goes. Of many only whom, and how much."""
    if len(people) > _SHOWN:
        folders = sum(len(one.folders) for one in people)
        work = sum(one.submissions for one in people)
        names = ", ".join(shown(one.id) for one in people)
        return f"{len(people)} people: {folders} folders, {work} marked submissions, all else of theirs.\n{names}"
    lines: list[str] = []
    for one in people:
        others = "; ".join(shown(word) for word in one.words if word != one.id)
        lines.append(f"{shown(one.id)}{f' ({others})' if others else ''}{', begun before' if one.begun else ''}")
        lines += [f"  {'roster.csv':22} {_count(one.listed, 'line')}"] if one.listed else []
        lines += [f"  {'cohort.yaml':22} {_count(one.extensions, 'extension')}"] if one.extensions else []
        if one.graded:
            lines.append(f"  {'gradebook':22} name and marks of {_count(one.submissions, 'submission')}")
        lines += [_line(place.root, path) for path in (*one.folders, *one.files, *one.exchanged)]
        lines += [f"  {log:22} {_count(number, 'line')}" for log, number in one.logs.items()]
    return "\n".join(lines)


def what_is_left(place: Place, left: Left, people: Sequence[Person]) -> str:
    """The result of the search: nothing, or where the person is still named."""
    whom = shown(people[0].id) if len(people) == 1 else f"{len(people)} people"
    lines = [f"Removed: {whom}."]
    lines += left.problems
    ours: list[Path] = []
    written: list[Path] = []
    for path in left.named:
        inside = path.relative_to(place.root).parts if path.is_relative_to(place.root) else ("",)
        (ours if inside[0] in KINDS or inside[0].startswith(".") or not inside[0] else written).append(path)
    if written:
        lines.append("You wrote these; they may name the person. Look, and delete or write them anew:")
        lines += _paths(place.root, written)
    if ours:
        lines.append("These have the id, a name or the address in them, perhaps by chance. Look:")
        lines += _paths(place.root, ours)
    if not left.anything:
        what = "id, name and e-mail address stand" if len(people) == 1 else "their ids, names and addresses stand"
        lines.append(f"Searched every file here and in this course's exchange:\n{what} in none of them.")
    if left.closed:
        lines.append("Not searched, for they are packed; look yourself:")
        lines += _paths(place.root, left.closed)
    return "\n".join(lines)


def beyond_reach(place: Place) -> str:
    """What nobody can remove from here."""
    lines = [
        "Not within reach of this command, and still there where you made it: backups and snapshots; what was mailed "
        "or uploaded to an LMS; learners' own folders (on a hub: their homes, with their copies and their cache); "
        "logs of a hub or a server; reports and exports that were saved elsewhere.",
    ]
    if not place.db_url.startswith("sqlite"):
        lines.append(
            "The database server keeps deleted rows in its write-ahead log and archives for as long as you set."
        )
    if place.exchange.elsewhere:
        lines.append("The exchange is a service (ngshare): remove the person's submissions and feedback there.")
    return "\n".join(textwrap.fill(line, 80, break_long_words=False, break_on_hyphens=False) for line in lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _line(root: Path, path: Path) -> str:
    about = path.relative_to(root) if path.is_relative_to(root) else path
    if path.is_dir() and not path.is_symlink():
        return f"  {shown(str(about)):22} {_count(sum(one.is_file() for one in path.rglob('*')), 'file')}"
    return f"  {shown(str(about))}"


def _paths(root: Path, paths: Sequence[Path]) -> list[str]:
    said = [f"  {shown(str(path.relative_to(root) if path.is_relative_to(root) else path))}" for path in paths[:_SHOWN]]
    return [*said, *([f"  and {len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else [])]
