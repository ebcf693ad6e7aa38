"""Tickets and people of the plain loop (``plain.py``)."""

from __future__ import annotations

from leadgym.sim.luck import World
from leadgym.sim.numbers import GRID
from leadgym.sim.state import ACTIVITIES


def grid(x: float) -> float:
    """``x`` rounded to the grid of ``numbers``."""
    return round(x * GRID) / GRID


class PlainTicket:
    """One ticket of one run: its luck, and where it stands."""

    def __init__(self, world: World, run: int, number: int) -> None:
        self.number = number
        self.epic = int(world.epic[number])
        self.appears = int(world.appears[number])
        self.domain = int(world.domain[run, number])
        self.difficulty = float(world.difficulty[run, number])
        self.size = float(world.size[run, number])
        self.risk = float(world.risk[run, number])
        self.block_at: list[float] = world.block_at[run, number].tolist()
        self.help_need: list[float] = world.help_need[run, number].tolist()
        self.self_solve: list[float] = world.self_solve[run, number].tolist()
        self.review_hours = float(world.review[run, number])
        self.luck = float(world.incident[run, number])
        self.incident_hours = float(world.incident_hours[run, number])
        self.status = "waiting"
        self.owner = self.partner = self.taken_at = self.blocked_at = self.reviewer = self.review_at = -1
        self.shipped_at = -1
        self.done = self.hazard = self.waited = self.help_left = self.review_left = 0.0
        self.worked = self.paired = self.gap_hours = 0.0
        self.blocks = self.review_rank = 0
        self.skilled = self.incident = False

    @property
    def open(self) -> bool:
        """Somebody has it in work, stuck or not."""
        return self.status in ("doing", "blocked")


class PlainPerson:
    """One person of one run."""

    def __init__(self, world: World, run: int, number: int) -> None:
        self.number = number
        self.name = world.team.people[number].name
        self.skill: list[float] = world.skill[run, number].tolist()
        self.sight: list[float] = world.sight[run, number].tolist()
        self.aptitude = float(world.aptitude[run, number])
        self.trust = grid(float(world["trust_start"][run]))
        self.active = -1
        self.fire = 0.0
        self.hours = dict.fromkeys(ACTIVITIES, 0.0)
        self.here = False
        self.free = 0.0
        self.together = 0.0
        self.mate: PlainPerson | None = None
        self.now: PlainTicket | None = None

    def spend(self, activity: str, wanted: float) -> float:
        """Books up to ``wanted`` of the hours that are left, and says how many."""
        got = min(self.free, wanted)
        self.free -= got
        self.hours[activity] += got
        return got
