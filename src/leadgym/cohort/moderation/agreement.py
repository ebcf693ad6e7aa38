"""How far people and the marker agree, over time: on what the marker was not sure of, and on a sample of the rest.

Exact agreement with Wilson's (1927) interval; the mean difference, person less marker, and weighted kappa with
quadratic weights (Cohen 1968), each with a 95 % bootstrap percentile interval (Efron 1979). Below `ENOUGH` decisions
only counts are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadgym.cohort.moderation.log import CHECK, DECISION, Entry, Log, latest
from leadgym.cohort.moderation.questions import CEILING, WHOLE
from leadgym.estimates import wilson
from leadgym.marking.prose.intervals import bootstrap
from leadgym.tools.report import Report, Table

ENOUGH = 10
"""Decisions from which a rate or a kappa is worth an interval."""
_TOO_FEW = "too few"
_HEAD = ("decisions", "same", "at most a step apart", "person less marker", "weighted kappa")
_SEEN = (
    "What the marker was not sure of is the hard part: agreement there says nothing about the rest. Whoever decided "
    "saw what the rules proposed, which draws people towards it."
)
_SAMPLED = (
    "A random sample of criteria that the rules decided alone, judged by a person who did not see what the rules gave. "
    "This is the rate to quote."
)
_NONE_SAMPLED = (
    "Nobody has checked what the marker was sure of. For a rate that can be quoted: leadgym cohort moderate --sample 30"
)
_NOTES = (
    f"Below {ENOUGH} decisions only counts are given. Intervals are of 95 %: Wilson (1927) for shares, bootstrap "
    "(Efron 1979) for the others. Weighted kappa (Cohen 1968, quadratic weights) is 1 for full agreement and 0 for "
    "what chance would give; it is not there where either side always says the same. A step is half of a criterion's "
    "points.",
    "Differences are in per cent of a criterion's points; above 0 the person gave more. Where the rules proposed "
    "nothing there is nothing to compare. Scores set in formgrader are not in this: they are not by criterion.",
)


@dataclass(frozen=True)
class Measure:
    """Agreement over ``n`` decisions. Shares are 0 to 1, ``difference`` in per cent of a criterion's points.

    Intervals are None below ENOUGH, and ``kappa`` is None there or where either side does not vary.
    """

    n: int
    same: int
    near: int
    same_interval: tuple[float, float] | None = None
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None
    kappa: float | None = None
    kappa_interval: tuple[float, float] | None = None


def ratings(root: Path, what: str = DECISION) -> list[Entry]:
    """What stands in the log of ``root`` and can be compared: decisions, or with ``CHECK`` second looks.

    Raises FileProblems for a damaged log.
    """
    found = latest(Log(root).standing(), what)
    return [entry for entry in found.values() if entry.proposed is not None and entry.decided is not None]


def measured(entries: Sequence[Entry]) -> Measure:
    """The agreement over ``entries``, as `ratings` gives them."""
    pairs = [(float(e.proposed or 0) / e.out_of, float(e.decided or 0) / e.out_of) for e in entries if e.out_of]
    same = sum(abs(a - b) < 1e-6 for a, b in pairs)
    near = sum(abs(a - b) <= 0.5 + 1e-6 for a, b in pairs)
    if len(pairs) < ENOUGH:
        return Measure(len(pairs), same, near)
    # Of an answer as a whole there are no steps.
    stepped = [(_step(a), _step(b)) for (a, b), e in zip(pairs, entries, strict=True) if e.criterion != WHOLE]
    found = kappa([a for a, _ in stepped], [b for _, b in stepped]) if len(stepped) >= ENOUGH else math.nan
    return Measure(
        len(pairs),
        same,
        near,
        wilson(same, len(pairs)),
        _mean([a for a, _ in pairs], [b for _, b in pairs]),
        bootstrap(pairs, _mean),
        None if math.isnan(found) else found,
        None if math.isnan(found) else bootstrap(stepped, kappa),
    )


def kappa(first: Sequence[float], second: Sequence[float]) -> float:
    """Weighted kappa with quadratic weights; nan where there is nothing to agree on beyond chance.

    With these weights it is 1 - sum (a - b)^2 / expected sum over all pairings of the two sides' values.
    """
    if not first:
        return math.nan
    seen = math.fsum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / len(first)
    mean_a, mean_b = math.fsum(first) / len(first), math.fsum(second) / len(second)
    spread_a = math.fsum((a - mean_a) ** 2 for a in first) / len(first)
    spread_b = math.fsum((b - mean_b) ** 2 for b in second) / len(second)
    chance = spread_a + spread_b + (mean_a - mean_b) ** 2
    return 1 - seen / chance if spread_a and spread_b else math.nan


def agreement(root: Path, *, weekly: bool = False) -> Report:
    """The page: by criterion and by month, or week, for what was unsure and for what was sampled."""
    decided, checked = ratings(root), ratings(root, CHECK)
    period, by_time = ("week", _week) if weekly else ("month", _month)
    says, tables = [_says(decided, "what the marker was not sure of"), _SEEN], []
    for entries, what in ((decided, "Not sure"), (checked, "Sampled from what it was sure of")):
        if entries:
            tables.append(_table(f"{what}, by criterion", "criterion", entries, _name))
            tables.append(_table(f"{what}, by {period}", period, entries, by_time))
    says += [_says(checked, "a random sample of what it was sure of"), _SAMPLED] if checked else [_NONE_SAMPLED]
    return Report("Agreement between people and the marker", tuple(says), tuple(tables), notes=_NOTES)


def _says(entries: Sequence[Entry], what: str) -> str:
    if not entries:
        return f"Nobody has decided anything yet on {what}."
    made = measured(entries)
    people = len({entry.who for entry in entries})
    by = "one person" if people == 1 else f"{people} people"
    rate = f" = {_share(made)}" if made.same_interval else f": {_TOO_FEW} for a rate"
    return f"On {what}, {by} gave the marker's points in {made.same} of {made.n}{rate}."


def _table(title: str, column: str, entries: Iterable[Entry], key: Callable[[Entry], str]) -> Table:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    rows = [(name, *_row(measured(groups[name]))) for name in sorted(groups)]
    return Table(title, (column, *_HEAD), tuple(rows))


def _row(made: Measure) -> tuple[str, ...]:
    counts = (str(made.n), f"{made.same}", f"{made.near}")
    if made.difference is None or made.difference_interval is None:
        return (*counts, _TOO_FEW, _TOO_FEW)
    low, high = made.difference_interval
    kappa_ = "no variation"
    if made.kappa is not None and made.kappa_interval is not None:
        kappa_ = f"{made.kappa:.2f} [{made.kappa_interval[0]:.2f}, {made.kappa_interval[1]:.2f}]"
    difference = f"{made.difference:+.0f} % [{low:+.0f}, {high:+.0f}]"
    return counts[0], f"{made.same} = {_share(made)}", counts[2], difference, kappa_


def _share(made: Measure) -> str:
    low, high = made.same_interval or (0.0, 1.0)
    return f"{100 * made.same / made.n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _mean(proposed: Sequence[float], decided: Sequence[float]) -> float:
    return 100 * math.fsum(b - a for a, b in zip(proposed, decided, strict=True)) / len(proposed)


def _step(share: float) -> float:
    return float(math.floor(2 * share + 0.5))


def _name(entry: Entry) -> str:
    name = entry.criterion.replace(CEILING, "ceiling ")
    return f"{entry.module} {entry.answer}: {name}"


def _month(entry: Entry) -> str:
    return entry.when[:7]


def _week(entry: Entry) -> str:
    year, week, _ = datetime.fromisoformat(entry.when).isocalendar()
    return f"{year}-W{week:02}"
