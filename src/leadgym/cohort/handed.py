"""A submission's folder as it really comes: a notebook of another name or a folder too deep, an archive, nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from leadgym.cohort.mend import read_mended
from leadgym.cohort.restore import grade_id
from leadgym.course.notebooks import NotANotebook

Files = Mapping[str, tuple[bytes, bool]]
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_CHECKPOINTS = ".ipynb_checkpoints"
_SHOWN = 3


@dataclass(frozen=True)
class Handed:
    """A submission to be marked: its notebooks by the names they ought to have, mended, with what to tell of each."""

    notebooks: tuple[str, ...]
    files: dict[str, tuple[bytes, bool]]
    notes: dict[str, list[str]]


def cells_of(notebook: Path) -> frozenset[str]:
    """The names by which nbgrader knows the cells of a source ``notebook``, which tell a copy of it from any other."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return frozenset(name for cell in cells if (name := grade_id(cell)))


def handed(folder: Path, learner: str, files: Files, wanted: Mapping[str, Set[str]]) -> Handed:
    """What is to be marked of ``folder``, whose readable ``files`` are given, where the notebooks ``wanted`` belong.

    ``wanted`` has for each file name the names of its graded and solution cells. Raises NotANotebook when there is
    nothing to mark.
    """
    made, notes = dict(files), dict[str, list[str]]()
    problems: list[NotANotebook] = []
    used: set[str] = set()
    for name, ours in wanted.items():
        where = str(folder / name)
        try:
            if name not in files:
                raise NotANotebook(f"{where}:1: {_why_missing(folder, name, files)}".replace("{learner}", learner))
            nb, told = _recognised(files[name][0], where, ours)
            used.add(name)
        except NotANotebook as problem:
            failed = problem
            try:
                other = _other(folder, files, wanted, name)
            except NotANotebook as unclear:
                failed, other = unclear, None
            if other is None:
                problems.append(failed)
                continue
            nb, told = _recognised(files[other][0], str(folder / other), ours)
            told.insert(0, f"There was no readable '{name}'; '{other}' has its cells and was marked.")
            used.add(other)
            _bring_up(made, PurePosixPath(other).parent)
        made[name] = (json.dumps(nb).encode("utf-8"), False)
        notes[name] = told
    if not notes:
        raise problems[0]
    first = next(iter(notes))
    missing = [name for name in wanted if name not in notes]
    notes[first] += [f"The notebook '{name}' was not there, or could not be read." for name in missing]
    extra = [name for name in files if name.endswith(".ipynb") and name not in used]
    if extra:
        more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
        listed = ", ".join(f"'{name}'" for name in extra[:_SHOWN])
        notes[first].append(f"Other notebooks were handed in too, and were not marked: {listed}{more}.")
    return Handed(tuple(notes), made, notes)


def _recognised(content: bytes, where: str, ours: Set[str]) -> tuple[Any, list[str]]:
    nb, notes, lost = read_mended(content, where)
    if lost and not _names(nb) & ours:
        raise NotANotebook(f"{where}: cell {lost[0]}: is no cell. Restore it, or save it again from JupyterLab.")
    return nb, notes


def _names(nb: Any) -> set[str]:
    return {name for cell in nb.cells if (name := grade_id(cell))}


def _other(folder: Path, files: Files, wanted: Mapping[str, Set[str]], name: str) -> str | None:
    """The one notebook under another name that has the cells of ``name``. Raises NotANotebook when there are more."""
    found = []
    for path, (content, _) in files.items():
        if not path.endswith(".ipynb") or path in wanted:
            continue
        try:
            nb, _, _ = read_mended(content, path)
        except NotANotebook:
            continue
        if _names(nb) & wanted[name]:
            found.append(path)
    if len(found) > 1:
        listed = ", ".join(f"'{path}'" for path in found[:_SHOWN])
        raise NotANotebook(
            f"{folder / name}:1: there is no such notebook, and {len(found)} could be it: {listed}. Keep the one that "
            f"is meant, named {name}, and mark again."
        )
    return found[0] if found else None


def _bring_up(files: dict[str, tuple[bytes, bool]], deep: PurePosixPath) -> None:
    """What lies beside a notebook that is a folder too deep lies beside it where it belongs."""
    for path, file in list(files.items()):
        if deep.parts and PurePosixPath(path).is_relative_to(deep) and not path.endswith(".ipynb"):
            files.setdefault(str(PurePosixPath(path).relative_to(deep)), file)


def _why_missing(folder: Path, name: str, files: Files) -> str:
    path = folder / name
    if path.is_symlink():
        return "is a link, not a file. Ask {learner} to hand in the notebook."
    if path.is_dir():
        return "is a folder. Take the notebook out of it, and mark again."
    if path.exists():
        return "cannot be read. Give yourself the right to read it, and mark again."
    archives = [found for found in files if found.lower().endswith(_ARCHIVES)]
    if archives:
        return f"there is no such notebook, but an archive, {archives[0]}. Unpack it here, and mark again."
    if any(folder.rglob(f"{_CHECKPOINTS}/*.ipynb")):
        return (
            f"there is no such notebook, only the automatic copy in {_CHECKPOINTS}. Ask {{learner}} to hand it in "
            "again; or, if that copy will do, put it here under this name."
        )
    return "there is no such notebook. Ask {learner} to hand it in again."
