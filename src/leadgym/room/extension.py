"""The facilitator's side: a Jupyter Server extension, behind Jupyter's own sign-in, that opens the participants' port.

A server has one room at a time. Its session files lie in ``.leadgym/rooms/`` of the folder the server shows.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.application import ExtensionApp
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from traitlets import Int, Unicode

from leadgym.course.modules import content_root, module, scenario
from leadgym.room.after import after_html
from leadgym.room.doors import MOST_BYTES, PAGES, POLICY, Doors, application, said
from leadgym.room.hall import Hall
from leadgym.room.joining import Joining, joining
from leadgym.room.kept import Session, SessionProblem
from leadgym.room.run import OVER, Room, RoomProblem
from leadgym.room.views import projector, prompts
from leadgym.widgets.intervals import TEN

LONGEST = 4 * 3600.0
"""Seconds after which a room closes by itself."""
TELL_EVERY = 0.2
"""Seconds between two pictures of a changing tally: what a projector can show and people can read."""
FILES = {
    "": "projector.html", "prompts": "prompts.html", "projector.js": "projector.js", "prompts.js": "prompts.js",
    "facilitator.js": "facilitator.js", "facilitator.css": "facilitator.css",
}  # fmt: skip
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


class OpenRoom:
    """A room that is open on this server: its hall, its port, how to join it."""

    def __init__(self, slug: str, path: Path, *, port: int, address: str, prefix: str = "/") -> None:
        """Raises SessionProblem, and OSError where the port is taken."""
        self.slug, self.path = slug, path
        session = Session(path)
        try:
            self.hall = Hall(Room(scenario), session)
            sockets = bind_sockets(port, "0.0.0.0")  # noqa: S104 - phones have to reach it; nothing of Jupyter is there
        except BaseException:
            session.close()
            raise
        self.port = int(sockets[0].getsockname()[1])
        self._server = HTTPServer(
            application(Doors(self.hall), prefix),
            max_body_size=MOST_BYTES,
            max_header_size=8192,
            idle_connection_timeout=60,
            xheaders=bool(address),
        )
        self._server.add_sockets(sockets)
        self.joining: Joining = joining(session.code, self.port, address)
        text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
        self._about, self._prompts = module(slug), text

    @property
    def code(self) -> str:
        """The four letters."""
        return self.hall.session.code

    def view(self) -> dict[str, Any]:
        """What the projector and the prompts show now."""
        return {
            "projector": projector(self.hall.room),
            "prompts": prompts(self.hall.room, self._about, self._prompts, time.time()),
            "join": {"code": self.code, **asdict(self.joining)},
            "facts": [[name, fact.text] for name, fact in TEN.items()],
        }

    async def shut(self) -> None:
        """No more requests; everything is on disk."""
        self._server.stop()
        await self._server.close_all_connections()
        await self.hall.close()


class RoomExtension(ExtensionApp):
    """``leadgym room`` and, in a notebook, ``room("02")``."""

    name = "leadgym_room"
    module = Unicode(help="The module to open a room for when the server starts.").tag(config=True)
    session = Unicode(help="The session file to open again. Default: a new one in .leadgym/rooms/").tag(config=True)
    port = Int(0, help="The participants' port. Default: a free one.").tag(config=True)
    address = Unicode(help="The address that phones reach, where a tunnel or a proxy stands before it.").tag(
        config=True
    )

    def initialize_handlers(self) -> None:
        """The facilitator's addresses, and the room that was asked for on the command line."""
        self.open_room: OpenRoom | None = None
        given = {"extension": self}
        self.handlers.extend(
            [
                (r"/leadgym/room/socket", _Socket, given),
                (r"/leadgym/room/open", _Open, given),
                (r"/leadgym/room/after", _After, given),
                (r"/leadgym/room/(prompts|projector\.js|prompts\.js|facilitator\.js|facilitator\.css)?", _Page, given),
            ]
        )
        if self.module:
            self.start_room(self.module, Path(self.session) if self.session else None)

    def start_room(self, slug: str, path: Path | None = None) -> OpenRoom:
        """Open a room, the one there is when it is for the same module. Raises SessionProblem and OSError."""
        there = self.open_room
        if there is not None and path is None and there.slug == slug and not there.hall.over:
            return there
        if there is not None and not there.hall.over:
            raise SessionProblem(f"A room for {there.slug} is open. Close it on its prompts first.")
        assert self.serverapp is not None, "an extension is linked to its server first"  # noqa: S101
        folder = Path(self.serverapp.root_dir) / ".leadgym" / "rooms"
        found = OpenRoom(
            slug,
            path or folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{slug}.jsonl",
            port=self.port,
            address=self.address,
        )
        self.open_room = found
        if not found.hall.room.stage:
            event = {"kind": "open", "module": slug, "seed": None, "variant": None, "at": time.time()}
            found.hall.room.apply(event)
            found.hall.session.write([event])
        loop = asyncio.get_event_loop()
        left = max(0.0, found.hall.room.opened_at + LONGEST - time.time())
        loop.call_later(left, lambda: loop.create_task(_end(found)))
        return found

    async def stop_extension(self) -> None:
        """Everything on disk when the server stops."""
        if self.open_room is not None:
            await self.open_room.shut()


async def _end(found: OpenRoom) -> None:
    if found.hall.room.stage != OVER:
        await found.hall.take({"kind": "close"})


class _Facilitator(JupyterHandler):
    def initialize(self, extension: RoomExtension) -> None:
        self.extension = extension

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # Meters are drawn with style attributes; their numbers are the server's own.
        policy = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        self.set_header(
            "Content-Security-Policy", policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        )
        self.set_header("Cache-Control", "no-store")

    def there(self) -> OpenRoom:
        """The open room. Ends the request where there is none."""
        found = self.extension.open_room
        if found is None:
            raise web.HTTPError(404, reason="No room is open. Start one with: leadgym room 02")
        return found


class _Page(_Facilitator):
    @web.authenticated
    def get(self, name: str | None = None) -> None:
        path = PAGES / FILES[name or ""]
        self.set_header("Content-Type", f"{_KINDS[path.suffix]}; charset=utf-8")
        self.finish(path.read_bytes())


class _Open(_Facilitator):
    @web.authenticated
    async def post(self) -> None:
        try:
            given = said(self.request.body)
            found = self.extension.start_room(str(given.get("module")))
            self.finish(
                {"code": found.code, "address": found.joining.address, "port": found.port, "module": found.slug}
            )
        except (RoomProblem, SessionProblem, KeyError) as problem:
            self.set_status(409)
            self.finish({"problem": str(problem)})


class _After(_Facilitator):
    @web.authenticated
    def get(self) -> None:
        style = "style-src 'unsafe-inline'"
        self.set_header("Content-Security-Policy", f"default-src 'none'; {style}; img-src data:; base-uri 'none'")
        self.finish(after_html(self.there().hall.room))


class _Socket(WebSocketMixin, WebSocketHandler, _Facilitator):
    """The line to the projector and the prompts."""

    def initialize(self, extension: RoomExtension) -> None:
        self.extension = extension
        self._due: asyncio.TimerHandle | None = None

    async def get(self, *arguments: Any, **more: Any) -> None:
        if self.current_user is None:
            raise web.HTTPError(403)
        self.there()
        await super().get(*arguments, **more)

    def open(self, *_: Any, **__: Any) -> None:
        self.room = self.there()
        self.room.hall.listeners.add(self.soon)
        self.show()

    def soon(self) -> None:
        """Show what changed, with what changes in the next moment."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(TELL_EVERY, self.show)

    def show(self) -> None:
        """Send what the screens show now."""
        self._due = None
        self._say(self.room.view())

    async def on_message(self, message: str | bytes) -> None:
        number = None
        try:
            given = said(message)
            number, event = given.get("n"), given.get("do")
            if not isinstance(event, dict) or event.get("kind") in ("open", "join", "vote"):
                raise RoomProblem("not-yours", "A facilitator does not vote.")
            await self.room.hall.take({**event, "at": time.time()} if event.get("kind") == "segment" else event)
            self._say({"n": number, "ok": True})
        except RoomProblem as problem:
            self._say({"n": number, "problem": {"code": problem.code, "sentence": str(problem)}})

    def _say(self, what: dict[str, Any]) -> None:
        try:
            self.write_message(json.dumps(what, ensure_ascii=False))
        except WebSocketClosedError:
            self.on_close()

    def on_close(self) -> None:
        if hasattr(self, "room"):
            self.room.hall.listeners.discard(self.soon)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "leadgym.room.extension", "app": RoomExtension}]
