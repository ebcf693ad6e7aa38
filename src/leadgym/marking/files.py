"""Files beside a rubric: found inside its folder only, and read again only when they changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

from leadgym.yamlfile import Document, FileProblems, Model, read_yaml, validate

M = TypeVar("M", bound=Model)


def beside(folder: Path, name: str) -> Path:
    """The file ``name`` under ``folder``. Raises FileProblems for a path that leads out of it."""
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or "\\" in name or ":" in name:
        raise FileProblems(
            [f"{folder}:1: '{name}' leads out of the exercise's folder. Name a file beside rubric.yaml."]
        )
    return folder / inside


def stamp(path: Path) -> tuple[int, int]:
    """What tells one version of a file from the next: time of change and size; zeros when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def load_beside(folder: Path, name: str, model: type[M]) -> tuple[Document, M]:
    """The YAML file ``name`` under ``folder`` with its lines, and as ``model``; read again only when it has changed.

    Raises FileProblems.
    """
    path = beside(folder, name)
    document, found = _loaded(path, stamp(path), model)
    return document, cast(M, found)


@lru_cache(maxsize=64)
def _loaded(path: Path, _version: tuple[int, int], model: type[Any]) -> tuple[Document, Any]:
    document = read_yaml(path)
    return document, validate(document, model)
