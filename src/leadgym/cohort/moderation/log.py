"""``ROOT/.leadgym/moderation.jsonl``: every decision, one JSON object a line, never changed, only added to.

A line has ``id``, ``what`` (``decision``, ``check``, ``flag`` or ``undo``), ``when`` (UTC), ``who``, ``learner``,
``module``, ``answer``, ``criterion``, ``proposed``, ``decided``, ``out_of``, ``marker``, ``note`` and ``digest``, which
tells this answer under this criterion from any other; a decision that completes an answer has ``score``, the points
that go into the gradebook, and an undo has ``undoes``, the id of what it takes back. A ``check`` is a second look at
something the marker was sure of, and changes no mark.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from leadgym.cohort.road import PRIVATE, MarkingProblem, written
from leadgym.keptfile import append_line
from leadgym.yamlfile import FileProblems

DECISION, CHECK, FLAG, UNDO = "decision", "check", "flag", "undo"
_KINDS = (DECISION, CHECK, FLAG, UNDO)
_LOCK_SECONDS = 20.0
Place = tuple[str, str, str]
"""An answer: module, learner, and the answer's name."""
Point = tuple[str, str, str, str, str]
"""A question: module, learner, answer, criterion, digest."""


@dataclass(frozen=True)
class Entry:
    """One line. Points are on the rubric's scale; ``proposed`` is None where the marker proposed nothing."""

    what: str
    who: str
    learner: str
    module: str
    answer: str
    criterion: str
    digest: str
    out_of: float
    proposed: float | None = None
    decided: float | None = None
    marker: str = ""
    note: str = ""
    score: float | None = None
    undoes: str = ""
    when: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def place(self) -> Place:
        """The answer it is about."""
        return self.module, self.learner, self.answer

    @property
    def point(self) -> Point:
        """The question it is about."""
        return self.module, self.learner, self.answer, self.criterion, self.digest


_NAMES = {one.name for one in fields(Entry)}


class Log:
    """What has been decided so far in the course root ``root``. Read anew whenever it is asked."""

    def __init__(self, root: Path) -> None:
        self.path = root / PRIVATE / "moderation.jsonl"
        self._read: tuple[int, list[Entry]] = (0, [])

    def entries(self) -> list[Entry]:
        """Every line in order. Raises FileProblems for a line that is none of ours."""
        with written(self.path):
            size = self.path.stat().st_size if self.path.is_file() else 0
            if size < self._read[0]:  # another file by now
                self._read = (0, [])
            start, known = self._read
            if size > start:
                with self.path.open("rb") as file:
                    file.seek(start)
                    data = file.read()
                whole = data[: data.rfind(b"\n") + 1]
                known = [*known, *_parsed(self.path, whole, len(known))]
                self._read = (start + len(whole), known)
        return known

    def standing(self) -> list[Entry]:
        """The lines that were not taken back, without the undos themselves."""
        return standing(self.entries())

    @contextmanager
    def adding(self) -> Iterator[Callable[[Entry], None]]:
        """Inside, nobody else adds to the log. What is handed out writes one line, to the disk before it returns.

        Raises MarkingProblem when somebody else does not let go.
        """
        with written(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                    yield self._add
            except Timeout as busy:
                raise MarkingProblem(
                    f"Somebody else has been writing to {self.path} for {_LOCK_SECONDS:g} seconds. Nothing of yours "
                    "was recorded; try again."
                ) from busy

    def _add(self, entry: Entry) -> None:
        append_line(self.path, json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False))


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """``entries`` without undos and what they take back."""
    found = list(entries)
    gone = {entry.undoes for entry in found if entry.what == UNDO}
    return [entry for entry in found if entry.what != UNDO and entry.id not in gone]


def latest(entries: Iterable[Entry], what: str) -> dict[Point, Entry]:
    """The last standing entry of one kind for each question."""
    return {entry.point: entry for entry in entries if entry.what == what}


def _parsed(path: Path, data: bytes, before: int) -> Iterator[Entry]:
    problems = []
    for number, line in enumerate(data.splitlines(), before + 1):
        try:
            yield _entry(json.loads(line))
        except (ValueError, TypeError):
            problems.append(f"{path}:{number}: is no decision of moderation. Take the line out, or put a copy back.")
    if problems:
        raise FileProblems(problems)


def _entry(data: Any) -> Entry:
    if not isinstance(data, Mapping):
        raise TypeError(data)
    entry = Entry(**{name: value for name, value in data.items() if name in _NAMES})
    numbers = (entry.out_of, *(n for n in (entry.proposed, entry.decided, entry.score) if n is not None))
    if entry.what not in _KINDS or not all(type(number) in (int, float) for number in numbers):
        raise ValueError(data)
    datetime.fromisoformat(entry.when)
    return entry
