"""Waiting lines of many runs at once."""

from __future__ import annotations

import numpy as np

from leadgym.sim.numbers import Bools, Floats, Ints


def serve(line: Ints, order: tuple[Ints, ...], need: Floats, budget: Floats) -> Floats:
    """Hours given to each waiting job: every line's budget goes to its jobs in ``order`` (first key first)."""
    given = np.zeros(len(line))
    if not len(line):
        return given
    sequence = np.lexsort((*reversed(order), line))
    wanted, lines = need[sequence], line[sequence]
    total = np.cumsum(wanted)
    before = np.where(_starts(lines), total - wanted, 0.0)
    before = np.maximum.accumulate(before)
    ahead = total - wanted - before
    given[sequence] = np.clip(budget[lines] - ahead, 0, wanted)
    return given


def place_in_line(sorted_: Ints) -> Ints:
    """0, 1, 2 ... within each run of equal numbers."""
    place = np.arange(len(sorted_))
    return np.asarray(place - np.maximum.accumulate(np.where(_starts(sorted_), place, 0)))


def _starts(sorted_: Ints) -> Bools:
    """Where a run of equal numbers begins."""
    starts = np.ones(len(sorted_), dtype=np.bool_)
    np.not_equal(sorted_[1:], sorted_[:-1], out=starts[1:])
    return starts
