"""Judgement items: every option rated 1 to 5, the best one picked, the confidence in that pick stated.

In the rubric:

```yaml
judgement:
  kind: judgement
  title: Ten judgement items
  asks: Rate every option, pick the best one, say how sure you are.
  items: data/judgement.yaml        # beside rubric.yaml
  points: 20
  criteria:
    - {id: ratings, measure: ratings, title: ..., points: 12, reason: ..., next_step: ...}
    - {id: best, measure: best, title: ..., points: 4, reason: ..., next_step: ...}
    - {id: sure, measure: confidence, title: ..., points: 4, reason: ..., next_step: ...}
```

``data/judgement.yaml`` (public) is a ``Form``; the key file's part is ``JudgementKeys``:

```yaml
judgement:
  items:
    quiet_reviewer:
      a: {key: 5, rationale: ..., right_when: ..., dissent: ...}
```

The answer: ``{"quiet_reviewer": {"ratings": {"a": 4, "b": 2, "c": 1, "d": 3}, "best": "a", "confidence": 0.6}, ...}``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadgym.marking.model import Answer, AnswerKeys, Criterion
from leadgym.scenario.model import Id, Key, Text
from leadgym.yamlfile import Model


class FormOption(Model):
    """Something one could do in the situation."""

    id: Id
    text: Text


class Item(Model):
    """A situation of two to five sentences and what one could do in it. ``competency`` groups items for analysis."""

    id: Id
    competency: Id
    situation: Text
    options: Annotated[list[FormOption], Field(min_length=3, max_length=8)]


class Form(Model):
    """``data/judgement.yaml``: the items of one form, as learners see them."""

    form: Id
    title: Text
    instructions: Text
    items: Annotated[list[Item], Field(min_length=1)]


class JudgementCriterion(Criterion):
    """``measure``: ``ratings`` (agreement with the key), ``best`` (best picks) or ``confidence`` (Brier skill)."""

    measure: Literal["ratings", "best", "confidence"]


class JudgementAnswer(Answer):
    """A form of judgement items. ``items`` is the path of the form, seen from the rubric's folder."""

    kind: Literal["judgement"]
    items: Text
    criteria: Annotated[list[JudgementCriterion], Field(min_length=1)]


class OptionKey(Model):
    """The authors' provisional rating of an option, 1 to 5, and the words a learner reads about it.

    ``key`` is never shown; ``rationale``, ``right_when`` and ``dissent`` are, so they hold no rating.
    """

    key: Key
    rationale: Text
    right_when: Text
    dissent: Text


class JudgementKeys(AnswerKeys):
    """For each item of the form, for each of its options, the key. The best and the worst key of an item differ."""

    items: dict[Id, dict[Id, OptionKey]]
