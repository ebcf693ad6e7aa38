"""Starts everybody's server as their own system account, within limits, and ends all of it when it is stopped."""

from __future__ import annotations

import os
import pwd
import resource
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cgroups
import layout
from accounts import INSTRUCTOR, AccountProblem, Accounts, end_all
from jupyterhub.spawner import LocalProcessSpawner, set_user_setuid

from leadgym.cohort.course import Learner, load_roster
from leadgym.yamlfile import FileProblems


class NotOnTheRoster(Exception):
    """Who wants in is nobody the course knows."""


class RosterSpawner(LocalProcessSpawner):
    """A hub's user is a line of the roster, or an instructor; the roster is read anew at each start of a server."""

    state: Path
    course: Path
    settings: layout.Settings
    cohort: str
    room_address = ""
    """Where phones find rooms; empty where the hub does not know how it is reached."""

    @property
    def instructor(self) -> bool:
        """Whether this user is one of the instructors."""
        return is_instructor(self.settings, self.user.name)

    def account(self) -> pwd.struct_passwd:
        """The user's system account, made where there is none. Raises NotOnTheRoster, AccountProblem, FileProblems."""
        if self.instructor:
            return pwd.getpwnam(INSTRUCTOR)
        learner = find(self.course, self.user.name)
        return pwd.getpwnam(Accounts(self.state / "accounts.json", self.state / "homes").make(learner.id))

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """What a server, its kernels and its terminals find in their environment."""
        entry = self.account()
        side = "staff" if self.instructor else "learners"
        env |= {
            "HOME": entry.pw_dir,
            "USER": entry.pw_name,
            "LOGNAME": entry.pw_name,
            # The account's own keeps it from logging in.
            "SHELL": "/bin/bash",
            "PATH": f"{self.state / side / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "JUPYTER_CONFIG_PATH": str(self.state / "jupyter" / side),
            "JUPYTER_RUNTIME_DIR": str(layout.RUNTIME / str(entry.pw_uid)),
            "LEADGYM_COHORT": self.cohort,
            "LEADGYM_EXCHANGE": str(self.state / "exchange"),
        }
        if self.instructor:
            workspace = self.course / "workspace"
            env |= {"LEADGYM_ROOT": str(self.course), "LEADGYM_ACCOUNTS": str(self.state / "accounts.json")}
            env |= {
                "LEADGYM_ROOMS": str(layout.ROOMS),
                "LEADGYM_ROOM_ADDRESS": self.room_address,
                "LEADGYM_PUBLIC": self.user.host or self.settings.public,
            }
        else:
            workspace = Path(entry.pw_dir) / "leadgym"
            env["LEADGYM_LEARNER"] = find(self.course, self.user.name).id
        return env | {"LEADGYM_WORKSPACE": str(workspace)}

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Run in the new process, still as root: into its group, under its limits, then to be its account for good."""
        entry = self.account()
        become = set_user_setuid(entry.pw_name)
        if self.instructor:
            groups: list[Path] = []
        else:
            groups = cgroups.make(entry.pw_name, self.settings.memory_mb * 1024 * 1024, self.settings.processes)

        def prepare() -> None:
            for group in groups:
                with (group / "cgroup.procs").open("w") as file:
                    file.write("0")
            if self.instructor:
                os.umask(0o022)  # feedback is copied with its mode; the course root itself is shut
            else:
                most = self.settings.processes
                resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                os.umask(0o077)
            become()

        return prepare

    async def start(self) -> Any:
        """Start the server from its side's environment."""
        try:
            entry = self.account()
        except (NotOnTheRoster, AccountProblem, FileProblems) as problem:
            problem.jupyterhub_message = str(problem)  # type: ignore[union-attr]
            raise
        layout.runtime(entry.pw_uid, entry.pw_gid)
        side = "staff" if self.instructor else "learners"
        self.cmd = [str(self.state / side / "bin" / "python"), "-m", "leadgym.lab.served"]
        self.notebook_dir = str(self.course) if self.instructor else f"{entry.pw_dir}/leadgym"
        self.default_url = "/lab" if self.instructor else "/lab/tree/course_map.ipynb"
        return await super().start()

    async def stop(self, now: bool = False) -> None:
        """End the server, and whatever else a learner has left running."""
        await super().stop(now)
        if not self.instructor:
            with suppress(KeyError, NotOnTheRoster, AccountProblem):
                name = Accounts(self.state / "accounts.json", self.state / "homes").of(
                    find(self.course, self.user.name).id
                )
                end_all(pwd.getpwnam(name).pw_uid)


def is_instructor(settings: layout.Settings, name: str) -> bool:
    """Whether the hub's user ``name`` is one of the instructors; the hub writes everybody in lower case."""
    return name.casefold() in {one.casefold() for one in settings.instructors}


def find(course: Path, name: str, column: str = "id") -> Learner:
    """The roster's line in whose ``column`` stands ``name``, upper and lower case being one. Raises NotOnTheRoster."""
    for learner in load_roster(course):
        if name and getattr(learner, column).casefold() == name.casefold():
            return learner
    raise NotOnTheRoster(f"'{name}' is not on the roster of this course. Ask your instructor.")
