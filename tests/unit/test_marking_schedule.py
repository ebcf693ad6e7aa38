"""Schedules: what cannot be carried out is named, days are counted as by hand, and nothing hidden comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.marking import asking, coach, function_data, load_keys, load_rubric, mark
from leadgym.marking.epics import Epic, faults, length
from leadgym.yamlfile import FileProblems

# Ann does both kinds and is away on days 3 and 4; Bo does web. The bank's three days come after the file.
EPIC = {
    "people": [
        {"name": "Ann", "skills": ["api", "web"], "away": [[3, 4]]},
        {"name": "Bo", "skills": ["web"], "away": []},
    ],
    "tasks": [
        {"task": "page", "days": 2, "skill": "web", "after": []},
        {"task": "file", "days": 1, "skill": "api", "after": []},
        {"task": "bank", "days": 3, "skill": None, "after": ["file"]},
        {"task": "run", "days": 2, "skill": "api", "after": ["bank", "page"]},
    ],
}
# file on 0, bank on 1 to 3, Ann back on 5: the run on 5 and 6. Seven days.
GOOD = {
    "page": {"day": 0, "who": "Bo"}, "file": {"day": 0, "who": "Ann"}, "bank": {"day": 1, "who": None},
    "run": {"day": 5, "who": "Ann"},
}  # fmt: skip
# The page first: Ann does it on 0 and 1, the file on 2, the bank on 3 to 5, the run on 6 and 7.
SLOW = {
    "page": {"day": 0, "who": "Ann"}, "file": {"day": 2, "who": "Ann"}, "bank": {"day": 3, "who": None},
    "run": {"day": 6, "who": "Ann"},
}  # fmt: skip


def epic() -> Epic:
    return Epic.model_validate(EPIC)


def test_days_are_counted_as_by_hand() -> None:
    assert faults(epic(), GOOD) == []
    assert (length(epic(), GOOD), length(epic(), SLOW)) == (7, 8)
    assert epic().tails() == {"page": 4, "file": 6, "bank": 5, "run": 2}
    assert epic().bound == 6  # the chain file, bank, run
    assert epic().one_by_one == 8 + 5  # eight days of work, after the last absence


def test_the_bound_counts_scarce_people_and_absences() -> None:
    data = {**EPIC, "tasks": [{"task": f"t{n}", "days": 3, "skill": "api", "after": []} for n in range(2)]}
    assert Epic.model_validate(data).bound == 8  # six days of Ann, who is there on 0 to 2 and from 5


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"run": {"day": 3, "who": "Ann"}}, "away"),
        ({"run": {"day": 5, "who": "Bo"}}, "skill"),
        ({"run": {"day": 5, "who": "Zed"}}, "who"),
        ({"run": {"day": 5, "who": None}}, "who"),
        ({"bank": {"day": 0, "who": None}}, "order"),
        ({"bank": {"day": 1, "who": "Ann"}}, "elsewhere"),
        ({"page": {"day": 0, "who": "Ann"}}, "twice"),
        ({"page": {"day": -1, "who": "Bo"}}, "day"),
        ({"page": {"day": 0.5, "who": "Bo"}}, "day"),
        ({"page": {"day": True, "who": "Bo"}}, "day"),
        ({"page": None}, "missing"),
        ({"page": [0, "Bo"]}, "missing"),
        ({"cake": {"day": 0, "who": "Bo"}}, "unknown"),
    ],
)
def test_what_cannot_be_carried_out_is_named(change: dict[str, Any], kind: str) -> None:
    assert kind in {found for found, _ in faults(epic(), {**GOOD, **change})}


@pytest.mark.parametrize("schedule", [None, [], "plan", 7])
def test_anything_may_come_in(schedule: Any) -> None:
    assert faults(epic(), schedule)[0][0] == "shape"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"after": ["nowhere"]}, "there is no task 'nowhere'"),
        ({"skill": "ops"}, "nobody can do 'ops'"),
        ({"after": ["run"]}, "in a circle"),
        ({"task": "file"}, "stands twice"),
    ],
)
def test_an_epic_that_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    data = {**EPIC, "tasks": [{**EPIC["tasks"][0], **change}, *EPIC["tasks"][1:]]}
    assert any(said in what for _, what in Epic.model_validate(data).problems())


RUBRIC = """
rubric: 98_schedule
title: Plans
answers:
  plan:
    kind: schedule
    title: Plans for epics
    asks: A function that plans.
    points: 10
    examples: data/epics.yaml
    criteria:
      - {id: valid, measure: valid, title: Valid, points: 2, reason: It has to., next_step: Look.}
      - {id: shorter, low: listed, high: critical, title: Shorter, points: 4, reason: It waits., next_step: Look.}
      - {id: best, low: critical, high: best, title: Best, points: 4, reason: It can be., next_step: Look.}
"""
TAKES = "    takes: {listed: 10, critical: 8, best: 7}\n"


def written(days: int) -> str:
    """An entry of a file: the epic with a page of so many days, so that no two are the same."""
    people = "".join(
        f"      - {{name: {p['name']}, skills: {p['skills']}, away: {p['away']}}}\n" for p in EPIC["people"]
    )
    tasks = "".join(
        f"      - {{task: {t['task']}, days: {days if t['task'] == 'page' else t['days']}, "
        f"skill: {t['skill'] or 'null'}, after: {t['after']}}}\n"
        for t in EPIC["tasks"]
    )
    return f"  - label: an epic that is hidden\n    people:\n{people}    tasks:\n{tasks}{TAKES}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "data" / "epics.yaml").write_text("title: Epics\nepics:\n" + written(2), encoding="utf-8")
    return tmp_path


def key_text(*days: int) -> str:
    body = "".join(written(day) for day in days).replace("\n", "\n    ").rstrip()
    return f"keys: 98_schedule\nstatus: provisional\nanswers:\n  plan:\n    epics:\n    {body}\n"


def marked(folder: Path, function: Any, keys: str = "") -> Any:
    path = folder / "keys.yaml"
    path.write_text(keys or key_text(1, 3, 4, 5), encoding="utf-8")
    rubric = load_rubric(folder / "rubric.yaml")
    loaded = load_keys(path, rubric, folder)
    return mark(rubric, loaded, folder, "plan", function_data(function), ask=asking(function))


def page(told: dict[str, Any]) -> int:
    return next(task["days"] for task in told["tasks"] if task["task"] == "page")


def by_hand(told: dict[str, Any], late: int = 0) -> dict[str, Any]:
    """Good plans: the run begins when the bank has ended, the page is done and Ann is back."""
    return {**GOOD, "run": {"day": max(5, page(told)) + late, "who": "Ann"}}


def points(found: Any) -> dict[str, float]:
    return {criterion.id: criterion.points for criterion in found.criteria}


def test_points_are_the_place_between_the_references(folder: Path) -> None:
    # Seven days each where the references say 10, 8 and 7.
    assert points(marked(folder, by_hand)) == {"valid": 2, "shorter": 4, "best": 4}
    # Two days later: 36 days over four epics, 40 as listed, 32 with the chain first. Half of the way; nothing beyond.
    assert points(marked(folder, lambda told: by_hand(told, 2))) == {"valid": 2, "shorter": 2, "best": 0}


def test_a_plan_with_a_fault_counts_as_one_after_the_other(folder: Path) -> None:
    found = marked(folder, lambda told: {} if page(told) == 5 else by_hand(told))
    # Three of seven days and one of 11 + 5: 37 days; 3/8 of the way from 40 to 32.
    assert points(found) == {"valid": 1.5, "shorter": 1.5, "best": 0}
    assert "a task has no day" in found.criteria[0].found
    assert "1 that cannot be carried out" in found.criteria[1].found


def test_the_longer_of_two_answers_counts(folder: Path) -> None:
    asked: list[int] = []

    def wavers(told: dict[str, Any]) -> dict[str, Any]:
        asked.append(1)
        return by_hand(told, 2 if len(asked) > 4 else 0)

    assert points(marked(folder, wavers)) == {"valid": 2, "shorter": 2, "best": 0}


@pytest.mark.parametrize("function", [lambda told: 1 / 0, lambda told: None, lambda told: [told]])
def test_nonsense_earns_nothing(folder: Path, function: Any) -> None:
    assert sum(points(marked(folder, function)).values()) == 0


def test_nothing_of_a_hidden_epic_comes_out(folder: Path) -> None:
    def leaks(told: dict[str, Any]) -> Any:
        raise ValueError(str(told))

    for function in (leaks, lambda told: {"page": {"day": 0, "who": str(told)}}, by_hand):
        found = marked(folder, function)
        said = " ".join(c.found for c in found.criteria) + found.note
        assert not re.search(r"page|bank|Ann\b|Bo\b", said)


def test_coaching_names_the_first_fault_and_the_days(folder: Path) -> None:
    rubric = load_rubric(folder / "rubric.yaml")

    def coached(function: Any) -> Any:
        return coach(rubric, folder, "plan", function_data(function), ask=asking(function))

    good = coached(by_hand)
    assert good.ready
    assert good.checks[0].found.startswith("7 days. As listed 10, the longest chain first 8, best found 7")
    bad = coached(lambda told: {**GOOD, "run": {"day": 2, "who": "Ann"}})
    assert not bad.ready
    assert "Ann is away" in bad.checks[0].found
    assert not coach(rubric, folder, "plan", {"x": 1}).ready


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (key_text(1, 3, 4, 2), "among the public epics"),
        (key_text(1, 3, 4, 5).replace("best: 7", "best: 2"), "which no schedule can beat"),
        (key_text(1, 3, 4, 5).replace("critical: 8", "critical: 10"), "takes no fewer days"),
        (key_text(1, 3, 4, 5).replace("listed: 10", "listed: 100"), "one task after the other"),
        (key_text(1, 3, 4, 5).replace("after: ['file']", "after: ['nowhere']"), "no task 'nowhere'"),
    ],
)
def test_a_broken_key_says_what_is_wrong(folder: Path, text: str, said: str) -> None:
    with pytest.raises(FileProblems, match=said):
        marked(folder, by_hand, text)


def test_a_criterion_measures_one_thing(folder: Path) -> None:
    text = RUBRIC.replace("measure: valid", "measure: valid, low: listed")
    (folder / "rubric.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FileProblems, match="two different references"):
        load_rubric(folder / "rubric.yaml")


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4)
                    | st.dictionaries(st.sampled_from(["page", "day", "who", "x"]), inner, max_size=4),
                    max_leaves=12))  # fmt: skip
def test_faults_never_raise(schedule: Any) -> None:
    assert faults(epic(), schedule)
