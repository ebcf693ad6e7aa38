"""One room's own answers: joining, votes and views, within the bounds of ``leadgym.room.entrance``.

No cookies. Who somebody is says a signed ticket, which their page keeps. Nothing is taken from a participant but a name
and votes. On a laptop this is the participants' application, on a port of its own, where nothing of Jupyter exists.

Behind JupyterHub it listens on a socket file, and a service of the hub, `leadgym.room.service`, gives out the pages and
hands on to it what phones say.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
import unicodedata
from collections.abc import Callable
from typing import Any

from tornado.web import Application

from leadgym.room.entrance import (
    NOT_JOINED,
    TOO_FAST,
    Entrance,
    Handler,
    Line,
    Page,
    participants,
    said,
)
from leadgym.room.hall import Hall
from leadgym.room.poll import RoomProblem
from leadgym.room.run import LONGEST_NAME
from leadgym.room.tickets import Bounds, new_person, ticket, who_holds
from leadgym.room.views import everybodys, participant

POLL_SECONDS = 20.0
"""How long a page without a websocket waits for news."""
PENALTY = 1.0
"""Seconds that a message too many costs: the line's next one is not read before."""


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


class _Asked(Handler):
    def who(self) -> str:
        """The participant of the request's ticket. Raises RoomProblem."""
        held = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        who = who_holds(self.doors.hall.session.secret, held)
        if who is None:
            raise NOT_JOINED
        return who


class _Join(Handler):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            found: dict[str, Any] = await self.doors.join(self.said(), self.address)
            return found

        await self.reply(work())


class _Vote(_Asked):
    async def post(self) -> None:
        async def work() -> dict[str, Any]:
            who = self.who()
            await self.doors.vote(who, self.said())
            return {"ok": True, "view": self.doors.view(who)}

        await self.reply(work())


class _View(_Asked):
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


def application(doors: Doors, prefix: str = "/") -> Application:
    """The participants' application at ``/``, and below ``prefix`` where a proxy passes that on."""
    at = f"(?:/|{re.escape(prefix)})"
    return participants(
        doors,
        {
            f"{at}join": _Join,
            f"{at}vote": _Vote,
            f"{at}view": _View,
            f"{at}room": _Socket,
            rf"{at}(phone\.js|phone\.css)?": Page,
        },
    )
