"""Figures about an epic and a board: who does what on which day, and what a limit does to the model's team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.marking.epics import Epic, faults, length
from leadgym.marking.quarters import NAMED
from leadgym.marking.schedule import Epics
from leadgym.sim import outcomes, run
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure, NotYet
from leadgym.yamlfile import load

SEEDS = range(1, 9)
LIMITS = (
    ("a limit of 1", "1 each"),
    ("a limit of 2", "2 each"),
    ("a limit of 3", "3 each"),
    ("a limit of 5", "5 each"),
    ("one moving each", "1 that moves"),
)
OUTCOMES = (
    ("value", "Planned hours in finished epics"),
    ("cycle_p85", "Days within which 85 % were out"),
    ("blocked_hours", "Hours in which people stood still"),
)


def epics(path: str | Path) -> dict[str, dict[str, Any]]:
    """The epics in the file, each as a function is given it, by its label. Raises FileProblems."""
    return {one.label: one.data() for one in load(Path(path), Epics).epics}


def timeline(epic: Mapping[str, Any], schedule: Any) -> LessonFigure | NotYet:
    """Who does what on which day, and on what chain the length hangs; a sentence for a plan that cannot be."""
    told = Epic.model_validate({"people": epic["people"], "tasks": epic["tasks"]})
    if not schedule:
        return NotYet("No plan yet. Give each task a day and somebody who can do it, then run this cell again.")
    if wrong := faults(told, schedule):
        more = f" And {len(wrong) - 1} more like this." if len(wrong) > 1 else ""
        return NotYet(f"This plan cannot be carried out: {wrong[0][1]}{more}")
    days, chain = length(told, schedule), _chain(told, schedule)
    title = f"{days} days; no plan is below {told.bound}. The last day hangs on {', then '.join(chain)}"
    rows = [*(person.name for person in told.people), "elsewhere"]
    if all(task.skill is not None for task in told.tasks):
        rows.pop()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.8 + 0.62 * len(rows)))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.1, right=0.98, top=0.97, bottom=0.5 / (0.8 + 0.62 * len(rows)))
        for person in told.people:
            for first, last in person.away:
                axis.barh(rows.index(person.name), last + 1 - first, left=first, height=0.9, color=LINE, alpha=0.18)
        for task in told.tasks:
            entry = schedule[task.task]
            row = rows.index(entry.get("who") or "elsewhere")
            on = task.task in chain
            axis.barh(
                row, task.days, left=entry["day"], height=0.66, color=MARK if on else LINE,
                alpha=0.85 if on else 0.45, edgecolor=INK, lw=0.8,
            )  # fmt: skip
            axis.annotate(task.task.replace("_", " "), (entry["day"] + task.days / 2, row), ha="center", va="center",
                          fontsize=8 if task.days > 2 else 6.5, color=INK)  # fmt: skip
        axis.set_yticks(range(len(rows)), rows)
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_xlim(0, days)
        axis.set_xlabel("Working days from the first (grey field: away)")
        svg = themed_svg(figure)
    does = {
        row: ", ".join(f"{one.task} on days {day} to {day + one.days - 1}" for day, one in _row(told, schedule, row))
        for row in rows
    }
    said = " ".join(f"{row}: {tasks or 'nothing'}." for row, tasks in does.items())
    caption = (
        "The filled chain is one on which each begins on the day the one before has ended, by order or because "
        "somebody was not free or not there sooner. Shorten anything else and the last day stays where it is."
    )
    return LessonFigure(title, said, caption, svg)


def _row(epic: Epic, schedule: Mapping[str, Any], row: str) -> list[tuple[int, Any]]:
    own = [one for one in epic.tasks if (schedule[one.task].get("who") or "elsewhere") == row]
    return sorted(((int(schedule[one.task]["day"]), one) for one in own), key=lambda pair: pair[0])


def _chain(epic: Epic, schedule: Mapping[str, Any]) -> list[str]:
    """From the last day backwards: what each began right after, as long as there is something."""
    tasks = {task.task: task for task in epic.tasks}
    begins = {name: int(schedule[name]["day"]) for name in tasks}
    ends = {name: begins[name] + tasks[name].days for name in tasks}
    found = [max(tasks, key=lambda name: (ends[name], name))]
    while True:
        last = found[0]
        who = schedule[last].get("who")
        day = _there_from(epic, who, begins[last])
        before = [
            name
            for name in tasks
            if day <= ends[name] <= begins[last]
            and (name in tasks[last].after or (who is not None and schedule[name].get("who") == who))
        ]
        if not before:
            return found
        found.insert(0, min(before, key=lambda name: (name not in tasks[last].after, name)))


def _there_from(epic: Epic, who: Any, day: int) -> int:
    """``day``, or the first day of the absence that ends just before it."""
    away = next((person.away for person in epic.people if person.name == who), [])
    return min((first for first, last in away if last == day - 1), default=day)


@lru_cache(maxsize=1)
def _played(seeds: Sequence[int]) -> dict[str, dict[str, float]]:
    found = {}
    for name, _ in LIMITS:
        numbers = outcomes(run(NAMED[name], seeds, weeks=13))
        found[name] = {outcome: float(numbers[outcome].mean()) for outcome, _ in OUTCOMES}
    return found


def limits() -> LessonFigure:
    """Thirteen weeks of the model's team under four limits, and under one that counts only what moves."""
    found = _played(SEEDS)
    two, one, moving = (found[name] for name in ("a limit of 2", "a limit of 1", "one moving each"))
    title = (
        f"From two open each to one that moves: {_less(two, moving, 'cycle_p85')} fewer days, "
        f"{_less(two, moving, 'blocked_hours')} fewer hours at a standstill, {_change(two, moving, 'value')} value"
    )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3))
        axes = figure.subplots(1, 3, sharey=True, gridspec_kw={"wspace": 0.12})
        figure.subplots_adjust(left=0.13, right=0.98, top=0.97, bottom=0.2)
        for axis, (outcome, label) in zip(axes, OUTCOMES, strict=True):
            most = max(numbers[outcome] for numbers in found.values())
            for row, (name, _) in enumerate(LIMITS):
                value = found[name][outcome]
                axis.barh(row, value, height=0.64, color=MARK if name == "one moving each" else LINE, alpha=0.8)
                axis.annotate(
                    f"{value:.1f}" if value < 100 else f"{value:.0f}", (value, row), (4, 0),
                    textcoords="offset points", va="center", color=INK,
                )  # fmt: skip
            axis.set_xlim(0, most * 1.25)
            axis.set_xticks([])
            axis.set_xlabel(label)
        axes[0].set_yticks(range(len(LIMITS)), [label for _, label in LIMITS])
        axes[0].set_ylim(len(LIMITS) - 0.5, -0.5)
        svg = themed_svg(figure)
    alt = " ".join(
        f"{label}: {numbers['value']:.0f} planned hours in finished epics, 85 % out within {numbers['cycle_p85']:.1f} "
        f"days, {numbers['blocked_hours']:.0f} hours at a standstill."
        for (name, label) in LIMITS
        for numbers in [found[name]]
    )
    caption = (
        f"The team model of this course, {len(SEEDS)} quarters, everybody takes what lies nearest. The last row: "
        "nobody gets a second ticket while their first can be worked on. One each whatever happens ships "
        f"{-_share(two, one, 'value'):.0%} less than two each and leaves people standing. Assumed numbers; "
        "it cannot say what your limit should be."
    )
    return LessonFigure(title, alt, caption, svg)


def _share(before: Mapping[str, float], after: Mapping[str, float], outcome: str) -> float:
    return after[outcome] / before[outcome] - 1


def _less(before: Mapping[str, float], after: Mapping[str, float], outcome: str) -> str:
    return f"{-_share(before, after, outcome):.0%}"


def _change(before: Mapping[str, float], after: Mapping[str, float], outcome: str) -> str:
    share = _share(before, after, outcome)
    if abs(share) < 0.005:
        return "the same"
    return f"{abs(share):.0%} {'more' if share > 0 else 'less'}"
