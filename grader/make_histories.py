"""Make what module 07 keeps hidden: histories with their ends held out, exports to forecast from, forty autumns.

The pack is `leadgym forecast --sample` (`leadgym.tools.forecast.sample`); everything else comes from one seed. Writes
`solutions/07_feasibility/data/ledger_tracker.csv`, the two files of public examples beside it, and what stands between
the marker lines of `grader/keys/07_feasibility.yaml`; `--check` writes nothing and fails where they differ.

    python grader/make_histories.py [--check]
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from leadgym.course.generated import settle, with_blocks
from leadgym.tools.forecast.numbers import chance_of
from leadgym.tools.forecast.sample import FINISHED, sample_csv

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "solutions/07_feasibility/data"
KEYS = ROOT / "grader/keys/07_feasibility.yaml"
SEED = 70_007
HISTORIES = 70_477
"""The first seed from SEED on with which `tells` holds of the histories."""
AUTUMNS = 40
NEAR = 0.06
"""The autumns are the first from SEED on that lie this near to the chances of the pack, for every event: an honest
reader of the pack should not lose by the luck of forty draws."""
APART = 0.05
"""How far the chance of each number of weeks lies from the level asked for: two thousand draws find the right one."""
AHEAD = (3, 5, 8, 10)
SURE = (0.85, 0.5, 0.85, 0.85, 0.85, 0.5, 0.85, 0.85)
PER_GROUP = 40
RECENT = 10
FAR = 1.5
LONG_RUN = {
    "steady": {
        "the mean taken for certain": 0.031, "eight or two in ten by the mean": 0.011, "all weeks": -0.012,
        "the last 10": 0.005, "the last 12": 0.001, "a week too few": 0.014,
    },
    "changed": {
        "always one half": 0.11, "eight or two in ten by the mean": 0.096, "all weeks": 0.094,
        "the last 10": -0.006, "the last 12": -0.009, "a week too few": 0.089,
    },
}  # fmt: skip
"""How far above the careful rule's score these lie on two thousand histories of each kind (`long_run`)."""
LIKE = 0.015
"""How near to that they come on the histories that are kept, or luck would decide between them."""
MARGIN = 0.025
"""By how much the careful rule beats the best of the baselines: the way from nothing to all points."""
LENIENT = 0.004
"""What the reference's score is rounded up by: drawing instead of adding up exactly should cost nobody a point."""


def counts(luck: np.random.Generator, mean: float, weeks: int, idle: float = 0.05) -> list[int]:
    """Items a week: a gamma mixture of Poisson draws, with now and then a week of nothing."""
    rates = luck.gamma(6.0, mean / 6.0, weeks)
    return [0 if luck.random() < idle else int(luck.poisson(rate)) for rate in rates]


# ---------------------------------------------------------------- weeks_needed


def weeks_of(case: dict) -> list[int]:
    """The whole weeks of a case: the rule of the exercise, written down once more."""
    first, last = (dt.date.fromisoformat(case[name]) for name in ("first_day", "last_day"))
    monday = first + dt.timedelta(days=-first.weekday() % 7)
    found = []
    while monday + dt.timedelta(days=4) <= last:
        found.append(case["done"].get(monday.isoformat(), 0))
        monday += dt.timedelta(weeks=1)
    return found


def exact(history: list[int], items: int, sure: float) -> tuple[int, float]:
    """The smallest number of weeks that is sure enough, and how near the level comes to its chances."""
    one, total = np.bincount(history) / len(history), np.ones(1)
    week, before, chance = 0, 0.0, 0.0
    while chance < sure:
        total, before, week = np.convolve(total, one), chance, week + 1
        chance = float(total[items:].sum())
    return week, min(chance - sure, sure - before)


def export(luck: np.random.Generator, trap: str, sure: float) -> tuple[dict, int]:
    """A case in which ``trap`` makes the difference at that level, and what is right for it."""
    while True:
        weeks = int(luck.integers(12, 21))
        idle = 0.3 if trap == "gaps" else 0.0
        history = counts(luck, float(luck.uniform(2.5, 7)), weeks, idle)
        if trap == "gaps" and history.count(0) < 3:
            continue
        if trap != "gaps":
            history = [max(1, count) for count in history]
        if history[0] == 0 or history[-1] == 0:
            continue
        monday = dt.date(2025, 1, 6) + dt.timedelta(weeks=int(luck.integers(0, 60)))
        done = {(monday + dt.timedelta(weeks=k)).isoformat(): n for k, n in enumerate(history) if n}
        first, last = monday, monday + dt.timedelta(days=7 * weeks - 3)
        if trap == "edges":
            first -= dt.timedelta(days=int(luck.integers(4, 6)))
            done[(monday - dt.timedelta(weeks=1)).isoformat()] = int(luck.integers(0, 2))
            last = monday + dt.timedelta(days=7 * weeks + int(luck.integers(0, 2)))
            done[(monday + dt.timedelta(weeks=weeks)).isoformat()] = int(luck.integers(0, 2))
            done = {day: n for day, n in sorted(done.items()) if n}
        case = {
            "done": done, "first_day": first.isoformat(), "last_day": last.isoformat(),
            "items": int(luck.integers(15, 60)), "sure": sure,
        }  # fmt: skip
        right, apart = exact(weeks_of(case), case["items"], case["sure"])
        naive = {
            "plain": -(-case["items"] * weeks // sum(history)) if case["sure"] > 0.5 else 0,
            "gaps": exact([n for n in history if n], case["items"], case["sure"])[0],
            "edges": exact([*history, 1, 1] if len(done) > weeks else history, case["items"], case["sure"])[0],
        }
        if apart >= APART and naive[trap] != right and weeks_of(case) == history and right <= 30:
            return case, right


LABELS = {
    "plain": "an export in which each week has something",
    "gaps": "an export in which some weeks are missing, because nothing was finished in them",
    "edges": "an export that begins and ends in the middle of a week",
}


# ---------------------------------------------------------------- chance_done


def told(history: list[int], tail: list[int], luck: np.random.Generator) -> list[dict]:
    """Four cases of one history, all with the same end held out."""
    found = []
    recent = float(np.mean(history[-RECENT:]))
    for weeks in AHEAD:
        items = max(1, round(recent * weeks * float(luck.uniform(0.3, 1.9))))
        found.append(
            {"input": {"history": history, "items": items, "weeks": weeks}, "came": sum(tail[:weeks]) >= items}
        )
    return found


def steady(luck: np.random.Generator) -> list[dict]:
    """A team whose weeks go on as they were."""
    weeks, mean = int(luck.integers(18, 31)), float(luck.uniform(2.5, 8))
    whole = counts(luck, mean, weeks + max(AHEAD))
    return told(whole[:weeks], whole[weeks:], luck)


def changed(luck: np.random.Generator) -> list[dict]:
    """A team that became faster or slower ten to twelve weeks ago, and stays so."""
    before, after = int(luck.integers(12, 19)), int(luck.integers(10, 13))
    mean = float(luck.uniform(3, 7))
    other = mean * float(luck.choice([0.3, 0.4, 2.2, 2.6]))
    history = counts(luck, mean, before) + counts(luck, other, after)
    return told(history, counts(luck, other, max(AHEAD)), luck)


def brier(cases: list[dict], forecaster) -> float:
    """The mean Brier score of a rule."""
    return float(np.mean([(forecaster(case["input"]) - case["came"]) ** 2 for case in cases]))


def all_weeks(case: dict) -> float:
    """The plain bootstrap on everything, a touch away from certainty."""
    n = len(case["history"])
    return (n * chance_of(case["history"], case["items"], case["weeks"]) + 0.5) / (n + 1)


def careful(case: dict) -> float:
    """The plain bootstrap: on the last ten weeks where their mean is far from that of the weeks before, else on all."""
    old, new = np.array(case["history"][:-RECENT]), np.array(case["history"][-RECENT:])
    apart = abs(new.mean() - old.mean()) / np.sqrt(old.var() / len(old) + new.var() / len(new) + 1e-9)
    return all_weeks({**case, "history": list(map(int, new))} if apart > FAR else case)


BASELINES = {
    "always one half": lambda case: 0.5,
    "the mean taken for certain": lambda case: float(np.mean(case["history"]) * case["weeks"] >= case["items"]),
    "the slowest quarter of the weeks taken for certain": lambda case: float(
        np.quantile(case["history"], 0.25) * case["weeks"] >= case["items"]
    ),
}


def the_last(weeks: int) -> Callable[[dict], float]:
    """The plain bootstrap on so many weeks, whatever came before."""
    return lambda case: all_weeks({**case, "history": case["history"][-weeks:]})


RULES = {
    **BASELINES, "all weeks": all_weeks, "careful": careful, "the last 10": the_last(10), "the last 12": the_last(12),
    "a week too few": lambda case: all_weeks({**case, "weeks": case["weeks"] - 1}),
    "eight or two in ten by the mean": lambda case: 0.2 + 0.6 * BASELINES["the mean taken for certain"](case),
}  # fmt: skip
"""What a learner may well hand in."""


def held_out(seed: int = HISTORIES, histories: int = PER_GROUP) -> dict[str, list[dict]]:
    """The cases of each group: two of each history, by turns the first and third and the second and fourth."""
    luck = np.random.default_rng(seed)
    return {
        "steady": [case for turn in range(histories) for case in steady(luck)[turn % 2 :: 2]],
        "changed": [case for turn in range(histories) for case in changed(luck)[turn % 2 :: 2]],
    }


def above_careful(name: str, cases: list[dict]) -> dict[str, float]:
    """How far the rules of LONG_RUN lie above the careful one."""
    least = brier(cases, careful)
    return {rule: brier(cases, RULES[rule]) - least for rule in LONG_RUN[name]}


def long_run(histories: int = 2000) -> dict[str, dict[str, float]]:
    """The same, with so many histories that luck hardly counts."""
    return {name: above_careful(name, cases) for name, cases in held_out(1, histories).items()}


def tells(groups: dict[str, list[dict]]) -> bool:
    """Whether luck does not decide the mark: beside the careful rule, each does as in the long run."""
    return all(
        0.35 < np.mean([case["came"] for case in cases]) < 0.65
        and min(brier(cases, rule) for rule in BASELINES.values()) - brier(cases, careful) > MARGIN
        and all(abs(far - LONG_RUN[name][rule]) < LIKE for rule, far in above_careful(name, cases).items())
        for name, cases in groups.items()
    )


# ---------------------------------------------------------------- chances

EVENTS = {
    "all_on_day": "Ten weeks, fifty items. Draw ten of the 26 weeks, add them up, count how often fifty is reached.",
    "small_early": "Four weeks are one fewer than twenty divided by the mean would need, before any bad week has come.",
    "thirty_six": "Four fewer than the mean gives for ten weeks. Ten weeks even out a good deal, and not all of it.",
    "all_by_18": "Fourteen weeks. The mean would need a little over twelve; ask how often two weeks of air are enough.",
    "an_eight": "One week of the 26 had eight. Ten tries, each with that chance; ask first how often none is one.",
    "two_idle": "Two weeks of the 26 had nothing. Two of them side by side, at nine places: rare, and not never.",
}


def experts() -> dict[str, float]:
    """The chances that follow from the 26 weeks, if weeks come independently of each other."""
    idle = FINISHED.count(0) / len(FINISHED)
    calm = np.array([1.0, 0.0])  # no two in a row so far: the last week had something, or nothing
    for _ in range(10):
        calm = np.array([(calm[0] + calm[1]) * (1 - idle), calm[0] * idle])
    return {
        "all_on_day": chance_of(FINISHED, 50, 10),
        "small_early": chance_of(FINISHED, 20, 4),
        "thirty_six": chance_of(FINISHED, 36, 10),
        "all_by_18": chance_of(FINISHED, 50, 14),
        "an_eight": 1 - (1 - sum(n >= 8 for n in FINISHED) / len(FINISHED)) ** 10,
        "two_idle": float(1 - calm.sum()),
    }


def came(seed: int) -> dict[str, int]:
    """In how many of the autumns each event came."""
    luck, found = np.random.default_rng(seed), dict.fromkeys(EVENTS, 0)
    for _ in range(AUTUMNS):
        weeks = luck.choice(np.array(FINISHED), 14)
        done = np.cumsum(weeks)
        found["all_on_day"] += int(done[9] >= 50)
        found["small_early"] += int(done[3] >= 20)
        found["thirty_six"] += int(done[9] >= 36)
        found["all_by_18"] += int(done[13] >= 50)
        found["an_eight"] += int((weeks[:10] >= 8).any())
        found["two_idle"] += int(((weeks[:9] == 0) & (weeks[1:10] == 0)).any())
    return found


def autumn_seed() -> int:
    """The first seed whose autumns lie near enough to the pack."""
    expert, seed = experts(), SEED
    while any(abs(times / AUTUMNS - expert[name]) > NEAR for name, times in came(seed).items()):
        seed += 1
    return seed


# ---------------------------------------------------------------- files


def keys() -> dict[str, str]:
    """The text between each pair of marker lines."""
    luck = np.random.default_rng(SEED)
    needed = ["    groups:"]
    for trap, label in LABELS.items():
        needed.append(f"      {trap}:")
        for sure in SURE:
            case, right = export(luck, trap, sure)
            needed += [f"        - label: {label}", f"          right: {right}", f"          input: {json.dumps(case)}"]
    done = ["    held_out:"]
    for name, cases in held_out().items():
        scores = {rule: round(brier(cases, said), 4) for rule, said in BASELINES.items()}
        done += [f"      {name}:", f"        baselines: {json.dumps(scores)}"]
        done += [f"        reference: {brier(cases, careful) + LENIENT:.4f}", "        cases:"]
        done += [f"          - {json.dumps(case)}" for case in cases]
    expert, seed = experts(), autumn_seed()
    times = came(seed)
    chances = [f"    seed: {seed}", "    events:"]
    for name, why in EVENTS.items():
        chances.append(f"      {name}:")
        chances.append(f"        {{happened: {times[name]}, of: {AUTUMNS}, expert: {expert[name]:.3f},")
        chances.append(f"         why: {json.dumps(why)}}}")
    return {"weeks_needed": "\n".join(needed), "chance_done": "\n".join(done), "chances": "\n".join(chances)}


def examples() -> dict[str, str]:
    """The public examples, made with other luck than what is hidden."""
    luck = np.random.default_rng(1)
    needed = ["# Made by grader/make_histories.py.", "title: Three exports, and the weeks they need", "examples:"]
    for trap, label in LABELS.items():
        case, right = export(luck, trap, 0.85)
        needed += [f"  # {label}", f"  - input: {json.dumps(case)}", f"    right: {right}"]
    done = ["# Made by grader/make_histories.py.", "title: Four histories, and what came of them", "examples:"]
    for maker in (steady, steady, changed, changed):
        done += [f"  - {json.dumps(case)}" for case in maker(luck)]
    return {"weeks_needed.yaml": "\n".join(needed) + "\n", "chance_done.yaml": "\n".join(done) + "\n"}


def main() -> None:
    """Write, or check."""
    files = {
        DATA / "ledger_tracker.csv": sample_csv(),
        KEYS: with_blocks(KEYS.read_text(encoding="utf-8"), KEYS, keys()),
    }
    settle({**files, **{DATA / name: text for name, text in examples().items()}}, "make_histories.py")


if __name__ == "__main__":
    main()
