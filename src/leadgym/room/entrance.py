"""What stands before a room, or before all rooms of a hub: bounds on each address, and what every answer has in common.

Every request is bounded in size and number; a page of another origin is refused. No cookies.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from leadgym.room.poll import RoomProblem
from leadgym.room.tickets import Bounds

PAGES = Path(__file__).parent / "pages"
SERVED = {"": ("phone.html", "text/html"), "phone.js": ("phone.js", "text/javascript"), "phone.css": ("phone.css", "text/css")}  # fmt: skip  # noqa: E501
MOST_BYTES = 4096
"""Of a request's body, and of a message."""
TICKET_SECONDS = 10.0
"""How long a line may stay open before it says whose it is."""
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

    def policy(self, host: str) -> str:
        """The content policy of a page that was asked for at ``host``."""
        return POLICY

    def same_origin(self, request: Any, origin: str | None) -> bool:
        """Whether the request comes from a page of this very address, or from no page at all."""
        if origin is None:
            return True
        own = {request.headers.get("Host"), netloc(self.address)} - {None, ""}
        return netloc(origin) in own


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

    def initialize(self, doors: Any) -> None:  # noqa: D102 - tornado's
        self.doors = doors

    def set_default_headers(self) -> None:  # noqa: D102 - tornado's
        self.clear_header("Server")
        for name, value in {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }.items():
            self.set_header(name, value)

    def prepare(self) -> None:  # noqa: D102 - tornado's
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

    def write_error(self, status_code: int, **_: Any) -> None:  # noqa: D102 - tornado's
        self.finish({"problem": {"code": "error", "sentence": "There is nothing here." if status_code == 404 else "That did not work."}})  # fmt: skip  # noqa: E501

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""

    def said(self) -> dict[str, Any]:
        """The request's body. Raises RoomProblem."""
        return said(self.request.body)

    async def reply(self, work: Awaitable[dict[str, Any]]) -> None:
        """The work's outcome as JSON, a problem with its status."""
        try:
            self.finish(await work)
        except RoomProblem as problem:
            self.answer(STATUS.get(problem.code, HTTPStatus.CONFLICT), problem)


class Line(WebSocketHandler):
    """A page's line: within bounds, from a page of this address, and closed where it does not say whose it is."""

    def initialize(self, doors: Any) -> None:  # noqa: D102 - tornado's
        self.doors = doors

    def check_origin(self, origin: str) -> bool:  # noqa: D102 - tornado's
        return bool(self.doors.same_origin(self.request, origin))

    async def prepare(self) -> None:  # noqa: D102 - tornado's
        self.address = self.doors.sender(self.request)
        if self.doors.full(self.address) or not self.doors.may_ask(self.address):
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.finish()

    def open(self, *_: str, **__: str) -> None:  # noqa: D102 - tornado's
        self.doors.lines.add(self)
        self.doors.came(self.address)
        self._late = asyncio.get_running_loop().call_later(TICKET_SECONDS, self.close, 4408, "late")

    def say(self, what: dict[str, Any]) -> None:
        """Send it, as JSON."""
        # A line that is gone is heard of in on_close.
        with suppress(WebSocketClosedError):
            self.write_message(json.dumps(what))

    def on_close(self) -> None:  # noqa: D102 - tornado's
        self._late.cancel()
        self.doors.lines.discard(self)
        self.doors.went(self.address)

    def log_exception(self, *_: Any) -> None:
        """A stranger's request is nothing to write down."""


class Page(Handler):
    """The participants' page, and what belongs to it."""

    def get(self, name: str | None = None) -> None:  # noqa: D102 - tornado's
        file, kind = SERVED[name or ""]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Content-Security-Policy", self.doors.policy(self.request.headers.get("Host", "")))
        self.finish((PAGES / file).read_bytes())


class Nothing(Handler):
    """Whatever else is asked for."""

    def prepare(self) -> None:  # noqa: D102 - tornado's
        super().prepare()
        if not self._finished:
            self.answer(HTTPStatus.NOT_FOUND, RoomProblem("nothing", "There is nothing here."))


def participants(entrance: Entrance, handlers: Mapping[str, type[RequestHandler]]) -> Application:
    """An application of ``handlers`` by pattern of a path, and of nothing else."""
    given = {"doors": entrance}
    return Application(
        [(pattern, handler, given) for pattern, handler in handlers.items()],
        default_handler_class=Nothing,
        default_handler_args=given,
        websocket_max_message_size=MOST_BYTES,
        websocket_ping_interval=20,
        compress_response=True,
        log_function=lambda _: None,
    )


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
