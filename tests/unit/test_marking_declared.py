"""Declared weights: what is read of them, that both ends move with them, and what earns nothing under any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leadgym.marking import asking_parts, coach, load_keys, load_rubric, mark, parts_data
from leadgym.marking.declared import DeclaredAnswer, DeclaredKeys
from leadgym.sim import READABLE
from leadgym.yamlfile import FileProblems

RUBRIC = """
rubric: 99_declared
title: An exercise with declared weights
answers:
  quarter:
    kind: declared
    title: A quarter
    asks: Weights and a policy.
    points: 10
    weights: {ship: value, craft: lead_coding_hours}
    field: [strict hero, "soft hero, batched"]
    weeks: 5
    quarters: 12
    practice: [{label: quiet quarters, seeds: [1, 2]}]
    criteria:
      - {id: all, measure: all, title: All, points: 6, reason: Why., next_step: Try.}
      - {id: worst, measure: worst, title: Worst, points: 4, reason: Why., next_step: Try.}
"""
KEYS = """
keys: 99_declared
status: provisional
answers:
  quarter:
    always: [{what: scope grows, week: 2, epic: 1, tickets: 2}]
    quarters:
      - {label: quarters with an outage,
         seeds: [5000000001, 5000000002, 5000000003, 5000000004, 5000000005, 5000000006],
         shocks: [{what: outage, week: 2, domain: ledger, hours: 20}]}
      - {label: quarters without you, seeds: [6000000001, 6000000002, 6000000003, 6000000004, 6000000005, 6000000006],
         shocks: [{what: away, week: 3, weeks: 2, who: You}]}
"""
WEIGHTS = {"ship": 60, "craft": 40}
BEST = {**READABLE["soft hero"], "calendar": lambda team: {"coding": 0.9, "batched": True}}


def made(tmp_path: Path, rubric: str = RUBRIC, keys: str = KEYS) -> tuple[Any, Any]:
    (tmp_path / "rubric.yaml").write_text(rubric, encoding="utf-8")
    (tmp_path / "keys.yaml").write_text(keys, encoding="utf-8")
    loaded = load_rubric(tmp_path / "rubric.yaml")
    return loaded, load_keys(tmp_path / "keys.yaml", loaded, tmp_path)


@pytest.fixture
def marked(tmp_path: Path):
    rubric, keys = made(tmp_path)

    def of(policy: Any, weights: Any = WEIGHTS):
        data = parts_data({"weights": weights, **policy}) if policy else {"weights": weights}
        return mark(rubric, keys, tmp_path, "quarter", data, ask=asking_parts(policy) if policy else None)

    return of


def test_the_best_of_the_field_earns_everything_under_weights_at_both_ends(marked) -> None:
    for weights in (WEIGHTS, {"ship": 95, "craft": 5}, {"ship": 5, "craft": 95}):
        sheet = marked(BEST, weights)
        assert sheet.criteria[0].points == 6, sheet.criteria[0].found
        assert f"- ship ({weights['ship']} of 100): Your quarter ships" in sheet.note


@pytest.mark.parametrize("weights", [WEIGHTS, {"ship": 95, "craft": 5}, {"ship": 5, "craft": 95}])
def test_what_the_team_does_by_itself_and_doing_nothing_earn_nothing(marked, weights) -> None:
    assert marked({"assign": lambda team: {}}, weights).points == 0
    assert marked({"assign": lambda team: {"E1-1": "Nobody"}}, weights).points == 0


def test_the_worst_kind_of_quarter_is_named_and_nothing_else_of_the_key(marked) -> None:
    sheet = marked(READABLE["round robin"])
    found = sheet.criteria[1].found
    assert found.startswith(("It does worst in quarters with an outage.", "It does worst in quarters without you."))
    assert "Otherwise: in quarters" in found
    assert not any(seed in found + sheet.note for seed in ("5000000001", "week 2", "ledger"))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (None, "The weights for ship, craft are missing"),
        ([60, 40], "are missing"),
        ({"ship": 100}, "are missing"),
        ({"ship": 60, "craft": 40, "grow": 0}, "are missing"),
        ({"ship": 96, "craft": 4}, "at least 5 that add up to 100"),
        ({"ship": 60, "craft": 41}, "add up to 100"),
        ({"ship": 60.5, "craft": 39.5}, "whole numbers"),
        ({"ship": True, "craft": 99}, "whole numbers"),
        ({"ship": "60", "craft": "40"}, "whole numbers"),
        ({"ship": 160, "craft": -60}, "at least 5"),
    ],
)
def test_weights_that_cannot_be_read_earn_nothing_with_a_sentence(marked, weights, said) -> None:
    sheet = marked(BEST, weights)
    assert sheet.points == 0
    assert said in sheet.note


@pytest.mark.parametrize("policy", [{}, {"pair": lambda team: {}}])
def test_weights_alone_are_no_policy(marked, policy) -> None:
    assert marked(policy).points == 0


def test_coaching_plays_the_public_quarters(tmp_path: Path) -> None:
    rubric, _ = made(tmp_path)
    data = parts_data({"weights": WEIGHTS, **BEST})
    found = coach(rubric, tmp_path, "quarter", data, ask=asking_parts(BEST))
    assert found.ready
    assert "2 practice quarters. The mark is made on 12 others." in found.note
    assert not coach(rubric, tmp_path, "quarter", {"weights": WEIGHTS}).ready


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("craft: lead_coding_hours", "craft: fun", "'fun' is none of value"),
        ("craft: lead_coding_hours", "craft: value", "an outcome stands twice"),
        ("field: [strict hero", "field: [shouting", "'shouting' is no reference"),
        ("seeds: [1, 2]", "seeds: [1, 1]", "a quarter stands twice"),
    ],
)
def test_a_rubric_that_cannot_be_marked_by_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FileProblems, match=said):
        made(tmp_path, RUBRIC.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("5000000001, ", "", "have 11 seeds, but the rubric plays 12"),
        ("5000000001", "1", "among the practice quarters"),
        ("5000000001", "77", "can be found by trying"),
        ("5000000001", "6000000001", "a quarter stands twice"),
        ("domain: ledger", "domain: kitchen", "'kitchen' is no domain"),
        ("what: outage, week: 2, domain: ledger, hours: 20", "what: scope grows, week: 2, epic: 1, tickets: 2",
         "cannot happen in some quarters only"),
    ],
)  # fmt: skip
def test_a_key_that_gives_itself_away_or_cannot_be_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FileProblems, match=said):
        made(tmp_path, keys=KEYS.replace(old, new))


def test_a_policy_s_weights_cross_as_data_and_its_functions_as_functions() -> None:
    data = parts_data({"weights": WEIGHTS, "assign": len})
    assert data["weights"] == WEIGHTS
    assert list(data["functions"]) == ["assign"]
    assert DeclaredAnswer.keys_class is DeclaredKeys
