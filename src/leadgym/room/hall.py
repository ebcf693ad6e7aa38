"""The room between its doors: one event at a time is taken, written, and only then acknowledged; then all are told.

Everything runs in one event loop. Events that arrive while a write is under way go to disk together with the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from leadgym.room.kept import Session, told_again
from leadgym.room.run import OVER, Room, RoomProblem


class Hall:
    """A room, its session file, and who listens. ``listeners`` are called after each change."""

    def __init__(self, room: Room, session: Session) -> None:
        self.session = session
        self.room = told_again(room, session)
        self.listeners: set[Callable[[], None]] = set()
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._broken = ""

    async def take(self, event: Mapping[str, Any]) -> None:
        """Take ``event``; returns when it is on disk. Raises RoomProblem when it does not fit, or cannot be kept."""
        if self._broken:
            raise RoomProblem("cannot-keep", self._broken)
        self.room.apply(event)
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        for listener in list(self.listeners):
            listener()
        await kept

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    await asyncio.to_thread(self.session.write, [event for event, _ in batch])
                except OSError as error:
                    # What was taken and is not on disk would be lost by a restart: nothing more is taken.
                    self._broken = (
                        f"{self.session.path} cannot be written ({error.strerror or error}). Make room there."
                    )
                    for _, kept in [*batch, *self._waiting]:
                        kept.set_exception(RoomProblem("cannot-keep", self._broken))
                    self._waiting = []
                    return
                for _, kept in batch:
                    if not kept.done():
                        kept.set_result(None)
        finally:
            self._writing = None

    @property
    def over(self) -> bool:
        """Whether the room is closed."""
        return self.room.stage == OVER

    async def close(self) -> None:
        """Wait for what is under way, and let go of the file."""
        if self._writing is not None:
            await self._writing
        self.session.close()
