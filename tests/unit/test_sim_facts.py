"""What the model teaches holds over parameter draws of +/-50 %; what does not hold is written down here as well.

Asserted is the share of draws, well below what ``python -m leadgym.sim.facts`` prints, so that a change of the model
that leaves the lesson standing leaves these tests standing too.
"""

from __future__ import annotations

import pytest
from thorough import ALL

from leadgym.sim import facts

pytestmark = pytest.mark.xdist_group("sim_facts")  # they share their runs

LEAST = {
    facts.hero_leads_early: 0.8,
    facts.beats_strict_hero: 0.8,
    facts.beats_all_coding: 0.6,
    facts.flat_below: 0.8,
    facts.flat_around: 0.8,
    facts.stretching_everything_breaks: 0.8,
    facts.no_delegation_is_worst: 0.8,
    facts.scattered_costs_more: 0.8,
    facts.absence_hits_strict_hero: 0.8,
    facts.growth_costs_a_little: 0.8,
    facts.growth_is_bought: 0.9,
    facts.stretch_covers_absence: 0.7,
    facts.stretch_widens_cover: 0.8,
    facts.soft_hero_is_not_beaten: 0.8,
    facts.change_failure_rate: 0.9,
}
LONG = {
    facts.flat_around, facts.stretching_everything_breaks, facts.no_delegation_is_worst, facts.scattered_costs_more,
    facts.absence_hits_strict_hero, facts.growth_costs_a_little,
}  # fmt: skip
"""Those that need runs of their own: in make test-all. What changes the model changes the hashes of test_sim."""


@pytest.mark.parametrize(
    "fact", LEAST if ALL else [fact for fact in LEAST if fact not in LONG], ids=lambda fact: fact.__name__
)
def test_the_fact_holds_in_most_draws(fact) -> None:
    found = fact()
    assert found.share >= LEAST[fact], found.detail


def test_the_facts_are_put_to_at_least_twenty_draws_and_twenty_seeds() -> None:
    assert facts.DRAWS >= 20
    assert facts.SEEDS >= 20
    assert set(facts.FACTS) == {*LEAST, facts.stretch_and_incidents}


def test_fewer_incidents_within_the_quarter_is_not_something_this_model_says() -> None:
    found = facts.stretch_and_incidents()
    assert found.share < 0.8, f"it does by now: teach it, and move it to LEAST ({found.detail})"
