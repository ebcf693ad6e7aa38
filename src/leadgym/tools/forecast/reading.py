"""A tracker's export read into whole weeks: items with the day they were finished, or a count for each week."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadgym.tools.forecast.days import Days, Unread, monday
from leadgym.tools.rows import Line, headings, plain, read_csv, shortened
from leadgym.yamlfile import FileProblems

FINISHED = (
    "resolved", "resolved at", "resolved date", "resolution date", "date resolved", "closed", "closed at",
    "closed at (utc)", "closed date", "date closed", "closedat", "completed", "completed at", "completed date",
    "date completed", "done", "done at", "done date", "date done", "finished", "finished at", "finish date",
    "date finished", "finished date", "completion date", "accepted at", "merged at", "end date", "end",
)  # fmt: skip
"""Headings that hold the day an item was finished, the more telling first."""
WEEK = ("week", "week starting", "week start", "week of", "week beginning", "week commencing", "iso week")
COUNT = ("items", "count", "throughput", "done", "finished", "closed", "completed", "items done", "items finished",
         "items closed", "items completed")  # fmt: skip
NO_WORK = frozenset({
    "cancelled", "canceled", "abandoned", "declined", "duplicate", "rejected", "invalid", "wontfix", "won't do",
    "wont do", "won't fix", "not planned", "not_planned", "obsolete", "cannot reproduce",
})  # fmt: skip
"""What a status or resolution says of an item that nobody worked off."""
OVER = frozenset({"done", "closed", "resolved", "completed", "released", "accepted"})
LEAST_WEEKS = 4
STRAY = 26 * 7
"""Days between the last day and all others from which on it is taken for a slip."""


@dataclass(frozen=True)
class History:
    """Whole weeks, oldest first, weeks without anything kept.

    ``first`` is the Monday of the first; None where the file's weeks bear only numbers. ``open_items``: rows without a
    finish date. ``left_out``: sentences about what was not counted, and why. ``last_day``: the day the file ends on.
    """

    counts: tuple[int, ...]
    first: dt.date | None
    open_items: int = 0
    left_out: tuple[str, ...] = ()
    last_day: dt.date | None = None

    @property
    def after(self) -> dt.date | None:
        """The Monday after the file's last day: what a week that is not over has brought is off the list already."""
        if self.first is None:
            return None
        end = self.first + dt.timedelta(weeks=len(self.counts))
        return end if self.last_day is None else max(end, monday(self.last_day) + dt.timedelta(weeks=1))


@dataclass(frozen=True)
class Asked:
    """How to read a file: which ``column`` has the finish day, which days count, how days and zones are written."""

    column: str | None = None
    since: dt.date | None = None
    as_of: dt.date | None = None
    days: Days = field(default_factory=Days)


def read_history(path: Path, asked: Asked | None = None) -> History:
    """The whole weeks of an export. Raises FileProblems."""
    asked = asked or Asked()
    heads = {plain(heading): heading for heading in headings(path)}
    if not any(heads):
        raise FileProblems([f"{path}:1: has no rows under its headings. Export it again, headings included."])
    if asked.column is not None and plain(asked.column) not in heads:
        raise FileProblems(
            [f"{path}:1: there is no column '{asked.column}'. The file has: {', '.join(heads.values())}."]
        )
    if any(name in heads for name in WEEK):
        return _from_weeks(path, heads, asked)
    column = plain(asked.column) if asked.column else next((name for name in FINISHED if name in heads), None)
    if column is None:
        raise FileProblems(
            [
                f"{path}:1: no column says when an item was finished, and none is called 'week'. The file has: "
                f'{", ".join(heads.values())}. Name the right one, as in --column "{list(heads.values())[-1]}".'
            ]
        )
    status = next((name for name in ("status", "state") if name in heads), "status")
    return _from_items(path, column, heads[column], status, asked)


def _from_items(path: Path, column: str, heading: str, status: str, asked: Asked) -> History:
    columns = {"the day": (column,), "its status": (status,), "its end": ("resolution", "state reason", "statereason")}
    lines = read_csv(path, columns, optional=("its status", "its end"))
    dated: list[tuple[Line, str]] = []
    dropped, undated, waiting = 0, 0, 0
    for line in lines:
        said = {line.cells.get(name, "").strip().casefold() for name in ("its status", "its end")}
        text = line.cells["the day"]
        if said & NO_WORK:
            dropped += 1
        elif text:
            dated.append((line, text))
        elif said & OVER:
            undated += 1
        else:
            waiting += 1
    days = _days(path, heading, dated, asked)
    if not days:
        raise FileProblems([f"{path}:1: no row has a day in '{heading}'. Export finished items too, or name --column."])
    notes = []
    if dropped:
        notes.append(f"{_rows(dropped)} left out: cancelled, duplicates or not done.")
    if undated:
        notes.append(f"{_rows(undated)} left out: finished by status, without a day in '{heading}'.")
    if asked.as_of is None:
        _no_stray_end(path, heading, dated, days)
    found = _whole_weeks(path, days, asked, notes)
    return replace(found, open_items=waiting)


def _days(path: Path, column: str, dated: Sequence[tuple[Line, str]], asked: Asked) -> list[dt.date]:
    try:
        reader = asked.days.settled([text for _, text in dated])
    except Unread as problem:
        raise FileProblems([f"{path}:1: {column}: {problem}"]) from problem
    days, problems = [], []
    for line, text in dated:
        try:
            days.append(reader.day(text))
        except Unread as problem:
            problems.append(f"{path}:{line.number}: {column}: {problem}")
    if problems:
        raise FileProblems(shortened(problems))
    return days


def _no_stray_end(path: Path, heading: str, dated: Sequence[tuple[Line, str]], days: Sequence[dt.date]) -> None:
    """A last day that lies half a year after all others is a slip, and every week before it would count as empty."""
    last = max(days)
    others = [day for day in days if day != last]
    if not others or (last - max(others)).days <= STRAY:
        return
    line, text = dated[days.index(last)]
    raise FileProblems(
        [
            f"{path}:{line.number}: {heading}: '{text[:40]}' lies more than half a year after every other day, the "
            f"last of which is {max(others)}. Correct it, or say --as-of {max(others)}."
        ]
    )


def _whole_weeks(path: Path, days: Sequence[dt.date], asked: Asked, notes: list[str]) -> History:
    """Weeks whose Monday to Friday lie between the first and the last day. What lies outside is said."""
    last_day = asked.as_of or max(days)
    start = asked.since or min(days)
    first = monday(start) if start.weekday() == 0 else monday(start) + dt.timedelta(weeks=1)
    end = monday(last_day) if last_day.weekday() >= 4 else monday(last_day) - dt.timedelta(weeks=1)
    weeks = (end - first).days // 7 + 1
    if weeks < LEAST_WEEKS:
        raise FileProblems(
            [
                f"{path}:1: holds {max(weeks, 0)} whole weeks between {start} and {last_day}; a forecast needs "
                f"{LEAST_WEEKS}, and is worth something from about twelve. Export a longer time."
            ]
        )
    by_week = Counter((monday(day) - first).days // 7 for day in days)
    counts = tuple(by_week.get(week, 0) for week in range(weeks))
    early = sum(n for week, n in by_week.items() if week < 0)
    late = sum(n for week, n in by_week.items() if week >= weeks)
    if early:
        notes.append(f"{_items(early)} before Monday {first} not counted: that week is not whole in the file.")
    if late:
        notes.append(
            f"{_items(late)} after Sunday {first + dt.timedelta(days=7 * weeks - 1)} not counted: that week is not "
            "over in the file."
        )
    return History(counts, first, 0, tuple(notes), last_day)


def _from_weeks(path: Path, heads: Mapping[str, str], asked: Asked) -> History:
    week = next(name for name in WEEK if name in heads)
    count = plain(asked.column) if asked.column else next((n for n in COUNT if n in heads and n != week), None)
    if count is None:
        raise FileProblems(
            [
                f"{path}:1: has a column '{heads[week]}' and none that is known to say how many were finished. Name "
                f'it, as in --column "{list(heads.values())[-1]}". The file has: {", ".join(heads.values())}.'
            ]
        )
    lines = read_csv(path, {"the week": (week,), "how many": (count,)})
    problems, numbers = [], []
    for line in lines:
        if not re.fullmatch(r"\d{1,6}(?:[.,]0+)?", line.cells["how many"]):
            problems.append(
                f"{path}:{line.number}: {heads[count]}: '{line.cells['how many'][:40]}' is no whole number. Count "
                "items, not points; a week without any is 0."
            )
        else:
            numbers.append(int(re.split(r"[.,]", line.cells["how many"])[0]))
    if problems:
        raise FileProblems(shortened(problems))
    labels = [line.cells["the week"] for line in lines]
    if all(re.fullmatch(r"[Ww]?(?:eek )?\d{1,3}", label) for label in labels):
        return _numbered(path, labels, numbers, lines)
    mondays = [monday(day) for day in _days(path, heads[week], list(zip(lines, labels, strict=True)), asked)]
    twice = [day for day, times in Counter(mondays).items() if times > 1]
    if twice:
        where = lines[len(mondays) - 1 - mondays[::-1].index(twice[0])].number
        raise FileProblems([f"{path}:{where}: {heads[week]}: the week of {twice[0]} stands twice. Add the two up."])
    by_week = dict(zip(mondays, numbers, strict=True))
    first, last = min(mondays), max(mondays)
    if asked.since:
        first = max(first, monday(asked.since + dt.timedelta(days=6)))
    notes = []
    if asked.as_of and asked.as_of < last + dt.timedelta(days=4):
        last = monday(asked.as_of) - (dt.timedelta(0) if asked.as_of.weekday() >= 4 else dt.timedelta(weeks=1))
        notes.append(f"Weeks after Sunday {last + dt.timedelta(days=6)} are not counted: they are not over.")
    elif asked.as_of is None:
        notes.append("The last week in the file is taken to be over; if it is not, say --as-of.")
    weeks = (last - first).days // 7 + 1
    missing = sum(first + dt.timedelta(weeks=k) not in by_week for k in range(weeks))
    if missing:
        notes.append(f"{missing} week{'s' * (missing > 1)} between the first and the last not in the file: taken as 0.")
    counts = tuple(by_week.get(first + dt.timedelta(weeks=k), 0) for k in range(weeks))
    return _enough(path, History(counts, first, 0, tuple(notes), asked.as_of))


def _numbered(path: Path, labels: Sequence[str], numbers: Sequence[int], lines: Sequence[Line]) -> History:
    order = [int(re.sub(r"\D", "", label)) for label in labels]
    if len(set(order)) < len(order):
        at = next(place for place, number in enumerate(order) if number in order[:place])
        raise FileProblems([f"{path}:{lines[at].number}: week {order[at]} stands twice. Add the two up."])
    by_number = dict(zip(order, numbers, strict=True))
    span = range(min(order), max(order) + 1)
    missing = len(span) - len(order)
    notes = (f"{missing} week{'s' * (missing > 1)} not in the file: taken as 0.",) if missing else ()
    return _enough(path, History(tuple(by_number.get(number, 0) for number in span), None, 0, notes))


def _enough(path: Path, history: History) -> History:
    if len(history.counts) < LEAST_WEEKS:
        raise FileProblems(
            [f"{path}:1: holds {len(history.counts)} whole weeks; a forecast needs {LEAST_WEEKS}. Take a longer time."]
        )
    return history


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def _items(count: int) -> str:
    return f"{count} item{'s' * (count != 1)}"
