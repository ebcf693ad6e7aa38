"""From cohort.yaml and roster.csv into nbgrader's gradebook: learners, due dates, extensions. Nothing is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbgrader import api
from nbgrader.api import Gradebook
from sqlalchemy import select

from leadgym.cohort.course import Course, Learner
from leadgym.cohort.late import in_utc
from leadgym.cohort.queue.engines import make_whole
from leadgym.cohort.road import told_in_words

_NAMED = 4
_COLUMNS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class Enrolled:
    """What the gradebook did not have yet. ``not_listed``: ids that it has and the roster does not."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    not_listed: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """What was taken over, a line each."""
        said = []
        if self.added or self.changed:
            said.append(f"From roster.csv into the gradebook: {len(self.added)} new, {len(self.changed)} changed.")
        if self.moved:
            named = ", ".join(self.moved) if len(self.moved) <= _NAMED else f"{len(self.moved)} modules"
            said.append(f"From cohort.yaml into the gradebook, due dates: {named}.")
        return said


def enrol(course: Course, roster: Sequence[Learner], db_url: str) -> Enrolled:
    """Bring the gradebook up to date with the schedule and the roster. Marks are never touched.

    Writes only what differs. Raises MarkingProblem for a gradebook that cannot be used.
    """
    with told_in_words(db_url):
        make_whole(db_url)
        with Gradebook(db_url, course.cohort) as gradebook:
            moved = _due_dates(gradebook, course)
            added, changed, others = _learners(gradebook, roster)
            moved += _extensions(gradebook, course)
            gradebook.db.commit()
    return Enrolled(tuple(added), tuple(changed), tuple(moved), tuple(others))


def _due_dates(gradebook: Gradebook, course: Course) -> list[str]:
    known = {found.name: found for found in gradebook.db.execute(select(api.Assignment)).scalars()}
    moved = []
    for step in course.modules:
        due, found = in_utc(course.due(step)), known.get(step.module)
        if found is None:
            gradebook.db.add(api.Assignment(step.module, duedate=due, course_id=course.cohort))
        elif found.duedate != due:
            found.duedate = due
        else:
            continue
        moved.append(step.module)
    return moved


def _learners(gradebook: Gradebook, roster: Sequence[Learner]) -> tuple[list[str], list[str], list[str]]:
    known = {found.id: found for found in gradebook.db.execute(select(api.Student)).scalars()}
    added, changed = [], []
    for learner in roster:
        about = {name: getattr(learner, name) or None for name in _COLUMNS}
        found = known.pop(learner.id, None)
        if found is None:
            gradebook.db.add(api.Student(id=learner.id, **about))
            added.append(learner.id)
        # A column that the roster does not have says nothing about what the gradebook knows.
        elif any(value and getattr(found, name) != value for name, value in about.items()):
            for name, value in about.items():
                setattr(found, name, value or getattr(found, name))
            changed.append(learner.id)
    return added, changed, sorted(known)


def _extensions(gradebook: Gradebook, course: Course) -> list[str]:
    """Into submissions that the gradebook has; the others get theirs when they are marked."""
    moved = []
    for given in course.extensions:
        step = course.step(given.module)
        if step is None:
            continue
        extra = in_utc(course.at(given.due)) - in_utc(course.at(step.due))
        query = (
            select(api.SubmittedAssignment)
            .join(api.Assignment)
            .where(api.Assignment.name == given.module, api.SubmittedAssignment.student_id == given.learner)
        )
        found = gradebook.db.execute(query).scalar_one_or_none()
        if found is not None and found.extension != extra:
            found.extension = extra
            moved.append(f"{given.module} for {given.learner}")
    return moved
