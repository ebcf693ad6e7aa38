"""``leadgym flow``: what a board's export says about waiting, work in progress and age."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from leadgym.tools.flow.dates import DAY_FIRST, MONTH_FIRST, Clock, zone_named
from leadgym.tools.report import Report
from leadgym.yamlfile import FileProblems

__all__ = ["DAY_FIRST", "MONTH_FIRST", "flow"]


def flow(
    path: str | Path | None = None,
    *,
    dates: str | None = None,
    zone: str | None = None,
    columns: Mapping[str, str] | None = None,
    statuses: Mapping[str, str] | None = None,
    on: str | None = None,
) -> Report:
    """The page about the export in ``path``; without one, about the invented sample.

    ``dates``: "day-first" or "month-first" where the file cannot tell. ``zone``: of times that name none, and of the
    weeks. ``columns``: {"started": "In Dev"}. ``statuses``: {"Ready for QA": "doing"}. ``on``: the day it is said for.
    Raises FileProblems.
    """
    from leadgym.tools.flow.page import report
    from leadgym.tools.flow.read import Options, read
    from leadgym.tools.flow.sample import NAME, text

    if dates not in (None, DAY_FIRST, MONTH_FIRST):
        raise FileProblems([f"dates: '{dates}' is neither {DAY_FIRST} nor {MONTH_FIRST}."])
    clock = Clock(dates, zone_named(zone) if zone else None)
    options = Options(clock, columns, statuses, on)
    if path is not None:
        return report(read(Path(path), options), Path(path).name)
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder) / "board.csv"
        board.write_text(text(), encoding="utf-8")
        return report(read(board, options), NAME)
