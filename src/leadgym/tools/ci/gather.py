"""Joining: jobs to their runs, attempts to each other, runs in order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from leadgym.tools.ci.model import Job, Log, Outcome, Run
from leadgym.tools.ci.records import JobRecord


def gathered(runs: Sequence[Run], records: Sequence[JobRecord]) -> Log:
    """One log of ``runs`` and job ``records``: a run without a record of its own is made from its jobs."""
    by_run: dict[tuple[str, int], list[JobRecord]] = defaultdict(list)
    for record in records:
        by_run[record.run, record.attempt].append(record)
    kept: dict[tuple[str, int], Run] = {}
    twice = 0
    for run in runs:
        twice += (run.id, run.attempt) in kept
        kept[run.id, run.attempt] = run
    known = {run.id: run for run in kept.values()}
    for (name, attempt), parts in by_run.items():
        made = _made(name, attempt, _own(parts, by_run.get((name, attempt - 1), []), kept.get((name, attempt))))
        if made is None:
            continue
        if (name, attempt) in kept:
            kept[name, attempt] = replace(kept[name, attempt], jobs=made.jobs)
        elif name in known:
            like = known[name]
            kept[name, attempt] = replace(
                made, workflow=like.workflow, commit=like.commit, event=like.event, by_a_machine=like.by_a_machine
            )
        else:
            kept[name, attempt] = made
    notes = []
    if twice:
        notes.append(f"{twice:,} runs stood in the export twice and count once.")
    return Log(tuple(sorted(kept.values(), key=lambda run: (run.started, run.id, run.attempt))), tuple(notes))


def _own(parts: Sequence[JobRecord], before: Sequence[JobRecord], run: Run | None) -> list[JobRecord]:
    """The jobs that this attempt ran itself: a re-run of failed jobs lists the others again, with their old times."""
    old = {(record.job.name, record.job.started) for record in before if record.job}
    return [
        part
        for part in parts
        if part.job is None
        or (
            (part.job.name, part.job.started) not in old
            and not (run and run.attempt > 1 and part.job.ended <= run.started)
        )
    ]


def _made(name: str, attempt: int, parts: Sequence[JobRecord]) -> Run | None:
    if not parts:
        return None
    jobs = tuple(sorted((part.job for part in parts if part.job), key=lambda job: (job.started, job.name)))
    first = min((job.ready or job.started for job in jobs), default=min(part.created for part in parts))
    one = parts[0]
    return Run(
        id=name,
        attempt=attempt,
        workflow=one.workflow,
        commit=one.commit,
        event=one.event,
        outcome=_together(parts),
        created=first,
        started=first,
        ended=max((job.ended for job in jobs), default=None),
        by_a_machine=one.by_a_machine,
        jobs=jobs,
    )


def _together(parts: Sequence[JobRecord]) -> Outcome:
    """What a run came to by its jobs: the last result of each name counts, and jobs that may fail do not."""
    last: dict[str, tuple[Job | None, Outcome]] = {}
    for part in sorted(parts, key=lambda part: part.created):
        if not part.may_fail:
            last[part.job.name if part.job else f"{part.created}{len(last)}"] = (part.job, part.outcome)
    found = {outcome for _, outcome in last.values()}
    for outcome in ("unfinished", "failed", "cancelled", "passed", "skipped"):
        if outcome in found:
            return outcome
    return "other"
