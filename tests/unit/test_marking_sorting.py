"""Sorting: the right classes earn everything, one class throughout and drawing lots nothing, and reasons arrive."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadgym.marking import coach, load_keys, load_rubric, mark
from leadgym.yamlfile import FileProblems

FOLDER = Path(__file__).parents[1] / "fixtures" / "exercise_sorting"
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(FOLDER / "keys.yaml", RUBRIC, FOLDER)
THINGS = KEYS.answers["whose"].things
RIGHT = {name: [key.accepted[0], 1.0] for name, key in THINGS.items()}


def marked(answer):
    return mark(RUBRIC, KEYS, FOLDER, "whose", answer)


def earned(answer):
    return {c.id: c.points for c in marked(answer).criteria}


def test_the_right_classes_earn_everything_whichever_of_two_is_named():
    assert earned(RIGHT) == {"fits": 10, "blind": 4, "sure": 6}
    assert earned({**RIGHT, "ab": ["ben", 1.0], "bc": ["cai", 0.4]}) == {"fits": 10, "blind": 4, "sure": 6}


@pytest.mark.parametrize("always", ["ann", "ben", "cai"])
@pytest.mark.parametrize("sure", [1 / 3, 0.6, 1.0])
def test_one_class_throughout_earns_nothing(always, sure):
    assert marked({name: [always, sure] for name in THINGS}).points == 0


def test_drawing_lots_earns_about_nothing():
    luck = random.Random(1)  # noqa: S311 - a seeded coin
    found = [marked({name: [luck.choice(["ann", "ben", "cai"]), 1 / 3] for name in THINGS}) for _ in range(400)]
    scores = [m.criteria[0].score for m in found]
    assert sum(scores) / len(scores) <= 0.05
    assert all(m.criteria[2].points == 0 for m in found)


def test_shares_by_hand():
    # ann stands for four of nine, and so does ben: c is 4. One of ann's given to ben, with .8: 8 of 9 stand.
    answer = {**{name: [to, 0.8] for name, (to, _) in RIGHT.items()}, "a1": ["ben", 0.8]}
    assert earned(answer)["fits"] == pytest.approx(10 * (8 - 4) / (9 - 4))
    # Two of ann's three: (2/3 - 1/3) / (1 - 1/3).
    assert earned(answer)["blind"] == pytest.approx(4 * 0.5)
    # Three classes: right (0.2^2 + 2 * 0.1^2) = 0.06 six times; wrong 0.8^2 + 0.9^2 + 0.1^2 = 1.46 once.
    assert earned(answer)["sure"] == pytest.approx(6 * (1 - (6 * 0.06 + 1.46) / (7 * 2 / 3)), abs=0.006)


def test_the_evidence_names_the_surest_misses_first_with_their_reasons():
    found = marked({**RIGHT, "a1": ["ben", 0.5], "c2": ["ben", 0.9], "b1": ["cai", 0.7]}).criteria[0].found
    assert "It was cai who asked." in found
    assert found.index("cai who asked") < found.index("ben who began") < found.index("ann who began")


def test_the_note_gives_the_reason_for_every_thing_with_two_answers():
    note = marked(RIGHT).note
    assert "Ann before noon and ben after it." in note
    assert "provisional" in note


def test_a_class_alone_counts_for_fit_and_says_nothing_about_confidence():
    assert earned({name: to for name, (to, _) in RIGHT.items()}) == {"fits": 10, "blind": 4, "sure": 0}


def test_calibration_is_told_in_steps():
    answer = {**{name: [to, 0.9] for name, (to, _) in RIGHT.items()}, "a1": ["cai", 0.9], "b1": ["ben", 0.4]}
    found = marked(answer).criteria[2].found
    assert "where you said 90 % or thereabouts: 5 of 6 right" in found
    assert "where you said 40 % or thereabouts: 1 of 1 right" in found


@pytest.mark.parametrize(
    "answer",
    [None, 3, [], {}, {"a1": None}, {"a1": ["ann"]}, {"a1": ["dora", 1]}, {name: [None, None] for name in THINGS}],
)
def test_what_cannot_be_read_earns_nothing_and_does_not_raise(answer):
    assert marked(answer).points == 0
    assert not coach(RUBRIC, FOLDER, "whose", answer).ready


VALUES = st.sampled_from([None, True, "ann", "x", "", 0.7, 2, -1.0])
JSON = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.sampled_from(["is", "sure"]), VALUES)


@given(st.dictionaries(st.sampled_from([*THINGS, "zz"]), JSON))
def test_no_data_breaks_it(answer):
    found = marked(answer)
    assert 0 <= found.points <= 20
    assert coach(RUBRIC, FOLDER, "whose", answer).checks


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "What is left out counts as a miss"),
        ({name: ["ann", 0.8] for name in THINGS}, "All of it goes to the same place"),
        ({name: ["ann", 0.8] for name in THINGS}, "80 % sure of every one"),
        ({**RIGHT, "a1": ["ann", 70]}, "write 0.6 for 60 %"),
        ({**RIGHT, "zz": ["ann", 1]}, "There is no 'zz'"),
    ],
)
def test_coaching_says_what_is_missing_and_what_costs(answer, said):
    told = coach(RUBRIC, FOLDER, "whose", answer)
    assert any(said in f"{check.found} {check.next_step}" for check in told.checks)


def test_coaching_knows_no_key():
    told = str(coach(RUBRIC, FOLDER, "whose", {**RIGHT, "a1": ["cai", 0.9]}))
    assert not any(key.why in told for key in THINGS.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      a1: {is: [ann], why: It was ann who began it.}\n", "", "the key of 'a1' is missing"),
        ("      a1:", "      a9:", "has no such row"),
        ("a1: {is: [ann]", "a1: {is: [dora]", "there is no class 'dora'"),
        ("ab: {is: [ann, ben]", "ab: {is: [ann, ben, cai]", "nothing is asked"),
        ("[cai], why", "[ben], why", "nothing belongs to 'cai' alone"),
        ("[ben], why", "[ann, ben], why", "one class suits more than half"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(tmp_path, old, new, said):
    text = (FOLDER / "keys.yaml").read_text(encoding="utf-8")
    (tmp_path / "keys.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileProblems, match=said):
        load_keys(tmp_path / "keys.yaml", RUBRIC, FOLDER)


@pytest.mark.parametrize(
    ("things", "said"),
    [("data/none.yaml", "none.yaml"), ("../secret.yaml", "leads out of"), ("data/nameless.yaml", "needs a 'name'")],
)
def test_a_rubric_that_does_not_fit_is_refused(tmp_path, things, said):
    text = (FOLDER / "rubric.yaml").read_text(encoding="utf-8").replace("data/things.yaml", things)
    (tmp_path / "rubric.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nameless.yaml").write_text("rows: {a: {title: x}}\n", encoding="utf-8")
    with pytest.raises(FileProblems, match=said):
        load_rubric(tmp_path / "rubric.yaml")
