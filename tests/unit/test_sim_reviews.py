"""Policies that differ in who reviews: both engines play them alike, and known_twice counts what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from leadgym.sim import REVIEW_POLICIES, lead_away, ledger_team, outcomes, run, world
from leadgym.sim.plain import PlainRun
from leadgym.sim.readable import hand_out
from leadgym.sim.state import SHIPPED

SEEDS = range(2_000, 2_012)


def nearest(seen: dict[str, Any]) -> dict[str, str]:
    """What the lock-step does where a policy has no ``assign``."""

    def cost(ticket: Any, person: Any) -> float:
        return max(ticket["difficulty"] - person["skills"][ticket["domain"]] - 1, 0)

    return hand_out(seen, cost)


@pytest.mark.parametrize("name", REVIEW_POLICIES)
def test_the_lock_step_and_the_plain_loop_review_alike(name: str) -> None:
    functions = REVIEW_POLICIES[name]
    shocks = [lead_away(4)]
    made = world([3, 4], ledger_team(), 8, shocks)

    def decide(seen: dict[str, Any]) -> dict[str, Any]:
        seen["assigned"] = nearest(seen)
        order = functions["review_order"](seen) if seen["reviews"] else None
        return {"calendar": {"coding": 0.6, "batched": False}, "assign": seen["assigned"], "review_order": order}

    asked = run(functions, [3, 4], weeks=8, shocks=shocks)
    assert asked.problems == ()
    assert asked.fingerprints() == [PlainRun(made, i).play(decide).fingerprint() for i in range(2)]


def test_known_twice_counts_who_wrote_paired_and_read_without_the_lead() -> None:
    result = run({**REVIEW_POLICIES["shortest line"], "pair": _beside}, SEEDS[:3])
    final, world_ = result.final, result.world
    for place, share in enumerate(outcomes(result)["known_twice"]):
        known = shipped = 0.0
        for t in np.flatnonzero(final.status[place] == SHIPPED):
            names = {int(final.owner[place, t]), int(final.reviewer[place, t])}
            if final.paired[place, t] > 0:
                names.add(int(final.partner[place, t]))
            shipped += world_.size[place, t]
            known += world_.size[place, t] * (len(names - {0, -1}) >= 2)
        assert share == pytest.approx(known / shipped)


def _beside(seen: dict[str, Any]) -> dict[str, str]:
    names = [person["name"] for person in seen["people"]]
    return {one["ticket"]: names[(names.index(one["owner"]) + 1) % len(names)] for one in seen["open"]}


def test_who_reviews_moves_waiting_and_knowledge_and_what_breaks() -> None:
    """What the lesson says of the three, on luck that the exercise does not use."""
    seeds = range(4_000, 4_006)
    policies: Mapping[str, Any] = {**REVIEW_POLICIES, "none": {}}
    of = {name: outcomes(run(policy, seeds)) for name, policy in policies.items()}
    mean = {name: {one: float(values.mean()) for one, values in found.items()} for name, found in of.items()}
    assert mean["every review yours"]["review_p90"] > 1.5 * mean["none"]["review_p90"]
    assert mean["shortest line"]["review_p90"] < mean["none"]["review_p90"] - 1
    assert mean["every review yours"]["known_twice"] < 0.6 < 0.8 < mean["shortest line"]["known_twice"]
    assert mean["reviews to learn from"]["read_ably"] < mean["shortest line"]["read_ably"] - 0.1
    assert abs(mean["reviews to learn from"]["growth"] - mean["none"]["growth"]) < 0.1, (
        "reading alone teaches little here"
    )
