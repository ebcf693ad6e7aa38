"""The course map: each module with its minutes, how far you have come, your marks, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from leadgym.course.modules import has_keys, module, notebook_name, scenario, slugs
from leadgym.scenario.engine import NotPossible, replay
from leadgym.widgets.store import Store


@dataclass(frozen=True)
class Row:
    """One module as the learner stands in it. ``mark`` is points and maximum, None before the first marking."""

    slug: str
    title: str
    minutes: int
    lesson: str
    exercise: str
    played: str
    finished: bool
    mark: tuple[float, float] | None
    handed_out: str = ""
    """Where the instructor hands out and marks: ``to come``, ``here`` or ``told``. Empty where the learner marks."""

    @property
    def next_step(self) -> str:
        """What to do next in this module, empty when it is done."""
        if not self.finished:
            return "Play on" if self.played != "not begun" else "Open the lesson and play"
        if self.handed_out:
            return _WITH_INSTRUCTOR[self.handed_out]
        if self.mark is None:
            return f"Do the exercise, save it, then run in a terminal: leadgym mark {self.slug[:2]}"
        if self.mark[0] < self.mark[1]:
            return "Read the feedback; change what you would change, and have it marked again"
        return ""


_WITH_INSTRUCTOR = {
    "to come": "Fetch the exercise, once it is handed out: menu Nbgrader, Assignment List",
    "here": "Do the exercise, save it, then hand it in: menu Nbgrader, Assignment List, Submit",
    "told": "",
}


class CourseMap:
    """The map as a table. Shows itself in a notebook as HTML and everywhere else as text."""

    def __init__(self, workspace: Path, marks: Mapping[str, tuple[float, float]]) -> None:
        self.rows = [_row(slug, workspace, marks) for slug in slugs()]
        self._feedback = {row.slug: page for row in self.rows if (page := _feedback(row, workspace))}

    @property
    def next_row(self) -> Row | None:
        """The first module with something left to do."""
        return next((row for row in self.rows if row.next_step), None)

    def _next_sentence(self) -> str:
        row = self.next_row
        if row is None:
            return "Every module there is has been played and marked in full."
        return f"Next: {row.title}. {row.next_step}."

    def __repr__(self) -> str:
        lines = [self._next_sentence()]
        lines += [f"{r.slug}  {r.title}  {r.minutes} min  {r.played}  {_mark(r)}" for r in self.rows]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col' style='text-align:left'>{name}</th>"
            for name in ("Module", "Minutes", "The story", "Your mark", "Next")
        )
        body = "".join(self._html_row(row) for row in self.rows)
        return (
            f"<p style='font-size:1.1em'><strong>{escape(self._next_sentence())}</strong></p>"
            f"<table style='border-collapse:collapse;font-size:1em'><caption style='text-align:left'>"
            f"The modules, and where you stand in each</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _html_row(self, row: Row) -> str:
        links = f"<a href='{row.lesson}'>Lesson</a>"
        if row.handed_out != "to come":
            links += f", <a href='{row.exercise}'>exercise</a>"
        feedback = ""
        if row.slug in self._feedback:
            feedback = f"<br><a href='{quote(self._feedback[row.slug])}' target='_blank'>Read the feedback</a>"
        cells = (
            f"<strong>{escape(row.title)}</strong><br>{links}",
            f"{row.minutes}",
            escape(row.played),
            f"{escape(_mark(row))}{feedback}",
            escape(row.next_step or "Done"),
        )
        return (
            "<tr>" + "".join(f"<td style='text-align:left;vertical-align:top'>{cell}</td>" for cell in cells) + "</tr>"
        )


def _mark(row: Row) -> str:
    if row.handed_out:
        return "in your feedback" if row.handed_out == "told" else "none yet"
    return f"{row.mark[0]:g} of {row.mark[1]:g} points" if row.mark else "not marked yet"


def _feedback(row: Row, workspace: Path) -> str:
    """The page with the newest feedback, from the workspace: our own marking's, or what came from the instructor."""
    own = workspace / "feedback" / f"{row.slug}.html"
    # nbgrader names the folders by the time of handing in.
    fetched = sorted((workspace / "exercises" / row.slug / "feedback").glob("*/*.html"))
    found = own if own.is_file() else fetched[-1] if fetched else None
    return found.relative_to(workspace).as_posix() if found else ""


def _handed_out(slug: str, workspace: Path) -> str:
    folder = workspace / "exercises" / slug
    if has_keys():
        return ""
    if any(folder.glob("feedback/*/*.html")):
        return "told"
    return "here" if (folder / notebook_name(slug)).is_file() else "to come"


def _row(slug: str, workspace: Path, marks: Mapping[str, tuple[float, float]]) -> Row:
    about = module(slug)
    played, finished = _played(slug, workspace)
    return Row(
        slug,
        about.title,
        about.total("self_paced"),
        f"course/{slug}/lesson.ipynb",
        f"exercises/{slug}/{notebook_name(slug)}",
        played,
        finished,
        marks.get(slug),
        _handed_out(slug, workspace),
    )


def _played(slug: str, workspace: Path) -> tuple[str, bool]:
    """How far the story has been played in the lesson or the exercise, in words, and whether to an ending."""
    story = scenario(slug)
    found = ("not begun", False)
    for folder in (workspace / "course" / slug, workspace / "exercises" / slug):
        run = Store(folder, story.scenario, story.version).read().run
        if run is None:
            continue
        try:
            state = replay(story, run.choices, run.seed, run.variant, run.weights)
        except NotPossible:
            continue
        if state.ending:
            return f"played to “{next(e.title for e in story.endings if e.id == state.ending)}”", True
        found = (f"stands at “{next(s.title for s in story.scenes if s.id == state.scene)}”", False)
    return found
