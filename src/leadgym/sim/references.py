"""Reference policies, on all runs at once. ``readable.py`` has the same ones as a learner would write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from leadgym.sim.numbers import Bools, Floats, Ints
from leadgym.sim.state import BLOCKED, DOING, KEEP, NOBODY, WAITING, Decisions, State

HARD = 6
"""Difficulty, in tenths, from which a ticket counts as hard."""

REACH = 2
"""How far above what somebody is seen to know a hard ticket may lie for them to do it alone, in tenths."""

_LAST = 10**9


@dataclass(frozen=True)
class Reference:
    """A policy that sees arrays. ``says`` is what it does, in a sentence."""

    name: str
    says: str
    coding: float
    choose: Callable[[State, float], Decisions]
    batched: bool = False

    def decide(self, state: State) -> Decisions:
        """What this policy does next."""
        decisions = self.choose(state, self.coding)
        if state.step == 0:
            decisions.coding = np.full(state.world.runs, self.coding)
            decisions.batched = np.full(state.world.runs, self.batched)
        return decisions


class Board:
    """What a policy knows when it hands out tickets: all arrays R W (``State.window``) unless it says otherwise."""

    def __init__(self, state: State) -> None:
        self.state = state
        window = state.window
        self.waiting = (state.status[:, window] == WAITING) & state.open()
        self.room = state.room.copy()  # R P
        self.busy = bool((self.waiting.any(axis=1) & (self.room.max(axis=1) > 0)).any())
        if self.busy:
            self.assign = np.full(self.waiting.shape, NOBODY)
            self.partner = np.full(self.waiting.shape, KEEP)
            self.rows = np.arange(len(self.waiting))
            self.number = np.arange(self.waiting.shape[1])
            self.difficulty = np.rint(state.world.difficulty[:, window] * 10).astype(np.int64)
            self.domain = state.world.domain[:, window]
            seen = state.seen().astype(np.int64)
            known = seen[self.rows[:, None], :, self.domain]
            self.gaps = np.maximum(self.difficulty[:, :, None] - known, 0)  # R W P

    def gap(self, person: int) -> Ints:
        """How far each ticket lies above what the person is seen to know, in tenths."""
        return np.asarray(self.gaps[:, :, person])

    def give(self, person: int, cost: Ints, allowed: Bools | None = None) -> None:
        """The person takes the cheapest tickets, lowest number first, as long as there is room."""
        room = self.room[:, person]
        r = np.flatnonzero(room)
        if not len(r):
            return
        free = self.waiting if allowed is None else self.waiting & allowed
        left = np.where(free, cost * 1000 + self.number, _LAST)
        while len(r):
            t = left[r].argmin(axis=1)
            able = left[r, t] < _LAST
            r, t = r[able], t[able]
            self.assign[r, t] = person
            self.waiting[r, t] = False
            left[r, t] = _LAST
            room[r] -= 1
            r = r[room[r] > 0]

    def put(self, able: Bools, ticket: Ints, person: Ints) -> None:
        """In the runs ``able``: this ticket (R) to this person (R)."""
        r = self.rows[able]
        self.assign[r, ticket[able]] = person[able]
        self.waiting[r, ticket[able]] = False
        self.room[r, person[able]] -= 1

    def decisions(self) -> Decisions:
        """What was handed out."""
        return Decisions(assign=self.assign, partner=self.partner) if self.busy else Decisions()


def nearest(state: State, coding: Floats) -> Decisions:
    """Everybody takes what lies nearest to what they are seen to know; the lead too, in runs where they code (R)."""
    board = Board(state)
    if board.busy:
        for person in range(board.room.shape[1]):
            allowed = (person > 0) | (coding[:, None] > 0) & np.ones_like(board.waiting)
            board.give(person, np.maximum(board.gap(person) - 1, 0), allowed)
    return board.decisions()


def _strict_hero(state: State, coding: float) -> Decisions:
    board = Board(state)
    if board.busy:
        hard = board.difficulty >= HARD
        board.give(0, np.where(hard, 0, 1))
        for person in range(1, board.room.shape[1]):
            board.give(person, np.maximum(board.gap(person) - 1, 0), ~hard)
    return board.decisions()


def _soft_hero(state: State, coding: float) -> Decisions:
    board = Board(state)
    if board.busy:
        board.give(0, -board.difficulty)
        for person in range(1, board.room.shape[1]):
            board.give(person, np.maximum(board.gap(person) - 1, 0))
    return board.decisions()


def _stretch_everything(state: State, coding: float) -> Decisions:
    board = Board(state)
    if board.busy:
        for person in range(board.room.shape[1]):
            board.give(person, -board.difficulty)
    return board.decisions()


def _round_robin(state: State, coding: float) -> Decisions:
    board = Board(state)
    if board.busy:
        people = np.arange(board.room.shape[1])
        while (able := board.waiting.any(axis=1) & (board.room.max(axis=1) > 0)).any():
            ticket = board.waiting.argmax(axis=1)
            turn = (people - state.window.start - ticket[:, None]) % len(people)
            board.put(able, ticket, np.where(board.room > 0, turn, len(people)).argmin(axis=1))
    return board.decisions()


def _one_stretch(state: State, coding: float) -> Decisions:
    board = Board(state)
    if board.busy:
        _stretch(board)
        if coding > 0:
            board.give(0, -board.difficulty)
        for person in range(1, board.room.shape[1]):
            gap = board.gap(person)
            board.give(person, np.maximum(gap - 1, 0), (gap <= REACH) | (board.difficulty < HARD))
    return board.decisions()


def _stretch(board: Board) -> None:
    """One hard ticket at a time goes to the colleague who is nearest to it, with the lead beside them."""
    state = board.state
    status = state.status[:, state.window]
    open_ = (status == DOING) | (status == BLOCKED)
    running = (open_ & (state.partner[:, state.window] == 0)).any(axis=1)
    hard = board.waiting & (board.difficulty >= HARD)
    able = ~running & hard.any(axis=1) & (board.room[:, 1:].max(axis=1) > 0)
    if not able.any():
        return
    ticket = hard.argmax(axis=1)
    nearest = np.where(board.room[:, 1:] > 0, board.gaps[board.rows, ticket, 1:], _LAST).argmin(axis=1) + 1
    board.put(able, ticket, nearest)
    board.partner[board.rows[able], ticket[able]] = 0


STRICT_HERO = Reference("strict hero", "You take every hard ticket; nobody else touches one.", 0.9, _strict_hero)
SOFT_HERO = Reference(
    "soft hero",
    "You take the hardest ticket first; the others take what lies nearest to what they know.",
    0.9,
    _soft_hero,
)
ROUND_ROBIN = Reference("round robin", "The next ticket goes to the next person, whoever it is.", 0.6, _round_robin)
STRETCH_EVERYTHING = Reference(
    "stretch everything", "Whoever is free takes the hardest ticket, alone.", 0.6, _stretch_everything
)
SIXTY_FORTY = Reference(
    "60/40 with one paired stretch",
    "You code 60 % of your time; one hard ticket at a time goes to a colleague, with you beside them.",
    0.6,
    _one_stretch,
)
ALL_CODING = replace(
    SIXTY_FORTY,
    name="100 % coding, same delegation",
    says="As 60/40 with one paired stretch, but you code all of your time.",
    coding=1.0,
)
NO_CODING = replace(
    SIXTY_FORTY,
    name="0 % coding, same delegation",
    says="As 60/40 with one paired stretch, but you take no ticket yourself.",
    coding=0.0,
)
NO_STRETCH = replace(
    SOFT_HERO, name="60/40 without a stretch", says="As the soft hero, but coding 60 % of your time.", coding=0.6
)
NO_DELEGATION = replace(
    STRICT_HERO,
    name="leadership time without delegation",
    says="As the strict hero, but you code only 60 % of your time.",
    coding=0.6,
)

REFERENCES: Mapping[str, Reference] = {
    one.name: one
    for one in (
        STRICT_HERO,
        SOFT_HERO,
        ROUND_ROBIN,
        STRETCH_EVERYTHING,
        SIXTY_FORTY,
        ALL_CODING,
        NO_CODING,
        NO_DELEGATION,
        NO_STRETCH,
    )
}
