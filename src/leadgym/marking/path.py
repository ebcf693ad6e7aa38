"""A run through a scenario: the choices are replayed by the engine, totals that came with them are never believed.

In the rubric (the keys of turning points come from the scenario, which is public: no key file):

```yaml
path:
  kind: path
  title: The ledger ticket, played
  asks: Play the scenario to an ending.
  module: 02_delegation             # whose scenario
  points: 20
  criteria:
    - {id: finished, measure: finished, title: ..., points: 2, reason: ..., next_step: ...}
    - {id: outcome, measure: outcome, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: turning, measure: turning_points, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: weights, measure: weights, title: ..., points: 3, reason: ..., next_step: ...}
    # facts that have to be learned by asking; 1 if at_least is left out
    - {id: asked, measure: asked, at_least: 2, title: ..., points: 3, reason: ..., next_step: ...}
```

The answer: ``{"scenario": "ledger_ticket", "seed": 1, "variant": null, "weights": {"ship": 60, "grow": 40},
"choices": ["ask d1.dana", "d1.pair", ...]}``.

How each measure is scored:

- ``finished``: an ending is reached, or not.
- ``outcome``: the weighted score under the declared weights, placed between the median (0) and the 95th percentile (1)
  of all the runs with the same luck and the same questions asked.
- ``turning_points``: for each turning point on the road, 1 for an option with key 4 or 5, a half for 3; an unfinished
  run has them all to answer for.
- ``weights``: whether other weights than the declared ones would suit the run better, see ``kept.py``.
- ``asked``: hidden facts learned, as a share of ``at_least``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from leadgym.course.modules import scenario as course_scenario
from leadgym.marking.kept import HALF, Keeping
from leadgym.marking.model import Answer, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.scores import outcome_share, percentile
from leadgym.marking.show import number, quoted, stop
from leadgym.scenario.engine import NotPossible, State, current_scene, replay, tell
from leadgym.scenario.model import Option, Scenario, Scene, Text
from leadgym.scenario.outcome import aim_scores, every_road, weighted, weighted_score
from leadgym.yamlfile import Location

MAX_CHOICES = 500
MAX_SEED = 2**53


class PathCriterion(Criterion):
    """``measure``: ``finished``, ``outcome``, ``turning_points``, ``weights`` or ``asked``.

    ``at_least`` belongs to ``asked``: how many hidden facts have to be learned for all the points.
    """

    measure: Literal["finished", "outcome", "turning_points", "weights", "asked"]
    at_least: Annotated[int, Field(ge=1)] | None = None


class Malformed(ValueError):
    """Why a path cannot be replayed, with what was expected."""


class PathAnswer(Answer):
    """A run through the scenario of ``module``."""

    kind: Literal["path"]
    module: Text
    criteria: Annotated[list[PathCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """``at_least`` where it means nothing."""
        for index, criterion in enumerate(self.criteria):
            if criterion.at_least is not None and criterion.measure != "asked":
                yield ("criteria", index, "at_least"), "goes with 'measure: asked' only; take it out."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """The run replayed and held against all the runs that were within reach."""
        scenario = context.scenario or course_scenario(self.module)
        try:
            state = replayed(scenario, answer)
        except (Malformed, NotPossible) as problem:
            return self.nothing("There was no run to look at."), f"The run cannot be replayed. {problem}"
        measures = {
            "finished": _finished,
            "outcome": _outcome,
            "turning_points": _turning_points,
            "weights": _weights,
        }
        marks = []
        for criterion in self.criteria:
            if criterion.measure == "asked":
                score, found = _asked(state, criterion.at_least or 1)
            else:
                score, found = measures[criterion.measure](state)
            marks.append(self.earned(criterion, score, found))
        return marks, "What the authors think of each option is provisional; the debrief has the dissent."

    def coach(self, answer: Any, context: Context) -> Coaching:
        """Where the run stands, without the runs that were within reach (they take their time)."""
        scenario = context.scenario or course_scenario(self.module)
        try:
            state = replayed(scenario, answer)
        except (Malformed, NotPossible) as problem:
            check = Check("The run", "missing", f"It cannot be replayed. {problem}", "Play on, and submit again.")
            return Coaching(context.name, self.title, self.kind, False, (check,), "")
        checks = (_stands(state), _declared(state), _questions(state), _so_far(state))
        note = "The mark replays these choices and compares the run with all that was within reach under the same luck."
        return Coaching(context.name, self.title, self.kind, state.scene is None, checks, note)


def replayed(scenario: Scenario, answer: Any) -> State:
    """The state that the answer's choices lead to. Raises Malformed or NotPossible, each a sentence."""
    if not isinstance(answer, Mapping):
        raise Malformed(
            'Expected {"scenario": ..., "seed": ..., "weights": {...}, "choices": [...]}, as play() gives it.'
        )
    if answer.get("scenario") != scenario.scenario:
        raise Malformed(f"Expected a run of the scenario '{scenario.scenario}', played in this course.")
    version = answer.get("version", scenario.version)
    if type(version) is not int or version != scenario.version:
        raise Malformed(
            f"It was played in another version of the story; this is version {scenario.version}. Play it once more."
        )
    seed, variant = answer.get("seed"), answer.get("variant")
    weights, choices = answer.get("weights"), answer.get("choices")
    if type(seed) is not int or abs(seed) > MAX_SEED:
        raise Malformed("'seed' has to be a whole number.")
    if variant is not None and not isinstance(variant, str):
        raise Malformed("'variant' has to be a name or None.")
    if not isinstance(weights, Mapping) or not all(type(w) is int for w in weights.values()):
        raise Malformed(f"'weights' has to give whole numbers to {', '.join(scenario.aims) or 'no aims'}.")
    if not isinstance(choices, list) or not all(isinstance(c, str) and len(c) <= 200 for c in choices):
        raise Malformed("'choices' has to be a list of choices in quotes.")
    if len(choices) > MAX_CHOICES:
        raise Malformed(f"'choices' has {len(choices)} entries; no run takes more than {MAX_CHOICES}.")
    return replay(scenario, choices, seed, variant, weights)


@dataclass(frozen=True, eq=False)
class _Story:
    """A run's story, luck and questions: what is within reach depends on these alone, so they are the cache's key."""

    state: State

    def _key(self) -> tuple[int, int, str | None, frozenset[str]]:
        asked = frozenset(choice for choice in self.state.choices if choice.startswith("ask "))
        return (id(self.state.scenario), self.state.seed, self.state.variant, asked)

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Story) and self._key() == other._key()


@lru_cache(maxsize=64)
def _roads(story: _Story) -> tuple[tuple[float, ...], ...]:
    """Each aim's score on every road, aims in file order. The cache holds the scenario, so its id stays its own."""
    return tuple(tuple(aim_scores(end).values()) for end in every_road(story.state))


@lru_cache(maxsize=64)
def _keeping(story: _Story, weights: tuple[int, ...]) -> Keeping:
    return Keeping(_roads(story), weights)


def _finished(state: State) -> tuple[float, str]:
    if state.ending is None:
        return 0.0, f"The run stands at “{current_scene(state).title}” and has not come to an ending."
    title = next(e.title for e in state.scenario.endings if e.id == state.ending)
    return 1.0, f"The run came to its end: “{title}”."


def _outcome(state: State) -> tuple[float, str]:
    if state.scene is not None:
        return 0.0, "The run has not ended, so there is no outcome yet."
    if not state.scenario.aims:
        return 0.0, "This scenario has no aims to measure an outcome by."
    weights = list(state.weights.values())
    within_reach = sorted(weighted(scores, weights) for scores in _roads(_Story(state)))
    score = weighted_score(state)
    found = (
        f"Your run came to {score:.0f} of 100, {_under(state)}. With the same luck and the same questions asked, half "
        f"of all runs come to {percentile(within_reach, 0.5):.0f} or less, and one in twenty to "
        f"{percentile(within_reach, 0.95):.0f} or more. The points begin at the first and are full at the second."
    )
    parts = [f"- {state.scenario.aims[aim].label}: {value:.0f} of 100" for aim, value in aim_scores(state).items()]
    return outcome_share(score, within_reach), "\n".join([found, *parts])


def _under(state: State) -> str:
    if not any(state.weights.values()):
        return "with all aims counted alike, as you declared no weights"
    declared = ", ".join(f"{state.scenario.aims[aim].label} {weight}" for aim, weight in state.weights.items())
    return f"under the weights you declared ({declared})"


def _turning_points(state: State) -> tuple[float, str]:
    turning = {scene.id: scene for scene in state.scenario.scenes if scene.turning_point}
    credits: list[float] = []
    lines = []
    for choice in state.choices:
        name, _, which = choice.partition(".")
        if name not in turning:
            continue
        scene = turning[name]
        option = next(o for o in scene.options if o.id == which)
        key = option.keys.get(state.variant or "", option.key)
        credits.append(1.0 if key >= 4 else 0.5 if key == 3 else 0.0)
        lines.append(_turn(state, scene, option, choice, credits[-1]))
    passed = {choice.partition(".")[0] for choice in state.choices}
    # A finished road has only the turning points it came to; an unfinished one still has the rest ahead.
    ahead = [scene.title for name, scene in turning.items() if name not in passed] if state.scene is not None else []
    lines += [f"- “{title}” Not decided." for title in ahead]
    total = len(credits) + len(ahead)
    if not total:
        return 0.0, "This road passed no turning point."
    return math.fsum(credits) / total, "\n".join(["At the decisions that turn this story:", *lines])


def _turn(state: State, scene: Scene, option: Option, choice: str, credit: float) -> str:
    text = next((e.text for e in state.events if e.kind == "choice" and e.cause == choice), option.text)
    view = {1.0: "The authors would too.", 0.5: "The authors are in two minds.", 0.0: "The authors would not."}[credit]
    parts = [f"- “{scene.title}” You chose: {quoted(text)} {view}"]
    parts += [stop(tell(state, option.rationale))] if option.rationale else []
    parts += [f"It is right when: {stop(tell(state, option.right_when))}"] if option.right_when else []
    parts += [f"Who sees it otherwise: {stop(tell(state, option.dissent))}"] if option.dissent else []
    return " ".join(parts)


def _weights(state: State) -> tuple[float, str]:
    if state.scene is not None:
        return 0.0, "The run has not ended, so nobody can say yet which weights it lived by."
    declared = tuple(state.weights.values())
    if not any(declared) or len(declared) < 2:
        return 0.0, "No weights were declared before the run, so there is nothing it could have kept to."
    kept = _keeping(_Story(state), declared).of(tuple(aim_scores(state).values()))
    found = f"{_under(state).capitalize()}, your run comes ahead of {_of_100(kept.rank)} of 100 runs within reach."
    if kept.best_rank < HALF:
        return kept.score, f"{found} No weights speak for it: under none does it come ahead of half of them."
    if kept.score >= 1:
        return kept.score, f"{found} No other weights would suit it noticeably better."
    other = ", ".join(f"{aim.label} {w}" for aim, w in zip(state.scenario.aims.values(), kept.best, strict=True))
    better = f"Under other weights ({other}) the same run would come ahead of {_of_100(kept.best_rank)}"
    return kept.score, f"{found} {better}: those are nearer to what it lived by."


def _of_100(rank: float) -> str:
    return f"{rank * 100:.0f}"


def _asked(state: State, at_least: int) -> tuple[float, str]:
    if not state.facts:
        return 0.0, "You decided without learning any of what people would have told you, had you asked."
    learned = [f"- {' '.join(tell(state, state.scenario.facts[fact].text).split())}" for fact in sorted(state.facts)]
    count = len(learned)
    head = (
        f"You asked, and learned {count} {'thing' if count == 1 else 'things'} that nobody would have told you unasked:"
    )
    return count / at_least, "\n".join([head, *learned])


def _stands(state: State) -> Check:
    score, found = _finished(state)
    if score:
        return Check("The run", "fine", found)
    return Check("The run", "missing", found, "Play it to an ending, then submit again.")


def _declared(state: State) -> Check:
    if any(state.weights.values()):
        return Check("Weights", "fine", f"The run is looked at {_under(state)}.")
    return Check(
        "Weights", "look again", "You declared no weights, so all aims count alike.", "Declare them, then play."
    )


def _questions(state: State) -> Check:
    asked = sum(choice.startswith("ask ") for choice in state.choices)
    if asked:
        return Check("Questions", "fine", f"Questions asked: {asked}. Hidden facts learned by it: {len(state.facts)}.")
    return Check(
        "Questions",
        "look again",
        "You asked nobody before deciding.",
        "Start again and put one question before you choose.",
    )


def _so_far(state: State) -> Check:
    parts = [
        f"- {state.scenario.aims[aim].label}: {number(round(score))} of 100" for aim, score in aim_scores(state).items()
    ]
    when = "At the end" if state.scene is None else "If it ended here"
    return Check("Outcome", "fine", "\n".join([f"{when}, your aims stand at:", *parts]))
