"""What the prose tests share: the three exercises and their labelled answers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from leadgym.marking.prose.engine import Result, mark_text
from leadgym.marking.prose.evaluate import Set, read_set
from leadgym.marking.prose.exercise import Exercise, load_exercise

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/prose"
BRIEF = ROOT / "solutions/02_delegation/data/brief"
FOLDERS = {
    "delegation_brief": BRIEF,
    "lena_message": ROOT / "solutions/09_stakeholder_translation/data/lena_message",
    "review_comment": ROOT / "solutions/03_review_and_pairing/data/comment",
}


def exercise(name: str = "delegation_brief") -> Exercise:
    """An exercise by its name."""
    return load_exercise(FOLDERS[name])


def marked(text: str, name: str = "delegation_brief") -> Result:
    """A text marked as an answer of an exercise."""
    return mark_text(exercise(name), text)


@cache
def work(name: str) -> Set:
    """The labelled working set of an exercise, marked."""
    return read_set(FIXTURES / name, "work")


def answer(name: str, answer_id: str) -> str:
    """The text of a labelled answer or gaming attempt."""
    made = work(name)
    return next(one.about.text for one in (*made.genuine, *made.gaming) if one.about.id == answer_id)
