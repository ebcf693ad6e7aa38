"""``race(mine, other)``: two policies on the same luck, watched week by week. Nothing is saved or sent."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from IPython.display import display

from leadgym.sim import PARTS, REFERENCES, Reference, Result, lead_away, run
from leadgym.sim.run import Policy
from leadgym.widgets.race_words import Standing, in_words, problems
from leadgym.widgets.submit import headless

Asked = str | Callable[[dict[str, Any]], Any] | Mapping[str, Callable[[dict[str, Any]], Any]]
"""What a learner races: a reference's name, an ``assign``, or functions by part."""

AWAY_WEEKS = 4
MOST_SEEDS = 200
_LINES, _LINE = 3, 160
STALE = "Run this cell to race again; nothing of a race is saved."


class RaceProblem(ValueError):
    """Why there can be no such race, and the mend."""


@dataclass(frozen=True)
class Entry:
    """A policy in a race, under the name it goes by on the screen."""

    name: str
    policy: Policy


def entry(asked: Asked, own: str) -> Entry:
    """``asked`` as an entry; one that has no name of its own is called ``own``. Raises RaceProblem."""
    if isinstance(asked, str):
        if asked not in REFERENCES:
            names = ", ".join(f'"{name}"' for name in REFERENCES)
            raise RaceProblem(
                f'There is no policy called "{asked[:80]}". There are: {names}. Or give your own function.'
            )
        return Entry(asked, REFERENCES[asked])
    if callable(asked):
        return Entry(own, {"assign": asked})
    if not isinstance(asked, Mapping) or not asked:
        raise RaceProblem(
            'A race takes a function that hands out tickets, a dict such as {"assign": assign}, or a name in quotes. '
            f"This is a {type(asked).__name__}; if it is what your function returned, leave out the brackets."
        )
    for part, function in asked.items():
        if part not in PARTS:
            raise RaceProblem(f"A policy has no part '{part}'. The parts are {', '.join(PARTS)}.")
        if not callable(function):
            raise RaceProblem(f"The part '{part}' has to be a function, without brackets behind its name.")
    return Entry(own, dict(asked))


class Race:
    """Policies on the same seeds, each quarter played once and remembered."""

    def __init__(self, entries: Sequence[Entry], seeds: int = 30, weeks: int = 13) -> None:
        self.entries, self.runs, self.weeks = tuple(entries), seeds, weeks
        self._played: dict[tuple[str, int, int], Result] = {}
        self._printed: dict[str, str] = {}

    def result(self, name: str, away: int = 0, luck: int = 0) -> Result:
        """The quarter of the entry ``name``; the lead is away for four weeks from week ``away`` (0: never).
        ``luck`` numbers sets of seeds."""
        key = (name, away, luck)
        if key not in self._played:
            policy = self._entry(name).policy
            first = 1 + luck * self.runs
            shocks = [lead_away(away, min(AWAY_WEEKS, self.weeks - away + 1))] if away else []
            # It is asked some thousand times; what it prints each time would bury the race.
            with redirect_stdout(StringIO()) as printed:
                self._played[key] = run(policy, range(first, first + self.runs), weeks=self.weeks, shocks=shocks)
            self._printed[name] = printed.getvalue()
        return self._played[key]

    def standings(self, names: Sequence[str], away: int = 0, luck: int = 0) -> list[Standing]:
        """What is known of each of ``names``: its quarter, and with ``away`` the same without the absence."""
        return [
            Standing(name, self.result(name, away, luck), self.result(name, 0, luck) if away else None)
            for name in names
        ]

    def who(self, names: Sequence[str]) -> list[str]:
        """What each of ``names`` does, in a sentence."""
        return [f"{name[:1].upper()}{name[1:]}: {_says(self._entry(name).policy)}" for name in names]

    def _entry(self, name: str) -> Entry:
        return next(one for one in self.entries if one.name == name)

    def remarks(self, standings: Sequence[Standing]) -> list[str]:
        """What was wrong with the policies of ``standings``, and what they printed, in sentences."""
        said = problems(standings)
        for standing in standings:
            if lines := self._printed[standing.name].splitlines():
                first = " / ".join(line[:_LINE] for line in lines[:_LINES])
                said.append(f"What {standing.name} printed, {len(lines)} lines, begins: {first}")
        return said


def _says(policy: Policy) -> str:
    if isinstance(policy, Reference):
        return policy.says
    parts = ", ".join(part for part in PARTS if part in policy)
    nearest = "" if "assign" in policy else " Without `assign`, everybody takes what lies nearest to what they know."
    return f"your own functions ({parts}).{nearest}"


class Shown:
    """A race as a cell shows it: a screen with sliders, and the same in words wherever there is none."""

    def __init__(self, made: Race, names: tuple[str, str], away: int) -> None:
        self._race, self.names, self.away = made, names, away

    def __repr__(self) -> str:
        try:
            standings = self._race.standings(self.names, self.away)
            told = [*self._race.remarks(standings), *self._race.who(self.names), in_words(standings, self.away)]
            return "\n".join(told)
        except KeyboardInterrupt:
            return STOPPED

    def _ipython_display_(self) -> None:
        said = repr(self)
        if headless() or said == STOPPED:
            print(said)
            return
        from leadgym.widgets.race_screen import RaceScreen

        for bundle in RaceScreen(self._race, self.names, self.away).bundles(said):
            display(bundle, raw=True)


STOPPED = "You stopped the race. A policy is asked a few hundred times a quarter; each answer has to come at once."


def race(
    mine: Asked, other: Asked = "60/40 with one paired stretch", away: int = 0, seeds: int = 30, weeks: int = 13
) -> Shown | None:
    """Race two policies over a quarter, on the same luck. ``away``: the week from which you are gone for four.

    Each is a function that hands out tickets, a dict of functions by part (``assign``, ``pair``, ``calendar``,
    ``wip_limit``, ``review_order``), or a reference's name. What is wrong with them is said in sentences.
    """
    try:
        for name, value, low, high in (
            ("seeds", seeds, 2, MOST_SEEDS),
            ("weeks", weeks, 1, 26),
            ("away", away, 0, weeks),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise RaceProblem(f"'{name}' takes a whole number from {low} to {high}.")
        first = entry(mine, "yours")
        second = entry(other, "the other one")
        if first.name == second.name:
            raise RaceProblem(f'Both are "{first.name}". Give two different ones.')
    except RaceProblem as problem:
        print(problem)
        return None
    rest = [Entry(name, policy) for name, policy in REFERENCES.items() if name not in (first.name, second.name)]
    return Shown(Race([first, second, *rest], seeds, weeks), (first.name, second.name), away)


def look(week: int = 1, seed: int = 1) -> dict[str, Any]:
    """What a policy is shown on the Monday morning of ``week``; until then the team has helped itself."""
    seen: list[dict[str, Any]] = []

    def keep(observation: dict[str, Any]) -> dict[str, Any]:
        seen.append(copy.deepcopy(observation))
        return {}

    run({"calendar": keep}, [seed], weeks=week)
    return seen[-1]
