"""Two figures: one week as it lay, and the weeks beside each other."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.sim.meetings import clock
from leadgym.tools.audit.numbers import Audit, Day, Week
from leadgym.tools.audit.words import hours, plural
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

MOST_BARS = 16
SHORTEST_NAMED = 30
NAME_SHARE = 0.045
"""How much of the day's height a title takes."""


def week_picture(week: Week, title: str = "") -> Picture:
    """The days of ``week``: meetings in grey, blocks in colour, pieces as outlines."""
    if not week.days:
        raise ValueError("A week without days cannot be drawn.")
    opens, closes = week.days[0].hours.opens, week.days[0].hours.closes
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.2))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.08, right=0.98, top=0.92, bottom=0.1)
        for place, day in enumerate(week.days):
            for (start, end), _ in day.meetings:
                _box(axis, place, start, end, color=LINE, alpha=0.55, lw=0.6, edgecolor=INK)
            for at, said in _names(day):
                axis.text(place - 0.41, at, said, fontsize=7, va="center", color=INK, clip_on=True)
            for start, end in day.away:
                _box(axis, place, start, end, facecolor="none", edgecolor=LINE, hatch="...", lw=0.6)
                axis.text(place, (start + end) / 2, "away", ha="center", va="center", color=INK)
            for start, end in day.blocks:
                _box(axis, place, start, end, facecolor=MARK, alpha=0.28, lw=0)
                axis.text(place, (start + end) / 2, hours(end - start), ha="center", va="center", color=INK, fontsize=9)
            for start, end in day.pieces:
                _box(axis, place, start, end, facecolor="none", edgecolor=LINE, lw=0.6, ls=":")
        axis.set_xlim(-0.5, len(week.days) - 0.5)
        axis.set_ylim(closes, opens)
        axis.set_xticks(range(len(week.days)), [f"{day.day:%a} {day.day.day} {day.day:%b}" for day in week.days])
        axis.xaxis.tick_top()
        ticks = range(-(-opens // 60) * 60, closes + 1, 60)
        axis.set_yticks(list(ticks), [clock(tick) for tick in ticks])
        axis.tick_params(length=0)
        for spine in axis.spines.values():
            spine.set_visible(False)
        svg = _drawn(figure)
    least = hours(week.days[0].hours.least)
    said = title or (
        f"Week of {_date(week)}: {plural(week.block_count, 'stretch', 'stretches')} of {least} and more, "
        f"{hours(week.in_pieces)} in pieces"
    )
    return Picture(said, " ".join(_day_in_words(day) for day in week.days), svg)


def weeks_picture(audit: Audit) -> Picture | None:
    """Hours in meetings, in blocks and in pieces, a bar a week; nothing where there is one week."""
    shown = audit.weeks[-MOST_BARS:]
    if len(shown) < 2:
        return None
    parts = [
        ("in meetings", "in_meetings"),
        (f"blocks of {hours(audit.hours.least)} and more", "focus"),
        ("shorter pieces", "in_pieces"),
    ]
    looks: tuple[dict[str, Any], ...] = (
        {"color": LINE, "alpha": 0.55},
        {"color": MARK, "alpha": 0.45},
        {"facecolor": "none", "edgecolor": LINE, "hatch": "///", "lw": 0.6},
    )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 1.3 + 0.34 * len(shown)))
        axis = figure.subplots()
        figure.subplots_adjust(
            left=0.1,
            right=0.98,
            top=1 - 0.45 / (1.3 + 0.34 * len(shown)),
            bottom=0.62 / (1.3 + 0.34 * len(shown)),
        )
        left = [0.0] * len(shown)
        for (name, what), look in zip(parts, looks, strict=True):
            widths = [getattr(week, what) / 60 for week in shown]
            axis.barh(range(len(shown)), widths, left=left, height=0.72, label=name, **look)
            left = [one + width for one, width in zip(left, widths, strict=True)]
        axis.set_yticks(range(len(shown)), [_date(week) for week in shown])
        axis.invert_yaxis()
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel("Hours of the working week")
        axis.legend(ncols=3, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1)
        svg = _drawn(figure)
    low, high = audit.span("focus")
    told = " ".join(
        f"{_date(week)}: {hours(week.in_meetings)} in meetings, {hours(week.focus)} in blocks, "
        f"{hours(week.in_pieces)} in pieces."
        for week in shown
    )
    return Picture(f"Between {hours(low)} and {hours(high)} a week lie in one stretch", told, svg)


def _names(day: Day) -> list[tuple[float, str]]:
    """Where the titles of a day stand. Those that would lie over each other share a line."""
    lines: list[tuple[float, list[str]]] = []
    for (start, end), entry in sorted(day.meetings, key=lambda one: sum(one[0])):
        if end - start < SHORTEST_NAMED:
            continue
        middle = (start + end) / 2
        apart = NAME_SHARE * (day.hours.closes - day.hours.opens)
        if lines and middle - lines[-1][0] < apart:
            lines[-1][1].append(entry.title)
        else:
            lines.append((middle, [entry.title]))
    return [(at, " + ".join(_short(title, max(4, 20 // len(titles))) for title in titles[:4])) for at, titles in lines]


def _drawn(figure: Figure) -> str:
    """The drawing. Titles may be in letters that the font at hand lacks: the page's own font draws them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return themed_svg(figure)


def _box(axis: Any, place: int, start: int, end: int, **look: Any) -> None:
    axis.bar(place, end - start, bottom=start, width=0.88, **look)


def _short(title: str, most: int = 20) -> str:
    # A dollar sign would begin a formula.
    plain = "".join(sign if sign.isprintable() else " " for sign in title).replace("$", "\\$")
    return plain if len(plain) <= most else plain[: most - 1].rstrip("\\") + "…"


def _date(week: Week) -> str:
    return f"{week.monday.day} {week.monday:%b}"


def _day_in_words(day: Any) -> str:
    spans = _listed([f"{clock(start)} to {clock(end)}" for start, end in day.blocks])
    long = f"free in one stretch {spans}" if day.blocks else "no long stretch"
    if not day.working:
        return f"{day.day:%A}: away."
    return f"{day.day:%A}: {plural(len(day.meetings), 'meeting')}, {hours(day.in_meetings)}; {long}."


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
