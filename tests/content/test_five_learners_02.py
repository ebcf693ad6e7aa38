"""Module 02: five learners come out in their order, each told the reason that is theirs; nothing earns nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from five_learners import LEARNERS, ORDER, Handed, Player, lost

pytestmark = pytest.mark.xdist_group("five_learners_02")  # a policy is played for seconds; one process marks each once

SOLUTION_RUN = {
    "scenario": "ledger_ticket",
    "seed": 11,
    "variant": None,
    "weights": {"ship": 50, "grow": 50},
    "choices": [
        "ask d1.ruth", "d1.pair", "d2.sketches", "d3.load", "ask d4.priya", "d4.rule", "d4_after.dana", "d5.rollback",
        "ask d6.log", "d6.owner",
    ],
}  # fmt: skip
TOTALS = {"solution": 100, "strong": 80.14, "decent": 60.51, "shaky": 24.37, "careless": 19.3, "gaming": 14.78}


@pytest.fixture(scope="module")
def handed() -> Handed:
    return Handed("02_delegation", {"solution": {"path": SOLUTION_RUN}})


def test_they_come_out_in_their_order_and_not_close_together(handed: Handed) -> None:
    totals = [handed.total(learner) for learner in ORDER]
    assert totals == pytest.approx([TOTALS[learner] for learner in ORDER], abs=0.06)
    assert all(better - worse >= 3 for better, worse in pairwise(totals))


def test_the_solution_earns_everything(handed: Handed) -> None:
    for answer, about in handed.rubric.answers.items():
        assert handed.marked("solution", answer).points == about.points, answer
    assert handed.worth == 100


def test_the_run_of_the_solution_is_the_notebook_s(handed: Handed) -> None:
    run = handed.written("solutions", "your-run", play=Player)["run"]
    assert (run.seed, run.declared, run.choices) == (
        SOLUTION_RUN["seed"],
        SOLUTION_RUN["weights"],
        SOLUTION_RUN["choices"],
    )


def test_the_unsolved_exercise_earns_nothing(handed: Handed) -> None:
    """As it is handed out: a story that has not begun, a form that is empty, Nones, nobody assigned, no word."""
    scope = handed.written("exercises", "your-plan", "your-estimates", "your-policy", "your-brief")
    given = {**scope, "path": {**SOLUTION_RUN, "choices": []}, "judgement": {}}
    for answer in handed.rubric.answers:
        assert handed.mark(answer, given[answer]).points == 0, answer


@pytest.mark.parametrize("answer", ["path", "judgement", "plan", "estimate", "policy", "brief"])
@pytest.mark.parametrize("empty", [None, {}])
def test_no_answer_earns_nothing(handed: Handed, answer: str, empty: Any) -> None:
    assert handed.mark(answer, empty).points == 0


REASONS = [
    # Hands on a certificate that has six weeks to live, promises hours they do not have, leaves the door open.
    ("strong", "path", "turning_points", "“Forty-one” You chose: “Fix it yourself, now,"),
    ("strong", "judgement", "best", "A hand-over is an investment, and this one is written off in six weeks."),
    ("strong", "plan", "your_hours", "You promise 5 hours a week. Two are free, and 2 come from what you drop."),
    (
        "strong",
        "plan",
        "checkpoint",
        "Archive of 2019: you look on day 9 and step in on day 14.",
    ),
    ("strong", "estimate", "ranges", "Your range lies below the value. Paired although there is no gap"),
    ("strong", "policy", "value", "Your quarter ships 884 planned hours of finished epics; round robin 889"),
    ("strong", "brief", "come_back", "“If you get stuck, or something feels wrong, tell”"),
    # Takes the runner-up, looks when the owner is away, and forgets the quarter without themselves.
    ("decent", "path", "outcome", "half of all runs come to 55 or less"),
    ("decent", "judgement", "best", "Looking in buys you comfort and him a slower week."),
    ("decent", "judgement", "sure", "44 points more sure than right"),
    ("decent", "plan", "checkpoint", "you look on day 7 and step in on day 17."),
    ("decent", "plan", "outcome", "all sub-tasks on the board are closed. It can come true without the ticket"),
    ("decent", "plan", "take_over", "if the owner seems to have gone quiet"),
    ("decent", "policy", "away", "With you away for four weeks, your quarter ships 801"),
    ("decent", "brief", "outcome", "in words so general that it could be any fix of chargebacks"),
    # Trusts, and means well: a free hand, everybody their favourite, everybody the hardest ticket.
    ("shaky", "path", "turning_points", "and give Wen the quiet to work it out alone.” The authors would not."),
    ("shaky", "judgement", "best", "You give away something that is not yours."),
    ("shaky", "plan", "reach", "the gap for Priya is 0.3, and you pair 1 h a week. The rule of thumb asks for 3"),
    ("shaky", "plan", "load", "Wen: 16.4 days of work, 15 free. The rest comes out of nights and weekends."),
    ("shaky", "plan", "level", "level 7 for Priya, where 3 to 5 would fit"),
    ("shaky", "estimate", "held", "1 of 8 ranges hold the value"),
    ("shaky", "policy", "incidents", "Your team has 8.37 incidents per hundred tickets; round robin 7.74"),
    ("shaky", "brief", "checkpoint", "No look, or only at the end."),
    # Stops halfway, and has not read back what was typed.
    ("careless", "path", "finished", "The run stands at “Forty-one” and has not come to an ending."),
    ("careless", "path", "asked", "You decided without learning any of what people would have told you"),
    ("careless", "plan", "reach", "(did you mean 'priya'?)"),
    ("careless", "plan", "take_over", "if the date has passed"),
    ("careless", "estimate", "held", "No range can be read."),
    ("careless", "brief", "limits", "No limit, or one that the case rules out."),
    # Whatever looks like points: the longest option, the widest range, all to one person, all limits at once.
    ("gaming", "path", "turning_points", "“The empty cell” You chose: “Take it yourself"),
    ("gaming", "judgement", "sure", "75 points more sure than right"),
    ("gaming", "plan", "load", "Marek: 26 days of work, 13 free."),
    ("gaming", "plan", "limits", "One to three that name a harm would fit"),
    ("gaming", "plan", "your_hours", "You promise 45 hours a week."),
    ("gaming", "estimate", "held", "Your range holds the value, and is nearly as wide as knowing nothing."),
    ("gaming", "policy", "incidents", "A team that ships less has less of this anyway"),
    ("gaming", "policy", "cover", "that is clearly behind round robin"),
]


@pytest.mark.parametrize(("learner", "answer", "criterion", "reason"), REASONS)
def test_the_feedback_names_the_reason(handed: Handed, learner: str, answer: str, criterion: str, reason: str) -> None:
    one = handed.criterion(learner, answer, criterion)
    assert one.points < one.out_of
    assert reason in one.found


NOTES = [
    ("careless", "judgement", "Items 4, 5, 6, 7, 8, 9, 10 are not complete."),
    ("careless", "estimate", "q2: 'low' is above 'high'; swap them."),
    ("careless", "policy", "times `assign` gave a ticket to somebody without room"),
    ("gaming", "policy", "times `assign` gave a ticket to somebody who is away"),
    ("gaming", "brief", "It speaks to whoever marks it, and the message has another reader."),
    ("gaming", "brief", "of its words stand in the rubric in the same order"),
]


@pytest.mark.parametrize(("learner", "answer", "note"), NOTES)
def test_what_goes_for_the_whole_answer_stands_above_it(handed: Handed, learner: str, answer: str, note: str) -> None:
    assert note in handed.marked(learner, answer).note


def test_strong_is_good_at_most_of_it(handed: Handed) -> None:
    """A blind spot costs what it covers, and nothing beside it."""
    assert lost(handed.marked("strong", "plan")) == {"your_hours", "checkpoint"}
    assert lost(handed.marked("strong", "brief")) == {"come_back"}
    assert handed.points("strong", "policy")["cover"] == 6


def test_gaming_earns_what_it_brings(handed: Handed) -> None:
    """The rubric's own words are no brief: a person decides, and until then nothing of it stands."""
    for answer in ("judgement", "estimate", "policy"):
        assert handed.marked("gaming", answer).points == 0, answer
    brief = handed.marked("gaming", "brief")
    assert brief.needs_person
    assert brief.stands == 0


@pytest.mark.parametrize("answer", ["judgement", "estimate", "policy"])
def test_thinking_pays_in_each_answer_that_cannot_be_filled_in(handed: Handed, answer: str) -> None:
    first, *_, last = (handed.marked(learner, answer).points for learner in LEARNERS)
    assert first > 0.4 * handed.rubric.answers[answer].points
    assert last == 0
