"""A submission's kernel as the grader sees it: run a cell, ask a function, close. Here, forked from a warm parent.

The grader holds two sockets of each session. Over the *wire* go cells and what they emit, over the *lifeline* go
interrupts and, at the end, the reason. Closing the lifeline, also by dying, ends everything the session started.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from leadgym.cohort.jail import wire
from leadgym.cohort.jail.bubble import jailed, said
from leadgym.cohort.jail.folder import sent
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.messages import Meter, Unfit, plain, reply
from leadgym.cohort.jail.mounts import View

Emit = Callable[[dict[str, Any]], None]
_INTERRUPT = b"i"
_START_SECONDS = 120.0
_END_SECONDS = 20.0
_MOST_COMMS = 100  # widgets of one cell that are told what was shown in them
ENDS = {
    "exit": "The notebook's process ended by itself (exit, os._exit or a crash).",
    "memory": "The notebook took more than {0} MB of memory and was stopped.",
    "processes": "The notebook started more than {1.processes} processes and was stopped.",
    "files": "The notebook wrote or opened more files than anyone needs and was stopped.",
    "wall": "The notebook ran for longer than {1.wall:g} s altogether and was stopped.",
    "wire": "The notebook sent more than {0} MB of output and was stopped.",
    "gone": "The jail was ended from outside while the notebook ran.",
    "stuck": "A cell ran too long, could not be interrupted, and the notebook was stopped.",
}
"""Why a session can end, each with what it says to the learner."""


class JailProblem(Exception):
    """The jail, or a kernel in it, could not be started, with the reason."""


class SessionEnded(Exception):
    """The kernel is gone, with the reason in a sentence."""


class JailGone(SessionEnded):
    """The kernel is gone because its whole jail is, which no submission can bring about: running it again may do."""


class CellTimeout(Exception):
    """The cell took too long and was interrupted; the kernel goes on."""


class TooMuch(Exception):
    """What was to be sent to the kernel is too large."""


class AskProblem(Exception):
    """A function gave no decisions at all, with the reason in a sentence."""


class Session(Protocol):
    """What running a notebook needs of a kernel, wherever it runs."""

    def execute(self, code: str, timeout: float | None, emit: Emit) -> dict[str, Any]:
        """Run a cell; each message goes to ``emit`` in nbclient's form. The reply's content.

        Raises CellTimeout when it was interrupted after ``timeout`` seconds, SessionEnded when the kernel is gone,
        TooMuch when the cell is larger than any kernel is sent.
        """

    def ask(self, name: str, batch: Sequence[Any], timeout: float) -> list[dict[str, Any]]:
        """The decisions of the function handed in as ``name``: for each of ``batch`` ``{"value": JSON}`` or
        ``{"problem": sentence}``. Raises AskProblem.
        """

    def tell_comm(self, kind: str, content: dict[str, Any]) -> None:
        """A front end's comm message, for the widgets that wait for one."""

    def close(self) -> None:
        """End the kernel and all it has started; returns when they are gone."""


def message(kind: str, content: dict[str, Any], parent: str) -> dict[str, Any]:
    """A Jupyter message as nbclient takes it."""
    return {
        "msg_type": kind, "header": {"msg_type": kind}, "parent_header": {"msg_id": parent},
        "content": content, "metadata": {}, "buffers": [],
    }  # fmt: skip


def decisions(content: Any, expected: int, name: str) -> list[dict[str, Any]]:
    """What a kernel answered when its function ``name`` was asked, checked. Raises AskProblem, in words of ours alone:
    what the kernel says can repeat the questions.
    """
    content = content if isinstance(content, dict) else {}
    if isinstance(content.get("problem"), str):
        raise AskProblem(f"The notebook handed in no function called '{name}'.")
    found = content.get("decisions")
    if not isinstance(found, list) or len(found) != expected:
        raise AskProblem(f"The function did not give {expected} decisions to {expected} questions.")
    return [_decision(decision) for decision in found]


def _decision(decision: Any) -> dict[str, Any]:
    with contextlib.suppress(Unfit, RecursionError):
        if isinstance(decision, dict) and "value" in decision:
            return {"value": plain(decision["value"])}
        if isinstance(decision, dict) and isinstance(decision.get("problem"), str):
            return {"problem": plain(decision["problem"][:500])}
    return {"problem": "The function's answer did not arrive whole."}


class WarmParent:
    """A jailed process that has imported ``imports`` and forks a kernel for each session.

    The control socket may be used by several threads and, after a fork, by several processes: an order is one datagram.
    """

    def __init__(self, seen: View, imports: Sequence[str], limits: Limits) -> None:
        self._seen, self._imports, self._limits = seen, tuple(imports), limits
        self._start()
        self._prove()

    def _prove(self) -> None:
        """Fork once for nothing: some systems allow the jail and forbid the namespaces that each fork needs."""
        with tempfile.TemporaryDirectory() as empty:
            session = self.open(Path(empty), {}, self._limits)
            try:
                session.execute("0", _START_SECONDS, lambda _: None)
            except (CellTimeout, SessionEnded) as error:
                self.close()
                raise JailProblem(str(error)) from error
            finally:
                session.close()

    def _start(self) -> None:
        self._owner = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inside = [sys.executable, "-P", "-m", "leadgym.cohort.jail.warm", str(theirs.fileno()), *self._imports]
        command = jailed(inside, self._seen, self._limits, inherit=[theirs.fileno()], nest=True)
        self._process = command.start(subprocess.PIPE)
        theirs.close()
        self._control.settimeout(_START_SECONDS)
        try:
            ready = self._control.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            self.close()
            raise JailProblem(f"The warm parent did not start: {said(self._process) or 'it gave no reason'}")

    def open(self, folder: Path, environment: Mapping[str, str], limits: Limits) -> WarmSession:
        """A session in a copy of ``folder``. Raises JailProblem, FolderTooLarge."""
        try:
            return self._order(folder, environment, limits)
        except (BrokenPipeError, ConnectionError):
            self._start()  # in a forked process: one of its own
            return self._order(folder, environment, limits)

    def _order(self, folder: Path, environment: Mapping[str, str], limits: Limits) -> WarmSession:
        ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
        order = {
            "name": folder.name,
            "environment": dict(environment),
            "limits": limits.to_json(),
            "trees": self._seen.trees,
        }
        try:
            if os.getpid() == self._owner and self._process.poll() is not None:
                raise ConnectionError("the warm parent is gone")
            socket.send_fds(self._control, [json.dumps(order).encode()], [end.fileno() for end in theirs])
        finally:
            for end in theirs:
                end.close()
        return WarmSession(self, *ours, folder, limits)

    def close(self) -> None:
        """End the parent, and with it every session that is still open."""
        self._control.close()
        if os.getpid() == self._owner:
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class WarmSession:
    """A kernel forked from a warm parent. See `Session`."""

    def __init__(
        self, parent: WarmParent, ours: socket.socket, lifeline: socket.socket, folder: Path, limits: Limits
    ) -> None:
        self._parent = parent  # a parent that is forgotten ends, and its sessions with it
        self._meter = Meter(limits)
        self._wire, self._lifeline, self._limits = ours, lifeline, limits
        self._wire.setblocking(False)
        self._unpacker = wire.Unpacker()
        self._received = 0
        self._ended = ""
        self._waiting = bytearray()
        self._comms: dict[str, dict[str, Any]] = {}
        try:
            for frame in sent(folder, limits.disk // 2):
                self._waiting += frame
                self._push(time.monotonic() + _START_SECONDS)
        except SessionEnded:
            pass  # the first cell will say so
        except BaseException:
            self.close()
            raise

    def execute(self, code: str, timeout: float | None, emit: Emit) -> dict[str, Any]:
        """See `Session`."""
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": False}
        self._meter.next_cell()

        def pass_on(kind: str, content: Any, parent: str, size: int) -> None:
            kept = self._meter.passed(kind, content, size)
            if kept is not None:
                emit(message(kind, kept, parent))

        return reply(self._request({"op": "execute", "content": content}, "execute_reply", timeout, pass_on))

    def ask(self, name: str, batch: Sequence[Any], timeout: float) -> list[dict[str, Any]]:
        """See `Session`."""
        try:
            request = {"op": "ask", "name": name, "batch": list(batch)}
            content = self._request(request, "ask_reply", timeout, lambda *_: None)
        except CellTimeout as error:
            raise AskProblem(f"The function took longer than {timeout:g} s for {len(batch)} questions.") from error
        except SessionEnded as error:
            raise AskProblem(str(error)) from error
        except TooMuch as error:
            raise AskProblem(f"{len(batch)} questions are too large for one batch.") from error
        return decisions(content, len(batch), name)

    def tell_comm(self, kind: str, content: dict[str, Any]) -> None:
        """See `Session`. Only the last message of each comm is sent, before anything else is: they tell whole states,
        and a cell can bring about more of them than anybody could write. One that would not be taken is not sent.
        """
        self._comms[str(content.get("comm_id"))] = {"op": "comm", "id": "comm", "type": kind, "content": content}

    def close(self) -> None:
        """See `Session`."""
        if self._wire.fileno() < 0:
            return
        self._wire.close()
        with contextlib.suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_WR)
        self._reason()
        self._lifeline.close()

    def _request(
        self, request: dict[str, Any], kind: str, timeout: float | None, pass_on: Callable[[str, Any, str, int], None]
    ) -> Any:
        if self._ended:
            raise SessionEnded(self._ended)
        identity = secrets.token_hex(8)  # so that no cell can answer for a later one
        self._tell_comms()
        try:
            self._waiting += wire.pack({**request, "id": identity})
        except ValueError as error:
            raise TooMuch from error
        until = time.monotonic() + (timeout or self._limits.wall + self._limits.grace)
        try:
            return self._pump(identity, kind, until, pass_on)
        except TimeoutError:
            with contextlib.suppress(OSError):
                self._lifeline.send(_INTERRUPT)
        try:
            self._pump(identity, kind, time.monotonic() + self._limits.grace, pass_on)
        except TimeoutError:
            self._end(ENDS["stuck"])
        raise CellTimeout

    def _pump(self, identity: str, kind: str, until: float, pass_on: Callable[[str, Any, str, int], None]) -> Any:
        """Send what waits and take what comes, until the reply ``kind`` to ``identity``. Raises TimeoutError."""
        while True:
            for size, frame in self._arrived(until):
                if frame.get("parent") != identity:
                    continue  # of an earlier cell, whose time is over
                if frame.get("type") == kind:
                    return frame.get("content")
                pass_on(str(frame.get("type")), frame.get("content"), identity, size)

    def _tell_comms(self) -> None:
        for number, frame in enumerate(self._comms.values()):
            with contextlib.suppress(ValueError):
                if number < _MOST_COMMS and len(self._waiting) < wire.MAX_FRAME:
                    self._waiting += wire.pack(frame)
        self._comms.clear()

    def _push(self, until: float) -> None:
        while self._waiting:
            self._poll(until)

    def _poll(self, until: float) -> bool:
        """Wait until the wire can be read (True) or what waits has moved on. Raises TimeoutError, SessionEnded."""
        left = until - time.monotonic()
        poll = select.poll()
        poll.register(self._wire, select.POLLIN | (select.POLLOUT if self._waiting else 0))
        events = poll.poll(max(0, left) * 1000) if left > 0 else []
        if not events:
            raise TimeoutError
        if events[0][1] & select.POLLOUT:
            try:
                del self._waiting[: self._wire.send(self._waiting)]
            except BlockingIOError:
                pass
            except OSError:
                self._end()
        return bool(events[0][1] & ~select.POLLOUT)

    def _arrived(self, until: float) -> list[tuple[int, dict[str, Any]]]:
        if not self._poll(until):
            return []
        try:
            data = self._wire.recv(1 << 20)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._end()
        self._received += len(data)
        if self._received > self._limits.wire:
            self._end(ENDS["wire"].format(self._limits.wire // MB))
        try:
            return list(self._unpacker.feed(data))
        except wire.WireProblem as problem:
            self._end(f"The notebook's process sent {problem} in the place of its output, and was stopped.")

    def _end(self, sentence: str = "") -> NoReturn:
        """Raise SessionEnded, with the keeper's reason unless there is a better one."""
        with contextlib.suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_WR)
        reason = self._reason()
        if not reason:
            raise JailGone(ENDS["gone"])
        if reason.startswith("start: "):
            self._ended = f"The notebook's kernel could not be started ({reason.removeprefix('start: ')})."
        else:
            self._ended = sentence or ENDS.get(reason, ENDS["exit"]).format(self._limits.memory // MB, self._limits)
        raise SessionEnded(self._ended)

    def _reason(self) -> str:
        """How the keeper says the session ended; it says so when everything of it is gone."""
        said = b""
        with contextlib.suppress(OSError):
            self._lifeline.settimeout(_END_SECONDS)
            while more := self._lifeline.recv(1024):
                said += more
        return said.decode("utf-8", "replace")
