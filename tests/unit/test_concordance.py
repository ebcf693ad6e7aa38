"""Agreement of raters, to four decimals with what others published or an established package says on the same data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from leadgym.psychometrics.concordance import (
    LENIENT,
    UNIFORM,
    chi2_above,
    kendall_w,
    r_wg,
    r_wg_j,
    r_wg_mean,
    ranks,
    resampled,
    variances,
    w_drawn,
    w_of,
)

# Ten soldiers of one company rate eleven sentences on their leaders, 1 to 5: company 14 of lq2002 (Bliese & Halverson
# 2002, Leadership Quarterly 13, 53-68), public with R's multilevel. What follows is multilevel 2.7 in R 4.2.2.
COMPANY = np.array(
    [
        [1, 1, 1, 1, 4, 4, 1, 4, 1, 1, 1],
        [3, 3, 2, 3, 3, 3, 1, 3, 3, 4, 3],
        [2, 4, 1, 1, 4, 4, 1, 4, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [4, 5, 3, 2, 3, 3, 3, 4, 3, 3, 3],
        [2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 4],
        [3, 3, 3, 4, 4, 4, 2, 3, 2, 2, 2],
        [3, 3, 3, 1, 3, 3, 3, 3, 3, 3, 3],
        [4, 4, 3, 4, 3, 3, 4, 2, 4, 3, 4],
        [3, 3, 2, 2, 2, 3, 3, 3, 2, 3, 2],
    ],
    dtype=float,
)
RWG = [0.422222, 0.172222, 0.577778, 0.244444, 0.505556, 0.577778, 0.0, 0.355556, 0.083333, 0.088889, 0.311111]
# Twenty subjects rated by three raters, many ties: the data set "anxiety" of R's irr.
ANXIETY = np.array(
    [
        [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
        [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
        [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
    ],
    dtype=float,
)
EXACT = {"abs": 5e-5}


def test_r_wg_is_what_r_s_multilevel_says():
    found = r_wg(COMPANY.var(axis=0, ddof=1))
    # multilevel sets what is below 0 to 0; here it is kept, and only one is.
    assert np.maximum(found, 0) == pytest.approx(RWG, **EXACT)
    assert (found < 0).sum() == 1


def test_r_wg_over_several_is_what_r_s_multilevel_says():
    spread = COMPANY.var(axis=0, ddof=1)
    assert r_wg_j(spread) == pytest.approx(0.82603774, **EXACT)
    assert r_wg_mean(spread) == pytest.approx(0.30151515, **EXACT)
    assert r_wg_j(np.array([3.0, 4.0])) == 0, "James et al. 1984: more than the null counts as the null"


def test_the_nulls_of_five_steps_are_those_of_the_literature():
    assert UNIFORM == 2  # James, Demaree & Wolf 1984
    skewed = np.repeat([1, 2, 3, 4, 5], [5, 15, 20, 35, 25])  # LeBreton & Senter 2008: slight skew
    assert skewed.var() == pytest.approx(LENIENT, abs=0.005)
    assert r_wg(np.array(0.67), LENIENT) == pytest.approx(0.5)


def test_w_with_ties_is_what_irr_and_pingouin_say():
    """pingouin 0.5.5: W 0.53966, Q 30.7604; irr's kendall(anxiety, TRUE): Wt 0.54, chi-square(19) 30.8, p 0.0429."""
    found = kendall_w(ANXIETY)
    assert found.w == pytest.approx(0.5396568760, **EXACT)
    assert (found.chi2, found.df) == (pytest.approx(30.76044193, **EXACT), 19)
    assert found.p == pytest.approx(0.0428834731, **EXACT)


def test_w_of_raters_of_whom_one_ties_everything_is_what_r_s_friedman_test_says():
    found = kendall_w(COMPANY)
    assert (found.w, found.chi2, found.p) == (
        pytest.approx(0.138972, **EXACT), pytest.approx(13.8972163, **EXACT), pytest.approx(0.177731731, **EXACT),
    )  # fmt: skip


def test_w_goes_with_scipy_on_many_tables_and_leaves_incomplete_raters_out():
    luck = np.random.default_rng(3)
    for objects in (3, 4, 5, 40):
        table = luck.integers(1, 6, size=(12, objects)).astype(float)
        wanted = stats.friedmanchisquare(*table.T)
        assert kendall_w(table).chi2 == pytest.approx(wanted.statistic)
        assert kendall_w(table).p == pytest.approx(wanted.pvalue)
        gap = table.copy()
        gap[2, 1] = np.nan
        assert kendall_w(gap).w == pytest.approx(kendall_w(np.delete(table, 2, axis=0)).w)


def test_w_at_its_ends_and_where_there_is_none():
    assert kendall_w(np.array([[1, 2, 3, 5.0]] * 10)).w == pytest.approx(1)
    assert kendall_w(np.array([[1, 2, 3.0], [3, 2, 1.0]])).w == pytest.approx(0)
    assert kendall_w(np.ones((12, 4))) is None
    assert kendall_w(np.array([[1, 2, 3.0]])) is None


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 39, 120])
def test_chi_square_s_upper_tail_is_scipy_s(df):
    for value in (0.0, 0.4, 3.2, 30.8, 300.0):
        assert chi2_above(value, df) == pytest.approx(stats.chi2.sf(value, df), rel=1e-9, abs=1e-300)


def test_a_resample_is_the_table_with_raters_repeated():
    """With nobody drawn twice nothing is left out; with somebody, only the pairs of one with themselves."""
    once = np.ones((1, len(COMPANY)), dtype=np.int64)
    assert variances(COMPANY, once)[0] == pytest.approx(COMPANY.var(axis=0, ddof=1))
    assert w_drawn(COMPANY, once)[0] == pytest.approx(kendall_w(COMPANY).w)
    drawn = np.array([[2, 0, 1, 1, 1, 1, 1, 1, 1, 1]])
    rows = np.repeat(COMPANY, drawn[0], axis=0)
    assert variances(COMPANY, drawn)[0] == pytest.approx(rows.var(axis=0, ddof=1) * 90 / 88)
    ranked, ties = ranks(rows)
    assert w_of(ranked.sum(axis=0), ties.sum(), 10) > w_drawn(COMPANY, drawn)[0]
    alone = np.array([[10, *[0] * 9]])
    assert np.isnan(variances(COMPANY, alone)).all()
    assert np.isnan(w_drawn(COMPANY, alone)).all()


def test_resamples_are_seeded_and_centred_on_what_was_found():
    counts = resampled(10, 4000, 1)
    assert (counts == resampled(10, 4000, 1)).all()
    assert (counts.sum(axis=1) == 10).all()
    assert np.nanmean(variances(COMPANY, counts), axis=0) == pytest.approx(COMPANY.var(axis=0, ddof=1), rel=0.05)
