"""A kernel provisioner for jupyter_client: any kernel, started in the jail, in a copy of the folder it was to work in.

Registered as ``leadgym-jail``. The kernel's sockets lie in the jail's own memory, not in a folder outside that it could
fill; this side reaches them through a file descriptor of the folder they lie in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Dict, List, Unicode

from leadgym.cohort.jail.bubble import jailed, said
from leadgym.cohort.jail.folder import sent
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.mounts import HOME, view
from leadgym.cohort.jail.session import JailProblem
from leadgym.cohort.jail.watch import breach, descendants

NAME = "leadgym-jail"
_CONNECTION = "/etc/kernel.json"
_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_PASSED_ON = ("NBGRADER_EXECUTION",)
_OWN_MEMORY = 256 * MB  # what a kernel takes before its first cell
_MOST_FILES = 20_000
_TICK = 0.1
_START_SECONDS = 60.0
_END_SECONDS = 20.0


class JailProvisioner(LocalProvisioner):
    """Starts the kernel's command under bubblewrap. Linux only: see `leadgym.cohort.jail.bubble.jail_status`."""

    limits = Dict(help="What the kernel may use: leadgym.cohort.jail.limits.Limits, as data.").tag(config=True)
    hidden = List(Unicode(), help="Folders that stay dark even where the environment holds them.").tag(config=True)
    show = List(Unicode(), help="Further folders to show, read-only.").tag(config=True)

    process: subprocess.Popen[bytes] | None = None
    ended_by = ""
    """The limit that ended the kernel, when one did: ``memory``, ``processes``, ``files`` or ``wall``."""
    _first = _kernel = 0
    _sockets = _over = -1

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """The sockets get names in the jail instead of ports."""
        manager = self.parent
        manager.transport, manager.ip = "ipc", f"/tmp/{self.kernel_id}/s"  # noqa: S108 - the jail's own
        for number, port in enumerate(_PORTS, start=1):
            setattr(manager, port, number)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start ``cmd`` in the jail. Raises JailProblem, NotShowable, FolderTooLarge."""
        limits = Limits.from_json(self.limits)
        folder = Path(kwargs.get("cwd") or ".").absolute()
        sockets = str(Path(self.connection_info["ip"]).parent)
        kernel = [_CONNECTION if part == self.parent.connection_file else part for part in cmd]
        wanted = {*_PASSED_ON, *self.kernel_spec.env}
        outer = kwargs.get("env", {})
        told, info = os.pipe()
        with tempfile.TemporaryFile() as files, os.fdopen(told, "rb") as first:
            for frame in sent(folder, limits.disk // 2):
                files.write(frame)
            files.seek(0)
            launch = [sys.executable, "-P", "-m", "leadgym.cohort.jail.launch", str(files.fileno()), sockets]
            command = jailed(
                [*launch, folder.name, json.dumps(limits.to_json()), *kernel],
                view(map(Path, self.hidden), map(Path, self.show)),
                limits,
                nest=False,
                inherit=[files.fileno()],
                info=info,
                environment={name: outer[name] for name in wanted if name in outer},
                files={_CONNECTION: json.dumps(self.connection_info, default=bytes.decode)},
            )
            self.process = command.start(subprocess.PIPE)
            os.close(info)
            if not await self._started(first.fileno(), sockets):
                await self.kill()
                self.process.wait()
                raise JailProblem(f"The kernel did not start in the jail: {said(self.process) or 'it gave no reason'}")
        threading.Thread(target=self._watch, args=[limits], daemon=True, name="jail watch").start()
        self.pid = self.process.pid
        self.connection_info = {**self.connection_info, "ip": f"/proc/{os.getpid()}/fd/{self._sockets}/s"}
        return self.connection_info

    async def _started(self, told: int, sockets: str) -> bool:
        """Wait for the kernel's process and for the folder of its sockets; False when it ended instead."""
        assert self.process is not None  # noqa: S101 - just started
        until = time.monotonic() + _START_SECONDS
        said = b""
        while self.process.poll() is None and time.monotonic() < until:
            if not self._first:
                if select.select([told], [], [], 0)[0]:
                    said += os.read(told, 4096)
                with contextlib.suppress(ValueError):
                    self._first = int(json.loads(said)["child-pid"])
                    self._over = os.pidfd_open(self._first)
            else:
                with contextlib.suppress(OSError, IndexError):
                    self._kernel = int(Path(f"/proc/{self._first}/task/{self._first}/children").read_text().split()[0])
                    # The folder's name is this kernel's own, so it is not one of the outer system's.
                    self._sockets = os.open(f"/proc/{self._kernel}/root{sockets}", os.O_RDONLY | os.O_DIRECTORY)
                    return True
            await asyncio.sleep(0.01)
        return False

    def _watch(self, limits: Limits) -> None:
        """Until the kernel ends: end it when it breaks a limit that the system does not keep."""
        limits = replace(limits, memory=limits.memory + _OWN_MEMORY)
        until = time.monotonic() + limits.wall
        while (process := self.process) is not None and process.poll() is None:
            broken = breach(descendants(self._first), limits)
            with contextlib.suppress(OSError):
                disk = os.statvfs(f"/proc/{self._kernel}/root{HOME}")
                broken = broken or ("files" if disk.f_files - disk.f_ffree > _MOST_FILES else "")
            # A link in a socket's place would send this side's messages to a socket outside.
            with contextlib.suppress(OSError):
                broken = broken or ("exit" if any(entry.is_symlink() for entry in os.scandir(self._sockets)) else "")
            if broken or time.monotonic() > until:
                self.ended_by = broken or "wall"
                process.kill()
                return
            time.sleep(_TICK)

    async def send_signal(self, signum: int) -> None:
        """An interrupt goes to the kernel; whatever ends it ends the jail, and with it every process inside."""
        if self.process is None:
            return
        if signum == signal.SIGINT:
            if self._kernel > 0:  # 0 would be this process and its group
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._kernel, signum)
        elif signum != 0:
            self.process.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the jail."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the jail."""
        await self.send_signal(signal.SIGKILL)

    async def wait(self) -> int | None:
        """Wait until the kernel, and every process it has started, is gone."""
        code = await super().wait()
        if self._over >= 0:
            await asyncio.get_running_loop().run_in_executor(
                None, lambda: select.select([self._over], [], [], _END_SECONDS)
            )
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the folder of sockets."""
        for number in (self._sockets, self._over):
            with contextlib.suppress(OSError):
                os.close(number)
        self._sockets = self._over = -1
