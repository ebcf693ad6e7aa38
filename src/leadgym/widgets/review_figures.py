"""A figure about who reviews what: how long that takes, what two others know of, what was read ably."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import lru_cache
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.sim import REVIEW_POLICIES, outcomes, run
from leadgym.sim.run import Result
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure

SEEDS = range(1, 9)
ALONE = "the team by itself"
YOURS = "yours"
Found = dict[str, float]


def rotations(review_order: Callable[[dict[str, Any]], Any] | None = None) -> LessonFigure:
    """Thirteen weeks on the simulated team under four ways to hand out reviews, and under ``review_order``.

    ``review_order`` takes what the lead sees and gives {ticket: reviewer or None}. Everything else the team does by
    itself, on the same luck. Raises ValueError for what is no function.
    """
    found = {name: _named(name) for name in (ALONE, *REVIEW_POLICIES)}
    problems: list[str] = []
    if review_order is not None:
        if not callable(review_order):
            raise ValueError("Give the function itself, without brackets behind its name.")
        with redirect_stdout(StringIO()):
            result = run({"review_order": review_order}, SEEDS)
        found[YOURS] = _read(result)
        problems = [str(one) for one in result.problems[:2]]
    return LessonFigure(_title(found), _alt(found), _caption(problems), _drawn(found))


@lru_cache
def _named(name: str) -> Found:
    return _read(run({} if name == ALONE else REVIEW_POLICIES[name], SEEDS))


def _read(result: Result) -> Found:
    numbers = outcomes(result)
    return {name: float(numbers[name].mean()) for name in ("review_p90", "known_twice", "read_ably")}


def _title(found: Mapping[str, Found]) -> str:
    if YOURS in found:
        mine = found[YOURS]
        return (
            f"Yours: one review in ten takes over {mine['review_p90']:.1f} working hours, two others know "
            f"{100 * mine['known_twice']:.0f} % of what shipped"
        )
    everything, line = found["every review yours"], found["shortest line"]
    return (
        f"When you read everything, one review in ten takes over {everything['review_p90']:.0f} working hours; with "
        f"the colleague who has the shortest line, {line['review_p90']:.0f}"
    )


def _alt(found: Mapping[str, Found]) -> str:
    told = "; ".join(
        f"{name}: over {one['review_p90']:.1f} hours, {100 * one['known_twice']:.0f} % known to two others, "
        f"{100 * one['read_ably']:.0f} % read by somebody who knew enough"
        for name, one in found.items()
    )
    return (
        f"Bars in three columns: how long one review in ten takes, what two others know of, what was read ably. {told}."
    )


def _caption(problems: list[str]) -> str:
    said = f"Means over {len(SEEDS)} quarters of the simulated team, on the same luck; plausible, not predictive."
    return " ".join([*problems, said])


def _drawn(found: Mapping[str, Found]) -> str:
    panels = (
        ("review_p90", "one review in ten\ntakes longer than (h)", 1.0, "{:.0f}"),
        ("known_twice", "known to two others\nthan you (%)", 100.0, "{:.0f}"),
        ("read_ably", "read by somebody who\nknew enough of it (%)", 100.0, "{:.0f}"),
    )
    names = list(found)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 1.3 + 0.42 * len(names)), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True)
        for axis, (name, label, factor, shown) in zip(axes, panels, strict=True):
            sizes = [factor * found[one][name] for one in names]
            axis.barh(names, sizes, height=0.6, color=[MARK if one == YOURS else LINE for one in names], alpha=0.75)
            for place, size in enumerate(sizes):
                axis.text(size, place, " " + shown.format(size), va="center", color=INK)
            axis.set_xlim(0, 1.22 * max(sizes))
            for line, text in enumerate(label.split("\n")):
                axis.text(0, -0.12 - 0.1 * line, text, transform=axis.transAxes, va="top", color=INK)
            axis.set_xticks([])
            axis.spines["bottom"].set_visible(False)
        axes[0].invert_yaxis()
        return themed_svg(figure)
