"""Every place of a scenario file by kind (conditions, prose, effects), with where it stands in the file.

Loader and checker ask the same question ("which conditions are there?"), so the walk over the tree is written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leadgym.scenario.model import Effect, Passage, Scenario, Scene
from leadgym.yamlfile import Location

BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Some text and where it stands. ``scene`` is where the story is when it is read; None means anywhere."""

    where: Location
    text: str
    scene: str | None = None


@dataclass(frozen=True, slots=True)
class EffectPlace:
    """An effect, where it stands, the scene it belongs to and the choice that causes it."""

    where: Location
    effect: Effect
    scene: str
    cause: str


def by_default(scenario: Scenario, text: str) -> str:
    """``text`` as it reads where nothing special has happened: each ``{word}`` in its last reading, numbers as 0."""
    return BRACED.sub(lambda match: scenario.words[match[1]][-1].reads if match[1] in scenario.words else "0", text)


def effects(scenario: Scenario) -> Iterator[EffectPlace]:
    """All effects, of options and of answers."""
    for i, scene in enumerate(scenario.scenes):
        for j, question in enumerate(scene.asking.choices if scene.asking else []):
            for k, effect in enumerate(question.effects):
                where = ("scenes", i, "asking", "choices", j, "effects", k)
                yield EffectPlace(where, effect, scene.id, f"ask {scene.id}.{question.id}")
        for j, option in enumerate(scene.options):
            for k, effect in enumerate(option.effects):
                yield EffectPlace(
                    ("scenes", i, "options", j, "effects", k), effect, scene.id, f"{scene.id}.{option.id}"
                )


def conditions(scenario: Scenario) -> Iterator[Place]:
    """All ``if`` expressions."""
    for name, readings in scenario.words.items():
        for i, reading in enumerate(readings):
            yield from _condition(("words", name, i), reading.condition)
    for i, scene in enumerate(scenario.scenes):
        at: Location = ("scenes", i)
        yield from _passage_conditions((*at, "passages"), scene.passages, scene.id)
        for j, question in enumerate(scene.asking.choices if scene.asking else []):
            yield from _condition((*at, "asking", "choices", j), question.condition, scene.id)
        for j, option in enumerate(scene.options):
            yield from _condition((*at, "options", j), option.condition, scene.id)
            yield from _passage_conditions((*at, "options", j, "tells"), option.tells, scene.id)
    for place in effects(scenario):
        yield from _condition(place.where, place.effect.condition, place.effect.later or place.scene)
    for i, ending in enumerate(scenario.endings):
        yield from _condition(("endings", i), ending.condition, "end")
        yield from _passage_conditions(("endings", i, "passages"), ending.passages, "end")


def formulas(scenario: Scenario) -> Iterator[Place]:
    """All expressions that are worth a number: derived values and the scores of aims."""
    for name, derived in scenario.derived.items():
        yield Place(("derived", name, "formula"), derived.formula)
    for name, aim in scenario.aims.items():
        yield Place(("aims", name, "score"), aim.score, "end")


def prose(scenario: Scenario) -> Iterator[Place]:
    """All text that a person reads during or after play."""
    yield Place(("premise",), scenario.premise)
    for name, fact in scenario.facts.items():
        yield Place(("facts", name, "text"), fact.text)
    for i, scene in enumerate(scenario.scenes):
        yield from _scene_prose(("scenes", i), scene)
    for place in effects(scenario):
        yield Place((*place.where, "text"), place.effect.text)
        yield Place((*place.where, "why"), place.effect.why)
        for j, outcome in enumerate(place.effect.outcomes):
            yield Place((*place.where, "outcomes", j, "text"), outcome.text)
    for i, ending in enumerate(scenario.endings):
        yield Place(("endings", i, "title"), ending.title)
        yield Place(("endings", i, "text"), ending.text)
        yield from _passages(("endings", i, "passages"), ending.passages)
    yield Place(("debrief", "sentence"), scenario.debrief.sentence)
    for i, question in enumerate(scenario.debrief.questions):
        yield Place(("debrief", "questions", i), question)


def _scene_prose(at: Location, scene: Scene) -> Iterator[Place]:
    for name in ("title", "when", "text", "question"):
        yield Place((*at, name), getattr(scene, name))
    yield from _passages((*at, "passages"), scene.passages)
    if scene.asking:
        yield Place((*at, "asking", "intro"), scene.asking.intro)
        for j, question in enumerate(scene.asking.choices):
            yield Place((*at, "asking", "choices", j, "text"), question.text)
            yield Place((*at, "asking", "choices", j, "answer"), question.answer)
    for j, option in enumerate(scene.options):
        for name in ("text", "outcome", "right_when", "rationale", "dissent"):
            yield Place((*at, "options", j, name), getattr(option, name) or "")
        yield from _passages((*at, "options", j, "tells"), option.tells)


def _passages(at: Location, parts: list[Passage]) -> Iterator[Place]:
    for i, part in enumerate(parts):
        yield Place((*at, i, "text"), part.text)


def _condition(at: Location, condition: str | None, scene: str | None = None) -> Iterator[Place]:
    if condition is not None:
        yield Place((*at, "if"), condition, scene)


def _passage_conditions(at: Location, parts: list[Passage], scene: str) -> Iterator[Place]:
    for i, part in enumerate(parts):
        yield from _condition((*at, i), part.condition, scene)
