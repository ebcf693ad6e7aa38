"""What a preview found, kept in ``ROOT/.leadgym/remark/SLUG/`` until it is applied: ``plan.json`` and the notebooks.

While it is being applied ``begun.json`` is there too, so that a run that was killed can be taken to its end.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from leadgym.cohort.records import Record
from leadgym.cohort.road import PRIVATE, MarkingProblem, written
from leadgym.keptfile import write_whole

_PLAN, _BEGUN, _MADE = "plan.json", "begun.json", "made"


@dataclass(frozen=True)
class Anew:
    """One submission as it would stand after marking it anew.

    ``before``, ``after``: what counts, lateness taken off, of ``out_of``. ``answers``: those of which the marker says
    something else now, as `remark.log` has them, and ``waits``: whether a person has to look who had not to before.
    ``rules``: by which it was marked, None where that is unknown; ``ran``: why its notebook was run, or empty.
    ``submission``, ``notebooks`` and ``book`` tell what it was made from: what was handed in, the digests of the marked
    notebooks, and what the gradebook held.
    """

    learner: str
    before: float
    after: float
    out_of: float
    answers: list[dict[str, Any]]
    rules: str | None
    ran: str
    submission: str
    notebooks: dict[str, str]
    book: list[list[Any]]

    @property
    def counts(self) -> bool:
        """Whether anything that counts changes."""
        return any(answer["before"] != answer["after"] for answer in self.answers)


@dataclass(frozen=True)
class Plan:
    """A preview. ``rules``: by which it was made (an id). ``since``: what has changed, by groups of submissions that
    were marked by the same rules: their number, and sentences. ``current``: how many are marked by today's rules.

    ``failed``: who cannot be marked anew, and why. ``waiting``: who has handed in anew and is for ``leadgym grade``.
    """

    id: str
    module: str
    when: str
    rules: str
    learners: list[Anew]
    since: list[tuple[int, list[str]]]
    current: int
    failed: dict[str, str]
    waiting: list[str]

    @property
    def changed(self) -> list[Anew]:
        """Those of which the marker says something else now."""
        return [one for one in self.learners if one.answers]


@dataclass(frozen=True)
class Begun:
    """Who applies a plan, when that began, and why."""

    who: str
    when: str
    why: str


class Kept:
    """The kept preview of one module."""

    def __init__(self, root: Path, slug: str) -> None:
        self.folder = root / PRIVATE / "remark" / slug

    def plan(self) -> Plan | None:
        """The preview that is kept, None where there is none. Raises MarkingProblem for one that cannot be read."""
        data = self._read(_PLAN)
        if data is None:
            return None
        try:
            learners = [Anew(**one) for one in data["learners"]]
            since = [(int(count), list(said)) for count, said in data["since"]]
            names = {one.name for one in fields(Plan)}
            return Plan(**{**{name: data[name] for name in names}, "learners": learners, "since": since})
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged(_PLAN) from error

    def begun(self) -> Begun | None:
        """By whom the plan is being applied; None when nobody has begun."""
        data = self._read(_BEGUN) if (self.folder / _PLAN).is_file() else None
        try:
            return None if data is None else Begun(**data)
        except TypeError as error:
            raise self._damaged(_BEGUN) from error

    def begin(self, begun: Begun) -> None:
        """From now on the plan is being applied."""
        with written(self.folder):
            write_whole(self.folder / _BEGUN, json.dumps(asdict(begun), ensure_ascii=False))

    def put(self, plan: Plan, made: Path) -> None:
        """Keep ``plan`` in the place of any other; the notebooks are moved from ``made/LEARNER/SLUG/``."""
        with written(self.folder):
            self.remove()
            self.folder.mkdir(parents=True)
            for one in plan.learners:
                (self.folder / _MADE / one.learner).mkdir(parents=True)
                for name in one.notebooks:
                    shutil.move(made / one.learner / plan.module / name, self.folder / _MADE / one.learner / name)
            write_whole(self.folder / _PLAN, json.dumps(asdict(plan), ensure_ascii=False))

    def made(self, one: Anew) -> dict[str, str]:
        """The marked notebooks of ``one``, by file name. Raises MarkingProblem."""
        folder = self.folder / _MADE / one.learner
        with written(folder):
            return {name: (folder / name).read_text(encoding="utf-8") for name in one.notebooks}

    def remove(self) -> None:
        """There is no preview any more. Raises OSError."""
        (self.folder / _PLAN).unlink(missing_ok=True)  # without it nothing else counts
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name: str) -> Any:
        path = self.folder / name
        with written(path):
            if not path.is_file():
                return None
            try:
                return json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise self._damaged(name) from error

    def _damaged(self, name: str) -> MarkingProblem:
        return MarkingProblem(
            f"{self.folder / name}:1: is damaged, or of another version of leadgym. Remove the folder it lies in and "
            "look again without --apply; no mark is in it."
        )


def book_of(record: Record) -> list[list[Any]]:
    """What the gradebook holds of a submission, as far as a person or a marker put it there; JSON data."""
    answers = sorted(record.answers.values(), key=lambda answer: answer.name)
    return [[a.name, a.auto, a.manual, a.points] for a in answers] + [["", record.penalty]]


def data_of(plan: Plan) -> Mapping[str, Any]:
    """The plan for a program: without what it was made from."""
    data = asdict(plan)
    inner = ("submission", "notebooks", "book")
    data["learners"] = [{name: value for name, value in one.items() if name not in inner} for one in data["learners"]]
    data["since"] = [{"submissions": count, "changed": said} for count, said in plan.since]
    return data


@contextlib.contextmanager
def scratch_in(root: Path) -> Iterator[Path]:
    """A folder for what is under way. Each has a name of its own: databases are known by theirs while we run."""
    place = root / PRIVATE / "remark"
    with written(place):
        place.mkdir(parents=True, exist_ok=True)
        for left in place.glob("work-*"):  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="work-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
