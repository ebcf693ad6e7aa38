"""What the notebooks of this edition use: ``play``, as in the full one."""

from leadgym.widgets.player import play

__all__ = ["play"]
