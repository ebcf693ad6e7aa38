"""A calendar to try the audit on: six weeks of somebody who leads the Ledger team at Halyard. Invented, and seeded.

``python -m leadgym.tools.audit.sample FOLDER`` writes it as ``calendar.ics``, and as ``proposed.ics`` with three moves.
"""

from __future__ import annotations

import random
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

SAMPLE_MONDAY = date(2026, 5, 25)
SAMPLE_WEEKS = 6
SEED = 20_260_525
ME = "you@halyard.example"
ZONE = "Europe/Dublin"
LABELS = (
    ("Stand-up", "the team's round", "leading"),
    ("Planning", "the team's round", "leading"),
    ("Retro", "the team's round", "leading"),
    ("1:1 *", "one to one", "leading"),
    ("Pairing *", "pairing", "making"),
    ("Refunds by link", "review and design", "leading"),
    ("Design *", "review and design", "leading"),
    ("Interview*", "hiring", "leading"),
    ("Roadmap*", "talks outside the team", "leading"),
    ("Quick sync", "talks outside the team", "leading"),
    ("All hands", "rounds of the house", "neither"),
    ("Lunch *", "breaks", "neither"),
)
_ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Dublin
BEGIN:STANDARD
DTSTART:19701025T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
TZNAME:GMT
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
TZNAME:IST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE"""
_DAYS = ("MO", "TU", "WE", "TH", "FR")


class _Writing:
    """Events as lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._number = 0

    def event(self, title: str, start: datetime | date, minutes: int, *more: str, uid: str = "") -> str:
        """One VEVENT; its uid."""
        if not uid:
            self._number += 1
            uid = f"halyard-{self._number:03d}@example"
        lines = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260501T090000Z"]
        if isinstance(start, datetime):
            end = start + timedelta(minutes=minutes)
            lines += [f"DTSTART;TZID={ZONE}:{start:%Y%m%dT%H%M%S}", f"DTEND;TZID={ZONE}:{end:%Y%m%dT%H%M%S}"]
        else:
            end_day = start + timedelta(days=minutes)
            lines += [f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{end_day:%Y%m%d}"]
        self.lines += [*lines, *more, f"SUMMARY:{title}", "END:VEVENT"]
        return uid


def _at(day: date, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute))


def _weekly(day: int, until: date, every: int = 1) -> str:
    step = f";INTERVAL={every}" if every > 1 else ""
    return f"RRULE:FREQ=WEEKLY{step};BYDAY={_DAYS[day]};UNTIL={until:%Y%m%d}T220000Z"


def sample_ics(*, proposed: bool = False) -> str:
    """The calendar as a text. ``proposed``: stand-up at nine, and two one-to-ones where the day is broken anyway."""
    luck = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    out = _Writing()
    first, until = SAMPLE_MONDAY, SAMPLE_MONDAY + timedelta(weeks=SAMPLE_WEEKS)

    def day(number: int, week: int = 0) -> date:
        return first + timedelta(days=number, weeks=week)

    stand_up = "09:00" if proposed else "10:15"
    bank_holiday = day(0, 1)
    out.event(
        "Stand-up", _at(first, stand_up), 15,
        f"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL={until:%Y%m%d}T220000Z",
        f"EXDATE;TZID={ZONE}:{_at(bank_holiday, stand_up):%Y%m%dT%H%M%S}",
    )  # fmt: skip
    out.event("Bank holiday", bank_holiday, 1, "TRANSP:OPAQUE")
    planning = out.event("Planning", _at(day(0), "14:00"), 90, _weekly(0, until, 2))
    # The second planning was moved by a day, because of the bank holiday a week before it.
    out.event(
        "Planning", _at(day(1, 2), "14:00"), 90,
        f"RECURRENCE-ID;TZID={ZONE}:{_at(day(0, 2), '14:00'):%Y%m%dT%H%M%S}", uid=planning,
    )  # fmt: skip
    out.event("Retro", _at(day(4), "15:00"), 60, _weekly(4, until, 2))
    out.event("1:1 Priya", _at(day(1), "15:30" if proposed else "11:00"), 30, _weekly(1, until))
    out.event("1:1 Tomasz", _at(day(2), "11:30"), 30, _weekly(2, until))
    out.event("1:1 Wen", _at(day(3), "15:30" if proposed else "10:45"), 30, _weekly(3, until))
    out.event("1:1 Ruth", _at(day(3), "16:00"), 45, _weekly(3, until))
    out.event("Roadmap call", _at(day(2), "13:00"), 60, _weekly(2, until))
    out.event("All hands", _at(day(4), "11:30"), 45, _weekly(4, until, 2))
    out.event("Focus time", _at(day(1), "09:00"), 180, _weekly(1, until), "X-MICROSOFT-CDO-BUSYSTATUS:BUSY")
    out.event("Leo: bike to the garage", _at(day(2), "08:00"), 30, "TRANSP:TRANSPARENT")
    out.event("Noor's birthday", day(3, 2), 1, "TRANSP:TRANSPARENT")
    out.event("Choir", _at(day(1), "19:30"), 120, _weekly(1, until))
    out.event("Out of office", _at(day(4, 3), "12:00"), 300, "X-MICROSOFT-CDO-BUSYSTATUS:OOF")
    declined = f"ATTENDEE;CN=You;PARTSTAT=DECLINED:mailto:{ME}"
    out.event("Vendor breakfast", _at(day(2, 1), "09:00"), 120, declined)
    out.event("Interview (platform)", _at(day(1, 2), "09:30"), 60, "STATUS:CANCELLED")
    free = {
        0: ("13:00", "15:45", "16:30"),
        1: ("13:00", "16:15"),
        2: ("14:30", "15:30"),
        3: ("13:00", "14:30"),
        4: ("13:30",),
    }
    titles = (
        ("Refunds by link", 60), ("Quick sync", 30), ("Design: retries", 60), ("Interview", 60), ("Pairing Priya", 90),
        ("Quick sync", 30), ("Supplier: card gateway", 45), ("Pairing Wen", 60),
    )  # fmt: skip
    for week in range(SAMPLE_WEEKS):
        for number in sorted(luck.sample(range(5), 4)):
            if day(number, week) == bank_holiday:
                continue
            title, minutes = luck.choice(titles)
            out.event(title, _at(day(number, week), luck.choice(free[number])), minutes)
        if luck.random() < 0.6:
            number = luck.randrange(1, 5)
            title, minutes = luck.choice(titles[1:3])
            out.event(title, _at(day(number, week), luck.choice(("09:15", "10:00", "11:15"))), minutes)
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Halyard//Sample calendar//EN", "CALSCALE:GREGORIAN"]
    head += [f"X-WR-CALNAME:{ME}", f"X-WR-TIMEZONE:{ZONE}"]
    return "\r\n".join([*head, *_ZONE.split("\n"), *out.lines, "END:VCALENDAR", ""])


def write_sample(folder: Path) -> list[Path]:
    """Write both calendars into ``folder``."""
    made = {"calendar.ics": sample_ics(), "proposed.ics": sample_ics(proposed=True)}
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name for name in made]


if __name__ == "__main__":
    for path in write_sample(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        sys.stdout.write(f"{path}\n")
