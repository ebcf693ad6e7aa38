"""Ranges and middle values: the naive answer earns nothing, the best one everything, the widest nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marking_small import KEYS, RUBRIC, best, coached, marked, shares

from leadgym.marking.estimate import interval_share

QUESTIONS = RUBRIC.answers["estimate"].questions
KEY = KEYS.answers["estimate"].questions


def everywhere(make):
    return {question.id: make(question) for question in QUESTIONS}


def naive(question):
    return {"low": question.naive.low, "high": question.naive.high, "median": question.naive.median}


def widest(question):
    return {"low": question.min, "high": question.max, "median": question.naive.median}


def test_the_best_ranges_earn_everything():
    mark = marked("estimate", best("estimate"))
    assert (mark.points, mark.out_of) == (12, 12)


@pytest.mark.parametrize("make", [naive, widest], ids=["naive", "widest"])
def test_saying_nothing_earns_nothing(make):
    assert marked("estimate", everywhere(make)).points == 0


def test_a_share_by_hand():
    # Naive 0 to 20 scores 20, the best 5.25 to 9.25 scores 4; 4 to 10 holds 7.25 and scores 6: (20 - 6) / (20 - 4).
    assert interval_share(4, 10, QUESTIONS[0], KEY["merge"]) == pytest.approx(14 / 16)
    # 8 to 10 misses by .75, at ten times the price: 2 + 7.5.
    assert interval_share(8, 10, QUESTIONS[0], KEY["merge"]) == pytest.approx((20 - 9.5) / 16)
    # A point far off is worse than naive, and no question can cost more than one.
    assert interval_share(50, 50, QUESTIONS[0], KEY["merge"]) == -1


def test_interval_criterion_is_the_mean_over_all_questions():
    answer = best("estimate")
    answer["merge"] = {"low": 4, "high": 10, "median": 7}
    assert shares(marked("estimate", answer))["sharp"] == pytest.approx((14 / 16 + 3) / 4)
    del answer["merge"]
    assert shares(marked("estimate", answer))["sharp"] == pytest.approx(3 / 4)


def test_median_criterion_by_hand():
    # Errors beyond the best range over the naive width. Naive: .75/20, 5.75/40, 2.75/30, .75/8. Own: 12 is 2.75 over.
    answer = best("estimate")
    answer["merge"]["median"] = 12
    reference = 0.75 / 20 + 5.75 / 40 + 2.75 / 30 + 0.75 / 8
    mark = marked("estimate", answer)
    assert shares(mark)["middle"] == pytest.approx(1 - (2.75 / 20) / reference)
    assert "How many days until the merge? Your middle value is too high." in mark.criteria[2].found


def test_a_missing_middle_counts_as_the_naive_one():
    answer = best("estimate")
    for given_answer in answer.values():
        del given_answer["median"]
    mark = marked("estimate", answer)
    assert shares(mark)["middle"] == 0
    assert shares(mark)["sharp"] == pytest.approx(1)


def test_a_range_counts_for_coverage_only_when_it_says_something():
    answer = best("estimate")
    answer["merge"] |= {"low": 0, "high": 15}
    assert marked("estimate", answer).criteria[1].points == 3
    for name, high in (("merge", 15.5), ("pages", 31), ("hours", 23)):
        answer[name] |= {"low": 0, "high": high}
    mark = marked("estimate", answer)
    # One of four; honest ranges have two to four.
    assert shares(mark)["calibrated"] == 0.5
    assert "nearly as wide as knowing nothing" in mark.criteria[1].found


def test_evidence_says_on_which_side_and_not_the_value():
    answer = best("estimate")
    answer["merge"] |= {"low": 1, "high": 3}
    answer["pages"] |= {"low": 20, "high": 24}
    found = marked("estimate", answer).criteria[0].found
    assert "How many days until the merge? Your range lies below the value. Count the reviews." in found
    assert "How many pages at night? Your range lies above the value. Look at last month." in found


@pytest.mark.parametrize(
    ("given_answer", "says"),
    [
        ({"low": 9, "high": 4, "median": 5}, "'low' is above 'high'; swap them"),
        ({"low": -5, "high": 4, "median": 5}, "'low' has to lie between 0 and 60 days"),
        ({"low": 0, "high": 10**15, "median": 5}, "'high' has to lie between 0 and 60 days"),
        ({"low": "4", "high": 9, "median": 5}, "'low' has to be a number, without quotes"),
        ({"low": True, "high": 9, "median": 5}, "'low' has to be a number"),
        ({"low": 4, "median": 5}, "'high' is missing"),
        ([4, 9, 5], "has to be a dict with 'low', 'high' and 'median'"),
        (None, "no estimate"),
    ],
)
def test_a_range_that_cannot_be_read_is_said_and_counts_as_naive(given_answer, says):
    answer = best("estimate")
    answer["merge"] = given_answer
    mark = marked("estimate", answer)
    assert says in mark.note
    assert shares(mark)["sharp"] == pytest.approx(3 / 4)
    assert not coached("estimate", answer).ready


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 60), st.floats(0, 60))
def test_nearer_and_narrower_never_lowers(a, b, c, d):
    """Of two ranges that hold the value, the one inside the other is never worth less."""
    key, question = KEY["merge"], QUESTIONS[0]
    outer, inner = (min(a, key.truth), max(b, key.truth)), (min(c, key.truth), max(d, key.truth))
    inner = (max(inner[0], outer[0]), min(inner[1], outer[1]))
    assert interval_share(*inner, question, key) >= interval_share(*outer, question, key) - 1e-12


@pytest.mark.parametrize("answer", [None, [], "wide", {}, 3])
def test_something_else_entirely_earns_nothing(answer):
    mark = marked("estimate", answer)
    assert mark.points == 0
    assert mark.note


def widths(answer):
    return next(check for check in coached("estimate", answer).checks if check.title == "Widths")


def test_coaching_looks_at_widths():
    assert widths(best("estimate")).state == "fine"
    assert "merge: 60 days wide, about as wide as knowing nothing" in widths(everywhere(widest)).found
    point = best("estimate")
    point["merge"] = {"low": 7, "high": 7, "median": 7}
    point["hours"]["median"] = 20
    assert "merge: 0 days wide. That is a point, not a range." in widths(point).found
    assert "hours: the middle value lies outside of the range." in widths(point).found


def test_coaching_says_how_many_honest_ranges_hold():
    assert "Of 4 honest 80 % ranges, 2 to 4 hold the value" in coached("estimate", best("estimate")).note


def test_coaching_tells_nothing_that_depends_on_the_key():
    """Moving every range away from the value, in one piece, changes nothing in what is said."""
    here, there = best("estimate"), best("estimate")
    for given_answer in there.values():
        for name in given_answer:
            given_answer[name] += 3
    assert coached("estimate", here) == coached("estimate", there)
