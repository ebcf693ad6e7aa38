"""Computes the model key of a story: every way on the same seeds, means and intervals into its file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from leadgym.course.model_key import DRAWS, Computed, Mean, ModelKey, Outcome, Row, digest
from leadgym.scenario.model import Scenario
from leadgym.sim.numbers import Floats
from leadgym.sim.outcomes import interval
from leadgym.sim.parameters import Parameters, draws
from leadgym.sim.story import Played, Way, play_story

_DIGITS = 3
_MARK = "\ncomputed:"
_AIMS = ("weeks", "skill")
Values = dict[str, Floats]


def computed(key: ModelKey) -> Computed:
    """What the simulation says today. A few seconds. Raises ValueError for a way that names nobody of the story."""
    play = _Play(key, range(key.seeds), None)
    again = _Play(key, list(range(key.seeds // DRAWS)) * DRAWS, _sets(key.seeds // DRAWS))
    rows = {name: _outcome(play(row)) for name, row in key.rows()}
    differences = {}
    for decision in key.decisions:
        for one, other in combinations(decision.options, 2):
            name = f"{decision.scene}.{one.option} - {other.option}"
            held = _minus(again(one.rows[0]), again(other.rows[0]))
            differences[name] = _outcome(_minus(play(one.rows[0]), play(other.rows[0])), held)
    return Computed(digest=digest(key), rows=rows, differences=differences)


def problems(key: ModelKey, story: Scenario) -> list[str]:
    """What in the key does not fit the story: another story or version, scenes or options it has not, people it lacks.

    Every scene has to be played or to say why it is not.
    """
    found = []
    if (key.story, key.version) != (story.scenario, story.version):
        found.append(f"is for {key.story}, version {key.version}; the story is {story.scenario}, {story.version}.")
    options = {scene.id: {option.id for option in scene.options} for scene in story.scenes}
    for decision in key.decisions:
        played = {option.option for option in decision.options}
        if played != options.get(decision.scene, set()):
            found.append(f"decision '{decision.scene}' has to play all of the story's options there, and no other.")
    said = [decision.scene for decision in key.decisions] + list(key.not_played)
    if sorted(said) != sorted(options):
        found.append(f"name each scene once, under decisions or not_played: {', '.join(sorted(options))}.")
    cast = {person.name for person in story.cast.values()}
    for person in key.set_up.people[1:]:
        if person.name not in cast:
            found.append(f"'{person.name}' is not in the story's cast.")
    return found


def _sets(each: int) -> list[Parameters]:
    return [one for one in draws(DRAWS) for _ in range(each)]


class _Play:
    """Rows played on the same seeds, each way once."""

    def __init__(self, key: ModelKey, seeds: Sequence[int], parameters: Sequence[Parameters] | None) -> None:
        self._story, self._seeds, self._parameters = key.set_up, seeds, parameters
        self._kept: dict[str, Played] = {}

    def __call__(self, row: Row) -> Values:
        """Seed by seed; where chance decides, the mean over what it may decide."""
        found: Values = {name: np.zeros(len(self._seeds)) for name in _AIMS}
        for chance in row.ways:
            way = Way(**chance.model_dump(exclude={"share"}))
            name = way.model_dump_json()
            if name not in self._kept:
                self._kept[name] = play_story(self._story, way, self._seeds, self._parameters)
            found["weeks"] += chance.share * self._kept[name].weeks
            found["skill"] += chance.share * self._kept[name].skill
        return found


def _minus(one: Values, other: Values) -> Values:
    return {name: one[name] - other[name] for name in _AIMS}


def _outcome(values: Values, held: Values | None = None) -> Outcome:
    return Outcome(**{name: _mean(values[name], None if held is None else held[name]) for name in _AIMS})


def _mean(values: Floats, held: Floats | None) -> Mean:
    found = interval(values)
    holds = 0 if held is None else int((held.reshape(DRAWS, -1).mean(axis=1) * found.mean > 0).sum())
    mean, low, high = (round(number, _DIGITS) for number in (found.mean, found.low, found.high))
    return Mean(mean=mean, low=low, high=high, holds=holds)


def written(path: Path, found: Computed) -> bool:
    """Puts ``found`` into the file, whose upper part stays as it is. Whether anything changed."""
    before = path.read_text(encoding="utf-8")
    after = before.partition(_MARK)[0].rstrip("\n") + "\n" + _MARK + "\n" + "".join(_yaml(found))
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def _yaml(found: Computed) -> list[str]:
    made = [f"  digest: '{found.digest}'\n"]
    for part, outcomes in (("rows", found.rows), ("differences", found.differences)):
        made.append(f"  {part}:\n")
        for name, outcome in outcomes.items():
            made.append(f"    {name}:\n")
            for aim, mean in (("weeks", outcome.weeks), ("skill", outcome.skill)):
                holds = f", holds: {mean.holds}" if part == "differences" else ""
                made.append(f"      {aim}: {{mean: {mean.mean}, low: {mean.low}, high: {mean.high}{holds}}}\n")
    return made
