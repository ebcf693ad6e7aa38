"""A month of Halyard's CI, drawn from a seed: the pipeline of "Forty-one minutes" as a CSV with a row for each job.

python -m leadgym.tools.ci.sample solutions/08_developer_experience/data/runs.csv
"""

from __future__ import annotations

import csv
import io
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 41
FIRST = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)
DAYS = 28
COLUMNS = ("run", "attempt", "commit", "workflow", "event", "job", "needs", "ready", "started", "ended", "outcome")
# Minutes in the middle, how far they spread, what is waited for.
JOBS: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "lint": (3.0, 0.10, ()),
    "build": (10.1, 0.12, ()),
    "unit": (20.4, 0.08, ("lint",)),
    "integration": (5.9, 0.12, ("build",)),
    "checkout-e2e": (16.7, 0.12, ("integration",)),
    "package": (3.6, 0.10, ("checkout-e2e", "unit")),
}
NIGHTLY: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "build": JOBS["build"],
    "replay": (74.0, 0.06, ("build",)),
}
BREAKS = {"lint": 0.03, "build": 0.02, "unit": 0.06, "integration": 0.03, "checkout-e2e": 0.02}
"""How often the code is wrong, by the job that finds it."""
WAVERS = {"checkout-e2e": 0.14, "integration": 0.01}
"""How often a job fails on code that is right."""
AGAIN = 0.8
"""How often a red run is started once more."""


def sample_csv(seed: int = SEED) -> str:
    """The sample as CSV text; the same for the same seed."""
    luck = random.Random(seed)  # noqa: S311 - sample data
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    run = 71_204
    for day in range(DAYS):
        date = FIRST + timedelta(days=day)
        run += 1
        night = date.replace(hour=1, minute=30)
        _attempt(writer, luck, f"{run}", 1, _commit(luck), "nightly", "schedule", NIGHTLY, night, {})
        if date.weekday() >= 5:
            continue
        # Fewer on Mondays and Fridays, and never quite the same.
        pushes = max(3, round(luck.gauss((6, 8, 8, 7, 5)[date.weekday()], 1.6)))
        moments = sorted(luck.uniform(0, 9.5 * 60) for _ in range(pushes))
        for at in moments:
            run += 1 + (luck.random() < 0.2)
            run = _push(writer, luck, run, date + timedelta(minutes=at))
    return out.getvalue()


def _push(writer: object, luck: random.Random, run: int, start: datetime) -> int:
    """A push and what people do with its result; gives the number of the last run."""
    commit = _commit(luck)
    broken = next((job for job, chance in BREAKS.items() if luck.random() < chance), None)
    if luck.random() < 0.06:
        _attempt(writer, luck, f"{run}", 1, commit, "ledger", "push", JOBS, start, {}, stop=luck.uniform(4, 25))
        return run
    for attempt in (1, 2, 3):
        wrong = {broken} if broken else set()
        wrong |= {job for job, chance in WAVERS.items() if luck.random() < chance}
        end, red = _attempt(
            writer, luck, f"{run}", attempt, commit, "ledger", "push", JOBS, start, dict.fromkeys(wrong)
        )
        if not red or luck.random() > AGAIN:
            break
        start = end + timedelta(minutes=luck.uniform(2, 35))
        if broken and attempt == 2:
            break
    return run


def _attempt(
    writer: object,
    luck: random.Random,
    run: str,
    attempt: int,
    commit: str,
    workflow: str,
    event: str,
    jobs: dict[str, tuple[float, float, tuple[str, ...]]],
    start: datetime,
    wrong: dict[str, None],
    stop: float | None = None,
) -> tuple[datetime, bool]:
    """The rows of one attempt: when it ended, and whether it is red."""
    ended: dict[str, datetime] = {}
    outcome: dict[str, str] = {}
    for job, (middle, spread, needs) in jobs.items():
        ready = max((ended[name] for name in needs), default=start)
        queue = timedelta(seconds=round(60 * min(9.0, luck.lognormvariate(0.0, 0.75)) * 0.85))
        length = middle * luck.lognormvariate(0.0, spread)
        if any(outcome[name] != "success" for name in needs):
            ended[job], outcome[job] = ready, "skipped"
            begun = ready
        else:
            begun = ready + queue
            outcome[job] = "failure" if job in wrong else "success"
            if job in wrong:
                length *= luck.uniform(0.35, 0.9)
            ended[job] = begun + timedelta(seconds=round(60 * length))
            if stop is not None and ended[job] > (cut := start + timedelta(seconds=round(60 * stop))):
                ended[job], outcome[job] = max(cut, begun), "cancelled"
        writer.writerow(  # type: ignore[attr-defined]
            (
                run,
                attempt,
                commit,
                workflow,
                event,
                job,
                ";".join(needs),
                *map(_written, (ready, begun, ended[job])),
                outcome[job],
            )
        )
    return max(ended.values()), "failure" in outcome.values()


def _commit(luck: random.Random) -> str:
    return f"{luck.getrandbits(28):07x}"


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(sample_csv(), encoding="utf-8")
