"""A normal kernel, started for one submission: where forking is not to be had, and where there is no jail.

The same messages, limits and ends as a session forked from a warm parent, so that the same marks result.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from leadgym.cohort.jail.decide import DECISIONS_TYPE, publish
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.messages import Meter, reply
from leadgym.cohort.jail.session import (
    ENDS,
    AskProblem,
    CellTimeout,
    Emit,
    JailProblem,
    SessionEnded,
    TooMuch,
    decisions,
    message,
)
from leadgym.cohort.jail.wire import MAX_FRAME

_START_SECONDS = 120.0
_ALIVE_EVERY = 0.5
_LARGEST, _QUEUED = 4 * MB, 128  # a message, and how many lie unread on this side: what a flood can take here
_IDLE_SECONDS = 4.0  # as long as nbclient waits for outputs that may still be on their way


class KernelSession:
    """A kernel of jupyter_client. See `leadgym.cohort.jail.session.Session`."""

    def __init__(
        self,
        name: str,
        folder: Path,
        environment: Mapping[str, str],
        limits: Limits,
        *,
        jail: Mapping[str, Any] | None,
    ) -> None:
        """Start the kernel ``name`` in ``folder``, jailed with the provisioner's settings ``jail``, unjailed without.

        Raises JailProblem.
        """
        self._limits = limits
        self._received = 0
        self._meter = Meter(limits)
        self._manager = KernelManager(kernel_name=name)
        # Two kernels that pick their ports at the same moment can collide; sockets in a folder of their own cannot.
        self._sockets = tempfile.TemporaryDirectory(prefix="leadgym-")
        if sys.platform != "win32":
            self._manager.transport, self._manager.ip = "ipc", f"{self._sockets.name}/s"
        if jail is not None:
            _use_jail(self._manager, {**jail, "limits": limits.to_json()})
        arguments = ["--HistoryManager.hist_file=:memory:"] if self._manager.ipykernel else []
        try:
            nowhere = subprocess.DEVNULL  # what the kernel writes past its own streams is nobody's
            self._manager.start_kernel(
                cwd=str(folder), env=dict(environment), extra_arguments=arguments, stdout=nowhere, stderr=nowhere
            )
            self._client: BlockingKernelClient = self._manager.blocking_client()
            # A message that is too large, or too many unread ones, never come into this process.
            self._client.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST)
            self._client.context.setsockopt(zmq.RCVHWM, _QUEUED)
            self._client.start_channels()
            self._client.wait_for_ready(timeout=_START_SECONDS)
            self._client.allow_stdin = False
        except Exception as error:
            self.close()
            raise JailProblem(f"The kernel '{name}' did not start: {error}") from error

    def execute(self, code: str, timeout: float | None, emit: Emit) -> dict[str, Any]:
        """See `Session`."""
        if len(code) > MAX_FRAME:
            raise TooMuch
        self._meter.next_cell()

        def pass_on(kind: str, content: Any, parent: str, size: int) -> None:
            kept = self._meter.passed(kind, content, size)
            if kept is not None:
                emit(message(kind, kept, parent))

        identity = self._send(code)
        try:
            return reply(self._pump(identity, timeout, pass_on))
        except TimeoutError:
            self._interrupt()
        try:
            self._pump(identity, self._limits.grace, pass_on)
        except TimeoutError:
            self.close()
            raise SessionEnded(ENDS["stuck"]) from None
        raise CellTimeout

    def ask(self, name: str, batch: Sequence[Any], timeout: float) -> list[dict[str, Any]]:
        """See `Session`. For Python kernels."""
        found: list[Any] = [None]

        def pass_on(kind: str, content: Any, parent: str, size: int) -> None:
            if kind == "display_data" and isinstance(content.get("data"), dict):
                found[0] = content["data"].get(DECISIONS_TYPE, found[0])

        question = json.dumps(list(batch))
        try:
            identity = self._send(
                f"from {publish.__module__} import publish; publish({name!r}, {question!r})", store=False
            )
            self._pump(identity, timeout, pass_on)
        except TimeoutError as error:
            self._interrupt()
            raise AskProblem(f"The function took longer than {timeout:g} s for {len(batch)} questions.") from error
        except SessionEnded as error:
            raise AskProblem(str(error)) from error
        return decisions(found[0], len(batch), name)

    def tell_comm(self, kind: str, content: dict[str, Any]) -> None:
        """See `Session`."""
        self._client.shell_channel.send(self._client.session.msg(kind, content))

    def close(self) -> None:
        """See `Session`."""
        with contextlib.suppress(RuntimeError):
            if self._manager.has_kernel:
                self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        if hasattr(self, "_client"):
            self._client.stop_channels()
        self._sockets.cleanup()

    def _interrupt(self) -> None:
        self._manager.interrupt_kernel()
        # A kernel that waits in its event loop takes note of the interrupt when something else wakes it.
        self._client.kernel_info()

    def _send(self, code: str, *, store: bool = True) -> str:
        if not self._manager.has_kernel:
            raise SessionEnded(ENDS["exit"])
        return str(self._client.execute(code, store_history=store, stop_on_error=False, allow_stdin=False))

    def _pump(self, identity: str, timeout: float | None, pass_on: Callable[[str, Any, str, int], None]) -> Any:
        """Take what comes until the cell is done and its outputs are in. Raises TimeoutError, SessionEnded."""
        until = time.monotonic() + (timeout or self._limits.wall + self._limits.grace)
        answer: Any = None
        idle = False
        while answer is None or not idle:
            if time.monotonic() > until:
                if answer is not None:
                    break
                raise TimeoutError
            for kind, content, size in self._arrived(identity, min(_ALIVE_EVERY, max(0.01, until - time.monotonic()))):
                if kind == "execute_reply":
                    answer = content
                    until = time.monotonic() + _IDLE_SECONDS
                elif kind == "status":
                    idle = idle or (isinstance(content, dict) and content.get("execution_state") == "idle")
                else:
                    pass_on(kind, content, identity, size)
        return answer

    def _arrived(self, identity: str, seconds: float) -> list[tuple[str, Any, int]]:
        """The messages of one request that have come within ``seconds``."""
        channels = [self._client.iopub_channel, self._client.shell_channel]
        poller = zmq.Poller()
        for channel in channels:
            poller.register(channel.socket, zmq.POLLIN)
        ready = dict(poller.poll(round(seconds * 1000)))
        if not ready and not self._manager.is_alive():
            raise SessionEnded(self._why())
        found = []
        for channel in channels:
            if channel.socket in ready:
                with contextlib.suppress(zmq.Again, ValueError, KeyError, TypeError, RecursionError):
                    parts = channel.socket.recv_multipart(zmq.NOBLOCK)
                    size = sum(map(len, parts))
                    self._received += size
                    taken = self._client.session.deserialize(self._client.session.feed_identities(parts)[1])
                    if taken["parent_header"].get("msg_id") == identity:
                        found.append((str(taken["msg_type"]), taken["content"], size))
        if self._received > self._limits.wire:
            self.close()
            raise SessionEnded(ENDS["wire"].format(self._limits.wire // MB))
        return found

    def _why(self) -> str:
        limit = getattr(self._manager.provisioner, "ended_by", "") or "exit"
        return ENDS.get(limit, ENDS["exit"]).format(self._limits.memory // MB, self._limits)


def _use_jail(manager: KernelManager, settings: Mapping[str, Any]) -> None:
    """Have this manager's kernel, and no other, started by the jail's provisioner."""
    from leadgym.cohort.jail import provisioner

    # An installation made before leadgym declared the entry point does not list it.
    entry = EntryPoint(provisioner.NAME, f"{provisioner.__name__}:JailProvisioner", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance(parent=manager.parent).provisioners.setdefault(provisioner.NAME, entry)
    spec = manager.kernel_spec
    if spec is None:
        raise JailProblem(f"There is no kernel '{manager.kernel_name}'.")
    spec.metadata = {
        **spec.metadata,
        "kernel_provisioner": {"provisioner_name": provisioner.NAME, "config": dict(settings)},
    }
