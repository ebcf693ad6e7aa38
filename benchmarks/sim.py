"""How fast the team simulation is: all seeds in lock-step against the plain loop, one seed after the other.

Both play the same reference policies on the same seeds and draw their own luck; their state hashes are compared, and
where two differ the benchmark stops. Lock-step runs the policies on arrays (references.py), or as the plain functions a
learner writes (readable.py); the plain loop runs the plain functions. Times are CPU time of this process, which hardly
minds a busy machine; a ratio comes from one round, in which both took turns. Quote ratios, not seconds.

    python benchmarks/sim.py --quick      under a minute, with the ratios in its last line
    python benchmarks/sim.py              three rounds, then how it grows with people, weeks and seeds
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from leadgym.sim import READABLE, REFERENCES, Person, Team, ledger_team, run, world
from leadgym.sim.plain import PlainRun

POLICIES = ("strict hero", "soft hero", "round robin", "stretch everything", "60/40 with one paired stretch")
SEEDS = 30
MANY = 100
PLAIN = 6
"""Seeds the plain loop plays in a round; it takes the same time for each."""


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what came of it."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def in_turn(functions: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A policy's functions for the plain loop, asked in the order in which the lock-step asks them."""

    def decide(seen: dict[str, Any]) -> dict[str, Any]:
        decisions: dict[str, Any] = {}
        if seen["day"] == "Monday" and seen["half"] == "morning":
            decisions["calendar"] = functions["calendar"](seen)
            seen["coding"] = decisions["calendar"]["coding"]
        seen["assigned"] = decisions["assign"] = functions["assign"](seen)
        if "pair" in functions:
            decisions["pair"] = functions["pair"](seen)
        return decisions

    return decide


def plain(name: str, seeds: range) -> list[str]:
    """State hashes after a quarter, seed by seed."""
    decide = in_turn(dict(READABLE[name]))
    return [PlainRun(world([seed], ledger_team()), 0).play(decide).fingerprint() for seed in seeds]


def round_of(name: str) -> dict[str, float]:
    """CPU milliseconds a seed for each way to play ``name``."""
    loop, hashes = cpu(lambda: plain(name, range(PLAIN)))
    few, arrays = cpu(lambda: run(REFERENCES[name], range(SEEDS)))
    many, _ = cpu(lambda: run(REFERENCES[name], range(MANY)))
    asked, functions = cpu(lambda: run(READABLE[name], range(SEEDS)))
    for way, result in (("arrays", arrays), ("functions", functions)):
        if result.fingerprints()[:PLAIN] != hashes:
            sys.exit(f"{name}: lock-step with {way} ends in another state than the plain loop.")
    each = {"plain": loop / PLAIN, "few": few / SEEDS, "many": many / MANY, "asked": asked / SEEDS}
    return {way: 1000 * seconds for way, seconds in each.items()}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, and no growth")
    quick = parser.parse_args().quick
    run(REFERENCES["soft hero"], range(2))  # imports and tables are read
    print(f"CPU milliseconds a seed, 13 weeks, five people; hashes of {PLAIN} seeds compared\n")
    print(f"{'':32}{'plain':>8}{f'{SEEDS} seeds':>10}{f'{MANY} seeds':>11}{f'functions, {SEEDS}':>15}{'ratios':>20}")
    ratios: dict[str, list[float]] = {"few": [], "many": [], "asked": []}
    for _ in range(1 if quick else 3):
        for name in POLICIES:
            took = round_of(name)
            now = {way: took["plain"] / took[way] for way in ratios}
            for way, ratio in now.items():
                ratios[way].append(ratio)
            shown = "".join(f"{ratio:6.1f}" for ratio in now.values())
            print(
                f"{name:32}{took['plain']:8.1f}{took['few']:10.1f}{took['many']:11.1f}{took['asked']:15.1f}{shown:>20}",
                flush=True,
            )
    if not quick:
        growth()
    start = time.perf_counter()
    spent, _ = cpu(lambda: run(READABLE[POLICIES[-1]], range(SEEDS)))
    wall = time.perf_counter() - start
    print(f"\n{SEEDS} seeds with a policy of plain functions: {spent:.2f} s CPU, {wall:.2f} s by the clock")
    few, many, asked = (median(ratios[way]) for way in ("few", "many", "asked"))
    print(
        f"hashes identical; lock-step against the plain loop: {few:.1f}x with {SEEDS} seeds, {many:.1f}x with {MANY}; "
        f"with plain functions {asked:.1f}x"
    )


def growth() -> None:
    """CPU milliseconds a seed with more people, more weeks, more seeds."""
    policy = REFERENCES["soft hero"]
    print("\nHow lock-step grows (soft hero): CPU milliseconds a seed")
    for people in (5, 10, 20):
        spent, _ = cpu(lambda n=people: run(policy, range(SEEDS), team=crowd(n)))
        print(f"  {people:4} people, 13 weeks, {SEEDS:4} seeds {1000 * spent / SEEDS:8.1f}", flush=True)
    for weeks in (13, 26, 52):
        spent, _ = cpu(lambda n=weeks: run(policy, range(SEEDS), team=crowd(5, weeks=n), weeks=n))
        print(f"     5 people, {weeks:2} weeks, {SEEDS:4} seeds {1000 * spent / SEEDS:8.1f}", flush=True)
    for seeds in (1, 10, 30, 100, 300, 1000):
        spent, _ = cpu(lambda n=seeds: run(policy, range(n)))
        print(f"     5 people, 13 weeks, {seeds:4} seeds {1000 * spent / seeds:8.1f}", flush=True)


def crowd(people: int, weeks: int = 13) -> Team:
    """A team of ``people`` made of the ledger team's, with a board and a backlog that keep them busy."""
    team = ledger_team()
    size = len(team.people)
    colleagues = [
        Person(name=f"{team.people[i % size].name} {i // size}".removesuffix(" 0"), skills=team.people[i % size].skills)
        for i in range(people)
    ]
    times = -(-people // size)
    epics = team.epics * times * -(-weeks // 13)
    return team.model_copy(update={"people": colleagues, "board": team.board * times, "epics": epics})


if __name__ == "__main__":
    main()
