"""Numbers as the page and its figures say them."""

from __future__ import annotations

from leadgym.tools.ci.path import Stage

LITTLE = 0.1
"""Minutes below which a win is none."""


def near(number: float) -> str:
    """A number as people say it: one decimal below ten."""
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}"


def counted(number: int, what: str) -> str:
    """``1 run``, ``2,000 runs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def span(stage: Stage, digits: int | None = None) -> str:
    """What a stage holds a run up by: one number, or two where the export leaves it open."""
    low, high = (near(n) if digits is None else f"{n:.{digits}f}" for n in (stage.wins, stage.most))
    return low if low == high else f"{low} to {high}"
