"""All that chance decides, drawn before the first step: two policies meet the same luck whatever they decide.

One stream per subsystem and seed, so that a change in one leaves the draws of the others as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadgym.sim.numbers import Bools, Floats, Ints, exponential, grid, logarithm, uniforms
from leadgym.sim.parameters import Columns, Parameters
from leadgym.sim.team import Away, Joins, Leaves, Outage, ScopeGrows, Shock, Team

WEEK_HOURS = 40
ONBOARDING_WEEKS = 4
BLOCKS = 6
"""How often one ticket can get stuck."""
_ARRIVALS = 8

_TICKETS, _SIZES, _BLOCKS, _INCIDENTS, _INTERRUPTIONS, _LAGS, _ABSENCE, _PEOPLE = range(8)


@dataclass(frozen=True, eq=False)
class World:
    """What is fixed before the first step. R runs, K steps, P people, T tickets, E epics, D domains; hours throughout.

    A step is ``hours`` long (half a day); the first person is the lead.
    """

    team: Team
    seeds: tuple[int, ...]
    parameters: Columns
    hours: float
    steps_a_day: int
    steps: int
    # people
    skill: Floats  # R P D, at the start
    sight: Floats  # R P D, error of what the lead sees
    aptitude: Floats  # R P
    here: Bools  # R K P
    gone: Bools  # R K P, away for so long that open tickets go back to the board
    onboarding: Floats  # R K P, time that newcomers take
    interrupted: Floats  # R K P
    resuming: Floats  # R K P
    interrupted_batched: Floats  # R K P, the same minutes at the end of each day
    resuming_batched: Floats  # R K P
    switching: Floats  # R K P, lag of a change of ticket
    outage: Floats  # R K D, hours of firefighting that no ticket has caused
    # tickets
    ticket_names: tuple[str, ...]  # E3-2: the second ticket of the third epic
    epic: Ints  # T
    domain: Ints  # R T
    difficulty: Floats  # R T
    size: Floats  # R T
    risk: Floats  # R T
    appears: Ints  # T, step
    block_at: Floats  # R T B, accumulated hazard at which a ticket gets stuck for the nth time
    help_need: Floats  # R T B
    self_solve: Floats  # R T B
    review: Floats  # R T
    incident: Floats  # R T, uniform draw
    incident_hours: Floats  # R T
    value: Floats  # R E

    @property
    def runs(self) -> int:
        """How many runs go in lock-step."""
        return len(self.seeds)

    @property
    def steps_a_week(self) -> int:
        """Steps in a working week."""
        return 5 * self.steps_a_day

    def __getitem__(self, name: str) -> Floats:
        return self.parameters[name]


def world(
    seeds: Sequence[int],
    team: Team,
    weeks: int = 13,
    shocks: Sequence[Shock] = (),
    parameters: Parameters | Sequence[Parameters] = Parameters(),  # noqa: B008 (frozen)
    steps_a_day: int = 2,
) -> World:
    """The luck of ``seeds`` for ``team`` over ``weeks``. ``parameters``: one set, or one for each seed.

    Raises ValueError for seeds below 0, or where a shock names nobody, no epic or no week of the run.
    """
    _check(seeds, team, weeks, shocks)
    sets = [parameters] * len(seeds) if isinstance(parameters, Parameters) else list(parameters)
    if len(sets) != len(seeds):
        raise ValueError(f"{len(seeds)} seeds need one set of parameters or {len(seeds)}, not {len(sets)}.")
    p = Columns(sets)
    people, domains = len(team.people), len(team.domains)
    steps, hours = weeks * 5 * steps_a_day, 8 / steps_a_day
    grown = [shock for shock in shocks if isinstance(shock, ScopeGrows)]
    a_week = 5 * steps_a_day
    # (epic, step at which it appears); what comes later is drawn later, and then put beside its epic
    drawn = [(t // team.epic_tickets, 0) for t in range(team.epics * team.epic_tickets)]
    drawn += [(shock.epic - 1, (shock.week - 1) * a_week) for shock in grown for _ in range(shock.tickets)]
    tickets = len(drawn)
    place = sorted(range(tickets), key=lambda t: drawn[t][0])
    epic, appears = [drawn[t][0] for t in place], [drawn[t][1] for t in place]

    draw = _Draws(seeds)
    kinds = draw(_TICKETS, (tickets, 4))[:, place]
    normal = draw(_SIZES, (tickets, 12)).sum(axis=2)[:, place] - 6  # exact: a sum of twelve on a grid
    stuck = draw(_BLOCKS, (tickets, BLOCKS, 3))[:, place]
    trouble = draw(_INCIDENTS, (tickets, 2))[:, place]
    arrivals = draw(_INTERRUPTIONS, (steps, people))
    lags = draw(_LAGS, (steps, people, _ARRIVALS + 1))
    sick = draw(_ABSENCE, (weeks * 5, people))
    persons = draw(_PEOPLE, (people, domains + 1))

    hard = kinds[:, :, 0] < p["hard_share"][:, None]
    difficulty = grid(np.where(hard, 0.6 + 0.3 * kinds[:, :, 1], 0.15 + 0.4 * kinds[:, :, 1]))
    bounds = np.cumsum(team.work) / sum(team.work)
    domain = (kinds[:, :, 2, None] >= bounds[:-1]).sum(axis=2)
    size = grid(p["size_median"][:, None] * exponential(p["size_spread"][:, None] * normal)) + 0.5
    value = np.zeros((len(seeds), team.epics))
    for t in range(tickets):
        if appears[t] == 0:
            value[:, epic[t]] += size[:, t]

    here, gone = _presence(sick >= p["absence"][:, None, None], steps_a_day, shocks)
    onboarding = _onboarding(here, shocks, p, a_week)
    lead = np.ones((1, people))
    lead[0, 0] = 0
    factor = np.where(lead == 0, p["interruptions_lead"][:, None], 1.0)
    count = _poisson(arrivals, p["interruptions"][:, None] * factor / steps_a_day)
    waits = -logarithm(lags) * p["resumption_hours"][:, None, None, None]
    waits = grid(waits)
    number = np.arange(_ARRIVALS)
    resuming = np.where(number < count[..., None], waits[..., :-1], 0.0).sum(axis=3)
    minutes = grid(count * p["interruption_hours"][:, None, None])
    by_day = (len(seeds), weeks * 5, steps_a_day, people)
    last = np.zeros((steps_a_day, 1))
    last[-1] = 1
    batched = (minutes.reshape(by_day).sum(axis=2)[:, :, None, :] * last).reshape(minutes.shape)

    return _frozen(
        World(
            team=team,
            seeds=tuple(seeds),
            parameters=p,
            hours=hours,
            steps_a_day=steps_a_day,
            steps=steps,
            skill=np.repeat(grid(np.array([[one.skills for one in team.people]])), len(seeds), axis=0),
            sight=grid(p["sight_error"][:, None, None] * (2 * persons[:, :, 1:] - 1)),
            aptitude=grid(1 + p["aptitude_spread"][:, None] * (2 * persons[:, :, 0] - 1)),
            here=here,
            gone=gone,
            onboarding=onboarding,
            interrupted=minutes,
            resuming=resuming,
            interrupted_batched=batched,
            resuming_batched=np.where(batched > 0, waits[..., 0], 0.0),
            switching=waits[..., -1].copy(),
            outage=_outages((len(seeds), steps, domains), a_week, shocks),
            ticket_names=tuple(f"E{e + 1}-{epic[: t + 1].count(e)}" for t, e in enumerate(epic)),
            epic=np.array(epic, dtype=np.int64),
            domain=domain.astype(np.int64),
            difficulty=difficulty,
            size=size,
            risk=grid(0.5 + kinds[:, :, 3]),
            appears=np.array(appears, dtype=np.int64),
            block_at=np.cumsum(grid(-logarithm(stuck[..., 0])), axis=2),
            help_need=grid(-logarithm(stuck[..., 1]) * p["help_hours"][:, None, None]),
            self_solve=grid(-logarithm(stuck[..., 2]) * p["self_solve_hours"][:, None, None]),
            review=grid(size * p["review_share"][:, None]) + 0.125,
            incident=trouble[..., 0].copy(),
            incident_hours=grid(-logarithm(trouble[..., 1]) * p["incident_hours"][:, None]),
            value=value,
        )
    )


class _Draws:
    """Uniform draws for every run; a seed that stands several times is drawn once."""

    def __init__(self, seeds: Sequence[int]) -> None:
        different: dict[int, int] = {}
        self.index = [different.setdefault(seed, len(different)) for seed in seeds]
        self.seeds = tuple(different)

    def __call__(self, stream: int, shape: tuple[int, ...]) -> Floats:
        return np.stack([uniforms(seed, stream, shape) for seed in self.seeds])[self.index]


def _poisson(u: Floats, rate: Floats) -> Ints:
    """The number of arrivals for uniform ``u`` (R K P) at ``rate`` (R P), at most _ARRIVALS."""
    chance = exponential(-rate)
    below, count = chance.copy(), np.zeros(u.shape, dtype=np.int64)
    for n in range(1, _ARRIVALS + 1):
        count += u >= below[:, None, :]
        chance = chance * rate / n
        below = below + chance
    return count


def _presence(well: Bools, steps_a_day: int, shocks: Sequence[Shock]) -> tuple[Bools, Bools]:
    here = np.repeat(well, steps_a_day, axis=1)
    gone = np.zeros_like(here)
    week = 5 * steps_a_day
    for shock in shocks:
        if isinstance(shock, Away):
            gone[_runs(shock), (shock.week - 1) * week : (shock.week - 1 + shock.weeks) * week, shock.who] = True
        elif isinstance(shock, Leaves):
            gone[_runs(shock), (shock.week - 1) * week :, shock.who] = True
        elif isinstance(shock, Joins):
            gone[:, : (shock.week - 1) * week, shock.who] = True
    return here & ~gone, gone


def _outages(shape: tuple[int, int, int], a_week: int, shocks: Sequence[Shock]) -> Floats:
    found = np.zeros(shape)
    for shock in shocks:
        if isinstance(shock, Outage) and (first := (shock.week - 1) * a_week) < shape[1]:
            found[_runs(shock), first, shock.domain] += shock.hours
    return grid(found)


def _runs(shock: Away | Leaves | Outage) -> Any:
    """Which runs it happens in, as an index."""
    return list(shock.runs) or slice(None)


def _onboarding(here: Bools, shocks: Sequence[Shock], p: Columns, a_week: int) -> Floats:
    wanted = np.zeros(here.shape)
    for shock in shocks:
        if isinstance(shock, Joins):
            first = (shock.week - 1) * a_week
            span = slice(first, first + ONBOARDING_WEEKS * a_week)
            others = here[:, span].copy()
            others[:, :, shock.who] = False
            each = p["onboarding_hours"][:, None] / (ONBOARDING_WEEKS * a_week)
            share = grid(each / np.maximum(others.sum(axis=2), 1))
            wanted[:, span] += share[:, :, None] * others
            wanted[:, span, shock.who] += grid(each) * here[:, span, shock.who]
    return wanted


def _check(seeds: Sequence[int], team: Team, weeks: int, shocks: Sequence[Shock]) -> None:
    if not seeds or any(seed < 0 for seed in seeds):
        raise ValueError("Give at least one seed, and only whole numbers from 0.")
    if weeks < 1:
        raise ValueError(f"A run has at least one week, not {weeks}.")
    if len(team.work) != len(team.domains) or any(len(one.skills) != len(team.domains) for one in team.people):
        raise ValueError(f"'work' and everybody's skills need {len(team.domains)} numbers, one for each domain.")
    for shock in shocks:
        if shock.week < 1:
            raise ValueError(f"Weeks are counted from 1: {shock}.")
        if isinstance(shock, ScopeGrows):
            if not 1 <= shock.epic <= team.epics:
                raise ValueError(f"There are {team.epics} epics, counted from 1: {shock}.")
        elif isinstance(shock, Outage):
            if not 0 <= shock.domain < len(team.domains) or shock.hours < 0:
                raise ValueError(f"The team has {len(team.domains)} domains, counted from 0; hours from 0: {shock}.")
        elif not 0 <= shock.who < len(team.people):
            raise ValueError(f"The team has {len(team.people)} people, counted from 0: {shock}.")


def _frozen(made: World) -> World:
    for array in vars(made).values():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return made
