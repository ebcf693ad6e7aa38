"""The part of a state and of its luck that can move: the tickets on the board of at least one run."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from leadgym.sim.numbers import Floats, Ints
from leadgym.sim.state import State

PER_TICKET = (
    *("status", "owner", "partner", "taken_at", "done", "hazard", "blocks", "blocked_at", "waited", "help_left"),
    *("worked", "paired", "gap_hours", "reviewer", "skilled", "review_left", "review_at", "review_rank"),
    *("shipped_at", "incident"),
)
_LUCK_PER_TICKET = (
    *("domain", "difficulty", "size", "risk", "block_at", "help_need", "self_solve", "review", "incident"),
    "incident_hours",
)


class Window(SimpleNamespace):
    """A world's luck, of its tickets only those of a state's window."""

    def __init__(self, state: State) -> None:
        luck = dict(vars(state.world))
        luck.update({name: luck[name][:, state.window] for name in _LUCK_PER_TICKET})
        luck.update(epic=luck["epic"][state.window], appears=luck["appears"][state.window])
        super().__init__(**luck)

    def __getitem__(self, name: str) -> Floats:
        column: Floats = self.parameters[name]
        return column

    def of(self, name: str, runs: Ints) -> Floats | np.float64:
        """The numbers of a parameter for ``runs`` (n)."""
        numbers: Floats | np.float64 = self.parameters.of(name, runs)
        return numbers
