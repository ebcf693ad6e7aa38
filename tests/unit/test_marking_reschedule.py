"""Re-schedulers: fair between a good search, a selfish one and none at all; what breaks something earns nothing."""

from __future__ import annotations

import importlib.util
import itertools
import json
from pathlib import Path

import pytest

from leadgym.marking import asking, coach, function_data, load_keys, load_rubric, mark
from leadgym.sim.meetings import blocks, clock, draw_week, focus, outcome, problems
from leadgym.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[2]
MAKER = ROOT / "grader" / "make_weeks.py"
WEEK = {
    "opens": 540, "closes": 1020, "least": 120, "moves": 2,
    "meetings": [
        {"id": "m1", "title": "Sync", "day": 0, "start": 630, "minutes": 30, "movable": True, "by": 1,
         "people": ["Wen"]},
        {"id": "m2", "title": "Call", "day": 0, "start": 780, "minutes": 60, "movable": False, "by": 4, "people": []},
        {"id": "m3", "title": "Talk", "day": 2, "start": 600, "minutes": 30, "movable": True, "by": 4, "people": []},
        {"id": "m4", "title": "Late", "day": 3, "start": 900, "minutes": 30, "movable": True, "by": 4, "people": []},
    ],
    "others": {"Wen": [{"day": 0, "start": 840, "minutes": 60}, {"day": 1, "start": 540, "minutes": 120}]},
}  # fmt: skip


def maker():
    """The generator, with the reference search. It is no part of the package."""
    spec = importlib.util.spec_from_file_location("make_weeks", MAKER)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    found, search = {}, made.search

    def once(week, care=1.0):
        key = (json.dumps(week), care)
        if key not in found:
            found[key] = search(week, care)
        return found[key]

    made.search = once
    return made


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    """A small exercise: four practice weeks, six hidden ones with what the references come to."""
    folder, made = tmp_path_factory.mktemp("reschedule"), maker()
    seeds = [10**9 + 7_919 * number for number in range(6)]
    weeks = [{"seed": seed, **made.computed(seed)} for seed in seeds]
    practice = [{"seed": 1, "won": made.computed(1)["won"]}]
    words = {"title": "t", "reason": "r.", "next_step": "n."}
    criteria = [{"id": one, "measure": one, "points": 10, **words} for one in ("holds", "won", "paid")]
    about = {"kind": "reschedule", "title": "t", "asks": "a.", "points": 30, "practice": practice, "criteria": criteria}
    rubric = {"rubric": "r", "title": "t", "answers": {"move": about}}
    keys = {"keys": "r", "status": "provisional", "answers": {"move": {"weeks": weeks}}}
    for name, data in (("rubric.yaml", rubric), ("keys.yaml", keys)):
        (folder / name).write_text(json.dumps(data))
    read = load_rubric(folder / "rubric.yaml")
    return folder, read, load_keys(folder / "keys.yaml", read, folder), made


def marked(exercise, function):
    folder, rubric, keys, _ = exercise
    found = mark(rubric, keys, folder, "move", function_data(function), ask=asking(function))
    return {one.id: one for one in found.criteria}


def points(exercise, function):
    return {name: one.points for name, one in marked(exercise, function).items()}


# The weeks


def test_a_week_is_the_same_each_time_and_holds_its_own_rules():
    for seed in range(1, 30):
        week = draw_week(seed)
        assert week == draw_week(seed)
        assert json.loads(json.dumps(week)) == week
        assert problems(week, {}) == []
        for one, other in itertools.combinations(week["meetings"], 2):
            apart = one["day"] != other["day"] or one["start"] + one["minutes"] <= other["start"]
            assert apart or other["start"] + other["minutes"] <= one["start"], (seed, one, other)
        assert all(one["day"] <= one["by"] for one in week["meetings"])
        assert sum(one["movable"] for one in week["meetings"]) >= 8


def test_focus_by_hand():
    """Monday: 540 to 630 is short, 660 to 780 and 840 to 1020 count. Wednesday 630 to 1020, Thursday 540 to 900."""
    assert focus(WEEK, {})["you"] == [120 + 180, 480, 390, 360, 480]
    assert focus(WEEK, {})["Wen"] == [180 + 120, 360, 480, 480, 480]


@pytest.mark.parametrize(
    ("proposal", "won", "lost"),
    [
        ({}, 0, 0),
        ({"m3": [2, 540]}, 450 - 390, 0),
        # Out of Monday's morning, to Tuesday behind what Wen has there: Monday has 240 and 180, and Tuesday breaks.
        ({"m1": [1, 660]}, (240 + 180 - 300) + (120 + 330 - 480), 30),
        # Into the middle of Wen's Tuesday: 660 to 780 and 810 to 1020 are left of 360.
        ({"m1": [1, 780]}, 120 + (240 + 210 - 480), 360 - (120 + 210)),
        ({"m1": [0, 630]}, 0, 0),
    ],
)
def test_what_a_proposal_comes_to_by_hand(proposal, won, lost):
    found = outcome(WEEK, proposal)
    assert (found.problems, found.won, found.lost) == ((), won, lost)


@pytest.mark.parametrize(
    ("proposal", "said"),
    [
        ({"m2": [0, 540]}, "that one is fixed"),
        ({"m1": [2, 660]}, "needed by Tue"),
        ({"m1": [0, 760]}, "not on a quarter of an hour"),
        ({"m1": [0, 765]}, "somebody has something there"),
        ({"m1": [1, 600]}, "somebody has something there"),
        ({"m3": [2, 1005]}, "outside of the working week"),
        ({"m3": [5, 600]}, "outside of the working week"),
        ({"m3": [-1, 600]}, "outside of the working week"),
        ({"m1": [1, 660], "m3": [1, 675]}, "somebody has something there"),
        ({"m1": [1, 660], "m3": [2, 540], "m4": [3, 540]}, "It moves 3 meetings; 2 is the most"),
        ({"m9": [0, 540]}, "not in the week"),
        ({"m1": 780}, "two whole numbers"),
        ({"m1": [1.0, 660]}, "two whole numbers"),
        ({"m1": [True, 660]}, "two whole numbers"),
        ({"m1": None}, "two whole numbers"),
        ([["m1", 1, 660]], "has to be a dict"),
        (None, "has to be a dict"),
    ],
)
def test_what_cannot_be_put_into_a_calendar(proposal, said):
    found = outcome(WEEK, proposal)
    assert said in " ".join(found.problems)
    assert (found.won, found.lost) == (0, 0)


def test_two_that_change_places_are_no_trouble():
    """Each lies where the other lay, which is free once both have moved."""
    swap = {**WEEK, "meetings": [{**one, "people": [], "by": 4} for one in WEEK["meetings"]]}
    assert problems(swap, {"m3": [3, 900], "m4": [2, 600]}) == []


def test_clock_and_blocks():
    assert clock(555) == "09:15"
    assert blocks([(500, 540), (1020, 1100), (700, 650)], 540, 1020, 120) == [(540, 1020)]


# The mark


def test_the_reference_earns_everything(exercise):
    made = exercise[3]
    assert points(exercise, lambda week: made.search(week, 1)) == {"holds": 10, "won": 10, "paid": 10}


def test_the_selfish_search_wins_and_lets_others_pay(exercise):
    made = exercise[3]
    assert points(exercise, lambda week: made.search(week, 0)) == {"holds": 10, "won": 10, "paid": 0}


@pytest.mark.parametrize(
    "function",
    [
        lambda week: {},
        lambda week: None,
        lambda week: {one["id"]: [4, 900] for one in week["meetings"]},
        lambda week: week["nothing"],
        lambda week: {"m1": [0, float("nan")]},
        lambda week: object(),
    ],
)
def test_nothing_moved_and_nothing_that_holds_earns_nothing(exercise, function):
    assert sum(points(exercise, function).values()) == 0


def test_winning_a_little_for_nothing_is_not_worth_all_of_paid(exercise):
    made = exercise[3]

    def timid(week):
        best = made.search(week, 1)
        name = min(
            best, key=lambda one: (outcome(week, {one: best[one]}).won <= 0, outcome(week, {one: best[one]}).won)
        )
        return {name: best[name]}

    found = points(exercise, timid)
    assert 0 < found["won"] < 6
    assert found["paid"] < 10


def test_what_proposes_something_else_when_asked_again_is_not_relied_on(exercise):
    made, calls = exercise[3], itertools.count()

    def fickle(week):
        best = made.search(week, 1)
        return dict(list(best.items())[: 1 + next(calls) % 2])

    found = marked(exercise, fickle)
    assert found["holds"].points < 5
    assert "something else when it was asked again" in found["holds"].found


def test_an_error_is_named_without_its_words(exercise):
    def spy(week):
        raise ValueError(str(week))

    found = marked(exercise, spy)["holds"].found
    assert "It raised ValueError." in found
    assert "meetings" not in found


def test_coaching_goes_through_the_practice_weeks(exercise):
    folder, rubric, _, made = exercise
    good = coach(rubric, folder, "move", function_data(made.search), ask=asking(lambda week: made.search(week, 1)))
    assert good.ready
    assert [check.state for check in good.checks] == ["fine"] * 3
    none = coach(rubric, folder, "move", function_data(made.search), ask=asking(lambda week: {}))
    assert not none.ready
    assert "Nothing is won." in none.checks[0].found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weeks: [{**weeks[0], "seed": 5}, *weeks[1:]], "can be found by trying"),
        (lambda weeks: [weeks[1], *weeks[1:]], "stands elsewhere too"),
        (lambda weeks: [{**one, "selfish_lost": 0} for one in weeks], "takes hardly more from others"),
        (lambda weeks: weeks[:2], "at least 6"),
    ],
)
def test_keys_that_would_not_be_fair_are_refused(exercise, change, said, tmp_path):
    folder, rubric, keys, _ = exercise
    weeks = [one.model_dump() for one in keys.answers["move"].weeks]
    path = tmp_path / "keys.yaml"
    path.write_text(json.dumps({"keys": "r", "status": "provisional", "answers": {"move": {"weeks": change(weeks)}}}))
    with pytest.raises(FileProblems) as caught:
        load_keys(path, rubric, folder)
    assert said in str(caught.value)
