"""Which scene can lead where, and what an expression depends on in the end."""

from __future__ import annotations

from dataclasses import dataclass

from leadgym.scenario.engine import END, following
from leadgym.scenario.expression import expression
from leadgym.scenario.model import Option, Scenario, Scene


def leads_to(scenario: Scenario, scene: Scene, option: Option | None = None) -> str:
    """The scene, or ``end``, that comes after ``scene`` when ``option`` is taken there."""
    return (option.next if option else None) or following(scenario, scene)


def roads(scenario: Scenario) -> dict[str, set[str]]:
    """From each scene the scenes that can come next, ``end`` included."""
    return {
        scene.id: {leads_to(scenario, scene, option) for option in scene.options} or {leads_to(scenario, scene)}
        for scene in scenario.scenes
    }


def after(ways: dict[str, set[str]], start: str, without: str | None = None) -> set[str]:
    """Everything that can come after ``start``, on roads that leave out ``without``."""
    found: set[str] = set()
    front = [start]
    while front:
        for place in ways.get(front.pop(), set()) - found - {without}:
            found.add(place)
            front.append(place)
    return found


def always_passes(ways: dict[str, set[str]], start: str, place: str) -> bool:
    """Whether every road from ``start`` on comes through ``place``."""
    return place in (start, END) or (start != END and END not in after(ways, start, without=place))


@dataclass(frozen=True, slots=True)
class Reads:
    """What an expression depends on: names of variables and derived values, and calls such as ``chose``."""

    names: frozenset[str]
    calls: frozenset[tuple[str, tuple[str, ...]]]


def reads(scenario: Scenario, source: str) -> Reads:
    """What ``source`` depends on, directly and through the derived values it uses."""
    names: set[str] = set()
    calls: set[tuple[str, tuple[str, ...]]] = set()
    front = [source]
    while front:
        parsed = expression(front.pop())
        calls.update(parsed.calls)
        fresh = parsed.names - names
        names |= fresh
        front += [scenario.derived[name].formula for name in fresh if name in scenario.derived]
    return Reads(frozenset(names), frozenset(calls))
