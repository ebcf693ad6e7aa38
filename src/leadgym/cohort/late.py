"""Lateness in nbgrader's places: the due date in the gradebook, the penalty by its plugin, both as cohort.yaml says.

Read when a submission is marked, so that a schedule or a policy that was changed takes effect on marking again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from leadgym.cohort.course import COURSE_FILE, Course, load_course


class LatePolicy(BasePlugin):  # type: ignore[misc]
    """nbgrader's plugin for late penalties: takes off what ``late`` in cohort.yaml says, of what was earned."""

    root = Unicode(help="The folder with cohort.yaml.").tag(config=True)

    def late_submission_penalty(self, _student: str, score: float, total_seconds_late: float) -> float:
        """The points to take off ``score``; nothing of a score of nothing."""
        return penalty(_course(self.root), score, timedelta(seconds=total_seconds_late))


class KeepDueDate(NbGraderPreprocessor):  # type: ignore[misc]
    """Before penalties: the gradebook gets the module's due date and the learner's extension from cohort.yaml.

    An extension that was given in the gradebook itself stays where cohort.yaml has none.
    """

    root = Unicode(help="The folder with cohort.yaml.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook as it was."""
        about = resources["nbgrader"]
        course = _course(self.root)
        step = course.step(about["assignment"])
        if step is not None:
            with Gradebook(about["db_url"]) as gradebook:
                submission = gradebook.find_submission(about["assignment"], about["student"])
                due = submission.assignment.duedate = in_utc(course.due(step))
                if extra := in_utc(course.due(step, about["student"])) - due:
                    submission.extension = extra
                gradebook.db.commit()
        return nb, resources


def penalty(course: Course, score: float, late: timedelta) -> float:
    """What handing in ``late`` after the due date costs of ``score`` points, never less than nothing."""
    return round(max(score, 0.0) * course.late.share(late), 2)


def in_utc(when: datetime) -> datetime:
    """As nbgrader keeps times: in UTC, without a zone."""
    return when.astimezone(UTC).replace(tzinfo=None)


def _course(root: str) -> Course:
    path = Path(root) / COURSE_FILE
    about = path.stat()
    return _read(root, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)
def _read(root: str, _changed: int, _size: int) -> Course:
    return load_course(Path(root))
