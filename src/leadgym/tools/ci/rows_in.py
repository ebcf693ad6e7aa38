"""A CI log as CSV: a row is a run, or with a column ``job`` a job of one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from leadgym.tools.ci.gather import gathered
from leadgym.tools.ci.model import Job, Run
from leadgym.tools.ci.records import JobRecord, outcome_of
from leadgym.tools.ci.times import moment
from leadgym.tools.rows import Line, read_csv, shortened
from leadgym.yamlfile import FileProblems

COLUMNS = {
    "run": ("run_id", "id", "databaseid", "pipeline", "pipeline_id", "build", "build_id"),
    "commit": ("head_sha", "headsha", "sha"),
    "started": ("started_at", "startedat", "run_started_at", "start"),
    "ended": ("ended_at", "finished", "finished_at", "completed_at", "completedat", "end"),
    "updated": ("updated_at", "updatedat"),
    "outcome": ("conclusion", "result"),
    "status": ("state",),
    "attempt": ("run_attempt",),
    "workflow": ("workflow_name", "workflowname", "pipeline_name"),
    "event": ("source", "trigger"),
    "job": ("job_name",),
    "needs": ("depends_on",),
    "created": ("created_at", "createdat", "queued", "queued_at", "ready"),
}
OPTIONAL = tuple(name for name in COLUMNS if name not in ("run", "started"))


def runs_in_csv(path: Path) -> tuple[list[Run], bool, list[str]]:
    """The runs of a CSV export, whether all times named their zone, and notes. Raises FileProblems."""
    lines = read_csv(path, COLUMNS, OPTIONAL)
    has = set(lines[0].cells)
    missing = [
        f"{path}:1: {one}: no such column, and no {other}. Name one of them so."
        for one, other in (("ended", "updated"), ("outcome", "status"))
        if not {one, other} & has
    ]
    if missing:
        raise FileProblems(missing)
    problems: list[str] = []
    runs: list[Run] = []
    jobs: list[JobRecord] = []
    zoned = True
    for line in lines:
        times = {}
        before = len(problems)
        for name in ("created", "started", "ended", "updated"):
            try:
                times[name], named = moment(line.cells.get(name))
                zoned &= named
            except ValueError as error:
                problems.append(line.problem(name, f"{error}. Write it like 2026-03-02T09:15:00+01:00."))
                times[name] = None
        if len(problems) == before:
            _row(line, times, runs, jobs, problems)
    if problems:
        raise FileProblems(shortened(problems))
    notes = [] if "commit" in has else ["The file names no commits, so nothing can be said about flaky runs."]
    return list(gathered(runs, jobs).runs), zoned, notes


def _row(
    line: Line, times: dict[str, datetime | None], runs: list[Run], jobs: list[JobRecord], problems: list[str]
) -> None:
    """One row, added where it belongs."""
    outcome = outcome_of(line.cells.get("outcome") or line.cells.get("status"))
    started, ended, created = times["started"], times["ended"] or times["updated"], times["created"]
    name, given = line.cells["run"], line.cells.get("attempt") or "1"
    if not name:
        problems.append(line.problem("run", "is empty. Every row needs the id of its run."))
    if not given.isdecimal() or int(given) < 1:
        problems.append(line.problem("attempt", f"'{given}' is no whole number from 1. Write 1 for a first attempt."))
        return
    if started and ended and ended < started:
        problems.append(line.problem("ended", "lies before the start. Look whether the two have the same zone."))
    begun = started or created
    if begun is None:
        if outcome in ("passed", "failed"):
            problems.append(
                line.problem("started", "is empty, though the outcome is there. Fill it or leave the row out.")
            )
        return
    common = {"workflow": line.cells.get("workflow", ""), "commit": line.cells.get("commit", "")}
    event, title = line.cells.get("event", ""), line.cells.get("job", "")
    if "job" not in line.cells:
        over = None if outcome == "unfinished" else ended
        runs.append(
            Run(name, int(given), common["workflow"], common["commit"], event, outcome, created or begun, begun, over)
        )
        return
    job = None
    if outcome in ("passed", "failed", "cancelled") and started and ended:
        told = line.cells.get("needs")
        needs = (
            None if told is None else tuple(part.strip() for part in told.replace("|", ";").split(";") if part.strip())
        )
        job = Job(title or "(no name)", outcome, started, ended, min(created, started) if created else None, needs)
    jobs.append(
        JobRecord(
            job,
            name,
            int(given),
            common["workflow"],
            common["commit"],
            event,
            created or begun,
            outcome,
            False,
            False,
            True,
        )
    )
