"""Every form of judgement items: nobody earns on it without judging, and its keys stay private and arguable."""

import re
from pathlib import Path

import pytest

from leadgym.marking import load_form, load_keys, load_rubric
from leadgym.marking.guessers import LIMIT, score_guessers, wording
from leadgym.marking.judgement import JudgementAnswer, JudgementKeys, scores
from leadgym.scenario.tells import Decision, tells, uneven

ROOT = Path(__file__).resolve().parents[2]
SLUGS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/rubric.yaml"))

# Ways of answering that go by what an option proposes. The house's own guessers know some of them; these are the rest
# that a tired reader of lessons on delegation might live by.
SHORTCUTS = {
    "pair on it": r"\bpair\b|sit(s)? (with|beside)|next to you|beside him|with your help",
    "agree an outcome and look early": r"outcome|limits|\blook(s)? at|design check|check of|a look|takes you through",
    "hand it over whole": r"start to (end|finish)|outright|wholly|altogether|on his own",
    "do it today": r"\btoday\b",
    "the one with the numbers": r"\b(two|three|four|five|six|ten|forty|half|\d+)\b",
    "the one with the most commas": r"[,;:]",
}


def _forms():
    for slug in SLUGS:
        folder = ROOT / "solutions" / slug
        rubric = load_rubric(folder / "rubric.yaml")
        keys = load_keys(ROOT / "grader" / "keys" / f"{slug}.yaml", rubric, folder)
        for name, about in rubric.answers.items():
            if isinstance(about, JudgementAnswer):
                own = keys.answers[name]
                assert isinstance(own, JudgementKeys)
                yield pytest.param(load_form(folder / about.items), own, id=f"{slug}-{name}")
    for path in sorted((ROOT / "grader" / "forms").glob("*/judgement.yaml")):
        held_back = load_keys(path.with_name("keys.yaml")).answers["judgement"]
        assert isinstance(held_back, JudgementKeys)
        yield pytest.param(load_form(path), held_back, id=path.parent.name)


FORMS = list(_forms())
every_form = pytest.mark.parametrize(("form", "keys"), FORMS)


def _decisions(form, keys):
    return [
        Decision(tuple(o.text for o in item.options), tuple(keys.items[item.id][o.id].key for o in item.options))
        for _, item in keys.scored(form)
    ]


def test_there_are_forms_to_look_at():
    assert FORMS


@every_form
def test_no_guesser_earns_above_chance(form, keys):
    for found in score_guessers(form, keys):
        assert found.score <= LIMIT, f"{found.guesser} earns {found.score:.2f} on {found.measure}"
        assert found.low <= 0, f"{found.guesser} is above chance on {found.measure} ({found.low:.2f} or more)"


@every_form
def test_doing_the_opposite_of_a_guesser_earns_little_either(form, keys):
    """A form on which the kindest option is always the worst is as easy to guess as the other way round."""
    for found in score_guessers(form, keys, draws=50):
        if found.measure == "ratings" and found.guesser != "extremes":
            assert found.score >= -0.1, f"against {found.guesser}: {-found.score:.2f}"


@every_form
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_no_rule_of_thumb_from_the_lesson_answers_the_form(form, keys, shortcut):
    earned = scores(form, keys, wording(SHORTCUTS[shortcut])(form))
    assert earned["ratings"] <= 0.1
    assert earned["best"] <= 0.1


@every_form
def test_options_of_an_item_are_about_equally_long(form, keys):
    for item in form.items:
        assert not uneven([option.text for option in item.options]), item.id


@every_form
def test_length_place_and_tone_give_no_best_option_away(form, keys):
    assert tells(_decisions(form, keys)) == []


@every_form
def test_keys_use_the_whole_scale_and_no_item_is_a_better_bet_than_another(form, keys):
    """The authors' keys do; a panel's are means, and what they are."""
    if keys.panel is not None:
        return
    for item, decision in zip(form.items, _decisions(form, keys), strict=True):
        assert (min(decision.keys), max(decision.keys)) == (1, 5), item.id
        assert 2.5 <= sum(decision.keys) / len(decision.keys) <= 3.5, item.id


@every_form
def test_most_items_have_a_single_best_option(form, keys):
    scored = [item for _, item in keys.scored(form)]
    assert sum(len(keys.best(item.id)) == 1 for item in scored) >= 0.7 * len(scored)


@every_form
def test_the_form_says_whose_keys_it_has(form, keys):
    """Learners are asked how sure they are that somebody would choose it too: that has to be whom the mark asks."""
    assert (form.keyed_by == "panel") == (keys.panel is not None)


@every_form
def test_every_option_can_be_right_and_can_be_argued_with(form, keys):
    told = set()
    for item in form.items:
        for option in item.options:
            key = keys.items[item.id][option.id]
            for words in (key.rationale, key.right_when, key.dissent):
                assert len(words.split()) >= 6, f"{item.id}.{option.id}: {words}"
                assert words not in told, f"{item.id}.{option.id} repeats: {words}"
                told.add(words)


@every_form
def test_situations_have_two_to_six_sentences_and_their_own_voice(form, keys):
    for item in form.items:
        sentences = re.findall(r"[.?](?:\s|$)", item.situation)
        assert 2 <= len(sentences) <= 6, item.id
        assert "!" not in item.situation + "".join(o.text for o in item.options), item.id


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_of_the_key_file_stands_in_a_file_that_learners_get(slug):
    folder = ROOT / "solutions" / slug
    rubric = load_rubric(folder / "rubric.yaml")
    keys = load_keys(ROOT / "grader" / "keys" / f"{slug}.yaml", rubric, folder)
    public = [folder / "rubric.yaml", *(folder / "data").rglob("*"), *(ROOT / "exercises" / slug).rglob("*")]
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in public if path.is_file())
    assert not re.search(r"\b(truth|rationale|right_when|dissent|best): ", text)
    for own in keys.answers.values():
        for item in own.items.values() if isinstance(own, JudgementKeys) else ():
            for key in item.values():
                for words in (key.rationale, key.right_when, key.dissent):
                    assert words not in text
