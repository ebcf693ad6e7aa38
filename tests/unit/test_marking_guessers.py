"""The guessers are part of the product: they have to find a form that gives its key away, and pass a sound one."""

from __future__ import annotations

import random

import pytest
from marking_small import FORM, KEYS

from leadgym.marking.form import Form
from leadgym.marking.guessers import extremes, guessers, length_rank, midpoint, position, score_guessers, wording
from leadgym.marking.judgement import JudgementKeys, scores


def made(tell: str, items: int = 10) -> tuple[Form, JudgementKeys]:
    """A form whose best option stands out by ``tell``: its place, its length, a word, or by nothing at all."""
    luck = random.Random(5)  # noqa: S311 - a seeded coin
    form, keys = [], {}
    for number in range(items):
        place = 1 if tell == "place" else (number % 4)
        options, key = [], {}
        for index, name in enumerate("abcd"):
            text = f"Take path {name} and see it through to the end"
            if index == place:
                text += {"length": ", and then walk all the way back to where it began", "word": ", and ask her"}.get(
                    tell, ""
                )
            elif tell == "word":
                text += ", and go on"
            options.append({"id": name, "text": text + "." * (luck.randrange(6) if tell != "length" else 0)})
            rating = 5 if index == place else 1 + (index + number) % 3
            key[name] = {"key": rating, "rationale": "Because.", "right_when": "at times", "dissent": "Some differ."}
        form.append({"id": f"item{number}", "competency": "x", "situation": "It is late.", "options": options})
        keys[f"item{number}"] = key
    whole = {"form": "made", "title": "Made", "instructions": "Rate.", "items": form}
    return Form.model_validate(whole), JudgementKeys.model_validate({"items": keys})


@pytest.mark.parametrize(
    ("tell", "guesser"), [("place", "position 2"), ("length", "longest"), ("word", "ask first")], ids=lambda v: str(v)
)
def test_a_planted_tell_is_found(tell, guesser):
    paying = {(s.guesser, s.measure) for s in score_guessers(*made(tell), draws=200) if s.pays}
    assert {(guesser, "ratings"), (guesser, "best")} <= paying


def test_a_form_balanced_over_places_pays_no_position():
    form, keys = made("nothing", items=8)
    scored = {(s.guesser, s.measure): s for s in score_guessers(form, keys, draws=200)}
    assert not any(scored[f"position {place}", "best"].pays for place in range(1, 5))


def test_every_guesser_answers_every_item_it_can_and_any_form_takes_it():
    for name, guesser in guessers(FORM).items():
        answer = guesser(FORM)
        assert set(answer) == {"one", "two", "three"}, name
        assert -1 <= scores(FORM, KEYS.answers["judgement"], answer)["ratings"] <= 1


def test_guessers_by_hand():
    first = FORM.items[0]
    # By length: b, d, c, a.
    assert length_rank(1)(FORM)["one"]["best"] == "b"
    assert length_rank(1)(FORM)["one"]["ratings"] == {"a": 1, "b": 5, "c": 2, "d": 4}
    assert length_rank(2)(FORM)["one"]["best"] == "d"
    assert length_rank(-1)(FORM)["one"]["best"] == "a"
    assert position(2)(FORM)["one"]["best"] == "c"
    assert position(0)(FORM)["one"]["ratings"] == {"a": 5, "b": 4, "c": 2, "d": 1}
    assert midpoint(FORM)["one"]["ratings"] == {option.id: 3 for option in first.options}
    assert {r for item in extremes(1)(FORM).values() for r in item["ratings"].values()} <= {1, 3, 5}
    picks = {
        name: guessers(FORM)[name](FORM)["one"].get("best") for name in ("ask first", "escalate", "hold a meeting")
    }
    assert picks == {"ask first": "a", "escalate": "d", "hold a meeting": "c"}
    assert guessers(FORM)["do it myself"](FORM)["two"]["best"] == "a"


def test_a_word_that_no_option_has_is_no_pick():
    answer = wording("zebra")(FORM)
    assert "best" not in answer["one"]
    assert scores(FORM, KEYS.answers["judgement"], answer) == {"ratings": 0, "best": 0, "confidence": 0}


def test_midpoint_and_coin_tosses_do_not_pay_on_average():
    form, keys = made("nothing", items=12)
    assert scores(form, keys, midpoint(form))["ratings"] == 0
    tossed = [scores(form, keys, extremes(seed)(form))["ratings"] for seed in range(400)]
    assert abs(sum(tossed) / len(tossed)) < 0.02


def test_the_same_seed_gives_the_same_intervals():
    form, keys = made("nothing")
    assert score_guessers(form, keys, seed=3, draws=100) == score_guessers(form, keys, seed=3, draws=100)


def test_intervals_hold_the_score():
    for scored in score_guessers(*made("length"), draws=200):
        assert scored.low - 1e-9 <= scored.score <= scored.high + 1e-9
