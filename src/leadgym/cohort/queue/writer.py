"""The only one who writes: marks into the gradebook, notebooks into autograded/, pages into feedback/.

nbgrader's own converters do it, with the notebook marked and the page drawn already. They write beside the place where
nbgrader looks; when a folder is complete it takes the place of the one before. The order makes it safe to be killed
anywhere: the old notebook goes, the gradebook is written, the new notebook comes, the page comes last.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Base
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import GetGrades, SaveAutoGrades
from nbgrader.utils import capture_log, temp_attrs
from sqlalchemy import create_engine, insert, select

from leadgym.cohort.queue.work import Page, place
from leadgym.cohort.road import MarkingProblem, Road, written

_BESIDE = ".leadgym"
"""Where folders grow until they are complete: hidden beside the learners', so that one rename moves them."""
_STRUCTURE = (
    "course",
    "assignment",
    "notebook",
    "base_cell",
    "source_cell",
    "grade_cells",
    "solution_cells",
    "task_cells",
)


class Writer:
    """Writes what workers bring back for one module."""

    def __init__(self, road: Road, slug: str) -> None:
        self._road, self._slug = road, slug
        course = road.api.coursedir
        self._kept = _Kept(coursedir=course, parent=road.api)
        self._told = _Told(coursedir=course, parent=road.api)
        for converter in (self._kept, self._told):
            converter.force = True
        self._done, self._pages = course.autograded_directory, course.feedback_directory

    def clear(self) -> None:
        """Remove what runs that were killed have left half done."""
        for kind in (self._done, self._pages):
            with written(self._road.root / kind):
                shutil.rmtree(self._road.root / kind / _BESIDE, ignore_errors=True)

    def keep(self, learner: str, marked: Mapping[str, str]) -> None:
        """Record the marks of ``marked`` (notebooks by file name), then put them in place. Raises MarkingProblem."""
        self._kept.marked = marked
        what = f"{self._road.root / 'submitted' / learner / self._slug}: its marks cannot be recorded"
        with self._replacing(self._done, learner):
            self._run(what, self._kept, learner)

    def shown(self, learner: str) -> list[Page]:
        """What the learner's pages show, with the grades as they stand in the gradebook. Raises MarkingProblem."""
        self._told.pages, self._told.shown = None, []
        try:
            self._run(f"The grades of {learner} cannot be read", self._told, learner)
        finally:
            self._remove(self._pages, learner)
        return list(self._told.shown)

    def tell(self, learner: str, pages: Mapping[str, str]) -> None:
        """Put the pages (by notebook name, without suffix) in place. Raises MarkingProblem."""
        self._told.pages = pages
        with self._replacing(self._pages, learner):
            self._run(f"The feedback page of {learner} cannot be written", self._told, learner)

    def structure(self, file: Path) -> None:
        """Write a gradebook into ``file`` that knows the assignments and no learner. Raises MarkingProblem."""
        there, here = create_engine(self._road.db_url), create_engine(f"sqlite:///{file}")
        tables = [table for table in Base.metadata.sorted_tables if table.name in _STRUCTURE]
        Base.metadata.create_all(here)
        with there.connect() as source, here.begin() as copy:
            for table in tables:
                if rows := [dict(row) for row in source.execute(select(table)).mappings()]:
                    copy.execute(insert(table), rows)
        there.dispose()
        here.dispose()

    def _run(self, what: str, converter: Any, learner: str) -> None:
        with temp_attrs(self._road.api.coursedir, assignment_id=self._slug, student_id=learner):
            self._road.run(what, lambda *_: dict(capture_log(converter)), self._slug, learner)

    def _folder(self, kind: str, learner: str) -> Path:
        return Path(self._road.api.coursedir.format_path(kind, learner, self._slug))

    def _remove(self, kind: str, learner: str) -> None:
        shutil.rmtree(self._folder(f"{kind}/{_BESIDE}", learner), ignore_errors=True)

    @contextlib.contextmanager
    def _replacing(self, kind: str, learner: str) -> Iterator[None]:
        """The folder that grows inside the block takes its place at the end."""
        new, target = self._folder(f"{kind}/{_BESIDE}", learner), self._folder(kind, learner)
        old = self._folder(f"{kind}/{_BESIDE}/old", learner)
        self._remove(kind, learner)
        with written(target):
            if target.exists():
                shutil.rmtree(old, ignore_errors=True)
                old.parent.mkdir(parents=True, exist_ok=True)
                target.rename(old)
            try:
                yield
                if not new.is_dir():
                    raise MarkingProblem(f"nbgrader passes {learner} over: see CourseDirectory.student_id_exclude.")
                target.parent.mkdir(parents=True, exist_ok=True)
                new.rename(target)
            finally:
                shutil.rmtree(old, ignore_errors=True)


class _Kept(Autograde):  # type: ignore[misc]
    """Autograde when the notebooks are marked already: the gradebook and the files."""

    marked: Mapping[str, str] = {}

    @property
    def _output_directory(self) -> str:
        return f"{self.coursedir.autograded_directory}/{_BESIDE}"

    def init_notebooks(self) -> None:
        # They may have been handed in under other names.
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{name}" for name in self.marked]}

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        source = Path(self._format_source(assignment_id, student_id))
        # What a link in a submission points at is nobody's to hand back, and a pipe would never end.
        odd = [path.name for path in source.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir())]
        with temp_attrs(self.coursedir, ignore=[*self.coursedir.ignore, *map(glob.escape, odd)]):
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        steps = self.autograde_preprocessors
        self.exporter._preprocessors = []
        for step in steps[place(steps, SaveAutoGrades) :]:
            self.exporter.register_preprocessor(step)
        notebook = nbformat.reads(self.marked[os.path.basename(notebook_filename)], as_version=4)  # noqa: PTH119
        resources = self.init_single_notebook_resources(notebook_filename)
        self.write_single_notebook(*self.exporter.from_notebook_node(notebook, resources))


class _Told(GenerateFeedback):  # type: ignore[misc]
    """GenerateFeedback in two halves: the grades are read from the gradebook, and the drawn pages are put down."""

    pages: Mapping[str, str] | None = None
    shown: list[Page] = []

    @property
    def _output_directory(self) -> str:
        return f"{self.coursedir.feedback_directory}/{_BESIDE}"

    def convert_single_notebook(self, notebook_filename: str) -> None:
        resources = self.init_single_notebook_resources(notebook_filename)
        if self.pages is not None:
            resources["output_extension"] = ".html"
            self.write_single_notebook(self.pages[resources["unique_key"]], resources)
            return
        notebook = nbformat.read(notebook_filename, as_version=4)
        for step in self.preprocessors[: place(self.preprocessors, GetGrades) + 1]:
            notebook, resources = step(parent=self.exporter)(notebook, resources)
        about = {name: value for name, value in resources["nbgrader"].items() if name != "db_url"}
        self.shown.append(Page(nbformat.writes(notebook), about))
