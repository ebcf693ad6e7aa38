"""The report: what the numbers say, most important first, and what a calendar cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from leadgym.tools.audit.numbers import Audit, Load
from leadgym.tools.audit.reading import Calendar
from leadgym.tools.audit.words import hours, number, percent, plural
from leadgym.tools.report import Picture, Report, Table

SHOWN = 8
FEW_WEEKS = 3
FOLKLORE = (
    "A share of 60 to 40 has no study behind it, in either direction. Whether two hours is the right length for a "
    "block is an assumption too: --least 90 asks the same with another one."
)
UNKNOWN = (
    "A calendar knows what was planned. It does not know what you did in a block, which meetings ran over, who came to "
    "your desk, and what you did in the evening. Lunch counts as free time unless it stands in the calendar."
)


def report(
    audit: Audit, calendar: Calendar, proposed: Audit | None = None, what: str = "", moved: Sequence[str] = ()
) -> Report:
    """The report on ``audit``; with ``proposed`` also before and after, over the same weeks.

    ``moved``: the titles that lie elsewhere in the proposal.
    """
    if not audit.weeks:
        return Report(
            "Your calendar",
            ("There is no working day in these weeks: you were away throughout. Take others with --from.",),
            notes=_notes(audit, calendar),
        )
    says = [_first(audit), _second(audit)]
    if worst := [cost for cost in audit.costs if cost.blocks >= 30][:1]:
        says.append(
            f"“{worst[0].title}” takes {hours(worst[0].minutes)} a week and costs {hours(worst[0].blocks)} of blocks: "
            "that much more would lie in one stretch without it, all else as it is."
        )
    says.append(_split(audit))
    if proposed is not None and proposed.weeks:
        says[0:0] = [_change(audit, proposed), _paid(moved)]
    return Report(
        what or "Your calendar",
        tuple(filter(None, says)),
        _tables(audit, proposed),
        _pictures(audit, proposed),
        _notes(audit, calendar),
    )


def _first(audit: Audit) -> str:
    least = hours(audit.hours.least)
    if len(audit.weeks) == 1:
        week = audit.weeks[0]
        return (
            f"You had {plural(week.block_count, 'stretch', 'stretches')} of {least} and more in that week, "
            f"{hours(week.focus)} in all. Another {hours(week.in_pieces)} lay free in pieces shorter than that."
        )
    low, high = audit.span("block_count")
    return (
        f"You had {plural(audit.mean('block_count'), 'stretch', 'stretches')} of {least} and more a week "
        f"({low} to {high}), {hours(audit.mean('focus'))} in all. Another {hours(audit.mean('in_pieces'))} lay free in "
        "pieces shorter than that."
    )


def _second(audit: Audit) -> str:
    return (
        f"You had {plural(audit.mean('meeting_count'), 'meeting')} a week, {hours(audit.mean('in_meetings'))} in all: "
        f"{percent(audit.share('in_meetings', 'working'))} of your working hours. Of what is left, "
        f"{percent(audit.share('in_pieces', 'free'))} is broken into pieces."
    )


def _split(audit: Audit) -> str:
    """Making and leading, as far as the labels go."""
    sides = {load.name: load.minutes for load in audit.sides}
    if not set(sides) - {"not labelled"}:
        return (
            "Which of it was making and which leading, only you can say: --labels labels.csv writes a list of your "
            "titles; fill in the column “side”, and run it again."
        )
    week = audit.mean("working")
    making, leading = sides.get("making", 0.0), sides.get("leading", 0.0)
    most = making + audit.mean("focus")
    said = (
        f"By your labels, leading takes {percent(leading / week)} of the week in meetings. Making has at most "
        f"{percent(most / week)}: {hours(making)} that you labelled so, and every minute in blocks."
    )
    if open_ := sides.get("not labelled", 0.0):
        said += f" {hours(open_)} a week have no label yet."
    return said


def _change(before: Audit, after: Audit) -> str:
    was, now = before.mean("focus"), after.mean("focus")
    if round(now) == round(was):
        return f"The proposal changes nothing in what lies in one stretch: {hours(was)} a week before and after."
    more = "more" if now > was else "less"
    return (
        f"The proposal leaves {hours(now)} a week in stretches of {hours(before.hours.least)} and more, "
        f"{hours(abs(now - was))} {more} than before."
    )


def _paid(moved: Sequence[str]) -> str:
    if not moved:
        return ""
    named = ", ".join(f"“{title}”" for title in moved[:SHOWN])
    more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    return f"It moves {named}{more}. What that takes from the others stands in their calendars and not in yours."


def _tables(audit: Audit, proposed: Audit | None) -> tuple[Table, ...]:
    tables = [_weeks(audit)]
    if proposed is not None and proposed.weeks:
        tables.insert(0, _before_after(audit, proposed))
    if costs := [cost for cost in audit.costs if cost.blocks >= 1][:SHOWN]:
        rows = tuple((c.title, number(c.count), hours(c.minutes), hours(c.blocks)) for c in costs)
        tables.append(
            Table("What costs most in blocks, a week", ("meeting", "how many", "takes", "costs in blocks"), rows)
        )
    tables.append(_loads("Meetings by kind, a week", "kind", audit.kinds))
    if any(load.name != "not labelled" for load in audit.sides):
        tables.append(_loads("Meetings by side, a week", "side", audit.sides))
    return tuple(tables)


def _weeks(audit: Audit) -> Table:
    columns = ("week of", "meetings", "in meetings", "blocks", "in blocks", "in pieces", "longest")
    rows = [
        (
            week.monday.isoformat(), str(week.meeting_count), hours(week.in_meetings), str(week.block_count),
            hours(week.focus), hours(week.in_pieces), hours(week.longest),
        )
        for week in audit.weeks
    ]  # fmt: skip
    if len(rows) > 1:
        middle = [audit.middle(name) for name in ("meeting_count", "in_meetings", "block_count", "focus", "in_pieces")]
        rows.append(
            (
                "median", number(middle[0]), hours(middle[1]), number(middle[2]), hours(middle[3]), hours(middle[4]),
                hours(audit.middle("longest")),
            )
        )  # fmt: skip
    return Table("The weeks", columns, tuple(rows))


def _before_after(before: Audit, after: Audit) -> Table:
    names = (("blocks", "block_count"), ("meetings", "meeting_count"))
    minutes = (
        ("in blocks", "focus"),
        ("in pieces", "in_pieces"),
        ("in meetings", "in_meetings"),
        ("longest", "longest"),
    )
    rows = [(name, number(before.mean(what)), number(after.mean(what))) for name, what in names]
    rows += [(name, hours(before.mean(what)), hours(after.mean(what))) for name, what in minutes]
    return Table("Before and after, a week", ("", "as it is", "as proposed"), tuple(rows))


def _loads(title: str, name: str, loads: list[Load]) -> Table:
    rows = tuple((one.name, number(one.count), hours(one.minutes), percent(one.recurring)) for one in loads)
    return Table(title, (name, "how many", "hours", "of it in series"), rows)


def _pictures(audit: Audit, proposed: Audit | None) -> tuple[Picture, ...]:
    from leadgym.tools.audit.picture import week_picture, weeks_picture

    pictures = []
    if week := audit.typical:
        pictures.append(week_picture(week))
        if proposed is not None:
            same = [one for one in proposed.weeks if one.monday == week.monday]
            pictures += [week_picture(one, _proposed_title(week.focus, one.focus)) for one in same]
    if (weeks := weeks_picture(audit)) is not None:
        pictures.append(weeks)
    return tuple(pictures)


def _proposed_title(was: int, now: int) -> str:
    if was == now:
        return f"As proposed: {hours(now)} in one stretch, as before"
    return f"As proposed: {hours(now)} in one stretch instead of {hours(was)}"


def _notes(audit: Audit, calendar: Calendar) -> tuple[str, ...]:
    opens, closes = (f"{m // 60:02d}:{m % 60:02d}" for m in (audit.hours.opens, audit.hours.closes))
    notes = [f"Working hours {opens} to {closes}, in {calendar.zone_name} ({calendar.zone_from})."]
    if audit.weeks and len(audit.weeks) < FEW_WEEKS:
        notes.append("One or two weeks are few: last week may have been odd. --weeks 8 takes more.")
    left = {what: count for what, count in calendar.left_out.items() if count}
    if left:
        counted = ", ".join(
            f"{count} {what if count > 1 else what.replace('notes', 'note')}" for what, count in sorted(left.items())
        )
        notes.append(f"Entries that take no time: {counted}.")
    if calendar.me:
        notes.append(f"You are taken to be {calendar.me} ({calendar.me_from}); what that address declined is left out.")
    else:
        notes.append("Meetings you declined count as meetings: say who you are with --me.")
    if calendar.unknown_zones:
        shown = ", ".join(f"“{name}”" for name in calendar.unknown_zones[:3])
        notes.append(f"Zones that nobody here knows, taken as {calendar.zone_name}: {shown}.")
    if sum(load.minutes for load in audit.kinds) > audit.mean("in_meetings") + 1:
        notes.append("Meetings at the same time count once in the hours in meetings, and each by itself by kind.")
    if calendar.unreadable:
        lines = sorted(calendar.unreadable)
        shown = ", ".join(map(str, lines[:SHOWN])) + (f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else "")
        said = f"1 entry could not be read and is left out. Look in {calendar.path} at line {shown}."
        if len(lines) > 1:
            said = f"{len(lines)} entries could not be read and are left out. Look in {calendar.path} at lines {shown}."
        notes.append(said)
    return (*notes, UNKNOWN, FOLKLORE)
