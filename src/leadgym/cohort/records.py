"""What marking left of every submission: the gradebook's points, and the marker's criteria and the answers beside them.

The points that count come from the gradebook alone. Criteria and answers come from the notebooks in ``autograded/``,
which the marker wrote; a cell's metadata there is the marker's own and never the learner's (see ``restore``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import create_engine, func, select

from leadgym.cohort.marker import MARK_TYPE
from leadgym.cohort.road import told_in_words
from leadgym.marking import AnswerProblem, read_answer

NOTHING = object()
"""In the place of an answer where none could be read."""


@dataclass(frozen=True)
class AnswerRecord:
    """One answer of one submission.

    ``points`` count, of ``out_of``: ``manual`` where a person has decided, else ``auto``. ``proposed`` is what the
    marker would give where it is not sure (None where there are no marker's notes). ``waits``: nbgrader wants a person
    to look; ``why``: the marker's reason for that, or empty. ``criteria``: by id (points, out of), on the rubric's
    scale. ``answer`` is JSON data, or NOTHING.
    """

    name: str
    points: float
    out_of: float
    auto: float
    manual: float | None
    waits: bool
    proposed: float | None = None
    why: str = ""
    criteria: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    answer: Any = NOTHING


@dataclass(frozen=True)
class Record:
    """One marked submission. ``points`` are without ``penalty``, what lateness costs. ``handed_in`` is in UTC."""

    learner: str
    slug: str
    handed_in: datetime | None
    penalty: float
    answers: Mapping[str, AnswerRecord]

    @property
    def points(self) -> float:
        """What counts, lateness taken off."""
        return round(sum(answer.points for answer in self.answers.values()) - self.penalty, 2)

    @property
    def out_of(self) -> float:
        """What could be had."""
        return sum(answer.out_of for answer in self.answers.values())

    @property
    def waits(self) -> bool:
        """Whether anything of it waits for a person."""
        return any(answer.waits for answer in self.answers.values())


def records(
    root: Path,
    db_url: str,
    slugs: Collection[str] | None = None,
    learners: Collection[str] | None = None,
    *,
    answers: bool = True,
) -> Iterator[Record]:
    """Every marked submission of the course root, by module and learner; of ``slugs`` and ``learners`` where given.

    Without ``answers`` no notebook is opened, and criteria, proposals and answers are not there. One submission at a
    time is held. ``db_url``: nbgrader's, as ``Road(root).db_url`` or ``sqlite:///ROOT/gradebook.db``. Raises
    MarkingProblem for a gradebook that cannot be read.
    """
    for (slug, learner, stamp), rows in _graded(db_url, slugs, learners):
        folder = root / "autograded" / learner / slug
        # A learner may have handed in other notebooks beside these, with whatever metadata.
        noted = {name: _noted(folder / f"{name}.ipynb") for name in {row["file"] for row in rows}} if answers else {}
        made = {row["cell"]: _answer(row, noted.get(row["file"], {}).get(row["cell"], {})) for row in rows}
        penalties = {row["notebook"]: row["penalty"] or 0.0 for row in rows}
        handed_in = stamp.replace(tzinfo=UTC) if stamp else None
        yield Record(learner, slug, handed_in, sum(penalties.values()), made)


def _graded(
    url: str, slugs: Collection[str] | None, learners: Collection[str] | None
) -> Iterator[tuple[tuple[str, str, Any], list[Any]]]:
    """Rows of grades for each submission. nbgrader's own objects would ask the database anew for each of them."""
    grade, cell, task = api.Grade.__table__, api.GradeCell.__table__, api.TaskCell.__table__
    base, notebook, source = api.BaseCell.__table__, api.SubmittedNotebook.__table__, api.Notebook.__table__
    submission, assignment = api.SubmittedAssignment.__table__, api.Assignment.__table__
    query = (
        select(
            assignment.c.name.label("slug"),
            submission.c.student_id.label("learner"),
            submission.c.timestamp.label("stamp"),
            notebook.c.id.label("notebook"),
            source.c.name.label("file"),
            notebook.c.late_submission_penalty.label("penalty"),
            base.c.name.label("cell"),
            func.coalesce(cell.c.max_score, task.c.max_score, 0.0).label("out_of"),
            grade.c.auto_score,
            grade.c.manual_score,
            grade.c.extra_credit,
            grade.c.needs_manual_grade.label("waits"),
        )
        .join_from(grade, base, base.c.id == grade.c.cell_id)
        .outerjoin(cell, cell.c.id == base.c.id)
        .outerjoin(task, task.c.id == base.c.id)
        .join(notebook, notebook.c.id == grade.c.notebook_id)
        .join(source, source.c.id == notebook.c.notebook_id)
        .join(submission, submission.c.id == notebook.c.assignment_id)
        .join(assignment, assignment.c.id == submission.c.assignment_id)
        .order_by("slug", "learner", base.c.name)
    )
    if slugs is not None:
        query = query.where(assignment.c.name.in_(list(slugs)))
    if learners is not None:
        query = query.where(submission.c.student_id.in_(list(learners)))
    with told_in_words(url):
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                found: list[Any] = []
                for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                    if found and (row["slug"], row["learner"]) != (found[0]["slug"], found[0]["learner"]):
                        yield (found[0]["slug"], found[0]["learner"], found[0]["stamp"]), found
                        found = []
                    found.append(row)
                if found:
                    yield (found[0]["slug"], found[0]["learner"], found[0]["stamp"]), found
        finally:
            engine.dispose()


def _answer(row: Any, noted: Mapping[str, Any]) -> AnswerRecord:
    auto, manual = row["auto_score"] or 0.0, row["manual_score"]
    points = (auto if manual is None else manual) + (row["extra_credit"] or 0.0)
    return AnswerRecord(row["cell"], points, row["out_of"], auto, manual, bool(row["waits"]), **noted)


def _noted(notebook: Path) -> dict[str, dict[str, Any]]:
    """What the marker wrote beside each mark in a marked notebook, by answer; nothing where it cannot be read."""
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError, KeyError, TypeError):  # being written, or taken away
        return {}
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        about = cell.get("metadata", {}).get("leadgym", {})
        if "answer" not in about:
            continue
        outputs = cell.get("outputs", [])
        marks: list[dict[str, Any]] = [o["data"][MARK_TYPE] for o in outputs if MARK_TYPE in o.get("data", {})]
        mark = marks[0] if marks else {}
        try:
            answer = read_answer(outputs, about["answer"])
        except AnswerProblem:
            answer = NOTHING
        found[about["answer"]] = {
            "proposed": mark.get("proposed"),
            "why": about.get("needs_person", ""),
            "criteria": {name: (c["points"], c["out_of"]) for name, c in mark.get("criteria", {}).items()},
            "answer": answer,
        }
    return found
