"""Options that leave nothing to decide: one is surely no worse than another in everything, and better in something.

"Surely" is by bounds: a condition or a chance widens what an effect may bring, an effect put off counts in full where
every road comes by. Where one cannot tell (the choice opens or closes something later, or is asked about in a score),
nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadgym.scenario.graph import Reads, always_passes, leads_to, reads, roads
from leadgym.scenario.model import Effect, Option, Scenario, Scene
from leadgym.scenario.places import conditions, effects, formulas

Bounds = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Domination:
    """``better`` and ``worse`` are places in the scene's options, ``in_what`` the variables that tell them apart."""

    scene: int
    better: int
    worse: int
    in_what: tuple[str, ...]


def dominations(scenario: Scenario) -> Iterator[Domination]:
    """Every pair of options in one scene of which the first dominates the second."""
    judge = _Judge(scenario)
    for index, scene in enumerate(scenario.scenes):
        bounds = [judge.bounds(scene, option) for option in scene.options]
        for i, better in enumerate(scene.options):
            for j, worse in enumerate(scene.options):
                if i == j or not judge.comparable(scene, better, worse):
                    continue
                if in_what := judge.dominates(bounds[i], bounds[j]):
                    yield Domination(index, i, j, in_what)


class _Judge:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.ways = roads(scenario)
        self.effects = [
            (place, reads(scenario, place.effect.condition) if place.effect.condition else None)
            for place in effects(scenario)
        ]
        elsewhere = [place for place in conditions(scenario) if _opens_something(place.where)]
        scores = [
            place
            for place in formulas(scenario)
            if place.where[0] == "aims" or scenario.derived[str(place.where[1])].better != "none"
        ]
        self.gates = [reads(scenario, place.text) for place in (*elsewhere, *scores)]
        self.read = {
            name for place in (*conditions(scenario), *formulas(scenario)) for name in reads(scenario, place.text).names
        }

    def bounds(self, scene: Scene, option: Option) -> Bounds:
        """The least and the most that ``option`` may add to each variable, now and later."""
        found: Bounds = {}
        target = leads_to(self.scenario, scene, option)
        for place, condition in self.effects:
            effect = place.effect
            if place.cause == f"{scene.id}.{option.id}":
                sure = effect.condition is None and effect.chance in (None, 1.0)
                if effect.later:
                    sure = sure and always_passes(self.ways, target, effect.later)
                _widen(found, effect, sure)
            elif condition and _asks_about(condition, scene, option):
                _widen(found, effect, False)
        return found

    def comparable(self, scene: Scene, better: Option, worse: Option) -> bool:
        """Whether both lead to one scene, ``better`` is there whenever ``worse`` is, and nothing else hangs on them."""
        if leads_to(self.scenario, scene, better) != leads_to(self.scenario, scene, worse):
            return False
        if better.condition not in (None, worse.condition):
            return False
        return not any(_asks_about(gate, scene, option) for gate in self.gates for option in (better, worse))

    def dominates(self, better: Bounds, worse: Bounds) -> tuple[str, ...]:
        """The variables in which ``better`` is surely better; empty where it is not sure to be as good in all."""
        ahead = []
        for name, variable in self.scenario.variables.items():
            (low, high), (other_low, other_high) = better.get(name, (0.0, 0.0)), worse.get(name, (0.0, 0.0))
            if variable.better == "none":
                if name in self.read and not low == high == other_low == other_high:
                    return ()
                continue
            if variable.better == "low":
                low, other_high = -high, -other_low
            if low < other_high:
                return ()
            if low > other_high:
                ahead.append(name)
        return tuple(ahead)


def _opens_something(where: tuple[str | int, ...]) -> bool:
    """Whether a condition at this place decides about an option, a question or an ending, and not only about prose."""
    return "effects" not in where and where[0] != "words" and not {"passages", "tells"} & set(where)


def _asks_about(what: Reads, scene: Scene, option: Option) -> bool:
    draws = {effect.draw for effect in option.effects if effect.draw}
    return any(
        (call == "chose" and words[0] == f"{scene.id}.{option.id}") or (call == "drawn" and words[0] in draws)
        for call, words in what.calls
    )


def _widen(found: Bounds, effect: Effect, sure: bool) -> None:
    results = [outcome.change for outcome in effect.outcomes] or [{}]
    for name in {*effect.change, *(name for result in results for name in result)}:
        amounts = [effect.change.get(name, 0.0) + result.get(name, 0.0) for result in results]
        if not sure:
            amounts.append(0.0)
        low, high = found.get(name, (0.0, 0.0))
        found[name] = (low + min(amounts), high + max(amounts))
