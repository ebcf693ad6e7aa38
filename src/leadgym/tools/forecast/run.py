"""From a file and a question to the report: what the command and a notebook call."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from leadgym.tools.forecast.days import Days, Order, monday
from leadgym.tools.forecast.reading import Asked, History, read_history
from leadgym.tools.forecast.sample import OPEN, sample_csv
from leadgym.tools.report import Report
from leadgym.tools.zones import zone_or_none
from leadgym.yamlfile import FileProblems

RECENT = 52
"""Of a longer history so many weeks are drawn from, unless ``weeks`` says otherwise: a team of years ago is another."""
LEAST_RUNS, MOST_RUNS = 1000, 200_000
MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Question:
    """What is asked of the history: ``items`` and/or a day, and on what terms.

    ``weeks``: use only the last so many. ``added``: items found a week on the way. ``start``: the Monday of the first
    week that counts; None where the weeks have no dates.
    """

    items: int | None
    by: dt.date | None
    start: dt.date | None
    weeks: int | None = None
    added: float = 0.0
    runs: int = 10_000
    seed: int = 1

    @property
    def until(self) -> int | None:
        """How many weeks are over by ``by``: their Fridays are not after it."""
        if self.by is None or self.start is None:
            return None
        return ((self.by - self.start).days - 4) // 7 + 1


def forecast(path: str | Path | None = None, **options: object) -> Report:
    """When will it be done: the report for a tracker's export, or for the sample where no file is named.

    ``items``: how many are left. ``by``: a day, as "2026-11-20". Either or both; without ``items``, rows without a
    finish date count as left. ``weeks``: draw only from the last so many. ``added``: items found a week on the way.
    ``start``, ``since``, ``as_of``, ``column``, ``dates`` ("day-first" or "month-first"), ``zone``, ``runs``, ``seed``
    are the command's options. What is wrong with the file stands in the report.
    """
    try:
        return made(path, **options)  # type: ignore[arg-type]
    except FileProblems as problem:
        return Report("No forecast yet", tuple(problem.problems))


def made(
    path: str | Path | None,
    *,
    items: int | None = None,
    by: str | dt.date | None = None,
    weeks: int | None = None,
    added: float = 0.0,
    start: str | dt.date | None = None,
    since: str | dt.date | None = None,
    as_of: str | dt.date | None = None,
    column: str | None = None,
    dates: Order | None = None,
    zone: str | None = None,
    runs: int = 10_000,
    seed: int = 1,
) -> Report:
    """As ``forecast``; raises FileProblems."""
    from leadgym.tools.forecast.page import report

    _within("items", items, 1, MOST_ITEMS)
    _within("weeks", weeks, 4, 1000)
    _within("added", added, 0, 1000)
    _within("runs", runs, LEAST_RUNS, MOST_RUNS)
    asked = Asked(column, _day("since", since), _day("as-of", as_of), Days(dates, _zone(zone)))
    if path is None:
        with tempfile.TemporaryDirectory() as folder:
            sample = Path(folder) / "sample.csv"
            sample.write_text(sample_csv(), encoding="utf-8")
            history = read_history(sample, asked)
        name = "the sample"
    else:
        history, name = read_history(Path(path), asked), str(path)
    if weeks is None and len(history.counts) > RECENT:
        weeks = RECENT
    if not any(history.counts[-weeks:] if weeks else history.counts):
        raise FileProblems([f"{name}:1: in these weeks nothing was finished, so nothing can be drawn from them."])
    return report(
        history, _question(name, history, items, _day("by", by), _day("start", start), weeks, added, runs, seed)
    )


def _question(
    name: str,
    history: History,
    items: int | None,
    by: dt.date | None,
    start: dt.date | None,
    weeks: int | None,
    added: float,
    runs: int,
    seed: int,
) -> Question:
    first = monday(start + dt.timedelta(days=6)) if start else history.after
    if items is None and by is None:
        items = min(history.open_items, MOST_ITEMS) or None
    if items is None and by is None:
        raise FileProblems([f"{name}:1: has no open rows. Say how many items are left, or by when: --items or --by."])
    if by is not None and first is None:
        raise FileProblems([f"{name}:1: its weeks bear numbers and no dates. Give the first week: --start 2026-09-14."])
    if items is None:
        items = history.open_items or None
    question = Question(items, by, first, weeks, added, runs, seed)
    if question.until is not None and question.until < 1:
        raise FileProblems([f"--by: {by} comes before the Friday of the first week, which begins on {first}."])
    return question


def _day(name: str, text: str | dt.date | None) -> dt.date | None:
    if text is None or isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(str(text).strip())
    except ValueError as error:
        raise FileProblems([f"--{name}: '{str(text)[:40]}' is no day. Write it as 2026-11-20."]) from error


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    found = zone_or_none(name)
    if found is None:
        raise FileProblems([f"--zone: there is no '{name[:40]}'. Write it as Europe/Copenhagen."])
    return found


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (isinstance(value, int | float) and low <= value <= high):
        raise FileProblems([f"--{name}: has to be a number from {low} to {high:,}; it is {str(value)[:40]}."])


def fits(values: Sequence[int], weeks: int | None) -> Sequence[int]:
    """The last ``weeks`` of the counts, or all."""
    return values[-weeks:] if weeks else values


__all__ = ["OPEN", "Question", "fits", "forecast", "made"]
