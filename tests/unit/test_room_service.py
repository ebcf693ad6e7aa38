"""A hub's phones: one service before all rooms, which holds none, believes nobody but the proxy, and gives out its own
pages alone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from room_small import ASK, Small, code_of, heard, told
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.simple_httpclient import HTTPStreamClosedError
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClientConnection, websocket_connect

from leadgym.room import listening
from leadgym.room import service as service_module
from leadgym.room.listening import listen_for
from leadgym.room.service import Gate, Rooms, application, parted
from leadgym.room.tickets import Bounds

PREFIX = "/services/room/"
ADDRESS = f"https://hub.example{PREFIX}"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the hub is for Linux")


class Hub:
    """The service on a port, its folder of rooms, and calls to it as the proxy makes them."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder / "rooms"
        self.folder.mkdir(mode=0o700)
        self.gate = Gate(Rooms(folder=self.folder, owner=os.getuid()), PREFIX, ADDRESS, **{"proxies": 1, **more})
        self.server = listen_for(application(self.gate), 0, os.getuid())
        (bound,) = self.server._sockets.values()
        self.port = bound.getsockname()[1]
        self.rooms: list[Small] = []

    def room(self, path: Path) -> Small:
        self.rooms.append(Small(path, rooms=self.folder))
        return self.rooms[-1]

    async def fetch(self, path: str, body: Any = None, phone: str = "192.0.2.1", **more: Any) -> HTTPResponse:
        head = {"X-Forwarded-For": phone, **more.pop("headers", {})}
        if body is not None:
            more |= {"method": "POST", "body": body if isinstance(body, bytes) else json.dumps(body)}
        url = f"http://127.0.0.1:{self.port}{path}"
        asked = HTTPRequest(url, headers=head, follow_redirects=False, **more)
        return await AsyncHTTPClient(force_instance=True).fetch(asked, raise_error=False)

    async def join(self, code: str, **more: Any) -> str:
        answer = await self.fetch(f"{PREFIX}join", {"code": code, "name": "", **more})
        return str(json.loads(answer.body)["ticket"])

    async def line(self, ticket: Any, **head: str) -> WebSocketClientConnection:
        url = f"ws://127.0.0.1:{self.port}{PREFIX}room"
        found = await websocket_connect(HTTPRequest(url, headers={"X-Forwarded-For": "192.0.2.1", **head}))
        await found.write_message(json.dumps({"ticket": ticket}))
        return found


def served(folder: Path, play: Callable[[Hub], Awaitable[None]], **more: Any) -> None:
    """``play`` before a service of its own, within half a minute."""

    async def whole() -> None:
        hub = Hub(folder, **more)
        try:
            async with asyncio.timeout(30):
                await play(hub)
        finally:
            hub.server.stop()
            for room in hub.rooms:
                room.server.stop()
                await room.hall.close()

    asyncio.run(whole())


async def end(room: Small) -> None:
    """A room's process killed: its lines break, and its socket file stays."""
    room.server.stop()
    for line in list(room.doors.lines):
        line.close(1001)
    await room.server.close_all_connections()
    await room.hall.close()


def test_phones_of_two_rooms_come_to_their_own_by_line_by_request_and_by_poll(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        one, two = hub.room(tmp_path / "one.jsonl"), hub.room(tmp_path / "two.jsonl")
        await one.hall.take(ASK)
        await two.hall.take(ASK)
        first = [await hub.join(one.code.lower()) for _ in range(3)]
        second = await hub.join(f" {two.code} ")
        assert all(ticket.startswith(f"{one.code}.") for ticket in first)
        assert second.startswith(f"{two.code}.")
        line = await hub.line(first[0])
        assert (await heard(line))["view"]["stage"] == "first"
        assert (await told(line, {"n": 1, "vote": {"poll": "q1", "choice": "take"}}))["ok"]
        assert (await told(line, {"n": 2, "vote": {"poll": "q9", "choice": "take"}}))["problem"]
        for ticket in (first[1], second):
            head = {"Authorization": f"Bearer {ticket}"}
            voted = await hub.fetch(f"{PREFIX}vote", {"poll": "q1", "choice": "pair"}, headers=head)
            assert json.loads(voted.body)["ok"]
            seen = await hub.fetch(f"{PREFIX}view?since=-1", headers=head)
            assert json.loads(seen.body)["view"]["mine"]["choice"] == "pair"
        assert (sorted(one.votes.values()), list(two.votes.values())) == (["pair", "take"], ["pair"])

        # What a page keeps brings it back to its place, without a code or with its own; with another's it is new there.
        assert await hub.join("", ticket=first[0]) == first[0]
        assert await hub.join(one.code, ticket=first[0]) == first[0]
        assert (await hub.join(two.code, ticket=first[0])).startswith(f"{two.code}.")
        assert (len(one.hall.room.people), len(two.hall.room.people)) == (3, 2)

    served(tmp_path, play)


def test_a_ticket_is_good_in_its_own_room_alone(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        one, two = hub.room(tmp_path / "one.jsonl"), hub.room(tmp_path / "two.jsonl")
        await two.hall.take(ASK)
        mine = await hub.join(one.code)
        forged = f"{two.code}.{parted(mine)[1]}"
        for ticket in (forged, parted(mine)[1], f"{two.code}.x", "", f"{two.code}.a\r\nHost: b", mine.lower()):
            if "\r" not in ticket:
                head = {"Authorization": f"Bearer {ticket}"}
                for asked in (
                    await hub.fetch(f"{PREFIX}vote", {"poll": "q1", "choice": "take"}, headers=head),
                    await hub.fetch(f"{PREFIX}view?since=-1", headers=head),
                ):
                    assert (asked.code, code_of(asked)) == (401, "not-joined"), ticket
            line = await hub.line(ticket)
            assert (await heard(line))["problem"]["code"] == "not-joined"
            assert await line.read_message() is None
            assert line.close_code == 4401
        assert not two.votes
        assert code_of(await hub.fetch(f"{PREFIX}join", {"code": "", "ticket": forged})) == "wrong-code"

    served(tmp_path, play)


def test_a_room_that_goes_away_half_way_keeps_its_phones_places_until_it_is_back(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        await room.hall.take(ASK)
        ticket = await hub.join(room.code)
        line = await hub.line(ticket)
        await heard(line)
        await end(hub.rooms.pop())
        while await line.read_message() is not None:
            pass
        assert line.close_code == 1001, "so that the page tries again, and forgets nothing"
        head = {"Authorization": f"Bearer {ticket}"}
        for gone in ("its socket is left", "its socket is taken away"):
            assert code_of(await hub.fetch(f"{PREFIX}view", headers=head)) == "no-room", gone
            assert code_of(await hub.fetch(f"{PREFIX}join", {"ticket": ticket})) == "no-room", gone
            again = await hub.line(ticket)
            while await again.read_message() is not None:
                pass
            assert again.close_code == 1001, gone
            (hub.folder / room.code).unlink(missing_ok=True)
        back = hub.room(tmp_path / "one.jsonl")
        assert back.code == room.code
        assert await hub.join("", ticket=ticket) == ticket
        line = await hub.line(ticket)
        await heard(line)
        assert (await told(line, {"n": 1, "vote": {"poll": "q1", "choice": "take"}}))["ok"]

    served(tmp_path, play)


def test_a_room_is_a_socket_that_the_instructors_account_put_into_a_folder_that_is_its_alone(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        path = hub.folder / room.code
        assert path.stat().st_mode & 0o777 == 0o660
        assert hub.gate.rooms.at(room.code) == path
        (hub.folder / "ABCD").write_text("no socket", encoding="ascii")
        (hub.folder / "BCDE").symlink_to(path)
        (hub.folder / "CDEF").mkdir()
        (tmp_path / "EFGH").symlink_to(path)
        wrong = ["ABCD", "BCDE", "CDEF", "DEFG", "../EFGH", "..", "", "ABC", "ABCDE", "abcd", "A/BC", "ABC\n"]
        for code in wrong:
            assert hub.gate.rooms.at(code) is None, code
            assert code_of(await hub.fetch(f"{PREFIX}join", {"code": code})) in ("no-room",), code
        for folder in (0o770, 0o777, 0o720):
            hub.folder.chmod(folder)
            assert hub.gate.rooms.at(room.code) is None, oct(folder)
        hub.folder.chmod(0o2750)
        assert hub.gate.rooms.at(room.code) == path
        hub.gate.rooms.owner += 1
        assert hub.gate.rooms.at(room.code) is None, "another account's"
        hub.gate.rooms.owner -= 1
        if os.getuid() == 0:
            os.chown(path, 65534, 65534)
            assert hub.gate.rooms.at(room.code) is None
            assert code_of(await hub.fetch(f"{PREFIX}join", {"code": room.code})) == "no-room"

    served(tmp_path, play)


def test_nothing_of_jupyter_or_of_rooms_folders_is_there(tmp_path: Path) -> None:
    paths = [
        "/", "/hub/api", "/hub/home", "/user/maya/lab", "/user/maya/api/contents", "/services/", "/phone.js", "/join",
        *(f"{PREFIX}{path}" for path in (
            "api/kernels", "lab", "tree", "oauth_callback", "leadgym/room/", "prompts", "projector.html", "prompts.js",
            "facilitator.js", "../phone.html", "%2e%2e/kept.py", "phone.html", "ABCD", "ABCD/", "ABCD/join", "after",
        )),
    ]  # fmt: skip

    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        for path in [*paths, f"{PREFIX}{room.code}", f"{PREFIX}{room.code}/view"]:
            for more in ({}, {"body": {}}, {"method": "DELETE"}):
                assert (await hub.fetch(path, **more)).code == 404, path
        with pytest.raises(HTTPClientError) as refused:
            await websocket_connect(f"ws://127.0.0.1:{hub.port}/user/maya/api/kernels/1/channels")
        assert refused.value.code == 404
        bare = await hub.fetch(f"{PREFIX[:-1]}?c=ABCD")
        assert (bare.code, bare.headers["Location"]) == (302, f"{PREFIX}?c=ABCD")

    served(tmp_path, play)


def test_a_page_reaches_what_lies_below_its_own_path_and_nothing_else_of_the_hubs_address(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        page = await hub.fetch(f"{PREFIX}?c=ABCD", headers={"Host": "10.1.2.3:8000"})
        policy = page.headers["Content-Security-Policy"]
        for one in policy.split("; "):
            name, *sources = one.split(" ")
            for source in sources:
                inside = source.split("://", 1)[-1] in (f"hub.example{PREFIX}", f"10.1.2.3:8000{PREFIX}")
                assert inside or source in ("'none'", "data:"), (name, source)
        assert f"connect-src http://10.1.2.3:8000{PREFIX} https://10.1.2.3:8000{PREFIX}" in policy
        assert f"wss://hub.example{PREFIX}" in policy
        assert "'self'" not in policy
        assert "Set-Cookie" not in page.headers
        for host in ("a b", "a; script-src *", "*", "a,b", "'unsafe-inline'", "evil.example/x"):
            answer = await hub.fetch(PREFIX, headers={"Host": host})
            assert host not in answer.headers.get("Content-Security-Policy", "")
        for path in ("join", "vote"):
            evil = await hub.fetch(f"{PREFIX}{path}", {}, headers={"Origin": "https://evil.example"})
            assert code_of(evil) == "other-origin"
        with pytest.raises(HTTPClientError, match="403"):
            await hub.line("x", Origin="https://evil.example")

    served(tmp_path, play)


def test_a_rooms_process_cannot_put_a_page_before_phones(tmp_path: Path) -> None:
    """Whatever it says is JSON with our policy, or is not passed on; nor does it hear of another room's tickets."""
    heard_of: list[tuple[str | None, bytes]] = []

    class Bad(RequestHandler):
        def prepare(self) -> None:
            heard_of.append((self.request.headers.get("Authorization"), self.request.body))
            self.set_header("Content-Type", "text/html")
            self.set_header("Set-Cookie", "jupyterhub-hub-login=mine; Path=/")
            says = {"/view": "<script>1</script>", "/vote": json.dumps({"x": "y" * service_module.MOST_SAID})}
            if self.request.path == "/join":
                self.set_status(302)
                self.set_header("Location", "https://evil.example/")
                self.finish('{"a": 1}')
            else:
                self.finish(says[self.request.path])

    async def play(hub: Hub) -> None:
        server = HTTPServer(Application([(".*", Bad)]))
        server.add_socket(bind_unix_socket(str(hub.folder / "ABCD"), 0o660))
        head = {"Authorization": "Bearer ABCD.x"}
        for answer in (
            await hub.fetch(f"{PREFIX}view", headers=head),
            await hub.fetch(f"{PREFIX}vote", {}, headers=head),
            await hub.fetch(f"{PREFIX}join", {"code": "ABCD", "ticket": "WXYZ.theirs"}),
        ):
            assert code_of(answer) == "no-room"
            assert answer.headers["Content-Type"].startswith("application/json")
            assert "Set-Cookie" not in answer.headers
            assert "Location" not in answer.headers
            assert b"script" not in answer.body
            assert len(answer.body) < 500
        assert [held for held, _ in heard_of] == ["Bearer x", "Bearer x", None]
        assert not any(b"theirs" in body for _, body in heard_of)
        server.stop()

    served(tmp_path, play)


def test_messages_too_large_or_none_at_all_change_nothing(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        await room.hall.take(ASK)
        ticket = await hub.join(room.code)
        head = {"Authorization": f"Bearer {ticket}"}
        for path in ("join", "vote"):
            with suppress(HTTPStreamClosedError):
                assert (await hub.fetch(f"{PREFIX}{path}", b"x" * 5000, headers=head)).code >= 400
            for body in (b"", b"[]", b"x", b"\xff", b'{"code": ["A"], "ticket": {}}', b'{"code": NaN}'):
                assert (await hub.fetch(f"{PREFIX}{path}", body, headers=head)).code >= 400, body
        for first in ("x", "[]", json.dumps({"ticket": ["a"]}), json.dumps({"ticket": "ABCD." + "x" * 300})):
            line = await websocket_connect(f"ws://127.0.0.1:{hub.port}{PREFIX}room")
            await line.write_message(first)
            while await line.read_message() is not None:
                pass
        line = await hub.line(ticket)
        await heard(line)
        for wrong in ("x", "[]", "{}", json.dumps({"vote": 1}), '{"n": 1, "vote": {"poll": "q1", "choice": ["take"]}}'):
            await line.write_message(wrong)
            assert "problem" in await heard(line)
        await line.write_message("x" * 5000)
        while await line.read_message() is not None:
            pass
        assert not room.votes

    served(tmp_path, play)


def test_an_address_is_the_phones_as_the_proxy_says_here_and_in_the_room(tmp_path: Path) -> None:
    """Who guesses runs out, and nobody else does; what a sender says before the proxy's own word counts nothing."""

    async def play(hub: Hub) -> None:
        hub.gate._wrong_code = Bounds(rate=0.001, burst=3)
        room = hub.room(tmp_path / "one.jsonl")

        async def tries(code: str, phone: str) -> str:
            answer = await hub.fetch(f"{PREFIX}join", {"code": code}, phone=phone)
            return "in" if answer.code == 200 else code_of(answer)

        for number in range(3):
            assert await tries("ABCD", f"10.0.0.{number}, 198.51.100.7") == "no-room"
        assert await tries(room.code, "10.0.0.9, 198.51.100.7") == "too-fast"
        assert await tries(room.code, "198.51.100.8") == "in"
        assert await tries(room.code, "2001:db8:1:2::5") == "in"
        assert await tries(room.code, "2001:db8:9::5") == "in"
        assert await tries(room.code, "::ffff:198.51.100.9") == "in"
        assert set(room.doors._joined._buckets) == {
            "198.51.100.8", "2001:db8:1:2::/64", "2001:db8:9::/64", "198.51.100.9",
        }  # fmt: skip

    served(tmp_path, play)


def test_behind_a_web_server_the_word_before_the_proxys_counts(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        said = f"10.0.0.1, 203.0.113.{5}, 127.0.0.1"
        assert (await hub.fetch(f"{PREFIX}join", {"code": room.code}, phone=said)).code == 200
        assert set(room.doors._joined._buckets) == {"203.0.113.5"}

    served(tmp_path, play, proxies=2)


def test_a_flood_from_one_address_keeps_nobody_else_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadgym.room import entrance

    monkeypatch.setattr(entrance, "MOST_SOCKETS", 3)

    async def play(hub: Hub) -> None:
        hub.gate._address = Bounds(rate=0.001, burst=30)
        hub.gate._lost = Bounds(rate=0.001, burst=2)
        room = hub.room(tmp_path / "one.jsonl")
        ticket = await hub.join(room.code)
        lines = [await hub.line(ticket) for _ in range(3)]
        with pytest.raises(HTTPClientError, match="429"):
            await hub.line(ticket)
        head = {"Authorization": f"Bearer {ticket}"}
        assert code_of(await hub.fetch(f"{PREFIX}view", headers=head)) == "too-fast", "a poll is held like a line"
        other = await hub.line(ticket, **{"X-Forwarded-For": "192.0.2.2"})
        await heard(other)
        lines[0].close()
        while hub.gate.sockets["192.0.2.1"] == 3:
            await asyncio.sleep(0.01)
        (await hub.line(ticket)).close()
        elsewhere = {"headers": head, "phone": "192.0.2.3"}
        view = f"{PREFIX}view?since={room.doors.common()['revision']}"
        polls = [asyncio.create_task(hub.fetch(view, **elsewhere)) for _ in range(3)]
        while hub.gate.sockets["192.0.2.3"] < 3:
            await asyncio.sleep(0.01)
        assert code_of(await hub.fetch(view, **elsewhere)) == "too-fast", "and counts as one"
        await room.hall.take(ASK)
        assert {answer.code for answer in await asyncio.gather(*polls)} == {200}
        assert not hub.gate.sockets["192.0.2.3"]
        # Tickets of rooms that are not there run out too: whoever makes them up looks for codes.
        for _ in range(2):
            assert code_of(await hub.fetch(f"{PREFIX}view", headers={"Authorization": "Bearer WXYZ.x"})) == "no-room"
        assert code_of(await hub.fetch(f"{PREFIX}view", headers={"Authorization": "Bearer WXYZ.x"})) == "too-fast"
        codes = [(await hub.fetch(PREFIX)).code for _ in range(40)]
        assert codes.count(429) >= 10
        assert (await hub.fetch(PREFIX, phone="192.0.2.2")).code == 200

    served(tmp_path, play)


def test_the_service_listens_to_the_proxys_account_alone(tmp_path: Path) -> None:
    """Another on this machine could say that they speak for whom they like."""
    reads = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); "
    asks = f"s.sendall(b'GET {PREFIX} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'); "

    def by(account: dict[str, Any], program: str, port: int) -> str:
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
        done = subprocess.run(
            [python, "-I", "-c", program, str(port)], capture_output=True, text=True, cwd="/", timeout=20, **account
        )
        return done.stdout

    async def play(hub: Hub) -> None:
        mine = await asyncio.to_thread(by, {}, f"{reads}{asks}print(s.recv(100))", hub.port)
        assert "200 OK" in mine
        hub.server.only = os.getuid() + 1
        refused = await asyncio.to_thread(by, {}, f"{reads}{asks}print(s.recv(100))", hub.port)
        assert "200 OK" not in refused
        hub.server.only = os.getuid()
        if os.getuid() != 0:
            return
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        refused = await asyncio.to_thread(by, nobody, f"{reads}{asks}print(s.recv(100))", hub.port)
        assert "200 OK" not in refused

    served(tmp_path, play)


def test_a_connection_that_its_program_has_closed_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until Linux 6.17 it is listed as root's: the proxy's. Whoever sent a request and went would be believed."""
    here, there = ("127.0.0.1", 8003), ("127.0.0.1", 50082)
    table = tmp_path / "tcp"
    monkeypatch.setattr(listening, "LISTED", table)
    line = "55: 0100007F:C3A2 0100007F:1F43 {} 00000000:00000000 01:00000013 00000000 {:5d} 0 {} 1 00 20 0 0 11 -1"
    for state, account, inode, found in (("01", 0, 3357736, 0), ("01", 998, 3357736, 998), ("04", 0, 0, None)):
        table.write_text("  sl  local_address rem_address ...\n" + line.format(state, account, inode), encoding="ascii")
        assert listening.account_behind(there, here) == found
        assert listening.account_behind(here, there) is None


def test_a_room_does_not_take_anothers_socket(tmp_path: Path) -> None:
    async def play(hub: Hub) -> None:
        room = hub.room(tmp_path / "one.jsonl")
        shutil.copy(tmp_path / "one.jsonl", tmp_path / "two.jsonl")
        with pytest.raises(OSError, match="somebody listens there already"):
            Small(tmp_path / "two.jsonl", rooms=hub.folder)
        assert (await hub.join(room.code)).startswith(room.code)

    served(tmp_path, play)
