"""Quarters played for a mark: a policy that lives elsewhere, asked in lock-step over all of them, and what it met.

The simulation, its seeds and everything that is counted stay with whoever marks; a policy sees one observation at a
time. References play the same quarters, and their results are kept.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from leadgym.marking.asking import Ask, NoDecisions, decisions
from leadgym.sim import (
    REFERENCES,
    REVIEW_POLICIES,
    UNITS,
    Problem,
    Reference,
    Result,
    World,
    answered,
    batches,
    lead_away,
    ledger_team,
    world,
)
from leadgym.sim.numbers import Floats
from leadgym.sim.outcomes import outcomes
from leadgym.sim.policy import MOST_WIP
from leadgym.sim.run import Policy, run
from leadgym.sim.team import Shock

OUTCOMES = (*UNITS, "value_away")
"""What a criterion may be about."""
NO_POLICY = "no policy"
"""The reference of a team that nobody leads: the defaults."""
BATCHED = ", batched"
"""What makes of a reference's name the same one with interruptions kept for the end of the day."""
WHOLE = 60.0
"""Seconds that a policy may take for all its decisions together."""
SAMPLE = 40
"""How many questions of a part are asked again, at most."""
_EVERY = 3
_NOT_ASKED = "not asked any more"
_NO_DATA = "an error of its own, or a decision that is no data"


def _one_moving(team: dict[str, Any]) -> dict[str, str]:
    """What lies nearest to whoever has nothing open that moves; who has, gets nothing."""
    given: dict[str, str] = {}
    for person in team["people"]:
        moving = any(one["owner"] == person["name"] and not one["stuck"] for one in team["open"])
        left = [one for one in team["waiting"] if one["ticket"] not in given]
        if person["room"] and not moving and left:
            skills = person["skills"]
            nearest = min(left, key=lambda one, known=skills: max(one["difficulty"] - known[one["domain"]] - 1, 0))  # type: ignore[misc]
            given[nearest["ticket"]] = person["name"]
    return given


def _limit(tickets: int) -> Policy:
    return {"wip_limit": lambda team: tickets}


NAMED: Mapping[str, Policy] = {
    **REFERENCES,
    **REVIEW_POLICIES,
    NO_POLICY: {},
    **{f"a limit of {tickets}": _limit(tickets) for tickets in range(1, MOST_WIP + 1)},
    "one moving each": {"assign": _one_moving},
}
"""What a policy can be measured against: the simulation's references, and how much may be open at once."""


@dataclass(frozen=True)
class Quarters:
    """Which quarters are played. ``away_from``: also with the lead away for four weeks from that week; None: not."""

    seeds: tuple[int, ...]
    weeks: int
    shocks: tuple[Shock, ...] = ()
    away_from: int | None = None

    def world(self) -> World:
        """Their luck."""
        return _world(self.seeds, self.weeks, self.shocks)

    def world_away(self) -> World | None:
        """The same luck with the lead away, where that is wanted."""
        if self.away_from is None:
            return None
        return _world(self.seeds, self.weeks, (*self.shocks, lead_away(self.away_from)))


@lru_cache(maxsize=8)
def _world(seeds: tuple[int, ...], weeks: int, shocks: tuple[Shock, ...]) -> World:
    return world(seeds, ledger_team(), weeks, shocks)


@dataclass(frozen=True, eq=False)
class Played:
    """Quarters that were played, also ``away`` where that was wanted; ``numbers``: a number a quarter by outcome."""

    result: Result
    away: Result | None
    numbers: Mapping[str, Floats]

    @classmethod
    def of(cls, result: Result, away: Result | None) -> Played:
        """With the outcomes read off."""
        found = outcomes(result, away)
        return cls(result, away, found if away is None else {**found, "value_away": away.value[:, -1]})


@lru_cache(maxsize=64)
def reference(name: str, quarters: Quarters) -> Played:
    """How the reference ``name`` (of NAMED, with or without BATCHED) does there."""
    policy = NAMED[name.removesuffix(BATCHED)]
    if isinstance(policy, Reference) and name.endswith(BATCHED):
        policy = replace(policy, batched=True)
    results = [
        run(policy, quarters.seeds, weeks=quarters.weeks, shocks=(*quarters.shocks, *more))
        for more in ([()] if quarters.away_from is None else [(), (lead_away(quarters.away_from),)])
    ]
    return Played.of(results[0], results[1] if len(results) > 1 else None)


class Listener:
    """Asks the parts of a policy, bounds their time, and counts how far they can be relied on.

    ``names``: part to what it is called for ``ask``. ``seconds`` for one question over all quarters, ``whole`` for
    everything. ``wordless``: nothing the policy's code says is passed on, only the names of Python's own exceptions.
    """

    def __init__(
        self, ask: Ask, names: Mapping[str, str], seconds: float, whole: float = WHOLE, wordless: bool = True
    ) -> None:
        self._ask, self._names, self._seconds, self._left, self._wordless = ask, names, seconds, whole, wordless
        self._whole = whole
        self.silent: dict[str, str] = {}
        """Parts that are not asked any more, each with the sentence that says why."""
        self.taken = 0.0
        """Seconds spent in questions so far."""
        self._asked: Counter[str] = Counter()
        self._batches: Counter[str] = Counter()
        self._sample: dict[str, list[tuple[Any, Mapping[str, Any]]]] = defaultdict(list)
        self._kept: dict[tuple[Any, ...], Sequence[Mapping[str, Any]]] = {}
        self._before = 0  # replies of weeks before this one are taken from what was kept
        self._results: list[Result] = []

    def play(self, quarters: Quarters) -> Played:
        """All the quarters, first as they are and then with the lead away. May be called for one set after another."""
        self._before = 0
        result = answered(batches(tuple(self._names), quarters.world()), self._hear)
        away, made = None, quarters.world_away()
        if made is not None:
            # Until the lead leaves both runs are the same, question by question.
            self._before = quarters.away_from or 0
            away = answered(batches(tuple(self._names), made), self._hear)
        self._results += [one for one in (result, away) if one is not None]
        return Played.of(result, away)

    def usable(self, part: str) -> float:
        """The share of questions to ``part`` that got a decision which could be used; 0 where nothing was asked."""
        lost = sum(problem.count for problem in self._problems() if problem.part == part and problem.lost)
        return 1 - lost / self._asked[part] if self._asked[part] else 0.0

    def problems(self) -> list[Problem]:
        """What was wrong with decisions, most frequent first, silence left out."""
        same: dict[tuple[str, str], Problem] = {}
        for problem in self._problems():
            what = self._said(problem.what)
            if _NOT_ASKED in what:
                continue
            seen = same.get((problem.part, what))
            count, first = (problem.count + seen.count, seen.first) if seen else (problem.count, problem.first)
            same[problem.part, what] = Problem(problem.part, what, count, first, problem.lost)
        return sorted(same.values(), key=lambda problem: -problem.count)

    def steady(self) -> dict[str, tuple[int, int]]:
        """By part: of how many questions that were asked again, in the opposite order, how many were decided alike."""
        found = {}
        for part, sample in self._sample.items():
            if part not in self.silent:
                again = self._replies(part, [question for question, _ in reversed(sample)])[::-1]
                alike = sum(_alike(one, before) for one, (_, before) in zip(again, sample, strict=True))
                found[part] = (alike, len(sample))
        return found

    def _hear(self, part: str, observations: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
        first = observations[0]
        self._asked[part] += len(observations)
        when = (part, first["week"], first["day"], first["half"])
        if first["week"] < self._before:
            return self._kept[when]
        copies = self._copies(part, observations) if not self._before else []
        replies = self._replies(part, observations)
        if not self._before:
            self._kept[when] = replies
            self._sample[part] += [(copy, replies[place]) for place, copy in copies]
        return replies

    def _copies(self, part: str, observations: list[dict[str, Any]]) -> list[tuple[int, Any]]:
        """Now and then one observation for the sample, as it is now: the simulation goes on writing in it."""
        number = self._batches[part]
        self._batches[part] += 1
        if number % _EVERY or len(self._sample[part]) >= SAMPLE:
            return []
        place = number * 7 % len(observations)
        return [(place, json.loads(json.dumps(observations[place])))]

    def _replies(self, part: str, questions: Sequence[Any]) -> list[Mapping[str, Any]]:
        if part not in self.silent and self._left <= 0:
            self.silent[part] = (
                f"Your policy took longer than {self._whole:g} s altogether. {_stood_in(part, questions)}"
            )
        if part not in self.silent:
            begun = time.monotonic()
            try:
                found = decisions(self._named(part), questions, min(self._seconds, self._left))
            except NoDecisions as problem:
                self.silent[part] = f"{problem} {_stood_in(part, questions)}"
            finally:
                spent = time.monotonic() - begun
                self._left -= spent
                self.taken += spent
        if part in self.silent:
            return [{"problem": _NOT_ASKED}] * len(questions)
        return [{"problem": self._why(one)} if one.problem else {"value": one.value} for one in found]

    def _named(self, named: str) -> Ask:
        def ask(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
            return self._ask(questions, seconds, self._names[named])

        return ask

    def _why(self, decision: Any) -> str:
        return (decision.raised or _NO_DATA) if self._wordless else str(decision.problem)

    def _said(self, what: str) -> str:
        """``what`` without names that the policy made up, where it is to pass on nothing."""
        if self._wordless and what.startswith("named '"):
            return "named somebody or something that is not there. The practice quarters show you which."
        return what

    def _problems(self) -> list[Problem]:
        return [problem for result in self._results for problem in result.problems]


def _stood_in(part: str, questions: Sequence[Any]) -> str:
    week = questions[0]["week"]
    return f"So `{part}` was heard up to week {week}; from there on the default stood in for it, which earns nothing."


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return ("problem" in one and "problem" in other) or one == other
