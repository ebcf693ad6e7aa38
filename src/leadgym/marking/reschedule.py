"""Re-schedulers: the learner hands in a function that moves meetings, and it is given weeks it has not seen.

In the rubric:

```yaml
reschedule:
  kind: reschedule
  title: A week with mornings in it
  asks: A function that takes a week of meetings (a dict) and returns what it moves and where to.
  points: 30
  practice:                          # public weeks, by seed, and what the reference wins in each
    - {seed: 11, won: 360}
  full: 0.9                          # which share of the reference's minutes earns all the points; 0.9 unless said
  seconds: 30                        # what all the weeks together may take; 30 unless said
  criteria:
    - {id: holds, measure: holds, title: ..., points: 8, reason: ..., next_step: ...}
    - {id: won, measure: won, title: ..., points: 12, reason: ..., next_step: ...}
    - {id: paid, measure: paid, title: ..., points: 10, reason: ..., next_step: ...}
```

In the key file, what the reference wins in each hidden week, and what the same search takes from others when it does
not look at them (``grader/make_weeks.py`` computes both, by a search that is not part of the package):

```yaml
reschedule:
  weeks:
    - {seed: 4710000000017, won: 435, lost: 15, selfish_won: 450, selfish_lost: 240}
```

A week and a proposal are as in `leadgym.sim.meetings`; the answer is ``submit("reschedule", reschedule)``. Every week
is put to the function once, and a few of them again in the opposite order. A week counts as *held* when the proposal
can be put into everybody's calendar, wins you something, and is the same when asked again. How each measure is scored,
over all weeks (a week that is not held has won and lost nothing):

- ``holds``: the share of weeks that are held. Moving nothing holds nothing.
- ``won``: minutes won, as a share of the reference's, over ``full``.
- ``paid``: with r = minutes lost by others / minutes won, (r_selfish - r) / (r_selfish - r_reference) over ``full``,
  times the share of ``full / 2`` that is won, so that winning little is not cheap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.asking import HAND_IN, Ask, Decision, NoDecisions, decisions, handed_in
from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.placing import percent
from leadgym.sim.meetings import Outcome, draw_week, outcome
from leadgym.yamlfile import Location, Model

SMALLEST_SEED = 10**9
AGAIN = 4
"""How many weeks are asked about a second time."""
_SHOWN = 4

Seed = Annotated[int, Field(ge=0, le=2**53)]
Won = Annotated[int, Field(gt=0)]
Minutes = Annotated[int, Field(ge=0)]


class PracticeWeek(Model):
    """A public week, and what the reference wins in it."""

    seed: Seed
    won: Won


class HiddenWeek(Model):
    """A hidden week: what the reference wins and takes from others, and what it does when it does not look at them."""

    seed: Seed
    won: Won
    lost: Minutes
    selfish_won: Won
    selfish_lost: Minutes


class RescheduleKeys(AnswerKeys):
    """The hidden weeks."""

    weeks: Annotated[list[HiddenWeek], Field(min_length=6, max_length=40)]


class RescheduleCriterion(Criterion):
    """``measure``: ``holds``, ``won`` or ``paid``."""

    measure: Literal["holds", "won", "paid"]


@dataclass(frozen=True)
class Played:
    """What a function made of its weeks."""

    outcomes: tuple[Outcome, ...]
    held: tuple[bool, ...]
    wrong: Counter[str]

    @property
    def won(self) -> int:
        """Minutes won in the weeks that are held."""
        return sum(one.won for one, held in zip(self.outcomes, self.held, strict=True) if held)

    @property
    def lost(self) -> int:
        """Minutes that others lost in them."""
        return sum(one.lost for one, held in zip(self.outcomes, self.held, strict=True) if held)


class RescheduleAnswer(Answer):
    """A function that moves meetings, put to weeks it has not seen."""

    keys_class: ClassVar[type[AnswerKeys]] = RescheduleKeys
    asks_a_function: ClassVar[bool] = True

    kind: Literal["reschedule"]
    practice: Annotated[list[PracticeWeek], Field(min_length=1, max_length=10)]
    full: Annotated[float, Field(gt=0, le=1)] = 0.9
    seconds: Annotated[float, Field(gt=0, le=120)] = 30.0
    criteria: Annotated[list[RescheduleCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Practice weeks that stand twice."""
        if len({one.seed for one in self.practice}) < len(self.practice):
            yield ("practice",), "a week stands twice; keep one."

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Weeks that are public or can be found by trying, and weeks in which nobody's care makes a difference."""
        assert isinstance(keys, RescheduleKeys)  # noqa: S101 - load_keys picks the class
        public = {one.seed for one in self.practice}
        seen: set[int] = set()
        for index, week in enumerate(keys.weeks):
            if week.seed in public or week.seed in seen:
                yield ("weeks", index, "seed"), f"{week.seed} stands elsewhere too; take another."
            elif week.seed < SMALLEST_SEED:
                yield ("weeks", index, "seed"), f"can be found by trying; take one of at least {SMALLEST_SEED}."
            seen.add(week.seed)
        reference, selfish = _ratios(keys)
        if selfish - reference < 0.1:
            yield ("weeks",), "the selfish search takes hardly more from others than the reference; take other weeks."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Puts the hidden weeks to the function."""
        keys = context.keys
        assert isinstance(keys, RescheduleKeys)  # noqa: S101 - mark() has checked it
        if handed_in(answer) is None or context.ask is None:
            return self.nothing("There was no function to ask."), HAND_IN.format(context.name)
        try:
            played = play(context.ask, [one.seed for one in keys.weeks], self.seconds)
        except NoDecisions as problem:
            return self.nothing(f"It was given {len(keys.weeks)} weeks. {problem}"), ""
        marks = []
        for criterion in self.criteria:
            score, found = self._score(criterion.measure, played, keys)
            marks.append(self.earned(criterion, score, found))
        return marks, ""

    def coach(self, answer: Any, context: Context) -> Coaching:
        """The practice weeks, one by one."""
        if handed_in(answer) is None or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), HAND_IN.format(context.name))
        try:
            played = play(context.ask, [one.seed for one in self.practice], self.seconds, worded=True)
        except NoDecisions as problem:
            return Coaching(context.name, self.title, self.kind, False, (), str(problem))
        lines = [
            f"- Practice week {one.seed}: {_told(result, held)}; the reference wins {one.won}."
            for one, result, held in zip(self.practice, played.outcomes, played.held, strict=True)
        ]
        all_held = all(played.held)
        of = sum(one.won for one in self.practice)
        checks = (
            Check("The weeks", "fine" if all_held else "look again", "\n".join([*lines, *_wrong(played)])),
            Check(
                "What you win",
                "fine" if played.won >= self.full * of else "look again",
                f"{played.won} of the reference's {of} focus minutes; {percent(self.full)} of them earn everything.",
                "" if played.won >= self.full * of else "Try each place for each meeting, keep the best move, repeat.",
            ),
            Check(
                "Who pays",
                "fine" if played.lost <= 0.1 * played.won else "look again",
                f"The others lose {played.lost} focus minutes.",
                "" if played.lost <= 0.1 * played.won else "Take what they lose off what you win before you compare.",
            ),
        )
        return Coaching(context.name, self.title, self.kind, any(played.held), checks, _NOTE)

    def _score(self, measure: str, played: Played, keys: RescheduleKeys) -> tuple[float, str]:
        of, weeks = sum(one.won for one in keys.weeks), len(keys.weeks)
        share = played.won / of
        if measure == "holds":
            held = sum(played.held)
            found = f"{held} of {weeks} weeks: nothing breaks, and something is won."
            return held / weeks, "\n".join([found, *_wrong(played)])
        if measure == "won":
            found = f"You win {played.won} focus minutes in {weeks} weeks, the reference {of}: {percent(share)}."
            return share / self.full, f"{found} {percent(self.full)} of it earn everything."
        reference, selfish = _ratios(keys)
        if played.won <= 0:
            return 0.0, "Nothing is won, so nobody paid for anything."
        ratio = played.lost / played.won
        found = (
            f"For each hour you win, others lose {60 * ratio:.0f} minutes. The reference takes {60 * reference:.0f}, "
            f"and the same search without a look at the others {60 * selfish:.0f}, which earns nothing."
        )
        enough = min(1.0, share / (self.full / 2))
        if enough < 1:
            found += f" You win little, so this counts for {percent(enough)}."
        return min(1.0, (selfish - ratio) / (selfish - reference) / self.full) * enough, found


_NOTE = "The mark is made on other weeks of the same form. The reference is a good search, and not proven best."


def play(ask: Ask, seeds: Sequence[int], seconds: float, *, worded: bool = False) -> Played:
    """``seeds``' weeks, put to a function. Raises NoDecisions. ``worded``: its own errors are quoted."""
    weeks = [draw_week(seed) for seed in seeds]
    first = decisions(ask, weeks, seconds)
    again = decisions(ask, weeks[:AGAIN][::-1], seconds)[::-1]
    outcomes, held, wrong = [], [], Counter[str]()
    for index, (week, decision) in enumerate(zip(weeks, first, strict=True)):
        steady = index >= len(again) or _value(decision) == _value(again[index])
        result = Outcome(0, 0, 0, ()) if decision.problem else outcome(week, decision.value)
        if decision.problem:
            wrong[_fault(decision, worded)] += 1
        elif result.problems:
            # Titles and hours of a hidden week stay where they are.
            wrong[result.problems[0] if worded else _kind(result.problems[0])] += 1
        elif not steady:
            wrong["It proposed something else when it was asked again."] += 1
        elif result.won <= 0:
            wrong["Nothing is won." if result.won == 0 else "You have less after it than before."] += 1
        outcomes.append(result)
        held.append(not decision.problem and not result.problems and steady and result.won > 0)
    return Played(tuple(outcomes), tuple(held), wrong)


def _value(decision: Decision) -> Any:
    return decision.problem or decision.value


def _fault(decision: Decision, worded: bool) -> str:
    if worded:
        return f"It ended in an error: {decision.problem}"
    return f"It raised {decision.raised}." if decision.raised else "It raised an error, or returned what is no data."


def _kind(problem: str) -> str:
    if problem.endswith("is the most."):
        return "It moves more meetings than may be moved."
    said = problem.rpartition(": ")[2]
    said = "it is needed earlier." if said.startswith("it is needed by") else said
    return said[:1].upper() + said[1:]


def _wrong(played: Played) -> list[str]:
    return [f"- In {count} of {len(played.held)}: {what}" for what, count in played.wrong.most_common(_SHOWN)]


def _told(result: Outcome, held: bool) -> str:
    if result.problems:
        return result.problems[0].rstrip(".")
    said = f"{result.moves} moved, {result.won} minutes won, {result.lost} lost by others"
    return said if held else f"{said}, which does not count"


def _ratios(keys: RescheduleKeys) -> tuple[float, float]:
    """What others lose for each minute won: the reference, and the search that does not look."""
    return (
        sum(one.lost for one in keys.weeks) / sum(one.won for one in keys.weeks),
        sum(one.selfish_lost for one in keys.weeks) / sum(one.selfish_won for one in keys.weeks),
    )
