"""Story 08 cannot be won by going by length, place or tone, and its figures are those of the run log."""

import statistics
from functools import cache

import pytest

from leadgym.course.modules import scenario
from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, open_options, tell
from leadgym.scenario.outcome import branches, reachable, weighted_score
from leadgym.scenario.tells import niceness
from leadgym.tools.ci import sample_log
from leadgym.tools.ci.path import held_up
from leadgym.tools.ci.waiting import reds, waiting

STORY = scenario("08_developer_experience")
SEEDS = range(1, 5)


def by_rank(rank):
    return lambda texts: sorted(range(len(texts)), key=lambda i: -len(texts[i]))[rank]


PLAYERS = {
    "always the longest": by_rank(0),
    "always the second longest": by_rank(1),
    "always the third longest": by_rank(2),
    "always the shortest": by_rank(-1),
    "always the first": lambda texts: 0,
    "always the second": lambda texts: 1,
    "always the last": lambda texts: len(texts) - 1,
    "always the nicest": lambda texts: max(range(len(texts)), key=lambda i: niceness(texts[i])),
}


@cache
def within_reach(seed):
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    shares = []
    for seed in SEEDS:
        here = begin(STORY, seed, prose=False)
        while here.scene is not None:
            options = open_options(here)
            picked = options[PLAYERS[name]([tell(here, option.text) for option in options])]
            here = advance(here, f"{here.scene}.{picked.id}")
        shares.append(outcome_share(weighted_score(here), within_reach(seed)))
    assert statistics.mean(shares) < 0.5


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
