"""A room's run: what fits where it stands is taken, everything else changes nothing, and a file tells it all again."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.course.modules import content_root, module, scenario
from leadgym.room.poll import RoomProblem
from leadgym.room.run import Room
from leadgym.room.views import participant, projector, prompts
from leadgym.scenario.engine import open_questions

OPEN = {"kind": "open", "module": "02_delegation", "seed": 11, "variant": None, "at": 1000.0}


def room(*events: dict[str, Any]) -> Room:
    return Room(scenario).replayed([OPEN, *events])


def join(*names: str) -> list[dict[str, Any]]:
    return [{"kind": "join", "who": name, "name": ""} for name in names]


def vote(who: str, choice: str, poll: str = "q1", sure: int | None = None) -> dict[str, Any]:
    return {"kind": "vote", "who": who, "poll": poll, "choice": choice, "sure": sure}


def stage(to: str) -> dict[str, Any]:
    return {"kind": "stage", "to": to}


ASK = {"kind": "ask", "what": "decide"}


def voted() -> Room:
    """Three people, two rounds: one changes from take to pair."""
    return room(
        *join("a", "b", "c"), ASK, vote("a", "take", sure=90), vote("b", "pair", sure=60), vote("c", "take"),
        stage("talk"), stage("second"), vote("a", "pair", sure=70), vote("b", "pair"), vote("c", "take"),
        stage("closed"),
    )  # fmt: skip


def test_the_second_vote_counts_and_who_moved_is_known() -> None:
    asked = voted().now
    assert asked is not None
    assert asked.first.counts() == {"take": 2, "pair": 1}
    assert asked.leading() == ["pair"]
    assert asked.moved() == 1
    assert asked.first.sure("take") == 90, "who said nothing is not taken for sure or unsure"


def test_somebody_who_votes_twice_has_one_vote_their_last() -> None:
    found = room(*join("a"), ASK, vote("a", "take"), vote("a", "pair"), vote("a", "pair"))
    assert found.now is not None
    assert found.now.first.counts() == {"pair": 1}


def test_the_story_goes_on_with_what_is_taken_and_back_again() -> None:
    found = voted()
    found.apply({"kind": "take", "choice": "pair"})
    assert found.story.choices == ("d1.pair",)
    assert (found.stage, found.now) == ("lobby", None)
    found.apply({"kind": "back"})
    assert found.story.choices == ()
    assert found.asked[0].took == ["pair"], "what was voted stays on record"
    with pytest.raises(RoomProblem, match="beginning"):
        found.apply({"kind": "back"})


def test_a_question_is_bought_by_the_room_and_nothing_more_is_an_answer() -> None:
    found = room(*join("a"), {"kind": "ask", "what": "ask"})
    names = [choice.id for choice in found.now.poll.choices]  # type: ignore[union-attr]
    assert names[-1] == "none"
    found.replayed([vote("a", names[0]), stage("closed"), {"kind": "take", "choice": names[0]}])
    assert found.story.choices == (f"ask d1.{names[0]}",)
    found.replayed([{"kind": "ask", "what": "decide"}])
    assert found.now is not None
    assert found.now.poll.kind == "decide"


def test_a_range_is_held_against_the_answer_and_nobody_is_told_it_before_the_tally() -> None:
    asks = {"kind": "ask", "what": "range", "fact": "airport"}
    spans = [
        {"kind": "vote", "who": "a", "poll": "q1", "low": 10, "high": 20},
        {"kind": "vote", "who": "b", "poll": "q1", "low": 1, "high": 2.5},
    ]
    found = room(*join("a", "b"), asks, *spans)
    assert found.now is not None
    assert found.now.first.counts() == {"in": 1, "out": 1}
    for view in (participant(found, "a"), projector(found)):
        assert "16" not in json.dumps({**view, "revision": 0})
    found.replayed([stage("closed"), stage("shown")])
    assert projector(found)["split"]["answer"] == 16


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (vote("a", "take", poll="q0"), "another-question"),
        (vote("z", "take"), "not-joined"),
        (vote("a", "fly"), "no-such-choice"),
        (vote("a", ["take"]), "no-such-choice"),  # type: ignore[arg-type]
        (vote("a", "take", sure=101), "bad-sure"),
        (vote("a", "take", sure=True), "bad-sure"),
        (stage("shown"), "not-now"),
        (stage("nowhere"), "not-now"),
        (ASK, "still-voting"),
        ({"kind": "take", "choice": "take"}, "not-now"),
        ({"kind": "hands", "poll": "q1", "round": "first", "counts": {"take": -1}}, "bad-count"),
        ({"kind": "hands", "poll": "q1", "round": "third", "counts": {}}, "another-question"),
        ({"kind": "open", "module": "02_delegation"}, "open-already"),
        ({"kind": "join", "who": "y", "name": "x" * 25}, "bad-name"),
        ({"kind": "replayed"}, "no-such-event"),
        ({"kind": ["vote"]}, "no-such-event"),
        ({}, "no-such-event"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(event: dict[str, Any], code: str) -> None:
    found = room(*join("a"), ASK)
    before = copy.deepcopy({**vars(found), "states": None, "_scenario_of": None})
    with pytest.raises(RoomProblem) as caught:
        found.apply(event)
    assert caught.value.code == code
    assert {**vars(found), "states": None, "_scenario_of": None} == before


def test_after_the_close_nothing_is_taken() -> None:
    found = room(*join("a"), ASK, {"kind": "close"})
    for event in (vote("a", "take"), stage("closed"), *join("b")):
        with pytest.raises(RoomProblem, match="closed"):
            found.apply(event)


def test_hands_stand_in_the_place_of_phones() -> None:
    hands = {"kind": "hands", "poll": "q1", "round": "first", "counts": {"take": 7, "pair": 12}}
    found = room(ASK, hands, stage("closed"), stage("shown"))
    split = projector(found)["split"]
    assert (split["first"]["votes"], split["leading"], split["dissent"], split["by_hands"]) == (
        19, ["pair"], "take", True,
    )  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["take", "pair", "tomasz"])), max_size=60))
@settings(max_examples=50, deadline=None)
def test_a_round_never_has_more_votes_than_people_and_each_last_word_counts(votes: list[tuple[str, str]]) -> None:
    found = room(*join(*"abcde"), ASK, *(vote(who, choice) for who, choice in votes))
    assert found.now is not None
    last = dict(votes)
    assert found.now.first.counts().total() == len(last)
    assert {who: v.choice for who, v in found.now.first.votes.items()} == last


def test_nobody_sees_how_others_voted_before_the_tally_is_shown() -> None:
    found = voted()
    assert projector(found)["split"] is None
    assert participant(found, "c")["mine"] is None, "the vote is closed"
    found.apply(stage("shown"))
    split = projector(found)["split"]
    assert split["first"]["counts"]["take"] == 2
    assert split["moved"] == 1
    assert split["dissent"] == "take"


def test_a_phone_has_no_key_and_no_consequence() -> None:
    found = room(*join("a"), ASK)
    shown = json.dumps(participant(found, "a"))
    for option in found.story.scenario.scene("d1").options:
        for secret in (option.rationale, option.dissent, option.right_when, option.outcome):
            assert not secret or secret.strip()[:40] not in shown


def test_the_prompts_are_those_of_the_part_and_the_time_runs_out() -> None:
    slug = "02_delegation"
    promised = module(slug)
    text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
    found = room({"kind": "segment", "number": 1, "at": 1000.0 + 13 * 60})
    view = prompts(found, promised, text, 1000.0 + 15 * 60)
    assert view["parts"][1]["name"] == "Fine at stand-up"
    assert "Four boxes" in view["prompts"]
    assert (view["left"], view["behind"]) == (6 * 60, 60)
    assert prompts(found, promised, text, 1000.0 + 30 * 60)["left"] == -9 * 60


@pytest.mark.parametrize("place", range(12))
def test_every_part_of_every_lunch_has_prompts(place: int) -> None:
    from leadgym.course.modules import slugs

    slug = slugs()[place]
    promised = module(slug)
    text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
    found = Room(scenario).replayed([{**OPEN, "module": slug, "seed": None}])
    for number, _ in enumerate(promised.minutes.lunch_and_learn):
        found.apply({"kind": "segment", "number": number, "at": 1000.0})
        assert prompts(found, promised, text, 1000.0)["prompts"], number


def test_a_question_of_your_own_ends_at_the_story_where_it_stood() -> None:
    own = {"kind": "ask", "what": "free", "question": "Who ships more?", "choices": ["soft hero", "60/40"]}
    found = room(*join("a"), own, vote("a", "a1"), stage("closed"), stage("shown"))
    scene = found.story.scene
    found.apply(stage("lobby"))
    assert (found.now, found.story.scene, len(found.states)) == (None, scene, 1)
    assert projector(found)["premise"], "the story has not begun yet"
    found.apply(ASK)
    assert found.now is not None
    assert found.now.poll.kind == "decide"
    assert not projector(found)["premise"]


def test_the_clock_starts_when_the_facilitator_says_so_and_only_once() -> None:
    slug = "02_delegation"
    text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")

    def behind(now: float) -> int:
        return int(prompts(found, module(slug), text, now)["behind"])

    found = room({"kind": "segment", "number": 0, "at": 1600.0})
    assert behind(1700.0) == 0, "people join before it begins"
    found.apply({"kind": "segment", "number": 1, "at": 1600.0 + 15 * 60})
    assert behind(1600.0 + 15 * 60) == 3 * 60
    found.apply({"kind": "segment", "number": 0, "at": 1600.0 + 16 * 60})
    assert behind(1600.0 + 16 * 60) == 16 * 60, "a part once more takes time; it does not turn the clock back"


@pytest.mark.parametrize("place", range(12))
def test_every_story_can_be_played_by_calling_out(place: int) -> None:
    """Open, close, take: how a facilitator gets past the scenes that a cut does not dwell on."""
    from leadgym.course.modules import slugs

    found = Room(scenario).replayed([{**OPEN, "module": slugs()[place], "seed": None}])
    for _ in range(30):
        if found.stage == "ended":
            break
        found.apply(ASK)
        found.apply(stage("closed"))
        assert found.now is not None
        found.apply({"kind": "take", "choice": found.now.poll.choices[0].id})
    assert found.story.scene is None
    assert projector(found)["debrief"]


@pytest.mark.parametrize("place", range(12))
def test_what_a_lunch_shows_by_name_is_in_the_story_or_the_lesson(place: int) -> None:
    from leadgym.course.modules import slugs

    folder = content_root() / "course" / slugs()[place]
    lunch = (folder / "facilitator.md").read_text(encoding="utf-8").partition("## Lunch-and-learn")[2]
    shown = "".join((folder / name).read_text(encoding="utf-8") for name in ("scenario.yaml", "lesson.ipynb"))
    named = [
        name for line in lunch.splitlines() if line.startswith("**Demo:**") for name in re.findall(r'"([^"]+)"', line)
    ]
    assert [name for name in named if name.rstrip(",.?") not in shown] == []


def test_an_end_pressed_by_mistake_is_taken_back_and_nothing_else() -> None:
    found = voted()
    found.apply({"kind": "take", "choice": "pair"})
    scene, steps = found.story.scene, len(found.states)
    found.apply({"kind": "end"})
    found.apply({"kind": "back"})
    assert (found.stage, found.story.scene, len(found.states)) == ("lobby", scene, steps)
    found.apply({"kind": "back"})
    assert len(found.states) == steps - 1


def test_the_first_scene_is_on_the_screen_before_its_first_question_and_the_way_in_again_after_a_step_back() -> None:
    about, found = module("02_delegation"), room(*join("a"))
    assert (bool(projector(found)["premise"]), prompts(found, about, "", 0.0)["can_begin"]) == (True, True)
    found.replayed([{"kind": "ask", "what": "range", "fact": "airport"}])
    assert projector(found)["premise"], "a range before the story does not tell its first scene"
    found.replayed([stage("closed"), stage("lobby")])
    assert participant(found, "a")["scene"] == ""
    found.apply({"kind": "begin"})
    assert "one empty cell" in participant(found, "a")["scene"]
    view = projector(found)
    assert (view["premise"], view["poll"], view["stage"]) == ("", None, "lobby")
    assert "one empty cell" in view["scene"]
    assert not prompts(found, about, "", 0.0)["can_begin"]
    with pytest.raises(RoomProblem, match="begun already"):
        found.apply({"kind": "begin"})
    found.apply({"kind": "back"})
    assert projector(found)["premise"]
    found.replayed([{"kind": "begin"}, ASK, stage("closed"), stage("lobby")])
    assert not prompts(found, about, "", 0.0)["can_back"], "a question was put: the story has no step before this"
    assert not projector(found)["premise"]


def test_one_vote_buys_as_many_questions_as_the_story_allows_a_press_each() -> None:
    """07 allows five of nine: bought with a vote each, that was fifteen presses and more."""
    slug = "07_feasibility"
    found = Room(scenario).replayed([{**OPEN, "module": slug, "seed": None}, *join(*"abcdef")])
    while found.story.scene is not None and not open_questions(found.story):
        found.replayed([ASK, stage("closed")])
        assert found.now is not None
        found.apply({"kind": "take", "choice": found.now.poll.choices[0].id})
    found.apply({"kind": "ask", "what": "ask"})
    assert found.now is not None
    names = [choice.id for choice in found.now.poll.choices]
    poll = found.now.poll.id
    found.replayed([vote(who, names[place], poll) for who, place in zip("abcdef", (0, 0, 0, 1, 1, 2), strict=True)])
    found.replayed([stage("closed"), stage("shown")])
    scene = found.story.scene
    for number, name in enumerate(names[:5]):
        offer = prompts(found, module(slug), "", 0.0)["take"]
        assert (offer["leading"], offer["more"]) == ([name] if number < 3 else [], number < 4)
        assert not set(names[:number]) & set(offer["on_offer"])
        found.apply({"kind": "take", "choice": name, "more": True})
        with pytest.raises(RoomProblem):
            found.apply(stage("second"))
    assert (found.stage, found.story.scene, found.asked[-1].took) == ("lobby", scene, names[:5])
    assert found.story.choices[-5:] == tuple(f"ask {scene}.{name}" for name in names[:5])


def test_after_one_bought_question_the_room_may_go_on() -> None:
    found = Room(scenario).replayed([{**OPEN, "module": "09_stakeholder_translation", "seed": None}])
    found.replayed([{"kind": "ask", "what": "ask"}, stage("closed")])
    assert found.now is not None
    first = found.now.poll.choices[0].id
    found.apply({"kind": "take", "choice": first, "more": True})
    assert (found.stage, prompts(found, module("09_stakeholder_translation"), "", 0.0)["take"]["more"]) == (
        "closed",
        False,
    )
    with pytest.raises(RoomProblem):
        found.apply({"kind": "take", "choice": first, "more": True})
    found.apply({"kind": "take", "choice": "none", "more": True})
    assert (found.stage, len(found.story.choices)) == ("lobby", 1)


def test_hands_are_counted_for_a_range_once_the_answer_is_shown_and_for_a_question_until_its_split_is() -> None:
    def hands(of: Room) -> Any:
        return prompts(of, module("02_delegation"), "", 0.0)["hands"]

    found = room({"kind": "ask", "what": "range", "fact": "airport"})
    assert hands(found) is None, "nobody knows yet whether their range holds"
    found.replayed([stage("closed"), stage("shown")])
    asked = hands(found)
    assert [one["text"] for one in asked["choices"]] == ["Hands up: whose range held it?", "Hands up: whose did not?"]
    counts = dict(zip([one["id"] for one in asked["choices"]], (5, 14), strict=True))
    found.apply({"kind": "hands", "poll": asked["poll"], "round": asked["round"], "counts": counts})
    split = projector(found)["split"]
    assert (split["first"]["counts"], split["by_hands"]) == ({"in": 5, "out": 14}, True)
    found.replayed([stage("lobby"), ASK])
    assert (hands(found)["round"], len(hands(found)["choices"])) == (
        "first",
        len(found.story.scenario.scene("d1").options),
    )
    found.replayed([stage("talk"), stage("second")])
    assert hands(found)["round"] == "second"
    found.replayed([stage("closed"), stage("shown")])
    assert hands(found) is None


def test_a_first_vote_closed_too_early_is_opened_once_more_and_keeps_its_votes() -> None:
    found = room(*join("a", "b"), ASK, vote("a", "take"), stage("talk"), stage("first"), vote("b", "pair"))
    assert found.now is not None
    assert found.now.first.counts() == {"take": 1, "pair": 1}


def test_the_first_scene_starts_the_clock_unless_it_runs() -> None:
    about = module("02_delegation")
    waiting = room()
    assert prompts(waiting, about, "", 1600.0)["clock"] is False, "people come in before it begins"
    waiting.apply({"kind": "begin", "at": 1600.0})
    seen = prompts(waiting, about, "", 1660.0)
    assert (seen["clock"], seen["left"], seen["behind"]) == (True, 11 * 60, 0)
    early = room({"kind": "segment", "number": 0, "at": 1500.0}, {"kind": "begin", "at": 1600.0})
    assert early.began_at == 1500.0
    assert room({"kind": "begin"}).clock is False, "files of before say no time there"


def test_the_long_way_comes_next_where_the_part_wants_pairs_and_only_to_decide() -> None:
    about, text = module("02_delegation"), (content_root() / "course/02_delegation/facilitator.md").read_text()

    def pairs(part: int, what: str) -> object:
        found = room({"kind": "segment", "number": part, "at": 1.0}, {"kind": "ask", "what": what})
        return prompts(found, about, text, 1.0)["pairs"]

    assert (pairs(0, "decide"), pairs(0, "ask"), pairs(1, "decide")) == (True, False, False)


def test_what_to_do_on_monday_stands_on_the_projector_at_the_end() -> None:
    found = room({"kind": "begin"})
    assert projector(found)["monday"] == ""
    found.apply({"kind": "end"})
    assert projector(found)["monday"].startswith("Find the folder with most files")


def test_a_part_left_too_early_goes_on_with_its_time() -> None:
    def part(number: int, at: float) -> dict[str, Any]:
        return {"kind": "segment", "number": number, "at": at}

    found = room(part(0, 1000.0), part(1, 1700.0), part(2, 1800.0), part(1, 1810.0))
    seen = prompts(found, module("02_delegation"), "", 1820.0)
    assert (seen["part"], seen["left"], seen["behind"]) == (1, 8 * 60 - 120, -20)
    assert room(part(0, 1000.0), part(1, 1700.0), part(0, 1710.0), part(0, 2000.0)).segment == (0, 2000.0)
