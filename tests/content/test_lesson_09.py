"""What is special to lesson 09: its cells answer, and the figures in its prose are those its cells compute."""

from __future__ import annotations

import math
import re
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.scenario.loader import walk
from leadgym.widgets.figures import LessonFigure, other_luck

SLUG = "09_stakeholder_translation"
ROOT = modules.content_root()
STORY = modules.scenario(SLUG)
CELLS = notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]
LESSON = {cell["id"]: rules.source(cell) for cell in CELLS}


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], names, *changes)


@pytest.fixture
def names() -> dict[str, Any]:
    found: dict[str, Any] = {"exp": math.exp, "re": re}
    run("one-log-worked", found)
    return found


def test_worked_log(names: dict[str, Any]) -> None:
    assert names["losses"] == [40_000, 15_000, 120_000]
    mean = sum(names["losses"]) / names["quarters"]
    assert f"€{mean:,.0f} a quarter; one was €40,000, one €135,000" in LESSON["what-the-mean-hides"]
    assert "1.5 a quarter" in LESSON["number-between"]
    assert f"{100 * math.exp(-1.5):.0f} in 100, have none, so 78" in LESSON["number-between"]


def test_a_careless_reading_is_dearer(names: dict[str, Any]) -> None:
    printed = run("one-log-worked", names)
    figures = [int(found.replace(",", "")) for found in re.findall(r"€([\d,]+)", printed)]
    assert figures[-1] > figures[-2] == 87_500


def test_the_rate_of_long_ones(names: dict[str, Any]) -> None:
    assert "No rate yet" in run("look-it-up", names)
    assert "in a quarter: 0.22" in run("look-it-up", names, ("rate_of_long_ones = 0 ", "rate_of_long_ones = 0.25 "))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "nothing yet"),
        ("Refactor the refunds", "'Refactor' is in your unit"),
        ("Urgent: refunds hang twice a week", "frightens without a figure"),
        ("Refunds get better", "nothing in it can be counted"),
        ("Refunds: nobody pushes them on by hand, six hours a month", "somebody outside can see"),
    ],
)
def test_titles_answer(names: dict[str, Any], title: str, said: str) -> None:
    printed = run("three-titles", names, ('"Upgrade the retry library": ""', f'"Upgrade the retry library": "{title}"'))
    assert said in printed.split("Flaky")[0].split("Upgrade the retry library")[1]


def test_the_example_title_passes_its_own_check(names: dict[str, Any]) -> None:
    assert "somebody outside can see" in run("three-titles", names).splitlines()[1]


def test_said_and_took(names: dict[str, Any]) -> None:
    assert "“5 weeks.”" in run("said-and-took", names)
    given = (("even_odds = 0 ", "even_odds = 1.22 "), ("at_85 = 0 ", "at_85 = 1.5 "))
    printed = run("said-and-took", names, *given)
    assert "6 weeks at even odds, 8 if you want" in printed
    assert "once more" not in printed
    assert "once more" in run("said-and-took", names, given[0], ("at_85 = 0 ", "at_85 = 1.1 "))
    ratios = names["ratios"]
    assert 1.2 <= (ratios[4] + ratios[5]) / 2 <= 1.25
    assert 1.5 <= ratios[8] <= 1.75


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Nothing yet"),
        ("The rest is accepted.", "the sum that stays"),
        ("Sol accepts 72,000 a quarter.", "Not in it yet: until when"),
        ("I, Sol, accept until 30 June that €72,000 a quarter stays at risk.", "Whoever signs that"),
    ],
)
def test_line_answers(names: dict[str, Any], line: str, said: str) -> None:
    assert said in run("your-line", names, ('line = ""', f'line = "{line}"'))


def test_one_page_is_right_and_shows_what_is_empty(names: dict[str, Any]) -> None:
    page = run("your-page", names)
    assert "Expected: €80,000 a quarter" in page
    assert "At least one in the coming quarter: 63 in 100" in page
    assert "Q3 2026 | 1 | €40,000" in page
    assert "Q4 2026 | 1 | €120,000" in page
    assert page.count("\\_\\_\\_\\_") >= 6
    filled = run("your-page", names, ('system=""', 'system="Refunds"'), ('ask=""', 'ask="Ana by Friday"'))
    assert "# Refunds: what it costs" in filled
    assert "| I ask (who, what, by which day) | Ana by Friday |" in filled
    assert "are few" in filled


def test_one_page_of_a_quiet_half_year(names: dict[str, Any]) -> None:
    """Nothing felt outside is no chance of nought."""
    quiet = run("your-page", names, ('"minutes": 30', '"minutes": 0'), ('"minutes": 90', '"minutes": 0'))
    assert "Nobody outside has felt anything in 2 quarters" in quiet
    assert "no chance of nought" in quiet


def test_one_page_says_what_is_wrong_with_a_row(names: dict[str, Any]) -> None:
    wrong = run("your-page", names, ('"minutes": 90', '"minutes": "ninety"'))
    assert wrong.strip() == "rows:2: minutes: 'ninety' is no number."


def test_the_longest_bar_is_the_kind_answer() -> None:
    """What the lesson says of its figure holds for its first two walkthroughs."""
    for way in STORY.walkthroughs[:2]:

        class Game:
            state = walk(STORY, way)

        figure = other_luck(Game(), cost="cred")
        assert isinstance(figure, LessonFigure)
        spans = {text: int(high) - int(low) for text, low, high in re.findall(
            r"(“[^”]+”): (\d+) to (\d+) of 100", figure.alt)}  # fmt: skip
        assert len(spans) == 4
        assert max(spans, key=spans.__getitem__).startswith("“No.")


def test_a_work_has_one_year_in_the_whole_module() -> None:
    listed = dict(re.findall(r"([A-Z]\w+)(?: et al\.| and [A-Z]\w+)? ((?:19|20)\d\d), ", " ".join(LESSON.values())))
    assert {"Brier", "Tenney", "Gaertig", "Tannenbaum", "Moløkken", "Cunningham"} <= set(listed)
    for path in [*(ROOT / "course" / SLUG).glob("*.*"), *(ROOT / "solutions" / SLUG).rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        for author, year in re.findall(r"\b([A-Z]\w+)(?: et al\.| and [A-Z]\w+)?,? \(?((?:19|20)\d\d)\b", text):
            assert listed.get(author, year) == year, f"{path.name}: {author} {year}"
