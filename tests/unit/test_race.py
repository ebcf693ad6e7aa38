"""``race(mine, other)``: the same numbers as the simulation's, said in sentences, with and without a screen."""

from __future__ import annotations

import re

import numpy as np
import pytest

from leadgym.notebook import look, race
from leadgym.sim import READABLE, REFERENCES, compare, lead_away, outcomes, run
from leadgym.widgets import race_words as words
from leadgym.widgets.race import Race, entry
from leadgym.widgets.race_figure import race_figure
from leadgym.widgets.race_screen import RaceScreen

SEEDS, WEEKS, AWAY = 6, 13, 5
HERO, STRETCH = "soft hero", "60/40 with one paired stretch"


@pytest.fixture(scope="module")
def standings():
    made = Race([entry(HERO, "yours"), entry(STRETCH, "the other one")], SEEDS, WEEKS)
    return made.standings([HERO, STRETCH], AWAY)


@pytest.fixture(scope="module")
def simulated():
    """The two quarters of each policy, straight from the simulation."""
    seeds = range(1, SEEDS + 1)
    return {
        name: (run(REFERENCES[name], seeds), run(REFERENCES[name], seeds, shocks=[lead_away(AWAY)]))
        for name in (HERO, STRETCH)
    }


def test_what_stands_at_the_end_is_what_the_simulation_s_outcomes_say(standings, simulated):
    """The screen's weekly arithmetic and the marker's outcomes agree in the last week."""
    for standing in standings:
        here, gone = simulated[standing.name]
        expected = {**outcomes(gone), "absence_loss": outcomes(here, gone)["absence_loss"]}
        found = standing.at(WEEKS)
        assert set(found) == set(words.OUTCOMES)
        for name, numbers in found.items():
            assert numbers == pytest.approx(expected[name]), name


@pytest.mark.parametrize("week", [1, 5, 13])
def test_the_people_s_tickets_and_growth_add_up_to_the_team_s(standings, week):
    for standing in standings:
        assert standing.tickets(week).sum() == pytest.approx(standing.result.shipped[:, week - 1].mean())
        assert standing.grown(week)[1:].sum() == pytest.approx(standing.at(week)["growth"].mean())
        assert standing.lead(week).sum() == pytest.approx(40), "a lead's week has forty hours"


def test_a_difference_is_taken_seed_by_seed(standings, simulated):
    """The interval of the difference, and not the difference of two intervals: luck cancels out."""
    expected = compare(*(outcomes(simulated[name][1]) for name in (HERO, STRETCH)))
    found = words.differences(*standings, WEEKS)
    for name in ("value", "incidents", "growth"):
        assert (found[name].low, found[name].high) == pytest.approx((expected[name].low, expected[name].high))


class _Made:
    """A standing with given outcomes."""

    def __init__(self, name, **numbers):
        self.name, self._numbers = name, {key: np.array(value, dtype=float) for key, value in numbers.items()}

    is_its_own = True

    def at(self, week):
        return self._numbers


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        ([110, 111, 109, 110], "Mine: 10 more value than theirs by week 4 (9 to 11)"),
        ([90, 91, 89, 90], "Mine: 10 less value than theirs by week 4 (−11 to −9)"),
        ([120, 80, 110, 90], "Mine and theirs: no clear difference in value by week 4 (−29 to 29)"),
    ],
)
def test_the_takeaway_claims_no_more_than_the_interval_holds(mine, said):
    even = {"incidents": [5, 6, 5, 6], "growth": [1, 1.1, 1, 1.1]}
    one, other = _Made("mine", value=mine, **even), _Made("theirs", value=[100] * 4, **even)
    assert words.takeaway(one, other, 4) == said


def test_a_policy_whose_decisions_cannot_be_used_wins_nothing():
    """The default that stands in is not bad: without this a typing error beats round robin."""
    said = str(race(lambda team: {one["id"]: "Priya" for one in team["waiting"]}, "round robin", seeds=4))
    assert "No comparison: " in said
    assert "decisions of yours could not be used" in said
    assert "KeyError: 'id' in line " in said
    assert "better" not in said
    assert "more value" not in said


def test_a_few_lost_decisions_spoil_no_race():
    def assign(team):
        first = team["waiting"][0]["ticket"]
        return {first: "Nobody" if team["week"] == 3 and team["run"] == 0 and team["day"] == "Monday" else "Priya"}

    said = str(race(assign, "round robin", seeds=4))
    assert "which is" in said
    assert "No comparison" not in said
    assert "the model's default stood in for it" in said


def test_everybody_in_a_race_says_what_they_do():
    said = str(race({"pair": lambda team: {}}, "100 % coding, same delegation", seeds=2))
    assert "Yours: your own functions (pair). Without `assign`, everybody takes what lies nearest" in said
    assert "100 % coding, same delegation: As 60/40 with one paired stretch, but you code all of your time." in said


def test_the_takeaway_names_what_else_is_more_than_luck():
    one = _Made("mine", value=[100, 100.1], incidents=[2, 2.01], growth=[0.5, 0.5])
    other = _Made("theirs", value=[100, 100], incidents=[5, 5], growth=[1.5, 1.501])
    said = words.takeaway(one, other, 2)
    assert said.endswith("; 3.0 fewer incidents in a hundred tickets, 1.00 less growth")


def test_without_a_screen_it_is_a_table_in_words(capsys, monkeypatch):
    """Under the autograder there are no widgets, and nothing else is shown than text."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    race(HERO, STRETCH, away=AWAY, seeds=SEEDS)._ipython_display_()
    said = capsys.readouterr().out
    assert "Value lost because you are away" in said
    assert "you are away for four weeks from week 5" in said
    assert words.NOT_A_FORECAST in said
    assert len(re.findall(r"^\d+ +\d+ +\d+ ", said, flags=re.M)) == WEEKS


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("soft herro",), 'There is no policy called "soft herro". There are: "strict hero"'),
        (({},), "leave out the brackets"),
        (({"asign": len},), "A policy has no part 'asign'. The parts are calendar"),
        (({"assign": {}},), "The part 'assign' has to be a function"),
        ((5,), "This is a int"),
        ((HERO, HERO), "Give two different ones"),
        ((HERO, STRETCH, 14), "'away' takes a whole number from 0 to 13."),
        ((HERO, STRETCH, 0, 1), "'seeds' takes a whole number from 2 to"),
        ((HERO, STRETCH, 0, 30, 0.5), "'weeks' takes a whole number from 1 to"),
    ],
)
def test_what_cannot_be_raced_is_said_in_a_sentence(capsys, asked, said):
    assert race(*asked) is None
    assert said in capsys.readouterr().out


def broken(team):
    raise KeyError("skill")


def nobody(team):
    return {"E1-1": "Nobody"}


@pytest.mark.parametrize(("policy", "said"), [(broken, "KeyError: 'skill'"), (nobody, "who is not in the team")])
def test_a_policy_that_is_wrong_is_said_in_sentences_and_the_default_races(policy, said):
    shown = repr(race(policy, "round robin", seeds=3))
    assert f"`assign` {'ended in an error' if policy is broken else 'named'}" in shown
    assert said in shown
    assert "default stood in" in shown
    assert "Traceback" not in shown


def test_what_a_policy_prints_is_told_in_a_line(capsys):
    """A print for debugging is called some thousand times."""

    def talks(team):
        print(f"week {team['week']}")
        return {}

    said = repr(race(talks, "round robin", seeds=3, weeks=2))
    assert re.search(r"What yours printed, \d+ lines, begins: week 1 / week 1 / week 1$", said, flags=re.M)
    assert capsys.readouterr().out == ""


def test_a_stopped_race_is_a_sentence(capsys):
    def stopped(team):
        raise KeyboardInterrupt

    race(stopped, "round robin", seeds=3)._ipython_display_()
    assert capsys.readouterr().out.startswith("You stopped the race.")


def test_a_policy_of_one_s_own_and_its_reference_decide_alike():
    """A learner who writes the reference down gets the reference's quarter."""
    made = Race([entry(READABLE[STRETCH], "yours"), entry(STRETCH, "the other one")], 3)
    mine, theirs = (made.result(name).fingerprints() for name in ("yours", STRETCH))
    assert mine == theirs


def test_other_luck_is_other_luck_and_the_same_for_both():
    made = Race([entry(HERO, "yours"), entry(STRETCH, "the other one")], 3)
    seeds = [made.result(name, luck=luck).world.seeds for luck in (0, 1) for name in (HERO, STRETCH)]
    assert seeds == [(1, 2, 3), (1, 2, 3), (4, 5, 6), (4, 5, 6)]


def test_a_look_shows_a_monday_with_somebody_at_work():
    monday = look(week=3)
    assert (monday["week"], monday["day"]) == (3, "Monday")
    assert monday["waiting"]
    assert monday["open"]
    assert look(week=3) == monday


@pytest.fixture(scope="module")
def drawn(standings):
    return race_figure(*standings, WEEKS, AWAY)


class TestFigure:
    def test_it_says_all_of_it_in_words(self, drawn, standings):
        alt = re.search(r'role="img" aria-label="([^"]+)"', drawn)[1]
        assert words.takeaway(*standings, WEEKS) in alt
        for name in standings[0].result.names:
            assert alt.count(f"{name} ships") == 2
        assert alt.count("Your hours a week:") == 2

    def test_its_title_is_the_takeaway(self, drawn, standings):
        assert f"<strong>{words.takeaway(*standings, WEEKS)}.</strong>" in drawn

    def test_the_two_are_told_apart_without_colour(self, drawn):
        """By filled and open marks, and by whole and dashed lines; the key says so."""
        assert "filled circle, whole line" in drawn
        assert "open square, dashed line" in drawn
        assert re.search(r"stroke-dasharray: *[^;]+;[^\"]*stroke: *currentColor", drawn)

    def test_a_name_cannot_bring_markup(self, standings):
        one, other = standings
        sly = words.Standing("<b onclick='x()'>", one.result, one.present)
        assert "<b onclick" not in race_figure(sly, other, WEEKS, AWAY)
        assert "<b onclick" not in words.table(sly, other, WEEKS)


class TestScreen:
    @pytest.fixture
    def screen(self):
        return RaceScreen(race(HERO, STRETCH, seeds=3)._race, (HERO, STRETCH), 0)

    def test_the_slider_sends_you_away(self, screen):
        assert "Value lost" not in screen._below.value
        screen._away.value = 4
        assert "Value lost because you are away" in screen._below.value
        assert "you are away, weeks 4 to 7" in screen._picture.value

    def test_next_week_walks_through_the_quarter_and_begins_again(self, screen):
        seen = []
        for _ in range(3):
            screen._next.click()
            seen.append(re.search(r"by week (\d+) ", screen._picture.value)[1])
        assert seen == ["1", "2", "3"]

    def test_a_pick_waits_for_the_press(self, screen):
        before = screen._picture.value
        screen._second.value = "round robin"
        assert screen._picture.value == before
        assert "Press “Run the quarter”" in screen._said.value
        screen._run.click()
        assert "round robin" in screen._picture.value
        assert screen._said.value == ""

    def test_one_against_itself_is_a_sentence(self, screen):
        screen._second.value = HERO
        screen._run.click()
        assert "Pick two different ones" in screen._said.value

    def test_every_away_week_can_be_chosen_and_played(self, screen):
        weeks = [week for _, week in screen._away.options]
        assert weeks == list(range(11))
        screen._away.value = weeks[-1]
        assert "weeks 10 to 13" in screen._picture.value
