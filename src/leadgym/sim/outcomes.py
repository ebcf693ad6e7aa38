"""What a policy is judged by: one number a run for each outcome, intervals over seeds, and paired comparisons.

An interval is mean +/- t * s / sqrt(n) with Student's t for n - 1 degrees of freedom (95 %). A comparison takes the
difference seed by seed first: both policies met the same luck, so what luck does to both cancels out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from leadgym.sim.numbers import Bools, Floats
from leadgym.sim.references import HARD
from leadgym.sim.run import Result
from leadgym.sim.state import CODING, SHIPPED, STUCK

COVER_GAP = 0.1
"""A ticket counts as covered when somebody other than the lead has at most this gap."""

HIGHER_IS_BETTER: Mapping[str, bool] = {
    "value": True,
    "predictability": True,
    "growth": True,
    "incidents": False,
    "lead_coding_hours": True,
    "blocked_hours": False,
    "review_p50": False,
    "review_p90": False,
    "cycle_p85": False,
    "cover": True,
    "known_twice": True,
    "read_ably": True,
    "absence_loss": False,
}

UNITS: Mapping[str, str] = {
    "value": "planned hours in finished epics",
    "predictability": "0 to 1: 1 minus the mean miss of 'next week ships what the last three shipped on average'",
    "growth": "skill, summed over the others and the domains",
    "incidents": "per hundred tickets",
    "lead_coding_hours": "hours",
    "blocked_hours": "hours, the whole team",
    "review_p50": "working hours from done to shipped",
    "review_p90": "working hours from done to shipped",
    "cycle_p85": "working days from being taken to shipped",
    "cover": "share of the hard work that somebody other than you could do",
    "known_twice": "share of the shipped work that two people other than you have written, paired on or read",
    "read_ably": "share of the shipped work whose reviewer knew enough of it",
    "absence_loss": "value lost when you are away for four weeks",
}


@dataclass(frozen=True)
class Interval:
    """A mean over ``n`` seeds, and the 95 % interval for it."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def clear(self) -> bool:
        """Whether 0 lies outside."""
        return self.low > 0 or self.high < 0


def interval(values: Floats) -> Interval:
    """The 95 % t-interval for the mean of ``values`` (n); with one value it is that value alone."""
    n = len(values)
    mean = float(values.mean())
    half = _t975(n - 1) * float(values.std(ddof=1)) / sqrt(n) if n > 1 else 0.0
    return Interval(mean, mean - half, mean + half, n)


def outcomes(result: Result, away: Result | None = None) -> dict[str, Floats]:
    """Outcome to one number a run. ``away``: the same with the lead away, for ``absence_loss``."""
    world, final = result.world, result.final
    shipped = final.status == SHIPPED
    latency = np.where(shipped, (final.shipped_at - final.review_at) * world.hours, np.nan)
    # From the half-day in which its last owner took it to the end of the one in which it shipped.
    cycle = np.where(shipped, (final.shipped_at + 1 - final.taken_at) / world.steps_a_day, np.nan)
    found = {
        "value": result.value[:, -1],
        "predictability": _predictability(result),
        "growth": (final.skill - world.skill)[:, 1:].sum(axis=(1, 2)),
        "incidents": 100 * final.incident.sum(axis=1) / np.maximum(shipped.sum(axis=1), 1),
        "lead_coding_hours": final.hours[:, 0, CODING],
        "blocked_hours": final.hours[:, :, STUCK].sum(axis=1),
        "review_p50": _percentile(latency, 50),
        "review_p90": _percentile(latency, 90),
        "cycle_p85": _percentile(cycle, 85),
        "cover": _cover(result),
        "known_twice": _known_twice(result),
        "read_ably": _read_ably(result),
    }
    if away is not None:
        found["absence_loss"] = result.value[:, -1] - away.value[:, -1]
    return found


def compare(mine: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Interval]:
    """Mine minus other's, seed by seed, for the outcomes both have. Raises ValueError for different numbers of runs."""
    both = [name for name in mine if name in other]
    if any(len(mine[name]) != len(other[name]) for name in both):
        raise ValueError("Only runs of the same seeds can be compared.")
    return {name: interval(mine[name] - other[name]) for name in both}


def place(mine: Floats, low: Floats, high: Floats) -> Interval:
    """Where ``mine`` lies between two references: 0 at the mean of ``low``, 1 at the mean of ``high``.

    The scale is taken as fixed; the interval is that of mine, seed by seed against ``low``.
    """
    span = float((high - low).mean())
    if span == 0:
        raise ValueError("These references come out equal; nothing lies between them.")
    return interval((mine - low) / span)


@dataclass(frozen=True)
class Weeks:
    """What mine shipped more than the other in one kind of week: planned hours a week, over ``weeks`` such weeks."""

    kind: str
    difference: Interval
    weeks: int


def weeks_between(mine: Result, other: Result) -> list[Weeks]:
    """The difference by kind of week, largest loss first. Kinds are read from mine; a week may be of several."""
    gain = mine.weekly("work") - other.weekly("work")
    found = []
    for kind, which in kinds_of_week(mine).items():
        count = which.sum(axis=1)
        runs = count > 0
        if runs.sum() > 1:
            mean = np.where(which, gain, 0.0).sum(axis=1)[runs] / count[runs]
            found.append(Weeks(kind, interval(mean), int(count.sum())))
    return sorted(found, key=lambda one: one.difference.mean)


def kinds_of_week(result: Result) -> dict[str, Bools]:
    """Kind to the weeks that are of it (R W)."""
    world = result.world
    weeks = result.value.shape[1]
    by_week = (world.runs, weeks, world.steps_a_week, -1)
    here = world.here.reshape(by_week)
    days_away = (~here).sum(axis=2) / world.steps_a_day
    pulled = world.interrupted.reshape(by_week).sum(axis=(2, 3))
    stuck = result.weekly("hours")[:, :, :, STUCK].sum(axis=2)
    number = np.broadcast_to(np.arange(1, weeks + 1), (world.runs, weeks))
    return {
        "the first four weeks": number <= 4,
        "the last four weeks": number > weeks - 4,
        "weeks you are away": days_away[:, :, 0] >= 3,
        "weeks somebody else is away for two days or more": (days_away[:, :, 1:] >= 2).any(axis=2),
        "weeks with more interruptions than two in three": pulled > np.quantile(pulled, 2 / 3),
        "weeks with an incident": result.weekly("incidents") > 0,
        "weeks in which people were stuck for a day or more": stuck >= 8,
    }


def lead_week(result: Result) -> Floats:
    """The lead's hours by activity (A), a mean week over all runs."""
    hours = result.final.hours[:, 0].mean(axis=0)
    return np.asarray(hours / result.value.shape[1])


def _predictability(result: Result) -> Floats:
    weekly = result.weekly("shipped").astype(np.float64)
    if weekly.shape[1] < 4:
        return np.full(len(weekly), np.nan)
    forecast = (weekly[:, :-3] + weekly[:, 1:-2] + weekly[:, 2:-1]) / 3
    miss = np.abs(weekly[:, 3:] - forecast).mean(axis=1)
    return np.asarray(np.clip(1 - miss / np.maximum(weekly.mean(axis=1), 1e-9), 0, 1))


def _cover(result: Result) -> Floats:
    world, skill = result.world, result.final.skill
    runs = np.arange(world.runs)[:, None]
    best = skill[:, 1:].max(axis=1)[runs, world.domain]
    hard = np.where(world.difficulty >= HARD / 10, world.size, 0.0)
    covered = np.where(world.difficulty - best <= COVER_GAP, hard, 0.0).sum(axis=1)
    return np.asarray(covered / np.maximum(hard.sum(axis=1), 1e-9))


def _known_twice(result: Result) -> Floats:
    """By planned hours. Who reads a ticket knows of it; how much they learned by that is ``growth``."""
    final = result.final
    shipped = np.where(final.status == SHIPPED, result.world.size, 0.0)
    others = np.arange(1, len(result.names))
    knows = (final.owner[:, :, None] == others) | (final.reviewer[:, :, None] == others)
    knows |= (final.partner[:, :, None] == others) & (final.paired[:, :, None] > 0)
    twice = np.where(knows.sum(axis=2) >= 2, shipped, 0.0).sum(axis=1)
    return np.asarray(twice / np.maximum(shipped.sum(axis=1), 1e-9))


def _read_ably(result: Result) -> Floats:
    """By planned hours. What an able review prevents is seen in ``incidents`` too, and in one quarter they are few."""
    shipped = np.where(result.final.status == SHIPPED, result.world.size, 0.0)
    able = np.where(result.final.skilled, shipped, 0.0).sum(axis=1)
    return np.asarray(able / np.maximum(shipped.sum(axis=1), 1e-9))


def _percentile(values: Floats, percent: float) -> Floats:
    """By row, leaving out nan; 0 for a row without values."""
    some = ~np.isnan(values).all(axis=1)
    found = np.zeros(len(values))
    found[some] = np.nanpercentile(values[some], percent, axis=1)
    return found


def _t975(df: int) -> float:
    """The 97.5 % quantile of Student's t (Abramowitz & Stegun 1964, 26.7.5); below 1 % off from 3 degrees on."""
    exact = {1: 12.706, 2: 4.303}
    if df in exact:
        return exact[df]
    z = 1.959963984540054
    return (
        z
        + (z**3 + z) / (4 * df)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    )
