"""Folders down, people across: how much of each folder a person knows, and how much of it nobody else does."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from leadgym.tools.busfactor.folders import Part
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

MOST_PEOPLE = 9
LEGEND = "Grey: the share of the folder's files the person is an author of. Coloured, with its number: nobody else is."


def people_map(title: str, folders: Sequence[Part], people: Sequence[str], leaver: str | None) -> Picture:
    """The map of ``folders`` by ``people``.

    A cell's grey bar is the share that the person is an author of, the coloured part what only they are, in files.
    """
    shown = list(people[:MOST_PEOPLE])
    if leaver and leaver in people and leaver not in shown:
        shown[-1] = leaver
    names = _short(shown)
    with mpl.rc_context({**STYLE, "text.parse_math": False}):
        height = 0.75 + 0.34 * len(folders)
        figure = Figure(figsize=(8.6, height))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.24, right=0.99, top=1 - 0.32 / height, bottom=0.4 / height)
        for row, part in enumerate(folders):
            for column, person in enumerate(shown):
                _cell(axis, column, row, part, person)
        axis.set_xlim(0, len(shown))
        axis.set_ylim(len(folders), 0)
        axis.set_xticks([column + 0.45 for column in range(len(shown))], names)
        axis.xaxis.tick_top()
        axis.set_yticks(
            [row + 0.5 for row in range(len(folders))], [f"{_cut(part.name)}  {len(part.files)}" for part in folders]
        )
        axis.tick_params(length=0)
        axis.text(0, len(folders) + 0.45, LEGEND, va="center", color=INK, fontsize=9)
        for side in axis.spines.values():
            side.set_visible(False)
        if leaver in shown:
            axis.get_xticklabels()[shown.index(leaver)].set_fontweight("bold")
        svg = themed_svg(figure)
    return Picture(title, _alt(folders), svg)


def _cell(axis: mpl.axes.Axes, column: int, row: int, part: Part, person: str) -> None:
    whole = len(part.files)
    knows, alone = part.knows.get(person, 0), part.alone.get(person, 0)
    axis.add_patch(Rectangle((column + 0.03, row + 0.12), 0.84, 0.76, fill=False, edgecolor=LINE, lw=0.4, alpha=0.5))
    if knows:
        axis.add_patch(Rectangle((column + 0.03, row + 0.12), 0.84 * knows / whole, 0.76, color=LINE, alpha=0.35, lw=0))
    if alone:
        axis.add_patch(Rectangle((column + 0.03, row + 0.12), 0.84 * alone / whole, 0.76, color=MARK, alpha=0.55, lw=0))
        axis.text(column + 0.45, row + 0.52, str(alone), ha="center", va="center", color=INK, fontsize=9)


def _alt(folders: Sequence[Part]) -> str:
    told = []
    for part in folders:
        if not part.knows:
            told.append(f"{part.name}, {len(part.files)} files: nobody is an author")
            continue
        who = max(part.knows, key=lambda one: (part.knows[one], one))
        told.append(
            f"{part.name}, {len(part.files)} files: most by {who} ({part.knows[who]}), {part.alone.get(who, 0)} "
            "of them by nobody else"
        )
    return (
        "A grid of folders by people. A grey bar is the share of a folder's files that a person is an author of; the "
        f"coloured part, with its number, is what only they are an author of. {'. '.join(told)}."
    )


def _short(names: Sequence[str]) -> list[str]:
    """First names, with an initial where two would be the same."""
    first = [name.split()[0] if name.split() and len(name.split()[0]) > 2 else name for name in names]
    return [
        f"{one[:9]} {name.split()[-1][:1]}." if first.count(one) > 1 and " " in name else one[:11]
        for one, name in zip(first, names, strict=True)
    ]


def _cut(name: str) -> str:
    return name if len(name) <= 24 else f"…{name[-23:]}"
