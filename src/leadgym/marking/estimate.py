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
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadgym.marking.model import Answer, AnswerKeys, Criterion
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Model

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


class Naive(Model):
    """The range and middle value of somebody who knows nothing. A range as wide as this earns nothing."""

    low: Number
    high: Number
    median: Number


class Question(Model):
    """One quantity to estimate, its unit, and the outermost values a range may have."""

    id: Id
    text: Text
    unit: Text
    min: Number
    max: Number
    naive: Naive


class EstimateCriterion(Criterion):
    """``measure``: ``interval`` (interval score), ``coverage`` (how many ranges held) or ``median`` (middle values)."""

    measure: Literal["interval", "coverage", "median"]


class EstimateAnswer(Answer):
    """A set of questions, each answered by an 80 % range and a middle value."""

    kind: Literal["estimate"]
    questions: Annotated[list[Question], Field(min_length=3)]
    criteria: Annotated[list[EstimateCriterion], Field(min_length=1)]


class Range(Model):
    """A closed range."""

    low: Number
    high: Number


class QuestionKey(Model):
    """The true value, the range an expert gives, and the way there in words (shown; keep the number out of it if it stays secret)."""

    truth: Number
    best: Range
    why: Text


class EstimateKeys(AnswerKeys):
    """For each question its key."""

    questions: dict[Id, QuestionKey]
