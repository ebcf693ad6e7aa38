"""A room with its phones' port, in this process: what tests of the doors share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from leadgym.course.modules import scenario
from leadgym.room.doors import Doors, application
from leadgym.room.extension import OpenRoom
from leadgym.room.hall import Hall
from leadgym.room.kept import Session
from leadgym.room.listening import listen, listen_at
from leadgym.room.run import Room

SLUG = "02_delegation"
OPEN = {"kind": "open", "module": SLUG, "seed": 11, "variant": None, "at": 1000.0}
ASK = {"kind": "ask", "what": "decide"}


class Small:
    """``doors``, ``hall``, and a browser's calls to them over loopback; ``rooms``: where it listens as on a hub."""

    def __init__(self, path: Path, address: str = "", prefix: str = "/", rooms: Path | None = None) -> None:
        session = Session(path)
        self.hall = Hall(Room(scenario), session)
        if not self.hall.room.stage:
            self.hall.room.apply(OPEN)
            session.write([OPEN])
        self.doors = Doors(self.hall, address=address)
        self.code, served = session.code, application(self.doors, prefix)
        if rooms is None:
            self.server, self.port = listen(served, 0)
        else:
            self.server, self.port = listen_at(served, rooms / self.code), 0

    async def fetch(self, path: str, body: Any = None, **more: Any) -> HTTPResponse:
        """A GET, or a POST of ``body`` (JSON, or bytes as they are)."""
        if body is not None:
            more = {"method": "POST", "body": body if isinstance(body, bytes) else json.dumps(body), **more}
        asked = HTTPRequest(f"http://127.0.0.1:{self.port}{path}", **more)
        return await AsyncHTTPClient(force_instance=True).fetch(asked, raise_error=False)

    async def join(self, name: str = "") -> str:
        """A ticket."""
        return str(json.loads((await self.fetch("/join", {"code": self.code, "name": name})).body)["ticket"])

    async def line(self, ticket: str | None, **head: str) -> WebSocketClientConnection:
        """A websocket, with its ticket said and the first view read."""
        found = await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{self.port}/room", headers=head))
        if ticket is not None:
            await found.write_message(json.dumps({"ticket": ticket}))
            await heard(found)
        return found

    @property
    def votes(self) -> dict[str, str]:
        """The first round of the question before the room."""
        assert self.hall.room.now is not None
        return {who: vote.choice for who, vote in self.hall.room.now.first.votes.items()}


def played(path: Path, play: Callable[[Small], Awaitable[None]], **more: str) -> None:
    """``play`` in a room of its own, within half a minute."""

    async def whole() -> None:
        small = Small(path, **more)
        try:
            async with asyncio.timeout(30):
                await play(small)
        finally:
            small.server.stop()
            await small.hall.close()

    asyncio.run(whole())


def opened(path: Path, play: Callable[[OpenRoom], Awaitable[None]], slug: str = SLUG, **more: Any) -> None:
    """``play`` in a room as the extension holds it, within half a minute."""

    async def whole() -> None:
        found = OpenRoom(slug, path, **more)
        found.watch(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(30):
                await play(found)
        finally:
            await found.shut()

    asyncio.run(whole())


async def heard(line: WebSocketClientConnection) -> dict[str, Any]:
    """The next message."""
    message = await line.read_message()
    assert message is not None, f"the line was closed: {line.close_code}"
    found: dict[str, Any] = json.loads(message)
    return found


async def told(line: WebSocketClientConnection, what: Any) -> dict[str, Any]:
    """What is answered to a message with a number."""
    await line.write_message(what if isinstance(what, str) else json.dumps(what))
    while "n" not in (answer := await heard(line)):
        pass
    return answer


def code_of(response: HTTPResponse) -> str:
    """The problem's code in an answer."""
    return str(json.loads(response.body)["problem"]["code"])
