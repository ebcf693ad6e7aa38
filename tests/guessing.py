"""Players who go by length, place or tone, and how well they do in a story: none may win it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from leadgym.marking.scores import outcome_share
from leadgym.scenario.engine import advance, begin, open_options, tell
from leadgym.scenario.model import Scenario
from leadgym.scenario.outcome import weighted_score
from leadgym.scenario.tells import niceness

Player = Callable[[Sequence[str]], int]


def _by_rank(rank: int) -> Player:
    return lambda texts: sorted(range(len(texts)), key=lambda i: -len(texts[i]))[rank]


PLAYERS: Mapping[str, Player] = {
    "always the longest": _by_rank(0),
    "always the second longest": _by_rank(1),
    "always the third longest": _by_rank(2),
    "always the shortest": _by_rank(-1),
    "always the first": lambda texts: 0,
    "always the second": lambda texts: 1,
    "always the last": lambda texts: len(texts) - 1,
    "always the nicest": lambda texts: max(range(len(texts)), key=lambda i: niceness(texts[i])),
}


def mean_share(
    story: Scenario,
    name: str,
    seeds: Iterable[int],
    within_reach: Callable[[int], Any],
    weights: Mapping[str, int] | None = None,
) -> float:
    """The share (1 is the best road) that the player ``name`` reaches, over ``seeds``; ``within_reach`` by seed."""
    shares = []
    for seed in seeds:
        here = begin(story, seed, None, weights, prose=False)
        while here.scene is not None:
            options = open_options(here)
            picked = options[PLAYERS[name]([tell(here, option.text) for option in options])]
            here = advance(here, f"{here.scene}.{picked.id}")
        shares.append(outcome_share(weighted_score(here), within_reach(seed)))
    return statistics.mean(shares)
