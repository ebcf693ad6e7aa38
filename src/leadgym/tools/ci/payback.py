"""When a fix has paid for itself: what it costs, what it wins a week, and how sure one can be of the day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from leadgym.estimates import percentile

DRAWS = 10_000
HORIZON = 260
"""Five years of weeks. What has not paid by then is said not to."""
DAY_HOURS = 8.0

Span = tuple[float, float]


@dataclass(frozen=True)
class Payback:
    """Weeks until paid back; None where that is not within five years. ``won``: hours a week, from 10 to 90 in 100."""

    fix_days: Span
    saves: Span
    share: Span
    cost: Span
    won: Span
    early: int | None
    middle: int | None
    late: int | None
    never: float
    weeks: int


def payback(runs: Sequence[int], fix_days: Span, saves: Span, share: Span, seed: int = 1) -> Payback:
    """Draws until each of 10,000 futures has paid: P15, P50 and P85 of the weeks, by nearest rank.

    A future has one cost (``fix_days`` of eight hours), one saving (``saves`` minutes a run) and one ``share`` of the
    wait that is really waited, each drawn evenly between its ends; and week by week the ``runs`` of one of the log's
    whole weeks, drawn with replacement. A week wins runs * saves * share. Before the fix is there nothing is won, and
    nothing is lost again later: builds grow back, and that is not in it. Raises ValueError without a week.
    """
    if not runs:
        raise ValueError("There is no week to draw from.")
    luck = random.Random(seed)  # noqa: S311 - a forecast, not a secret
    found: list[float] = []
    won: list[float] = []
    for _ in range(DRAWS):
        cost = luck.uniform(*fix_days) * DAY_HOURS
        each = luck.uniform(*saves) / 60 * luck.uniform(*share)
        won.append(each * luck.choice(runs))
        paid, week = 0.0, 0
        within_reach = each * max(runs) * HORIZON >= cost
        while paid < cost and week < HORIZON and within_reach:
            week += 1
            paid += each * luck.choice(runs)
        found.append(week if paid >= cost else HORIZON + 1)
    at = [percentile(found, percent) for percent in (15, 50, 85)]
    early, middle, late = (None if weeks > HORIZON else int(weeks) for weeks in at)
    return Payback(
        fix_days=fix_days,
        saves=saves,
        share=share,
        cost=(fix_days[0] * DAY_HOURS, fix_days[1] * DAY_HOURS),
        won=(percentile(won, 10), percentile(won, 90)),
        early=early,
        middle=middle,
        late=late,
        never=sum(weeks > HORIZON for weeks in found) / DRAWS,
        weeks=len(runs),
    )
