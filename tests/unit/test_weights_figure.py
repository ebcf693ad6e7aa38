"""The figure says who is best under the weights given, the same each time, and refuses what are no weights."""

from __future__ import annotations

import pytest

from leadgym.sim import READABLE
from leadgym.widgets.figures import LessonFigure, NotYet
from leadgym.widgets.weights_figure import whose_quarter

EVEN = {"ship": 25, "grow": 25, "risk": 25, "craft": 25}


def test_other_weights_put_somebody_else_first() -> None:
    titles = {whose_quarter({**EVEN, **more}).title for more in ({"grow": 85, "ship": 5, "risk": 5, "craft": 5}, {})}
    assert len(titles) == 2
    grown = whose_quarter({"ship": 5, "grow": 85, "risk": 5, "craft": 5})
    assert isinstance(grown, LessonFigure)
    assert grown.title.startswith("By your weights “0 % coding, same delegation, batched” comes first; with all four")
    assert "the team that nobody leads" in grown.alt
    assert grown.alt.count(";") == 5
    assert "plausible and not predictive" in grown.caption
    assert "<script" not in grown._repr_html_()


def test_a_policy_of_one_s_own_stands_among_them() -> None:
    figure = whose_quarter(EVEN, READABLE["round robin"])
    assert isinstance(figure, LessonFigure)
    assert "yours 0." in figure.alt or "yours -0." in figure.alt


@pytest.mark.parametrize(
    ("weights", "mine", "said"),
    [
        ({"ship": 100}, None, "are missing"),
        ({**EVEN, "ship": 26}, None, "add up to 100"),
        (EVEN, {"asign": len}, "Give your functions by part"),
        (EVEN, len, "Give your functions by part"),
    ],
)
def test_what_cannot_be_drawn_gets_a_sentence(weights, mine, said) -> None:
    found = whose_quarter(weights, mine)
    assert isinstance(found, NotYet)
    assert said in repr(found)
