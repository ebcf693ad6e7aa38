"""How far a measured share or correlation can be trusted."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, the mean rank for ties."""
    order = sorted(range(len(values)), key=values.__getitem__)
    made = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for index in order[start : end + 1]:
            made[index] = (start + end) / 2 + 1
        start = end + 1
    return made


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation (Pearson's of the ranks); nan where one side does not vary."""
    a, b = ranks(first), ranks(second)
    mean = (len(a) + 1) / 2
    above = math.fsum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
    below = math.sqrt(math.fsum((x - mean) ** 2 for x in a) * math.fsum((y - mean) ** 2 for y in b))
    return above / below if below else math.nan


def bootstrap(
    pairs: Sequence[tuple[float, float]],
    measure: Callable[[Sequence[float], Sequence[float]], float],
    times: int = 2000,
) -> tuple[float, float]:
    """The 95 % percentile interval (Efron 1979) of ``measure`` over resampled pairs, the same every time."""
    luck = random.Random(7)  # noqa: S311 - repeatable, not secret
    made = []
    for _ in range(times if len(pairs) > 2 else 0):
        drawn = luck.choices(pairs, k=len(pairs))
        value = measure([a for a, _ in drawn], [b for _, b in drawn])
        if not math.isnan(value):
            made.append(value)
    made.sort()
    return (made[int(0.025 * len(made))], made[int(0.975 * len(made)) - 1]) if made else (math.nan, math.nan)
