"""From ``solutions/`` to ``exercises/``: nbgrader's generate_assignment, and the proof that nothing has drifted."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from pathlib import Path

from leadgym.cohort.road import MarkingProblem, Road
from leadgym.course.modules import content_root, notebook_name
from leadgym.course.notebooks import read as read_notebook
from leadgym.marking import load_keys, load_rubric


def release(slug: str, *, check: bool = False) -> list[str]:
    """Generate ``exercises/<slug>``; with ``check`` change nothing. The differences found, a line each.

    Raises MarkingProblem when nbgrader cannot generate it, FileProblems for a broken rubric or key.
    """
    root = content_root()
    _rubric_fits(slug)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "exercises"
        road = Road(Path(scratch) / "grader", release=out)
        road.generate(slug, f"{slug} cannot be released")
        made, target = out / slug, root / "exercises" / slug
        differences = _differences(made, target, f"exercises/{slug}")
        if differences and not check:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(made, target)
        return differences


def _rubric_fits(slug: str) -> None:
    """Every answer of the rubric has its graded cell, worth what the rubric says. Raises MarkingProblem."""
    folder = content_root() / "solutions" / slug
    rubric = load_rubric(folder / "rubric.yaml")
    load_keys(content_root() / "grader" / "keys" / f"{slug}.yaml", rubric, folder)
    path = folder / notebook_name(slug)
    cells = {
        about["grade_id"]: float(about.get("points", 0))
        for cell in read_notebook(path)["cells"]
        if (about := cell["metadata"].get("nbgrader", {})).get("grade")
    }
    for name, answer in rubric.answers.items():
        if cells.get(name) != answer.points:
            found = f"is worth {cells[name]:g}" if name in cells else "is missing"
            raise MarkingProblem(
                f"{path}:1: graded cell '{name}' {found}; rubric.yaml says {answer.points:g} points. Make them equal."
            )


def _differences(made: Path, target: Path, name: str) -> list[str]:
    new = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    old = {
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    found = [f"{name}/{path}: missing" for path in sorted(new - old)]
    found += [f"{name}/{path}: nbgrader does not generate this file" for path in sorted(old - new)]
    found += [
        f"{name}/{path}: differs from what nbgrader generates"
        for path in sorted(new & old)
        if not filecmp.cmp(made / path, target / path, shallow=False)
    ]
    return found
