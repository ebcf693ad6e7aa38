"""A tracker's export as tickets: one row a ticket, or one row a change of status. Columns are known by many names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadgym.tools.flow.dates import Clock, Unreadable, offset_in, settled
from leadgym.tools.flow.numbers import Board, Ticket, Wait
from leadgym.tools.rows import Line, headings, plain, read_csv, read_text, shortened
from leadgym.yamlfile import FileProblems

WAITING, DOING, BLOCKED, DONE, CANCELLED = "waiting", "doing", "blocked", "done", "cancelled"
KINDS = (WAITING, DOING, BLOCKED, DONE, CANCELLED)
# Headings by the tool's names, the surer ones first. Any case; blanks and underscores alike.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "key": ("issue key", "key", "identifier", "number", "iid", "issue id", "id", "ticket", "card", "url", "title"),
    "title": ("summary", "title", "name", "subject"),
    "created": ("created at", "createdat", "created", "created date", "issue created date", "published at",
                "publishedat", "opened"),
    "started": ("started at", "startedat", "started", "start date", "in progress date", "in progress", "work started"),
    "finished": ("completed at", "completedat", "completed", "finished at", "finished", "resolved", "resolved date",
                 "resolution date", "closed at", "closedat", "closed", "done date", "done", "end date"),
    "cancelled": ("canceled", "cancelled", "canceled at", "cancelled at"),
    "status": ("status", "state"),
    "blocked": ("blocked", "blocked intervals", "blocked periods", "blocked time"),
    "reopened": ("reopened", "times reopened"),
    "at": ("changed", "changed at", "change date", "status change date", "status changed at", "transition date",
           "transitioned at", "timestamp", "at", "date"),
    "to": ("to", "to status", "to string", "status to name", "new status", "new value", "status"),
    "category": ("status to category name", "to category", "to status category"),
    "reason": ("waits for", "waiting for", "blocked on", "blocked reason", "blocker", "reason"),
    "field": ("field", "field name"),
}  # fmt: skip
STATUSES: Mapping[str, tuple[str, ...]] = {
    WAITING: ("to do", "todo", "open", "opened", "new", "backlog", "triage", "ready", "selected for development",
              "prioritized", "planned", "unstarted", "created", "reopened", "next", "up next"),
    DOING: ("in progress", "doing", "started", "in development", "development", "dev", "in review", "review",
            "code review", "in test", "test", "testing", "qa", "in qa", "active", "ready for review"),
    BLOCKED: ("blocked", "on hold", "hold", "impeded", "paused", "waiting", "stuck"),
    DONE: ("done", "closed", "resolved", "completed", "complete", "finished", "released", "deployed", "merged",
           "shipped"),
    CANCELLED: ("canceled", "cancelled", "duplicate", "won't do", "wont do", "won't fix", "can't fix",
                "cannot reproduce", "rejected", "abandoned"),
}  # fmt: skip
CATEGORIES = {"to do": WAITING, "new": WAITING, "in progress": DOING, "indeterminate": DOING, "done": DONE}


@dataclass(frozen=True)
class Options:
    """What whoever asks knows better: ``columns`` by our names, ``statuses`` by theirs, the moment ``on``."""

    clock: Clock = field(default_factory=Clock)
    columns: Mapping[str, str] | None = None
    statuses: Mapping[str, str] | None = None
    on: str | None = None


@dataclass(frozen=True)
class Read:
    """The board, the clock its file settled on, whether it is a history, and sentences about what was left out."""

    board: Board
    clock: Clock
    history: bool
    notes: tuple[str, ...]


def read(path: Path, options: Options = Options()) -> Read:
    """The board in the file. Raises FileProblems, with lines."""
    chosen = _chosen(path, options.columns or {})
    if read_text(path).lstrip()[:1] in ("[", "{"):
        raise FileProblems([f"{path}:1: is JSON. This tool reads CSV; 'leadgym flow --help' says how gh writes it."])
    if "key" not in chosen:
        raise FileProblems([f"{path}:1: key: no such column. {_has(path)} Give --column key=HEADING."])
    history = "at" in chosen and "to" in chosen and "finished" not in chosen
    if not history and not {"finished", "started"} & chosen.keys():
        raise FileProblems(
            [
                f"{path}:1: neither when tickets were started nor when they were finished, nor changes of status with "
                f"their dates. {_has(path)} Give --column finished=HEADING and --column started=HEADING."
            ]
        )
    names = _HISTORY if history else _ROWS
    lines = read_csv(path, {_inner(name): (chosen[name],) for name in names if name in chosen})
    lines = [replace(line, cells={name: line.cells.get(_inner(name), "") for name in names}) for line in lines]
    dated = _HISTORY_DATES if history else _ROW_DATES
    clock = _clock(path, lines, dated, options.clock)
    tickets, notes = _from_history(lines, clock, options) if history else _from_rows(lines, clock, options)
    if not tickets:
        raise FileProblems([f"{path}:2: no ticket in it has a date. Export the columns with dates as well."])
    now = _now(tickets, clock, options)
    later = [one for one in tickets if any(moment > now for moment in _moments(one))]
    if later and options.on:
        raise FileProblems(
            [
                f"{path}:{later[0].line}: {later[0].key} has a date after {options.on}. "
                "Give a later --on, or leave it out."
            ]
        )
    return Read(Board(tuple(tickets), now), clock, history, tuple(notes))


_ROWS = ("key", "title", "created", "started", "finished", "cancelled", "status", "blocked", "reopened")
_ROW_DATES = ("created", "started", "finished", "cancelled")
_HISTORY = ("key", "title", "created", "at", "to", "category", "reason", "field")
_HISTORY_DATES = ("created", "at")


def _inner(name: str) -> str:
    """Our name for a column as ``read_csv`` gets it: one that no export has for a heading."""
    return f"the tool's {name}"


def _has(path: Path) -> str:
    found = [cell or "(empty)" for cell in headings(path)]
    shown = ", ".join(found[:30]) + (f" and {len(found) - 30} more" if len(found) > 30 else "")
    return f"The file has: {shown or 'no headings'}."


def _chosen(path: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Our names to the file's headings, the surest that is there."""
    heads = {plain(cell): cell for cell in headings(path)}
    for name, heading in wanted.items():
        if name not in HEADINGS:
            raise FileProblems([f"--column {name}={heading}: there is no '{name}'. There are: {', '.join(HEADINGS)}."])
        if plain(heading) not in heads:
            raise FileProblems([f"{path}:1: there is no column '{heading}'. {_has(path)}"])
    found = {name: heads[plain(heading)] for name, heading in wanted.items()}
    for name, known in HEADINGS.items():
        hit = next((one for one in known if one in heads), None)
        if name not in found and hit is not None:
            found[name] = heads[hit]
    if found.get("title") == found.get("key") and "title" not in wanted:
        found.pop("title", None)
    return found


def _clock(path: Path, lines: Sequence[Line], names: Sequence[str], clock: Clock) -> Clock:
    """The clock with the file's order of day and month. Refuses times with an offset beside times without one."""
    cells = [(f"{line.path}:{line.number}: {name}", text) for line in lines for name, text in _dated(line, names)]
    named = next((where for where, text in cells if offset_in(text) is True), None)
    bare = next((where for where, text in cells if offset_in(text) is False), None)
    if named and bare and clock.zone is None:
        raise FileProblems(
            [
                f"{bare}: has no time zone, and {named} has one. Give --zone, for example --zone Europe/Berlin, for "
                "those without."
            ]
        )
    return settled(clock, cells)


def _dated(line: Line, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if line.cells[name]:
            yield name, line.cells[name]
    for since, until, _ in _spans(line.cells.get("blocked", "")):
        yield "blocked", since
        if until:
            yield "blocked", until


def _spans(cell: str) -> Iterator[tuple[str, str, str]]:
    """``2026-11-03..2026-11-05 bank; 2026-11-09..`` as (since, until, reason)."""
    for part in cell.split(";"):
        since, dots, rest = part.strip().partition("..")
        if dots:
            until, _, reason = rest.strip().partition(" ")
            if rest[:1].isspace() and not until[:1].isdigit():  # "2026-11-09.. legal" has no end yet
                until, reason = "", rest.strip()
            time, _, more = reason.partition(" ")
            if ":" in time and time.replace(":", "").isdigit():
                until, reason = f"{until} {time}", more
            yield since.strip(), until, reason.strip()


def _moment(line: Line, name: str, clock: Clock, problems: list[str], ends: bool = False) -> float | None:
    text = line.cells[name]
    return _when(line, name, text, clock, problems, ends) if text else None


def _when(line: Line, name: str, text: str, clock: Clock, problems: list[str], ends: bool) -> float | None:
    try:
        return clock.moment(text, ends)
    except Unreadable as error:
        problems.append(line.problem(name, str(error)))
        return None


def _kind(status: str, category: str, own: Mapping[str, str]) -> tuple[str | None, str]:
    """What a status means, and the reason that stands in it, as in 'Blocked: bank'."""
    said = plain(status)
    if said in own:
        return own[said], ""
    head, colon, _tail = said.partition(":")
    if colon and head in STATUSES[BLOCKED]:
        return BLOCKED, status.partition(":")[2].strip()
    if said.startswith(("waiting for ", "blocked by ", "blocked on ")):
        return BLOCKED, status.split(maxsplit=2)[2]
    for kind, names in STATUSES.items():
        if said in names:
            return kind, ""
    return CATEGORIES.get(plain(category)), ""


def _own(options: Options) -> dict[str, str]:
    own = {plain(name): kind for name, kind in (options.statuses or {}).items()}
    for name, kind in own.items():
        if kind not in KINDS:
            raise FileProblems([f"--status {name}={kind}: has to be one of {', '.join(KINDS)}."])
    return own


def _from_rows(lines: Sequence[Line], clock: Clock, options: Options) -> tuple[list[Ticket], list[str]]:
    problems: list[str] = []
    own, seen, tickets = _own(options), dict[str, int](), list[Ticket]()
    turned, twice, gone, unsaid, undated = list[int](), list[int](), list[int](), list[int](), 0
    for line in lines:
        key = line.cells["key"] or f"line {line.number}"
        if key in seen:
            twice.append(line.number)
            continue
        seen[key] = line.number
        created, started = (_moment(line, name, clock, problems) for name in ("created", "started"))
        finished, cancelled = (_moment(line, name, clock, problems, True) for name in ("finished", "cancelled"))
        kind = _kind(line.cells["status"], "", own)[0] if line.cells["status"] else None
        if kind == CANCELLED and finished is not None:
            finished, cancelled = None, finished
        waits = _waits(line, clock, problems)
        if all(one is None for one in (created, started, finished, cancelled)):
            undated += 1
            continue
        begin = started if started is not None else created
        end = finished if finished is not None else cancelled
        if begin is not None and end is not None and end < begin:
            turned.append(line.number)
            continue
        again = line.cells["reopened"]
        count = int(again) if again.isdigit() else int(plain(again) in ("yes", "true"))
        if kind in (DONE, CANCELLED) and end is None:
            gone.append(line.number)
            continue
        if end is None and plain(line.cells["blocked"]) in ("yes", "true"):
            unsaid.append(line.number)
        tickets.append(
            Ticket(key, line.number, line.cells["title"], created, started, finished, cancelled, waits, count)
        )
    if problems:
        raise FileProblems(shortened(problems))
    notes = []
    if turned:
        notes.append(f"Left out because they end before they begin: {_lines(turned)}.")
    if twice:
        notes.append(f"Left out because the ticket stood further up already: {_lines(twice)}.")
    if gone:
        notes.append(f"Left out because they are done or cancelled and no cell says since when: {_lines(gone)}.")
    if unsaid:
        notes.append(f"Blocked, and no cell says since when, so these waits are not counted: {_lines(unsaid)}.")
    if undated:
        notes.append(f"{undated} row{'' if undated == 1 else 's'} without any date left out.")
    return tickets, notes


def _waits(line: Line, clock: Clock, problems: list[str]) -> tuple[Wait, ...]:
    cell, found = line.cells["blocked"], []
    if cell and ".." not in cell and plain(cell) not in ("no", "false", "0", "yes", "true"):
        problems.append(
            line.problem(
                "blocked", f"'{cell[:40]}' is no stretch. Write 2026-11-03..2026-11-05 bank; 2026-11-09.. legal."
            )
        )
    for since, until, reason in _spans(cell):
        begin = _when(line, "blocked", since, clock, problems, False)
        end = _when(line, "blocked", until, clock, problems, True) if until else None
        if begin is not None and end is not None and end < begin:
            problems.append(line.problem("blocked", f"'{since}..{until}' ends before it begins. Correct one of them."))
        elif begin is not None:
            found.append(Wait(begin, end, reason))
    return tuple(found)


def _from_history(lines: Sequence[Line], clock: Clock, options: Options) -> tuple[list[Ticket], list[str]]:
    problems: list[str] = []
    own, unknown = _own(options), dict[str, str]()
    changes: dict[str, list[tuple[float, int, str, str]]] = {}
    about: dict[str, tuple[int, str, float | None]] = {}
    for line in lines:
        key = line.cells["key"] or f"line {line.number}"
        if key not in about:
            created = _moment(line, "created", clock, problems)
            about[key] = (line.number, line.cells["title"], created)
            changes[key] = []
        if (line.cells["field"] and plain(line.cells["field"]) != "status") or not line.cells["to"]:
            continue
        kind, said = _kind(line.cells["to"], line.cells["category"], own)
        if kind is None:
            unknown.setdefault(line.cells["to"], line.problem("status", f"'{line.cells['to'][:40]}' is not known."))
            continue
        if not line.cells["at"]:
            problems.append(line.problem("at", "is empty. A change of status needs its moment."))
            continue
        at = _moment(line, "at", clock, problems, kind in (DONE, CANCELLED))
        if at is not None:
            changes[key].append((at, line.number, kind, line.cells["reason"] or said))
    if unknown:
        problems += unknown.values()
        name = next(iter(unknown))
        problems.append(f"Say what such a status means, with --status '{name}=KIND'; KIND is {', '.join(KINDS)}.")
    if problems:
        raise FileProblems(shortened(problems))
    tickets = [_told(key, *about[key], sorted(changes[key], key=lambda one: one[:2])) for key in about]
    dated = [one for one in tickets if any(True for _ in _moments(one))]
    notes = (
        [f"{len(tickets) - len(dated)} tickets without any date were left out."] if len(dated) < len(tickets) else []
    )
    back = sum(one.started is None and any(kind == DOING for _, _, kind, _ in changes[one.key]) for one in dated)
    if back:
        notes.append(f"Begun, and at the end back among what waits: {back}. They count as not begun.")
    return dated, notes


def _told(
    key: str, line: int, title: str, created: float | None, changes: Sequence[tuple[float, int, str, str]]
) -> Ticket:
    """A ticket as its changes tell it. Blocked counts as begun; what leaves done was reopened.

    What was put back among the waiting, and is there still, counts as not begun; begun again, from its first start.
    """
    started = finished = cancelled = since = None
    reason, reopened, waits, last = "", 0, list[Wait](), WAITING
    for at, _, kind, why in changes:
        last = kind
        created = at if created is None else created
        if since is not None and (kind != BLOCKED or why.casefold() != reason.casefold()):
            waits.append(Wait(since, at, reason))
            since = None
        if kind == BLOCKED and since is None:
            since, reason = at, why
        if kind in (DOING, BLOCKED):
            started = at if started is None else started
        if kind in (DOING, BLOCKED, WAITING) and (finished is not None or cancelled is not None):
            reopened += finished is not None
            finished = cancelled = None
        if kind == DONE and finished is None:
            finished, cancelled = at, None
        if kind == CANCELLED and cancelled is None:
            finished, cancelled = None, at
    if since is not None:
        waits.append(Wait(since, None, reason))
    if last == WAITING:
        started = None
    return Ticket(key, line, title, created, started, finished, cancelled, tuple(waits), reopened)


def _moments(ticket: Ticket) -> Iterator[float]:
    for one in (ticket.created, ticket.started, ticket.finished, ticket.cancelled):
        if one is not None:
            yield one
    for wait in ticket.waits:
        yield wait.since
        if wait.until is not None:
            yield wait.until


def _now(tickets: Sequence[Ticket], clock: Clock, options: Options) -> float:
    """The moment it is all about: ``on``, else the latest moment in the file."""
    if options.on is not None:
        try:
            return clock.moment(options.on, ends=True)
        except Unreadable as error:
            raise FileProblems([f"--on: {error}"]) from error
    return max(moment for one in tickets for moment in _moments(one))


def _lines(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{f' and {len(numbers) - 5} more' if len(numbers) > 5 else ''}"
