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
review_p50, review_p90, cover, known_twice, read_ably, absence_loss) or ``value_away``, the value of a quarter in which
you are away for four weeks. ``low`` and ``high`` are names in `quarters.NAMED`, or ``no policy``: what the
team does by itself.

In the key file:

```yaml
policy:
  seeds: [4710000000017, 4710000000188, ...]   # `quarters` of them, each at least 10**9, none public
  shocks:                                      # for everybody, the references too; may be left out
    - {what: leaves, week: 5, who: Tomasz}     # away (with `weeks`), leaves, joins; `who` is a name of the team
    - {what: scope grows, week: 3, epic: 2, tickets: 4}
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

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.asking import Ask, HandedIn, NoDecisions, handed_in, parts_handed_in
from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.placing import Scale, amount, percent
from leadgym.marking.quarters import NAMED, NO_POLICY, OUTCOMES, WHOLE, Listener, Played, Quarters, reference
from leadgym.marking.show import number
from leadgym.scenario.model import Text
from leadgym.sim import PARTS, compare, weeks_between
from leadgym.sim.team import Away, Joins, Leaves, ScopeGrows, Shock, ledger_team
from leadgym.yamlfile import FileProblems, Location, Model

SMALLEST_SEED = 10**9
LARGEST_SEED = 2**53
AWAY_WEEKS = 4
_PROBLEMS = 3

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Week = Annotated[int, Field(ge=1, le=26)]


class HiddenShock(Model):
    """Something that happens to the team in every hidden quarter. ``who`` is a name of the team."""

    what: Literal["away", "leaves", "joins", "scope grows"]
    week: Week
    weeks: Annotated[int, Field(ge=1, le=26)] | None = None
    who: Text | None = None
    epic: Annotated[int, Field(ge=1)] | None = None
    tickets: Annotated[int, Field(ge=1, le=20)] | None = None

    def problem(self, weeks: int) -> str | None:
        """What is wrong with it, and the mend."""
        needs = {"away": {"weeks", "who"}, "scope grows": {"epic", "tickets"}}.get(self.what, {"who"})
        given = self.model_fields_set - {"what", "week"}
        names = ledger_team().names
        if given != needs:
            return f"'{self.what}' goes with 'week' and {_listed(sorted(needs))}; correct the others."
        if self.week > weeks:
            return f"is in week {self.week} of {weeks}; take an earlier one."
        if self.who is not None and self.who not in names:
            return f"'{self.who}' is not in the team. It has {_listed(names)}."
        if self.epic is not None and self.epic > ledger_team().epics:
            return f"there are {ledger_team().epics} epics; take one of them."
        return None

    def shock(self) -> Shock:
        """As the simulation has it."""
        who = ledger_team().names.index(self.who) if self.who else 0
        if self.what == "away":
            return Away(self.week, self.weeks or 1, who)
        if self.what == "scope grows":
            return ScopeGrows(self.week, self.epic or 1, self.tickets or 1)
        return Leaves(self.week, who) if self.what == "leaves" else Joins(self.week, who)


class PolicyKeys(AnswerKeys):
    """The hidden quarters."""

    seeds: Annotated[list[Seed], Field(min_length=1)]
    shocks: list[HiddenShock] = []


class PolicyCriterion(Criterion):
    """``outcome`` is placed between the references ``low`` (earns nothing) and ``high`` (earns everything)."""

    outcome: Text
    low: Text
    high: Text


class PolicyAnswer(Answer):
    """Functions that lead the simulated team, one for each part of a policy."""

    keys_class: ClassVar[type[AnswerKeys]] = PolicyKeys
    asks_a_function: ClassVar[bool] = True
    asks_parts: ClassVar[bool] = True

    kind: Literal["policy"]
    needs: Annotated[list[Text], Field(min_length=1)] = ["assign"]
    weeks: Annotated[int, Field(ge=4, le=26)] = 13
    quarters: Annotated[int, Field(ge=10, le=60)] = 30
    practice: Annotated[list[Seed], Field(min_length=2, max_length=30)]
    away_from: Week = 6
    seconds: Annotated[float, Field(gt=0, le=WHOLE)] = 5.0
    criteria: Annotated[list[PolicyCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Names that do not exist, references that are one and the same, practice quarters that stand twice."""
        for index, part in enumerate(self.needs):
            if part not in PARTS:
                yield ("needs", index), f"'{part}' is no part of a policy. The parts are {_listed(PARTS)}."
        if len(set(self.practice)) < len(self.practice):
            yield ("practice",), "a quarter stands twice; keep one."
        names = (*NAMED, NO_POLICY)
        for index, criterion in enumerate(self.criteria):
            if criterion.outcome not in OUTCOMES:
                yield ("criteria", index, "outcome"), f"'{criterion.outcome}' is none of {_listed(OUTCOMES)}."
            for end in ("low", "high"):
                if getattr(criterion, end) not in names:
                    yield (
                        ("criteria", index, end),
                        f"'{getattr(criterion, end)}' is no reference. There are {_listed(names)}.",
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
            if seed in self.practice:
                yield ("seeds", index), f"{seed} is among the practice quarters; take another."
            elif seed < SMALLEST_SEED:
                yield ("seeds", index), f"{seed} can be found by trying; take one of at least {SMALLEST_SEED}."
        for index, shock in enumerate(keys.shocks):
            if problem := shock.problem(self.weeks):
                yield ("shocks", index), problem

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Plays the hidden quarters. Raises FileProblems when ``high`` comes out not clearly better than ``low``."""
        keys = context.keys
        assert isinstance(keys, PolicyKeys)  # noqa: S101 - mark() has checked it
        parts = _parts(answer)
        if problem := self._missing(parts, context.name):
            return self.nothing("There was no policy to play."), problem
        if context.ask is None:
            return self.nothing("There was no policy to play."), "The notebook's process was not there to be asked."
        quarters = self._quarters(tuple(keys.seeds), tuple(shock.shock() for shock in keys.shocks))
        places = [self._scale(criterion, quarters) for criterion in self.criteria]
        listener = Listener(context.ask, _names(parts, answer), self.seconds)
        played = listener.play(quarters)
        relied, said = self._relied(listener)
        if relied == 0:
            return self.nothing(_NOT_RELIED), _joined(*said, *_wrong(listener))
        marks = []
        for criterion, scale in zip(self.criteria, places, strict=True):
            placed = scale.place(played)
            score = placed.score * relied if placed.score > 0 else placed.score
            marks.append(self.earned(criterion, score, _joined(placed.found, *placed.cut, *_cut_to(relied))))
        lines = [*said, self._lost(played, quarters), *_wrong(listener), *_own_copy(parts)]
        return marks, _joined(*lines, *_start(marks))

    def coach(self, answer: Any, context: Context) -> Coaching:
        """The practice quarters, played where the policy is."""
        parts = _parts(answer)
        if (problem := self._missing(parts, context.name)) or context.ask is None:
            return Coaching(context.name, self.title, self.kind, False, (), problem or _HAND_IN.format(context.name))
        quarters = self._quarters(tuple(self.practice), ())
        share = len(self.practice) / self.quarters
        listener = Listener(
            _timed(context.ask), _names(parts, answer), self.seconds * share, WHOLE * share, wordless=False
        )
        played = listener.play(quarters)
        relied, said = self._relied(listener)
        checks = [
            *(self._placed(played, quarters) if relied else []),
            _decided(listener),
            Check("The same morning, the same decision", "look again" if said else "fine", _joined(*said) or _STEADY),
            self._quick(listener),
        ]
        note = _joined(
            f"{len(self.practice)} practice quarters. The mark is made on {self.quarters} others.",
            self._lost(played, quarters) if relied else _NOT_RELIED,
        )
        ready = all(listener.usable(part) > 0 for part in self.needs)
        return Coaching(context.name, self.title, self.kind, ready, tuple(checks), note)

    def source(self, answer: Any) -> str:
        """The functions' sources, one after the other."""
        return "\n".join(about.source for about in _parts(answer).values())

    @property
    def _plays_away(self) -> bool:
        return any(criterion.outcome in ("absence_loss", "value_away") for criterion in self.criteria)

    def _quarters(self, seeds: tuple[int, ...], shocks: tuple[Shock, ...]) -> Quarters:
        return Quarters(seeds, self.weeks, shocks, self.away_from if self._plays_away else None)

    def _missing(self, parts: Mapping[str, HandedIn], name: str) -> str:
        if not parts:
            return _HAND_IN.format(name)
        missing = [part for part in self.needs if part not in parts]
        if not missing:
            return ""
        odd = [part for part in parts if part not in PARTS]
        unknown = f" '{odd[0][:40]}' is no part of a policy; the parts are {_listed(PARTS)}." if odd else ""
        return f"The policy has no {_listed(missing)}, without which nothing is marked.{unknown}"

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
                found = _joined(placed.found, *placed.cut)
            else:
                found = f"{scale.told(played)} On these practice quarters the two cannot be told apart."
            next_step = criterion.next_step if open_ > 0 and open_ == max(left) else ""
            checks.append(Check(criterion.title, "look again" if open_ > 0 else "fine", found, next_step))
        return checks

    def _relied(self, listener: Listener) -> tuple[float, list[str]]:
        """The share that the policy can be relied on for, and what there is to say of it."""
        said = list(dict.fromkeys(listener.silent.values()))
        usable = {part: listener.usable(part) for part in self.needs}
        said += [
            f"Of what `{part}` was asked, {percent(share)} got a decision that could be used. "
            "For the rest the default stood in, which earns nothing."
            for part, share in usable.items()
            if share < 1
        ]
        steady = listener.steady()
        said += [
            f"Asked again about {of} moments in the opposite order, `{part}` decided otherwise on {of - alike}. "
            "It draws lots, or remembers what it was asked before. "
            "Decide from the observation alone; a tie can be broken by name."
            for part, (alike, of) in steady.items()
            if alike < of
        ]
        shares = [alike / of for alike, of in steady.values() if of]
        return min(usable.values()) * min(shares, default=1.0), said

    def _lost(self, played: Played, quarters: Quarters) -> str:
        """To which of the rubric's references most value is lost, and in which kind of week."""
        names = list(dict.fromkeys(name for one in self.criteria for name in (one.high, one.low)))
        others = {name: reference(name, quarters) for name in names}
        gaps = {name: compare(played.numbers, other.numbers)["value"] for name, other in others.items()}
        name = min(gaps, key=lambda one: gaps[one].mean)
        gap = gaps[name]
        if gap.high >= 0:
            return f"None of the references ({_listed(names)}) ships clearly more in finished epics than your policy."
        line = f"You lose most to {name}: {amount(-gap.mean)} planned hours of finished epics a quarter"
        line += f" ({amount(-gap.high)} to {amount(-gap.low)})."
        kinds = [one for one in weeks_between(played.result, others[name].result) if one.difference.high < 0]
        if kinds:
            worst = kinds[0].difference
            line += f" The gap is widest in {kinds[0].kind}: there you ship {amount(-worst.mean)} planned hours less"
            line += f" a week ({amount(-worst.high)} to {amount(-worst.low)})."
        return line

    def _quick(self, listener: Listener) -> Check:
        each = listener.taken / (len(self.practice) * (2 if self._plays_away else 1))
        allowed = WHOLE / (self.quarters * (2 if self._plays_away else 1))
        found = f"Your functions take {number(each)} s for a quarter; {number(allowed)} s is the most."
        return Check("Time", "look again" if each > allowed or listener.silent else "fine", found)


_HAND_IN = 'Hand in functions by part, without calling them: submit("{0}", {{"assign": assign}}).'
_NOT_RELIED = "Nothing that the policy decided can be relied on, so it earns nothing."
_STEADY = "Asked again in the opposite order, it decided the same."


def _parts(answer: Any) -> dict[str, HandedIn]:
    """The functions by part; one function alone is ``assign``. Empty for anything else."""
    alone = handed_in(answer)
    return {"assign": alone} if alone else parts_handed_in(answer) or {}


def _names(parts: Mapping[str, HandedIn], answer: Any) -> dict[str, str]:
    """The parts that are asked, in the simulation's order, and what each is called where it is asked."""
    return {part: "" if handed_in(answer) else part for part in PARTS if part in parts}


def _timed(ask: Ask) -> Ask:
    """``ask`` where nothing bounds its time: what came too late is refused afterwards."""

    def timed(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        begun = time.perf_counter()
        found = ask(questions, seconds, part)
        spent = time.perf_counter() - begun
        if spent > seconds:
            raise NoDecisions(
                f"The function took {number(spent)} s for {len(questions)} quarters; {number(seconds)} s is the most."
            )
        return found

    return timed


def _decided(listener: Listener) -> Check:
    lines = _wrong(listener)
    if not lines:
        return Check("Decisions", "fine", "All of them could be carried out.")
    return Check("Decisions", "look again", "\n".join(lines), "Print what your function is given at that moment.")


def _wrong(listener: Listener) -> list[str]:
    found = listener.problems()
    more = [f"- {len(found) - _PROBLEMS} more kinds of problem."] if len(found) > _PROBLEMS else []
    return [f"- {problem}" for problem in found[:_PROBLEMS]] + more


def _own_copy(parts: Mapping[str, HandedIn]) -> list[str]:
    if not any("leadgym.sim" in about.source for about in parts.values()):
        return []
    return [
        "Your source names leadgym.sim. The simulation that counts runs elsewhere, on luck that is not in your "
        "notebook: thinking ahead with your own copy may help you, changing it does nothing."
    ]


def _cut_to(relied: float) -> list[str]:
    return [f"The points are cut to {percent(relied)}, the share of decisions to be relied on."] if relied < 1 else []


def _start(marks: Sequence[CriterionMark]) -> list[str]:
    most = max(marks, key=lambda mark: mark.out_of - mark.points)
    return [f"Most is left in “{most.title}”: start there."] if most.out_of - most.points > 0.005 else []


def _joined(*lines: str) -> str:
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
