"""A search by bytes for what is left of a person: id, e-mail address, name, in files and in their names."""

from __future__ import annotations

import html
import json
import mmap
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_CLOSED = {".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".pdf", ".zst"}
_LARGEST = 1 << 28  # of a file in an archive


class Words:
    """What to look for: each word as text, as JSON and as HTML write it, whole words only, any case.

    ``others``: ids of other people. Where one of them has a word in it (ada.b, for ada), it is not meant.
    """

    def __init__(self, words: Iterable[str], others: Iterable[str] = ()) -> None:
        forms = {form for word in words if word for form in (word, json.dumps(word)[1:-1], html.escape(word))}
        self._plain = sorted({form.encode().lower() for form in forms})
        options = b"|".join(map(re.escape, self._plain))
        self._whole = re.compile(rb"(?<![a-z0-9_])(?:" + options + rb")(?![a-z0-9_])")
        longer = {other.encode().lower() for other in others} - set(self._plain)
        self._others = sorted((one for one in longer if self._whole.search(one)), key=len, reverse=True)

    def within(self, data: bytes) -> bool:
        """Whether one of them stands in ``data``."""
        low = data.lower()
        if not any(word in low for word in self._plain):
            return False
        for other in self._others:
            low = low.replace(other, b" ")
        return self._whole.search(low) is not None


def traces(places: Iterable[Path], words: Words) -> tuple[list[Path], list[Path]]:
    """The files that name the person, in their text or their path below the place, and those nobody can look into."""
    named, closed = [], []
    for place in places:
        for path in _files(place):
            about = str(path.relative_to(place)) if path != place else path.name
            if words.within(about.encode("utf-8", "surrogateescape")) or _within(path, words):
                named.append(path)
            elif path.suffix.lower() in _CLOSED:
                closed.append(path)
    return named, closed


def row_left(gradebook: Path, learner: str, names: str) -> bool:
    """Whether a SQLite file still holds a row of the learner, deleted or not: values stand there without a gap.

    ``names``: first name, last name and e-mail address, one after the other, as a student's row has them.
    """
    data = gradebook.read_bytes()
    submission = rb"[0-9a-f]{32}" + re.escape(learner.encode()) + rb"\d{4}-\d\d-\d\d"
    return bool(names and (learner + names).encode() in data) or re.search(submission, data) is not None


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for path in sorted(place.rglob("*")) if place.is_dir() else ():
        if path.is_symlink() or path.is_file():
            yield path


def _within(path: Path, words: Words) -> bool:
    try:
        if path.is_symlink():
            return words.within(str(path.readlink()).encode("utf-8", "surrogateescape"))
        if not path.stat().st_size:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start = data[:4]
            if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return words.within(bytes(data).decode("utf-16", "ignore").encode())
            if start == b"PK\x03\x04":
                return _in_archive(path, words)
            return words.within(data[:])
    except (OSError, ValueError):
        return False


def _in_archive(path: Path, words: Words) -> bool:
    """Also a table calculation's file is one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                words.within(one.filename.encode()) or (one.file_size < _LARGEST and words.within(archive.read(one)))
                for one in archive.infolist()
            )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
