"""Item statistics agree with established packages on public data, and recover what was planted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from published import ATTITUDE, LSAT
from scipy import stats

from leadgym.marking import load_form, load_keys, load_rubric
from leadgym.marking.form import read_form
from leadgym.marking.judgement import scores
from leadgym.psychometrics.certainty import brier, certainty
from leadgym.psychometrics.items import (
    LEAST,
    ItemNumbers,
    OptionNumbers,
    Scale,
    analyse,
    rating_parts,
    rating_room,
    said,
    verdict,
)
from leadgym.psychometrics.reliability import Estimate, alpha, correlation, f_quantile, feldt, omega, one_factor

ROOT = Path(__file__).parents[2]
FOUR = 5e-5
"""Four decimals."""


def close(found: object, published: object) -> None:
    np.testing.assert_allclose(np.array(found, dtype=float), np.array(published, dtype=float), rtol=0, atol=FOUR)


class TestEstablished:
    """What packages that others rely on make of the public data in ``published.py``; each test names which."""

    def test_alpha_and_feldts_interval_of_attitude(self) -> None:
        """pingouin 0.6.1 ``cronbach_alpha``: 0.8431427695647599, [0.739, 0.916]."""
        found = alpha(ATTITUDE)
        close(found.value, 0.8431427695647599)
        assert (round(found.low, 3), round(found.high, 3)) == (0.739, 0.916)

    def test_corrected_discrimination_of_attitude(self) -> None:
        """The correlation with the rest, by pingouin 0.6.1 ``corr``; its interval by scipy 1.17.1 ``pearsonr``."""
        items, _ = analyse(ATTITUDE, np.full(7, 100.0))
        pingouin = [0.6712620572, 0.7421097102, 0.5607111115, 0.7144454981, 0.7862755938, 0.2650343392, 0.4608105495]
        close([item.discrimination.value for item in items], pingouin)
        close([items[0].discrimination.low, items[0].discrimination.high], [0.4101915270, 0.8306507953])

    def test_right_and_wrong_answers_of_the_lsat(self) -> None:
        """Proportions as Bock & Lieberman's table has them; the rest by pingouin 0.6.1 ``corr``, ``cronbach_alpha``."""
        items, scale = analyse(LSAT, np.ones(5), shares=True)
        close([item.difficulty.value for item in items], [0.924, 0.709, 0.553, 0.763, 0.870])
        close([item.discrimination.value for item in items], [0.1128, 0.1532, 0.1728, 0.1444, 0.1216])
        close(scale.alpha.value, 0.2950)
        without = [alpha(np.delete(LSAT, place, axis=1)).value for place in range(5)]
        close(without, [0.2754, 0.2376, 0.2168, 0.2459, 0.2663])
        assert (round(scale.alpha.low, 3), round(scale.alpha.high, 3)) == (0.223, 0.362)

    @pytest.mark.parametrize(
        ("data", "loadings", "total"),
        [
            (ATTITUDE, [0.757773, 0.833826, 0.603427, 0.788726, 0.841120, 0.284465, 0.491047], 0.8602623268),
            (LSAT, [0.214692, 0.305921, 0.369077, 0.279314, 0.222709], 0.3068493162),
        ],
    )
    def test_the_factor_and_omega(self, data: np.ndarray, loadings: list[float], total: float) -> None:
        """factor_analyzer 0.5.1 (minres: 0.86026, 0.30685) and statsmodels 0.15.0 (principal axes, to 6 decimals)."""
        close(one_factor(np.corrcoef(data.T)), loadings)
        close(omega(data, draws=50).value, total)

    def test_feldts_example(self) -> None:
        """Feldt, Woodruff & Salih (1987): alpha .79, 26 items, 41 people; the limits by scipy's F."""
        low, high = feldt(0.79, 41, 26, level=0.90)
        close([low, high], [1 - 0.21 * stats.f.ppf(share, 40, 1000) for share in (0.95, 0.05)])
        assert (round(low, 2), round(high, 2)) == (0.7, 0.86)

    def test_quantiles_of_f_are_scipys(self) -> None:
        for above, below in ((1, 1), (2, 29), (29, 174), (499, 5489), (499, 14970)):
            for share in (0.005, 0.025, 0.5, 0.975, 0.995):
                assert f_quantile(share, above, below) == pytest.approx(stats.f.ppf(share, above, below), rel=1e-8)


class TestPlanted:
    """What a generator put in comes out, within the interval that is given for it."""

    def test_alpha_omega_and_loadings_of_a_linear_model(self) -> None:
        luck, loadings = np.random.default_rng(3), np.array([0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
        factor = luck.normal(size=(2000, 1))
        data = factor * loadings + luck.normal(size=(2000, 6)) * np.sqrt(1 - loadings**2)
        planted = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
        found = omega(data, draws=300)
        assert found.low < planted < found.high
        assert found.high - found.low < 0.06
        np.testing.assert_allclose(one_factor(np.corrcoef(data.T)), loadings, atol=0.06)
        assert alpha(data).value < found.value, "with unequal loadings alpha is a lower bound"

    def test_the_order_of_difficulties_and_the_dud_of_a_two_parameter_model(self) -> None:
        luck = np.random.default_rng(5)
        ability = luck.normal(size=(600, 1))
        slope = np.array([1.6, 1.6, 1.6, 1.6, 1.6, 0.0, -1.2])
        hard = np.array([-0.6, -0.3, 0.0, 0.3, 0.6, 0.0, 0.0])
        right = (luck.random((600, 7)) < 1 / (1 + np.exp(-slope * (ability - hard)))).astype(float)
        items, _ = analyse(right, np.ones(7), shares=True)
        shares = [item.difficulty.value for item in items[:5]]
        assert shares == sorted(shares, reverse=True)
        words = [verdict(item, "are right").word for item in items]
        assert words == ["keep"] * 5 + ["look at", "drop"]

    def test_the_intervals_hold_what_they_say(self) -> None:
        """Of 200 samples of 40 people, about 95 in 100 of Feldt's intervals hold the true alpha (here .75)."""
        luck, held = np.random.default_rng(11), 0
        for _ in range(200):
            data = luck.normal(size=(40, 1)) * math.sqrt(1 / 3) + luck.normal(size=(40, 6)) * math.sqrt(2 / 3)
            found = alpha(data)
            held += found.low < 0.75 < found.high
        assert 0.91 < held / 200 < 0.99

    def test_the_bootstrap_is_the_same_each_time(self) -> None:
        assert omega(ATTITUDE) == omega(ATTITUDE)
        assert omega(ATTITUDE) != omega(ATTITUDE, seed=2)


class TestNothingToSay:
    """Too little is said, not computed away; nothing here raises or warns."""

    @pytest.mark.parametrize("people", [0, 1, 2, 3, LEAST])
    def test_a_constant_total_has_neither_alpha_nor_omega(self, people: int) -> None:
        items, scale = analyse(np.full((people, 4), 2.0), np.full(4, 2.0))
        assert not scale.alpha.known
        assert not scale.omega.known
        assert all(not item.discrimination.known for item in items)
        sentence = said(scale)
        assert f"{LEAST - people} are missing" in sentence if people < LEAST else "no alpha" in sentence

    def test_one_constant_item_is_named_and_the_others_stand(self) -> None:
        data = np.column_stack([LSAT[:200, :4], np.ones(200)])
        items, scale = analyse(data, np.ones(5), shares=True)
        assert scale.items == 4
        assert scale.omega.known
        made = verdict(items[4], "are right")
        assert made.word == "look at"
        assert "The same for everybody, 100 %" in made.why

    @pytest.mark.parametrize("people", [1, 12, LEAST - 1])
    def test_too_few_answers_say_how_many_are_missing(self, people: int) -> None:
        items, scale = analyse(ATTITUDE[:people], np.full(7, 100.0))
        made = verdict(items[0], "of its points are reached")
        assert made.word == "too few"
        assert f"{LEAST - people} are missing" in made.why
        assert f"{LEAST - people} are missing" in said(scale)

    def test_gaps_are_left_out_and_counted(self) -> None:
        """Difficulty takes who answered the item, the rest who answered everything; a gap is never a zero."""
        data = LSAT[:100].copy()
        data[:75, 0] = np.nan
        items, scale = analyse(data, np.ones(5), shares=True)
        assert (items[0].answers, items[1].answers, items[0].complete, scale.people) == (25, 100, 25, 100)
        assert items[0].difficulty.value == LSAT[75:100, 0].mean()
        assert "100 answers, but only 25 from people who answered all the other items" in verdict(items[1], "x").why

    def test_two_items_have_an_alpha_and_no_factor(self) -> None:
        _, scale = analyse(LSAT[:, :2], np.ones(2))
        assert scale.alpha.known
        assert not scale.omega.known

    def test_perfect_and_missing_correlations(self) -> None:
        line = np.arange(10.0)
        perfect = correlation(line, 2 * line)
        close([perfect.value, perfect.low, perfect.high], [1, 1, 1])
        assert not correlation(line, np.ones(10)).known
        assert not correlation(line[:3], line[:3]).known


def item(
    r: tuple[float, float, float], share: tuple[float, float, float] = (0.5, 0.4, 0.6), n: int = 60
) -> ItemNumbers:
    return ItemNumbers(n, n, Estimate(*share), Estimate(*r), False)


@pytest.mark.parametrize(
    ("numbers", "word", "why"),
    [
        (item((0.45, 0.22, 0.63)), "keep", "Goes well with the rest (r = 0.45, 0.22 to 0.63)."),
        (item((0.25, -0.01, 0.47)), "keep", "may still come out below 0.20"),
        (item((0.10, -0.16, 0.34)), "look at", "0.20 is asked for"),
        (item((-0.10, -0.34, 0.16)), "drop", "Does not go with the rest (r = -0.10, -0.34 to 0.16): the whole"),
        (item((-0.30, -0.50, -0.08)), "drop", "(r = -0.30, -0.50 to -0.08), and that is more than luck would do"),
        (item((-0.02, -0.27, 0.23)), "look at", "luck could do that"),
        (item((0.45, 0.22, 0.63), (0.9, 0.8, 0.95)), "look at", "Easy: 90 % (80 to 95)"),
        (item((0.45, 0.22, 0.63), (0.2, 0.1, 0.3)), "look at", "Hard: 20 % (10 to 30)"),
    ],
)
def test_the_rules_give_the_verdict_with_reason_and_interval(numbers: ItemNumbers, word: str, why: str) -> None:
    made = verdict(numbers, "of its points are reached")
    assert made.word == word
    assert why in made.why


@pytest.mark.parametrize(
    ("pick", "word"), [((-0.01, -0.10, 0.08), "look at"), ((0.12, 0.03, 0.21), "keep"), ((0.05, -0.31, 0.40), "keep")]
)
def test_a_best_pick_that_says_nothing_is_looked_at_though_the_ratings_are_good(
    pick: tuple[float, float, float], word: str
) -> None:
    made = verdict(item((0.26, 0.17, 0.35)), "agreement", pick=item(pick), options=options(50, 30, 20, 20))
    assert made.word == word
    assert ("does not pick it more often elsewhere (r = -0.01, -0.10 to 0.08" in made.why) == (word == "look at")


def options(*picked: int) -> list[OptionNumbers]:
    """Options of which the first is the key's best."""
    return [
        OptionNumbers(name, 5 - place, place == 0, count, sum(picked), 3.0)
        for place, (name, count) in enumerate(zip("abcd", picked, strict=True))
    ]


@pytest.mark.parametrize(
    ("picked", "word", "why"),
    [
        ((50, 30, 20, 20), "keep", ""),
        ((20, 60, 20, 20), "look at", "More people pick b (60) than the key's best, a (20): is the key right?"),
        ((60, 40, 20, 0), "look at", "Option d is picked by fewer than 5 % of 120"),
        ((20, 15, 5, 0), "keep", "Option d is picked by fewer than 5 % so far, which may be luck."),
    ],
)
def test_options_nobody_takes_and_keys_nobody_shares_are_named(picked: tuple[int, ...], word: str, why: str) -> None:
    good = item((0.45, 0.22, 0.63), n=sum(picked))
    made = verdict(good, "agreement", pick=good, options=options(*picked))
    assert made.word == word
    assert why in made.why


def test_the_items_of_a_form_add_up_to_its_mark() -> None:
    """An item's part is its share of the agreement that is marked; as the key has it, a part is all the item's room."""
    folder = ROOT / "solutions" / "00_baseline"
    form = load_form(folder / "data" / "judgement.yaml")
    rubric = load_rubric(folder / "rubric.yaml")
    keys = load_keys(ROOT / "grader" / "keys" / "00_baseline.yaml", rubric, folder).answers["judgement"]
    room, luck = rating_room(form, keys), np.random.default_rng(2)
    assert room.sum() == pytest.approx(1)

    def parts(answer: dict) -> np.ndarray:
        return rating_parts(form, read_form(form, answer)[0], keys)

    as_key = {i.id: {"ratings": {o.id: keys.items[i.id][o.id].key for o in i.options}} for i in form.items}
    np.testing.assert_allclose(parts(as_key), room)
    chance = []
    for _ in range(300):
        answer = {i.id: {"ratings": {o.id: int(luck.integers(1, 6)) for o in i.options}} for i in form.items}
        found = parts(answer)
        assert found.sum() == pytest.approx(scores(form, keys, answer)["ratings"])
        assert (found <= room + 1e-12).all()
        chance.append(found / room)
    assert np.abs(np.mean(chance, axis=0)).max() < 0.15, "0 is what chance earns"
    del answer["release_notes"]["ratings"]["a"]
    assert np.isnan(parts(answer)).tolist() == [True, *[False] * 11]
    flat = {i.id: {"ratings": {o.id: 3 for o in i.options}} for i in form.items}
    assert (parts(flat) == 0).all()
    assert np.isnan(parts({"release_notes": "no"})).all()


def test_the_sentence_on_a_total_holds_it_against_what_feedback_and_certificates_need() -> None:
    def told(value: float, low: float, high: float) -> str:
        estimate = Estimate(value, low, high)
        return said(Scale(60, 60, 12, estimate, estimate), judgement=True)

    assert "no basis for a certificate" in told(0.75, 0.71, 0.8)
    assert "reaches below 0.70" in told(0.75, 0.6, 0.83)
    assert "Below the 0.70" in told(0.5, 0.3, 0.6)
    assert "certificate would need" in told(0.9, 0.85, 0.93)
    assert "0.46 on average" in told(0.5, 0.3, 0.6)


class TestCertainty:
    """Confidence against results."""

    def test_the_parts_of_briers_score_add_up(self) -> None:
        sure = np.array([0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 0.9, 0.9])
        right = np.array([0, 1, 1, 0, 0, 1, 1, 1.0])
        found = brier(sure, right)
        # By hand: base 5/8; groups of 2, 4, 2 with 1/2, 1/2, 1 right.
        assert found.uncertainty == pytest.approx(15 / 64)
        assert found.reliability == pytest.approx((2 * 0.25**2 + 4 * 0 + 2 * 0.1**2) / 8)
        assert found.resolution == pytest.approx((6 * (1 / 8) ** 2 + 2 * (3 / 8) ** 2) / 8)
        assert found.rest == pytest.approx(0, abs=1e-12)
        assert found.score == pytest.approx(np.mean((sure - right) ** 2))

    def test_somebody_too_sure_is_beyond_luck_and_an_honest_one_is_not(self) -> None:
        luck = np.random.default_rng(4)
        chance = luck.uniform(0.4, 0.95, size=400)
        right = (luck.random(400) < chance).astype(float)
        honest, boastful = certainty(chance, right), certainty(np.minimum(chance + 0.2, 1), right)
        assert abs(honest.gap) < honest.luck
        assert boastful.gap > boastful.luck
        assert sum(step.count for step in honest.steps) == 400

    def test_no_picks_are_said(self) -> None:
        assert certainty(np.empty(0), np.empty(0)).count == 0
        with pytest.raises(ValueError, match="no picks"):
            brier(np.empty(0), np.empty(0))
