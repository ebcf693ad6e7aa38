"""Days as trackers write them, read without guessing which number is the month."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

Order = Literal["day-first", "month-first"]

_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[ ,T].*)?")
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})")
_NAMED = (
    "%d/%b/%y %I:%M %p", "%d/%b/%y %H:%M", "%d/%b/%y", "%d/%b/%Y %I:%M %p", "%d/%b/%Y %H:%M", "%d/%b/%Y",
    "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %b %Y %H:%M", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p", "%B %d, %Y %I:%M %p", "%a %b %d %Y %H:%M:%S GMT%z", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
YEARS = range(1990, 2101)


class Unread(ValueError):
    """Why a text is no day, as a sentence with its mend."""


def monday(day: dt.date) -> dt.date:
    """The Monday of the day's week."""
    return day - dt.timedelta(days=day.weekday())


@dataclass(frozen=True)
class Days:
    """How days are written. ``order`` decides what 3/4/2026 is; ``zone`` is where times with an offset are put."""

    order: Order | None = None
    zone: ZoneInfo | None = None

    def settled(self, texts: Sequence[str]) -> Days:
        """These, with the order that the texts themselves show. Raises Unread where they show none, or both."""
        if self.order:
            return self
        pairs = [(int(m[1]), int(m[3])) for m in map(_NUMBERS.fullmatch, map(str.strip, texts)) if m and m[2] != "."]
        day, month = any(first > 12 for first, _ in pairs), any(second > 12 for _, second in pairs)
        if day and month:
            raise Unread("some days put the day first and some the month. Mend the export, or write 2026-04-03.")
        if pairs and not day and not month:
            first, second = pairs[0]
            raise Unread(
                f"{first}/{second} could be two days, and no row settles it. Say --dates day-first or month-first."
            )
        return replace(self, order="month-first" if month else "day-first")

    def day(self, text: str) -> dt.date:
        """The day, in ``zone`` where the text has an offset, else as it is written. Raises Unread."""
        text = text.strip()
        found = self._numbers(text) or _iso(text) or _named(text)
        if found is None:
            raise Unread(f"'{text[:40]}' is no day that is known here. Write it as 2026-04-03.")
        if isinstance(found, dt.datetime):
            if found.tzinfo is not None and self.zone is not None:
                found = found.astimezone(self.zone)
            found = found.date()
        if found.year not in YEARS:
            raise Unread(f"'{text[:40]}' lies in the year {found.year}. Correct it, or leave the row out.")
        return found

    def _numbers(self, text: str) -> dt.date | None:
        match = _NUMBERS.fullmatch(text)
        if match is None:
            return None
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] != "." and self.order == "month-first":
            first, second = second, first
        try:
            return dt.date(year + 2000 if year < 100 else year, second, first)
        except ValueError as error:
            raise Unread(f"'{text[:40]}' is on no calendar. Correct it, or say --dates.") from error


def _iso(text: str) -> dt.date | None:
    if match := _ISO_WEEK.fullmatch(text):
        try:
            return dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            return None
    if not re.match(r"\d{4}-?\d\d-?\d\d", text):
        return None
    try:
        return dt.datetime.fromisoformat(re.sub(r" ?(?:UTC|Z)$", "+00:00", text))
    except ValueError:
        return None


def _named(text: str) -> dt.datetime | None:
    text = re.sub(r" \([^)]*\)$", "", text)
    for pattern in _NAMED:
        try:
            return dt.datetime.strptime(text, pattern)  # without a zone it stays as it is written
        except ValueError:
            continue
    return None
