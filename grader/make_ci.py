"""Make what module 08 keeps hidden: runs, test histories and fixes that its three functions are asked about.

Everything comes from one seed. Writes between the marker lines of `grader/keys/08_developer_experience.yaml`; `--check`
writes nothing and fails where they differ.

    python grader/make_ci.py [--check]
"""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEYS = ROOT / "grader/keys/08_developer_experience.yaml"
SEED = 80_041
EACH = 8
NAMES = (
    "lint",
    "types",
    "build",
    "unit",
    "contract",
    "integration",
    "browser",
    "scan",
    "image",
    "docs",
    "deploy-check",
)
TESTS = ("checkout", "refund", "export", "login", "fees", "payout", "webhook", "statement", "replay", "limits")


def played(run: list[dict], free: str = "") -> tuple[float, dict[str, float]]:
    """How long a run takes, with the job ``free`` at no cost, and when each job ends."""
    ends: dict[str, float] = {}
    for job in run:
        begun = max((ends[name] for name in job["needs"]), default=0.0)
        ends[job["job"]] = begun + job["queued"] + (0.0 if job["job"] == free else job["ran"])
    return max(ends.values()), ends


def wins(run: list[dict]) -> dict[str, float]:
    """By how much a run would be shorter without each of its jobs."""
    whole = played(run)[0]
    return {job["job"]: round(whole - played(run, job["job"])[0], 6) for job in run}


def on_path(run: list[dict]) -> set[str]:
    """The jobs of the longest way through."""
    ends, jobs = played(run)[1], {job["job"]: job for job in run}
    here = max(ends, key=ends.__getitem__)
    found = {here}
    while jobs[here]["needs"]:
        here = max(jobs[here]["needs"], key=ends.__getitem__)
        found.add(here)
    return found


def a_run(luck: random.Random) -> list[dict]:
    """A run of five to eight jobs, each after those that it needs."""
    names = luck.sample(NAMES, luck.randint(5, 8))
    run: list[dict] = []
    for place, name in enumerate(names):
        needs = luck.sample(names[:place], min(place, luck.choice((0, 1, 1, 1, 2)))) if place else []
        run.append({"job": name, "needs": needs, "queued": luck.choice((0, 1, 1, 2, 3)), "ran": luck.randint(2, 26)})
    return run


def kind_of(run: list[dict]) -> str:
    """Which of the three groups a run belongs to; empty where the answer is not clear enough to be asked for."""
    won = sorted(wins(run).items(), key=lambda one: -one[1])
    if won[0][1] < 3 or won[0][1] - won[1][1] < 1.5:
        return ""
    length = {job["job"]: job["ran"] for job in run}
    if sorted(length.values())[-1] - sorted(length.values())[-2] < 2:
        return ""
    best, path = won[0][0], on_path(run)
    there = sorted(length[name] for name in path)
    if len(there) > 1 and there[-1] - there[-2] < 2:
        return ""
    longest, longest_there = max(length, key=length.__getitem__), max(sorted(path), key=length.__getitem__)
    if longest == best:
        return "plain"
    if longest not in path and longest_there == best:
        return "off_path"
    return "limited" if longest_there != best and longest_there == longest else ""


PATH_LABELS = {
    "plain": "a run whose longest stage is what holds it up",
    "off_path": "a run whose longest stage runs beside the path",
    "limited": "a run whose longest stage lies on the path, with another way nearly as long beside it",
}


def bottlenecks(luck: random.Random) -> dict[str, list[dict]]:
    """The runs by group, each with the job that holds it up."""
    found: dict[str, list[dict]] = {name: [] for name in PATH_LABELS}
    while min(map(len, found.values())) < EACH:
        run = a_run(luck)
        kind = kind_of(run)
        if kind and len(found[kind]) < EACH:
            luck.shuffle(run)
            won = wins(sorted_by_needs(run))
            found[kind].append({"label": PATH_LABELS[kind], "right": max(won, key=won.__getitem__), "input": run})
    return found


def sorted_by_needs(run: list[dict]) -> list[dict]:
    """The jobs so that each comes after what it needs."""
    done: list[dict] = []
    while len(done) < len(run):
        names = {job["job"] for job in done}
        done += [job for job in run if job["job"] not in names and set(job["needs"]) <= names]
    return done


def verdict(results: list[dict]) -> str:
    """What the results of one test say."""
    by_commit: dict[str, list[str]] = {}
    for one in results:
        if one["outcome"] in ("passed", "failed"):
            by_commit.setdefault(one["commit"], []).append(one["outcome"])
    if any(len(set(outcomes)) == 2 for outcomes in by_commit.values()):
        return "flaky"
    if any(len(outcomes) > 1 and outcomes[0] == "failed" for outcomes in by_commit.values()):
        return "broken"
    return "unknown" if any("failed" in outcomes for outcomes in by_commit.values()) else "healthy"


HISTORIES = {
    # group: kind of history: (label, one list of outcomes a commit)
    "again": {
        "flaky": ("a test that was run again on a commit", (["passed"], ["failed", "passed"], ["passed"])),
        "flaky_late": ("a test that was run again on a commit", (["passed"], ["failed", "failed", "passed"])),
        "broken": ("a test that was run again on a commit", (["passed"], ["failed", "failed"], ["passed"])),
        "healthy": ("a test that was run again on a commit", (["passed", "passed"], ["passed"], ["passed"])),
        "unknown": (
            "a test that was red once, and not run again there",
            (["passed"], ["failed"], ["passed", "passed"]),
        ),
    },
    "traps": {
        "other_commit": (
            "a test that was red on one commit and green on the next",
            (["failed"], ["passed"], ["failed"]),
        ),
        "cancelled": ("a test whose second attempt was cancelled", (["passed"], ["failed", "cancelled"], ["passed"])),
        "cancelled_first": ("a test whose first attempt was cancelled", (["cancelled", "passed"], ["passed"])),
        "skipped": ("a test that was skipped on one attempt", (["failed", "skipped", "failed"], ["passed"])),
        "interleaved": ("a test whose attempts are not in order", (["failed", "passed"], ["failed"], ["passed"])),
    },
}


def verdicts(luck: random.Random) -> dict[str, list[dict]]:
    """The histories by group, each with its verdict; commits and attempts lie as a log has them, mixed."""
    found: dict[str, list[dict]] = {}
    for group, kinds in HISTORIES.items():
        found[group] = []
        for _ in range(3):
            for label, commits in kinds.values():
                results = []
                for outcomes in commits:
                    commit = f"{luck.getrandbits(28):07x}"
                    results += [
                        {"commit": commit, "attempt": attempt, "outcome": outcome}
                        for attempt, outcome in enumerate(outcomes, 1)
                    ]
                for _ in range(luck.randint(0, 2)):
                    results.append({"commit": f"{luck.getrandbits(28):07x}", "attempt": 1, "outcome": "passed"})
                luck.shuffle(results)
                found[group].append(
                    {
                        "label": label,
                        "right": verdict(results),
                        "input": {"test": luck.choice(TESTS), "results": results},
                    }
                )
    return found


def percentile(values: list[float], percent: float) -> float:
    """Nearest rank: the smallest value with at least so many in 100 at or below it."""
    ordered = sorted(values)
    return ordered[math.ceil(percent / 100 * len(ordered)) - 1]


def answer(case: dict, all_pay: bool = False) -> float | str:
    """What a fix wins and when it has paid, every combination being as likely as every other.

    ``all_pay``: the common mistake, what wins nothing left out.
    """
    won = [round(before - after, 6) for before in case["before"] for after in case["after"]]
    if case["ask"].startswith("won"):
        return round(percentile(won, float(case["ask"][4:])), 4)
    weeks = [days * 8 / each if each > 0 else math.inf for days in case["fix_days"] for each in won]
    found = percentile([week for week in weeks if week < math.inf or not all_pay], float(case["ask"][6:]))
    return "never" if math.isinf(found) else round(found, 4)


PAY_LABELS = {
    "won": "hours won a week, at the low or at the high end",
    "weeks": "a fix that wins something in every pair of weeks",
    "never": "a fix after which some weeks were worse than some weeks before",
}


def paybacks(luck: random.Random) -> dict[str, list[dict]]:
    """The fixes by group; in ``never`` two answers are that word, and none comes out by dropping what never pays."""
    found: dict[str, list[dict]] = {name: [] for name in PAY_LABELS}
    while min(map(len, found.values())) < EACH:
        middle, less = luck.uniform(8, 30), luck.uniform(0.5, 7)
        case = {
            "fix_days": sorted(luck.choice((0.5, 1, 2, 3, 4, 5, 8)) for _ in range(luck.randint(2, 4))),
            "before": [round(middle + luck.uniform(-3, 3), 1) for _ in range(luck.randint(3, 5))],
            "after": [round(middle - less + luck.uniform(-3, 3), 1) for _ in range(luck.randint(3, 5))],
        }
        always = max(case["after"]) < min(case["before"]) - 0.4
        for group, asks in (
            ("won", ("won_10", "won_90")),
            ("weeks", ("weeks_50", "weeks_85")),
            ("never", ("weeks_50", "weeks_85")),
        ):
            if len(found[group]) >= EACH or (group == "weeks") != (group != "won" and always):
                continue
            asked = {**case, "ask": asks[len(found[group]) % 2]}
            right = answer(asked)
            if group == "never" and (
                (right == "never") != (len(found[group]) % 4 == 3) or right == answer(asked, all_pay=True)
            ):
                continue
            if isinstance(right, float) and group != "won" and right > 200:
                continue
            within = {"within": 0.02} if isinstance(right, float) else {}
            found[group].append({"label": PAY_LABELS[group], "right": right, **within, "input": asked})
    return found


def lines(answer_name: str, groups: dict[str, list[dict]]) -> list[str]:
    """What goes between an answer's marker lines."""
    found = []
    for name, questions in groups.items():
        found.append(f"      {name}:")
        for one in questions:
            found.append(f"        - label: {one['label']}")
            found.append(f"          right: {json.dumps(one['right'])}")
            found += [f"          within: {one['within']}"] if "within" in one else []
            found.append(f"          input: {json.dumps(one['input'])}")
    return found


def filled(text: str) -> str:
    """The key file with everything between its marker lines made anew."""
    for place, (name, make) in enumerate((("bottleneck", bottlenecks), ("verdict", verdicts), ("payback", paybacks))):
        begin, end = f"    # generated: {name}", f"    # generated: end of {name}"
        before, _, rest = text.partition(begin + "\n")
        _, _, after = rest.partition(end)
        made = "\n".join(["    groups:", *lines(name, make(random.Random(SEED + place)))])  # noqa: S311 - no secret
        text = f"{before}{begin}\n{made}\n{end}{after}"
    return text


def main() -> int:
    """Write the file, or with ``--check`` say whether it is as it would be written."""
    text = KEYS.read_text(encoding="utf-8")
    made = filled(text)
    if "--check" in sys.argv[1:]:
        if made != text:
            print(f"{KEYS} is not what grader/make_ci.py makes. Run it.")
            return 1
        return 0
    KEYS.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
