"""The quiz asks what a marking says was missed, on the days it says, and keeps keys out of the notebook."""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from five_learners import Handed

from leadgym.cli import main
from leadgym.cohort import quiz as kept
from leadgym.cohort.marker import MARK_TYPE
from leadgym.course.modules import content_root, notebook_name
from leadgym.marking.answers import ANSWER_TYPE, answer_bundle
from leadgym.marking.model import Context
from leadgym.marking.quiz import STEPS, Deck, question, verdict
from leadgym.widgets.quiz import QuizRefused, QuizScreen

SLUG = "00_baseline"
MARKED = date(2026, 1, 25)
ITEM = "m/judgement/one"


@pytest.fixture(scope="module")
def handed() -> Handed:
    return Handed(SLUG)


def _missed(handed: Handed, answer: str, given: Any) -> tuple[str, ...]:
    context = Context(answer, handed.folder, None, handed.keys.answers[answer])
    return handed.rubric.answers[answer].missed(given, context)


def _by_shaky(handed: Handed, answer: str) -> tuple[str, ...]:
    return _missed(handed, answer, handed.answers("shaky")[answer])


def _lay(workspace: Path, answers: dict[str, Any], day: date = MARKED) -> Path:
    """A workspace in which the module was marked on ``day``."""
    folder = workspace / ".leadgym" / "marking" / "autograded" / "me" / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    cells = [
        {
            "metadata": {"leadgym": {"answer": name}},
            "outputs": [{"data": {MARK_TYPE: {"name": name}, ANSWER_TYPE: answer_bundle(name, given)}}],
        }
        for name, given in answers.items()
    ]
    (folder / notebook_name(SLUG)).write_text(
        json.dumps({"cells": [{"cell_type": "markdown"}, *cells]}), encoding="utf-8"
    )
    (folder / "timestamp.txt").write_text(f"{day} 12:00:00.000000 UTC", encoding="ascii")
    return workspace


@pytest.fixture
def workspace(tmp_path: Path, handed: Handed) -> Path:
    given = handed.answers("shaky")
    wanted = {"judgement": _by_shaky(handed, "judgement")[:2], "week": _by_shaky(handed, "week")[:1]}
    return _lay(tmp_path, {name: {item: given[name][item] for item in items} for name, items in wanted.items()})


def test_days_are_seven_fourteen_and_twenty_eight_after_each_right_answer():
    deck, day = Deck().with_missed({ITEM: MARKED}), MARKED
    for step in (7, 14, 28):
        assert deck.due(day + timedelta(days=step - 1)) == []
        day += timedelta(days=step)
        assert deck.due(day) == [ITEM]
        deck = deck.answered(ITEM, True, day)
    assert deck.cards == {}
    assert deck.done == {ITEM: day}
    assert deck.due(date(2030, 1, 1)) == []


def test_a_month_s_end_is_no_obstacle():
    assert Deck().with_missed({ITEM: date(2026, 1, 25)}).due(date(2026, 2, 1)) == [ITEM]


def test_a_wrong_answer_goes_back_to_seven_days():
    deck = Deck().with_missed({ITEM: MARKED}).answered(ITEM, True, date(2026, 2, 1))
    deck = deck.answered(ITEM, False, date(2026, 2, 15))
    assert deck.cards[ITEM].due == date(2026, 2, 22)
    assert deck.cards[ITEM].step == 0


def test_marking_again_moves_nothing_that_waits_and_brings_back_what_is_missed_anew():
    deck = Deck().with_missed({ITEM: MARKED})
    assert deck.with_missed({ITEM: MARKED + timedelta(days=3)}) == deck
    assert deck.with_missed({}) == deck  # right in a later marking: it waits all the same
    done = Deck(done={ITEM: date(2026, 3, 1)})
    assert done.with_missed({ITEM: date(2026, 2, 1)}) == done
    assert done.with_missed({ITEM: date(2026, 4, 1)}).cards[ITEM].due == date(2026, 4, 8)


def test_what_was_missed_is_named_and_not_what_was_left_out(handed):
    solution = handed.answers("solution")
    assert _missed(handed, "judgement", solution["judgement"]) == ()
    assert _missed(handed, "week", solution["week"]) == ()
    given = handed.answers("shaky")["judgement"]
    best = handed.keys.answers["judgement"].best
    wrong = {item for item, entry in given.items() if entry.get("best") not in best(item)}
    assert set(_by_shaky(handed, "judgement")) == wrong != set()
    assert _missed(handed, "judgement", {}) == ()
    assert _missed(handed, "week", "nonsense") == ()


@pytest.mark.parametrize("answer", ["judgement", "week"])
def test_a_question_is_public_and_its_verdict_is_the_key_s(handed, answer):
    item = _by_shaky(handed, answer)[0]
    name = f"{SLUG}/{answer}/{item}"
    asked = question(handed.rubric, handed.folder, name, 0)
    key = handed.keys.answers[answer]
    right = key.best(item) if answer == "judgement" else set(key.things[item].accepted)
    assert right <= {option for option, _ in asked.options}
    for option, _ in asked.options:
        said = verdict(handed.rubric, handed.keys, handed.folder, name, option)
        assert said.right == (option in right)
        assert len(said.says) >= 2
        public = asked.text + " ".join(text for _, text in asked.options)
        assert not any(paragraph in public for paragraph in said.says)


def test_the_options_stand_in_another_order_at_another_step(handed):
    item = _by_shaky(handed, "judgement")[0]
    orders = [question(handed.rubric, handed.folder, f"{SLUG}/judgement/{item}", step).options for step in range(8)]
    assert len(set(orders)) > 1
    assert orders[0] == question(handed.rubric, handed.folder, f"{SLUG}/judgement/{item}", 0).options


def test_nothing_before_the_day_and_three_on_it(workspace):
    early = kept.Quiz(workspace, MARKED + timedelta(days=6))
    assert early.due() == []
    assert early.next_due() == MARKED + timedelta(days=7)
    assert len(kept.Quiz(workspace, MARKED + timedelta(days=7)).due()) == 3


def _quiz(workspace: Path, *more: str, typed: str = "", day: int = 7):
    on = MARKED + timedelta(days=day)
    return CliRunner().invoke(main, ["quiz", "--workspace", str(workspace), "--date", f"{on}", *more], input=typed)


def test_in_the_terminal_one_stops_half_way_and_comes_back(workspace):
    first = _quiz(workspace, typed="x\n9\n1\nq\n")
    assert first.exit_code == 0, first.output
    assert first.output.count("Type a number from 1 to") == 2
    assert "You stop here. What you answered is kept" in first.output
    again = _quiz(workspace, typed="1\n1\n")
    assert "2 to ask again" in again.output
    assert "provisional" in again.output
    assert "Nothing more is due today" in again.output
    assert "3 waiting" in _quiz(workspace, "--list").output
    assert len(kept.Quiz(workspace, MARKED + timedelta(days=40)).due()) == 3


def test_the_end_of_input_is_a_stop(workspace):
    assert "You stop here" in _quiz(workspace).output


def test_an_answer_is_taken_once(workspace):
    table = kept.Quiz(workspace, MARKED + timedelta(days=7))
    one = table.due()[0]
    table.answer(one.name, one.options[0][0])
    for name, option in ((one.name, one.options[0][0]), ("00_baseline/judgement/none", "a"), ("../../x/y", "a")):
        with pytest.raises(kept.QuizProblem, match="is not asked today"):
            table.answer(name, option)
    other = table.due()[0]
    with pytest.raises(kept.QuizProblem, match="has no option"):
        table.answer(other.name, "zzz")


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"leadgym": 2}', b'{"cards": {"a": {"step": 9, "due": "2026-01-01"}}}']
)
def test_a_damaged_file_is_set_aside_and_the_marks_begin_it_anew(workspace, damage):
    file = workspace / ".leadgym" / "quiz.json"
    file.write_bytes(damage)
    ran = _quiz(workspace, "--list")
    assert ran.exit_code == 0
    assert "was damaged. It is kept as quiz.set-aside-1.json" in ran.output
    assert "3 waiting" in ran.output
    assert (file.parent / "quiz.set-aside-1.json").read_bytes() == damage


def test_items_and_modules_that_are_gone_are_passed_over(workspace):
    file = workspace / ".leadgym" / "quiz.json"
    cards = {name: {"step": 0, "due": "2026-01-01"} for name in ("00_baseline/judgement/gone", "77_x/a/b", "odd")}
    file.write_text(json.dumps({"leadgym": 1, "cards": cards, "done": {}}), encoding="utf-8")
    assert len(kept.Quiz(workspace, MARKED + timedelta(days=7)).due()) == 3


def test_before_anything_is_marked_it_says_what_to_do(tmp_path):
    (tmp_path / ".leadgym").mkdir()
    ran = _quiz(tmp_path)
    assert ran.exit_code == 1
    assert "Nothing is marked yet" in ran.output
    assert _quiz(tmp_path / "none").exit_code == 1


def test_without_keys_it_says_why_it_cannot_be_used(workspace, tmp_path, monkeypatch):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / SLUG).symlink_to(content_root() / "course" / SLUG)
    monkeypatch.setattr(kept, "content_root", lambda: tmp_path)
    ran = _quiz(workspace)
    assert ran.exit_code == 1
    assert "in a course with an instructor they stay there" in " ".join(ran.output.split())


def _talk(workspace):
    def talk(asked):
        ran = _quiz(workspace, *asked)
        if ran.exit_code:
            raise QuizRefused(ran.output.removeprefix("Error: "))
        return json.loads(ran.output)

    return talk


def test_what_a_notebook_is_given_before_an_answer_has_nothing_of_a_key(workspace, handed):
    ran = _quiz(workspace, "--json")
    due = json.loads(ran.output)["due"]
    assert len(due) == 3
    assert all(set(one) == {"name", "about", "text", "options"} for one in due)
    keys = handed.keys.answers
    words = [option.rationale for item in keys["judgement"].items.values() for option in item.values()]
    words += [thing.why for thing in keys["week"].things.values()]
    assert [word for word in words if word in ran.output] == []
    assert not any(name.startswith("leadgym.cohort") for name in _imported_by("leadgym.widgets.quiz"))


def _imported_by(name: str) -> set[str]:
    import subprocess

    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {name}; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_in_a_notebook_each_option_is_a_button_and_a_second_click_is_none(workspace):
    screen = QuizScreen(_talk(workspace))
    first = screen._options.children
    first[0].click()
    first[1].click()
    assert screen.asked.total() == 1
    assert all(button.disabled for button in first)
    assert "role='status'" in screen._said.value
    screen._next.click()
    assert screen._options.children[0] is not first[0]
    for _ in range(2):
        screen._options.children[0].click()
        screen._next.click()
    assert screen._options.children == ()
    assert f"{screen.right.total()} of 3 as the authors. The authors&#x27; keys are provisional" in screen._head.value
    assert repr(screen).count("You chose:") == 3


def test_a_notebook_is_told_in_a_sentence_why_it_cannot_be_asked(tmp_path):
    (tmp_path / ".leadgym").mkdir()
    assert "Nothing is marked yet" in QuizScreen(_talk(tmp_path))._head.value


def test_what_an_item_says_is_text_on_the_screen():
    live = "<img src=x onerror=alert(1)> *a*"
    due = [{"name": "a/b/c", "about": live, "text": live, "options": [["x", live]]}]
    said = {"right": True, "says": [live]}
    screen = QuizScreen(lambda asked: {"due": due, "next": None} if asked == ["--json"] else said)
    assert "<img" not in screen._head.value
    screen._options.children[0].click()
    assert "<img" not in screen._said.value


def test_the_intervals_are_those_that_are_promised():
    assert STEPS == (7, 14, 28)
