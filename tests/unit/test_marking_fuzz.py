"""Whatever arrives as an answer, marking and coaching come back with a mark within its bounds, and no key in it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marking_small import KEYS, RUBRIC, best, coached, marked

from leadgym.marking import Mark, mark_html, mark_text

NAMES = ("path", "judgement", "plan", "estimate")
NUMBERS = [0, -1, 1, 3, 5, 10**400, -(10**400), 2**53, 0.5, -0.0, 1e308, float("inf"), float("nan"), True, False]
TEXTS = ["3", "", "a", "priya", "first.push", "\ud800", "\x00", "x" * 30_000]
HOSTILE = st.sampled_from([*NUMBERS, *TEXTS, None, [], {}, [[]], {"a": {}}, {1: 2}, {None: 1}, b"x", object()])
WORDS = sorted(
    {"ratings", "best", "confidence", "low", "high", "median", "owner", "hours", "limits", "choices", "weights", "seed"}
    | {"scenario", "variant", "one", "two", "three", "keys", "docs", "fill", "merge", "pages", "a", "b", "c", "d"}
)
ANYTHING = st.recursive(
    HOSTILE | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


def places(value, at=()):
    """Every place in a nested answer."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from places(part, (*at, key))


def put(value, at, new):
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = put(copy[at[0]], at[1:], new)
    return copy


def sound(name, answer):
    mark, coaching = marked(name, answer), coached(name, answer)
    assert 0 <= mark.points <= mark.out_of == RUBRIC.answers[name].points
    assert all(0 <= c.points <= c.out_of for c in mark.criteria)
    assert [c.id for c in mark.criteria] == [c.id for c in RUBRIC.answers[name].criteria]
    assert mark.points == pytest.approx(sum(c.points for c in mark.criteria))
    for result in (mark, coaching):
        mark_html(result).encode("utf-8")
        mark_text(result).encode("utf-8")
    return mark, coaching


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(answer=ANYTHING)
def test_anything_at_all(name, answer):
    mark, _ = sound(name, answer)
    assert mark.points < mark.out_of


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_good_answer_with_one_part_replaced(name, data):
    """Deep in the structure, where a shallow fuzz never comes."""
    answer = best(name)
    at = data.draw(st.sampled_from(list(places(answer))))
    sound(name, put(answer, at, data.draw(HOSTILE | ANYTHING)))


def evidence(mark):
    """All that is said about an answer, without the points it earns."""
    return " ".join([mark.note, *(criterion.found for criterion in mark.criteria)])


@settings(deadline=None, max_examples=60)
@given(ratings=st.lists(st.integers(1, 5), min_size=12, max_size=12), picks=st.tuples(*[st.sampled_from("abcd")] * 3))
def test_no_key_and_no_true_value_in_what_is_shown(ratings, picks):
    """No digit in what is said of judgement items but counts and shares; the estimates' values are odd on purpose."""
    answer = {
        item: {"ratings": dict(zip("abcd", ratings[i * 4 :], strict=False)), "best": picks[i], "confidence": 0.5}
        for i, item in enumerate(("one", "two", "three"))
    }
    text = evidence(marked("judgement", answer))
    allowed = re.sub(r"Items? \d(, \d)*|\d of (the )?\d|\d+ %|\d+ points", "", text)
    assert not re.search(r"\d", allowed)
    estimate = {
        name: {"low": a, "high": a + b, "median": a}
        for name, a, b in zip(best("estimate"), ratings, ratings, strict=False)
    }
    shown = evidence(marked("estimate", estimate))
    for key in KEYS.answers["estimate"].questions.values():
        assert not any(str(value) in shown for value in (key.truth, key.best.low, key.best.high))


@pytest.mark.parametrize("name", NAMES)
def test_marks_are_data_too(name):
    """What goes to the gradebook as JSON has no NaN and no infinity in it."""
    import dataclasses

    for answer in (best(name), None):
        mark = marked(name, answer)
        assert isinstance(mark, Mark)
        json.dumps(dataclasses.asdict(mark), allow_nan=False)
