"""How sure people were of their picks against how often they were right: step by step, and Brier's score.

A pick is a pair: the stated confidence (0 to 1) that it is the key's best, and whether it is (1 or 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leadgym.estimates import wilson
from leadgym.psychometrics.reliability import Floats

EDGES = (0.0, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0001)
"""Where one step of confidence ends and the next begins."""
Z99 = 2.5758293035489004


@dataclass(frozen=True)
class Step:
    """The picks of about one confidence: its mean, how many of ``count`` were right, the share's interval (Wilson)."""

    sure: float
    right: int
    count: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.count


@dataclass(frozen=True)
class Brier:
    """Brier's (1950) score of the picks, 0 the best, and Murphy's (1973) parts: score = reliability - resolution +
    uncertainty + ``rest``.

    ``reliability``: how far what was said is from what came, 0 the best. ``resolution``: how far the steps are apart in
    what came, more is better. ``uncertainty``: what saying the base rate each time earns. Picks are grouped by the
    stated confidence in steps of 0.05; ``rest`` is what that rounding leaves (Stephenson, Coelho & Jolliffe 2008). With
    few picks in a group luck adds to reliability and resolution alike.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    rest: float


@dataclass(frozen=True)
class Certainty:
    """What one person's picks, or a cohort's, say about their confidence."""

    count: int
    sure: float
    right: int
    steps: tuple[Step, ...]
    luck: float
    """By how much ``sure`` may be off from the share that was right for somebody who is exactly as sure as they are
    right, 99 times in 100 (normal approximation of the Poisson binomial)."""

    @property
    def share(self) -> float:
        """The share that was right; nan for no picks."""
        return self.right / self.count if self.count else math.nan

    @property
    def gap(self) -> float:
        """Mean confidence minus share right: above 0 is too sure."""
        return self.sure - self.share


def certainty(sure: Floats, right: Floats) -> Certainty:
    """The counts for picks (n) with confidence ``sure`` and ``right`` 1 or 0."""
    n = len(sure)
    if not n:
        return Certainty(0, math.nan, 0, (), math.nan)
    steps = []
    for low, high in pairwise(EDGES):
        within = (sure >= low) & (sure < high)
        count, hits = int(within.sum()), int(right[within].sum())
        if count:
            steps.append(Step(float(sure[within].mean()), hits, count, *wilson(hits, count)))
    luck = Z99 * math.sqrt(float((sure * (1 - sure)).sum())) / n
    return Certainty(n, float(sure.mean()), int(right.sum()), tuple(steps), luck)


def brier(sure: Floats, right: Floats) -> Brier:
    """Brier's score for one event each, the pick being right, with its parts. Raises ValueError for no picks."""
    n = len(sure)
    if not n:
        raise ValueError("There is no score of no picks.")
    base = float(right.mean())
    group = np.round(sure * 20).astype(int)
    reliability = resolution = 0.0
    for name in np.unique(group):
        within = group == name
        came, count = float(right[within].mean()), int(within.sum())
        reliability += count * (float(sure[within].mean()) - came) ** 2 / n
        resolution += count * (came - base) ** 2 / n
    score, uncertainty = float(((sure - right) ** 2).mean()), base * (1 - base)
    return Brier(score, reliability, resolution, uncertainty, score - (reliability - resolution + uncertainty))
