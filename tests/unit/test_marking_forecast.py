"""Forecasts: held against what came. Rules without thought earn nothing, the reference all, no answer breaks it."""

import json

import pytest

from leadgym.marking import asking, coach, function_data, load_keys, load_rubric, mark
from leadgym.yamlfile import FileProblems

RUBRIC = """
rubric: 99_forecast
title: An exercise with a forecast
answers:
  rain:
    kind: forecast
    title: The chance of rain
    asks: A function of one day that returns the chance of rain.
    points: 10
    examples: days.yaml
    criteria:
      - {id: sky, group: sky, title: The sky, points: 10, reason: You go out., next_step: Look at the clouds.}
"""
EXAMPLES = """
examples:
  - {input: {clouds: 0.5}, came: true}
  - {input: {clouds: 0.1}}
"""
CASES = [{"input": {"clouds": 0.9, "day": n}, "came": n % 10 != 0} for n in range(20)]
CASES += [{"input": {"clouds": 0.15, "day": n}, "came": n % 10 == 0} for n in range(20, 40)]
KEYS = f"""
keys: 99_forecast
status: provisional
answers:
  rain:
    held_out:
      sky:
        baselines: {{always one half: 0.25, it rains: 0.5}}
        reference: 0.0925
        cases: {json.dumps(CASES)}
"""


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forecast")
    return load(folder, RUBRIC, KEYS)


def load(folder, rubric, keys, examples=EXAMPLES):
    for name, text in (("rubric.yaml", rubric), ("keys.yaml", keys), ("days.yaml", examples)):
        (folder / name).write_text(text, encoding="utf-8")
    found = load_rubric(folder / "rubric.yaml")
    return found, load_keys(folder / "keys.yaml", found, folder), folder


def marked(exercise, function):
    rubric, keys, folder = exercise
    return mark(rubric, keys, folder, "rain", function_data(function), ask=asking(function)).criteria[0]


def test_the_reference_earns_everything_and_half_the_way_half(exercise):
    """0.9 and 0.15 for what comes in 0.9 and 0.1: Brier (0.09 + 0.0925) / 2 = 0.09125, below the reference."""
    assert marked(exercise, lambda case: case["clouds"]).points == 10
    # 0.7 and 0.3: (0.09 + 0.04 + 0.04 + 0.09) / 2 = 0.13; (0.25 - 0.13) / (0.25 - 0.0925) = 0.762
    assert marked(exercise, lambda case: 0.7 if case["clouds"] > 0.5 else 0.3).points == pytest.approx(7.62)


@pytest.mark.parametrize("rule", [lambda case: 0.5, lambda case: 1.0, lambda case: 0.0, lambda case: 0.55])
def test_rules_that_need_no_thought_earn_nothing(exercise, rule):
    assert marked(exercise, rule).points == 0


@pytest.mark.parametrize("odd", [80, -1, "high", None, True, float("nan"), float("inf"), [0.5]])
def test_what_is_no_probability_earns_nothing(exercise, odd):
    found = marked(exercise, lambda case: odd)
    assert found.points == 0
    assert "None of 40 answers is a number from 0 to 1" in found.found


def test_what_raises_is_named_by_its_kind_and_nothing_hidden_is_shown(exercise):
    def breaks(case):
        raise ValueError(f"clouds were {case}")

    found = marked(exercise, breaks)
    assert "It raised ValueError." in found.found
    assert "clouds" not in found.found


def test_one_that_cannot_be_read_costs_a_half_and_no_more(exercise):
    some = marked(exercise, lambda case: None if case["day"] < 4 else case["clouds"])
    assert 5 < some.points < 10
    assert "4 of 40 answers were no number" in some.found


def test_the_evidence_says_where_one_is_too_sure(exercise):
    found = marked(exercise, lambda case: 0.99 if case["clouds"] > 0.5 else 0.01).found
    assert "Where you said 99 in 100 on average: 18 of 20 came true." in found


def test_drawing_lots_is_averaged_and_said(exercise):
    calls = []

    def lots(case):
        calls.append(case)
        return 0.3 if len(calls) % 2 else 0.7

    assert "Asked again it often says something else" in marked(exercise, lots).found


def test_no_function_and_nobody_to_ask(exercise):
    rubric, keys, folder = exercise
    for answer in (None, 0.5, {"function": "rain"}):
        assert mark(rubric, keys, folder, "rain", answer).points == 0


def test_coaching_shows_what_is_said_of_public_cases(exercise):
    rubric, _, folder = exercise
    found = coach(rubric, folder, "rain", function_data(len), ask=asking(lambda case: case["clouds"]))
    assert found.ready
    assert "0.5; it came true" in found.checks[0].found
    same = coach(rubric, folder, "rain", function_data(len), ask=asking(lambda case: 0.5))
    assert "It says the same of every case." in [check.found for check in same.checks]
    assert not coach(rubric, folder, "rain", function_data(len), ask=asking(lambda case: 80)).ready
    assert not coach(rubric, folder, "rain", None).ready


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sky:\n        baselines", "sea:\n        baselines", "the group 'sky' of a criterion is missing"),
        ("reference: 0.0925", "reference: 0.24", "hardly beats 'always one half'"),
        (
            '"day": 0}',
            '"day": 0}}, {"input": {"clouds": 0.1}, "came": false}, {"input": {"clouds": 0.9, "day": 90}',
            "public",
        ),
    ],
)
def test_keys_that_cannot_be_used(tmp_path, old, new, said):
    assert old in KEYS
    with pytest.raises(FileProblems, match=said):
        load(tmp_path, RUBRIC, KEYS.replace(old, new, 1))


def test_examples_that_cannot_be_read(tmp_path):
    with pytest.raises(FileProblems, match=r"days\.yaml"):
        load(tmp_path, RUBRIC, KEYS, "examples:\n  - {inputs: 1}\n")
