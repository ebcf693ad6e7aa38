"""One record of an export to a run or a job: GitHub's REST answers, ``gh``'s JSON, GitLab's REST answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadgym.tools.ci.model import Job, Outcome, Run
from leadgym.tools.ci.times import moment, seconds_before

Record = Mapping[str, Any]

_OUTCOMES: dict[str, Outcome] = {
    **dict.fromkeys(("success", "passed", "pass", "ok", "green", "succeeded"), "passed"),
    **dict.fromkeys(("failure", "failed", "fail", "red", "error", "timed_out", "timeout", "startup_failure"), "failed"),
    **dict.fromkeys(("cancelled", "canceled", "canceling"), "cancelled"),
    **dict.fromkeys(("skipped", "manual"), "skipped"),
    **dict.fromkeys(
        ("queued", "in_progress", "waiting", "pending", "requested", "running", "created", "preparing", "scheduled",
         "waiting_for_resource", "waiting_for_callback"),
        "unfinished",
    ),
}  # fmt: skip
_RUN_IN_URL = re.compile(r"/(?:runs|pipelines)/(\d+)")


class NotUsable(ValueError):
    """Why a record cannot be used, in words that go after its place."""


@dataclass(frozen=True)
class JobRecord:
    """A job, and which run it belongs to."""

    job: Job | None
    run: str
    attempt: int
    workflow: str
    commit: str
    event: str
    created: datetime
    outcome: Outcome
    by_a_machine: bool
    may_fail: bool
    zoned: bool


def outcome_of(word: object) -> Outcome:
    """Our word for theirs; ``other`` for what decides nothing (neutral, stale, action_required)."""
    return _OUTCOMES.get(str(word or "").strip().casefold(), "other" if word else "unfinished")


def is_job(record: Record) -> bool:
    """Whether the record is a job: it has a run or pipeline of its own kind beside it, or GitLab's stage, or steps."""
    if "workflow_runs" in record or "jobs" in record:
        return False
    return "completed_at" in record or "completedAt" in record or ("stage" in record and "name" in record)


def is_run(record: Record) -> bool:
    """Whether the record is a run or a pipeline."""
    made = "created_at" in record or "createdAt" in record
    return made and ("status" in record or "conclusion" in record) and not is_job(record)


def run_of(record: Record, place: int) -> tuple[Run, bool]:
    """The run of a record, and whether its times named their zone. ``place`` stands in for a missing id."""
    created, zoned = _time(record, "created_at", "createdAt")
    if created is None:
        raise NotUsable("has no time of creation")
    started, zoned_too = _time(record, "run_started_at", "startedAt", "started_at")
    gitlab = "sha" in record and "head_sha" not in record
    ended, also = (
        _time(record, "finished_at") if record.get("finished_at") else _time(record, "updated_at", "updatedAt")
    )
    outcome = outcome_of(record.get("conclusion") or record.get("status"))
    begun = created if gitlab else started or created
    if ended is not None and ended < begun:
        raise NotUsable("ends before it begins")
    return (
        Run(
            id=str(record.get("id") or record.get("databaseId") or record.get("run_id") or _from_url(record) or place),
            attempt=_attempt(record),
            workflow=_workflow(record),
            commit=str(record.get("head_sha") or record.get("headSha") or record.get("sha") or ""),
            event=str(record.get("event") or record.get("source") or ""),
            outcome=outcome,
            created=created,
            started=begun,
            ended=None if outcome == "unfinished" else ended,
            by_a_machine=_a_machine(record),
        ),
        zoned and zoned_too and also,
    )


def job_of(record: Record) -> JobRecord:
    """The job of a record. ``job`` is None where it never ran (skipped, still waiting)."""
    pipeline = record.get("pipeline") if isinstance(record.get("pipeline"), Mapping) else {}
    commit = record.get("commit") if isinstance(record.get("commit"), Mapping) else {}
    assert isinstance(pipeline, Mapping) and isinstance(commit, Mapping)  # noqa: S101, PT018 - for the type checker
    created, zoned = _time(record, "created_at", "createdAt")
    started, zoned_too = _time(record, "started_at", "startedAt")
    ended, also = _time(record, "completed_at", "completedAt", "finished_at")
    run = str(record.get("run_id") or pipeline.get("id") or _from_url(record) or "")
    if not run:
        raise NotUsable("does not say which run it belongs to")
    outcome = outcome_of(record.get("conclusion") or record.get("status"))
    made = created or started
    if made is None:
        raise NotUsable("has no time")
    ready = created
    if "queued_duration" in record and started is not None:
        # GitLab creates all jobs with the pipeline: only what it was queued says since when it could have run.
        waited = record["queued_duration"]
        ready = seconds_before(started, float(waited)) if isinstance(waited, int | float) else None
    job = None
    if outcome in ("passed", "failed", "cancelled") and started is not None and ended is not None:
        if ended < started:
            raise NotUsable("ends before it begins")
        name = str(record.get("name") or "").strip() or "(no name)"
        job = Job(name, outcome, started, ended, min(ready, started) if ready else None)
    return JobRecord(
        job=job,
        run=run,
        attempt=_attempt(record),
        workflow=str(record.get("workflow_name") or record.get("workflowName") or ""),
        commit=str(record.get("head_sha") or commit.get("id") or pipeline.get("sha") or ""),
        event=str(pipeline.get("source") or ""),
        created=made,
        outcome=outcome,
        by_a_machine=_a_machine(record),
        may_fail=record.get("allow_failure") is True,
        zoned=zoned and zoned_too and also,
    )


def _time(record: Record, *names: str) -> tuple[datetime | None, bool]:
    for name in names:
        if name in record:
            try:
                return moment(record[name])
            except ValueError as error:
                raise NotUsable(f"{name}: {error}") from error
    return None, True


def _attempt(record: Record) -> int:
    given = record.get("run_attempt", record.get("attempt", 1))
    return given if isinstance(given, int) and given >= 1 else 1


def _workflow(record: Record) -> str:
    for name in ("workflowName", "workflow_name", "name"):
        if record.get(name):
            return str(record[name])
    return ""


def _from_url(record: Record) -> str:
    found = _RUN_IN_URL.search(str(record.get("url") or record.get("html_url") or record.get("web_url") or ""))
    return found[1] if found else ""


def _a_machine(record: Record) -> bool:
    """Whether a bot set it off, where the export names anybody."""
    for name in ("triggering_actor", "actor", "user"):
        who = record.get(name)
        if isinstance(who, Mapping):
            login = str(who.get("login") or who.get("username") or "")
            return who.get("type") == "Bot" or who.get("bot") is True or login.endswith("[bot]")
    return False
