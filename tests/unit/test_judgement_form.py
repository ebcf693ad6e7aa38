"""The judgement form without a browser: clicks through widget traits, two tabs, and what a disk can do."""

import json

import pytest
from submissions import ROOT, SLUG

from leadgym.marking import load_form
from leadgym.widgets.judgement import DoesNotFit, JudgementForm, judge
from leadgym.widgets.judgement_screen import JudgementScreen

FORM = ROOT / "exercises" / SLUG / "data" / "judgement.yaml"


@pytest.fixture(autouse=True)
def looking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def form(folder):
    return JudgementForm(load_form(FORM), folder)


def saved(folder):
    return json.loads((folder / "delegation_a.answers.json").read_text(encoding="utf-8"))["items"]


class Clicks:
    """A form on a screen, clicked as the browser does it: through the widgets' traits."""

    def __init__(self, folder):
        self.form = form(folder)
        self.screen = JudgementScreen(self.form)

    def rate(self, place, rating):
        self.screen._ratings[place].index = rating - 1

    def best(self, place):
        self.screen._best.index = place

    def sure(self, step):
        self.screen._sure.index = step

    def next(self):
        self.screen._next.click()

    @property
    def state(self):
        return self.screen._state.value

    def all_of_it(self):
        for place, rating in enumerate((1, 4, 2, 5)):
            self.rate(place, rating)
        self.best(3)
        self.sure(5)


def test_each_click_is_saved(tmp_path):
    clicks = Clicks(tmp_path)
    assert not (tmp_path / "delegation_a.answers.json").exists()
    clicks.rate(0, 1)
    assert saved(tmp_path) == {"last_certificate": {"ratings": {"a": 1}}}
    clicks.rate(0, 2)
    clicks.best(3)
    assert saved(tmp_path) == {"last_certificate": {"ratings": {"a": 2}, "best": "d"}}


def test_a_click_saves_what_the_marker_takes(tmp_path):
    clicks = Clicks(tmp_path)
    clicks.all_of_it()
    whole = {"ratings": {"a": 1, "b": 4, "c": 2, "d": 5}, "best": "d", "confidence": 1.0}
    assert saved(tmp_path) == {"last_certificate": whole} == clicks.form.answer()


def test_what_is_still_open_is_said_in_a_status_line(tmp_path):
    clicks = Clicks(tmp_path)
    assert "role='status'" in clicks.state
    assert "Still open here: 4 ratings, the best option, how sure you are. 0 of 10 answered." in clicks.state
    for place, rating in enumerate((1, 4, 2)):
        clicks.rate(place, rating)
    assert "Still open here: 1 rating, the best option, how sure you are." in clicks.state
    clicks.all_of_it()
    assert "This situation is answered. 1 of 10 answered." in clicks.state


def test_the_next_situation_is_empty_and_going_back_finds_the_answers(tmp_path):
    clicks = Clicks(tmp_path)
    clicks.all_of_it()
    clicks.next()
    assert "Situation 2 of 10" in clicks.screen._head.value
    assert [radio.index for radio in clicks.screen._ratings] == [None] * 4
    assert (clicks.screen._best.index, clicks.screen._sure.index) == (None, None)
    clicks.screen._back.click()
    assert [radio.index for radio in clicks.screen._ratings] == [0, 3, 1, 4]
    assert (clicks.screen._best.index, clicks.screen._sure.index) == (3, 5)
    assert list(saved(tmp_path)) == ["last_certificate"], "looking at a situation answers nothing"


def test_after_the_last_situation_comes_the_first(tmp_path):
    clicks = Clicks(tmp_path)
    clicks.screen._back.click()
    assert "Situation 10 of 10" in clicks.screen._head.value
    clicks.next()
    assert "Situation 1 of 10" in clicks.screen._head.value


def test_confidence_goes_from_a_guess_to_certainty(tmp_path):
    options = Clicks(tmp_path).screen._sure.options
    assert [label for label, _ in options] == ["25 %", "40 %", "55 %", "70 %", "85 %", "100 %"]


def test_a_new_kernel_opens_at_the_first_situation_that_is_open(tmp_path):
    clicks = Clicks(tmp_path)
    clicks.all_of_it()
    clicks.next()
    clicks.rate(1, 3)
    again = Clicks(tmp_path)
    assert "Situation 2 of 10" in again.screen._head.value
    assert again.screen._ratings[1].index == 2
    assert again.form.done() == 1


def test_two_tabs_lose_nothing_of_each_other(tmp_path):
    one, other = Clicks(tmp_path), Clicks(tmp_path)
    one.all_of_it()
    other.next()
    other.all_of_it()
    one.next()
    one.next()
    one.rate(0, 5)
    assert set(saved(tmp_path)) == {"last_certificate", "third_exporter", "one_condition"}
    assert saved(tmp_path)["third_exporter"]["best"] == "d"
    assert one.form.done() == 2


def test_a_folder_that_cannot_be_written_is_said_and_what_was_clicked_is_kept(tmp_path):
    # A folder in the file's place cannot be replaced, whoever is asking, root included.
    (tmp_path / "delegation_a.answers.json").mkdir()
    clicks = Clicks(tmp_path)
    assert "delegation_a.answers.json cannot be read (Is a directory)" in clicks.state
    clicks.all_of_it()
    assert "Not saved: delegation_a.answers.json cannot be written (Is a directory)." in clicks.state
    assert "Your answers last as long as this kernel." in clicks.state
    assert clicks.form.done() == 1


def test_what_could_not_be_saved_is_saved_with_the_next_click_that_can(tmp_path):
    place = tmp_path / "delegation_a.answers.json"
    place.mkdir()
    clicks = Clicks(tmp_path)
    clicks.all_of_it()
    place.rmdir()
    clicks.next()
    clicks.rate(0, 3)
    assert set(saved(tmp_path)) == {"last_certificate", "third_exporter"}
    assert "Not saved" not in clicks.state


@pytest.mark.parametrize(
    "damage", ["", '{"leadgym": 1, "form": "delegation_a", "it', "[]", '{"leadgym": 2, "form": "x"}', '{"items": 5}']
)
def test_a_damaged_file_is_kept_aside_and_named(tmp_path, damage):
    (tmp_path / "delegation_a.answers.json").write_text(damage, encoding="utf-8")
    clicks = Clicks(tmp_path)
    aside = tmp_path / "delegation_a.answers.set-aside-1.json"
    assert f"delegation_a.answers.json is damaged. It is kept as {aside.name}" in clicks.state
    assert aside.read_text(encoding="utf-8") == damage
    clicks.all_of_it()
    assert set(saved(tmp_path)) == {"last_certificate"}


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path):
    for number in (1, 2):
        (tmp_path / "delegation_a.answers.json").write_text(f"damaged {number}", encoding="utf-8")
        form(tmp_path)
    kept = sorted(tmp_path.glob("*set-aside*"))
    assert [path.read_text(encoding="utf-8") for path in kept] == ["damaged 1", "damaged 2"]


@pytest.mark.parametrize(
    "entry",
    [
        {"ratings": [1, 2, 3], "best": {"a": 1}, "confidence": "very"},
        {"ratings": {"a": 99, "z": 1}, "best": "q", "confidence": 7},
        {"ratings": None},
        {},
    ],
)
def test_answers_of_the_wrong_shape_are_shown_as_open_and_can_be_clicked_over(tmp_path, entry):
    text = json.dumps({"leadgym": 1, "form": "delegation_a", "items": {"last_certificate": entry, "gone": entry}})
    (tmp_path / "delegation_a.answers.json").write_text(text, encoding="utf-8")
    clicks = Clicks(tmp_path)
    assert [radio.index for radio in clicks.screen._ratings] == [None] * 4
    clicks.all_of_it()
    assert clicks.form.done() == 1
    assert set(clicks.form.answer()) == {"last_certificate"}, "what the form does not ask is not handed in"


def test_the_screen_says_in_text_what_the_situation_is(tmp_path):
    screen = Clicks(tmp_path).screen
    item = load_form(FORM).items[0]
    assert item.options[0].text.split()[0] in screen._texts[0].value
    assert "<strong>A.</strong>" in screen._texts[0].value
    assert screen._ratings[0].options[0][0] == "1 makes things worse"


def test_code_can_answer_instead_of_clicks(tmp_path):
    made = form(tmp_path)
    made.rate("last_certificate", {"a": 1, "b": 4, "c": 2, "d": 5}, best="d", confidence=1)
    assert made.done() == 1
    assert form(tmp_path).done() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no_such", {}, "a", 1), r"There is no item 'no_such'\. There are: last_certificate, "),
        (("last_certificate", {"a": 1}, "a", 1), "needs a rating from 1 to 5 for each of a, b, c, d"),
        (("last_certificate", {"a": 1, "b": 2, "c": 3, "d": 6}, "a", 1), "needs a rating from 1 to 5"),
        (("last_certificate", {"a": 1, "b": 2, "c": 3, "d": True}, "a", 1), "needs a rating from 1 to 5"),
        (("last_certificate", {"a": 1, "b": 2, "c": 3, "d": [4]}, "a", 1), "needs a rating from 1 to 5"),
        (("last_certificate", [1, 2, 3, 4], "a", 1), "needs a rating from 1 to 5"),
        (("last_certificate", dict.fromkeys("abcd", 1), "e", 1), "is one of a, b, c, d, not 'e'"),
        (("last_certificate", dict.fromkeys("abcd", 1), "a", 0.2), r"lies between 0\.25 \(a guess\) and 1"),
        (("last_certificate", dict.fromkeys("abcd", 1), "a", "sure"), r"lies between 0\.25 \(a guess\) and 1"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(tmp_path, arguments, sentence):
    made = form(tmp_path)
    with pytest.raises(DoesNotFit, match=sentence) as problem:
        made.rate(*arguments)
    assert problem.value._render_traceback_() == [str(problem.value)], "the sentence alone, no traceback"
    assert made.answer() == {}


def test_under_the_autograder_code_counts_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    made = form(tmp_path)
    made.rate("last_certificate", {"a": 1, "b": 4, "c": 2, "d": 5}, best="d", confidence=1)
    made._ipython_display_()
    assert set(made.answer()) == {"last_certificate"}
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == f"{load_form(FORM).title}: 1 of 10 items answered.\n"


def test_a_form_that_is_not_there_is_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert judge("data/judgement.yaml") is None
    said = capsys.readouterr().out
    assert "data/judgement.yaml:1: cannot be read (No such file or directory)" in said
    assert "Run 'leadgym lab' again: it lays missing files and overwrites nothing of yours." in said
