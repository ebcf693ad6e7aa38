"""The kernel inside: ipykernel's own, with a wire in the place of its five sockets.

The cells meet the shell, display hook, magics, comms and event loop they meet in JupyterLab; what they emit are
Jupyter's own messages, as JSON, one frame each: ``{"type", "content", "parent"}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import random
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.jsonutil import json_clean, json_default
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config

from leadgym.cohort.jail.decide import decide
from leadgym.cohort.jail.folder import Laying
from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.streams import Budget, Watched, WireStream
from leadgym.cohort.jail.wire import MAX_FRAME, Unpacker
from leadgym.marking import ANSWER_TYPE, too_large

_RICH = ("display_data", "update_display_data", "execute_result")


class WireSession(Session):
    """A session whose messages go over the wire. Nothing is signed: there is nobody to mistake it for."""

    def plug(self, wire: socket.socket, limits: Limits) -> None:
        """Send from here on."""
        self._wire, self._pid, self._lock = wire, os.getpid(), threading.RLock()
        self.budget = Budget(limits)

    def send(
        self,
        stream: Any,
        msg_or_type: dict[str, Any] | str,
        content: dict[str, Any] | None = None,
        parent: dict[str, Any] | None = None,
        ident: Any = None,
        buffers: Any = None,
        track: bool = False,
        header: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Send a message as ipykernel makes it; returns the message. Buffers, which only widgets have, stay here."""
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        else:
            message = msg_or_type
        kind, header = message["msg_type"], message["parent_header"] or {}
        if kind not in ("status", "execute_input") and os.getpid() == self._pid:
            self.put({"type": kind, "content": message["content"], "parent": header.get("msg_id", "")})
        return message

    def put(self, frame: dict[str, Any]) -> None:
        """Send one frame, or a note in its place when it is too large."""
        data = _encode(frame)
        bundle = frame["content"].get("data", {}) if frame["type"] in _RICH else {}
        if bundle and not self.budget.rich(frame["parent"], len(data)) and ANSWER_TYPE not in bundle:
            text = bundle.get("text/plain", "")
            kept = {**frame["content"], "metadata": {}, "data": {"text/plain": str(text)[:1000] or "(too large)"}}
            data = _encode({**frame, "content": kept})
        if len(data) > MAX_FRAME:
            kept = {"data": {ANSWER_TYPE: too_large(bundle[ANSWER_TYPE])}} if ANSWER_TYPE in bundle else {}
            data = _encode({**frame, "content": kept})
        with self._lock:
            self._wire.sendall(data)


def _encode(frame: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(frame, default=json_default, allow_nan=False)
    except ValueError:
        text = json.dumps(json_clean(frame), default=json_default)
    payload = b"J" + text.encode("ascii")
    return len(payload).to_bytes(4, "big") + payload


class CellKernel(IPythonKernel):
    """ipykernel's kernel, made before the fork and plugged in after it."""

    session: WireSession

    @classmethod
    def prepared(cls) -> CellKernel:
        """The one kernel of this process, with its shell, and nothing yet that a fork would share."""
        log = logging.getLogger("leadgym.jail")
        log.addHandler(logging.NullHandler())
        log.propagate = False
        config = Config({"HistoryManager": {"hist_file": ":memory:"}})
        kernel: CellKernel = cls.instance(config=config, session=WireSession(key=b""), log=log)
        IPKernelApp.instance(kernel=kernel)  # where magics such as %matplotlib look for the kernel
        kernel.shell.extension_manager.load_extension("storemagic")
        sys.argv = ["ipykernel_launcher.py", "-f", "kernel.json"]
        _warm(kernel.shell)
        return kernel

    def serve(self, wire: socket.socket, limits: Limits) -> None:
        """Lay the submission's files, then run what the wire asks for until it closes."""
        self.session.plug(wire, limits)
        _own_randomness()
        _own_path()
        Path(self.shell.ipython_dir).mkdir(parents=True, exist_ok=True)
        Path(self.shell.profile_dir.location).mkdir(parents=True, exist_ok=True)
        self._watched = [Watched(self._stream("stdout"), 1), Watched(self._stream("stderr"), 2)]
        asyncio.set_event_loop(loop := asyncio.new_event_loop())
        loop.run_until_complete(self._serve(wire))

    def _stream(self, name: str) -> WireStream:
        stream = WireStream(name, self.session.put, self._parent_id, self.session.budget)
        setattr(sys, name, stream)
        return stream

    def _parent_id(self) -> str:
        return str(self.get_parent("shell").get("header", {}).get("msg_id", ""))  # type: ignore[no-untyped-call]

    async def _serve(self, wire: socket.socket) -> None:
        self.io_loop = IOLoop.current()
        # ipykernel cancels an interrupted cell by a callback; without its sockets nothing else would wake the loop.
        here, there = socket.socketpair()
        for end in (here, there):
            end.setblocking(False)
        signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
        asyncio.get_running_loop().add_reader(here, here.recv, 4096)
        self.shell_channel_thread = type("_Main", (), {"parent_thread": threading.current_thread()})()
        unpacker, laying = Unpacker(raw=True), Laying(Path.cwd())
        laid = False
        while data := await _received(wire):
            for _, frame in unpacker.feed(data):
                if not laid:
                    laid = laying.take(frame)
                    continue
                await self._answer(frame)
                if self.shell.exit_now:
                    return

    async def _answer(self, frame: dict[str, Any]) -> None:
        parent = self.session.msg(f"{frame['op']}_request", frame.get("content", {}))
        parent["header"]["msg_id"] = parent["msg_id"] = frame["id"]
        if frame["op"] == "comm":
            comm = {**parent, "content": frame["content"], "buffers": []}
            getattr(self.comm_manager, frame["type"])(None, None, comm)
            return
        self.set_parent([b""], parent)  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            if frame["op"] == "execute":
                await self.execute_request(None, [b""], parent)  # type: ignore[no-untyped-call]
            else:
                self._ask(frame)
        except KeyboardInterrupt:
            # It came between the learner's code and here.
            reply = {"status": "error", "ename": "KeyboardInterrupt", "evalue": "", "traceback": []}
            self.session.put({"type": f"{frame['op']}_reply", "content": reply, "parent": frame["id"]})
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _ask(self, frame: dict[str, Any]) -> None:
        content = decide(self.shell, frame["name"], frame["batch"])
        self._flush()
        self.session.put({"type": "ask_reply", "content": content, "parent": frame["id"]})

    async def do_execute(self, *args: Any, **kwargs: Any) -> Any:
        """Run a cell; what subprocesses wrote meanwhile is collected before the reply goes out."""
        try:
            return await super().do_execute(*args, **kwargs)  # type: ignore[no-untyped-call]
        finally:
            self._flush()

    def _flush(self) -> None:
        for watched in self._watched:
            watched.drain()


async def _received(wire: socket.socket) -> bytes:
    """The next bytes; empty when the wire is closed. Sending stays blocking, so the socket does too."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(wire, _wake, ready)
    try:
        await ready
    finally:
        loop.remove_reader(wire)
    with contextlib.suppress(ConnectionError):
        return wire.recv(1 << 16)
    return b""


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _warm(shell: Any) -> None:
    """Load now what the shell itself loads at its first cell, its first traceback and its first ``!command``."""
    # IPython keeps all that is printed, for %notebook: whatever a notebook prints would count as its memory.
    shell._tee = lambda channel: contextlib.nullcontext()
    shell.run_cell("pass", silent=True)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    for name in ("pexpect", "numpy.random"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _own_path() -> None:
    """The working folder among the places modules come from, where a kernel has it: just before installed packages."""
    sys.path[:] = [path for path in sys.path if path]
    installed = (place for place, path in enumerate(sys.path) if Path(path).name in ("site-packages", "dist-packages"))
    sys.path.insert(next(installed, 0), "")


def _own_randomness() -> None:
    """Every fork has its parent's random state: without this all submissions would draw the same numbers."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
