"""The participants' port: nothing of Jupyter is there, and no request makes a vote that is not somebody's own."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from room_small import ASK, Small, code_of, heard, played, told
from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.websocket import websocket_connect

from leadgym.room import doors as doors_module
from leadgym.room import entrance, listening
from leadgym.room.doors import clean_name
from leadgym.room.entrance import PAGES, said
from leadgym.room.poll import RoomProblem
from leadgym.room.tickets import Bounds, new_person, ticket, who_holds

EVIL = "https://evil.example"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.jsonl"


# --- what is there ---


def test_jupyter_is_not_there_whatever_the_path(path: Path) -> None:
    paths = [
        "/api", "/api/kernels", "/api/contents", "/api/contents/x.ipynb", "/api/sessions", "/api/terminals", "/lab",
        "/tree", "/login", "/terminals", "/terminals/websocket/1", "/files/x", "/static/x", "/metrics",
        "/leadgym/room/", "/leadgym/room/socket", "/leadgym/room/open", "/leadgym/room/after", "/leadgym/room/prompts",
        "/../phone.html",
        "/%2e%2e/kept.py", "/phone.js/..", "//etc/passwd", "/projector.html", "/prompts.js", "/facilitator.js",
    ]  # fmt: skip

    async def play(small: Small) -> None:
        for where in paths:
            assert (await small.fetch(where)).code == 404, where
            assert (await small.fetch(where, {})).code == 404, where
            assert (await small.fetch(where, method="DELETE")).code == 404, where
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(f"ws://127.0.0.1:{small.port}/api/kernels/1/channels")
        assert refused.value.code == 404
        page = await small.fetch("/?c=ABCD")
        assert page.code == 200
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert "Set-Cookie" not in page.headers
        assert "Server" not in page.headers

    played(path, play)


def test_below_a_hubs_prefix_the_same_is_there(path: Path) -> None:
    async def play(small: Small) -> None:
        assert (await small.fetch("/services/room/?c=ABCD")).code == 200
        assert (await small.fetch("/services/room/phone.js")).code == 200
        joined = await small.fetch("/services/room/join", {"code": small.code})
        assert joined.code == 200
        assert (await small.fetch("/services/room/api/kernels")).code == 404
        assert (await small.fetch("/services/")).code == 404

    played(path, play, address="https://hub.example/services/room", prefix="/services/room/")


# --- tickets, codes, names ---


def test_a_ticket_is_good_only_as_it_was_given_and_in_its_room() -> None:
    here, there = b"a" * 32, b"b" * 32
    who = new_person()
    good = ticket(here, who)
    assert who_holds(here, good) == who
    assert who_holds(there, good) is None
    signature = good.rpartition(".")[2]
    forged: list[Any] = [
        None, 7, [], {}, "", ".", who, f"{who}.", f".{signature}", f"other.{signature}", good[:-1], good + "x",
        good.upper(), f"{who}.{'0' * 32}", "\ud800.\udfff", f"{who}.\ud800", f"\ud800.{signature}", "x" * 10_000,
        good + "\n",
    ]  # fmt: skip
    assert [who_holds(here, one) for one in forged] == [None] * len(forged)


def test_a_forged_ticket_neither_votes_nor_looks(path: Path, tmp_path: Path) -> None:
    async def play(small: Small) -> None:
        await small.hall.take(ASK)
        unknown = ticket(small.hall.session.secret, "never-joined")
        for bad in ("", "x.y", ticket(b"b" * 32, new_person()), unknown):
            head = {"Authorization": f"Bearer {bad}"}
            vote = await small.fetch("/vote", {"poll": "q1", "choice": "take"}, headers=head)
            assert (vote.code, code_of(vote)) == (401, "not-joined")
            line = await small.line(None)
            await line.write_message(json.dumps({"ticket": bad}))
            assert (await heard(line))["problem"]["code"] == "not-joined"
            assert await line.read_message() is None
            assert line.close_code == 4401
        assert (await small.fetch("/view")).code == 401
        line = await small.line(None)
        assert (await told(line, {"n": 1, "vote": {"poll": "q1", "choice": "take"}}))["problem"]["code"] == "not-joined"
        assert small.votes == {}

    played(path, play)


def test_wrong_codes_run_out_and_then_the_right_one_waits_too(path: Path) -> None:
    """Or a guesser would find out at full speed: 279 841 codes are an hour."""

    async def play(small: Small) -> None:
        now = 0.0
        small.doors.clock = lambda: now
        outcomes = [await joins(small, {"code": code}) for code in ["", None, 7, "\ud800", "ÄÖÜ", ["A"]] * 6]
        assert outcomes[:30] == ["wrong-code"] * 30
        assert outcomes[30:] == ["too-fast"] * 6
        assert await joins(small, {"code": small.code}) == "too-fast"
        assert "who" in await small.doors.join({"code": small.code}, "192.0.2.2"), "another address is not kept out"
        now = 6.0
        assert await joins(small, {"code": f" {small.code.lower()} "}) == ""

    played(path, play)


async def joins(small: Small, what: dict[str, Any]) -> str:
    try:
        await small.doors.join(what, "192.0.2.1")
    except RoomProblem as problem:
        return problem.code
    return ""


def test_one_address_does_not_fill_the_room(path: Path) -> None:
    async def play(small: Small) -> None:
        small.doors.clock = lambda: 0.0
        made = await asyncio.gather(*(joins(small, {"code": small.code}) for _ in range(450)))
        assert made.count("") == 400
        assert made.count("too-fast") == 50
        assert "who" in await small.doors.join({"code": small.code}, "192.0.2.2")

    played(path, play)


def test_a_ticket_given_back_keeps_the_place(path: Path) -> None:
    async def play(small: Small) -> None:
        first = json.loads((await small.fetch("/join", {"code": small.code})).body)
        again = json.loads((await small.fetch("/join", {"code": "", "ticket": first["ticket"]})).body)
        assert again == first
        assert len(small.hall.room.people) == 1

    played(path, play)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<script>alert(1)</script>", "scriptalert1script"), ("  Ana   María ", "Ana María"),
        ("O'Brien-Li", "O'Brien-Li"), (None, ""), (7, ""), ("=1+1", "11"),
        ("a\u202eb\x00c\nd", "abcd"), ("\ud800x", "x"), ("x" * 99, "x" * 24), ("李小龍 ก็", "李小龍 ก็"),
    ],
)  # fmt: skip
def test_names_are_letters_and_digits_and_short(given: object, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_script_for_a_name_or_a_question_is_text_wherever_it_goes(path: Path) -> None:
    async def play(small: Small) -> None:
        line = await small.line(await small.join("<img src=x onerror=alert(1)>"))
        assert list(small.hall.room.people.values()) == ["img srcx onerroralert1"]
        question = "<script>alert(1)</script>"
        await small.hall.take({"kind": "ask", "what": "free", "question": question, "choices": ["<b>", "no"]})
        view = (await heard(line))["view"]
        assert view["poll"]["question"] == question, "text that the page sets as text"
        assert view["scene"] == ""

    played(path, play)
    page = (PAGES / "phone.js").read_text(encoding="utf-8")
    assert page.count("innerHTML") == 1
    assert '"scene-text").innerHTML = view.scene' in page


# --- votes ---


def test_a_vote_replayed_or_doubled_is_one_vote_and_a_past_questions_is_none(path: Path) -> None:
    async def play(small: Small) -> None:
        await small.hall.take(ASK)
        mine = await small.join()
        line, other = await small.line(mine), await small.line(mine)
        vote = {"n": 1, "vote": {"poll": "q1", "choice": "take", "sure": 90, "who": "somebody-else", "kind": "close"}}
        for where in (line, line, other):
            assert (await told(where, vote))["ok"] is True
        over_http = await small.fetch("/vote", vote["vote"], headers={"Authorization": f"Bearer {mine}"})
        assert over_http.code == 200
        (who,) = small.votes
        assert who == who_holds(small.hall.session.secret, mine)
        assert len(small.votes) == 1
        for stage in ("talk", "closed"):
            await small.hall.take({"kind": "stage", "to": stage})
            assert (await told(line, vote))["problem"]["code"] == "not-voting"
        await small.hall.take({"kind": "take", "choice": "pair"})
        await small.hall.take(ASK)
        assert (await told(line, vote))["problem"]["code"] == "another-question"
        assert small.votes == {}

    played(path, play)


def test_messages_that_are_no_votes_get_a_sentence_and_change_nothing(path: Path) -> None:
    async def play(small: Small) -> None:
        small.doors._person = Bounds(1000, 1000)
        await small.hall.take(ASK)
        line = await small.line(await small.join())
        revision = small.hall.room.revision
        bad: list[Any] = [
            None, [], "close", {"kind": "close"}, {}, {"poll": "q1"}, {"poll": ["q1"], "choice": "take"},
            {"poll": "q1", "choice": ["take"]}, {"poll": "q1", "choice": {}}, {"poll": "q9", "choice": "take"},
            {"poll": "q1", "choice": "take", "sure": "90"}, {"poll": "q1", "choice": "take", "sure": 101},
            {"poll": "q1", "choice": "take", "sure": True}, {"poll": "q1", "choice": "\U0001f600"},
        ]  # fmt: skip
        for one in bad:
            assert "problem" in await told(line, {"n": 1, "vote": one}), one
        assert "problem" in await told(line, {"n": 2, "do": {"kind": "close"}}), "a phone is no facilitator"
        for raw in ("", "x", "[]", "[" * 4000, '{"n":1,"vote":NaN}', '{"a":"\\ud800"}', "9" * 4000):
            await line.write_message(raw)
            assert (await heard(line))["problem"]["code"] == "not-json"
        assert small.hall.room.revision == revision
        assert small.votes == {}

    played(path, play)


def test_what_is_too_large_is_refused_before_it_is_read(path: Path) -> None:
    async def play(small: Small) -> None:
        assert (await small.fetch("/join", b"x" * 5000)).code in (400, 413, 599)
        with pytest.raises(HTTPStreamClosedError):
            await small.fetch("/", headers={"X-Long": "x" * 20_000})
        line = await small.line(await small.join())
        await line.write_message("x" * 5000)
        assert await line.read_message() is None
        assert (await small.fetch("/")).code == 200

    played(path, play)
    with pytest.raises(RoomProblem, match="too large"):
        said(b" " * 4097)


def test_pages_of_other_origins_neither_post_nor_open_a_line(path: Path) -> None:
    async def play(small: Small) -> None:
        for origin in (EVIL, "null", "http://[", f"http://127.0.0.1:{small.port + 1}"):
            answer = await small.fetch("/join", {"code": small.code}, headers={"Origin": origin})
            assert (answer.code, code_of(answer)) == (403, "other-origin")
            with pytest.raises(HTTPClientError) as refused:
                await small.line(None, Origin=origin)
            assert refused.value.code == (500 if origin == "http://[" else 403), "tornado trips over what is no address"
        own = {"Origin": f"http://127.0.0.1:{small.port}"}
        assert (await small.fetch("/join", {"code": small.code}, headers=own)).code == 200
        await small.line(None, **own)

    played(path, play)


def test_behind_a_tunnel_its_own_address_is_an_origin_and_senders_are_told_apart(path: Path) -> None:
    async def play(small: Small) -> None:
        head = {"Origin": "https://t.example", "X-Forwarded-For": "6.6.6.6, 192.0.2.7", "X-Real-Ip": "6.6.6.6"}
        assert (await small.fetch("/join", {"code": "WRONG"}, headers=head)).code == 409
        assert list(small.doors._wrong_code._buckets) == ["192.0.2.7"], "what the sender wrote itself is not believed"
        six = {"X-Forwarded-For": "2001:db8:1:2:3::4"}
        await small.fetch("/join", {"code": "WRONG"}, headers=six)
        assert list(small.doors._wrong_code._buckets)[-1] == "2001:db8:1:2::/64"

    played(path, play, address="https://t.example/")


def test_without_a_tunnel_nobody_says_that_they_are_another(path: Path) -> None:
    async def play(small: Small) -> None:
        await small.fetch("/join", {"code": "WRONG"}, headers={"X-Forwarded-For": "192.0.2.7"})
        assert list(small.doors._wrong_code._buckets) == ["127.0.0.1"]

    played(path, play)


# --- too much of it ---


def test_fifty_vote_while_a_ticket_and_an_address_flood(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flood is answered slowly and counted once; everybody else's vote is acknowledged."""
    monkeypatch.setattr(doors_module, "PENALTY", 0.05)

    async def play(small: Small) -> None:
        small.doors.sender = lambda request: request.headers.get("X-Test", "192.0.2.1")  # type: ignore[method-assign]
        await small.hall.take(ASK)
        tickets = [await small.join() for _ in range(51)]
        lines = await asyncio.gather(*(small.line(one) for one in tickets[:50]))
        flooding, answers = await small.line(tickets[50]), []

        async def flood_by_ticket() -> None:
            for number in range(400):
                await flooding.write_message(json.dumps({"n": number, "vote": {"poll": "q1", "choice": "take"}}))
            while True:
                answer = await heard(flooding)
                if "n" in answer:
                    answers.append(answer)

        async def flood_by_address() -> int:
            small.doors._address = Bounds(rate=5, burst=20)
            codes = []
            for _ in range(60):
                codes.append((await small.fetch("/", headers={"X-Test": "6.6.6.6"})).code)
            return codes.count(429)

        flood = asyncio.create_task(flood_by_ticket())
        outcome = await asyncio.gather(
            flood_by_address(), *(told(line, {"n": 1, "vote": {"poll": "q1", "choice": "pair"}}) for line in lines)
        )
        flood.cancel()
        assert all(isinstance(answer, dict) and answer["ok"] for answer in outcome[1:])
        assert isinstance(outcome[0], int)
        assert outcome[0] >= 20
        assert sum(choice == "pair" for choice in small.votes.values()) == 50
        assert len(small.votes) <= 51
        assert sum("ok" in answer for answer in answers) <= 16

    played(path, play)


def test_half_requests_and_lines_without_a_ticket_are_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEADER_SECONDS", 0.3)
    monkeypatch.setattr(listening, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(entrance, "TICKET_SECONDS", 0.3)

    async def play(small: Small) -> None:
        began = time.monotonic()
        for half in (b"", b"GET / HT", b"POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"):
            reader, writer = await asyncio.open_connection("127.0.0.1", small.port)
            writer.write(half)
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
        line = await small.line(None)
        assert await asyncio.wait_for(line.read_message(), 5) is None
        assert time.monotonic() - began < 15
        await asyncio.sleep(0.05)
        assert not small.server.held
        assert not small.doors.sockets

    played(path, play)


def test_one_address_does_not_take_all_connections(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_FROM_ONE", 5)
    monkeypatch.setattr(entrance, "MOST_SOCKETS", 3)

    async def play(small: Small) -> None:
        held = [await asyncio.open_connection("127.0.0.1", small.port) for _ in range(5)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", small.port)
        assert await asyncio.wait_for(reader.read(), 5) == b"", "one more is closed at once"
        for _, one in [*held, (reader, writer)]:
            one.close()
        await asyncio.sleep(0.05)
        assert not small.server.held
        mine = await small.join()
        lines = [await small.line(mine) for _ in range(3)]
        with pytest.raises(HTTPClientError) as refused:
            await small.line(mine)
        assert refused.value.code == 429
        lines[0].close()
        await asyncio.sleep(0.1)
        await small.line(mine)

    played(path, play)


def test_bounds_forget_who_rests_and_never_hold_more_than_their_number() -> None:
    bounds = Bounds(rate=1, burst=2, most=3)
    assert [bounds.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert bounds.take("a", 1.0)
    assert not bounds.take("a", 1.0)
    for sender in "bcd":
        bounds.take(sender, 1.0)
    assert len(bounds._buckets) == 3
    assert bounds.left("a", 1.0) == 2


def test_who_polls_is_woken_by_news_and_not_by_others_votes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred pages without a websocket would otherwise ask again after each of three hundred votes."""
    monkeypatch.setattr(doors_module, "POLL_SECONDS", 5.0)

    async def play(small: Small) -> None:
        one, two = await small.join(), await small.join()
        await small.hall.take(ASK)

        async def look(since: int) -> dict[str, Any]:
            head = {"Authorization": f"Bearer {one}"}
            view: dict[str, Any] = json.loads((await small.fetch(f"/view?since={since}", headers=head)).body)["view"]
            return view

        seen = (await look(-1))["revision"]
        waits = asyncio.create_task(look(seen))
        await small.fetch("/vote", {"poll": "q1", "choice": "take"}, headers={"Authorization": f"Bearer {two}"})
        await asyncio.sleep(0.2)
        assert not waits.done()
        await small.hall.take({"kind": "stage", "to": "talk"})
        assert (await asyncio.wait_for(waits, 2))["stage"] == "talk"
        assert (await asyncio.wait_for(look(10**11), 2))["stage"] == "talk", "a restart has fewer revisions"

    played(path, play)


def test_a_full_disk_is_a_sentence_on_the_phone_and_no_acknowledgement(path: Path) -> None:
    async def play(small: Small) -> None:
        await small.hall.take(ASK)
        line = await small.line(await small.join())

        def full(_events: object) -> None:
            raise OSError(28, "No space left on device")

        real, small.hall.session.write = small.hall.session.write, full  # type: ignore[method-assign]
        answer = await told(line, {"n": 1, "vote": {"poll": "q1", "choice": "take"}})
        assert "ok" not in answer
        assert "No space left on device" in answer["problem"]["sentence"]
        assert small.votes == {}
        small.hall.session.write = real  # type: ignore[method-assign]
        assert (await told(line, {"n": 2, "vote": {"poll": "q1", "choice": "take"}}))["ok"]
        assert list(small.votes.values()) == ["take"]

    played(path, play)
