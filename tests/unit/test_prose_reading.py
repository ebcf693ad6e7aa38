"""Reading prose: figures with their values, sentences, places that can be quoted, what a "not" denies."""

from __future__ import annotations

import datetime as dt

import pytest

from leadgym.marking.prose.patterns import Groups, PatternProblem, denied
from leadgym.marking.prose.quantities import quantities
from leadgym.marking.prose.reading import Reading, count_words
from leadgym.marking.prose.words import Speller, one_apart

TODAY = dt.date(2026, 11, 2)  # a Monday


def only(text: str):
    found = [q for q in quantities(text, TODAY) if q.kind != "number"]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€61,000", 61000),
        ("61.000 EUR", 61000),
        ("61 000 euro", 61000),
        ("180 k€", 180000),
        ("€180k", 180000),
        ("€1.5m", 1.5e6),
        ("sixty thousand euros", 60000),
        ("60k", 60000),
    ],
)
def test_amounts_as_people_write_them(text, value):
    q = only(f"It costs {text} in all.")
    assert (q.kind, q.value) == ("amount", value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11 December", (2026, 12, 11)),
        ("Friday the 11th of December", (2026, 12, 11)),
        ("Dec 11", (2026, 12, 11)),
        ("11.12.", (2026, 12, 11)),
        ("27/11", (2026, 11, 27)),
        ("2026-12-11", (2026, 12, 11)),
        ("Thursday", (2026, 11, 5)),
        ("the 20th", (2026, 11, 20)),
        ("31 March", (2027, 3, 31)),
    ],
)
def test_dates_as_people_write_them(text, day):
    q = only(f"It is due on {text} at last.")
    assert (q.kind, q.day) == ("date", dt.date(*day))


def test_a_day_without_a_month_is_the_one_the_text_or_the_case_has_named():
    text = "It is due on 11 December. Dana gave them the 11th."
    assert [q.day.month for q in quantities(text, TODAY)] == [12, 12]
    assert quantities("Hands off until the 2nd.", TODAY, {dt.date(2026, 12, 2)})[0].day == dt.date(2026, 12, 2)


def test_both_ends_of_a_range_are_dates():
    days = [q.day.day for q in quantities("closed from 5 to 13 November", TODAY) if q.kind == "date"]
    assert days == [5, 13]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("six in ten", "share", 0.6),
        ("one chance in four", "share", 0.25),
        ("60 %", "share", 0.6),
        ("a quarter of the risk", "share", 0.25),
        ("half a day", "duration", 720),
        ("three weeks", "duration", 30240),
        ("30-day", "duration", 43200),
    ],
)
def test_shares_and_durations(text, kind, value):
    q = only(f"It is {text} here.")
    assert (q.kind, pytest.approx(q.value)) == (kind, value)


def test_a_second_time_is_no_duration():
    assert not [q for q in quantities("charged a second time", TODAY) if q.kind == "duration"]


def test_about_makes_a_figure_loose_and_a_period_belongs_to_its_amount():
    q = only("We lose about €180k a quarter.")
    assert q.loose
    assert q.per == "quarter"
    assert not only("We lose €180k.").loose


def test_the_first_end_of_a_range_takes_the_unit_of_the_second():
    assert [q.value for q in quantities("between 120 and 240k€", TODAY)] == [120000, 240000]


def test_sentences_do_not_end_at_abbreviations_or_dates():
    reading = Reading("It is ca. 40 cases, e.g. Brack. Due 27.11. at noon. Done", TODAY)
    assert [reading.text[s.start : s.end] for s in reading.sentences] == [
        "It is ca. 40 cases, e.g. Brack.",
        "Due 27.11. at noon.",
        "Done",
    ]


def test_list_items_know_their_heading():
    reading = Reading("Never:\n- live first\n- late answers\n\nThanks", TODAY)
    assert [s.head for s in reading.sentences] == [None, 0, 0, None]


def test_places_are_those_of_the_learners_own_text():
    text = "Well, I can’t say — the design is yours."
    reading = Reading(text, TODAY)
    match = Groups({}).compiled(["design is yours"]).search(reading.line)
    start, end = reading.span(match.start(), match.end())
    assert text[start:end] == "design is yours"


@pytest.mark.parametrize(
    ("text", "is_denied"),
    [
        ("the design is yours", False),
        ("I do not think the design is yours", True),
        ("never mind, the design is yours", False),
        ("no doubt the design is yours", False),
        ("I can't say that, but the design is yours", False),
    ],
)
def test_a_not_counts_in_its_own_clause(text, is_denied):
    line = Reading(text, TODAY).line
    match = Groups({}).compiled(["design is yours"]).search(line)
    assert denied(line, match.start()) is is_denied


def test_a_gap_does_not_run_over_a_not():
    pattern = Groups({}).compiled(["design .. yours"])
    assert pattern.search(Reading("the design is all yours").line)
    assert not pattern.search(Reading("the design is not yours").line)


@pytest.mark.parametrize("phrase", ["{nobody_knows}", "a", "we (do)"])
def test_a_phrase_that_cannot_be_read_is_said(phrase):
    with pytest.raises(PatternProblem):
        Groups({}).compiled([phrase])


def test_a_group_that_holds_itself_is_said():
    with pytest.raises(PatternProblem, match="holds itself"):
        Groups({"one": ["{two}"], "two": ["{one}"]}).compiled(["{one}"])


def test_only_words_that_are_none_are_mended():
    mend = Speller(["merchant", "design"])
    assert mend("merhcant") == "merchant"
    assert mend("resign") == "resign"  # a word of its own
    assert one_apart("desing", "design")
    assert not one_apart("refund", "design")


def test_words_are_counted_as_a_person_would():
    assert count_words("Two words - and «three» more… €5") == 6


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sixty-one thousand", 61000),
        ("EUR 61,000", 61000),
        ("a hundred and eighty thousand", 180000),
        ("180 grand", 180000),
    ],
)
def test_amounts_in_words_and_with_the_currency_first(text, value):
    assert only(f"It costs {text} in all.").value == value


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("closed 27.11–2.12 for all", [(11, 27), (12, 2)]),
        ("from 27 to 2 December", [(11, 27), (12, 2)]),
        ("on Monday 23.11 it is green", [(11, 23)]),
        ("14-Dec", [(12, 14)]),
    ],
)
def test_ranges_over_a_month_and_days_without_a_last_dot(text, days):
    found = [q.day for q in quantities(text, TODAY) if q.kind == "date" and q.day]
    assert [(day.month, day.day) for day in found] == days


def test_a_day_with_a_dot_before_its_month_ends_no_sentence():
    assert len(Reading("When it differs on 27. November we meet.", TODAY).sentences) == 1


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("Don't: miss the 20 days. Touch live early.", [None, 0, 0]),
        ("NEVER. Live before the replay. Late answers.", [None, 0, 0]),
        ("No. It pays twice.", [None, None]),
        ("*Never:*\n• live first\n• late answers\nThanks", [None, 0, 0, None]),
    ],
)
def test_a_label_that_denies_stands_over_what_follows_in_its_line(text, heads):
    assert [s.head for s in Reading(text, TODAY).sentences] == heads


def test_every_tuesday_is_not_one_tuesday():
    weekly = Groups({}).compiled(["tuesdays"])
    assert weekly.search(Reading("I am here on Tuesdays.", TODAY).line)
    assert not weekly.search(Reading("I am here on Tuesday.", TODAY).line)


def test_months_are_known_by_name_and_a_full_stop_can_be_asked_for():
    line = Reading("It happened in Oct. We wait.", TODAY).line
    assert Groups({}).compiled(["october"]).search(line)
    assert Groups({}).compiled(["wait ."]).search(line)
    assert not Groups({}).compiled(["happened ."]).search(line)
