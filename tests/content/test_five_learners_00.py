"""Module 00: five learners and the solution are marked in their order, each with the reason that is theirs."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from leadgym.marking import coach, load_keys, load_rubric, mark
from leadgym.marking.tables import Table

ROOT = Path(__file__).resolve().parents[2]
SLUG = "00_baseline"
FOLDER = ROOT / "solutions" / SLUG
ANSWERS = ROOT / "tests" / "fixtures" / "answers" / SLUG
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", RUBRIC, FOLDER)

IN_ORDER = ["solution", "strong", "decent", "shaky", "careless", "gaming"]
TOTALS = {"solution": 50, "strong": 40.27, "decent": 26.79, "shaky": 9.08, "careless": 6.2, "gaming": 1.5}
ACTIONS = list(KEYS.answers["week"].things)


def answers(name):
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sheets():
    return {
        name: {part: mark(RUBRIC, KEYS, FOLDER, part, answers(name)[part]) for part in RUBRIC.answers}
        for name in IN_ORDER
    }


def found(sheet, criterion):
    return next(c.found for c in sheet.criteria if c.id == criterion)


def points(sheet):
    return {c.id: c.points for c in sheet.criteria}


def test_the_exercise_is_worth_fifty():
    assert sum(answer.points for answer in RUBRIC.answers.values()) == 50


def test_they_come_out_in_their_order_and_not_close_together(sheets):
    totals = [sum(sheet.points for sheet in sheets[name].values()) for name in IN_ORDER]
    assert totals == pytest.approx([TOTALS[name] for name in IN_ORDER], abs=0.06)
    assert all(one - other >= 2.5 for one, other in pairwise(totals))


def test_the_solution_earns_everything(sheets):
    for sheet in sheets["solution"].values():
        assert sheet.points == sheet.out_of


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
        assert mark(RUBRIC, KEYS, FOLDER, part, given).points == 0


def test_strong_differs_with_the_authors_openly(sheets):
    """Takes the friendlier second-best three times, and was only half sure there."""
    judgement, week = sheets["strong"]["judgement"], sheets["strong"]["week"]
    assert "In 9 of the 12 items" in found(judgement, "best")
    assert "where you said 95 % or thereabouts: 12 of 12 right" in found(week, "sure")
    assert "On average you were about as sure as you were right" in found(week, "sure")
    assert points(sheets["strong"]["path"])["turning_points"] == 3


def test_decent_goes_with_the_authors_and_picks_the_runner_up(sheets):
    sheet = sheets["decent"]["judgement"]
    assert points(sheet)["ratings"] > 9
    assert points(sheet)["best"] < 1
    assert "It keeps you in the middle of a matter that was hers" in found(sheet, "best")
    week = sheets["decent"]["week"]
    assert "what is the engineering manager's went to the tech lead" in found(week, "fits")
    assert "you see least of the engineering manager's" in found(week, "blind_spot")


def test_shaky_is_told_that_sure_and_right_are_far_apart(sheets):
    assert "points more sure than right" in found(sheets["shaky"]["judgement"], "sure")
    week = sheets["shaky"]["week"]
    assert "you see least of the tech lead's" in found(week, "blind_spot")
    assert "It is code, and what it is for is a decision of the whole team's." in found(week, "fits")
    assert "points more sure than right" in found(week, "sure")
    assert "The authors would not." in found(sheets["shaky"]["path"], "turning_points")


def test_careless_is_told_what_is_missing(sheets):
    assert "has not come to an ending" in found(sheets["careless"]["path"], "finished")
    assert "“One thing” Not decided." in found(sheets["careless"]["path"], "turning_points")
    assert "are not complete" in sheets["careless"]["judgement"].note
    assert points(sheets["careless"]["week"])["fits"] == 0
    told = coach(RUBRIC, FOLDER, "week", answers("careless")["week"])
    assert "What is left out counts as a miss." in str(told.checks)


def test_gaming_earns_what_it_brings(sheets):
    assert sheets["gaming"]["judgement"].points == 0
    assert sheets["gaming"]["week"].points == 0
    assert "Saying the same throughout would get 14; the points begin there." in found(sheets["gaming"]["week"], "fits")
    assert "You decided without learning any" in found(sheets["gaming"]["path"], "asked")
    told = coach(RUBRIC, FOLDER, "week", answers("gaming")["week"])
    assert "All of it goes to the same place" in str(told.checks)


@pytest.mark.parametrize("always", ["senior", "tl", "em"])
def test_one_role_throughout_does_not_pay(always):
    for sure in (0.34, 0.7, 1.0):
        assert mark(RUBRIC, KEYS, FOLDER, "week", {name: [always, sure] for name in ACTIONS}).points == 0


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
    sheet = mark(RUBRIC, KEYS, FOLDER, "week", given)
    assert points(sheet)["fits"] <= 5.5, found(sheet, "fits")


def _names():
    return {name: str(row) for name, row in Table(one="thing", file="data/week.yaml").load("things", FOLDER).items()}


def test_both_answers_count_where_two_stand_and_the_reason_is_always_told(sheets):
    two = {name: key for name, key in KEYS.answers["week"].things.items() if len(key.accepted) > 1}
    assert len(two) == 5
    right = answers("solution")["week"]
    other = {**right, **{name: [key.accepted[-1], 1.0] for name, key in two.items()}}
    assert mark(RUBRIC, KEYS, FOLDER, "week", other).points == 20
    for key in two.values():
        assert " ".join(key.why.split()) in sheets["strong"]["week"].note
