"""The warm parent, inside the jail: imports once what the notebooks import, then forks a kernel for each submission.

It runs no learner's code and stays single-threaded. Each order arrives on the control socket with two sockets: the
*wire*, which becomes the kernel's, and the *lifeline*, which says that the grader still wants it. Three processes make
a session:

- the keeper, outside the submission's pid namespace, where nothing of the learner's can reach it: holds the lifeline,
  watches memory and time, kills;
- pid 1 of the new namespace: collects orphans, passes interrupts on; when it ends, the system kills all the others;
- the kernel, which runs the cells.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from leadgym.cohort.jail import confine
from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import HOME
from leadgym.cohort.jail.shell import CellKernel
from leadgym.cohort.jail.watch import breach, numbered

INTERRUPT = b"i"
_TICK = 0.05


def main() -> None:
    """``python -m leadgym.cohort.jail.warm FD MODULE...``: serve orders from the control socket until it closes."""
    told, *imports = sys.argv[1:]
    control = socket.socket(fileno=int(told))
    confine.own_keyring()
    kernel = CellKernel.prepared()
    for name in imports:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _warm_matplotlib()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # so that no collection in a child touches, and copies, what the parent holds
    control.send(b"ready")
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        if not order:
            return
        if os.fork() == 0:
            control.close()
            _keep(kernel, json.loads(order), *(socket.socket(fileno=number) for number in descriptors))
        for number in descriptors:
            os.close(number)


def _warm_matplotlib() -> None:
    """Load fonts and the drawing code, then forget the backend: its import in a kernel connects it to that shell."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    from io import BytesIO

    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().set_title("leadgym")
    figure.savefig(BytesIO())
    sys.modules.pop("matplotlib_inline.backend_inline", None)


def _keep(kernel: CellKernel, order: dict[str, Any], wire: socket.socket, lifeline: socket.socket) -> NoReturn:
    """The keeper: make the session, see it through, say on the lifeline how it ended. Never returns."""
    limits = Limits.from_json(order["limits"])
    first = 0
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _close_streams()
        confine.new_namespaces()
        confine.own_disk(limits, order["trees"])
        proc_before = Path("/proc").stat().st_dev
        first = os.fork()
        if first == 0:
            lifeline.close()
            _be_first(kernel, order, limits, wire)
        wire.close()
        end = _watch(first, limits, lifeline, proc_before)
    except BaseException as error:
        end = f"start: {error}"
    if first:
        with contextlib.suppress(OSError):
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)  # returns when the whole namespace is gone
    with contextlib.suppress(OSError):
        lifeline.send(end.encode("utf-8", "replace")[:1000])
    os._exit(0)


def _watch(first: int, limits: Limits, lifeline: socket.socket, proc_before: int) -> str:
    """Until the session ends: why it did (``memory``, ``processes``, ``wall``, ``closed``, ``exit``)."""
    ended = os.pidfd_open(first)
    until = time.monotonic() + limits.wall
    while True:
        ready = select.select([ended, lifeline.fileno()], [], [], _TICK)[0]
        if lifeline.fileno() in ready:
            if lifeline.recv(1) != INTERRUPT:
                return "closed"
            os.kill(first, signal.SIGUSR1)
        if ended in ready:
            return "exit"
        # Pid 1 has mounted a /proc of its own over the parent's: what it shows are the session's processes.
        if Path("/proc").stat().st_dev != proc_before and (broken := breach(numbered(), limits)):
            return broken
        if time.monotonic() > until:
            return "wall"


def _be_first(kernel: CellKernel, order: dict[str, Any], limits: Limits, wire: socket.socket) -> NoReturn:
    """Pid 1: shut every door, start the kernel, collect what dies, end with the kernel. Never returns."""
    code = 1
    try:
        confine.own_proc()
        confine.give_up_privileges()
        confine.shut_system_calls()
        confine.set_limits(limits)  # here already: what the kernel is limited by, it could make its parent do
        signals = {signal.SIGCHLD, signal.SIGUSR1}
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        child = os.fork()
        if child == 0:
            _be_kernel(kernel, order, limits, wire)
        wire.close()
        while child:
            if signal.sigwait(signals) == signal.SIGUSR1:
                os.killpg(child, signal.SIGINT)  # with what it runs and waits for, as Jupyter does
            while child and (dead := _collect()):
                child = 0 if dead == child else child
        code = 0
    finally:
        os._exit(code)


def _collect() -> int:
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0


def _be_kernel(kernel: CellKernel, order: dict[str, Any], limits: Limits, wire: socket.socket) -> NoReturn:
    """The kernel: everything that is not its own closed, then the cells. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()
        _close_all_but(wire.fileno())
        os.environ.update(order["environment"])
        folder = Path(HOME) / order["name"]
        folder.mkdir()
        os.chdir(folder)
        kernel.serve(wire, limits)
    finally:
        os._exit(0)


def _close_streams() -> None:
    """The parent's stderr leads to the grader, and what pid 1 holds open every process of the session can open."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _close_all_but(kept: int) -> None:
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


if __name__ == "__main__":
    main()
