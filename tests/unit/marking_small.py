"""The small exercise of ``tests/fixtures/exercise_small``, with an answer of each kind that earns everything."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from leadgym.marking import Coaching, Mark, coach, load_form, load_keys, load_rubric, mark
from leadgym.scenario.loader import load_scenario

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOLDER = FIXTURES / "exercise_small"
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(FOLDER / "keys.yaml", RUBRIC, FOLDER)
FORM = load_form(FOLDER / "data" / "judgement.yaml")
STORY = load_scenario(FOLDER / "scenario.yaml")

_BEST: dict[str, Any] = {
    "path": {
        "scenario": "small_story",
        "seed": 1,
        "variant": None,
        "weights": {"ship": 0, "grow": 100},
        "choices": ["ask first.date", "ask first.night", "first.teach", "second.teach"],
    },
    "judgement": {
        "one": {"ratings": {"a": 5, "b": 1, "c": 3, "d": 3}, "best": "a", "confidence": 1.0},
        "two": {"ratings": {"a": 1, "b": 5, "c": 2, "d": 4}, "best": "b", "confidence": 1.0},
        "three": {"ratings": {"a": 4, "b": 2, "c": 5, "d": 1}, "best": "c", "confidence": 1.0},
    },
    "plan": {
        "keys": {
            "owner": "tomasz",
            "hours": 2,
            "level": 4,
            "outcome": "no payment posts twice",
            "trigger": "late",
            "limits": ["no downtime", "keys stay private"],
        },
        "docs": {
            "owner": "priya",
            "hours": 0,
            "level": 7,
            "outcome": "nobody phones us again",
            "trigger": "late",
            "limits": ["plain words"],
            "demo": True,
        },
        "fill": {
            "owner": "priya",
            "hours": 3,
            "level": 5,
            "outcome": "every old row has one key",
            "trigger": "harm",
            "limits": ["no locks"],
        },
    },
    "estimate": {
        "merge": {"low": 5.25, "high": 9.25, "median": 7},
        "pages": {"low": 8.25, "high": 14.25, "median": 11},
        "hours": {"low": 7.25, "high": 12.25, "median": 9},
        "people": {"low": 1.75, "high": 3.25, "median": 2},
    },
}


def best(name: str) -> Any:
    """A fresh copy of the answer called ``name`` that earns everything."""
    return copy.deepcopy(_BEST[name])


def marked(name: str, answer: Any) -> Mark:
    """The mark of ``answer`` in the small exercise."""
    return mark(RUBRIC, KEYS, FOLDER, name, answer, scenario=STORY)


def coached(name: str, answer: Any) -> Mark | Coaching:
    """The instant feedback on ``answer`` in the small exercise."""
    return coach(RUBRIC, FOLDER, name, answer, scenario=STORY)


def shares(mark: Mark) -> dict[str, float | None]:
    """The unclipped score of each criterion."""
    return {criterion.id: criterion.score for criterion in mark.criteria}
