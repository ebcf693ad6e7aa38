"""The figures about a risk say what they draw, the same for everybody, and refuse what cannot be drawn."""

from __future__ import annotations

import math
import re

import pytest

from leadgym.widgets.risk_figures import looked_up, possible_quarters

LOSSES = [40_000, 15_000, 120_000]


def test_possible_quarters_have_the_mean_and_the_chance_of_none():
    figure = possible_quarters(LOSSES, 2)
    assert "The mean is €87,500 a quarter" in figure.title
    nothing = int(re.search(r"Nothing at all: (\d+) of 100", figure.alt)[1])
    assert abs(nothing - 100 * math.exp(-1.5)) <= 2
    assert f"{nothing} of 100 quarters cost nothing" in figure.title
    assert "3 incidents are few" in figure.caption


def test_more_quarters_in_the_log_mean_a_lower_mean():
    assert "The mean is €43,800 a quarter" in possible_quarters(LOSSES, 4).title


def test_many_losses_are_not_called_few():
    assert "are few" not in possible_quarters([10_000.0] * 12, 4).caption


@pytest.mark.parametrize(("losses", "quarters"), [([], 2), (LOSSES, 0)])
def test_nothing_to_draw_from(losses, quarters):
    with pytest.raises(ValueError, match="at least one loss"):
        possible_quarters(losses, quarters)


def test_looked_up_ends_where_brier_says():
    figure = looked_up(0.25, 0.25, quarters=40, seed=3)
    came = int(re.search(r"happened in (\d+) of 40", figure.alt)[1])
    last = (came * 0.75**2 + (40 - came) * 0.25**2) / 40
    assert f"you (0.25): " in figure.alt  # noqa: F541
    assert f"{last:.2f} at last" in figure.alt.split("no:")[0]


def test_after_one_quarter_somebody_else_may_be_ahead():
    """A no is ahead as long as nothing has happened, and the honest number in the end."""
    titles = {looked_up(0.25, 0.25, seed=seed).title for seed in range(1, 15)}
    assert any("After one quarter “no” is ahead; after 40, you (0.25)" in title for title in titles)


@pytest.mark.parametrize(("said", "chance"), [(25, 0.25), (-0.1, 0.2), (0.3, 0), (0.3, 1)])
def test_no_chance(said, chance):
    with pytest.raises(ValueError, match="from 0 to 1"):
        looked_up(said, chance)


@pytest.mark.parametrize("make", [lambda: possible_quarters(LOSSES, 2), lambda: looked_up(0.4, 0.39)])
def test_figures_are_the_same_each_time_and_stand_alone(make):
    first, again = make()._repr_html_(), make()._repr_html_()
    assert first == again
    assert "<script" not in first
    assert 'role="img"' in first
