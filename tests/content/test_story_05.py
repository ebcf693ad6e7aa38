"""Story 05 cannot be won by going by length, place or tone: over several lucks such players stay below the middle."""

import statistics
from functools import cache

import pytest

from leadgym.course.modules import scenario
from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, open_options, tell
from leadgym.scenario.loader import walk
from leadgym.scenario.outcome import reachable, weighted_score
from leadgym.scenario.tells import niceness

STORY = scenario("05_design_lead")
SEEDS = range(1, 13)  # the order of the options is drawn by seed: fewer, and "always the first" is a matter of luck


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


def test_the_engine_can_end_well_and_the_boring_queue_badly():
    """No road of the fourth decision is the right one by itself."""
    ways = {way.name: way for way in STORY.walkthroughs}
    assert walk(STORY, ways["The engine, taken out by its own page"]).ending == "read_aloud"
    bad = ["d1.present", "d2.her", "d3.extend", "d4.queue", "d5.leave", "d6.turn"]
    here = begin(STORY, 3)
    for choice in bad:
        here = advance(here, choice)
    assert here.ending not in ("read_aloud", "on_the_day")


def test_what_later_modules_take_for_granted_holds_on_every_road():
    """Module 10: four hundred a second at month-end, two thousand on Iris's machines, and a new queue would be new."""
    text = STORY.scene("d6").text
    assert "Four hundred a second" in text
    assert "2,000" in STORY.facts["bet"].text
    told = " ".join(option.text for scene in STORY.scenes for option in scene.options)
    assert "Kafka" not in told
