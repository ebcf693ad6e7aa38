"""Standard output inside the jail: what Python prints, and what subprocesses and C code write to the descriptors."""

from __future__ import annotations

import contextlib
import io
import os
import select
import threading
from collections.abc import Callable
from typing import Any

from leadgym.cohort.jail.limits import Limits

_FLUSH_AT = 32 * 1024
_FLUSH_EVERY = 0.2
_READ = 64 * 1024
_PIPE = 1024 * 1024  # the most a pipe holds


class Budget:
    """How much of a cell's output is still sent. It spares an honest notebook; the grader counts for itself."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._cell = ""
        self._stream = self._rich = 0

    def rich(self, cell: str, size: int) -> bool:
        """Whether displayed data of ``size`` bytes is still sent whole."""
        self._enter(cell)
        self._rich += size
        return self._rich <= self._limits.rich

    def stream(self, cell: str, text: str) -> str:
        """What of ``text`` is still sent; the last of it says that the rest is not kept."""
        self._enter(cell)
        before, self._stream = self._stream, self._stream + len(text)
        if self._stream <= self._limits.stream:
            return text
        if before > self._limits.stream:
            return ""
        return f"{text[: self._limits.stream - before]}\n[What this cell printed beyond this is not kept.]\n"

    def _enter(self, cell: str) -> None:
        if cell != self._cell:
            self._cell, self._stream, self._rich = cell, 0, 0


class WireStream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr``: gathers text and sends it as stream messages of the cell it belongs to."""

    encoding = "UTF-8"
    _all: list[WireStream] = []

    def __init__(
        self, name: str, put: Callable[[dict[str, Any]], None], parent: Callable[[], str], budget: Budget
    ) -> None:
        self.name = name
        self._put, self._parent, self._budget = put, parent, budget
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._cell, self._text, self._size = "", [""], 0
        self._all.append(self)

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The descriptor that is captured into this stream."""
        return 1 if self.name == "stdout" else 2

    def write(self, text: str) -> int:
        """Gather ``text``; what a forked child prints goes through the descriptor instead, never over the wire."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._pid:
            os.write(self.fileno(), text.encode("utf-8", "replace"))
            return len(text)
        for other in self._all:
            if other is not self and other._size:
                other.flush()  # so that the two streams stay in the order in which they were written
        with self._lock:
            cell = self._parent()
            if cell != self._cell:
                self.flush()
                self._cell = cell
            self._text.append(text)
            self._size += len(text)
            if self._size > _FLUSH_AT:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what has been gathered."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            text = self._budget.stream(self._cell, "".join(self._text))
            self._text, self._size = [], 0
            if text:
                content = {"name": self.name, "text": text}
                self._put({"type": "stream", "content": content, "parent": self._cell})


class Watched:
    """A descriptor whose writes become a stream's text, read by a thread of its own."""

    def __init__(self, stream: WireStream, descriptor: int) -> None:
        self._stream = stream
        self._end, into = os.pipe()
        os.dup2(into, descriptor)
        os.close(into)
        self._lock = threading.Lock()
        threading.Thread(target=self._read_on, daemon=True, name=f"watch {stream.name}").start()

    def _read_on(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                if select.select([self._end], [], [], _FLUSH_EVERY)[0]:
                    self._read()
                self._stream.flush()

    def _read(self) -> None:
        with self._lock:
            if select.select([self._end], [], [], 0)[0]:
                self._stream.write(os.read(self._end, _READ).decode("utf-8", "replace"))

    def drain(self) -> None:
        """Take in what has been written so far, and send it. What a child goes on writing comes later."""
        for _ in range(_PIPE // _READ):
            if not select.select([self._end], [], [], 0)[0]:
                break
            self._read()
        self._stream.flush()
