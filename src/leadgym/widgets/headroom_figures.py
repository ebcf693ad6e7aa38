"""A figure about headroom: how the wait bends with the load, and in which month each end of a forecast meets the limit.

The formula is the notebook's own: the figure asks the ``wait`` it is given, as one would ask a measurement.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure

MONTHS = 36
STEPS = 200
_STYLES = ("-", "--")


def months_left(
    wait: Callable[[float], float], now: float, growth: float, limit: float, months: int = MONTHS
) -> int | None:
    """The last whole month, from 0 for today, in which ``wait`` of the load is within ``limit``.

    The load is ``now`` times ``growth`` to the power of the years. None where it is over the limit today.
    """
    held = None
    for month in range(months + 1):
        if not wait(now * growth ** (month / 12)) <= limit:
            break
        held = month
    return held


def when_full(
    wait: Callable[[float], float], now: float, growths: Sequence[float], limit: float, unit: str = "jobs a second"
) -> LessonFigure:
    """How ``wait`` (seconds, of a load) grows, and when it passes ``limit`` for the low and the high of ``growths``.

    Raises ValueError for what is no load, no growth or no limit.
    """
    low, high = min(growths), max(growths)
    if not (now > 0 and low > 0 and limit > 0):
        raise ValueError("Give a load, two factors a year and a limit in seconds, each above 0.")
    last = {growth: months_left(wait, now, growth, limit) for growth in (high, low)}
    title = f"The limit holds for {_held(last[high])} at times {high:g} a year, for {_held(last[low])} at times {low:g}"
    if last[high] is None:
        title = f"At {now:g} {unit} the wait is over its limit today"
    most = _load_at(wait, now, limit)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.7))
        bend, course = figure.subplots(1, 2)
        figure.subplots_adjust(left=0.09, right=0.9, top=0.9, bottom=0.17, wspace=0.3)
        loads = [now * 0.05 + (most * 1.25 - now * 0.05) * step / STEPS for step in range(STEPS + 1)]
        _curve(bend, loads, [wait(load) for load in loads], limit, "-")
        here = min(wait(now), limit * 1.5) * 1000
        bend.plot([now], [here], "o", color=MARK, ms=7, clip_on=False)
        bend.annotate("today", (now, here), xytext=(-6, 9), textcoords="offset points", ha="right", color=INK)
        bend.set_xlabel(f"Load ({unit})")
        bend.set_ylabel("Mean wait (ms)")
        months = [MONTHS * step / STEPS for step in range(STEPS + 1)]
        for growth, style in zip((high, low), _STYLES, strict=True):
            _curve(course, months, [wait(now * growth ** (month / 12)) for month in months], limit, style)
            if last[growth] is not None:
                _name(course, f"times {growth:g}", last[growth], limit)
        course.set_xlim(0, MONTHS)
        course.set_xticks(range(0, MONTHS + 1, 6))
        course.set_xlabel("Months from today")
        for axis in (bend, course):
            axis.axhline(limit * 1000, color=LINE, lw=1, ls=":")
            axis.set_ylim(0, limit * 1000 * 1.5)
        course.annotate(
            "limit", (MONTHS, limit * 1000), xytext=(4, 0), textcoords="offset points", va="center", color=INK,
            annotation_clip=False,
        )  # fmt: skip
        svg = themed_svg(figure)
    alt = (
        f"Left: the mean wait is {_ms(wait(now))} at {now:g} {unit} and passes the limit of {_ms(limit)} at {most:.4g}."
        " "
        f"Right: the load grows from today's. Times {high:g} a year holds for {_held(last[high])}, "
        f"times {low:g} for {_held(last[low])}."
    )
    caption = "Drawn from the formula in the cell, which knows of no bursts. A real queue is over its limit sooner."
    return LessonFigure(title, alt, caption, svg)


def _curve(axis: Axes, places: Sequence[float], waits: Sequence[float], limit: float, style: str) -> None:
    """The wait in milliseconds, up to where it leaves the picture."""
    shown = [min(seconds, limit * 2) * 1000 if math.isfinite(seconds) else math.nan for seconds in waits]
    axis.plot(places, shown, color=INK if style == "-" else MARK, lw=2, ls=style)


def _name(axis: Axes, text: str, month: int | None, limit: float) -> None:
    """What a line is, beside it; where it stays low, above it."""
    at = MONTHS * 0.6 if month == MONTHS else (month or 0) + 2
    height = limit * 1000 * (0.3 if month == MONTHS else 1.25)
    axis.annotate(text, (at, height), xytext=(6, 0), textcoords="offset points", color=INK)


def _load_at(wait: Callable[[float], float], now: float, limit: float) -> float:
    """The load at which the wait passes its limit, by halving; ``now`` where it is over today."""
    low, high = 0.0, now
    while wait(high) <= limit and high < now * 1e6:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if wait(middle) <= limit else (low, middle)
    return low


def _held(month: int | None) -> str:
    if month is None:
        return "not even today"
    return f"more than {MONTHS} months" if month == MONTHS else f"{month} month{'' if month == 1 else 's'}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if math.isfinite(seconds) else "without end"
