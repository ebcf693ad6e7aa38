"""Sorting: each of a list of things goes to one of a few classes, with how sure one is.

In the rubric:

```yaml
week:
  kind: sorting
  title: Thirty actions of one week
  asks: Say for each action whose work it is, and how sure you are.
  points: 20
  things: data/actions.yaml        # a table (see tables.py) in which every row has a 'name'
  classes: {senior: the senior developer, tl: the tech lead, em: the engineering manager}
  criteria:
    - {id: fits, measure: agreement, title: ..., points: 10, reason: ..., next_step: ...}
    - {id: blind_spot, measure: weakest, title: ..., points: 4, reason: ..., next_step: ...}
    - {id: sure, measure: confidence, title: ..., points: 6, reason: ..., next_step: ...}
```

In the key file; ``is`` lists every class that stands, ``why`` is read by learners (of a thing with several, always):

```yaml
week:
  things:
    mon_1: {is: [tl], why: Two people wait for the choice, and it is a technical one.}
    mon_2: {is: [tl, em], why: The lead's where ..., the manager's where ...}
```

The answer: ``{"mon_1": ["tl", 0.8], "mon_2": ["em", 0.5], ...}``; the class alone will do where nothing is said about
how sure one is.

How each measure is scored, over all the things; one without a readable class is missed:

- ``agreement``: (r - c) / (n - c), where r of n stand in a class that is accepted, and c is how many would if all of
  them went to the one class that suits most. So always saying the same earns nothing, and neither does drawing lots,
  whose expectation is never above c.
- ``weakest``: of the things that belong to one class alone, the share found, for the class that comes off worst,
  corrected for chance: (share - 1/k) / (1 - 1/k) with k classes.
- ``confidence``: Brier skill against the uniform guess (``scores.brier_skill``), over the things with one class.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.model import Answer, AnswerKeys, Check, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.rules import Row
from leadgym.marking.scores import brier_skill
from leadgym.marking.show import percent, stop
from leadgym.marking.tables import Table
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Location, Model

SHOWN = 6
"""How many misses a piece of evidence names: those of which one was most sure."""

STEPS = (0.0, 0.45, 0.65, 0.85, 1.01)
"""Where one step of confidence ends and the next begins, in what a learner is told about their own."""


class ThingKey(Model):
    """The classes that stand for one thing, and why, in words that learners read."""

    accepted: Annotated[list[Id], Field(min_length=1, alias="is")]
    why: Text


class SortingKeys(AnswerKeys):
    """For each thing its key."""

    things: dict[Id, ThingKey]

    def constant(self, classes: Mapping[str, str]) -> int:
        """How many things would be right if all of them went to the class that suits most."""
        return max(sum(name in key.accepted for key in self.things.values()) for name in classes)


class SortingCriterion(Criterion):
    """``measure``: ``agreement``, ``weakest`` (the class one sees least clearly) or ``confidence`` (Brier skill)."""

    measure: Literal["agreement", "weakest", "confidence"]


@dataclass
class Sorted:
    """What could be read of the answer about one thing."""

    to: str | None = None
    sure: float | None = None
    problems: list[str] = field(default_factory=list)


class SortingAnswer(Answer):
    """A list of things, each to be given to a class. ``things`` is the path of a table, seen from the rubric."""

    keys_class: ClassVar[type[AnswerKeys] | None] = SortingKeys

    kind: Literal["sorting"]
    things: Text
    classes: Annotated[dict[Id, Text], Field(min_length=2, max_length=8)]
    criteria: Annotated[list[SortingCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """A table that is not there or has rows without a name."""
        found = list(Table(one="thing", file=self.things).problems(folder))
        yield from ((("things",), message) for _, message in found)
        if not found and any("name" not in row.cells for row in self._rows(folder).values()):
            yield ("things",), "every row needs a 'name'; it is what learners read."

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Things without a key, keys without a thing, classes that are not there, and keys that a guess would find."""
        assert isinstance(keys, SortingKeys)  # noqa: S101 - load_keys picks the class
        rows = self._rows(folder)
        for name in rows:
            if name not in keys.things:
                yield ("things",), f"the key of '{name}' is missing; add it."
        for name, key in keys.things.items():
            if name not in rows:
                yield ("things", name), f"{self.things} has no such row; take it out."
            for unknown in sorted(set(key.accepted) - set(self.classes)):
                yield ("things", name, "is"), f"there is no class '{unknown}'; there are: {', '.join(self.classes)}."
            if set(key.accepted) >= set(self.classes):
                yield ("things", name, "is"), "every class stands, so nothing is asked; take one out."
        for name in self.classes:
            if not any(key.accepted == [name] for key in keys.things.values()):
                yield ("things",), f"nothing belongs to '{name}' alone, so nobody can be seen to know it."
        if 2 * keys.constant(self.classes) > len(keys.things):
            yield ("things",), "one class suits more than half of the things; whoever always says it does too well."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Agreement, the class that comes off worst, and confidence, over all the things."""
        keys = context.keys
        assert isinstance(keys, SortingKeys)  # noqa: S101 - mark() has checked it
        rows = self._rows(context.folder)
        found, general = self._read(rows, answer)
        note = [
            "The key is the authors' own and provisional. Where two answers stand, both count:",
            *(
                f"- “{rows[name]}” {stop(key.why)}"
                for name, key in keys.things.items()
                if len(key.accepted) > 1 and name in rows
            ),
            *general,
        ]
        measures = {"agreement": self._agreement, "weakest": self._weakest, "confidence": self._confidence}
        if not any(one.to for one in found.values()):
            return self.nothing("Nothing has been given to a class."), "\n".join(general)
        return [self.earned(c, *measures[c.measure](rows, found, keys)) for c in self.criteria], "\n".join(note)

    def missed(self, answer: Any, context: Context) -> tuple[str, ...]:
        """The things that were given to a class in which they do not stand."""
        assert isinstance(context.keys, SortingKeys)  # noqa: S101 - mark() has checked it
        found, _ = self._read(self._rows(context.folder), answer)
        things = context.keys.things
        return tuple(name for name, one in found.items() if one.to is not None and one.to not in things[name].accepted)

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What is missing, and habits that cost information. Knows no key."""
        rows = self._rows(context.folder)
        found, general = self._read(rows, answer)
        missing = [name for name, one in found.items() if one.to is None]
        lines = [*general, *(f"- {name}: {' '.join(found[name].problems)}" for name in missing[:SHOWN])]
        if not missing:
            whole = Check("Completeness", "fine", "\n".join([f"All {len(found)} are given to somebody.", *general]))
        else:
            more = [f"And {len(missing) - SHOWN} more."] if len(missing) > SHOWN else []
            whole = Check("Completeness", "missing", "\n".join([*lines, *more]), "What is left out counts as a miss.")
        note = "This looks at how you answered, not at what the authors think. The mark compares the two."
        checks = (whole, self._spread(found), _sureness(found, len(self.classes)))
        return Coaching(context.name, self.title, self.kind, not missing, checks, note)

    def _rows(self, folder: Path) -> dict[str, Row]:
        return Table(one="thing", file=self.things).load("things", folder)

    def _read(self, rows: Mapping[str, Row], answer: Any) -> tuple[dict[str, Sorted], list[str]]:
        if not isinstance(answer, Mapping):
            first = next(iter(rows))
            example = f'{{"{first}": ("{next(iter(self.classes))}", 0.7), ...}}'
            return {name: Sorted(problems=["nothing."]) for name in rows}, [f"It has to be a dict: {example}."]
        general = [f"There is no '{name[:40]}'; it is passed over." for name in answer if name not in rows][:3]
        return {name: self._one(answer.get(name)) for name in rows}, general

    def _one(self, value: Any) -> Sorted:
        to, sure = (value, None) if isinstance(value, str) else (None, None)
        if isinstance(value, list | tuple) and len(value) == 2:
            to, sure = value
        found = Sorted()
        if isinstance(to, str) and to in self.classes:
            found.to = to
        elif to is None:
            found.problems.append("not given to anybody yet.")
        else:
            found.problems.append(f"has to be one of {', '.join(self.classes)}.")
        least = 1 / len(self.classes)
        # People round: 0.33 is a guess among three.
        if isinstance(sure, int | float) and not isinstance(sure, bool) and least - 0.01 <= sure <= 1:
            found.sure = float(sure)
        elif sure is not None:
            found.problems.append(f"how sure you are lies between {least:.2g} (a guess) and 1; write 0.6 for 60 %.")
        return found

    def _agreement(self, rows: Mapping[str, Row], found: Mapping[str, Sorted], keys: SortingKeys) -> tuple[float, str]:
        right = [name for name in rows if found[name].to in keys.things[name].accepted]
        same, total = keys.constant(self.classes), len(rows)
        missed = [name for name in rows if found[name].to and name not in right]
        missed.sort(key=lambda name: -(found[name].sure or 0))
        lines = [
            f"{len(right)} of {total} stand where the authors would put them, or in one of the two places where two "
            f"stand. Saying the same throughout would get {same}; the points begin there."
        ]
        ways = Counter((keys.things[name].accepted[0], str(found[name].to)) for name in missed)
        if ways and (often := ways.most_common(1)[0])[1] > 2:
            (theirs, yours), count = often
            lines.append(f"Most often, {count} times, what is {self.classes[theirs]}'s went to {self.classes[yours]}.")
        for name in missed[:SHOWN]:
            given = self.classes[str(found[name].to)]
            lines.append(f"- “{rows[name]}” You gave it to {given}. {stop(keys.things[name].why)}")
        if len(missed) > SHOWN:
            lines.append(f"And {len(missed) - SHOWN} more.")
        return (len(right) - same) / (total - same), "\n".join(lines)

    def _weakest(self, rows: Mapping[str, Row], found: Mapping[str, Sorted], keys: SortingKeys) -> tuple[float, str]:
        shares = {}
        lines = []
        for name, label in self.classes.items():
            mine = [thing for thing in rows if keys.things[thing].accepted == [name]]
            hit = sum(found[thing].to == name for thing in mine)
            shares[name] = hit / len(mine)
            lines.append(f"- {label}: {hit} of {len(mine)}")
        worst = min(shares, key=lambda name: shares[name])
        chance = 1 / len(self.classes)
        head = f"Of what belongs to one of them alone, you see least of {self.classes[worst]}'s:"
        if min(shares.values()) == max(shares.values()):
            head = "Of what belongs to one of them alone, you see equally much of each:"
        return (shares[worst] - chance) / (1 - chance), "\n".join([head, *lines])

    def _confidence(self, rows: Mapping[str, Row], found: Mapping[str, Sorted], keys: SortingKeys) -> tuple[float, str]:
        single = [name for name in rows if len(keys.things[name].accepted) == 1]
        picks: list[tuple[float, bool] | None] = []
        for name in single:
            one = found[name]
            stated = one.to is not None and one.sure is not None
            picks.append((one.sure or 0.0, one.to in keys.things[name].accepted) if stated else None)
        known = [pick for pick in picks if pick is not None]
        if not known:
            return 0.0, "You did not say how sure you are of any."
        return brier_skill(picks, [len(self.classes)] * len(picks)), _calibration(known, len(rows) - len(single))

    def _spread(self, found: Mapping[str, Sorted]) -> Check:
        title = "Who gets what"
        counts = Counter(one.to for one in found.values() if one.to)
        if not counts:
            return Check(title, "missing", "Nothing is given to anybody yet.")
        shown = ", ".join(f"{self.classes[name]} {counts[name]}" for name in self.classes)
        if len(counts) == 1:
            return Check(
                title,
                "look again",
                f"All of it goes to the same place ({shown}). That says nothing, and earns nothing.",
                "Look for the one that you would be annoyed to see in your own calendar, and begin there.",
            )
        return Check(title, "fine", f"{shown}.")


def _sureness(found: Mapping[str, Sorted], classes: int) -> Check:
    title = "Confidence"
    stated = [one.sure for one in found.values() if one.sure is not None]
    odd = [name for name, one in found.items() if one.to is not None and one.problems]
    if odd:
        return Check(title, "look again", f"- {odd[0]}: {' '.join(found[odd[0]].problems)}", "Mend these.")
    if not stated:
        return Check(title, "missing", "You do not say yet how sure you are.", "A guess costs nothing; say so there.")
    mean = math.fsum(stated) / len(stated)
    if len(stated) > 2 and len(set(stated)) == 1:
        return Check(
            title,
            "look again",
            f"You are {percent(stated[0])} sure of every one of them.",
            "Which three took longest? Begin with those.",
        )
    if mean <= 1 / classes + 0.02:
        return Check(
            title,
            "look again",
            f"You are {percent(mean)} sure on average, which is a guess. It earns nothing and costs nothing.",
            "Raise it where you would bet.",
        )
    return Check(
        title,
        "fine",
        f"You are {percent(mean)} sure on average, from {percent(min(stated))} to {percent(max(stated))}: "
        f"you expect about {math.fsum(stated):.0f} of {len(stated)} to be right.",
    )


def _calibration(known: Sequence[tuple[float, bool]], left_out: int) -> str:
    """How often a learner was right at each step of confidence, in words and numbers."""
    right = sum(hit for _, hit in known)
    mean = math.fsum(sure for sure, _ in known) / len(known)
    gap = mean - right / len(known)
    if abs(gap) < 0.05:
        verdict = "On average you were about as sure as you were right."
    else:
        verdict = f"On average you were {abs(gap) * 100:.0f} points {'more' if gap > 0 else 'less'} sure than right."
    lines = [f"You were {percent(mean)} sure on average, and right {right} times of {len(known)}. {verdict}"]
    for low, high in pairwise(STEPS):
        step = [(sure, hit) for sure, hit in known if low <= sure < high]
        if step:
            said = math.fsum(sure for sure, _ in step) / len(step)
            hits = sum(hit for _, hit in step)
            lines.append(f"- where you said {percent(said)} or thereabouts: {hits} of {len(step)} right")
    without = f" Those with two answers do not count here ({left_out})." if left_out else ""
    lines.append(
        f"Saying that you guess earns and costs nothing; being sure of a miss costs most (Brier's score).{without}"
    )
    return "\n".join(lines)
