"""Where many runs stand at the same step, what was decided, and the fingerprint of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from leadgym.sim.luck import World
from leadgym.sim.numbers import GRID, Bools, Floats, Ints, grid

WAITING, DOING, BLOCKED, REVIEW, SHIPPED = range(5)
NOBODY = -1
KEEP = -2

ACTIVITIES = (
    "coding",
    "pairing",
    "reviewing",
    "helping",
    "leading",
    "firefighting",
    "meetings",
    "interrupted",
    "resuming",
    "onboarding",
    "blocked",
    "free",
    "away",
)
(
    CODING,
    PAIRING,
    REVIEWING,
    HELPING,
    LEADING,
    FIREFIGHTING,
    MEETINGS,
    INTERRUPTED,
    RESUMING,
    ONBOARDING,
    STUCK,
    FREE,
    AWAY,
) = range(len(ACTIVITIES))

DEFAULT_CODING = 0.6
DEFAULT_WIP = 2


@dataclass(frozen=True, eq=False)
class State:
    """R runs after ``step`` steps. Arrays cannot be written to; hours and skills lie on the grid of ``numbers``."""

    world: World
    step: int
    # the lead's standing decisions
    coding: Floats  # R, share of the lead's free hours
    batched: Bools  # R, interruptions and help once a day
    wip: Ints  # R, open tickets a person may have
    # tickets, R T
    status: Ints
    owner: Ints
    partner: Ints
    taken_at: Ints  # step at which the owner got it
    done: Floats  # planned hours
    hazard: Floats
    blocks: Ints  # times it got stuck
    blocked_at: Ints
    waited: Floats  # hours stuck, this time
    help_left: Floats
    worked: Floats  # hours spent on it
    paired: Floats  # of these with a partner
    gap_hours: Floats
    reviewer: Ints
    skilled: Bools  # the reviewer knows enough
    review_left: Floats
    review_at: Ints
    review_rank: Ints  # lower first
    shipped_at: Ints
    incident: Bools
    # people, R P
    skill: Floats  # R P D
    trust: Floats
    active: Ints  # ticket last worked on
    fire: Floats  # hours of firefighting still to do
    hours: Floats  # R P A, booked so far
    clarity: Floats  # R
    # epics, R E
    left: Ints  # tickets not shipped
    epic_done_at: Ints

    @cached_property
    def _shown(self) -> Bools:
        unfinished = self.epic_done_at < 0
        return np.asarray(unfinished & (unfinished.cumsum(axis=1) <= self.world.team.board))

    @cached_property
    def window(self) -> slice:
        """The tickets (columns) that are on the board of at least one run. What lies outside does not move."""
        shown = np.nonzero(self._shown.any(axis=0))[0]
        if not len(shown):
            return slice(0, 1)
        start, stop = np.searchsorted(self.world.epic, [shown[0], shown[-1] + 1])
        return slice(int(start), int(stop))

    def open(self) -> Bools:
        """Which tickets of the window are on the board of each run: appeared, in one of the first unfinished epics."""
        w = self.window
        return np.asarray(self._shown[:, self.world.epic[w]] & (self.world.appears[w] <= self.step))

    @cached_property
    def room(self) -> Ints:
        """How many more tickets each person may get now (R P); 0 for who is not there."""
        status, owner = self.status[:, self.window], self.owner[:, self.window]
        holder = np.where((status == DOING) | (status == BLOCKED), owner, NOBODY)
        load = (holder[:, :, None] == np.arange(self.skill.shape[1])).sum(axis=1)
        return np.where(self.here(), np.maximum(self.wip[:, None] - load, 0), 0)

    def here(self) -> Bools:
        """Who is there in the coming step (R P)."""
        return self.world.here[:, self.step]

    def seen(self) -> Floats:
        """Skills as the lead sees them (R P D), in tenths."""
        return np.asarray(np.rint(np.clip(self.skill + self.world.sight, 0, 1) * 10))

    def fingerprint(self, run: int) -> str:
        """A hash of everything that moves in one run; the same on every platform."""
        numbers: list[Any] = [self.step]
        for field in fields(self):
            array = getattr(self, field.name)
            if isinstance(array, np.ndarray):
                row = array[run]
                numbers.append(np.rint(row * GRID).astype(np.int64) if row.dtype.kind == "f" else row.astype(np.int64))
        flat = np.concatenate([np.ravel(one) for one in numbers])
        return hashlib.sha256(flat.astype("<i8").tobytes()).hexdigest()[:16]


@dataclass
class Decisions:
    """What to do in the coming step. None: as it was. Anything that cannot be done is passed over.

    W stands for the tickets in ``State.window``.
    """

    assign: Ints | None = None  # R W, a person for a waiting ticket, or NOBODY
    partner: Ints | None = None  # R W, a person, NOBODY, or KEEP
    coding: Floats | None = None  # R, from 0 to 1
    batched: Bools | None = None  # R
    wip: Ints | None = None  # R, at least 1
    reviewer: Ints | None = None  # R W, who reviews what has no reviewer yet; NOBODY: the model's default
    review_rank: Ints | None = None  # R W, lower first, equal: who waits longest; KEEP


def beginning(world: World) -> State:
    """The first morning."""
    runs, tickets = world.size.shape
    people, epics = len(world.team.people), world.team.epics
    zeros, none = np.zeros((runs, tickets)), np.full((runs, tickets), -1)
    counts = np.zeros((runs, tickets), dtype=np.int64)
    left = np.bincount(world.epic[world.appears == 0], minlength=epics)
    return frozen(
        State(
            world=world,
            step=0,
            coding=np.full(runs, DEFAULT_CODING),
            batched=np.zeros(runs, dtype=np.bool_),
            wip=np.full(runs, DEFAULT_WIP),
            status=counts.copy(),
            owner=none.copy(),
            partner=none.copy(),
            taken_at=none.copy(),
            done=zeros.copy(),
            hazard=zeros.copy(),
            blocks=counts.copy(),
            blocked_at=none.copy(),
            waited=zeros.copy(),
            help_left=zeros.copy(),
            worked=zeros.copy(),
            paired=zeros.copy(),
            gap_hours=zeros.copy(),
            reviewer=none.copy(),
            skilled=np.zeros((runs, tickets), dtype=np.bool_),
            review_left=zeros.copy(),
            review_at=none.copy(),
            review_rank=counts.copy(),
            shipped_at=none.copy(),
            incident=np.zeros((runs, tickets), dtype=np.bool_),
            skill=world.skill.copy(),
            trust=np.repeat(grid(world["trust_start"])[:, None], people, axis=1),
            active=np.full((runs, people), -1),
            fire=np.zeros((runs, people)),
            hours=np.zeros((runs, people, len(ACTIVITIES))),
            clarity=np.zeros(runs),
            left=np.repeat(left[None], runs, axis=0),
            epic_done_at=np.full((runs, epics), -1),
        )
    )


def frozen(state: State) -> State:
    """The same, with arrays that refuse to be written to."""
    for array in vars(state).values():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return state
