"""Marks by competency: the answers in which a module says that a statement is practised, and what they brought.

``module.yaml`` names the places that practise a statement; those in ``rubric.yaml`` are answers, and have marks. One
answer may practise several statements, and its points then stand under each: these are groups to read, no scales.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from leadgym.cohort.report.gather import Cohort, ModuleScores
from leadgym.course.modules import Module, slugs
from leadgym.course.modules import module as promise
from leadgym.course.statements import STATEMENTS
from leadgym.psychometrics.reliability import Estimate, Floats, mean_share

_RUBRIC = "rubric.yaml#"


@dataclass(frozen=True)
class Competency:
    """A statement, where it is marked (module and answer), the mean share of the points, and of how many learners."""

    statement: str
    title: str
    where: tuple[tuple[str, str], ...]
    share: Estimate
    people: int


def competencies(cohort: Cohort, learner: str | None = None) -> list[Competency]:
    """The statements with a mark, of everybody or of one learner, in the curriculum's order.

    A person's share is their points over all the answers that practise the statement, of what those could earn; answers
    that were not handed in, and those that wait for a person, are left out. The cohort's is the mean of these shares.
    """
    found = []
    for statement, where in _practised(cohort.modules).items():
        shares = _shares(where, learner)
        if len(shares):
            places = tuple((module.slug, answer) for module, answer in where)
            found.append(Competency(statement, STATEMENTS[statement], places, mean_share(shares), len(shares)))
    return found


def unmarked(cohort: Cohort) -> list[str]:
    """The statements of these modules that are practised in lesson and story alone, so that no mark speaks of them."""
    marked = _practised(cohort.modules)
    here = {statement for module in cohort.modules for statement in _places(module.slug)}
    return [statement for statement in STATEMENTS if statement in here and statement not in marked]


def _practised(modules: list[ModuleScores]) -> dict[str, list[tuple[ModuleScores, str]]]:
    found: dict[str, list[tuple[ModuleScores, str]]] = defaultdict(list)
    for module in modules:
        for statement, answers in _places(module.slug).items():
            found[statement] += [(module, answer) for answer in answers if answer in module.answers]
    return {statement: found[statement] for statement in STATEMENTS if found.get(statement)}


@lru_cache(maxsize=64)
def promised(slug: str) -> Module | None:
    """What the module promises, read once; None for somebody else's assignment."""
    return promise(slug) if slug in slugs() else None


def _places(slug: str) -> dict[str, list[str]]:
    """The answers in which the module says that it practises each of its statements."""
    about = promised(slug)
    return {
        statement: [place.removeprefix(_RUBRIC) for place in places.practised if place.startswith(_RUBRIC)]
        for statement, places in (about.statements.items() if about else ())
    }


def _shares(where: list[tuple[ModuleScores, str]], learner: str | None) -> Floats:
    """(people): each one's share of the points in those answers."""
    points: dict[str, float] = defaultdict(float)
    out_of: dict[str, float] = defaultdict(float)
    for module, answer in where:
        place = module.answers.index(answer)
        for row, name in enumerate(module.learners):
            worth = module.out_of[row, place]
            if learner in (None, name) and worth > 0 and not module.waits[row, place]:
                points[name] += module.points[row, place]
                out_of[name] += worth
    return np.array([points[name] / out_of[name] for name in out_of])
