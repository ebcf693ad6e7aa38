"""The participants' application: a few pages and the vote, on a port of its own, where nothing of Jupyter exists.

No cookies. Who somebody is says a signed ticket, which their page keeps. Every request is bounded in size and number; a
page of another origin is refused. Nothing is taken from a participant but a name and votes.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import unicodedata
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from leadgym.room.hall import Hall
from leadgym.room.run import LONGEST_NAME, RoomProblem
from leadgym.room.tickets import Bounds, new_person, ticket, who_holds
from leadgym.room.views import participant

PAGES = Path(__file__).parent / "pages"
SERVED = {"": ("phone.html", "text/html"), "phone.js": ("phone.js", "text/javascript"), "phone.css": ("phone.css", "text/css")}  # fmt: skip  # noqa: E501
MOST_BYTES = 4096
"""Of a request's body, and of a message."""
POLL_SECONDS = 20.0
"""How long a page without a websocket waits for news."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_JOINED = RoomProblem("not-joined", "Join the room first.")
TOO_FAST = RoomProblem("too-fast", "That is too many at once. Wait a moment and press again.")


class Doors:
    """What all requests share: the hall, and the bounds. ``clock`` gives seconds.

    One office stands behind one address, so that an address may do what three hundred phones do; a ticket may do what
    one thumb does, and a wrong code is what somebody types a few times.
    """

    def __init__(self, hall: Hall, clock: Callable[[], float] = time.monotonic) -> None:
        self.hall, self.clock = hall, clock
        self._address = Bounds(rate=100, burst=2000)
        self._person = Bounds(rate=2, burst=12)
        self._wrong_code = Bounds(rate=0.2, burst=30)
        self.sockets: dict[str, int] = {}

    def may_ask(self, address: str) -> bool:
        """Whether this address may make one more request."""
        return self._address.take(address, self.clock())

    async def join(self, said: Any, address: str) -> dict[str, Any]:
        """A ticket for somebody who knows the code, the same one for somebody who has one. Raises RoomProblem."""
        secret = self.hall.session.secret
        held = said.get("ticket")
        who = who_holds(secret, held)
        if who is not None and who in self.hall.room.people:
            return {"ticket": held, "who": who}
        code = said.get("code")
        given = code.strip().upper() if isinstance(code, str) else ""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.hall.session.code.encode()):
            if not self._wrong_code.take(address, self.clock()):
                raise TOO_FAST
            raise RoomProblem("wrong-code", "That is not the code on the screen. It has four letters.")
        who = new_person()
        await self.hall.take({"kind": "join", "who": who, "name": clean_name(said.get("name"))})
        return {"ticket": ticket(secret, who), "who": who}

    async def vote(self, who: str, said: Any) -> None:
        """Take a vote. Raises RoomProblem."""
        if not isinstance(said, dict):
            raise RoomProblem("not-a-vote", "That is no vote.")
        if not self._person.take(who, self.clock()):
            raise TOO_FAST
        kept = {name: said.get(name) for name in ("poll", "choice", "sure", "low", "high") if name in said}
        await self.hall.take({"kind": "vote", "who": who, **kept})

    def view(self, who: str) -> dict[str, Any]:
        """What this participant's page shows now."""
        return participant(self.hall.room, who)


def clean_name(given: object) -> str:
    """A nickname without anything that is no letter, mark, digit, blank or plain punctuation, cut to its length."""
    if not isinstance(given, str):
        return ""
    kept = "".join(c for c in given if unicodedata.category(c)[0] in "LMN" or c in " -.'’")
    return " ".join(kept.split())[:LONGEST_NAME].strip()


class _Handler(RequestHandler):
    """What every answer has in common."""

    def initialize(self, doors: Doors) -> None:
        self.doors = doors

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        if not self.doors.may_ask(str(self.request.remote_ip)):
            self.answer(HTTPStatus.TOO_MANY_REQUESTS, TOO_FAST)
        elif self.request.method == "POST" and not same_origin(self.request):
            self.answer(HTTPStatus.FORBIDDEN, RoomProblem("other-origin", "This page is not the room's own."))

    def answer(self, status: HTTPStatus, problem: RoomProblem) -> None:
        """A problem as JSON, and the end of the request."""
        self.set_status(status)
        self.finish({"problem": {"code": problem.code, "sentence": str(problem)}})

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish({"problem": {"code": "error", "sentence": "There is nothing here." if status_code == 404 else "That did not work."}})  # fmt: skip  # noqa: E501

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""

    def said(self) -> dict[str, Any]:
        """The request's body. Raises RoomProblem."""
        return said(self.request.body)

    def who(self) -> str:
        """The participant of the request's ticket. Raises RoomProblem."""
        held = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        who = who_holds(self.doors.hall.session.secret, held)
        if who is None:
            raise NOT_JOINED
        return who

    async def reply(self, work: Awaitable[dict[str, Any]]) -> None:
        """The work's outcome as JSON, a problem with its status."""
        try:
            self.finish(await work)
        except RoomProblem as problem:
            status = {"too-fast": HTTPStatus.TOO_MANY_REQUESTS, "not-joined": HTTPStatus.UNAUTHORIZED}
            self.answer(status.get(problem.code, HTTPStatus.CONFLICT), problem)


class _Page(_Handler):
    def get(self, name: str | None = None) -> None:
        file, kind = SERVED[name or ""]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish((PAGES / file).read_bytes())


class _Join(_Handler):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            return await self.doors.join(self.said(), str(self.request.remote_ip))

        await self.reply(work())


class _Vote(_Handler):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            who = self.who()
            await self.doors.vote(who, self.said())
            return {"ok": True, "view": self.doors.view(who)}

        await self.reply(work())


class _View(_Handler):
    async def get(self) -> None:
        async def work() -> dict[str, Any]:
            who = self.who()
            seen = self.get_query_argument("since", "")
            await _news(self.doors.hall, int(seen) if seen.isdecimal() and len(seen) < 12 else -1)
            return {"view": self.doors.view(who)}

        await self.reply(work())


async def _news(hall: Hall, seen: int) -> None:
    """Until the room is past revision ``seen``, or for as long as a page waits."""
    changed = asyncio.Event()
    hall.listeners.add(changed.set)
    try:
        if hall.room.revision <= seen:
            await asyncio.wait_for(changed.wait(), POLL_SECONDS)
    except TimeoutError:
        pass
    finally:
        hall.listeners.discard(changed.set)


class _Socket(WebSocketHandler):
    """One page's line: a ticket first, then votes up and views down."""

    def initialize(self, doors: Doors) -> None:
        self.doors = doors
        self._who: str | None = None
        self._sent: dict[str, Any] = {}

    def check_origin(self, origin: str) -> bool:
        return urlsplit(origin).netloc == self.request.headers.get("Host")

    async def prepare(self) -> None:
        address = str(self.request.remote_ip)
        if not self.doors.may_ask(address) or self.doors.sockets.get(address, 0) >= 1000:
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.finish()

    def open(self, *_: str, **__: str) -> None:
        address = str(self.request.remote_ip)
        self.doors.sockets[address] = self.doors.sockets.get(address, 0) + 1

    async def on_message(self, message: str | bytes) -> None:
        number = None
        try:
            given = said(message)
            number = given.get("n") if isinstance(given.get("n"), int) else None
            if self._who is None:
                self._who = who_holds(self.doors.hall.session.secret, given.get("ticket"))
                if self._who is None or self._who not in self.doors.hall.room.people:
                    self._who = None
                    raise NOT_JOINED
                self.doors.hall.listeners.add(self.show)
                self.show()
                return
            await self.doors.vote(self._who, given.get("vote"))
            self._say({"n": number, "ok": True, "view": self.doors.view(self._who)})
        except RoomProblem as problem:
            self._say({"n": number, "problem": {"code": problem.code, "sentence": str(problem)}})
            if self._who is None:
                self.close(4401, problem.code)

    def show(self) -> None:
        """Tell the page what it shows, where that is not what it shows already."""
        assert self._who is not None, "listens once it is known"  # noqa: S101
        view = self.doors.view(self._who)
        if {**view, "revision": 0} != self._sent:
            self._sent = {**view, "revision": 0}
            self._say({"view": view})

    def _say(self, what: dict[str, Any]) -> None:
        try:
            self.write_message(json.dumps(what, ensure_ascii=False))
        except WebSocketClosedError:
            self.on_close()

    def on_close(self) -> None:
        self.doors.hall.listeners.discard(self.show)
        address = str(self.request.remote_ip)
        if self.doors.sockets.get(address):
            self.doors.sockets[address] -= 1

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""


def said(body: str | bytes) -> dict[str, Any]:
    """A body or message as a dict. Raises RoomProblem for anything else, and for what is too large."""
    if len(body) > MOST_BYTES:
        raise RoomProblem("too-large", "That is too large for a vote.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RoomProblem("not-json", "That is not what this page sends.") from error
    if not isinstance(found, dict):
        raise RoomProblem("not-json", "That is not what this page sends.")
    return found


def same_origin(request: Any) -> bool:
    """Whether the request comes from a page of this very address, or from no page at all."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def application(doors: Doors, prefix: str = "/") -> Application:
    """The participants' application below ``prefix`` (behind a hub its service prefix, else ``/``)."""
    given = {"doors": doors}
    return Application(
        [
            (f"{prefix}join", _Join, given),
            (f"{prefix}vote", _Vote, given),
            (f"{prefix}view", _View, given),
            (f"{prefix}room", _Socket, given),
            (rf"{prefix}(phone\.js|phone\.css)?", _Page, given),
        ],
        default_handler_class=_Nothing,
        default_handler_args=given,
        websocket_max_message_size=MOST_BYTES,
        websocket_ping_interval=20,
        compress_response=True,
        log_function=lambda _: None,
    )


class _Nothing(_Handler):
    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.answer(HTTPStatus.NOT_FOUND, RoomProblem("nothing", "There is nothing here."))
