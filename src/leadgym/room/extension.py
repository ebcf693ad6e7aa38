"""The facilitator's side: a Jupyter Server extension, behind Jupyter's own sign-in, that opens the participants' port.

A server has one room at a time. Its session files lie in ``.leadgym/rooms/`` of the folder the server shows. On a hub
the room listens on a socket file in place of a port: `leadgym.room.service` is what phones reach.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.application import ExtensionApp
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from traitlets import Int, Unicode

from leadgym.course.modules import content_root, module, scenario, slugs
from leadgym.room.after import after_html
from leadgym.room.doors import Doors, application
from leadgym.room.entrance import PAGES, POLICY, said
from leadgym.room.hall import Hall
from leadgym.room.joining import Joining, joining, on_a_hub
from leadgym.room.kept import Session, SessionProblem, sessions
from leadgym.room.listening import listen, listen_at
from leadgym.room.organisations import check_variant
from leadgym.room.poll import RoomProblem
from leadgym.room.race import Key, as_event
from leadgym.room.racing import RacingProblem, luck_of, raced
from leadgym.room.run import FACILITATORS, Room
from leadgym.room.views import projector, prompts
from leadgym.widgets.intervals import TEN

LONGEST = 4 * 3600.0
"""Seconds after which a room closes by itself."""
LOOKING = "This room is past its time and open for looking only. Go on with it on the prompts."
"""What is said of a room opened again after that."""
LINGER = 60.0
"""Seconds after which a closed room's port is closed too: time for every phone to show that it is over."""
MOST_SAID = 16384
"""Bytes of a facilitator's message: a question and eight answers in any alphabet."""
TELL_EVERY = 0.2
"""Seconds between two pictures of a changing tally: what a projector can show and people can read."""
FILES = {
    "": "projector.html", "prompts": "prompts.html", "projector.js": "projector.js", "prompts.js": "prompts.js",
    "facilitator.js": "facilitator.js", "facilitator.css": "facilitator.css",
}  # fmt: skip
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


class OpenRoom:
    """A room that is open on this server: its hall, its port, how to join it. It ends by itself."""

    def __init__(
        self,
        slug: str,
        path: Path,
        *,
        port: int = 0,
        address: str = "",
        variant: str = "",
        rooms: Path | None = None,
    ) -> None:
        """``variant``: the organisation in which a new room plays; ``rooms``: a hub's folder of rooms' socket files.

        Raises SessionProblem, and OSError where the port is taken or the file cannot be written.
        """
        self.slug, self.path = slug, path
        text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
        self._about, self._prompts = module(slug), text
        check_variant(scenario(slug), slug, variant)
        session = Session(path)
        try:
            self.hall = Hall(Room(scenario), session)
            room = self.hall.room
            if room.module not in ("", slug):
                raise SessionProblem(f"{path} is a room's for {room.module}, not for {slug}.")
            prefix = f"{urlsplit(address).path.strip('/')}/".removeprefix("/")
            self._doors = Doors(self.hall, address=address)
            served = application(self._doors, f"/{prefix}")
            self._file = rooms / session.code if rooms is not None else None
            if self._file is None:
                self._server, self.port = listen(served, port, room.port)
            else:
                self._server, self.port = listen_at(served, self._file), room.port
            if not room.stage:
                self._begin(
                    {"kind": "open", "module": slug, "seed": None, "variant": variant or None, "at": time.time()}
                )
            if not self.hall.over and room.opened_at + LONGEST <= time.time():
                self.hall.looking = LOOKING
            if room.port != self.port and not self.hall.over:
                self._begin({"kind": "port", "number": self.port})
        except BaseException:
            if hasattr(self, "_server"):
                self.leave()
            session.close()
            raise
        self.joining: Joining = (
            joining(session.code, self.port, address) if rooms is None else on_a_hub(session.code, address)
        )
        self._changed = asyncio.Event()
        self.hall.listeners.add(self._changed.set)
        self._ending: asyncio.Task[None] | None = None
        self._racing: asyncio.Task[None] | None = None
        self._failed: Key | None = None
        self._race_problem = ""
        self._shut = False
        self.lab = ""
        """Where the course is in the folder that the server shows: empty, or a path that ends with a slash."""

    def _begin(self, event: dict[str, Any]) -> None:
        """Take an event before anybody can come in."""
        self.hall.room.apply(event)
        self.hall.session.write([event])

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the room after its time, and its port once it is closed."""
        self._ending = loop.create_task(self._end())
        self.hall.listeners.add(self.run_race)
        self.run_race()

    def run_race(self, again: bool = False) -> None:
        """Run the race that the room is asked about, while it votes. One that failed only ``again``.

        Nothing is run in a room that is only looked at: what it came to could not be kept.
        """
        key, idle = self.hall.room.unraced, self.hall.looking or self._shut
        if key is None or self._racing is not None or idle or (key == self._failed and not again):
            return
        self._failed, self._race_problem = None, ""
        self._racing = asyncio.get_running_loop().create_task(self._race(key))

    async def _race(self, key: Key) -> None:
        story = self.hall.room.story
        try:
            found = await asyncio.to_thread(raced, key, luck_of(story.seed, story.scenario.seed))
            await self.hall.take(as_event(found))
        except (RacingProblem, RoomProblem) as problem:
            self._failed, self._race_problem = key, str(problem)
        finally:
            self._racing = None
        self.hall.tell()

    async def _end(self) -> None:
        while not self.hall.over:
            left = self.hall.room.opened_at + LONGEST - time.time()
            if left <= 0 and not self.hall.looking:
                with suppress(RoomProblem):
                    await self.hall.take({"kind": "close"})
            # A laptop that slept has another clock than its loop; a full disk may be mended.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(max(left, 1.0), 60.0))
            self._changed.clear()
        await asyncio.sleep(LINGER)
        self._ending = None
        await self.shut()

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
            "lab": self.lab,
            "looking": self.hall.looking,
            "race_problem": self._race_problem,
            "facts": [[name, fact.text] for name, fact in TEN.items()],
        }

    def leave(self) -> None:
        """Nobody comes in any more, and the port is free."""
        self._server.stop()
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None

    async def shut(self) -> None:
        """No more requests; everything is on disk."""
        if self._shut:
            return
        self._shut = True
        for task in (self._ending, self._racing):
            if task is not None:
                task.cancel()
        self.leave()
        for line in list(self._doors.lines):
            line.close(1001)
        await self._server.close_all_connections()
        await self.hall.close()


class RoomExtension(ExtensionApp):
    """``leadgym room`` and, in a notebook, ``room("02")``."""

    name = "leadgym_room"
    module = Unicode(help="The module to open a room for when the server starts.").tag(config=True)
    session = Unicode(help="The session file to open again. Default: a new one in .leadgym/rooms/").tag(config=True)
    variant = Unicode(help="The organisation in which the room plays. Default: the story's first.").tag(config=True)
    port = Int(0, help="The participants' port. Default: a free one.").tag(config=True)
    address = Unicode(help="The address that phones reach, where a tunnel or a proxy stands before it.").tag(
        config=True
    )
    rooms = Unicode(help="On a hub: the folder in which its service finds rooms, in place of a port.").tag(config=True)

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
            try:
                self.start_room(self.module, Path(self.session) if self.session else None, self.variant)
            except (SessionProblem, RoomProblem, OSError) as problem:
                # Jupyter would go on without the room, and tell only its log. The last line there is what is shown.
                print(problem, file=sys.stderr)
                raise SystemExit(1) from problem

    def start_room(self, slug: str, path: Path | None = None, variant: str = "") -> OpenRoom:
        """Open a room, the one there is when it is for the same module. Raises SessionProblem and OSError."""
        there = self.open_room
        if there is not None and path is None and there.slug == slug and not there.hall.over:
            check_variant(scenario(slug), slug, variant)
            if variant not in ("", there.hall.room.story.variant):
                raise SessionProblem(f"The room for {slug} is open. Go on in '{variant}' on its prompts, or close it.")
            return there
        if there is not None and not there.hall.over:
            raise SessionProblem(f"A room for {there.slug} is open. Close it on its prompts first.")
        if slug not in slugs():
            raise SessionProblem(f"There is no module {slug[:60]!r}.")
        assert self.serverapp is not None, "an extension is linked to its server first"  # noqa: S101
        loop = asyncio.get_event_loop()
        if there is not None:
            there.leave()
            self._closing = loop.create_task(there.shut())
        folder = sessions(Path(self.serverapp.root_dir))
        found = OpenRoom(
            slug,
            path or folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{slug}.jsonl",
            port=self.port,
            address=self.address,
            variant=variant,
            rooms=Path(self.rooms) if self.rooms else None,
        )
        found.lab = workspace_in(Path(self.serverapp.root_dir))
        self.open_room = found
        found.watch(loop)
        return found

    async def stop_extension(self) -> None:
        """Everything on disk when the server stops."""
        if self.open_room is not None:
            await self.open_room.shut()


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
            again = Path(str(given["again"])) if given.get("again") else None
            found = self.extension.start_room(str(given.get("module")), again, str(given.get("variant") or ""))
            self.finish(
                {"code": found.code, "address": found.joining.address, "port": found.port, "module": found.slug}
            )
        except (RoomProblem, SessionProblem, OSError) as problem:
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
            given = said(message, MOST_SAID)
            number, event = given.get("n"), given.get("do")
            if not isinstance(event, dict) or event.get("kind") not in tuple(FACILITATORS):
                raise RoomProblem("not-yours", "That is nothing a facilitator does. Votes come from phones.")
            timed = event.get("kind") in ("begin", "segment", "again")
            if event.get("kind") == "week":
                self.room.run_race(again=True)
            await self.room.hall.take({**event, "at": time.time()} if timed else event)
            self._say({"n": number, "ok": True})
        except RoomProblem as problem:
            self._say({"n": number, "problem": {"code": problem.code, "sentence": str(problem)}})

    def _say(self, what: dict[str, Any]) -> None:
        with suppress(WebSocketClosedError):
            self.write_message(json.dumps(what))

    def on_close(self) -> None:
        if self._due is not None:
            self._due.cancel()
        if hasattr(self, "room"):
            self.room.hall.listeners.discard(self.soon)


def workspace_in(root: Path) -> str:
    """The course's folder as links to Lab on ``root`` have it, with a slash at its end; empty where it is the same."""
    workspace = Path(os.environ.get("LEADGYM_WORKSPACE") or root).resolve()
    inside = workspace.is_relative_to(root.resolve()) and workspace != root.resolve()
    return f"{workspace.relative_to(root.resolve()).as_posix()}/" if inside else ""


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "leadgym.room.extension", "app": RoomExtension}]
