"""The formulas, each against an example worked by hand, and the properties that make them fair."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadgym.marking.scores import (
    agreement,
    best_pick,
    brier,
    brier_skill,
    coverage,
    honest_hits,
    interval_score,
    outcome_share,
    percentile,
    standardised,
)

KEY = [5.0, 1.0, 3.0, 3.0, 1.0, 5.0, 2.0, 4.0, 4.0, 2.0, 5.0, 1.0]
ratings_lists = st.lists(st.integers(1, 5), min_size=len(KEY), max_size=len(KEY))


def test_standardised_by_hand():
    # 5, 3, 1: mean 3, variance (4 + 0 + 4) / 3.
    assert standardised([5, 3, 1]) == pytest.approx([math.sqrt(1.5), 0, -math.sqrt(1.5)])
    assert standardised([4, 4, 4]) is None
    assert standardised([]) is None


def test_agreement_by_hand():
    # z of the ratings (1.22, 0, -1.22), z of the key (1.22, -1.22, 0): squared distances 0, 1.5, 1.5, mean 1;
    # random expects 2, so 1 - 1/2.
    assert agreement([5, 3, 1], [5, 1, 3]) == pytest.approx(0.5)


def test_agreement_of_a_form_of_three_items_by_hand():
    # Deviations from the mean 3 (key) and 3 (ratings): products 8 + 10 - 10, squares 28 and 28.
    assert agreement([5, 1, 3, 3, 1, 5, 2, 4, 2, 4, 1, 5], KEY) == pytest.approx(8 / 28)


def test_agreement_is_the_chance_corrected_distance():
    """What the docstring says: (S - E[random]) / (S_max - E[random]) with E over all permutations, by enumeration."""
    from itertools import permutations

    key, ratings = [5.0, 1.0, 3.0, 4.0], [4.0, 2.0, 5.0, 3.0]

    def minus_distance(values):
        pairs = zip(standardised(values), standardised(key), strict=True)
        return -sum((a - b) ** 2 for a, b in pairs) / len(key)

    expected = [minus_distance(list(p)) for p in permutations(ratings)]
    chance = sum(expected) / len(expected)
    assert chance == pytest.approx(-2)
    assert agreement(ratings, key) == pytest.approx((minus_distance(ratings) - chance) / (0 - chance))


def test_missing_ratings_carry_no_information():
    # Items one and two as the key has them, item three left out: z of the eight given has sd 1.5, the key's sd is
    # sqrt(28 / 12); 18 / (12 * 1.5 * sqrt(28 / 12)).
    two_of_three = [*KEY[:8], None, None, None, None]
    assert agreement(two_of_three, KEY) == pytest.approx(18 / (12 * 1.5 * math.sqrt(28 / 12)))
    # Only the first option, whose key stands high, left out: squares about the mean 31/11 of the others' 111.
    squares = 111 - 31**2 / 11
    expected = squares / (12 * math.sqrt(squares / 11) * math.sqrt(28 / 12))
    assert agreement([None, *KEY[1:]], KEY) == pytest.approx(expected)
    assert agreement([None] * 12, KEY) == 0
    assert agreement([5, *[None] * 11], KEY) == 0


def test_equal_ratings_earn_nothing():
    assert agreement([3] * 12, KEY) == 0
    assert agreement([5] * 12, KEY) == 0


@given(ratings_lists, st.integers(-3, 3), st.sampled_from([0.25, 0.5, 1, 2]))
def test_agreement_does_not_depend_on_response_style(ratings, shift, spread):
    """Mild or strict, cautious or bold: a + b * ratings earns the same."""
    assert agreement([shift + spread * r for r in ratings], KEY) == pytest.approx(agreement(ratings, KEY), abs=1e-9)


@given(ratings_lists)
def test_agreement_stays_within_bounds(ratings):
    assert -1 - 1e-9 <= agreement(ratings, KEY) <= 1 + 1e-9


@given(st.permutations(range(12)), st.integers(0, 11), st.integers(0, 11))
def test_setting_two_ratings_right_never_lowers(order, first, second):
    """Closer never scores lower: swapping two ratings into the key's order keeps or raises the agreement."""
    ratings = [KEY[i] for i in order]
    wrong = (ratings[first] - ratings[second]) * (KEY[first] - KEY[second]) < 0
    swapped = list(ratings)
    if wrong:
        swapped[first], swapped[second] = swapped[second], swapped[first]
    assert agreement(swapped, KEY) >= agreement(ratings, KEY) - 1e-12


def test_random_raters_average_nothing():
    luck = random.Random(20)  # noqa: S311 - a seeded coin
    scores = [agreement([luck.randint(1, 5) for _ in KEY], KEY) for _ in range(20_000)]
    assert abs(sum(scores) / len(scores)) < 0.01


def test_best_pick_by_hand():
    # Four options, one best: 2 of 3 right is (2 - 0.75) / (3 - 0.75).
    assert best_pick([True, True, False], [0.25, 0.25, 0.25]) == pytest.approx(1.25 / 2.25)
    # The first item has two best options of four: (1 - 0.5 + 0 - 0.25) / (0.5 + 0.75).
    assert best_pick([True, False], [0.5, 0.25]) == pytest.approx(0.25 / 1.25)
    assert best_pick([True, True], [0.5, 0.25]) == 1


def test_a_missing_pick_counts_as_chance():
    assert best_pick([None, None], [0.25, 0.25]) == 0
    assert best_pick([True, None], [0.25, 0.25]) == pytest.approx(0.5)


def test_random_picks_average_nothing():
    luck = random.Random(3)  # noqa: S311 - a seeded coin
    scores = [best_pick([luck.random() < c for c in (0.25, 0.5, 1 / 3)], [0.25, 0.5, 1 / 3]) for _ in range(20_000)]
    assert abs(sum(scores) / len(scores)) < 0.02


def test_brier_by_hand():
    # Four options, 70 % on the pick, 10 % on each other.
    assert brier(0.7, 4, right=True) == pytest.approx(0.09 + 3 * 0.01)
    assert brier(0.7, 4, right=False) == pytest.approx(0.49 + 0.81 + 2 * 0.01)
    assert brier(1, 4, right=True) == 0
    assert brier(1, 4, right=False) == 2


def test_brier_skill_by_hand():
    # Uniform is 3/4 for four options.
    assert brier_skill([(0.7, True)], [4]) == pytest.approx(1 - 0.12 / 0.75)
    assert brier_skill([(1.0, True), (1.0, True)], [4, 3]) == 1


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(3, 8))
def test_saying_that_one_guesses_earns_exactly_nothing(right, options):
    assert brier_skill([(1 / options, r) for r in right], [options] * len(right)) == pytest.approx(0, abs=1e-12)


@given(st.floats(-2, 2), st.integers(3, 8))
def test_a_wrong_pick_never_earns(confidence, options):
    """Nobody earns by picking wrongly with low confidence, not even with one below a guess."""
    assert brier_skill([(confidence, False)], [options]) <= 1e-12


@pytest.mark.parametrize("chance", [0.25, 0.4, 0.6, 0.9])
def test_honest_confidence_is_the_best_policy(chance):
    """The rule is proper: no stated confidence does better on average than the chance of being right."""

    def expected(confidence):
        return chance * brier(confidence, 4, right=True) + (1 - chance) * brier(confidence, 4, right=False)

    assert min((expected(c / 100), c / 100) for c in range(25, 101))[1] == pytest.approx(chance)


def test_interval_score_by_hand():
    # 80 %: alpha is .2, a miss costs ten times its distance.
    assert interval_score(4, 10, 7) == pytest.approx(6)
    assert interval_score(4, 10, 12) == pytest.approx(6 + 10 * 2)
    assert interval_score(4, 10, 3.5) == pytest.approx(6 + 10 * 0.5)


def test_eight_honest_ranges_hold_five_to_eight():
    # P(at most 4 of 8) = .056, P(at most 5) = .203 under chance .8.
    assert honest_hits(8) == (5, 8)
    # All eleven of eleven happens in .086 of the cases: one too many.
    assert honest_hits(11) == (7, 10)


def test_coverage_by_hand():
    assert [coverage(h, 8) for h in (0, 4, 5, 8)] == [0, 0.8, 1, 1]
    assert coverage(11, 11) == pytest.approx(0.5)


def test_percentile_by_hand():
    assert percentile([10, 20, 40], 0.5) == 20
    assert percentile([0, 10], 0.95) == pytest.approx(9.5)
    assert percentile([7], 0.95) == 7


def test_outcome_share_by_hand():
    # Nine runs: median 40; the 95th percentile stands .6 of the way from 60 to 80.
    reach = [10, 10, 20, 20, 40, 40, 50, 60, 80]
    assert outcome_share(60, reach) == pytest.approx(20 / 32)
    assert outcome_share(40, reach) == 0
    assert outcome_share(72, reach) == pytest.approx(1)
    assert outcome_share(10, reach) < 0


def test_outcome_where_every_run_comes_to_the_same():
    assert outcome_share(50, [50, 50, 50]) == 1
    assert outcome_share(49, [50, 50, 50]) == 0
