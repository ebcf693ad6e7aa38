"""Chances: for each event the probability that it happens, marked by Brier's score (1950) against hidden quarters.

In the rubric:

```yaml
chances:
  kind: chances
  title: Eight chances
  asks: How likely is each of these in the coming quarter?
  points: 10
  events:
    - {id: felt, text: At least one outage that customers feel.}
    - {id: quiet, text: No incident at all.}
    - {id: late, text: The work takes longer than the team says.}
  criteria:
    # `of` says which events; every event belongs to one criterion
    - {id: outages, of: [felt, quiet], title: ..., points: 6, reason: ..., next_step: ...}
    - {id: work, of: [late], title: ..., points: 4, reason: ..., next_step: ...}
```

In the key file, ``happened`` of ``of`` hidden quarters, and the chance that somebody with the same information gives:

```yaml
chances:
  seed: 9
  events:
    felt: {happened: 26, of: 40, expert: 0.63, why: A sentence or two on how to get there. Learners read it.}
```

The answer: ``{"felt": 0.6, "quiet": 0.01, "late": 0.8}``. A percentage, 60 or "60 %", is asked to be written as 0.6.

How a criterion is scored: B is the mean Brier score over its events and all their quarters. Saying 0.5 throughout
knows nothing, so

    score = (B(0.5) - B(yours)) / (B(0.5) - B(expert))

held within 0 and 1. Brier's score is proper: nobody expects to do better than by saying what they believe. An event
without a readable chance counts as 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.scores import brier_of_frequency
from leadgym.marking.show import number
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Location, Model

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

KNOWS_NOTHING = 0.5
ROOM = 0.02
"""By how much the expert's Brier score has to beat 0.5 in a criterion, or luck would decide the mark."""
SHOWN = 3


class Event(Model):
    """Something that happens in a quarter or does not."""

    id: Id
    text: Text


class EventKey(Model):
    """In how many hidden quarters it ``happened``, the chance an ``expert`` gives, and the way there in words.

    Learners read ``why``; the numbers stay here, so keep them out of it.
    """

    happened: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=10)]
    expert: Share
    why: Text

    @property
    def frequency(self) -> float:
        """The share of hidden quarters in which it happened."""
        return self.happened / self.of


class ChancesKeys(AnswerKeys):
    """For each event its key. ``seed`` is what the hidden quarters were drawn with."""

    seed: int
    events: dict[Id, EventKey]


class ChancesCriterion(Criterion):
    """``of``: the events it looks at."""

    of: Annotated[list[Id], Field(min_length=1)]


class ChancesAnswer(Answer):
    """A set of events, each answered by a probability."""

    keys_class: ClassVar[type[AnswerKeys]] = ChancesKeys

    kind: Literal["chances"]
    events: Annotated[list[Event], Field(min_length=3)]
    criteria: Annotated[list[ChancesCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Events that stand twice, and events that no criterion, or more than one, looks at."""
        seen = set()
        for index, event in enumerate(self.events):
            if event.id in seen:
                yield ("events", index, "id"), f"'{event.id}' stands twice; rename one."
            seen.add(event.id)
        looked_at: set[str] = set()
        for index, criterion in enumerate(self.criteria):
            for name in criterion.of:
                if name not in seen:
                    yield ("criteria", index, "of"), f"there is no event '{name}'."
                elif name in looked_at:
                    yield ("criteria", index, "of"), f"'{name}' belongs to a criterion already; keep one."
                looked_at.add(name)
        for name in sorted(seen - looked_at):
            yield ("events",), f"no criterion looks at '{name}'; name it in an 'of'."

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Events without a key, keys without an event, and criteria in which an expert would not be seen."""
        assert isinstance(keys, ChancesKeys)  # noqa: S101 - load_keys picks the class
        known = {event.id for event in self.events}
        for name in sorted(known - set(keys.events)):
            yield ("events",), f"the key of '{name}' is missing; add it."
        for name, key in keys.events.items():
            if name not in known:
                yield ("events", name), "the rubric has no such event; take it out."
            if key.happened > key.of:
                yield ("events", name, "happened"), f"is more than {key.of}."
        if known != set(keys.events):
            return
        for criterion in self.criteria:
            expert = {name: keys.events[name].expert for name in criterion.of}
            if _mean(criterion.of, {}, keys) - _mean(criterion.of, expert, keys) < ROOM:
                message = f"in '{criterion.id}' the expert hardly beats 0.5; choose events that are less even."
                yield ("events", criterion.of[0], "expert"), message

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Brier's score over the hidden quarters, criterion by criterion."""
        assert isinstance(context.keys, ChancesKeys)  # noqa: S101 - mark() has checked it
        given, problems = self._read(answer)
        marks = [self.earned(c, *self._score(c, given, context.keys)) for c in self.criteria]
        return marks, "\n".join(problems)

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What is missing, what is written as a percentage, what is certain. Knows no frequencies."""
        given, problems = self._read(answer)
        complete = len(given) == len(self.events)
        checks = [Check("Completeness", "fine", f"All {len(given)} have a chance.")]
        if not complete:
            checks = [Check("Completeness", "missing", "\n".join(problems), "What is left out counts as 0.5.")]
        certain = [name for name, chance in given.items() if chance in (0, 1)]
        if certain:
            found = f"You are certain of {', '.join(certain)}."
            next_step = "Would you lend somebody a month's pay on it? If not, go in from the end a little."
            checks.append(Check("Certainty", "look again", found, next_step))
        if complete and len(set(given.values())) == 1:
            same = Check("Differences", "look again", "All the same: these events are not equally likely.", "")
            checks.append(same)
        note = "Marked by Brier's score over quarters that you do not see; 0.5 throughout earns nothing."
        return Coaching(context.name, self.title, self.kind, complete, tuple(checks), note)

    def _read(self, answer: Any) -> tuple[dict[str, float], list[str]]:
        if not isinstance(answer, Mapping):
            return {}, [f'The chances have to be a dict: {{"{self.events[0].id}": 0.5, ...}}.']
        known = [event.id for event in self.events]
        problems = [f"- There is no event '{str(n)[:40]}'; it is passed over." for n in answer if n not in known][:3]
        given = {}
        for name in known:
            found = _chance(answer.get(name))
            if isinstance(found, str):
                problems.append(f"- {name}: {found}")
            else:
                given[name] = found
        return given, problems

    def _score(self, criterion: ChancesCriterion, given: Mapping[str, float], keys: ChancesKeys) -> tuple[float, str]:
        names = criterion.of
        if not any(name in given for name in names):
            return 0.0, "No chance can be read."
        nothing = _mean(names, {}, keys)
        expert = _mean(names, {name: keys.events[name].expert for name in names}, keys)
        yours = _mean(names, given, keys)
        found = (
            f"Your Brier score over the hidden quarters is {number(round(yours, 3))}. Saying 0.5 throughout gets "
            f"{number(nothing)}, and somebody who has been through the data {number(round(expert, 3))}. Less is better."
        )
        texts = {event.id: event.text for event in self.events}
        lines = []
        for _, name, way in sorted(_far(names, given, keys), reverse=True)[:SHOWN]:
            lines.append(f"- {texts[name]} You are too {way}. {keys.events[name].why}")
        return (nothing - yours) / (nothing - expert), "\n".join([found, *lines])


def _mean(names: Sequence[str], given: Mapping[str, float], keys: ChancesKeys) -> float:
    """The mean Brier score of ``given``; what it leaves out stands at 0.5."""
    parts = [brier_of_frequency(given.get(name, KNOWS_NOTHING), keys.events[name].frequency) for name in names]
    return math.fsum(parts) / len(parts)


def _far(names: Sequence[str], given: Mapping[str, float], keys: ChancesKeys) -> Iterator[tuple[float, str, str]]:
    """Where an answer is more than a tenth from the expert's: how far, which event, which way."""
    for name in names:
        if name in given:
            gap = given[name] - keys.events[name].expert
            if abs(gap) > 0.1:
                yield abs(gap), name, "high" if gap > 0 else "low"


def _chance(value: Any) -> float | str:
    """A chance from 0 to 1, or why it is none."""
    if value is None:
        return "no chance is given."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "has to be a number from 0 to 1, without quotes."
    if 1 < value <= 100:
        return f"{number(value)} looks like a percentage; write {number(value / 100)}."
    if not 0 <= value <= 1:
        return "has to lie between 0 and 1."
    return float(value)
