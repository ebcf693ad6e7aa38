"""A small course as nbgrader's users have it: two tests in one notebook, marked in a moment, and a cohort for it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from submissions import LEADGYM

NAME, NOTEBOOK = "ps1", "sums.ipynb"
TESTS = {"twice": 2, "thrice": 3}
WRITTEN = "reason"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def _cell(kind: str, name: str, source: str, **roles: Any) -> dict[str, Any]:
    about = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "task": False, "locked": False}
    made = {"cell_type": kind, "id": name, "metadata": {"nbgrader": {**about, **roles}}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def source() -> dict[str, Any]:
    """The instructor's notebook."""
    cells = []
    for name, factor in TESTS.items():
        body = f"### BEGIN SOLUTION\n{name} = lambda x: x * {factor}\n### END SOLUTION"
        hidden = f"### BEGIN HIDDEN TESTS\nassert {name}(-5) == {-5 * factor}\n### END HIDDEN TESTS"
        test = f"assert {name}(2) == {2 * factor}\n{hidden}"
        cells.append(_cell("code", f"{name}_answer", body, solution=True))
        cells.append(_cell("code", name, test, grade=True, locked=True, points=factor))
    cells.append(_cell("markdown", WRITTEN, "Because.", grade=True, solution=True, points=5))
    return {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}


def answered(number: int) -> dict[str, Any]:
    """The submission of learner ``number``: each fourth knows all, the others miss one test or both."""
    nb = copy.deepcopy(source())
    for place, (name, factor) in enumerate(TESTS.items()):
        right = number >> place & 1 == 0
        nb["cells"][2 * place]["source"] = f"{name} = lambda x: " + (f"{factor} * x" if right else "abs(x)")
        nb["cells"][2 * place + 1]["source"] = f"assert {name}(2) == {2 * factor}"
    nb["cells"][-1]["source"] = f"I am number {number}."
    return nb


def points(number: int) -> dict[str, float]:
    return {name: factor * (number >> place & 1 == 0) for place, (name, factor) in enumerate(TESTS.items())}


def lay(root: Path, learners: int, settings: str = "") -> Path:
    """The course with ``learners`` submissions, and ``settings`` as its nbgrader_config.py."""
    place = root / "source" / NAME
    place.mkdir(parents=True)
    (place / NOTEBOOK).write_text(json.dumps(source()), encoding="utf-8")
    if settings:
        (root / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}\n", encoding="utf-8")
    for number in range(learners):
        folder = root / "submitted" / f"learner{number:02}" / NAME
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(json.dumps(answered(number)), encoding="utf-8")
        (folder / "timestamp.txt").write_text("2026-03-02 09:00:00.000000 UTC", encoding="ascii")
    return root


def command(root: Path, *more: str) -> list[str]:
    return [LEADGYM, "grade", NAME, "--json", "--root", str(root), *more]


def grade(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JUPYTER_PLATFORM_DIRS": "1"}
    return subprocess.run(command(root, *more), capture_output=True, text=True, env=environment, timeout=600)


def marks(url: str) -> dict[str, dict[str, Any]]:
    """What the gradebook holds of each learner, without its own random ids."""
    with Gradebook(url) as gradebook:
        return {
            submission.student.id: {
                "time": str(submission.timestamp),
                "score": submission.score,
                "review": submission.needs_manual_grade,
                "grades": {
                    grade.name: (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                },
                "comments": {
                    comment.name: (comment.auto_comment, comment.manual_comment)
                    for notebook in submission.notebooks
                    for comment in notebook.comments
                },
                "late": [notebook.late_submission_penalty for notebook in submission.notebooks],
            }
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        }


def files(folder: Path) -> dict[str, bytes]:
    """Everything in ``folder`` by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
