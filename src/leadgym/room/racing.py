"""Runs a policy race in a process of its own: the room's votes and screens do not wait for it.

``python -m leadgym.room.racing`` reads policies, away, luck and runs as JSON from its input and prints the result.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from leadgym.room.race import FIRST, NEITHER, SECOND, WEEKS, Key, Raced, Week, read
from leadgym.sim import REFERENCES
from leadgym.sim.numbers import Floats
from leadgym.widgets.race import Entry, Race
from leadgym.widgets.race_words import Standing, differences, rows, takeaway

RUNS = 30
"""How many quarters: as many as the lesson's race has."""
LONGEST = 60.0
"""Seconds after which a race is given up: it takes one or two on a quiet machine."""
LUCKS = 10_000


class RacingProblem(Exception):
    """A race could not be run, with what to do."""


def luck_of(seed: int, storys: int) -> int:
    """Which set of quarters a session races: with the story's own seed the lesson's, otherwise another."""
    return (seed - storys) % LUCKS


def race(key: Key, luck: int, runs: int = RUNS) -> Raced:
    """Run the race here and now."""
    names, away = key
    made = Race([Entry(name, REFERENCES[name]) for name in names], runs, WEEKS)
    one, other = made.standings(names, away, luck)
    return Raced(
        policies=names, away=away, runs=runs, weeks=tuple(_week(one, other, week) for week in range(1, WEEKS + 1))
    )


def _week(one: Standing, other: Standing, week: int) -> Week:
    mine, theirs = one.result.value[:, week - 1], other.result.value[:, week - 1]
    apart = differences(one, other, week)["value"]
    more = NEITHER if not apart.clear else FIRST if apart.mean > 0 else SECOND
    return Week(
        value=_pair(mine.mean(), theirs.mean()),
        low=_pair(np.percentile(mine, 10), np.percentile(theirs, 10)),
        high=_pair(np.percentile(mine, 90), np.percentile(theirs, 90)),
        ahead=(_ahead(mine, theirs), _ahead(theirs, mine)),
        more=more,
        says=takeaway(one, other, week),
        rows=tuple(rows(one, other, week)),
    )


def _pair(one: float, other: float) -> tuple[float, float]:
    return round(float(one), 1), round(float(other), 1)


def _ahead(one: Floats, other: Floats) -> int:
    return int((one - other > 1e-6).sum())  # sums of the same hours in another order are equal


def raced(key: Key, luck: int, runs: int = RUNS) -> Raced:
    """Run the race in a process of its own, and wait for it. Raises RacingProblem."""
    asked = json.dumps({"policies": key[0], "away": key[1], "luck": luck, "runs": runs})
    try:
        done = subprocess.run(
            # -P: the folder the server runs in is the facilitator's, and may have a numpy.py in it.
            [sys.executable, "-P", "-m", __name__],
            input=asked,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=True,
        )
        return read(json.loads(done.stdout))
    except subprocess.TimeoutExpired as late:
        raise RacingProblem(f"The race took longer than {LONGEST:.0f} seconds. Press again.") from late
    except (subprocess.CalledProcessError, OSError, ValueError) as problem:
        raise RacingProblem(f"The race could not be run ({type(problem).__name__}). Press again.") from problem


def main() -> None:
    """Run the race that the input asks for, and print it."""
    asked = json.load(sys.stdin)
    found = race((tuple(asked["policies"]), asked["away"]), asked["luck"], asked["runs"])
    print(found.model_dump_json())


if __name__ == "__main__":
    main()
