"""What is special to lesson 08: its cells answer, and the figures in its prose are those that its cells compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.notebook import ci
from leadgym.scenario.loader import walk
from leadgym.widgets.figures import LessonFigure, over_time

SLUG = "08_developer_experience"
STORY = modules.scenario(SLUG)
LESSON_FILE = modules.content_root() / "course" / SLUG / "lesson.ipynb"
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(LESSON_FILE)["cells"]}


def run(cell: str, *changes: tuple[str, str], **names: Any) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], dict(names), *changes)


def test_each_stage_at_no_cost() -> None:
    printed = run("at-no-cost")
    assert "the run: 25 minutes" in printed
    wins = {line.split()[0]: int(line.split()[5]) for line in printed.splitlines()[1:]}
    assert wins == {"build": 6, "unit": 0, "integration": 5, "browser": 10, "scan": 0, "package": 3}


def test_a_longer_scan_takes_most_of_the_browser_s_worth() -> None:
    """With scan at 19 minutes, as the reader is asked to try."""
    printed = run("at-no-cost", ('"scan": (4', '"scan": (19'))
    assert "browser      11 minutes long, wins 3 at most" in printed


@pytest.mark.parametrize(
    ("word", "said"),
    [("", "nothing yet"), ("flaky", "Look again"), ("unknown", "unknown: three commits, one result each")],
)
def test_verdicts_answer(word: str, said: str) -> None:
    assert said in run("your-verdicts", ('"export": "",', f'"export": "{word}",'))


def test_share_answers() -> None:
    assert "Nothing yet" in run("your-share")
    given = (("runs_a_week = 0 ", "runs_a_week = 40 "), ("middle_minutes = 0", "middle_minutes = 41"))
    assert "between 7 and 27 hours a week" in run("your-share", *given)
    assert "Whom have you watched?" in run("your-share", *given, ("0.25, 1.0", "0.5, 0.6"))


def test_the_sum_in_the_prose() -> None:
    """24 to 40 hours; one hour a week at worst, nearly six at best."""
    worst, best = 39 * 6 / 60 * 0.25, 39 * 9 / 60
    assert 0.95 < worst < 1.05
    assert 5.7 < best < 6
    assert 4 <= 24 / best <= 4.3
    assert 9 < 40 / worst / 52 * 12 < 10
    assert "paid back in four weeks, in the worst in more than nine months" in LESSON["when-it-has-paid"]


def test_first_days_answer() -> None:
    assert "Nothing yet" in run("their-first-days")
    assert "Leo." in run("their-first-days", ('will_ask = ""', 'will_ask = "Leo"'))
    days = "['setup'] * 3 + ['waiting'] * 5 + ['work']"
    printed = run("their-first-days", ("first_days = []", f"first_days = {days}"))
    assert "waiting  5 of 9 days" in printed
    assert "the name of whoever they waited for" in printed


def test_near_and_far_answer() -> None:
    assert "3 to put your name to" in run("what-else-moves-it")


def test_own_log_is_read_once_there_is_one(tmp_path: Path) -> None:
    assert "No log yet" in run("your-log", ci=ci)
    path = tmp_path / "runs.csv"
    path.write_text(
        "run,commit,started,ended,outcome\n1,a,2027-03-01T09:00:00Z,2027-03-01T09:30:00Z,passed\n", encoding="utf-8"
    )
    assert ci(str(path)).says[0].startswith("Waiting for CI costs between")


def test_the_fourth_sentence_says_when_no_stage_can_win_so_much() -> None:
    assert "No single stage" not in ci(fix_days=(3, 5), saves=(6, 9)).says[3]
    assert "No single stage holds a run up by more than 11 minutes" in ci(fix_days=(3, 5), saves=(12, 14)).says[3]


@pytest.mark.parametrize("way", STORY.walkthroughs, ids=lambda way: way.ending)
def test_hours_in_and_out_are_drawn_for_every_end(way: Any) -> None:
    class Game:
        state = walk(STORY, way)

    figure = over_time(Game(), cost="spent", gain="won")
    assert isinstance(figure, LessonFigure)
    assert "hours put into it" in figure.title
    assert "hours won" in figure.title
