"""What is kept of a hub: whether it runs, its backup, putting that back, and taking the hub away. Standard library."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import shutil
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cgroups
import layout
from accounts import INSTRUCTOR, ROOM, Accounts, ensure


class Problem(Exception):
    """Why it cannot be done, and what to do."""


def backup(given: argparse.Namespace) -> int:
    """One file with the course root, the exchange, the homes and what the hub is told; not what can be installed."""
    settings = layout.Settings.read(given.state)
    if running(given.state) is not None:
        raise Problem(f"Somebody may be writing. Stop the hub first: {me()} stop")
    target: Path = given.file
    if target.exists():
        raise Problem(f"{target} exists and is left as it is. Choose another name.")
    part = target.with_name(f".{target.name}.part")
    os.umask(0o077)
    with tarfile.open(part, "w:gz") as made:
        for name in ("hub.json", "sign_in.py", "accounts.json", "hub", "homes", "exchange"):
            if (given.state / name).exists():
                made.add(given.state / name, f"state/{name}")
        made.add(settings.course, "course")
    part.replace(target)
    print(f"{target}: {target.stat().st_size / 2**20:.1f} MB, readable by root only. It holds everybody's work.")
    return 0


def restore(given: argparse.Namespace) -> int:
    """Put a backup back where nothing is yet. Accounts are made anew, and files given to whom they belong by name."""
    state: Path = given.state
    if (state / "hub.json").exists():
        raise Problem(f"{state} holds a hub. Move it away, or name another place with --state.")
    layout.folder(state, 0o755)
    with tarfile.open(given.file) as made:
        # The filters that newer Pythons begin with lose who owns what; the file is root's own.
        made.extraction_filter = lambda member, _path: member
        told = json.loads(made.extractfile("state/hub.json").read())  # type: ignore[union-attr]
        course = given.course.absolute() if given.course else Path(told["course"])
        if course.exists() and any(course.iterdir()):
            raise Problem(f"{course} is not empty. Move it away, or name another place with --course.")
        if (member := next((m for m in made.getmembers() if m.name == "state/accounts.json"), None)) is not None:
            known = json.loads(made.extractfile(member).read())  # type: ignore[union-attr]
        else:
            known = {}
        for name in [INSTRUCTOR, ROOM, *known]:
            ensure(name, _home(state, name))
        for member in made.getmembers():
            top, _, rest = member.name.partition("/")
            member.name = rest or "."
            made.extract(member, state if top == "state" else course)
    told["course"] = str(course)
    layout.Settings(**told).write(state)
    print(f"Restored. Next: {me()} start")
    return 0


def remove(given: argparse.Namespace, stop: Callable[[argparse.Namespace], int]) -> int:
    """Take away the hub, its accounts and its folders. The course root stays, and becomes root's."""
    settings = layout.Settings.read(given.state)
    if given.yes != settings.course:
        raise Problem(
            f"This takes away every learner's home and what they handed in and you have not collected. Your course "
            f"root stays. If you mean it: {me()} remove --yes {settings.course}"
        )
    stop(given)
    accounts = accounts_of(given.state)
    uids = [pwd.getpwnam(name).pw_uid for name in [*accounts.known, INSTRUCTOR] if _has(name)]
    gone = accounts.remove()
    for folder in [*map(str, uids), layout.ROOMS.name]:
        shutil.rmtree(layout.RUNTIME / folder, ignore_errors=True)
    with suppress(OSError):
        layout.RUNTIME.rmdir()
    cgroups.remove()
    layout.give(Path(settings.course), 0, 0)
    shutil.rmtree(given.state)
    print(f"Removed {len(gone)} accounts and {given.state}. The course root {settings.course} is root's now.")
    return 0


def running(state: Path) -> int | None:
    """The process of this hub, if it runs."""
    try:
        pid = int((state / "hub" / "pid").read_text(encoding="ascii"))
        told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if f"LEADGYM_HUB={state}".encode() in told and state_of(pid) not in "ZX" else None


def state_of(pid: int) -> str:
    """What the process is doing, by the letter of proc(5): Z and X are dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def accounts_of(state: Path) -> Accounts:
    """The accounts of the hub in ``state``."""
    return Accounts(state / "accounts.json", state / "homes")


def _home(state: Path, name: str) -> Path:
    layout.folder(state / "homes", 0o711)
    return state / "homes" / name


def _has(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def me() -> str:
    """How this command is typed again."""
    return f"sudo {sys.argv[0]}"
