"""Module 05's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import pytest
from five_learners import ORDER, Handed, lost

HANDED = Handed("05_design_lead")


def record():
    return HANDED.answers("solution")["record"]


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_notebooks_own_solution_earns_everything():
    written = HANDED.written("solutions", "your-headroom", "your-spend", "your-record", "your-calendar")
    for name in ("headroom", "spend", "record", "calendar"):
        assert HANDED.mark(name, written[name]).points == pytest.approx(HANDED.rubric.answers[name].points), name


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 80
    assert 20 <= totals[3] < 40
    assert totals[4] < 15
    assert totals[5] < 5


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, functions that return None, blanks."""
    scope = HANDED.written("exercises", "your-headroom", "your-spend", "your-record", "your-calendar")
    for name in ("headroom", "spend", "record", "calendar"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("judgement", {}).points == 0
    run = {"scenario": "two_tokens", "seed": 3, "variant": None, "weights": {"ship": 0, "room": 0}, "choices": []}
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "record", "day", "to turn round before day 171 takes 42 days, so by day 129"),
        ("strong", "calendar", "beneath", "something that stands on what ends before it"),
        ("strong", "path", "turning_points", "“One page” You chose: “Millrace, for one token."),
        ("decent", "headroom", "several", "several workers beside each other"),
        ("decent", "spend", "worth", "one that costs more than it brings"),
        ("decent", "record", "costs", "Live balances: €10,000 against €25,000"),
        ("decent", "record", "line", "Search: 38. Above the 12 that are likely"),
        ("decent", "record", "then", "we talk about it. Nothing is different"),
        ("decent", "calendar", "frozen", "weeks before the end in which nothing is released"),
        ("shaky", "record", "context", "Our nightly run is out of date"),
        ("shaky", "record", "options", "a queue in Postgres, and not a new ledger altogether"),
        ("shaky", "record", "measure", "whether it has begun to feel slow"),
        ("shaky", "record", "owner", "whoever is on call"),
        ("shaky", "headroom", "busy", "the busiest hour's share"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "record", "options", "(did you mean 'queue'?)"),
        ("careless", "headroom", "busy", "KeyError"),
        ("careless", "calendar", "plain", "TypeError"),
        ("gaming", "record", "tokens", "You spend 6 of two tokens"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "path", "finished", "has not come to an ending"),
    ],
)
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


MILLRACE = {
    "chosen": "millrace", "rejected": "queue", "cost_chosen": 35800, "cost_rejected": 10000, "harder": "one_can_mend"
}  # fmt: skip


@pytest.mark.parametrize(
    "chosen",
    [
        MILLRACE,
        {
            "chosen": "hosted_stream", "rejected": "queue", "cost_chosen": 50600, "cost_rejected": 10000,
            "harder": "cannot_look_inside",
        },
    ],
)  # fmt: skip
def test_every_real_option_can_be_put_on_a_record_that_earns_all(chosen):
    """The rules ask whether the record holds together, not whether it is the boring one."""
    assert HANDED.mark("record", {**record(), "balances": {**record()["balances"], **chosen}}).points == 20


@pytest.mark.parametrize(
    ("change", "criterion"),
    [
        ({"context": "balances_verdict"}, "context"), ({"context": "search_numbers"}, "context"),
        ({"rejected": "new_ledger", "cost_rejected": 500000}, "options"), ({"cost_rejected": 25000}, "costs"),
        ({"harder": "all_can_mend"}, "harder"), ({"measure": "merchants_ring"}, "measure"),
        ({"measure": "longest_night"}, "measure"), ({"line": 400}, "line"), ({"line": 1401}, "line"),
        ({"look_on": 49}, "day"), ({"look_on": 151}, "day"), ({"owner": "architecture"}, "owner"),
        ({"then": "escalate"}, "then"),
    ],
)  # fmt: skip
def test_each_rule_bites(change, criterion):
    assert lost(HANDED.mark("record", {**record(), "balances": {**record()["balances"], **change}})) == {criterion}


def test_three_tokens_are_one_too_many():
    three = {
        "balances": MILLRACE,
        "search": {
            "chosen": "search_engine", "rejected": "full_text", "cost_chosen": 33200, "cost_rejected": 7500,
            "harder": "two_truths",
        },
        "statements": {
            "chosen": "workflow", "rejected": "batch", "cost_chosen": 38400, "cost_rejected": 5000,
            "harder": "new_words", "look_on": 24,
        },
    }  # fmt: skip
    given = {name: {**about, **three[name]} for name, about in record().items()}
    assert lost(HANDED.mark("record", given)) == {"tokens"}
