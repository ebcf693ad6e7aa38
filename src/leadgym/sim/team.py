"""Who is in the team and what work lies before it (``team.yaml``), and what happens to it (shocks)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from leadgym.yamlfile import Model, parse_yaml, validate

Share = Annotated[float, Field(ge=0, le=1)]


class Person(Model):
    """A name, and a skill for each domain of the team."""

    name: str
    skills: list[Share]


class Team(Model):
    """People (the lead first), domains, and the shape of the backlog."""

    domains: Annotated[list[str], Field(min_length=1)]
    people: Annotated[list[Person], Field(min_length=2, max_length=64)]
    work: list[Annotated[int, Field(ge=0)]]
    board: Annotated[int, Field(ge=1)]
    epic_tickets: Annotated[int, Field(ge=1)]
    epics: Annotated[int, Field(ge=1)]

    @property
    def names(self) -> tuple[str, ...]:
        """The people's names, the lead's first."""
        return tuple(person.name for person in self.people)


@cache
def ledger_team() -> Team:
    """The team that comes with the package."""
    document = parse_yaml((files("leadgym.sim") / "team.yaml").read_text(encoding="utf-8"), "team.yaml")
    return validate(document, Team)


@dataclass(frozen=True)
class Away:
    """Somebody is not there for ``weeks`` from week ``week`` (counted from 1); open tickets go back to the board.

    ``runs``, here and below: the runs that it happens in, by their place; empty for all of them.
    """

    week: int
    weeks: int
    who: int = 0
    runs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Leaves:
    """Somebody leaves for good at the start of week ``week``."""

    week: int
    who: int
    runs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Joins:
    """The person ``who`` of the team is not there until week ``week``, and then takes colleagues' time to learn."""

    week: int
    who: int


@dataclass(frozen=True)
class ScopeGrows:
    """``tickets`` more for epic ``epic`` (counted from 1) at the start of week ``week``."""

    week: int
    epic: int
    tickets: int


@dataclass(frozen=True)
class Outage:
    """On the Monday of week ``week``, ``hours`` of firefighting in domain ``domain`` (counted from 0) that no ticket of
    the quarter has caused; like every incident it lands on whoever is there and knows most of it."""

    week: int
    domain: int
    hours: float
    runs: tuple[int, ...] = ()


Shock = Away | Leaves | Joins | ScopeGrows | Outage


def lead_away(week: int, weeks: int = 4) -> Away:
    """The lead is away for ``weeks`` from week ``week``."""
    return Away(week, weeks, 0)
