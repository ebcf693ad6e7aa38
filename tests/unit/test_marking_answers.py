"""The crossing: what may leave a kernel, and that nothing that arrives can do more than be refused."""

from __future__ import annotations

import json
from collections import OrderedDict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_output

from leadgym.marking import ANSWER_TYPE, AnswerProblem, answer_bundle, read_answer, too_large


def displayed(payload):
    return [{"output_type": "display_data", "data": {ANSWER_TYPE: payload}, "metadata": {}}]


def test_what_goes_out_comes_in():
    answer = {"keys": {"owner": "priya", "hours": 2.5, "limits": ["ä", "名"], "demo": True, "note": None}}
    output = new_output("display_data", {ANSWER_TYPE: answer_bundle("plan", answer)})
    assert read_answer([output], "plan") == answer


def test_tuples_and_ordered_dicts_are_taken_as_their_plain_kin():
    assert answer_bundle("plan", OrderedDict(a=(1, 2)))["answer"] == {"a": [1, 2]}


def test_several_bundles_the_last_of_that_name_counts():
    outputs = [
        *displayed(answer_bundle("plan", 1)),
        *displayed(answer_bundle("plan", 2)),
        *displayed(answer_bundle("other", 3)),
    ]
    assert read_answer(outputs, "plan") == 2


def test_a_broken_last_word_is_not_passed_over():
    """Else a cell could hand in twice and let the marker choose."""
    outputs = [*displayed(answer_bundle("plan", 1)), *displayed({"leadgym": 2, "name": "plan", "answer": 2})]
    with pytest.raises(AnswerProblem, match="was not written by"):
        read_answer(outputs, "plan")


@pytest.mark.parametrize("broken", ["{", "[1]", '{"answer": NaN}', ["not", "JSON"], 5, {"leadgym": 1, "answer": 2}])
def test_what_cannot_be_read_is_a_word_like_any_other(broken):
    """It may have been meant as this answer: as the last word there is no answer, and before it, it is forgotten.

    Else what is handed in first could be kept by spoiling what comes after, or a good answer lost by what came before.
    """
    good = displayed(answer_bundle("plan", 1))
    assert read_answer([*displayed(broken), *good], "plan") == 1
    with pytest.raises(AnswerProblem):
        read_answer([*good, *displayed(broken)], "plan")


def test_what_stands_for_an_answer_too_large_to_carry_says_so():
    for payload in ({"name": "plan", "answer": "x" * 10**6}, ["x" * 10**6], {"name": ["plan"]}):
        stands = too_large(payload)
        assert len(json.dumps(stands)) < 500
        with pytest.raises(AnswerProblem, match="larger than 256 kB"):
            read_answer([*displayed(answer_bundle("plan", 1)), *displayed(stands)], "plan")
    assert read_answer([*displayed(answer_bundle("plan", 1)), *displayed(too_large({"name": "other"}))], "plan") == 1


@pytest.mark.parametrize("bundle", [{"leadgym": True}, {"leadgym": 1.0}, {"leadgym": "1"}, {"leadgym": None}, {}])
def test_a_bundle_of_another_make_is_refused(bundle):
    with pytest.raises(AnswerProblem, match="was not written by"):
        read_answer(displayed(bundle | {"name": "plan", "answer": 1}), "plan")


def test_a_bundle_without_an_answer_is_refused():
    with pytest.raises(AnswerProblem, match="was not written by"):
        read_answer(displayed({"leadgym": 1, "name": "plan"}), "plan")


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        None,
        "no",
        [None],
        [{}],
        [{"data": None}],
        [{"output_type": "stream", "text": "plan"}],
        displayed({"name": 1}),
    ],
)
def test_no_answer_says_so(outputs):
    with pytest.raises(AnswerProblem, match="No answer called 'plan' arrived"):
        read_answer(outputs, "plan")


def test_stored_as_text_is_read_too():
    """Some tools write JSON output as text, nbformat splits text into lines."""
    text = json.dumps(answer_bundle("plan", {"a": 1}), indent=1)
    assert read_answer(displayed(text), "plan") == {"a": 1}
    assert read_answer(displayed(text.splitlines(keepends=True)), "plan") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"leadgym": 1, "name": "plan", "answer": {"a": 1, "a": 2}}', "the same thing twice"),
        ('{"leadgym": 1, "name": "plan", "answer": NaN}', "NaN"),
        ('{"leadgym": 1, "name": "plan", "answer": -Infinity}', "Infinity"),
        ('{"leadgym": 1, "name": "plan"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('"' + "x" * 600_000 + '"', "larger than"),
        ("1" * 5000, "not JSON"),
        ("[1, 2]", "not in the form"),
    ],
)
def test_text_that_is_no_sound_bundle(text, says):
    with pytest.raises(AnswerProblem, match=says):
        read_answer(displayed(text), "plan")


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def looped():
    value = []
    value.extend([value] * 10)
    return value


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (float("nan"), "finite"),
        ({"a": float("inf")}, r"plan\.a is inf"),
        (10**400, "beyond"),
        ({"a": 1e300}, "beyond"),
        (nested(13), "deeper than 12"),
        (looped(), "deeper than 12"),
        (["x" * 10_000] * 30, "larger than 256 kB"),
        ([0] * 200_000, "larger than 256 kB"),
        ("x" * 30_000, "30000 characters"),
        ({"x" * 300: 1}, "name of 300 characters"),
        ({1: "a"}, "name that is not text"),
        ({None: "a"}, "name that is not text"),
        ("\ud800", "half of a character"),
        ({"\udfff": 1}, "half of a character"),
        ({"a": {1, 2}}, "is a set"),
        (b"bytes", "is a bytes"),
        (Fraction(1, 2), "is a Fraction"),
        (object(), "is a object"),
        (print, "is a builtin"),
    ],
)
def test_what_is_not_data_within_limits_is_refused_in_a_sentence(answer, says):
    with pytest.raises(AnswerProblem, match=says):
        answer_bundle("plan", answer)
    with pytest.raises(AnswerProblem, match=says):
        read_answer(displayed({"leadgym": 1, "name": "plan", "answer": answer}), "plan")


def test_twelve_levels_are_still_fine():
    assert answer_bundle("plan", nested(12))["answer"] == nested(12)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
        max_leaves=30,
    )
)
def test_reading_raises_nothing_but_answer_problems(payload):
    for outputs in (
        displayed(payload),
        displayed({"leadgym": 1, "name": "plan", "answer": payload}),
        [payload],
        payload,
    ):
        try:
            found = read_answer(outputs, "plan")
        except AnswerProblem:
            continue
        # allow_nan=False raises on what JSON cannot say.
        json.dumps(found, allow_nan=False).encode("utf-8")
