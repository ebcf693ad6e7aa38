"""Incidents out of a CSV export, or out of rows typed into a notebook: what counts, what was left out and why."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from leadgym.tools.rows import Line, read_csv, shortened
from leadgym.yamlfile import FileProblems

QUARTER_DAYS = 365.25 / 4
LONGEST = 31 * 24 * 60
"""Minutes: an outage longer than a month is more often a column in seconds."""
COLUMNS = {
    "date": ("day",),
    "start": ("started", "started at", "start time", "outage start", "begin"),
    "opened": ("opened at",),
    "created": ("created on", "created at"),
    "minutes": ("minutes customers", "customer minutes", "minutes felt", "minutes felt outside"),
    "down": ("minutes down", "downtime minutes", "duration minutes", "duration in minutes"),
    "seconds": ("duration seconds", "seconds to resolve", "downtime seconds"),
    "end": ("ended", "ended at", "end time", "outage end"),
    "resolved": ("resolved at", "resolved on"),
    "closed": ("closed at", "closed on"),
    "cost": ("loss", "cost eur", "loss eur", "eur", "total cost"),
    "per hour": ("cost per hour", "eur per hour", "cost of an hour", "hourly cost"),
    "note": ("notes",),
    "title": ("short description",),
    "summary": (),
    "description": (),
    "system": ("component",),
    "service": ("service name",),
    "application": (),
}
BEGIN, END = ("date", "start", "opened", "created"), ("end", "resolved", "closed")
WORDS, NAMES = ("note", "title", "summary", "description"), ("system", "service", "application")
"""Columns for one thing, the one that is taken first: an export often has several of them."""
_DOWN = ("down", "seconds", *END)
"""How long it was down, which is not how long somebody outside felt it: taken where nothing better is."""
_LEFT_OUT = {
    r"\bduplicates? of (?:an?\b|the\b|another\b|#|\d|[a-z]+-?\d)|\bduplicate (?:ticket|incident)\b"
    r"|\bas (?:an? )?duplicate\b|(?:^|; |[(\[])duplicate(?:$|[;:)\]])": "reported twice",
    r"\b(?:planned exercise|game ?day)\b"
    r"|(?<!not a )\b(?:fire ?)?drill\b(?![ -](?:down|in|into|through|up)\b)": "a drill",
}
"""Not every note with these words: payments that went out as duplicates were felt, and so was a broken drill-down."""
_DAYS = ("%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%b %d, %Y")
_MOMENTS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%b/%y %I:%M %p", "%d/%b/%Y %H:%M")
_SLASHED = r"(\d{1,2})/(\d{1,2})/(\d{4})\b"


@dataclass(frozen=True)
class Incident:
    """One incident that counts as one: its day, what it cost, and the words that came with it."""

    day: date
    cost: float
    minutes: float | None = None
    note: str = ""
    system: str = ""
    blank: bool = False
    """Neither minutes nor an end nor a cost: open still, or never filled in."""


@dataclass(frozen=True)
class Window:
    """The days that were looked at, both included."""

    first: date
    last: date

    @property
    def quarters(self) -> float:
        """How many quarters these days are; whole calendar quarters count as whole ones."""
        after = _next_day(self.last)
        if all(day.day == 1 and day.month % 3 == 1 for day in (self.first, after)):
            return ((after.year - self.first.year) * 12 + after.month - self.first.month) / 3
        return ((self.last - self.first).days + 1) / QUARTER_DAYS

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Log:
    """What was read: incidents that somebody outside felt, how many nobody felt, those left out, and the window.

    ``blank`` ones say neither how long they were nor what they cost; they are in no sum.
    """

    felt: tuple[Incident, ...]
    unfelt: int
    blank: int
    left_out: tuple[tuple[str, str], ...]
    outside: int
    window: Window
    window_given: bool
    from_down_time: bool


def from_csv(
    path: Path,
    per_hour: float | None = None,
    system: str | None = None,
    window: tuple[date | None, date | None] = (None, None),
    today: date | None = None,
) -> Log:
    """The log in ``path``. ``per_hour``: what an hour costs where the file does not say. Raises FileProblems.

    A window that is not given ends with the last row's quarter, or with ``today`` where that quarter is still running.
    """
    lines = read_csv(path, COLUMNS, tuple(COLUMNS))
    has = set(lines[0].cells)
    if not has & set(BEGIN):
        said = "Give the column with the day of an incident one of these names"
        raise FileProblems([f"{path}:1: date: no such column. {said}: {', '.join(BEGIN)}."])
    if not has & {"minutes", *_DOWN, "cost"}:
        raise FileProblems(
            [f"{path}:1: minutes: no such column, nor one called seconds, end or cost. Add the minutes that were felt."]
        )
    if not has & {"cost", "per hour"} and per_hour is None:
        raise FileProblems(
            [f"{path}:1: cost: neither a cost nor a cost per hour. Add a column, or say --per-hour and the sum."]
        )
    problems: list[str] = []
    rows: list[tuple[Incident, str]] = []
    others: list[date] = []
    day_first = _day_first(lines)
    for line in lines:
        if system is not None and _first(line, NAMES).casefold() != system.casefold():
            # Another system's quiet days are days that were looked at; what else is wrong with its row is not.
            with contextlib.suppress(ValueError):
                others.append(parse_day(_first(line, BEGIN), day_first))
            continue
        try:
            rows.append((_incident(line, per_hour, day_first), f"line {line.number}"))
        except FileProblems as wrong:
            problems += wrong.problems
    if problems:
        raise FileProblems(shortened(problems))
    if not rows:
        names = sorted({_first(line, NAMES) for line in lines} - {""})
        said = f"It has: {', '.join(names[:8])}." if names else "It has no column for the system."
        raise FileProblems([f"{path}:1: system: nothing of '{system}' is in it. {said}"])
    down = not has & {"cost", "minutes"}
    try:
        return _sifted(rows, window, down, others, today)
    except ValueError as wrong:
        raise FileProblems([f"{path}:1: {wrong}"]) from wrong


def from_rows(
    rows: Sequence[Mapping[str, Any]],
    per_hour: float | None = None,
    window: tuple[date | None, date | None] = (None, None),
    today: date | None = None,
) -> Log:
    """The log in ``rows``, dicts with the columns of a file: ``{"date": "2026-07-09", "minutes": 30, ...}``.

    Raises FileProblems, with the row where a file has the line.
    """
    found: list[tuple[Incident, str]] = []
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = {name: "" if cell is None else str(cell) for name, cell in row.items()}
        if odd := sorted(set(cells) - set(COLUMNS)):
            problems.append(f"rows:{number}: {odd[0]}: no such column. A row has: {', '.join(COLUMNS)}.")
            continue
        try:
            found.append((_incident(Line("rows", number, cells), per_hour, False), f"row {number}"))
        except FileProblems as wrong:
            problems += wrong.problems
    if problems or not found:
        raise FileProblems(shortened(problems) or ["rows:1: there is no row. Type in at least one incident."])
    try:
        return _sifted(found, window, False, today=today)
    except ValueError as wrong:
        raise FileProblems([f"rows:1: {wrong}"]) from wrong


def parse_day(text: str, day_first: bool | None = None) -> date:
    """The day in ``text``: ISO, with or without a time and a zone; 9 July 2026; 09.07.2026. Raises ValueError.

    The day is the one that stands there: a zone is not converted. 7/9/2026 is read only where ``day_first`` is known.
    """
    bare = text.strip()
    if not bare:
        raise ValueError("is empty. Write the day as 2026-07-09.")
    if (found := _as_written(bare, (*_DAYS, *_MOMENTS))) is not None:
        return found.date()
    if slashed := re.match(_SLASHED, bare):
        if day_first is None:
            raise ValueError(f"'{text}' may be two different days. Write it as 2026-07-09.")
        one, other, year = (int(part) for part in slashed.groups())
        return date(year, other, one) if day_first else date(year, one, other)
    raise ValueError(f"'{text[:40]}' is no day. Write it as 2026-07-09.")


def _as_written(bare: str, forms: Sequence[str]) -> datetime | None:
    """``bare`` as ISO has it or as one of ``forms``; None where it is neither."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(bare.replace(" UTC", "+00:00").replace(" Z", "+00:00"))
    for form in forms:
        with contextlib.suppress(ValueError):
            return datetime.strptime(bare, form)
    return None


def parse_number(text: str, money: bool = False) -> float:
    """The number in ``text``: 1234.5, €1,234.50, 1 234,50. Raises ValueError; for ``money`` also at 96.000."""
    bare = re.sub(r"[\s\u00a0'’]|EUR|USD|GBP|CHF|[€$£]", "", text.strip(), flags=re.IGNORECASE)
    if "," in bare and "." in bare:
        thousands, point = (",", ".") if bare.rindex(".") > bare.rindex(",") else (".", ",")
        bare = bare.replace(thousands, "").replace(point, ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+", bare):
        bare = bare.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}", bare):
        bare = bare.replace(".", "")
    elif money and re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", bare):
        raise ValueError(
            f"'{text}' may be {bare.replace('.', '')} or {bare}. Write it without the point, or with two decimals."
        )
    else:
        bare = bare.replace(",", ".")
    try:
        value = float(bare)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no number.") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"'{text[:40]}' is no number of 0 or more.")
    return value


def _first(line: Line, names: Sequence[str]) -> str:
    """The first of the columns ``names`` that has something in it."""
    return next((line.cells[name] for name in names if line.cells.get(name)), "")


def _incident(line: Line, per_hour: float | None, day_first: bool | None) -> Incident:
    cells = line.cells

    def read(name: str, money: bool = False) -> float | None:
        if not cells.get(name):
            return None
        try:
            return parse_number(cells[name], money)
        except ValueError as wrong:
            raise FileProblems([line.problem(name, str(wrong))]) from wrong

    begin = next((name for name in BEGIN if name in cells), BEGIN[0])
    try:
        day = parse_day(cells.get(begin, ""), day_first)
    except ValueError as wrong:
        raise FileProblems([line.problem(begin, str(wrong))]) from wrong
    minutes = read("minutes")
    if "minutes" not in cells:
        seconds = read("seconds")
        minutes = read("down") if seconds is None else seconds / 60
        if minutes is None and (end := next((name for name in END if cells.get(name)), None)):
            minutes = _between(line, begin, end, day_first)
            if minutes > LONGEST:
                said = f"lies {minutes / 60 / 24:,.0f} days after the begin. Is it the ticket's end?"
                raise FileProblems([line.problem(end, f"{said} Put the minutes that were felt in a column minutes.")])
    if minutes is not None and minutes > LONGEST:
        raise FileProblems([line.problem("minutes", f"{minutes:,.0f} is more than a month. Is it in seconds?")])
    cost, rate = read("cost", money=True), read("per hour", money=True)
    blank = cost is None and minutes is None
    if cost is None:
        rate = per_hour if rate is None else rate
        if minutes and rate is None:
            raise FileProblems(
                [line.problem("per hour", "is empty, and there is no cost. Fill it in, or say --per-hour and the sum.")]
            )
        cost = (minutes or 0.0) / 60 * (rate or 0.0)
    note = "; ".join(dict.fromkeys(cells[name] for name in WORDS if cells.get(name)))
    return Incident(day, cost, minutes, note, _first(line, NAMES), blank)


def _between(line: Line, first: str, last: str, day_first: bool | None) -> float:
    """Minutes from begin to end, where both say a time; two zones are one only where both name theirs."""
    try:
        begin, end = (_moment(line.cells[name], day_first) for name in (first, last))
        minutes = (end - begin).total_seconds() / 60
    except ValueError as wrong:
        raise FileProblems([line.problem(last, "begin and end are not both like 2026-07-09 10:30.")]) from wrong
    except TypeError as wrong:
        raise FileProblems(
            [line.problem(last, "one of begin and end names its zone and the other does not.")]
        ) from wrong
    if minutes < 0:
        raise FileProblems([line.problem(last, "lies before the begin. Are the two columns the right way round?")])
    return minutes


def _moment(text: str, day_first: bool | None) -> datetime:
    """The day and the time in ``text``, in the forms that ``parse_day`` reads. Raises ValueError without a time."""
    bare = text.strip()
    if day_first is not None and (slashed := re.match(_SLASHED, bare)):
        one, other, year = slashed.groups()
        day, month = (one, other) if day_first else (other, one)
        bare = f"{day}.{month}.{year}{bare[slashed.end() :]}"
    found = _as_written(bare, _MOMENTS) if ":" in bare else None
    if found is None:
        raise ValueError(f"'{text[:40]}' has no time.")
    return found


def _day_first(lines: Sequence[Line]) -> bool | None:
    """Whether dates such as 13/07/2026 have the day first, as far as the column itself settles it."""
    pairs = [match for line in lines if (match := re.match(_SLASHED, _first(line, BEGIN)))]
    first = any(int(match[1]) > 12 for match in pairs)
    second = any(int(match[2]) > 12 for match in pairs)
    return first if first != second else None


def _sifted(
    rows: Sequence[tuple[Incident, str]],
    given: tuple[date | None, date | None],
    down: bool,
    others: Sequence[date] = (),
    today: date | None = None,
) -> Log:
    days = [*others, *(incident.day for incident, _ in rows)]
    last = quarter_end(max(days))
    if today is not None and max(days) <= today < last:
        last = today  # days that have not come yet have not been quiet
    window = Window(given[0] or _quarter_start(min(days)), given[1] or last)
    if window.last < window.first:
        raise ValueError(f"the window ends on {window.last} and begins on {window.first}. Turn --from and --to round.")
    felt, left_out, unfelt, blank, outside = [], [], 0, 0, 0
    for incident, place in rows:
        reason = next((why for what, why in _LEFT_OUT.items() if re.search(what, incident.note, re.IGNORECASE)), None)
        if not window.holds(incident.day):
            outside += 1
        elif reason:
            left_out.append((f"{incident.day} ({place})", f"{reason}: {incident.note}"))
        elif incident.cost > 0:
            felt.append(incident)
        elif incident.blank:
            blank += 1
        else:
            unfelt += 1
    return Log(tuple(felt), unfelt, blank, tuple(left_out), outside, window, given != (None, None), down)


def _quarter_start(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def quarter_end(day: date) -> date:
    """The last day of the quarter that ``day`` lies in."""
    start = _quarter_start(day)
    after = date(start.year + (start.month == 10), (start.month + 2) % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


def _next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
