"""What the numbers say, in sentences and tables."""

from __future__ import annotations

from datetime import timedelta

from leadgym.estimates import percentile
from leadgym.tools.flow.numbers import (
    FEW,
    NONE,
    UNSAID,
    Aged,
    Blocked,
    Board,
    Reason,
    Week,
    ageing,
    blocked,
    item_days,
    little,
    reasons,
    weeks,
)
from leadgym.tools.flow.read import Read
from leadgym.tools.report import Report, Table

WEEKS = 8
LONGEST = 5
OLDEST = 10


def report(read: Read, name: str) -> Report:
    """The page about a board. ``name``: what it is called in the title."""
    from leadgym.tools.flow import picture

    board, clock = read.board, read.clock
    why, waits, old = reasons(board), blocked(board), ageing(board)
    says = [_waited(board, why, waits), *_still(waits), *_took(board), *_old(old), *_flow(read)]
    tables = [*_reasons(why), *_waits(waits), *_ageing(old, clock), *_weeks(read)]
    pictures = []
    if why and why[0].days > 0:
        pictures.append(picture.waits(why))
    if any(one.started is not None for one in board.tickets):
        pictures.append(picture.progress(board, clock))
    return Report(f"Flow: {name}", tuple(says), tuple(tables), tuple(pictures), tuple(_notes(read)))


def _waited(board: Board, why: list[Reason], waits: list[Blocked]) -> str:
    days, inside = item_days(board), sum(one.inside for one in waits)
    if not why:
        said = "Nothing in this file says what stood blocked, or when."
        return said + (" What follows is about what was in progress." if days else " Nor when work was begun.")
    total = sum(one.days for one in waits)
    named = [one for one in why if one.name != UNSAID]
    most = f"The largest part, {_days(named[0].days)}, was for {named[0].name}." if named else "For what is not said."
    if len(why) == 1 and named:
        most = f"All of it was for {named[0].name}."
    elif named and named[0] != why[0]:
        most = f"What {_days(why[0].days)} were for is not said; {_days(named[0].days)} were for {named[0].name}."
    if not days:
        return f"Tickets stood blocked for {_days(total)}. {most}"
    outside = total - inside
    more = f" They stood {_days(outside)} more before they were begun." if outside >= 0.05 else ""
    return f"Of {_days(days)} in progress, {inside:.1f} were spent blocked ({inside / days:.0%}).{more} {most}"


def _still(waits: list[Blocked]) -> list[str]:
    now = [one for one in waits if one.now]
    if not now:
        return []
    last = max(now, key=lambda one: (one.days, one.ticket.key))
    open_wait = next(wait for wait in last.ticket.waits if wait.until is None)
    which = "1 stands" if len(now) == 1 else f"{len(now)} stand"
    tail = f" for {open_wait.reason}" if open_wait.reason else ""
    return [f"{which} blocked now. The one with most of it is {last.ticket.key}{tail}, {_days(last.days)} so far."]


def _took(board: Board) -> list[str]:
    cycles = board.cycles
    if not cycles:
        leads = sorted(
            one.finished - one.created for one in board.tickets if one.finished is not None and one.created is not None
        )
        if len(leads) >= NONE:
            return [
                f"From being created to being finished {len(leads)} tickets took: half {_days(percentile(leads, 50))} "
                f"or less, 85% {_days(percentile(leads, 85))} or less. How long they were worked on is not "
                "in the file."
            ]
        return ["No finished ticket has both a start and an end, so nothing can be said about how long things take."]
    if len(cycles) < NONE:
        listed = ", ".join(f"{one:.1f}" for one in cycles)
        return [
            f"{_count(len(cycles), 'finished ticket')} with a start and an end: {listed} days. That is too few for a "
            "percentile."
        ]
    half, late = percentile(cycles, 50), percentile(cycles, 85)
    few = f" {len(cycles)} are few: take that as a size." if len(cycles) < FEW else ""
    return [f"Of {len(cycles)} finished tickets half took {_days(half)} or less, 85% {_days(late)} or less.{few}"]


def _old(old: list[Aged]) -> list[str]:
    late = [one for one in old if one.older_than is not None and one.older_than >= 0.85]
    if not old or old[0].older_than is None:
        return []
    if not late:
        none = f"None of the {len(old)}" if len(old) > 1 else "The one ticket"
        verb = "is" if len(old) > 1 else "is not"
        return [f"{none} in progress {verb} older than 85% of the finished ones were at their end."]
    shown = ", ".join(f"{one.ticket.key} ({_days(one.age)})" for one in late[:4])
    more = f" and {len(late) - 4} more" if len(late) > 4 else ""
    verb = "is" if len(late) == 1 else "are"
    return [
        f"{len(late)} of {len(old)} in progress {verb} older than 85% of the finished ones were at their end: "
        f"{shown}{more}."
    ]


def _flow(read: Read) -> list[str]:
    rows = _last_weeks(read)
    if not rows:
        return []
    begun, finished = sum(one.started for one in rows), sum(one.finished for one in rows)
    if not begun and not finished:
        return []
    if not any(one.started is not None for one in read.board.tickets):
        came = sum(one.created for one in rows)
        return [f"{_last(rows)} the team finished {finished}, and {came} came in."]
    change = begun - finished
    then = "as many" if change == 0 else f"{abs(change)} {'fewer' if change > 0 else 'more'}"
    created = sum(one.created for one in rows)
    said = f"{_last(rows)} the team began {begun} and finished {finished}, {then}"
    return [f"{said}; {created} came in."]


def _last(rows: list[Week]) -> str:
    return "In the last week" if len(rows) == 1 else f"In the last {len(rows)} weeks"


def _reasons(why: list[Reason]) -> list[Table]:
    total = sum(one.days for one in why)
    rows = tuple(
        (one.name, f"{one.days:.1f}", f"{one.days / total:.0%}" if total else "0%", str(one.tickets), str(one.now))
        for one in why
    )
    columns = ("waits for", "blocked days", "share", "tickets", "blocked now")
    return [Table("What was waited for", columns, rows)] if rows else []


def _waits(waits: list[Blocked]) -> list[Table]:
    rows = tuple(
        (one.ticket.key, one.ticket.title[:60], f"{one.days:.1f}", _for(one), "yes" if one.now else "no")
        for one in waits[:LONGEST]
    )
    return [Table("The tickets that waited longest", ("ticket", "title", "days", "for", "still"), rows)] if rows else []


def _for(one: Blocked) -> str:
    return ", ".join(dict.fromkeys(wait.reason or UNSAID for wait in one.ticket.waits))[:60]


def _ageing(old: list[Aged], clock: object) -> list[Table]:
    rows = tuple(
        (
            one.ticket.key,
            one.ticket.title[:60],
            f"{one.age:.1f}",
            "too few finished" if one.older_than is None else f"{one.older_than:.0%}",
        )
        for one in old[:OLDEST]
    )
    columns = ("ticket", "title", "days so far", "of the finished, took no longer")
    return [Table("In progress, oldest first", columns, rows)] if rows else []


def _last_weeks(read: Read) -> list[Week]:
    board, clock = read.board, read.clock
    known = [m for one in board.tickets for m in (one.created, one.started) if m is not None]
    if not known:
        return []
    last = clock.day(board.now - 1e-6)
    monday = last - timedelta(days=last.weekday())
    first = clock.day(min(known))
    count = min(WEEKS, (monday - (first - timedelta(days=first.weekday()))).days // 7 + 1)
    begin = monday - timedelta(days=7 * (count - 1))
    return weeks(board, [clock.moment((begin + timedelta(days=7 * place)).isoformat()) for place in range(count + 1)])


def _weeks(read: Read) -> list[Table]:
    rows = tuple(
        (
            f"{read.clock.day(one.monday + 1e-6):%-d %b %Y}",
            str(one.created),
            str(one.started),
            str(one.finished),
            f"{one.started - one.finished:+d}" if one.started != one.finished else "0",
            str(one.open_at_end),
        )
        for one in _last_weeks(read)
    )
    columns = ("week from Monday", "came in", "begun", "finished", "begun minus finished", "in progress at its end")
    return [Table("What came and what went", columns, rows)] if rows else []


def _notes(read: Read) -> list[str]:
    board = read.board
    at = f"{read.clock.day(board.now - 1e-6):%-d %B %Y}"
    notes = [
        f"Everything is said as of {at}. Days are calendar days, weekends and nights included; a date without a time "
        "counts whole. A percentile is the nearest rank: the days of a ticket that was there.",
    ]
    twice = sum(one.days for one in reasons(board)) - sum(one.days for one in blocked(board))
    if twice >= 0.05:
        notes.append(
            f"Some tickets waited for two things at once: {_days(twice)}. In the rows by what was waited for, and in "
            "their sum, these count for each; in the first sentence and by ticket they count once."
        )
    law = little(board)
    if law is not None:
        notes.append(
            f"Little's law (Little 1961) says: average in progress = rate of finishing x average days each. Here "
            f"{law.average:.1f} were in progress on average, and {law.rate * 7:.1f} a week x {law.time:.1f} days make "
            f"{law.product:.1f}. The {abs(law.gap):.1f} between them is work that was open at an edge of the file, or "
            "left unfinished. The law holds over a long time if as much goes out as comes in and nothing lies forever. "
            "It says how three averages hang together, and nothing about which of them moves the others."
        )
    late = [one for one in board.tickets if one.finished is not None and one.started is None]
    if late:
        notes.append(
            f"Finished without a start: {_count(len(late), 'ticket')}. They count as finished and have no days."
        )
    again = [one for one in board.tickets if one.reopened]
    if again:
        times = sum(one.reopened for one in again)
        notes.append(
            f"Opened again after they were done: {_count(len(again), 'ticket')}, {_count(times, 'time')}. They end "
            "with their last finish, and the time they lay closed in between is in their days."
        )
    gone = sum(one.cancelled is not None for one in board.tickets)
    if gone:
        notes.append(
            f"Cancelled: {_count(gone, 'ticket')}. They count while they were open, and as neither finished nor late."
        )
    notes += read.notes
    notes.append(
        "What this cannot say: whether a ticket that nobody marked stood still, what the waiting cost anybody, and "
        "whose fault it was. A board where blocked is marked carefully looks worse than one where it is not."
    )
    return notes


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _days(days: float) -> str:
    return f"{days:.1f} days"
