"""What is special to lesson 07: its cells answer, and the figures in its prose are those its cells compute."""

from __future__ import annotations

import re
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.marking.scores import honest_hits
from leadgym.tools.forecast.numbers import chance_of
from leadgym.tools.forecast.sample import FINISHED
from leadgym.widgets.figures import LessonFigure, NotYet
from leadgym.widgets.intervals import TEN, ten_intervals

SLUG = "07_feasibility"
ROOT = modules.content_root()
CELLS = notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]
LESSON = {cell["id"]: rules.source(cell) for cell in CELLS}


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], names, *changes)


def test_worked_weeks() -> None:
    plain = run("one-autumn-and-more", {})
    assert "items / mean: 9.0 weeks" in plain
    assert "not filled in yet" in plain
    filled = run("one-autumn-and-more", {}, ("at_85 = 0 ", "at_85 = 8500 "))
    at_85 = int(re.search(r"85 in 100: +(\d+)", filled)[1])
    past = (5, 3, 0, 6, 2, 4, 7, 3, 0, 5, 1, 4)
    assert chance_of(past, 30, at_85) >= 0.84
    assert at_85 > 9
    forgot = run("one-autumn-and-more", {}, ("at_85 = 0 ", "at_85 = 8500 "), ("3, 0, 6", "3, 6"), ("3, 0, 5", "3, 5"))
    assert int(re.search(r"85 in 100: +(\d+)", forgot)[1]) < at_85


def test_levers_can_each_be_made_to_hold() -> None:
    assert "holds" not in run("three-levers", {})
    given = (("scope = 50 ", "scope = 34 "), ("day = 10 ", "day = 15 "), ("hands = 0 ", "hands = 16 "))
    assert run("three-levers", {}, *given).count("holds") == 3


def test_seven_in_three_weeks_is_as_rare_as_the_lesson_says() -> None:
    assert "one autumn in eleven" in LESSON["run-it-again"]
    assert 1 / (1 - chance_of(FINISHED, 8, 3)) == pytest.approx(11, abs=0.5)


def test_chances_written_down_are_scored() -> None:
    assert "0 chances written down" in run("your-three-chances", {})
    looked_up = ('"Friday in two weeks", None, None', '"Friday in two weeks", 0.8, True')
    assert "Brier score 0.04" in run("your-three-chances", {}, looked_up)


def test_ten_ranges_are_held_against_ten_answers() -> None:
    asked = re.findall(r'^    "(\w+)": \(None', LESSON["your-ten-ranges"], re.M)
    assert asked == list(TEN)
    assert isinstance(ten_intervals(dict.fromkeys(TEN, (None, None))), NotYet)
    assert isinstance(ten_intervals({**dict.fromkeys(TEN, (1, 5)), "opera": (9, 2)}), NotYet)
    wide = ten_intervals({name: (fact.answer / 2, fact.answer * 2) for name, fact in TEN.items()})
    assert isinstance(wide, LessonFigure)
    low, high = honest_hits(10, 0.9)
    assert wide.title == f"10 of your 10 ranges hold the answer; with honest 90 % ranges it would be {low} to {high}"
    narrow = ten_intervals({name: (fact.answer + 1, fact.answer + 1) for name, fact in TEN.items()})
    assert isinstance(narrow, LessonFigure)
    assert narrow.title.startswith("0 of your 10")
    assert all(fact.source in narrow.caption for fact in TEN.values())


def test_a_work_has_one_year_in_the_whole_module() -> None:
    listed = dict(re.findall(r"([A-Z][\wø]+)(?: et al\.| and [A-Z]\w+)? ((?:19|20)\d\d), ", " ".join(LESSON.values())))
    assert {"Brier", "Buehler", "Efron", "Tashman", "Brooks", "Jørgensen"} <= set(listed)
    for path in [*(ROOT / "course" / SLUG).glob("*.*"), *(ROOT / "solutions" / SLUG).rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        for author, year in re.findall(r"\b([A-Z][\wø]+)(?: et al\.| and [A-Z]\w+)?,? \(?((?:19|20)\d\d)\b", text):
            assert listed.get(author, year) == year, f"{path.name}: {author} {year}"
