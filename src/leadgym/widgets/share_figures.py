"""How much of a lead's week is code: the shares on the team simulation, on the same luck and with the numbers varied.

All of them delegate alike, one hard ticket at a time to a colleague with the lead beside them; the calendar differs.
Most numbers of the simulation are assumed. So a difference counts as shown only where it stands in nearly all of DRAWS
sets of numbers, each number between half and one and a half times what is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from leadgym.sim import REFERENCES, draws, interval, outcomes, run
from leadgym.sim.numbers import Floats
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure

WAY = "60/40 with one paired stretch"
DRAWS, LUCKS = 24, 6
NEAR = 0.9
MOST = 20
"""In how many of the draws a difference has to stand to count as shown."""
ROWS = (
    ("value", "finished (planned hours)"),
    ("lead_coding_hours", "your own hours of code"),
    ("blocked_hours", "hours people are stuck"),
    ("review_p90", "one review in ten takes longer than (hours)"),
    ("growth", "what the others learn (skill)"),
    ("predictability", "predictability (0 to 1)"),
)


@lru_cache(maxsize=32)
def _played(share: float, batched: bool, lucks: int, varied: bool) -> dict[str, Floats]:
    """Outcomes with this share of code: luck by luck, or with ``varied`` lucks x draws."""
    policy = replace(REFERENCES[WAY], name=f"{share:.0%} code", coding=share, batched=batched)
    if not varied:
        return outcomes(run(policy, range(1, lucks + 1)))
    numbers = draws(DRAWS)
    seeds = [luck for luck in range(1, lucks + 1) for _ in numbers]
    return outcomes(run(policy, seeds, parameters=numbers * lucks))


def shares(found: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1.0), lucks: int = 12) -> LessonFigure:
    """What a quarter finishes and how long people are stuck, by the lead's share of code. Raises ValueError."""
    if len(found) < 2 or not all(0 <= share <= 1 for share in found):
        raise ValueError("Give at least two shares from 0 to 1, as in [0, 0.3, 0.6].")
    order = sorted(set(found))
    value = {share: interval(_played(share, False, lucks, False)["value"]) for share in order}
    stuck = {share: interval(_played(share, False, lucks, False)["blocked_hours"]) for share in order}
    best = max(order, key=lambda share: value[share].mean)
    near = [share for share in order if share != best and value[share].mean >= NEAR * value[best].mean]
    last = min(order, key=lambda share: value[share].mean)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.2))
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        figure.subplots_adjust(left=0.12, right=0.97, top=0.96, bottom=0.13, hspace=0.18)
        for axis, what, color in ((upper, value, INK), (lower, stuck, MARK)):
            means = [what[share].mean for share in order]
            spread = [[one.mean - one.low for one in what.values()], [one.high - one.mean for one in what.values()]]
            axis.errorbar(
                [100 * share for share in order], means, yerr=spread, color=color, marker="o", lw=1.8, capsize=3
            )  # fmt: skip
            axis.set_ylim(0, 1.15 * max(one.high for one in what.values()))
        upper.axhline(NEAR * value[best].mean, color=LINE, lw=1, ls=":")
        middle = 50 * (order[-2] + order[-1]) if len(order) > 2 else 50 * (order[0] + order[-1])
        upper.annotate(
            "within 10 % of the most", (middle, NEAR * value[best].mean), xytext=(0, -12), ha="center",
            textcoords="offset points", color=INK, fontsize=8,
        )  # fmt: skip
        upper.set_ylabel("Finished\n(planned hours)")
        lower.set_ylabel("Stuck\n(hours)")
        lower.set_xlabel("Your share of code (%)")
        svg = themed_svg(figure)
    title = f"{best:.0%} of code finishes most here"
    if near:
        title += f"; {_listed([f'{100 * share:.0f}' for share in near])} % come within a tenth of it"
    title += f", and {last:.0%} comes last"
    told = " ".join(
        f"{share:.0%}: {value[share].mean:.0f} planned hours finished ({value[share].low:.0f} to "
        f"{value[share].high:.0f}), people stuck for {stuck[share].mean:.0f} hours."
        for share in order
    )
    caption = (
        f"{lucks} simulated quarters, the same luck for each share; bars are 95 % intervals. Plausible, not "
        "predictive: most numbers in the simulation are assumed, and this is one set of them."
    )
    return LessonFigure(title, told, caption, svg)


@dataclass(frozen=True)
class Comparison:
    """Two calendars side by side: for each outcome the means, and in how many draws the first has more."""

    first: str
    second: str
    rows: tuple[tuple[str, float, float, int], ...]

    def more(self, outcome: str) -> int:
        """In how many of DRAWS the first has more of it."""
        return next(count for name, _, _, count in self.rows if name == outcome)

    def __repr__(self) -> str:
        label = dict(ROWS)
        head = f"{'':44}{self.first:>14}{self.second:>14}   {self.first} has more in"
        lines = [
            f"{label[name]:44}{first:>14.2f}{second:>14.2f}   {count} of {DRAWS} draws: {_said(count)}"
            for name, first, second, count in self.rows
        ]
        return "\n".join([head, *lines])


def compare_shares(
    first: float, second: float, *, first_batched: bool = False, second_batched: bool = False, lucks: int = LUCKS
) -> Comparison:
    """Two shares of code, from 0 to 1, in DRAWS sets of numbers with ``lucks`` quarters each. Takes some ten seconds.

    ``batched``: what people ask is kept for the end of the day. Raises ValueError for what is no share.
    """
    for share in (first, second):
        if isinstance(share, bool) or not 0 <= share <= 1:
            raise ValueError(f"{share} is no share; write 0.6 for 60 %.")
    one = _played(float(first), first_batched, lucks, True)
    two = _played(float(second), second_batched, lucks, True)
    rows = []
    for name, _ in ROWS:
        by_draw = (one[name] - two[name]).reshape(lucks, DRAWS).mean(axis=0)
        rows.append((name, float(one[name].mean()), float(two[name].mean()), int(np.count_nonzero(by_draw > 0))))
    return Comparison(_name(first, first_batched), _name(second, second_batched), tuple(rows))


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _name(share: float, batched: bool) -> str:
    return f"{share:.0%}{' batched' if batched else ''}"


def _said(count: int) -> str:
    if count >= MOST:
        return "more"
    return "less" if count <= DRAWS - MOST else "cannot tell"
