"""The learner's workspace: the course's files laid outside the repository, and nothing a learner wrote ever lost.

The rules, for every file of the course, each time the workspace is laid:

==============================  ======================================  ==============================================
in the workspace                the course's file since it was laid     what happens
==============================  ======================================  ==============================================
missing (new, or deleted)       any                                     it is laid: deleting a file starts it afresh
as it was laid                  same                                    nothing
as it was laid                  new                                     it is replaced
same text as the course's new   any                                     nothing; from now on it counts as laid
changed by the learner          same text                               nothing
changed by the learner          new text                                the new one is put beside it, once:
                                                                        ``lesson (new in 0.2.0).ipynb``
==============================  ======================================  ==============================================

A notebook counts as changed when the source of a cell, its kind, its id or its slide type differs, or cells were added,
taken out or moved. Running it, which changes outputs, counts and metadata and leaves an empty cell at the end, does not
count;
replacing a notebook that was only run therefore loses outputs, which running it again brings back.
Files the course does not ship (saved choices, answers, the learner's own) are never opened, moved or deleted.
A file the course no longer ships stays.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from filelock import FileLock, Timeout
from pydantic import StringConstraints, ValidationError

from leadgym import __version__
from leadgym.course.modules import CourseNotFound, content_root
from leadgym.yamlfile import Model

COURSE_MAP = "course_map.ipynb"
PRIVATE = ".leadgym"
"""The folder in the workspace that holds what leadgym keeps for itself: the manifest, the lock, JupyterLab's layout."""

_MANIFEST = "manifest.json"
_LOCK_SECONDS = 30.0
_NEVER_LAID = ("*.choices.json*", "*.answers.json*", "*.tmp", "*.pyc", "__pycache__", ".*", "module.yaml")
"""What an author's own run leaves in the repository, and the module's promise, which its reader has no use for."""


class LabProblem(Exception):
    """Why the workspace cannot be laid or JupyterLab cannot be opened, and what to do."""


class Fingerprint(Model):
    """What identifies one version of a file: ``sha256`` of its bytes, ``text`` of what a person wrote in it."""

    sha256: str
    text: str


class Beside(Fingerprint):
    """A newer version that was put beside the learner's file under ``name``, in the same folder."""

    name: Annotated[str, StringConstraints(pattern=r"^[^/\\:]+ \(new in [^/\\:]+\)[^/\\:]*$")]


class Entry(Fingerprint):
    """The version of a file that was laid, and the newer one beside it if there is one."""

    beside: Beside | None = None


class Manifest(Model):
    """What was laid, by path from the workspace (with ``/``)."""

    leadgym: int = 1
    files: dict[str, Entry] = {}


@dataclass(frozen=True)
class Laid:
    """What laying the workspace did. Paths are from the workspace, with ``/``."""

    workspace: Path
    new: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    """The copies of newer content that were put beside files the learner had changed."""
    notes: tuple[str, ...] = ()
    """Sentences on what needs the learner's eye."""

    def sentences(self) -> list[str]:
        """What a person is told, a line each; nothing when nothing happened."""
        lines = []
        if self.new:
            lines.append(f"Laid in {self.workspace}: {_some(self.new)}.")
        if self.replaced:
            lines.append(f"Brought up to date, since you had not changed them: {_some(self.replaced)}.")
        lines += [
            f"You changed this file and the course did too. Yours stays; the new one is '{name}'."
            for name in self.beside
        ]
        return [*lines, *self.notes]


def default_workspace() -> Path:
    """``~/leadgym``, or ``~/leadgym-workspace`` when ``~/leadgym`` is where the repository was cloned."""
    home = Path.home()
    first = home / "leadgym"
    return home / "leadgym-workspace" if _repository_of(first) else first


def lay(workspace: Path, *, root: Path | None = None, version: str = __version__, exercises: bool = True) -> Laid:
    """Bring ``workspace`` up to the course under ``root`` (default: this installation's own), by the rules above.

    ``version`` names new content that is put beside a changed file. Without ``exercises`` those are left to whoever
    hands them out, and ``exercises/`` is made for them. Safe to interrupt at any point and to run again,
    also from two processes at once. Raises LabProblem.
    """
    workspace = Path(os.path.abspath(workspace.expanduser()))  # noqa: PTH100 - Path.absolute() keeps '..'
    try:
        source = (root or content_root()).resolve()
    except CourseNotFound as error:
        raise LabProblem(str(error)) from error
    with disk_problems(workspace):
        _refuse(workspace, source)
        private = workspace / PRIVATE
        private.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(private / "lock", timeout=_LOCK_SECONDS):
                return _Laying(workspace, version).lay(source, exercises=exercises)
        except Timeout as error:
            raise LabProblem(
                f"Another leadgym has been laying {workspace} for {_LOCK_SECONDS:.0f} seconds. "
                "Wait for it to end, or end it, and run this again."
            ) from error


def shipped(root: Path) -> dict[str, Path]:
    """The learner's files under ``root``: path in the workspace (with ``/``) to the file. No solutions, no keys."""
    found = {}
    course_map = root / "course" / COURSE_MAP
    if course_map.is_file():
        found[COURSE_MAP] = course_map
    slugs = sorted(path.parent.name for path in (root / "course").glob("*/module.yaml"))
    for folder in [root / part / slug for slug in slugs for part in ("course", "exercises")]:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not any(fnmatchcase(part, no) for part in inside.parts for no in _NEVER_LAID):
                found[path.relative_to(root).as_posix()] = path
    return found


def fingerprint(name: str, content: bytes) -> Fingerprint:
    """The Fingerprint of a file called ``name``.

    ``text`` of a notebook covers the kind, id, source and slide type of each cell that is not blank; of anything
    else, and of a notebook that cannot be read, it covers the bytes.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    cells = _cells(content) if name.endswith(".ipynb") else None
    if cells is None:
        return Fingerprint(sha256=sha256, text=sha256)
    return Fingerprint(sha256=sha256, text=hashlib.sha256(json.dumps(cells).encode()).hexdigest())


def _cells(content: bytes) -> list[list[str]] | None:
    try:
        cells = [
            [str(cell["cell_type"]), str(cell.get("id", "")), "".join(cell["source"]), *_slide(cell)]
            for cell in json.loads(content)["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    # Shift+Enter in the last cell adds an empty one: that is running, not changing.
    return [cell for cell in cells if cell[2].strip()]


def _slide(cell: dict[str, Any]) -> list[str]:
    """What the property inspector says of the cell's slide. Nothing said is nothing, as before there were slides."""
    slide = cell.get("metadata", {}).get("slideshow")
    kind = slide.get("slide_type") if isinstance(slide, dict) else None
    return [str(kind)] if kind not in (None, "", "-") else []


@dataclass
class _Laying:
    """One pass over the course's files, under the lock."""

    workspace: Path
    version: str
    manifest: dict[str, Entry] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lay(self, root: Path, *, exercises: bool) -> Laid:
        # Whatever a killed run left half written lies here and nowhere else.
        shutil.rmtree(self._scratch, ignore_errors=True)
        known = self._read_manifest()
        self.manifest = dict(known)
        if not exercises:
            (self.workspace / "exercises").mkdir(exist_ok=True)
        for name, path in shipped(root).items():
            if name.startswith("exercises/") and not exercises:
                continue
            self.manifest[name] = self._file(name, path.read_bytes(), known.get(name))
        if self.manifest != known or not self._manifest_path.is_file():
            text = Manifest(files=self.manifest).model_dump_json(indent=1) + "\n"
            self._write(self._manifest_path, text.encode())
        return Laid(self.workspace, tuple(self.new), tuple(self.replaced), tuple(self.beside), tuple(self.notes))

    def _file(self, name: str, content: bytes, entry: Entry | None) -> Entry:
        path = self.workspace / name
        course = fingerprint(name, content)
        if not path.exists():
            self._write(path, content)
            self.new.append(name)
            return self._settled(path, course, entry)
        mine_bytes = path.read_bytes()
        mine = fingerprint(name, mine_bytes)
        if entry is not None and mine.text == entry.text:
            if course.sha256 != entry.sha256:
                self._write(path, content)
                self.replaced.append(name)
            return self._settled(path, course, entry)
        if mine.text == course.text:
            return self._settled(path, course, entry)
        if name.endswith(".ipynb") and _cells(mine_bytes) is None:
            self.notes.append(
                f"{path} is damaged: it is no longer a notebook. Look in .ipynb_checkpoints beside it for "
                "JupyterLab's last save. Or rename it and run this again: the course's own is laid in its place."
            )
        if entry is not None and course.text in (entry.text, entry.beside.text if entry.beside else None):
            return entry
        return self._put_beside(path, content, course, entry)

    def _settled(self, path: Path, course: Fingerprint, entry: Entry | None) -> Entry:
        """The file is the course's own: a copy beside it that nobody wrote in has done its work."""
        if entry is not None and entry.beside is not None:
            self._drop(path, entry.beside)
        return Entry(**course.model_dump())

    def _put_beside(self, path: Path, content: bytes, course: Fingerprint, entry: Entry | None) -> Entry:
        former = entry.beside if entry else None
        target = self._name_beside(path, course, former)
        if not target.exists():
            self._write(target, content)
        if former is not None and former.name != target.name:
            self._drop(path, former)
        self.beside.append(target.relative_to(self.workspace).as_posix())
        # Without a record of what was laid, the present version stands for it: it lies beside, so nothing is missed.
        base = entry or course
        return Entry(sha256=base.sha256, text=base.text, beside=Beside(**course.model_dump(), name=target.name))

    def _name_beside(self, path: Path, course: Fingerprint, former: Beside | None) -> Path:
        number = 1
        while True:
            label = f"new in {self.version}" + (f", {number}" if number > 1 else "")
            target = path.with_name(f"{path.stem} ({label}){path.suffix}")
            if not target.exists():
                return target
            there = fingerprint(target.name, target.read_bytes())
            if there.text == course.text:
                return target
            if former is not None and former.name == target.name and there.text == former.text:
                # The same version with other content, as in a clone between releases; nobody wrote in the copy.
                target.unlink()
                return target
            number += 1

    def _drop(self, path: Path, copy: Beside) -> None:
        target = path.with_name(copy.name)
        if target.is_file() and fingerprint(target.name, target.read_bytes()).text == copy.text:
            target.unlink()

    def _read_manifest(self) -> dict[str, Entry]:
        if not self._manifest_path.exists():
            return {}
        try:
            return Manifest.model_validate_json(self._manifest_path.read_bytes()).files
        except ValidationError:
            self.notes.append(
                f"The record of what was laid, {self._manifest_path}, could not be read and was made anew. Your files "
                "are as you left them; where one differs from the course's, the course's lies beside it."
            )
            return {}

    def _write(self, path: Path, content: bytes) -> None:
        """All of ``content`` or nothing of it, whenever the process dies."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)
        temporary = self._scratch / "part"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @property
    def _scratch(self) -> Path:
        return self.workspace / PRIVATE / "tmp"

    @property
    def _manifest_path(self) -> Path:
        return self.workspace / PRIVATE / _MANIFEST


def _refuse(workspace: Path, source: Path) -> None:
    repository = _repository_of(workspace)
    if repository is not None or workspace.resolve().is_relative_to(source):
        raise LabProblem(
            f"{workspace} is inside {repository or source}, where the course itself lies: your work would mix with its "
            "files and go with the next update. Choose a folder elsewhere: leadgym lab --workspace ~/leadgym-workspace"
        )
    there = next(path for path in (workspace, *workspace.parents) if path.exists())
    if not there.is_dir():
        raise LabProblem(f"{there} is a file, not a folder. Rename it, or choose another folder with --workspace.")


def _repository_of(path: Path) -> Path | None:
    """The clone of leadgym that ``path`` is or lies in."""
    path = path.resolve()
    return next((p for p in (path, *path.parents) if (p / "src" / "leadgym" / "__init__.py").is_file()), None)


_WHAT_TO_DO = {
    errno.ENOSPC: "the disk is full. Free some space and run this again",
    errno.EDQUOT: "your disk quota is used up. Free some space and run this again",
    errno.EROFS: "the disk is read-only. Choose another folder with --workspace",
    errno.EACCES: "you may not write there. Choose another folder with --workspace, or ask its owner",
    errno.EPERM: "you may not write there. Choose another folder with --workspace, or ask its owner",
    errno.EISDIR: "a folder stands where the course has a file. Rename that folder and run this again",
    errno.ENOTDIR: "a file stands where the course has a folder. Rename that file and run this again",
    errno.EEXIST: "a file stands where the course has a folder. Rename that file and run this again",
    errno.ENAMETOOLONG: "the path is too long for this system. Choose a shorter one with --workspace",
}


@contextmanager
def disk_problems(workspace: Path) -> Iterator[None]:
    """An error of the file system, met inside the block, as a LabProblem."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or workspace
        what = _WHAT_TO_DO.get(
            error.errno or 0, f"{error.strerror or error}. Mend that, or choose another folder with --workspace"
        )
        raise LabProblem(f"{where} cannot be written: {what}. Nothing you wrote is lost.") from error


def _some(names: tuple[str, ...], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
