"""Story 11: guessers do not win, each week 5 has an answer of its own, and weights decide which run is a good one."""

from functools import cache

import pytest
from guessing import PLAYERS, mean_share

from leadgym.course.modules import scenario
from leadgym.scenario.engine import advance, begin, replay
from leadgym.scenario.loader import walk
from leadgym.scenario.outcome import reachable, weighted_score

STORY = scenario("11_capstone")
SEEDS = {"scope": 1, "outage": 2, "quarrel": 3, "leaver": 4}
EVEN = {"ship": 25, "grow": 25, "risk": 25, "craft": 25}


@cache
def within_reach(seed):
    return reachable(begin(STORY, seed, None, EVEN, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS.values(), within_reach, EVEN) < 0.5


def test_the_four_things_come_by_luck_and_have_a_question_each():
    for shock, seed in SEEDS.items():
        here = replay(STORY, ["d1.beside", "d2.two_numbers"], seed)
        assert here.draws["shock"] == shock
        asked = [q.id for q in STORY.scene("d3").asking.choices if f'"{shock}"' in (q.condition or "")]
        assert len(asked) == 1
        assert advance(here, f"ask d3.{asked[0]}").facts


def test_what_is_right_in_week_five_hangs_on_what_it_is():
    """Two people on it beat cutting where somebody leaves or two have fallen out; with too much to do, not so."""

    def comes_to(seed, answer):
        path = ["d1.beside", "d2.two_numbers", answer, "d4.moved", "d5.turned", "d6.ready"]
        return weighted_score(replay(STORY, path, seed, None, EVEN))

    assert comes_to(SEEDS["leaver"], "d3.two") > comes_to(SEEDS["leaver"], "d3.drop")
    assert comes_to(SEEDS["quarrel"], "d3.two") > comes_to(SEEDS["quarrel"], "d3.drop")
    scope = ["d1.beside", "d2.two_numbers", "ask d3.customer"]
    word = {
        answer: replay(STORY, [*scope, answer, "d4.moved", "d5.turned", "d6.ready"], SEEDS["scope"]).values["word"]
        for answer in ("d3.two", "d3.drop")
    }
    assert word["d3.drop"] > word["d3.two"]


def test_each_of_two_good_quarters_is_the_better_one_under_its_own_weights():
    grown, shipped = (walk(STORY, way) for way in STORY.walkthroughs[:2])
    for weights, better in ((grown.weights, grown), (shipped.weights, shipped)):
        own, other = (
            weighted_score(replay(STORY, end.choices, 6, None, dict(weights)))
            for end in (better, shipped if better is grown else grown)
        )
        assert own > other + 20


def test_every_ending_is_worth_something_else():
    assert len({way.ending for way in STORY.walkthroughs}) == len(STORY.endings) == 4
