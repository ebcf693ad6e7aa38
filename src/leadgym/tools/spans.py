"""Stretches of time, as pairs of begin and end: what overlaps is one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

T = TypeVar("T", int, float, datetime)


def united(spans: Iterable[tuple[T, T]], *, touching: bool = True) -> list[tuple[T, T]]:
    """``spans`` in order, those that overlap made one; those that only touch as well, unless ``touching`` is false."""
    found: list[tuple[T, T]] = []
    for begin, end in sorted(spans):
        if found and (begin < found[-1][1] or (touching and begin == found[-1][1])):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found
