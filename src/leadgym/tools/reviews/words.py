"""Times and shares as people say them."""

from __future__ import annotations


def span(hours: float) -> str:
    """A time with its unit: minutes below an hour, hours below two days, then days of 24 hours."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    if hours < 9.95:
        return f"{hours:.1f} h"
    if hours < 48:
        return f"{hours:.0f} h"
    return f"{hours / 24:.1f} days"


def percent(share: float) -> str:
    """Whole percent; nothing that is not all of it is shown as 100 %, nothing that is there as 0 %."""
    if 0 < share < 0.005:
        return "<1 %"
    return f"{min(99, round(share * 100)) if share < 1 else 100} %"


def count(number: int, one: str, more: str = "") -> str:
    """``1 request``, ``2 requests``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
