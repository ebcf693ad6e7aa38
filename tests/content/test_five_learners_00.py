"""Module 00: five learners and the solution are marked in their order, each with the reason that is theirs."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from five_learners import ORDER, Handed, by_criterion

from leadgym.marking import coach
from leadgym.marking.tables import Table

HANDED = Handed("00_baseline")
TOTALS = {"solution": 50, "strong": 40.27, "decent": 26.79, "shaky": 9.08, "careless": 6.2, "gaming": 1.5}
ACTIONS = list(HANDED.keys.answers["week"].things)


def test_the_exercise_is_worth_fifty():
    assert HANDED.worth == 50


def test_they_come_out_in_their_order_and_not_close_together():
    totals = [HANDED.total(name) for name in ORDER]
    assert totals == pytest.approx([TOTALS[name] for name in ORDER], abs=0.06)
    assert all(one - other >= 2.5 for one, other in pairwise(totals))


def test_the_solution_earns_everything():
    for part, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", part).points == about.points


@pytest.mark.parametrize("answer", [None, {}, {name: [None, None] for name in ACTIONS}])
def test_the_unsolved_exercise_earns_nothing(answer):
    """As it is handed out: a story that has not begun, a form that is empty, a week of Nones."""
    start = {
        "scenario": "promoted_week",
        "seed": 5,
        "variant": None,
        "weights": {"good": 50, "move": 50},
        "choices": [],
    }
    for part, given in {"path": start, "judgement": answer, "week": answer}.items():
        assert HANDED.mark(part, given).points == 0


def test_strong_differs_with_the_authors_openly():
    """Takes the friendlier second-best three times, and was only half sure there."""
    assert "In 9 of the 12 items" in HANDED.found("strong", "judgement", "best")
    assert "where you said 95 % or thereabouts: 12 of 12 right" in HANDED.found("strong", "week", "sure")
    assert "On average you were about as sure as you were right" in HANDED.found("strong", "week", "sure")
    assert HANDED.points("strong", "path")["turning_points"] == 3


def test_decent_goes_with_the_authors_and_picks_the_runner_up():
    assert HANDED.points("decent", "judgement")["ratings"] > 9
    assert HANDED.points("decent", "judgement")["best"] < 1
    assert "It keeps you in the middle of a matter that was hers" in HANDED.found("decent", "judgement", "best")
    assert "what is the engineering manager's went to the tech lead" in HANDED.found("decent", "week", "fits")
    assert "you see least of the engineering manager's" in HANDED.found("decent", "week", "blind_spot")


def test_shaky_is_told_that_sure_and_right_are_far_apart():
    assert "points more sure than right" in HANDED.found("shaky", "judgement", "sure")
    assert "you see least of the tech lead's" in HANDED.found("shaky", "week", "blind_spot")
    assert "It is code, and what it is for is a decision of the whole team's." in HANDED.found("shaky", "week", "fits")
    assert "points more sure than right" in HANDED.found("shaky", "week", "sure")
    assert "The authors would not." in HANDED.found("shaky", "path", "turning_points")


def test_careless_is_told_what_is_missing():
    assert "has not come to an ending" in HANDED.found("careless", "path", "finished")
    assert "“One thing” Not decided." in HANDED.found("careless", "path", "turning_points")
    assert "are not complete" in HANDED.marked("careless", "judgement").note
    assert HANDED.points("careless", "week")["fits"] == 0
    told = coach(HANDED.rubric, HANDED.folder, "week", HANDED.answers("careless")["week"])
    assert "What is left out counts as a miss." in str(told.checks)


def test_gaming_earns_what_it_brings():
    assert HANDED.marked("gaming", "judgement").points == 0
    assert HANDED.marked("gaming", "week").points == 0
    assert "Saying the same throughout would get 14; the points begin there." in HANDED.found("gaming", "week", "fits")
    assert "You decided without learning any" in HANDED.found("gaming", "path", "asked")
    told = coach(HANDED.rubric, HANDED.folder, "week", HANDED.answers("gaming")["week"])
    assert "All of it goes to the same place" in str(told.checks)


@pytest.mark.parametrize("always", ["senior", "tl", "em"])
def test_one_role_throughout_does_not_pay(always):
    for sure in (0.34, 0.7, 1.0):
        assert HANDED.mark("week", {name: [always, sure] for name in ACTIONS}).points == 0


@pytest.mark.parametrize(
    "rule",
    {
        "code is a senior's, a person is a manager's, the rest a lead's": [
            (r"\b(merged|script|test|index|lines|library|built|disk|adapter|refund|field|template)\b", "senior"),
            (r"\b(Wen|Leo|Marek|Aisha|two people|interview|talks|team)\b", "em"),
        ],
        "a meeting is a manager's, the rest a senior's": [
            (r"\b(talked|half an hour|spoke|heard|review|interview)\b", "em")
        ],
    }.items(),
    ids=lambda rule: rule[0],
)
def test_what_the_words_look_like_does_not_sort_them(rule):
    names = _names()
    rest = "tl" if "lead's" in rule[0] else "senior"
    given = {
        name: [next((whose for pattern, whose in rule[1] if re.search(pattern, text)), rest), 0.6]
        for name, text in names.items()
    }
    sheet = HANDED.mark("week", given)
    assert by_criterion(sheet)["fits"] <= 5.5


def _names():
    return {
        name: str(row) for name, row in Table(one="thing", file="data/week.yaml").load("things", HANDED.folder).items()
    }


def test_both_answers_count_where_two_stand_and_the_reason_is_always_told():
    two = {name: key for name, key in HANDED.keys.answers["week"].things.items() if len(key.accepted) > 1}
    assert len(two) == 5
    right = HANDED.answers("solution")["week"]
    other = {**right, **{name: [key.accepted[-1], 1.0] for name, key in two.items()}}
    assert HANDED.mark("week", other).points == 20
    for key in two.values():
        assert " ".join(key.why.split()) in HANDED.marked("strong", "week").note
