"""A course root of its own for the workspace's tests, and what learners and JupyterLab do to the files laid from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from leadgym.lab import workspace as room

LESSON = "course/02_delegation/lesson.ipynb"
EXERCISE = "exercises/02_delegation/delegation.ipynb"
STORY = "course/02_delegation/scenario.yaml"
SHIPPED = {
    "course_map.ipynb",
    LESSON,
    STORY,
    "course/02_delegation/facilitator.md",
    EXERCISE,
    "exercises/02_delegation/rubric.yaml",
    "exercises/02_delegation/data/judgement.yaml",
}


def cell(kind: str, name: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def notebook(*sources: str, **metadata: Any) -> str:
    cells = [cell("code" if i % 2 else "markdown", f"cell-{i}", source) for i, source in enumerate(sources)]
    cells[-1]["metadata"] = metadata
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def read_notebook(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def type_into(path: Path, source: str, cell: int = 1) -> None:
    """What a learner does: type into a cell and save."""
    notebook = read_notebook(path)
    notebook["cells"][cell]["source"] = source
    path.write_text(json.dumps(notebook), encoding="utf-8")


def run_all(path: Path) -> None:
    """What Shift+Enter through a notebook leaves: outputs, counts, metadata, an empty cell at the end."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata["jupyter"] = {"outputs_hidden": False}
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", text="four\n")]
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.2"}
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(notebook, path)


class Course:
    """A course root of its own that can be given new versions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("src/other.txt", "no part of the course")
        self.write("course/course_map.ipynb", notebook("# The course", "course_map()"))
        self.write("course/02_delegation/module.yaml", "module: 02_delegation\n")
        self.write(LESSON, notebook("# Why delegate", "play()"))
        self.write(STORY, "scenario: ledger_ticket\n")
        self.write("course/02_delegation/facilitator.md", "**Ask:** who decides?\n")
        self.write(EXERCISE, notebook("# Your plan", "plan = {}"))
        self.write("exercises/02_delegation/rubric.yaml", "rubric: 02_delegation\n")
        self.write("exercises/02_delegation/data/judgement.yaml", "form: a\n")
        self.write("solutions/02_delegation/delegation.ipynb", notebook("# Solved", "plan = {1: 2}"))
        self.write("grader/keys/02_delegation.yaml", "keys: 02_delegation\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    """All a learner sees: path to content, without leadgym's own folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and room.PRIVATE not in path.relative_to(folder).parts
    }
