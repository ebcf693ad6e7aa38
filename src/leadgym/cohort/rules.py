"""The rules that a module's submissions are marked by, and what tells one state of them from another.

The marker notes in each notebook by which rules it was marked (``NOTED`` in ``nb.metadata.leadgym``): digests, and no
key. What they were in full is kept in ``ROOT/.leadgym/rules/``, so that a later change can be said in words.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from leadgym import __version__
from leadgym.cohort.config import SAVED
from leadgym.course.modules import content_root
from leadgym.keptfile import write_whole
from leadgym.marking import Keys, Rubric, load_keys, load_rubric

NOTED = "rules"
"""Under this name a marked notebook's own metadata says by which rules its marks were made."""
FOLDER = ".leadgym/rules"
"""In a course root: what the rules were, a file for each state of them. As private as the keys are."""
ANSWERS, HEAD, FILES, CELLS, STORIES, MARKER = "answers", "head", "files", "cells", "stories", "marker"
"""The parts of the rules: each answer's rubric and key; titles and status; the files beside; the notebook's graded
cells; the scenarios of path answers; leadgym's own marking code."""
_PASSED_OVER = (
    ".ipynb_checkpoints", "__pycache__", "*.pyc", ".pytest_cache", "*.tmp", "*.lock", "*.set-aside-*", ".DS_Store",
    "*.ipynb", "rubric.yaml", *SAVED,
)  # fmt: skip
_CODE = ("marking", "scenario", "sim")
Digests = Mapping[str, Any]
"""A digest for each part; for ``ANSWERS`` a mapping of one for each answer by name."""


@dataclass(frozen=True)
class Rules:
    """``rubric`` and ``keys`` of the exercise in ``folder``; ``parts`` tells them and all else from another state.

    ``full``: JSON data of what the digests are of, by the same names; the keys are in it.
    """

    slug: str
    folder: Path
    rubric: Rubric
    keys: Keys
    parts: Digests
    full: Mapping[str, Any]

    @property
    def id(self) -> str:
        """One digest for all of it."""
        return id_of(self.parts)


def rules(slug: str, folder: Path, keys: Path) -> Rules:
    """The rules of ``slug`` with its ``rubric.yaml`` in ``folder``, read again only when a file has changed.

    Raises FileProblems for a broken rubric or key file.
    """
    rubric, _ = rubric_and_keys(folder, keys)
    stories = {about.module for about in rubric.answers.values() if about.kind == "path"}
    files = {name: content_root() / "course" / name / "scenario.yaml" for name in sorted(stories)}
    return _rules(slug, folder, keys, _stamps(folder, keys), tuple(files.items()), _stamps(*files.values()))


def rubric_and_keys(folder: Path, keys: Path) -> tuple[Rubric, Keys]:
    """The rubric in ``folder`` and its keys; read again only when a file has changed. Raises FileProblems."""
    return _read(folder, keys, _stamps(folder, keys))


def id_of(parts: Digests) -> str:
    """One digest for all parts, as a file may be called."""
    return _digest(parts)


def noted(notebook: Mapping[str, Any]) -> Digests | None:
    """By which rules a marked notebook (JSON data) was marked; None where that was not noted."""
    about = notebook.get("metadata", {}).get("leadgym", {})
    parts = about.get(NOTED) if isinstance(about, Mapping) else None
    return parts if isinstance(parts, Mapping) and isinstance(parts.get(ANSWERS), Mapping) else None


def noted_in(notebook: Path) -> Digests | None:
    """By which rules the marked notebook in a file was marked; None where that was not noted, or it cannot be read."""
    try:
        return noted(json.loads(notebook.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):
        return None


def keep(root: Path, now: Rules) -> None:
    """Keep what the rules are, for whoever asks later what has changed since. Raises OSError."""
    path = _path(root, now.slug, now.id)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(now.full, ensure_ascii=False))
        path.chmod(0o600)


def kept(root: Path, slug: str, id_: str) -> Mapping[str, Any] | None:
    """What the rules called ``id_`` were (`Rules.full`); None where that was not kept or cannot be read."""
    try:
        found = json.loads(_path(root, slug, id_).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class KeepRules(NbGraderPreprocessor):  # type: ignore[misc]
    """The last step of autograding: what the rules were is kept in the course root."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook as it was."""
        parts, slug = noted(nb), resources["nbgrader"]["assignment"]
        root, about = self.config.CourseDirectory.get("root", ""), self.config.MarkAnswers
        if parts and root and kept(Path(root), slug, id_of(parts)) is None:
            now = rules(slug, Path(about["exercises"]) / slug, Path(about["keys"]) / f"{slug}.yaml")
            if now.parts == parts:  # else they have changed between marking and here
                with contextlib.suppress(OSError):  # marks do not wait for it; the change is then told without words
                    keep(Path(root), now)
        return nb, resources


def _path(root: Path, slug: str, id_: str) -> Path:
    return root / FOLDER / f"{slug}-{id_}.json"


def _stamps(*places: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells one version of files, or of all files in folders, from the next: time of change and size."""
    files = sorted(path for place in places for path in (*place.rglob("*"), place) if path.is_file())
    return tuple((str(path), about.st_mtime_ns, about.st_size) for path in files for about in [path.stat()])


@lru_cache(maxsize=8)
def _read(folder: Path, keys: Path, _version: tuple[tuple[str, int, int], ...]) -> tuple[Rubric, Keys]:
    rubric = load_rubric(folder / "rubric.yaml")
    return rubric, load_keys(keys, rubric, folder)


@lru_cache(maxsize=8)
def _rules(
    slug: str, folder: Path, keys: Path, stamps: Any, stories: tuple[tuple[str, Path], ...], _told: Any
) -> Rules:
    rubric, own = _read(folder, keys, stamps)
    answers = {
        name: {
            "rubric": about.model_dump(mode="json"),
            "keys": own.answers[name].model_dump(mode="json") if name in own.answers else None,
        }
        for name, about in rubric.answers.items()
    }
    full = {
        ANSWERS: answers,
        HEAD: {"rubric": rubric.model_dump(exclude={"answers"}), "keys": own.model_dump(exclude={"answers"})},
        FILES: {path.relative_to(folder).as_posix(): _of_file(path) for path in _files(folder)},
        CELLS: {path.name: _cells(path) for path in sorted(folder.glob("*.ipynb"))},
        STORIES: {name: _of_file(path) for name, path in stories},
        MARKER: {"leadgym": __version__, "code": _marker()},
    }
    full = json.loads(json.dumps(full))
    parts: dict[str, Any] = {name: _digest(data) for name, data in full.items() if name != ANSWERS}
    parts[ANSWERS] = {name: _digest(data) for name, data in full[ANSWERS].items()}
    return Rules(slug, folder, rubric, own, parts, full)


def _files(folder: Path) -> list[Path]:
    """What lies beside the notebook when it runs, but for the rubric."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        path for path in found
        if not any(fnmatch(part, skip) for part in path.relative_to(folder).parts for skip in _PASSED_OVER)
    ]  # fmt: skip


def _cells(notebook: Path) -> list[Any]:
    """What nbgrader puts into every submission: the graded and locked cells, and the places of the others it knows."""
    made = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        about = cell.get("metadata", {}).get("nbgrader")
        if about:
            roles = {name: about.get(name) for name in ("grade_id", "grade", "solution", "task", "locked", "points")}
            ours = about.get("grade") or about.get("locked") or about.get("task")
            made.append({**roles, "source": "".join(cell["source"]) if ours else ""})
    return made


@cache
def _marker() -> str:
    """A digest of the code that makes marks from answers."""
    package, total = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(path for name in _CODE for path in (package / name).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _of_file(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return "missing"


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
