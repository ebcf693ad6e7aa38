"""Module 09's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import json
from functools import cache
from pathlib import Path

import pytest

from leadgym.course import notebooks
from leadgym.marking import asking, function_data, load_keys, load_rubric, mark

ROOT = Path(__file__).resolve().parents[2]
SLUG = "09_stakeholder_translation"
FOLDER = ROOT / "solutions" / SLUG
ANSWERS = ROOT / "tests" / "fixtures" / "answers" / SLUG
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", RUBRIC, FOLDER)
ORDER = ["solution", "strong", "decent", "shaky", "careless", "gaming"]


def function(lines):
    scope = {}
    exec("\n".join(lines), scope)  # noqa: S102 - ours
    return scope["expected_loss"]


@cache
def marked(learner, name):
    given = json.loads((ANSWERS / f"{learner}.json").read_text(encoding="utf-8"))[name]
    if name == "expected_loss":
        made = function(given)
        return mark(RUBRIC, KEYS, FOLDER, name, function_data(made), ask=asking(made))
    return mark(RUBRIC, KEYS, FOLDER, name, "\n".join(given) if name == "message" else given)


def total(learner):
    return sum(marked(learner, name).points for name in RUBRIC.answers)


def found(learner, name, criterion):
    return next(c for c in marked(learner, name).criteria if c.id == criterion)


def test_the_solution_earns_everything():
    for name, about in RUBRIC.answers.items():
        assert marked("solution", name).points == pytest.approx(about.points), name
    assert total("solution") == pytest.approx(100)


def test_the_learners_come_out_in_order():
    totals = [total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 25 <= totals[3] < 50
    assert totals[4] < 25
    assert totals[5] < 20


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, a function that returns None, blanks."""
    cells = {c["id"]: "".join(c["source"]) for c in notebooks.read(
        ROOT / "exercises" / SLUG / "stakeholder_translation.ipynb")["cells"]}  # fmt: skip
    scope = {"broker": {"log": []}}
    for cell in ("your-function", "your-chances", "your-case", "your-message"):
        exec(cells[cell], scope)  # noqa: S102 - the exercise's own code
    made = scope["expected_loss"]
    assert mark(RUBRIC, KEYS, FOLDER, "expected_loss", function_data(made), ask=asking(made)).points == 0
    for name, variable in (("chances", "chances"), ("business_case", "case"), ("message", "message")):
        assert mark(RUBRIC, KEYS, FOLDER, name, scope[variable]).points == 0, name
    assert mark(RUBRIC, KEYS, FOLDER, "judgement", {}).points == 0
    run = {
        "scenario": "twenty_minutes",
        "seed": 7,
        "variant": None,
        "weights": {"quarter": 0, "word": 0},
        "choices": [],
    }
    assert mark(RUBRIC, KEYS, FOLDER, "path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "business_case", "tripwire", "customers feel another outage"),
        ("strong", "message", "tripwire", "None."),
        ("decent", "expected_loss", "twice", "reported twice, and with a drill"),
        ("decent", "business_case", "cost", "€15000 to €15000"),
        ("decent", "chances", "work", "no longer than the five weeks the team says. You are too high."),
        ("shaky", "path", "turning_points", "“Will it fall over” You chose: ““No."),
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
    one = found(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_percentages_are_asked_for_as_shares():
    assert "60 looks like a percentage; write 0.6" in marked("careless", "chances").note


def test_totals_that_come_with_a_run_are_not_believed():
    assert marked("gaming", "path").points <= 1


def test_a_constant_is_no_function_of_the_log():
    assert marked("gaming", "expected_loss").points == 0


@pytest.mark.parametrize("road", ["support", "slice"])
def test_two_quite_different_recommendations_earn_all_the_points(road):
    case = json.loads((ANSWERS / "solution.json").read_text(encoding="utf-8"))["business_case"]
    for name in case:
        case[name]["recommend"] = name == road
    assert mark(RUBRIC, KEYS, FOLDER, "business_case", case).points == 20


def test_everybody_on_the_broker_is_a_road_that_nobody_at_the_table_can_take():
    case = json.loads((ANSWERS / "solution.json").read_text(encoding="utf-8"))["business_case"]
    for name in case:
        case[name]["recommend"] = name == "whole"
    lost = {c.id for c in mark(RUBRIC, KEYS, FOLDER, "business_case", case).criteria if c.points < c.out_of}
    assert lost == {"stands"}


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"cost_high": 15000}, "cost"), ({"stays_low": 72000, "stays_high": 72000}, "stays"),
        ({"pays_back": 0.14}, "pays_back"),
        ({"sso": "march_31"}, "sso"), ({"ask": "thoughts"}, "ask"), ({"ask": "sol_five"}, "ask"),
        ({"tripwire": "drags"}, "tripwire"), ({"tripwire": "castell_writes"}, "tripwire"),
        ({"tripwire": "cap_passed"}, "tripwire"),
    ],
)  # fmt: skip
def test_each_rule_bites(change, lost):
    case = json.loads((ANSWERS / "solution.json").read_text(encoding="utf-8"))["business_case"]
    case["slice"] |= change
    assert {c.id for c in mark(RUBRIC, KEYS, FOLDER, "business_case", case).criteria if c.points < c.out_of} == {lost}
