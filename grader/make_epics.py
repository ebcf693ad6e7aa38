"""Make the epics that module 06 plans, public and hidden, what reference plans need for each, and the hidden boards.

The first public epic is written by hand: it is the story's. Everything else comes from one seed. Writes
`solutions/06_epics_and_flow/data/epics.yaml` and between the marker lines of `grader/keys/06_epics_and_flow.yaml`;
`--check` writes nothing and fails where they differ.

    python grader/make_epics.py [--check]
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from leadgym.course.generated import settle, with_blocks
from leadgym.marking.epics import Epic, faults, length

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = ROOT / "solutions/06_epics_and_flow/data/epics.yaml"
KEYS = ROOT / "grader/keys/06_epics_and_flow.yaml"
SEED = 60_604
TRIES = 120
"""How many orders the search for a short plan looks at."""
NAMES = (
    "format", "rounding", "limits", "screens", "export", "import", "alerts", "audit", "refunds", "sandbox", "payees",
    "ledger_lines", "statement", "replay", "webhook", "keys", "report", "cutover",
)  # fmt: skip
TEAM = (
    ("Priya", ["api", "ledger"]), ("Tomasz", ["ledger", "ops"]), ("Wen", ["web"]), ("Aisha", ["api", "web"]),
    ("Marek", ["api", "ops"]),
)  # fmt: skip
LABELS = {
    "chain": "an epic with one long chain in it",
    "elsewhere": "an epic of which a part is done elsewhere",
    "scarce": "an epic with a skill that one person has",
    "away": "an epic during which somebody is away",
}

OSTRA: dict[str, Any] = {
    "people": [
        {"name": "Priya", "skills": ["api", "ledger"], "away": []},
        {"name": "Tomasz", "skills": ["ledger", "ops"], "away": [[10, 11]]},
        {"name": "Wen", "skills": ["web"], "away": []},
        {"name": "Aisha", "skills": ["api", "web"], "away": []},
    ],
    "tasks": [
        {"task": "screens", "days": 5, "skill": "web", "after": []},
        {"task": "payees", "days": 3, "skill": "api", "after": []},
        {"task": "split_rules", "days": 4, "skill": "ledger", "after": []},
        {"task": "rounding", "days": 2, "skill": "ledger", "after": ["split_rules"]},
        {"task": "statement", "days": 3, "skill": "web", "after": ["screens", "rounding"]},
        {"task": "channel", "days": 9, "skill": None, "after": ["payee_file"]},
        {"task": "payee_file", "days": 2, "skill": "ops", "after": []},
        {"task": "payout_run", "days": 4, "skill": "ledger", "after": ["rounding", "payees"]},
        {"task": "returns", "days": 3, "skill": "api", "after": ["payout_run"]},
        {"task": "dress_rehearsal", "days": 2, "skill": "ops", "after": ["channel", "payout_run"]},
        {"task": "first_seller", "days": 1, "skill": "api", "after": ["dress_rehearsal", "statement", "returns"]},
    ],
}


def planned(epic: Epic, order: list[str]) -> dict[str, Any]:
    """Each task as early as it fits; of those that can be placed, the one that stands first in ``order``."""
    rank = {name: place for place, name in enumerate(order)}
    left = {task.task: task for task in epic.tasks}
    taken: dict[str, set[int]] = {
        one.name: {day for first, last in one.away for day in range(first, last + 1)} for one in epic.people
    }
    plan: dict[str, Any] = {}
    done_on: dict[str, int] = {}
    while left:
        ready = [task for task in left.values() if all(other in done_on for other in task.after)]
        task = min(ready, key=lambda one: rank[one.task])
        day = max((done_on[other] for other in task.after), default=0)
        who = None
        if task.skill is not None:
            able = [one for one in epic.people if task.skill in one.skills]
            able.sort(key=lambda one: len(one.skills))
            while who is None:
                days = range(day, day + task.days)
                who = next((one.name for one in able if taken[one.name].isdisjoint(days)), None)
                day += who is None
            taken[who] |= set(range(day, day + task.days))
        plan[task.task] = {"day": day, "who": who}
        done_on[task.task] = day + task.days
        del left[task.task]
    return plan


def listed(epic: Epic) -> list[str]:
    """The order in which it is written down."""
    return [task.task for task in epic.tasks]


def critical(epic: Epic) -> list[str]:
    """The longest chain of work behind a task first (critical-path priority list; Kelley and Walker 1959)."""
    tails = epic.tails()
    return sorted(listed(epic), key=lambda name: -tails[name])


def searched(epic: Epic, luck: random.Random) -> int:
    """The days of the best plan found: from the critical order, two tasks change places; what is not longer stays."""
    order = critical(epic)
    best = length(epic, planned(epic, order))
    for _ in range(TRIES):
        one, other = luck.sample(range(len(order)), 2)
        changed = list(order)
        changed[one], changed[other] = changed[other], changed[one]
        days = length(epic, planned(epic, changed))
        if days <= best:
            order, best = changed, days
    return min(best, length(epic, planned(epic, listed(epic))))


def takes(epic: Epic, luck: random.Random, apart: int = 0) -> dict[str, int] | None:
    """What the references need; each plan is checked as a learner's is. None where two lie less than ``apart``."""
    found = {}
    for name, order in (("listed", listed(epic)), ("critical", critical(epic))):
        plan = planned(epic, order)
        if faults(epic, plan):
            sys.exit(f"the reference '{name}' made a plan with a fault: {faults(epic, plan)[0][1]}")
        found[name] = length(epic, plan)
    if found["listed"] < found["critical"] + apart:
        return None
    return {**found, "best": searched(epic, luck)}


def drawn(luck: random.Random, kind: str) -> Epic:
    """An epic of that kind: a chain of tasks, others beside it that wait for some, written down in no order."""
    people = [{"name": name, "skills": list(skills), "away": []} for name, skills in luck.sample(TEAM, 4)]
    skills = sorted({skill for one in people for skill in one["skills"]})
    count = luck.randint(10, 14)
    names = luck.sample(NAMES, count)
    chain = luck.randint(4, 5) + (kind == "chain")
    tasks: list[dict[str, Any]] = []
    for place, name in enumerate(names):
        after = [names[place - 1]] if 0 < place < chain else []
        if place >= chain:
            after = luck.sample(names[:place], luck.choice([0, 0, 1, 1, 2]))
        days = luck.randint(2, 5) if place < chain else luck.randint(1, 5)
        tasks.append({"task": name, "days": days, "skill": luck.choice(skills), "after": sorted(after)})
    if kind == "elsewhere":
        tasks[luck.randint(1, 2)].update(skill=None, days=luck.randint(6, 10))
    if kind == "scarce":
        scarce = min(skills, key=lambda skill: (sum(skill in one["skills"] for one in people), skill))
        for task in luck.sample(tasks, 4):
            task["skill"] = scarce
    if kind == "away":
        first = luck.randint(2, 6)
        luck.choice(people)["away"] = [[first, first + luck.randint(2, 5)]]
    luck.shuffle(tasks)
    return Epic.model_validate({"people": people, "tasks": tasks})


def hidden(luck: random.Random) -> list[tuple[str, Epic, dict[str, int]]]:
    """Twelve epics, three of a kind, in which the order matters: the references differ."""
    found = []
    for place in range(12):
        kind = list(LABELS)[place % 4]
        while True:
            epic = drawn(luck, kind)
            days = takes(epic, luck, 2)
            if days and days["critical"] > days["best"]:
                break
        found.append((LABELS[kind], epic, days))
    return found


# ---------------------------------------------------------------------- boards for the function `blocked_hours`


def board(luck: random.Random, trap: str) -> tuple[dict[str, Any], float]:
    """A ticket's history in which ``trap`` makes the difference, and the hours it stood blocked in the window."""
    first, last = 0, 24 * luck.randint(10, 20)
    at = luck.randint(0, 12)
    history: list[dict[str, Any]] = [{"hour": at, "status": "to do"}]
    blocked: list[tuple[int, int]] = []

    def step(status: str, least: int, most: int) -> int:
        nonlocal at
        at += luck.randint(least, most)
        history.append({"hour": at, "status": status})
        return at

    step("in progress", 2, 20)
    for _ in range(luck.randint(1, 3)):
        begin = step("blocked", 4, 30)
        if trap == "twice":
            step("blocked", 1, 6)
        blocked.append((begin, step("in progress", 3, 40)))
    if trap == "open":
        begin = step("blocked", 3, 20)
        blocked.append((begin, 10**6))
        last = at + luck.randint(5, 60)
    elif trap == "before":
        first = (blocked[0][0] + blocked[0][1]) // 2
        last = max(last, at)
    elif trap == "done":
        step("review", 2, 20)
        begin = step("blocked", 2, 10)
        blocked.append((begin, step("done", 2, 20)))
        step("in progress", 10, 30)
        begin = step("blocked", 2, 10)
        blocked.append((begin, step("done", 2, 20)))
        last = max(last, at + 10)
    else:
        step("done", 2, 20)
        last = max(last, at)
    if trap == "unsorted":
        luck.shuffle(history)
    hours = sum(max(0, min(end, last) - max(begin, first)) for begin, end in blocked)
    return {"history": history, "first": first, "last": last}, float(hours)


TRAPS = {
    "plain": "a history in order, with every wait ended",
    "done": "a ticket that was opened again after it was done",
    "open": "a ticket that is still blocked when the window ends",
    "before": "a wait that began before the window",
    "twice": "a ticket that was set to blocked again while it was blocked",
    "unsorted": "a history that does not stand in the order of time",
}
GROUPS = {"plain": ["plain", "done"], "edges": ["open", "before"], "untidy": ["twice", "unsorted"]}


def entry(label: str, epic: Epic, days: dict[str, int]) -> list[str]:
    """An epic as it stands in a file."""
    data = epic.data()
    lines = [f"- label: {label}", "  people:"]
    lines += [f"    - {json.dumps(one)}" for one in data["people"]]
    lines += ["  tasks:", *(f"    - {json.dumps(one)}" for one in data["tasks"])]
    return [*lines, f"  takes: {json.dumps(days)}"]


def public(luck: random.Random) -> str:
    """The file of public epics."""
    ostra = Epic.model_validate(OSTRA)
    lines = [
        "# Written by grader/make_epics.py, the first epic from what stands there by hand. Working days, from 0.",
        "title: Epics to plan",
        "epics:",
        *("  " + line for line in entry("Split payouts for Ostra, as in the story", ostra, takes(ostra, luck) or {})),
    ]
    for kind in ("elsewhere", "scarce", "away"):
        while True:
            epic = drawn(luck, kind)
            days = takes(epic, luck, 1)
            if days and days["critical"] > days["best"]:
                break
        lines += ["  " + line for line in entry(LABELS[kind], epic, days)]
    return "\n".join(lines) + "\n"


def keys() -> dict[str, str]:
    """The text between each pair of marker lines."""
    luck = random.Random(SEED + 1)  # noqa: S311 - luck, not secrets
    epics = ["    epics:"]
    for label, epic, days in hidden(luck):
        epics += ["      " + line for line in entry(label, epic, days)]
    return {"schedule": "\n".join(epics), "blocked_hours": keys_of_histories()}


def keys_of_histories() -> str:
    """The hidden histories, as they stand in the key file."""
    luck = random.Random(SEED + 2)  # noqa: S311
    groups = ["    groups:"]
    for group, traps in GROUPS.items():
        groups.append(f"      {group}:")
        for trap in traps * 4:
            case, right = board(luck, trap)
            groups.append(f"        - label: {TRAPS[trap]}")
            groups.append(f"          right: {right:g}")
            groups.append("          within: 0.01")
            groups.append(f"          input: {json.dumps(case)}")
    return "\n".join(groups)


def main() -> None:
    """Write, or check."""
    epics = public(random.Random(SEED))  # noqa: S311 - a draw of epics, no secret
    settle({PUBLIC: epics, KEYS: with_blocks(KEYS.read_text(encoding="utf-8"), KEYS, keys())}, "make_epics.py")


if __name__ == "__main__":
    main()
