"""Forecasts: the learner hands in a function that gives a probability, held against what happened afterwards.

In the rubric:

```yaml
chance_done:
  kind: forecast
  title: The chance that it is done by then
  asks: A function that takes one case (a dict) and returns the probability that it comes true.
  points: 20
  examples: data/chance_done.yaml
  seconds: 10                      # a batch of up to 50 questions may take; 10 unless said
  criteria:
    - {id: steady, group: steady, title: ..., points: 12, reason: ..., next_step: ...}
```

``data/chance_done.yaml``, public; ``came`` may be left out:

```yaml
examples:
  - {input: {history: [3, 0, 5], items: 9, weeks: 2}, came: false}
```

In the key file, the held-out cases by group; no case may hold in its input what another one asks about:

```yaml
chance_done:
  held_out:
    steady:
      baselines: {always one half: 0.25, the mean taken for certain: 0.31}   # Brier scores on these cases
      reference: 0.17                                                         # of a plain, honest forecaster
      cases:
        - {input: {history: [4, 0, 6], items: 12, weeks: 3}, came: true}
```

How a criterion is scored: every case of its group is asked twice, the second time in the opposite order. B is the mean
Brier score (1950) of all those probabilities. With b the best of the baselines and r the reference,

    score = (B(b) - B(yours)) / (B(b) - B(r))

held within 0 and 1: who does no better than the best rule that needs no thought earns nothing. An answer that is no
probability counts as one half, and costs what one half costs. Brier's score is proper: nobody expects to do better than
by saying what they believe.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.answers import AnswerProblem, json_data
from leadgym.marking.asking import HAND_IN, Ask, Decision, NoDecisions, handed_in, in_batches
from leadgym.marking.files import load_beside
from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.show import number
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Location, Model

HALF = 0.5
ROOM = 0.02
"""By how much the reference has to beat every baseline, or luck would decide the mark."""
STEADY = 0.05
"""How far two answers to one question may lie apart before it is said."""
STEPS = ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0))
"""In which steps of what was said the evidence counts what came."""
_SHOWN = 90

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Example(Model):
    """A public case, and whether it ``came`` true."""

    input: Any
    came: bool | None = None


class Examples(Model):
    """The file of public cases."""

    title: Text | None = None
    examples: Annotated[list[Example], Field(min_length=1)]


class Case(Model):
    """A held-out case, and what happened."""

    input: Any
    came: bool


class Group(Model):
    """Cases of one kind, with what rules without thought and an honest forecaster score on them."""

    baselines: Annotated[dict[str, Share], Field(min_length=1)]
    reference: Share
    cases: Annotated[list[Case], Field(min_length=20)]

    @property
    def best(self) -> tuple[str, float]:
        """The baseline that does best, and its score."""
        return min(self.baselines.items(), key=lambda item: item[1])


class ForecastKeys(AnswerKeys):
    """The held-out cases by group."""

    held_out: dict[Id, Group]


class ForecastCriterion(Criterion):
    """``group``: the held-out cases it is about."""

    group: Id


class ForecastAnswer(Answer):
    """A function of one input that returns a probability."""

    keys_class: ClassVar[type[AnswerKeys]] = ForecastKeys
    asks_a_function: ClassVar[bool] = True

    kind: Literal["forecast"]
    examples: Text
    seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    criteria: Annotated[list[ForecastCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Nothing beyond the shape."""
        return iter(())

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong in the file of examples."""
        try:
            load_beside(folder, self.examples, Examples)
        except FileProblems as error:
            return error.problems
        return []

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Groups without a criterion and the other way round, public cases, and groups in which nothing can be told."""
        assert isinstance(keys, ForecastKeys)  # noqa: S101 - load_keys picks the class
        wanted = {criterion.group for criterion in self.criteria}
        for name in sorted(wanted - set(keys.held_out)):
            yield ("held_out",), f"the group '{name}' of a criterion is missing; add it."
        public = {_text(example.input) for example in load_beside(folder, self.examples, Examples)[1].examples}
        for name, group in keys.held_out.items():
            if name not in wanted:
                yield ("held_out", name), "no criterion names this group; take it out."
            if group.best[1] - group.reference < ROOM:
                yield ("held_out", name), f"the reference hardly beats '{group.best[0]}'; choose other cases."
            for index, case in enumerate(group.cases):
                try:
                    json_data(case.input, "it")
                except AnswerProblem as problem:
                    yield ("held_out", name, "cases", index), str(problem)
                if _text(case.input) in public:
                    yield ("held_out", name, "cases", index), "is among the public examples; take another."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Brier's score over the held-out cases, group by group."""
        assert isinstance(context.keys, ForecastKeys)  # noqa: S101 - mark() has checked it
        if (why := self.not_asked(answer, context)) or context.ask is None:
            return self.nothing("There was no function to ask."), why
        marks = []
        for criterion in self.criteria:
            score, found = self._score(context.keys.held_out[criterion.group], context.ask)
            marks.append(self.earned(criterion, score, found))
        return marks, ""

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What the function says of the public cases, and whether it says the same when asked again."""
        if handed_in(answer) is None or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), HAND_IN.format(context.name))
        examples = load_beside(context.folder, self.examples, Examples)[1].examples
        inputs = [example.input for example in examples]
        try:
            first, again = _both(context.ask, inputs, self.seconds)
        except NoDecisions as problem:
            return Coaching(context.name, self.title, self.kind, False, (), str(problem))
        chances = [_chance(decision) for decision in first]
        unread = [c for c in chances if isinstance(c, str)]
        lines = [
            f"- {_brief(example.input)}: {c if isinstance(c, str) else number(round(c, 3))}"
            + ("" if example.came is None else f"; it {'came' if example.came else 'did not come'} true")
            for example, c in zip(examples, chances, strict=True)
        ]
        state, step = ("missing", "Return a number from 0 to 1.") if unread else ("fine", "")
        checks = [Check("Chances", state, "\n".join(lines), step)]
        told = [(c, e.came) for c, e in zip(chances, examples, strict=True) if not isinstance(c, str)]
        if told and not unread and len({round(c, 3) for c, _ in told}) == 1:
            checks.append(Check("Differences", "look again", "It says the same of every case.", "Use the case."))
        apart = max((abs(_or_half(a) - _or_half(b)) for a, b in zip(first, again, strict=True)), default=0.0)
        if apart > STEADY:
            found = f"Asked again it says something up to {number(round(apart, 2))} away."
            checks.append(Check("The same case, the same chance", "look again", found, "Draw more often, from a seed."))
        note = "Marked by Brier's score on other histories, the end of which only the marker has."
        return Coaching(context.name, self.title, self.kind, not unread, tuple(checks), note)

    def _score(self, group: Group, ask: Ask) -> tuple[float, str]:
        """Score and evidence. Of what is hidden only counts are in it, and nothing that the learner's code worded."""
        inputs = [case.input for case in group.cases]
        try:
            first, again = _both(ask, inputs, self.seconds)
        except NoDecisions as problem:
            return 0.0, f"It was asked about {len(inputs)} cases. {problem}"
        unread = sum(isinstance(_chance(one), str) for one in first)
        if unread == len(inputs):
            raised = next((one.raised for one in first if one.raised), "")
            return 0.0, f"None of {len(inputs)} answers is a number from 0 to 1." + (
                f" It raised {raised}." * bool(raised)
            )
        said = [(_or_half(one), _or_half(other)) for one, other in zip(first, again, strict=True)]
        yours = math.fsum(
            ((one - case.came) ** 2 + (other - case.came) ** 2) / 2
            for (one, other), case in zip(said, group.cases, strict=True)
        ) / len(said)
        name, best = group.best
        others = ", ".join(f"{rule} {number(round(score, 3))}" for rule, score in group.baselines.items())
        lines = [
            f"Your Brier score on {len(said)} held-out cases is {number(round(yours, 3))}. Rules that need no thought: "
            f"{others}. A plain, honest forecaster: {number(round(group.reference, 3))}. Less is better."
        ]
        lines += _steps([(one, case.came) for (one, _), case in zip(said, group.cases, strict=True)])
        if unread:
            lines.append(f"- {unread} of {len(said)} answers were no number from 0 to 1 and count as one half.")
        if sum(abs(one - other) > STEADY for one, other in said) > len(said) / 10:
            lines.append("- Asked again it often says something else: draw more often.")
        if yours >= best:
            lines.append(f"- That is no better than this rule: {name}.")
        return (best - yours) / (best - group.reference), "\n".join(lines)


def _both(ask: Ask, inputs: Sequence[Any], seconds: float) -> tuple[list[Decision], list[Decision]]:
    backwards = in_batches(ask, inputs[::-1], seconds)
    return in_batches(ask, inputs, seconds), backwards[::-1]


def _chance(decision: Decision) -> float | str:
    """The probability, or why it is none."""
    value = decision.value
    if decision.problem:
        return f"no chance; it raised {decision.raised}" if decision.raised else "no chance"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "no chance; it has to be a number from 0 to 1"
    if not -1e-9 <= value <= 1 + 1e-9:
        return f"{number(value)}, which does not lie between 0 and 1"
    return min(1.0, max(0.0, float(value)))


def _or_half(decision: Decision) -> float:
    found = _chance(decision)
    return HALF if isinstance(found, str) else found


def _steps(said: Sequence[tuple[float, bool]]) -> list[str]:
    """Step by step, what was said and how often it came: where one is too sure, and which way."""
    lines = []
    for low, high in STEPS:
        within = [(one, came) for one, came in said if low <= one < high or one == high == 1]
        if within:
            mean = math.fsum(one for one, _ in within) / len(within)
            came = sum(came for _, came in within)
            lines.append(f"- Where you said {100 * mean:.0f} in 100 on average: {came} of {len(within)} came true.")
    return lines


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:40]} … {text[-45:]}"
