"""What a calendar comes to, week by week. Pure: entries in, numbers out.

For each working day, of the time from ``opens`` to ``closes`` (after what you were away is taken off):

- *in meetings*: the union of the entries that take time, so that two meetings at once count once;
- *free*: what is left; a *block* is a free stretch of ``least`` minutes or more, everything shorter is a *piece*;
- *fragmentation*: minutes in pieces / free minutes, over the weeks together;
- what a series *costs*: the minutes in blocks that a week would have more without it, all else as it is. This is more
  than its own length where it cuts a block in two, and can be nothing where it lies in a piece anyway. Costs of several
  series do not add up.

A mean a week is a sum over the weeks divided by their number, weeks without a working day left out; the median is the
middle week, or the mean of the middle two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median

from leadgym.sim.meetings import blocks
from leadgym.tools.spans import united

MEETING, FOCUS, AWAY, NOTE = "meeting", "focus", "away", "note"
"""What an entry does: takes time, keeps time free, takes you out of the day, or nothing."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """One occurrence in somebody's calendar, in local time. ``does`` is one of the four above; ``side`` a label."""

    title: str
    start: datetime
    end: datetime
    does: str
    kind: str = "other meetings"
    side: str = ""
    all_day: bool = False
    recurs: bool = False


@dataclass(frozen=True)
class Hours:
    """The working week: minutes after midnight, days from Monday 0, and how long a block has to be."""

    opens: int = 540
    closes: int = 1020
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    least: int = 120


@dataclass(frozen=True)
class Day:
    """One working day. ``taken`` and ``away`` are merged spans within the hours."""

    day: date
    hours: Hours
    taken: tuple[Span, ...]
    away: tuple[Span, ...]
    meetings: tuple[tuple[Span, Entry], ...]

    @property
    def working(self) -> int:
        """Minutes at work."""
        return self.hours.closes - self.hours.opens - _length(self.away)

    @property
    def in_meetings(self) -> int:
        """Minutes in meetings."""
        return _length(united([*self.taken, *self.away])) - _length(self.away)

    @property
    def free(self) -> int:
        """Minutes in no meeting."""
        return self.working - self.in_meetings

    @property
    def blocks(self) -> list[Span]:
        """The free stretches that are long enough."""
        return blocks([*self.taken, *self.away], self.hours.opens, self.hours.closes, self.hours.least)

    @property
    def pieces(self) -> list[Span]:
        """The free stretches that are too short."""
        every = blocks([*self.taken, *self.away], self.hours.opens, self.hours.closes, 1)
        return [span for span in every if span[1] - span[0] < self.hours.least]

    @property
    def focus(self) -> int:
        """Minutes in blocks."""
        return _length(self.blocks)


@dataclass(frozen=True)
class Week:
    """The working days of one week, from ``monday``."""

    monday: date
    days: tuple[Day, ...]

    @property
    def working(self) -> int:
        """Minutes at work."""
        return sum(day.working for day in self.days)

    @property
    def in_meetings(self) -> int:
        """Minutes in meetings."""
        return sum(day.in_meetings for day in self.days)

    @property
    def focus(self) -> int:
        """Minutes in blocks."""
        return sum(day.focus for day in self.days)

    @property
    def free(self) -> int:
        """Minutes in no meeting."""
        return sum(day.free for day in self.days)

    @property
    def in_pieces(self) -> int:
        """Free minutes in stretches that are too short."""
        return self.free - self.focus

    @property
    def block_count(self) -> int:
        """How many blocks there are."""
        return sum(len(day.blocks) for day in self.days)

    @property
    def longest(self) -> int:
        """Minutes of the longest block or piece."""
        spans = [span for day in self.days for span in (*day.blocks, *day.pieces)]
        return max((end - start for start, end in spans), default=0)

    @property
    def meetings(self) -> list[tuple[Span, Entry]]:
        """Everything that takes time within the hours, with the part that does."""
        return [one for day in self.days for one in day.meetings]

    @property
    def meeting_count(self) -> int:
        """How many meetings there are; one that runs over several days counts once."""
        return len({id(entry) for _, entry in self.meetings})


def weeks(entries: Sequence[Entry], first: date, count: int, hours: Hours) -> list[Week]:
    """``count`` weeks from the Monday ``first`` on."""
    found = []
    for number in range(count):
        monday = first + timedelta(weeks=number)
        dates = [monday + timedelta(days=day) for day in hours.days]
        found.append(Week(monday, tuple(_day(entries, one, hours) for one in dates)))
    return found


def _day(entries: Sequence[Entry], day: date, hours: Hours) -> Day:
    taken: list[tuple[Span, Entry]] = []
    away: list[Span] = []
    midnight = datetime.combine(day, time())
    for entry in entries:
        if entry.does not in (MEETING, AWAY) or entry.start >= midnight + timedelta(days=1) or entry.end <= midnight:
            continue
        start = max(_minute(entry.start, midnight), hours.opens)
        end = min(_minute(entry.end, midnight), hours.closes)
        if end <= start:
            continue
        if entry.does == AWAY:
            away.append((start, end))
        else:
            taken.append(((start, end), entry))
    spans = united([span for span, _ in taken])
    return Day(day, hours, tuple(spans), tuple(united(away)), tuple(taken))


def _minute(moment: datetime, midnight: datetime) -> int:
    """Minutes after ``midnight``; a started minute counts."""
    return int((moment - midnight) // timedelta(minutes=1))


def _length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


@dataclass(frozen=True)
class Load:
    """What one kind, side or series takes a week: how many meetings, how many minutes, which share recurs."""

    name: str
    count: float
    minutes: float
    recurring: float


@dataclass(frozen=True)
class Cost:
    """A series, or a meeting by its title: what it takes a week, and how many minutes in blocks it costs."""

    title: str
    count: float
    minutes: float
    blocks: float


@dataclass(frozen=True)
class Audit:
    """All of it. ``weeks`` has only weeks in which you were at work."""

    weeks: list[Week]
    hours: Hours
    kinds: list[Load] = field(default_factory=list)
    sides: list[Load] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)

    def mean(self, name: str) -> float:
        """The mean a week of one of Week's numbers."""
        return sum(getattr(week, name) for week in self.weeks) / len(self.weeks) if self.weeks else 0.0

    def middle(self, name: str) -> float:
        """The median week's."""
        return float(median(getattr(week, name) for week in self.weeks)) if self.weeks else 0.0

    def span(self, name: str) -> tuple[int, int]:
        """The least and the most of a week."""
        found = [getattr(week, name) for week in self.weeks] or [0]
        return min(found), max(found)

    def share(self, part: str, of: str) -> float:
        """``part`` as a share of ``of``, over the weeks together; 0 where there is nothing to share."""
        whole = sum(getattr(week, of) for week in self.weeks)
        return sum(getattr(week, part) for week in self.weeks) / whole if whole else 0.0

    @property
    def typical(self) -> Week | None:
        """Of the weeks with most hours at work, the one nearest to the median in blocks; of several, the latest."""
        most = max((week.working for week in self.weeks), default=0)
        full = [week for week in self.weeks if week.working == most]
        middle = self.middle("focus")
        return min(reversed(full), key=lambda week: abs(week.focus - middle), default=None)


def audit(entries: Sequence[Entry], first: date, count: int, hours: Hours) -> Audit:
    """The numbers of ``count`` weeks from the Monday ``first`` on."""
    at_work = [week for week in weeks(entries, first, count, hours) if week.working]
    made = Audit(at_work, hours)
    if not at_work:
        return made
    return Audit(
        at_work,
        hours,
        _loads(at_work, lambda entry: entry.kind),
        _loads(at_work, lambda entry: entry.side or "not labelled"),
        _costs(entries, at_work, hours),
    )


def _loads(found: Sequence[Week], name: object) -> list[Load]:
    rows: dict[str, list[tuple[int, Entry]]] = {}
    for week in found:
        for (start, end), entry in week.meetings:
            rows.setdefault(name(entry), []).append((end - start, entry))  # type: ignore[operator]
    loads = [
        Load(
            key,
            len({id(entry) for _, entry in row}) / len(found),
            sum(minutes for minutes, _ in row) / len(found),
            sum(minutes for minutes, entry in row if entry.recurs) / sum(minutes for minutes, _ in row),
        )
        for key, row in rows.items()
    ]
    return sorted(loads, key=lambda load: (-load.minutes, load.name))


def _costs(entries: Sequence[Entry], found: Sequence[Week], hours: Hours) -> list[Cost]:
    titles: dict[str, list[tuple[int, Entry]]] = {}
    for week in found:
        for (start, end), entry in week.meetings:
            titles.setdefault(entry.title, []).append((end - start, entry))
    costs = []
    for title, row in titles.items():
        more = 0
        for week in found:
            for day in week.days:
                if any(entry.title == title for _, entry in day.meetings):
                    kept = [span for span, entry in day.meetings if entry.title != title]
                    more += _length(blocks([*kept, *day.away], hours.opens, hours.closes, hours.least)) - day.focus
        ids = {id(entry) for _, entry in row}
        minutes = sum(length for length, _ in row)
        costs.append(Cost(title, len(ids) / len(found), minutes / len(found), more / len(found)))
    return sorted(costs, key=lambda cost: (-cost.blocks, -cost.minutes, cost.title))
