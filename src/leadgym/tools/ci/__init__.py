"""``leadgym ci``: what waiting for CI costs, what holds runs up, which red was not the code, when a fix pays."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from leadgym.tools.ci.model import Log
from leadgym.tools.ci.payback import Span
from leadgym.tools.report import Report

__all__ = ["ci", "sample_log"]


def ci(
    *paths: str | Path,
    share: tuple[float, float] = (0.25, 1.0),
    fix_days: float | Span | None = None,
    saves: float | Span | None = None,
) -> Report:
    """The page about a CI log. Without a path: about a month of Halyard's, made up.

    ``fix_days`` and ``saves`` (minutes a run): one number each, or two as a range. Raises FileProblems.
    """
    from leadgym.tools.ci.page import ci_report
    from leadgym.tools.ci.reading import read_log

    log = read_log([Path(path) for path in paths]) if paths else sample_log()
    return ci_report(log, share, _span(fix_days), _span(saves))


def sample_log() -> Log:
    """A month of Halyard's CI, read as any export would be."""
    from leadgym.tools.ci.reading import read_log
    from leadgym.tools.ci.sample import sample_csv

    with tempfile.TemporaryDirectory(prefix="leadgym-") as folder:
        path = Path(folder) / "sample.csv"
        path.write_text(sample_csv(), encoding="utf-8")
        return read_log([path])


def _span(given: float | Sequence[float] | None) -> Span | None:
    if given is None:
        return None
    if isinstance(given, int | float):
        return float(given), float(given)
    low, high = given
    return float(low), float(high)
