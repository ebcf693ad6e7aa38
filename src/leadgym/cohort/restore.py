"""The first step of nbgrader's autograding: a submission's cells brought back to what nbgrader needs.

Learners copy, delete, retype, rename and move cells, and editors add metadata. Left alone, a copied cell stops the
marking of everybody after it, a deleted one keeps the mark of the submission before, and metadata can pass for the
marker's own. So each cell is made anew from its kind and its text, with the metadata of nbgrader's record and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

NOTES = "leadgym"
"""The notebook's metadata under which ``notes`` says what was done, for the feedback page."""
MENDED = "leadgym_mended"
"""Among nbconvert's resources: what was mended before the cells could be looked at, in sentences."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NEW = {"code": new_code_cell, "markdown": new_markdown_cell}


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Makes the submitted cells anew and adds the graded ones that are missing; text is left to ``OverwriteCells``."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with each graded and solution cell once, as the gradebook knows them."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            known = _known(gradebook.find_notebook(about["notebook"], about["assignment"]))
        names = [grade_id(cell) or "" for cell in nb.cells]
        # Of copies the last one counts, as with nbgrader's own DeduplicateIds.
        last = {name: place for place, name in enumerate(names) if name in known}
        notes = list(resources.get(MENDED, []))
        notes += [
            f"The cell '{name}' was there {names.count(name)} times; the last one was marked."
            for name in known
            if names.count(name) > 1
        ]
        cells = []
        for place, (name, cell) in enumerate(zip(names, nb.cells, strict=True)):
            record = known[name] if last.get(name) == place else None
            kind = record["cell_type"] if record else cell.get("cell_type")
            if record and kind != cell.get("cell_type"):
                notes.append(f"The cell '{name}' had become a {cell.get('cell_type')} cell; it was turned back.")
            cells.append(_anew(cell, kind, record))
        for name, record in known.items():
            if name not in last and (record["grade"] or record["task"]):
                # At the end everything is defined that the notebook defines anywhere.
                notes.append(f"The cell '{name}' was missing; it was put back at the end.")
                cells.append(_anew({"source": record["source"]}, record["cell_type"], record))
            elif name not in last and record["solution"]:
                notes.append(f"The cell '{name}', where an answer of yours belongs, was missing.")
        cells = _in_order(cells, self._order(about), known, notes)
        for place, (cell, before) in enumerate(zip_longest(cells, nb.cells)):
            given = (before or {}).get("id")
            cell["id"] = given if isinstance(given, str) and _ID.fullmatch(given) else f"cell-{place}"
        for note in notes:
            self.log.warning("%s", note)
        nb.cells, nb.metadata = cells, {NOTES: {"notes": notes}}
        nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources

    def _order(self, about: Mapping[str, str]) -> list[str]:
        """The names of the source's cells from top to bottom; the gradebook keeps no order."""
        folder = self.config.MarkAnswers.get("exercises", "")
        source = Path(folder) / about["assignment"] / f"{about['notebook']}.ipynb"
        try:
            cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        except (OSError, ValueError, KeyError):
            return []
        return [name for cell in cells if (name := grade_id(cell))]


def _in_order(cells: list[Any], order: list[str], known: Mapping[str, Any], notes: list[str]) -> list[Any]:
    """``cells`` with each test cell behind the answers that stand just before it in the source (``order``)."""
    own: dict[str, set[str]] = {}
    group: set[str] = set()
    for before, name in zip(["", *order], order, strict=False):
        record = known.get(name, {})
        if record.get("solution"):
            group = {name} if known.get(before, {}).get("grade") else group | {name}
        elif record.get("grade"):
            own[name] = group
    places = {grade_id(cell): place for place, cell in enumerate(cells)}
    behind: dict[int, list[Any]] = {}
    for name, answers in own.items():
        last = max((places[answer] for answer in answers if answer in places), default=-1)
        if name in places and places[name] < last:
            notes.append(f"The cell '{name}' stood above your answer; it was run below it.")
            behind.setdefault(last, []).append(cells[places[name]])
    moved = {grade_id(cell) for row in behind.values() for cell in row}
    made: list[Any] = []
    for place, cell in enumerate(cells):
        made += [] if grade_id(cell) in moved else [cell]
        made += behind.get(place, [])
    return made


def _known(notebook: Any) -> dict[str, dict[str, Any]]:
    """nbgrader's metadata of each cell of the source notebook, and its source."""
    graded = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    tasks = {cell.name: float(cell.max_score) for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    return {
        cell.name: {
            "schema_version": 3,
            "grade_id": cell.name,
            "grade": cell.name in graded,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "locked": bool(cell.locked),
            "points": graded.get(cell.name, tasks.get(cell.name)),
            "checksum": cell.checksum,
            "cell_type": cell.cell_type,
            "source": cell.source,
        }
        for cell in notebook.source_cells
    }


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """The name by which nbgrader knows a cell, None when it has none that can be read."""
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    name = about.get("grade_id") if isinstance(about, Mapping) else None
    return name if isinstance(name, str) else None


def _anew(cell: Mapping[str, Any], kind: str | None, record: Mapping[str, Any] | None) -> Any:
    source = cell.get("source")
    made = _NEW.get(kind or "", new_raw_cell)(source=source if isinstance(source, str) else "")
    if record:
        made.metadata["nbgrader"] = {
            key: value for key, value in record.items() if key != "source" and not (key == "points" and value is None)
        }
    attachments = cell.get("attachments")
    if kind == "markdown" and isinstance(attachments, Mapping) and all(map(_is_attachment, attachments.values())):
        made["attachments"] = attachments
    return made


def _is_attachment(data: Any) -> bool:
    return isinstance(data, Mapping) and all(isinstance(text, str) for text in data.values())
