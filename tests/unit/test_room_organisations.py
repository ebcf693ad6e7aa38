"""A story played in two organisations: chosen at the start, gone on into on purpose, compared at the end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from room_small import ASK

from leadgym.cli import main
from leadgym.course.modules import module, scenario, slugs
from leadgym.room.after import after_html
from leadgym.room.extension import OpenRoom
from leadgym.room.kept import SessionProblem
from leadgym.room.poll import RoomProblem
from leadgym.room.run import Room
from leadgym.room.views import projector, prompts

SLUG = "10_tech_lead_and_manager"
OPEN = {"kind": "open", "module": SLUG, "seed": None, "variant": None, "at": 1000.0}


def decided(*places: int) -> Room:
    """A room after decisions: in each, the option at that place is called out."""
    room = Room(scenario).replayed([OPEN])
    for place in places:
        room.replayed([ASK, {"kind": "stage", "to": "closed"}])
        assert room.now is not None
        room.apply({"kind": "take", "choice": room.now.poll.choices[place].id})
    return room


def elsewhere(variant: str = "hybrid", same: bool = True) -> dict[str, Any]:
    return {"kind": "organisation", "variant": variant, "same": same}


def test_the_second_run_has_the_same_answers_and_back_leads_to_the_first() -> None:
    room = decided(0, 1, 0)
    choices = room.story.choices
    room.apply(elsewhere())
    assert (room.story.variant, room.story.choices, room.stage) == ("hybrid", choices, "lobby")
    assert [end.variant for end in room.ends] == ["under", "hybrid"]
    assert "You are the manager too" in projector(room)["title"]
    for _ in range(4):
        room.apply({"kind": "back"})
    assert (room.story.variant, room.story.choices, len(room.runs)) == ("under", choices, 0)


def test_the_second_run_may_begin_at_the_beginning_and_no_organisation_comes_twice() -> None:
    room = decided(0)
    room.apply(elsewhere(same=False))
    assert room.story.choices == ()
    assert projector(room)["premise"] == "", "everybody knows who is who by now"
    for variant, code in (("under", "played-already"), ("hybrid", "played-already"), ("moon", "not-possible")):
        with pytest.raises(RoomProblem) as caught:
            room.apply(elsewhere(variant))
        assert caught.value.code == code


def test_an_open_vote_is_not_swept_away() -> None:
    room = decided(0)
    room.apply(ASK)
    with pytest.raises(RoomProblem, match="Close its vote first"):
        room.apply(elsewhere())


def test_the_debrief_and_the_page_to_send_round_have_both_runs() -> None:
    room = decided(0)
    room.replayed([elsewhere(), {"kind": "back"}, ASK, {"kind": "stage", "to": "closed"}])
    assert room.now is not None
    other = room.now.poll.choices[2]
    room.replayed([{"kind": "take", "choice": other.id}, {"kind": "end"}])
    for page in (projector(room)["compared"], after_html(room)):
        assert page.count("You report to Ruth") == page.count("You are the manager too") == 1
        assert "not played to its end" in page
        for end in room.ends:
            scene, _, name = end.choices[-1].partition(".")
            option = next(o for o in end.scenario.scene(scene).options if o.id == name)
            assert f"authors: {option.key_in(end.variant)} of 5" in page


def test_the_cut_of_10_offers_its_second_organisation_in_its_part() -> None:
    room = decided(0)
    room.apply({"kind": "segment", "number": 1, "at": 1000.0})
    view = prompts(room, module(SLUG), "", 1000.0)
    assert (view["second"], [one["id"] for one in view["organisations"]]) == ("hybrid", ["apart", "hybrid"])
    room.apply(elsewhere())
    assert [one["id"] for one in prompts(room, module(SLUG), "", 1000.0)["organisations"]] == ["apart"]


@pytest.mark.parametrize("slug", slugs())
def test_an_organisation_that_a_cut_names_is_in_its_story(slug: str) -> None:
    named = {part.second for part in module(slug).minutes.lunch_and_learn} - {None}
    assert named <= set(scenario(slug).variants)


def test_a_room_is_opened_in_the_organisation_asked_for_and_keeps_it(tmp_path: Path) -> None:
    async def whole(variant: str) -> str | None:
        found = OpenRoom(SLUG, tmp_path / "room.jsonl", variant=variant)
        try:
            return found.hall.room.story.variant
        finally:
            await found.shut()

    assert asyncio.run(whole("apart")) == "apart"
    assert asyncio.run(whole("")) == "apart", "its file says so"
    assert json.loads((tmp_path / "room.jsonl").read_text().splitlines()[1])["variant"] == "apart"
    with pytest.raises(SessionProblem, match=r"no variant 'moon'. There are: under \(You report to Ruth\), apart"):
        OpenRoom(SLUG, tmp_path / "other.jsonl", variant="moon")
    assert not (tmp_path / "other.jsonl").exists(), "no room was begun"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["10", "--variant", "moon"], "hybrid (You are the manager too)"),
        (["02", "--variant", "under"], "one organisation only"),
        (["10", "--variant", "apart", "--again", __file__], "Leave --variant out"),
        (["10", "--variant", "apart", "--again"], "Leave --variant out"),
    ],
)
def test_a_variant_that_cannot_be_is_said_before_anything_starts(words: list[str], says: str) -> None:
    found = CliRunner().invoke(main, ["room", *words, "--no-browser"])
    assert (found.exit_code, says in found.output) == (1, True), found.output
