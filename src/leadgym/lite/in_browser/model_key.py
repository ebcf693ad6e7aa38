"""The simulation's word on a story needs the full edition; what is told here is that there is one."""

from __future__ import annotations

from leadgym.scenario.model import Scenario

WITH_A_MODEL = {"02_delegation"}


def of(scenario: Scenario) -> str | None:
    """The module whose simulation the full edition has, else None."""
    return scenario.module if scenario.module in WITH_A_MODEL else None
