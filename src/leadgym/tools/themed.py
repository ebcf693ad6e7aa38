"""Figures in the page's own colours and letters: one drawing for light and dark."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from matplotlib.figure import Figure

# Drawn in these, then handed to the page: ink is the text's colour, line a quiet grey, mark the theme's accent.
INK, LINE, MARK = "#010203", "#0a0b0c", "#1f2021"
_THEME = {INK: "currentColor", LINE: "var(--jp-ui-font-color2, #767676)", MARK: "var(--jp-brand-color1, #1976d2)"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "leadgym",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
"""For ``matplotlib.rc_context``: what a figure has to be drawn with for ``themed_svg`` to recolour it."""


def themed_svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` as wide as its place, hidden from screen readers: words have to stand around it.

    A text of several lines keeps the places that matplotlib's own letters need: draw each line as a text of its own.
    """
    out = io.StringIO()
    figure.patch.set_visible(False)
    with warnings.catch_warnings():
        # The letters are the page's own, so it does not matter which ones matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    # Inside a page its style element would hold for the whole page, and its names would meet those of other figures.
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    head, tag, rest = svg.partition(">")
    svg = re.sub(r' (?:width|height)="[^"]*"', "", head) + tag + rest
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--jp-content-font-family, sans-serif)", svg)
    # matplotlib's one style rule is for every element of the page; said on the drawing itself, it is for the drawing.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.S)
    for drawn, theme in _THEME.items():
        svg = svg.replace(drawn, theme)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" style="stroke-linejoin: round" ', 1)
