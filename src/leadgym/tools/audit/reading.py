"""The edge: an .ics file as calendars of the trade export it, to occurrences in one time zone.

What takes time, and what does not:

- cancelled (``STATUS:CANCELLED``), declined by you (``PARTSTAT=DECLINED`` on your address), shown as free
  (``TRANSP:TRANSPARENT``, ``X-MICROSOFT-CDO-BUSYSTATUS:FREE``, or ``WORKINGELSEWHERE``, which is a place): nothing;
- out of office (``X-MICROSOFT-CDO-BUSYSTATUS:OOF``, or a title that says so): takes you out of the day;
- an all-day entry that is shown as busy: the same, for those days;
- a title such as "Focus time" or "No meetings": keeps time free, and takes none;
- everything else is a meeting, tentative or not.

Series are unfolded by recurring-ical-events (RRULE, RDATE, EXDATE, RECURRENCE-ID), in the zone they are written in, and
only then turned into local time: a stand-up at ten is at ten on both sides of the change of the clocks. A series by the
second or the minute is no meeting, and counts as unreadable. Zone names of Windows ("W. Europe Standard Time") are read
with or without a VTIMEZONE. A time without a zone is local time.

Of a large file only the entries that can touch the weeks are parsed: series, their exceptions, and what lies near.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from leadgym.tools.audit.numbers import AWAY, FOCUS, MEETING, NOTE, Entry
from leadgym.tools.rows import read_text
from leadgym.tools.zones import zone_or_none
from leadgym.yamlfile import FileProblems

UTC = ZoneInfo("UTC")
LARGEST = 200 * 1024 * 1024
FOCUS_TITLE = re.compile(
    r"^\W*(focus\w*( time| block| morning)?|deep work|maker('s)? time|no[- ]meetings?( \w+)?|blocked|do not book)\W*$",
    re.IGNORECASE,
)
AWAY_TITLE = re.compile(
    r"^\W*(out of (the )?office|ooo|on leave|annual leave|day off|sick( leave)?|pto|abwesen\w*|urlaub)\b", re.IGNORECASE
)
ME_SHARE = 0.6
"""Whoever is in this share of all meetings with guests is taken to be you, when nobody says who you are."""
_MARGIN = timedelta(days=45)
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


class Part(list[str]):
    """A component's unfolded lines. ``line``: the line of the file that it begins on."""

    line = 1


@dataclass
class Calendar:
    """A file that has been opened and not yet unfolded."""

    path: str
    product: str
    zone: tzinfo
    zone_name: str
    zone_from: str
    own: tzinfo
    """The zone of times that name none: the calendar's own, whatever the audit is in."""
    me: str
    me_from: str
    head: list[str] = field(repr=False)
    zones: list[Part] = field(repr=False)
    events: list[Part] = field(repr=False)
    series: frozenset[str] = frozenset()
    """The UIDs of what recurs."""
    unknown_zones: tuple[str, ...] = ()
    """Names of zones that nobody knows: such times are taken as local."""
    unreadable: set[int] = field(default_factory=set)
    """The lines of the file on which entries begin that cannot be read."""
    left_out: Counter[str] = field(default_factory=Counter)

    def last_day(self, before: date | None = None) -> date | None:
        """The last day, before ``before``, on which an entry with a time begins or a series ends; None without any."""
        days = [day for event in self.events if "T" in (_value(event, "DTSTART") or "") for day in _known_days(event)]
        return max((day for day in days if before is None or day < before), default=None)


def open_calendar(path: Path, zone: str = "", me: str = "") -> Calendar:
    """Read ``path`` and find out whose it is and in which zone. Raises FileProblems."""
    head, zones, events = _parts(path, *_lines(path))
    properties = dict(_property(line) for line in head)
    found = Calendar(
        str(path), properties.get("PRODID", ""), UTC, "UTC", "", UTC, "", "", head, zones, events
    )  # fmt: skip
    found.series = frozenset(
        (_value(event, "UID") or "").strip()
        for event in events
        if any(line[:5].upper() in ("RRULE", "RDATE") or line[:13].upper() == "RECURRENCE-ID" for line in event)
    )
    found.zone, found.zone_name, found.zone_from = _zone(found, zone, properties)
    own, _, whence = _zone(found, "", properties)
    found.own = found.zone if "names none" in whence else own
    found.me, found.me_from = _me(found, me, properties)
    defined = {(_value(lines_, "TZID") or "").strip() for lines_ in zones}
    found.unknown_zones = tuple(name for name in _zone_names(events) if name not in defined and not named_zone(name))
    return found


def occurrences(calendar: Calendar, first: date, last: date) -> list[Entry]:
    """What lies on the days from ``first`` up to, and not including, ``last``, in the calendar's zone.

    What took no time for a reason is in ``calendar.left_out``, what cannot be read in ``calendar.unreadable``.
    """
    calendar.left_out = Counter()
    calendar.unreadable = {event.line for event in calendar.events if _start(event) is None or _ticks(event)}
    start = datetime.combine(first, time(), calendar.zone)
    end = datetime.combine(last, time(), calendar.zone)
    near = [one for one in calendar.events if one.line not in calendar.unreadable and _near(one, first, last)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names of zones that were guessed, once for each line
        found = _unfolded(calendar, near, start - timedelta(days=1), end + timedelta(days=1))
    return sorted(_entries(calendar, found, start, end), key=lambda one: (one.start, one.end, one.title))


def _unfolded(calendar: Calendar, events: Sequence[Part], start: datetime, end: datetime) -> list[Any]:
    """The occurrences of ``events``. Where one spoils the whole, each series is taken by itself."""
    try:
        return _query(_parsed(calendar, events, calendar.zones), start, end)
    except Exception:  # what these libraries raise for a broken line is anything
        groups: dict[str, list[Part]] = {}
        for number, event in enumerate(events):
            groups.setdefault((_value(event, "UID") or "").strip() or str(number), []).append(event)
    found: list[Any] = []
    zones = [zone for zone in calendar.zones if _sound(calendar, zone)]
    for group in groups.values():
        try:
            found += _query(_parsed(calendar, group, zones), start, end)
        except Exception:
            calendar.unreadable.update(event.line for event in group)
            continue
    return found


def _sound(calendar: Calendar, zone: Part) -> bool:
    try:
        return bool(_parsed(calendar, [], [zone]))
    except Exception:
        return False


def _parsed(calendar: Calendar, events: Sequence[Part], zones: Sequence[Part]) -> icalendar.Calendar:
    body = [line for part in (*zones, *events) for line in part]
    wanted = ["PRODID", "VERSION"]
    # With this line the unfolding library reads UTC as the calendar's zone, which is meant, and every zone that
    # the file defines itself as well, which is not.
    if all(named_zone((_value(zone, "TZID") or "").strip()) for zone in calendar.zones):
        wanted.append("X-WR-TIMEZONE")
    head = [line for line in calendar.head if _property(line)[0] in wanted]
    made = icalendar.Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", *head, *body, "END:VCALENDAR", ""]))
    written = [event for event in made.subcomponents if event.name == "VEVENT"]
    for event, part in zip(written, events, strict=True):
        if not isinstance(_moment(event, "DTSTART"), date):
            made.subcomponents = [one for one in made.subcomponents if one is not event]
            calendar.unreadable.add(part.line)
    return made


def _query(made: icalendar.Calendar, start: datetime, end: datetime) -> list[Any]:
    query = recurring_ical_events.of(made, components=["VEVENT"])
    return list(query.between(start, end))


def _lines(path: Path) -> tuple[list[str], list[int]]:
    """The unfolded lines of an .ics file, and the line of the file that each begins on."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read ({error.strerror}). Check the path."]) from error
    if begin.startswith(b"PK"):
        raise FileProblems([f"{path}:1: is a zip. Unpack it, and give the .ics file that is in it."])
    if size > LARGEST:
        raise FileProblems([f"{path}:1: is larger than {LARGEST // 2**20} MB. Export one calendar, or fewer years."])
    text = read_text(path)
    if "BEGIN:VCALENDAR" not in text[:4096].upper():
        what = "is empty" if not text.strip() else "is no calendar: it does not begin with BEGIN:VCALENDAR"
        raise FileProblems([f"{path}:1: {what}. Export the calendar as .ics (iCalendar)."])
    # A fold is a line break and one blank; some write a bare carriage return.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines, numbers = list[list[str]](), list[int]()
    for number, line in enumerate(text.split("\n"), 1):
        if lines and line[:1] in (" ", "\t"):
            lines[-1].append(line[1:])
        else:
            lines.append([line])
            numbers.append(number)
    return ["".join(parts) for parts in lines], numbers


def _parts(path: Path, lines: Sequence[str], numbers: Sequence[int]) -> tuple[list[str], list[Part], list[Part]]:
    """The calendar's own lines, its VTIMEZONEs and its VEVENTs (alarms left out), each as lines."""
    head: list[str] = []
    parts: dict[str, list[Part]] = {"VTIMEZONE": [], "VEVENT": []}
    stack: list[str] = []
    part = Part()
    for line, number in zip(lines, numbers, strict=True):
        upper = line[:40].upper().strip()
        if upper.startswith("BEGIN:"):
            stack.append(upper[6:])
            if len(stack) == 2:
                part = Part()
                part.line = number
        depth = len(stack)
        if depth == 1 and not upper.startswith(("BEGIN:", "END:")):
            head.append(line)
        elif depth >= 2 and stack[1] in parts and (stack[1] == "VTIMEZONE" or depth == 2):
            part.append(line)
        if upper.startswith("END:"):
            if not stack or stack[-1] != upper[4:]:
                continue
            if len(stack) == 2 and stack[1] in parts:
                parts[stack[1]].append(part)
            stack.pop()
    if stack:
        raise FileProblems(
            [f"{path}:{numbers[-1]}: stops inside of {stack[-1]}: the file was cut off. Export it again."]
        )
    if not parts["VEVENT"]:
        raise FileProblems([f"{path}:1: has no events. Export the calendar that has your meetings in it."])
    return head, parts["VTIMEZONE"], parts["VEVENT"]


def _property(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.split(";")[0].upper(), value.strip()


def _value(event: Sequence[str], name: str) -> str | None:
    """The first value of a property of an event's lines, its parameters left out."""
    for line in event:
        if line[: len(name)].upper() == name and line[len(name) : len(name) + 1] in (":", ";"):
            return line.rpartition(":")[2] if name != "SUMMARY" else line.partition(":")[2]
    return None


def named_zone(name: str) -> ZoneInfo | None:
    """The zone that a calendar calls ``name``: IANA's names, with a prefix or not, and those of Windows."""
    plain = name.strip().strip('"')
    for one in (plain, WINDOWS_TO_OLSON.get(plain, ""), "/".join(plain.split("/")[-2:]), plain.split("/")[-1]):
        if one and (found := zone_or_none(one)) is not None:
            return found
    return None


def _zone(calendar: Calendar, asked: str, properties: dict[str, str]) -> tuple[tzinfo, str, str]:
    """The zone of the audit, its name, and where it is from."""
    if asked:
        if (zone := named_zone(asked)) is None:
            raise FileProblems([f"--zone: there is no time zone '{asked[:60]}'. Write one such as Europe/Berlin."])
        return zone, zone.key, "you gave it"
    if (said := properties.get("X-WR-TIMEZONE")) and (zone := named_zone(said)):
        return zone, zone.key, "the file says so"
    for name in _zone_names(calendar.events):
        if zone := named_zone(name):
            return zone, zone.key, "most of its entries are in it"
    return UTC, "UTC", "the file names none; give yours with --zone"


def _zone_names(events: Sequence[list[str]]) -> list[str]:
    """The zones that entries begin in, the most frequent first."""
    names = Counter(
        found[1] or found[2]
        for event in events
        for line in event
        if line[:7].upper() == "DTSTART" and (found := re.search(r'TZID=(?:"([^"]+)"|([^":;]+))', line, re.IGNORECASE))
    )
    return [name for name, _ in names.most_common()]


def _me(calendar: Calendar, asked: str, properties: dict[str, str]) -> tuple[str, str]:
    """Your address, in lower case, and where it is from; empty where nobody can say."""
    if asked:
        return asked.casefold().removeprefix("mailto:"), "you gave it"
    if "@" in (name := properties.get("X-WR-CALNAME", "")):
        return name.casefold(), "the calendar is called so"
    guests, invited = Counter[str](), 0
    for event in calendar.events:
        here = {
            line.casefold().rpartition("mailto:")[2].strip()
            for line in event
            if line[:8].upper() == "ATTENDEE" and "mailto:" in line.casefold() and "group.calendar" not in line
        }
        guests.update(here)
        invited += bool(here)
    if invited >= 5 and guests:
        name, times = guests.most_common(1)[0]
        if times >= ME_SHARE * invited and list(guests.values()).count(times) == 1:
            return name, f"in {times} of {invited} meetings with guests"
    return "", ""


def _start(event: Sequence[str]) -> date | None:
    found = _DATE.search(_value(event, "DTSTART") or "")
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _known_days(event: Sequence[str]) -> Iterator[date]:
    """The day an event begins on and, of a series with one rule, the day it ends on."""
    if (start := _start(event)) is not None:
        yield start
        found = re.search(r"UNTIL=(\d{4})(\d{2})(\d{2})", _value(event, "RRULE") or "", re.IGNORECASE)
        rules = sum(line[:5].upper() in ("RRULE", "RDATE") for line in event)
        if found and rules == 1 and 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31:
            with contextlib.suppress(ValueError):
                yield date(*map(int, found.groups()))


def _ticks(event: Sequence[str]) -> bool:
    """Whether a series goes by the second or the minute. Unfolding one from years ago would not end."""
    return re.search(r"FREQ=(SECONDLY|MINUTELY)", _value(event, "RRULE") or "", re.IGNORECASE) is not None


def _near(event: Sequence[str], first: date, last: date) -> bool:
    """Whether an event can touch these days."""
    start = _start(event)
    if start is None:
        return False
    until = [day for day in _known_days(event) if day != start]
    if any(line[:5].upper() in ("RRULE", "RDATE") for line in event):
        return start < last + _MARGIN and (not until or until[0] >= first - _MARGIN)
    if any("RANGE=" in line.upper() for line in event if line[:13].upper() == "RECURRENCE-ID"):
        return True
    days = [start]
    for name in ("DTEND", "RECURRENCE-ID"):
        found = _DATE.search(_value(event, name) or "")
        with contextlib.suppress(ValueError):
            days += [date(*map(int, found.groups()))] if found else []
    return min(days) < last + _MARGIN and max(days) > first - _MARGIN


def _moment(event: Any, name: str) -> Any:
    """A date or time of an event; None where there is none that can be read."""
    try:
        return getattr(event.get(name), "dt", None)
    except (ValueError, AttributeError):
        return None


def _entries(calendar: Calendar, found: Sequence[Any], start: datetime, end: datetime) -> Iterator[Entry]:
    begin, until = start.replace(tzinfo=None), end.replace(tzinfo=None)
    for event in found:
        first, last = _moment(event, "DTSTART"), _moment(event, "DTEND")
        if first is None:
            continue
        if last is None:
            length = _moment(event, "DURATION")
            last = first + length if isinstance(length, timedelta) else first
        all_day = not isinstance(first, datetime)
        here, there = _local(first, calendar), _local(last, calendar)
        if all_day and there <= here:
            there = here + timedelta(days=1)
        if here >= until or there <= begin:
            continue
        does, why = _does(event, calendar.me, all_day)
        if why:
            calendar.left_out[why] += 1
        title = " ".join(str(event.get("SUMMARY", "")).split()) or "(no title)"
        yield Entry(title, here, there, does, all_day=all_day, recurs=str(event.get("UID", "")) in calendar.series)


def _local(moment: date, calendar: Calendar) -> datetime:
    """A moment in the audit's zone, without a zone; a day begins at its midnight, wherever one is."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    known = moment if moment.tzinfo else moment.replace(tzinfo=calendar.own)
    return known.astimezone(calendar.zone).replace(tzinfo=None)


def _does(event: Any, me: str, all_day: bool) -> tuple[str, str]:
    """What an occurrence does, and the reason where it takes no time."""
    shown = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    title = str(event.get("SUMMARY", ""))
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or re.match(r"(cancel+ed|abgesagt)\s*:", title, re.I):
        return NOTE, "cancelled"
    if me and _declined(event, me):
        return NOTE, "declined"
    if FOCUS_TITLE.match(title):
        return FOCUS, ""
    away = shown == "OOF" or bool(AWAY_TITLE.search(title))
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or shown in ("FREE", "WORKINGELSEWHERE"):
        return NOTE, "all-day notes" if all_day else "shown as free"
    return (AWAY, "") if away or all_day else (MEETING, "")


def _declined(event: Any, me: str) -> bool:
    guests = event.get("ATTENDEE") or []
    for guest in guests if isinstance(guests, list) else [guests]:
        address = str(guest).casefold().removeprefix("mailto:")
        if address == me and str(getattr(guest, "params", {}).get("PARTSTAT", "")).upper() == "DECLINED":
            return True
    return False
