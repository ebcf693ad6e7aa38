"""Module 06's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import pytest
from five_learners import ORDER, Handed

HANDED = Handed("06_epics_and_flow")


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert 80 <= totals[1] < 95
    assert 60 <= totals[2] < 80
    assert 25 <= totals[3] < 50
    assert totals[4] < 25
    assert totals[5] < 5


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, functions that return nothing of use."""
    for cell, name, function in (
        ("your-plan", "schedule", "plan"), ("your-policy", "policy", "policy"),
        ("your-function", "blocked_hours", "blocked_hours"),
    ):  # fmt: skip
        assert HANDED.mark(name, HANDED.written("exercises", cell, ostra={"tasks": []})[function]).points == 0, name
    assert HANDED.mark("judgement", {}).points == 0
    run = {"scenario": "thirty_four", "seed": 4, "variant": None, "weights": {"ship": 0, "flow": 0}, "choices": []}
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "schedule", "best", "The longest chain first: "),
        ("strong", "policy", "cycle", "days of being taken"),
        ("decent", "policy", "cycle", "no policy 10."),
        ("decent", "blocked_hours", "edges", "still blocked when the window ends"),
        ("shaky", "policy", "value", "a limit of 1"),
        ("shaky", "policy", "blocked", "clearly behind no policy"),
        ("shaky", "schedule", "shorter", "In the order in which it is written down: "),
        ("shaky", "blocked_hours", "untidy", "does not stand in the order of time"),
        ("shaky", "path", "turning_points", "Wen first"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "schedule", "valid", "a task begins before one it waits for has ended"),
        ("careless", "policy", "value", "clearly behind a limit of 1"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "schedule", "valid", "0 of 12 plans can be carried out"),
        ("gaming", "path", "finished", "has not come to an ending"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_a_policy_without_a_limit_is_not_marked():
    assert "has no wip_limit" in HANDED.marked("gaming", "policy").note


def test_totals_that_come_with_a_run_are_not_believed():
    assert HANDED.marked("gaming", "path").points == 0


def test_no_plain_number_is_a_good_policy():
    """What the lesson says of its figure: each number is good at some of it, none at all of it."""
    two, one = HANDED.points("decent", "policy"), HANDED.points("shaky", "policy")
    assert two == {"value": 6, "cycle": 0, "blocked": 0}
    assert one == {"value": 0, "cycle": 7, "blocked": 0}
