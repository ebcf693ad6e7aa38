"""Where a policy's quarters lie between two references on one outcome, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from leadgym.marking.quarters import Played
from leadgym.marking.show import number
from leadgym.sim import HIGHER_IS_BETTER, Interval, interval, place

SHIPPED_LESS = frozenset({name for name, higher in HIGHER_IS_BETTER.items() if not higher} | {"predictability"})
SAYS = {
    "value": "Your quarter ships {} planned hours of finished epics",
    "value_away": "With you away for four weeks, your quarter ships {} planned hours of finished epics",
    "predictability": "Your predictability is {} of 1",
    "growth": "The others gain {} of skill, summed over people and domains",
    "incidents": "Your team has {} incidents per hundred tickets",
    "lead_coding_hours": "You code {} hours",
    "blocked_hours": "Your team is stuck for {} hours",
    "review_p50": "Half of your reviews take longer than {} working hours",
    "review_p90": "One review in ten takes longer than {} working hours",
    "cycle_p85": "Of your tickets 85 % are out within {} working days of being taken",
    "cover": "Somebody other than you could do {} of the hard work",
    "known_twice": "Two people other than you have written or read {} of what shipped",
    "read_ably": "Of what shipped, {} was read by somebody who knew enough of it",
    "absence_loss": "Four weeks without you cost {} planned hours of finished epics",
}


@dataclass(frozen=True)
class Place:
    """``score`` is not cut; ``found`` says where it lies, ``cut`` what was taken off."""

    score: float
    found: str
    cut: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """One outcome between two references, both played on the same quarters."""

    outcome: str
    low_name: str
    high_name: str
    low: Played
    high: Played

    @property
    def _apart(self) -> Interval:
        """By how much high is better than low."""
        name = self.outcome
        difference = self.high.numbers[name] - self.low.numbers[name]
        return interval(difference if HIGHER_IS_BETTER.get(name, True) else -difference)

    @property
    def span(self) -> bool:
        """Whether high is better than low."""
        return self._apart.mean > 0

    @property
    def clear(self) -> bool:
        """Whether it clearly is: between references that luck could swap, a place means nothing."""
        return self._apart.low > 0

    def told(self, played: Played) -> str:
        """The three numbers."""
        name = self.outcome
        mine, low, high = (amount(float(one.numbers[name].mean())) for one in (played, self.low, self.high))
        return f"{SAYS[name].format(mine)}; {self.low_name} {low}, {self.high_name} {high}."

    def place(self, played: Played) -> Place:
        """Where ``played`` lies."""
        name = self.outcome
        at: Interval = place(played.numbers[name], self.low.numbers[name], self.high.numbers[name])
        if at.high < 0:
            where = f"Over {at.n} quarters that is clearly behind {self.low_name}."
        elif at.low > 1:
            where = f"Over {at.n} quarters that is clearly beyond {self.high_name}."
        else:
            where = f"With {self.low_name} at 0 % and {self.high_name} at 100 %, that is {percent(at.mean)}, "
            where += f"{percent(at.low)} to {percent(at.high)} over {at.n} quarters."
        score, cut = at.mean, list[str]()
        if name in SHIPPED_LESS and score > 0:
            shipped, wanted = float(played.numbers["value"].mean()), float(self.low.numbers["value"].mean())
            share = min(1.0, max(0.0, 2 * shipped / wanted - 1)) if wanted > 0 else 1.0
            if share < 1:
                score *= share
                cut.append(
                    f"A team that ships less has less of this anyway: you ship {amount(shipped)} planned hours, "
                    f"{self.low_name} {amount(wanted)}, so it counts for {percent(share)}."
                )
        return Place(score, f"{self.told(played)} {where}", tuple(cut))


def percent(share: float) -> str:
    """Whole percent, but nothing that is not all of it is shown as 100 %."""
    return f"{min(99, int(share * 100)) if share < 1 else 100} %"


def amount(value: float) -> str:
    """A number at the precision that means something."""
    return f"{value:.0f}" if abs(value) >= 100 else number(round(value, 1)) if abs(value) >= 10 else number(value)
