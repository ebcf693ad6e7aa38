"""A policy with declared weights: the learner says what the quarter is for, and is held to that, whatever it is.

In the rubric:

```yaml
quarter:
  kind: declared
  title: Thirteen weeks, by your own weights
  asks: Weights for the four, and a policy that leads the team by them.
  points: 20
  weights: {ship: value, grow: cover, risk: incidents, craft: lead_coding_hours}   # a name for each outcome
  least: 5                 # the least that each of them weighs, of 100; 5 unless said
  field: [round robin, soft hero, "soft hero, batched"]   # whom it is held against, see quarters.reference
  needs: [assign]          # these four as in policy.py
  weeks: 13
  quarters: 32
  seconds: 5
  practice:                # public quarters, of the form in which the hidden ones stand in the key
    - {label: quarters in which somebody leaves, seeds: [1, 2, 3], shocks: [{what: leaves, week: 6, who: Aisha}]}
  criteria:
    - {id: all, measure: all, title: ..., points: 14, reason: ..., next_step: ...}
    - {id: worst, measure: worst, title: ..., points: 6, reason: ..., next_step: ...}
```

In the key file; ``label`` is read by learners, the rest is not:

```yaml
quarter:
  quarters:
    - label: quarters in which somebody leaves
      seeds: [4710000000017, ...]                       # over all groups as many as the rubric's `quarters`
      shocks: [{what: leaves, week: 5, who: Tomasz}]    # away, leaves, outage: as in policy.py
  always: [{what: scope grows, week: 3, epic: 2, tickets: 4}]   # in all of them; may be left out
```

The answer: ``submit("quarter", {"weights": {"ship": 40, ...}, "assign": assign, "pair": pair})``. The weights are whole
numbers that add up to 100. Nothing can show that they were written before the policy; nothing is gained by writing
them after it, either, because of how it is scored.

How a criterion is scored. For each weighted outcome take the mean over the quarters of every reference in ``field`` and
of a team that nobody leads, turned so that more is better; the worst of these means is 0 and the best is 1. On this
scale lies the learner's mean (cut off at 1.5), and for outcomes that come of shipping less it is also multiplied by

    (v / v0 - 1/2) / (1/2), cut to 0 and 1      v: value shipped, v0: that of the team that nobody leads

With w the declared weights and U the weighted sum of these places,

    score = (U - U0) / (U1 - U0), cut to 0 and 1, times relied (policy.py)

where U0 is what the team that nobody leads comes to under the same weights and U1 the best of the field, under the same
weights. So other weights move both ends: no weighting is worth more than another, and a policy earns what it does for
the ends it was written for. Shown beside it: the 95 % interval of the difference to U0, quarter by quarter.

- ``all``: over all hidden quarters.
- ``worst``: the same for the quarters of each group, on the scale of all (the same U1 - U0). The lowest of these earns
  all the points from a half on: with fewer quarters each, luck alone makes one of the groups low.

Where U1 lies no more than 0.02 above U0 there is no scale and nothing can be told: the criterion earns nothing, and the
feedback says so. ``least`` keeps weights away from there; a test over many weightings belongs to each field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from leadgym.marking.model import AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.placing import SAYS, SHIPPED_LESS, amount
from leadgym.marking.policies import (
    NOT_RELIED,
    STEADY,
    HiddenShock,
    Policies,
    Seed,
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
from leadgym.marking.quarters import BATCHED, NO_POLICY, WHOLE, Listener, Played, Quarters, reference
from leadgym.scenario.model import Id, Text
from leadgym.sim import HIGHER_IS_BETTER, REFERENCES, UNITS, interval
from leadgym.sim.numbers import Floats
from leadgym.sim.team import ScopeGrows, Shock
from leadgym.yamlfile import Location, Model

HALF = 0.5
MOST = 1.5
"""How far beyond the best of the field one outcome may count."""
SMALLEST_SPAN = 0.02
_OUTCOMES = [one for one in UNITS if one != "absence_loss"]
NOBODY_LEADS = "the team that nobody leads"


class Group(Model):
    """Quarters in which the same happens. ``label`` completes "in ..."."""

    label: Text
    seeds: Annotated[list[Seed], Field(min_length=2, max_length=30)]
    shocks: list[HiddenShock] = []


class DeclaredKeys(AnswerKeys):
    """The hidden quarters."""

    quarters: Annotated[list[Group], Field(min_length=1, max_length=8)]
    always: list[HiddenShock] = []


class DeclaredCriterion(Criterion):
    """``measure``: over all quarters, or in the group in which it does worst."""

    measure: Literal["all", "worst"]


class DeclaredAnswer(Policies):
    """Weights, and functions that lead the simulated team."""

    keys_class: ClassVar[type[AnswerKeys]] = DeclaredKeys

    kind: Literal["declared"]
    weights: Annotated[dict[Id, Text], Field(min_length=2, max_length=6)]
    least: Annotated[int, Field(ge=1, le=20)] = 5
    field: Annotated[list[Text], Field(min_length=2, max_length=9)]
    practice: Annotated[list[Group], Field(min_length=1, max_length=8)]
    criteria: Annotated[list[DeclaredCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Outcomes and references that do not exist or stand twice, practice quarters that cannot be played."""
        yield from self.needs_problems()
        for name, outcome in self.weights.items():
            if outcome not in _OUTCOMES:
                yield ("weights", name), f"'{outcome}' is none of {listed(_OUTCOMES)}."
        if len(set(self.weights.values())) < len(self.weights):
            yield ("weights",), "an outcome stands twice; keep one."
        for index, name in enumerate(self.field):
            if name.removesuffix(BATCHED) not in REFERENCES or name in self.field[:index]:
                what = f"'{name}' is no reference, or stands twice. There are {listed(list(REFERENCES))}."
                yield ("field", index), what
        yield from self._group_problems(self.practice, "practice")

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Too few quarters, quarters that are public or could be found by trying, shocks that cannot happen."""
        assert isinstance(keys, DeclaredKeys)  # noqa: S101 - load_keys picks the class
        seeds = [seed for group in keys.quarters for seed in group.seeds]
        if len(seeds) != self.quarters:
            told = f"have {len(seeds)} seeds, but the rubric plays {self.quarters} quarters. Make them equal."
            yield ("quarters",), told
        public = {seed for group in self.practice for seed in group.seeds}
        for index, group in enumerate(keys.quarters):
            for place, seed in enumerate(group.seeds):
                if problem := seed_problem(seed, public):
                    yield ("quarters", index, "seeds", place), problem
        yield from self._group_problems(keys.quarters, "quarters")
        for index, shock in enumerate(keys.always):
            if what := shock.problem(self.weeks):
                yield ("always", index), what

    def _group_problems(self, groups: Sequence[Group], at: str) -> Iterator[tuple[Location, str]]:
        seeds = [seed for group in groups for seed in group.seeds]
        if len(set(seeds)) < len(seeds):
            yield (at,), "a quarter stands twice; keep one."
        for index, group in enumerate(groups):
            for place, shock in enumerate(group.shocks):
                problem = shock.problem(self.weeks)
                if shock.what in ("scope grows", "joins"):
                    problem = f"'{shock.what}' cannot happen in some quarters only; put it under 'always' in the key."
                if problem:
                    yield (at, index, "shocks", place), problem

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Plays the hidden quarters and places them under the declared weights."""
        keys = context.keys
        assert isinstance(keys, DeclaredKeys)  # noqa: S101 - mark() has checked it
        parts = functions(answer)
        weights, problem = self.read_weights(answer)
        if problem := self.missing(parts, context.name) or problem:
            return self.nothing("There was nothing to play."), problem
        if context.ask is None:
            return self.nothing("There was nothing to play."), "The notebook's process was not there to be asked."
        quarters = self.quarters_of(keys.quarters, keys.always)
        listener = Listener(context.ask, asked_parts(parts, answer), self.seconds)
        played = listener.play(quarters)
        relied, said = self.relied(listener)
        if relied == 0:
            return self.nothing(NOT_RELIED), joined(*said, *wrong(listener))
        placed = self.placed(played, quarters, weights, keys.quarters)
        marks = []
        for criterion in self.criteria:
            score, found = placed.whole if criterion.measure == "all" else placed.worst
            score = score * relied if score > 0 else score
            marks.append(self.earned(criterion, score, joined(found, *cut_to(relied))))
        note = joined(*said, *placed.told, *wrong(listener), *own_copy(parts), *start_here(marks))
        return marks, note

    def coach(self, answer: Any, context: Context) -> Coaching:
        """The practice quarters, played where the policy is."""
        parts = functions(answer)
        weights, problem = self.read_weights(answer)
        problem = self.missing(parts, context.name) or problem
        if problem or context.ask is None:
            said = problem or "There was no function to ask."
            return Coaching(context.name, self.title, self.kind, False, (), said)
        quarters = self.quarters_of(self.practice, ())
        share = len(quarters.seeds) / self.quarters
        names = asked_parts(parts, answer)
        listener = Listener(timed(context.ask), names, self.seconds * share, WHOLE * share, wordless=False)
        played = listener.play(quarters)
        relied, said_ = self.relied(listener)
        checks: list[Check] = []
        note = [f"{len(quarters.seeds)} practice quarters. The mark is made on {self.quarters} others."]
        if relied:
            placed = self.placed(played, quarters, weights, self.practice)
            note += placed.told
            for criterion in self.criteria:
                score, found = placed.whole if criterion.measure == "all" else placed.worst
                open_ = score < 1
                next_step = criterion.next_step if open_ else ""
                checks.append(Check(criterion.title, "look again" if open_ else "fine", found, next_step))
        else:
            note.append(NOT_RELIED)
        checks += [
            decided(listener),
            Check("The same morning, the same decision", "look again" if said_ else "fine", joined(*said_) or STEADY),
            self.quick(listener, len(quarters.seeds)),
        ]
        ready = all(listener.usable(part) > 0 for part in self.needs)
        return Coaching(context.name, self.title, self.kind, ready, tuple(checks), joined(*note))

    def read_weights(self, answer: Any) -> tuple[dict[str, int], str]:
        """The declared weights, or none and what is wrong with them."""
        given = answer.get("weights") if isinstance(answer, Mapping) else None
        names = listed(list(self.weights))
        if not isinstance(given, Mapping) or set(given) != set(self.weights):
            return {}, f"The weights for {names} are missing. Hand them in with the functions, under 'weights'."
        whole = [one for one in given.values() if isinstance(one, int) and not isinstance(one, bool)]
        if len(whole) < len(given) or min(whole) < self.least or sum(whole) != 100:
            return {}, f"The weights ({names}) have to be whole numbers of at least {self.least} that add up to 100."
        return {name: given[name] for name in self.weights}, ""

    def quarters_of(self, groups: Sequence[Group], shocks: Sequence[HiddenShock]) -> Quarters:
        """All the groups' quarters side by side, each with what happens in it."""
        seeds: list[int] = []
        happens: list[Shock] = [shock.shock() for shock in shocks]
        for group in groups:
            runs = tuple(range(len(seeds), len(seeds) + len(group.seeds)))
            for one in group.shocks:
                shock = one.shock()
                happens.append(shock if isinstance(shock, ScopeGrows) else _only(shock, runs))
            seeds += group.seeds
        return Quarters(tuple(seeds), self.weeks, tuple(happens))

    def placed(self, played: Played, quarters: Quarters, weights: Mapping[str, int], groups: Sequence[Group]) -> Placed:
        """Where ``played`` lies under ``weights``, over all quarters and in the group where it does worst."""
        everybody = {name: reference(name, quarters) for name in (NO_POLICY, *self.field)}
        sums = Sums(self.weights, weights, everybody)
        first, by_group = 0, []
        for group in groups:
            which = slice(first, first + len(group.seeds))
            first += len(group.seeds)
            by_group.append((*sums.score(played, which), group.label))
        lowest, found, label = min(by_group, key=lambda one: one[0])
        found = f"It does worst in {label}. {found}"
        if len(by_group) > 1:
            others = "; ".join(f"in {name} {_share(score)}" for score, _, name in by_group if name != label)
            found = f"{found}\nOtherwise: {others}."
        return Placed(sums.score(played), (lowest / HALF, found), sums.told(played))


@dataclass(frozen=True)
class Placed:
    """Scores with what was found, and the outcomes one by one, a line each."""

    whole: tuple[float, str]
    worst: tuple[float, str]
    told: tuple[str, ...]


class Sums:
    """What quarters come to under weights, on the scale that the field spans over all of them."""

    def __init__(self, outcomes: Mapping[str, str], weights: Mapping[str, int], field: Mapping[str, Played]) -> None:
        self._outcomes, self._weights, self._field = outcomes, weights, field
        self._ends: dict[str, tuple[float, float]] = {}
        for outcome in outcomes.values():
            means = [float(_turned(one, outcome).mean()) for one in field.values()]
            self._ends[outcome] = min(means), max(means)
        self.comes_to = {name: self.of(one) for name, one in field.items()}
        """A number a quarter for everybody in the field."""

    def of(self, played: Played) -> Floats:
        """The weighted sum, a number a quarter."""
        total = np.zeros(len(played.numbers["value"]))
        for name, outcome in self._outcomes.items():
            total = total + self._weights[name] / 100 * self._place(played, outcome)
        return np.asarray(total)

    @property
    def best(self) -> str:
        """Who comes to most under these weights."""
        return max(self.comes_to, key=lambda name: float(self.comes_to[name].mean()))

    @property
    def span(self) -> float:
        """How far the best lies above the team that nobody leads."""
        return float(self.comes_to[self.best].mean() - self.comes_to[NO_POLICY].mean())

    def score(self, played: Played, which: slice = slice(None)) -> tuple[float, str]:
        """The score over the quarters ``which``, before it is cut, and the sentences to it."""
        if self.span < SMALLEST_SPAN:
            return 0.0, "Under these weights the field cannot be told apart, so no place in it means anything."
        zero, best, own = (one[which] for one in (self.comes_to[NO_POLICY], self.comes_to[self.best], self.of(played)))
        at = interval((own - zero) / self.span)
        mine, none, most = (float(one.mean()) for one in (own, zero, best))
        where = (
            f"By your weights {NOBODY_LEADS} comes to {none:.2f} there and {self.best}, over all quarters the best of "
            f"{len(self._field)}, to {most:.2f}; you come to {mine:.2f}. Of the way between these two, over all "
            f"quarters, you have gone {_share(at.mean)} ({_share(at.low)} to {_share(at.high)} over {at.n})."
        )
        return at.mean, where

    def told(self, played: Played) -> tuple[str, ...]:
        """Each outcome with its weight: yours, and who of the field is best at it."""
        lines = []
        for name, outcome in self._outcomes.items():
            ahead = max(self._field, key=lambda one: float(_turned(self._field[one], outcome).mean()))
            mine, theirs = (float(one.numbers[outcome].mean()) for one in (played, self._field[ahead]))
            said = SAYS[outcome].format(amount(mine))
            ahead = NOBODY_LEADS if ahead == NO_POLICY else ahead
            lines.append(f"- {name} ({self._weights[name]} of 100): {said}; at best {amount(theirs)} ({ahead}).")
        return tuple(lines)

    def _place(self, played: Played, outcome: str) -> Floats:
        low, high = self._ends[outcome]
        if high - low <= 0:
            return np.zeros(len(played.numbers[outcome]))
        placed = (_turned(played, outcome) - low) / (high - low)
        if outcome in SHIPPED_LESS and placed.mean() > 0:
            wanted, shipped = (float(one.numbers["value"].mean()) for one in (self._field[NO_POLICY], played))
            placed = placed * min(1.0, max(0.0, 2 * shipped / wanted - 1) if wanted > 0 else 1.0)
        over = placed.mean() - MOST
        return np.asarray(placed - over if over > 0 else placed)


def _turned(played: Played, outcome: str) -> Floats:
    """A number a quarter, more of which is better."""
    numbers: Floats = played.numbers[outcome]
    return numbers if HIGHER_IS_BETTER[outcome] else -numbers


def _only(shock: Any, runs: tuple[int, ...]) -> Shock:
    changed: Shock = replace(shock, runs=runs)
    return changed


def _share(share: float) -> str:
    whole = round(100 * share)
    return f"{whole} %" if whole >= 0 else f"\N{MINUS SIGN}{-whole} %"
