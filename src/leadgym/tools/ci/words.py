"""Numbers as the page and its figures say them."""

LITTLE = 0.1
"""Minutes below which a win is none."""


def near(number: float) -> str:
    """A number as people say it: one decimal below ten."""
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}"


def counted(number: int, what: str) -> str:
    """``1 run``, ``2,000 runs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
