"""A race as a figure: what was finished when, who did what, who grew, and where the lead's week went."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leadgym.sim.numbers import Floats
from leadgym.sim.state import ACTIVITIES
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.race_words import Standing, takeaway

_STYLES: tuple[dict[str, Any], ...] = (
    {"color": MARK, "lw": 2.2, "marker": "o", "ms": 5, "mec": MARK, "mfc": MARK},
    {"color": INK, "lw": 1.5, "ls": (0, (4, 2)), "marker": "s", "ms": 5, "mec": INK, "mfc": "none"},
)
_SHAPES = ("filled circle, whole line", "open square, dashed line")
_WEEK = (
    ("at code", ("coding",)),
    ("beside somebody", ("pairing",)),
    ("reviews", ("reviewing",)),
    ("helping", ("helping", "onboarding")),
    ("leading", ("leading",)),
    ("meetings", ("meetings",)),
    ("interrupted", ("interrupted", "resuming")),
    ("incidents", ("firefighting",)),
    ("stuck or free", ("blocked", "free")),
    ("away", ("away",)),
)


def race_figure(one: Standing, other: Standing, week: int, away: int = 0, away_weeks: int = 4) -> str:
    """The quarter up to the end of ``week`` as HTML: title, drawing with all of it in words, key."""
    pair = (one, other)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 6.6))
        grid = figure.add_gridspec(2, 6, hspace=0.38, wspace=1.1, left=0.065, right=0.985, top=0.95, bottom=0.08)
        value, incidents = figure.add_subplot(grid[0, :4]), figure.add_subplot(grid[0, 4:])
        _lines(value, [each.result.value.mean(axis=0) for each in pair], week, one.weeks)
        _heading(value, "Value in finished epics (planned hours, so far)")
        _lines(incidents, [each.result.incidents.mean(axis=0) for each in pair], week, one.weeks)
        _heading(incidents, "Incidents, so far")
        for axis in (value, incidents):
            axis.set_xlabel("end of week")
            _absence(axis, away, away_weeks, one.weeks)
        incidents.set_xticks(range(0, one.weeks + 1, 2))
        for each, line in zip(pair, value.lines, strict=False):
            line.set_label(each.name)
        value.legend(loc="upper left", frameon=False, fontsize=10, handlelength=3.5)
        names = one.result.names
        panels = (
            (grid[1, :2], "Tickets shipped, by person", names, [each.tickets(week) for each in pair]),
            (grid[1, 2:4], "Growth by person (skill, summed)", names, [each.grown(week) for each in pair]),
            (grid[1, 4:], "Your week (hours)", *_lead_week(pair, week)),
        )
        # What adds up over the quarter keeps its scale from week to week; a mean week fills its own.
        ends = [
            max(each.tickets(one.weeks).max() for each in pair),
            max(each.grown(one.weeks).max() for each in pair),
            0,
        ]
        for (place, title, labels, numbers), end in zip(panels, ends, strict=True):
            axis = figure.add_subplot(place)
            _heading(axis, title)
            _dots(axis, labels, numbers, end)
        svg = themed_svg(figure)
    title = takeaway(one, other, week)
    alt = f"{title}. {_words(pair, week)}"
    keys = ", ".join(f"{each.name}: {shape}" for each, shape in zip(pair, _SHAPES, strict=True))
    gone = f" Grey: you are away, weeks {away} to {min(away + away_weeks - 1, one.weeks)}." if away else ""
    return (
        f'<figure class="leadgym-race-figure"><figcaption><strong>{html.escape(title)}.</strong></figcaption>'
        f'<div role="img" aria-label="{html.escape(alt)}">{svg}</div>'
        f'<p class="leadgym-race-key">{html.escape(keys)}. Each point is the mean of {one.result.world.runs} '
        f"quarters.{gone}</p></figure>"
    )


def _lines(axis: Axes, means: Sequence[Floats], week: int, weeks: int) -> None:
    for mean, style in zip(means, _STYLES, strict=True):
        axis.plot(range(week + 1), [0.0, *mean[:week]], clip_on=False, zorder=3, **style)
    top = max(float(mean[-1]) for mean in means)
    axis.set_xlim(0, weeks)
    axis.set_ylim(0, 1.05 * top or 1)
    axis.set_xticks(range(0, weeks + 1))
    axis.tick_params(length=0)


def _absence(axis: Axes, away: int, away_weeks: int, weeks: int) -> None:
    if away:
        axis.axvspan(away - 1, min(away - 1 + away_weeks, weeks), facecolor=LINE, alpha=0.16, lw=0)


def _dots(axis: Axes, labels: Sequence[str], numbers: Sequence[Floats], end: float) -> None:
    """One row for each label, a mark for each policy; equal ones lie inside one another."""
    for row, ends in enumerate(zip(*numbers, strict=True)):
        axis.plot([min(ends), max(ends)], [row, row], color=LINE, lw=1.2, zorder=1)
    for place, (values, style) in enumerate(zip(numbers, _STYLES, strict=True)):
        look = {**style, "ls": "none", "ms": 6 if place == 0 else 9, "mew": 1.5, "zorder": 3 - place}
        axis.plot(values, range(len(labels)), clip_on=False, **look)
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.set_xlim(min(0.0, float(np.min(numbers))), 1.1 * max(end, float(np.max(numbers))) or 1)
    axis.tick_params(length=0, axis="x")
    axis.tick_params(length=0, pad=10, axis="y")
    axis.spines["left"].set_visible(False)


def _heading(axis: Axes, text: str) -> None:
    axis.set_title(textwrap.shorten(text, 60), loc="left", fontsize=10, fontweight="bold")


def _lead_week(pair: Sequence[Standing], week: int) -> tuple[list[str], list[Floats]]:
    """What takes any of the lead's time, and the hours of each policy."""
    hours = [each.lead(week) for each in pair]
    summed = {
        label: [float(sum(each[ACTIVITIES.index(kind)] for kind in kinds)) for each in hours] for label, kinds in _WEEK
    }
    shown = {label: both for label, both in summed.items() if max(both) >= 0.05}
    return list(shown), [np.array([both[place] for both in shown.values()]) for place in range(len(pair))]


def _words(pair: Sequence[Standing], week: int) -> str:
    said = []
    labels, hours = _lead_week(pair, week)
    for place, each in enumerate(pair):
        w = week - 1
        people = [
            f"{name} ships {tickets:.0f} tickets and grows by {grown:.2f}"
            for name, tickets, grown in zip(each.result.names, each.tickets(week), each.grown(week), strict=True)
        ]
        yours = ", ".join(f"{label} {hour:.0f}" for label, hour in zip(labels, hours[place], strict=True))
        said.append(
            f"{each.name}, by week {week}: value {each.result.value[:, w].mean():.0f}, "
            f"{each.result.incidents[:, w].mean():.1f} incidents; {', '.join(people)}. Your hours a week: {yours}."
        )
    return " ".join(said)
