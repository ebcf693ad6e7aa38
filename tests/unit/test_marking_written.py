"""A scenario from a stranger's text: read within limits, played within seconds, never evaluated, never a traceback."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from leadgym.course.modules import scenario, slugs
from leadgym.marking import coach, load_rubric, mark
from leadgym.marking.bounds import (
    ALL_EXPRESSIONS,
    MOST,
    MOST_CHARACTERS,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    parse_within,
    weighed,
)
from leadgym.scenario.template import new_scenario
from leadgym.yamlfile import FileProblems

MEASURES = ("errors", "warnings", "decisions", "endings", "right_whens", "later", "asked")
SECONDS = 10
OWN = " ".join(f"word{n} thing{n * 7 % 311} day{n * 13 % 509}" for n in range(200))
"""Text that stands nowhere else, so that what is measured is not cut for copying."""


@pytest.fixture
def marked(tmp_path: Path):
    criteria = "\n".join(
        f"      - {{id: c_{name}, measure: {name}, title: T, points: 1, reason: R., next_step: N.}}"
        for name in MEASURES
    )
    text = (
        "rubric: 99_story\ntitle: S\nanswers:\n  story:\n    kind: scenario\n    title: T\n    asks: A.\n"
        f"    points: {len(MEASURES)}\n    criteria:\n{criteria}\n"
    )
    (tmp_path / "rubric.yaml").write_text(text, encoding="utf-8")
    rubric = load_rubric(tmp_path / "rubric.yaml")

    def of(answer: Any):
        begun = time.process_time()
        sheet = mark(rubric, None, tmp_path, "story", answer)
        assert time.process_time() - begun < SECONDS
        assert sheet == coach(rubric, tmp_path, "story", answer)
        return sheet

    return of


def points(sheet) -> dict[str, float]:
    return {one.id.removeprefix("c_"): one.points for one in sheet.criteria}


def scene(name: str, options: str, more: str = "") -> str:
    head = f"  - id: {name}\n    title: {name}\n    when: Monday\n    text: It is quiet.\n"
    return f"{head}{more}    question: What?\n    options:\n{options}"


def option(name: str, key: int, change: str) -> str:
    return (
        f"      - {{id: {name}, text: Take the {name} road and stay on it., key: {key}, "
        f"effects: [{{change: {{{change}}}, why: it was so}}], right_when: The {name} road is dry in all of {name}., "
        f"rationale: It costs a {name} and brings two of another {name}., "
        f"dissent: People of {name} would rather go home by it.}}\n"
    )


def small(scenes: int = 4, **parts: str) -> str:
    both = option("a", 5, "x: 1, y: -1") + option("b", 3, "x: -1, y: 1")
    made = "".join(scene(f"s{n}", both, parts.get(f"s{n}", "")) for n in range(scenes))
    ways = {end: ", ".join(f"s{n}.{end}" for n in range(scenes)) for end in "ab"}
    return (
        f"scenario: mine\ntitle: Mine\nmodule: own\npremise: {OWN}\n"
        "cast: {ann: {name: Ann, role: lead, about: Ann waits.}}\n"
        "variables:\n  x: {label: X, start: 0, better: high}\n  y: {label: Y, start: 0, better: high}\n"
        f"{parts.get('facts', '')}scenes:\n{made}"
        "endings:\n  - {id: up, title: Up, if: x > y, text: Ann is up.}\n"
        "  - {id: down, title: Down, text: Ann is down.}\n"
        "debrief: {questions: [Why?], sentence: So., compare: s0, measure: x}\n"
        "walkthroughs:\n"
        f"  - {{name: up, path: [{ways['a']}], ending: up}}\n"
        f"  - {{name: down, path: [{ways['b']}], ending: {parts.get('ends', 'down')}}}\n"
    )


def test_each_measure_is_counted_as_it_says(marked) -> None:
    found = points(marked(small().splitlines()))
    assert found["decisions"] == found["endings"] == found["warnings"] == 1
    assert found["later"] == found["asked"] == 0
    assert found["right_whens"] == 0, "the same words at every scene are nobody's own"
    assert points(marked(small(3).splitlines()))["decisions"] == 0.5
    assert points(marked(small(2).splitlines()))["decisions"] == 0
    wrong = marked(small(ends="up").splitlines())
    assert points(wrong)["endings"] == 0.5
    assert "the path ends in 'down', not in 'up'" in wrong.criteria[0].found


def test_a_question_a_fact_and_something_that_comes_back_are_found(marked) -> None:
    asking = (
        "    asking:\n      budget: 1\n      intro: Now.\n      choices:\n"
        "        - {id: ann, who: ann, text: Ask Ann., answer: It rains., learns: [rain], effects: "
        '[{later: s2, if: knows("rain"), change: {x: 0.5}, text: It rained on Ann., why: rain}]}\n'
    )
    found = points(marked(small(facts="facts: {rain: {text: It rains.}}\n", s0=asking).splitlines()))
    assert found["later"] == found["asked"] == 1


def test_the_starter_with_other_names_in_it_earns_nothing(marked) -> None:
    text = new_scenario("mine", "Mine").replace("Nour", "Ann").replace("Sam", "Bo").replace("Thursday", "Monday")
    sheet = marked(text.splitlines())
    assert sheet.points == 0
    assert "most of them in the starter" in sheet.note


def test_a_page_is_what_counts_in_full(marked) -> None:
    sheet = marked(small().replace(OWN, "Short.").splitlines())
    assert 0 < sheet.points < marked(small().splitlines()).points
    assert "about a page, count in full" in sheet.note


BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 8)}]\n" for n in range(12)
)
HOSTILE = {
    "a bomb of aliases": (BOMB, "anchors (&) and aliases (*) are not read here"),
    "an alias of itself": ("a: &a [*a]", "anchors"),
    "a merge": ("a: {b: 1}\n<<: *a", "anchors"),
    "a tag that makes something": ("a: !!python/object/apply:os.system ['true']", "tags (!) are not read here"),
    "a tag of its own": ("scenario: !mine x", "tags"),
    "brackets without end": ("[" * 2_000, "nested deeper than 14"),
    "lists in lists in lines": ("- " * 5_000 + "x", "nested deeper than 14"),
    "keys of keys": ("? " * 5_000 + "x", "nested deeper than 14"),
    "entries without end": ("\n".join(f"k{n}: 1" for n in range(2_600)), "more than 5,000 entries"),
    "too many characters": ("x\n" * (MOST_CHARACTERS // 2 + 5), "more than 60,000 characters"),
    "text that is no YAML": ("Dear all,\n\tmy story: is: attached", "Mend the YAML"),
    "a list": ("- a\n- b", "expected 'name: value' lines"),
    "a number": ("42", "expected 'name: value' lines"),
    "wrong types": (small().replace("start: 0", "start: [0]").replace("cast: {ann:", "cast: {7:"), "variables.x.start"),
    "a number beyond all": (small().replace("start: 0", "start: 1.0e300"), "is a number beyond 1,000,000"),
    "a number of ten thousand digits": (small().replace("start: 0", "start: " + "9" * 10_000), "your story:"),
    "not a number": (small().replace("start: 0", "start: .nan"), "is a number beyond"),
    "infinity": (small().replace("start: 0", "start: .inf"), "is a number beyond"),
    "a long expression": (small().replace("x > y", "x > 0" + " + 1" * 300), "has more than 400 characters"),
    "a large exponent": (small().replace("x > y", "x > 9e99"), "longer than anything a story needs"),
    "a power": (small().replace("x > y", "9 ** 9 ** 9 > 0"), "is not allowed here"),
    "a call": (small().replace("x > y", "__import__('os').system('true') > 0"), "is not allowed here"),
    "scenes without end": (small(13), "has more than 12 entries"),
    "a circle": (small().replace("    question:", "    next: s0\n    question:", 1), "runs in a circle"),
    "a null byte": ("scenario: a\x00b", "your story:"),
    "a file of many": ("---\na: 1\n---\nb: 2", "your story:"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_earns_nothing_and_is_told_why(marked, name: str) -> None:
    text, said = HOSTILE[name]
    sheet = marked(text.splitlines() if len(text) < 200_000 else text)
    assert sheet.points == 0
    assert said in sheet.note
    assert "Traceback" not in sheet.note
    assert len(sheet.note) < 4_000


@pytest.mark.parametrize("answer", [None, "", "   ", [], {}, {"a": 1}, 7, True, [1, 2], [["a"]], ["", " "]])
def test_what_is_no_text_earns_nothing(marked, answer: Any) -> None:
    sheet = marked(answer)
    assert sheet.points == 0
    assert "Hand in the lines of your file" in sheet.note


def dear(scenes: int, options: int, questions: int, condition: str) -> str:
    """As much to play as the counts allow: all by luck, each option under a condition, each question affordable."""
    made = "".join(
        f"      - {{id: o{n}, text: Road {n}., key: {n % 5 + 1}, if: {condition}, effects: [{{later: end, "
        f"chance: 0.5, change: {{x: 1, y: -1}}}}]}}\n"
        for n in range(options)
    )
    asking = f"    asking:\n      budget: {questions}\n      intro: Now.\n      choices:\n" + "".join(
        f"        - {{id: q{n}, text: Ask., answer: Yes.}}\n" for n in range(questions)
    )
    head, tail = small(4).split("scenes:\n", maxsplit=1)
    body = "".join(scene(f"s{n}", made, asking) for n in range(scenes))
    ends = "endings:\n" + tail.split("endings:\n", maxsplit=1)[1].split("walkthroughs:")[0]
    return f"{head}scenes:\n{body}{ends}walkthroughs: []\n"


def test_the_dearest_story_within_the_limits_takes_seconds(marked) -> None:
    """As many scenes, options, questions and names in conditions as may be."""
    most = ALL_EXPRESSIONS // (MOST["scenes"] * MOST_OPTIONS) - 1
    text = dear(MOST["scenes"], MOST_OPTIONS, MOST_QUESTIONS, f"{' + '.join(['x'] * (most - 1))} < 9999")
    sheet = marked(text.splitlines())
    assert points(sheet)["decisions"] == 0
    assert "does not load" not in sheet.criteria[0].found


@pytest.mark.parametrize("by", [" + ", " * "])
def test_derived_values_that_multiply_are_weighed_before_anything_is_computed(marked, by: str) -> None:
    """Each of twenty names the one before forty times: 40 ** 20 names, or a number that fills the memory."""
    chain = "derived:\n  d0: {label: D, formula: x + 99999}\n" + "".join(
        f"  d{n}: {{label: D, formula: {by.join([f'd{n - 1}'] * 40)}}}\n" for n in range(1, 20)
    )
    sheet = marked(small(facts=chain).replace("if: x > y", "if: d19 > y").splitlines())
    assert sheet.points == 0
    assert "derived.d2.formula: comes to 3,200 names and numbers" in sheet.note
    assert "Shorten it." in sheet.note


def test_expressions_are_weighed_together(marked) -> None:
    sheet = marked(dear(12, 6, 1, " + ".join(["x"] * 60) + " < 9").splitlines())
    assert "in its expressions; 3,000 are the most" in sheet.note


def test_no_story_of_the_course_comes_near_the_limits() -> None:
    for slug in slugs():
        story = scenario(slug)
        questions = [len(one.asking.choices) for one in story.scenes if one.asking]
        assert len(story.scenes) <= MOST["scenes"]
        assert max(len(one.options) for one in story.scenes) <= MOST_OPTIONS
        assert max(questions, default=0) <= MOST_QUESTIONS
        assert not list(weighed(story))


def test_what_the_loader_reads_is_what_it_reads_from_a_file() -> None:
    document, story = parse_within(new_scenario("mine", "Mine"), "a.yaml")
    assert story.scenario == "mine"
    assert document.line(("scenes",)) > 10
    with pytest.raises(FileProblems, match=r"a\.yaml:1"):
        parse_within("[]", "a.yaml")
