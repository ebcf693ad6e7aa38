"""Story 07 cannot be won by going by length, place or tone: over several lucks such players stay below the middle."""

import statistics
from functools import cache

import pytest

from leadgym.course.modules import scenario
from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, evaluate, open_options, tell
from leadgym.scenario.outcome import reachable, weighted_score
from leadgym.scenario.tells import niceness

STORY = scenario("07_feasibility")
SEEDS = range(1, 25)


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
    shares = []
    for seed in SEEDS:
        here = begin(STORY, seed, prose=False)
        while here.scene is not None:
            options = open_options(here)
            picked = options[PLAYERS[name]([tell(here, option.text) for option in options])]
            here = advance(here, f"{here.scene}.{picked.id}")
        shares.append(outcome_share(weighted_score(here), within_reach(lucky(seed))))
    assert statistics.mean(shares) < 0.5


def test_asking_first_and_nothing_else_does_not_win_either():
    """One question about the pace, and then whatever stands first."""
    shares = []
    for seed in SEEDS:
        here = advance(begin(STORY, seed, prose=False), "ask d1.pace")
        while here.scene is not None:
            here = advance(here, f"{here.scene}.{open_options(here)[0].id}")
        shares.append(outcome_share(weighted_score(here), within_reach(lucky(seed))))
    assert statistics.mean(shares) < 0.5
