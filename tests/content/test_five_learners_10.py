"""Module 10: five learners come out in their order and for the right reasons; nothing earns nothing."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from leadgym.course import modules, notebooks
from leadgym.marking import load_keys, load_rubric, mark
from leadgym.scenario.engine import replay
from leadgym.scenario.loader import walk

ROOT = Path(__file__).resolve().parents[2]
SLUG = "10_tech_lead_and_manager"
FOLDER = ROOT / "solutions" / SLUG
ANSWERS = ROOT / "tests" / "fixtures" / "answers" / SLUG
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", RUBRIC, FOLDER)
STORY = modules.scenario(SLUG)
ORDER = ["strong", "decent", "shaky", "careless", "gaming"]


@cache
def handed_in(learner: str) -> dict[str, Any]:
    return json.loads((ANSWERS / f"{learner}.json").read_text(encoding="utf-8"))


@cache
def marked(learner: str, answer: str) -> Any:
    return mark(RUBRIC, KEYS, FOLDER, answer, handed_in(learner)[answer])


def points(learner: str, answer: str) -> dict[str, float]:
    return {c.id: c.points for c in marked(learner, answer).criteria}


def found(learner: str, answer: str, criterion: str) -> str:
    return next(c.found for c in marked(learner, answer).criteria if c.id == criterion)


def total(learner: str) -> float:
    return sum(marked(learner, answer).points for answer in RUBRIC.answers)


def agreement(**changes: dict[str, Any]) -> Any:
    return mark(RUBRIC, KEYS, FOLDER, "agreement", {**handed_in("solution")["agreement"], **changes})


def line(decides: str, asked: str = "", told: str = "") -> dict[str, Any]:
    return {"decides": decides, "asked": asked.split(), "told": told.split()}


def test_the_five_come_out_in_their_order() -> None:
    totals = [total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert all(better - worse >= 3 for better, worse in pairwise(totals)), totals


def test_the_solution_earns_everything() -> None:
    for answer, about in RUBRIC.answers.items():
        assert marked("solution", answer).points == about.points, answer
    assert total("solution") == 70


@pytest.mark.parametrize("answer", RUBRIC.answers)
@pytest.mark.parametrize("empty", [None, {}, "", []])
def test_nothing_earns_nothing(answer: str, empty: Any) -> None:
    assert mark(RUBRIC, KEYS, FOLDER, answer, empty).points == 0


def cell(place: str, name: str) -> str:
    cells = notebooks.read(ROOT / place / SLUG / "agreement.ipynb")["cells"]
    return next("".join(c["source"]) for c in cells if c["id"] == name)


def test_the_unsolved_exercise_earns_nothing() -> None:
    scope: dict[str, Any] = {}
    for name in ("your-agreement", "your-opening"):
        exec(cell("exercises", name), scope)  # noqa: S102 - ours
    for answer in ("agreement", "opening"):
        assert mark(RUBRIC, KEYS, FOLDER, answer, scope[answer]).points == 0, answer


def test_the_solution_notebook_holds_what_the_solution_hands_in() -> None:
    scope: dict[str, Any] = {}
    for name in ("your-agreement", "your-opening"):
        exec(cell("solutions", name), scope)  # noqa: S102 - ours
    assert scope["agreement"] == handed_in("solution")["agreement"]
    assert scope["opening"].strip() == handed_in("solution")["opening"].strip()


REASONS = [
    ("strong", "agreement", "other_side", "whether this candidate gets an offer"),
    ("strong", "agreement", "hears", "who leads an incident: nobody tells 'pm'"),
    ("strong", "agreement", "kept", "who is away when, and why"),
    (
        "strong",
        "agreement",
        "differences",
        "Differs from Google's book, which gives it to the manager",
    ),
    ("decent", "path", "turning_points", "You chose: “Leave the thread as it is;"),
    ("decent", "agreement", "team", "The team decides none of the sixteen."),
    ("decent", "agreement", "other_side", "how much time goes to technical debt"),
    ("decent", "opening", "examples", "One, or all of them too vague to be looked up."),
    ("decent", "opening", "meet", "One without a time"),
    ("shaky", "path", "turning_points", "You chose: “Send him the ranking with a caveat"),
    ("shaky", "agreement", "authority", "who is promoted: you, the tech lead. Here the eight report to Ruth"),
    ("shaky", "agreement", "spread", "More than nine with one of them is a queue."),
    ("shaky", "opening", "fair", "what others have told you"),
    ("shaky", "opening", "his_side", "No room for his side."),
    ("careless", "path", "asked", "without learning any of what people would have told you"),
    ("careless", "path", "weights", "No weights were declared"),
    ("careless", "agreement", "named", "how people speak to each other in code review"),
    ("careless", "agreement", "authority", "has to be one of tl, em, pm, team"),
    ("careless", "opening", "effect", "Nothing is said to have followed."),
    ("gaming", "path", "finished", "has not come to an ending"),
    ("gaming", "agreement", "other_side", "to ask all three is to ask nobody"),
    ("gaming", "agreement", "lean", "Asked beforehand, over all lines: 48;"),
]


@pytest.mark.parametrize(("learner", "answer", "criterion", "reason"), REASONS)
def test_the_feedback_names_the_reason(learner: str, answer: str, criterion: str, reason: str) -> None:
    about = next(c for c in RUBRIC.answers[answer].criteria if c.id == criterion) if answer != "opening" else None
    got = points(learner, answer)[criterion]
    if about is not None and criterion != "differences":
        assert got < about.points
    assert reason in found(learner, answer, criterion)


def test_the_careless_one_is_told_which_name_could_not_be_read() -> None:
    assert "who is away when, and why" in found("careless", "agreement", "authority")


def test_gaming_goes_to_a_person_and_does_not_pass() -> None:
    sheet = marked("gaming", "opening")
    assert sheet.needs_person
    assert sheet.points <= 10


def test_a_difference_is_shown_with_its_reason_and_costs_nothing_by_itself() -> None:
    """Organisations differ: architecture may be the team's. The reply says who sees it otherwise and why."""
    sheet = agreement(architecture=line("team", "tl em"))
    assert sheet.points == 20
    told = next(c.found for c in sheet.criteria if c.id == "differences")
    assert (
        "Met: which architecture a new part gets: the team. Same in: GitLab's handbook; Differs from the source "
        "article, which gives it to the tech lead, whose focus it calls technical strategy."
    ) in told
    assert "Not met" not in told
    nobody = agreement(review_conduct=line("team", "tl em"))
    told = next(c.found for c in nobody.criteria if c.id == "differences")
    assert "Same in none of the three, which is no mistake" in told
    assert nobody.points == 20


def like(description: str) -> dict[str, Any]:
    """The reference agreement, each line decided as one description says where it says anything."""
    made = {}
    tables = RUBRIC.answers["agreement"].tables["decisions"].load("decisions", FOLDER)
    for name, row in tables.items():
        decides = row.cells[description]
        if decides == "open":
            decides = handed_in("solution")["agreement"][name]["decides"]
        both = {"tl", "em"} if row.cells["both"] else set()
        asked = sorted(both - {decides})
        hears = row.cells["hears"]
        told = [] if hears in {decides, *asked} else [hears]
        made[name] = {"decides": decides, "asked": asked, "told": told}
    return made


@pytest.mark.parametrize("description", ["article", "google", "gitlab"])
def test_quite_different_agreements_earn_nearly_all(description: str) -> None:
    """None of the three descriptions is favoured by more than their own weak spot: a role that decides nearly all."""
    sheet = mark(RUBRIC, KEYS, FOLDER, "agreement", like(description))
    assert sheet.points >= 16, [(c.id, c.found) for c in sheet.criteria if c.points < c.out_of]


NAIVE = {
    "everything is yours": lambda name: line("tl", "em", "team pm"),
    "everything is Ruth's": lambda name: line("em", "tl", "team pm"),
    "everything is the team's": lambda name: line("team", "tl em", "pm"),
    "everybody is asked": lambda name: line("em", "tl pm team"),
    "nobody is asked": lambda name: line("tl"),
}


@pytest.mark.parametrize("name", NAIVE)
def test_one_rule_for_all_lines_is_no_agreement(name: str) -> None:
    made = {one: NAIVE[name](one) for one in handed_in("solution")["agreement"]}
    assert mark(RUBRIC, KEYS, FOLDER, "agreement", made).points <= 14


def test_the_same_answers_are_worth_something_else_elsewhere() -> None:
    """S28: the manager's answers, given by somebody who is none, and the other way round."""
    ways = {way.name: way for way in STORY.walkthroughs}
    manager = walk(STORY, ways["Manager too, and using it"])
    report = walk(STORY, ways["Report to Ruth, and bring her everything on the day"])
    assert (manager.ending, report.ending) == ("one_answer", "one_answer")
    assert replay(STORY, manager.choices, manager.seed, "under").ending == "round_you"
    assert replay(STORY, report.choices, report.seed, "hybrid").ending != "one_answer"
    turned = [
        option.id
        for scene in STORY.scenes
        for option in scene.options
        if max(map(option.key_in, STORY.variants)) >= 4 > 2 >= min(map(option.key_in, STORY.variants))
    ]
    assert len(turned) >= 5, turned


def test_the_lesson_s_nine_in_ten() -> None:
    """ "Of the 4,096 ways through the story, nine in ten hold an answer that turns round." """
    turns = [
        [max(map(o.key_in, STORY.variants)) >= 4 > 2 >= min(map(o.key_in, STORY.variants)) for o in scene.options]
        for scene in STORY.scenes
    ]
    ways = list(product(*turns))
    assert len(ways) == 4096
    assert 0.88 <= sum(map(any, ways)) / len(ways) <= 0.92


def test_every_choice_is_open_in_every_organisation() -> None:
    """What is compared across organisations has to be playable in them."""
    for scene in STORY.scenes:
        for entry in (*scene.options, *(scene.asking.choices if scene.asking else ())):
            assert entry.condition is None, f"{scene.id}.{entry.id}"
