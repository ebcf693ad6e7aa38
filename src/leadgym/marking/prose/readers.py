"""How far two readers of the same answers agree: what any marker can be expected to reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from leadgym.estimates import wilson
from leadgym.marking.prose.intervals import bootstrap, spearman
from leadgym.marking.prose.model import LabelledAnswer
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Model, load


class Reading(Model):
    """What the second reader gave one answer."""

    id: Text
    level: Literal["excellent", "decent", "weak", "bad"]
    score: Annotated[float, Field(ge=0, le=100)]
    criteria: dict[Id, Annotated[int, Field(ge=0, le=2)]]


class Readings(Model):
    """The file ``second_<set>.yaml``."""

    readings: list[Reading]


def second_reader(folder: Path, which: str) -> dict[str, Reading]:
    """The second reader's file by answer; empty where there is none. Raises FileProblems."""
    path = folder / f"second_{which}.yaml"
    if not path.is_file():
        return {}
    found = load(path, Readings).readings
    twice = sorted({one.id for one in found if sum(other.id == one.id for other in found) > 1})
    if twice:
        raise FileProblems([f"{path}:1: read twice: {', '.join(twice)}. Keep one of each."])
    return {one.id: one for one in found}


def agreement(answers: Sequence[LabelledAnswer], readings: dict[str, Reading]) -> str:
    """One sentence on the answers that both have read: rank correlation of scores, levels, criteria."""
    both = [(one, readings[one.id]) for one in answers if one.id in readings and one.score is not None]
    if len(both) < 3:
        return ""
    pairs = [(float(one.score or 0), other.score) for one, other in both]
    low, high = bootstrap(pairs, spearman)
    rho = spearman([a for a, _ in pairs], [b for _, b in pairs])
    levels = sum(one.level == other.level for one, other in both)
    steps = [
        abs(one.criteria[name] - other.criteria[name])
        for one, other in both
        for name in one.criteria
        if name in other.criteria
    ]
    same, far = steps.count(0), steps.count(2)
    inside = wilson(same, len(steps))
    return (
        f"Two readers of {len(both)} answers: Spearman {rho:.2f} [{low:.2f}, {high:.2f}]; the same level for {levels}; "
        f"the same step on {same} of {len(steps)} criteria = {100 * same / len(steps):.0f} % "
        f"[{100 * inside[0]:.0f}, {100 * inside[1]:.0f}], two steps apart on {far}."
    )
