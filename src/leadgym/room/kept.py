"""A room's session file: one event a line, on disk before anybody is told that it counts.

The first line says what the file is and holds the secret that tickets are signed with, so that a server that is killed
and started again knows everybody. The file is its owner's alone (0600). A last line that was cut off by a kill was
acknowledged to nobody and is dropped. What cannot be written whole leaves the file as it was.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from leadgym.room.poll import RoomProblem
from leadgym.room.run import Room

FORM = 1
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters of a code: none that is taken for another when it is read off a wall."""


class SessionProblem(Exception):
    """A session file cannot be used, with what to do."""


class Session:
    """A session file open for writing: ``code`` (four letters), ``secret`` (32 bytes), ``events`` as they were read.

    Raises SessionProblem when another process has it open, or it is damaged before its last line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path.with_suffix(".lock"), timeout=0)
        try:
            self._lock.acquire()
        except Timeout as busy:
            raise SessionProblem(f"{path} is open in another leadgym room. Close that one first.") from busy
        try:
            self.code, self.secret, self.events = _read(path) if path.exists() else self._new()
            self._file = path.open("ab", buffering=0)
        except BaseException:
            self._lock.release()
            raise

    def _new(self) -> tuple[str, bytes, list[dict[str, Any]]]:
        code, secret = "".join(secrets.choice(ALPHABET) for _ in range(4)), secrets.token_bytes(32)
        head = json.dumps({"leadgym_room": FORM, "code": code, "secret": secret.hex()}) + "\n"
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(head.encode())
            file.flush()
            os.fsync(file.fileno())
        return code, secret, []

    def write(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Append ``events`` and wait until they are on disk: all of them, or, with an OSError, none."""
        left = memoryview("".join(f"{json.dumps(event)}\n" for event in events).encode())
        length = os.fstat(self._file.fileno()).st_size
        try:
            while left:  # a disk that fills up takes a part, and says so only when asked to take the rest
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), length)
            raise

    def again(self) -> list[dict[str, Any]]:
        """The events as they are on disk now. Raises OSError and SessionProblem."""
        self.events = _read(self.path)[2]
        return self.events

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._lock.release()


def _read(path: Path) -> tuple[str, bytes, list[dict[str, Any]]]:
    whole, _, cut = path.read_bytes().rpartition(b"\n")
    found = [_event(line) for line in whole.split(b"\n")] if whole else []
    try:
        head = found[0] or {}
        if head["leadgym_room"] != FORM:
            raise KeyError("leadgym_room")
        code, secret = str(head["code"]), bytes.fromhex(head["secret"])
    except (IndexError, KeyError, ValueError, TypeError) as error:
        raise SessionProblem(f"{path}:1: is no session file of a room. Name another, or begin a new room.") from error
    events = []
    for number, event in enumerate(found[1:], 2):
        if event is None:
            raise SessionProblem(f"{path}:{number}: is no event of a room. Restore the file, or begin a new room.")
        events.append(event)
    if cut and (last := _event(cut)) is not None:  # all but its end of line, which an editor takes away too
        with path.open("ab") as file:
            file.write(b"\n")
        events.append(last)
    elif cut:  # nobody was told that this counts
        os.truncate(path, len(whole) + 1)
    return code, secret, events


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def sessions(root: Path) -> Path:
    """Where the session files lie of a server that shows the folder ``root``."""
    return root / ".leadgym" / "rooms"


def last(folder: Path, module: str) -> Path:
    """The newest session file for ``module`` in ``folder`` in which somebody was. Raises SessionProblem.

    A room that was opened by mistake has nobody in it, and hides none. File names begin with their day and time.
    """
    for path in sorted(folder.glob(f"*-{module}.jsonl"), reverse=True):
        if b'"kind": "join"' in path.read_bytes():
            return path
    raise SessionProblem(
        f"There is no room for {module} in {folder} that anybody was in. Begin one: leadgym room {module[:2]}"
    )


def fits(path: Path, module: str) -> None:
    """Nothing when ``path`` is the session file of a room for ``module`` that can be opened. Raises SessionProblem."""
    session = Session(path)
    session.close()
    found = next((event.get("module") for event in session.events if event.get("kind") == "open"), module)
    if found != module:
        raise SessionProblem(f"{path} is a room's for {found}. Run: leadgym room {found} --again {path}")


def told_again(room: Room, session: Session) -> Room:
    """``room`` after all that the session file holds. Raises SessionProblem, with the line that does not fit."""
    for number, event in enumerate(session.events, 2):
        try:
            room.apply(event)
        except RoomProblem as problem:
            raise SessionProblem(
                f"{session.path}:{number}: does not fit what stands before it ({problem}). Restore the file, or begin "
                "a new room."
            ) from problem
    return room
