"""Whether a figure of a text is the figure of a fact: value, unit, tolerance.

Figures agree within the fact's own tolerance (2 % unless it says otherwise); after an "about", within 10 %.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadgym.marking.prose.model import Case, Fact
from leadgym.marking.prose.quantities import Quantity

USUAL, ABOUT = 0.02, 0.10
_TIMES = {"second": 1 / 60, "minute": 1.0, "hour": 60.0, "day": 1440.0, "week": 10080.0, "month": 43800.0}
_TIMES |= {"year": 525600.0, "working day": 1440.0}


def agrees(fact: Fact, q: Quantity) -> bool:
    """Whether ``q`` states ``fact``. A period said with an amount ("a quarter") has to be the fact's."""
    unit = fact.unit.lower()
    if q.kind == "date":
        return unit == "date" and isinstance(fact.value, dt.date) and q.day == fact.value
    if q.kind == "month":
        return unit == "month" and q.day is not None and str(fact.value).endswith(f"-{q.day.month:02d}")
    if isinstance(fact.value, bool) or not isinstance(fact.value, (int, float)):
        return False
    value = float(fact.value)
    if q.kind == "amount" or (q.kind == "number" and q.value >= 1000):
        if not unit.startswith("eur"):
            return False
        period = unit.partition("/")[2].replace("-", " ")
        if q.per and period and q.per != period:
            return False
        return _near(fact, q, value, q.value)
    if q.kind == "share":
        return unit == "share" and _near(fact, q, value, q.value)
    if q.kind == "duration":
        name = unit.removesuffix("s")
        return name in _TIMES and _near(fact, q, value * _TIMES[name], q.value)
    if q.kind == "number":
        return _counted(unit) and q.value == value
    return False


def _counted(unit: str) -> bool:
    """Whether facts of this unit are bare counts: not money, shares, dates or durations."""
    return not unit.startswith("eur") and unit not in ("share", "date") and unit.removesuffix("s") not in _TIMES


def _near(fact: Fact, q: Quantity, wanted: float, found: float) -> bool:
    own = float(fact.tolerance) if isinstance(fact.tolerance, (int, float)) else 0.0
    if q.kind in ("amount", "number") and fact.tolerance == "exact":
        own = USUAL
    return abs(found - wanted) <= max(own, ABOUT if q.loose else 0.0) * abs(wanted) + 1e-9


def states(fact: Fact) -> Iterator[str]:
    """The phrases that state a fact which is no figure."""
    yield from fact.said
    if fact.unit in ("person", "name", "ticket", "text", "code") and isinstance(fact.value, str):
        yield fact.value.lower().replace("#", "").replace("=", " ").replace(".", " ")
    elif isinstance(fact.value, list):
        yield from (str(value).lower() for value in fact.value)
    elif isinstance(fact.value, int) and _counted(fact.unit.lower()):
        yield str(fact.value)


def case_days(case: Case) -> set[dt.date]:
    """The days that are facts."""
    return {fact.value for fact in case.facts if isinstance(fact.value, dt.date)}
