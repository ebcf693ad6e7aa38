"""Story 08 cannot be won by going by length, place or tone, and its figures are those of the run log."""

from functools import cache

import pytest
from guessing import PLAYERS, mean_share

from leadgym.course.modules import scenario
from leadgym.scenario.engine import advance, begin
from leadgym.scenario.outcome import branches, reachable
from leadgym.tools.ci import sample_log
from leadgym.tools.ci.path import held_up
from leadgym.tools.ci.waiting import reds, waiting

STORY = scenario("08_developer_experience")
SEEDS = range(1, 5)


@cache
def within_reach(seed):
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS, within_reach) < 0.5


def test_what_the_third_decision_wins_hangs_on_the_second():
    """In the gate the checkout test is the one to shorten; out of it the unit tests are."""
    won = {}
    for second in ("fix", "quarantine"):
        here = begin(STORY, 3, prose=False)
        for choice in ("d1.log", f"d2.{second}", "d3.halves", "d4.access", "d5.hours", "d6.day"):
            here = advance(here, choice)
        won[second] = {road.option.id: road.state.values["run"] for road in branches(here, "d3")}
    assert won["fix"]["halves"] < won["fix"]["cache"] < won["fix"]["select"]
    assert won["quarantine"]["select"] < won["quarantine"]["cache"] <= won["quarantine"]["halves"]


def test_the_story_s_figures_are_the_log_s():
    log = sample_log()
    red, held, wait = reds(log), held_up(log), waiting(log)
    assert (red.red, red.turned, red.confirmed, red.never_again) == (57, 17, 32, 8)
    fact = STORY.facts["reruns"].text
    assert "57 runs were red. 17 turned green" in fact
    assert "32 were red again. 8 nobody" in fact
    assert round(held.middle) == STORY.variables["run"].start == 41
    stages = {stage.name: stage for stage in held.stages}
    assert held.stages[0].name == "checkout-e2e"
    assert max(stages.values(), key=lambda stage: stage.middle).name == "unit"
    assert stages["unit"].wins == 0
    assert 10.5 <= stages["checkout-e2e"].wins <= 11.5
    assert 38 <= wait.runs_a_week <= 41
