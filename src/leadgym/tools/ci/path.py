"""Which stage holds a run up: not the longest, but the one without which the run would be over earliest.

The longest way through a plan of tasks, Kelley and Walker's critical path (1959), is what a run cannot be shorter than.
A stage off that path can be as long as it likes. A stage on it is worth its own length at most, and less where another
way takes over. So each stage is taken to cost no time, the run is played again, and what it is then shorter by is what
working on that stage can win at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadgym.estimates import percentile
from leadgym.tools.ci.model import Job, Log, Run

CLOSE = timedelta(seconds=5)
"""A job that becomes ready within this of another's end waited for it; exports have whole seconds."""
AT_ONCE = timedelta(minutes=2)
"""Runs on one commit that begin within this of the first were set off together."""
LOOKED_AT = 200
"""Runs that are looked at, the latest ones: what held a run up a year ago is not what holds it up."""
QUEUE = "waiting for a machine"
QUEUED = 0.05
"""Minutes in the queue below which nothing is said about it."""


@dataclass(frozen=True)
class Bar:
    """A job in the run that is drawn: minutes from the run's beginning, and whether it lies on the critical path."""

    name: str
    ready: float
    started: float
    ended: float
    on_path: bool


@dataclass(frozen=True)
class Stage:
    """One stage over all runs: its length, on how many critical paths it lay, and what it holds a run up by at most.

    ``wins`` to ``most``: one and the same where jobs say what they need. Where they do not, ``wins`` if a job needs all
    that was always over before it, ``most`` if only what it has been seen to wait for.
    """

    name: str
    runs: int
    middle: float
    on_path: int
    wins: float
    most: float


@dataclass(frozen=True)
class Held:
    """What holds runs up. ``stages``: the first is the bottleneck. ``exact``: every job says what it needs."""

    workflow: str
    runs: int
    passed: bool
    middle: float
    stages: tuple[Stage, ...]
    bars: tuple[Bar, ...]
    exact: bool
    of_workflows: bool = False


def held_up(log: Log) -> Held | None:
    """What holds runs up, in the workflow that people wait for longest; None where the log has no jobs to tell by.

    The latest runs that passed are looked at (a red one stops early), and where none did, the red ones. A stage's
    ``wins`` is the mean over runs of how much earlier each would be over with that stage at no cost, the order of
    jobs and the time in the queue staying as they were. The run that is drawn is the one of middle length.
    """
    waited = [run for run in log.runs if run.jobs and run.waited_for] or [r for r in log.runs if r.jobs and r.over]
    if not waited:
        return None
    minutes: dict[str, float] = defaultdict(float)
    for run in waited:
        minutes[run.workflow] += run.minutes
    workflow = max(minutes, key=lambda name: (minutes[name], name))
    mine = [run for run in waited if run.workflow == workflow]
    passed = [run for run in mine if run.outcome == "passed"]
    looked = (passed or mine)[-LOOKED_AT:]
    latest = [run.jobs for run in looked]
    exact = all(job.needs is not None for run in looked for job in run.jobs)
    order = order_of(latest)
    plays = [Play(run.jobs, order) for run in looked]
    loose = plays if exact else [Play(run.jobs, seen_waiting(latest, order)) for run in looked]
    lengths = sorted((play.length, place) for place, play in enumerate(plays))
    return Held(
        workflow=workflow,
        runs=len(plays),
        passed=bool(passed),
        middle=percentile([play.length for play in plays], 50),
        stages=_summed(plays, loose),
        bars=plays[lengths[(len(plays) - 1) // 2][1]].bars(),
        exact=exact,
    )


def held_by_workflow(log: Log) -> Held | None:
    """The same one floor up, for a log without jobs: which workflow is the last to answer on a commit."""
    by_commit: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in log.runs:
        if run.waited_for and run.commit:
            by_commit[run.commit, run.event].append(run)
    plays = []
    for runs in by_commit.values():
        first = min(run.started for run in runs)
        plays.append(
            Play(
                [
                    Job(run.workflow or "(no name)", run.outcome, run.started, run.ended, None, ())
                    for run in runs
                    if run.ended is not None and run.started - first <= AT_ONCE
                ]
            )
        )
    if len({job.name for play in plays for job in play.jobs}) < 2:
        return None
    middle = percentile([play.length for play in plays], 50)
    return Held("", len(plays), True, middle, _summed(plays, plays), (), True, of_workflows=True)


def _summed(plays: Sequence[Play], loose: Sequence[Play]) -> tuple[Stage, ...]:
    found: dict[str, list[tuple[float, bool, float]]] = defaultdict(list)
    most: dict[str, float] = defaultdict(float)
    for play, other in zip(plays, loose, strict=True):
        for name, about in play.stages().items():
            found[name].append(about)
        for name, (_, _, wins) in other.stages().items():
            most[name] += wins
    stages = [
        Stage(
            name,
            len(each),
            percentile([minutes for minutes, _, _ in each], 50),
            sum(on_path for _, on_path, _ in each),
            sum(wins for _, _, wins in each) / len(plays),
            max(most[name], sum(wins for _, _, wins in each)) / len(plays),
        )
        for name, each in found.items()
    ]
    return tuple(sorted(stages, key=lambda stage: (-round(stage.wins, 6), -stage.middle, stage.name)))


def order_of(runs: Sequence[Sequence[Job]]) -> dict[str, set[str]]:
    """For each job, by name, those that were over when it became ready, in every run that had both.

    All that a job needs is among them. What it does not need is there only if it never once took longer, which with
    more runs is less and less likely.
    """
    before: dict[str, set[str]] = defaultdict(set)
    not_before: dict[str, set[str]] = defaultdict(set)
    for jobs in runs:
        for job in jobs:
            ready = (job.ready or job.started) + CLOSE
            for other in jobs:
                if other.name != job.name:
                    (before if other.ended <= ready else not_before)[job.name].add(other.name)
    return {name: others - not_before[name] for name, others in before.items()}


def seen_waiting(runs: Sequence[Sequence[Job]], order: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Of ``order``, for each job those that were the last to be over before it in some run: it may need no others."""
    found: dict[str, set[str]] = defaultdict(set)
    for jobs in runs:
        for job in jobs:
            before = [other for other in jobs if other.name in order.get(job.name, ())]
            if before:
                found[job.name].add(max(before, key=lambda other: (other.ended, other.name)).name)
    return found


class Play:
    """One run as a plan: each job with what it waits for, its time in the queue and its length, all in minutes.

    What a job waits for is what it says it needs. Where it does not say, it is what ``order`` has for it (``order_of``,
    from many runs, or from this one alone); a job that was ready as the run began waited for none.
    """

    def __init__(self, jobs: Sequence[Job], order: Mapping[str, set[str]] | None = None) -> None:
        self.jobs = tuple(sorted(jobs, key=lambda job: (job.started, job.name)))
        self.begin = min(job.ready or job.started for job in self.jobs)
        self._order = order_of([self.jobs]) if order is None else order
        self._waits = [self._waited_for(place) for place in range(len(self.jobs))]
        # Where a job could have started at last: asked for, and with all it waits for over.
        since = [self._free(place) for place in range(len(self.jobs))]
        ready = [
            min(max(job.ready or job.started, free), job.started) for job, free in zip(self.jobs, since, strict=True)
        ]
        self.queues = [_minutes(at, job.started) for at, job in zip(ready, self.jobs, strict=True)]
        self._gaps = [max(0.0, _minutes(free, at)) for free, at in zip(since, ready, strict=True)]
        self._lengths = [job.minutes for job in self.jobs]
        self._ends = self._played(self._lengths, self.queues)
        self.length = max(self._ends)

    def stages(self) -> dict[str, tuple[float, bool, float]]:
        """For each stage: its longest job's minutes, whether it lies on the path, and what it holds the run up by."""
        path = self.path()
        on_path = {self.jobs[place].stage for place in path}
        found = {}
        for name in dict.fromkeys(job.stage for job in self.jobs):
            free = [0.0 if job.stage == name else length for job, length in zip(self.jobs, self._lengths, strict=True)]
            longest = max(job.minutes for job in self.jobs if job.stage == name)
            found[name] = (longest, name in on_path, max(0.0, self.length - max(self._played(free, self.queues))))
        if max(self.queues) >= QUEUED:
            waited = sum(self.queues[place] for place in path)
            without = max(self._played(self._lengths, [0.0] * len(self.jobs)))
            found[QUEUE] = (waited, waited >= QUEUED, max(0.0, self.length - without))
        return found

    def path(self) -> list[int]:
        """The critical path, from first to last: places in ``jobs``."""
        here = max(range(len(self.jobs)), key=lambda place: (self._ends[place], -place))
        found = [here]
        while self._waits[here]:
            here = max(self._waits[here], key=lambda place: (self._ends[place], -place))
            found.append(here)
        return found[::-1]

    def bars(self) -> tuple[Bar, ...]:
        """The run as it was, to be drawn."""
        path = set(self.path())
        return tuple(
            Bar(
                job.name,
                _minutes(self.begin, job.started) - self.queues[place],
                _minutes(self.begin, job.started),
                _minutes(self.begin, job.ended),
                place in path,
            )
            for place, job in enumerate(self.jobs)
        )

    def _waited_for(self, place: int) -> list[int]:
        job = self.jobs[place]
        if job.needs is not None:
            named = set(job.needs)
            return [
                other
                for other, one in enumerate(self.jobs[:place])
                if {one.name, one.stage} & named and one.ended <= job.started + CLOSE
            ]
        ready = job.ready or job.started
        if ready <= self.begin + CLOSE:
            return []
        before = [other for other, one in enumerate(self.jobs[:place]) if one.ended <= ready + CLOSE]
        always = [other for other in before if self.jobs[other].name in self._order.get(job.name, ())]
        return always or before

    def _free(self, place: int) -> datetime:
        return max((self.jobs[other].ended for other in self._waits[place]), default=self.begin)

    def _played(self, lengths: Sequence[float], queues: Sequence[float]) -> list[float]:
        """When each job would end; jobs stand in the order of their start, so what one waits for comes first."""
        ends: list[float] = []
        for place in range(len(self.jobs)):
            begun = max((ends[other] for other in self._waits[place]), default=0.0)
            ends.append(begun + self._gaps[place] + queues[place] + lengths[place])
        return ends


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60
