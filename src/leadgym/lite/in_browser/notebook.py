"""What the notebooks of this edition use: ``play``, as in the full one. What else that one has says where it is."""

from __future__ import annotations

from collections.abc import Callable

from leadgym.widgets.player import play

__all__ = ["play"]

FULL_EDITION = (
    "audit",
    "bus_factor",
    "calibration",
    "ci",
    "course_map",
    "flow",
    "forecast",
    "judge",
    "look",
    "portfolio",
    "practice_week",
    "quiz",
    "race",
    "reviews",
    "risk",
    "room",
    "show_table",
    "show_task",
    "submit",
)


def __getattr__(name: str) -> Callable[..., None]:
    """For what only the full edition has: something to call that says so. Raises AttributeError for other names."""
    if name not in FULL_EDITION:
        raise AttributeError(f"module 'leadgym.notebook' has no attribute '{name}'")

    def elsewhere(*_: object, **__: object) -> None:
        print(f"{name} needs the full edition of leadgym, on a machine of your own. Here the stories are played.")

    return elsewhere
