"""Module 10: five learners come out in their order and for the right reasons; nothing earns nothing."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest
from five_learners import LEARNERS, Handed

from leadgym.course import modules
from leadgym.scenario.engine import replay
from leadgym.scenario.loader import walk

HANDED = Handed("10_tech_lead_and_manager")
STORY = modules.scenario(HANDED.slug)


def agreement(**changes: dict[str, Any]) -> Any:
    return HANDED.mark("agreement", {**HANDED.answers("solution")["agreement"], **changes})


def line(decides: str, asked: str = "", told: str = "") -> dict[str, Any]:
    return {"decides": decides, "asked": asked.split(), "told": told.split()}


def test_the_five_come_out_in_their_order() -> None:
    totals = [HANDED.total(learner) for learner in LEARNERS]
    assert totals == sorted(totals, reverse=True)
    assert all(better - worse >= 3 for better, worse in pairwise(totals)), totals


def test_the_solution_earns_everything() -> None:
    for answer, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", answer).points == about.points, answer
    assert HANDED.total("solution") == 70


@pytest.mark.parametrize("answer", HANDED.rubric.answers)
@pytest.mark.parametrize("empty", [None, {}, "", []])
def test_nothing_earns_nothing(answer: str, empty: Any) -> None:
    assert HANDED.mark(answer, empty).points == 0


def test_the_unsolved_exercise_earns_nothing() -> None:
    scope = HANDED.written("exercises", "your-agreement", "your-opening")
    for answer in ("agreement", "opening"):
        assert HANDED.mark(answer, scope[answer]).points == 0, answer


def test_the_solution_notebook_holds_what_the_solution_hands_in() -> None:
    scope = HANDED.written("solutions", "your-agreement", "your-opening")
    assert scope["agreement"] == HANDED.answers("solution")["agreement"]
    assert scope["opening"].strip() == HANDED.answers("solution")["opening"].strip()


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
    one = HANDED.criterion(learner, answer, criterion)
    if criterion != "differences":
        assert one.points < one.out_of
    assert reason in one.found


def test_the_careless_one_is_told_which_name_could_not_be_read() -> None:
    assert "who is away when, and why" in HANDED.found("careless", "agreement", "authority")


def test_gaming_goes_to_a_person_and_does_not_pass() -> None:
    sheet = HANDED.marked("gaming", "opening")
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
    tables = HANDED.rubric.answers["agreement"].tables["decisions"].load("decisions", HANDED.folder)
    for name, row in tables.items():
        decides = row.cells[description]
        if decides == "open":
            decides = HANDED.answers("solution")["agreement"][name]["decides"]
        both = {"tl", "em"} if row.cells["both"] else set()
        asked = sorted(both - {decides})
        hears = row.cells["hears"]
        told = [] if hears in {decides, *asked} else [hears]
        made[name] = {"decides": decides, "asked": asked, "told": told}
    return made


@pytest.mark.parametrize("description", ["article", "google", "gitlab"])
def test_quite_different_agreements_earn_nearly_all(description: str) -> None:
    """None of the three descriptions is favoured by more than their own weak spot: a role that decides nearly all."""
    sheet = HANDED.mark("agreement", like(description))
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
    made = {one: NAIVE[name](one) for one in HANDED.answers("solution")["agreement"]}
    assert HANDED.mark("agreement", made).points <= 14


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
