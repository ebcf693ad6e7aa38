"""Make what module 05 keeps hidden: the cases its three functions are asked about, with what is right for each.

Each case is drawn from one seed and kept only where the answer does not hang on a rounding: no waiting time within one
percent of its limit at the month that decides, no second-best spending within €2,000 of the best. Writes between the
marker lines of `grader/keys/05_design_lead.yaml`; `--check` writes nothing and fails where they differ.

    python grader/make_designs.py [--check]
"""

from __future__ import annotations

import datetime
import itertools
import json
import random
from pathlib import Path
from typing import Any

from leadgym.course.generated import settle, with_blocks

ROOT = Path(__file__).resolve().parents[1]
KEYS = ROOT / "grader/keys/05_design_lead.yaml"
SEED = 51_015
MONTHS = 36
WEEK = 2_500
Case = dict[str, Any]
Group = list[tuple[str, Case, Any]]


def waiting(load: float, each: float, servers: int) -> float:
    """Mean seconds before work begins, M/M/c (Erlang 1917): ``load`` a second, ``each`` seconds of work."""
    offered = load * each
    if offered >= servers:
        return float("inf")
    term, below = 1.0, 1.0
    for busy in range(1, servers):
        term *= offered / busy
        below += term
    last = term * offered / servers * servers / (servers - offered)
    return last / (below + last) * each / (servers - offered)


def load_now(case: Case) -> float:
    """Jobs a second at the peak, given as such or as a day's jobs and the busiest hour's share of them."""
    return case["peak"] if "peak" in case else case["per_day"] * case["busiest_hour"] / 3600


def month(case: Case, growth: float) -> int:
    """The last whole month of 0 to 36 in which the wait holds; -1 where it does not hold now."""
    held = -1
    for at in range(MONTHS + 1):
        if waiting(load_now(case) * growth ** (at / 12), case["each"], case["servers"]) > case["wait"]:
            break
        held = at
    return held


def headroom(case: Case) -> list[int]:
    """The months left at the high growth, then at the low one."""
    low, high = case["growth"]
    return [month(case, high), month(case, low)]


def clear(case: Case) -> bool:
    """Whether no month that decides lies within one percent of the limit."""
    for growth in case["growth"]:
        held = month(case, growth)
        for at in (held, held + 1):
            wait = waiting(load_now(case) * growth ** (at / 12), case["each"], case["servers"])
            if 0 <= at <= MONTHS and abs(wait / case["wait"] - 1) < 0.01:
                return False
    return True


def worth(one: Case, years: int) -> float:
    """Euros over the years: what it brings, less learning, running and leaving."""
    brings, runs = one["brings"] * years, one["runs"] * years
    return brings - runs - one["learn_weeks"] * WEEK - one["leave_chance"] * one["leave_weeks"] * WEEK


def allowed(one: Case) -> bool:
    """Whether two can be woken for it, where somebody has to be."""
    return not one["woken"] or one["can"] + one["learn"] >= 2


def spendings(case: Case) -> list[tuple[float, list[str]]]:
    """Every set that may be chosen, the best first."""
    open_to = [one for one in case["options"] if allowed(one)]
    found = []
    for size in range(len(open_to) + 1):
        for chosen in itertools.combinations(open_to, size):
            jobs = [one["job"] for one in chosen]
            if len(set(jobs)) == len(jobs) and sum(one["token"] for one in chosen) <= case["tokens"]:
                total = sum(worth(one, case["years"]) for one in chosen)
                found.append((total, sorted(one["id"] for one in chosen)))
    return sorted(found, key=lambda one: -one[0])


def spend(case: Case) -> list[str]:
    """The ids of the best set, in order of the alphabet."""
    return spendings(case)[0][1]


def last_start(end: datetime.date, weeks: int, frozen: list[list[str]]) -> datetime.date:
    """The last day to begin on: seven times ``weeks`` days that are not frozen lie between it and ``end``."""
    day, left = end, weeks * 7
    while left:
        day -= datetime.timedelta(1)
        left -= not any(first <= day.isoformat() <= last for first, last in frozen)
    return day


def ends(case: Case, name: str) -> str | None:
    """When a thing ends: with the first of what it is and what it stands on."""
    one = next(one for one in case["stack"] if one["id"] == name)
    days = [one["ends"], *(ends(case, below) for below in one["on"])]
    return min((day for day in days if day), default=None)


def calendar(case: Case) -> dict[str, str | None]:
    """For each thing the last day to begin its replacement on, or None where no end is known."""
    found = {}
    for one in case["stack"]:
        end = ends(case, one["id"])
        begin = last_start(datetime.date.fromisoformat(end), one["weeks"], case["frozen"]) if end else None
        found[one["id"]] = begin.isoformat() if begin else None
    return found


def misread(case: Case, kind: str) -> list[list[int]]:
    """What the usual mistakes make of a case: one fast worker in place of several, the mean of the day."""
    one_fast = {**case, "servers": 1, "each": case["each"] / case["servers"]}
    mean = {**case, "busiest_hour": 1 / 24}
    return {"one": [], "several": [headroom(one_fast), headroom({**case, "servers": 1})], "busy": [headroom(mean)]}[
        kind
    ]


def a_load(luck: random.Random, kind: str) -> Case:
    """A load as the group ``kind`` has it."""
    servers = 1 if kind == "one" else luck.randint(2, 12)
    each = luck.choice([0.002, 0.004, 0.01, 0.025, 0.05])
    wait = round(each * luck.choice([0.5, 1, 2, 4]), 4)
    load = round(servers / each * luck.uniform(0.08, 0.6), 1)
    growth = sorted([luck.choice([1.3, 1.5, 2]), luck.choice([3, 4, 8])])
    case: Case = {"growth": growth, "servers": servers, "each": each, "wait": wait}
    if kind != "busy":
        return {"peak": load, **case}
    share = luck.choice([0.08, 0.1, 0.14, 0.2])
    return {"per_day": round(load * 3600 / share, -3), "busiest_hour": share, **case}


def loads(luck: random.Random) -> dict[str, Group]:
    """Six cases a group, one of them over its limit today."""
    words = {
        "one": "one worker, the peak given",
        "several": "several workers beside each other, the peak given",
        "busy": "a day's jobs given, and the busiest hour's share of them",
    }
    found: dict[str, Group] = {}
    for kind, label in words.items():
        group: Group = []
        while len(group) < 6:
            case = a_load(luck, kind)
            if len(group) == 5:
                case["wait"] = round(waiting(load_now(case), case["each"], case["servers"]) * 0.7, 6)
            right = headroom(case)
            taken = [*(r for *_, r in group), *(misread(case, kind) if len(group) < 5 else [])]
            if case["wait"] and clear(case) and (-1 in right) == (len(group) == 5) and right not in taken:
                group.append((label if right[0] >= 0 else "a wait that does not hold even now", case, right))
        found[kind] = group
    return found


NAMES = (
    "stream engine",
    "graph store",
    "search engine",
    "new language",
    "workflow engine",
    "feature store",
    "rules engine",
)


def an_option(luck: random.Random, name: str, job: str, token: int) -> Case:
    """Something to spend on; what costs no token is known to more people."""
    return {
        "id": name.replace(" ", "_"),
        "job": job,
        "token": token,
        "brings": luck.randrange(10, 120) * 1000,
        "learn_weeks": luck.randint(2, 14) if token else luck.randint(0, 2),
        "runs": luck.randrange(2, 50) * 1000,
        "leave_chance": luck.choice([0.1, 0.2, 0.3, 0.5]),
        "leave_weeks": luck.choice([4, 8, 12, 20, 30]),
        "can": luck.randint(0, 3) if token else luck.randint(2, 5),
        "learn": luck.randint(0, 2),
        "woken": luck.random() < 0.7,
    }


def a_choice(luck: random.Random, kind: str) -> Case:
    """Four options, and two plain ones beside them where the group is about the budget."""
    names = luck.sample(NAMES, 4)
    options = [an_option(luck, name, name.split()[0], 1) for name in names]
    if kind == "worth":
        for one in options:
            one |= {"can": 2, "learn": 1}
        return {"tokens": 4, "years": luck.randint(2, 4), "options": options}
    if kind == "pager":
        for one in options[:2]:
            one |= {"woken": True, "can": luck.randint(0, 1), "learn": 0, "brings": one["brings"] + 60_000}
        return {"tokens": 3, "years": luck.randint(2, 4), "options": options}
    for one in options:
        one |= {"can": 2, "brings": one["brings"] + 30_000}
    known = [an_option(luck, f"plain {one['job']}", one["job"], 0) for one in options[:2]]
    return {"tokens": luck.randint(0, 2), "years": luck.randint(2, 4), "options": [*options, *known]}


def rank_and_file(case: Case, kind: str) -> bool:
    """Whether the case is about what its group is about: the careless answer to it is another one."""
    every = spendings(case)
    if len(every) < 2 or every[0][0] - every[1][0] < 2_000:
        return False
    never_left = spend({**case, "options": [{**one, "leave_weeks": 0} for one in case["options"]]})
    rough = {
        "worth": [never_left, spend({**case, "options": [{**one, "learn_weeks": 0} for one in case["options"]]})],
        "pager": [spend({**case, "options": [{**one, "woken": False} for one in case["options"]]})],
        "budget": [spend({**case, "tokens": 9})],
    }[kind]
    return bool(every[0][1]) and every[0][1] not in rough


def choices(luck: random.Random) -> dict[str, Group]:
    """Six cases a group."""
    words = {
        "worth": "tokens for all of them, and one that costs more than it brings",
        "pager": "one that looks best and that fewer than two can be woken for",
        "budget": "fewer tokens than good uses for them, and plain ways to do the same job",
    }
    found: dict[str, Group] = {}
    for kind, label in words.items():
        group: Group = []
        while len(group) < 6:
            case = a_choice(luck, kind)
            if rank_and_file(case, kind):
                group.append((label, case, spend(case)))
        found[kind] = group
    return found


THINGS = ("web framework", "language runtime", "database", "message broker", "base image", "test runner")


def one_level(case: Case) -> dict[str, str | None]:
    """The calendar of somebody who looks at what is directly beneath, and no further."""
    own = {one["id"]: one["ends"] for one in case["stack"]}
    flat = []
    for one in case["stack"]:
        near = [day for day in (one["ends"], *(own[below] for below in one["on"])) if day]
        flat.append({**one, "ends": min(near, default=None), "on": []})
    return calendar({**case, "stack": flat})


def a_stack(luck: random.Random, kind: str) -> Case:
    """Three or four things; the first of them ends near a frozen stretch, or stands on the second on the third."""
    stack = []
    for name in luck.sample(THINGS, luck.randint(3, 4)):
        end = datetime.date(2027, 1, 15) + datetime.timedelta(luck.randrange(0, 700))
        stack.append({"id": name.replace(" ", "_"), "ends": end.isoformat(), "weeks": luck.randint(1, 14), "on": []})
    frozen = [["2026-12-14", "2027-01-10"], ["2027-12-13", "2028-01-09"]]
    if kind != "plain":
        stack[0]["ends"] = luck.choice(["2027-01-31", "2028-01-31", "2028-02-15"])
        stack[0]["weeks"] = luck.randint(4, 10)
    if kind == "beneath":
        stack[0]["on"], stack[1]["on"] = [stack[1]["id"]], [stack[2]["id"]]
        stack[1]["ends"] = None
        luck.shuffle(stack)
    return {"frozen": frozen if kind != "plain" else [], "stack": stack}


def calendars(luck: random.Random) -> dict[str, Group]:
    """Five cases a group."""
    words = {
        "plain": "nothing frozen, nothing beneath",
        "frozen": "weeks before the end in which nothing is released",
        "beneath": "something that stands on what ends before it",
    }
    found: dict[str, Group] = {}
    for kind, label in words.items():
        group: Group = []
        while len(group) < 5:
            case = a_stack(luck, kind)
            right = calendar(case)
            careless = {
                "plain": [],
                "frozen": [calendar({**case, "frozen": []})],
                "beneath": [calendar({**case, "stack": [{**one, "on": []} for one in case["stack"]]})],
            }[kind]
            if kind == "beneath" and len(group) >= 2:
                careless.append(one_level(case))
            if right not in careless:
                group.append((label, case, right))
        found[kind] = group
    return found


def block(groups: dict[str, Group]) -> str:
    """The groups as they stand in the key file."""
    lines = ["    groups:"]
    for name, cases in groups.items():
        lines.append(f"      {name}:")
        for label, case, right in cases:
            lines += [
                f"        - label: {json.dumps(label)}",
                f"          input: {json.dumps(case)}",
                f"          right: {json.dumps(right)}",
            ]
    return "\n".join(lines) + "\n"


def made() -> dict[str, dict[str, Group]]:
    """All that is hidden, by answer."""
    luck = random.Random(SEED)  # noqa: S311 - invented cases, not a secret
    return {"headroom": loads(luck), "spend": choices(luck), "calendar": calendars(luck)}


def written(text: str) -> str:
    """The key file with its generated parts made anew."""
    blocks = {name: block(groups).removesuffix("\n") for name, groups in made().items()}
    return with_blocks(text, KEYS, blocks)


def main() -> None:
    """Write, or check."""
    settle({KEYS: written(KEYS.read_text(encoding="utf-8"))}, "make_designs.py")


if __name__ == "__main__":
    main()
