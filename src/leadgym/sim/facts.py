"""What the model says about leading a team, over parameter draws of +/-50 %: ``python -m leadgym.sim.facts``.

Every fact is put to each draw by itself: policies play the same seeds, and their means over the seeds are compared. A
share of draws says how far a fact hangs on numbers nobody has measured. Facts that do not hold are printed as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from leadgym.sim.numbers import Bools, Floats
from leadgym.sim.outcomes import outcomes
from leadgym.sim.parameters import draws
from leadgym.sim.references import (
    ALL_CODING,
    NO_CODING,
    NO_DELEGATION,
    NO_STRETCH,
    ROUND_ROBIN,
    SIXTY_FORTY,
    SOFT_HERO,
    STRETCH_EVERYTHING,
    STRICT_HERO,
    Reference,
)
from leadgym.sim.run import run
from leadgym.sim.team import lead_away

DRAWS = 20
SEEDS = 20
AWAY_WEEK = 6
_T = 2.093  # 95 %, 19 degrees of freedom


@dataclass(frozen=True)
class Fact:
    """``share`` of the draws in which ``says`` holds; ``detail`` has the numbers behind it."""

    number: str
    says: str
    share: float
    detail: str


class Draws:
    """Runs of policies over all draws at once; each kept, as most facts share them. Arrays: draws x seeds."""

    def __init__(self, count: int = DRAWS, seeds: int = SEEDS) -> None:
        self.count, self.seeds = count, seeds
        self._sets = [one for one in draws(count) for _ in range(seeds)]
        self._numbers = list(range(seeds)) * count
        self._kept: dict[tuple[str, bool], dict[str, Floats]] = {}

    def __call__(self, reference: Reference, away: bool = False) -> dict[str, Floats]:
        """Outcomes of a quarter (draws x seeds), and ``curve``: value by week (draws x seeds x weeks)."""
        key = (reference.name, away)
        if key not in self._kept:
            shocks = [lead_away(AWAY_WEEK)] if away else []
            result = run(reference, self._numbers, shocks=shocks, parameters=self._sets)
            found = {**outcomes(result), "work": result.work[:, -1]}
            shaped = {name: values.reshape(self.count, self.seeds) for name, values in found.items()}
            self._kept[key] = {**shaped, "curve": result.value.reshape(self.count, self.seeds, -1)}
        return self._kept[key]

    def loss(self, reference: Reference) -> Floats:
        """Value lost with the lead away for four weeks."""
        return np.asarray(self(reference)["value"] - self(reference, away=True)["value"])


@lru_cache(maxsize=1)
def lab() -> Draws:
    """The runs that all facts share."""
    return Draws()


def clearly(difference: Floats) -> Bools:
    """Draws whose mean difference (draws x seeds) lies above 0 by its 95 % interval."""
    mean, error = difference.mean(axis=1), difference.std(axis=1, ddof=1) / np.sqrt(difference.shape[1])
    return np.asarray(mean > _T * error)


def hero_leads_early() -> Fact:
    """Fact 1."""
    ahead = _hero_ahead()
    last = np.array([np.flatnonzero(row).max(initial=-1) + 1 for row in ahead])
    overtaken = last < ahead.shape[1]
    quartiles = np.percentile(last[overtaken], [25, 50, 75]).round().astype(int).tolist()
    return Fact(
        "1",
        "A strict hero leads at some point in weeks 1 to 5, and is overtaken for good",
        float((ahead[:, :5].any(axis=1) & overtaken).mean()),
        f"last week in front: quartiles {quartiles}; never overtaken in {int((~overtaken).sum())} of {len(last)} draws",
    )


def _hero_ahead() -> Bools:
    runs = lab()
    return np.asarray((runs(STRICT_HERO)["curve"] - runs(SIXTY_FORTY)["curve"]).mean(axis=1) > 0)


def beats_strict_hero() -> Fact:
    """Fact 2."""
    return _more("2", "60/40 with paired stretch tickets ships more than a strict hero by week 13", STRICT_HERO)


def beats_all_coding() -> Fact:
    """Fact 3, first half."""
    return _more("3", "It also ships more than 100 % coding with the same delegation", ALL_CODING)


def flat_below() -> Fact:
    """Fact 3, second half."""
    mine, none = lab()(SIXTY_FORTY)["value"].mean(axis=1), lab()(NO_CODING)["value"].mean(axis=1)
    gain = (mine - none) / mine
    return Fact(
        "3b",
        "Against 0 % coding it is flat: within 15 % either way",
        float((np.abs(gain) < 0.15).mean()),
        f"60/40 minus 0 %: {gain.mean():+.0%}, {gain.min():+.0%} to {gain.max():+.0%}",
    )


def flat_around() -> Fact:
    """What follows from fact 3 for the number 60."""
    values = np.stack(
        [
            lab()(replace(SIXTY_FORTY, name=f"{share:.0%}", coding=share))["value"].mean(axis=1)
            for share in (0.5, 0.6, 0.8)
        ]
    )
    spread = (values.max(axis=0) - values.min(axis=0)) / values.mean(axis=0)
    best = [int((values.argmax(axis=0) == i).sum()) for i in range(3)]
    return Fact(
        "3c",
        "Between 50 and 80 % coding it makes less than 10 % of difference",
        float((spread < 0.1).mean()),
        f"spread {spread.mean():.0%}, at most {spread.max():.0%}; best at 50, 60, 80 % in {best} draws",
    )


def stretching_everything_breaks() -> Fact:
    """Fact 4."""
    mine, other = (lab()(one)["incidents"].mean(axis=1) for one in (STRETCH_EVERYTHING, SIXTY_FORTY))
    robin = lab()(ROUND_ROBIN)["incidents"].mean(axis=1)
    return Fact(
        "4",
        "Hardest ticket to whoever is free, alone: a tenth more incidents per ticket, or worse",
        float((mine > 1.1 * other).mean()),
        f"{mine.mean():.1f} to {other.mean():.1f} per hundred; round robin {robin.mean():.1f}",
    )


def no_delegation_is_worst() -> Fact:
    """Fact 5."""
    others = (STRICT_HERO, SOFT_HERO, ROUND_ROBIN, STRETCH_EVERYTHING, SIXTY_FORTY, ALL_CODING, NO_CODING)
    least = np.min([lab()(one)["value"].mean(axis=1) for one in others], axis=0)
    mine = lab()(NO_DELEGATION)["value"].mean(axis=1)
    return Fact(
        "5",
        "Leadership time without delegation ships least of all",
        float((mine < least).mean()),
        f"{mine.mean():.0f} against {least.mean():.0f} for the next",
    )


def scattered_costs_more() -> Fact:
    """Fact 6."""
    batched = replace(SOFT_HERO, name="soft hero, batched", batched=True)
    difference = lab()(batched)["work"] - lab()(SOFT_HERO)["work"]
    return Fact(
        "6",
        "Scattered interruptions cost more output than the same minutes batched",
        float((difference.mean(axis=1) > 0).mean()),
        f"{difference.mean():+.0f} planned hours shipped ({difference.mean() / lab()(SOFT_HERO)['work'].mean():+.1%}); "
        f"clear in {clearly(difference).mean():.0%} of draws",
    )


def absence_hits_strict_hero() -> Fact:
    """Fact 7."""
    runs = lab()
    difference = runs.loss(STRICT_HERO) - runs.loss(SIXTY_FORTY)
    return Fact(
        "7",
        "Lead away for four weeks: the strict hero's team clearly loses more",
        float(clearly(difference).mean()),
        f"{runs.loss(STRICT_HERO).mean():.0f} against {runs.loss(SIXTY_FORTY).mean():.0f}, soft hero "
        f"{runs.loss(SOFT_HERO).mean():.0f}; more in {(difference.mean(axis=1) > 0).mean():.0%} of draws",
    )


def growth_costs_a_little() -> Fact:
    """Fact 8, its price."""
    runs = lab()
    cost = runs(NO_STRETCH)["value"].mean(axis=1) - runs(SIXTY_FORTY)["value"].mean(axis=1)
    share = cost / runs(NO_STRETCH)["value"].mean(axis=1)
    return Fact(
        "8",
        "One stretch ticket at a time costs between nothing and a tenth of the quarter's value",
        float(((share > -0.02) & (share < 0.1)).mean()),
        f"{share.mean():.1%} on average, {share.min():.1%} to {share.max():.1%}; it costs something in "
        f"{(cost > 0).mean():.0%} of draws",
    )


def growth_is_bought() -> Fact:
    """Fact 8, what it buys for sure."""
    difference = lab()(SIXTY_FORTY)["growth"] - lab()(SOFT_HERO)["growth"]
    same = lab()(SIXTY_FORTY)["growth"] - lab()(NO_STRETCH)["growth"]
    return Fact(
        "8b",
        "It buys skill, against a soft hero",
        float((difference.mean(axis=1) > 0).mean()),
        f"{difference.mean():+.2f} ({difference.mean() / lab()(SOFT_HERO)['growth'].mean():+.0%}); same calendar "
        f"{same.mean():+.2f}, more in {(same.mean(axis=1) > 0).mean():.0%} of draws",
    )


def stretch_covers_absence() -> Fact:
    """Fact 8, absence."""
    difference = lab().loss(SOFT_HERO) - lab().loss(SIXTY_FORTY)
    return Fact(
        "8c",
        "It loses less than a soft hero's team while the lead is away",
        float((difference.mean(axis=1) > 0).mean()),
        f"{difference.mean():.0f} less; clear in {clearly(difference).mean():.0%} of draws",
    )


def stretch_widens_cover() -> Fact:
    """Fact 8, who could do this without me."""
    mine, soft, same = (lab()(one)["cover"].mean(axis=1) for one in (SIXTY_FORTY, SOFT_HERO, NO_STRETCH))
    return Fact(
        "8d",
        "At the end more of the hard work can be done by somebody else than with a soft hero",
        float((mine > soft).mean()),
        f"{mine.mean():.0%} against {soft.mean():.0%}; with the same calendar {same.mean():.0%}",
    )


def stretch_and_incidents() -> Fact:
    """Fact 8, incidents."""
    difference = lab()(SOFT_HERO)["incidents"] - lab()(SIXTY_FORTY)["incidents"]
    return Fact(
        "8e",
        "It has fewer incidents than a soft hero within the quarter",
        float((difference.mean(axis=1) > 0).mean()),
        f"{difference.mean():+.2f} per hundred tickets; clear in {clearly(difference).mean():.0%} of draws",
    )


def soft_hero_is_not_beaten() -> Fact:
    """Fact 9."""
    difference = lab()(SIXTY_FORTY)["value"] - lab()(SOFT_HERO)["value"]
    return Fact(
        "9",
        "A soft hero is not clearly beaten on shipped value within a quarter",
        float((~clearly(difference)).mean()),
        f"60/40 minus soft hero {difference.mean():+.0f}; soft hero in front in "
        f"{(difference.mean(axis=1) < 0).mean():.0%} of draws, clearly in {clearly(-difference).mean():.0%}",
    )


def change_failure_rate() -> Fact:
    """Calibration."""
    rates = lab()(SOFT_HERO)["incidents"].mean(axis=1)
    return Fact(
        "c",
        "Incidents per hundred tickets lie between 2 and 20",
        float(((rates > 2) & (rates < 20)).mean()),
        f"{rates.mean():.1f}, {rates.min():.1f} to {rates.max():.1f}",
    )


def _more(number: str, says: str, other: Reference) -> Fact:
    difference = lab()(SIXTY_FORTY)["value"] - lab()(other)["value"]
    return Fact(
        number,
        says,
        float((difference.mean(axis=1) > 0).mean()),
        f"{difference.mean():+.0f} ({difference.mean() / lab()(other)['value'].mean():+.0%}); clear in "
        f"{clearly(difference).mean():.0%} of draws, clearly less in {clearly(-difference).mean():.0%}",
    )


FACTS: Sequence[Callable[[], Fact]] = (
    hero_leads_early,
    beats_strict_hero,
    beats_all_coding,
    flat_below,
    flat_around,
    stretching_everything_breaks,
    no_delegation_is_worst,
    scattered_costs_more,
    absence_hits_strict_hero,
    growth_costs_a_little,
    growth_is_bought,
    stretch_covers_absence,
    stretch_widens_cover,
    stretch_and_incidents,
    soft_hero_is_not_beaten,
    change_failure_rate,
)


def main() -> None:
    """Prints every fact with the share of draws in which it holds."""
    print(f"{DRAWS} draws of all parameters (times 0.5 to 1.5), {SEEDS} seeds each, 13 weeks, five people\n")
    for fact in (one() for one in FACTS):
        print(f"{fact.number:>3}  {fact.share:4.0%}  {fact.says}\n           {fact.detail}")


if __name__ == "__main__":
    main()
