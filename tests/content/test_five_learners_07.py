"""Module 07's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import random

import pytest
from five_learners import ORDER, Handed, lost

HANDED = Handed("07_feasibility")


def proposals():
    return HANDED.answers("solution")["feasible"]


def recommending(name):
    return {one: {**about, "recommend": one == name} for one, about in proposals().items()}


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 25 <= totals[3] < 50
    assert totals[4] < 25
    assert totals[5] < 10


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, functions that return None, blanks."""
    case = {"done": {}, "first_day": "2026-06-01", "last_day": "2026-06-30", "items": 3, "sure": 0.5}
    scope = HANDED.written(
        "exercises", "your-weeks", "your-chance", "your-chances", "your-proposals", case=case, rows=[]
    )
    for name in ("weeks_needed", "chance_done", "chances", "feasible"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("judgement", {}).points == 0
    run = {
        "scenario": "five_questions", "seed": 3, "variant": None, "weights": {"launch": 0, "word": 0}, "choices": [],
    }  # fmt: skip
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "feasible", "sign", "the day before, something is still open"),
        ("decent", "weeks_needed", "edges", "begins and ends in the middle of a week"),
        ("decent", "chance_done", "changed", "Where you said 67 in 100 on average: 6 of 13 came true"),
        ("decent", "chances", "dates", "four weeks). You are too high."),
        ("decent", "feasible", "verdict", "two people from the platform team: no does not fit"),
        ("shaky", "path", "turning_points", "“One cell” You chose: “‘The 20th of November."),
        ("shaky", "weeks_needed", "gaps", "because nothing was finished in them"),
        ("shaky", "chance_done", "steady", "Where you said 90 in 100 on average: 42 of 49 came true"),
        ("shaky", "feasible", "stands", "holds less often than 85 times in 100"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "weeks_needed", "plain", "an export in which each week has something"),
        ("careless", "chance_done", "steady", "None of 80 answers is a number from 0 to 1"),
        ("gaming", "chance_done", "steady", "no better than this rule: the mean taken for certain"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "feasible", "one", "You recommend 4 of the four"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_percentages_are_asked_for_as_shares():
    assert "8 looks like a percentage; write 0.08" in HANDED.marked("careless", "chances").note


def test_totals_that_come_with_a_run_are_not_believed():
    assert HANDED.marked("gaming", "path").points <= 1


@pytest.mark.parametrize("name", ["noor", "january"])
def test_the_smaller_list_and_the_later_date_both_earn_all_the_points(name):
    assert HANDED.mark("feasible", recommending(name)).points == 20


@pytest.mark.parametrize("name", ["all_fifty", "two_more"])
def test_what_does_not_hold_cannot_be_recommended_for_all_of_them(name):
    assert lost(HANDED.mark("feasible", recommending(name))) == {"stands"}


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"weeks": 11}, "load"), ({"pace": 2.5}, "pace"), ({"verdict": "open"}, "verdict"), ({"gives": "date"}, "pays"),
        ({"pays": "season"}, "pays"), ({"decides": "ruth"}, "decides"), ({"sign": "tight"}, "sign"),
        ({"sign": "day_before"}, "sign"), ({"sign": "not_there"}, "sign"),
    ],
)  # fmt: skip
def test_each_rule_bites(change, criterion):
    assert lost(HANDED.mark("feasible", {**proposals(), "noor": {**proposals()["noor"], **change}})) == {criterion}


def test_the_mean_is_no_percentile():
    """Items divided by the mean, rounded up: right where even odds are asked for, seldom elsewhere."""
    assert HANDED.points("careless", "weeks_needed")["plain"] <= 2


def chance_from(weeks):
    def chance_done(case):
        luck, past = random.Random(1), case["history"][-weeks:]  # noqa: S311
        return sum(sum(luck.choices(past, k=case["weeks"])) >= case["items"] for _ in range(500)) / 500

    return chance_done


def test_two_equally_sensible_windows_earn_much_the_same():
    """Twelve weeks and ten differ by luck alone, and so hardly in points."""
    ten, twelve = (HANDED.mark("chance_done", chance_from(weeks)).points for weeks in (10, 12))
    assert abs(ten - twelve) <= 3
    assert min(ten, twelve) >= 16
