"""A kernel provisioner for jupyter_client: any kernel, started in the jail, in a copy of the folder it was to work in.

Registered as ``leadgym-jail``. Its sockets lie in the jail's own memory, not in a folder outside that a kernel could
fill; this side reaches them through a file descriptor of the folder they lie in.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, List, Unicode

from leadgym.cohort.jail.bubble import jailed
from leadgym.cohort.jail.folder import sent
from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import view
from leadgym.cohort.jail.watch import breach, descendants

NAME = "leadgym-jail"
_SOCKETS = "/tmp/kernel"  # noqa: S108 - the jail's own
_PORTS = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_KEEP = ("NBGRADER_EXECUTION",)
_TICK = 0.1
_INODES = 20_000


class JailProvisioner(LocalProvisioner):
    """Starts the kernel's command under bubblewrap. Linux only; see `leadgym.cohort.jail.bubble.jail_status`."""

    limits: dict[str, Any] = Dict(help="leadgym.cohort.jail.limits.Limits, as data.")  # type: ignore[assignment]
    hidden: list[str] = List(Unicode(), help="Folders that stay dark even where the environment holds them.")  # type: ignore[assignment]
    show: list[str] = List(Unicode(), help="Further folders to show, read-only.")  # type: ignore[assignment]
    process: Any = None
    ended_by = ""
    """The limit that ended the kernel, when one did."""
    _first = -1
    _folder = -1

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Ports are names of sockets in the jail; the connection file that the kernel reads is written there too."""
        manager = self.parent
        manager.transport, manager.ip = "ipc", _SOCKETS
        for number, port in enumerate(_PORTS, start=1):
            setattr(manager, port, number)
        kwargs = await super().pre_launch(**kwargs)
        kwargs["outer_environment"] = {name: os.environ[name] for name in _KEEP if name in os.environ}
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start ``cmd`` in the jail. Raises OSError, NotShowable, FolderTooLarge."""
        limits = Limits.from_json(self.limits)
        folder = Path(kwargs.get("cwd") or ".").absolute()
        environment = [f"{name}={value}" for name, value in kwargs["outer_environment"].items()]
        written = json.dumps({**self.connection_info, "key": self.connection_info["key"].decode()})
        inner = [_SOCKETS + ".json" if part == self.parent.connection_file else part for part in cmd]
        seen = view(map(Path, self.hidden), map(Path, self.show))
        told, info = os.pipe()
        with tempfile.TemporaryFile() as files, tempfile.TemporaryFile() as connection:
            for frame in sent(folder, limits.disk // 2):
                files.write(frame)
            connection.write(written.encode())
            for file in (files, connection):
                file.seek(0)
            python = [os.path.realpath("/proc/self/exe")]
            raise NotImplementedError((python, inner, environment, info, told))
