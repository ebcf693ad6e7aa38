"""One story played in the simulation: its people, its tickets, and what the lead does about the hard ones.

The first epic is the story's own tickets, the hard ones first; behind it lies ordinary work, so that nobody is idle.
All ways meet the same luck. What is asked of a run: when the story's tickets had all shipped, and who knows more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from leadgym.sim.luck import World, world
from leadgym.sim.numbers import Bools, Floats, Ints, grid
from leadgym.sim.parameters import Columns, Parameters
from leadgym.sim.references import HARD, REACH, Board
from leadgym.sim.state import BLOCKED, DOING, NOBODY, Decisions, State, beginning, frozen
from leadgym.sim.step import advance
from leadgym.sim.team import Away, Person, Share, Team
from leadgym.yamlfile import Model

Stuck = Literal["", "sit", "rule", "takeover", "quiet"]
"""What the lead does when the hard ticket stands still: sit down beside its owner, agree on a rule for all, take it
for a day, or keep everybody away from it for four."""

_HORIZON = 26
"""Weeks played at most; a run whose tickets have not shipped by then counts as shipped at its end."""
_RULE_HOURS = 1.5
_QUIET_DAYS = 4
_HELD = -(10.0**6)
"""Hours somebody has waited who does not ask."""
_STUCK_WEEK, _THURSDAY = 3, 3
_ILL_WEEKS = 2


class Work(Model):
    """A ticket of the story. ``hours``: planned hours in a run of middling luck."""

    domain: str
    difficulty: Share
    hours: Annotated[float, Field(gt=0)]


class Story(Model):
    """Who is there (the lead first), what has to ship (hard tickets first, all of one domain), the lead's share of
    coding; growth is read after ``weeks``."""

    domains: list[str]
    people: list[Person]
    tickets: list[Work]
    weeks: Annotated[int, Field(ge=1, le=13)]
    coding: Share


class Way(Model):
    """Who gets the hard tickets and from which week; on which afternoons (0: Monday) the lead sits beside them.

    ``coding``: the lead's, where it differs. ``ill``: the week from which the owner is away for two; then ``then`` goes
    on. ``stuck``: the hard ticket comes to a standstill on Tuesday evening of week 4, and this is done on Thursday.
    """

    owner: str
    week: Annotated[int, Field(ge=1)] = 1
    afternoons: list[Annotated[int, Field(ge=0, le=4)]] = []
    coding: Share | None = None
    ill: Annotated[int, Field(ge=1)] | None = None
    then: str | None = None
    stuck: Stuck = ""


@dataclass(frozen=True)
class Played:
    """One number a run: ``weeks`` until the story's tickets had shipped, ``skill`` gained by the others in the hard
    tickets' domain, summed; ``late``: runs that had not shipped at the horizon."""

    weeks: Floats
    skill: Floats
    late: Bools


def play_story(story: Story, way: Way, seeds: Sequence[int], parameters: Sequence[Parameters] | None = None) -> Played:
    """Plays ``way`` for every seed, with one set of parameters for each or the table's own.

    Raises ValueError for somebody who is not in the story."""
    names = [person.name for person in story.people]
    for name in (way.owner, way.then or way.owner):
        if name not in names:
            raise ValueError(f"Nobody in the story is called '{name}'. There are: {', '.join(names)}.")
    owner = names.index(way.owner)
    sets = list(parameters or [Parameters()] * len(seeds))
    lead = _Lead(story, way, owner, names.index(way.then or way.owner), sets)
    state = beginning(_world(story, seeds, [Away(way.ill, _ILL_WEEKS, owner)] if way.ill else [], sets))
    steps_a_week = state.world.steps_a_week
    grown = np.zeros(len(seeds))
    domain = story.domains.index(story.tickets[0].domain)
    for _ in range(state.world.steps):
        state = lead.before(state)
        state = advance(state, lead.decide(state))
        if state.step == story.weeks * steps_a_week:
            grown = (state.skill - state.world.skill)[:, 1:, domain].sum(axis=1)
        if state.step >= story.weeks * steps_a_week and (state.epic_done_at[:, 0] >= 0).all():
            break
    done = state.epic_done_at[:, 0]
    return Played(np.where(done < 0, state.world.steps, done + 1) / steps_a_week, grown, done < 0)


def _world(story: Story, seeds: Sequence[int], shocks: Sequence[Away], sets: Sequence[Parameters]) -> World:
    """The luck of ``seeds``, with the story's tickets in the place of the first epic's."""
    team = Team(
        domains=story.domains,
        people=story.people,
        work=[1] * len(story.domains),
        board=2,
        epic_tickets=len(story.tickets),
        epics=10,
    )
    made = world(seeds, team, _HORIZON, shocks, sets)
    first = slice(0, len(story.tickets))
    domain, difficulty, size = made.domain.copy(), made.difficulty.copy(), made.size.copy()
    review, value = made.review.copy(), made.value.copy()
    domain[:, first] = [story.domains.index(work.domain) for work in story.tickets]
    difficulty[:, first] = grid(np.array([work.difficulty for work in story.tickets]))
    luck = size[:, first] / made["size_median"][:, None]
    size[:, first] = grid(luck * np.array([work.hours for work in story.tickets]))
    review[:, first] = grid(size[:, first] * made["review_share"][:, None]) + 0.125
    value[:, 0] = size[:, first].sum(axis=1)
    return replace(made, domain=domain, difficulty=difficulty, size=size, review=review, value=value)


class _Lead:
    """The lead of one way: decides for all runs, and steps in where the ticket stands still."""

    def __init__(self, story: Story, way: Way, owner: int, then: int, sets: Sequence[Parameters]) -> None:
        self.story, self.way, self.owner, self.then, self.sets = story, way, owner, then, sets
        self.coding = story.coding if way.coding is None else way.coding
        self.hard = [t for t, work in enumerate(story.tickets) if work.difficulty >= HARD / 10]
        self.stuck: tuple[Ints, Ints] = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def decide(self, state: State) -> Decisions:
        """What is handed out; who sits where; how much of the day is the lead's own code."""
        decisions = self._hand_out(state)
        beside = self._beside(state)
        coding = 0.0 if beside else self.coding
        if self.way.stuck == "takeover" and 0 <= self._since(state) < state.world.steps_a_day:
            coding = 1.0
        decisions.coding = np.full(state.world.runs, coding)
        if self.way.afternoons or self.way.stuck == "sit":
            columns = np.arange(state.window.start, state.window.stop)
            held = state.owner[:, state.window]
            if decisions.assign is not None:
                held = np.where(decisions.assign != NOBODY, decisions.assign, held)
            mine = np.isin(columns, self.hard) & (held == self.owner)
            partner = np.full(held.shape, NOBODY)
            partner[mine] = 0 if beside else NOBODY
            decisions.partner = partner
        return decisions

    def _hand_out(self, state: State) -> Decisions:
        board = Board(state)
        if not board.busy:
            return Decisions()
        columns = np.arange(state.window.start, state.window.stop)
        first = columns < len(self.story.tickets)
        hard = np.isin(columns, self.hard)
        began = state.step >= (self.way.week - 1) * state.world.steps_a_week
        # One hard ticket after the other: the next is handed out when nobody is at work on the one before.
        status = state.status[:, self.hard]
        at_work = ((status == DOING) | (status == BLOCKED)).any(axis=1)
        if began:
            turn = np.cumsum(board.waiting & hard, axis=1) == 1
            ill = self.way.ill is not None and state.step >= (self.way.ill - 1) * state.world.steps_a_week
            owner = self.then if ill else self.owner
            board.give(owner, np.zeros_like(board.waiting, dtype=np.int64), hard & turn & ~at_work[:, None])
        later = np.where(first, 0, 100)
        for person in range(1, board.room.shape[1]):
            gap = board.gap(person)
            within = (gap <= REACH) | (board.difficulty < HARD)
            board.give(person, np.maximum(gap - 1, 0) + later, within & ~(hard & first))
        board.give(0, later - board.difficulty, np.broadcast_to(~(hard & first), board.waiting.shape))
        return board.decisions()

    def _beside(self, state: State) -> bool:
        day, half = divmod(state.step % state.world.steps_a_week, state.world.steps_a_day)
        sitting = self.way.stuck == "sit" and 0 <= self._since(state) < state.world.steps_a_day
        # The afternoon that is given away in the week of the standstill was given away in the story, too.
        given_away = self.way.stuck != "" and state.step // state.world.steps_a_week == _STUCK_WEEK and day == _THURSDAY
        return sitting or (half == state.world.steps_a_day - 1 and day in self.way.afternoons and not given_away)

    def _since(self, state: State) -> int:
        """Steps since the Thursday on which the lead has to do something."""
        world = state.world
        return state.step - (_STUCK_WEEK * world.steps_a_week + _THURSDAY * world.steps_a_day)

    def before(self, state: State) -> State:
        """The state in which the step begins: changed where the ticket comes to a standstill, and where you step in."""
        since, day = self._since(state), state.world.steps_a_day
        if not self.way.stuck or not -day <= since <= _QUIET_DAYS * day:
            return state
        if since == -day:
            return self._stand_still(state)
        r, t = self.stuck
        change: dict[str, Any] = {
            name: getattr(state, name).copy() for name in ("status", "owner", "partner", "taken_at", "waited")
        }
        made: World = state.world
        still = change["status"][r, t] == BLOCKED
        r, t = r[still], t[still]
        if since < 0:
            change["waited"][r, t] = _HELD
        elif self.way.stuck == "quiet":
            change["waited"][r, t] = _HELD
            if since == _QUIET_DAYS * day:
                change["status"][r, t] = DOING
                change["waited"][r, t] = 0
        elif self.way.stuck == "takeover":
            if since == 0:
                change["status"][r, t], change["owner"][r, t], change["partner"][r, t] = DOING, 0, NOBODY
                change["taken_at"][r, t] = -1
            elif since == day:
                r, t = self.stuck
                back = np.isin(change["status"][r, t], (DOING, BLOCKED)) & (change["owner"][r, t] == 0)
                change["owner"][r[back], t[back]] = self.owner
                change["taken_at"][r[back], t[back]] = 0
        elif since == 0:
            change["waited"][r, t] = state.world["hesitation_hours"][r]
            if self.way.stuck == "rule":
                ruled = [one.with_(hesitation_hours=_RULE_HOURS) for one in self.sets]
                made = replace(made, parameters=Columns(ruled))
        return frozen(replace(state, world=made, **change))

    def _stand_still(self, state: State) -> State:
        status, owner = state.status[:, self.hard], state.owner[:, self.hard]
        at_work = np.isin(status, (DOING, BLOCKED)) & (owner == self.owner)
        r = np.nonzero(at_work.any(axis=1))[0]
        t = np.array(self.hard)[at_work[r].argmax(axis=1)]
        self.stuck = (r, t)
        change: dict[str, Any] = {
            name: getattr(state, name).copy() for name in ("status", "blocked_at", "waited", "help_left")
        }
        change["status"][r, t] = BLOCKED
        change["blocked_at"][r, t] = state.step - 1
        change["waited"][r, t] = _HELD
        change["help_left"][r, t] = state.world.help_need[r, t, 0]
        return frozen(replace(state, **change))
