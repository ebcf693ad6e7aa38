"""A learner's calibration: what they said would come true, what did, and how much of the distance is luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.marking.show import percent
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure, NotYet

STEPS = (0.5, 0.6, 0.75, 0.9, 1.0001)
"""Where one step of confidence ends and the next begins."""

LEAST = 8
"""From how many statements on there is a curve worth drawing."""

LUCK = 0.1
"""How much is left out at either end of the bars: they hold an honest person's result 8 times in 10."""


@dataclass(frozen=True, slots=True)
class Step:
    """The statements of about one confidence: how sure on average, how many right, and what luck alone would do."""

    said: float
    right: float
    count: int
    low: int
    high: int

    @property
    def outside(self) -> float:
        """By how many statements the result lies outside of what luck does to honest numbers; below 0: too sure."""
        return self.right - self.low if self.right < self.low else max(self.right - self.high, 0.0)


def calibration(said: Mapping[str, float | None], true: Mapping[str, bool], who: str = "You") -> LessonFigure | NotYet:
    """How sure and how right, step by step, beside what luck does to somebody whose numbers are honest.

    ``said`` is for each statement the probability that it is true, ``true`` what it is. A statement held at 0.2 is one
    held false at 0.8. The score is Brier's (1950) for one event, the mean squared distance between what was said and
    what was so: 0 is a prophet's, 0.25 is what one half throughout earns.
    """
    odd = [f"{name} is {value!r}" for name, value in said.items() if value is not None and not _probability(value)]
    if odd:
        return NotYet(f"A probability lies between 0 and 1: {odd[0]}. Write 0.7 for 70 %.")
    given = {name: float(value) for name, value in said.items() if value is not None and name in true}
    if len(given) < LEAST:
        return NotYet(f"{len(given)} of {len(true)} have a number. From {LEAST} on there is a curve to draw.")
    score = math.fsum((value - true[name]) ** 2 for name, value in given.items()) / len(given)
    steps = _steps([(max(p, 1 - p), _right(p, true[name])) for name, p in given.items()])
    name = "you" if who == "You" else who
    title = f"{_verdict(steps, name)}; Brier's score {score:.2f}, where one half throughout earns 0.25"
    alt = " ".join(
        f"Where {name} said {percent(step.said)}, {step.right:g} of {step.count} were right; "
        f"an honest person would see {step.low} to {step.high}."
        for step in steps
    )
    caption = (
        f"{len(given)} statements. Dots: how often the answer was right. Bars: where somebody lands 8 times in 10 "
        "who is exactly as sure as they are right, with these few statements. Dashed: sure and right are one."
    )
    return LessonFigure(title, alt, caption, _drawn(steps))


def _probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _right(said: float, true: bool) -> float:
    """1 where the likelier side came true; one half where neither was likelier."""
    return 0.5 if said == 0.5 else float((said > 0.5) is true)


def _steps(answers: Sequence[tuple[float, float]]) -> list[Step]:
    found = []
    for low, high in pairwise(STEPS):
        within = [(sure, right) for sure, right in answers if low <= sure < high]
        if within:
            sure = [one for one, _ in within]
            mean = math.fsum(sure) / len(sure)
            found.append(Step(mean, math.fsum(right for _, right in within), len(within), *_luck(sure)))
    return found


def _luck(sure: Sequence[float]) -> tuple[int, int]:
    """Between how many and how many come right for somebody whose probabilities are ``sure``, 8 times in 10."""
    chances = [1.0]
    for one in sure:
        # One more statement: each count either stays or goes up by one.
        chances = [
            (chances[k] * (1 - one) if k < len(chances) else 0.0) + (chances[k - 1] * one if k else 0.0)
            for k in range(len(chances) + 1)
        ]
    low = max(k for k in range(len(chances)) if math.fsum(chances[:k]) <= LUCK + 1e-12)
    high = min(k for k in range(len(chances)) if math.fsum(chances[k + 1 :]) <= LUCK + 1e-12)
    return low, high


def _verdict(steps: Sequence[Step], who: str) -> str:
    """The step that is farthest from what luck would do, as a sentence."""
    worst = max(steps, key=lambda step: (abs(step.outside), step.said))
    if not worst.outside:
        return "No step is farther off than luck alone would do"
    were = "was" if worst.right == 1 else "were"
    return f"Where {who} said {percent(worst.said)}, {worst.right:g} of {worst.count} {were} right"


def _drawn(steps: Sequence[Step]) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.6, 4.6))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.12, right=0.97, top=0.96, bottom=0.13)
        axis.plot([0.5, 1], [0.5, 1], color=LINE, lw=1, ls="--")
        for step in steps:
            span = [step.low / step.count, step.high / step.count]
            axis.plot([step.said] * 2, span, color=LINE, lw=9, alpha=0.35, solid_capstyle="butt")
        axis.plot([s.said for s in steps], [s.right / s.count for s in steps], color=INK, lw=1.2, zorder=2)
        shares = [step.right / step.count for step in steps]
        for step, share, then in zip(steps, shares, [*shares[1:], shares[-1]], strict=True):
            axis.plot([step.said], [share], "o", ms=9, mfc=MARK, mec=INK, mew=1.2, zorder=3, clip_on=False)
            # Beside the dot, on the side that the line does not take.
            at = (step.said, share)
            beside = (9, 7 if then < share else -14)
            axis.annotate(f"{step.right:g} of {step.count}", at, beside, textcoords="offset points", fontsize=9)
        axis.set_xlim(0.48, 1.02)
        axis.set_ylim(-0.03, 1.05)
        axis.set_xticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"])
        axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axis.set_xlabel("How sure")
        axis.set_ylabel("How often right")
        return themed_svg(figure)
