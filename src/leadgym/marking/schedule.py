"""Schedules: the learner hands in a function that plans epics, and its plans are checked and measured on hidden ones.

What an epic and a schedule are stands at the top of ``epics.py``. In the rubric:

```yaml
schedule:
  kind: schedule
  title: Plans for epics
  asks: A function that takes an epic and returns a day and a person for each task.
  points: 10
  examples: data/epics.yaml      # public epics: {title, epics: [{label, people, tasks, takes}, ...]}
  seconds: 10                    # all epics of a batch (12) together; 10 unless said
  criteria:
    - {id: valid, measure: valid, title: ..., points: 2, reason: ..., next_step: ...}
    - {id: shorter, low: listed, high: critical, title: ..., points: 4, ...}
    - {id: best, low: critical, high: best, title: ..., points: 4, ...}
```

In the key file: ``schedule: {epics: [{label, people, tasks, takes}, ...]}``. ``takes`` are the days that reference
plans need, found beforehand by whoever made the epics (``grader/make_epics.py`` for ours):

- ``listed``: everything as early as it fits, in the order in which it is written down;
- ``critical``: the same, but whatever has the longest chain of work behind it goes first;
- ``best``: the shortest plan that a search found. No claim that there is none shorter.

How it is scored. Each epic is asked about twice, the second time in the opposite order; the longer plan counts. A plan
with a fault counts as doing one task after the other (``Epic.one_by_one``). ``valid`` is the share of epics with no
fault. Any other criterion, over all epics:

    score = (sum of low - sum of yours) / (sum of low - sum of high), cut to 0 and 1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.asking import HAND_IN, Ask, Decision, NoDecisions, handed_in, in_batches
from leadgym.marking.epics import Epic, faults, length
from leadgym.marking.files import load_beside
from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.show import number
from leadgym.scenario.model import Text
from leadgym.yamlfile import FileProblems, Location, Model

BATCH = 12
Name = Literal["listed", "critical", "best"]
CALLED = {
    "listed": "in the order in which it is written down",
    "critical": "the longest chain first",
    "best": "the best that a search found",
}
KINDS = {
    "shape": "it returned no dict of tasks",
    "unknown": "it planned a task that the epic does not have",
    "missing": "a task has no day, or an entry of another form",
    "day": "a day is no whole number from 0",
    "elsewhere": "a task that is done elsewhere was given to somebody",
    "who": "a task was given to nobody of the team",
    "skill": "a task was given to somebody without its skill",
    "away": "somebody works on a day on which they are away",
    "order": "a task begins before one it waits for has ended",
    "twice": "somebody has two tasks on the same day",
    "raised": "it raised an error, or returned what is no data",
}


class Takes(Model):
    """The days that reference plans need."""

    listed: Annotated[int, Field(ge=1)]
    critical: Annotated[int, Field(ge=1)]
    best: Annotated[int, Field(ge=1)]


class PlannedEpic(Epic):
    """An epic with what references make of it. ``label`` names its kind in words that learners may read."""

    label: Text
    takes: Takes

    def all_problems(self) -> Iterator[tuple[Location, str]]:
        """Those of the epic, and references that cannot be."""
        yield from self.problems()
        if not list(self.problems()):
            if self.takes.best < self.bound:
                yield ("takes", "best"), f"is below {self.bound}, which no schedule can beat."
            if max(self.takes.listed, self.takes.critical) > self.one_by_one:
                yield ("takes",), f"is above {self.one_by_one}, which is one task after the other."
            if self.takes.best > min(self.takes.listed, self.takes.critical):
                yield ("takes", "best"), "is longer than another reference."


class Epics(Model):
    """The file of public epics."""

    title: Text
    epics: Annotated[list[PlannedEpic], Field(min_length=1)]


class ScheduleKeys(AnswerKeys):
    """The hidden epics."""

    epics: Annotated[list[PlannedEpic], Field(min_length=4, max_length=60)]


class ScheduleCriterion(Criterion):
    """``measure: valid``, or a place between the references ``low`` (earns nothing) and ``high`` (earns everything)."""

    measure: Literal["valid"] | None = None
    low: Name | None = None
    high: Name | None = None


class ScheduleAnswer(Answer):
    """A function of an epic, asked for schedules."""

    keys_class: ClassVar[type[AnswerKeys]] = ScheduleKeys
    asks_a_function: ClassVar[bool] = True

    kind: Literal["schedule"]
    examples: Text
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    criteria: Annotated[list[ScheduleCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Criteria that say neither what they measure nor between what."""
        for place, one in enumerate(self.criteria):
            between = one.low is not None and one.high is not None and one.low != one.high
            if (one.measure is None) != between or (one.measure and (one.low or one.high)):
                yield ("criteria", place), "needs 'measure: valid', or two different references 'low' and 'high'."

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong in the file of public epics."""
        try:
            document, public = load_beside(folder, self.examples, Epics)
        except FileProblems as error:
            return error.problems
        return [
            document.problem(("epics", place, *where), what)
            for place, epic in enumerate(public.epics)
            for where, what in epic.all_problems()
        ]

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Epics that cannot be planned or are public, references that do not differ."""
        assert isinstance(keys, ScheduleKeys)  # noqa: S101 - load_keys picks the class
        public = [epic.data() for epic in load_beside(folder, self.examples, Epics)[1].epics]
        for place, epic in enumerate(keys.epics):
            for where, what in epic.all_problems():
                yield ("epics", place, *where), what
            if epic.data() in public:
                yield ("epics", place), "is among the public epics; take another."
        for one in self.criteria:
            if one.low and one.high and _sum(keys.epics, one.low) <= _sum(keys.epics, one.high):
                yield ("epics",), f"'{one.high}' takes no fewer days over all epics than '{one.low}'; take others."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Asks about every hidden epic twice."""
        keys = context.keys
        assert isinstance(keys, ScheduleKeys)  # noqa: S101 - mark() has checked it
        if (why := self.not_asked(answer, context)) or context.ask is None:
            return self.nothing("There was no function to ask."), why
        try:
            first = _plans(context.ask, keys.epics, self.seconds)
            again = _plans(context.ask, keys.epics[::-1], self.seconds)[::-1]
        except NoDecisions as problem:
            return self.nothing(f"It was asked about {len(keys.epics)} epics. {problem}"), ""
        wrong, days = Counter[str](), list[int]()
        for epic, one, other in zip(keys.epics, first, again, strict=True):
            found = _kind(epic, one) or _kind(epic, other)
            wrong.update([found] if found else [])
            days.append(epic.one_by_one if found else max(length(epic, one.value), length(epic, other.value)))
        return [self._marked_on(criterion, keys.epics, days, wrong) for criterion in self.criteria], ""

    def coach(self, answer: Any, context: Context) -> Coaching:
        """Each public epic: its first fault by name, or its days beside the references'."""
        if handed_in(answer) is None or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), HAND_IN.format(context.name))
        public = load_beside(context.folder, self.examples, Epics)[1].epics
        try:
            first = _plans(context.ask, public, self.seconds)
            again = _plans(context.ask, public[::-1], self.seconds)[::-1]
        except NoDecisions as problem:
            return Coaching(context.name, self.title, self.kind, False, (), str(problem))
        checks = tuple(_check(epic, one) for epic, one in zip(public, first, strict=True))
        ready = all(check.state != "missing" for check in checks)
        unlike = sum(one.value != other.value for one, other in zip(first, again, strict=True))
        if unlike:
            said = f"Asked again in the opposite order, it planned {unlike} of {len(public)} epics otherwise."
            checks += (Check("The same epic, the same plan", "look again", said, "Where you draw lots, seed them."),)
        return Coaching(context.name, self.title, self.kind, ready, checks, "The mark is made on other epics.")

    def _marked_on(
        self, criterion: ScheduleCriterion, epics: Sequence[PlannedEpic], days: Sequence[int], wrong: Counter[str]
    ) -> CriterionMark:
        count, faulty = len(epics), wrong.total()
        if criterion.low is None or criterion.high is None:
            lines = [f"{count - faulty} of {count} plans can be carried out."]
            lines += [f"- On {times} {KINDS[kind]}." for kind, times in wrong.most_common(3)]
            return self.earned(criterion, (count - faulty) / count, "\n".join(lines))
        low, high = _sum(epics, criterion.low), _sum(epics, criterion.high)
        mine, floor = sum(days), sum(epic.bound for epic in epics)
        found = (
            f"Over {count} epics your plans take {number(mine / count)} days on average. "
            f"{CALLED[criterion.low].capitalize()}: {number(low / count)}. "
            f"{CALLED[criterion.high].capitalize()}: {number(high / count)}. "
            f"No plan at all is below {number(floor / count)}."
        )
        if faulty:
            found += f" {faulty} that cannot be carried out count as one task after the other."
        return self.earned(criterion, (low - mine) / (low - high), found)


def _plans(ask: Ask, epics: Sequence[PlannedEpic], seconds: float) -> list[Decision]:
    return in_batches(ask, [epic.data() for epic in epics], seconds, BATCH)


def _sum(epics: Sequence[PlannedEpic], name: Name) -> int:
    return sum(getattr(epic.takes, name) for epic in epics)


def _kind(epic: PlannedEpic, decision: Decision) -> str:
    """The kind of the first fault; empty for a plan that can be carried out."""
    if decision.problem:
        return "raised"
    found = faults(epic, decision.value)
    return found[0][0] if found else ""


def _check(epic: PlannedEpic, decision: Decision) -> Check:
    if decision.problem:
        return Check(epic.label, "missing", f"No plan. {decision.problem}", "Call it on this epic in a cell above.")
    found = faults(epic, decision.value)
    if found:
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        return Check(epic.label, "missing", f"{found[0][1]}{more}", "Mend that first; its length counts afterwards.")
    days, takes = length(epic, decision.value), epic.takes
    said = (
        f"{days} days. As listed {takes.listed}, the longest chain first {takes.critical}, best found {takes.best}; "
        f"no plan is below {epic.bound}."
    )
    if days <= takes.best:
        return Check(epic.label, "fine", said)
    if days < takes.listed:
        return Check(epic.label, "fine", said, "Which task could have waited, and for what did somebody wait instead?")
    return Check(epic.label, "look again", said, "Which task has the most work waiting behind it? Begin with that one.")
