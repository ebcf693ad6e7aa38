"""A race in words and numbers: what stands where at the end of a week, which difference is more than luck."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leadgym.sim import HIGHER_IS_BETTER, Interval, Result, interval, outcomes
from leadgym.sim.numbers import Floats
from leadgym.sim.state import CODING, SHIPPED, STUCK

NOT_A_FORECAST = "Plausible, not predictive: a model that somebody wrote down, with assumed numbers in it."
_MINUS = "\N{MINUS SIGN}"
_MOST_PROBLEMS = 4
_SERIES = ("value", "incidents")
_STRAY = 0.01  # of the moments of a race: so many decisions may be lost without spoiling it

OUTCOMES: Mapping[str, tuple[str, int]] = {
    "value": ("Value in finished epics (planned hours)", 0),
    "incidents": ("Incidents in a hundred tickets", 1),
    "growth": ("Growth of the others (skill, summed)", 2),
    "cover": ("Share of the hard work that somebody else could do", 2),
    "lead_coding_hours": ("Your own hours at code", 0),
    "blocked_hours": ("Hours people were stuck", 0),
    "absence_loss": ("Value lost because you are away", 0),
}
"""What is shown, with the digits it is shown with."""


@dataclass(frozen=True, eq=False)
class Standing:
    """An entry's quarter, and with an absence the same quarter without it."""

    name: str
    result: Result
    present: Result | None = None

    @property
    def stood_in(self) -> int:
        """How many decisions the model's default made in its place, because what came could not be used."""
        results = [one for one in (self.result, self.present) if one is not None]
        return sum(problem.count for one in results for problem in one.problems if problem.lost)

    @property
    def is_its_own(self) -> bool:
        """Whether the quarter is this policy's doing, but for one moment in a hundred."""
        moments = self.result.world.runs * self.result.world.steps
        return self.stood_in <= moments * _STRAY

    @property
    def weeks(self) -> int:
        """How many weeks were played."""
        return int(self.result.value.shape[1])

    def at(self, week: int) -> dict[str, Floats]:
        """Each outcome at the end of ``week`` (from 1), one number a run."""
        result, w = self.result, week - 1
        grown = (result.skill[:, w] - result.world.skill.mean(axis=2))[:, 1:].sum(axis=1)
        found = {
            "value": result.value[:, w],
            "incidents": 100 * result.incidents[:, w] / np.maximum(result.shipped[:, w], 1),
            "growth": grown * result.world.skill.shape[2],
            "lead_coding_hours": result.hours[:, w, 0, CODING],
            "blocked_hours": result.hours[:, w, :, STUCK].sum(axis=1),
        }
        if week == self.weeks:
            found["cover"] = outcomes(result)["cover"]
        if self.present is not None:
            found["absence_loss"] = self.present.value[:, w] - result.value[:, w]
        return found

    def tickets(self, week: int) -> Floats:
        """Tickets shipped by each person by the end of ``week``, a mean over the runs (P)."""
        final = self.result.final
        done = (final.status == SHIPPED) & (final.shipped_at < week * self.result.world.steps_a_week)
        return np.array([(done & (final.owner == p)).sum() for p in range(len(self.result.names))]) / len(done)

    def grown(self, week: int) -> Floats:
        """How much each person's skill has grown by the end of ``week``, summed over domains, a mean over runs (P)."""
        world = self.result.world
        return np.asarray(
            (self.result.skill[:, week - 1] - world.skill.mean(axis=2)).mean(axis=0) * world.skill.shape[2]
        )

    def lead(self, week: int) -> Floats:
        """The lead's hours by activity in a mean week up to ``week`` (A)."""
        return np.asarray(self.result.hours[:, week - 1, 0].mean(axis=0) / week)


def differences(one: Standing, other: Standing, week: int) -> dict[str, Interval]:
    """One minus the other, seed by seed: luck that meets both cancels out."""
    mine, theirs = one.at(week), other.at(week)
    return {name: interval(mine[name] - theirs[name]) for name in mine}


def takeaway(one: Standing, other: Standing, week: int) -> str:
    """The race in a line, naming only what is more than luck; no comparison where a default raced in one's place."""
    for standing in (one, other):
        if not standing.is_its_own:
            return (
                f"No comparison: {standing.stood_in} decisions of {standing.name} could not be used, "
                "and the model's default raced in its place"
            )
    found = differences(one, other, week)
    name = _first(one.name)
    value = found["value"]
    if value.clear:
        more = "more" if value.mean > 0 else "less"
        by = f"by week {week} ({_between('value', value)})"
        said = f"{name}: {_size('value', value)} {more} value than {other.name} {by}"
    else:
        said = f"{name} and {other.name}: no clear difference in value by week {week} ({_between('value', value)})"
    rest = [
        words.format(_size(outcome, found[outcome]), more if found[outcome].mean > 0 else less)
        for outcome, (words, more, less) in _CLAUSES.items()
        if outcome in found and found[outcome].clear and float(_size(outcome, found[outcome])) > 0
    ]
    return f"{said}; {', '.join(rest)}" if rest else said


_CLAUSES = {
    "incidents": ("{} {} incidents in a hundred tickets", "more", "fewer"),
    "growth": ("{} {} growth", "more", "less"),
    "absence_loss": ("{} {} lost to your absence", "more", "less"),
}


def rows(one: Standing, other: Standing, week: int) -> list[tuple[str, str, str, str, str]]:
    """Outcome, one, the other, one minus the other with its interval, and what to make of that."""
    mine, theirs, apart = one.at(week), other.at(week), differences(one, other, week)
    found = []
    for name, (label, _) in OUTCOMES.items():
        if name in mine:
            comparable = one.is_its_own and other.is_its_own
            better = (apart[name].mean > 0) == HIGHER_IS_BETTER[name]
            verdict = ("better" if better else "worse") if apart[name].clear else "within luck"
            found.append((
                label,
                _number(name, float(mine[name].mean())),
                _number(name, float(theirs[name].mean())),
                f"{_signed(name, apart[name].mean)} ({_between(name, apart[name])})",
                "no comparison"
                if not comparable
                else "other use of your week"
                if name == "lead_coding_hours" and apart[name].clear
                else verdict,
            ))  # fmt: skip
    return found


def table(one: Standing, other: Standing, week: int) -> str:
    """The rows as an HTML table."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in _heads(one, other, week))
    body = "".join(
        f'<tr><th scope="row">{html.escape(label)}</th>'
        + "".join(f"<td>{html.escape(one)}</td>" for one in cells)
        + "</tr>"
        for label, *cells in rows(one, other, week)
    )
    return f'<table class="leadgym-race-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def weekly(one: Standing, other: Standing) -> list[tuple[str, str, str, str, str]]:
    """For each week: its number, value of one and the other so far, incidents of one and the other so far."""
    value, incidents = ([getattr(each.result, what).mean(axis=0) for each in (one, other)] for what in _SERIES)
    return [
        (
            f"{week + 1}",
            f"{value[0][week]:.0f}",
            f"{value[1][week]:.0f}",
            f"{incidents[0][week]:.1f}",
            f"{incidents[1][week]:.1f}",
        )
        for week in range(one.weeks)
    ]


def problems(standings: Sequence[Standing]) -> list[str]:
    """What was wrong with the policies' decisions, a sentence each."""
    said = []
    for standing in standings:
        found = standing.result.problems
        said += [f"{_first(standing.name)}: {problem}" for problem in found[:_MOST_PROBLEMS]]
        if len(found) > _MOST_PROBLEMS:
            said.append(f"{_first(standing.name)}: and {len(found) - _MOST_PROBLEMS} other kinds of problem.")
        if found:
            said.append("Wherever a decision could not be used, the model's default stood in for it.")
    return said


def in_words(standings: Sequence[Standing], away: int) -> str:
    """The whole race as text: takeaway, table, weeks."""
    one, other = standings
    week = one.weeks
    lines = [f"{takeaway(one, other, week)}.", conditions(one, away), ""]
    cells = [tuple(_heads(one, other, week)), *rows(one, other, week)]
    lines += _columns(cells)
    lines += ["", "Value by week, and incidents by week:"]
    heads = ("week", one.name, other.name, one.name, other.name)
    lines += _columns([heads, *weekly(one, other)])
    return "\n".join([*lines, "", NOT_A_FORECAST])


def conditions(one: Standing, away: int) -> str:
    """Under which conditions the race was run."""
    gone = f"you are away for four weeks from week {away}" if away else "you are there all the time"
    return f"{one.result.world.runs} quarters on the same luck, {gone}; in brackets the 95 % interval."


def _columns(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _heads(one: Standing, other: Standing, week: int) -> list[str]:
    return [f"By week {week}", one.name, other.name, "difference", "which is"]


def _first(name: str) -> str:
    return name[:1].upper() + name[1:]


def _number(outcome: str, value: float) -> str:
    shown = f"{value:.{OUTCOMES[outcome][1]}f}"
    return (shown.removeprefix("-") if float(shown) == 0 else shown).replace("-", _MINUS)


def _signed(outcome: str, value: float) -> str:
    shown = _number(outcome, value)
    return shown if value <= 0 or float(shown) == 0 else f"+{shown}"


def _size(outcome: str, found: Interval) -> str:
    return _number(outcome, abs(found.mean))


def _between(outcome: str, found: Interval) -> str:
    return f"{_number(outcome, found.low)} to {_number(outcome, found.high)}"
