"""What is special to lesson 06: its cells answer, its plan is the board's, its figure says what the model does."""

from __future__ import annotations

from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.widgets.epic_figures import limits, timeline

SLUG = "06_epics_and_flow"
ROOT = modules.content_root()
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}


@pytest.fixture
def names() -> dict[str, Any]:
    scope: dict[str, Any] = {}
    rules.printed("import re\n", scope)
    return scope


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    return rules.printed(LESSON[cell], names, *changes)


def test_slices_answer(names: dict[str, Any]) -> None:
    said = run("your-slices", names)
    assert "'tables' is a part" in said
    assert "8 days. What would be left out" in said
    assert "Waits for: not said" in said
    empty = '("", 0, "")'
    good = run("your-slices", names, (empty, '("Three sellers are paid on a Friday", 3, "the old file")'))
    assert good.rstrip().endswith("Three sellers are paid on a Friday")


def test_the_plan_takes_18_days_and_can_take_15(names: dict[str, Any]) -> None:
    run("your-order", names)
    found = timeline(names["ostra"], names["plan"])
    assert found.title.startswith("18 days; no plan is below 14. The last day hangs on split_rules, then payee_file")
    moved = names["plan"] | {
        "payees": {"day": 0, "who": "Aisha"}, "split_rules": {"day": 0, "who": "Priya"},
        "payee_file": {"day": 0, "who": "Tomasz"}, "channel": {"day": 2, "who": None},
        "dress_rehearsal": {"day": 12, "who": "Tomasz"}, "first_seller": {"day": 14, "who": "Priya"},
    }  # fmt: skip
    better = timeline(names["ostra"], moved)
    assert better.title.startswith("15 days")
    assert better.title.endswith("payee_file, then channel, then dress_rehearsal, then first_seller")


def test_counting_back(names: dict[str, Any]) -> None:
    said = run("begin-by", names).splitlines()
    assert said[0] == "channel to the bank (Iris): begin today, or somebody stands still on day 12"
    assert said[1] == "text of the mail (Legal): begin by day 4; days of slack: 3"
    late = run("begin-by", names, ('(Iris)", 12', '(Iris)", 10')).splitlines()
    assert late[0] == "channel to the bank (Iris): days too late: 2; from day 10 on somebody stands that long"


def test_the_morning_is_smiths(names: dict[str, Any]) -> None:
    """3 people x 25 min, 1 x 40, 1 x 70, and nobody for the rest: 185 person-minutes; as they came it is not best."""
    said = run("your-morning", names)
    assert said.startswith("your order 3.3 person-hours; between 3.1 and ")
    assert "fewest: Priya's migration, Tomasz's environment, Wen's fee question, my limits" in said
    assert "Tomasz's environment: only you" in said


def test_a_sign_answers(names: dict[str, Any]) -> None:
    assert run("your-sign", names).count("____") == 5
    said = run("your-sign", names, ('"it was": ""', '"it was": "a lot"'), ('"look on": ""', '"look on": "soon"'))
    assert "a lot  <- nothing in it can be counted" in said
    assert "soon  <- which day?" in said


def test_the_figure_of_limits_says_what_the_lesson_says() -> None:
    found = limits()
    assert "fewer days" in found.title
    assert "no such move" in LESSON["a-limit"]
    assert found.alt.count("planned hours") == 5
