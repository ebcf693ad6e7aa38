"""A submission's files on their way into the jail: copied over the wire, so that no folder outside has to be shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leadgym.cohort.jail.wire import pack, pack_raw

_CHUNK = 1024 * 1024
# nbgrader puts every hidden test back into the notebooks before it runs them; inside, code could read them from there.
_TESTS_INSIDE = b'"nbgrader"'


class FolderTooLarge(Exception):
    """A submission's files do not fit, in a sentence."""


def plain_files(folder: Path, limit: int) -> list[Path]:
    """The regular files of ``folder`` that a kernel may see, sorted; links and special files are passed over.

    Notebooks that nbgrader prepared stay outside. Raises FolderTooLarge when the files have more than ``limit`` bytes.
    """
    found: list[Path] = []
    total = 0
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False) and not _is_prepared(path):
                    found.append(path)
                    total += entry.stat(follow_symlinks=False).st_size
    if total > limit:
        raise FolderTooLarge(
            f"{folder} holds {total / 1e6:.0f} MB; {limit / 1e6:.0f} MB may be taken into the jail. "
            "Take out what the notebook does not need, or raise JailedExecute.disk in nbgrader_config.py."
        )
    return sorted(found)


def _is_prepared(path: Path) -> bool:
    return path.suffix == ".ipynb" and _TESTS_INSIDE in path.read_bytes()


def sent(folder: Path, limit: int) -> Iterator[bytes]:
    """The frames that lay ``folder`` anew on the other side. Raises FolderTooLarge before the first."""
    for path in plain_files(folder, limit):
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                executable = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
                yield pack({"op": "file", "path": list(path.relative_to(folder).parts), "executable": executable})
                while chunk := file.read(_CHUNK):
                    yield pack_raw(chunk)
        except OSError:
            # Gone, or turned into a link, since it was listed: the notebook will say that it misses it.
            continue
    yield pack({"op": "run"})


class Laying:
    """The other side: lays the files of `sent` into the working folder, frame by frame."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None

    def take(self, frame: Any) -> bool:
        """Take one frame; True when the folder is complete. Raises OSError when the disk is full."""
        if isinstance(frame, bytes):
            assert self._path is not None  # noqa: S101 - the grader sends a name first
            with self._path.open("ab") as file:
                file.write(frame)
            return False
        if frame["op"] == "run":
            return True
        self._path = self._folder.joinpath(*frame["path"])
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(0o755 if frame["executable"] else 0o644)
        return False
