"""What a board's past says, in numbers. Pure: tickets in, measures out; a moment is a number of days (``dates.py``).

- *In progress*: from the first start to the last finish, a reopened stretch included. Calendar time, weekends too.
- *Blocked*: the union of a ticket's waits, cut to its life (created or started to finished, cancelled, or now), so that
  two waits at the same time count once.
- *Percentile* p of n numbers: the k-th smallest, k = p x n rounded up (nearest rank): always a ticket that was there.
- *Average in progress* over a window: the days that all tickets spent in progress inside it, over its length.
- *Little's law* (Little 1961): L = lambda x W for averages over a long time in a system that is stable: what comes in
  goes out, and ages do not grow. Over a window that begins or ends with work open the two sides differ by exactly that
  work; ``Little.gap`` says by how much.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadgym.tools.spans import united

FEW = 10
"""Below this many finished tickets a percentile is said to be shaky; below ``NONE`` there is none."""
NONE = 5
UNSAID = "not said"


@dataclass(frozen=True)
class Wait:
    """A stretch in which a ticket stood blocked: ``until`` None where it still does. ``reason``: what it waited for."""

    since: float
    until: float | None
    reason: str = ""


@dataclass(frozen=True)
class Ticket:
    """A row of the board. ``line`` is where it stands in the file; None where the file does not say when."""

    key: str
    line: int
    title: str = ""
    created: float | None = None
    started: float | None = None
    finished: float | None = None
    cancelled: float | None = None
    waits: tuple[Wait, ...] = ()
    reopened: int = 0

    @property
    def closed(self) -> float | None:
        """When it left the board, finished or not."""
        return self.finished if self.finished is not None else self.cancelled

    @property
    def cycle(self) -> float | None:
        """Days from start to finish."""
        if self.started is None or self.finished is None:
            return None
        return self.finished - self.started


@dataclass(frozen=True)
class Blocked:
    """How long a ticket stood blocked, and of that inside its time in progress."""

    ticket: Ticket
    days: float
    inside: float
    now: bool


@dataclass(frozen=True)
class Reason:
    """What was waited for: days over all tickets (each ticket's waits for it united), and how many tickets."""

    name: str
    days: float
    tickets: int
    now: int


@dataclass(frozen=True)
class Aged:
    """A ticket in progress: its age in days, and the share of finished tickets that took no longer than that."""

    ticket: Ticket
    age: float
    older_than: float | None


@dataclass(frozen=True)
class Week:
    """What happened from ``monday`` (a moment) to the next one."""

    monday: float
    created: int
    started: int
    finished: int
    open_at_end: int


@dataclass(frozen=True)
class Little:
    """Both sides of the law over a window: ``average`` in progress, and ``rate`` a day times ``time`` in days."""

    average: float
    rate: float
    time: float

    @property
    def product(self) -> float:
        """The right side."""
        return self.rate * self.time

    @property
    def gap(self) -> float:
        """By how many tickets the left side is larger: work that was open at an edge, or never finished."""
        return self.average - self.product


@dataclass(frozen=True)
class Board:
    """All tickets, and the moment for which things are said."""

    tickets: tuple[Ticket, ...]
    now: float

    @property
    def finished(self) -> list[Ticket]:
        """Tickets with a cycle time, by when they finished."""
        done = [one for one in self.tickets if one.cycle is not None]
        return sorted(done, key=lambda one: (one.finished or 0.0, one.key))

    @property
    def cycles(self) -> list[float]:
        """Their cycle times, shortest first."""
        return sorted(one.cycle for one in self.tickets if one.cycle is not None)

    @property
    def in_progress(self) -> list[Ticket]:
        """Begun and neither finished nor cancelled."""
        return [one for one in self.tickets if one.started is not None and one.closed is None]


def _cut(waits: Iterable[Wait], begin: float, end: float) -> list[tuple[float, float]]:
    spans = ((wait.since, end if wait.until is None else wait.until) for wait in waits)
    inside = ((max(one, begin), min(other, end)) for one, other in spans)
    return united(span for span in inside if span[1] > span[0])


def _length(spans: Iterable[tuple[float, float]]) -> float:
    return math.fsum(end - begin for begin, end in spans)


def _life(ticket: Ticket, now: float) -> tuple[float, float]:
    known = [one for one in (ticket.created, ticket.started) if one is not None]
    known = known or [wait.since for wait in ticket.waits]
    end = now if ticket.closed is None else ticket.closed
    return min(known, default=end), end


def blocked(board: Board) -> list[Blocked]:
    """Tickets that stood blocked, longest first."""
    found = []
    for ticket in board.tickets:
        begin, end = _life(ticket, board.now)
        spans = _cut(ticket.waits, begin, end)
        inside = _cut(ticket.waits, ticket.started, end) if ticket.started is not None else []
        now = ticket.closed is None and any(wait.until is None for wait in ticket.waits)
        if spans or now:
            found.append(Blocked(ticket, _length(spans), _length(inside), now))
    return sorted(found, key=lambda one: (-one.days, one.ticket.key))


def reasons(board: Board) -> list[Reason]:
    """By what was waited for, most days first. The same name in other capitals is the same."""
    days: defaultdict[str, float] = defaultdict(float)
    tickets: Counter[str] = Counter()
    now: Counter[str] = Counter()
    names: dict[str, str] = {}
    for ticket in board.tickets:
        begin, end = _life(ticket, board.now)
        own: dict[str, list[Wait]] = {}
        for wait in ticket.waits:
            name = wait.reason.strip() or UNSAID
            own.setdefault(name.casefold(), []).append(wait)
            names.setdefault(name.casefold(), name)
        for plain, waits in own.items():
            length = _length(_cut(waits, begin, end))
            open_now = ticket.closed is None and any(wait.until is None for wait in waits)
            if length > 0 or open_now:
                days[plain] += length
                tickets[plain] += 1
                now[plain] += open_now
    found = [Reason(names[plain], days[plain], tickets[plain], now[plain]) for plain in tickets]
    return sorted(found, key=lambda one: (-one.days, one.name))


def item_days(board: Board) -> float:
    """Days in progress, over all tickets."""
    ends = ((one, board.now if one.closed is None else one.closed) for one in board.tickets)
    return math.fsum(max(0.0, end - one.started) for one, end in ends if one.started is not None)


def average_in_progress(board: Board, begin: float, end: float) -> float:
    """Tickets in progress, on average from ``begin`` to ``end``."""
    if end <= begin:
        return 0.0
    spans = (
        (max(one.started, begin), min(board.now if one.closed is None else one.closed, end))
        for one in board.tickets
        if one.started is not None
    )
    return math.fsum(max(0.0, last - first) for first, last in spans) / (end - begin)


def course(board: Board) -> list[tuple[float, int]]:
    """How many are in progress, as steps: (from this moment on, so many)."""
    changes: Counter[float] = Counter()
    for one in board.tickets:
        if one.started is not None:
            changes[one.started] += 1
            if one.closed is not None:
                changes[max(one.closed, one.started)] -= 1
    count, found = 0, []
    for moment in sorted(changes):
        count += changes[moment]
        found.append((moment, count))
    return found


def little(board: Board) -> Little | None:
    """Both sides of Little's law from the first start to now; None where nothing was finished."""
    starts = [one.started for one in board.tickets if one.started is not None]
    cycles = board.cycles
    if not starts or not cycles or board.now <= min(starts):
        return None
    begin = min(starts)
    rate = len(cycles) / (board.now - begin)
    return Little(average_in_progress(board, begin, board.now), rate, math.fsum(cycles) / len(cycles))


def ageing(board: Board) -> list[Aged]:
    """Tickets in progress, oldest first, each against the cycle times of the finished ones."""
    cycles = board.cycles
    found = []
    for one in board.in_progress:
        age = board.now - (one.started or 0.0)
        share = sum(cycle <= age for cycle in cycles) / len(cycles) if len(cycles) >= NONE else None
        found.append(Aged(one, age, share))
    return sorted(found, key=lambda one: (-one.age, one.ticket.key))


def weeks(board: Board, mondays: Sequence[float]) -> list[Week]:
    """A week from each of ``mondays`` to the next, the last of which only ends one: what came, began, ended, stayed.

    The moments are given and not counted from the first: where clocks change, a week is an hour shorter or longer.
    """
    found = []
    for begin, after in pairwise(mondays):
        end = min(after, board.now)
        found.append(
            Week(
                begin,
                sum(one.created is not None and begin <= one.created < after for one in board.tickets),
                sum(one.started is not None and begin <= one.started < after for one in board.tickets),
                # A date without a time ends at midnight: the last day of a week belongs to it.
                sum(one.finished is not None and begin < one.finished <= after for one in board.tickets),
                sum(
                    one.started is not None and one.started <= end and (one.closed is None or one.closed > end)
                    for one in board.tickets
                ),
            )
        )
    return found
