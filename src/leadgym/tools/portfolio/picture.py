"""The figure: what share of its points each marked module has."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg


def marks_picture(marks: Mapping[str, tuple[float, float]]) -> Picture:
    """Shares of points by title, in the order given; the smallest is named in the title."""
    shares = {title: points / out_of for title, (points, out_of) in marks.items()}
    least = min(shares, key=lambda title: shares[title])
    with mpl.rc_context(STYLE):
        height = 0.38 * len(shares) + 0.8
        figure = Figure(figsize=(8.6, height))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.34, right=0.9, top=0.97, bottom=0.6 / height)
        rows = range(len(shares))
        axis.barh(rows, [100 * share for share in shares.values()], height=0.6, alpha=0.7,
                  color=[MARK if title == least else LINE for title in shares])  # fmt: skip
        for row, (title, share) in enumerate(shares.items()):
            points, out_of = marks[title]
            axis.annotate(f"{points:g} of {out_of:g}", (100 * share, row), (6, 0), textcoords="offset points",
                          va="center", color=INK)  # fmt: skip
        axis.set_yticks(rows, list(shares))
        axis.invert_yaxis()
        axis.set_xlim(0, 100)
        axis.tick_params(left=False)
        axis.set_xlabel("Share of the module's points (%)")
        svg = themed_svg(figure)
    told = "; ".join(f"{title} {points:g} of {out_of:g}" for title, (points, out_of) in marks.items())
    return Picture(f"Of {len(shares)} marked modules, {least} has most left to find", f"Points by module: {told}.", svg)
