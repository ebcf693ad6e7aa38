"""A team to program a policy against: small, seeded, plausible, and not predictive. Pure: numbers in, numbers out."""

from leadgym.sim.luck import World, world
from leadgym.sim.outcomes import (
    HIGHER_IS_BETTER,
    UNITS,
    Interval,
    compare,
    interval,
    kinds_of_week,
    lead_week,
    outcomes,
    place,
    weeks_between,
)
from leadgym.sim.parameters import Parameters, draws, table
from leadgym.sim.policy import PARTS, Problem, Question
from leadgym.sim.readable import READABLE
from leadgym.sim.references import REFERENCES, Reference
from leadgym.sim.review_policies import REVIEW_POLICIES
from leadgym.sim.run import Result, answered, batches, run
from leadgym.sim.state import ACTIVITIES, Decisions, State, beginning
from leadgym.sim.step import advance
from leadgym.sim.team import Away, Joins, Leaves, Outage, Person, ScopeGrows, Shock, Team, lead_away, ledger_team

__all__ = [
    "ACTIVITIES",
    "HIGHER_IS_BETTER",
    "PARTS",
    "READABLE",
    "REFERENCES",
    "REVIEW_POLICIES",
    "UNITS",
    "Away",
    "Decisions",
    "Interval",
    "Joins",
    "Leaves",
    "Outage",
    "Parameters",
    "Person",
    "Problem",
    "Question",
    "Reference",
    "Result",
    "ScopeGrows",
    "Shock",
    "State",
    "Team",
    "World",
    "advance",
    "answered",
    "batches",
    "beginning",
    "compare",
    "draws",
    "interval",
    "kinds_of_week",
    "lead_away",
    "lead_week",
    "ledger_team",
    "outcomes",
    "place",
    "run",
    "table",
    "weeks_between",
    "world",
]
