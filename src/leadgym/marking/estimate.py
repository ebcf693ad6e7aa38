"""Estimates: for each question an 80 % range and a middle value.

In the rubric:

```yaml
estimate:
  kind: estimate
  title: Eight ranges
  asks: For each question, a range that holds the value in 8 of 10 such questions, and a middle value.
  points: 12
  questions:
    - id: first_merge
      text: How many working days until Priya's first ledger change is merged?
      unit: days
      min: 0                       # a range has to lie within min and max
      max: 60
      naive: {low: 1, high: 20, median: 10}   # what anybody would say; earns nothing
  criteria:
    - {id: sharp, measure: interval, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: calibrated, measure: coverage, title: ..., points: 3, reason: ..., next_step: ...}
    - {id: middle, measure: median, title: ..., points: 3, reason: ..., next_step: ...}
```

In the key file; ``best`` is the range an expert with the same information gives, and holds ``truth``:

```yaml
estimate:
  questions:
    first_merge: {truth: 7, best: {low: 5, high: 9}, why: A sentence or two on how to get there. Learners read it.}
```

The answer: ``{"first_merge": {"low": 4, "high": 10, "median": 6.5}, ...}``.

How each measure is scored, over all the questions; one without a readable range counts as the naive answer:

- ``interval``: the interval score of the range, placed between the naive range's (0) and the best one's (1), within -1
  and 1 for each question, then the mean. The limits are checked so that the widest range allowed never earns.
- ``coverage``: how many ranges held the value, see ``scores.coverage``. A range wider than three quarters of the naive
  one says too little to count, so nobody is calibrated by being vague.
- ``median``: 1 - sum of errors / sum of the naive answer's errors, each in units of the naive range. A middle value
  within the best range has no error: nobody can know better than that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.scores import coverage, honest_hits, interval_score
from leadgym.marking.show import number
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Location, Model

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]

TELLING_WIDTH = 0.75
"""How wide a range may be, as a share of the naive one, to count for coverage."""

SHOWN = 3


class Naive(Model):
    """The range and middle value of somebody who knows nothing. A range as wide as this earns nothing."""

    low: Number
    high: Number
    median: Number

    @property
    def width(self) -> float:
        """The width of the range."""
        return self.high - self.low


class Question(Model):
    """One quantity to estimate, its unit, and the outermost values a range may have."""

    id: Id
    text: Text
    unit: Text
    min: Number
    max: Number
    naive: Naive


class Range(Model):
    """A closed range."""

    low: Number
    high: Number


class QuestionKey(Model):
    """The true value, the range an expert gives, and the way there in words.

    Learners read ``why``; the numbers stay here, so keep them out of it.
    """

    truth: Number
    best: Range
    why: Text


class EstimateKeys(AnswerKeys):
    """For each question its key."""

    questions: dict[Id, QuestionKey]


class EstimateCriterion(Criterion):
    """``measure``: ``interval`` (interval score), ``coverage`` (how many ranges held) or ``median`` (middle values)."""

    measure: Literal["interval", "coverage", "median"]


@dataclass
class Given:
    """What could be read of the answer to one question, and what could not."""

    low: float | None = None
    high: float | None = None
    median: float | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def range(self) -> tuple[float, float] | None:
        """The range, when both ends could be read and stand the right way round."""
        return (self.low, self.high) if self.low is not None and self.high is not None else None


class EstimateAnswer(Answer):
    """A set of questions, each answered by an 80 % range and a middle value."""

    keys_class: ClassVar[type[AnswerKeys]] = EstimateKeys

    kind: Literal["estimate"]
    questions: Annotated[list[Question], Field(min_length=3)]
    criteria: Annotated[list[EstimateCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Ranges the wrong way round or outside of the limits, questions that stand twice."""
        seen = set()
        for index, question in enumerate(self.questions):
            naive = question.naive
            if question.id in seen:
                yield ("questions", index, "id"), f"'{question.id}' stands twice; rename one."
            seen.add(question.id)
            if not naive.low < naive.high or not naive.low <= naive.median <= naive.high:
                yield ("questions", index, "naive"), "low, median and high have to stand in that order."
            if naive.low < question.min or naive.high > question.max:
                yield ("questions", index, "naive"), "has to lie within min and max."

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Questions without a key, keys without a question, best ranges that are none, limits that can be gamed."""
        assert isinstance(keys, EstimateKeys)  # noqa: S101 - load_keys picks the class
        known = {question.id: question for question in self.questions}
        for name in known:
            if name not in keys.questions:
                yield ("questions",), f"the key of '{name}' is missing; add it."
        for name, key in keys.questions.items():
            if name not in known:
                yield ("questions", name), "the rubric has no such question; take it out."
                continue
            problem = _unsound(known[name], key)
            if problem:
                yield ("questions", name), problem
        both = [(known[name].naive.median, key) for name, key in keys.questions.items() if name in known]
        if both and not any(_error(median, key) for median, key in both):
            yield ("questions",), "every naive median is within the best range, so middle values cannot be told apart."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Interval scores, coverage and middle values over all the questions."""
        assert isinstance(context.keys, EstimateKeys)  # noqa: S101 - mark() has checked it
        given, general = self._read(answer)
        note = [*general, *self._unreadable(given)]
        measures = {"interval": self._interval, "coverage": self._coverage, "median": self._median}
        marks = [self.earned(c, *measures[c.measure](given, context.keys)) for c in self.criteria]
        return marks, "\n".join(note)

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What is missing or upside down, and whether the widths make sense. Knows no true values."""
        given, general = self._read(answer)
        lines = [*general, *self._unreadable(given)]
        complete = all(g.range and g.median is not None for g in given.values())
        if complete:
            whole = Check(
                "Completeness", "fine", "\n".join([f"All {len(given)} questions have a range and a middle.", *lines])
            )
        else:
            whole = Check(
                "Completeness", "missing", "\n".join(lines), "A question left out counts as the naive answer."
            )
        low, high = honest_hits(len(self.questions))
        note = (
            f"Of {len(self.questions)} honest 80 % ranges, {low} to {high} hold the value. "
            "If all of yours do, they could have been narrower."
        )
        return Coaching(context.name, self.title, self.kind, complete, (whole, self._widths(given)), note)

    def _read(self, answer: Any) -> tuple[dict[str, Given], list[str]]:
        if not isinstance(answer, Mapping):
            example = f'{{"{self.questions[0].id}": {{"low": ..., "high": ..., "median": ...}}, ...}}'
            return {q.id: Given() for q in self.questions}, [f"The estimates have to be a dict: {example}."]
        known = {question.id for question in self.questions}
        general = [f"There is no question '{name[:40]}'; it is passed over." for name in answer if name not in known][
            :3
        ]
        return {question.id: _given(question, answer.get(question.id)) for question in self.questions}, general

    def _unreadable(self, given: dict[str, Given]) -> list[str]:
        return [f"- {name}: {' '.join(found.problems)}" for name, found in given.items() if found.problems]

    def _interval(self, given: dict[str, Given], keys: EstimateKeys) -> tuple[float, str]:
        shares = {}
        for question in self.questions:
            span, key = given[question.id].range, keys.questions[question.id]
            shares[question.id] = 0.0 if span is None else interval_share(span[0], span[1], question, key)
        if not any(found.range for found in given.values()):
            return 0.0, "No range can be read."
        better = sum(share > 0 for share in shares.values())
        found = (
            f"In {better} of {len(shares)} questions your range serves better than the naive one, which says next to "
            "nothing. A range costs its width, and ten times the distance by which it misses (Gneiting & Raftery 2007)."
        )
        weakest = sorted((share, index) for index, share in enumerate(shares.values()) if share < 0.5)[:SHOWN]
        lines = []
        for _, index in weakest:
            question = self.questions[index]
            held = _held(given[question.id], question, keys.questions[question.id])
            lines.append(f"- {question.text} {held} {keys.questions[question.id].why}")
        return math.fsum(shares.values()) / len(shares), "\n".join([found, *lines])

    def _coverage(self, given: dict[str, Given], keys: EstimateKeys) -> tuple[float, str]:
        hits = 0
        lines = []
        for question in self.questions:
            span, key = given[question.id].range, keys.questions[question.id]
            telling = span is not None and span[1] - span[0] <= TELLING_WIDTH * question.naive.width
            hits += bool(telling and span and span[0] <= key.truth <= span[1])
            lines.append(f"- {question.text} {_held(given[question.id], question, key)}")
        low, high = honest_hits(len(self.questions))
        found = (
            f"{hits} of {len(self.questions)} ranges hold the value and are narrow enough to say something. "
            f"Somebody whose 80 % ranges are honest has {low} to {high}; fewer means too narrow, or too wide to count."
        )
        return coverage(hits, len(self.questions)), "\n".join([found, *lines])

    def _median(self, given: dict[str, Given], keys: EstimateKeys) -> tuple[float, str]:
        own, naive, nearer = 0.0, 0.0, 0
        far: list[tuple[float, str]] = []
        for question in self.questions:
            middle, key = given[question.id].median, keys.questions[question.id]
            reference = _error(question.naive.median, key) / question.naive.width
            error = reference if middle is None else _error(middle, key) / question.naive.width
            own, naive, nearer = own + error, naive + reference, nearer + (error < reference or not error)
            if middle is not None and error:
                way = "too high" if middle > key.best.high else "too low"
                far.append((error, f"- {question.text} Your middle value is {way}."))
        if all(found.median is None for found in given.values()):
            return 0.0, "No middle value can be read."
        lines = [line for _, line in sorted(far, key=lambda f: -f[0])[:SHOWN]]
        found = f"In {nearer} of {len(given)} questions your middle value is nearer than the naive one, or near enough."
        return 1 - own / naive, "\n".join([found, *lines])

    def _widths(self, given: dict[str, Given]) -> Check:
        title = "Widths"
        lines = []
        for question in self.questions:
            span, middle = given[question.id].range, given[question.id].median
            if span is None:
                continue
            width = span[1] - span[0]
            if width > TELLING_WIDTH * question.naive.width:
                lines.append(f"- {question.id}: {_amount(width, question)} wide, about as wide as knowing nothing.")
            elif width <= 0.02 * question.naive.width:
                lines.append(f"- {question.id}: {_amount(width, question)} wide. That is a point, not a range.")
            if middle is not None and not span[0] <= middle <= span[1]:
                lines.append(f"- {question.id}: the middle value lies outside of the range.")
        if not lines:
            return Check(title, "fine", "No range is as wide as knowing nothing, and none is a single point.")
        next_step = "For each: name the day on which it would be one worse than your range. Would you be surprised?"
        return Check(title, "look again", "\n".join(lines), next_step)


def interval_share(low: float, high: float, question: Question, key: QuestionKey) -> float:
    """The range's interval score between the naive range's (0) and the best one's (1), held within -1 and 1."""
    naive = interval_score(question.naive.low, question.naive.high, key.truth)
    best = interval_score(key.best.low, key.best.high, key.truth)
    return min(1.0, max(-1.0, (naive - interval_score(low, high, key.truth)) / (naive - best)))


def _unsound(question: Question, key: QuestionKey) -> str | None:
    if not key.best.low <= key.truth <= key.best.high:
        return "'best' has to hold the truth."
    if key.best.low < question.min or key.best.high > question.max:
        return "'best' has to lie within the question's min and max."
    naive = interval_score(question.naive.low, question.naive.high, key.truth)
    if naive <= key.best.high - key.best.low:
        return "'best' is no better than the naive range; make it narrower."
    if naive > question.max - question.min + 1e-9:
        return "the naive range misses the truth by so much that the widest range would earn points; move one of them."
    return None


def _error(middle: float, key: QuestionKey) -> float:
    return max(key.best.low - middle, 0.0, middle - key.best.high)


def _given(question: Question, value: Any) -> Given:
    found = Given()
    if value is None:
        found.problems.append("no estimate.")
        return found
    if not isinstance(value, Mapping):
        found.problems.append("has to be a dict with 'low', 'high' and 'median'.")
        return found
    for name in ("low", "high", "median"):
        part = value.get(name)
        if part is None:
            found.problems.append(f"'{name}' is missing.")
        elif isinstance(part, bool) or not isinstance(part, int | float):
            found.problems.append(f"'{name}' has to be a number, without quotes.")
        elif not question.min <= part <= question.max:
            found.problems.append(
                f"'{name}' has to lie between {number(question.min)} and {_amount(question.max, question)}."
            )
        else:
            setattr(found, name, float(part))
    if found.range and found.range[0] > found.range[1]:
        found.problems.append("'low' is above 'high'; swap them.")
        found.low = found.high = None
    return found


def _held(given: Given, question: Question, key: QuestionKey) -> str:
    if given.range is None:
        return "No range can be read."
    low, high = given.range
    if high < key.truth:
        return "Your range lies below the value."
    if low > key.truth:
        return "Your range lies above the value."
    if high - low > TELLING_WIDTH * question.naive.width:
        return "Your range holds the value, and is nearly as wide as knowing nothing."
    return "Your range holds the value."


def _amount(value: float, question: Question) -> str:
    return f"{number(value)} {question.unit}"
