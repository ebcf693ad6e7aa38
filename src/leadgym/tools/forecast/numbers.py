"""The numbers behind a forecast: whole weeks drawn again with replacement, a back-test, and signs of change.

The model is the plain bootstrap (Efron 1979) on throughput: every coming week finishes as many items as one of the past
weeks did, each past week as likely as the other, independently of the week before. With X_1, X_2, ... drawn like that
and N items to do,

    T = the smallest w with X_1 + ... + X_w >= N

is the week in which the last one is finished. Percentiles of T are the smallest whole number of weeks that holds in at
least that share of the runs (Hyndman & Fan 1996, type 1); nothing is interpolated between weeks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadgym.estimates import wilson

LEVELS = (0.5, 0.85, 0.95)
HORIZON = 260
"""Weeks after which a run is given up: five years."""
LEAST_TRAINING = 8
"""The back-test's first forecast has this many weeks behind it."""
SURE = 0.05
"""Below this permutation p a change is spoken of."""
SIDE = 4
"""A change point leaves at least this many weeks on either side."""
SHUFFLES = 2000

Runs = NDArray[np.int64]


def weeks_to_finish(
    counts: Sequence[int], items: int, *, added: float = 0.0, runs: int = 10_000, seed: int = 1
) -> Runs:
    """For each run the week in which the last of ``items`` is finished; HORIZON + 1 where it never was.

    ``added``: how many items are found in a week on average while the work goes on, drawn by Poisson's law; they join
    the week they are found in. ValueError where nothing can be drawn from.
    """
    if not counts or min(counts) < 0 or items < 1 or added < 0:
        raise ValueError("Counts of whole weeks, at least one item, and nothing below zero.")
    luck, past = np.random.default_rng(seed), np.asarray(counts, dtype=np.int64)
    left = np.full(runs, items, dtype=np.int64)
    took = np.full(runs, HORIZON + 1, dtype=np.int64)
    for week in range(1, HORIZON + 1):
        going = left > 0
        if not going.any():
            break
        left = left - luck.choice(past, size=runs)
        if added:
            left = left + luck.poisson(added, size=runs)
        took[going & (left <= 0)] = week
        left = np.where(going, left, 0)
    return took


def weeks_at(took: Runs, share: float) -> int | None:
    """The smallest number of weeks within which at least ``share`` of the runs are done; None beyond HORIZON."""
    ordered = np.sort(took)
    week = int(ordered[math.ceil(share * len(ordered) - 1e-9) - 1])
    return week if week <= HORIZON else None


def done_by(took: Runs, weeks: int) -> float:
    """The share of the runs that are done within ``weeks``."""
    return float(np.mean(took <= weeks))


def sum_chances(counts: Sequence[int], weeks: int) -> NDArray[np.float64]:
    """Exactly: the chance of each total, 0 and up, over ``weeks`` weeks drawn with replacement (by convolution)."""
    one = np.bincount(np.asarray(counts, dtype=np.int64)).astype(float) / len(counts)
    total = np.ones(1)
    for _ in range(weeks):
        total = np.convolve(total, one)
    return total


def at_least(chances: NDArray[np.float64], share: float) -> tuple[int, float]:
    """The most items that are reached with a chance of at least ``share``, and that chance."""
    reached = np.cumsum(chances[::-1])[::-1]
    most = int(np.max(np.nonzero(reached >= share - 1e-12)[0]))
    return most, min(1.0, float(reached[most]))


def chance_of(counts: Sequence[int], items: int, weeks: int) -> float:
    """Exactly: the chance that ``items`` are finished within ``weeks``, with nothing added."""
    return min(1.0, float(sum_chances(counts, weeks)[items:].sum())) if weeks > 0 else float(items <= 0)


@dataclass(frozen=True)
class Held:
    """One level of the back-test: the mean chance that was ``said``, how often it ``came`` true ``of`` how many times.

    ``apart`` is how many of these stretches do not overlap; ``low`` and ``high`` is Wilson's interval (1927, 95 %) for
    the share that came, with ``apart`` as its sample size.
    """

    level: float
    said: float
    came: int
    of: int
    apart: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """How often it came true."""
        return self.came / self.of

    @property
    def fits(self) -> bool:
        """Whether what was said lies within the interval of what came."""
        return self.low <= self.said <= self.high


def horizon_for(weeks: int) -> int:
    """How far ahead the back-test looks: four weeks, two where the past has fewer than forty."""
    return 4 if weeks >= LEAST_TRAINING + 32 else 2


def back_test(counts: Sequence[int], ahead: int, window: int | None = None) -> list[Held]:
    """The forecast made again at every week of the past (rolling origin; Tashman 2000) and held against what came.

    At each origin the chances come from the weeks before it alone (the last ``window`` of them, if given). For every
    level: the most items that ``ahead`` weeks reach with at least that chance, and whether they did. "At least nothing"
    always comes true and is not counted.
    """
    found = []
    origins = range(LEAST_TRAINING, len(counts) - ahead + 1)
    for level in LEVELS:
        said, came = [], 0
        for origin in origins:
            known = counts[max(0, origin - window) if window else 0 : origin]
            most, chance = at_least(sum_chances(known, ahead), level)
            if most:
                said.append(chance)
                came += sum(counts[origin : origin + ahead]) >= most
        if said:
            apart = max(1, len(said) // ahead)
            low, high = wilson(came / len(said) * apart, apart)
            found.append(Held(level, math.fsum(said) / len(said), came, len(said), apart, low, high))
    return found


@dataclass(frozen=True)
class Change:
    """From week ``at`` (an index) on the level is another: the means before and after, and the permutation p."""

    at: int
    before: float
    after: float
    p: float


def change_point(counts: Sequence[int], seed: int = 1) -> Change | None:
    """The week from which on the level differs most, where chance alone would hardly make such a difference.

    Pettitt's statistic (1979) on midranks R: the largest |2 (R_1 + ... + R_t) - t (n + 1)|, over the t that leave SIDE
    weeks on either side. Its p is the share of shuffled histories that reach as much, so ties need no correction.
    """
    n = len(counts)
    if n < 2 * SIDE + 4:
        return None
    ranks = _midranks(counts)
    where = np.arange(SIDE, n - SIDE + 1)
    steps = where * (n + 1)

    def reach(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        gaps: NDArray[np.float64] = np.abs(2 * np.cumsum(rows, axis=1)[:, SIDE - 1 : n - SIDE] - steps)
        return gaps

    own = reach(ranks[None, :])[0]
    p = _p(float(own.max()), reach(_shuffled(ranks, seed)).max(axis=1))
    at = int(where[int(own.argmax())])
    if p >= SURE:
        return None
    return Change(at, float(np.mean(counts[:at])), float(np.mean(counts[at:])), p)


def trend(counts: Sequence[int], seed: int = 1) -> tuple[float, float] | None:
    """Spearman's correlation of the counts with time and its permutation p, where p is below SURE."""
    n = len(counts)
    if n < 2 * SIDE + 4 or min(counts) == max(counts):
        return None
    time = np.arange(n) - (n - 1) / 2
    ranks = _midranks(counts) - (n + 1) / 2
    scale = math.sqrt(float(np.sum(time**2) * np.sum(ranks**2)))
    own = float(ranks @ time) / scale
    p = _p(abs(own), np.abs(_shuffled(ranks, seed) @ time) / scale)
    return (own, p) if p < SURE else None


def echo(counts: Sequence[int]) -> float | None:
    """The correlation of each week with the week before, where it is above 2 / sqrt(n): good and bad weeks cluster."""
    values = np.asarray(counts, dtype=float) - np.mean(counts)
    if len(counts) < 2 * SIDE + 4 or not np.any(values):
        return None
    own = float(values[1:] @ values[:-1] / (values @ values))
    return own if own > 2 / math.sqrt(len(counts)) else None


def _midranks(counts: Sequence[int]) -> NDArray[np.float64]:
    _, places, times = np.unique(np.asarray(counts), return_inverse=True, return_counts=True)
    upto = np.cumsum(times)
    mean: NDArray[np.float64] = upto - (times - 1) / 2
    return mean[places]


def _shuffled(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).permuted(np.tile(values, (SHUFFLES, 1)), axis=1)


def _p(own: float, others: NDArray[np.float64]) -> float:
    return float((np.sum(others >= own - 1e-9) + 1) / (len(others) + 1))
