"""``leadgym audit``: what is left of a week between meetings, from a calendar's own export. Nothing leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from leadgym.tools.audit.labels import Label, labelled, read_labels
from leadgym.tools.audit.numbers import MEETING, Entry, Hours
from leadgym.tools.audit.numbers import audit as count
from leadgym.tools.audit.page import report
from leadgym.tools.audit.reading import Calendar, occurrences, open_calendar
from leadgym.tools.audit.sample import LABELS, SAMPLE_MONDAY, SAMPLE_WEEKS, sample_ics
from leadgym.tools.report import Report
from leadgym.yamlfile import FileProblems

__all__ = ["Hours", "audit", "entries_of"]

WEEKS = 4


def audit(
    file: str | Path = "",
    *,
    weeks: int = WEEKS,
    start: date | str | None = None,
    hours: Hours = Hours(),  # noqa: B008 - frozen
    zone: str = "",
    me: str = "",
    labels: str | Path | None = None,
    proposed: str | Path | None = None,
    today: date | None = None,
) -> Report:
    """The report on a calendar file; without ``file``, on the sample. Raises FileProblems.

    ``start``: a day in the first week; without it, the last ``weeks`` whole weeks before today, or before the last
    meeting where the export is older. ``labels``: a file of titles, kinds and sides. ``proposed``: the calendar as it
    would be, for before and after.
    """
    if not file:
        return _of_sample(hours, weeks, proposed)
    entries, calendar, monday = entries_of(file, weeks=weeks, start=start, hours=hours, zone=zone, me=me, today=today)
    rules = read_labels(Path(labels)) if labels else []
    after, moved = None, list[str]()
    if proposed:
        other = open_calendar(Path(proposed), zone or calendar.zone_name, me or calendar.me)
        found = labelled(occurrences(other, monday, monday + timedelta(weeks=weeks)), rules)
        after, moved = count(found, monday, weeks, hours), _moved(entries, found)
    title = f"Your calendar, {plain_days(monday, weeks)}"
    return report(count(labelled(entries, rules), monday, weeks, hours), calendar, after, title, moved)


def entries_of(
    file: str | Path,
    *,
    weeks: int = WEEKS,
    start: date | str | None = None,
    hours: Hours = Hours(),  # noqa: B008 - frozen
    zone: str = "",
    me: str = "",
    today: date | None = None,
) -> tuple[list[Entry], Calendar, date]:
    """What lies in the weeks, the calendar it is from, and the first Monday. Raises FileProblems."""
    calendar = open_calendar(Path(file), zone, me)
    if start is not None:
        given = date.fromisoformat(start) if isinstance(start, str) else start
        mondays = [given - timedelta(days=given.weekday())]
    else:
        mondays = list(_mondays(calendar, weeks, today or date.today()))
    for monday in mondays:
        found = occurrences(calendar, monday, monday + timedelta(weeks=weeks))
        if any(entry.does == MEETING for entry in found):
            return found, calendar, monday
    last = calendar.last_day()
    said = f"Its last entry with a time begins on {last}: try --from {last}." if last else "Take others with --from."
    raise FileProblems([f"{file}:1: has no meeting in {plain_days(mondays[0], weeks)}. {said}"])


def _mondays(calendar: Calendar, weeks: int, today: date) -> Iterator[date]:
    """The first Monday of the last whole weeks before ``today``; then of the last that have something in them."""
    this = today - timedelta(days=today.weekday())
    yield this - timedelta(weeks=weeks)
    if (last := calendar.last_day(before=this)) is not None and last.year > 1:
        # The week of the last entry is taken whole: an export that ends on a Wednesday still ends with a week.
        yield last - timedelta(days=last.weekday()) + timedelta(weeks=1 - weeks)


def _moved(before: list[Entry], after: list[Entry]) -> list[str]:
    """The titles of meetings that do not lie where they lay."""
    places = [{(one.title, one.start, one.end) for one in found if one.does == MEETING} for found in (before, after)]
    return sorted({title for title, _, _ in places[0] ^ places[1]})


def plain_days(monday: date, weeks: int) -> str:
    """``8 June to 5 July 2026``."""
    last = monday + timedelta(weeks=weeks, days=-1)
    year = "" if monday.year == last.year else f" {monday.year}"
    return f"{monday.day} {monday:%B}{year} to {last.day} {last:%B} {last.year}"


def _of_sample(hours: Hours, weeks: int, proposed: str | Path | None) -> Report:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="leadgym-") as folder:
        path = Path(folder) / "sample.ics"
        path.write_text(sample_ics(), encoding="utf-8", newline="")
        entries, calendar, monday = entries_of(path, weeks=min(weeks, SAMPLE_WEEKS), start=SAMPLE_MONDAY, hours=hours)
        other = Path(folder) / "proposed.ics"
        other.write_text(sample_ics(proposed=True), encoding="utf-8", newline="")
        after_calendar = open_calendar(Path(proposed) if proposed else other, calendar.zone_name, calendar.me)
        number = min(weeks, SAMPLE_WEEKS)
        after_entries = occurrences(after_calendar, monday, monday + timedelta(weeks=number))
    rules = [Label(*row) for row in LABELS]
    before = count(labelled(entries, rules), monday, number, hours)
    after = count(labelled(after_entries, rules), monday, number, hours)
    title = f"A calendar at Halyard (invented), {plain_days(monday, number)}"
    return report(before, calendar, after, title, _moved(entries, after_entries))
