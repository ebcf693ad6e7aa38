"""What a worker does, with data only: run and mark a submission, draw a feedback page.

The steps are those of nbgrader's Autograde and GenerateFeedback as configured, without the ones that write into the
gradebook. The structure of the assignment stands in a small gradebook of its own, in which there are no learners.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, SaveAutoGrades
from nbgrader.utils import find_all_files, setenv
from traitlets.config import Config

from leadgym.cohort.jail.folder import plain_files
from leadgym.cohort.jail.limits import MB
from leadgym.cohort.restore import MENDED

Files = dict[str, tuple[bytes, bool]]
"""Files by their path in a folder: what is in them, and whether they may be executed."""


@dataclass(frozen=True)
class Submission:
    """What one learner has handed in, as data. ``notebooks``: the names of those to mark.

    ``mended``: for each of them what was mended when it was read, in sentences.
    """

    learner: str
    notebooks: tuple[str, ...]
    files: Files
    mended: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What a feedback page shows: a marked notebook with its grades (JSON), and nbgrader's resources."""

    notebook: str
    about: dict[str, Any]


Task = Submission | list[Page]
Answer = dict[str, Any]
"""JSON data: texts by notebook name under ``made``, or under ``problem`` what went wrong, as a log."""


def read_files(folder: Path, ignore: list[str], limit: int) -> Files:
    """The regular files of a submission, its notebooks among them; links and special files are passed over.

    Raises FolderTooLarge when they have more than ``limit`` bytes.
    """
    wanted = {*find_all_files(str(folder), ignore)}
    plain_files(folder, limit)
    found: Files = {}
    for path in sorted(map(Path, wanted)):
        with contextlib.suppress(OSError):
            number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(number, "rb") as file:
                about = os.fstat(number)
                if stat.S_ISREG(about.st_mode):
                    executable = bool(about.st_mode & stat.S_IXUSR)
                    found[path.relative_to(folder).as_posix()] = (file.read(), executable)
    return found


def lay(files: Files, folder: Path) -> None:
    """Write ``files`` into ``folder``. Raises ValueError for a path that leads out of it."""
    for name, (content, executable) in files.items():
        path = folder / name
        if ".." in Path(name).parts or not path.is_relative_to(folder):
            raise ValueError(f"{name!r} does not lie in its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if executable else 0o644)


class Bench:
    """A worker's place: everything that is the same for each submission to one module, made once.

    ``config``: nbgrader's settings. ``source``: the module's trusted folder, with ``gradebook``, the file that
    describes its notebooks. ``folder``: where work may be laid.
    """

    def __init__(self, slug: str, config: Config, source: Path, gradebook: Path, folder: Path) -> None:
        self.slug, self.source, self.folder = slug, source, folder
        self._db_url = f"sqlite:///{gradebook}"
        course = CourseDirectory(config=config)
        self._autograde = Autograde(coursedir=course, config=config)
        self._ignore = [*course.ignore, "*.ipynb"]
        self._feedback = GenerateFeedback(coursedir=course, config=config)
        self._feedback.update_config(Config(HTMLExporter=Config(template_name="feedback")))
        self._pages = self._feedback.exporter_class(parent=self._feedback, config=self._feedback.config)
        for step in self._feedback.preprocessors[place(self._feedback.preprocessors, GetGrades) + 1 :]:
            self._pages.register_preprocessor(step)

    def warm(self) -> None:
        """Do once, before workers are forked, what each would do at its first submission: mark the author's own."""
        names = tuple(sorted(path.name for path in self.source.glob("*.ipynb")))
        files = {name: ((self.source / name).read_bytes(), False) for name in names}
        made = self.do(Submission("", names, files)).get("made", {})
        about = {"score": 0.0, "max_score": 0.0, "late_penalty": 0.0}
        for name, text in made.items():
            self.do([Page(text, {**about, "notebook": Path(name).stem})])

    def do(self, task: Task) -> Answer:
        """Do ``task``; what goes wrong with it is in the answer."""
        said = StringIO()
        try:
            with _logged(said):
                if isinstance(task, Submission):
                    return {"made": self._mark(task)}
                return {"made": {page.about["notebook"]: self._page(page) for page in task}}
        except Exception:
            return {"problem": f"{traceback.format_exc()}\n{said.getvalue()}"}

    def _mark(self, given: Submission) -> dict[str, str]:
        """The executed and marked notebooks by name."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch, setenv(NBGRADER_EXECUTION="autograde"):
            folder = Path(scratch) / self.slug
            folder.mkdir()
            lay({name: file for name, file in given.files.items() if not name.endswith(".ipynb")}, folder)
            self._lay_source(folder)
            return {name: self._marked(given, name, folder) for name in given.notebooks}

    def _lay_source(self, folder: Path) -> None:
        """The trusted files over those that were handed in, as nbgrader does it."""
        kept = {self.source / name for name in self._autograde.exclude_overwriting.get(self.slug, [])}
        for path in map(Path, find_all_files(str(self.source), self._ignore)):
            if path not in kept:
                target = folder / path.relative_to(self.source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(path, target)

    def _marked(self, given: Submission, name: str, folder: Path) -> str:
        path = folder / name
        path.write_bytes(given.files[name][0])
        steps = self._autograde.autograde_preprocessors
        for part in (self._autograde.sanitize_preprocessors, steps[: place(steps, SaveAutoGrades)]):
            exporter = self._autograde.exporter_class(parent=self._autograde, config=self._autograde.config)
            for step in part:
                exporter.register_preprocessor(step)
            about = {
                "student": given.learner, "assignment": self.slug, "notebook": path.stem, "db_url": self._db_url,
            }  # fmt: skip
            resources = {"unique_key": path.stem, "nbgrader": about, MENDED: given.mended.get(name, [])}
            text, _ = exporter.from_filename(str(path), resources=resources)
            path.write_text(text, encoding="utf-8")
        return str(text)

    def _page(self, page: Page) -> str:
        resources = {"unique_key": page.about["notebook"], "nbgrader": dict(page.about), "metadata": {"name": "page"}}
        html, _ = self._pages.from_notebook_node(nbformat.reads(page.notebook, as_version=4), resources)
        return str(html)


def place(steps: list[Any], step: type) -> int:
    """Where in ``steps`` the step ``step``, or what stands for it, is. Raises ValueError when it is missing."""
    for number, found in enumerate(steps):
        if (isinstance(found, type) and issubclass(found, step)) or found == f"{step.__module__}.{step.__name__}":
            return number
    raise ValueError(f"{step.__name__} is missing among the configured steps {steps}")


def limit_of(config: Config) -> int:
    """How many bytes a submission may have: as much as `JailedExecute` takes into the jail."""
    from leadgym.cohort.jail.execute import JailedExecute

    return int(JailedExecute(config=config).disk) * MB // 2


@contextlib.contextmanager
def _logged(into: StringIO) -> Iterator[None]:
    """nbgrader's log and nothing on the screen."""
    from traitlets.log import get_logger

    handler = logging.StreamHandler(into)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    logger = get_logger()
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(handler)
