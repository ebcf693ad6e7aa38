"""A course root beside the real one, for one module: nbgrader's steps write there what they would write into it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import Select, create_engine, insert, select

from leadgym.cohort.queue.writer import Writer
from leadgym.cohort.road import Road, told_in_words

_ROWS = 1000


class Aside:
    """``folder`` with a gradebook of the module's submissions as they stand, and ``autograded/`` for what is made.

    What was handed in, and the assignment, are read where they lie. Nothing of ``road``'s root is written.
    """

    def __init__(self, road: Road, slug: str, folder: Path) -> None:
        """Raises MarkingProblem."""
        self.root, self.url = folder, f"sqlite:///{folder / 'all.db'}"
        _copy(road.db_url, self.url, slug)
        self._road = Road(road.root)
        self._road.db_url = self._road.api.coursedir.db_url = self.url
        self._road.api.coursedir.autograded_directory = str(folder / "autograded")
        if not road.is_prepared(slug):
            self._road.learn(slug)
        self.writer = Writer(self._road, slug)
        self.writer.structure(folder / "gradebook.db")


def _copy(source: str, target: str, slug: str) -> None:
    """A gradebook at ``target`` with all assignments and learners of ``source``, and the marks of one assignment."""
    assignment = select(api.Assignment.id).where(api.Assignment.name == slug)
    submitted = select(api.SubmittedAssignment.id).where(api.SubmittedAssignment.assignment_id.in_(assignment))
    notebooks = select(api.SubmittedNotebook.id).where(api.SubmittedNotebook.assignment_id.in_(submitted))
    only: dict[str, Any] = {
        "submitted_assignment": ("id", submitted),
        "submitted_notebook": ("id", notebooks),
        "grade": ("notebook_id", notebooks),
        "comment": ("notebook_id", notebooks),
    }
    there, here = create_engine(source), create_engine(target)
    try:
        with told_in_words(source):
            api.Base.metadata.create_all(here)
            with there.connect() as reading, here.begin() as writing:
                for table in api.Base.metadata.sorted_tables:
                    query: Select[Any] = select(table)
                    if table.name in only:
                        column, wanted = only[table.name]
                        query = query.where(table.c[column].in_(wanted))
                    for rows in _chunks(reading.execution_options(yield_per=_ROWS).execute(query).mappings()):
                        writing.execute(insert(table), rows)
    finally:
        there.dispose()
        here.dispose()


def _chunks(rows: Iterable[Any]) -> Iterable[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        found.append(dict(row))
        if len(found) == _ROWS:
            yield found
            found = []
    if found:
        yield found
