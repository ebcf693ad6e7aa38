"""The engine: ``advance(state, choice) -> state``. Pure and seeded: the same seed and choices give the same story.

Every chance is drawn from its own name and the seed, so two branches of one story meet the same luck
(common random numbers), whatever happened in between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
    """A point in a story. ``scene`` is None once ``ending`` is reached; without ``prose`` no events are kept."""

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
    prose: bool = True


@lru_cache(maxsize=65536)
def uniform(scenario: str, seed: int, name: str) -> float:
    """A number in [0, 1) that depends on nothing but its arguments, on every platform."""
    digest = hashlib.sha256(f"{scenario}:{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def begin(
    scenario: Scenario,
    seed: int | None = None,
    variant: str | None = None,
    weights: Mapping[str, int] | None = None,
    *,
    prose: bool = True,
) -> State:
    """The state at the first scene. Raises NotPossible for an unknown variant or weights that name no aim.

    Without ``prose`` nothing is told, which is all that scoring thousands of runs needs.
    """
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
    draft = _Draft(
        State(
            scenario=scenario,
            seed=scenario.seed if seed is None else seed,
            variant=variant,
            weights=MappingProxyType({aim: weights.get(aim, 0) for aim in scenario.aims}),
            scene=None,
            values=values,
            prose=prose,
        )
    )
    draft.enter(scenario.scenes[0].id)
    return draft.state()


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
    draft = _Draft(state)
    if asking:
        question = next((q for q in open_questions(state) if q.id == which), None)
        if question is None:
            raise NotPossible(f"'{choice}' cannot be asked now ({offer(state)}).")
        draft.ask(scene, question)
    else:
        option = next((o for o in scene.options if o.id == which and holds(state, o.condition)), None)
        if option is None:
            raise NotPossible(f"'{choice}' is not on offer ({offer(state)}).")
        draft.choose(scene, option)
    return draft.state()


def current_scene(state: State) -> Scene:
    """The scene the story stands at. Raises NotPossible after the ending."""
    if state.scene is None:
        raise NotPossible("The story has ended.")
    return state.scenario.scene(state.scene)


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
    ordered = in_order(state.scenario, current_scene(state), state.seed)
    return [option for option in ordered if holds(state, option.condition)]


def in_order(scenario: Scenario, scene: Scene, seed: int) -> list[Option]:
    """All options of ``scene`` in the order in which ``seed`` shows them."""
    if scene.order == "fixed":
        return scene.options
    return sorted(scene.options, key=lambda o: uniform(scenario.scenario, seed, f"order:{scene.id}.{o.id}"))


def offer(state: State) -> str:
    """One line that says what can be chosen now."""
    options = [f"{state.scene}.{option.id}" for option in open_options(state)]
    questions = [f"ask {state.scene}.{question.id}" for question in open_questions(state)]
    return "you can choose: " + ", ".join(options + questions)


def holds(state: AnyState, condition: str | None) -> bool:
    """Whether a condition is true now. No condition is true."""
    return condition is None or bool(evaluate(state, condition))


def evaluate(state: AnyState, source: str) -> Any:
    """The value of an expression in this state."""
    return expression(source).value(_View(state))


def value(state: AnyState, name: str) -> float:
    """A variable's or a derived value's number in this state."""
    return float(_View(state)[name])


class _View:
    """A state as expressions see it: variables, derived values (computed when asked for), ``variant``, the past."""

    __slots__ = ("_state",)

    def __init__(self, state: AnyState) -> None:
        self._state = state

    def __getitem__(self, name: str) -> Any:
        state = self._state
        if name in state.values:
            return state.values[name]
        if name in state.scenario.derived:
            return expression(state.scenario.derived[name].formula).value(self)
        if name == "variant":
            return state.variant or ""
        raise KeyError(name)

    def chose(self, option: str) -> bool:
        return option in self._state.choices

    def asked(self, question: str) -> bool:
        return f"ask {question}" in self._state.choices

    def knows(self, fact: str) -> bool:
        return fact in self._state.facts

    def drawn(self, draw: str, outcome: str) -> bool:
        return self._state.draws.get(draw) == outcome


_WORD = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def tell(state: AnyState, text: str) -> str:
    """``text`` with each ``{word}`` read as the story has it."""

    def read(match: re.Match[str]) -> str:
        for word in state.scenario.words.get(match[1], []):
            if holds(state, word.condition):
                return word.reads
        if match[1] in state.values or match[1] in state.scenario.derived:
            return format_value(state, match[1])
        return match[0]

    return _WORD.sub(read, text)


def format_value(state: AnyState, name: str) -> str:
    """A variable's or derived value's number with its own digits, without its unit."""
    spec = state.scenario.variables.get(name) or state.scenario.derived[name]
    shown = f"{value(state, name):.{spec.digits}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def passages(state: AnyState, parts: list[Passage]) -> list[str]:
    """The passages whose condition holds, told."""
    return [tell(state, part.text) for part in parts if holds(state, part.condition)]


def following(scenario: Scenario, scene: Scene) -> str:
    """Where a scene leads when its options do not say: its ``next``, the next in the file, or the end."""
    if scene.next:
        return scene.next
    place = scenario.places[scene.id] + 1
    return scenario.scenes[place].id if place < len(scenario.scenes) else END


class _Draft:
    """A state in the making: one choice is played out on it, then it becomes a ``State`` again."""

    def __init__(self, state: State) -> None:
        self.scenario, self.seed, self.variant, self.weights = state.scenario, state.seed, state.variant, state.weights
        self.scene, self.ending = state.scene, state.ending
        self.values, self.draws = dict(state.values), dict(state.draws)
        self.facts, self.choices, self.pending, self.events = state.facts, state.choices, state.pending, state.events
        self.prose = state.prose

    def state(self) -> State:
        return State(
            self.scenario,
            self.seed,
            self.variant,
            self.weights,
            self.scene,
            self.ending,
            MappingProxyType(self.values),
            self.facts,
            self.choices,
            MappingProxyType(self.draws),
            self.pending,
            self.events,
            self.prose,
        )

    def ask(self, scene: Scene, question: Ask) -> None:
        choice = f"ask {scene.id}.{question.id}"
        self._chosen(choice, question.text)
        self._tell(question.answer, choice)
        for fact in question.learns:
            if fact not in self.facts:
                self.facts |= {fact}
                self._tell(self.scenario.facts[fact].text, choice, kind="fact")
        self._effects(question.effects, choice)

    def choose(self, scene: Scene, option: Option) -> None:
        choice = f"{scene.id}.{option.id}"
        self._chosen(choice, option.text)
        if option.outcome:
            self._tell(option.outcome, choice)
        for passage in option.tells:
            if self.prose and holds(self, passage.condition):
                self._tell(passage.text, choice)
        self._effects(option.effects, choice)
        self.enter(option.next or following(self.scenario, scene))

    def enter(self, target: str) -> None:
        while True:
            self.scene = None if target == END else target
            due = [pending for pending in self.pending if pending.at == target]
            self.pending = tuple(pending for pending in self.pending if pending.at != target)
            for pending in due:
                self._apply(pending.effect, pending.cause, pending.chance_name, delayed=True)
            if self.scene is None:
                self._end()
                return
            scene = self.scenario.scene(self.scene)
            if scene.options:
                return
            # An interlude: told in passing, nothing to decide.
            if self.prose:
                for text in [scene.text, *passages(self, scene.passages)]:
                    self._tell(text)
            target = following(self.scenario, scene)

    def _chosen(self, choice: str, text: str) -> None:
        self.choices = (*self.choices, choice)
        self._tell(text, choice, kind="choice")

    def _end(self) -> None:
        ending = next(e for e in self.scenario.endings if holds(self, e.condition))
        self.ending = ending.id
        if self.prose:
            for text in [ending.text, *passages(self, ending.passages)]:
                self._tell(text, kind="ending")

    def _tell(self, text: str, cause: str = "", *, kind: EventKind = "told", delayed: bool = False) -> None:
        if self.prose:
            event = Event(kind, self.scene or END, tell(self, text), cause=cause, delayed=delayed)
            self.events = (*self.events, event)

    def _effects(self, effects: list[Effect], cause: str) -> None:
        for index, effect in enumerate(effects):
            if effect.later:
                self.pending = (*self.pending, Pending(effect.later, effect, cause, f"{cause}#{index}"))
            else:
                self._apply(effect, cause, f"{cause}#{index}", delayed=False)

    def _apply(self, effect: Effect, cause: str, name: str, *, delayed: bool) -> None:
        if not holds(self, effect.condition):
            return
        if effect.chance is not None and uniform(self.scenario.scenario, self.seed, name) >= effect.chance:
            return
        if effect.text:
            self._tell(effect.text, cause, delayed=delayed)
        if effect.change:
            self._change(effect.change, cause, effect.why, delayed)
        if effect.draw:
            at, outcome = uniform(self.scenario.scenario, self.seed, f"draw:{effect.draw}"), effect.outcomes[-1]
            for candidate in effect.outcomes:
                at -= candidate.chance
                if at < 0:
                    outcome = candidate
                    break
            self.draws[effect.draw] = outcome.id
            if outcome.text:
                self._tell(outcome.text, cause)
            self._change(outcome.change, cause, effect.why, delayed)

    def _change(self, change: Mapping[str, float], cause: str, why: str, delayed: bool) -> None:
        changes = []
        for name, amount in change.items():
            variable, before = self.scenario.variables[name], self.values[name]
            # Decimal inputs, binary sums: without rounding, the same total by two roads could differ in the last bit.
            after = round(before + amount, 9)
            if variable.min is not None and after < variable.min:
                after = variable.min
            if variable.max is not None and after > variable.max:
                after = variable.max
            self.values[name] = after
            if self.prose and after != before:
                changes.append(Change(name, before, after))
        if changes:
            told = Event("change", self.scene or END, "", tuple(changes), cause, tell(self, why), delayed)
            self.events = (*self.events, told)


AnyState = State | _Draft


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
