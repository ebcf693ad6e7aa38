"""The two pictures of a board: what was waited for, and how much was in progress beside how long things took."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from leadgym.estimates import percentile
from leadgym.tools.flow.dates import Clock
from leadgym.tools.flow.numbers import NONE, Board, Reason, course
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

BARS = 8


def waits(reasons: list[Reason]) -> Picture:
    """A bar for each thing that was waited for."""
    total = sum(one.days for one in reasons)
    first = reasons[0]
    share = f"{first.days / total:.0%}" if total else "0%"
    title = f"{first.name}: {first.days:.1f} of {total:.1f} blocked days ({share})"
    shown = reasons[:BARS]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.9 + 0.42 * len(shown)))
        axis = figure.subplots()
        longest = max(len(one.name[:40]) for one in shown)
        height = 0.9 + 0.42 * len(shown)
        figure.subplots_adjust(left=min(0.45, 0.05 + 0.011 * longest), right=0.9, top=0.98, bottom=0.6 / height)
        for row, one in enumerate(shown):
            axis.barh(row, one.days, height=0.62, color=MARK if row == 0 else LINE, alpha=0.85)
            axis.annotate(
                f"{one.days:.1f}", (one.days, row), (5, 0), textcoords="offset points", va="center", color=INK
            )
        axis.set_yticks(range(len(shown)), [one.name[:40] for one in shown])
        axis.set_ylim(len(shown) - 0.5, -0.5)
        axis.set_xlim(0, max(first.days, 0.1) * 1.12)
        axis.set_xlabel("Blocked days, weekends included, over all tickets")
        svg = themed_svg(figure)
    rest = len(reasons) - len(shown)
    alt = "Blocked days by what was waited for. " + " ".join(
        f"{one.name}: {one.days:.1f} days on {one.tickets} ticket{'s' if one.tickets != 1 else ''}." for one in shown
    )
    return Picture(title, alt + (f" And {rest} more, each shorter." if rest else ""), svg)


def progress(board: Board, clock: Clock) -> Picture:
    """How many were in progress, above; each finished ticket's days, below, on the same dates."""
    steps = course(board)
    done = board.finished
    cycles = board.cycles
    most = max(count for _, count in steps)
    ends = [count for at, count in steps if at <= board.now]
    title = f"{ends[-1] if ends else 0} in progress at the end, {most} at most"
    if len(cycles) >= NONE:
        half, late = percentile(cycles, 50), percentile(cycles, 85)
        title += f"; half of the finished took {half:.1f} days or less, 85% took {late:.1f} or less"
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.6))
        above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [1, 1.25], "hspace": 0.16})
        figure.subplots_adjust(left=0.08, right=0.9, top=0.97, bottom=0.1)
        moments = [at for at, _ in steps] + [board.now]
        counts = [count for _, count in steps]
        above.step(moments, [*counts, counts[-1]], where="post", color=INK, lw=1.6)
        above.fill_between(moments, [*counts, counts[-1]], step="post", color=LINE, alpha=0.25)
        above.set_ylim(0, most * 1.15 + 0.2)
        above.set_ylabel("In progress")
        above.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        below.plot([one.finished for one in done], [one.cycle for one in done], "o", ms=4.5, mfc="none", mec=INK, mew=1)
        if len(cycles) >= NONE:
            for value, name in ((half, "half"), (late, "85%")):
                below.axhline(value, color=MARK, lw=1.4, ls="--" if name == "half" else "-")
                _beside(below, name, value)
        below.set_ylim(0, (max(cycles) if cycles else 1) * 1.1 + 0.2)
        below.set_ylabel("Days it took, at its end")
        locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        below.xaxis.set_major_locator(locator)
        form = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
        form.formats[1:3] = ["%b %Y", "%-d %b"]
        form.zero_formats[1:3] = ["%b %Y", "%-d %b"]
        below.xaxis.set_major_formatter(form)
        svg = themed_svg(figure)
    first = clock.day(steps[0][0])
    alt = (
        f"Two charts over the same days, from {first:%-d %B %Y} to {clock.day(board.now - 1e-6):%-d %B %Y}. Above: how "
        f"many tickets were in progress, {most} at most. Below: a circle for each of {len(done)} finished "
        f"ticket{'' if len(done) == 1 else 's'}, at the day it was finished and as high as the days it took."
    )
    if len(cycles) >= NONE:
        alt += f" Half lie at {half:.1f} days or below, 85% at {late:.1f} or below."
    return Picture(title, alt, svg)


def _beside(axis: Axes, text: str, height: float) -> None:
    axis.annotate(
        text, (1, height), (5, 0), xycoords=axis.get_yaxis_transform(), textcoords="offset points", va="center",
        color=INK, annotation_clip=False,
    )  # fmt: skip
