"""What a log of losses says about a quarter: the mean and its interval, one quarter, and the chance of an incident.

All of it rests on one model, the compound Poisson: incidents come independently of each other at a steady rate, and
each is as dear as one of those that were seen. With n losses x_1 .. x_n in Q quarters:

- **expected loss a quarter**: sum(x) / Q;
- **its interval, 90 %**: the compound Poisson bootstrap. The log is drawn again: a Poisson(n) number of incidents, each
  as dear as a randomly chosen one, their sum over Q; the 5th and the 95th percentile of 10,000 such logs. That is the
  same as giving each logged incident a Poisson(1) weight, which is how it is computed (Hanley and MacGibbon 2006, for
  the weights). It is used because a bootstrap of the losses alone would take their number for known, and because the
  losses are far too uneven for a formula that takes them for normal. With few incidents it is still too narrow: what
  has not been seen is not in it. In simulated logs of 5, 10 and 30 incidents with log-normal losses (sigma 1) it held
  the truth in about 73, 80 and 85 of 100. More than 2,000 incidents: mean +- 1.645 * sqrt(sum(x^2)) / Q, to which
  the bootstrap converges.
- **a single quarter**: Poisson(n / Q) incidents, each as dear as one of the log's, 10,000 times.
- **at least one incident a quarter**: 1 - exp(-n / Q); its interval from the exact 90 % interval of a Poisson rate
  (Garwood 1936), which is found by halving; beyond 2,000 incidents by Wilson and Hilferty's cube root.

Percentiles of draws are the values at place floor(p * draws) of the sorted draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 10_000
LEVEL = 0.90
FEW = 10
"""Below this many incidents the interval is said to be too narrow."""
MANY = 2_000
_NORMAL_95 = 1.6448536269514722
_AT_ONCE = 4_000_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Risk:
    """What the losses of ``quarters`` say. Money is in the log's unit, chances and shares are from 0 to 1."""

    losses: tuple[float, ...]
    quarters: float
    mean: float
    mean_low: float
    mean_high: float
    chance: float
    chance_low: float
    chance_high: float
    quiet: float
    dearer: float
    one_in_ten: float
    draws: Floats

    @property
    def rate(self) -> float:
        """Incidents a quarter."""
        return len(self.losses) / self.quarters

    @property
    def few(self) -> bool:
        """Whether there are so few incidents that the interval is too narrow."""
        return len(self.losses) < FEW


def weigh(losses: Sequence[float], quarters: float, seed: int = 1) -> Risk:
    """The figures for ``losses``, each above 0, that were seen in ``quarters``. The same seed gives the same figures.

    Raises ValueError where there is nothing to draw from.
    """
    if not losses or quarters <= 0 or min(losses) <= 0 or not math.isfinite(sum(losses)):
        raise ValueError("Give at least one loss above nought, and the number of quarters in which they came.")
    seen = np.asarray(losses, dtype=np.float64)
    luck = np.random.default_rng(seed)
    low, high = _interval(seen, quarters, luck)
    draws = _quarters(seen, len(losses) / quarters, luck)
    mean = float(seen.sum()) / quarters
    rate_low, rate_high = rate_interval(len(losses), quarters)
    return Risk(
        losses=tuple(losses),
        quarters=quarters,
        mean=mean,
        mean_low=low,
        mean_high=high,
        chance=at_least_one(len(losses) / quarters),
        chance_low=at_least_one(rate_low),
        chance_high=at_least_one(rate_high),
        quiet=float(np.mean(draws == 0)),
        dearer=float(np.mean(draws > mean)),
        one_in_ten=_percentile(draws, 0.9),
        draws=draws,
    )


def at_least_one(rate: float) -> float:
    """The chance of at least one incident in a quarter, at ``rate`` incidents a quarter."""
    return -math.expm1(-rate)


def rate_interval(count: int, quarters: float) -> tuple[float, float]:
    """The exact 90 % interval of a Poisson rate, a quarter, from ``count`` incidents in ``quarters`` (Garwood 1936)."""
    tail = (1 - LEVEL) / 2
    if count > MANY:
        return _cubed(count, -_NORMAL_95) / quarters, _cubed(count + 1, _NORMAL_95) / quarters
    top = count + 10 * math.sqrt(count + 1) + 10
    low = _halved(lambda mean: 1 - _below(count, mean), tail, top) if count else 0.0
    high = _halved(lambda mean: 1 - _below(count + 1, mean), 1 - tail, top)
    return low / quarters, high / quarters


def _below(count: int, mean: float) -> float:
    """The chance that a Poisson number of this mean is smaller than ``count``."""
    if mean <= 0:
        return 1.0
    logs = [at * math.log(mean) - mean - math.lgamma(at + 1) for at in range(count)]
    return min(1.0, math.fsum(math.exp(one) for one in logs))


def _halved(rising: Callable[[float], float], wanted: float, top: float) -> float:
    low, high = 0.0, top
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) >= wanted else (middle, high)
    return (low + high) / 2


def _cubed(count: int, z: float) -> float:
    return count * (1 - 1 / (9 * count) + z / (3 * math.sqrt(count))) ** 3


def _interval(seen: Floats, quarters: float, luck: np.random.Generator) -> tuple[float, float]:
    if len(seen) > MANY:
        half = _NORMAL_95 * math.sqrt(float(np.square(seen).sum()))
        return max(0.0, float(seen.sum()) - half) / quarters, (float(seen.sum()) + half) / quarters
    rows = max(1, _AT_ONCE // len(seen))
    parts = [luck.poisson(1.0, size=(min(rows, DRAWS - start), len(seen))) @ seen for start in range(0, DRAWS, rows)]
    sums = np.concatenate(parts) / quarters
    return _percentile(sums, (1 - LEVEL) / 2), _percentile(sums, 1 - (1 - LEVEL) / 2)


def _quarters(seen: Floats, rate: float, luck: np.random.Generator) -> Floats:
    counts = luck.poisson(rate, size=DRAWS)
    ends = np.cumsum(counts)
    total = int(ends[-1])
    if total > _AT_ONCE:  # hundreds a quarter and more: their sum is as good as normal
        spread = math.sqrt(rate * float(np.mean(np.square(seen))))
        return np.maximum(0.0, luck.normal(rate * float(seen.mean()), spread, size=DRAWS))
    before = np.concatenate(([0.0], np.cumsum(luck.choice(seen, size=total))))
    # A quarter without an incident is nought to the last bit, which a difference of sums of floats is as well.
    return np.asarray(before[ends] - before[ends - counts], dtype=np.float64)


def _percentile(values: Floats, share: float) -> float:
    return float(np.sort(values)[min(len(values) - 1, math.floor(share * len(values)))])
