"""Moments out of somebody's export: ISO, named months, and numbers whose order the file itself has to settle.

Inside the tool a moment is a number: days since 1970-01-01 00:00 UTC. A time with its offset is exact. One without is
read in the zone that was asked for, else on a clock of its own that knows no summer time. A date without a time counts
whole: from its first minute where something begins, to its last where something ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from leadgym.tools.zones import zone_or_none
from leadgym.yamlfile import FileProblems

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
_DAY = 86_400.0
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(.+))?$")
_NAMED = re.compile(
    r"(?:(\d{1,2})[\s/.-]*([A-Za-z]{3})[a-z]*|([A-Za-z]{3})[a-z]*[\s/.-]*(\d{1,2}))[\s,/.-]+(\d{4}|\d{2})(?:,?\s+(.+))?$"
)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?\s*(?:(?:GMT|UTC)?\s*([+-])(\d{2}):?(\d{2})|(GMT|UTC|Z))?$"
)


class Unreadable(ValueError):
    """Why a cell is no moment, and the mend."""


@dataclass(frozen=True)
class Clock:
    """How the file's dates are read: the order of day and month, and the zone of times that name none."""

    order: str | None = None
    zone: tzinfo | None = None

    def moment(self, text: str, ends: bool = False) -> float:
        """Days since 1970. ``ends``: a date without a time counts to its last minute. Raises Unreadable."""
        when, whole = self._read(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=self.zone or UTC)
        if whole and ends:
            when += timedelta(days=1)
        return when.timestamp() / _DAY

    def day(self, moment: float) -> date:
        """The date on which a moment falls."""
        return datetime.fromtimestamp(moment * _DAY, self.zone or UTC).date()

    def _read(self, text: str) -> tuple[datetime, bool]:
        plain = re.sub(r"\s*\([^)]*\)\s*$", "", text.strip())
        plain = re.sub(r"^[A-Za-z]{3,9}\s+(?=[A-Za-z]{3}\s+\d)|^[A-Za-z]{3,9},\s*", "", plain)
        if re.match(r"\d{4}-\d{2}-\d{2}", plain):
            try:
                return datetime.fromisoformat(plain.replace(" UTC", "+00:00")), len(plain) == 10
            except ValueError:
                pass
        if found := _NUMBERS.match(plain):
            one, sign, other, year, time = found.groups()
            order = self.order or (DAY_FIRST if sign == "." else None)
            if order is None:
                raise Unreadable("the order of day and month is not settled")
            day, month = (int(one), int(other)) if order == DAY_FIRST else (int(other), int(one))
            return _built(year, month, day, time)
        if found := _NAMED.match(plain):
            day_a, name_a, name_b, day_b, year, time = found.groups()
            name = (name_a or name_b).lower()
            if name in MONTHS:
                return _built(year, MONTHS.index(name) + 1, int(day_a or day_b), time)
        shown = text if len(text) <= 40 else f"{text[:40]} …"
        raise Unreadable(f"'{shown}' is no date this tool reads. Export dates as 2026-11-03 or 2026-11-03 09:15.")


def _built(year: str, month: int, day: int, time: str | None) -> tuple[datetime, bool]:
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        when = datetime(full, month, day)
    except ValueError as error:
        raise Unreadable(f"{full}-{month:02d}-{day:02d} is no day of the calendar. Check the cell.") from error
    if not time:
        return when, True
    found = _TIME.match(time.strip())
    if not found:
        raise Unreadable(f"'{time[:20]}' is no time of day. Export times as 09:15 or 9:15 AM.")
    hour, minute, second, half, sign, hours, minutes, utc = found.groups()
    clock = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
    if clock > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise Unreadable(f"'{time[:20]}' is no time of day. Check the cell.")
    when = when.replace(hour=clock, minute=int(minute), second=int(second or 0))
    if utc:
        return when.replace(tzinfo=UTC), False
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
        return (when - offset).replace(tzinfo=UTC), False
    return when, False


def settled(clock: Clock, cells: Iterable[tuple[str, str]]) -> Clock:
    """``clock`` with the order of day and month that the ``cells`` prove; each is (where, text).

    03/11/2026 is two dates. A 25 in one place settles the order for the whole file; where nothing does, or two cells
    contradict each other, it is refused, with the lines. Raises FileProblems.
    """
    if clock.order is not None:
        return clock
    proof: dict[str, str] = {}
    open_at = ""
    for where, text in cells:
        found = _NUMBERS.match(text.strip())
        if not found or found[2] == ".":
            continue
        one, other = int(found[1]), int(found[3])
        if one > 12 and other <= 12:
            proof.setdefault(DAY_FIRST, f"{where}: {text}")
        elif other > 12 and one <= 12:
            proof.setdefault(MONTH_FIRST, f"{where}: {text}")
        open_at = open_at or f"{where}: {text}"
    if len(proof) == 2:
        raise FileProblems(
            [
                f"{proof[DAY_FIRST]} can only have the day first, and {proof[MONTH_FIRST]} only the month. "
                "Export the dates as 2026-11-03, or correct one of the two."
            ]
        )
    if open_at and not proof:
        raise FileProblems(
            [
                f"{open_at} could be two dates, and no date in the file says which. "
                f"Give --dates {DAY_FIRST} or --dates {MONTH_FIRST}, or export the dates as 2026-11-03."
            ]
        )
    return replace(clock, order=next(iter(proof), None))


def zone_named(name: str) -> tzinfo:
    """The zone of that name. Raises FileProblems."""
    found = zone_or_none(name)
    if found is None:
        raise FileProblems([f"There is no time zone '{name}'. Give one such as Europe/Berlin or UTC."])
    return found


def offset_in(text: str) -> bool | None:
    """Whether a time names its offset; None for a date without a time."""
    if ":" not in text:
        return None
    return bool(re.search(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*(?:\([^)]*\))?\s*$", text.strip()))
