"""Files beside a rubric: found inside its folder only, and read again only when they changed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from leadgym.yamlfile import FileProblems


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
