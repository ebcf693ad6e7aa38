"""The room between its doors: one event at a time is taken, written, and only then acknowledged; then all are told.

Everything runs in one event loop. Events that arrive while a write is under way go to disk together with the next. What
cannot be written has not happened: the room stands again where its file says, and says so to whoever waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from leadgym.room.kept import Session, SessionProblem, told_again
from leadgym.room.poll import RoomProblem
from leadgym.room.run import OVER, Room


class Hall:
    """A room, its session file, and who listens. ``listeners`` are called after each change that is on disk."""

    def __init__(self, room: Room, session: Session) -> None:
        self.session = session
        self.room = told_again(room, session)
        self.looking = ""
        """Why nothing is taken but ``again`` and ``close``: the room is only looked at. Empty: it is not."""
        self.listeners: set[Callable[[], None]] = set()
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._broken = ""

    async def take(self, event: Mapping[str, Any]) -> None:
        """Take ``event``; returns when it is on disk. Raises RoomProblem when it does not fit, or cannot be kept."""
        if self._broken:
            raise RoomProblem("cannot-keep", self._broken)
        if self.looking and event.get("kind") not in ("again", "close"):
            raise RoomProblem("looking", self.looking)
        self.room.apply(event)
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    await asyncio.to_thread(self.session.write, [event for event, _ in batch])
                except Exception as error:  # whatever it is, who waits has to hear of it
                    self._undo([*batch, *self._waiting], error)
                else:
                    self.looking = ""  # only what ends it is written
                    for _, kept in batch:
                        if not kept.done():
                            kept.set_result(None)
                self.tell()
        finally:
            self._writing = None

    def _undo(self, refused: list[tuple[Mapping[str, Any], asyncio.Future[None]]], error: Exception) -> None:
        """Nothing of ``refused`` has happened; what came after it stood on it."""
        self._waiting = []
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__
        says = f"That cannot be kept ({reason}), so it does not count. "
        try:
            self.session.again()
            room = told_again(self.room.anew(), self.session)
        except (OSError, SessionProblem):
            self._broken = f"{says}The facilitator has to start the room again with --again."
        else:
            room.revision = self.room.revision + 1
            self.room = room
        problem = says + "Once there is room on the facilitator's disk, do it again."
        for _, kept in refused:
            if not kept.done():
                kept.set_exception(RoomProblem("cannot-keep", self._broken or problem))

    def tell(self) -> None:
        """Call everybody who listens."""
        for listener in list(self.listeners):
            try:
                listener()
            except Exception:  # one screen that cannot be told is not everybody's trouble
                logging.getLogger(__name__).exception("A screen of the room could not be told.")

    @property
    def over(self) -> bool:
        """Whether the room is closed."""
        return self.room.stage == OVER

    async def close(self) -> None:
        """Wait for what is under way, and let go of the file."""
        if self._writing is not None:
            await self._writing
        self.session.close()
