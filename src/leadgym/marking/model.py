"""What every answer of a ``rubric.yaml`` and of a key file has in common, and what marking hands back.

A kind of answer is one module with two classes: its part of the rubric (public, a subclass of ``Answer``) and, where it
needs one, its part of the key file (private). The YAML each takes stands at the top of the module: ``judgement.py``,
``path.py``, ``plan.py``, ``estimate.py``, ``function.py``, ``policy.py``, ``declared.py``, ``sorting.py``,
``written.py``, ``schedule.py``, ``forecast.py``, ``reschedule.py``. A new kind is such a module and its lines in
``rubric.py``.

```yaml
rubric: 02_delegation
title: Delegation
answers:
  plan:                       # the name that submit("plan", ...) uses
    kind: plan                # see `rubric.KINDS`: judgement, path, plan, estimate, function, ...
    title: The delegation plan
    asks: Say for each ticket who owns it and what they may decide.
    points: 12                # has to be the sum of the criteria's points
    criteria:
      - id: outcome           # unique in this answer
        title: Each hand-over names an outcome
        points: 4
        reason: Why this matters, in a sentence or two.
        next_step: One thing to try next.
        # and what its kind needs
```
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from leadgym.marking.asking import HAND_IN, Ask, handed_in
from leadgym.scenario.model import Id, Scenario, Text
from leadgym.yamlfile import Location, Model

Points = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Criterion(Model):
    """One thing an answer is marked on. ``reason`` says why it matters, ``next_step`` one thing to try."""

    id: Id
    title: Text
    points: Points
    reason: Text
    next_step: Text


@dataclass(frozen=True)
class CriterionMark:
    """What one criterion earned. ``found`` is the evidence, in plain text.

    ``score`` is the share before it is cut to 0 and 1, for analysis; it is not shown. None where nothing could be read.
    """

    id: str
    title: str
    points: float
    out_of: float
    reason: str
    found: str
    next_step: str
    score: float | None = None
    spans: tuple[tuple[int, int], ...] = ()
    """Where in the mark's ``text`` this was found: (start, end) each."""
    sure: bool = True
    """Whether the points may stand without a person."""


@dataclass(frozen=True)
class Mark:
    """What an answer earned. ``note`` is about the whole of it and may be empty.

    ``source`` is the text of a function that was handed in, for people to read; the mark does not rest on it.
    """

    name: str
    title: str
    kind: str
    points: float
    out_of: float
    criteria: tuple[CriterionMark, ...]
    note: str
    source: str = ""
    text: str = ""
    """The learner's own text, for prose, as it was read."""
    needs_person: str = ""
    """Why a person has to decide, in a sentence; empty where the mark may stand. The points are a proposal then."""

    @property
    def stands(self) -> float:
        """The points that stand without a person: all, or, where one has to decide, those of the sure criteria."""
        if not self.needs_person:
            return self.points
        sure = round(math.fsum(c.points for c in self.criteria if c.sure), 2)
        return min(self.points, sure)


@dataclass(frozen=True)
class Check:
    """One thing the instant feedback looked at: ``state`` is ``fine``, ``look again`` or ``missing``."""

    title: str
    state: str
    found: str
    next_step: str = ""


@dataclass(frozen=True)
class Coaching:
    """Instant feedback without points: shape, completeness, habits. ``ready`` says whether nothing is missing."""

    name: str
    title: str
    kind: str
    ready: bool
    checks: tuple[Check, ...]
    note: str


@dataclass(frozen=True)
class Context:
    """What an answer is marked with: its name, the exercise folder; scenario, keys and a way to ask where needed."""

    name: str
    folder: Path
    scenario: Scenario | None = None
    keys: AnswerKeys | None = None
    ask: Ask | None = None


class AnswerKeys(Model):
    """The private part of one answer. Each kind that has keys makes a subclass."""


class Answer(Model):
    """The public part of one answer. Each kind makes a subclass with its own criteria and fields."""

    keys_class: ClassVar[type[AnswerKeys] | None] = None
    """The class of this kind's keys; None when everything it is marked on is public."""
    asks_a_function: ClassVar[bool] = False
    """Whether the learner hands in a function, which is asked, rather than data."""
    asks_parts: ClassVar[bool] = False
    """Whether several functions may be handed in, by part."""

    kind: str
    title: Text
    asks: Text
    points: Points
    criteria: Sequence[Criterion]

    def problems(self, folder: Path) -> Iterable[tuple[Location, str]]:
        """What is wrong beyond the shape of the YAML: (place within this answer, what and the mend)."""
        raise NotImplementedError

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong in files beside the rubric, a line each: file, line, what and the mend."""
        return []

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterable[tuple[Location, str]]:
        """What is wrong between these keys and this answer: (place within these keys, what and the mend)."""
        raise NotImplementedError

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """A mark for each criterion, and the note. ``answer`` is any JSON data within limits; never raises for it."""
        raise NotImplementedError

    def whole(self, answer: Any, context: Context) -> Mark:
        """The mark as it stands on the sheet. Never raises for an answer."""
        criteria, note = self.mark(answer, context)
        return self.sheet(context.name, criteria, note, answer)

    def missed(self, answer: Any, context: Context) -> tuple[str, ...]:
        """The items answered otherwise than the key has them, for `leadgym quiz`; what is left out is no miss."""
        return ()

    def coach(self, answer: Any, context: Context) -> Mark | Coaching:
        """Instant feedback from the public part alone. Never raises for an answer."""
        raise NotImplementedError

    def common_problems(self) -> Iterator[tuple[Location, str]]:
        """Points that do not add up, ids and measures that stand twice."""
        total = sum(criterion.points for criterion in self.criteria)
        if abs(total - self.points) > 1e-6:
            yield ("points",), f"is {self.points:g}, but the criteria's points add up to {total:g}. Make them equal."
        for name in ("id", "measure"):
            seen = set()
            for index, criterion in enumerate(self.criteria):
                value = getattr(criterion, name, None)
                if value is not None and value in seen:
                    yield ("criteria", index, name), f"'{value}' stands twice; keep one."
                seen.add(value)

    def earned(self, criterion: Criterion, score: float, found: str) -> CriterionMark:
        """The mark for a ``score`` of which 1 is all the points; below 0 and above 1 are cut off."""
        points = round(min(1.0, max(0.0, score)) * criterion.points, 2)
        return self._marked(criterion, points, found, score)

    def nothing(self, found: str) -> list[CriterionMark]:
        """Zero for every criterion, each with the same sentence."""
        return [self._marked(criterion, 0.0, found, None) for criterion in self.criteria]

    def sheet(self, name: str, criteria: Sequence[CriterionMark], note: str, answer: Any = None) -> Mark:
        """The criteria's marks added up, and the source of what ``answer`` handed in where that is a function."""
        total = round(math.fsum(c.points for c in criteria), 2)
        return Mark(name, self.title, self.kind, total, self.points, tuple(criteria), note, self.source(answer))

    def not_asked(self, answer: Any, context: Context) -> str:
        """Why the function that ``answer`` should be cannot be asked, in a sentence; empty where it can."""
        if handed_in(answer) is None:
            return HAND_IN.format(context.name)
        return "" if context.ask is not None else "The notebook's process was not there to be asked."

    def source(self, answer: Any) -> str:
        """The source text of what ``answer`` handed in where that is a function; empty for anything else."""
        given = handed_in(answer) if self.asks_a_function else None
        return given.source if given else ""

    def _marked(self, criterion: Criterion, points: float, found: str, score: float | None) -> CriterionMark:
        return CriterionMark(
            criterion.id,
            criterion.title,
            points,
            criterion.points,
            criterion.reason,
            found,
            criterion.next_step,
            score,
        )
