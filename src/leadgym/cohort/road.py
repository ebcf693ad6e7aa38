"""The one road every mark takes: nbgrader's own steps, driven from one process, a learner's submission at a time."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from nbformat.warnings import DuplicateCellId
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError, SAWarning

from leadgym.cohort.config import OWN_SETTINGS, SAVED, put_tools_on_path, settings
from leadgym.cohort.queue.engines import make_whole
from leadgym.cohort.rules import Rules, noted, rules
from leadgym.course.modules import notebook_name
from leadgym.course.notebooks import NotANotebook
from leadgym.course.notebooks import read as read_notebook
from leadgym.yamlfile import FileProblems

PRIVATE = ".leadgym"
"""The folder in a course root that holds what leadgym keeps for itself: what is prepared, and what went wrong."""
PROBLEMS = f"{PRIVATE}/problems"
_LOCK_SECONDS = 5.0  # a worker whose command was killed this moment still holds the lock, until it is gone too


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
    by_rules: str = ""
    """Of a mark made before: ``older`` where the rules have changed since, ``unknown`` where it does not say by which
    it was made, else empty."""

    @classmethod
    def failed(cls, learner: str, slug: str, problem: object) -> Result:
        """Of a submission that cannot be marked, with the reason."""
        return cls(learner, slug, 0.0, 0.0, {}, problem=str(problem))

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
    """nbgrader set up on one course root, quiet unless something breaks.

    ``trust``: run submissions without a jail where there can be none.
    """

    def __init__(self, root: Path, *, release: Path | None = None, trust: bool = False) -> None:
        put_tools_on_path()
        self.root = root = root.absolute()
        with written(root):
            root.mkdir(parents=True, exist_ok=True)
            # Said here, in words, what SQLite would say in its own.
            tempfile.TemporaryFile(dir=root).close()
        try:
            config = settings(root, release)
        except FileProblems:  # of cohort.yaml, in its own words
            raise
        except Exception as error:
            raise MarkingProblem(
                f"{root / OWN_SETTINGS} cannot be used: {error} ({type(error).__name__}). Mend what was added there."
            ) from error
        # What goes wrong is in the log that each step hands back; nothing of it is printed.
        config.NbGraderAPI.log_level = "ERROR"
        config.JailedExecute.trust = trust
        with _silent_log():
            self.api = NbGraderAPI(config=config)
        self.db_url = self.api.coursedir.db_url
        self.source = root / self.api.coursedir.source_directory
        # nbclient leaves a task behind for each kernel, and asyncio reports it when it is collected.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)

    def prepare(self, slug: str) -> None:
        """Make the gradebook know the module as it is today; nothing is done when it already does.

        Raises MarkingProblem.
        """
        known = self._knows(slug)  # Also says once what every submission would say in the database's words.
        source = self.source / slug
        if not self.notebooks(slug):
            raise MarkingProblem(f"{source} has no notebook. Put the assignment there, or name another.")
        if known and self.is_prepared(slug):
            return
        self.learn(slug)
        print_ = self._print(slug)
        with written(print_):
            print_.parent.mkdir(parents=True, exist_ok=True)
            print_.write_text(_digest(source), encoding="ascii")

    def is_prepared(self, slug: str) -> bool:
        """Whether the module is as it was when the gradebook last took it in."""
        print_ = self._print(slug)
        return print_.is_file() and print_.read_text(encoding="ascii") == _digest(self.source / slug)

    def _print(self, slug: str) -> Path:
        return self.root / PRIVATE / "prepared" / slug

    def learn(self, slug: str) -> None:
        """Have the gradebook take in the module as it is today. Raises MarkingProblem."""
        course = self.api.coursedir
        before = course.release_directory
        with tempfile.TemporaryDirectory() as scratch:
            course.release_directory = scratch
            try:
                self.generate(slug, f"{slug} cannot be prepared for marking")
            finally:
                course.release_directory = before

    def _knows(self, slug: str) -> bool:
        """Whether the gradebook has the module's notebooks. A new one is made whole, also when it is half made."""
        with told_in_words(self.db_url):
            make_whole(self.db_url)
        with _gradebook(self.db_url) as gradebook:
            return any(found.name == slug and found.notebooks for found in gradebook.assignments)

    def generate(self, slug: str, what: str) -> None:
        """nbgrader's generate_assignment, without what an author's own run left. Raises MarkingProblem."""
        course = self.api.coursedir
        before = course.ignore
        course.ignore = [*before, *SAVED]
        try:
            self.run(what, self.api.generate_assignment, slug)
        finally:
            course.ignore = before

    def notebooks(self, slug: str) -> list[str]:
        """The file names of the assignment's notebooks; a module of ours has one."""
        return sorted(path.name for path in (self.source / slug).glob("*.ipynb"))

    def _there(self, kind: str, slug: str, learner: str) -> list[str]:
        folder = self.root / kind / learner / slug
        return [name for name in self.notebooks(slug) if (folder / name).is_file()]

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
        with written(target):
            if target.exists():
                shutil.rmtree(target)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*self.api.coursedir.ignore), symlinks=True)
            stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
            (target / "timestamp.txt").write_text(stamp, encoding="ascii")

    def seems_marked(self, slug: str, learner: str) -> bool:
        """Whether there are marked notebooks at all, of this submission or of one before."""
        return (self.root / "autograded" / learner / slug).is_dir()

    def marked(self, slug: str, learner: str) -> Result | None:
        """What the newest submission got when it was marked before, None when that has not been done to its end."""
        done, handed = (self.root / kind / learner / slug for kind in ("autograded", "submitted"))
        names = self._there("autograded", slug, learner)  # a notebook may have been handed in under another name
        new = set(self._there("submitted", slug, learner)) - set(names)
        books = [_with_marks(done / name) for name in names]
        if new or not books or None in books:
            return None
        stamps = [folder / "timestamp.txt" for folder in (done, handed)]
        if any(stamp.is_file() for stamp in stamps):
            same = all(stamp.is_file() for stamp in stamps) and stamps[0].read_bytes() == stamps[1].read_bytes()
        else:
            newest = max((path.lstat().st_mtime for path in handed.rglob("*.ipynb")), default=0.0)
            same = all(newest <= (done / name).stat().st_mtime for name in names)
        if not same:
            return None
        try:
            return replace(self.result(slug, learner, fresh=False), by_rules=self._by_rules(slug, books[0]))
        except MarkingProblem:
            return None

    def rules(self, slug: str) -> Rules | None:
        """By what the module is marked today; None where tests in its notebook mark it. Raises FileProblems."""
        about = self.api.config.MarkAnswers
        folder = Path(about["exercises"]) / slug
        return rules(slug, folder, Path(about["keys"]) / f"{slug}.yaml") if (folder / "rubric.yaml").is_file() else None

    def _by_rules(self, slug: str, notebook: Mapping[str, Any] | None) -> str:
        try:
            now = self.rules(slug)
        except FileProblems:  # whoever marks is told
            return ""
        before = noted(notebook or {})
        return "" if now is None or before == now.parts else "older" if before else "unknown"

    def told(self, slug: str, learner: str) -> bool:
        """Whether each marked notebook has its page, made since it was marked."""
        done = self.root / "autograded" / learner / slug
        pages = [(self._page(slug, learner, name), done / name) for name in self._there("autograded", slug, learner)]
        return all(page.is_file() and page.stat().st_mtime >= of.stat().st_mtime for page, of in pages)

    def mark(self, slug: str, learner: str) -> Result:
        """Autograde and write feedback for one learner. What cannot be marked is a Result with ``problem``."""
        try:
            self.to_mark(slug, learner)
            self.run(self.not_marked(slug, learner), self.api.autograde, slug, learner)
            self.run(f"The feedback page of {learner} cannot be written", self.api.generate_feedback, slug, learner)
            return self.result(slug, learner)
        except MarkingProblem as problem:
            return Result.failed(learner, slug, problem)

    def to_mark(self, slug: str, learner: str) -> list[str]:
        """The file names of the notebooks handed in. Raises MarkingProblem when there is none or one is no notebook."""
        folder = self.root / "submitted" / learner / slug
        names = self._there("submitted", slug, learner)
        if not names:
            submission = folder / self.notebooks(slug)[0]
            raise MarkingProblem(f"{submission}:1: there is no such notebook. Ask {learner} to hand it in again.")
        for name in names:
            try:
                read_notebook(folder / name)
            except NotANotebook as problem:
                raise MarkingProblem(str(problem)) from problem
        return names

    def not_marked(self, slug: str, learner: str) -> str:
        """How the sentence begins that says why a submission cannot be marked."""
        return f"{self.root / 'submitted' / learner / slug / self.notebooks(slug)[0]}:1: cannot be marked"

    def result(self, slug: str, learner: str, *, fresh: bool = True) -> Result:
        """What the gradebook holds. Raises MarkingProblem when there is nothing."""
        try:
            with _gradebook(self.db_url) as gradebook:
                submission = gradebook.find_submission(slug, learner)
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                answers = {grade.name: (float(grade.score), float(grade.max_score)) for grade in grades}
                late = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
                return Result(
                    learner,
                    slug,
                    round(float(submission.score) - late, 2),
                    float(submission.max_score),
                    answers,
                    fresh=fresh,
                    needs_review=bool(submission.needs_manual_grade),
                )
        except MissingEntry as error:
            raise MarkingProblem(f"The gradebook has no mark of {learner} for {slug}. Mark it first.") from error

    def feedback(self, slug: str, learner: str) -> Path:
        """Where the learner's feedback page lies."""
        return self._page(slug, learner, notebook_name(slug))

    def _page(self, slug: str, learner: str, notebook: str) -> Path:
        return self.root / "feedback" / learner / slug / f"{Path(notebook).stem}.html"

    def run(self, what: str, step: Callable[..., dict[str, object]], *arguments: str) -> None:
        """Take one step of nbgrader's, quietly. Raises MarkingProblem, beginning with ``what``, when it fails."""
        with _without_warnings():
            outcome = step(*arguments)
        if outcome["success"]:
            return
        error = str(outcome.get("error") or "")
        if error.rstrip().endswith("KeyboardInterrupt"):
            # nbgrader takes Ctrl-C for a failure of this one submission and would go on to the next.
            raise KeyboardInterrupt
        raise self.problem(what, f"{error}\n{outcome.get('log') or ''}", *arguments)

    def problem(self, what: str, told: str, *about: str) -> MarkingProblem:
        """``what`` with its reason from nbgrader's log ``told``, which is kept."""
        log = self.root / PROBLEMS / f"{'-'.join(about)}.log"
        with written(log):
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(told, encoding="utf-8")
        return MarkingProblem(f"{what}: {_reason(told)} Details: {log}")

    def note(self, slug: str, learner: str, sentence: str = "") -> None:
        """Keep why the submission cannot be marked, for whoever asks later; without a sentence, that it can be."""
        path = self.root / PROBLEMS / f"{slug}-{learner}.txt"
        with written(path):
            if sentence:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(sentence, encoding="utf-8")
            else:
                path.unlink(missing_ok=True)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else writes marks into this course root meanwhile. Raises MarkingProblem when somebody does."""
    lock = root / PRIVATE / "grade.lock"
    with written(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(lock, timeout=_LOCK_SECONDS):
                yield
        except Timeout as busy:
            raise MarkingProblem(
                f"Another 'leadgym grade' is at work on {root}. Wait until it is through, or stop it; then run "
                "this again."
            ) from busy


def marks(root: Path) -> dict[str, tuple[float, float]]:
    """Points and maximum per module of the one learner in a solo gradebook; empty when there is none yet.

    Raises MarkingProblem for a gradebook that cannot be read.
    """
    if not (root / "gradebook.db").is_file():
        return {}
    with _gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {
            submission.assignment.name: (float(submission.score), float(submission.max_score))
            for student in gradebook.students
            for submission in student.submissions
        }


@contextmanager
def _gradebook(url: str) -> Iterator[Gradebook]:
    with told_in_words(url), Gradebook(url) as gradebook:
        yield gradebook


@contextmanager
def told_in_words(url: str) -> Iterator[None]:
    """What a database says in its own words, as a MarkingProblem."""
    try:
        yield
    except DatabaseError as error:
        if url.startswith("sqlite"):
            raise MarkingProblem(
                f"{url.removeprefix('sqlite:///')} cannot be read as a gradebook ({error.orig}). Put a copy back; or "
                "move it away and mark again, which makes a new one."
            ) from error
        raise MarkingProblem(
            f"The gradebook {make_url(url)!r} cannot be used ({str(error.orig).strip()}). Check that the server runs, "
            "and that c.CourseDirectory.db_url names a database there in which you may write."
        ) from error
    except ModuleNotFoundError as error:
        raise MarkingProblem(
            f"The gradebook {make_url(url)!r} needs '{error.name}', which is not installed. For PostgreSQL run: pip "
            "install 'leadgym[postgres]', and begin the address with postgresql+psycopg://"
        ) from error


def _with_marks(path: Path) -> Mapping[str, Any] | None:
    """A notebook under autograded/; None before it is marked: nbgrader writes it once, and may be interrupted."""
    try:
        notebook = read_notebook(path)
        return notebook if "slug" in notebook["metadata"]["leadgym"] else None
    except (NotANotebook, KeyError, TypeError):
        return None


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    passed_over = (".ipynb_checkpoints", *SAVED)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if any(fnmatch(part, pattern) for part in path.parts for pattern in passed_over):
            continue
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _reason(log: str) -> str:
    """The one line of nbgrader's log that says what happened: the last exception that is not its own closing remark."""
    raised = re.findall(
        r"^\s*(?:[\w.]+\.)?(\w+(?:Error|Exception|Problems?|NotANotebook)): (.*)$", log, flags=re.MULTILINE
    )
    for name, text in reversed(raised):
        if name != "NbGraderException" and text:
            return f"{text[:300]} ({name})."
    lines = [line.split("] ", 1)[-1].strip() for line in log.splitlines() if "ERROR" in line]
    return (lines[0] if lines else "nbgrader gave no reason.")[:300]


@contextmanager
def written(path: Path) -> Iterator[None]:
    """An error of the file system, met inside the block, as a MarkingProblem."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or path
        raise MarkingProblem(
            f"{where} cannot be read or written ({error.strerror or error}). "
            "Give yourself the right to, or choose a folder you own."
        ) from error


@contextmanager
def _silent_log() -> Iterator[None]:
    """Without the exchange's warning that nobody on this machine has set up an exchange."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Without what nbgrader's own dealings set off: about SQLAlchemy's order of objects, ids of copied cells."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        warnings.simplefilter("ignore", DuplicateCellId)
        yield
