"""What waiting costs, and how much of the red was not about the code. Numbers from a log, nothing read or drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadgym.estimates import percentile
from leadgym.tools.ci.model import Job, Log, Outcome, Run
from leadgym.tools.spans import united

WEEK = timedelta(days=7)
FEW_WEEKS = 4
SATURDAY = 5


def together(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Minutes covered by ``spans``, those covered twice counted once."""
    return sum((end - start).total_seconds() / 60 for start, end in united(spans, touching=False))


@dataclass(frozen=True)
class Week:
    """Seven days: how many runs somebody waited for, on how many commits, how often, and for how many hours at most.

    ``waits``: runs of one commit that overlap are one.
    """

    first: datetime
    runs: int
    pushes: int
    waits: int
    hours: float


@dataclass(frozen=True)
class Waiting:
    """What the log says about waiting. Hours are of one person for each commit, at most; ``share`` makes a range."""

    weeks: tuple[Week, ...]
    days: float
    over_weeks: float
    waits: int
    runs: int
    pushes: int
    hours: float
    middle: float
    late: float
    unattended: int
    cancelled: int
    cancelled_hours: float
    unfinished: int
    nothing: int
    begun_later: int
    unsaid: int
    share: tuple[float, float]

    @property
    def a_week(self) -> tuple[float, float]:
        """Person-hours a week, from the low share to the high one."""
        each = self.hours / self.over_weeks
        return each * self.share[0], each * self.share[1]

    @property
    def runs_a_week(self) -> float:
        """Runs a week that somebody waited for."""
        return self.runs / self.over_weeks

    @property
    def pushes_a_week(self) -> float:
        """Commits a week for which somebody waited."""
        return self.pushes / self.over_weeks


def waiting(log: Log, share: tuple[float, float] = (0.25, 1.0)) -> Waiting:
    """What waiting costs: for each commit the minutes in which a run of it was under way, from start to end.

    Runs of one commit that overlap count once (one person waits, not three). Left out: runs set off by a clock or a
    bot, runs that were cancelled or skipped, and what is not over. The gap between the creation of a run and the start
    of a later attempt, or of one that waited for an approval, is nobody's wait for a machine, and does not count.
    """
    waited = [run for run in log.runs if run.waited_for]
    counted = [run for run in log.runs if run.ended is not None] or list(log.runs)
    first = min(run.started for run in counted)
    last = max(run.ended or run.started for run in counted)
    cancelled = [run for run in log.runs if run.outcome == "cancelled" and not run.by_a_machine]
    days = (last - first).total_seconds() / 86400
    lengths = [run.minutes for run in waited]
    return Waiting(
        weeks=_weeks(waited, first, last),
        days=days,
        over_weeks=_long(log.runs, first, last),
        waits=len(_waits(waited)),
        runs=len(waited),
        pushes=len({_push(run) for run in waited}),
        hours=_hours(waited),
        middle=percentile(lengths, 50) if lengths else 0.0,
        late=percentile(lengths, 85) if lengths else 0.0,
        unattended=sum(run.over and not run.waited_for for run in log.runs),
        cancelled=len(cancelled),
        cancelled_hours=sum(run.minutes for run in cancelled) / 60,
        unfinished=sum(run.outcome == "unfinished" for run in log.runs),
        nothing=sum(run.outcome in ("skipped", "other") for run in log.runs),
        begun_later=sum(run.over and (run.started - run.created).total_seconds() > 120 for run in log.runs),
        unsaid=sum(not run.event for run in waited),
        share=share,
    )


def _push(run: Run) -> str:
    return run.commit or f"run {run.id}"


def _long(runs: Sequence[Run], first: datetime, last: datetime) -> float:
    """By how many weeks a sum is divided: the export's length, and one where it is shorter than that.

    Where nothing ever runs on a weekend, a week is five days long: an export from a Monday to the Friday of the week
    after is two weeks and not eleven days.
    """
    days = (last - first).total_seconds() / 86400
    if any(run.started.weekday() >= SATURDAY for run in runs):
        return max(1.0, days / 7)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    free = sum((midnight + timedelta(days=day)).weekday() >= SATURDAY for day in range((last - midnight).days + 1))
    return max(1.0, (days - free) / 5)


def _waits(runs: Sequence[Run]) -> list[tuple[datetime, datetime]]:
    """When somebody waited: for each commit the times in which a run of it was under way, overlapping ones as one."""
    spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for run in runs:
        if run.ended is not None:
            spans[_push(run)].append((run.started, run.ended))
    return [wait for parts in spans.values() for wait in united(parts, touching=False)]


def _hours(runs: Sequence[Run]) -> float:
    return sum((end - start).total_seconds() for start, end in _waits(runs)) / 3600


def _weeks(runs: Sequence[Run], first: datetime, last: datetime) -> tuple[Week, ...]:
    """Weeks from the first run on; of a last one at least five days have to be there, or it is left out."""
    found, start = [], first
    while start + timedelta(days=4.5) <= last:
        mine = [run for run in runs if start <= run.started < start + WEEK]
        found.append(Week(start, len(mine), len({_push(run) for run in mine}), len(_waits(mine)), _hours(mine)))
        start += WEEK
    return tuple(found)


@dataclass(frozen=True)
class Wavering:
    """One workflow or job: on how many commits it had two results or more, on how many they differed."""

    name: str
    repeated: int
    differed: int


@dataclass(frozen=True)
class Reds:
    """Red results, and how many of them turned green on the same commit without a change.

    ``known``: whether commits are named at all. ``never_again``: red ones that nobody ran again, so nobody knows.
    ``probably``: later attempts that passed, whose earlier ones the export does not hold.
    """

    known: bool
    results: int
    red: int
    turned: int
    confirmed: int
    never_again: int
    probably: int
    hours_lost: float
    wavering: tuple[Wavering, ...]

    @property
    def repeated(self) -> int:
        """Red ones that somebody ran again on the same commit, to a result."""
        return self.turned + self.confirmed


def reds(log: Log) -> Reds:
    """Red told from flaky: a red run is not about the code if the same commit passed in another run of the same kind.

    Same kind: same workflow, same event (a push and a pull request of one commit build different trees). With jobs in
    the log, which jobs wavered is counted by job. A difference proves that something outside of the commit decides;
    that can be a test, a service, or a machine. Sameness proves nothing: two reds can be two unlucky ones.
    """
    over = [run for run in log.runs if run.over]
    known = any(run.commit for run in over)
    kinds: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in over:
        if run.commit:
            kinds[run.commit, run.workflow, run.event].append(run)
    red = turned = confirmed = 0
    lost: list[Run] = []
    for group in kinds.values():
        failed = [run for run in group if run.outcome == "failed"]
        red += len(failed)
        if any(run.outcome == "passed" for run in group):
            turned += len(failed)
            lost += failed
        elif len(failed) > 1:
            confirmed += len(failed)
    held = {(run.id, run.attempt) for run in log.runs}
    return Reds(
        known=known,
        results=sum(map(len, kinds.values())),
        red=red,
        turned=turned,
        confirmed=confirmed,
        never_again=red - turned - confirmed,
        probably=sum(
            run.outcome == "passed" and run.attempt > 1 and (run.id, run.attempt - 1) not in held for run in over
        ),
        hours_lost=_hours([run for run in lost if run.waited_for]),
        wavering=_wavering(log),
    )


def _wavering(log: Log) -> tuple[Wavering, ...]:
    results: dict[str, dict[tuple[str, str, str], set[Outcome]]] = defaultdict(lambda: defaultdict(set))
    times: dict[tuple[str, tuple[str, str, str]], int] = defaultdict(int)
    for run in log.runs:
        parts: Sequence[Run | Job] = run.jobs or ([run] if run.over else [])
        for part in parts:
            if run.commit and part.outcome in ("passed", "failed"):
                name = part.name if isinstance(part, Job) else run.workflow or "the run"
                kind = (run.commit, run.workflow, run.event)
                results[name][kind].add(part.outcome)
                times[name, kind] += 1
    found = [
        Wavering(
            name,
            sum(times[name, kind] > 1 for kind in kinds),
            sum(len(outcomes) > 1 for outcomes in kinds.values()),
        )
        for name, kinds in results.items()
    ]
    return tuple(
        sorted((one for one in found if one.repeated), key=lambda one: (-one.differed, -one.repeated, one.name))
    )
