"""The team simulation: one luck for all policies, an untouched input, the same hash everywhere, and two engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from leadgym.sim import (
    READABLE,
    REFERENCES,
    Away,
    Decisions,
    Joins,
    Leaves,
    Outage,
    Parameters,
    ScopeGrows,
    advance,
    answered,
    batches,
    beginning,
    compare,
    draws,
    interval,
    lead_away,
    lead_week,
    ledger_team,
    outcomes,
    place,
    run,
    table,
    weeks_between,
    world,
)
from leadgym.sim.numbers import exponential, logarithm
from leadgym.sim.observation import observations, undecided
from leadgym.sim.plain import PlainRun
from leadgym.sim.state import ACTIVITIES, SHIPPED

SHOCKS = [lead_away(6), Joins(4, 3), Leaves(9, 1), ScopeGrows(3, 2, 3), Outage(3, 0, 20), Outage(7, 2, 9, (1,))]
Functions = Mapping[str, Callable[[dict[str, Any]], Any]]

KNOWN = {
    "strict hero": ["f265d4ec7adcd231", "9d887a243d96f38c", "0762c914442bb4a0"],
    "60/40 with one paired stretch": ["4374c5991bba46db", "4be63df04214980e", "f5d8dddc108d8b93"],
}
"""State hashes of seeds 0, 1, 2 after 13 weeks. They change with the model, and with nothing else."""


def in_turn(functions: Functions) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A policy for the plain loop: its parts asked in the order in which the lock-step asks them."""

    def decide(seen: dict[str, Any]) -> dict[str, Any]:
        decisions: dict[str, Any] = {}
        if seen["day"] == "Monday" and seen["half"] == "morning":
            decisions["calendar"] = functions["calendar"](seen)
            seen["coding"] = decisions["calendar"]["coding"]
        seen["assigned"] = decisions["assign"] = functions["assign"](seen)
        if "pair" in functions:
            decisions["pair"] = functions["pair"](seen)
        if "review_order" in functions and seen["reviews"]:
            decisions["review_order"] = functions["review_order"](seen)
        return decisions

    return decide


@pytest.mark.parametrize("name", REFERENCES)
def test_the_lock_step_and_the_plain_loop_end_in_the_same_state(name: str) -> None:
    sets = [Parameters(), *draws(2, seed=5)]
    policy, functions = REFERENCES[name], READABLE[name]
    for shocks in ([], SHOCKS):
        made = world([3, 4, 5], ledger_team(), 10, shocks, sets)
        together = run(policy, [3, 4, 5], weeks=10, shocks=shocks, parameters=sets)
        one_by_one = [PlainRun(made, i).play(in_turn(functions)).fingerprint() for i in range(3)]
        assert together.fingerprints() == one_by_one
        asked = run(functions, [3, 4, 5], weeks=10, shocks=shocks, parameters=sets)
        assert asked.fingerprints() == one_by_one
        assert asked.problems == ()


def last_in_first_out(seen: dict[str, Any]) -> dict[str, str | None]:
    """Reviews by the least skilled who is there, newest first."""
    order: dict[str, str | None] = {}
    for one in reversed(seen["reviews"]):
        able = [person for person in seen["people"] if person["here"] and person["name"] != one["owner"]]
        able.sort(key=lambda person: person["skills"][one["domain"]])
        order[one["ticket"]] = able[0]["name"] if able else None
    return order


def test_both_engines_agree_on_review_order_peer_pairs_and_a_batched_calendar() -> None:
    def pair(seen: dict[str, Any]) -> dict[str, str]:
        names = [person["name"] for person in seen["people"]]
        return {one["ticket"]: names[(names.index(one["owner"]) + 1) % len(names)] for one in seen["open"]}

    functions: Functions = {
        **READABLE["soft hero"],
        "calendar": lambda seen: {"coding": 0.5, "batched": seen["week"] % 2 == 0},
        "pair": pair,
        "review_order": last_in_first_out,
    }
    made = world([8, 9], ledger_team(), 8, SHOCKS)
    asked = run(functions, [8, 9], weeks=8, shocks=SHOCKS)
    assert asked.problems == ()
    assert asked.fingerprints() == [PlainRun(made, i).play(in_turn(functions)).fingerprint() for i in range(2)]
    default = run({**functions, "review_order": lambda seen: {}}, [8, 9], weeks=8, shocks=SHOCKS)
    assert default.fingerprints() != asked.fingerprints(), "the order of reviews has to matter"


def test_the_lead_sees_the_same_in_both_engines() -> None:
    made = world([1, 2], ledger_team(), 5, SHOCKS)
    policy, state = REFERENCES["60/40 with one paired stretch"], beginning(made)
    loops = [PlainRun(made, i) for i in range(2)]
    decide = in_turn(READABLE[policy.name])
    for _ in range(made.steps):
        which = undecided(state)
        seen = {one["run"]: one for one in observations(state, which)}
        for i, loop in enumerate(loops):
            observation = loop.observe()
            assert observation == seen.get(i)
            loop.advance(decide(observation) if observation else {})
        state = advance(state, policy.decide(state))


def test_known_seeds_have_known_hashes() -> None:
    found = {name: run(REFERENCES[name], [0, 1, 2]).fingerprints() for name in KNOWN}
    assert found == KNOWN


def test_another_process_comes_to_the_same_hashes() -> None:
    code = (
        "from leadgym.sim import REFERENCES, run\n"
        f"print(*[h for name in {list(KNOWN)!r} for h in run(REFERENCES[name], [0, 1, 2]).fingerprints()])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)
    assert done.stdout.split() == [one for hashes in KNOWN.values() for one in hashes], done.stderr


def test_a_hash_tells_states_apart() -> None:
    state = beginning(world([0, 1], ledger_team(), 2))
    start = state.fingerprint(0)
    moved = advance(state, Decisions())
    assert start != moved.fingerprint(0)
    # Chance alone moves hours; the two seeds differ in nothing else so far.
    assert moved.fingerprint(0) != moved.fingerprint(1)


def test_a_run_does_not_depend_on_its_company() -> None:
    policy = REFERENCES["soft hero"]
    alone = run(policy, [7], weeks=6).fingerprints()
    assert run(policy, [3, 7, 12, 7], weeks=6).fingerprints()[1::2] == alone * 2


def test_advance_leaves_its_input_untouched_and_refuses_to_be_written_to() -> None:
    policy = REFERENCES["60/40 with one paired stretch"]
    state = beginning(world([0, 1], ledger_team(), 3, SHOCKS[:1]))
    while state.step < state.world.steps:
        before = {field.name: np.copy(getattr(state, field.name)) for field in fields(state) if field.name != "world"}
        after = advance(state, policy.decide(state))
        for name, value in before.items():
            assert np.array_equal(value, getattr(state, name)), name
        state = after
    with pytest.raises(ValueError, match="read-only"):
        state.skill[0, 0, 0] = 1
    with pytest.raises(ValueError, match="over"):
        advance(state, Decisions())


def test_two_policies_meet_the_same_luck() -> None:
    """Common random numbers: whatever is decided, the luck is drawn already, and cannot be written to."""
    one, other = (run(REFERENCES[name], [5], weeks=4) for name in ("strict hero", "stretch everything"))
    assert one.fingerprints() != other.fingerprints()
    for name, drawn in vars(one.world).items():
        if isinstance(drawn, np.ndarray):
            assert np.array_equal(drawn, getattr(other.world, name)), name
            assert not drawn.flags.writeable, name


def test_one_subsystems_numbers_leave_the_luck_of_the_others_alone() -> None:
    plain = world([5], ledger_team())
    busier = world([5], ledger_team(), parameters=Parameters().with_(interruptions=6, absence=0.2))
    assert not np.array_equal(plain.interrupted, busier.interrupted)
    assert not np.array_equal(plain.here, busier.here)
    for name in ("size", "difficulty", "block_at", "help_need", "incident", "aptitude"):
        assert np.array_equal(getattr(plain, name), getattr(busier, name)), name
    grown = world([5], ledger_team(), shocks=[ScopeGrows(3, 2, 4)])
    old = [i for i, at in enumerate(grown.appears) if at == 0]
    assert np.array_equal(grown.size[:, old], plain.size), "added tickets leave the others as they were"


def test_drawn_numbers_have_the_distributions_the_table_promises() -> None:
    made = world(range(60), ledger_team())
    p = Parameters()
    days = made.steps / made.steps_a_day
    arrivals = made.interrupted.sum(axis=1) / p["interruption_hours"] / days
    assert abs(arrivals[:, 1:].mean() - p["interruptions"]) < 0.1
    assert abs(arrivals[:, 0].mean() - p["interruptions"] * p["interruptions_lead"]) < 0.2
    assert abs((made.switching < 1 / 60).mean() - 0.10) < 0.01, "one in ten is back within a minute"
    assert abs(np.median(made.size) - p["size_median"]) < 0.8
    assert abs((made.difficulty >= 0.6).mean() - p["hard_share"]) < 0.02
    assert abs((~made.here).mean() - p["absence"]) < 0.01
    assert abs(made.help_need.mean() - p["help_hours"]) < 0.02
    assert np.array_equal(made.interrupted.sum(axis=1), made.interrupted_batched.sum(axis=1)), "the same minutes"
    assert made.resuming_batched.sum() < made.resuming.sum()


def test_logarithm_and_exponential_are_right_without_the_platforms_own() -> None:
    x = np.linspace(1e-9, 0.999999, 4001)
    assert np.allclose(logarithm(x), np.log(x), rtol=1e-12, atol=1e-12)
    assert np.allclose(exponential(np.linspace(-20, 3, 999)), np.exp(np.linspace(-20, 3, 999)), rtol=1e-12)


def _one(part: str, value: Any) -> Functions:
    return {part: lambda seen: value(seen) if callable(value) else value}


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("assign", lambda seen: 1 / 0, "ended in an error (ZeroDivisionError: division by zero in line "),
        ("assign", ["E1-1"], "has to give a dict {ticket: person}, not list."),
        ("assign", None, "has to give a dict {ticket: person}, not NoneType."),
        ("assign", {"E1-1": 3}, "with names in quotes."),
        ("assign", {"E1-1": None}, "with names in quotes."),
        ("assign", {"E1-1": "Bob"}, "named 'Bob', who is not in the team."),
        ("assign", {"E99-9": "Wen"}, "named 'E99-9', which is no ticket on the board."),
        ("pair", {"E1-1": "Bob"}, "named 'Bob', who is not in the team."),
        ("pair", lambda seen: {one["ticket"]: one["owner"] for one in seen["open"]}, "beside themselves"),
        ("calendar", {"coding": float("nan")}, "as a number from 0 to 1."),
        ("calendar", {"coding": 1.2}, "as a number from 0 to 1."),
        ("calendar", {"coding": True}, "as a number from 0 to 1."),
        ("calendar", {"batched": 1}, "as True or False."),
        ("calendar", {"codng": 0.4}, "and nothing else."),
        ("wip_limit", 0, "a whole number from 1 to 5."),
        ("wip_limit", True, "a whole number from 1 to 5."),
        ("wip_limit", 2.0, "a whole number from 1 to 5."),
        ("review_order", "E1-1", "has to give a dict {ticket: person or None}, not str."),
    ],
)
def test_a_bad_decision_is_said_and_the_default_stands_in(part: str, value: Any, said: str) -> None:
    result = run(_one(part, value), [1, 2], weeks=3)
    assert said in str(result.problems[0])
    assert result.problems[0].part == part
    assert ", week 1, " in result.problems[0].first
    assert result.fingerprints() == run({}, [1, 2], weeks=3).fingerprints()


def test_a_ticket_for_somebody_without_room_stays_on_the_board_and_the_rest_stands() -> None:
    def three_to_wen(seen: dict[str, Any]) -> dict[str, str]:
        return {one["ticket"]: "Wen" for one in seen["waiting"][:3]}

    result = run({"assign": three_to_wen}, [1], weeks=1)
    (problem,) = (one for one in result.problems if "without room" in one.what)
    assert problem.first == "run 0, week 1, Monday morning"
    assert sorted(np.flatnonzero(result.final.owner[0] == 3))[:2] == [0, 1], "the first ones named get the room"
    assert set(result.final.owner[0].tolist()) == {-1, 3}


@pytest.mark.parametrize(
    "replies",
    [None, [], "no", [{"problem": "stopped after 2 seconds"}], [5], [{}], [{"value": {}}] * 50],
    ids=["none", "empty", "text", "problem", "number", "no value", "too many"],
)
def test_an_asker_that_breaks_costs_the_policy_its_say_and_nothing_else(replies: Any) -> None:
    result = answered(batches(("wip_limit",), world([1], ledger_team(), 2)), lambda part, seen: replies)
    assert result.fingerprints() == run({}, [1], weeks=2).fingerprints()
    assert result.problems[0].count == 2, "two Mondays"


def test_a_policy_is_asked_for_all_seeds_at_once_in_small_readable_batches() -> None:
    sizes, parts = [], set()

    def ask(part: str, seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
        text = json.dumps(seen, allow_nan=False)
        sizes.append(len(text))
        parts.add(part)
        return [{"value": READABLE["soft hero"][part](one)} for one in json.loads(text)]

    made = world(range(30), ledger_team())
    result = answered(batches(("assign", "calendar"), made), ask)
    assert result.fingerprints() == run(REFERENCES["soft hero"], range(30)).fingerprints()
    assert parts == {"assign", "calendar"}
    assert len(sizes) <= made.steps + 13, "at most one question a step and part"
    assert max(sizes) < 150_000
    assert np.mean(sizes) < 80_000


def test_a_policy_that_scribbles_on_what_it_is_shown_changes_nothing() -> None:
    def scribbles(seen: dict[str, Any]) -> dict[str, str]:
        given = READABLE["soft hero"]["assign"](seen)
        for one in seen["waiting"]:
            one.update(number=10**9, ticket="mine")
        seen["people"].clear()
        return given

    functions = {**READABLE["soft hero"], "assign": scribbles, "pair": lambda seen: {}}
    assert run(functions, [1], weeks=3).fingerprints() == run(REFERENCES["soft hero"], [1], weeks=3).fingerprints()


def test_a_policy_never_learns_the_seed() -> None:
    seen: list[dict[str, Any]] = []
    run({"assign": lambda one: seen.append(one) or {}}, [987654, 123456], weeks=2)
    assert {one["run"] for one in seen} == {0, 1}
    assert "987654" not in json.dumps(seen)


def test_without_delegating_nothing_the_default_and_nobody_are_different_things() -> None:
    nobody = run({"assign": lambda seen: {}}, [1, 2], weeks=4)
    assert nobody.problems == ()
    assert nobody.shipped[:, -1].sum() == 0
    assert run({}, [1, 2], weeks=4).shipped[:, -1].min() > 5


def test_a_shock_happens_in_its_week() -> None:
    policy = REFERENCES["soft hero"]
    quiet, away = run(policy, range(6)), run(policy, range(6), shocks=[lead_away(6)])
    assert np.array_equal(quiet.value[:, :5], away.value[:, :5])
    assert (quiet.value[:, -1] - away.value[:, -1]).mean() > 0
    hours = away.weekly("hours")[:, :, 0, -1]  # the lead, away
    assert np.all(hours[:, 5:9] == 40)
    grown = run(policy, range(6), shocks=[ScopeGrows(3, 1, 4)]).final
    assert (grown.world.epic == 0).sum() == 10
    left = run(policy, range(6), shocks=[Leaves(3, 2)]).final
    assert (left.owner[left.status != SHIPPED] != 2).all(), "a leaver keeps nothing"


def test_an_outage_lands_on_who_is_there_and_knows_most() -> None:
    """On nobody's ticket: 30 hours of the lead, who knows most of the ledger, or of Tomasz while the lead is away."""
    policy = REFERENCES["soft hero"]
    quiet = run(policy, range(6)).weekly("hours")
    hit = run(policy, range(6), shocks=[Outage(4, 0, 30)]).weekly("hours")
    assert np.array_equal(quiet[:, :3], hit[:, :3])
    fire = ACTIVITIES.index("firefighting")
    assert (hit[:, 3:, 0, fire].sum(axis=1) - quiet[:, 3:, 0, fire].sum(axis=1)).mean() > 20
    away = run(policy, range(6), shocks=[lead_away(4), Outage(4, 0, 30)]).weekly("hours")
    assert away[:, 3, 0, fire].sum() == 0
    assert away[:, 3, 1, fire].mean() > 15


def test_a_shock_may_happen_in_some_of_the_runs_only() -> None:
    """The others meet the luck that they would have met without it."""
    policy, seeds = REFERENCES["soft hero"], range(4)
    quiet = run(policy, seeds, weeks=8).fingerprints()
    for shock in (Away(3, 2, 0, (1, 3)), Leaves(4, 2, (1, 3)), Outage(3, 0, 20, (1, 3))):
        some, all_ = (run(policy, seeds, weeks=8, shocks=[one]) for one in (shock, replace(shock, runs=())))
        assert [some.fingerprints()[i] for i in (0, 2)] == [quiet[i] for i in (0, 2)]
        assert [some.fingerprints()[i] for i in (1, 3)] == [all_.fingerprints()[i] for i in (1, 3)]
        assert some.fingerprints()[1] != quiet[1]


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        ({"seeds": []}, "at least one seed"),
        ({"seeds": [-1]}, "whole numbers from 0"),
        ({"seeds": [1], "weeks": 0}, "at least one week"),
        ({"seeds": [1], "shocks": [Leaves(2, 9)]}, "has 5 people"),
        ({"seeds": [1], "shocks": [lead_away(0)]}, "counted from 1"),
        ({"seeds": [1], "shocks": [ScopeGrows(2, 99, 1)]}, "30 epics"),
        ({"seeds": [1], "shocks": [Outage(2, 3, 8)]}, "3 domains"),
        ({"seeds": [1, 2, 3], "parameters": draws(2)}, "one set of parameters or 3, not 2"),
    ],
)
def test_what_cannot_be_run_gets_a_sentence(kwargs: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        run(REFERENCES["soft hero"], **kwargs)
    with pytest.raises(ValueError, match="no part 'asign'"):
        run({"asign": lambda seen: {}}, [1])


def test_every_parameter_has_a_range_a_meaning_and_a_source() -> None:
    for name, entry in table().items():
        assert entry.low <= entry.value <= entry.high, name
        assert entry.source == "assumed" or any(digit.isdigit() for digit in entry.source), name
        assert entry.means, name
        assert entry.unit, name
    with pytest.raises(ValueError, match="no parameter 'lerning'"):
        Parameters().with_(lerning=1)
    with pytest.raises(ValueError, match="takes 0 to 1"):
        Parameters().with_(shield=2)


def test_every_parameter_matters_to_some_policy() -> None:
    """A number nobody would miss does not belong in the table."""
    policy, seeds, shocks = REFERENCES["60/40 with one paired stretch"], (1, 2, 3, 4), [Joins(3, 3)]
    changed = {name: Parameters().with_(**{name: (e.value + e.high) / 2}) for name, e in table().items()}
    sets = [one for one in (Parameters(), *changed.values()) for _ in seeds]
    hashes = run(policy, seeds * (len(changed) + 1), shocks=shocks, parameters=sets).fingerprints()
    base, *others = (tuple(hashes[i : i + 4]) for i in range(0, len(hashes), 4))
    assert [name for name, one in zip(changed, others, strict=True) if one == base] == []


def test_draws_stay_within_half_and_one_and_a_half() -> None:
    for one in draws(30):
        for name, entry in table().items():
            assert entry.low <= one[name] <= entry.high
            assert abs(one[name] - entry.value) <= 0.5 * entry.value + 1e-12
            assert entry.varies or one[name] == entry.value


def test_intervals_are_students_t_and_comparisons_are_paired() -> None:
    seen = interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert seen.mean == 2.5
    assert abs(seen.high - (2.5 + 3.182446 * 1.290994 / 2)) < 0.02
    luck = np.arange(20.0)
    mine = {"value": luck + 1 + 0.01 * (np.arange(20) % 3)}
    assert compare(mine, {"value": luck})["value"].clear, "what luck does to both cancels out"
    assert not interval(mine["value"] - mine["value"].mean()).clear
    with pytest.raises(ValueError, match="same seeds"):
        compare(mine, {"value": luck[:5]})


def test_a_reference_is_placed_at_itself() -> None:
    low, high = (outcomes(run(REFERENCES[name], range(8)))["value"] for name in ("strict hero", "soft hero"))
    assert place(low, low, high).mean == 0
    assert abs(place(high, low, high).mean - 1) < 1e-9
    with pytest.raises(ValueError, match="come out equal"):
        place(low, high, high)


def test_outcomes_are_what_they_say() -> None:
    quiet = run(REFERENCES["soft hero"], range(8))
    away = run(REFERENCES["soft hero"], range(8), shocks=[lead_away(6)])
    found = outcomes(quiet, away)
    shipped = (quiet.final.status == SHIPPED).sum(axis=1)
    assert np.array_equal(quiet.done_by().sum(axis=1), shipped)
    assert np.array_equal(quiet.shipped[:, -1], shipped)
    assert np.allclose(found["incidents"], 100 * quiet.incidents[:, -1] / shipped)
    assert np.array_equal(found["absence_loss"], quiet.value[:, -1] - away.value[:, -1])
    assert np.all(found["review_p50"] <= found["review_p90"])
    assert np.all((found["cover"] > 0) & (found["cover"] < 1))
    assert abs(lead_week(quiet).sum() - 40) < 1e-9
    finished = quiet.epic_weeks() > 0
    assert np.allclose(np.where(finished, quiet.world.value, 0).sum(axis=1), quiet.value[:, -1])
    assert np.allclose(quiet.weekly("work").sum(axis=1), quiet.work[:, -1])


def test_the_difference_by_kind_of_week_finds_the_weeks_in_which_it_was_lost() -> None:
    away = run(REFERENCES["strict hero"], range(10), shocks=[lead_away(6)])
    other = run(REFERENCES["soft hero"], range(10), shocks=[lead_away(6)])
    by_kind = {one.kind: one for one in weeks_between(away, other)}
    worst = by_kind["weeks you are away"]
    assert worst.weeks == 40
    assert worst.difference.high < 0
    assert worst.difference.mean < by_kind["the first four weeks"].difference.mean
