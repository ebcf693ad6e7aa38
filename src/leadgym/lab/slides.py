"""Where a lesson is shown as slides. How it is shown is in ``extensions/leadgym-slides``."""

from __future__ import annotations


def address(slug: str) -> str:
    """The path from a Jupyter server's base address: the lesson alone in its window, as slides."""
    return f"doc/tree/course/{slug}/lesson.ipynb?reset&slides"
