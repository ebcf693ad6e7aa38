"""Quarters played in lock-step: a policy and seeds in, series by week out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadgym.sim.luck import World, world
from leadgym.sim.numbers import Bools, Floats, Ints
from leadgym.sim.parameters import Parameters
from leadgym.sim.policy import PARTS, Ask, Problem, Problems, Question, Reply, deciding, here
from leadgym.sim.references import Reference
from leadgym.sim.state import SHIPPED, State, beginning
from leadgym.sim.step import advance
from leadgym.sim.team import Shock, Team, ledger_team

Policy = Reference | Mapping[str, Callable[[dict[str, Any]], Any]]
"""A reference, or functions by part (see ``policy.py``)."""

Batches = Generator[Question, Sequence[Reply], "Result"]


@dataclass(frozen=True, eq=False)
class Result:
    """What happened in R runs of W weeks. Series stand at the end of each week, counted from the start."""

    world: World
    final: State
    value: Floats  # R W, value of finished epics
    shipped: Ints  # R W, tickets
    work: Floats  # R W, planned hours of shipped tickets
    incidents: Ints  # R W
    skill: Floats  # R W P, mean over domains
    hours: Floats  # R W P A, see state.ACTIVITIES
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The people, the lead first."""
        return self.world.team.names

    def weekly(self, series: str) -> Any:
        """What each week added to ``value``, ``shipped``, ``work``, ``incidents``, ``skill`` or ``hours``."""
        total = getattr(self, series)
        start = self.world.skill.mean(axis=2)[:, None] if series == "skill" else np.zeros_like(total[:, :1])
        return np.diff(total, axis=1, prepend=start)

    def done_by(self) -> Ints:
        """Shipped tickets by owner (R P)."""
        owner, shipped = self.final.owner, self.final.status == SHIPPED
        return np.stack([(shipped & (owner == p)).sum(axis=1) for p in range(len(self.names))], axis=1)

    def epic_weeks(self) -> Ints:
        """The week (from 1) in which each epic was finished, 0: not (R E)."""
        at = self.final.epic_done_at
        return np.where(at < 0, 0, at // self.world.steps_a_week + 1)

    def fingerprints(self) -> list[str]:
        """A hash for each run."""
        return [self.final.fingerprint(run) for run in range(self.world.runs)]


def run(
    policy: Policy,
    seeds: Sequence[int],
    team: Team | None = None,
    weeks: int = 13,
    shocks: Sequence[Shock] = (),
    parameters: Parameters | Sequence[Parameters] = Parameters(),  # noqa: B008 (frozen)
) -> Result:
    """Plays ``weeks`` with ``policy`` for every seed. ``parameters``: one set, or one for each seed.

    Raises ValueError for a part that does not exist, or what ``luck.world`` refuses.
    """
    made = world(seeds, team or ledger_team(), weeks, shocks, parameters)
    if isinstance(policy, Reference):
        return _collect(made, policy.decide, Problems())
    return answered(batches(tuple(policy), made), here(policy))


def batches(parts: Sequence[str], made: World) -> Batches:
    """Plays ``made`` for a policy with ``parts`` that somebody else answers for: yields questions, takes the replies by
    ``send``, returns the Result. Raises ValueError for a part that does not exist."""
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"A policy has no part '{part}'. The parts are {', '.join(PARTS)}.")
    state, problems, series = beginning(made), Problems(), _Series(made)
    for _ in range(made.steps):
        decisions = yield from deciding(parts, state, problems)
        state = advance(state, decisions)
        series.keep(state)
    return series.result(state, problems)


def answered(questions: Batches, ask: Ask) -> Result:
    """Drives ``batches``: ``ask(part, observations)`` gives a reply for each observation."""
    replies: Sequence[Reply] | None = None
    while True:
        try:
            question = questions.send(replies)  # type: ignore[arg-type]  # a generator is started with None
        except StopIteration as over:
            result: Result = over.value
            return result
        replies = ask(question.part, question.observations)


def _collect(made: World, decide: Callable[[State], Any], problems: Problems) -> Result:
    state, series = beginning(made), _Series(made)
    for _ in range(made.steps):
        state = advance(state, decide(state))
        series.keep(state)
    return series.result(state, problems)


class _Series:
    """What is kept of each week's end."""

    def __init__(self, made: World) -> None:
        self.world = made
        self.kept: dict[str, list[Any]] = {
            name: [] for name in ("value", "shipped", "work", "incidents", "skill", "hours")
        }

    def keep(self, state: State) -> None:
        if state.step % self.world.steps_a_week:
            return
        shipped: Bools = state.status == SHIPPED
        kept = self.kept
        kept["value"].append(np.where(state.epic_done_at >= 0, self.world.value, 0.0).sum(axis=1))
        kept["shipped"].append(shipped.sum(axis=1))
        kept["work"].append(np.where(shipped, self.world.size, 0.0).sum(axis=1))
        kept["incidents"].append(state.incident.sum(axis=1))
        kept["skill"].append(state.skill.mean(axis=2))
        kept["hours"].append(state.hours)

    def result(self, state: State, problems: Problems) -> Result:
        series = {name: np.stack(values, axis=1) for name, values in self.kept.items()}
        return Result(world=self.world, final=state, problems=tuple(problems), **series)
