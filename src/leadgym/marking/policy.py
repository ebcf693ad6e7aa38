"""Policies: the learner hands in functions that lead a simulated team, and the quarters they make are compared.

In the rubric:

```yaml
policy:
  kind: policy
  title: Thirteen weeks on your policy
  asks: A policy for the Ledger team, as a dict of functions.
  points: 16
  needs: [assign]          # parts without which nothing is marked; [assign] unless said
  weeks: 13                # 13 unless said
  quarters: 30             # how many hidden quarters are played, 10 to 60; 30 unless said
  practice: [1, 2, 3, 4, 5, 6, 7, 8]   # public seeds: the quarters that coaching plays
  away_from: 6             # the week from which you are away for four; 6 unless said
  seconds: 5               # one question over all quarters may take; 5 unless said
  criteria:
    - id: value
      outcome: value       # see below
      low: round robin     # what earns nothing ...
      high: 60/40 with one paired stretch      # ... and what earns all the points
      title: Finished epics
      points: 6
      reason: ...
      next_step: ...
    - {id: away, outcome: value_away, low: round robin, high: 60/40 with one paired stretch, title: ..., points: 4, ...}
```

``outcome`` is one of `leadgym.sim.UNITS` (value, predictability, growth, incidents, lead_coding_hours, blocked_hours,
review_p50, review_p90, cycle_p85, cover, known_twice, read_ably, absence_loss) or ``value_away``: the value of a
quarter in which you are away for four weeks. ``low`` and ``high`` are names in `quarters.NAMED`: the references of
`leadgym.sim`; ``no policy``, which is what the team does by itself (two open each); ``a limit of 1`` to ``a limit of
5``, the same with so many; and ``one moving each``, which gives nobody a second ticket while their first can be worked
on.

In the key file:

```yaml
policy:
  seeds: [4710000000017, 4710000000188, ...]   # `quarters` of them, each at least 10**9, none public
  shocks:                                      # for everybody, the references too; may be left out
    - {what: leaves, week: 5, who: Tomasz}     # away (with `weeks`), leaves, joins; `who` is a name of the team
    - {what: scope grows, week: 3, epic: 2, tickets: 4}
    - {what: outage, week: 6, domain: ledger, hours: 24}
```

The answer is ``submit("policy", {"assign": assign, "pair": pair})``, keys among `leadgym.sim.PARTS`;
``submit("policy", assign)`` is a policy of ``assign`` alone.

How a criterion is scored: the policy plays every hidden quarter, and where a criterion needs it once more with you
away. With m, l, h the means over the quarters of yours, ``low``'s and ``high``'s,

    score = (m - l) / (h - l), cut to 0 and 1, times relied

and the 95 % interval of m - l, quarter by quarter, divided by the same h - l, is shown beside it. ``relied`` is

    the smallest share, over the parts in ``needs``, of questions that got a decision which could be used
    x the smallest share, over all parts, of a sample of questions that got the same decision when asked again

so the default that stands in for what is missing earns nothing, nor does what cannot be repeated. Outcomes that a team
gets by shipping less (incidents, absence_loss, blocked_hours, waits, predictability) are also multiplied by

    (v / v_low - 1/2) / (1/2), cut to 0 and 1        v: value, v_low: that of ``low``

A policy that takes longer than ``seconds`` for one question, or WHOLE seconds in all, is not asked again for that part.

What a policy can still do: its kernel may import `leadgym.sim` and think ahead with luck of its own. That is planning,
and allowed. It meets neither the hidden seeds (too large to be found by trying) nor the simulation that counts, which
runs where the marker is: patching its own copy changes nothing.

Choosing references: on the hidden quarters ``high`` has to be clearly better than ``low`` (the 95 % interval of their
difference leaves out 0), or nothing is marked and the criterion is named. Growth alone is won by throwing people in at
the deep end (round robin and drawing lots beat 60/40 on it); ``cover`` asks whether they learned what the work needs.
A soft hero is not beaten on value within a quarter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.model import AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.placing import Scale, amount
from leadgym.marking.policies import (
    HAND_IN,
    NOT_RELIED,
    STEADY,
    HiddenShock,
    Policies,
    Seed,
    Week,
    asked_parts,
    cut_to,
    decided,
    functions,
    joined,
    listed,
    own_copy,
    seed_problem,
    start_here,
    timed,
    wrong,
)
from leadgym.marking.quarters import NAMED, OUTCOMES, WHOLE, Listener, Played, Quarters, reference
from leadgym.scenario.model import Text
from leadgym.sim import compare, weeks_between
from leadgym.sim.team import Shock
from leadgym.yamlfile import FileProblems, Location

AWAY_WEEKS = 4


class PolicyKeys(AnswerKeys):
    """The hidden quarters."""

    seeds: Annotated[list[Seed], Field(min_length=1)]
    shocks: list[HiddenShock] = []


class PolicyCriterion(Criterion):
    """``outcome`` is placed between the references ``low`` (earns nothing) and ``high`` (earns everything)."""

    outcome: Text
    low: Text
    high: Text


class PolicyAnswer(Policies):
    """Functions that lead the simulated team, one for each part of a policy."""

    keys_class: ClassVar[type[AnswerKeys]] = PolicyKeys

    kind: Literal["policy"]
    practice: Annotated[list[Seed], Field(min_length=2, max_length=30)]
    away_from: Week = 6
    criteria: Annotated[list[PolicyCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Names that do not exist, references that are one and the same, practice quarters that stand twice."""
        yield from self.needs_problems()
        if len(set(self.practice)) < len(self.practice):
            yield ("practice",), "a quarter stands twice; keep one."
        names = tuple(NAMED)
        for index, criterion in enumerate(self.criteria):
            if criterion.outcome not in OUTCOMES:
                yield ("criteria", index, "outcome"), f"'{criterion.outcome}' is none of {listed(OUTCOMES)}."
            for end in ("low", "high"):
                if getattr(criterion, end) not in names:
                    yield (
                        ("criteria", index, end),
                        f"'{getattr(criterion, end)}' is no reference. There are {listed(names)}.",
                    )
            if criterion.low == criterion.high:
                yield ("criteria", index, "high"), "is the same as 'low'; take another."
        if self._plays_away and self.away_from + AWAY_WEEKS - 1 > self.weeks:
            yield ("away_from",), f"four weeks from there end after week {self.weeks}; take an earlier one."

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Too few quarters, quarters that are public or could be found by trying, shocks that cannot happen."""
        assert isinstance(keys, PolicyKeys)  # noqa: S101 - load_keys picks the class
        if len(keys.seeds) != self.quarters:
            yield ("seeds",), f"are {len(keys.seeds)}, but the rubric plays {self.quarters} quarters. Make them equal."
        if len(set(keys.seeds)) < len(keys.seeds):
            yield ("seeds",), "one stands twice; keep one."
        for index, seed in enumerate(keys.seeds):
            if problem := seed_problem(seed, self.practice):
                yield ("seeds", index), problem
        for index, shock in enumerate(keys.shocks):
            if what := shock.problem(self.weeks):
                yield ("shocks", index), what

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Plays the hidden quarters. Raises FileProblems when ``high`` comes out not clearly better than ``low``."""
        keys = context.keys
        assert isinstance(keys, PolicyKeys)  # noqa: S101 - mark() has checked it
        parts = functions(answer)
        if problem := self.missing(parts, context.name):
            return self.nothing("There was no policy to play."), problem
        if context.ask is None:
            return self.nothing("There was no policy to play."), "The notebook's process was not there to be asked."
        quarters = self._quarters(tuple(keys.seeds), tuple(shock.shock() for shock in keys.shocks))
        places = [self._scale(criterion, quarters) for criterion in self.criteria]
        listener = Listener(context.ask, asked_parts(parts, answer), self.seconds)
        played = listener.play(quarters)
        relied, said = self.relied(listener)
        if relied == 0:
            return self.nothing(NOT_RELIED), joined(*said, *wrong(listener))
        marks = []
        for criterion, scale in zip(self.criteria, places, strict=True):
            placed = scale.place(played)
            score = placed.score * relied if placed.score > 0 else placed.score
            marks.append(self.earned(criterion, score, joined(placed.found, *placed.cut, *cut_to(relied))))
        lines = [*said, self._lost(played, quarters), *wrong(listener), *own_copy(parts)]
        return marks, joined(*lines, *start_here(marks))

    def coach(self, answer: Any, context: Context) -> Coaching:
        """The practice quarters, played where the policy is."""
        parts = functions(answer)
        if (problem := self.missing(parts, context.name)) or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), problem or HAND_IN.format(context.name))
        quarters = self._quarters(tuple(self.practice), ())
        share = len(self.practice) / self.quarters
        listener = Listener(
            timed(context.ask), asked_parts(parts, answer), self.seconds * share, WHOLE * share, wordless=False
        )
        played = listener.play(quarters)
        relied, said = self.relied(listener)
        checks = [
            *(self._placed(played, quarters) if relied else []),
            decided(listener),
            Check("The same morning, the same decision", "look again" if said else "fine", joined(*said) or STEADY),
            self.quick(listener, len(self.practice), 2 if self._plays_away else 1),
        ]
        note = joined(
            f"{len(self.practice)} practice quarters. The mark is made on {self.quarters} others.",
            self._lost(played, quarters) if relied else NOT_RELIED,
        )
        ready = all(listener.usable(part) > 0 for part in self.needs)
        return Coaching(context.name, self.title, self.kind, ready, tuple(checks), note)

    @property
    def _plays_away(self) -> bool:
        return any(criterion.outcome in ("absence_loss", "value_away") for criterion in self.criteria)

    def _quarters(self, seeds: tuple[int, ...], shocks: tuple[Shock, ...]) -> Quarters:
        return Quarters(seeds, self.weeks, shocks, self.away_from if self._plays_away else None)

    def _scale(self, criterion: PolicyCriterion, quarters: Quarters) -> Scale:
        scale = self._between(criterion, quarters)
        if not scale.clear:
            raise FileProblems(
                [
                    f"criterion '{criterion.id}': on the hidden quarters '{criterion.high}' is not clearly better than "
                    f"'{criterion.low}' on {criterion.outcome}. Choose other references, or play more quarters."
                ]
            )
        return scale

    def _between(self, criterion: PolicyCriterion, quarters: Quarters) -> Scale:
        return Scale(
            criterion.outcome,
            criterion.low,
            criterion.high,
            reference(criterion.low, quarters),
            reference(criterion.high, quarters),
        )

    def _placed(self, played: Played, quarters: Quarters) -> list[Check]:
        """Each criterion on the practice quarters; the one with most to gain says what to try."""
        scales = [self._between(criterion, quarters) for criterion in self.criteria]
        scores = [scale.place(played).score if scale.span else 0.0 for scale in scales]
        left = [c.points * (1 - min(1.0, max(0.0, score))) for c, score in zip(self.criteria, scores, strict=True)]
        checks = []
        for criterion, scale, open_ in zip(self.criteria, scales, left, strict=True):
            if scale.span:
                placed = scale.place(played)
                found = joined(placed.found, *placed.cut)
            else:
                found = f"{scale.told(played)} On these practice quarters the two cannot be told apart."
            next_step = criterion.next_step if open_ > 0 and open_ == max(left) else ""
            checks.append(Check(criterion.title, "look again" if open_ > 0 else "fine", found, next_step))
        return checks

    def _lost(self, played: Played, quarters: Quarters) -> str:
        """To which of the rubric's references most value is lost, and in which kind of week."""
        names = list(dict.fromkeys(name for one in self.criteria for name in (one.high, one.low)))
        others = {name: reference(name, quarters) for name in names}
        gaps = {name: compare(played.numbers, other.numbers)["value"] for name, other in others.items()}
        name = min(gaps, key=lambda one: gaps[one].mean)
        gap = gaps[name]
        if gap.high >= 0:
            return f"None of the references ({listed(names)}) ships clearly more in finished epics than your policy."
        line = f"You lose most to {name}: {amount(-gap.mean)} planned hours of finished epics a quarter"
        line += f" ({amount(-gap.high)} to {amount(-gap.low)})."
        kinds = [one for one in weeks_between(played.result, others[name].result) if one.difference.high < 0]
        if kinds:
            worst = kinds[0].difference
            line += f" The gap is widest in {kinds[0].kind}: there you ship {amount(-worst.mean)} planned hours less"
            line += f" a week ({amount(-worst.high)} to {amount(-worst.low)})."
        return line
