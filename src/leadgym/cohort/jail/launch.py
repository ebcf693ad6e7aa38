"""The first of us in a jail that is not warm: lays the submission's files, sets the limits, becomes the kernel."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from leadgym.cohort.jail import confine
from leadgym.cohort.jail.folder import Laying
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.wire import Unpacker, parse_object

# What a kernel maps before its first cell: its sockets' threads, numpy and matplotlib, should it import them.
_SLACK = 1536 * MB


def main() -> None:
    """``python -m leadgym.cohort.jail.launch FD SOCKETS NAME LIMITS COMMAND...``; the files come from FD."""
    number, sockets, name, limits, *command = sys.argv[1:]
    folder = Path.home() / name
    folder.mkdir()
    os.chdir(folder)
    _lay(int(number), folder)
    confine.own_keyring()
    allowed = Limits.from_json(parse_object(limits.encode()))
    confine.set_limits(allowed, slack=_SLACK)
    confine.set_limits(allowed, pid=1)  # what the kernel is limited by, it could make bubblewrap's process do
    confine.give_up_privileges()
    confine.shut_system_calls()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)  # what the kernel writes past its own streams is nobody's
    with contextlib.suppress(PermissionError):
        os.setpgid(0, 0)  # so that an interrupt meets the kernel and what it runs, nobody else
    Path(sockets).mkdir()  # the last step: who starts us waits for it
    os.execvp(command[0], command)  # noqa: S606 - a list, no shell


def _lay(number: int, folder: Path) -> None:
    unpacker, laying = Unpacker(raw=True), Laying(folder)
    with os.fdopen(number, "rb") as frames:
        while data := frames.read(1 << 20):
            for _, frame in unpacker.feed(data):
                laying.take(frame)


if __name__ == "__main__":
    main()
