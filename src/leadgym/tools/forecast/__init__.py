"""When will it be done: chances from the weeks a team has behind it, and whether such chances have held before.

``numbers`` is pure (draws, exact sums, back-test, change points), ``reading`` reads a tracker's export, ``drawing`` and
``page`` make the report, ``sample`` writes the sample data. ``forecast`` is what a notebook and the command call.
"""

from __future__ import annotations

from leadgym.tools.forecast.run import forecast

__all__ = ["forecast"]
