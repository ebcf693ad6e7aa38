"""What a sample says: a percentile that is one of its values, and how far a share can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z90, Z95 = 1.6448536269514722, 1.959964
"""For intervals of 90 and 95 %."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest value with at least ``percent`` in 100 of all at or below it.

    With few values this is one of them, never something between two (Hyndman & Fan 1996, type 1). Raises ValueError
    for no values.
    """
    if not values:
        raise ValueError("There is no percentile of nothing.")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered) - 1e-9) - 1)]


def wilson(hits: float, of: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share, no continuity correction; 0 to 1 where nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, z * z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)
