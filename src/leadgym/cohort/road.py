"""The one road every mark takes: nbgrader's own steps, driven from one process, a learner's submission at a time."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from leadgym.cohort.config import configure, put_tools_on_path
from leadgym.course.modules import content_root, notebook_name
from leadgym.course.notebooks import NotANotebook
from leadgym.course.notebooks import read as read_notebook


class MarkingProblem(Exception):
    """Marking cannot go on, with what to do."""


@dataclass(frozen=True)
class Result:
    """What one learner got for one module. ``problem`` is empty when it was marked."""

    learner: str
    slug: str
    points: float
    out_of: float
    answers: dict[str, tuple[float, float]]
    problem: str = ""
    fresh: bool = True
    needs_review: bool = False

    def as_json(self) -> dict[str, object]:
        """One line's worth of data: learner, module, points, each answer's points, and the problem if there is one."""
        return {
            "learner": self.learner,
            "module": self.slug,
            "status": "not marked" if self.problem else "marked" if self.fresh else "marked before",
            "points": self.points,
            "out_of": self.out_of,
            "answers": {name: {"points": p, "out_of": o} for name, (p, o) in self.answers.items()},
            "needs_review": self.needs_review,
            "problem": self.problem,
        }


class Road:
    """nbgrader set up on one course root, quiet unless something breaks."""

    def __init__(self, root: Path, *, release: Path | None = None) -> None:
        put_tools_on_path()
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MarkingProblem(f"{root} cannot be written ({error.strerror}). Choose a folder you own.") from error
        config = Config()
        configure(config, root=root, release=release)
        config.NbGraderAPI.log_level = "CRITICAL"
        with _quiet():
            self.api = NbGraderAPI(config=config)
        self.db_url = self.api.coursedir.db_url

    def prepare(self, slug: str) -> None:
        """Make the gradebook know the module as it is today; nothing is done when it already does.

        Raises MarkingProblem.
        """
        source = content_root() / "solutions" / slug
        print_ = self.root / ".prepared" / slug
        digest = _digest(source)
        if print_.is_file() and print_.read_text(encoding="ascii") == digest and (self.root / "gradebook.db").exists():
            return
        with tempfile.TemporaryDirectory() as scratch, self._released_into(Path(scratch)):
            self.run(self.api.generate_assignment(slug), f"{slug} cannot be prepared for marking")
        print_.parent.mkdir(exist_ok=True)
        print_.write_text(digest, encoding="ascii")

    @contextmanager
    def _released_into(self, folder: Path) -> Iterator[None]:
        before = self.api.coursedir.release_directory
        self.api.coursedir.release_directory = str(folder)
        try:
            yield
        finally:
            self.api.coursedir.release_directory = before

    def submitted(self, slug: str) -> list[str]:
        """The learners who have handed ``slug`` in."""
        return sorted(path.parent.name for path in (self.root / "submitted").glob(f"*/{slug}") if path.is_dir())

    def hand_in(self, slug: str, learner: str, folder: Path) -> None:
        """Copy ``folder`` to where nbgrader looks for submissions, with the time. Raises MarkingProblem."""
        notebook = folder / notebook_name(slug)
        if not notebook.is_file():
            raise MarkingProblem(
                f"{notebook} is not there. Run 'leadgym lab' once: it lays what is missing and overwrites nothing."
            )
        try:
            read_notebook(notebook)
        except NotANotebook as problem:
            raise MarkingProblem(str(problem)) from problem
        target = self.root / "submitted" / learner / slug
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*self.api.coursedir.ignore), symlinks=True)
        stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        (target / "timestamp.txt").write_text(stamp, encoding="ascii")

    def is_marked(self, slug: str, learner: str) -> bool:
        """Whether the newest submission has been marked already."""
        done, handed = (self.root / kind / learner / slug for kind in ("autograded", "submitted"))
        if not (done / notebook_name(slug)).is_file():
            return False
        stamps = [folder / "timestamp.txt" for folder in (done, handed)]
        if all(stamp.is_file() for stamp in stamps):
            return stamps[0].read_text(encoding="utf-8") == stamps[1].read_text(encoding="utf-8")
        return not stamps[1].is_file()

    def mark(self, slug: str, learner: str) -> Result:
        """Autograde and write feedback for one learner. What cannot be marked is a Result with ``problem``."""
        submission = self.root / "submitted" / learner / slug / notebook_name(slug)
        try:
            if submission.is_file():
                read_notebook(submission)
            else:
                raise MarkingProblem(f"{submission}:1: there is no such notebook. Ask {learner} to hand it in again.")
            self.run(self.api.autograde(slug, learner), f"{submission}:1: cannot be marked")
            self.run(self.api.generate_feedback(slug, learner), f"feedback for {learner} cannot be written")
        except (MarkingProblem, NotANotebook) as problem:
            return Result(learner, slug, 0.0, 0.0, {}, problem=str(problem))
        return self.result(slug, learner)

    def result(self, slug: str, learner: str, *, fresh: bool = True) -> Result:
        """What the gradebook holds. Raises MarkingProblem when there is nothing."""
        try:
            with Gradebook(self.db_url) as gradebook:
                submission = gradebook.find_submission(slug, learner)
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                answers = {grade.name: (float(grade.score), float(grade.max_score)) for grade in grades}
                late = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
                return Result(
                    learner,
                    slug,
                    float(submission.score) - late,
                    float(submission.max_score),
                    answers,
                    fresh=fresh,
                    needs_review=bool(submission.needs_manual_grade),
                )
        except MissingEntry as error:
            raise MarkingProblem(f"The gradebook has no mark of {learner} for {slug}. Mark it first.") from error

    def feedback(self, slug: str, learner: str) -> Path:
        """Where the learner's feedback page lies."""
        return self.root / "feedback" / learner / slug / f"{Path(notebook_name(slug)).stem}.html"

    def run(self, outcome: dict[str, object], what: str) -> None:
        """Let a step of nbgrader's that succeeded pass. Raises MarkingProblem, with ``what``, for one that did not."""
        if outcome["success"]:
            return
        told = f"{outcome.get('error') or ''}\n{outcome.get('log') or ''}"
        log = self.root / "last-problem.log"
        log.write_text(told, encoding="utf-8")
        raise MarkingProblem(f"{what}: {_reason(told)} Details: {log}")


def marks(root: Path) -> dict[str, tuple[float, float]]:
    """Points and maximum per module of the one learner in a solo gradebook; empty when there is none yet."""
    if not (root / "gradebook.db").is_file():
        return {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {
            submission.assignment.name: (float(submission.score), float(submission.max_score))
            for student in gradebook.students
            for submission in student.submissions
        }


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and ".ipynb_checkpoints" not in p.parts):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _reason(log: str) -> str:
    """The one line of nbgrader's log that says what happened: the last exception that is not its own closing remark."""
    raised = re.findall(
        r"^(?:[\w.]+\.)?(\w+(?:Error|Exception|Problems?|NotANotebook)): (.*)$", log, flags=re.MULTILINE
    )
    for name, text in reversed(raised):
        if name != "NbGraderException" and text:
            return f"{text[:300]} ({name})."
    lines = [line.split("] ", 1)[-1].strip() for line in log.splitlines() if "ERROR" in line]
    return (lines[0] if lines else "nbgrader gave no reason.")[:300]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exchange's warning that nobody on this machine has set up an exchange."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
