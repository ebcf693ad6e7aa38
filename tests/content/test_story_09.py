"""Story 09 cannot be won by going by length, place or tone: over several lucks such players stay below the middle."""

import statistics
from functools import cache

import pytest
from guessing import PLAYERS, mean_share

from leadgym.course.modules import scenario
from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, open_options
from leadgym.scenario.outcome import reachable, weighted_score

STORY = scenario("09_stakeholder_translation")
SEEDS = range(1, 7)


@cache
def within_reach(seed):
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS, within_reach) < 0.5


def test_asking_first_and_nothing_else_does_not_win_either():
    """Two hours with the log, and then whatever stands first."""
    shares = []
    for seed in SEEDS:
        here = advance(begin(STORY, seed, prose=False), "ask d1.log")
        while here.scene is not None:
            here = advance(here, f"{here.scene}.{open_options(here)[0].id}")
        shares.append(outcome_share(weighted_score(here), reachable(here)))
    assert statistics.mean(shares) < 0.5
