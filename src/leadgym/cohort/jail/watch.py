"""How much memory a group of processes takes, from /proc. Runs beside the processes it watches, never in them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from leadgym.cohort.jail.limits import Limits

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def breach(pids: Iterable[int], limits: Limits, proc: Path = Path("/proc")) -> str:
    """Which limit (``memory``, ``processes`` or ``files``) the processes break together, else empty."""
    seen = list(pids)
    if len(seen) > limits.processes + 8:  # room for our own, and for those that are just dying
        return "processes"
    # What lies in the buffers of sockets and pipes is memory that belongs to no process.
    if sum(len(numbered(proc / str(pid) / "fd")) for pid in seen) > 2 * limits.open_files:
        return "files"
    # Resident memory counts pages that forked processes share once for each; the exact figure is dearer to ask for.
    if sum(_resident(proc / str(pid)) for pid in seen) <= limits.memory:
        return ""
    return "memory" if sum(_own_share(proc / str(pid)) for pid in seen) > limits.memory else ""


def numbered(proc: Path = Path("/proc")) -> list[int]:
    """Every process that ``proc`` shows; of a process's own folders, every number in it."""
    try:
        return [int(name) for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 - called ten times a second
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """``pid`` and all processes below it."""
    found, waiting = [], [pid]
    while waiting:
        here = waiting.pop()
        found.append(here)
        for task in numbered(Path(f"/proc/{here}/task")):  # of one that is gone by now: none
            try:
                children = Path(f"/proc/{here}/task/{task}/children").read_text("ascii")
            except OSError:
                continue
            waiting += [int(child) for child in children.split()]
    return found


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text("ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _own_share(process: Path) -> int:
    try:
        for line in (process / "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return _resident(process)
    return 0
