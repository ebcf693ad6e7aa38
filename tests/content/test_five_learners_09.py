"""Module 09's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import pytest
from five_learners import ORDER, Handed, lost

HANDED = Handed("09_stakeholder_translation")


def case():
    return HANDED.answers("solution")["business_case"]


def recommending(road):
    return {name: {**about, "recommend": name == road} for name, about in case().items()}


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
    assert totals[5] < 20


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, a function that returns None, blanks."""
    cells = ("your-function", "your-chances", "your-case", "your-message")
    scope = HANDED.written("exercises", *cells, broker={"log": []})
    for name in ("expected_loss", "chances", "message"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("business_case", scope["case"]).points == 0
    assert HANDED.mark("judgement", {}).points == 0
    run = {
        "scenario": "twenty_minutes",
        "seed": 7,
        "variant": None,
        "weights": {"quarter": 0, "word": 0},
        "choices": [],
    }
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "business_case", "tripwire", "customers feel another outage"),
        ("strong", "message", "tripwire", "None."),
        ("decent", "expected_loss", "twice", "reported twice, and with a drill"),
        ("decent", "business_case", "cost", "€15,000 to €15,000"),
        ("decent", "chances", "work", "no longer than the five weeks the team says. You are too high."),
        ("shaky", "path", "turning_points", "“Will it fall over” You chose: “‘No."),
        ("shaky", "expected_loss", "plain", "customers felt less than the whole time"),
        ("shaky", "business_case", "ask", "everybody stays informed"),
        ("shaky", "message", "exposure", "wrong"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "message", "ask", "No ask"),
        ("gaming", "business_case", "one", "You recommend 3 of the three"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "path", "finished", "has not come to an ending"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_percentages_are_asked_for_as_shares():
    assert "60 looks like a percentage; write 0.6" in HANDED.marked("careless", "chances").note


def test_totals_that_come_with_a_run_are_not_believed():
    assert HANDED.marked("gaming", "path").points <= 1


def test_a_constant_is_no_function_of_the_log():
    assert HANDED.marked("gaming", "expected_loss").points == 0


@pytest.mark.parametrize("road", ["support", "slice"])
def test_two_quite_different_recommendations_earn_all_the_points(road):
    assert HANDED.mark("business_case", recommending(road)).points == 20


def test_everybody_on_the_broker_is_a_road_that_nobody_at_the_table_can_take():
    assert lost(HANDED.mark("business_case", recommending("whole"))) == {"stands"}


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"cost_high": 15000}, "cost"), ({"stays_low": 72000, "stays_high": 72000}, "stays"),
        ({"pays_back": 0.14}, "pays_back"),
        ({"sso": "march_31"}, "sso"), ({"ask": "thoughts"}, "ask"), ({"ask": "sol_five"}, "ask"),
        ({"tripwire": "drags"}, "tripwire"), ({"tripwire": "castell_writes"}, "tripwire"),
        ({"tripwire": "cap_passed"}, "tripwire"),
    ],
)  # fmt: skip
def test_each_rule_bites(change, criterion):
    assert lost(HANDED.mark("business_case", {**case(), "slice": {**case()["slice"], **change}})) == {criterion}
