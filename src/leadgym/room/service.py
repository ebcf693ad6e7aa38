"""The phones' side of every room of a hub: ``python -m leadgym.room.service``, which JupyterHub runs as a service.

A room lives in the server of the instructor who opened it, and listens on a socket file of its code's name in one
folder. Only the instructors' account writes to that folder, and only this service's account reaches in: nobody else can
open a room, take one over, or speak to one past the bounds below. This process holds no room, no ticket and no vote. It
gives out the participants' pages itself, and hands JSON on: what a room's process says is never a page here.

The page is one for all rooms. A ticket says its room's code before what the room gave out: ``CODE.WHO.SIGNATURE``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pwd
import re
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.netutil import Resolver
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from leadgym.room.doors import POLL_SECONDS
from leadgym.room.entrance import (
    NOT_JOINED,
    POLICY,
    TOO_FAST,
    Entrance,
    Handler,
    Line,
    Page,
    netloc,
    participants,
    said,
)
from leadgym.room.kept import ALPHABET
from leadgym.room.listening import listen_for
from leadgym.room.poll import RoomProblem
from leadgym.room.tickets import Bounds

CODE = f"[{ALPHABET}]{{4}}"
NO_ROOM = RoomProblem("no-room", "No room with these letters is open. Look at the screen once more.")
AWAY = RoomProblem("no-room", "The room you were in is not open now. Another one's letters are on its screen.")
MOST_SAID = 262_144
"""Bytes of what a room answers: a scene, many times over."""
MOST_FILES = 16_384
"""Open files: each phone's line takes two."""
GONE = (OSError, HTTPClientError)
"""What it raises when a room is not there, or goes away; a closed stream is an OSError."""


class Rooms(Resolver):
    """The open rooms: socket files of the account ``owner`` in ``folder``, by code, which is the host of their URL."""

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
    """What all requests share: the rooms, the bounds, and one client to ask rooms with.

    ``prefix`` begins and ends with a slash; ``address``: what phones reach, with it; the rest is Entrance's.
    """

    def __init__(self, rooms: Rooms, prefix: str, address: str = "", **more: Any) -> None:
        super().__init__(address, **more)
        self.rooms, self.prefix = rooms, prefix
        self._lost = Bounds(rate=5, burst=600)
        self.client = AsyncHTTPClient(force_instance=True, resolver=rooms, max_clients=4000, max_body_size=MOST_SAID)

    def find(self, code: str, address: str, *, typed: bool) -> None:
        """Nothing, where the room is there. Raises RoomProblem, also where this address has asked for too many others.

        A code that was ``typed`` is a guess; one from a ticket is a phone whose room is away, and three hundred of them
        try again. Neither costs anything where the room is there, so that all come in once it is back.
        """
        bound = self._wrong_code if typed else self._lost
        if bound.left(address, self.clock()) < 1:
            raise TOO_FAST
        if self.rooms.at(code) is None:
            bound.take(address, self.clock())
            raise NO_ROOM if typed else AWAY

    @contextmanager
    def line(self, address: str) -> Iterator[None]:
        """One more request of this address under way. Raises RoomProblem where there are too many."""
        if self.full(address):
            raise TOO_FAST
        self.came(address)
        try:
            yield
        finally:
            self.went(address)

    def policy(self, host: str) -> str:
        """The pages' policy: what lies below the prefix, and nothing else of the origin, which is the hub's too."""
        own = {netloc(self.address), host if re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,255}", host) else ""} - {""}
        places = [f"{scheme}://{one}{self.prefix}" for one in sorted(own) for scheme in ("http", "https", "ws", "wss")]
        return POLICY.replace("'self'", " ".join(places))


def parted(held: object) -> tuple[str, str]:
    """A ticket's code, and what the room gave out; both empty where it is none."""
    found = re.fullmatch(rf"({CODE})\.([\w.-]{{1,200}})", held, re.ASCII) if isinstance(held, str) else None
    return (found[1], found[2]) if found else ("", "")


class _Asked(Handler):
    """A request that a room answers. ``doors`` is the Gate."""

    async def ask(self, code: str, path: str, seconds: float = 15.0, **more: Any) -> dict[str, Any]:
        """A room's answer, which is JSON or none. Raises RoomProblem."""
        head = {"X-Forwarded-For": self.address.partition("/")[0], **more.pop("head", {})}
        asked = HTTPRequest(
            f"http://{code}/{path}",
            headers=head,
            request_timeout=seconds,
            follow_redirects=False,
            decompress_response=False,
            **more,
        )
        with self.doors.line(self.address):
            try:
                answer = await self.doors.client.fetch(asked, raise_error=False)
                found = said(answer.body, MOST_SAID)
            except (*GONE, RoomProblem) as error:
                raise AWAY from error
        if answer.code != 200 and not 400 <= answer.code < 500:
            raise AWAY
        self.set_status(answer.code)
        return found

    def held(self) -> tuple[str, dict[str, str]]:
        """The code of the request's ticket, and the head that its room wants. Raises RoomProblem."""
        code, ticket = parted(self.request.headers.get("Authorization", "").removeprefix("Bearer "))
        if not code:
            raise NOT_JOINED
        self.doors.find(code, self.address, typed=False)
        return code, {"Authorization": f"Bearer {ticket}"}


class _Join(_Asked):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            given = self.said()
            typed = str(given.get("code") or "").strip().upper()[:8]
            of, ticket = parted(given.get("ticket"))
            code = typed or of
            self.doors.find(code, self.address, typed=bool(typed) or not of)
            kept = {"code": typed, "name": given.get("name"), "ticket": ticket if of == code else None}
            found = await self.ask(code, "join", method="POST", body=json.dumps(kept))
            return {**found, "ticket": f"{code}.{found['ticket']}"} if "ticket" in found else found

        await self.reply(work())


class _Vote(_Asked):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            code, head = self.held()
            return await self.ask(code, "vote", method="POST", body=self.request.body, head=head)

        await self.reply(work())


class _View(_Asked):
    async def get(self) -> None:
        async def work() -> dict[str, Any]:
            code, head = self.held()
            seen = self.get_query_argument("since", "")
            since = f"?since={seen}" if re.fullmatch("[0-9]{1,12}", seen) else ""
            return await self.ask(code, f"view{since}", POLL_SECONDS + 10, head=head)

        await self.reply(work())


class _Line(Line):
    """A phone's line, handed on to its room, and back."""

    _room: WebSocketClientConnection | None = None

    async def on_message(self, message: str | bytes) -> None:
        if self._room is None:
            await self._come(message)
        elif isinstance(message, str):
            with suppress(WebSocketClosedError, OSError):
                await self._room.write_message(message)

    async def _come(self, first: str | bytes) -> None:
        """To the room of the ticket, which the first message holds."""
        try:
            code, ticket = parted(said(first).get("ticket"))
            if not code:
                raise NOT_JOINED
            self.doors.find(code, self.address, typed=False)
            head = {"X-Forwarded-For": self.address.partition("/")[0]}
            asked = HTTPRequest(f"ws://{code}/room", headers=head, connect_timeout=10)
            room = await websocket_connect(asked, max_message_size=MOST_SAID, resolver=self.doors.rooms)
        except RoomProblem as problem:
            self.say({"n": None, "problem": {"code": problem.code, "sentence": str(problem)}})
            # A page whose room is away keeps its ticket, and tries again.
            return self.close(1001 if problem in (TOO_FAST, AWAY) else 4401, problem.code)
        except GONE:
            return self.close(1001)
        if self.ws_connection is None:  # the phone has gone meanwhile
            return room.close()
        self._late.cancel()
        self._room = room
        self._back = asyncio.create_task(self._hand_back(room))
        with suppress(WebSocketClosedError, OSError):
            await room.write_message(json.dumps({"ticket": ticket}))

    async def _hand_back(self, room: WebSocketClientConnection) -> None:
        """What the room says, to the phone, until one of them has gone."""
        with suppress(WebSocketClosedError, OSError):
            while isinstance(message := await room.read_message(), str):
                await self.write_message(message)
        code = room.close_code
        self.close(code if code is not None and code >= 4000 else 1001)

    def on_close(self) -> None:
        super().on_close()
        if self._room is not None:
            self._room.close()


class _Bare(Handler):
    """The prefix without its last slash, as people type it."""

    def get(self) -> None:
        self.redirect(f"{self.doors.prefix}{'?' if self.request.query else ''}{self.request.query}")


def application(gate: Gate) -> Application:
    """All of it below the gate's prefix."""
    at = re.escape(gate.prefix)
    return participants(
        gate,
        {
            at[:-1]: _Bare,
            rf"{at}(phone\.js|phone\.css)?": Page,
            f"{at}join": _Join,
            f"{at}vote": _Vote,
            f"{at}view": _View,
            f"{at}room": _Line,
        },
    )


async def serve(gate: Gate, port: int, account: int) -> None:
    """Serve on this machine's own ``port``, to programs of ``account`` alone, until SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    server = listen_for(application(gate), port, account)
    await over.wait()
    server.stop()


def main() -> None:
    """Serve participants' pages as JupyterHub's service, and hand on what phones say to the rooms of a folder."""
    import resource

    parser = argparse.ArgumentParser(prog="python -m leadgym.room.service", description=main.__doc__)
    parser.add_argument("--rooms", type=Path, required=True, help="the folder of the rooms' socket files")
    parser.add_argument("--owner", required=True, help="the account whose they are")
    parser.add_argument("--port", type=int, required=True, help="where the hub's proxy finds this, on this machine")
    parser.add_argument("--proxy", type=int, required=True, help="the number of the account that the proxy runs as")
    parser.add_argument("--address", default="", help="what phones reach: https://hub.example.org/services/room/")
    parser.add_argument("--proxies", type=int, default=1, help="how many stand before this, the hub's own being one")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/room/")

    async def whole() -> None:
        rooms = Rooms(folder=given.rooms, owner=pwd.getpwnam(given.owner).pw_uid)
        await serve(Gate(rooms, prefix, given.address, proxies=given.proxies), given.port, given.proxy)

    asyncio.run(whole())


if __name__ == "__main__":
    main()
