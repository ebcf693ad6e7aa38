"""The facilitator's side: Jupyter's sign-in before everything, a facilitator's events alone, a room that ends."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from room_small import ASK, OPEN, SLUG, heard, opened, told
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from leadgym.cli import main
from leadgym.course.modules import scenario
from leadgym.room import extension as extension_module
from leadgym.room.client import own_server
from leadgym.room.extension import OpenRoom
from leadgym.room.kept import SessionProblem
from leadgym.room.poll import RoomProblem
from leadgym.room.run import FACILITATORS, Room

WRONG: list[Any] = [None, 7, -1, 1e400, float("nan"), True, "", "x", "\ud800", [], ["a"], {}, {"a": []}, 10**400]


def in_stages() -> Iterator[Room]:
    """A room at every stage."""
    events: list[dict[str, Any]] = [OPEN, {"kind": "join", "who": "a", "name": ""}, ASK]
    yield Room(scenario)
    for number in range(1, 4):
        yield Room(scenario).replayed(events[:number])
    for to in ("talk", "second", "closed", "shown"):
        events.append({"kind": "stage", "to": to})
        yield Room(scenario).replayed(events)
    for what in ({"kind": "ask", "what": "range", "fact": "none"}, {"kind": "end"}, {"kind": "close"}):
        if what["kind"] != "ask":
            events.append(what)
            yield Room(scenario).replayed(events)
    facts = extension_module.TEN
    asked = [{"kind": "ask", "what": "range", "fact": next(iter(facts))}]
    yield Room(scenario).replayed([OPEN, {"kind": "join", "who": "a", "name": ""}, *asked])


def test_a_malformed_event_is_a_problem_and_changes_nothing_at_whatever_stage() -> None:
    """Fields missing or of another type, in every kind of event, come from a facilitator's socket or a file."""
    kinds: dict[str, dict[str, Any]] = {
        "open": {"module": SLUG, "seed": 1, "variant": None, "at": 1.0}, "join": {"who": "a", "name": ""},
        "ask": {"what": "free", "question": "q", "choices": ["a", "b"], "fact": None}, "stage": {"to": "talk"},
        "vote": {"who": "a", "poll": "q1", "choice": "take", "sure": 60, "low": 1, "high": 2},
        "hands": {"poll": "q1", "round": "first", "counts": {"take": 1}},
        "take": {"choice": "take", "more": True}, "back": {},
        "raced": {"result": {}}, "week": {"poll": "q1", "to": 1},
        "organisation": {"variant": "under", "same": True},
        "segment": {"number": 1, "at": 1.0}, "port": {"number": 8000},
        "begin": {}, "again": {"at": 1.0}, "end": {}, "close": {},
    }  # fmt: skip
    assert kinds.keys() > FACILITATORS
    tried, said = 0, []
    for room in in_stages():
        for kind, fields in kinds.items():
            odd: list[dict[str, Any]] = [{name: v for name, v in fields.items() if name != left} for left in fields]
            odd += [{**fields, name: value} for name in fields for value in WRONG]
            for event in [{}, *odd]:
                stands = room if kind not in ("end", "close", "back", "port", "join", "open") else room.anew()
                before = (stands.revision, stands.stage, len(stands.asked), len(stands.states), dict(stands.people))
                try:
                    stands.apply({**event, "kind": kind})
                except RoomProblem as problem:
                    said.append(str(problem))
                    now = (stands.revision, stands.stage, len(stands.asked), len(stands.states), dict(stands.people))
                    assert now == before
                tried += 1
        for kind in [*WRONG, "_take_vote", "__class__", "opened"]:
            with pytest.raises(RoomProblem):
                room.apply({"kind": kind})
    assert tried > 4000
    assert all(said)


# --- a room on its own ---


async def answers(port: int) -> bool:
    try:
        await AsyncHTTPClient(force_instance=True).fetch(f"http://127.0.0.1:{port}/")
    except OSError:
        return False
    return True


def test_a_room_closes_by_itself_after_its_time_and_then_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extension_module, "LONGEST", 0.3)
    monkeypatch.setattr(extension_module, "LINGER", 0.2)

    async def play(found: OpenRoom) -> None:
        assert not found.hall.over
        assert await answers(found.port)
        line = await websocket_connect(f"ws://127.0.0.1:{found.port}/room")
        while not found.hall.over:
            await asyncio.sleep(0.05)
        with pytest.raises(RoomProblem, match="closed"):
            await found.hall.take({"kind": "join", "who": "late", "name": ""})
        while await answers(found.port):
            await asyncio.sleep(0.05)
        assert await line.read_message() is None, "and the lines that were open"

    began = time.monotonic()
    opened(tmp_path / "room.jsonl", play)
    assert time.monotonic() - began > 0.4
    assert json.loads((tmp_path / "room.jsonl").read_text().splitlines()[-1]) == {"kind": "close"}


def test_opened_again_it_has_its_code_its_people_and_its_port(tmp_path: Path) -> None:
    """Phones have the address: on another port nobody would come back."""
    kept: list[Any] = []

    async def first(found: OpenRoom) -> None:
        await found.hall.take({"kind": "join", "who": "a", "name": ""})
        kept.extend([found.code, found.port, found.joining.address])

    async def second(found: OpenRoom) -> None:
        assert [found.code, found.port, found.joining.address] == kept
        assert "a" in found.hall.room.people

    opened(tmp_path / "room.jsonl", first)
    opened(tmp_path / "room.jsonl", second)

    async def elsewhere(found: OpenRoom) -> None:
        assert found.port != kept[1]
        assert await answers(found.port)

    async def taken() -> None:
        server = await asyncio.start_server(lambda *_: None, "0.0.0.0", kept[1])  # noqa: S104
        with pytest.raises(OSError, match=f"Phones cannot have port {kept[1]}"):
            OpenRoom(SLUG, tmp_path / "other.jsonl", port=kept[1])
        found = OpenRoom(SLUG, tmp_path / "room.jsonl")
        await elsewhere(found)
        kept[1] = found.port
        await found.shut()
        server.close()

    asyncio.run(taken())
    opened(tmp_path / "room.jsonl", second_port(kept))


def test_opened_again_after_its_time_it_is_looked_at_and_goes_on_when_somebody_says_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "room.jsonl"

    async def first(found: OpenRoom) -> None:
        await found.hall.take({"kind": "join", "who": "a", "name": ""})
        await found.hall.take({"kind": "segment", "number": 1, "at": found.hall.room.opened_at + 60})

    async def looked_at(found: OpenRoom) -> None:
        await asyncio.sleep(0.2)
        assert (found.hall.over, found.view()["looking"]) == (False, extension_module.LOOKING)
        for event in (ASK, {"kind": "join", "who": "b", "name": ""}, {"kind": "begin"}, {"kind": "end"}):
            with pytest.raises(RoomProblem, match="for looking only"):
                await found.hall.take(event)

    async def goes_on(found: OpenRoom) -> None:
        behind = found.view()["prompts"]["behind"]
        await found.hall.take({"kind": "again", "at": time.time()})
        view = found.view()
        assert (view["looking"], view["prompts"]["part"]) == ("", 1)
        assert abs(view["prompts"]["behind"] - behind) <= 1, "the days between are no delay"
        assert view["prompts"]["left"] > 0
        await found.hall.take({"kind": "join", "who": "b", "name": ""})
        await asyncio.sleep(0.2)
        assert not found.hall.over
        assert "a" in found.hall.room.people

    async def closed(found: OpenRoom) -> None:
        await found.hall.take({"kind": "close"})
        assert found.hall.over

    opened(path, first)
    before = path.read_bytes()
    lines = before.splitlines()
    head = {**json.loads(lines[1]), "at": 1000.0}
    path.write_bytes(b"\n".join([lines[0], json.dumps(head).encode(), *lines[2:], b""]))
    before = path.read_bytes()
    opened(path, looked_at)
    assert path.read_bytes() == before, "looking writes nothing"
    opened(path, goes_on)
    assert json.loads(path.read_text().splitlines()[-2])["kind"] == "again"
    path.write_bytes(before)
    opened(path, closed)


def second_port(kept: list[Any]) -> Callable[[OpenRoom], Awaitable[None]]:
    async def play(found: OpenRoom) -> None:
        assert found.port == kept[1], "where it was last"

    return play


def test_a_file_of_another_module_is_not_opened_for_this_one(tmp_path: Path) -> None:
    async def nothing(_found: OpenRoom) -> None: ...

    opened(tmp_path / "room.jsonl", nothing)
    before = (tmp_path / "room.jsonl").read_bytes()
    with pytest.raises(SessionProblem, match="is a room's for 02_delegation"):
        opened(tmp_path / "room.jsonl", nothing, slug="03_review_and_pairing")
    assert (tmp_path / "room.jsonl").read_bytes() == before
    opened(tmp_path / "room.jsonl", nothing)


# --- on a Jupyter server ---


TOKEN = "t0ken"


def served(
    folder: Path,
    play: Callable[[str, Any], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...] = (f"--RoomExtension.module={SLUG}",),
) -> None:
    """A Jupyter server in this process with the extension; ``play`` gets its address and the extension."""
    from jupyter_server.serverapp import ServerApp

    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")

    async def whole() -> None:
        ServerApp.clear_instance()
        app = ServerApp.instance(
            token=TOKEN, root_dir=str(folder), port=0, open_browser=False, allow_root=True, log_level=50,
            jpserver_extensions={"leadgym.room.extension": True},
        )  # fmt: skip
        app.initialize(argv=list(arguments), new_httpserver=True)
        await app._post_start() if hasattr(app, "_post_start") else None
        app.http_server.start()
        port = next(iter(app.http_server._sockets.values())).getsockname()[1]
        (found,) = app.extension_manager.extension_apps["leadgym.room.extension"]
        try:
            async with asyncio.timeout(60):
                await play(f"127.0.0.1:{port}", found)
        finally:
            await found.stop_extension()
            app.http_server.stop()
            ServerApp.clear_instance()

    asyncio.run(whole())


async def status(url: str, **more: Any) -> int:
    answer = await AsyncHTTPClient(force_instance=True).fetch(
        HTTPRequest(url, follow_redirects=False, **more), raise_error=False
    )
    return int(answer.code)


def test_on_jupyters_port_nothing_is_there_without_the_token_and_only_a_facilitators_events_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One server for all of it: a start costs a second or two."""
    head = {"Authorization": f"token {TOKEN}"}

    async def play(host: str, extension: Any) -> None:
        room = extension.open_room
        for path in ("", "prompts", "after", "socket", "projector.js", "open"):
            assert await status(f"http://{host}/leadgym/room/{path}") in (302, 403, 405), path
        for path in ("/api/kernels", "/api/contents", "/tree", "/leadgym/room/open"):
            assert await status(f"http://{host}{path}") in (302, 403, 404, 405), path
        assert await status(f"http://{host}/leadgym/room/open", method="POST", body="{}") in (302, 403)
        assert await status(f"http://{host}/leadgym/room/", headers=head) == 200
        signed_in = await AsyncHTTPClient(force_instance=True).fetch(f"http://{host}/leadgym/room/?token={TOKEN}")
        cookie = {"Cookie": "; ".join(one.partition(";")[0] for one in signed_in.headers.get_list("Set-Cookie"))}
        (await websocket_connect(HTTPRequest(f"ws://{host}/leadgym/room/socket", headers=cookie))).close()
        evil = {**cookie, "Origin": "https://evil.example"}
        for wrong in ({}, {"Authorization": "token wrong"}, evil, {"Origin": f"http://{host}"}):
            with pytest.raises(HTTPClientError) as refused:
                await websocket_connect(HTTPRequest(f"ws://{host}/leadgym/room/socket", headers=wrong))
            assert refused.value.code == 403
        ticket_only = {"Authorization": "Bearer x.y"}
        assert await status(f"http://{host}/leadgym/room/after", headers=ticket_only) in (302, 403)

        line = await websocket_connect(HTTPRequest(f"ws://{host}/leadgym/room/socket", headers=head))
        assert (await heard(line))["join"]["code"] == room.code
        revision = room.hall.room.revision
        not_theirs: list[Any] = [
            {"kind": "vote", "who": "a", "poll": "q1", "choice": "take"}, {"kind": "join", "who": "a", "name": ""},
            {"kind": "open", "module": SLUG}, {"kind": "port", "number": 80}, {"kind": ["close"]},
            {"kind": "raced", "result": {}}, {}, None, [], "close",
        ]  # fmt: skip
        for event in not_theirs:
            assert (await told(line, {"n": 1, "do": event}))["problem"]["code"] == "not-yours", event
        for event in ({"kind": "take"}, {"kind": "stage"}, {"kind": "stage", "to": ["talk"]}, {"kind": "hands"}):
            assert "problem" in await told(line, {"n": 2, "do": event})
        assert room.hall.room.revision == revision
        long = {"kind": "ask", "what": "free", "question": "ü" * 300, "choices": ["語" * 300] * 8}
        assert (await told(line, {"n": 3, "do": long}))["ok"], "a question as long as a question may be"

        async def opens(body: str) -> tuple[int, dict[str, Any]]:
            asked = HTTPRequest(f"http://{host}/leadgym/room/open", method="POST", body=body, headers=head)
            answer = await AsyncHTTPClient(force_instance=True).fetch(asked, raise_error=False)
            return int(answer.code), json.loads(answer.body)

        assert (await opens(json.dumps({"module": SLUG})))[1]["code"] == room.code
        assert (await opens(json.dumps({"module": "03_review_and_pairing"})))[0] == 409
        await room.hall.take({"kind": "close"})
        for body in ('{"module": "../../etc"}', "{}", "[]", "x"):
            assert (await opens(body))[0] == 409
        code, other = await opens(json.dumps({"module": "03_review_and_pairing"}))
        assert code == 200
        assert other["code"] != ""
        assert extension.open_room is not room
        await asyncio.sleep(0.1)
        assert not await answers(room.port), "the port of the room before is closed"

    served(tmp_path, play, monkeypatch)


@pytest.mark.skipif(sys.platform != "linux", reason="the hub is for Linux")
def test_on_a_hub_the_command_opens_the_room_in_the_running_server_on_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the terminal of an instructor's server; nobody else's terminal opens one."""
    rooms, root = tmp_path / "rooms", tmp_path / "course"
    rooms.mkdir(mode=0o700)
    (root / "workspace").mkdir(parents=True)
    monkeypatch.setenv("LEADGYM_WORKSPACE", str(root / "workspace"))
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/maya/")
    monkeypatch.setenv("LEADGYM_PUBLIC", "https://hub.example")
    monkeypatch.setenv("LEADGYM_ROOT", str(root))

    async def run(*arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, main, ["room", *arguments])
        return done.exit_code, done.output

    async def play(host: str, extension: Any) -> None:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", f"http://{host}/")
        monkeypatch.delenv("LEADGYM_ROOMS", raising=False)
        code, said = await run("02")
        assert (code, extension.open_room) == (1, None)
        assert "On this hub you cannot open a room" in said
        monkeypatch.setenv("LEADGYM_ROOMS", str(rooms))
        assert (await run("02", "--phones", "8765"))[0] == 1

        assert own_server(tmp_path) == (f"http://{host}/", TOKEN), "of several on one account, a notebook's own"
        code, said = await run("02")
        room = extension.open_room
        assert code == 0, said
        assert f"is open: https://hub.example/services/room, code {room.code}." in said
        assert "Projector: https://hub.example/user/maya/leadgym/room/\n" in said
        assert "Prompts:   https://hub.example/user/maya/leadgym/room/prompts\n" in said
        (path,) = rooms.iterdir()
        assert (path.name, path.stat().st_mode & 0o777) == (room.code, 0o660)
        assert room.port == 0, "and on no port"
        view = room.view()
        assert view["lab"] == "workspace/"
        assert view["join"]["qr"].startswith("<svg")
        assert [event["kind"] for event in map(json.loads, room.path.read_text().splitlines()[1:])] == ["open"]

        await room.shut()
        assert not list(rooms.iterdir())
        extension.open_room = None
        assert (await run("02", "--again"))[0] == 1, "nobody was in it"
        code, said = await run("02", "--again", str(room.path))
        assert (code, extension.open_room.code) == (0, room.code), said
        assert "is open in another leadgym room" in (await run("02", "--again", str(room.path)))[1]
        await extension.open_room.hall.take({"kind": "join", "who": "a", "name": ""})
        await extension.open_room.shut()
        extension.open_room = None
        code, said = await run("02", "--again")
        assert (code, extension.open_room.code) == (0, room.code), said
        assert (await run("03"))[0] == 1, "one room at a time"
        await extension.open_room.shut()
        extension.open_room, extension.address = None, ""
        code, said = await run("02")
        assert "no address that phones could reach (the projector says why)" in said
        assert "hub restart --public" in extension.open_room.view()["join"]["sentence"]

    told = (f"--RoomExtension.rooms={rooms}", "--RoomExtension.address=https://hub.example/services/room/")
    served(root, play, monkeypatch, told)
    assert not list(rooms.iterdir()), "a server that ends leaves no socket"
