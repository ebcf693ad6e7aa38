"""The prose marker: facts in their roles, the gate, the band, sentences for what cannot be read, the house's mark."""

from __future__ import annotations

import shutil
import socket

import pytest
from prose_small import BRIEF, FIXTURES, answer, exercise, marked, work

from leadgym.marking import coach, load_rubric, mark, mark_html, mark_text
from leadgym.marking.prose.engine import BAND
from leadgym.marking.prose.engine import mark_text as by_rules
from leadgym.marking.prose.evaluate import passes
from leadgym.marking.prose.gate import visible

RUBRIC = """\
rubric: demo
title: Demo
answers:
  brief: {kind: prose, title: The brief to Priya, asks: Write it., points: 20, exercise: data/brief}
"""
pytestmark = pytest.mark.xdist_group("prose")  # the sets are marked once
NAMES = ("delegation_brief", "lena_message", "review_comment")


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(BRIEF, tmp_path / "data/brief")
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    return tmp_path


def levels(result):
    return {level.criterion.id: level.level for level in result.levels}


def test_a_wrong_date_is_not_the_date():
    right = marked("Priya, LED-451 is yours from today, and it is due on Friday 11 December.")
    wrong = marked("Priya, LED-451 is yours from today, and it is due on Friday 18 December.")
    assert levels(right)["owner_date"] == 2
    assert levels(wrong)["owner_date"] == 1
    assert "breaks_limit" in [cap.id for cap, _ in wrong.caps]


def test_an_amount_counts_for_its_own_period_only():
    text = "Lena, Castell gets SSO on 31 March. We expect to lose {} in outages. Please decide by Wednesday."
    assert levels(marked(text.format("€180k a quarter"), "lena_message"))["exposure"] == 1
    assert levels(marked(text.format("€360k a quarter"), "lena_message"))["exposure"] == 0
    assert levels(marked(text.format("€360k since July"), "lena_message"))["agrees"] == 2


def test_what_is_asked_for_is_not_what_an_hour_costs():
    text = "Lena, SSO for Castell can stay on 31 March. Please ask Omar for the {} by Wednesday."
    assert levels(marked(text.format("€60,000"), "lena_message"))["agrees"] == 2
    assert levels(marked(text.format("€96,000"), "lena_message"))["agrees"] == 0


@pytest.mark.parametrize("said", ["€0", "€15,000", "22,500 euros", "€48,000 to €96,000", "€112,500"])
def test_true_sums_of_the_business_case_are_no_wrong_exposure(said):
    text = answer("lena_message", "w_e1")
    assert marked(f"{text}\n\nIn figures: {said}.", "lena_message").raw >= marked(text, "lena_message").raw
    wrong = marked(f"{text}\n\nIn figures: €333,000.", "lena_message")
    assert levels(wrong)["agrees"] == 0


def test_a_denied_statement_does_not_count():
    assert levels(marked("Priya, you decide on the design and the tests of this."))["mandate"] == 1
    assert levels(marked("Priya, it is not true that you decide on the design here."))["mandate"] == 0


def test_every_quote_stands_in_the_text():
    for name in NAMES:
        for one in work(name).genuine:
            for level in one.result.levels:
                for start, end in level.spans:
                    assert 0 <= start < end <= len(one.result.text)
                    assert one.result.text[start:end].strip()


def test_a_ceiling_holds_whatever_else_is_good():
    text = answer("delegation_brief", "dw01")
    assert marked(text).score > 85
    long = marked(text + " " + "And so on and so forth, as these things go. " * 30)
    assert long.raw > 85
    assert long.score <= 50


def test_a_ceiling_that_rules_read_into_a_good_text_sends_it_to_a_person():
    result = marked(answer("delegation_brief", "dw01") + " We can always roll it back.")
    assert result.score <= 55
    assert "A person decides" in result.unsure


@pytest.mark.parametrize("name", NAMES)
def test_the_band_goes_to_a_person(name):
    for one in work(name).genuine:
        if BAND[0] <= one.result.score <= BAND[1]:
            assert one.result.unsure


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        (" \n\t ", "There is no text"),
        ("🙂🙂🙂 🎉", "no words"),
        ("\u200b\u200b\u200b", "There is no text"),
        ("\ufffd\ufffd\ufffd\ufffd\ufffd PK \x03\x04", "not text that can be read"),
        ("مرحبا بريا، هذه التذكرة لك الآن وموعدها الحادي عشر من ديسمبر", "another script"),
        ("Hallo Priya, das Ticket gehört ab heute dir, und der Termin ist der elfte Dezember. Danke dir.", "English"),
        ("Priya, yours", "too short"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(text, said):
    result = marked(text)
    assert said in result.refused
    assert result.score == 0


def test_another_language_is_a_persons_to_read_not_a_zero_to_keep():
    assert marked("Hallo Priya, das Ticket gehört ab heute dir, und der Termin ist der elfte Dezember.").unsure


def test_enormous_and_strange_texts_do_not_raise():
    for text in ("word " * 4000, "(" * 19000, "not " * 4000, "€1,000 " * 2500, "a\n" * 9000, "\x00\x1b[31m" * 500):
        assert by_rules(exercise(), text).score <= 75


def test_hidden_markup_is_not_read():
    shown, flags = visible("Priya, 451 please. <!-- It is yours, due 11 December. -->")
    assert "December" not in shown
    assert [flag.kind for flag in flags] == ["hidden text"]


def test_joined_emoji_are_no_hidden_text():
    assert visible("Well done 👩‍💻👨‍👩‍👧 and thanks")[1] == []


@pytest.mark.parametrize("name", NAMES)
def test_gaming_does_not_pass_without_a_person(name):
    passed = [one.about.gaming for one in work(name).gaming if passes(one.result)]
    assert all("nonsense" in kind for kind in passed)


@pytest.mark.parametrize("name", NAMES)
def test_the_gate_never_takes_points(name):
    for one in (*work(name).genuine, *work(name).gaming):
        assert one.result.score == one.ungated.score


def test_no_genuine_answer_of_the_working_sets_is_settled_wrongly():
    for name in NAMES:
        for one in work(name).genuine:
            if not one.result.unsure:
                assert passes(one.result) == (one.about.level in ("excellent", "decent")), one.about.id


def test_the_same_text_gets_the_same_result_without_a_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = answer("review_comment", "rw01")
    results = [by_rules(exercise("review_comment"), text) for _ in range(3)]
    assert results[0] == results[1] == results[2]


def test_a_prose_answer_in_a_rubric_is_marked_with_quotes(folder):
    rubric = load_rubric(folder / "rubric.yaml")
    made = mark(rubric, None, folder, "brief", answer("delegation_brief", "dw01"))
    assert made.kind == "prose"
    assert made.out_of == pytest.approx(sum(c.out_of for c in made.criteria))
    assert made.points == pytest.approx(20)
    assert not made.needs_person
    assert "You wrote: “" in mark_text(made)
    assert coach(rubric, folder, "brief", made.text) == made


def test_a_mark_that_needs_a_person_says_so_and_shows_both_examples(folder):
    rubric = load_rubric(folder / "rubric.yaml")
    pasted = mark(rubric, None, folder, "brief", answer("delegation_brief", "gdw01"))
    assert pasted.needs_person
    assert not any(c.sure for c in pasted.criteria)
    page = mark_html(pasted)
    assert "not sure" in page
    assert "This would do:" in page
    assert "Style and language are not marked" in page


def test_the_page_marks_the_learners_own_words_with_labels_and_escapes_them(folder):
    rubric = load_rubric(folder / "rubric.yaml")
    text = answer("delegation_brief", "dw01") + "\n<script>alert(1)</script> <b>bold</b>"
    page = mark_html(mark(rubric, None, folder, "brief", text))
    assert "<b>bold" not in page
    assert "<script" not in page
    assert 'aria-label="1, found for Whose it is, and by when"' in page
    assert "border-bottom:2px solid" in page


@pytest.mark.parametrize("given", [None, 5, ["a"], {"text": "x"}])
def test_an_answer_that_is_no_text_is_a_sentence(folder, given):
    made = mark(load_rubric(folder / "rubric.yaml"), None, folder, "brief", given)
    assert made.points == 0
    assert "has to be your text" in made.note


def test_an_enormous_answer_is_a_sentence(folder):
    made = mark(load_rubric(folder / "rubric.yaml"), None, folder, "brief", "x" * 300_000)
    assert made.points == 0
    assert made.note


def test_a_broken_exercise_is_said_when_the_rubric_is_read(folder):
    path = folder / "data/brief/criteria.yaml"
    path.write_text(path.read_text().replace("weight: 15", "weight: 16", 1))
    with pytest.raises(ValueError, match="weights add up to 101"):
        load_rubric(folder / "rubric.yaml")


def test_the_fixture_names_the_exercise_it_belongs_to():
    assert (FIXTURES / "delegation_brief" / "labelled.yaml").is_file()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "This message tells Priya that 451 is hers. It is due on 11 December, and the design is hers to decide.",
            "about itself",
        ),
        (
            "Priya, 451 is not yours. It is not due on 11 December. You do not decide the design. We will not look. If "
            "the replay differs, do not call me.",
            "denials",
        ),
        (
            "Priya 451 yours 11 December. Merchant refunded not twice. Replay October list before live. Design you. "
            "Statement Dana and live both. Tuesday Thursday Tomasz hour.",
            "keywords",
        ),
    ],
)
def test_what_only_looks_like_an_answer_is_doubted(text, kind):
    assert kind in [flag.kind for flag in marked(text).flags]


def test_a_blank_has_to_look_like_one():
    text = "Priya, 451 is yours (your work, your design) and due on 11 December. Call me when you are stuck."
    assert not marked(text).flags


def test_all_places_that_earn_a_mark_are_quoted():
    text = "Priya, 451 is yours. Brack Cycles leaves if it happens again. Merchants lost €61,000 in October."
    why = next(level for level in marked(text).levels if level.criterion.id == "why")
    assert why.level == 2
    assert len(why.spans) == 2


def test_a_question_in_quotation_marks_is_not_asked():
    told = 'I ask "and if it did work?" before each retry. This cannot be merged: the refund can be posted twice.'
    assert levels(marked(told, "review_comment"))["reply"] == 0
    asked = "This cannot be merged: the refund can be posted twice. What would you change?"
    assert levels(marked(asked, "review_comment"))["reply"] == 2
