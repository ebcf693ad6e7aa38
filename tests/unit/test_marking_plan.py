"""Plans: rules as data. Partial credit by hand, nothing for what cannot be read, sentences that name the field."""

from __future__ import annotations

from pathlib import Path

import pytest
from marking_small import best, coached, marked, shares

from leadgym.marking.model import Context
from leadgym.marking.plan import PlanAnswer
from leadgym.marking.rules import NUMBER, ROW, TEXT, TRUTH, Row, Rule, RuleError, Scope, Type
from leadgym.marking.template import Sentence


def test_the_solution_earns_everything():
    mark = marked("plan", best("plan"))
    assert (mark.points, mark.out_of) == (12, 12)
    assert mark.note == ""


def test_partial_credit_by_the_share_of_entries():
    answer = best("plan")
    answer["fill"]["hours"] = 2
    reach = marked("plan", answer).criteria[0]
    assert (reach.points, reach.score) == (4, pytest.approx(2 / 3))
    assert "2 of 3 meet this." in reach.found
    assert "Not met: Backfill: Priya is 0.3 short, with only 2 hours." in reach.found
    assert "Met: Idempotency keys: Tomasz is 0.1 short, with 2 hours." in reach.found


def test_a_rule_for_each_row_of_another_table():
    answer = best("plan")
    answer["keys"]["owner"] = "priya"
    answer["keys"]["hours"] = 4
    load = marked("plan", answer).criteria[1]
    assert load.points == 0
    assert "Not met: Priya: 11 of 6 days." in load.found
    answer["docs"]["owner"] = "tomasz"
    assert marked("plan", answer).criteria[1].points == 1.5


def test_a_rule_over_the_whole():
    answer = best("plan")
    for entry in answer.values():
        entry["owner"] = "you"
    assert marked("plan", answer).criteria[2].points == 0
    assert "You keep 3 of 3." in marked("plan", answer).criteria[2].found


@pytest.mark.parametrize("answer", [None, {}, [], "plan", 7, {"keys": None}, {"keys": []}, {"keys": {}}, {"other": {}}])
def test_an_empty_plan_meets_nothing(answer):
    """'At most two are yours' is true of a plan that says nothing, and still earns nothing."""
    assert marked("plan", answer).points == 0


def test_a_missing_entry_counts_against_every_rule():
    answer = best("plan")
    del answer["docs"]
    mark = marked("plan", answer)
    assert shares(mark) == pytest.approx({"reach": 2 / 3, "load": 2 / 3, "spread": 2 / 3})
    assert "No entry for: API docs." in mark.note
    assert "Only 67 % of the entries" in mark.criteria[2].found


def test_a_field_that_cannot_be_read_spoils_only_the_rules_that_need_it():
    answer = best("plan")
    answer["docs"]["hours"] = "none"
    mark = marked("plan", answer)
    assert shares(mark) == pytest.approx({"reach": 2 / 3, "load": 1, "spread": 1})
    assert (
        "API docs: pairing hours has to be a number between 0 and 20 hours a week, without quotes."
        in mark.criteria[0].found
    )


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("owner", "pria", "owner has to be one of you, priya, tomasz (did you mean 'priya'?)"),
        ("owner", ["priya"], "owner has to be one of"),
        ("owner", None, "owner is missing"),
        ("hours", 21, "has to lie between 0 and 20 hours a week"),
        ("hours", -0.5, "has to lie between"),
        ("hours", True, "has to be a number"),
        ("hours", 10**15, "has to lie between"),
        ("level", 2.5, "has to be a whole number between 1 and 7"),
        ("level", "4", "without quotes"),
        ("outcome", "", "outcome needs at least 3 different words"),
        ("outcome", "done done done done", "it has 1"),
        ("outcome", "Done, done. DONE done", "it has 1"),
        (
            "outcome",
            "one two three four five six seven eight nine ten eleven twelve thirteen",
            "has 13 words; 12 have to do",
        ),
        ("outcome", 3, "has to be text in quotes"),
        ("trigger", "the date slips", "has to be one of late, harm"),
        ("limits", "no locks", "has to be a list"),
        ("limits", [], "has 0 parts; it takes 1 to 3"),
        ("limits", ["a b", "c d", "e f", "g h"], "has 4 parts"),
        ("limits", ["no locks", 3], "part 2 has to be text"),
        ("limits", ["no locks", "No locks"], "says the same thing twice"),
        ("demo", "yes", "has to be True or False"),
    ],
)
def test_what_a_field_does_not_take_is_said_with_its_label(field, value, says):
    answer = best("plan")
    answer["keys"][field] = value
    assert says in marked("plan", answer).note


def test_an_optional_field_may_be_left_out():
    answer = best("plan")
    del answer["docs"]["demo"]
    assert marked("plan", answer).note == ""


def test_unknown_entries_and_fields_are_said_and_passed_over():
    answer = best("plan")
    answer["kyes"] = answer["keys"]
    answer["docs"]["ower"] = "priya"
    mark = marked("plan", answer)
    assert mark.points == 12
    assert "There is no ticket 'kyes' (did you mean 'keys'?)" in mark.note
    assert "There is no field 'ower'" in mark.note or "there is no field 'ower' (did you mean 'owner'?)" in mark.note


def test_coaching_a_plan_is_its_mark():
    """All the rules are public, so what a learner sees at once is what the marker gives."""
    answer = best("plan")
    answer["fill"]["hours"] = 2
    coached_mark, mark = coached("plan", answer), marked("plan", answer)
    assert (coached_mark.points, coached_mark.criteria) == (mark.points, mark.criteria)


TEAM = {
    "priya": Row("team", "priya", {"name": "Priya", "skill": 0.3, "you": False}),
    "you": Row("team", "you", {"name": "You", "skill": 0.9, "you": True}),
}
COLUMNS = {"team": {"name": Type(TEXT), "skill": Type(NUMBER), "you": Type(TRUTH)}}
ENTRY = {
    "owner": Type(ROW, table="team"),
    "second": Type(ROW, table="team"),
    "hours": Type(NUMBER),
    "note": Type(TEXT),
    "demo": Type(TRUTH),
    "kind": Type(TEXT, choices=frozenset({"late", "harm"})),
    "tags": Type("a list", of=Type(TEXT)),
}
ONE = {
    "owner": TEAM["priya"],
    "second": None,
    "hours": 3,
    "note": "two words",
    "demo": True,
    "kind": "late",
    "tags": ["a", "b"],
}
TWO = ONE | {"owner": TEAM["you"], "hours": 1.5, "note": "Two  words"}
ROWS = {"team": frozenset(TEAM)}
EACH = Scope(ENTRY, ENTRY, COLUMNS, ROWS, {"gap": "0.7 - owner.skill", "wide": "gap > 0.3"})
WHOLE = Scope(ENTRY, {}, COLUMNS, ROWS, {"gap": "0.7 - owner.skill"})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("hours + 1 * 2", 5),
        ("hours > 1\n  and hours < 5", True),
        ("0.7 - 0.6 <= 0.1", True),
        ("hours / 0", 0),
        ("-hours", -3),
        ("1 < hours <= 3", True),
        ("owner.skill", 0.3),
        ("owner.id", "priya"),
        ("owner == 'priya'", True),
        ("owner != 'you' and not owner.you", True),
        ("owner in ['you', 'priya']", True),
        ("kind in ['harm']", False),
        ("'a' in tags and 'z' not in tags", True),
        ("owner == second", False),
        ("second.skill > 0.1", False),
        ("filled(second) or filled(owner)", True),
        ("filled(second)", False),
        ("words(note)", 2),
        ("size(tags)", 2),
        ("min(hours, 2) + max(1, 2, 3) + abs(-1) + round(2.4)", 8),
        ("1 if demo else 0", 1),
        ("gap", 0.4),
        ("wide", True),
        ("count()", 2),
        ("count(owner.you)", 1),
        ("sum(hours)", 4.5),
        ("sum(hours, hours > 2)", 3),
        ("mean(hours)", 2.25),
        ("lowest(hours) + highest(hours)", 4.5),
        ("distinct(owner)", 2),
        ("distinct(note)", 1),
        ("distinct(tags)", 1),
        ("share(owner.you)", 0.5),
        ("sum(gap)", 0.2),
        ("count(second.skill > 0)", 0),
        ("sum(second.skill)", 0),
    ],
)
def test_rules_by_hand(source, value):
    assert Rule(source, EACH).value(ONE, [ONE, TWO]) == value


@pytest.mark.parametrize(
    "source", ["count()", "sum(hours)", "mean(hours)", "lowest(hours)", "share(demo)", "distinct(owner)"]
)
def test_rules_over_no_entries(source):
    assert Rule(source, WHOLE).value({}, []) == 0


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "not an expression"),
        ("hours >", "not an expression"),
        ("hours; 1", "not an expression"),
        ("hours > 1) or (hours < 2", "not an expression"),
        ("__import__('os')", "not allowed"),
        ("owner.__class__", "no column '__class__'"),
        ("owner.skill.real", "not allowed"),
        ("[x for x in tags]", "not allowed"),
        ("lambda: 1", "not allowed"),
        ("hours ** 9", "not allowed"),
        ("1e400", "not allowed"),
        ("(" * 5000 + "1" + ")" * 5000, "not an expression"),
        ("1\x00", "not an expression"),
        ("hours.skill", "no columns"),
        ("note + 1", "'note' is a text; a number is needed"),
        ("not hours", "true or false is needed"),
        ("demo and hours", "true or false is needed"),
        ("note == 3", "they can never be equal"),
        ("owner == 3", "they can never be equal"),
        ("owner == 'pria'", "none of: priya, you"),
        ("kind == 'lat'", "none of: harm, late"),
        ("hours in note", "after 'in' comes a list"),
        ("hours is 3", "use == !="),
        ("1 if demo else note", "both sides need to be alike"),
        ("min(1)", "two or more numbers"),
        ("abs(1, 2)", "one number"),
        ("filled(owner.name)", "the name of a field"),
        ("words(hours)", "a text is needed"),
        ("sum(count())", "take it out of the other function"),
        ("share()", "takes a condition"),
        ("sum()", "takes a value"),
        ("count(hours)", "true or false is needed"),
        ("gpa", "there is no 'gpa' here"),
    ],
)
def test_a_rule_that_cannot_work_is_an_error_when_it_is_read(source, says):
    with pytest.raises(RuleError, match=says):
        Rule(source, EACH)


def test_fields_stand_alone_only_in_rules_on_each_entry():
    with pytest.raises(RuleError, match="name fields inside count"):
        Rule("hours > 1", WHOLE)
    with pytest.raises(RuleError, match="name fields inside count"):
        Rule("gap > 1", WHOLE)


def test_a_rule_knows_what_it_reads():
    rule = Rule("gap <= 1 and count(hours > 2) > 0", EACH)
    assert (rule.fields, rule.over, rule.counts) == ({"owner"}, {"hours"}, True)


def test_sentences():
    told = Sentence("{owner} ({owner.skill}) gives {hours} of {sum(hours)}: {tags}, {second}, {demo}.", EACH)
    assert told.told(ONE, [ONE, TWO]) == "Priya (0.3) gives 3 of 4.5: a, b, nothing, yes."
    gone = Sentence('{owner}: {"" if hours < 9 else "too much"} {hours} hours.', EACH)
    assert gone.told(ONE, [ONE, TWO]) == "Priya: 3 hours.", "a brace that comes to nothing leaves no double space"
    with pytest.raises(RuleError, match="brace"):
        Sentence("{owner", EACH)


def working_agreement() -> PlanAnswer:
    """Another artefact of the same kind: decisions by roles, with a criterion whose rule is a share."""
    roles = {"type": "choice", "choices": {"decides": "decides", "asked": "is asked", "told": "is told"}}
    criterion = {"points": 2, "reason": "It counts.", "next_step": "Look.", "met": "Yes.", "unmet": "No."}
    return PlanAnswer.model_validate(
        {
            "kind": "plan",
            "title": "Agreement",
            "asks": "Who decides?",
            "points": 4,
            "tables": {
                "decisions": {"one": "decision", "rows": {"hire": {"name": "Hiring"}, "stack": {"name": "Stack"}}}
            },
            "entries": "decisions",
            "fields": {"lead": roles | {"label": "lead"}, "manager": roles | {"label": "manager"}},
            "criteria": [
                criterion
                | {"id": "one", "title": "One decides", "each": "(lead == 'decides') != (manager == 'decides')"},
                criterion | {"id": "both", "title": "Shared out", "whole": "count(lead == 'decides') / 2"},
            ],
        }
    )


def test_when_leaves_entries_out_and_nothing_left_is_nothing_met():
    """A condition on one's own entries cannot be dodged into full points by never meeting it."""
    agreement = working_agreement()
    rule = agreement.criteria[0].model_copy(update={"when": "lead != 'told'", "each": "manager == 'told'"})
    agreement = agreement.model_copy(update={"criteria": [rule]})
    answer = {"hire": {"lead": "told", "manager": "decides"}, "stack": {"lead": "decides", "manager": "told"}}
    assert agreement.mark(answer, Context("agreement", Path()))[0][0].score == 1
    for entry in answer.values():
        entry["lead"] = "told"
    dodged = agreement.mark(answer, Context("agreement", Path()))[0][0]
    assert (dodged.score, dodged.found) == (
        0,
        "No entry of your plan comes under this point, so it has nothing to give points for.",
    )
    # What cannot be read might have been one of them, and counts as not met.
    answer["hire"]["lead"] = "often"
    assert agreement.mark(answer, Context("agreement", Path()))[0][0].found.startswith("0 of 1 meet this.")


def test_other_artefacts_fit():
    agreement = working_agreement()
    assert list(agreement.problems(Path())) == []
    answer = {"hire": {"lead": "asked", "manager": "decides"}, "stack": {"lead": "decides", "manager": "decides"}}
    marks, _ = agreement.mark(answer, Context("agreement", Path()))
    assert [mark.points for mark in marks] == [1, 1]
