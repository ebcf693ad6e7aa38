"""A module's hand-written learners: what they hand in and what it earns, each answer marked once, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leadgym.course import notebooks
from leadgym.marking import (
    CriterionMark,
    Mark,
    asking,
    asking_parts,
    function_data,
    load_keys,
    load_rubric,
    mark,
    parts_data,
)

ROOT = Path(__file__).resolve().parents[1]
LEARNERS = ("strong", "decent", "shaky", "careless", "gaming")
ORDER = ("solution", *LEARNERS)


class Handed:
    """What the learners of the module ``slug`` hand in.

    ``extra``: what the file of a learner does not hold, by learner and answer.
    """

    def __init__(self, slug: str, extra: dict[str, dict[str, Any]] | None = None) -> None:
        self.slug = slug
        self.folder = ROOT / "solutions" / slug
        self.rubric = load_rubric(self.folder / "rubric.yaml")
        self.keys = load_keys(ROOT / "grader" / "keys" / f"{slug}.yaml", self.rubric, self.folder)
        self.worth = sum(answer.points for answer in self.rubric.answers.values())
        self._extra = extra or {}
        self._marked: dict[tuple[str, str], Mark] = {}

    def answers(self, learner: str) -> dict[str, Any]:
        """All that the learner hands in, read anew each time; code and long texts may stand in lines."""
        text = (ROOT / "tests" / "fixtures" / "answers" / self.slug / f"{learner}.json").read_text(encoding="utf-8")
        return {**json.loads(text), **self._extra.get(learner, {})}

    def mark(self, answer: str, given: Any) -> Mark:
        """The mark for ``given``; a function, or a dict of them, is asked where it is."""
        about = self.rubric.answers[answer]
        if about.asks_parts and given:
            return mark(self.rubric, self.keys, self.folder, answer, parts_data(given), ask=asking_parts(given))
        if about.asks_a_function and given:
            return mark(self.rubric, self.keys, self.folder, answer, function_data(given), ask=asking(given))
        return mark(self.rubric, self.keys, self.folder, answer, given)

    def marked(self, learner: str, answer: str) -> Mark:
        """The mark for what the learner hands in."""
        if (learner, answer) not in self._marked:
            given = self.answers(learner)[answer]
            if self.rubric.answers[answer].asks_a_function:
                given = _run("\n".join(given))[answer]
            elif self.rubric.answers[answer].kind == "prose" and isinstance(given, list):
                given = "\n".join(given)
            self._marked[learner, answer] = self.mark(answer, given)
        return self._marked[learner, answer]

    def criterion(self, learner: str, answer: str, criterion: str) -> CriterionMark:
        """One criterion of the learner's mark."""
        return next(c for c in self.marked(learner, answer).criteria if c.id == criterion)

    def found(self, learner: str, answer: str, criterion: str) -> str:
        """What the learner reads under that criterion."""
        return self.criterion(learner, answer, criterion).found

    def points(self, learner: str, answer: str) -> dict[str, float]:
        """The learner's points by criterion."""
        return by_criterion(self.marked(learner, answer))

    def total(self, learner: str) -> float:
        """What the learner has over all answers, as long as no person has looked at what a person has to decide."""
        return sum(self.marked(learner, answer).stands for answer in self.rubric.answers)

    def written(self, place: str, *cells: str, **there: Any) -> dict[str, Any]:
        """What those cells of the notebook in ``exercises`` or ``solutions`` leave, run where ``there`` stands."""
        (path,) = (ROOT / place / self.slug).glob("*.ipynb")
        sources = {cell["id"]: "".join(cell["source"]) for cell in notebooks.read(path)["cells"]}
        return _run("\n".join(sources[cell] for cell in cells), **there)


class Player:
    """What the solution's notebook does with its run."""

    def __init__(self, scenario: str) -> None:
        self.choices: list[str] = []

    def again(self, seed: int) -> None:
        self.seed = seed

    def weights(self, **weights: int) -> None:
        self.declared = weights

    def ask(self, choice: str) -> None:
        self.choices.append(f"ask {choice}")

    def choose(self, choice: str) -> None:
        self.choices.append(choice)


def by_criterion(sheet: Mark) -> dict[str, float]:
    """The points of a mark by criterion."""
    return {c.id: c.points for c in sheet.criteria}


def lost(sheet: Mark) -> set[str]:
    """The criteria at which a mark is short of full points."""
    return {c.id for c in sheet.criteria if c.points < c.out_of}


def _run(code: str, **there: Any) -> dict[str, Any]:
    scope: dict[str, Any] = dict(there)
    exec(code, scope)  # noqa: S102 - the course's own code
    return scope
