"""Functions: the learner hands in a function, and it is asked what it decides.

In the rubric:

```yaml
decide:
  kind: function
  title: Who takes the ticket
  asks: A function that takes one ticket (a dict) and returns who takes it.
  points: 10
  decisions: [you, team, nobody]   # all that may be decided, if that can be listed
  examples: data/decide.yaml
  seconds: 10                      # a batch of up to 50 questions may take; 10 unless said
  criteria:
    - {id: risky, group: risky, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: small, group: small, title: ..., points: 4, reason: ..., next_step: ...}
```

``data/decide.yaml``, public; ``right`` may be left out:

```yaml
examples:
  - {input: {days: 3, undo: false}, right: you}
```

In the key file, the hidden inputs by group:

```yaml
decide:
  groups:
    risky:
      - {input: {days: 8, undo: false}, right: team, label: a large ticket that cannot be undone}
      - {input: {days: 2, undo: true}, any_of: [you, team]}
      - {input: {days: 5}, right: 2.5, within: 0.25}
```

``label`` says in public words what kind of input it is; learners whose function fails there may read it. The answer is
the function itself: ``submit("decide", decide)``.

How a criterion is scored: every input of its group is asked twice, the second time in the opposite order. A decision is
right when it is acceptable both times: what draws lots or counts its calls cannot be relied on. With r of n right,

    score = r / n                   without a list of decisions
    score = (r - c) / (n - c)       with one: c is how many inputs the best single decision is right for

so always deciding the same earns nothing, and neither does drawing evenly among the decisions, whose expectation is
never above c. A batch that takes too long, or gets no reply that can be read, costs its criterion and no other.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.answers import AnswerProblem, json_data
from leadgym.marking.asking import BATCH, HAND_IN, Ask, Decision, NoDecisions, decisions, handed_in, in_batches
from leadgym.marking.files import load_beside
from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.show import number
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Location, Model

ONE_DECISION = 0.75
"""The largest share of a group that one single decision may be right for, where decisions are listed."""
_SHOWN = 120


class Question(Model):
    """One input, and what may be decided on it: ``right`` (a number: ``within`` so much), or ``any_of`` a list."""

    input: Any
    right: Any = None
    any_of: Annotated[list[Any], Field(min_length=1)] | None = None
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def acceptable(self) -> list[Any]:
        """All decisions that are named as right; empty where nothing is expected."""
        if self.any_of is not None:
            return self.any_of
        return [self.right] if "right" in self.model_fields_set else []

    def accepts(self, decision: Any) -> bool:
        """Whether ``decision`` is right."""
        return any(_same(decision, right, self.within) for right in self.acceptable)

    def problem(self) -> str | None:
        """What is wrong with it, and the mend."""
        if self.any_of is not None and "right" in self.model_fields_set:
            return "has both 'right' and 'any_of'; keep one."
        if self.within and not all(_is_number(right) for right in self.acceptable):
            return "'within' goes with a number; take it out."
        try:
            json_data([self.input, self.acceptable], "it")
        except AnswerProblem as problem:
            return str(problem)
        return None


class HiddenQuestion(Question):
    """A question of the key. ``label`` names its kind of input in words that learners may read."""

    label: Text | None = None


class Examples(Model):
    """A file of public inputs, some with what is expected."""

    title: Text | None = None
    examples: Annotated[list[Question], Field(min_length=1)]


class FunctionKeys(AnswerKeys):
    """The hidden inputs by group."""

    groups: dict[Id, Annotated[list[HiddenQuestion], Field(min_length=2)]]


class FunctionCriterion(Criterion):
    """``group``: the hidden inputs it is about."""

    group: Id


class FunctionAnswer(Answer):
    """A function of one input, asked for its decisions."""

    keys_class: ClassVar[type[AnswerKeys]] = FunctionKeys
    asks_a_function: ClassVar[bool] = True

    kind: Literal["function"]
    decisions: Annotated[list[str | bool | int | float], Field(min_length=2)] | None = None
    examples: Text
    seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    criteria: Annotated[list[FunctionCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Decisions that stand twice."""
        for index, decision in enumerate(self.decisions or []):
            if any(_same(decision, other) for other in (self.decisions or [])[:index]):
                yield ("decisions", index), f"'{decision}' stands twice; keep one."

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong in the file of examples."""
        try:
            document, examples = load_beside(folder, self.examples, Examples)
        except FileProblems as error:
            return error.problems
        found = []
        for index, example in enumerate(examples.examples):
            problem = example.problem() or self._not_listed(example)
            found += [document.problem(("examples", index), problem)] if problem else []
        return found

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Groups without a criterion and the other way round, inputs that are public, groups one can guess."""
        assert isinstance(keys, FunctionKeys)  # noqa: S101 - load_keys picks the class
        wanted = {criterion.group for criterion in self.criteria}
        for name in sorted(wanted - set(keys.groups)):
            yield ("groups",), f"the group '{name}' of a criterion is missing; add it."
        public = load_beside(folder, self.examples, Examples)[1].examples
        for name, questions in keys.groups.items():
            if name not in wanted:
                yield ("groups", name), "no criterion names this group; take it out."
            for index, question in enumerate(questions):
                problem = question.problem() or self._not_listed(question)
                if not question.acceptable:
                    problem = "says neither 'right' nor 'any_of'; add one."
                elif any(_same(question.input, example.input) for example in public):
                    problem = "its input is among the public examples; take another."
                if problem:
                    yield ("groups", name, index), problem
            if self._constant(questions) > ONE_DECISION * len(questions):
                yield ("groups", name), "one and the same decision is right for nearly all of them; mix the group."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Asks for each criterion in turn."""
        assert isinstance(context.keys, FunctionKeys)  # noqa: S101 - mark() has checked it
        if (why := self.not_asked(answer, context)) or context.ask is None:
            return self.nothing("There was no function to ask."), why
        marks = []
        for criterion in self.criteria:
            score, found = self._score(context.keys.groups[criterion.group], context.ask)
            marks.append(self.earned(criterion, score, found))
        return marks, ""

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What the function decides on the public examples, whether it always does, and whether it is quick enough."""
        if handed_in(answer) is None or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), HAND_IN.format(context.name))
        examples = load_beside(context.folder, self.examples, Examples)[1].examples
        inputs = [example.input for example in examples]
        begun = time.perf_counter()
        try:
            first = decisions(context.ask, inputs, self.seconds)
            each = (time.perf_counter() - begun) / len(inputs)
            again = decisions(context.ask, inputs, self.seconds)
            backwards = decisions(context.ask, inputs[::-1], self.seconds)[::-1]
        except NoDecisions as problem:
            return Coaching(context.name, self.title, self.kind, False, (), str(problem))
        readable = not any(self._unusable(decision) for decision in first)
        checks = (self._decided(examples, first), _steady(first, again, backwards), self._quick(each))
        note = "The mark is made on other inputs of the same form, each asked twice."
        return Coaching(context.name, self.title, self.kind, readable, checks, note)

    def _not_listed(self, question: Question) -> str | None:
        odd = [right for right in question.acceptable if self.decisions and not _among(right, self.decisions)]
        return f"'{odd[0]}' is none of the rubric's decisions; correct one of them." if odd else None

    def _constant(self, questions: Sequence[Question]) -> int:
        """For how many of ``questions`` the best single decision is right."""
        return max(
            (sum(question.accepts(decision) for question in questions) for decision in self.decisions or []), default=0
        )

    def _unusable(self, decision: Decision) -> bool:
        return bool(decision.problem or (self.decisions and not _among(decision.value, self.decisions)))

    def _score(self, questions: Sequence[HiddenQuestion], ask: Ask) -> tuple[float, str]:
        """Score and evidence. Of what is hidden only labels are in it, and nothing that the learner's code worded."""
        inputs = [question.input for question in questions]
        try:
            first = in_batches(ask, inputs, self.seconds)
            again = in_batches(ask, inputs[::-1], self.seconds)[::-1]
        except NoDecisions as problem:
            return 0.0, f"It was asked about {len(inputs)} inputs. {problem}"
        right, missed, faults = 0, Counter[str](), Counter[str]()
        for question, one, other in zip(questions, first, again, strict=True):
            accepted = [not d.problem and question.accepts(d.value) for d in (one, other)]
            if all(accepted):
                right += 1
                continue
            if question.label:
                missed[question.label] += 1
            if any(accepted) or (not one.problem and not other.problem and not _same(one.value, other.value)):
                faults["it decided otherwise when asked again in another order"] += 1
            elif self._unusable(one):
                faults[self._fault(one)] += 1
        chance, count = self._constant(questions), len(questions)
        lines = [f"{right} of {count} decisions are right."]
        if chance and right <= chance:
            lines[0] += f" Always deciding the same would be right for {chance}, and earns nothing."
        if missed:
            lines.append(f"- It goes wrong, among others, on this kind of input: {missed.most_common(1)[0][0]}")
        lines += [f"- On {times} of {count} {fault}." for fault, times in faults.most_common()]
        return (right - chance) / (count - chance), "\n".join(lines)

    def _fault(self, decision: Decision) -> str:
        if decision.raised:
            return f"it raised {decision.raised}"
        if decision.problem:
            return "it raised an error, or returned what is no data"
        return f"it decided something that is none of {_listed(self.decisions or [])}"

    def _decided(self, examples: Sequence[Question], found: Sequence[Decision]) -> Check:
        title, lines, problems, others = "Decisions", [], 0, 0
        for example, decision in zip(examples, found, strict=True):
            about = f"- {_brief(example.input)}:"
            if decision.problem:
                problems += 1
                lines.append(f"{about} no decision. {decision.problem}")
            elif self.decisions and not _among(decision.value, self.decisions):
                problems += 1
                lines.append(f"{about} {_brief(decision.value)}, which is none of {_listed(self.decisions)}.")
            elif example.acceptable and not example.accepts(decision.value):
                others += 1
                lines.append(f"{about} {_brief(decision.value)}. The example expects {_expected(example)}.")
            else:
                lines.append(f"{about} {_brief(decision.value)}{', as expected' if example.acceptable else ''}.")
        if problems:
            next_step = "Call it yourself on that input, in a cell above, and mend what comes back."
            return Check(title, "missing", "\n".join(lines), next_step)
        if others:
            return Check(title, "look again", "\n".join(lines), "Take one that differs and say in words why.")
        return Check(title, "fine", "\n".join(lines))

    def _quick(self, each: float) -> Check:
        title, allowed = "Time", self.seconds / BATCH
        if each <= allowed:
            return Check(title, "fine", "It decides fast enough to be asked in batches.")
        found = (
            f"It takes {number(each)} s for an input. In a batch of {BATCH} the marker waits {number(self.seconds)} s, "
            f"which is {number(allowed)} s for each."
        )
        return Check(title, "look again", found, "Take what is the same for every input out of the function.")


def _steady(first: Sequence[Decision], again: Sequence[Decision], backwards: Sequence[Decision]) -> Check:
    title = "The same input, the same decision"
    if _alike(first, again) and _alike(first, backwards):
        return Check(title, "fine", "Asked three times, once in the opposite order, it decided the same.")
    if _alike(first, again):
        found = "Asked in the opposite order it decides otherwise, so it remembers what it was asked before."
    else:
        found = "Asked a second time it decides otherwise: it draws lots, or remembers what it was asked before."
    return Check(title, "look again", found, "Decide from the input alone; a tie can be broken by name.")


def _alike(one: Sequence[Decision], other: Sequence[Decision]) -> bool:
    return all(bool(a.problem) == bool(b.problem) and _same(a.value, b.value) for a, b in zip(one, other, strict=True))


def _same(one: Any, other: Any, within: float = 0.0) -> bool:
    """Whether two decisions are equal as JSON: 1 is 1.0, and no truth value is a number."""
    if _is_number(one) and _is_number(other):
        return bool(abs(one - other) <= within + 1e-9 * max(1.0, abs(other)))
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other)


def _among(decision: Any, allowed: Sequence[Any]) -> bool:
    return any(_same(decision, one) for one in allowed)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _expected(question: Question) -> str:
    expected = " or ".join(_brief(right) for right in question.acceptable)
    return f"{expected}, within {number(question.within)}" if question.within else expected


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(_brief(value) for value in values)


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
