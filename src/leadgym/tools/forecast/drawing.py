"""The pictures of a forecast: when it is done, the weeks it is drawn from, and whether such forecasts held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from leadgym.tools.forecast import numbers
from leadgym.tools.forecast.numbers import Held
from leadgym.tools.forecast.reading import History
from leadgym.tools.forecast.run import Question
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

_TICKS = 9


def when(took: numbers.Runs, question: Question, title: str) -> Picture:
    """The chance of being done by each week, rising; the three levels marked, and the day that was asked about."""
    last = numbers.weeks_at(took, 0.99) or numbers.HORIZON
    last = max(last + 1, (question.until or 0) + 1)
    first = max(1, int(took.min()) - 1)
    weeks = np.arange(first, last + 1)
    chances = [100 * numbers.done_by(took, int(week)) for week in weeks]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 3.8))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.94, bottom=0.2)
        axis.bar(weeks, chances, width=0.84, color=LINE, alpha=0.45)
        for share in numbers.LEVELS:
            week = numbers.weeks_at(took, share)
            if week is not None and week <= last:
                axis.plot([first - 0.6, week], [100 * share] * 2, color=LINE, lw=0.8, ls=":")
                axis.plot([week], [100 * share], "o", ms=8, mfc=MARK, mec=INK, zorder=3)
                words = f"{100 * share:.0f} in 100: {_label(question, week)}"
                axis.annotate(words, (first - 0.6, 100 * share), (4, 2), textcoords="offset points", fontsize=9)
        if question.until is not None:
            axis.axvline(question.until + 0.5, color=INK, lw=1.6, ls="--")
            axis.annotate("asked for", (question.until + 0.5, 102), (5, 0), textcoords="offset points", fontsize=9)
        step = max(1, -(-len(weeks) // _TICKS))
        axis.set_xticks(weeks[::step], [_label(question, int(week)) for week in weeks[::step]])
        axis.set_xlim(first - 0.6, last + 0.6)
        axis.set_ylim(0, 108)
        axis.set_ylabel("Chances in 100 that all is done")
        axis.set_xlabel("By the Friday of" if question.start else "Weeks")
        svg = themed_svg(figure)
    told = ", ".join(
        f"{100 * share:.0f} in 100 {_told(question, numbers.weeks_at(took, share))}" for share in numbers.LEVELS
    )
    alt = f"Bars rise week by week with the chance that everything is done: {told}."
    return Picture(title.rstrip("."), alt, svg)


def weeks(history: History, used: int) -> Picture:
    """What was finished in each week; those that are drawn from in full ink."""
    counts = history.counts
    unused = len(counts) - used
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 2.6))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.92, bottom=0.24)
        places = np.arange(len(counts))
        colours = [LINE if place < unused else MARK for place in places]
        axis.bar(places, counts, width=0.8, color=colours, alpha=0.75)
        for place, count in enumerate(counts):
            if not count:
                axis.annotate("0", (place, 0), (0, 2), textcoords="offset points", ha="center", fontsize=8)
        step = max(1, -(-len(counts) // _TICKS))
        axis.set_xticks(places[::step], [_week(history, int(place)) for place in places[::step]])
        axis.set_ylabel("Items finished")
        axis.set_xlabel("Week of" if history.first else "Week")
        svg = themed_svg(figure)
    nothing = sum(count == 0 for count in counts[unused:])
    low, high = min(counts[unused:]), max(counts[unused:])
    title = f"It is drawn from {used} weeks between {low} and {high} items"
    title += f", {nothing} of them with nothing finished" if nothing else ""
    alt = f"A bar for each of {len(counts)} weeks: {', '.join(map(str, counts[-60:]))} items finished."
    return Picture(title, alt, svg)


def calibration(held: Sequence[Held], ahead: int, title: str) -> Picture:
    """What was said against what came, with the interval that so few stretches allow."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 3.9))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.95, bottom=0.16)
        axis.plot([0, 100], [0, 100], color=LINE, lw=1, ls="--")
        for h in held:
            axis.plot([100 * h.said] * 2, [100 * h.low, 100 * h.high], color=LINE, lw=9, alpha=0.35,
                      solid_capstyle="butt")  # fmt: skip
            axis.plot([100 * h.said], [100 * h.share], "o", ms=9, mfc=MARK, mec=INK, mew=1.2, zorder=3, clip_on=False)
            right = h is held[-1]
            axis.annotate(f"{h.came} of {h.of}", (100 * h.said, 100 * h.share), (9 if right else -9, -4),
                          textcoords="offset points", ha="left" if right else "right", fontsize=9)  # fmt: skip
        axis.set_xlim(0, 110)
        axis.set_ylim(-2, 104)
        axis.set_xticks([0, 20, 40, 60, 80, 100])
        axis.set_xlabel("Said: so many chances in 100")
        axis.set_ylabel("Came true, in 100")
        svg = themed_svg(figure)
    alt = " ".join(
        f"Said {100 * h.said:.0f} in 100: came true {h.came} of {h.of} times; with {h.apart} stretches that do not "
        f"overlap, {100 * h.low:.0f} to {100 * h.high:.0f} would fit."
        for h in held
    )
    return Picture(title, f"{alt} Each looks {ahead} weeks ahead. On the dashed line said and came are one.", svg)


def _label(question: Question, week: int) -> str:
    if question.start is None:
        return str(week)
    friday = question.start + dt.timedelta(days=7 * week - 3)
    return f"{friday.day} {friday:%b}"


def _told(question: Question, week: int | None) -> str:
    if week is None:
        return "not within five years"
    return f"after {week} weeks" if question.start is None else f"by {_label(question, week)}"


def _week(history: History, place: int) -> str:
    if history.first is None:
        return str(place + 1)
    day = history.first + dt.timedelta(weeks=place)
    return f"{day.day} {day:%b}"
