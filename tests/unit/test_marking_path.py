"""A run is replayed, held against all that was within reach, and never believed."""

from __future__ import annotations

import math
import time

import pytest
from marking_small import FOLDER, KEYS, RUBRIC, STORY, best, coached, marked, shares

from leadgym.marking import mark
from leadgym.marking.kept import Keeping, grid
from leadgym.scenario.model import Variant
from leadgym.scenario.outcome import weighted

# Ship and grow at the end of each of the nine roads, added up by hand from scenario.yaml.
ROADS = [(80, 0), (40, 40), (40, 0), (50, 30), (10, 70), (10, 30), (60, 20), (20, 60), (20, 20)]


def run(*choices, weights=None, **other):
    found = {"scenario": "small_story", "seed": 1, "variant": None, "choices": list(choices)}
    return found | {"weights": {"ship": 100, "grow": 0} if weights is None else weights} | other


def test_the_best_run_earns_everything():
    mark = marked("path", best("path"))
    assert (mark.points, mark.out_of) == (10, 10)


def test_outcome_by_hand():
    # Ship alone counts. Sorted: 10 10 20 20 40 40 50 60 80: median 40, 95th percentile 60 + .6 * 20 = 72; this run 60.
    mark = marked("path", run("first.split", "second.push"))
    assert shares(mark)["outcome"] == pytest.approx((60 - 40) / (72 - 40))
    assert mark.criteria[1].points == 2.5
    assert "60 of 100" in mark.criteria[1].found
    assert "come to 40 or less, and one in twenty to 72 or more" in mark.criteria[1].found


def test_outcome_below_the_median_is_nothing_and_keeps_its_score():
    outcome = marked("path", run("first.teach", "second.wait")).criteria[1]
    assert (outcome.points, outcome.score) == (0, pytest.approx(-30 / 32))


def test_turning_points_full_half_and_none():
    scores = {
        option: shares(marked("path", run(f"first.{option}", "second.push")))["turning"]
        for option in ("teach", "split", "push")
    }
    assert scores == {"teach": 1, "split": 0.5, "push": 0}


def test_turning_points_come_with_rationale_right_when_and_dissent():
    found = marked("path", run("first.push", "second.push")).criteria[2].found
    for words in (
        "“Who takes it?” You chose: “You take it.”",
        "needed again.",
        "money is lost by the hour.",
        "Somebody has to start.",
    ):
        assert words in found


def test_a_turning_point_has_the_key_of_the_variant_that_was_played():
    first, second = STORY.scenes
    options = [o.model_copy(update={"keys": {"far": 5}}) if o.id == "push" else o for o in first.options]
    variants = {"near": Variant(label="Near", about="One room."), "far": Variant(label="Far", about="Four time zones.")}
    story = STORY.model_copy(
        update={"variants": variants, "scenes": [first.model_copy(update={"options": options}), second]}
    )
    for variant, points in (("near", 0), ("far", 2), (None, 0)):
        found = mark(RUBRIC, KEYS, FOLDER, "path", run("first.push", variant=variant), scenario=story)
        assert found.criteria[2].points == points


def test_asking_earns_by_the_facts_it_brought():
    none = marked("path", run("first.teach", "second.teach")).criteria[4]
    one = marked("path", run("ask first.date", "first.teach", "second.teach")).criteria[4]
    both = marked("path", best("path")).criteria[4]
    assert (none.points, one.points, both.points) == (0, 0.5, 1)
    assert "two weeks of slack" in one.found
    assert "without learning" in none.found


def test_an_unfinished_run_earns_what_it_has_decided():
    mark = marked("path", run("ask first.date", "first.teach"))
    assert [c.points for c in mark.criteria] == [0, 0, 2, 0, 0.5]
    assert "stands at “It is stuck”" in mark.criteria[0].found
    early = marked("path", run())
    assert [c.points for c in early.criteria] == [0, 0, 0, 0, 0]
    assert "“Who takes it?” Not decided." in early.criteria[2].found


def test_totals_that_came_along_are_never_believed():
    honest = run("first.push", "second.wait")
    assert marked("path", honest | {"values": {"ship": 999}, "ending": "done", "points": 10}) == marked("path", honest)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "as play() gives it"),
        ([], "as play() gives it"),
        (run() | {"scenario": "another"}, "Expected a run of the scenario 'small_story'"),
        (run(version=2), "this is version 1. Play it once more"),
        (run(version="1"), "this is version 1"),
        (run() | {"seed": "1"}, "'seed' has to be a whole number"),
        (run() | {"seed": True}, "'seed' has to be a whole number"),
        (run() | {"seed": 1.5}, "'seed' has to be a whole number"),
        (run() | {"variant": ["a"]}, "'variant' has to be a name"),
        (run() | {"variant": "office"}, "no variants"),
        (run() | {"weights": None}, "'weights' has to give whole numbers to ship, grow"),
        (run() | {"weights": {"ship": "60"}}, "'weights' has to give whole numbers"),
        (run() | {"weights": {"ship": True}}, "'weights' has to give whole numbers"),
        (run() | {"weights": {"fame": 10}}, "no aim 'fame'"),
        (run() | {"weights": {"ship": 1000}}, "between 0 and 100"),
        (run() | {"choices": "first.push"}, "'choices' has to be a list"),
        (run() | {"choices": [1]}, "'choices' has to be a list"),
        (run() | {"choices": ["x" * 201]}, "'choices' has to be a list"),
        (run() | {"choices": ["first.push"] * 501}, "no run takes more than 500"),
        (run("second.push"), "you can choose: "),
        (run("first.push", "first.push"), "the story is at 'second'"),
        (run("first.push", "second.push", "second.push"), "The story has ended"),
        (run("ask first.date", "ask first.date"), "cannot be asked now"),
    ],
)
def test_a_run_that_cannot_be_replayed_earns_nothing_and_says_why(answer, says):
    mark = marked("path", answer)
    assert mark.points == 0
    assert says in mark.note
    assert not coached("path", answer).ready


def test_weights_of_nothing_are_nothing_to_keep_to():
    mark = marked("path", run("first.teach", "second.teach", weights={}))
    assert mark.criteria[3].points == 0
    assert "No weights were declared" in mark.criteria[3].found
    assert "declared no weights" in mark.criteria[1].found


def test_grid_of_weights():
    assert len(grid(2)) == 11
    assert len(grid(3)) == 21
    assert all(sum(weights) == 100 for aims in (2, 3, 4, 5) for weights in grid(aims))


def by_hand(declared, road):
    """Regret straight from its definition, with no sorting and no bisection."""

    def rank(weights):
        own = weighted(road, weights)
        others = [weighted(r, weights) for r in ROADS]
        return sum(1.0 if own > o + 1e-9 else 0.5 if abs(own - o) <= 1e-9 else 0.0 for o in others) / len(ROADS)

    return max(rank(w) for w in [declared, *grid(2)]) - rank(declared), rank(declared)


@pytest.mark.parametrize("declared", [(100, 0), (60, 40), (50, 50), (0, 100), (1, 2)])
def test_kept_weights_by_definition(declared):
    keeping = Keeping(ROADS, declared)
    over = [max(0.0, by_hand(declared, road)[0] - 0.05) for road in ROADS]
    mean = math.fsum(over) / len(ROADS)
    for road, excess in zip(ROADS, over, strict=True):
        kept = keeping.of(road)
        assert kept.rank == pytest.approx(by_hand(declared, road)[1])
        if kept.best_rank >= 0.5:
            assert kept.score == pytest.approx(1 - excess / mean)
        else:
            assert kept.score == 0


def test_a_run_that_shipped_kept_to_shipping_and_not_to_growing():
    shipped = ("first.push", "second.push")
    assert shares(marked("path", run(*shipped, weights={"ship": 100, "grow": 0})))["weights"] == 1
    told = marked("path", run(*shipped, weights={"ship": 0, "grow": 100})).criteria[3]
    assert told.points == 0
    assert "nearer to what it lived by" in told.found


def test_a_run_that_serves_no_weights_kept_to_none():
    # (20, 20) comes ahead of half of the roads under no weights.
    told = marked("path", run("first.split", "second.wait", weights={"ship": 50, "grow": 50})).criteria[3]
    assert told.points == 0
    assert "No weights speak for it" in told.found


def test_what_is_within_reach_is_worked_out_once(monkeypatch):
    """Marking a cohort, or replaying with other weights, must not try every road again."""
    from leadgym.marking import path

    path._roads.cache_clear()
    calls = []
    original = path.every_road
    monkeypatch.setattr(path, "every_road", lambda state: calls.append(1) or original(state))
    for weights in ({"ship": 60, "grow": 40}, {"ship": 10, "grow": 90}):
        for second in ("push", "teach"):
            marked("path", run("first.teach", f"second.{second}", weights=weights))
    assert len(calls) == 1
    marked("path", run("ask first.date", "first.teach", "second.push"))
    marked("path", run("ask first.night", "first.teach", "second.push"))
    marked("path", run("first.teach", "second.push", seed=2))
    assert len(calls) == 4


def test_coaching_a_run_is_instant_and_says_where_it_stands():
    start = time.perf_counter()
    coaching = coached("path", run("ask first.date", "first.teach"))
    assert time.perf_counter() - start < 0.5
    text = " ".join(check.found for check in coaching.checks)
    assert not coaching.ready
    assert "stands at “It is stuck”" in text
    assert "Ship: 10 of 100" in text
    assert coached("path", best("path")).ready


def test_without_a_scenario_the_course_has_to_have_one():
    """The module named in the rubric is the course's own; the small one is not."""
    from leadgym.yamlfile import FileProblems

    with pytest.raises(FileProblems, match="cannot be read"):
        mark(RUBRIC, None, FOLDER, "path", best("path"))
    assert STORY.scenario == "small_story"
