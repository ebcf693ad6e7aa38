"""The engine: ``advance(state, choice) -> state``. Pure and seeded: the same seed and choices give the same story.

Every chance is drawn from its own name and the seed, so two branches of one story meet the same luck
(common random numbers), whatever happened in between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from leadgym.scenario.expression import expression
from leadgym.scenario.model import Ask, Effect, Option, Passage, Scenario, Scene

END = "end"
EventKind = Literal["choice", "told", "change", "fact", "ending"]


class NotPossible(ValueError):
    """A choice that the story does not offer at this point, with what it does offer."""


@dataclass(frozen=True, slots=True)
class Change:
    """A variable's value before and after an effect."""

    variable: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. ``cause`` is the choice behind it; ``delayed`` says that it comes back from earlier."""

    kind: EventKind
    scene: str
    text: str = ""
    changes: tuple[Change, ...] = ()
    cause: str = ""
    why: str = ""
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """An effect that waits for a scene."""

    at: str
    effect: Effect
    cause: str
    chance_name: str


@dataclass(frozen=True, slots=True)
class State:
    """A point in a story. ``scene`` is None once ``ending`` is reached."""

    scenario: Scenario = field(repr=False)
    seed: int
    variant: str | None
    weights: Mapping[str, int]
    scene: str | None
    ending: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    draws: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()
    events: tuple[Event, ...] = ()


def uniform(scenario: str, seed: int, name: str) -> float:
    """A number in [0, 1) that depends on nothing but its arguments, on every platform."""
    digest = hashlib.sha256(f"{scenario}:{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def begin(
    scenario: Scenario,
    seed: int | None = None,
    variant: str | None = None,
    weights: Mapping[str, int] | None = None,
) -> State:
    """The state at the first scene. Raises NotPossible for an unknown variant or weights that name no aim."""
    if scenario.variants:
        variant = variant or next(iter(scenario.variants))
        if variant not in scenario.variants:
            raise NotPossible(f"There is no variant '{variant}'. There are: {', '.join(scenario.variants)}.")
    elif variant:
        raise NotPossible("This scenario has no variants.")
    weights = dict(weights or {})
    for aim, weight in weights.items():
        if aim not in scenario.aims:
            raise NotPossible(f"There is no aim '{aim}'. There are: {', '.join(scenario.aims) or 'none'}.")
        if not 0 <= weight <= 100:
            raise NotPossible(f"The weight of '{aim}' is {weight}; it has to lie between 0 and 100.")
    values = {name: variable.start for name, variable in scenario.variables.items()}
    if variant:
        values.update(scenario.variants[variant].start)
    state = State(
        scenario=scenario,
        seed=scenario.seed if seed is None else seed,
        variant=variant,
        weights=MappingProxyType({aim: weights.get(aim, 0) for aim in scenario.aims}),
        scene=None,
        values=MappingProxyType(values),
    )
    return _enter(state, scenario.scenes[0].id)


def advance(state: State, choice: str) -> State:
    """The state after ``choice``: ``scene.option``, or ``ask scene.question``. ``state`` is left as it is.

    Raises NotPossible, with what can be chosen, when the story does not offer it.
    """
    if state.scene is None:
        raise NotPossible("The story has ended. Go back to a decision or start again.")
    scene = current_scene(state)
    asking = choice.startswith("ask ")
    where, _, which = choice.removeprefix("ask ").strip().partition(".")
    if where != scene.id:
        raise NotPossible(f"'{choice}' is not on offer: the story is at '{scene.id}' ({offer(state)}).")
    if asking:
        question = next((q for q in open_questions(state) if q.id == which), None)
        if question is None:
            raise NotPossible(f"'{choice}' cannot be asked now ({offer(state)}).")
        return _ask(state, scene, question)
    option = next((o for o in open_options(state) if o.id == which), None)
    if option is None:
        raise NotPossible(f"'{choice}' is not on offer ({offer(state)}).")
    return _choose(state, scene, option)


def current_scene(state: State) -> Scene:
    """The scene the story stands at. Raises NotPossible after the ending."""
    if state.scene is None:
        raise NotPossible("The story has ended.")
    return next(scene for scene in state.scenario.scenes if scene.id == state.scene)


def questions_left(state: State) -> int:
    """How many questions the player can still put in this scene."""
    asking = current_scene(state).asking
    if asking is None:
        return 0
    return asking.budget - sum(choice.startswith(f"ask {state.scene}.") for choice in state.choices)


def open_questions(state: State) -> list[Ask]:
    """The questions that can be put now, in file order."""
    scene = current_scene(state)
    if scene.asking is None or questions_left(state) <= 0:
        return []
    return [
        question
        for question in scene.asking.choices
        if holds(state, question.condition) and f"ask {scene.id}.{question.id}" not in state.choices
    ]


def open_options(state: State) -> list[Option]:
    """What can be chosen now, in the order in which this seed shows it (never by key)."""
    scene = current_scene(state)
    options = [option for option in scene.options if holds(state, option.condition)]
    if scene.order == "fixed":
        return options
    return sorted(options, key=lambda o: uniform(state.scenario.scenario, state.seed, f"order:{scene.id}.{o.id}"))


def offer(state: State) -> str:
    """One line that says what can be chosen now."""
    options = [f"{state.scene}.{option.id}" for option in open_options(state)]
    questions = [f"ask {state.scene}.{question.id}" for question in open_questions(state)]
    return "you can choose: " + ", ".join(options + questions)


def holds(state: State, condition: str | None) -> bool:
    """Whether a condition is true now. No condition is true."""
    return condition is None or bool(evaluate(state, condition))


def evaluate(state: State, source: str) -> Any:
    """The value of an expression in this state."""
    return expression(source).value(_Names(state), _story(state))


def value(state: State, name: str) -> float:
    """A variable's or a derived value's number in this state."""
    return float(_Names(state)[name])


class _Names(Mapping[str, Any]):
    """Variables, derived values (computed when asked for) and ``variant``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __getitem__(self, name: str) -> Any:
        state = self._state
        if name in state.values:
            return state.values[name]
        if name in state.scenario.derived:
            return evaluate(state, state.scenario.derived[name].formula)
        if name == "variant":
            return state.variant or ""
        raise KeyError(name)

    def __iter__(self) -> Any:
        return iter([*self._state.values, *self._state.scenario.derived, "variant"])

    def __len__(self) -> int:
        return len(self._state.values) + len(self._state.scenario.derived) + 1


def _story(state: State) -> dict[str, Callable[..., bool]]:
    return {
        "chose": lambda choice: choice in state.choices,
        "asked": lambda question: f"ask {question}" in state.choices,
        "knows": lambda fact: fact in state.facts,
        "drawn": lambda draw, outcome: state.draws.get(draw) == outcome,
    }


_WORD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def tell(state: State, text: str) -> str:
    """``text`` with each ``{word}`` read as the story has it."""

    def read(match: re.Match[str]) -> str:
        for word in state.scenario.words.get(match[1], []):
            if holds(state, word.condition):
                return word.reads
        if match[1] in state.values or match[1] in state.scenario.derived:
            return format_value(state, match[1])
        return match[0]

    return _WORD.sub(read, text)


def format_value(state: State, name: str) -> str:
    """A variable's or derived value's number with its own digits, without its unit."""
    spec = state.scenario.variables.get(name) or state.scenario.derived[name]
    shown = f"{value(state, name):.{spec.digits}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def passages(state: State, parts: list[Passage]) -> list[str]:
    """The passages whose condition holds, told."""
    return [tell(state, part.text) for part in parts if holds(state, part.condition)]


def _told(state: State, text: str, *, cause: str = "", delayed: bool = False, scene: str | None = None) -> State:
    event = Event("told", scene or state.scene or END, tell(state, text), cause=cause, delayed=delayed)
    return replace(state, events=(*state.events, event))


def _ask(state: State, scene: Scene, question: Ask) -> State:
    choice = f"ask {scene.id}.{question.id}"
    event = Event("choice", scene.id, tell(state, question.text), cause=choice)
    state = replace(state, choices=(*state.choices, choice), events=(*state.events, event))
    state = _told(state, question.answer, cause=choice)
    for fact in question.learns:
        if fact not in state.facts:
            learned = Event("fact", scene.id, tell(state, state.scenario.facts[fact].text), cause=choice)
            state = replace(state, facts=state.facts | {fact}, events=(*state.events, learned))
    return _effects(state, question.effects, choice)


def _choose(state: State, scene: Scene, option: Option) -> State:
    choice = f"{scene.id}.{option.id}"
    event = Event("choice", scene.id, tell(state, option.text), cause=choice)
    state = replace(state, choices=(*state.choices, choice), events=(*state.events, event))
    if option.outcome:
        state = _told(state, option.outcome, cause=choice)
    for passage in option.tells:
        if holds(state, passage.condition):
            state = _told(state, passage.text, cause=choice)
    state = _effects(state, option.effects, choice)
    return _enter(state, option.next or following(state.scenario, scene))


def following(scenario: Scenario, scene: Scene) -> str:
    """Where a scene leads when its options do not say: its ``next``, the next in the file, or the end."""
    if scene.next:
        return scene.next
    ids = [s.id for s in scenario.scenes]
    place = ids.index(scene.id) + 1
    return ids[place] if place < len(ids) else END


def _enter(state: State, target: str) -> State:
    while True:
        state = replace(state, scene=None if target == END else target)
        due = [p for p in state.pending if p.at == target]
        state = replace(state, pending=tuple(p for p in state.pending if p.at != target))
        for pending in due:
            state = _apply(state, pending.effect, pending.cause, pending.chance_name, delayed=True)
        if target == END:
            return _end(state)
        scene = current_scene(state)
        if scene.options:
            return state
        # An interlude: told in passing, nothing to decide.
        for text in [scene.text, *passages(state, scene.passages)]:
            state = _told(state, text)
        target = following(state.scenario, scene)


def _end(state: State) -> State:
    ending = next(e for e in state.scenario.endings if holds(state, e.condition))
    events = [
        Event("ending", END, tell(state, text))
        for text in [ending.text, *(part.text for part in ending.passages if holds(state, part.condition))]
    ]
    return replace(state, scene=None, ending=ending.id, events=(*state.events, *events))


def _effects(state: State, effects: list[Effect], cause: str) -> State:
    for index, effect in enumerate(effects):
        name = f"{cause}#{index}"
        if effect.later:
            state = replace(state, pending=(*state.pending, Pending(effect.later, effect, cause, name)))
        else:
            state = _apply(state, effect, cause, name, delayed=False)
    return state


def _apply(state: State, effect: Effect, cause: str, name: str, *, delayed: bool) -> State:
    if not holds(state, effect.condition):
        return state
    if effect.chance is not None and uniform(state.scenario.scenario, state.seed, name) >= effect.chance:
        return state
    if effect.text:
        state = _told(state, effect.text, cause=cause, delayed=delayed)
    state = _change(state, effect.change, cause, effect.why, delayed)
    if effect.draw:
        at, outcome = uniform(state.scenario.scenario, state.seed, f"draw:{effect.draw}"), effect.outcomes[-1]
        for candidate in effect.outcomes:
            at -= candidate.chance
            if at < 0:
                outcome = candidate
                break
        state = replace(state, draws=MappingProxyType({**state.draws, effect.draw: outcome.id}))
        if outcome.text:
            state = _told(state, outcome.text, cause=cause)
        state = _change(state, outcome.change, cause, effect.why, delayed)
    return state


def _change(state: State, change: Mapping[str, float], cause: str, why: str, delayed: bool) -> State:
    if not change:
        return state
    values, changes = dict(state.values), []
    for name, amount in change.items():
        variable, before = state.scenario.variables[name], values[name]
        after = before + amount
        if variable.min is not None:
            after = max(variable.min, after)
        if variable.max is not None:
            after = min(variable.max, after)
        # Decimal inputs, binary sums: without rounding, the same total by two roads could differ in the last bit.
        values[name] = round(after, 9)
        if values[name] != before:
            changes.append(Change(name, before, values[name]))
    event = Event(
        "change", state.scene or END, changes=tuple(changes), cause=cause, why=tell(state, why), delayed=delayed
    )
    return replace(state, values=MappingProxyType(values), events=(*state.events, event) if changes else state.events)


def replay(
    scenario: Scenario,
    choices: tuple[str, ...] | list[str],
    seed: int | None = None,
    variant: str | None = None,
    weights: Mapping[str, int] | None = None,
) -> State:
    """The state that ``choices`` lead to. Raises NotPossible at the first one the story does not offer."""
    state = begin(scenario, seed, variant, weights)
    for choice in choices:
        state = advance(state, choice)
    return state
