"""What a notebook of the course imports: ``from leadgym.notebook import play, submit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadgym.tools.busfactor.page import bus_factor
from leadgym.tools.ci import ci
from leadgym.tools.flow import flow
from leadgym.tools.forecast import forecast
from leadgym.tools.reviews.run import reviews
from leadgym.tools.risk.mine import risk
from leadgym.widgets.calibration import calibration
from leadgym.widgets.course_map import CourseMap
from leadgym.widgets.judgement import judge
from leadgym.widgets.player import play
from leadgym.widgets.race import look, race
from leadgym.widgets.submit import submit
from leadgym.widgets.tables import show_table
from leadgym.widgets.task import show_task

if TYPE_CHECKING:
    from leadgym.tools.report import Report
    from leadgym.widgets.quiz import QuizScreen

__all__ = [
    "audit",
    "bus_factor",
    "calibration",
    "ci",
    "course_map",
    "flow",
    "forecast",
    "judge",
    "look",
    "play",
    "portfolio",
    "practice_week",
    "quiz",
    "race",
    "reviews",
    "risk",
    "room",
    "show_table",
    "show_task",
    "submit",
]


def audit(file: str | Path = "", **options: Any) -> Any:
    """What is left of a week between meetings: the report on an .ics file, or on the sample. See `leadgym audit -h`."""
    # Only this needs the calendar libraries.
    from leadgym.tools.audit import audit as made
    from leadgym.yamlfile import FileProblems

    try:
        return made(file, **options)
    except FileProblems as problem:
        print(problem)
        return None


def practice_week(number: int) -> dict[str, Any]:
    """A week of meetings to try a re-scheduler on. Each number is another week."""
    from leadgym.sim.meetings import draw_week

    return draw_week(number)


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


def portfolio(chosen: Mapping[str, str] | None = None, workspace: str | Path | None = None) -> Report:
    """One page from your own work: stories played, things made, marks. ``chosen``: three names, a sentence each.

    The workspace is the one that this notebook lies in.
    """
    from leadgym.cohort.road import MarkingProblem, marks
    from leadgym.cohort.solo import marking_root
    from leadgym.tools.portfolio import portfolio_report, read_workspace

    here = Path.cwd()
    laid = (folder for folder in (here, *here.parents) if (folder / ".leadgym" / "manifest.json").is_file())
    folder = Path(workspace).absolute() if workspace is not None else next(laid, here)
    try:
        known = marks(marking_root(folder))
    except MarkingProblem as problem:
        print(f"Your marks are not shown: {problem}")
        known = {}
    return portfolio_report(read_workspace(folder), known, chosen)


def quiz(workspace: str | Path | None = None) -> QuizScreen:
    """What you missed in marked exercises, asked again with buttons. The workspace is the one this notebook lies in."""
    import json
    import subprocess
    import sys

    from leadgym.widgets.quiz import QuizRefused, QuizScreen

    where = [] if workspace is None else ["--workspace", str(workspace)]

    def talk(asked: Sequence[str]) -> dict[str, Any]:
        # A process of its own: the authors' keys never come into this one.
        ran = subprocess.run(
            [sys.executable, "-m", "leadgym.cli", "quiz", *where, *asked], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise QuizRefused(ran.stderr.strip().removeprefix("Error: ") or "The quiz cannot be asked here.")
        found: dict[str, Any] = json.loads(ran.stdout)
        return found

    return QuizScreen(talk)


def room(module: str, variant: str = "") -> Any:
    """Open a room for a module on this Jupyter server: links to the projector and to your prompts. See `leadgym room`.

    Of a module the number is enough. ``variant``: the organisation, for a story that has several: "under" in 10.
    """
    from leadgym.course.modules import find_slug
    from leadgym.room.client import RoomLinks, open_on, own_server
    from leadgym.room.kept import SessionProblem

    try:
        slug = find_slug(module)
        url, token = own_server(Path.cwd())
        return RoomLinks(open_on(url, token, slug, variant), url)
    except (KeyError, SessionProblem) as problem:
        print(problem.args[0])
        return None
