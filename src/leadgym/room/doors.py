"""The participants' application: a few pages and the vote, on a port of its own, where nothing of Jupyter exists.

No cookies. Who somebody is says a signed ticket, which their page keeps. Every request is bounded in size and number; a
page of another origin is refused. Nothing is taken from a participant but a name and votes.

Behind JupyterHub it listens on a socket file, and a service of the hub, `leadgym.room.service`, gives out the pages and
hands on to it what phones say.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from leadgym.room.hall import Hall
from leadgym.room.run import LONGEST_NAME, RoomProblem
from leadgym.room.tickets import Bounds, new_person, ticket, who_holds
from leadgym.room.views import everybodys, participant

PAGES = Path(__file__).parent / "pages"
SERVED = {"": ("phone.html", "text/html"), "phone.js": ("phone.js", "text/javascript"), "phone.css": ("phone.css", "text/css")}  # fmt: skip  # noqa: E501
MOST_BYTES = 4096
"""Of a request's body, and of a message."""
POLL_SECONDS = 20.0
"""How long a page without a websocket waits for news."""
TICKET_SECONDS = 10.0
"""How long a line may stay open before it says whose it is."""
PENALTY = 1.0
"""Seconds that a message too many costs: the line's next one is not read before."""
MOST_SOCKETS, MOST_IN_ALL = 1000, 1500
"""Lines from one address, and from all."""
BY_FILE = "0.0.0.0"  # noqa: S104 - nothing is bound to it here
"""What tornado says of a connection by a socket file, which only a proxy on this machine opens."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_JOINED = RoomProblem("not-joined", "Join the room first.")
TOO_FAST = RoomProblem("too-fast", "That is too many at once. Wait a moment and press again.")
STATUS = {
    "too-fast": HTTPStatus.TOO_MANY_REQUESTS,
    "not-joined": HTTPStatus.UNAUTHORIZED,
    "no-room": HTTPStatus.NOT_FOUND,
}
"""Of a problem; CONFLICT is any other's."""


class Entrance:
    """Who may come as far as asking: an address, which may do what the three hundred phones of one office do.

    ``address`` is what phones reach where a tunnel or proxy stands before this. ``proxies``: how many there are, one
    behind the other; the one on this machine is believed when it says whom it speaks for. ``clock`` gives seconds.
    """

    def __init__(self, address: str = "", clock: Callable[[], float] = time.monotonic, proxies: int = 0) -> None:
        self.address, self.clock, self._proxies = address, clock, proxies
        self._address = Bounds(rate=100, burst=2000)
        self._wrong_code = Bounds(rate=0.2, burst=30)
        self.lines: set[Line] = set()
        self.sockets: Counter[str] = Counter()

    def may_ask(self, address: str) -> bool:
        """Whether this address may make one more request."""
        return self._address.take(address, self.clock())

    def may_guess(self, address: str) -> bool:
        """Whether this address may give one more code, right or wrong: else guessing would go on at full speed."""
        return self._wrong_code.left(address, self.clock()) >= 1

    def guessed(self, address: str) -> None:
        """A wrong code, of which somebody types a few."""
        self._wrong_code.take(address, self.clock())

    def full(self, address: str) -> bool:
        """Whether there are too many lines already, from this address or from all."""
        return self.sockets[address] >= MOST_SOCKETS or self.sockets.total() >= MOST_IN_ALL

    def came(self, address: str) -> None:
        """One more line from this address."""
        self.sockets[address] += 1

    def went(self, address: str) -> None:
        """One line less."""
        self.sockets -= Counter({address: 1})

    def sender(self, request: Any) -> str:
        """The address a request comes from; of IPv6 the network, since a home has 2^64 addresses."""
        found = str(request.remote_ip)
        believed = 1 if found == BY_FILE else self._proxies if _ip(found).is_loopback else 0
        if believed:
            # The last one is the nearest proxy's own word; those before the proxies' are whatever the sender likes.
            words = [word.strip() for word in request.headers.get("X-Forwarded-For", "").split(",") if word.strip()]
            found = words[-min(believed, len(words))] if words else found
        address = _ip(found)
        if address.version == 6 and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address)

    def same_origin(self, request: Any, origin: str | None) -> bool:
        """Whether the request comes from a page of this very address, or from no page at all."""
        if origin is None:
            return True
        own = {request.headers.get("Host"), netloc(self.address)} - {None, ""}
        return netloc(origin) in own


class Doors(Entrance):
    """What all requests to one room share: the hall, and the bounds.

    A ticket may do what one thumb does.
    """

    def __init__(self, hall: Hall, clock: Callable[[], float] = time.monotonic, address: str = "") -> None:
        super().__init__(address, clock, proxies=1 if address else 0)
        self.hall = hall
        self._person = Bounds(rate=2, burst=12)
        self._joined = Bounds(rate=0.5, burst=400)
        self._common: dict[str, Any] = {}
        self._of: tuple[object, int] | None = None
        self._changed = 0

    async def join(self, said: Any, address: str) -> dict[str, Any]:
        """A ticket for somebody who knows the code, the same one for somebody who has one. Raises RoomProblem."""
        secret = self.hall.session.secret
        held = said.get("ticket")
        who = who_holds(secret, held)
        if who is not None and who in self.hall.room.people:
            return {"ticket": held, "who": who}
        if not self.may_guess(address):
            raise TOO_FAST
        code = said.get("code")
        given = code.strip().upper() if isinstance(code, str) else ""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.hall.session.code.encode()):
            self.guessed(address)
            raise RoomProblem("wrong-code", "That is not the code on the screen. It has four letters.")
        if not self._joined.take(address, self.clock()):
            raise TOO_FAST
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
        return participant(self.hall.room, who, self.common())

    def common(self) -> dict[str, Any]:
        """What is the same on every phone, made once for all after each change."""
        room = self.hall.room
        if self._of != (room, room.revision):
            fresh = everybodys(room)
            if {**fresh, "revision": 0} != {**self._common, "revision": 0}:
                self._changed = room.revision
            self._of, self._common = (room, room.revision), fresh
        return self._common

    def news(self, seen: int) -> bool:
        """Whether a page that shows revision ``seen`` would show something else now, apart from its own vote."""
        now = self.common()["revision"]
        return not self._changed <= seen <= now


def clean_name(given: object) -> str:
    """A nickname without anything that is no letter, mark, digit, blank or plain punctuation, cut to its length."""
    if not isinstance(given, str):
        return ""
    kept = "".join(c for c in given if unicodedata.category(c)[0] in "LMN" or c in " -.'’")
    return " ".join(kept.split())[:LONGEST_NAME].strip()


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return ipaddress.IPv4Address(0)


def netloc(url: str) -> str:
    """Host and port of an address; empty where it is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


class Handler(RequestHandler):
    """What every answer has in common."""

    def initialize(self, doors: Any) -> None:
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
        self.address = self.doors.sender(self.request)
        if not self.doors.may_ask(self.address):
            self.answer(HTTPStatus.TOO_MANY_REQUESTS, TOO_FAST)
        elif self.request.method == "POST" and not self.doors.same_origin(
            self.request, self.request.headers.get("Origin")
        ):
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
            self.answer(STATUS.get(problem.code, HTTPStatus.CONFLICT), problem)


class _Page(Handler):
    def get(self, name: str | None = None) -> None:
        file, kind = SERVED[name or ""]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish((PAGES / file).read_bytes())


class _Join(Handler):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            return await self.doors.join(self.said(), self.address)

        await self.reply(work())


class _Vote(Handler):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            who = self.who()
            await self.doors.vote(who, self.said())
            return {"ok": True, "view": self.doors.view(who)}

        await self.reply(work())


class _View(Handler):
    async def get(self) -> None:
        async def work() -> dict[str, Any]:
            who = self.who()
            seen = self.get_query_argument("since", "")
            await _news(self.doors, int(seen) if re.fullmatch("[0-9]{1,12}", seen) else -1)
            return {"view": self.doors.view(who)}

        await self.reply(work())


async def _news(doors: Doors, seen: int) -> None:
    """Until there is something new for a page that shows revision ``seen``, or for as long as a page waits."""
    changed = asyncio.Event()
    doors.hall.listeners.add(changed.set)
    try:
        async with asyncio.timeout(POLL_SECONDS):
            while not doors.news(seen):
                await changed.wait()
                changed.clear()
    except TimeoutError:
        pass
    finally:
        doors.hall.listeners.discard(changed.set)


class Line(WebSocketHandler):
    """A page's line: within bounds, from a page of this address, and closed where it does not say whose it is."""

    def initialize(self, doors: Any) -> None:
        self.doors = doors

    def check_origin(self, origin: str) -> bool:
        return bool(self.doors.same_origin(self.request, origin))

    async def prepare(self) -> None:
        self.address = self.doors.sender(self.request)
        if self.doors.full(self.address) or not self.doors.may_ask(self.address):
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.finish()

    def open(self, *_: str, **__: str) -> None:
        self.doors.lines.add(self)
        self.doors.came(self.address)
        self._late = asyncio.get_running_loop().call_later(TICKET_SECONDS, self.close, 4408, "late")

    def say(self, what: dict[str, Any]) -> None:
        """Send it, as JSON."""
        # A line that is gone is heard of in on_close.
        with suppress(WebSocketClosedError):
            self.write_message(json.dumps(what))

    def on_close(self) -> None:
        self._late.cancel()
        self.doors.lines.discard(self)
        self.doors.went(self.address)

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""


class _Socket(Line):
    """A participant's: a ticket first, then votes up and views down."""

    def initialize(self, doors: Doors) -> None:
        super().initialize(doors)
        self._who: str | None = None
        self._sent: dict[str, Any] = {}

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
                self._late.cancel()
                self.doors.hall.listeners.add(self.show)
                self.show()
                return
            await self.doors.vote(self._who, given.get("vote"))
            view = self.doors.view(self._who)
            self._sent = {**view, "revision": 0}
            self.say({"n": number, "ok": True, "view": view})
        except RoomProblem as problem:
            if problem is TOO_FAST:
                await asyncio.sleep(PENALTY)
            self.say({"n": number, "problem": {"code": problem.code, "sentence": str(problem)}})
            if self._who is None:
                self.close(4401, problem.code)

    def show(self) -> None:
        """Tell the page what it shows, where that is not what it shows already."""
        assert self._who is not None, "listens once it is known"  # noqa: S101
        view = self.doors.view(self._who)
        if {**view, "revision": 0} != self._sent:
            self._sent = {**view, "revision": 0}
            self.say({"view": view})

    def on_close(self) -> None:
        super().on_close()
        self.doors.hall.listeners.discard(self.show)


def said(body: str | bytes, most: int = MOST_BYTES) -> dict[str, Any]:
    """A body or message of at most ``most`` bytes as a dict of what JSON has. Raises RoomProblem for anything else."""
    if len(body) > most:
        raise RoomProblem("too-large", "That is too large for a vote.")
    try:
        found = json.loads(body, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a pair of surrogates is a text that nobody can send on
    except (ValueError, RecursionError) as error:
        raise RoomProblem("not-json", "That is not what this page sends.") from error
    if not isinstance(found, dict):
        raise RoomProblem("not-json", "That is not what this page sends.")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def application(doors: Doors, prefix: str = "/") -> Application:
    """The participants' application at ``/``, and below ``prefix`` where a proxy passes that on."""
    given = {"doors": doors}
    at = f"(?:/|{re.escape(prefix)})"
    return Application(
        [
            (f"{at}join", _Join, given),
            (f"{at}vote", _Vote, given),
            (f"{at}view", _View, given),
            (f"{at}room", _Socket, given),
            (rf"{at}(phone\.js|phone\.css)?", _Page, given),
        ],
        default_handler_class=Nothing,
        default_handler_args=given,
        websocket_max_message_size=MOST_BYTES,
        websocket_ping_interval=20,
        compress_response=True,
        log_function=lambda _: None,
    )


class Nothing(Handler):
    """Whatever else is asked for."""

    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.answer(HTTPStatus.NOT_FOUND, RoomProblem("nothing", "There is nothing here."))
