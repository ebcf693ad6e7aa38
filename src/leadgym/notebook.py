"""What a notebook of the course imports: ``from leadgym.notebook import play, submit``."""

from __future__ import annotations

from pathlib import Path

from leadgym.tools.busfactor.page import bus_factor
from leadgym.widgets.calibration import calibration
from leadgym.widgets.course_map import CourseMap
from leadgym.widgets.judgement import judge
from leadgym.widgets.player import play
from leadgym.widgets.race import look, race
from leadgym.widgets.submit import submit
from leadgym.widgets.tables import show_table
from leadgym.widgets.task import show_task

__all__ = [
    "bus_factor",
    "calibration",
    "course_map",
    "judge",
    "look",
    "play",
    "race",
    "show_table",
    "show_task",
    "submit",
]


def course_map(workspace: str | Path = ".") -> CourseMap:
    """The map of the workspace the notebook lies in, with the marks its gradebook holds."""
    # Only the map needs nbgrader, and it takes a second to import.
    from leadgym.cohort.road import MarkingProblem, marks
    from leadgym.cohort.solo import marking_root

    folder = Path(workspace).absolute()
    try:
        return CourseMap(folder, marks(marking_root(folder)))
    except MarkingProblem as problem:
        print(f"Your marks are not shown: {problem}")
        return CourseMap(folder, {})
