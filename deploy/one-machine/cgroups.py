"""Limits on memory and processes for each account, by Linux control groups, old and new. Standard library only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_NAME = "leadgym-hub"


def missing(root: Path = ROOT) -> str:
    """Why learners cannot be limited here, in a sentence; empty when they can."""
    try:
        _tops(root)
    except OSError as error:
        return (
            f"No limit on a learner's memory: control groups cannot be used here ({error.strerror or error}). One "
            "learner can take all there is."
        )
    return ""


def make(account: str, memory: int, processes: int, root: Path = ROOT) -> list[Path]:
    """The groups that a process of ``account`` is to be put into, with their limits; none where there can be none."""
    try:
        tops = _tops(root)
    except OSError:
        return []
    limits = {"memory.max": memory, "memory.limit_in_bytes": memory, "pids.max": processes, "memory.swap.max": 0}
    groups = []
    for top in tops:
        group = top / account
        group.mkdir(exist_ok=True)
        for name, limit in limits.items():
            if (group / name).exists():
                (group / name).write_text(str(limit), encoding="ascii")
        groups.append(group)
    return groups


def remove(root: Path = ROOT) -> None:
    """Take the groups away; one with a process in it stays."""
    with suppress(OSError):
        for top in _tops(root):
            for group in [*(path for path in top.iterdir() if path.is_dir()), top]:
                with suppress(OSError):
                    group.rmdir()


def _tops(root: Path) -> list[Path]:
    """The folder of our groups in each hierarchy that limits something. Raises OSError where there can be none."""
    new = (root / "cgroup.controllers").is_file()
    if new:
        (root / "cgroup.subtree_control").write_text("+memory +pids", encoding="ascii")
    tops = [root / _NAME] if new else [root / kind / _NAME for kind in ("memory", "pids")]
    for top in tops:
        if not top.parent.is_dir():
            raise OSError(f"{top.parent} is not there")
        top.mkdir(exist_ok=True)
    if new:
        (tops[0] / "cgroup.subtree_control").write_text("+memory +pids", encoding="ascii")
    return tops
