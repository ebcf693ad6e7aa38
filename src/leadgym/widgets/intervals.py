"""Ten 90 % ranges: a learner's own, beside the answers, and how many of such ranges hold for somebody honest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.marking.scores import honest_hits
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure, NotYet

LEVEL = 0.9
LEAST = 5
"""From how many ranges on they are held against the answers."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A question with one answer, and who says so."""

    text: str
    answer: float
    unit: str
    source: str


TEN = {
    "thesis": Fact("Students expected their thesis to take 34 days. It took", 55.5, "days", "Buehler et al. 1994"),
    "projects": Fact("1,471 IT projects went over budget, on average by", 27, "%", "Flyvbjerg and Budzier 2011"),
    "opera": Fact("The Sydney Opera House went over its budget by", 1400, "%", "Flyvbjerg 2014"),
    "airport": Fact("Denver's new airport opened late by", 16, "months", "GAO 1995"),
    "knight": Fact("Knight Capital's orders that lost $460 million ran for", 45, "minutes", "SEC 2013"),
    "shuttle": Fact("The Space Shuttle flew on", 420_000, "lines of code", "Fishman 1996"),
    "apollo": Fact("Apollo's computer could write to", 2048, "words of memory", "Hall 1996"),
    "os360": Fact("OS/360 took, from 1963 to 1966, about", 5000, "person-years", "Brooks 1975"),
    "excel": Fact("Until 2003 a sheet in Excel had", 65_536, "rows", "Microsoft's specification"),
    "tunnel": Fact("The Channel Tunnel has a length of", 50.5, "kilometres", "its operator, Getlink"),
}


def ten_intervals(given: Mapping[str, Sequence[float | None] | None]) -> LessonFigure | NotYet:
    """The ranges ``given`` (low and high by question) against the answers; a missing one is left out."""
    ranges: dict[str, tuple[float, float]] = {}
    for name, span in given.items():
        if name not in TEN or span is None or len(span) != 2 or any(end is None for end in span):
            continue
        low, high = (float(end) for end in span if end is not None)
        if low > high:
            return NotYet(f"{name}: the lower end, {low:g}, is above the upper, {high:g}. Turn them round.")
        ranges[name] = (low, high)
    if len(ranges) < LEAST:
        return NotYet(f"{len(ranges)} of {len(TEN)} have a range. From {LEAST} on they are held against the answers.")
    held = {name: low <= TEN[name].answer <= high for name, (low, high) in ranges.items()}
    low_hits, high_hits = honest_hits(len(ranges), LEVEL)
    title = f"{sum(held.values())} of your {len(ranges)} ranges hold the answer"
    title += f"; with honest 90 % ranges it would be {low_hits} to {high_hits}"
    alt = " ".join(
        f"{TEN[name].text} {TEN[name].answer:,g} {TEN[name].unit}; you said {low:,g} to {high:,g}, "
        f"which {'holds' if held[name] else 'misses'}."
        for name, (low, high) in ranges.items()
    )
    caption = "Answers: " + "; ".join(
        f"{name} {TEN[name].answer:,g} {TEN[name].unit} ({TEN[name].source})" for name in ranges
    )
    return LessonFigure(title, alt, f"{caption}.", _drawn(ranges, held))


def _drawn(ranges: Mapping[str, tuple[float, float]], held: Mapping[str, bool]) -> str:
    """Each range as a bar of one length, the answer as a mark inside it, or beyond the end it misses."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 0.36 * len(ranges) + 0.7))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.14, right=0.97, top=0.97, bottom=0.16)
        for row, (name, (low, high)) in enumerate(reversed(list(ranges.items()))):
            axis.plot([0, 1], [row, row], color=LINE, lw=9, alpha=0.4, solid_capstyle="butt")
            at = (TEN[name].answer - low) / (high - low) if high > low else (0.5 if held[name] else 2.0)
            at = min(1.7, max(-0.7, at))
            axis.plot([at], [row], "o" if held[name] else "X", ms=9, mfc=MARK if held[name] else INK, mec=INK, zorder=3)
        axis.set_yticks(range(len(ranges)), list(reversed(list(ranges))))
        axis.set_xlim(-0.8, 1.8)
        axis.set_xticks([0, 1], ["your lower end", "your upper end"])
        return themed_svg(figure)
