"""Module 03's five learners, marked in this process: they come out in order, and feedback names the right reason."""

from __future__ import annotations

import json
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from five_learners import ORDER, Handed, lost

from leadgym.sim import REVIEW_POLICIES
from leadgym.tools.reviews.numbers import Bots, by_people, first_review, percentile
from leadgym.tools.reviews.run import export_of

HANDED = Handed("03_review_and_pairing")
ROOT = Path(__file__).resolve().parents[2]


def test_the_solution_earns_everything() -> None:
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_learners_come_out_in_order() -> None:
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 20 <= totals[3] < 45
    assert totals[4] < 20
    assert totals[5] < 12


def test_what_is_handed_out_earns_nothing() -> None:
    """The exercise as a learner gets it: no run, no class, no rating, functions that return None, an empty comment."""
    cells = ("your-comments", "your-function", "your-policy", "your-comment")
    scope = HANDED.written("exercises", *cells, ledger={"until": "", "pulls": []})
    for name in ("comments", "waits", "policy", "comment"):
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("judgement", {}).points == 0
    run = {"scenario": "five_diffs", "seed": 6, "variant": None, "weights": {"thursday": 0, "after": 0}, "choices": []}
    assert HANDED.mark("path", run).points == 0


def test_the_solution_notebook_holds_what_the_solution_hands_in() -> None:
    scope = HANDED.written("solutions", "your-comments", "your-comment")
    given = HANDED.answers("solution")
    assert {name: list(value) for name, value in scope["comments"].items()} == given["comments"]
    assert scope["comment"].strip() == given["comment"].strip()


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "comments", "blind_spot", "you see least of a lesson's"),
        ("strong", "policy", "wait", "One review in ten takes longer than 8.98 working hours; no policy 9.92"),
        ("strong", "judgement", "best", "In 7 of the 8 items"),
        ("decent", "path", "outcome", "half of all runs come to"),
        ("decent", "comments", "blind_spot", "a lesson: 1 of 4"),
        ("decent", "judgement", "sure", "45 points more sure than right"),
        ("decent", "waits", "still_open", "an export in which some are waiting still"),
        ("decent", "policy", "able", "0.72 was read by somebody who knew enough of it"),
        ("decent", "comment", "teach", "A rule without a reason"),
        ("decent", "comment", "reply", "In general"),
        ("shaky", "path", "turning_points", "“Only you” You chose: “Say yes;"),
        ("shaky", "comments", "fits", "what is a job for a tool's went to a nit"),
        ("shaky", "waits", "first", "an export in which authors and bots speak first"),
        ("shaky", "policy", "known", "clearly behind no policy"),
        ("shaky", "comment", "lost", "Not mentioned"),
        ("shaky", "comment", "person", "sugared until one has to look for the matter"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "path", "asked", "without learning any of what people would have told you"),
        ("careless", "waits", "zones", "0 of 6"),
        ("careless", "comment", "person", "“you forgot”"),
        ("gaming", "comments", "fits", "7 of 20 stand where the authors would put them"),
        ("gaming", "judgement", "sure", "75 points more sure than right"),
        ("gaming", "waits", "first", "0 of 6 decisions are right"),
        ("gaming", "policy", "wait", "no policy 9.92, shortest line 8."),
    ],
)
def test_the_feedback_names_the_reason(learner: str, name: str, criterion: str, reason: str) -> None:
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_what_goes_for_the_whole_answer_stands_above_it() -> None:
    assert "Items 4, 5, 6, 7, 8 are not complete." in HANDED.marked("careless", "judgement").note
    assert "named somebody or something that is not there" in HANDED.marked("careless", "policy").note
    assert "It speaks to whoever marks it" in HANDED.marked("gaming", "comment").note
    assert HANDED.marked("gaming", "comment").needs_person
    assert HANDED.marked("gaming", "comment").stands == 0


def test_leaving_it_to_the_team_earns_that_it_is_read_ably_and_nothing_else() -> None:
    """Naming nobody is no rotation; that whoever knows enough goes on reading is true, and is worth a quarter."""
    assert HANDED.points("gaming", "policy") == {"wait": 0, "known": 0, "able": 5}


def test_reading_everything_yourself_earns_for_reading_ably_alone() -> None:
    assert _points("policy", dict(REVIEW_POLICIES["every review yours"])) == {"wait": 0, "known": 0, "able": 5}


def test_a_comment_has_what_it_says_and_not_what_its_words_say_elsewhere() -> None:
    """A posting that is *done although* nobody answered is no log that says so; a question about the retry carries."""
    short = "Please do not merge. A post can be done although there is a timeout."
    assert _points("comment", short)["lost"] == 0
    assert _points("comment", short + " What happens on retry if the first one worked?")["teach"] == 4


def _points(name: str, given: Any) -> dict[str, float]:
    return {c.id: c.points for c in HANDED.mark(name, given).criteria}


def test_a_bare_class_counts_and_says_nothing_of_how_sure_one_is() -> None:
    given = {name: value[0] for name, value in HANDED.answers("solution")["comments"].items()}
    assert lost(HANDED.mark("comments", given)) == {"sure"}


def test_the_hidden_exports_are_what_their_generator_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "grader"))
    sys.modules.pop("make_waits", None)
    import make_waits

    text = make_waits.KEYS.read_text(encoding="utf-8")
    assert text.partition(make_waits.BEGIN)[2].partition(make_waits.END)[0] == make_waits.text()


def test_the_tool_and_the_exercise_mean_the_same_wait() -> None:
    """The learner's function and `leadgym reviews` agree on the file that ships with both."""
    pulls = json.loads((HANDED.folder / "data" / "pulls.json").read_text(encoding="utf-8"))
    export = export_of(())
    waiting = first_review(by_people(export, Bots()), export.until, UTC)
    scope: dict[str, Any] = {}
    exec("\n".join(HANDED.answers("solution")["waits"]), scope)  # noqa: S102 - the course's own code
    assert scope["waits"]({"until": "2026-11-03T16:10:22Z", "pulls": pulls}) == percentile(waiting.waits, 90)
