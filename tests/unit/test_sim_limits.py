"""The model where the answer is known without it: a queue's closed form, a newcomer's dip, hours that add up."""

from __future__ import annotations

import numpy as np

from leadgym.sim import (
    ACTIVITIES,
    REFERENCES,
    Joins,
    Leaves,
    Parameters,
    Person,
    ScopeGrows,
    Team,
    advance,
    beginning,
    draws,
    interval,
    lead_away,
    run,
    sensitivity,
    table,
    world,
)
from leadgym.sim.references import nearest
from leadgym.sim.state import BLOCKED


def _mean_in_line(customers: int, load: float) -> float:
    """Mean number waiting or served at one server, M/M/1 with a finite number of customers.

    Each comes back at ``load`` / ``customers`` of the service rate. For many customers it is load / (1 - load).
    """
    weights = [1.0]
    for n in range(customers):
        weights.append(weights[-1] * (customers - n) * load / customers)
    return sum(n * weight for n, weight in enumerate(weights)) / sum(weights)


def test_the_line_at_the_lead_is_as_long_as_queueing_theory_says() -> None:
    assert abs(_mean_in_line(20_000, 0.6) - 0.6 / 0.4) < 1e-3
    people, load, service = 20, 0.6, 2.0
    nothing_else = Parameters().with_(
        **dict.fromkeys(("meeting_hours", "interruptions", "absence", "hesitation_hours", "resumption_hours"), 0),
        **dict.fromkeys(("block_gap", "speed_gap", "speed_skill", "clarity_gain", "review_share", "learning"), 0),
        **dict.fromkeys(("incident_base", "incident_gap", "size_spread"), 0),
        speed_base=1,
        size_median=60,
        self_solve_hours=100_000,
        help_hours=service,
        block_base=load / people / service,
    )
    crowd = Team(
        domains=["any"],
        people=[Person(name=f"P{number}", skills=[1]) for number in range(people + 1)],
        work=[1],
        board=30,
        epic_tickets=10,
        epics=30,
    )
    made = world(range(16), crowd, weeks=12, parameters=nothing_else, steps_a_day=16)
    state, in_line = beginning(made), []
    for step in range(made.steps):
        decisions = nearest(state, np.zeros(made.runs))
        if step == 0:
            decisions.wip = np.ones(made.runs, dtype=np.int64)
        state = advance(state, decisions)
        if step > made.steps_a_week * 2:
            in_line.append((state.status == BLOCKED).sum(axis=1))
    seen = interval(np.mean(in_line, axis=0))
    expected = _mean_in_line(people, load)
    # A question is asked at the end of a half hour and heard in the next one: a bias of up to a twelfth.
    assert seen.low * 0.92 < expected < seen.high * 1.08
    assert seen.high - seen.low < 0.5, "too loose to tell anything"


def test_a_newcomer_costs_output_first_and_pays_later() -> None:
    policy, seeds = REFERENCES["soft hero"], range(24)
    joined = run(policy, seeds, weeks=20, shocks=[Joins(5, 3)])
    without = run(policy, seeds, weeks=20, shocks=[Leaves(1, 3)])
    difference = joined.work - without.work
    assert np.all(difference[:, 3] == 0), "before week 5 nothing may differ"
    assert interval(difference[:, 7]).high < 0, "four weeks later the team has shipped less"
    assert interval(difference[:, 19]).low > 0, "fifteen weeks later it has shipped more"


def test_hours_in_equal_hours_out() -> None:
    shocks = [lead_away(3, 2), Joins(2, 4), Leaves(6, 1), ScopeGrows(2, 1, 3)]
    for name, policy in REFERENCES.items():
        hours = run(policy, range(4), weeks=8, shocks=shocks, parameters=draws(4)).final.hours
        assert hours.shape[2] == len(ACTIVITIES)
        assert hours.min() >= 0, name
        assert np.all(hours.sum(axis=2) == 8 * 40), f"{name}: every hour of everybody is booked once"


def test_a_ticket_is_worked_on_as_long_as_people_booked_for_it() -> None:
    final = run(REFERENCES["60/40 with one paired stretch"], range(6)).final
    coding = final.hours[:, :, ACTIVITIES.index("coding")].sum(axis=1)
    assert np.all(final.worked.sum(axis=1) == coding)
    assert np.all(final.paired.sum(axis=1) <= final.hours[:, :, ACTIVITIES.index("pairing")].sum(axis=1))


def test_the_sensitivity_analysis_names_every_number_that_varies_and_finds_one_that_matters() -> None:
    found = sensitivity.morris(trajectories=2, seeds=2)
    varying = {name for name, entry in table().items() if entry.varies}
    for effects in found.values():
        assert {one.name for one in effects} == varying
        assert all(one.effect >= 0 for one in effects)
        assert [one.effect for one in effects] == sorted((one.effect for one in effects), reverse=True)
    order = [one.name for one in found["value shipped by 60/40 with one paired stretch"]]
    assert order.index("speed_base") < order.index("trust_gain")
    unmoved = {one.name: one.effect for one in found["value shipped by 60/40 with one paired stretch"]}
    assert unmoved["onboarding_hours"] == 0, "nobody joins"
