"""Whether a run kept to the weights that were declared before it: would other weights suit the same run better?

A run's rank under some weights is the share of all the runs within reach (same luck, same questions) that it comes
ahead of. Its regret is its best rank under any weights less its rank under the declared ones: large for a run that was
declared to grow people and in fact shipped. The score is 1 - regret / mean regret of all runs within reach, so that a
run picked at random averages 0 before the score is cut off, and a regret of up to one run in twenty counts as none. A
run that comes ahead of half under no weights at all lived by none, and scores 0.

Outcome asks how far a run came. This asks whether it came there by the trade-offs that were declared: a run can do well
and live by other weights, or keep to its weights and be unlucky.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from leadgym.scenario.outcome import weighted

Weights = tuple[int, ...]

FREE = 0.05
HALF = 0.5


@dataclass(frozen=True)
class Kept:
    """How one run stands: its ranks (0 to 1) under the declared and the best-suiting weights, and the score."""

    score: float
    rank: float
    best: Weights
    best_rank: float


class Keeping:
    """What is within reach, ranked under the declared and many other weights. ``roads``: a score per aim, per run."""

    def __init__(self, roads: Sequence[Sequence[float]], declared: Weights) -> None:
        self._declared = _in_hundred(declared)
        # Nearest first: where several weights suit a run equally well, the one nearest to the declared is named.
        others = sorted(grid(len(declared)), key=lambda w: (math.dist(w, self._declared), w))
        self._weights = [declared, *others]
        self._ordered = [sorted(weighted(road, weights) for road in roads) for weights in self._weights]
        self._mean = math.fsum(max(0.0, self._regret(road)[0] - FREE) for road in roads) / len(roads)

    def of(self, run: Sequence[float]) -> Kept:
        """How ``run`` (a score per aim) stands."""
        regret, rank, best, best_rank = self._regret(run)
        over = max(0.0, regret - FREE)
        if best_rank < HALF:
            score = 0.0
        elif over == 0.0:
            score = 1.0
        else:
            score = 1 - over / self._mean if self._mean > 0 else 0.0
        return Kept(score, rank, best, best_rank)

    def _regret(self, run: Sequence[float]) -> tuple[float, float, Weights, float]:
        ranks = [_rank(weighted(run, w), ordered) for w, ordered in zip(self._weights, self._ordered, strict=True)]
        best = max(range(len(ranks)), key=lambda i: (round(ranks[i], 9), -i))
        return ranks[best] - ranks[0], ranks[0], self._weights[best], ranks[best]


def grid(aims: int) -> list[Weights]:
    """Weights that add up to 100, in even steps: of 10 for two aims, 20 for three, 50 for more."""
    step = {2: 10, 3: 20}.get(aims, 50)
    return [w for w in product(range(0, 101, step), repeat=aims) if sum(w) == 100]


def _in_hundred(weights: Weights) -> tuple[float, ...]:
    return tuple(100 * w / sum(weights) for w in weights)


def _rank(value: float, ordered: Sequence[float]) -> float:
    """The share of ``ordered`` below ``value``, ties counting half."""
    below, upto = bisect_left(ordered, value - 1e-9), bisect_right(ordered, value + 1e-9)
    return (below + upto) / 2 / len(ordered)
