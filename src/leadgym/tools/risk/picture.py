"""The picture of a risk: what one coming quarter may cost, as bars of a hundred quarters."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from leadgym.tools.report import Picture
from leadgym.tools.risk.numbers import DRAWS, Risk
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

BARS = 8


def quarters_picture(risk: Risk, currency: str = "€") -> Picture:
    """Of a hundred quarters like those of the log, how many cost how much; the mean is marked."""
    nothing, most = 100 * risk.quiet, 100 * risk.dearer
    title = (
        f"The mean is {money(risk.mean, currency)} a quarter; {nothing:.0f} of 100 quarters cost nothing, "
        f"and one in ten more than {money(risk.one_in_ten, currency)}"
    )
    draws = np.sort(risk.draws)
    width = _round_step(max(float(draws[int(0.98 * DRAWS)]), risk.mean) / BARS)
    at = np.minimum(BARS, np.ceil(draws / width)).astype(int)
    shares = np.bincount(at, minlength=BARS + 1) / DRAWS * 100
    unit, of = (1_000, f"{currency}1,000") if width >= 1_000 else (1, currency)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.6))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.88, bottom=0.18)
        axis.bar(range(BARS + 1), shares, width=0.86, color=LINE, alpha=0.6)
        mean = 0.5 + risk.mean / width
        axis.axvline(mean, color=MARK, lw=2)
        top = float(shares.max())
        axis.annotate(
            f"mean {money(risk.mean, currency)}",
            (mean, top * 1.08),
            xytext=(6, 0),
            textcoords="offset points",
            color=INK,
        )
        axis.set_xticks(
            range(BARS + 1), ["nothing", *(f"to {width * bar / unit:,.0f}" for bar in range(1, BARS)), "more"]
        )
        axis.set_ylim(0, top * 1.2)
        axis.set_xlabel(f"What the quarter costs ({of})")
        axis.set_ylabel("Of 100 quarters")
        svg = themed_svg(figure)
    alt = (
        f"{DRAWS:,} quarters drawn at {risk.rate:.3g} incidents a quarter. Nothing at all: {nothing:.0f} of 100. "
        f"Dearer than the mean: {most:.0f} of 100. The dearest tenth begins at {money(risk.one_in_ten, currency)}."
    )
    return Picture(title, alt, svg)


def _round_step(width: float) -> float:
    """The next width from ``width`` up that somebody would have chosen; 1.5 and 2.5 only where labels stay whole."""
    power = 10.0 ** np.floor(np.log10(max(width, 1)))
    steps = (1, 2, 3, 4, 5, 6, 8, 10) if power < 10 or power == 1_000 else (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return float(next(step * power for step in steps if step * power >= width))


def money(value: float, currency: str = "€") -> str:
    """A sum as somebody says it: no more than three digits that mean anything, and thousands set apart."""
    return f"{currency}{rounded(value):,.0f}"


def rounded(value: float) -> float:
    """``value`` to three significant digits, below 1,000 to the unit."""
    if value < 1_000:
        return round(value)
    places = 2 - int(np.floor(np.log10(value)))
    return float(round(value, places))
