"""What luck does to the statistics of a cohort: the same ones for many cohorts of the same size, drawn from the model.

A sample of learners is abler or less able in all items at once, and criteria of one answer rest on one draw. So how
many intervals hold their value is not binomial, and is counted in drawn cohorts instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadgym.estimates import wilson
from leadgym.psychometrics.reliability import Z95, Estimate, Floats, alpha, complete, correlation, mean_share

COHORTS = 200
"""How many are drawn. What was found may be as far out as the farthest of them."""


def mean(values: Floats) -> Estimate:
    """The mean of ``values`` of any sign, with the normal interval."""
    middle = float(values.mean())
    half = Z95 * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(middle, middle - half, middle + half)


@dataclass(frozen=True)
class Numbers:
    """The items of one form and the alpha of their total, as ``items.analyse`` has them. It takes a thousand resamples
    for omega each time, which nobody has time for here."""

    difficulty: list[Estimate]
    discrimination: list[Estimate]
    alpha: Estimate

    @classmethod
    def of(cls, scores: Floats, worth: Floats, *, shares: bool) -> Numbers:
        """See ``items.analyse``."""
        shared, rests = [], []
        whole = complete(scores)
        total = whole.sum(axis=1)
        for place, column in enumerate(scores.T):
            given = column[~np.isnan(column)]
            if shares and len(given):
                shared.append(Estimate(float(given.mean()), *wilson(float(given.sum()), len(given))))
            else:
                shared.append(mean_share(given / worth[place]))
            rests.append(correlation(whole[:, place], total - whole[:, place]))
        return cls(shared, rests, alpha(whole))


@dataclass(frozen=True)
class Drawn:
    """Learners of the model in one form: ``scores`` (learners, items), what an item is worth, and how many learners of
    the real cohort answered it."""

    scores: Floats
    worth: Floats
    count: int


def cohorts(forms: Sequence[Drawn], *, shares: bool) -> list[list[Numbers]]:
    """For each drawn cohort the numbers of each form. The same learners answer all forms, drawn with replacement."""
    luck = np.random.default_rng(1)
    made = []
    for _ in range(COHORTS):
        who = luck.integers(len(forms[0].scores), size=max(form.count for form in forms))
        made.append([Numbers.of(form.scores[who[: form.count]], form.worth, shares=shares) for form in forms])
    return made


def levels(chances: Floats, earned: Floats) -> list[list[Estimate]]:
    """For each drawn cohort the mean share of each criterion of one answer.

    ``chances``: (learners, levels); ``earned``: (levels, criteria), the shares that an answer of a level earns.
    """
    luck = np.random.default_rng(2)
    below = chances.cumsum(axis=1)[:, :-1]
    made = []
    for _ in range(COHORTS):
        reached = (luck.random((len(chances), 1)) > below).sum(axis=1)
        made.append([mean(values) for values in earned[reached].T])
    return made


@dataclass(frozen=True)
class Held:
    """How many of ``known`` intervals hold the model's value, and the ``worst`` of the drawn cohorts: (hits, known)."""

    hits: int
    known: int
    worst: tuple[int, int]

    @property
    def holds(self) -> bool:
        """Whether luck can have done that."""
        return self.known - self.hits <= self.worst[1] - self.worst[0]

    @property
    def said(self) -> tuple[str, str]:
        """What was found, and what to hold it against."""
        return f"{self.hits} of {self.known}", f"{self.worst[0]} of {self.worst[1]} at worst"


def held(ours: Sequence[Estimate], model: Sequence[float], drawn: Sequence[Sequence[Estimate]]) -> Held:
    """Of the cohort's intervals, and of each drawn cohort's, those that hold the model's values."""
    worst = min((_hits(one, model) for one in drawn), key=lambda found: found[0] - found[1])
    return Held(*_hits(ours, model), worst)


def _hits(ours: Sequence[Estimate], model: Sequence[float]) -> tuple[int, int]:
    # What is the same for everybody has an interval of no width, which says nothing about others.
    known = [
        (one, value) for one, value in zip(ours, model, strict=True) if one.high > one.low and not math.isnan(value)
    ]
    return sum(one.low <= value <= one.high for one, value in known), len(known)


def spearman(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Rank correlation with the interval of Bonett & Wright (2000, Psychometrika 65): Fisher's z with a standard error
    of sqrt((1 + r^2 / 2) / (n - 3)). What is nan on one side has no place in the order."""
    there = [pair for pair in zip(first, second, strict=True) if not any(map(math.isnan, pair))]
    n = len(there)
    if n < 5:
        return Estimate()
    r = float(np.corrcoef(*(_ranks(values) for values in zip(*there, strict=True)))[0, 1])
    if not abs(r) < 1 - 1e-9:
        return Estimate(r, r, r)
    middle, half = math.atanh(r), 1.96 * math.sqrt((1 + r * r / 2) / (n - 3))
    return Estimate(r, math.tanh(middle - half), math.tanh(middle + half))


def _ranks(values: Sequence[float]) -> Floats:
    """Ranks, the mean of theirs for equal values."""
    ordered = np.sort(np.array(values))
    below, up_to = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    found: Floats = (below + up_to - 1) / 2
    return found
