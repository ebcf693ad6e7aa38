"""Module 11: five learners come out in their order and for the right reasons; nothing earns nothing."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from five_learners import LEARNERS, ORDER, Handed, Player

from leadgym.course import modules
from leadgym.marking.declared import Sums
from leadgym.marking.quarters import NO_POLICY, reference

pytestmark = pytest.mark.xdist_group("five_learners_11")  # quarters are played for seconds; one process marks each once

HANDED = Handed("11_capstone")
ABOUT, KEYS = HANDED.rubric.answers["quarter"], HANDED.keys.answers["quarter"]


def in_fewer_quarters(of_each: int) -> Handed:
    """The same learners in the first few hidden quarters of each group: their order and reasons need no more."""
    handed = Handed("11_capstone")
    groups = [group.model_copy(update={"seeds": group.seeds[:of_each]}) for group in KEYS.quarters]
    about = ABOUT.model_copy(update={"quarters": of_each * len(groups)})
    keys = KEYS.model_copy(update={"quarters": groups})
    handed.rubric = handed.rubric.model_copy(update={"answers": {**handed.rubric.answers, "quarter": about}})
    handed.keys = handed.keys.model_copy(update={"answers": {**handed.keys.answers, "quarter": keys}})
    return handed


FIVE = in_fewer_quarters(4)


def test_the_five_come_out_in_their_order() -> None:
    totals = [FIVE.total(learner) for learner in LEARNERS]
    assert totals == sorted(totals, reverse=True)
    assert all(better - worse >= 2 for better, worse in pairwise(totals)), totals
    assert totals[0] >= 0.75 * HANDED.worth
    assert totals[-1] < 2


def test_the_solution_earns_everything() -> None:
    for answer, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", answer).points == about.points, answer
    assert HANDED.total("solution") == HANDED.worth == 80


def test_the_solution_notebook_holds_what_the_solution_hands_in() -> None:
    scope = HANDED.written("solutions", "your-run", "your-quarter", "your-story", play=Player, Path=Path)
    given = HANDED.answers("solution")
    run = scope["run"]
    assert (run.seed, run.declared, run.choices) == tuple(
        given["path"][name] for name in ("seed", "weights", "choices")
    )
    assert scope["story"].strip().splitlines() == "\n".join(given["scenario"]).strip().splitlines()
    assert scope["weights"] == {"ship": 50, "grow": 30, "risk": 15, "craft": 5}


@pytest.mark.parametrize("answer", HANDED.rubric.answers)
@pytest.mark.parametrize("empty", [None, {}, "", []])
def test_nothing_earns_nothing(answer: str, empty: Any) -> None:
    assert HANDED.mark(answer, empty).points == 0


def test_the_unsolved_exercise_earns_nothing() -> None:
    scope = HANDED.written("exercises", "your-quarter", "your-story", Path=Path)
    assert HANDED.mark("quarter", {"weights": scope["weights"], **scope["policy"]}).points == 0
    assert HANDED.mark("scenario", scope["story"].splitlines()).points == 0


REASONS = [
    ("strong", "path", "turning_points", "“Eighty words” You chose: “Nothing: you said these weights in April"),
    ("strong", "judgement", "best", "In 10 of the 12 items"),
    ("strong", "scenario", "sound", "'desk' is no worse than 'peak' in anything"),
    ("decent", "path", "weights", "those are nearer to what it lived by"),
    ("decent", "judgement", "sure", "43 points more sure than right"),
    ("decent", "quarter", "worst", "It does worst in quarters"),
    ("decent", "scenario", "decisions", "A run has 3 decisions; four to six fit."),
    ("decent", "scenario", "endings", "a walkthrough reaches: “The page with one name”."),
    ("decent", "scenario", "right_when", "carla.yes: right_when"),
    ("decent", "scenario", "asked", "No questions"),
    ("shaky", "path", "turning_points", "“The rule” You chose: “Each of them takes what they know least"),
    ("shaky", "quarter", "all", "you have gone \N{MINUS SIGN}"),
    ("shaky", "scenario", "right_when", "0 of 6 options"),
    ("careless", "path", "finished", "has not come to an ending"),
    ("careless", "scenario", "sound", "The story does not load: 1 to mend."),
    ("gaming", "path", "outcome", "has not ended"),
    ("gaming", "judgement", "ratings", "about as often as chance would"),
]


@pytest.mark.parametrize(("learner", "answer", "criterion", "reason"), REASONS)
def test_the_feedback_names_the_reason(learner: str, answer: str, criterion: str, reason: str) -> None:
    one = FIVE.criterion(learner, answer, criterion)
    assert one.points < one.out_of
    assert reason in one.found


NOTES = [
    ("strong", "quarter", "- grow (30 of 100): Somebody other than you could do 0."),
    ("careless", "quarter", "whole numbers of at least 5 that add up to 100"),
    ("careless", "scenario", "your story:8: mapping values are not allowed here."),
    ("gaming", "quarter", "- risk (85 of 100): Your team has 0 incidents per hundred tickets"),
    ("gaming", "scenario", "stand elsewhere, most of them in the starter"),
]


@pytest.mark.parametrize(("learner", "answer", "note"), NOTES)
def test_what_goes_for_the_whole_answer_stands_above_it(learner: str, answer: str, note: str) -> None:
    assert note in FIVE.marked(learner, answer).note


def test_no_weighting_is_rewarded_as_such() -> None:
    """Under every weighting the team that nobody leads is at 0, the best of the field at 1, and far enough apart."""
    quarters = ABOUT.quarters_of(KEYS.quarters, KEYS.always)
    field = {name: reference(name, quarters) for name in (NO_POLICY, *ABOUT.field)}
    best = set()
    for weights in product(range(ABOUT.least, 100, 10), repeat=len(ABOUT.weights)):
        if sum(weights) == 100:
            sums = Sums(ABOUT.weights, dict(zip(ABOUT.weights, weights, strict=True)), field)
            assert sums.span >= 0.1, weights
            assert sums.best != NO_POLICY
            assert sums.score(field[NO_POLICY])[0] == pytest.approx(0)
            assert sums.score(field[sums.best])[0] == pytest.approx(1)
            best.add(sums.best)
    assert best == set(ABOUT.field), "each of the field is the best one for somebody"


def test_a_course_story_under_other_names_earns_nothing() -> None:
    text = (modules.content_root() / "course" / "11_capstone" / "scenario.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("Ruth", "Kim"),
        ("ruth", "kim"),
        ("Dana", "Lou"),
        ("dana", "lou"),
        ("Tomasz", "Jan"),
        ("tomasz", "jan"),
    ):
        text = text.replace(old, new)
    sheet = HANDED.mark("scenario", text.splitlines())
    assert sheet.points == 0
    assert "most of them in the story of 11_capstone" in sheet.note


def test_everybody_s_file_is_there() -> None:
    for learner in ORDER:
        assert set(HANDED.answers(learner)) == set(HANDED.rubric.answers)
