"""``submit(name, answer)``: coaching at once in the notebook, the answer as data under the autograder, no exception."""

import json
import shutil

import pytest
from submissions import CELL_OF, ROOT, SLUG, WORTH, answers, cell, notebook

from leadgym.marking import ANSWER_TYPE, read_answer
from leadgym.notebook import judge, play
from leadgym.notebook import submit as hand_in
from leadgym.widgets import submit as room


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """The notebook's folder, with a person before the screen."""
    shutil.copytree(ROOT / "exercises" / SLUG, tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "mine"


@pytest.fixture
def submit(monkeypatch):
    """Submit, and get what is displayed: MIME type to content."""
    shown = []
    monkeypatch.setattr(room, "display", lambda bundle, *, raw: shown.append(bundle))

    def one(name, answer):
        shown.clear()
        hand_in(name, answer)
        [bundle] = shown
        return bundle

    return one


def as_output(bundle):
    """What the cell holds afterwards, by way of the notebook file."""
    return json.loads(json.dumps({"output_type": "display_data", "data": bundle, "metadata": {}}))


def blank(name):
    """The answer as the exercise hands it out."""
    scope = {}
    exec("".join(cell(notebook(), CELL_OF[name])["source"]), scope)  # noqa: S102 - ours
    return scope[name]


@pytest.mark.parametrize("name", WORTH)
def test_under_the_autograder_it_emits_the_answer_and_nothing_else(exercise, submit, monkeypatch, name):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    answer = answers("rushed")[name]
    bundle = submit(name, answer)
    assert set(bundle) == {ANSWER_TYPE, "text/plain"}
    assert bundle["text/plain"] == f"Answer '{name}' handed in."
    assert bundle[ANSWER_TYPE] == {"leadgym": 1, "name": name, "answer": answer}


def test_under_the_autograder_no_rubric_is_needed(exercise, submit, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    (exercise / "rubric.yaml").unlink()
    assert submit("plan", {})[ANSWER_TYPE]["answer"] == {}


@pytest.mark.parametrize("name", WORTH)
def test_before_a_person_it_coaches_and_hands_in_the_same_answer(exercise, submit, name):
    """JupyterLab keeps the output, so the answer stands in the saved notebook as well."""
    answer = answers("rushed")[name]
    bundle = submit(name, answer)
    assert read_answer([as_output(bundle)], name) == answer
    assert bundle["text/html"].startswith('<section class="leadgym-mark"')
    assert bundle["text/plain"].strip()


def test_a_plan_has_only_public_rules_and_gets_its_points_at_once(exercise, submit):
    assert submit("plan", answers("rushed")["plan"])["text/plain"].startswith(
        "A delegation plan for three tickets: 9.34 of 20 points"
    )


@pytest.mark.parametrize("name", ["path", "judgement", "estimate"])
def test_what_needs_the_key_is_coached_without_points(exercise, submit, name):
    text = submit(name, answers("rushed")[name])["text/plain"]
    assert " points" not in text.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "head", "missing"),
    [
        ("plan", "0 of 20 points", "- Fee rounding: owner is missing; your pairing hours is missing;"),
        ("estimate", "not complete yet", "- q1: 'low' is missing. 'high' is missing. 'median' is missing."),
    ],
)
def test_an_answer_that_is_still_blank_is_coached_on_what_is_missing(exercise, submit, name, head, missing):
    text = submit(name, blank(name))["text/plain"]
    assert text.splitlines()[0].endswith(head)
    assert missing in text


def test_an_unfinished_form_says_what_is_open(exercise, submit):
    form = judge()
    form.rate("last_certificate", {"a": 1, "b": 4, "c": 2, "d": 5}, best="d", confidence=0.5)
    bundle = submit("judgement", form)
    assert set(bundle[ANSWER_TYPE]["answer"]) == {"last_certificate"}
    assert "not complete yet" in bundle["text/plain"]


def test_a_played_story_and_a_form_are_taken_as_they_are(exercise, submit):
    run = play("02_delegation")
    run.weights(ship=50, grow=50).ask("d1.ruth").choose("d1.pair")
    path = submit("path", run)[ANSWER_TYPE]["answer"]
    assert path["choices"] == ["ask d1.ruth", "d1.pair"]
    assert path["weights"] == {"ship": 50, "grow": 50}
    assert submit("judgement", judge())[ANSWER_TYPE]["answer"] == {}


def test_a_name_the_exercise_does_not_have_is_said_with_those_it_has(exercise, submit):
    bundle = submit("plans", {})
    assert ANSWER_TYPE not in bundle
    assert bundle["text/plain"] == (
        "This exercise has no answer called 'plans'. It has: path, judgement, plan, estimate, policy, brief."
    )


@pytest.mark.parametrize("name", [{"fees": {}}, 5, None, ["plan"]])
def test_arguments_the_wrong_way_round_are_a_sentence(exercise, submit, name):
    bundle = submit(name, "plan")
    assert ANSWER_TYPE not in bundle
    assert bundle["text/plain"].startswith('The name comes first, in quotes: submit("plan", plan).')


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (float("nan"), "plan is nan, which is not a number one can mark"),
        ({"fees": {1, 2}}, "plan.fees is a set"),
        ({"fees": "x" * 300_000}, "larger than 256 kB"),
        ({"fees": print}, "plan.fees is a builtin_function_or_method"),
    ],
)
@pytest.mark.parametrize("looking", [True, False])
def test_an_answer_that_is_no_data_is_a_sentence_and_not_handed_in(
    exercise, submit, monkeypatch, answer, sentence, looking
):
    if not looking:
        monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    bundle = submit("plan", answer)
    assert ANSWER_TYPE not in bundle
    assert sentence in bundle["text/plain"]
    assert "<section" in bundle["text/html"]


@pytest.mark.parametrize("damage", [None, "rubric: [", "rubric: 02_delegation\nanswers: {}\n"])
def test_without_a_rubric_there_is_no_coaching_and_the_answer_is_not_lost(exercise, submit, monkeypatch, damage):
    if damage is None:
        (exercise / "rubric.yaml").unlink()
    else:
        (exercise / "rubric.yaml").write_text(damage, encoding="utf-8")
    shown = []
    monkeypatch.setattr(room, "display", lambda bundle, *, raw: shown.append(bundle))
    hand_in("plan", {"fees": {}})
    said, handed_in = shown
    assert str(exercise / "rubric.yaml") in said["text/plain"]
    assert "Your answer is not lost. Run 'leadgym lab' again" in said["text/plain"]
    assert handed_in[ANSWER_TYPE]["answer"] == {"fees": {}}


def test_a_rubric_that_is_laid_anew_is_read_anew(exercise, submit):
    """It is kept between replies, so that they come at once."""
    before = submit("plan", {})["text/plain"]
    rubric = exercise / "rubric.yaml"
    rubric.write_text(
        rubric.read_text(encoding="utf-8").replace("A delegation plan for three tickets", "The plan of a new version"),
        encoding="utf-8",
    )
    assert "The plan of a new version" in submit("plan", {})["text/plain"]
    assert "The plan of a new version" not in before


def test_the_reply_reads_no_rubric_twice(exercise, submit, monkeypatch):
    submit("plan", {})
    monkeypatch.setattr(room, "load_rubric", lambda _: pytest.fail("read again"))
    assert submit("plan", {})["text/plain"]


def test_the_coaching_never_needs_the_key(exercise, submit, monkeypatch):
    """In a workspace there is none."""
    monkeypatch.setattr("leadgym.marking.load_keys", lambda *_: pytest.fail("the key was read"))
    monkeypatch.setattr("leadgym.marking.rubric.load_keys", lambda *_: pytest.fail("the key was read"))
    for name in WORTH:
        assert submit(name, answers("rushed")[name])["text/html"].startswith('<section class="leadgym-mark"')


@pytest.fixture
def functions(tmp_path, monkeypatch):
    """An exercise that asks for functions, with a person before the screen."""
    shutil.copytree(ROOT / "tests" / "fixtures" / "exercise_function", tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


class Shell:
    """As much of a notebook's shell as a function is left with."""


def who(ticket):
    return "you" if ticket["days"] > 5 else "team"


def test_a_function_is_asked_over_the_examples_at_once(functions, submit):
    bundle = submit("decide", who)
    assert bundle["text/plain"].startswith("Who takes the ticket: ready to hand in")
    assert '{"days": 9, "undo": false}: "you", as expected.' in bundle["text/plain"]
    assert bundle[ANSWER_TYPE]["answer"]["function"] == "who"
    assert read_answer([as_output(bundle)], "decide")["source"].startswith("def who(ticket):")


def test_under_the_autograder_a_function_stays_and_its_name_goes(functions, submit, monkeypatch):
    """Nothing asks it there: whoever marks it does."""
    shell = Shell()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(room, "get_ipython", lambda: shell)
    bundle = submit("decide", lambda ticket: pytest.fail("asked"))
    assert set(bundle) == {ANSWER_TYPE, "text/plain"}
    assert set(bundle[ANSWER_TYPE]["answer"]) == {"function", "source"}
    submit("decide", who)
    assert shell.leadgym_functions == {"decide": who}, "the last one handed in"


def test_what_a_function_returned_is_no_function(functions, submit):
    bundle = submit("decide", who({"days": 3}))
    assert 'Hand in the function itself, without calling it: submit("decide", ' in bundle["text/plain"]


def test_a_function_in_the_place_of_data_is_a_sentence(exercise, submit):
    bundle = submit("plan", who)
    assert ANSWER_TYPE not in bundle
    assert bundle["text/plain"].startswith("The answer 'plan' is data, and this is a function.")


def test_a_function_that_does_not_end_can_be_stopped(functions, submit):
    def endless(ticket):
        raise KeyboardInterrupt

    bundle = submit("decide", endless)
    assert bundle["text/plain"].startswith("You stopped your function while it was asked.")


@pytest.fixture
def policies(tmp_path, monkeypatch):
    """An exercise that asks for a policy, with a person before the screen."""
    shutil.copytree(ROOT / "tests" / "fixtures" / "exercise_policy", tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def assign(team):
    return {}


def test_a_policy_plays_the_practice_quarters_at_once(policies, submit):
    bundle = submit("policy", {"assign": assign, "pair": assign})
    assert bundle["text/plain"].startswith("Thirteen weeks on your policy: ready to hand in")
    assert "6 practice quarters. The mark is made on 30 others." in bundle["text/plain"]
    handed = read_answer([as_output(bundle)], "policy")["functions"]
    assert list(handed) == ["assign", "pair"]
    assert handed["assign"]["source"].startswith("def assign(team):")


def test_under_the_autograder_each_part_stays_and_its_name_goes(policies, submit, monkeypatch):
    shell = Shell()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(room, "get_ipython", lambda: shell)
    bundle = submit("policy", {"assign": assign, "pair": who})
    assert set(bundle) == {ANSWER_TYPE, "text/plain"}
    assert shell.leadgym_functions == {"policy.assign": assign, "policy.pair": who}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"assign": assign, "pair": None}, "pair is not a function. Each part of 'policy' is one"),
        ({1: assign}, "has a name that is not text"),
        ({}, "Hand in functions by part, without calling them"),
    ],
)
def test_a_policy_that_is_none_is_a_sentence(policies, submit, answer, said):
    assert said in submit("policy", answer)["text/plain"]


def test_several_functions_in_the_place_of_one_or_of_data_are_a_sentence(functions, submit):
    assert submit("decide", {"assign": assign})["text/plain"].startswith("The answer 'decide' does not take several")
