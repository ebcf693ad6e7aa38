"""The formulas behind the marks. Pure functions of numbers; the rule is frozen and public, the keys are not.

Shares are unclipped: 1 is the best there is, 0 is what chance or knowing nothing earns, below 0 is worse than that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def standardised(values: Sequence[float]) -> list[float] | None:
    """z-scores with the population standard deviation; None when all the values are equal (or there are none)."""
    if not values or min(values) == max(values):
        return None
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    return [(v - mean) / spread for v in values] if spread > 0 else None


def agreement(ratings: Sequence[float | None], key: Sequence[float]) -> float:
    """How far ratings agree with the key, free of response style and corrected for chance: -1 to 1, chance 0.

    Ratings are standardised within the person over all the ratings given, the key over the whole form; the score is
    minus the mean squared distance d, corrected for chance: s' = (S - E[random]) / (S_max - E[random]), S_max = 0.
    Under a random permutation of the person's own ratings E[d] = 2, so s' = 1 - d/2, which is Pearson's correlation:
    of the correlation, dispersion and elevation that a raw distance mixes, only the first is kept (Legree, Kilcullen,
    Psotka, Putka & Ginter 2010, ARI Technical Report 1272). Raw distances reward an extreme response style and have the
    lowest validity of the scoring rules compared by Weng, Yang, Lievens & McDaniel (2018, J. Vocat. Behav. 104).

    A missing rating (None) carries no information: it stands at the person's own mean, z = 0, and the chance correction
    still divides by the complete form's 2. So m of n ratings that agree as well as can be earn about m/n. Equal ratings
    throughout earn 0.
    """
    z_key = standardised(key)
    given = standardised([r for r in ratings if r is not None])
    if z_key is None or given is None:
        return 0.0
    z_given = iter(given)
    z_ratings = [0.0 if r is None else next(z_given) for r in ratings]
    return math.fsum(a * b for a, b in zip(z_ratings, z_key, strict=True)) / len(key)


def best_pick(hits: Sequence[bool | None], chances: Sequence[float]) -> float:
    """Share of picks that are (one of) the best-keyed options, corrected for chance: 1 for all, 0 for guessing.

    ``chances[i]`` is the share of item i's options that are best; a missing pick (None) counts as that chance.
    Items where every option is best have to be left out by the caller.
    """
    room = math.fsum(1 - c for c in chances)
    won = math.fsum(float(h) - c for h, c in zip(hits, chances, strict=True) if h is not None)
    return won / room


def brier(confidence: float, options: int, right: bool) -> float:
    """Brier's score (1950) over an item's options: the pick has ``confidence``, the others share the rest. 0 to 2."""
    rest = (1 - confidence) / (options - 1)
    if right:
        return (1 - confidence) ** 2 + (options - 1) * rest**2
    return confidence**2 + (1 - rest) ** 2 + (options - 2) * rest**2


def brier_of_frequency(chance: float, frequency: float) -> float:
    """Brier's score (1950, two classes) of saying ``chance`` each time to what happens with ``frequency``. 0 to 1."""
    return frequency * (1 - chance) ** 2 + (1 - frequency) * chance**2


def brier_skill(picks: Sequence[tuple[float, bool] | None], options: Sequence[int]) -> float:
    """Brier skill over a form against the uniform distribution: 1 - sum(B) / sum(1 - 1/n).

    Confidence is held within 1/n and 1: saying 1/n earns exactly 0 whatever was picked, so nobody earns by picking
    wrongly with low confidence. A missing pick or confidence (None) counts as 1/n.
    """
    reference = [1 - 1 / n for n in options]
    scores = [
        uniform if pick is None else brier(min(1.0, max(1 / n, pick[0])), n, pick[1])
        for pick, n, uniform in zip(picks, options, reference, strict=True)
    ]
    return 1 - math.fsum(scores) / math.fsum(reference)


def interval_score(low: float, high: float, truth: float, level: float = 0.8) -> float:
    """The interval score of a central ``level`` range, in the unit of the quantity, smaller is better.

    Width plus 2/alpha times the distance by which the truth lies outside (Gneiting & Raftery 2007, JASA 102, eq. 43).
    """
    alpha = 1 - level
    return (high - low) + 2 / alpha * max(low - truth, 0.0) + 2 / alpha * max(truth - high, 0.0)


def honest_hits(questions: int, level: float = 0.8) -> tuple[int, int]:
    """Between how many and how many of ``questions`` ranges an honest forecaster's hold the truth.

    Each tail left out has a chance of at most 1 in 10 under the binomial distribution. For eight 80 % ranges: 5 to 8.
    """
    chance = [math.comb(questions, k) * level**k * (1 - level) ** (questions - k) for k in range(questions + 1)]
    low = max(k for k in range(questions + 1) if math.fsum(chance[:k]) <= 0.1)
    high = min(k for k in range(questions + 1) if math.fsum(chance[k + 1 :]) <= 0.1)
    return low, high


def coverage(hits: int, questions: int, level: float = 0.8) -> float:
    """Credit for ``hits``: 1 within ``honest_hits``, falling in a line to 0 at no hits, and above as misses run out."""
    low, high = honest_hits(questions, level)
    if hits < low:
        return hits / low
    if hits > high:
        return (questions - hits + 1) / (questions - high + 1)
    return 1.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie, interpolated (Hyndman & Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def outcome_share(score: float, reachable: Sequence[float]) -> float:
    """Where ``score`` stands between the median (0) and the 95th percentile (1) of the sorted reachable scores."""
    middle, top = percentile(reachable, 0.5), percentile(reachable, 0.95)
    if top - middle < 1e-9:
        return 1.0 if score >= top - 1e-9 else 0.0
    return (score - middle) / (top - middle)
