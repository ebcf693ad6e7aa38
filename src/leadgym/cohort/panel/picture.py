"""The panel's ratings at a glance: for each option how many gave which rating, the panel's mean, the key in use."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.cohort.panel.numbers import ItemSaid, OptionSaid, PanelSaid
from leadgym.marking.form import HIGHEST, LOWEST
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

ROW, AREA = 0.24, 190.0
"""Inches a row takes, and the area in points of a circle for all experts."""


def picture(said: PanelSaid) -> Picture:
    """Circles as large as the share of experts, a bar at the mean, a cross at the key in use; items in their order."""
    rows = [(one, option) for one in said.items for option in one.options if option.many]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, ROW * (len(rows) + len(said.items)) + 0.9), layout="constrained")
        axes = figure.add_subplot()
        at, ticks, labels = 0.0, [], []
        for one in said.items:
            axes.text(LOWEST - 0.45, at, _head(one), weight="bold", va="center", ha="left")
            at += 1
            for option in (option for item, option in rows if item is one):
                _row(axes, at, option)
                ticks.append(at)
                labels.append(option.option)
                at += 1
        axes.set_xlim(LOWEST - 0.5, HIGHEST + 0.5)
        axes.set_ylim(at - 0.3, -0.8)
        axes.set_yticks(ticks, labels)
        axes.set_xticks(
            range(LOWEST, HIGHEST + 1), ["1 makes things worse", "2", "3 no real difference", "4", "5 works well"]
        )
        axes.xaxis.tick_top()
        axes.set_xlabel("circle: experts who gave that rating, by size; bar: the panel's mean; cross: the key in use")
        axes.tick_params(length=0)
        axes.spines[["left", "bottom", "top", "right"]].set_visible(False)
        svg = themed_svg(figure)
    return Picture(_title(said), _alt(rows), svg)


def _row(axes: mpl.axes.Axes, at: float, option: OptionSaid) -> None:
    axes.plot([LOWEST, HIGHEST], [at, at], color=LINE, linewidth=0.4, zorder=1)
    for step, many in enumerate(option.counts, LOWEST):
        if many:
            axes.scatter(
                step, at, s=AREA * many / option.many, facecolor="none", edgecolor=INK, linewidth=1.1, zorder=2
            )
    axes.plot([option.mean, option.mean], [at - 0.36, at + 0.36], color=MARK, linewidth=3, zorder=3)
    axes.plot(option.now, at, marker="x", color=INK, markersize=6, markeredgewidth=1.6, linestyle="none", zorder=4)


def _head(one: ItemSaid) -> str:
    return f"{one.number} {one.item.id}" + ("" if one.state == "agreed" else f" ({one.state})")


def _title(said: PanelSaid) -> str:
    far = sum(abs(option.mean - option.now) >= 1 for one in said.items for option in one.options)
    total = sum(len(one.options) for one in said.items)
    return f"The panel's mean lies a step or more from the key in {far} of {total} options"


def _alt(rows: list[tuple[ItemSaid, OptionSaid]]) -> str:
    far = sorted(rows, key=lambda row: -abs(row[1].mean - row[1].now))[:3]
    said = ", ".join(f"{one.item.id} {option.option} (mean {option.mean:.1f}, key {option.now})" for one, option in far)
    return (
        "A row for each option: circles as large as the share of experts who gave that rating, a bar at the panel's "
        f"mean, a cross at the key in use. Farthest apart: {said}. The table below has every number."
    )
