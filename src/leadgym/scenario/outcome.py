"""What a finished run amounts to: its aims, the roads not taken, and how far it could have gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from leadgym.scenario.engine import (
    State,
    advance,
    begin,
    current_scene,
    evaluate,
    holds,
    open_options,
    open_questions,
)
from leadgym.scenario.model import Option


@dataclass(frozen=True, slots=True)
class Branch:
    """A run that differs from the player's at one decision; ``yours`` marks the player's own."""

    option: Option
    state: State
    yours: bool


def aim_scores(state: State) -> dict[str, float]:
    """Each aim's score in this state, 0 to 100."""
    return {name: min(100.0, max(0.0, float(evaluate(state, aim.score)))) for name, aim in state.scenario.aims.items()}


def weighted_score(state: State, weights: Mapping[str, int] | None = None) -> float:
    """The aims' mean under the declared weights, 0 to 100; equal weights where none were declared."""
    scores = aim_scores(state)
    declared = state.weights if weights is None else weights
    return weighted(list(scores.values()), [declared.get(name, 0) for name in scores])


def weighted(scores: Sequence[float], weights: Sequence[int]) -> float:
    """The mean of ``scores`` under ``weights``; equal weights where all are 0, and 0 where there are no scores."""
    total = sum(weights)
    if total == 0:
        return sum(scores) / len(scores) if scores else 0.0
    return float(sum(map(mul, scores, weights))) / total


def branches(state: State, scene: str) -> list[Branch]:
    """The run as it was and as it would have been with each other option at ``scene``, under the same luck.

    Later choices are kept where the other road offers them; where it does not, the option whose key is nearest to
    the key of the one chosen is taken. Empty when the run never came to ``scene``.
    """
    start = next((i for i, c in enumerate(state.choices) if c.startswith(f"{scene}.")), None)
    if start is None:
        return []
    before = _replay_prefix(state, start)
    wanted = _wanted(state, state.choices[start + 1 :])
    found = []
    for option in current_scene(before).options:
        if option.id not in {o.id for o in open_options(before)}:
            continue
        yours = state.choices[start] == f"{scene}.{option.id}"
        end = state if yours else _play_on(advance(before, f"{scene}.{option.id}"), wanted)
        found.append(Branch(option, end, yours))
    return found


def every_road(state: State) -> Iterator[State]:
    """The end of every run with this luck, these weights and the same questions asked.

    Every option of every scene on every road is tried, so the cost grows with the number of roads (a few thousand, and
    a second or two, in a six-decision story).
    """
    asked = [choice for choice in state.choices if choice.startswith("ask ")]
    stack = [begin(state.scenario, state.seed, state.variant, state.weights, prose=False)]
    while stack:
        here = stack.pop()
        if here.scene is None:
            yield here
            continue
        for question in asked:
            if question.removeprefix("ask ") in {f"{here.scene}.{q.id}" for q in open_questions(here)}:
                here = advance(here, question)
        stack.extend(
            advance(here, f"{here.scene}.{option.id}")
            for option in current_scene(here).options
            if holds(here, option.condition)
        )


def reachable(state: State) -> list[float]:
    """The weighted score of every road, sorted: what "you could have got" is measured against."""
    return sorted(weighted_score(end) for end in every_road(state))


def _replay_prefix(state: State, length: int) -> State:
    here = begin(state.scenario, state.seed, state.variant, state.weights)
    for choice in state.choices[:length]:
        here = advance(here, choice)
    return here


def _wanted(state: State, choices: tuple[str, ...]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for choice in choices:
        wanted.setdefault(choice.removeprefix("ask ").partition(".")[0], []).append(choice)
    return wanted


def _play_on(here: State, wanted: dict[str, list[str]]) -> State:
    while here.scene is not None:
        mine = wanted.get(here.scene, [])
        for question in open_questions(here):
            if f"ask {here.scene}.{question.id}" in mine:
                here = advance(here, f"ask {here.scene}.{question.id}")
        options = open_options(here)
        picked = next((c.partition(".")[2] for c in mine if not c.startswith("ask ")), None)
        if not options:
            break  # a dead end, which is the checker's to find
        option = next((o for o in options if o.id == picked), None)
        if option is None:
            keys = {o.id: o.key_in(here.variant) for o in current_scene(here).options}
            aim = keys.get(picked or "", 3)
            option = min(options, key=lambda o: (abs(keys[o.id] - aim), o.id))
        here = advance(here, f"{here.scene}.{option.id}")
    return here
