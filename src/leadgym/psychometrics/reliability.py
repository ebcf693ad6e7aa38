"""How far a total of several items can be trusted: alpha and omega with intervals, and the correlation's interval.

Everything here takes a matrix of scores, a row a person and a column an item, in points, without gaps; ``complete``
takes out the people with gaps. What cannot be computed is nan: a total without spread has no reliability, and two items
alone have no factor model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadgym.estimates import Z95

Floats = NDArray[np.float64]

DRAWS = 1000
"""Resamples behind omega's interval."""
_SMALL = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A statistic with its 95 % interval; nan where it cannot be computed."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)


def complete(scores: Floats) -> Floats:
    """The rows without a gap (nan): those who answered every item."""
    kept: Floats = scores[~np.isnan(scores).any(axis=1)]
    return kept


def alpha(scores: Floats) -> Estimate:
    """Cronbach's (1951) alpha of the raw total, k / (k - 1) * (1 - sum of item variances / variance of the total).

    The interval is Feldt's (1965): with n people and k items, (1 - alpha) / (1 - estimate) is distributed as
    F(n - 1, (n - 1)(k - 1)) under his two-way random model, so the limits are 1 - (1 - estimate) * F's quantiles at
    .975 and .025 (Feldt, Woodruff & Salih 1987, Applied Psychological Measurement 11, formulas 6 and 7).
    """
    n, k = scores.shape
    total = scores.sum(axis=1)
    if n < 3 or k < 2 or np.ptp(total) < _SMALL:
        return Estimate()
    value = k / (k - 1) * (1 - float(scores.var(axis=0, ddof=1).sum() / total.var(ddof=1)))
    return Estimate(value, *feldt(value, n, k))


def feldt(value: float, n: int, k: int, level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of an alpha of ``value`` from ``n`` people and ``k`` items; see ``alpha``."""
    degrees, tail = (n - 1, (n - 1) * (k - 1)), (1 - level) / 2
    return 1 - (1 - value) * f_quantile(1 - tail, *degrees), 1 - (1 - value) * f_quantile(tail, *degrees)


def f_quantile(share: float, above: float, below: float) -> float:
    """The value under which ``share`` of the F distribution lies, with ``above`` and ``below`` degrees of freedom.

    If F has them, x = above F / (above F + below) has the distribution Beta(above / 2, below / 2) (Abramowitz & Stegun
    1964, 26.6.2); its distribution function is halved into until x is known to the last digits.
    """
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _beta(middle, above / 2, below / 2) < share:
            low = middle
        else:
            high = middle
    return below * low / (above * (1 - low))


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by its continued fraction (DLMF 8.17.22), by Lentz's method."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - _beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x) - math.log(a)
    )
    fraction = c = 1.0
    d = 0.0
    for step in range(1000):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + term * d or 1e-300)
        c = 1 + term / c or 1e-300
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * (fraction - 1)


def omega(scores: Floats, seed: int = 1, draws: int = DRAWS) -> Estimate:
    """McDonald's (1999) omega total of the raw total under one common factor, with a bootstrap interval.

    omega = (sum l)^2 / ((sum l)^2 + sum u), with loadings l and unique variances u in the items' own points. The factor
    is estimated by minimum residuals (Harman & Jones 1966) on the correlations, uniquenesses held at 0 or above (Harman
    & Fukuda 1966), and scaled back by the items' standard deviations. Items without spread carry nothing and are left
    out; of the others there have to be three. The interval is the 2.5th to the 97.5th percentile over ``draws``
    resamples of people, the same for the same ``seed`` (Kelley & Pornprasertmanit 2016, Psychological Methods 21,
    recommend the bootstrap for omega).
    """
    spread = scores[:, np.ptp(scores, axis=0) > _SMALL] if len(scores) else scores
    n, k = spread.shape
    if n < 3 or k < 3:
        return Estimate()
    whole = np.ones((1, n))
    correlations, deviations = _correlations(spread, whole)
    loadings = one_factor(correlations)
    value = float(_omega(loadings, deviations)[0])
    luck = np.random.default_rng(seed)
    weights = luck.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    correlations, deviations = _correlations(spread, weights)
    found = _omega(one_factor(correlations, np.broadcast_to(loadings[0], (draws, k)), 1e-4, 100), deviations)
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def one_factor(
    correlations: Floats, start: Floats | None = None, tolerance: float = 1e-10, sweeps: int = 5000
) -> Floats:
    """Loadings on one factor by minimum residuals: those that make the sum of (r_ij - l_i l_j)^2 over i < j least.

    ``correlations``: matrices (..., k, k); the loadings are (..., k), the sign such that they add up to no less than 0.
    For given others the best l_i is sum(r_ij l_j) / sum(l_j^2), held within -1 and 1; taken in turn until nothing moves
    by more than ``tolerance``, the sum falls at each step.
    """
    k = correlations.shape[-1]
    if start is None:
        values, vectors = np.linalg.eigh(correlations)
        start = vectors[..., -1] * np.sqrt(np.maximum(values[..., -1:], 0))
    loadings = np.array(start, dtype=np.float64)
    others = correlations * (1 - np.eye(k))
    for _ in range(sweeps):
        moved, power = 0.0, (loadings**2).sum(axis=-1)
        for i in range(k):
            now = loadings[..., i].copy()
            rest = np.maximum(power - now**2, _SMALL)
            loadings[..., i] = np.clip(np.einsum("...j,...j", others[..., i, :], loadings) / rest, -1, 1)
            power += loadings[..., i] ** 2 - now**2
            moved = max(moved, float(np.abs(loadings[..., i] - now).max()))
        if moved < tolerance:
            break
    signs = np.where(loadings.sum(axis=-1, keepdims=True) < 0, -1.0, 1.0)
    found: Floats = loadings * signs
    return found


def _correlations(scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Correlations (draws, k, k) and standard deviations (draws, k), each row of ``weights`` saying how often whom."""
    n, k = scores.shape
    centred = scores - scores.mean(axis=0)
    pairs = (centred[:, :, None] * centred[:, None, :]).reshape(n, k * k)
    means = weights @ centred / n
    covariances = (weights @ pairs / n).reshape(-1, k, k) - means[:, :, None] * means[:, None, :]
    deviations = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0))
    scale = deviations[:, :, None] * deviations[:, None, :]
    # An item that happens not to vary in a resample goes with nothing there.
    return np.divide(covariances, scale, out=np.zeros_like(covariances), where=scale > _SMALL), deviations


def _omega(loadings: Floats, deviations: Floats) -> Floats:
    common = (loadings * deviations).sum(axis=-1) ** 2
    unique = ((1 - loadings**2) * deviations**2).sum(axis=-1)
    whole = common + unique
    found: Floats = np.divide(common, whole, out=np.full_like(whole, np.nan), where=whole > _SMALL)
    return found


def correlation(first: Floats, second: Floats) -> Estimate:
    """Pearson's correlation with Fisher's (1921) interval: tanh(atanh(r) -+ 1.96 / sqrt(n - 3)).

    The interval takes both for normal; for items of 0 and 1 it is a rough one.
    """
    n = len(first)
    if n < 4 or np.ptp(first) < _SMALL or np.ptp(second) < _SMALL:
        return Estimate()
    value = float(np.clip(np.corrcoef(first, second)[0, 1], -1, 1))
    if abs(value) > 1 - 1e-9:
        return Estimate(value, value, value)
    middle, half = math.atanh(value), Z95 / math.sqrt(n - 3)
    return Estimate(value, math.tanh(middle - half), math.tanh(middle + half))


def mean_share(shares: Floats) -> Estimate:
    """The mean of shares with the normal interval, mean -+ 1.96 standard errors (of the n - 1 kind).

    Its ends are held within what there can be: 1, and 0 or the lowest share there is.
    """
    if len(shares) == 0:
        return Estimate()
    middle = float(shares.mean())
    if len(shares) < 2:
        return Estimate(middle)
    half = Z95 * float(shares.std(ddof=1)) / math.sqrt(len(shares))
    return Estimate(middle, max(middle - half, min(0.0, float(shares.min()))), min(middle + half, 1.0))
