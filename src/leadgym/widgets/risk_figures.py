"""Figures about a risk: what quarters a log makes possible, and what an answer is worth once it has been looked up.

Both draw their luck from a seed, and say in the caption what they were drawn from.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.marking.scores import brier_of_frequency
from leadgym.tools.risk.numbers import FEW as FEW_LOSSES
from leadgym.tools.risk.numbers import weigh
from leadgym.tools.risk.picture import quarters_picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure

FEW = 3
VOICES = {"no": 0.05, "yes": 0.95, "fifty-fifty": 0.5}
"""How the answers that are no number are heard: a chance each."""


def possible_quarters(losses: Sequence[float], quarters: float, seed: int = 1) -> LessonFigure:
    """What a coming quarter may cost if incidents arrive as in the log: ``losses`` in euros, seen in ``quarters``.

    The picture of ``leadgym risk``. Raises ValueError where there is nothing to draw from.
    """
    picture = quarters_picture(weigh(losses, quarters, seed))
    few = (
        f" {len(losses)} incidents are few: read the shape and not the last digit." if len(losses) < FEW_LOSSES else ""
    )
    caption = f"Drawn from {len(losses)} logged losses, as if they came independently of each other.{few}"
    return LessonFigure(picture.title, picture.alt, caption, picture.svg)


def looked_up(said: float, chance: float, quarters: int = 40, seed: int = 4) -> LessonFigure:
    """The running Brier score of ``said`` for an event of true ``chance``, beside "no", "yes" and fifty-fifty.

    Raises ValueError for what is no chance.
    """
    if not (0 <= said <= 1 and 0 < chance < 1):
        raise ValueError("A chance is a number from 0 to 1, as in 0.25.")
    luck = random.Random(seed)  # noqa: S311 - a figure, not a secret
    came = [luck.random() < chance for _ in range(quarters)]
    voices = {f"you ({said:g})": said, **VOICES}
    courses = {name: _running(voice, came) for name, voice in voices.items()}
    first = min(courses, key=lambda name: courses[name][0])
    last = min(courses, key=lambda name: courses[name][-1])
    honest = brier_of_frequency(chance, chance)
    title = f"After one quarter {_quoted(first)} is ahead; after {quarters}, {_quoted(last)}"
    if first == last:
        title = f"{_quoted(first).capitalize()} is ahead after one quarter, and still after {quarters}"
    styles = {"no": "--", "yes": ":", "fifty-fifty": "-."}
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.8, top=0.95, bottom=0.15)
        ends = _apart({name: course[-1] for name, course in courses.items()}, 0.05)
        for name, course in courses.items():
            yours = name not in VOICES
            axis.plot(
                range(1, quarters + 1), course, color=INK if yours else LINE, lw=2.4 if yours else 1.5,
                ls="-" if yours else styles[name],
            )  # fmt: skip
            axis.annotate(
                f"{name}: {course[-1]:.2f}", (quarters, ends[name]), xytext=(8, 0), textcoords="offset points",
                va="center", color=INK, annotation_clip=False,
            )  # fmt: skip
        for place, it in enumerate(came, start=1):
            if it:
                axis.plot([place], [0.97], "v", color=MARK, ms=7, clip_on=False)
        axis.set_ylim(0, 1)
        axis.set_xlim(1, quarters)
        axis.set_xlabel("Quarters looked up (a triangle: it happened)")
        axis.set_ylabel("Mean Brier score, less is better")
        svg = themed_svg(figure)
    told = " ".join(
        f"{name}: {course[0]:.2f} after the first quarter, {course[FEW - 1]:.2f} after {FEW}, {course[-1]:.2f} at last."
        for name, course in courses.items()
    )
    alt = f"It happened in {sum(came)} of {quarters} quarters, its true chance being {chance:g}. {told}"
    caption = (
        f"Brier's score is the mean of (said - happened) squared. Who says the true chance comes to {honest:.2f} in "
        "the long run, and nobody to less. “No” is heard as 0.05, “yes” as 0.95. The luck is drawn."
    )
    return LessonFigure(title, alt, caption, svg)


def _running(said: float, came: Sequence[bool]) -> list[float]:
    total, course = 0.0, []
    for count, it in enumerate(came, start=1):
        total += (said - it) ** 2
        course.append(total / count)
    return course


def _apart(ends: dict[str, float], least: float) -> dict[str, float]:
    """Heights for labels: as the lines end, but no two nearer than ``least``."""
    placed, below = {}, -1.0
    for name in sorted(ends, key=lambda n: ends[n]):
        placed[name] = max(ends[name], below + least)
        below = placed[name]
    return placed


def _quoted(name: str) -> str:
    return f"“{name}”" if name in VOICES else name
