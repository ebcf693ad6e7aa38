"""The calibration figure: counts and score by hand, what luck allows, what it says when there is too little."""

from __future__ import annotations

import re

import pytest

from leadgym.widgets.calibration import _luck, calibration
from leadgym.widgets.figures import LessonFigure, NotYet

NAMES = [f"s{n}" for n in range(10)]


def test_counts_and_score_by_hand():
    # Ten statements held true at 90 %, five of them true: (5 * 0.01 + 5 * 0.81) / 10 = 0.41.
    figure = calibration(dict.fromkeys(NAMES, 0.9), {name: n < 5 for n, name in enumerate(NAMES)})
    assert isinstance(figure, LessonFigure)
    assert figure.title.startswith("Where you said 90 %, 5 of 10 were right; Brier's score 0.41")
    assert "5 of 10 were right; an honest person would see 8 to 10" in figure.alt


def test_held_false_at_ninety_is_held_true_at_ten():
    true = {name: n < 5 for n, name in enumerate(NAMES)}
    yes = calibration(dict.fromkeys(NAMES, 0.9), true)
    no = calibration(dict.fromkeys(NAMES, 0.1), {name: not one for name, one in true.items()})
    assert repr(yes) == repr(no)


def test_one_half_throughout_earns_a_quarter_and_is_half_right():
    figure = calibration(dict.fromkeys(NAMES, 0.5), dict.fromkeys(NAMES, True))
    assert isinstance(figure, LessonFigure)
    assert "score 0.25," in figure.title
    assert figure.title.startswith("No step is farther off")


def test_honest_numbers_are_called_neither_too_sure_nor_too_shy():
    figure = calibration(dict.fromkeys(NAMES, 0.8), {name: n < 8 for n, name in enumerate(NAMES)}, who="Wen")
    assert isinstance(figure, LessonFigure)
    assert figure.title.startswith("No step is farther off than luck")
    assert "Where Wen said 80 %, 8 of 10" in figure.alt


def test_luck_is_the_binomial_s_for_equal_probabilities():
    # Of ten at one half: 0 to 2 come with 0.055 and 0 to 3 with 0.17, so the bar begins at 3 and, mirrored, ends at 7.
    assert _luck([0.5] * 10) == (3, 7)
    assert _luck([1.0] * 4) == (4, 4)


@pytest.mark.parametrize("said", [{}, dict.fromkeys(NAMES), {"s1": 0.7, "s2": 0.4}])
def test_too_few_answers_are_counted_and_not_drawn(said):
    assert isinstance(calibration(said, dict.fromkeys(NAMES, True)), NotYet)


@pytest.mark.parametrize("value", [70, -0.1, "0.7", True])
def test_what_is_no_probability_is_named(value):
    found = calibration({**dict.fromkeys(NAMES, 0.5), "s3": value}, dict.fromkeys(NAMES, True))
    assert re.search(r"s3 is .*0\.7 for 70 %", repr(found))


def test_the_page_needs_no_colour_and_no_script():
    page = calibration(dict.fromkeys(NAMES, 0.9), dict.fromkeys(NAMES, True))._repr_html_()
    assert "<script" not in page
    assert 'role="img"' in page
    assert "10 of 10" in page
