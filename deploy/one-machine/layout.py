"""Where everything of a hub lies, who may read it, and what its ``hub.json`` says. Standard library only.

```
STATE/                  root       0755
  hub.json  sign_in.py  root       0600   what this hub is told
  hub/                  root       0700   JupyterHub's database, secrets, log
  staff/                root:lg-instructor 0750   the environment with keys and solutions: hub and instructors
  learners/             root       0755   the environment without them
  node/                 root       0755   the proxy
  accounts.json         root:lg-instructor 0640   whose each account is
  homes/                root       0711   each home 0700
  exchange/             root       1777   nbgrader's exchange
    COHORT/             lg-instructor 0755
      outbound/         lg-instructor 0755   what is handed out
      inbound/          lg-instructor 3733   what is handed in: to be written to, not listed; nobody removes another's
      feedback/         lg-instructor 0711   by names nobody can guess
RUNTIME/                root       0711
  UID/                  that account 0700  sockets of its kernels
  rooms/                lg-instructor:leadgym-room 2750   a socket for each open room: instructors make it, phones'
                                           service reaches it, nobody else comes in
```
"""

from __future__ import annotations

import json
import os
import pwd
from dataclasses import asdict, dataclass, field
from pathlib import Path

from accounts import INSTRUCTOR, ROOM, Accounts, ensure

HERE = Path(__file__).resolve().parent
CLONE = HERE.parents[1]
STATE = Path("/srv/leadgym")
PORTS = 4
"""In a row: people's, the proxy's own, the hub's, the rooms' pages'. All but the first for this machine only."""
RUNTIME = Path("/run/leadgym")
"""Sockets of kernels, a folder for each account, and of rooms: their paths have to be short."""
ROOMS = RUNTIME / "rooms"


@dataclass
class Settings:
    """``hub.json``. ``host``: with it everybody gets a name of their own below it, as ``https://hub.example.org``; the
    names below have to lead here too, and the certificate has to hold for them. ``public``: how people reach the hub,
    as ``https://hub.example.org``, for phones that join a room; ``proxies``: how many proxies they pass on the way, the
    hub's own being one. ``memory_mb`` and ``processes`` are limits for each learner. ``idle_minutes``: what nobody
    has used for so long is ended.
    """

    course: str
    instructors: list[str] = field(default_factory=list)
    address: str = "127.0.0.1"
    port: int = 8000
    host: str = ""
    public: str = ""
    proxies: int = 1
    trial: bool = False
    memory_mb: int = 1500
    processes: int = 400
    idle_minutes: int = 60

    @classmethod
    def read(cls, state: Path) -> Settings:
        """What is kept. Raises OSError, and ValueError where there are none or they are no settings."""
        path = state / "hub.json"
        if not path.is_file():
            raise ValueError(f"There is no hub in {state}. Make one with: hub start --course FOLDER --instructor NAME")
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} cannot be used: {error}. It has: {', '.join(cls('').__dict__)}.") from error

    def write(self, state: Path) -> None:
        """Keep it, for root only."""
        path = state / "hub.json"
        part = path.with_name(".hub.json.tmp")
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        part.replace(path)


def folder(path: Path, mode: int, owner: int = 0, group: int = 0) -> None:
    """A folder with exactly this owner and mode, whatever the umask. What somebody else put there is refused."""
    if path.is_symlink() or (path.exists() and path.stat().st_uid not in (0, owner)):
        raise OSError(f"{path} is somebody else's, or a link. Look at it, and remove it.")
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, owner, group)
    path.chmod(mode)


def lay_out(state: Path, cohort: str, course: Path) -> Accounts:
    """Make the folders above as they have to be, and the course root the instructors' alone."""
    folder(state, 0o755)
    folder(state / "hub", 0o700)
    folder(state / "homes", 0o711)
    ensure(INSTRUCTOR, state / "homes" / INSTRUCTOR)
    ensure(ROOM, state / "homes" / ROOM)
    entry = pwd.getpwnam(INSTRUCTOR)
    us = (entry.pw_uid, entry.pw_gid)
    folder(state / "exchange", 0o1777)
    folder(state / "exchange" / cohort, 0o755, *us)
    for name, mode in (("outbound", 0o755), ("inbound", 0o3733), ("feedback", 0o711)):
        folder(state / "exchange" / cohort / name, mode, *us)
    give(course, *us)
    return Accounts(state / "accounts.json", state / "homes")


def give(course: Path, owner: int, group: int) -> None:
    """The course root and all in it to ``owner``, and nobody else enters."""
    for here, folders, files in os.walk(course):
        for name in (*folders, *files):
            os.chown(Path(here) / name, owner, group, follow_symlinks=False)
    os.chown(course, owner, group)
    course.chmod(0o700)


def runtime(uid: int, gid: int) -> Path:
    """A private folder for the sockets of one account."""
    folder(RUNTIME, 0o711)
    own = RUNTIME / str(uid)
    folder(own, 0o700, uid, gid)
    return own


def rooms() -> None:
    """The folder of the open rooms' sockets, without those that a hub which was killed has left."""
    folder(RUNTIME, 0o711)
    owner, group = pwd.getpwnam(INSTRUCTOR).pw_uid, pwd.getpwnam(ROOM).pw_gid
    folder(ROOMS, 0o2750, owner, group)
    for path in ROOMS.iterdir():
        path.unlink()
