"""Module 01's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import pytest
from five_learners import ORDER, Handed, lost

HANDED = Handed("01_schedule")


def split():
    return HANDED.answers("solution")["split"]


def changed(team, **change):
    return HANDED.mark("split", {**split(), team: {**split()[team], **change}})


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_solution_is_the_notebook_s():
    """What the fixture holds as code is what stands in the solution's cells."""
    scope = HANDED.written("solutions", "a-tuesday", "your-blocks", "your-claims", "your-split")
    answers = HANDED.answers("solution")
    assert (scope["claims"], scope["split"]) == (answers["claims"], answers["split"])
    assert HANDED.mark("focus_blocks", scope["focus_blocks"]).points == 25


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 25 <= totals[3] < 50
    assert totals[4] < 25
    assert totals[5] < 15


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, a function that returns None, one that moves nothing, blanks."""
    scope = HANDED.written(
        "exercises",
        "a-tuesday",
        "your-blocks",
        "your-reschedule",
        "your-claims",
        "your-split",
        practice_week=lambda number: {},
    )
    for name in ("focus_blocks", "reschedule"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("claims", scope["claims"]).points == 0
    assert HANDED.mark("split", scope["split"]).points == 0
    weights = {"making": 0, "leading": 0}
    run = {"scenario": "five_mornings", "seed": 3, "variant": None, "weights": weights, "choices": []}
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "claims", "fits", "one review in ten takes longer"),
        ("strong", "split", "sign", "It does not feel right any more"),
        ("decent", "focus_blocks", "no_meeting", "shown as free, declined or cancelled"),
        ("decent", "reschedule", "paid", "others lose 15 minutes"),
        ("decent", "claims", "blind_spot", "the open pile: 0 of 3"),
        ("decent", "split", "share", "12 hours of code. 29 hours go to"),
        ("shaky", "path", "turning_points", "“Line 210” You chose: “The function."),
        ("shaky", "focus_blocks", "together", "overlap or lie inside each other"),
        ("shaky", "reschedule", "won", "31 %"),
        ("shaky", "split", "pays", "it is never nobody"),
        ("shaky", "split", "because", "has no study behind it"),
        ("careless", "focus_blocks", "plain", "exactly as long as the least"),
        ("careless", "reschedule", "holds", "In 12 of 12: It moves more meetings"),
        ("gaming", "reschedule", "holds", "In 12 of 12: Nothing is won."),
        ("gaming", "claims", "fits", "Saying the same throughout would get 4"),
        ("gaming", "split", "differ", "Different shares for the three teams: 1."),
        ("gaming", "path", "finished", "has not come to an ending"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_nothing_of_a_hidden_week_is_told():
    """What is wrong with a proposal is said by its kind: titles and hours of hidden weeks stay where they are."""
    for learner in ORDER:
        for one in HANDED.marked(learner, "reschedule").criteria:
            assert "1:1" not in one.found, learner
            assert " to Mon " not in one.found, learner


def test_forty_per_cent_fits_into_one_of_three_weeks():
    """What the lesson and the rubric say of the number."""
    plan = {team: {**about, "coding": 40} for team, about in split().items()}
    share = next(one for one in HANDED.mark("split", plan).criteria if one.id == "share")
    assert share.found.startswith("1 of 3")


@pytest.mark.parametrize("seniors", [{"coding": 30, "sign": "two_reviews"}, {"coding": 55, "rest": "roadmap"}])
def test_quite_different_answers_earn_all_the_points(seniors):
    assert lost(changed("seniors", **seniors)) == set()


@pytest.mark.parametrize(
    ("team", "change", "criterion"),
    [
        ("seniors", {"coding": 60}, "share"), ("juniors", {"coding": 30}, "share"), ("launch", {"coding": 20}, "share"),
        ("seniors", {"when": "three_ring"}, "when"), ("juniors", {"when": "three_closed"}, "when"),
        ("launch", {"when": "evenings"}, "when"), ("launch", {"when": "between"}, "when"),
        ("juniors", {"rest": "roadmap"}, "rest"), ("seniors", {"rest": "tidy"}, "rest"),
        ("seniors", {"because": "study"}, "because"), ("launch", {"because": "growth"}, "because"),
        ("launch", {"pays": "nobody"}, "pays"), ("launch", {"sign": "missed"}, "sign"),
        ("launch", {"look": 2}, "sign"), ("juniors", {"look": 12}, "sign"),
    ],
)  # fmt: skip
def test_each_rule_bites(team, change, criterion):
    assert lost(changed(team, **change)) == {criterion}
