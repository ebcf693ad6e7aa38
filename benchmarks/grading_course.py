"""One small course, built alike for nbgrader, otter-grader and leadgym, and the submissions that all three mark.

Its notebook imports numpy, matplotlib and ipywidgets, draws a figure, shows a slider, and has four functions to write
with two test cells each, a point a cell.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

ASSIGNMENT = "waiting_times"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
SETTINGS = 'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\n'

_IMPORTS = "import ipywidgets\nimport matplotlib.pyplot as plt\nimport numpy as np\n"
_FIGURE = """\
figure, axes = plt.subplots(figsize=(7, 4))
days = np.arange(60)
axes.plot(days, 20 + 6 * np.sin(days / 7), label="waiting")
axes.bar(days, np.abs(np.cos(days / 5)), label="changes")
axes.set_xlabel("day")
axes.set_title("How long a change waits")
axes.legend()
plt.show()
"""
_SLIDER = "ipywidgets.IntSlider(value=5, min=0, max=60, description='limit')"
_UNSOLVED = "raise NotImplementedError()"
# Function, what it says, the right body, and its two tests.
_TASKS = (
    (
        "mean_wait(waits)",
        "The mean of the waiting times; 0 when there are none.",
        "return float(np.mean(waits)) if len(waits) else 0.0",
        ("assert abs(mean_wait([1, 2, 6]) - 3) < 1e-9", "assert mean_wait([]) == 0"),
    ),
    (
        "share_late(waits, limit)",
        "The share of waiting times above the limit; 0 when there are none.",
        "return sum(wait > limit for wait in waits) / len(waits) if len(waits) else 0.0",
        ("assert share_late([1, 5, 9, 10], 5) == 0.5", "assert share_late([], 5) == 0"),
    ),
    (
        "longest_run(days)",
        "The length of the longest run of true values.",
        "best = now = 0\n    for day in days:\n        now = now + 1 if day else 0\n        best = max(best, now)\n"
        "    return best",
        ("assert longest_run([1, 1, 0, 1, 1, 1]) == 3", "assert longest_run([]) == 0 and longest_run([0, 0]) == 0"),
    ),
    (
        "smooth(waits, width)",
        "The moving mean over `width` values, as a list.",
        "return [float(np.mean(waits[at : at + width])) for at in range(len(waits) - width + 1)]",
        ("assert smooth([1, 2, 3, 4], 2) == [1.5, 2.5, 3.5]", "assert smooth([4, 8], 1) == [4, 8]"),
    ),
)  # fmt: skip
TESTS = tuple(test for task in _TASKS for test in task[3])
# What learners write in place of the right bodies, by the number of the task, and what it earns, test by test.
_VARIANTS: tuple[tuple[dict[int, str], str], ...] = (
    ({}, "11111111"),
    (dict.fromkeys(range(4), _UNSOLVED), "00000000"),
    ({2: "return sum(days)", 3: "return list(waits)"}, "11110101"),
    ({0: "return float(np.mean(waits)) if len(waits) else 1.0", 1: "return undefined_name"}, "10001111"),
    ({1: "return sum(wait >= limit for wait in waits) / max(1, len(waits))"}, "11011111"),
    ({3: "import this_is_not_installed\n    return waits"}, "11111100"),
)


def learner(number: int) -> str:
    """The name of the ``number``th learner, counted from 0."""
    return f"learner{number:04}"


def expected(number: int) -> dict[str, float]:
    """What the ``number``th learner has earned: points by test cell."""
    earned = _VARIANTS[number % len(_VARIANTS)][1]
    return {name: float(points) for name, points in zip(test_names(), earned, strict=True)}


def test_names() -> list[str]:
    """The names of the graded cells, in the notebook's order."""
    return [f"test-{number}" for number in range(1, len(TESTS) + 1)]


def build(root: Path, learners: int) -> Path:
    """An nbgrader course in ``root`` with the submissions of ``learners`` learners. The root."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
    _write(root / "source" / ASSIGNMENT / NOTEBOOK, _notebook({}, source=True))
    for number in range(learners):
        folder = root / "submitted" / learner(number) / ASSIGNMENT
        _write(folder / NOTEBOOK, _submission(number))
        (folder / "timestamp.txt").write_text("2026-03-02 09:00:00.000000 UTC", encoding="ascii")
    return root


def build_for_otter(root: Path, learners: int) -> Path:
    """The same for otter-grader: its archive of tests, and the same submissions without test cells. The root."""
    root.mkdir(parents=True)
    for number in range(learners):
        notebook = _submission(number)
        notebook["cells"] = [cell for cell in notebook["cells"] if not _is_test(cell)]
        _write(root / "submitted" / f"{learner(number)}.ipynb", notebook)
    with zipfile.ZipFile(root / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for name, test in zip(test_names(), TESTS, strict=True):
            case = {"code": f">>> {test}\n", "hidden": False, "locked": False}
            suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
            told = {"name": name, "points": 1, "suites": [suite]}
            archive.writestr(f"tests/{name}.py", f"OK_FORMAT = True\ntest = {told!r}\n")
    return root


def copy(root: Path, into: Path, learners: int) -> Path:
    """A copy of an unmarked course with its first ``learners`` learners, to be marked once. The copy."""
    into.mkdir(parents=True)
    kept = {learner(number) for number in range(learners)}

    def left_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(name).stem not in kept} if Path(folder) == root / "submitted" else set()

    shutil.copytree(root, into, ignore=left_out, dirs_exist_ok=True)
    return into


def _submission(number: int) -> dict[str, Any]:
    notebook = _notebook(_VARIANTS[number % len(_VARIANTS)][0], source=False)
    notebook["cells"].append(_code("notes", f"# {learner(number)}"))
    return notebook


def _notebook(bodies: dict[int, str], *, source: bool) -> dict[str, Any]:
    cells = [_code("set-up", _IMPORTS), _code("figure", _FIGURE), _code("slider", _SLIDER)]
    names = iter(test_names())
    for number, (head, says, right, tests) in enumerate(_TASKS):
        body = bodies.get(number, right)
        if source:
            body = f"### BEGIN SOLUTION\n    {right}\n    ### END SOLUTION"
        text = f'def {head}:\n    """{says}"""\n    {body}\n'
        cells.append(_code(f"answer-{number + 1}", text, grade=False, solution=True))
        cells += [_code(next(names), test, grade=True, solution=False, points=1) for test in tests]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _code(name: str, source: str, **role: Any) -> dict[str, Any]:
    metadata = {}
    if role:
        locked = not role["solution"]
        about = {"grade_id": name, "schema_version": 3, "task": False, "locked": locked, "cell_type": "code", **role}
        metadata = {"nbgrader": about}
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def _is_test(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def _write(path: Path, notebook: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
