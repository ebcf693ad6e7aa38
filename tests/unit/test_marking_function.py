"""Functions: asked for decisions, scored against hidden inputs of which nothing is ever shown."""

from __future__ import annotations

import copy
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.marking import (
    NoDecisions,
    asking,
    coach,
    function_data,
    load_keys,
    load_rubric,
    mark,
    mark_html,
    mark_text,
)
from leadgym.marking.asking import MAX_SOURCE, Decision, decisions, handed_in
from leadgym.yamlfile import FileProblems

FOLDER = Path(__file__).parents[1] / "fixtures" / "exercise_function"
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(FOLDER / "keys.yaml", RUBRIC, FOLDER)
HANDED_IN = {"function": "decide", "source": "def decide(ticket): ..."}
HIDDEN = re.compile(r"800\d|100[12]|0\.0625|0\.375|['\"]undo|quot;undo")


def sensible(ticket):
    if not ticket["undo"]:
        return "you"
    return "nobody" if ticket["days"] < 0.5 else "team"


def marked(function, answer=HANDED_IN, name="decide"):
    ask = asking(function) if callable(function) else None
    return mark(RUBRIC, KEYS, FOLDER, name, answer, ask=ask)


def coached(function, name="decide"):
    return coach(RUBRIC, FOLDER, name, function_data(function), ask=asking(function))


def points(mark):
    return {criterion.id: criterion.points for criterion in mark.criteria}


def test_what_decides_right_earns_everything():
    assert points(marked(sensible)) == {"risky": 6, "small": 4}
    assert points(marked(lambda size: size / 2 + 9, name="days")) == {"near": 2}
    assert points(marked(lambda size: size / 2 + 11, name="days")) == {"near": 0}


@pytest.mark.parametrize("always", ["you", "team", "nobody", "someone", None, 1, True])
def test_always_the_same_decision_earns_nothing(always):
    assert marked(lambda ticket: always).points == 0


def test_drawing_lots_earns_nothing_on_average():
    """Each right decision has to be right twice, which costs a guesser more than the chance taken off."""
    rng = random.Random(1)  # noqa: S311 - a guesser
    scores = [
        criterion.score
        for _ in range(300)
        for criterion in marked(lambda ticket: rng.choice(["you", "team", "nobody"])).criteria
    ]
    assert sum(scores) / len(scores) < 0


def test_half_right_earns_the_share_beyond_chance():
    """Right on all that cannot be undone and nothing else: 2 of 4, and always 'you' would be right for 2 as well."""
    assert points(marked(lambda t: "team")) == {"risky": 0, "small": 0}
    found = marked(lambda t: "you" if not t["undo"] else "team" if t["days"] != 8003 else "you")
    assert points(found) == {"risky": 3, "small": 0}
    assert "3 of 4 decisions are right." in found.criteria[0].found
    assert "a large ticket that can be undone" in found.criteria[0].found


def test_a_fault_costs_its_criterion_and_no_other():
    def raising(ticket):
        if ticket["days"] < 5000:
            raise ValueError(f"no idea about {ticket}")
        return sensible(ticket)

    found = marked(raising)
    assert points(found) == {"risky": 6, "small": 0}
    assert "On 4 of 4 it raised ValueError." in found.criteria[1].found
    assert not HIDDEN.search(mark_text(found))


def test_time_out_in_one_batch_costs_its_criterion():
    def ask(questions, seconds):
        assert seconds == 3
        if questions[0]["days"] in (1001, 1002):
            raise NoDecisions("The function took longer than 3 s for 4 questions.")
        return asking(sensible)(questions, seconds)

    found = mark(RUBRIC, KEYS, FOLDER, "decide", HANDED_IN, ask=ask)
    assert points(found) == {"risky": 6, "small": 0}
    assert found.criteria[1].found == (
        "It was asked about 4 inputs. The function took longer than 3 s for 4 questions."
    )


def test_what_counts_its_calls_is_told_so():
    turn = itertools.cycle(["you", "team", "nobody"])
    found = marked(lambda ticket: next(turn))
    assert "it decided otherwise when asked again in another order" in found.criteria[0].found


def test_what_is_right_only_the_first_time_earns_nothing():
    calls = itertools.count()
    found = marked(lambda ticket: sensible(ticket) if next(calls) % 8 < 4 else "dunno")
    assert points(found) == {"risky": 0, "small": 0}


def test_changing_what_it_is_given_changes_nothing_for_anybody():
    def changing(ticket):
        decided = sensible(ticket)
        ticket.clear()
        return decided

    before = copy.deepcopy(KEYS)
    assert marked(changing).points == 10
    assert before == KEYS


class Odd:
    """What a learner's own code can put into a problem."""

    @staticmethod
    def exception(ticket):
        raise type(f"Leak{ticket['days']}".replace(".", "_"), (Exception,), {})("x")

    @staticmethod
    def builtin(ticket):
        raise KeyError(ticket["days"])

    @staticmethod
    def decision(ticket):
        return {"told": ticket}

    @staticmethod
    def text(ticket):
        return json.dumps(ticket)


@pytest.mark.parametrize("odd", [Odd.exception, Odd.builtin, Odd.decision, Odd.text])
def test_no_hidden_input_comes_back_by_the_learner_s_own_words(odd):
    found = marked(odd)
    assert found.points == 0
    text = mark_text(found) + mark_html(found)
    assert not HIDDEN.search(text)
    assert "Leak" not in text


ODD_REPLIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(
    replies=st.lists(
        st.one_of(
            st.fixed_dictionaries({"value": ODD_REPLIES}), st.fixed_dictionaries({"problem": ODD_REPLIES}), st.just({})
        ),
        min_size=3,
        max_size=5,
    )
)
def test_whatever_comes_back_ends_in_a_mark(replies):
    for name in ("decide", "days"):
        found = mark(RUBRIC, KEYS, FOLDER, name, HANDED_IN, ask=lambda questions, seconds: replies)
        assert found.points == 0
        mark_html(found).encode("utf-8")
        assert not HIDDEN.search(mark_text(found))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, "x" * 30_000, [[[]]] * 10, {1, 2}, object(), ...]
)
def test_a_decision_that_is_none_is_counted_and_not_shown(value):
    found = marked(lambda ticket: value)
    assert found.points == 0
    assert "On 4 of 4 it" in found.criteria[0].found


@pytest.mark.parametrize("answer", [None, 5, "decide", {}, {"function": 5}, {"source": "x"}, ["function"]])
def test_data_in_the_place_of_a_function_is_told_how(answer):
    found = marked(sensible, answer)
    assert found.points == 0
    assert found.note == 'Hand in the function itself, without calling it: submit("decide", name_of_your_function).'


def test_without_a_kernel_to_ask_there_is_a_sentence():
    assert marked(None).note == "The notebook's process was not there to be asked."


def test_the_source_is_shown_as_text_and_moves_no_mark():
    live = "def decide(ticket):\n    return '</pre><script>lgEvil()</script>'\n"
    found = marked(sensible, {"function": "decide", "source": live})
    assert found.points == 10
    shown = mark_html(found)
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("<pre") == shown.count("</pre>") == 1


def test_source_text_is_capped_and_can_always_be_written():
    assert function_data(len) == {"function": "len", "source": ""}
    data = function_data(test_source_text_is_capped_and_can_always_be_written)
    assert data["source"].startswith("def test_source_text")

    class Named:
        __name__ = "\ud800" * 500

        def __call__(self, question):
            return question

    assert len(function_data(Named())["function"].encode("utf-8")) <= 500
    assert len(handed_in({"function": "f", "source": "x" * 10**6}).source) <= 2 * MAX_SOURCE


def test_questions_come_in_batches_made_from_the_decisions_before():
    """What a simulation needs: the same function asked step by step, the state held by whoever asks."""
    ask = asking(lambda state: state["load"] + 1)
    loads = [0, 10, 20]
    for _ in range(5):
        loads = [decision.value for decision in decisions(ask, [{"load": load} for load in loads], 5)]
    assert loads == [5, 15, 25]


def test_a_wrong_count_is_no_decision_at_all():
    with pytest.raises(NoDecisions, match="1 decisions to 2 questions"):
        decisions(lambda questions, seconds: [{"value": 1}], [1, 2], 5)
    assert decisions(asking(lambda q: 1 / q), [0], 5)[0].raised == "ZeroDivisionError"
    assert Decision(problem="Mine: x").raised == ""
    assert Decision(problem="print: x").raised == "", "an exception, not just any word that Python knows"


def checks(coaching):
    return {check.title: check.state for check in coaching.checks}


STEADY = "The same input, the same decision"


def test_coaching_says_what_was_decided_and_what_the_examples_expect():
    found = coached(sensible)
    assert found.ready
    assert checks(found) == {"Decisions": "fine", STEADY: "fine", "Time": "fine"}
    text = mark_text(found)
    assert '{"days": 3, "undo": true}: "team", as expected.' in text
    assert '{"days": 1, "undo": true}: "team".' in text
    other = coached(lambda ticket: "team")
    assert checks(other)["Decisions"] == "look again"
    assert 'The example expects "you" or "nobody".' in mark_text(other)
    assert "2, as expected" in mark_text(coached(lambda size: size // 2, name="days"))


def test_coaching_says_where_it_raised_or_decided_what_nobody_can_do():
    raising = coached(lambda ticket: ticket["owner"])
    assert not raising.ready
    assert "no decision. KeyError: 'owner'" in mark_text(raising)
    assert not coached(lambda ticket: "someone").ready
    assert 'which is none of "you", "team", "nobody".' in mark_text(coached(lambda ticket: "someone"))


def test_coaching_tells_random_and_remembering_from_steady():
    rng = random.Random(3)  # noqa: S311 - a guesser
    calls, last = itertools.count(), []

    def remembers_the_last(ticket):
        last.append(ticket["days"])
        return "you" if last[-2:] == [9, 1] else "team"

    drawn = coached(lambda ticket: rng.choice(["you", "team", "nobody"]))
    assert "draws lots" in mark_text(drawn)
    assert "draws lots, or remembers" in mark_text(coached(lambda ticket: "you" if next(calls) < 2 else "team"))
    assert "in the opposite order it decides otherwise" in mark_text(coached(remembers_the_last))
    assert drawn.ready, "it can be handed in all the same"


def test_coaching_says_when_it_is_too_slow(monkeypatch):
    clock = itertools.count(0, 30)
    monkeypatch.setattr("leadgym.marking.function.time.perf_counter", lambda: next(clock))
    found = coached(sensible)
    assert checks(found)["Time"] == "look again"
    assert "It takes 10 s for an input." in mark_text(found)


def broken_keys(tmp_path, change):
    text = (FOLDER / "keys.yaml").read_text(encoding="utf-8")
    path = tmp_path / "keys.yaml"
    path.write_text(change(text), encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        load_keys(path, RUBRIC, FOLDER)
    return str(caught.value)


def swap(before, after):
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after)

    return change


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (swap("risky:", "riskless:"), 5, "the group 'risky' of a criterion is missing; add it."),
        (swap("risky:", "riskless:"), 6, "no criterion names this group; take it out."),
        (swap("undo: false}, right: you", "undo: false}, right: them"), 7, "'them' is none of the rubric's decisions"),
        (swap("right: nobody", "right: team"), 11, "one and the same decision is right for nearly all of them"),
        (swap("{days: 8001, undo: false}", "{days: 9, undo: false}"), 7, "its input is among the public examples"),
        (swap("{days: 1002, undo: true}, right: team", "{days: 1002, undo: true}"), 15, "says neither 'right' nor"),
        (swap("any_of: [team, nobody]", "any_of: [team], right: team"), 10, "has both 'right' and 'any_of'; keep one"),
        (swap("1002, undo: true}, right: team", "1002, undo: true}, right: team, within: 1"), 15, "'within' goes with"),
        (swap("input: 700", "input: 2026-03-02T10:00:00"), 19, "convert it first"),
    ],
)  # fmt: skip
def test_broken_keys_are_named_with_line_and_mend(tmp_path, change, line, sentence):
    told = broken_keys(tmp_path, change)
    assert any(f"keys.yaml:{line}:" in problem and sentence in problem for problem in told.splitlines()), told


@pytest.mark.parametrize(
    ("examples", "sentence"),
    [
        ("examples: []\n", "examples"),
        ("examples:\n  - {input: 1, right: them}\n", "data/decide.yaml:2: examples.0: 'them' is none of the rubric's"),
        ("examples:\n  - {input: 1, right: you, any_of: [you]}\n", "data/decide.yaml:2: examples.0: has both"),
    ],
)
def test_broken_examples_are_named_with_file_and_line(tmp_path, examples, sentence):
    (tmp_path / "data").mkdir()
    (tmp_path / "rubric.yaml").write_bytes((FOLDER / "rubric.yaml").read_bytes())
    (tmp_path / "data" / "days.yaml").write_bytes((FOLDER / "data" / "days.yaml").read_bytes())
    (tmp_path / "data" / "decide.yaml").write_text(examples, encoding="utf-8")
    with pytest.raises(FileProblems, match=re.escape(sentence)):
        load_rubric(tmp_path / "rubric.yaml")


def test_marks_are_data_too() -> None:
    import dataclasses

    found: Any = marked(sensible)
    json.dumps(dataclasses.asdict(found), allow_nan=False)
