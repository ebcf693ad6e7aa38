"""Policies: placed between references on hidden quarters; what is trivial, broken or not repeatable earns little."""

from __future__ import annotations

import itertools
import json
import random
import re
from functools import cache
from pathlib import Path

import pytest

from leadgym.marking import (
    NoDecisions,
    asking,
    asking_parts,
    coach,
    function_data,
    load_keys,
    load_rubric,
    mark,
    mark_html,
    mark_text,
    parts_data,
)
from leadgym.marking.placing import SAYS
from leadgym.marking.quarters import NO_POLICY, SAMPLE, Listener, Quarters, reference
from leadgym.sim import READABLE, UNITS
from leadgym.sim.readable import gap, hand_out
from leadgym.yamlfile import FileProblems

FOLDER = Path(__file__).parents[1] / "fixtures" / "exercise_policy"
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(FOLDER / "keys.yaml", RUBRIC, FOLDER)
SIXTY_FORTY = READABLE["60/40 with one paired stretch"]
RNG = random.Random(1)  # noqa: S311 - a guesser


def _fewer():
    """Ten quarters, and references so far apart that they are enough: what counts and how, in a third of the time."""
    about = RUBRIC.answers["policy"]
    lows = {"value": "leadership time without delegation", "incidents": "100 % coding, same delegation"}
    criteria = [
        one.model_copy(
            update={
                "low": lows.get(one.outcome, "leadership time without delegation"),
                "outcome": "blocked_hours" if one.outcome == "incidents" else one.outcome,
            }
        )
        for one in about.criteria
    ]
    own = KEYS.answers["policy"]
    rubric = RUBRIC.model_copy(
        update={"answers": {"policy": about.model_copy(update={"quarters": 10, "criteria": criteria})}}
    )
    return rubric, KEYS.model_copy(update={"answers": {"policy": own.model_copy(update={"seeds": own.seeds[:10]})}})


FEWER, FEWER_KEYS = _fewer()


def quickly(policy, ask=None):
    """As ``marked``, on the fewer quarters."""
    return marked(policy, ask, FEWER, FEWER_KEYS)


def marked(policy, ask=None, rubric=RUBRIC, keys=KEYS):
    return mark(rubric, keys, FOLDER, "policy", parts_data(policy), ask=ask or asking_parts(policy))


def points(found):
    return {criterion.id: criterion.points for criterion in found.criteria}


def to(name):
    return lambda team: {one["ticket"]: name or team["lead"] for one in team["waiting"]}


def by_the_alphabet(team):
    free = [one["name"] for one in sorted(team["people"], key=lambda one: one["name"]) for _ in range(one["room"])]
    return dict(zip([one["ticket"] for one in team["waiting"]], free, strict=False))


def nearest(team):
    return hand_out(team, lambda ticket, person: gap(ticket, person))


@cache
def guesser(name):
    return marked({"assign": GUESSERS[name]})


GUESSERS = {
    "to nobody": lambda team: {},
    "to the lead": to(None),
    "to Priya": to("Priya"),
    "by the alphabet": by_the_alphabet,
    "by lot": lambda team: {one["ticket"]: RNG.choice(team["people"])["name"] for one in team["waiting"]},
    "first come": lambda team: hand_out(team, lambda ticket, person: 0),
}


@pytest.mark.parametrize("name", GUESSERS)
def test_a_trivial_policy_earns_next_to_nothing(name):
    assert guesser(name).points < 0.2 * 16, points(guesser(name))


@pytest.mark.parametrize("name", ["to nobody", "to the lead", "to Priya"])
def test_a_team_that_ships_nothing_earns_nothing_for_having_no_incidents(name):
    assert points(guesser(name))["incidents"] == 0


def test_the_references_earn_what_the_rubric_says():
    assert marked(SIXTY_FORTY).points == 16
    low = points(marked(READABLE["round robin"]))
    assert low["value"] == low["cover"] == low["away"] == 0


def test_a_soft_hero_is_not_beaten_on_value_and_pays_elsewhere():
    found = points(marked(READABLE["soft hero"]))
    assert found["value"] == 6
    assert found["cover"] < 1


def test_a_strict_hero_earns_for_incidents_alone():
    found = points(marked(READABLE["strict hero"]))
    assert found.pop("incidents") > 2
    assert set(found.values()) == {0}


def test_the_same_policy_earns_the_same_again():
    assert quickly({"assign": nearest}) == quickly({"assign": nearest})


def test_one_function_is_assign():
    alone = mark(FEWER, FEWER_KEYS, FOLDER, "policy", function_data(nearest), ask=asking(nearest))
    assert points(alone) == points(quickly({"assign": nearest}))
    assert "def nearest" in alone.source


def test_the_default_that_stands_in_earns_nothing():
    """By itself the team does nearly as well as 60/40: what raises half of the time must not be carried by it."""

    def half(team):
        if team["run"] % 2:
            raise KeyError(team["week"])
        return nearest(team)

    whole, found = quickly({"assign": nearest}), quickly({"assign": half})
    assert 0 < found.points < 0.75 * whole.points
    assert "got a decision that could be used" in found.note
    assert "`assign` ended in an error (KeyError)." in found.note
    assert quickly({"assign": lambda team: None}).points == 0


def test_what_is_no_decision_is_told_and_earns_nothing():
    odd = [None, 5, "x", [], {"E1-1": 5}, {"E1-1": "Nobody"}, {"nothing": "Priya"}, {1, 2}, float("nan"), ...]
    found = quickly({"assign": lambda team: odd[team["run"]]})
    assert found.points == 0
    assert "0 % got a decision that could be used" in found.note
    assert "`assign` has to give a dict {ticket: person}" in found.note
    assert "more kinds of problem." in found.note


def test_nothing_the_policy_says_is_passed_on():
    def telling(team):
        if team["run"] % 2:
            raise type("LEAK", (Exception,), {})(team)
        return {f"LEAK {team['week']} <script>": f"LEAK {team}"[:60]}

    found = quickly({"assign": telling})
    shown = mark_text(found) + mark_html(found)
    assert "LEAK" not in shown.partition("The function that was asked")[0].replace(found.source, "")
    assert not re.search("47100000", shown)
    assert found.note.count("\n- ") <= 4


def test_drawing_lots_and_counting_calls_are_told_apart_from_deciding():
    turn = itertools.count()

    def counting(team):
        names = [one["name"] for one in team["people"]]
        return {team["waiting"][0]["ticket"]: names[next(turn) % len(names)]}

    for found in (quickly({"assign": GUESSERS["by lot"]}), quickly({"assign": counting})):
        assert "It draws lots, or remembers what it was asked before." in found.note
        assert "the share of decisions to be relied on" in found.criteria[0].found
    assert "draws lots" not in quickly({"assign": nearest}).note


def test_a_part_that_takes_too_long_is_not_asked_again():
    calls = []

    def ask(questions, seconds, part=""):
        calls.append((part, questions[0]["week"]))
        assert seconds <= 5
        if part == "pair" and questions[0]["week"] >= 3:
            raise NoDecisions("The function took longer than 5 s for 30 questions.")
        return asking_parts(SIXTY_FORTY)(questions, seconds, part)

    found = quickly(SIXTY_FORTY, ask)
    assert "So `pair` was heard up to week 3; from there on the default stood in for it" in found.note
    assert sum(part == "pair" and week >= 3 for part, week in calls) == 1
    assert ("assign", 13) in calls


def test_a_policy_has_so_much_time_altogether(monkeypatch):
    clock = itertools.count(0, 1.5)
    monkeypatch.setattr("leadgym.marking.quarters.time.monotonic", lambda: next(clock))
    found = quickly({"assign": nearest})
    assert "Your policy took longer than 60 s altogether. So `assign` was heard up to week" in found.note
    assert found.points < 0.5 * 16


def test_until_the_lead_leaves_nothing_is_asked_twice_and_nothing_comes_out_otherwise():
    quarters = Quarters((1, 2, 3), 13, (), 6)
    asked = []

    def ask(questions, seconds, part=""):
        asked.append((part, questions[0]["week"]))
        return asking_parts(SIXTY_FORTY)(questions, seconds, part)

    played = Listener(ask, {part: part for part in SIXTY_FORTY}, 5).play(quarters)
    assert played.away.fingerprints() == reference("60/40 with one paired stretch", quarters).away.fingerprints()
    assert played.result.fingerprints() == reference("60/40 with one paired stretch", quarters).result.fingerprints()
    assert asked.count(("calendar", 5)) == 1
    assert asked.count(("calendar", 6)) == 2


def test_so_many_moments_are_asked_again_each_as_it_was():
    seen = []

    def ask(questions, seconds, part=""):
        seen.append(json.dumps(questions, sort_keys=True))
        return asking_parts({"assign": nearest})(questions, seconds, part)

    listener = Listener(ask, {"assign": "assign"}, 5)
    listener.play(Quarters((1, 2), 13))
    before = seen[:]
    alike, of = listener.steady()["assign"]
    assert alike == of <= SAMPLE
    assert all(any(json.dumps(one, sort_keys=True) in batch for batch in before) for one in json.loads(seen[-1]))


@pytest.mark.parametrize("outcome", [*UNITS, "value_away"])
def test_every_outcome_has_a_sentence(outcome):
    assert "{}" in SAYS[outcome]
    assert outcome in reference(NO_POLICY, Quarters((1, 2), 13, (), 6)).numbers


def test_the_note_says_to_whom_it_lost_and_in_which_weeks():
    found = marked(READABLE["leadership time without delegation"])
    assert re.search(
        r"You lose most to 60/40 with one paired stretch: \d+ planned hours of finished epics a quarter", found.note
    )
    assert "The gap is widest in " in found.note
    assert "Most is left in “Finished epics”: start there." in found.note
    assert "Over 30 quarters that is clearly behind round robin." in found.criteria[0].found


@pytest.mark.parametrize("answer", [None, {}, {"functions": {}}, {"functions": 5}, {"functions": {"assign": 5}}, [1]])
def test_an_answer_without_functions_is_told_how(answer):
    found = mark(RUBRIC, KEYS, FOLDER, "policy", answer, ask=asking(nearest))
    assert found.points == 0
    assert found.note.startswith("Hand in functions by part, without calling them")


def test_a_policy_without_the_part_it_needs_names_it():
    found = quickly({"pair": lambda team: {}, "asign": nearest})
    assert found.note.startswith("The policy has no assign, without which nothing is marked. 'asign' is no part")


def test_without_a_kernel_to_ask_there_is_a_sentence():
    found = mark(RUBRIC, KEYS, FOLDER, "policy", parts_data(SIXTY_FORTY))
    assert found.note == "The notebook's process was not there to be asked."


def coached(policy):
    return coach(RUBRIC, FOLDER, "policy", parts_data(policy), ask=asking_parts(policy))


def checks(coaching):
    return {check.title: check.state for check in coaching.checks}


STEADY = "The same morning, the same decision"


def test_coaching_plays_the_practice_quarters():
    found = coached(SIXTY_FORTY)
    assert found.ready
    assert set(checks(found).values()) == {"fine"}
    assert "6 practice quarters. The mark is made on 30 others." in found.note
    robin = coached(READABLE["round robin"])
    assert checks(robin)["Finished epics"] == "look again"
    assert sum(bool(check.next_step) for check in robin.checks) == 1, "one thing to try"


def test_coaching_says_what_was_wrong_in_the_learner_s_own_words():
    found = coached({"assign": lambda team: {"E1-1": "Pria"}})
    assert not found.ready
    assert "named 'Pria', who is not in the team." in mark_text(found)
    assert "KeyError: 'waitin'" in mark_text(coached({"assign": lambda team: team["waitin"]}))
    assert checks(coached({"assign": GUESSERS["by lot"]}))[STEADY] == "look again"


def test_coaching_says_when_it_is_too_slow(monkeypatch):
    clock = itertools.count(0, 30)
    monkeypatch.setattr("leadgym.marking.policies.time.perf_counter", lambda: next(clock))
    found = coached(SIXTY_FORTY)
    assert checks(found)["Time"] == "look again"
    assert "The function took 30 s for 6 quarters; 1 s is the most." in mark_text(found)


def broken(tmp_path, name, change):
    text = (FOLDER / name).read_text(encoding="utf-8")
    before, after = change
    assert before in text
    path = tmp_path / name
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        load_rubric(path) if name == "rubric.yaml" else load_keys(path, RUBRIC, FOLDER)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (("outcome: value\n", "outcome: worth\n"), 14, "'worth' is none of value, predictability"),
        (("low: round robin", "low: robin"), 15, "'robin' is no reference. There are strict hero, "),
        (("high: 60/40 with one paired stretch", "high: round robin"), 16, "is the same as 'low'; take another."),
        (("quarters: 30", "quarters: 30\n    needs: [asign]"), 10, "'asign' is no part of a policy. The parts are "),
        (("[1, 2, 3, 4, 5, 6]", "[1, 2, 2, 4, 5, 6]"), 10, "a quarter stands twice; keep one."),
        (("quarters: 30", "quarters: 30\n    away_from: 11"), 10, "four weeks from there end after week 13"),
    ],
)
def test_a_broken_rubric_is_named_with_line_and_mend(tmp_path, change, line, sentence):
    told = broken(tmp_path, "rubric.yaml", change)
    assert any(f"rubric.yaml:{line}:" in problem and sentence in problem for problem in told), told


SHOCKS = "  policy:\n    shocks:\n      - {0}\n"


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (("4710000000017, ", ""), 5, "are 29, but the rubric plays 30 quarters. Make them equal."),
        (("4710000000188", "4710000000017"), 5, "one stands twice; keep one."),
        (("4710000000188", "6"), 5, "6 is among the practice quarters; take another."),
        (("4710000000188", "4711"), 5, "4711 can be found by trying; take one of at least 1000000000."),
        (("  policy:\n", SHOCKS.format("{what: leaves, week: 5, who: Sara}")), 6, "'Sara' is not in the team."),
        (("  policy:\n", SHOCKS.format("{what: leaves, week: 14, who: Wen}")), 6, "is in week 14 of 13"),
        (
            ("  policy:\n", SHOCKS.format("{what: away, week: 5, who: Wen}")),
            6,
            "'away' goes with 'week' and weeks, who",
        ),
        (("  policy:\n", SHOCKS.format("{what: scope grows, week: 5, epic: 99, tickets: 2}")), 6, "there are 30 epics"),
    ],
)
def test_broken_keys_are_named_with_line_and_mend(tmp_path, change, line, sentence):
    told = broken(tmp_path, "keys.yaml", change)
    assert any(f"keys.yaml:{line}:" in problem and sentence in problem for problem in told), told


def test_hidden_shocks_happen_to_the_references_too(tmp_path):
    text = (FOLDER / "keys.yaml").read_text(encoding="utf-8")
    shock = SHOCKS.format("{what: scope grows, week: 2, epic: 3, tickets: 1}")
    (tmp_path / "keys.yaml").write_text(text.replace("  policy:\n", shock), encoding="utf-8")
    keys = load_keys(tmp_path / "keys.yaml", RUBRIC, FOLDER)
    found = marked(SIXTY_FORTY, keys=keys)
    assert found.points == 16
    assert found.criteria[0].found != marked(SIXTY_FORTY).criteria[0].found


def test_references_that_luck_could_swap_are_refused_when_a_mark_is_made(tmp_path):
    text = (FOLDER / "rubric.yaml").read_text(encoding="utf-8")
    (tmp_path / "rubric.yaml").write_text(text.replace("low: stretch everything", "low: soft hero"), encoding="utf-8")
    with pytest.raises(FileProblems, match=r"criterion 'incidents': on the hidden quarters .* is not clearly better"):
        marked(SIXTY_FORTY, rubric=load_rubric(tmp_path / "rubric.yaml"))
