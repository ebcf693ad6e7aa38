"""What gives an option away: by its length, its place, its tone, or because it is better in everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadgym.scenario.dominance import dominations
from leadgym.scenario.loader import parse_scenario
from leadgym.scenario.tells import Decision, by_length, by_position, by_tone, limit, niceness, tells, uneven

PLAIN = (Path(__file__).parents[1] / "fixtures" / "scenarios" / "option_dominates.yaml").read_text(encoding="utf-8")
WORSE = "effects: [{change: {late: 2, trust: -2}, why: y}]}"


def decision(best: int, lengths: tuple[int, ...] = (50, 51, 52, 53)) -> Decision:
    """Options of these lengths, of which the one at ``best`` has the highest key."""
    return Decision(tuple("x" * n for n in lengths), tuple(5 if i == best else 2 for i in range(len(lengths))))


def test_lengths_within_15_per_cent_of_the_mean_are_even() -> None:
    assert uneven(["x" * 85, "x" * 115, "x" * 100]) == {}
    assert uneven(["x" * 84, "x" * 116, "x" * 100]) == pytest.approx({0: -0.16, 1: 0.16})
    assert uneven([]) == {}


def test_each_length_rank_is_counted() -> None:
    assert by_length([decision(3), decision(2), decision(0), decision(0)]) == pytest.approx(
        {"longest": 0.25, "second longest": 0.25, "shortest": 0.5, "third longest": 0}
    )


def test_equal_lengths_and_several_best_options_share() -> None:
    assert by_length([Decision(("aa", "bb", "c"), (5, 1, 1))]) == pytest.approx(
        {"longest": 0.5, "second longest": 0.5, "shortest": 0}
    )
    assert by_position([Decision(("aa", "bb", "cc"), (4, 4, 1))]) == pytest.approx({"1": 0.5, "2": 0.5, "3": 0})


def test_a_position_that_holds_half_of_the_best_is_a_tell_and_two_in_five_are_none() -> None:
    even = [decision(n, (50, 50, 50, 50)) for n in (0, 0, 1, 2, 3)]
    assert tells(even) == []
    odd = [decision(n, (50, 50, 50, 50)) for n in (0, 0, 0, 2, 3)]
    assert [sentence.split(" in ")[0] for sentence in tells(odd)] == ["the best-keyed option is number 1"]


def test_where_there_are_few_decisions_no_more_is_asked_than_can_be_had() -> None:
    assert limit([decision(0)] * 5) == pytest.approx(0.4)
    assert limit([decision(0, (9, 9, 9))] * 4) == pytest.approx(0.5)
    assert limit([decision(0, (9, 9))] * 10) == pytest.approx(0.5)


def test_the_nicest_words_are_counted_in_their_forms() -> None:
    assert niceness("Ask them together, please; sharing helps.") == 5
    assert niceness("The task was unkindly unshared.") == 0
    nice = Decision(("We listen together.", "You decide it now."), (5, 1))
    plain = Decision(("You listen to it.", "You decide it now."), (1, 5))
    assert by_tone([nice, plain]) == 0.5
    assert by_tone([Decision(("One.", "Two."), (5, 1))]) == 0


@pytest.mark.parametrize(
    ("effects", "found"),
    [
        ("effects: [{change: {late: 2, trust: -2}, why: y}]}", True),
        # A chance or a condition may keep the bad away: then it is as good as the other, and nobody can tell.
        ("effects: [{chance: 0.9, change: {late: 9, trust: -9}, why: y}]}", False),
        ("effects: [{if: trust > 0, change: {late: 9, trust: -9}, why: y}]}", False),
        # A sure loss and a possible one is a loss.
        ("effects: [{change: {late: 2}, why: y}, {chance: 0.5, change: {trust: -9}, why: y}]}", True),
        # What may come later may make it worthwhile.
        ("effects: [{change: {late: 2}, why: y}, {later: four, chance: 0.5, change: {trust: 9}, why: y}]}", False),
        ("effects: [{change: {late: 2, trust: -2}, why: y}, {later: end, change: {trust: 5}, why: y}]}", False),
        ("effects: [{draw: d, outcomes: [{id: x, chance: 0.5, change: {late: 3}}, {id: y, chance: 0.5}]}]}", False),
        (
            "effects: [{draw: d, outcomes: [{id: x, chance: 0.5, change: {late: 3}}, "
            "{id: y, chance: 0.5, change: {late: 2}}]}]}",
            True,
        ),
        # It leads elsewhere.
        ("next: four, effects: [{change: {late: 2, trust: -2}, why: y}]}", False),
    ],
)
def test_an_option_dominates_only_if_it_surely_does(effects: str, found: bool) -> None:
    scenario = parse_scenario(PLAIN.replace(WORSE, effects))
    pairs = [(d.scene, d.better, d.worse) for d in dominations(scenario)]
    assert pairs == ([(1, 0, 1)] if found else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if: trust > 54,", 'if: trust > 54 or chose("two.b"),'),
        ("score: trust}", 'score: trust + 9 * chose("two.b")}'),
        ("{id: a, text: Show it on Friday.,", """{id: a, text: Show it on Friday., if: 'not chose("two.a")',"""),
        ("{change: {trust: 1}, why: y}]}", """{if: 'chose("two.b")', change: {trust: 9}, why: y}]}"""),
        ("{id: a, text: Wait for a day.,", "{id: a, text: Wait for a day., if: trust > 50,"),
    ],
    ids=["an ending", "a score", "another option", "a later effect", "its better being closed"],
)
def test_an_option_on_which_something_hangs_is_not_called_dominated(old: str, new: str) -> None:
    assert [*dominations(parse_scenario(PLAIN))] != []
    assert [*dominations(parse_scenario(PLAIN.replace(old, new)))] == []


def test_prose_about_an_option_does_not_save_it() -> None:
    told = PLAIN.replace(
        "text: It is done.", """text: It is done.\n    passages: [{if: 'chose("two.b")', text: Late.}]"""
    )
    assert [(d.scene, d.worse) for d in dominations(parse_scenario(told))] == [(1, 1)]
