"""A policy race in a room: asked, voted on, run once beside the votes, kept, and shown week by week and no further."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from room_small import OPEN, SLUG, opened

from leadgym.course.modules import Module, content_root, module, scenario
from leadgym.room import extension as extension_module
from leadgym.room import racing
from leadgym.room.after import after_html
from leadgym.room.extension import OpenRoom
from leadgym.room.poll import RoomProblem
from leadgym.room.race import Key, Raced, as_event
from leadgym.room.racing import RacingProblem, luck_of
from leadgym.room.run import FACILITATORS, Room
from leadgym.room.views import participant, projector, prompts
from leadgym.yamlfile import FileProblems, load

PAIR = ("soft hero", "60/40 with one paired stretch")
SHOWN = [{"kind": "stage", "to": "closed"}, {"kind": "stage", "to": "shown"}]


def ask(away: int = 0, policies: Any = PAIR) -> dict[str, Any]:
    return {"kind": "ask", "what": "race", "policies": list(policies), "away": away}


def week(to: Any, poll: str = "q1") -> dict[str, Any]:
    return {"kind": "week", "poll": poll, "to": to}


def votes(poll: str, *choices: str) -> list[dict[str, Any]]:
    return [{"kind": "vote", "who": f"id-{n}", "poll": poll, "choice": c, "sure": 70} for n, c in enumerate(choices)]


@lru_cache
def small(away: int = 0) -> Raced:
    """A race over three quarters whose takeaways say which week they are of."""
    found = racing.race((PAIR, away), 0, 3)
    marked = [one.model_copy(update={"says": f"away {away} says {n}"}) for n, one in enumerate(found.weeks, 1)]
    return found.model_copy(update={"weeks": tuple(marked)})


def room(*events: dict[str, Any]) -> Room:
    people = [{"kind": "join", "who": f"id-{n}", "name": ""} for n in range(5)]
    return Room(scenario).replayed([OPEN, *people, *events])


def at_split(away: int = 0) -> Room:
    """Five have guessed, the race is run, the split is on the projector."""
    guesses = votes("q1", "first", "first", "first", "second", "neither")
    return room(ask(away), *guesses, as_event(small(away)), *SHOWN)


def told(found: Room) -> dict[str, str]:
    """Everything that each screen gets."""
    about = module(SLUG)
    text = (content_root() / "course" / SLUG / "facilitator.md").read_text(encoding="utf-8")
    return {
        "projector": json.dumps(projector(found)),
        "phone": json.dumps(participant(found, "id-0")),
        "prompts": json.dumps(prompts(found, about, text, 1000.0)),
    }


# --- what a race comes to ---


def test_the_storys_own_seed_races_the_lessons_quarters() -> None:
    """The facilitator's card names these numbers."""
    found = racing.race((PAIR, 0), luck_of(scenario(SLUG).seed, scenario(SLUG).seed))
    assert found.weeks[-1].says.startswith("Soft hero: 29 more value than 60/40 with one paired stretch")
    assert found.weeks[-1].more == "first"
    assert sum(found.weeks[-1].ahead) <= found.runs == 30
    gone = racing.race((PAIR, 5), 0)
    assert "22 less value" in gone.weeks[-1].says
    assert gone.weeks[-1].more == "second"


def test_another_seed_is_another_luck() -> None:
    assert luck_of(12, 11) == 1
    assert luck_of(10, 11) > 0, "a seed below the story's is a luck of its own too"
    assert racing.race((PAIR, 0), 1, 3).weeks[-1].value != small().weeks[-1].value


def test_a_process_of_its_own_comes_to_the_same_whatever_lies_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('a file of the facilitator was run')")
    monkeypatch.chdir(tmp_path)
    assert racing.raced((PAIR, 5), 0, 2) == racing.race((PAIR, 5), 0, 2)


def test_a_process_that_fails_or_lasts_too_long_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing.sys, "executable", "false")
    with pytest.raises(RacingProblem, match="could not be run"):
        racing.raced((PAIR, 0), 0, 2)
    monkeypatch.undo()
    monkeypatch.setattr(racing, "LONGEST", 0.05)
    with pytest.raises(RacingProblem, match="took longer"):
        racing.raced((PAIR, 0), 0, 2)


# --- the run ---


@pytest.mark.parametrize(
    ("away", "policies", "mend"),
    [
        (0, ["soft hero", "kind hero"], "There are: strict hero, soft hero"),
        (0, ["soft hero", "soft hero"], "two different ones"),
        (0, ["soft hero"], "between two"),
        (0, "soft hero", "between two"),
        (14, PAIR, "1 to 13"),
        (-1, PAIR, "1 to 13"),
        (True, PAIR, "1 to 13"),
        ("5", PAIR, "1 to 13"),
    ],
)
def test_a_race_that_cannot_be_is_not_asked(away: Any, policies: Any, mend: str) -> None:
    found = room()
    with pytest.raises(RoomProblem, match=mend):
        found.apply({"kind": "ask", "what": "race", "policies": policies, "away": away})
    assert found.stage == "lobby"


def test_the_room_votes_on_it_like_on_anything_else_twice_and_says_how_sure() -> None:
    found = room(ask(), *votes("q1", "first", "second"))
    for to in ("talk", "second"):
        found.apply({"kind": "stage", "to": to})
    for event in votes("q1", "first", "first"):
        found.apply(event)
    assert found.now is not None
    assert (found.now.moved(), found.now.second.sure("first")) == (1, 70)
    assert "race" not in str(participant(found, "id-0")["poll"]["choices"]), "nor anything of what came"


def test_no_week_is_shown_before_the_split_before_the_race_is_run_or_beyond_its_end() -> None:
    found = room(ask(), *votes("q1", "first"))
    found.apply(as_event(small()))
    with pytest.raises(RoomProblem, match="split first"):
        found.apply(week(1))
    other = room(ask(), *votes("q1", "first"), *SHOWN)
    assert not projector(other)["race"]["ready"], "its button waits"
    with pytest.raises(RoomProblem, match="still being run"):
        other.apply(week(1))
    shown = at_split()
    assert projector(shown)["race"]["ready"]
    for to in (-1, 14, True, "1", None, 1.0):
        with pytest.raises(RoomProblem, match="up to week 1 to 13"):
            shown.apply(week(to))
    with pytest.raises(RoomProblem, match="another question"):
        shown.apply(week(1, "q2"))
    plain = room({"kind": "ask", "what": "decide"}, *SHOWN)
    with pytest.raises(RoomProblem, match="another question"):
        plain.apply(week(1))


@pytest.mark.parametrize("broken", [None, [], {}, {"policies": PAIR}, "weeks", {"weeks": []}])
def test_a_result_that_is_none_is_not_taken(broken: Any) -> None:
    found = room(ask())
    good = as_event(small())["result"]
    result = {**good, **broken} if isinstance(broken, dict) and "weeks" in broken else broken
    with pytest.raises(RoomProblem, match="no result of a race"):
        found.apply({"kind": "raced", "result": result})
    assert found.unraced == (PAIR, 0)


def test_screens_hold_only_the_weeks_shown_so_far() -> None:
    found = at_split()
    for text in told(found).values():
        assert "away 0 says" not in text, "the split alone"
    for to in (1, 2, 9, 4, 13):
        found.apply(week(to))
        for screen, text in told(found).items():
            seen = [n for n in range(1, 14) if f"says {n}." in text]
            assert seen == ([] if screen == "prompts" else [to]), screen
        html = projector(found)["race"]["html"]
        points = html.partition('class="one" points="')[2].partition('"')[0].split()
        assert len(points) == to + 1
    found.apply(week(0))
    assert projector(found)["race"]["html"] == ""
    assert projector(found)["split"] is not None


def test_the_picture_is_told_in_words_too_with_its_range_and_that_it_is_no_forecast() -> None:
    found = at_split(5)
    found.apply(week(13))
    html, phone = projector(found)["race"]["html"], participant(found, "id-0")["says"]
    assert 'role="img" aria-label="Week 13 of 13. away 5 says 13.' in html
    assert "in eight of ten quarters" in html
    assert '<th scope="row">Value in finished epics</th>' in html
    assert "is ahead in" in html
    assert "you are away for four weeks from week 5" in html
    for text in (html, phone):
        assert "Plausible, not predictive" in text


def test_what_the_room_guessed_stands_beside_what_came() -> None:
    found = at_split()
    found.apply(week(12))
    assert projector(found)["race"]["told"] == "The room guessed A, soft hero: 3 of 5."
    found.apply(week(13))
    assert "In the simulation" in projector(found)["race"]["told"]
    assert "The room guessed A, soft hero: 3 of 5. In the simulation" in participant(found, "id-0")["says"]
    tie = room(ask(), *votes("q1", "first", "neither"), as_event(small()), *SHOWN, week(1))
    assert projector(tie)["race"]["told"] == "The room is split between A and C."
    assert projector(room(ask(), as_event(small()), *SHOWN, week(1)))["race"]["told"] == "Nobody guessed."


def test_the_second_race_says_what_the_first_came_to_and_is_what_comes_next() -> None:
    found = at_split()
    found.apply({"kind": "segment", "number": 3, "at": 1.0})
    following = []
    for event in (week(13), ask(5), as_event(small(5)), *SHOWN, week(13, "q2")):
        found.apply(event)
        following.append(prompts(found, module(SLUG), "", 1.0)["race_next"])
    assert following == [ask(5), None, None, None, ask(5), None]
    assert "Before, with you there all the time: away 0 says 13." in projector(found)["race"]["told"]
    found.apply({"kind": "stage", "to": "lobby"})
    assert prompts(found, module(SLUG), "", 1.0)["race_next"] is None, "then the story goes on"


def test_a_part_without_a_race_offers_none_first_and_every_part_has_it_at_hand() -> None:
    shown = prompts(room(), module(SLUG), "", 1.0)
    assert shown["race_next"] is None
    assert [one["event"] for one in shown["races"]] == [ask(0), ask(5)]
    voting = prompts(room(ask()), module(SLUG), "", 1.0)
    assert voting["races"] == []
    assert (
        prompts(
            Room(scenario).replayed([{**OPEN, "module": "03_review_and_pairing"}]),
            module("03_review_and_pairing"),
            "",
            1.0,
        )["races"]
        == []
    )


def test_skipped_voted_on_again_ended_and_taken_back() -> None:
    found = at_split()
    found.apply(week(6))
    found.apply({"kind": "end"})
    assert projector(found)["race"] is None
    found.apply({"kind": "back"})
    assert found.stage == "lobby"
    assert found.story.choices == (), "an end by mistake costs no step of the story"
    again = at_split()
    again.apply(week(6))
    again.apply({"kind": "stage", "to": "talk"})
    assert "says 6" not in "".join(told(again).values()), "nobody votes with the result before them"
    skipped = room(ask(), {"kind": "stage", "to": "closed"}, {"kind": "stage", "to": "lobby"})
    skipped.apply({"kind": "ask", "what": "decide"})
    assert skipped.stage == "first"


def test_the_page_to_send_round_says_what_was_guessed_and_what_came() -> None:
    found = at_split()
    assert "In the simulation" not in after_html(found), "nothing of it was shown"
    found.apply(week(3))
    page = after_html(found)
    assert "The policy race: The room guessed A, soft hero: 3 of 5. In the simulation" in page
    assert "away 0 says 13." in page
    assert "Plausible, not predictive" in page
    few = room(ask(), *votes("q1", "first"), as_event(small()), *SHOWN, week(3))
    assert "The room guessed" not in after_html(few), "one person's guess is theirs"
    assert "In the simulation" in after_html(few)


# --- module.yaml ---


@pytest.mark.parametrize(
    ("was", "now", "mend"),
    [
        ("soft hero,", "kind hero,", r"There is no policy 'kind hero'\. Take two of: strict hero, soft hero"),
        ("[soft hero, 60/40 with one paired stretch]", "[soft hero, soft hero]", "two different policies"),
        ("[soft hero, 60/40 with one paired stretch]", "[soft hero]", "two different policies"),
        ("away: 5", "away: 14", "13"),
        ("away: 5", "gone: 5", "gone"),
    ],
)
def test_a_race_in_module_yaml_that_cannot_be_names_line_and_mend(
    tmp_path: Path, was: str, now: str, mend: str
) -> None:
    text = (content_root() / "course" / SLUG / "module.yaml").read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "module.yaml"
    path.write_text(text.replace(was, now), encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "race: {" in one)
    with pytest.raises(FileProblems, match=mend) as problem:
        load(path, Module)
    assert f"module.yaml:{line}: " in str(problem.value)


# --- beside the votes, and in the file ---


async def until(done: Callable[[], bool]) -> None:
    while not done():
        await asyncio.sleep(0.01)


def test_votes_are_taken_while_it_runs_and_a_room_opened_again_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, runs = threading.Event(), []

    def slow(key: Key, luck: int) -> Raced:
        runs.append((key, luck))
        go_on.wait(20)
        return small()

    monkeypatch.setattr(extension_module, "raced", slow)
    kept: list[Any] = []

    async def first(found: OpenRoom) -> None:
        hall = found.hall
        try:
            await hall.take({"kind": "join", "who": "id-0", "name": ""})
            await hall.take(ask())
            await until(lambda: bool(runs))
            async with asyncio.timeout(5):
                await hall.take(votes("q1", "first")[0])
            for event in SHOWN:
                await hall.take(event)
            with pytest.raises(RoomProblem, match="still being run"):
                await hall.take(week(1))
        finally:
            go_on.set()
        await until(lambda: hall.room.unraced is None)
        await hall.take(week(7))
        kept.append(found.view()["projector"]["race"])

    async def second(found: OpenRoom) -> None:
        assert found.view()["projector"]["race"] == kept[0]

    opened(tmp_path / "room.jsonl", first)
    assert "says 7" in kept[0]["html"]
    opened(tmp_path / "room.jsonl", second)
    assert runs == [((PAIR, 0), 0)], "once, on the lesson's luck"


def test_a_race_cut_off_by_a_restart_is_run_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_key: Key, _luck: int) -> Raced:
        raise RacingProblem("The race could not be run (OSError). Press again.")

    monkeypatch.setattr(extension_module, "raced", fails)

    async def first(found: OpenRoom) -> None:
        await found.hall.take(ask())
        await until(lambda: found.view()["race_problem"] != "")
        assert "Press again" in found.view()["race_problem"]
        monkeypatch.setattr(extension_module, "raced", lambda *_: small())
        await found.hall.take({"kind": "stage", "to": "closed"})
        await asyncio.sleep(0.05)
        assert found.hall.room.unraced is not None, "not again and again by itself"

    async def second(found: OpenRoom) -> None:
        await until(lambda: found.hall.room.unraced is None)
        assert found.view()["race_problem"] == ""

    opened(tmp_path / "room.jsonl", first)
    opened(tmp_path / "room.jsonl", second)


def test_a_race_is_not_run_in_a_room_that_is_only_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it came to could not be kept. When the room goes on, it is run."""
    path, runs = tmp_path / "room.jsonl", []

    def one(key: Key, _luck: int) -> Raced:
        runs.append(key)
        raise RacingProblem("Press again.")

    monkeypatch.setattr(extension_module, "raced", one)

    async def first(found: OpenRoom) -> None:
        await found.hall.take(ask())
        await until(lambda: found.view()["race_problem"] != "")

    async def looked_at(found: OpenRoom) -> None:
        found.run_race(again=True)
        await asyncio.sleep(0.1)
        assert runs == []
        monkeypatch.setattr(extension_module, "raced", lambda *_: small())
        await found.hall.take({"kind": "again", "at": time.time()})
        await until(lambda: found.hall.room.unraced is None)

    opened(path, first)
    lines = path.read_bytes().splitlines()
    long_ago = {**json.loads(lines[1]), "at": 1000.0}
    path.write_bytes(b"\n".join([lines[0], json.dumps(long_ago).encode(), *lines[2:], b""]))
    runs.clear()
    opened(path, looked_at)


def test_a_press_runs_a_race_that_failed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [RacingProblem("Press again."), small()]

    def one(_key: Key, _luck: int) -> Raced:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(extension_module, "raced", one)

    async def play(found: OpenRoom) -> None:
        await found.hall.take(ask())
        await until(lambda: found.view()["race_problem"] != "")
        found.run_race(again=True)
        await until(lambda: found.hall.room.unraced is None)
        assert found.view()["race_problem"] == ""

    opened(tmp_path / "room.jsonl", play)


def test_what_a_race_came_to_is_the_servers_word_alone() -> None:
    assert "week" in FACILITATORS
    assert "raced" not in FACILITATORS
