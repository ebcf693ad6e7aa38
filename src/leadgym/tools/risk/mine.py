"""``risk`` for a notebook: a file or rows, and the words that no log knows, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from leadgym.tools.report import Report
from leadgym.tools.risk.page import Ask, page
from leadgym.tools.risk.reading import from_csv, from_rows
from leadgym.yamlfile import FileProblems


def risk(
    incidents: str | Path | Sequence[Mapping[str, Any]],
    *,
    first: str = "",
    last: str = "",
    per_hour: float | None = None,
    only: str | None = None,
    currency: str = "€",
    system: str = "",
    reader: str = "",
    roads: Sequence[Sequence[str]] = (),
    recommend: str = "",
    ask: str = "",
    tripwire: str = "",
    accepts: str = "",
) -> Report | None:
    """The page about a risk. ``incidents``: a CSV file, or rows with the columns that ``leadgym risk --help`` names.

    ``first`` and ``last``: the days that were looked at, as 2026-07-01; ``only``: the rows of one system. The rest is
    written onto the page, and stays a blank where it is empty. A problem is printed as a sentence.
    """
    about = Ask(system, reader, roads, recommend, ask, tripwire, accepts)
    try:
        window = (_day("first", first), _day("last", last))
        if isinstance(incidents, str | Path):
            log = from_csv(Path(incidents), per_hour, only, window, date.today())
        else:
            log = from_rows(incidents, per_hour, window, date.today())
    except FileProblems as problem:
        print(problem)
        return None
    return page(log, about, currency)


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise FileProblems([f"{name}: '{text}' is no day. Write it as 2026-07-01."]) from wrong
