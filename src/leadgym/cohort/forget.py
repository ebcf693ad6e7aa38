"""Removing a person from a course root and from the exchange, and the search that shows that nothing is left.

What is needed to finish (who it is, which pages in the exchange are theirs) is written down before the first thing
goes, and goes last itself: a removal that was killed anywhere is finished by the same command. The exchange comes
first, since only what lies in the course root leads to the pages there; the roster before the gradebook, which
``leadgym cohort status`` would fill from it again.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from leadgym.cohort import gone
from leadgym.cohort.config import settings
from leadgym.cohort.course import COURSE_FILE, Extension, load_course
from leadgym.cohort.exchange import Exchange
from leadgym.cohort.road import PRIVATE, PROBLEMS, MarkingProblem, alone
from leadgym.cohort.standing import FORGETTING
from leadgym.cohort.traces import Words, row_left, traces
from leadgym.keptfile import write_whole

KINDS = ("submitted", "autograded", "feedback")
BESIDE = ".leadgym"  # below autograded/ and feedback/: what grows there until it is complete
LOGS = (f"{PRIVATE}/moderation.jsonl", f"{PRIVATE}/remarks.jsonl")


@dataclass(frozen=True)
class Place:
    """A course root as removing sees it."""

    root: Path
    db_url: str
    exchange: Exchange

    @classmethod
    def of(cls, root: Path) -> Place:
        """Raises FileProblems for a cohort.yaml that cannot be read."""
        return cls(root, CourseDirectory(config=settings(root)).db_url, Exchange.of(root))


@dataclass(frozen=True)
class Person:
    """Somebody to be removed, and what there is of them.

    ``words``: id, names, e-mail address, LMS id. ``row``: names and address as a row of the gradebook has them, one
    after the other. ``folders`` and ``files`` go whole; ``logs`` have so many lines about them. ``begun``: a removal
    that was stopped.
    """

    id: str
    words: tuple[str, ...]
    row: str
    exchanged: tuple[Path, ...]
    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    logs: dict[str, int]
    listed: int
    extensions: int
    graded: bool
    submissions: int
    begun: bool

    @property
    def anything(self) -> bool:
        """Whether there is anything to remove."""
        return bool(
            self.exchanged or self.folders or self.files or self.logs or self.listed or self.extensions or self.graded
            or self.begun
        )  # fmt: skip


@dataclass
class Left:
    """What is left after a removal: ``problems`` are sentences, ``named`` and ``closed`` files."""

    problems: list[str] = field(default_factory=list)
    named: list[Path] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether the person is still named somewhere within reach, or may be."""
        return bool(self.problems or self.named)


def everyone(place: Place) -> list[str]:
    """The ids of everybody of whom there is anything."""
    found = {line.cells["id"] for line in gone.roster_lines(place.root)} | set(gone.students(place.db_url))
    for kind in KINDS:
        folder = place.root / kind
        found |= {one.name for one in folder.iterdir() if not one.name.startswith(".")} if folder.is_dir() else set()
    for log in LOGS:
        found |= gone.log_learners(place.root / log)
    found |= {one.learner for one in (*place.exchange.inbound(), *place.exchange.cached())}
    found |= {extension.learner for extension in _extensions(place.root)} | set(_begun(place.root))
    return sorted(found)


def find_person(place: Place, learner: str) -> Person:
    """What there is of ``learner``. Raises MarkingProblem for what can be nobody's id, and for a gradebook."""
    if not learner or learner.startswith(".") or {"/", "\\", "\0"} & set(learner):
        raise MarkingProblem(f"'{learner}' is no learner's id: it would not name a folder.")
    root, begun = place.root, _begun(place.root).get(learner, {})
    rows = [line.cells for line in gone.roster_lines(root) if line.cells["id"] == learner]
    graded = gone.students(place.db_url).get(learner)
    row = "".join(graded[:3]) if graded else begun.get("row", "")
    known = [(one.get("first_name", ""), one.get("last_name", "")) for one in rows] + ([graded[:2]] if graded else [])
    names = {name for first, last in known if first and last for name in (f"{first} {last}", f"{last}, {first}")}
    others = {one.get(column, "") for one in rows for column in ("email", "lms_user_id")}
    others |= set(graded[2:]) if graded else set()
    words = {learner, *names, *others, *begun.get("words", [])} - {""}
    folders = [root / kind / learner for kind in KINDS]
    folders += [root / kind / BESIDE / more / learner for kind in KINDS[1:] for more in ("", "old")]
    folders = [folder for folder in folders if folder.is_dir() or folder.is_symlink()] + _previews(root, learner)
    logs = {log: lines for log in LOGS if (lines := gone.log_lines(root / log, learner))}
    exchanged = {*_in_exchange(place, learner, folders), *(Path(path) for path in begun.get("exchanged", []))}
    return Person(
        learner,
        tuple(sorted(words)),
        row,
        tuple(sorted(path for path in exchanged if path.exists())),
        tuple(folders),
        tuple(_problems(root, learner)),
        logs,
        len(rows),
        sum(one.learner == learner for one in _extensions(root)),
        graded is not None,
        gone.submissions(place.db_url, learner),
        bool(begun),
    )


def forget_them(place: Place, people: Sequence[Person], step: Callable[[Any], Any] = iter) -> Left:
    """Remove ``people``, then search. ``step`` wraps the removal of each, for a progress bar.

    Raises MarkingProblem while somebody is marking, or when the gradebook cannot be used.
    """
    left = Left()
    with alone(place.root):
        kept = {
            **_begun(place.root),
            **{one.id: {"words": one.words, "row": one.row, "exchanged": [*map(str, one.exchanged)]} for one in people},
        }
        write_whole(place.root / FORGETTING, json.dumps(kept, ensure_ascii=False))
        shutil.rmtree(place.root / PRIVATE / "work", ignore_errors=True)  # of a run that was killed
        for one in step(people):
            left.problems += _remove(place, one)
        gone.vacuum(place.db_url)
        _search(place, people, left)
        (place.root / FORGETTING).unlink()
    return left


def _remove(place: Place, person: Person) -> list[str]:
    problems = [said for path in person.exchanged for said in gone.remove(path)]
    gone.out_of_roster(place.root, person.id)
    gone.out_of_course(place.root, person.id)
    for log in person.logs:
        gone.out_of_log(place.root / log, person.id)
    gone.out_of_gradebook(place.db_url, person.id)
    # The work itself goes last: it says that there is something to go on with.
    return problems + [said for path in (*person.files, *person.folders) for said in gone.remove(path)]


def _search(place: Place, people: Sequence[Person], left: Left) -> None:
    still = set(gone.students(place.db_url)) | {line.cells["id"] for line in gone.roster_lines(place.root)}
    words = Words((word for one in people for word in one.words), still - {one.id for one in people})
    places = [place.root, Path(tempfile.gettempdir()) / "leadgym-problem.log", place.exchange.cache]
    places += [place.exchange.course] if place.exchange.course else []
    named, left.closed = traces(places, words)
    left.named = [path for path in named if path != place.root / FORGETTING]
    file = gone.gradebook_file(place.db_url)
    for one in people:
        if one.id in still or gone.submissions(place.db_url, one.id) or (file and row_left(file, one.id, one.row)):
            left.problems.append(f"The gradebook or the roster still has rows of {one.id}. Give the command again.")


def _begun(root: Path) -> dict[str, dict[str, Any]]:
    """What a removal that was stopped has written down, by id."""
    try:
        found = json.loads((root / FORGETTING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _extensions(root: Path) -> list[Extension]:
    """Those of cohort.yaml; a course root need not have one."""
    return load_course(root).extensions if (root / COURSE_FILE).is_file() else []


def _problems(root: Path, learner: str) -> list[Path]:
    """What marking wrote of the learner's submissions: its files are named module-learner."""
    folder = root / PROBLEMS
    found = [path for end in ("log", "txt") for path in folder.glob(f"*-*.{end}")]
    return sorted(path for path in found if path.stem.partition("-")[2] == learner)


def _previews(root: Path, learner: str) -> list[Path]:
    """What marking anew would change, kept until it is applied: whole previews with the learner in them."""
    folder, words = root / PRIVATE / "remark", Words([learner])
    return [one for one in sorted(folder.iterdir()) if traces([one], words)[0]] if folder.is_dir() else []


def _in_exchange(place: Place, learner: str, folders: Sequence[Path]) -> set[Path]:
    """What the learner handed in there, what this user's cache keeps of it, and the pages that were released."""
    exchange = place.exchange
    try:
        attempts = {
            one.folder
            for one in (*exchange.inbound(), *exchange.cached())
            if learner in (one.learner, exchange.owner(one.folder))
        }
    except PermissionError as error:
        raise MarkingProblem(
            f"{error.filename} may not be listed by you, and what the learner handed in there would stay. Run this as "
            "whoever owns the exchange's course."
        ) from error
    pages = set()
    for folder in (*attempts, *(work for of_kind in folders if of_kind.is_dir() for work in of_kind.iterdir())):
        for notebook in (*folder.glob("*.ipynb"), *folder.glob("*.html")):
            page = exchange.page(folder, notebook.stem)
            pages |= {page} if page and page.exists() else set()
    return attempts | pages
