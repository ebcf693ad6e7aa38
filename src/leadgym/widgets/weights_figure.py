"""Whose quarter is best under declared weights: the field of the capstone on its practice quarters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.course.modules import public
from leadgym.marking import asking_parts, load_rubric
from leadgym.marking.declared import NOBODY_LEADS, DeclaredAnswer, Sums
from leadgym.marking.quarters import NO_POLICY, Listener, Played, Quarters, reference
from leadgym.sim import PARTS
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure, NotYet

SLUG = "11_capstone"
ANSWER = "quarter"
YOURS = "yours"


def whose_quarter(
    weights: Mapping[str, int], mine: Mapping[str, Callable[[dict[str, Any]], Any]] | None = None
) -> LessonFigure | NotYet:
    """Who of the field comes first under ``weights`` (whole numbers that add up to 100), on the practice quarters.

    ``mine``: functions by part, which are played beside them. What is wrong with the weights is said in a sentence.
    """
    about, quarters = _practice()
    read, problem = about.read_weights({"weights": weights})
    if problem:
        return NotYet(problem)
    if mine is not None and not (isinstance(mine, Mapping) and mine and all(part in PARTS for part in mine)):
        return NotYet(f"Give your functions by part, as a dict. The parts are {', '.join(PARTS)}.")
    field = {name: reference(name, quarters) for name in (NO_POLICY, *about.field)}
    sums = Sums(about.weights, read, field)
    comes_to = {name: float(numbers.mean()) for name, numbers in sums.comes_to.items()}
    if mine is not None:
        comes_to[YOURS] = float(sums.of(_played(mine, quarters)).mean())
    even = Sums(about.weights, _even(about.weights), field).best
    ranked = sorted(comes_to, key=lambda name: -comes_to[name])
    best = sums.best
    first, alike = (_called(name, "“”") for name in (best, even))
    title = f"By your weights {first} comes first; with all four alike it is {alike}"
    if best == even:
        title = f"{first[:1].upper()}{first[1:]} comes first by your weights, and with all four alike"
    if ranked[0] == YOURS:
        title = f"By your weights yours comes before all of the field; next is {_called(ranked[1], '“”')}"
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.42 * len(ranked) + 0.9))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.4, right=0.93, top=0.97, bottom=0.7 / (0.42 * len(ranked) + 0.9))
        rows = range(len(ranked))
        colors = [MARK if name in (best, YOURS) else LINE for name in ranked]
        axis.barh(rows, [comes_to[name] for name in ranked], height=0.62, color=colors, alpha=0.7)
        for row, name in zip(rows, ranked, strict=True):
            at = max(comes_to[name], 0)
            axis.annotate(
                f"{comes_to[name]:.2f}", (at, row), (6, 0), textcoords="offset points", va="center", color=INK
            )
        axis.set_yticks(rows, [_called(name) for name in ranked])
        axis.invert_yaxis()
        axis.axvline(0, color=INK, lw=0.8)
        axis.tick_params(left=False)
        axis.set_xlabel("Weighted sum: 0 is worst of the field in all four, 1 is best in all four")
        svg = themed_svg(figure)
    said = ", ".join(f"{name} {weight}" for name, weight in read.items())
    alt = f"Weights: {said}. " + "; ".join(f"{_called(name)} {comes_to[name]:.2f}" for name in ranked) + "."
    caption = (
        f"{len(quarters.seeds)} practice quarters, and in each something happens. The simulation is plausible and not "
        "predictive: most of its numbers are assumed. Distances of a few hundredths are luck."
    )
    return LessonFigure(title, alt, caption, svg)


@lru_cache(maxsize=1)
def _practice() -> tuple[DeclaredAnswer, Quarters]:
    about = load_rubric(public(SLUG) / "rubric.yaml").answers[ANSWER]
    assert isinstance(about, DeclaredAnswer)  # noqa: S101 - the course's own file, see its tests
    return about, about.quarters_of(about.practice, ())


def _played(mine: Mapping[str, Callable[[dict[str, Any]], Any]], quarters: Quarters) -> Played:
    names = {part: part for part in PARTS if part in mine}
    return Listener(asking_parts(mine), names, seconds=60, whole=600).play(quarters)


def _even(names: Mapping[str, str]) -> dict[str, int]:
    return dict.fromkeys(names, 100 // len(names))


def _called(name: str, quotes: str = "") -> str:
    return NOBODY_LEADS if name == NO_POLICY else f"{quotes[:1]}{name}{quotes[1:]}"
