"""Story 07 cannot be won by going by length, place or tone: over several lucks such players stay below the middle."""

import statistics
from functools import cache

import pytest
from guessing import PLAYERS, mean_share

from leadgym.course.modules import scenario
from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, evaluate, open_options
from leadgym.scenario.outcome import reachable, weighted_score

STORY = scenario("07_feasibility")
SEEDS = range(1, 25)


@cache
def lucky(seed):
    """The one thing this story draws: whether the slow weeks were an accident."""
    here = begin(STORY, seed, prose=False)
    while here.scene is not None:
        here = advance(here, f"{here.scene}.{open_options(here)[0].id}")
    return evaluate(here, "slow")


@cache
def within_reach(slow):
    seed = next(seed for seed in SEEDS if lucky(seed) == slow)
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS, lambda seed: within_reach(lucky(seed))) < 0.5


def test_asking_first_and_nothing_else_does_not_win_either():
    """One question about the pace, and then whatever stands first."""
    shares = []
    for seed in SEEDS:
        here = advance(begin(STORY, seed, prose=False), "ask d1.pace")
        while here.scene is not None:
            here = advance(here, f"{here.scene}.{open_options(here)[0].id}")
        shares.append(outcome_share(weighted_score(here), within_reach(lucky(seed))))
    assert statistics.mean(shares) < 0.5
