"""Files in which a learner's progress is kept: written whole or not at all, and set aside when they are damaged."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """All of ``text`` or nothing of it, whenever the process dies. Raises OSError."""
    temporary = path.with_name(f".{path.stem}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def append_line(path: Path, line: str) -> None:
    """Add ``line`` to a log of lines, on disk when this returns; what a killed process left half written goes first.

    One process at a time: whoever calls holds the lock. Raises OSError.
    """
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line.encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def aside_name(path: Path) -> Path:
    """The first name beside ``path`` that is free for it when it is set aside."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.set-aside-{number}{path.suffix}")).exists():
        number += 1
    return aside
