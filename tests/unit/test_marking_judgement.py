"""Judgement items: marks, evidence that does not give the key away, and coaching that knows no key."""

from __future__ import annotations

import random
import re

import pytest
from marking_small import FOLDER, FORM, KEYS, best, coached, marked, shares

from leadgym.marking import load_form
from leadgym.marking.judgement import scores
from leadgym.yamlfile import FileProblems

JUDGEMENT = KEYS.answers["judgement"]


def test_the_key_itself_earns_everything():
    mark = marked("judgement", best("judgement"))
    assert (mark.points, mark.out_of) == (20, 20)
    assert shares(mark) == pytest.approx({"ratings": 1, "best": 1, "sure": 1})


def test_a_mark_worked_by_hand():
    answer = best("judgement")
    answer["three"] = {"ratings": {"a": 2, "b": 4, "c": 1, "d": 5}, "best": "d", "confidence": 0.5}
    answer["one"]["confidence"], answer["two"]["confidence"] = 0.7, 0.7
    # Brier: .12 twice for the right ones; wrong at .5: .25 + (1 - 1/6)^2 + 2/36 = 1; uniform 3 * .75.
    expected = {"ratings": 8 / 28, "best": 1.25 / 2.25, "sure": 1 - 1.24 / 2.25}
    mark = marked("judgement", answer)
    assert shares(mark) == pytest.approx(expected)
    assert [c.points for c in mark.criteria] == [
        round(12 * 8 / 28, 2),
        round(4 * 1.25 / 2.25, 2),
        round(4 * 1.01 / 2.25, 2),
    ]
    assert mark.points == pytest.approx(sum(c.points for c in mark.criteria))


def test_an_upside_down_answer_earns_nothing_and_keeps_its_score():
    answer = best("judgement")
    for item in answer.values():
        item["ratings"] = {name: 6 - rating for name, rating in item["ratings"].items()}
    mark = marked("judgement", answer)
    ratings = mark.criteria[0]
    assert (ratings.points, ratings.score) == (0, pytest.approx(-1))
    assert "against" in ratings.found


def test_a_missing_item_counts_as_a_guess_and_is_named():
    answer = best("judgement")
    del answer["three"]
    mark = marked("judgement", answer)
    assert shares(mark)["best"] == pytest.approx(2 / 3)
    assert shares(mark)["sure"] == pytest.approx(2 / 3)
    assert 0.6 < shares(mark)["ratings"] < 0.7
    assert "Item 3 is not complete" in mark.note


def test_evidence_names_the_farthest_options_which_way_and_why():
    answer = best("judgement")
    answer["two"]["ratings"] |= {"a": 5, "b": 1}
    answer["two"]["best"] = "a"
    ratings, picks, _ = marked("judgement", answer).criteria
    assert "Item 2, option a, “Do it yourself tonight.”: you rated it higher than the authors" in ratings.found
    for words in ("R-two-a she sees it.", "It is right when: never twice.", "Who sees it otherwise: The date."):
        assert words in ratings.found
    assert "In 2 of the 3 items" in picks.found
    assert "R-two-b she drives." in picks.found


def test_evidence_is_silent_where_there_is_nothing_to_say():
    ratings, picks, _ = marked("judgement", best("judgement")).criteria
    assert "option" not in ratings.found.partition(".")[2]
    assert picks.found == "In 3 of the 3 items in which you picked an option, it is the one the authors would pick."


def test_the_note_says_that_the_keys_are_provisional():
    assert "provisional" in marked("judgement", best("judgement")).note


def test_calibration_is_told_plainly():
    answer = best("judgement")
    answer["one"] |= {"best": "b"}
    answer["two"] |= {"best": "a"}
    found = marked("judgement", answer).criteria[2].found
    assert "You were 100 % sure on average, and 1 of 3 picks (33 %) are the authors'." in found
    assert "67 points more sure than right" in found


def test_two_best_options_count_for_picks_and_not_for_confidence():
    """With two best options there is no single right answer that one could be sure of."""
    items = dict(JUDGEMENT.items)
    options = dict(items["one"])
    options["c"] = options["c"].model_copy(update={"key": 5})
    tied = JUDGEMENT.model_copy(update={"items": items | {"one": options}})
    answer = best("judgement")
    answer["one"] |= {"best": "c", "confidence": 0.25}
    assert scores(FORM, tied, answer)["best"] == pytest.approx(1)
    assert scores(FORM, tied, answer)["confidence"] == pytest.approx(1)


def test_random_raters_average_nothing_over_many_seeds():
    luck = random.Random(7)  # noqa: S311 - a seeded coin
    totals = {"ratings": 0.0, "best": 0.0}
    rounds = 4000
    for _ in range(rounds):
        answer = {
            item.id: {
                "ratings": {option.id: luck.randint(1, 5) for option in item.options},
                "best": luck.choice(item.options).id,
                "confidence": 0.25,
            }
            for item in FORM.items
        }
        found = scores(FORM, JUDGEMENT, answer)
        assert found["confidence"] == pytest.approx(0, abs=1e-12)
        for name in totals:
            totals[name] += found[name] / rounds
    assert totals == {"ratings": pytest.approx(0, abs=0.02), "best": pytest.approx(0, abs=0.02)}


@pytest.mark.parametrize(
    "rating", [0, 6, 2.5, "4", True, None, [4], {"a": 1}, -1, 10**15, 1e15], ids=lambda value: repr(value)[:12]
)
def test_a_rating_that_is_none_counts_as_missing(rating):
    with_it, without = best("judgement"), best("judgement")
    with_it["one"]["ratings"]["a"] = rating
    del without["one"]["ratings"]["a"]
    assert shares(marked("judgement", with_it)) == shares(marked("judgement", without))


def test_a_rating_with_a_point_is_a_whole_number_all_the_same():
    answer = best("judgement")
    answer["one"]["ratings"]["a"] = 5.0
    assert marked("judgement", answer).points == 20


@pytest.mark.parametrize("confidence", [0, 0.1, 1.01, 80, "0.8", True, None, -1])
def test_a_confidence_out_of_range_counts_as_a_guess(confidence):
    answer = best("judgement")
    answer["one"]["confidence"] = confidence
    assert shares(marked("judgement", answer))["sure"] == pytest.approx(2 / 3)


def test_no_key_number_is_told():
    """Words about options, never their keys: no digit stands in the evidence but counts and shares."""
    answer = best("judgement")
    for item in answer.values():
        item["ratings"] = dict(zip(item["ratings"], reversed(item["ratings"].values()), strict=True))
        item["best"] = "d"
    mark = marked("judgement", answer)
    text = " ".join([mark.note, *(c.found for c in mark.criteria)])
    allowed = re.sub(r"Items? \d|\d of (the )?\d|\d+ %|\d+ points|And \d more", "", text)
    assert not re.search(r"\d", allowed)


def check(coaching, title):
    return next(c for c in coaching.checks if c.title == title)


def test_coaching_a_complete_form():
    coaching = coached("judgement", best("judgement"))
    assert coaching.ready
    assert check(coaching, "Completeness").found.startswith("All 12 options of 3 items are rated")


def test_coaching_names_what_is_missing_and_what_is_wrong():
    answer = best("judgement")
    del answer["one"]["ratings"]["b"]
    answer["two"] |= {"best": "e", "confidence": 90}
    answer["three"] = "c"
    coaching = coached("judgement", answer)
    found = check(coaching, "Completeness").found
    assert not coaching.ready
    assert "Item 1 (one): not rated: b." in found
    assert "'best' has to be one of a, b, c, d." in found
    assert "write 0.6 for 60 %" in found
    assert "has to be a dict with 'ratings', 'best' and 'confidence'" in found


def test_coaching_says_that_nobody_is_less_sure_than_a_guess():
    answer = best("judgement")
    answer["one"]["confidence"] = 0.1
    assert "has to lie between 0.25 (a guess) and 1" in check(coached("judgement", answer), "Completeness").found
    answer["one"]["confidence"] = 0.25
    assert coached("judgement", answer).ready


@pytest.mark.parametrize("answer", [None, [], "all of them", 3, {}])
def test_coaching_something_else_entirely(answer):
    coaching = coached("judgement", answer)
    assert not coaching.ready
    assert check(coaching, "Completeness").state == "missing"


def rated(rating):
    answer = best("judgement")
    for item in answer.values():
        item["ratings"] = dict.fromkeys(item["ratings"], rating)
    return answer


def test_coaching_sees_ratings_that_never_differ():
    assert "Every rating is 4" in check(coached("judgement", rated(4)), "Use of the scale").found


def test_coaching_sees_one_item_rated_level():
    answer = best("judgement")
    answer["two"]["ratings"] = dict.fromkeys("abcd", 2)
    assert "In item 2 all options have the same rating" in check(coached("judgement", answer), "Use of the scale").found


def test_coaching_sees_a_pick_that_the_ratings_contradict():
    answer = best("judgement")
    answer["two"]["best"] = "a"
    assert "In item 2 you rated another option higher" in check(coached("judgement", answer), "Picks and ratings").found


@pytest.mark.parametrize(
    ("confidences", "says"),
    [
        ([1.0, 1.0, 1.0], "100 % sure of every pick"),
        ([1.0, 0.9, 0.95], "fewer than one miss in ten"),
        ([0.25, 0.25, 0.26], "which is a guess"),
        ([0.5, 0.7, 0.9], "70 % sure on average, from 50 % to 90 %"),
    ],
)
def test_coaching_looks_at_confidence(confidences, says):
    answer = best("judgement")
    for item, confidence in zip(answer.values(), confidences, strict=True):
        item["confidence"] = confidence
    assert says in check(coached("judgement", answer), "Confidence").found


def test_coaching_tells_nothing_that_depends_on_the_key():
    """Two answers of the same shape, one right and one wrong, are coached alike."""
    right, wrong = best("judgement"), best("judgement")
    for item in wrong.values():
        item["ratings"] = {name: 6 - rating for name, rating in item["ratings"].items()}
        item["best"] = max(item["ratings"], key=item["ratings"].get)
    assert coached("judgement", right) == coached("judgement", wrong)


def test_a_form_is_read_again_when_it_changed(tmp_path):
    path = tmp_path / "form.yaml"
    text = (FOLDER / "data" / "judgement.yaml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert load_form(path).title == "Three situations"
    path.write_text(text.replace("Three situations", "Three of them"), encoding="utf-8")
    assert load_form(path).title == "Three of them"
    path.unlink()
    with pytest.raises(FileProblems, match="cannot be read"):
        load_form(path)
