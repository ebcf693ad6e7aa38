"""Many policies on the same luck, beside the references: as lines for a terminal and as one page for a projector."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leadgym.sim import REFERENCES, Interval, Result, interval, lead_away, outcomes, run
from leadgym.sim.numbers import Floats
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.race_words import NOT_A_FORECAST

BESIDE = ("strict hero", "soft hero", "round robin", "stretch everything", "60/40 with one paired stretch")
COLUMNS: Mapping[str, tuple[str, str, int]] = {
    "value": ("Value", "planned hours in finished epics, more is better", 0),
    "growth": ("Growth", "skill gained by the others, more is better", 2),
    "cover": ("Cover", "share of hard work others could do, more is better", 2),
    "incidents": ("Incidents", "in a hundred tickets, less is better", 1),
    "absence_loss": ("Absence loss", "value lost in four weeks without you, less is better", 0),
}
_MINUS = "\N{MINUS SIGN}"
_LONGEST = 34


@dataclass(frozen=True, eq=False)
class Racer:
    """A policy's quarters, at home and with the lead away. ``own`` is False for a reference."""

    name: str
    here: Result
    away: Result
    own: bool = True

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """Each outcome, one number a quarter."""
        return outcomes(self.here, self.away)

    def interval(self, outcome: str) -> Interval:
        """The mean of an outcome and its 95 % interval."""
        return interval(self.numbers[outcome])


def references(seeds: Sequence[int], weeks: int, away: int) -> list[Racer]:
    """What the policies are held against, on the same luck."""
    gone = [lead_away(away, min(4, weeks - away + 1))]
    return [
        Racer(name, run(REFERENCES[name], seeds, weeks=weeks), run(REFERENCES[name], seeds, None, weeks, gone), False)
        for name in BESIDE
    ]


def ranked(racers: Sequence[Racer]) -> list[Racer]:
    """By mean value, most first."""
    return sorted(racers, key=lambda one: (-one.interval("value").mean, one.name))


def takeaway(racers: Sequence[Racer]) -> str:
    """The race in a line: the policy with most value, against the best reference."""
    own = ranked([one for one in racers if one.own])
    best = ranked([one for one in racers if not one.own])[0]
    first = own[0]
    apart = interval(first.numbers["value"] - best.numbers["value"])
    name, between = shown_name(first.name), f"({_shown('value', apart.low)} to {_shown('value', apart.high)})"
    if not apart.clear:
        return f"Of yours, {name} ships most; no clear difference to {best.name} {between}"
    more = "more" if apart.mean > 0 else "less"
    return f"Of yours, {name} ships most: {_shown('value', abs(apart.mean))} {more} than {best.name} {between}"


def lines(racers: Sequence[Racer]) -> list[str]:
    """The table for a terminal."""
    rows = [["", *(label for label, _, _ in COLUMNS.values())]]
    rows += [[_label(one), *(cell(one, name) for name in COLUMNS)] for one in ranked(racers)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def cell(one: Racer, outcome: str) -> str:
    """An outcome with its interval."""
    found = one.interval(outcome)
    return f"{_shown(outcome, found.mean)} ({_shown(outcome, found.low)} to {_shown(outcome, found.high)})"


def conditions(racers: Sequence[Racer], away: int) -> str:
    """Under which conditions the race was run."""
    quarters, weeks = racers[0].here.value.shape
    return (
        f"{quarters} quarters of {weeks} weeks, the same luck for everybody; means with 95 % intervals. "
        f"For the loss you are away from week {away}. {NOT_A_FORECAST}"
    )


def page(racers: Sequence[Racer], away: int, notes: Sequence[str]) -> str:
    """One HTML page that needs nothing else, loads nothing and runs nothing."""
    title = html.escape(takeaway(racers))
    order = ranked(racers)
    head = "".join(
        f'<th scope="col">{label}<small>{html.escape(what)}</small></th>' for label, what, _ in COLUMNS.values()
    )
    body = "".join(
        f'<tr class="{"own" if one.own else "reference"}"><th scope="row">{html.escape(_label(one))}</th>'
        + "".join(f"<td>{html.escape(cell(one, name))}</td>" for name in COLUMNS)
        + "</tr>"
        for one in order
    )
    said = "".join(f"<li>{html.escape(printable(note))}</li>" for note in notes)
    aside = f"<h2>What went wrong on the way</h2><ul>{said}</ul>" if said else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Policy race</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{title}</h1>{_figure(order)}"
        f'<p class="key">Filled circle: a policy of yours. Open square: a reference. Line: the 95 % interval.</p>'
        f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="key">{html.escape(conditions(racers, away))}</p>{aside}</main></body></html>\n'
    )


def printable(text: str) -> str:
    """``text`` without control characters: names and errors come from other people's files."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def shown_name(name: str) -> str:
    """A name that fits into a row."""
    name = printable(name)
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _label(one: Racer) -> str:
    return shown_name(one.name) if one.own else f"{one.name} (reference)"


def _figure(order: Sequence[Racer]) -> str:
    panels = ("value", "cover", "incidents", "absence_loss")
    height = 1.1 + 0.42 * len(order)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(13, height))
        axes = figure.subplots(1, len(panels), sharey=True)
        figure.subplots_adjust(left=0.22, right=0.985, top=1 - 0.42 / height, bottom=0.42 / height, wspace=0.14)
        for axis, name in zip(axes, panels, strict=True):
            _panel(axis, order, name)
        axes[0].set_yticks(range(len(order)), [_label(one).replace("$", r"\$") for one in order])
        axes[0].tick_params(axis="y", pad=10)
        svg = themed_svg(figure)
    alt = f"{takeaway(order)}. " + " ".join(
        f"{_label(one)}: " + ", ".join(f"{COLUMNS[name][0].lower()} {cell(one, name)}" for name in panels) + "."
        for one in order
    )
    return f'<div role="img" aria-label="{html.escape(alt)}">{svg}</div>'


def _panel(axis: Axes, order: Sequence[Racer], name: str) -> None:
    for row, one in enumerate(order):
        found = one.interval(name)
        color = MARK if one.own else INK
        axis.axhline(row, color=LINE, lw=0.5, ls=(0, (1, 3)), zorder=0)
        axis.plot([found.low, found.high], [row, row], color=color, lw=2, solid_capstyle="butt")
        axis.plot(
            [found.mean], [row], "o" if one.own else "s", ms=8, mec=color, mew=1.5, mfc=color if one.own else "none"
        )
    axis.set_title(COLUMNS[name][0], loc="left", fontsize=11, fontweight="bold")
    axis.set_ylim(len(order) - 0.5, -0.6)
    axis.tick_params(length=0)
    axis.spines["left"].set_visible(False)


def _shown(outcome: str, value: float) -> str:
    text = f"{value:.{COLUMNS[outcome][2]}f}"
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", _MINUS)


_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font-family: system-ui, sans-serif; font-size: clamp(16px, 0.55vw + 9px, 21px); line-height: 1.45;
  color: light-dark(#111, #eee); background: light-dark(#fff, #111); --jp-ui-font-color2: light-dark(#767676, #9a9a9a);
  --jp-brand-color1: light-dark(#1565c0, #64b5f6); }
main { max-width: 92em; margin: 0 auto; padding: 1.2em 1.6em; }
h1 { font-size: 1.6em; line-height: 1.25; margin: 0 0 0.6em; }
h2 { font-size: 1.1em; margin: 1.4em 0 0.4em; }
svg { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 1em; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.35em 1em 0.35em 0; vertical-align: top;
  border-bottom: 1px solid light-dark(#ccc, #444); }
th { overflow-wrap: anywhere; }
th small { display: block; font-weight: 400; font-size: 0.78em; }
tr.reference th { font-weight: 400; }
.key { font-size: 0.85em; max-width: 90ch; }
li { overflow-wrap: anywhere; }
"""
