"""Story 05 cannot be won by going by length, place or tone: over several lucks such players stay below the middle."""

from functools import cache

import pytest
from guessing import PLAYERS, mean_share

from leadgym.course.modules import scenario
from leadgym.scenario.engine import advance, begin
from leadgym.scenario.loader import walk
from leadgym.scenario.outcome import reachable

STORY = scenario("05_design_lead")
SEEDS = range(1, 13)  # the order of the options is drawn by seed: fewer, and "always the first" is a matter of luck


@cache
def within_reach(seed):
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS, within_reach) < 0.5


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
