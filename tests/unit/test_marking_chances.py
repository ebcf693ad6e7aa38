"""Chances: fifty-fifty earns nothing, the expert everything, certainty that is wrong costs; no answer breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadgym.marking import Coaching, coach, load_keys, load_rubric, mark
from leadgym.marking.scores import brier_of_frequency
from leadgym.yamlfile import FileProblems

RUBRIC = """
rubric: 99_chances
title: An exercise with chances
answers:
  odds:
    kind: chances
    title: Three chances
    asks: How likely is each?
    points: 10
    events:
      - {id: rain, text: It rains.}
      - {id: snow, text: It snows.}
      - {id: sun, text: The sun comes up.}
    criteria:
      - {id: sky, of: [rain, snow], title: The sky, points: 6, reason: You go out., next_step: Count the days.}
      - {id: dawn, of: [sun], title: The dawn, points: 4, reason: You get up., next_step: Look east.}
"""
KEYS = """
keys: 99_chances
status: provisional
answers:
  odds:
    seed: 4
    events:
      rain: {happened: 12, of: 40, expert: 0.25, why: It rains on every fourth day.}
      snow: {happened: 4, of: 40, expert: 0.1, why: It snows on every tenth.}
      sun: {happened: 40, of: 40, expert: 0.99, why: It has come up so far.}
"""
EXPERT = {"rain": 0.25, "snow": 0.1, "sun": 0.99}


def load(folder: Path, rubric: str = RUBRIC, keys: str = KEYS):
    (folder / "rubric.yaml").write_text(rubric, encoding="utf-8")
    (folder / "keys.yaml").write_text(keys, encoding="utf-8")
    found = load_rubric(folder / "rubric.yaml")
    return found, load_keys(folder / "keys.yaml", found, folder)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chances")
    rubric, keys = load(folder)
    return lambda answer: mark(rubric, keys, folder, "odds", answer)


@pytest.fixture
def coached(tmp_path):
    rubric, _ = load(tmp_path)
    return lambda answer: coach(rubric, tmp_path, "odds", answer)


def test_brier_by_hand():
    assert brier_of_frequency(0.25, 0.3) == pytest.approx(0.3 * 0.75**2 + 0.7 * 0.25**2)
    assert brier_of_frequency(0.5, 0.1) == brier_of_frequency(0.5, 0.9) == 0.25


def test_the_expert_earns_everything(marked):
    assert marked(EXPERT).points == 10


def test_fifty_fifty_earns_nothing(marked):
    assert marked(dict.fromkeys(EXPERT, 0.5)).points == 0


def test_a_share_by_hand(marked):
    sky = {c.id: c for c in marked({"rain": 0.4, "snow": 0.1, "sun": 0.99}).criteria}["sky"]
    yours = (0.3 * 0.36 + 0.7 * 0.16 + 0.1 * 0.81 + 0.9 * 0.01) / 2
    expert = (0.3 * 0.5625 + 0.7 * 0.0625 + 0.1 * 0.81 + 0.9 * 0.01) / 2
    assert sky.score == pytest.approx((0.25 - yours) / (0.25 - expert))
    assert "It rains. You are too high. It rains on every fourth day." in sky.found
    assert "It snows." not in sky.found


def test_certain_and_wrong_is_worse_than_not_knowing(marked):
    sky = marked({**EXPERT, "rain": 1, "snow": 1}).criteria[0]
    assert (sky.points, sky.score < 0) == (0, True)


def test_what_is_left_out_counts_as_fifty_fifty(marked):
    assert marked({"rain": 0.25, "snow": 0.1}).points == 6
    with_half = marked({**EXPERT, "snow": 0.5}).criteria[0].score
    assert marked({"rain": 0.25, "sun": 0.99}).criteria[0].score == pytest.approx(with_half)


def test_nobody_does_better_by_saying_what_they_do_not_believe():
    """Brier's score is proper: over a frequency, the frequency is the best that can be said."""
    for frequency in (0.0, 0.1, 0.35, 0.8):
        honest = brier_of_frequency(frequency, frequency)
        assert all(brier_of_frequency(said / 50, frequency) >= honest for said in range(51))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (25, "25 looks like a percentage; write 0.25"), (-0.1, "between 0 and 1"), (101, "between 0 and 1"),
        ("0.25", "without quotes"), (True, "a number from 0 to 1"), (None, "no chance is given"),
        (float("nan"), "is nan"), ([0.2], "a number from 0 to 1"),
    ],
)  # fmt: skip
def test_what_is_no_chance_is_said_so(marked, value, said):
    found = marked({**EXPERT, "rain": value})
    assert f"rain: {said}" in found.note or said in found.note
    assert found.points < 10


def test_frequencies_do_not_stand_in_the_feedback(marked):
    text = " ".join(c.found for c in marked({"rain": 0.9, "snow": 0.9, "sun": 0.1}).criteria)
    for hidden in ("12", "40", "0.3", "0.25 "):
        assert hidden not in text.replace("0.5 throughout gets 0.25,", "")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(
    st.sampled_from(["rain", "snow", "sun", "hail"]), c), max_leaves=6))  # fmt: skip
def test_no_answer_breaks_it(marked, answer):
    assert 0 <= marked(json.loads(json.dumps(answer))).points <= 10


def test_coaching_knows_nothing_of_the_key(coached):
    good = coached(EXPERT)
    assert isinstance(good, Coaching)
    assert good.ready
    half = coached({"rain": 0.2})
    assert not half.ready
    assert "What is left out counts as 0.5." in half.checks[0].next_step
    sure = coached({**EXPERT, "sun": 1})
    assert "You are certain of sun." in sure.checks[1].found
    assert "All the same" in coached(dict.fromkeys(EXPERT, 0.3)).checks[1].found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: [sun]", "of: [rain]", "belongs to a criterion already"),
        ("of: [sun]", "of: [moon]", "there is no event 'moon'"),
        ("of: [rain, snow]", "of: [rain]", "no criterion looks at 'snow'"),
        ("{id: snow, text", "{id: rain, text", "stands twice"),
    ],
)
def test_an_unsound_rubric_is_told(tmp_path, old, new, said):
    with pytest.raises(FileProblems) as problem:
        load(tmp_path, RUBRIC.replace(old, new))
    assert said in str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("snow: {happened: 4", "hail: {happened: 4", "the key of 'snow' is missing"),
        ("snow: {happened: 4", "hail: {happened: 4", "no such event"),
        ("happened: 12", "happened: 41", "is more than 40"),
        ("happened: 40, of: 40, expert: 0.99", "happened: 20, of: 40, expert: 0.5", "hardly beats 0.5"),
    ],
)
def test_unsound_keys_are_told(tmp_path, old, new, said):
    with pytest.raises(FileProblems) as problem:
        load(tmp_path, keys=KEYS.replace(old, new))
    assert said in str(problem.value)
