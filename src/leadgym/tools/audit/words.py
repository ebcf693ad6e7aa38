"""Minutes and counts, as a person would say them."""

from __future__ import annotations


def hours(minutes: float) -> str:
    """135 as ``2 h 15``, 120 as ``2 h``, 40 as ``40 min``."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02d}" if whole % 60 else f"{whole // 60} h"


def number(value: float) -> str:
    """One decimal, none where it is 0."""
    return f"{value:.1f}".removesuffix(".0")


def percent(share: float) -> str:
    """Whole percent."""
    return f"{100 * share:.0f} %"


def plural(count: float, one: str, many: str = "") -> str:
    """``1 meeting``, ``2.5 meetings``."""
    return f"{number(count)} {one if number(count) == '1' else many or one + 's'}"
