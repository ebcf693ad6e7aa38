"""How far raters agree: r_wg, its forms for several options, and Kendall's W. Pure functions of a table of ratings.

``ratings`` is an array of shape (raters, objects), 1 to 5, with NaN where nothing was said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadgym.marking.form import HIGHEST, LOWEST

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
STEPS = HIGHEST - LOWEST + 1
UNIFORM = (STEPS**2 - 1) / 12
"""The variance of ratings that are drawn by lot, each step as likely: 2 for five steps."""
LENIENT = 1.34
"""The same where raters lean to one end of five steps ("slight skew": LeBreton & Senter 2008, table 2)."""
AGREED = 0.70
"""From here on r_wg is taken as agreement (James et al. 1984; LeBreton & Senter 2008: .71 to .90 is strong)."""
WEAK = 0.50
"""Up to here agreement is weak or none (LeBreton & Senter 2008: .31 to .50 is weak)."""


def r_wg(variance: Floats, null: float = UNIFORM) -> Floats:
    """Agreement of raters on one object each: 1 - s^2 / null variance (James, Demaree & Wolf 1984, JAP 69, 85-98).

    1: all say the same; 0: as spread as by lot; below 0: more than that, which is what two camps look like.
    ``variance`` is the sample variance, divided by n - 1. James et al. report 0 for what is below 0; here it is kept.
    """
    return 1 - np.asarray(variance, dtype=float) / null


def r_wg_mean(variance: Floats, null: float = UNIFORM) -> float:
    """Agreement over several objects: 1 - mean s^2 / null variance, r*_wg(J) of Lindell, Brandt & Whitney (1999,
    Appl. Psychol. Meas. 23, 127-135). It does not grow with the number of objects, as r_wg(J) does."""
    return float(1 - np.mean(variance) / null)


def r_wg_j(variance: Floats, null: float = UNIFORM) -> float:
    """r_wg(J) of James, Demaree & Wolf (1984), by Spearman and Brown, as if all objects measured the same.

    A mean variance above the null counts as the null, as they recommend, which gives 0.
    """
    share = min(1.0, float(np.mean(variance)) / null)
    objects = len(variance)
    return objects * (1 - share) / (objects * (1 - share) + share)


@dataclass(frozen=True)
class Concordance:
    """Kendall's W, with its chi-square, degrees of freedom and p under no agreement."""

    w: float
    chi2: float
    df: int
    p: float


def kendall_w(ratings: Floats) -> Concordance | None:
    """W over raters who rated every object, corrected for ties; None for fewer than two or where all is tied.

    W = 12 S / (m^2 (n^3 - n) - m sum T), with S the squared deviations of the rank sums of n objects over m raters and
    T = sum(t^3 - t) over a rater's ties; chi-square = m (n - 1) W (Kendall & Gibbons 1990, ch. 6; Siegel & Castellan
    1988, 262-272). The chi-square is an approximation, good from about ten raters on.
    """
    ranked, ties = ranks(ratings)
    w = float(w_of(ranked.sum(axis=0), ties.sum(), len(ranked)))
    if math.isnan(w):
        return None
    objects = ranked.shape[1]
    chi2 = len(ranked) * (objects - 1) * w
    return Concordance(w, chi2, objects - 1, chi2_above(chi2, objects - 1))


def ranks(ratings: Floats) -> tuple[Floats, Floats]:
    """Mean ranks within each rater who rated everything, shape (raters, objects), and each one's sum(t^3 - t)."""
    whole = complete(ratings)
    below = (whole[:, None, :] < whole[:, :, None]).sum(axis=2)
    same = (whole[:, None, :] == whole[:, :, None]).sum(axis=2)
    # Each object sees its own tie of t: t objects with t^2 - 1 each make t^3 - t.
    return below + (same + 1) / 2, (same.astype(float) ** 2 - 1).sum(axis=1)


def complete(ratings: Floats) -> Floats:
    """The rows of those who rated every object."""
    return ratings[~np.isnan(ratings).any(axis=1)]


def w_of(rank_sums: Floats, ties: float | Floats, raters: int | Floats) -> Floats:
    """W from the sums of ranks, objects along the last axis, and the sum of all ties; NaN where it has none."""
    objects, m = rank_sums.shape[-1], np.asarray(raters, dtype=float)
    spread = ((rank_sums - m[..., None] * (objects + 1) / 2) ** 2).sum(axis=-1)
    room = m**2 * (objects**3 - objects) - m * np.asarray(ties, dtype=float)
    known = (room > 1e-9) & (m > 1)
    return np.asarray(np.where(known, 12 * spread / np.where(known, room, 1.0), np.nan))


def chi2_above(value: float, df: int) -> float:
    """The chance that chi-square with ``df`` degrees of freedom comes to ``value`` or more.

    The finite series for whole degrees of freedom (Abramowitz & Stegun 1964, 26.4.4 and 26.4.5).
    """
    half = value / 2
    if df % 2:
        term = math.sqrt(2 * value / math.pi) * math.exp(-half)
        found, first = math.erfc(math.sqrt(half)), 3
    else:
        term = math.exp(-half)
        found, first = 0.0, 2
    for step in range(first, df + 1, 2):
        found += term
        term *= value / step
    return min(1.0, found)


def resampled(raters: int, draws: int, seed: int) -> Counts:
    """How often each rater is drawn in each of ``draws`` samples of as many raters, shape (draws, raters)."""
    luck = np.random.default_rng(seed)
    return luck.multinomial(raters, np.full(raters, 1 / raters), size=draws)


def variances(ratings: Floats, counts: Counts) -> Floats:
    """The sample variance of each object in each resample, shape (draws, objects); NaN with fewer than two raters.

    A sample variance is the mean of (x - y)^2 / 2 over pairs of raters. A rater drawn twice makes pairs that always
    agree; these are left out, or every resample would agree more than the panel does.
    """
    given = ~np.isnan(ratings)
    filled = np.where(given, ratings, 0.0)
    many = counts @ given.astype(float)
    pairs = many * (many - 1) - twins(counts) @ given.astype(float)
    known = pairs > 0
    squares = counts @ filled**2 - (counts @ filled) ** 2 / np.maximum(many, 1.0)
    return np.where(known, np.maximum(squares, 0.0) * many / np.where(known, pairs, 1.0), np.nan)


def w_drawn(ratings: Floats, counts: Counts) -> Floats:
    """W in each resample, over the raters who rated every object; NaN where it has none.

    W is (1 + (m - 1) r) / m with r the mean rank correlation of pairs of raters. Pairs of one rater drawn twice are
    left out of r, as in ``variances``; what then falls below 0 is 0.
    """
    whole = ~np.isnan(ratings).any(axis=1)
    ranked, ties = ranks(ratings)
    here = counts[:, whole]
    m = here.sum(axis=1).astype(float)
    w = w_of(here @ ranked, here @ ties, m)
    same = twins(here).sum(axis=1)
    pairs = m * (m - 1) - same
    known = pairs > 0
    r = (m * (m * w - 1) - same) / np.where(known, pairs, 1.0)
    return np.where(known, np.maximum((1 + (m - 1) * r) / np.maximum(m, 1.0), 0.0), np.nan)


def twins(counts: Counts) -> Counts:
    """For each rater of each resample, how many ordered pairs of draws are that rater twice."""
    return counts * (counts - 1)
