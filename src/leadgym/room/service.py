"""The phones' side of every room of a hub: ``python -m leadgym.room.service``, which the hub runs as a Hub service.

A room itself lives in the server of the instructor who opened it, and listens on a socket file of its code's name in one
folder. Only the instructors' account writes to that folder, and only this service's account reaches in, so that nobody
else can open a room, take one over, or speak to one past the bounds below. This process holds no room, no ticket, no
vote and no secret. It gives out the pages itself, and hands JSON on: what a room's process says is never a page here.

Below the prefix: the page that asks for the code; ``CODE/`` is the participants' page of that room, and what it asks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import socket
import stat
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.netutil import Resolver
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketHandler, websocket_connect

from leadgym.room.doors import (
    MOST_BYTES,
    PAGES,
    POLICY,
    POLL_SECONDS,
    SERVED,
    TOO_FAST,
    Entrance,
    Handler,
    said,
)
from leadgym.room.kept import ALPHABET
from leadgym.room.listening import listen_at
from leadgym.room.run import RoomProblem

CODE = f"[{ALPHABET}]{{4}}"
NO_ROOM = RoomProblem("no-room", "No room with these letters is open. Look at the screen once more.")
MOST_SAID = 262_144
"""Bytes of what a room answers: a scene, many times over."""
MOST_FILES = 16_384
"""Open files: each phone's line takes two."""
AWAY = (OSError, HTTPClientError)
"""What it raises when a room is not there, or goes away; a closed stream is an OSError."""


class Rooms(Resolver):
    """The rooms that are open: socket files of ``owner`` in ``folder``, by code. It is where their ``http://CODE`` is."""

    def initialize(self, folder: Path, owner: int) -> None:  # noqa: D102 - tornado's
        self.folder, self.owner = folder, owner

    def at(self, code: str) -> Path | None:
        """The socket file of a room; None where there is none, or where it is not what the owner put there."""
        if not re.fullmatch(CODE, code):
            return None
        path = self.folder / code
        try:
            about, above = path.lstat(), self.folder.lstat()
        except OSError:
            return None
        theirs = about.st_uid == above.st_uid == self.owner
        shut = stat.S_ISDIR(above.st_mode) and not above.st_mode & 0o022
        return path if theirs and shut and stat.S_ISSOCK(about.st_mode) else None

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:  # noqa: D102 - tornado's
        path = self.at(host.upper())
        if path is None:
            raise OSError(f"There is no room {host}.")
        return [(socket.AF_UNIX, str(path))]


class Gate(Entrance):
    """What all requests share: the rooms, the bounds, and one client to ask rooms with."""

    def __init__(self, rooms: Rooms, address: str, **more: Any) -> None:
        super().__init__(address, **more)
        self.rooms = rooms
        self.client = AsyncHTTPClient(force_instance=True, resolver=rooms, max_clients=4000, max_body_size=MOST_SAID)

    async def open(self, code: str, address: str) -> bool:
        """Whether a room of this code answers; raises TOO_FAST after too many that did not."""
        if not self.may_guess(address):
            raise TOO_FAST
        path = self.rooms.at(code)
        if path is not None:
            with suppress(OSError):
                _, writer = await asyncio.open_unix_connection(path)
                writer.close()
                return True
        self.guessed(address)
        return False


class _Shared(Handler):
    """A handler below the prefix. ``doors`` is the Gate."""

    async def ask(self, code: str, path: str, seconds: float = 15.0, **more: Any) -> None:
        """A room's answer, which is JSON whatever the room says it is; or that there is no room."""
        try:
            if not self.doors.may_guess(self.address):
                raise TOO_FAST
            if self.doors.rooms.at(code) is None:
                self.doors.guessed(self.address)
                raise NO_ROOM
            head = {name: self.request.headers[name] for name in ("Authorization",) if name in self.request.headers}
            asked = HTTPRequest(
                f"http://{code}/{path}",
                headers={**head, "X-Forwarded-For": self.address},
                request_timeout=seconds,
                follow_redirects=False,
                **more,
            )
            answer = await self.doors.client.fetch(asked, raise_error=False)
            if answer.code == HTTPStatus.NOT_FOUND or answer.code >= 500:
                raise NO_ROOM
            self.set_status(answer.code)
            self.finish(said(answer.body, MOST_SAID))
        except RoomProblem as problem:
            self.answer(HTTPStatus.TOO_MANY_REQUESTS if problem is TOO_FAST else HTTPStatus.NOT_FOUND, problem)
        except AWAY:
            self.answer(HTTPStatus.NOT_FOUND, NO_ROOM)


class _Find(_Shared):
    """The page that asks for the code, and the way to the room."""

    async def get(self) -> None:
        code = self.get_query_argument("c", "").strip().upper()[:8]
        sentence = ""
        if code:
            try:
                if await self.doors.open(code, self.address):
                    return self.redirect(f"{code}/?c={code}")
                sentence = str(NO_ROOM)
            except RoomProblem as problem:
                sentence = str(problem)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY.replace("form-action 'none'", "form-action 'self'"))
        self.set_status(HTTPStatus.NOT_FOUND if sentence else HTTPStatus.OK)
        page = (PAGES / "find.html").read_text(encoding="utf-8")
        self.finish(page.replace("<!-- said -->", sentence))


class _Style(_Shared):
    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish((PAGES / "phone.css").read_bytes())


class _Page(_Shared):
    async def get(self, code: str, name: str | None = None) -> None:
        try:
            there = await self.doors.open(code, self.address)
        except RoomProblem:
            there = False
        if not there:
            return self.redirect(f"../?c={code}")
        file, kind = SERVED[name or ""]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish((PAGES / file).read_bytes())


class _Said(_Shared):
    async def post(self, code: str, path: str) -> None:
        await self.ask(code, path, method="POST", body=self.request.body)


class _View(_Shared):
    async def get(self, code: str) -> None:
        seen = self.get_query_argument("since", "")
        since = f"?since={seen}" if re.fullmatch("[0-9]{1,12}", seen) else ""
        await self.ask(code, f"view{since}", POLL_SECONDS + 10)


class _Line(WebSocketHandler):
    """A phone's line, handed on to its room and back."""

    def initialize(self, doors: Gate) -> None:
        self.doors = doors
        self._room: WebSocketClientConnection | None = None

    def check_origin(self, origin: str) -> bool:
        return self.doors.same_origin(self.request, origin)

    async def prepare(self) -> None:
        self.address = self.doors.sender(self.request)
        code = self.request.path.rpartition("/room")[0][-4:]
        status = HTTPStatus.TOO_MANY_REQUESTS
        if not self.doors.full(self.address) and self.doors.may_ask(self.address):
            status = HTTPStatus.NOT_FOUND
            try:
                if not self.doors.may_guess(self.address):
                    raise OSError
                asked = HTTPRequest(
                    f"ws://{code}/room", headers={"X-Forwarded-For": self.address}, connect_timeout=10
                )
                self._room = await websocket_connect(
                    asked, max_message_size=MOST_SAID, resolver=self.doors.rooms, ping_interval=20
                )
                return
            except AWAY:
                if self.doors.rooms.at(code) is None:
                    self.doors.guessed(self.address)
        self.set_status(status)
        self.finish()

    def open(self, *_: str, **__: str) -> None:
        self.doors.lines.add(self)
        self.doors.sockets[self.address] += 1
        self._back = asyncio.create_task(self._hand_back())

    async def _hand_back(self) -> None:
        """What the room says, to the phone, until one of them has gone."""
        assert self._room is not None, "connected before the line was opened"  # noqa: S101
        with suppress(OSError):
            while isinstance(message := await self._room.read_message(), str):
                await self.write_message(message)
        code = self._room.close_code
        self.close(code if code is not None and code >= 4000 else 1001)

    async def on_message(self, message: str | bytes) -> None:
        with suppress(OSError):
            if self._room is not None and isinstance(message, str):
                await self._room.write_message(message)

    def on_close(self) -> None:
        if self._room is not None:
            self._room.close()
        self.doors.lines.discard(self)
        self.doors.sockets -= Counter({self.address: 1})

    def on_connection_close(self) -> None:
        """A phone that goes before its line is open has a room's line already."""
        if self._room is not None:
            self._room.close()
        super().on_connection_close()

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""


def application(gate: Gate, prefix: str) -> Application:
    """All of it below ``prefix``, which begins and ends with a slash."""
    given, at = {"doors": gate}, re.escape(prefix)
    return Application(
        [
            (at[:-1], _Bare, given),
            (at, _Find, given),
            (rf"{at}phone\.css", _Style, given),
            (rf"{at}({CODE})/(phone\.js|phone\.css)?", _Page, given),
            (rf"{at}({CODE})/(join|vote)", _Said, given),
            (rf"{at}({CODE})/view", _View, given),
            (rf"{at}{CODE}/room", _Line, given),
        ],
        default_handler_class=_Nothing,
        default_handler_args=given,
        websocket_max_message_size=MOST_BYTES,
        websocket_ping_interval=20,
        compress_response=True,
        log_function=lambda _: None,
    )


class _Bare(Handler):
    """The prefix without its last slash, as people type it."""

    def get(self) -> None:
        self.redirect(f"{self.request.path.rpartition('/')[2]}/")


class _Nothing(Handler):
    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.answer(HTTPStatus.NOT_FOUND, RoomProblem("nothing", "There is nothing here."))


async def serve(gate: Gate, prefix: str, path: Path) -> None:
    """Serve on the socket file ``path`` until SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    server = listen_at(application(gate, prefix), path)
    await over.wait()
    server.stop()
    path.unlink(missing_ok=True)


def main() -> None:
    """Run it as the hub does."""
    import resource

    parser = argparse.ArgumentParser(prog="python -m leadgym.room.service", description=main.__doc__)
    parser.add_argument("--rooms", type=Path, required=True, help="the folder of the rooms' socket files")
    parser.add_argument("--owner", type=int, required=True, help="whose they are: a number of an account")
    parser.add_argument("--socket", type=Path, required=True, help="the socket file to serve on")
    parser.add_argument("--address", required=True, help="what phones reach, with the prefix: https://hub.example/room/")
    parser.add_argument("--proxies", type=int, default=1, help="how many proxies stand before it (%(default)s)")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    prefix = "/" + given.address.split("://", 1)[-1].partition("/")[2].strip("/") + "/"

    async def whole() -> None:
        gate = Gate(Rooms(folder=given.rooms, owner=given.owner), given.address, proxies=given.proxies)
        await serve(gate, prefix, given.socket)

    asyncio.run(whole())


if __name__ == "__main__":
    main()
