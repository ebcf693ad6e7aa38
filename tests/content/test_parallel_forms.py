"""Forms A and B of the baseline are parallel: same competencies, length, keys and difficulty, and another surface.

Form A is module 00's judgement, form B module 11's. What the two share stands in ``grader/forms/baseline.yaml``.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import permutations
from pathlib import Path
from statistics import mean
from typing import Annotated

import pytest
from pydantic import Field

from leadgym.marking import load_form, load_keys, load_rubric
from leadgym.marking.judgement import JudgementKeys, flat, scores
from leadgym.yamlfile import Model, load

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ROOT / "grader" / "forms"
ITEM_TOLERANCE = 0.2
"""How far two items of one pair may differ in words, as a share of the longer."""
FORM_TOLERANCE = 0.05
"""How far the forms may differ in words."""

Share = Annotated[float, Field(ge=0.3, le=0.8)]


class Pair(Model):
    """One line of the blueprint."""

    competency: str
    a: str
    b: str
    keys: list[int]
    difficulty: dict[str, Share]


class Blueprint(Model):
    """``grader/forms/baseline.yaml``."""

    blueprint: str
    forms: dict[str, str]
    items: list[Pair]


BLUEPRINT = load(PRIVATE / "baseline.yaml", Blueprint)
FORMS = {name: load_form(ROOT / path) for name, path in BLUEPRINT.forms.items()}
MODULES = {"a": "00_baseline", "b": "11_capstone"}


def _keys(slug: str) -> object:
    folder = ROOT / "solutions" / slug
    return load_keys(ROOT / "grader" / "keys" / f"{slug}.yaml", load_rubric(folder / "rubric.yaml"), folder).answers[
        "judgement"
    ]


KEYS = {form: _keys(slug) for form, slug in MODULES.items()}
ITEMS = {name: {item.id: item for item in form.items} for name, form in FORMS.items()}
every_pair = pytest.mark.parametrize("pair", BLUEPRINT.items, ids=lambda pair: pair.competency)


def words(item) -> int:
    return len(" ".join([item.situation, *(option.text for option in item.options)]).split())


def key_of(form: str, item: str) -> list[int]:
    keys = KEYS[form]
    assert isinstance(keys, JudgementKeys)
    return sorted((option.key for option in keys.items[item].values()), reverse=True)


def test_the_blueprint_is_the_two_forms_and_nothing_else():
    assert [pair.a for pair in BLUEPRINT.items] == [item.id for item in FORMS["a"].items]
    assert [pair.b for pair in BLUEPRINT.items] == [item.id for item in FORMS["b"].items]
    assert not {pair.a for pair in BLUEPRINT.items} & {pair.b for pair in BLUEPRINT.items}


def test_both_forms_ask_as_often_about_each_competency():
    counts = [Counter(item.competency for item in form.items) for form in FORMS.values()]
    assert counts[0] == counts[1]
    assert len(counts[0]) >= 12, "ten modules to come, stopping, and a quarrel"


@every_pair
def test_a_pair_has_one_competency_as_many_options_and_the_same_keys(pair):
    one, other = ITEMS["a"][pair.a], ITEMS["b"][pair.b]
    assert one.competency == other.competency == pair.competency
    assert len(one.options) == len(other.options) == 4
    assert key_of("a", pair.a) == key_of("b", pair.b) == pair.keys


@every_pair
def test_a_pair_is_about_equally_long(pair):
    one, other = words(ITEMS["a"][pair.a]), words(ITEMS["b"][pair.b])
    assert abs(one - other) <= ITEM_TOLERANCE * max(one, other), (one, other)


def test_the_forms_are_about_equally_long():
    one, other = (sum(words(item) for item in form.items) for form in FORMS.values())
    assert abs(one - other) <= FORM_TOLERANCE * max(one, other), (one, other)


@every_pair
def test_a_pair_is_about_equally_hard_as_far_as_the_authors_can_guess(pair):
    assert set(pair.difficulty) == {"a", "b"}
    assert abs(pair.difficulty["a"] - pair.difficulty["b"]) <= 0.1


def test_the_forms_are_about_equally_hard_as_far_as_the_authors_can_guess():
    one, other = (mean(pair.difficulty[name] for pair in BLUEPRINT.items) for name in ("a", "b"))
    assert abs(one - other) <= 0.02


@every_pair
def test_a_pair_has_another_surface(pair):
    """The wording of form A is of no use in form B: hardly a run of five words is the same."""

    def runs(item) -> set[tuple[str, ...]]:
        found = set()
        for text in [item.situation, *(option.text for option in item.options)]:
            told = re.findall(r"[\w'€]+", text.lower())
            found |= {tuple(told[at : at + 5]) for at in range(len(told) - 4)}
        return found

    one, other = runs(ITEMS["a"][pair.a]), runs(ITEMS["b"][pair.b])
    assert len(one & other) <= 0.15 * len(one | other), one & other


def test_places_learnt_by_heart_from_form_a_earn_nothing_in_form_b():
    """Whoever writes down which letter was best in A and fills it into B, item by item."""
    place = {}
    for pair in BLUEPRINT.items:
        keys = KEYS["a"].items[pair.a]
        place[pair.b] = {"ratings": {name: option.key for name, option in keys.items()}}
        place[pair.b]["best"] = max(keys, key=lambda name: keys[name].key)
    found = scores(FORMS["b"], KEYS["b"], place)
    assert found["ratings"] <= 0.15
    assert found["best"] <= 0.15


def test_matching_words_with_form_a_and_its_key_in_hand_does_not_answer_form_b():
    """Whoever lays both forms side by side and gives each option of B the key of the one in A that it sounds like.

    The pairs propose the same things, so some of it has to work; a twin that is a paraphrase would be answered whole.
    """

    def told(option) -> set[str]:
        return set(re.findall(r"[a-z']{3,}", option.text.lower()))

    def likeness(ones, others) -> float:
        return sum(len(told(a) & told(b)) / len(told(a) | told(b)) for a, b in zip(ones, others, strict=True))

    answer = {}
    for pair in BLUEPRINT.items:
        others = ITEMS["b"][pair.b].options
        ones = max(permutations(ITEMS["a"][pair.a].options), key=lambda options: likeness(options, others))
        ratings = {b.id: KEYS["a"].items[pair.a][a.id].key for a, b in zip(ones, others, strict=True)}
        answer[pair.b] = {"ratings": ratings, "best": max(ratings, key=ratings.__getitem__)}
    found = scores(FORMS["b"], KEYS["b"], answer)
    assert found["ratings"] <= 0.7
    assert found["best"] <= 0.5


def test_the_keys_of_both_forms_spread_alike():
    for name in FORMS:
        _, keys = flat(FORMS[name], {item.id: Blank() for item in FORMS[name].items}, KEYS[name])
        assert Counter(keys) == Counter(key for pair in BLUEPRINT.items for key in pair.keys)


class Blank:
    """A reading of nothing."""

    ratings: dict[str, int] = {}


def test_the_forms_are_those_of_their_modules():
    assert BLUEPRINT.forms == {form: f"solutions/{slug}/data/judgement.yaml" for form, slug in MODULES.items()}


@pytest.mark.parametrize("room", ["course", "solutions", "exercises"])
def test_form_b_is_nowhere_but_in_its_own_module(room):
    """Whoever opens any other file of the course before the end does not meet its items."""
    lines = [option.text for item in FORMS["b"].items for option in item.options]
    lines += [item.situation.split(".")[0] for item in FORMS["b"].items]
    for path in (ROOT / room).rglob("*"):
        if path.suffix in (".yaml", ".ipynb", ".md", ".csv") and path.parts[-3:] != (
            MODULES["b"],
            "data",
            "judgement.yaml",
        ):
            text = " ".join(path.read_text(encoding="utf-8").split())
            assert not [line for line in lines if line in text], path
