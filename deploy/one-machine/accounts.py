"""The system account of everybody on the hub: how it is named, made and taken away. Standard library only.

A learner ``ann`` of the roster runs as ``lg-ann``, who can do nothing but what the hub starts for her: no password, no
login shell, no group but her own. All instructors run as one, ``lg-instructor``, who owns the course root. What phones
reach of a room runs as ``leadgym-room``, who owns nothing. Which
account is whose is kept in ``accounts.json``, so that it stays whatever the rules below become.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

INSTRUCTOR = "lg-instructor"
ROOM = "leadgym-room"
"""Serves the rooms' pages to phones. No learner's account is named so: theirs begin otherwise."""
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,27}")
_SHELL = "/usr/sbin/nologin"


class AccountProblem(Exception):
    """Why an account cannot be used, and what to do."""


def account(learner: str) -> str:
    """The system account of a learner's id: at most 31 characters, and fit for every ``useradd``.

    An id that is no plain name, such as an e-mail address, keeps what is plain of it and gets a digest.
    """
    if _PLAIN.fullmatch(learner) and f"lg-{learner}" != INSTRUCTOR:
        return f"lg-{learner}"
    plain = re.sub(r"[^a-z0-9]+", "-", learner.lower()).strip("-")[:16].rstrip("-")
    return f"lg-{plain or 'x'}-{hashlib.sha256(learner.encode()).hexdigest()[:10]}"


class Accounts:
    """The accounts of one hub: ``file`` says whose they are, ``homes`` holds their homes."""

    def __init__(self, file: Path, homes: Path) -> None:
        self._file, self._homes = file, homes
        self.known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    def of(self, learner: str) -> str:
        """The account of a learner, by what is kept or else by the rules. Raises AccountProblem where two share one."""
        there = next((name for name, whose in self.known.items() if whose == learner), None)
        name = there or account(learner)
        if self.known.get(name, learner) != learner:
            raise AccountProblem(f"'{learner}' and '{self.known[name]}' would both be {name}. Give one another id.")
        return name

    def make(self, learner: str) -> str:
        """The learner's account, made where there is none. Raises AccountProblem."""
        name = self.of(learner)
        ensure(name, self._homes / name)
        if name not in self.known:
            self.known[name] = learner
            part = self._file.with_name(f".{self._file.name}.tmp")
            part.write_text(json.dumps(self.known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            os.chown(part, 0, pwd.getpwnam(INSTRUCTOR).pw_gid)
            part.chmod(0o640)
            part.replace(self._file)
        return name

    def remove(self) -> list[str]:
        """Take away every account of this hub and all that runs under it; the homes stay. Returns the names."""
        gone = []
        for name in [*self.known, INSTRUCTOR, ROOM]:
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                if Path(entry.pw_dir) == self._homes / name:
                    end_all(entry.pw_uid)
                    subprocess.run(["userdel", name], check=True, stderr=subprocess.DEVNULL)
                    gone.append(name)
        return gone


def ensure(name: str, home: Path) -> None:
    """Make the system account with its home, which nobody else can enter. Raises AccountProblem."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", _SHELL, name],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise AccountProblem(f"{name} cannot be made: {made.stderr.strip()}") from None
        entry = pwd.getpwnam(name)
    if Path(entry.pw_dir) != home or entry.pw_uid == 0:
        raise AccountProblem(
            f"There is an account {name} already whose home is {entry.pw_dir}: not one of this hub's. One "
            "machine has one hub; remove the other, or rename the account."
        )
    if not home.is_dir():
        home.mkdir(mode=0o700)
        os.chown(home, entry.pw_uid, entry.pw_gid)
    home.chmod(0o700)


def end_all(uid: int) -> None:
    """End every process of ``uid``, also what has been detached; what starts anew meanwhile as well."""
    if uid == 0:
        raise AccountProblem("That would end the machine.")
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        pids = processes(uid)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if not pids:
            return
        time.sleep(0.5)


def processes(uid: int) -> list[int]:
    """The processes of ``uid`` that are not dead already."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                dead = (entry / "stat").read_text(encoding="latin-1").rpartition(")")[2].split()[0] in "ZX"
                if entry.stat().st_uid == uid and not dead:
                    found.append(int(entry.name))
    return found


def memory(uid: int) -> int:
    """Bytes of memory that the processes of ``uid`` take, what they share split between those that share it."""
    total = 0
    for pid in processes(uid):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total
