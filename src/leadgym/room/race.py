"""A policy race in a room: what is asked, what a race came to, and how it is told up to the week that is shown.

A race is between two of the simulation's reference policies on the same luck. What it came to is kept in the session
file, so that a room opened again shows the same. Nothing here runs the simulation; ``racing`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from leadgym.sim.references import REFERENCES
from leadgym.widgets.race_words import NOT_A_FORECAST
from leadgym.yamlfile import Model

WEEKS, AWAY_WEEKS = 13, 4
FIRST: Final = "first"
SECOND: Final = "second"
NEITHER: Final = "neither"
HONEST = f"In brackets the 95 % interval. Other luck gives other numbers. {NOT_A_FORECAST}"
_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 1000, 580, 76, 24, 16, 56
_STEP = 200

Pair = tuple[float, float]
Key = tuple[tuple[str, str], int]
"""Which race: its two policies, and the week from which the lead is away (0: never)."""


class Week(Model):
    """Where a race stands at the end of a week; the first policy's number comes first.

    ``value``: the mean over the quarters. ``low`` and ``high``: eight of ten quarters lie between them. ``ahead``: in
    how many quarters each has shipped more. ``more``: which ships more, where that is more than luck. ``says``: the
    takeaway. ``rows``: outcome, one, the other, difference with its 95 % interval, and what to make of that.
    """

    value: Pair
    low: Pair
    high: Pair
    ahead: tuple[int, int]
    more: Literal["first", "second", "neither"]
    says: str
    rows: tuple[tuple[str, str, str, str, str], ...]


class Raced(Model):
    """What a race came to: ``runs`` quarters, week by week."""

    policies: tuple[str, str]
    away: Annotated[int, Field(ge=0, le=WEEKS)]
    runs: Annotated[int, Field(gt=1)]
    weeks: Annotated[tuple[Week, ...], Field(min_length=WEEKS, max_length=WEEKS)]

    @property
    def key(self) -> Key:
        """Which race it is."""
        return self.policies, self.away


def read(data: object) -> Raced:
    """A race from a session file. Raises ValueError."""
    try:
        return Raced.model_validate(data)
    except (ValidationError, OverflowError) as problem:
        raise ValueError("That is no result of a race.") from problem


def key_of(policies: object, away: object) -> Key:
    """The race that is asked for. Raises ValueError with the mend."""
    if not isinstance(policies, list | tuple) or len(policies) != 2:
        raise ValueError("A race is between two policies.")
    for name in policies:
        if not isinstance(name, str) or name not in REFERENCES:
            raise ValueError(f"There is no policy {str(name)[:60]!r}. There are: {', '.join(REFERENCES)}.")
    if policies[0] == policies[1]:
        raise ValueError(f"Both policies are '{policies[0]}'. Name two different ones.")
    if type(away) is not int or not 0 <= away <= WEEKS:
        raise ValueError(f"'away' is the week from which the lead is away, 1 to {WEEKS}, or 0 for never.")
    return (policies[0], policies[1]), away


def question(key: Key) -> str:
    """What the room is asked."""
    away = key[1]
    if not away:
        return f"A team races two ways to hand out work. Which ships more value by week {WEEKS}?"
    return f"You are away for {_weeks(away)}. Which ships more value by week {WEEKS} now?"


def choices(key: Key) -> list[tuple[str, str]]:
    """The answers: id and text."""
    one, other = (f"{_upper(name)}. {REFERENCES[name].says}" for name in key[0])
    return [(FIRST, one), (SECOND, other), (NEITHER, "Neither: the difference is within luck.")]


def came(raced: Raced, more: str) -> str:
    """Which policy ships more, in a sentence; ``more`` is the id of an answer."""
    if more == NEITHER:
        return "neither ships clearly more"
    return f"{raced.policies[more == SECOND]} ships more"


def title(raced: Raced, week: int) -> str:
    """The takeaway at the end of ``week``, and which week it is."""
    return f"Week {week} of {WEEKS}. {raced.weeks[week - 1].says}."


def conditions(raced: Raced) -> str:
    """Under which conditions it was run, and what it is not."""
    gone = f"you are away for {_weeks(raced.away)}" if raced.away else "you are there all the time"
    return f"{raced.runs} quarters on the same luck, {gone}. {HONEST}"


def ahead(raced: Raced, week: int) -> str:
    """In how many of the quarters each is ahead at the end of ``week``."""
    one, other = raced.weeks[week - 1].ahead
    equal = raced.runs - one - other
    same = f", in {equal} they are equal" if equal else ""
    name, second = raced.policies
    return f"{_upper(name)} is ahead in {one} of {raced.runs} quarters, {second} in {other}{same}."


def drawn(raced: Raced, week: int) -> str:
    """The race up to the end of ``week`` as HTML: title, drawing, and the same as a table; no later week."""
    shown = raced.weeks[:week]
    said = " ".join(
        f"{_upper(name)} has shipped {shown[-1].value[place]:.0f}, in eight of ten quarters "
        f"{shown[-1].low[place]:.0f} to {shown[-1].high[place]:.0f}."
        for place, name in enumerate(raced.policies)
    )
    alt = f"{title(raced, week)} {said}"
    return (
        f"<figure><figcaption><h2>{escape(title(raced, week))}</h2></figcaption>"
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(alt)}">{_picture(raced, shown)}</svg>'
        f'<p class="key">{_key(raced)}</p></figure>'
        f'<div class="told">{_table(raced, week)}<p>{escape(ahead(raced, week))}</p></div>'
        f'<p class="conditions">{escape(conditions(raced))}</p>'
    )


def _key(raced: Raced) -> str:
    one, other = raced.policies
    return (
        f"{escape(_upper(one))}: filled circles, whole line. {escape(_upper(other))}: open squares, dashed line. "
        "Value in finished epics, planned hours. Upright lines: eight of ten quarters."
    )


def _table(raced: Raced, week: int) -> str:
    heads = (f"By week {week}", *raced.policies, "difference", "which is")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(label.partition(" (")[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in raced.weeks[week - 1].rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _picture(raced: Raced, shown: Sequence[Week]) -> str:
    top = max(_STEP, _STEP * ceil(max(max(one.high) for one in shown) / _STEP))

    def x(week: float) -> float:
        return round(_LEFT + (_WIDE - _LEFT - _RIGHT) * week / WEEKS, 1)

    def y(value: float) -> float:
        return round(_HIGH - _BOTTOM - (_HIGH - _TOP - _BOTTOM) * value / top, 1)

    parts = []
    if raced.away:
        left, right = x(raced.away - 1), x(min(raced.away - 1 + AWAY_WEEKS, WEEKS))
        size = f'width="{right - left:.1f}" height="{y(0) - _TOP:.1f}"'
        parts.append(f'<rect class="away" x="{left}" y="{_TOP}" {size}/>')
        parts.append(f'<text x="{(left + right) / 2:.1f}" y="{_TOP + 24}" text-anchor="middle">you are away</text>')
    for value in range(0, top + 1, _STEP):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y(value)}" y2="{y(value)}"/>')
        parts.append(f'<text x="{_LEFT - 10}" y="{y(value) + 7}" text-anchor="end">{value}</text>')
    parts += [
        f'<text x="{x(week)}" y="{_HIGH - _BOTTOM + 24}" text-anchor="middle">{week}</text>'
        for week in range(WEEKS + 1)
    ]
    parts.append(f'<text x="{_WIDE - _RIGHT}" y="{_HIGH - 4}" text-anchor="end">end of week</text>')
    for place in (1, 0):
        points = [(x(0), y(0)), *((x(week), y(one.value[place])) for week, one in enumerate(shown, 1))]
        kind = ("one", "other")[place]
        at = x(len(shown)) + (-7, 7)[place]
        parts.append(
            f'<line class="{kind} spread" x1="{at}" x2="{at}" y1="{y(shown[-1].low[place])}" '
            f'y2="{y(shown[-1].high[place])}"/>'
        )
        parts.append(f'<polyline class="{kind}" points="{" ".join(f"{a},{b}" for a, b in points)}"/>')
        parts += [
            f'<circle class="{kind}" cx="{a}" cy="{b}" r="7"/>'
            if place == 0
            else f'<rect class="{kind}" x="{a - 9:.1f}" y="{b - 9:.1f}" width="18" height="18"/>'
            for a, b in points
        ]
    return "".join(parts)


def _weeks(away: int) -> str:
    count = min(AWAY_WEEKS, WEEKS - away + 1)
    words = ("", "one week", "two weeks", "three weeks", "four weeks")[count]
    return f"{words} from week {away}"


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def as_event(raced: Raced) -> dict[str, Any]:
    """The event that keeps it."""
    return {"kind": "raced", "result": raced.model_dump(mode="json")}
