"""Play a scenario through by machine: every road where there are few, otherwise thousands at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from leadgym.scenario.engine import (
    END,
    NotPossible,
    State,
    advance,
    begin,
    current_scene,
    holds,
    open_questions,
)
from leadgym.scenario.graph import leads_to
from leadgym.scenario.model import Scenario
from leadgym.scenario.places import effects

RUNS = 2000
FEW = 20_000
ENOUGH = 30_000
"""Choices after which no further run at random is begun. A story of six decisions and six questions makes fewer."""
_HABITS = ("any", "best", "worst")


@dataclass
class Seen:
    """What all runs together have seen. ``how`` says which; ``dead_ends`` has the choices that led to each."""

    how: str
    scenes: set[str] = field(default_factory=set)
    endings: set[str] = field(default_factory=set)
    choices: set[str] = field(default_factory=set)
    dead_ends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decisions: set[int] = field(default_factory=set)


Progress = Callable[[Iterable[int], int, str], Iterable[int]]
"""What is put around a long count: the numbers, how many there are, and what they are for."""


def no_progress(steps: Iterable[int], _total: int, _what: str) -> Iterable[int]:
    """The numbers, with nothing shown."""
    return steps


def play_out(scenario: Scenario, progress: Progress = no_progress) -> Seen:
    """All runs where there is no luck and there are few, else ``RUNS`` seeded ones; walkthroughs are played as well.

    A story of very long runs gets fewer of them.
    """
    seen = Seen("on any road")
    if _lucky(scenario) or not _all(scenario, seen):
        seen = Seen("")
        played = steps = 0
        for number in progress(range(RUNS), RUNS, "Playing it at random"):
            if steps < ENOUGH:
                steps += _once(scenario, number, seen)
                played += 1
        seen.how = f"in {played:,} runs at random"
    for given in scenario.walkthroughs:
        try:
            state = begin(scenario, given.seed, given.variant, given.weights, prose=False)
            for choice in given.path:
                _note(state, seen)
                state = advance(state, choice)
            _note(state, seen)
        except NotPossible:
            continue
    return seen


def _lucky(scenario: Scenario) -> bool:
    return any(place.effect.draw or place.effect.chance is not None for place in effects(scenario))


def _all(scenario: Scenario, seen: Seen) -> bool:
    """Whether every road could be played within the budget."""
    stack = [begin(scenario, variant=variant, prose=False) for variant in scenario.variants or [None]]
    steps = 0
    while stack:
        here = stack.pop()
        for choice in _note(here, seen):
            stack.append(advance(here, choice))
            steps += 1
        if steps > FEW:
            return False
    return True


def _once(scenario: Scenario, number: int, seen: Seen) -> int:
    """The length of one run. A third of them mostly take the best-keyed option, a third the worst: the edges."""
    luck = random.Random(number)  # noqa: S311 - play, not secrets
    habit = _HABITS[number % len(_HABITS)]
    variants = list(scenario.variants)
    here = begin(scenario, number, luck.choice(variants) if variants else None, prose=False)
    while True:
        offered = _note(here, seen)
        if not offered:
            return len(here.choices)
        questions = [choice for choice in offered if choice.startswith("ask ")]
        options = [choice for choice in offered if choice not in questions]
        if questions and (not options or luck.random() < 0.5):
            here = advance(here, luck.choice(questions))
        elif habit != "any" and luck.random() < 0.8:
            keys = {f"{here.scene}.{option.id}": option.key_in(here.variant) for option in current_scene(here).options}
            here = advance(here, (max if habit == "best" else min)(options, key=keys.__getitem__))
        else:
            here = advance(here, luck.choice(options))


def _offered(state: State) -> Iterator[str]:
    if state.scene is None:
        return
    for question in open_questions(state):
        yield f"ask {state.scene}.{question.id}"
    for option in current_scene(state).options:
        if holds(state, option.condition):
            yield f"{state.scene}.{option.id}"


def _note(state: State, seen: Seen) -> list[str]:
    """Adds what is seen here; the choices that are offered."""
    seen.scenes |= _passed(state)
    if state.ending:
        seen.endings.add(state.ending)
        seen.decisions.add(sum(not choice.startswith("ask ") for choice in state.choices))
        return []
    offered = list(_offered(state))
    seen.choices.update(offered)
    if state.scene and not offered:
        seen.dead_ends.setdefault(state.scene, state.choices)
    return offered


def _passed(state: State) -> set[str]:
    """The scene where the story stands and the interludes told on the way from the last choice."""
    scenario = state.scenario
    taken = [choice for choice in state.choices if not choice.startswith("ask ")]
    if not taken:
        place = scenario.scenes[0].id
    else:
        name, _, which = taken[-1].partition(".")
        scene = scenario.scene(name)
        option = next(option for option in scene.options if option.id == which)
        place = leads_to(scenario, scene, option)
    passed = set()
    while place != END:
        passed.add(place)
        scene = scenario.scene(place)
        if scene.options:
            break
        place = leads_to(scenario, scene)
    return passed
