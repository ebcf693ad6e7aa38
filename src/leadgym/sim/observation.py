"""What the lead of each run sees, as plain JSON data: names, skills as far as a lead can see them, and what waits.

Difficulties and skills are whole tenths, 0 to 10: whoever subtracts one from the other compares with whole numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadgym.sim.numbers import Bools
from leadgym.sim.state import BLOCKED, DOING, NOBODY, REVIEW, SHIPPED, WAITING, State

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def undecided(state: State) -> Bools:
    """Runs in which there is something to decide (R): a ticket waits and somebody has room, a review has no reviewer,
    or it is Monday morning."""
    if state.step % state.world.steps_a_week == 0:
        return np.ones(state.world.runs, dtype=np.bool_)
    window = state.window
    status, open_ = state.status[:, window], state.open()
    waiting = ((status == WAITING) & open_).any(axis=1) & state.room.any(axis=1)
    unread = ((status == REVIEW) & open_ & (state.reviewer[:, window] == NOBODY)).any(axis=1)
    return np.asarray(waiting | unread)


def observations(state: State, which: Bools) -> list[dict[str, Any]]:
    """One observation for each run in ``which`` (R), in their order. ``run`` is the run's place, not its seed."""
    world = state.world
    week, in_week = divmod(state.step, world.steps_a_week)
    day, half = divmod(in_week, world.steps_a_day)
    when = {"week": week + 1, "day": DAYS[day], "half": "morning" if half == 0 else "afternoon"}
    names = [*world.team.names, None]  # [-1] is nobody
    runs = np.nonzero(which)[0]
    tickets = _tickets(state, which, names)
    skills = state.seen()[runs].astype(np.int64).tolist()
    here, room = state.here()[runs].tolist(), state.room[runs].tolist()
    coding, batched, wip = (
        np.round(state.coding[runs], 2).tolist(),
        state.batched[runs].tolist(),
        state.wip[runs].tolist(),
    )
    domains = world.team.domains
    seen = []
    for i, run in enumerate(runs.tolist()):
        people = [
            {
                "name": names[p],
                "here": here[i][p],
                "room": room[i][p],
                "skills": dict(zip(domains, skills[i][p], strict=True)),
            }
            for p in range(len(names) - 1)
        ]
        seen.append(
            {
                "run": run,
                **when,
                "lead": names[0],
                "coding": coding[i],
                "batched": batched[i],
                "wip_limit": wip[i],
                "people": people,
                **tickets[run],
            }
        )
    return seen


def _tickets(state: State, which: Bools, names: list[str | None]) -> dict[int, dict[str, Any]]:
    """For each run: its waiting and open tickets, its reviews and its epics, in the order of the board."""
    world, window = state.world, state.window
    board = state.open() & which[:, None]
    found: dict[int, dict[str, Any]] = {
        run: {"waiting": [], "open": [], "reviews": [], "epics": []} for run in np.nonzero(which)[0].tolist()
    }
    r, t = np.nonzero(board & (state.status[:, window] != SHIPPED))
    t = t + window.start
    domains, ticket_names, steps_a_day = world.team.domains, world.ticket_names, world.steps_a_day
    columns = (
        r,
        t,
        state.status[r, t],
        world.domain[r, t],
        np.rint(world.difficulty[r, t] * 10).astype(np.int64),
        np.rint(world.size[r, t] / 4) / 2,
        state.owner[r, t],
        state.partner[r, t],
        (state.step - state.taken_at[r, t]) / steps_a_day,
        state.reviewer[r, t],
        (state.step - state.review_at[r, t]) / steps_a_day,
        world.epic[t] + 1,
    )
    for run, number, status, domain, difficulty, days, owner, partner, taken, reviewer, asked, epic in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        ticket = {
            "ticket": ticket_names[number],
            "number": number,
            "epic": epic,
            "domain": domains[domain],
            "difficulty": difficulty,
            "days": days,
        }
        if status == WAITING:
            found[run]["waiting"].append(ticket)
        elif status in (DOING, BLOCKED):
            ticket.update(owner=names[owner], partner=names[partner], stuck=status == BLOCKED, since_days=taken)
            found[run]["open"].append(ticket)
        else:
            ticket.update(owner=names[owner], reviewer=names[reviewer], since_days=asked)
            found[run]["reviews"].append(ticket)
    value = np.rint(world.value).astype(np.int64)
    r, e = np.nonzero(_epics(state, board))
    for run, epic, left, worth in zip(
        r.tolist(), e.tolist(), state.left[r, e].tolist(), value[r, e].tolist(), strict=True
    ):
        found[run]["epics"].append({"epic": epic + 1, "left": left, "value": worth})
    return found


def _epics(state: State, board: Bools) -> Bools:
    """Epics with a ticket on the board (R E)."""
    on = np.zeros(state.left.shape, dtype=np.bool_)
    r, t = np.nonzero(board)
    on[r, state.world.epic[t + state.window.start]] = True
    return on
