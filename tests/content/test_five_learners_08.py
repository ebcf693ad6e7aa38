"""Module 08's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import importlib.util

import pytest
from five_learners import ORDER, ROOT, Handed, lost

from leadgym.tools.ci.sample import sample_csv

SLUG = "08_developer_experience"
HANDED = Handed(SLUG)
DATA = ROOT / "solutions" / SLUG / "data"


def page(**changes):
    return {"proposal": {**HANDED.answers("solution")["proposal"]["proposal"], **changes}}


def generator():
    spec = importlib.util.spec_from_file_location("make_ci", ROOT / "grader" / "make_ci.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_notebook_s_own_solutions_earn_everything(monkeypatch, capsys):
    monkeypatch.chdir(DATA.parent)
    cells = ("one-green-run", "your-bottleneck", "checkout-in-march", "your-verdict", "your-payback", "your-page")
    scope = HANDED.written("solutions", *cells)
    assert "the checkout test in March: flaky" in capsys.readouterr().out
    assert scope["bottleneck"](scope["march"]) == "checkout-e2e"
    for name in ("bottleneck", "verdict", "payback"):
        assert HANDED.mark(name, scope[name]).points == HANDED.rubric.answers[name].points, name
    assert HANDED.mark("proposal", scope["page"]).points == 20


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 25 <= totals[3] < 50
    assert totals[4] < 25
    assert totals[5] < 20


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, functions that decide nothing, blanks."""
    cells = ("your-bottleneck", "your-verdict", "your-payback", "your-page")
    scope = HANDED.written("exercises", *cells, march=[], rows=[], history={"results": []})
    for name in ("bottleneck", "verdict", "payback"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("proposal", scope["page"]).points == 0
    assert HANDED.mark("judgement", {}).points == 0
    weights = {"hours": 0, "word": 0}
    run = {"scenario": "forty_one_minutes", "seed": 3, "variant": None, "weights": weights, "choices": []}
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "proposal", "stop", "at the end of the quarter"),
        ("strong", "judgement", "best", "the pipeline is gone before the fix has paid for itself"),
        ("decent", "bottleneck", "limited", "with another way nearly as long beside it"),
        ("decent", "payback", "never", "some weeks were worse than some weeks before"),
        ("decent", "proposal", "measure", "days from merge to customer"),
        ("shaky", "path", "turning_points", "“Let the pipeline try it again by itself"),
        ("shaky", "bottleneck", "off_path", "whose longest stage runs beside the path"),
        ("shaky", "verdict", "traps", "red on one commit and green on the next"),
        ("shaky", "proposal", "cost", "rent is for twelve months"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "bottleneck", "plain", "On 8 of 8 it raised KeyError"),
        ("careless", "proposal", "off", "Look whether the stage lies on the critical path"),
        ("careless", "proposal", "now", "without quotes"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "verdict", "again", "Always deciding the same"),
        ("gaming", "proposal", "off", "change has to be one of halves, cache, unit, runners"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_totals_that_come_with_a_run_are_not_believed():
    assert HANDED.marked("gaming", "path").points < 5


@pytest.mark.parametrize("word", ["flaky", "broken", "unknown", "healthy"])
def test_one_word_for_every_test_earns_nothing(word):
    assert HANDED.mark("verdict", lambda test: word).points == 0


def test_never_is_no_way_to_earn():
    assert HANDED.mark("payback", lambda case: "never").points <= 2


CACHE = {
    "change": "cache", "off_low": 3, "off_high": 6, "won_low": 0.49, "won_high": 3.9, "cost_low": 960,
    "cost_high": 1440, "pays_back": 49.2, "owner": "aisha", "target": 37, "measure": "hours_waited",
    "hurts": "turned_green",
}  # fmt: skip
RUNNERS = {
    "change": "runners", "off_low": 7, "off_high": 10, "won_low": 1.14, "won_high": 6.5, "cost_low": 11040,
    "cost_high": 11280, "pays_back": 999, "target": 33,
}  # fmt: skip
UNIT = {
    "change": "unit", "off_low": 0, "off_high": 0, "won_low": 0, "won_high": 0, "pays_back": 999, "target": 41,
    "owner": "marek",
}  # fmt: skip


def test_two_quite_different_pages_earn_all_the_points():
    assert HANDED.mark("proposal", page(**CACHE)).points == 20


def test_rented_machines_lose_what_they_cannot_hold_and_nothing_else():
    assert lost(HANDED.mark("proposal", page(**RUNNERS))) == {"stands"}


def test_the_longest_stage_can_be_worked_out_and_does_not_stand():
    assert lost(HANDED.mark("proposal", page(**UNIT))) == {"stands", "target"}


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"hurts": "unit_twenty"}, "hurts"), ({"now_low": 24.5}, "now"), ({"off_high": 17}, "off"),
        ({"won_low": 3.9}, "won"), ({"cost_high": 1440}, "cost"), ({"pays_back": 7}, "pays_back"),
        ({"owner": "iris"}, "owner"), ({"owner": "you"}, "owner"), ({"measure": "stage_minutes"}, "measure"),
        ({"target": 25}, "target"), ({"by": 2}, "by"), ({"by": 26}, "by"), ({"stop": "tired"}, "stop"),
    ],
)  # fmt: skip
def test_each_rule_bites(change, criterion):
    assert lost(HANDED.mark("proposal", page(**change))) == {criterion}


def test_the_run_log_is_what_the_generator_writes():
    assert (DATA / "runs.csv").read_text(encoding="utf-8") == sample_csv()


def test_the_hidden_questions_are_what_the_generator_writes():
    made = generator()
    text = made.KEYS.read_text(encoding="utf-8")
    assert made.filled(text) == text


@pytest.mark.parametrize(("weeks", "points"), [(999, 2), (165, 0)])
def test_rent_that_costs_more_than_it_wins_is_never_paid_back(weeks, points):
    """€208 a week for at least €68: a year's rent divided by that is a number of weeks, and not an answer."""
    found = HANDED.mark("proposal", page(change="runners", pays_back=weeks))
    assert next(one.points for one in found.criteria if one.id == "pays_back") == points
