"""A notebook as it really comes: cut short, merged by hand, stored by another program, in an old format.

What can be read of it is read, cells without outputs, and what was mended is told in sentences for the learner. The
submitted file stays as it is. What cannot be read at all is a NotANotebook with what to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde

from leadgym.cohort.restore import MENDED, RestoreCells
from leadgym.course.notebooks import NotANotebook

LARGEST = 200 * 1024 * 1024
"""Bytes a submitted notebook may have."""
_CELL = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|input|metadata|outputs|source)"\s*:')
_MOST_BREAKS = 50  # each costs one more reading of the rest
_CONFLICT = re.compile(
    r"^<{7}(?: [^\n]*)?\n(?P<own>.*?)(?:^\|{7}(?: [^\n]*)?\n.*?)?^={7}\n(?P<other>.*?)^>{7}(?: [^\n]*)?(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ENCODINGS = {"utf-8-sig": "UTF-8 with a byte-order mark", "utf-16": "UTF-16", "utf-32": "UTF-32"}


def read_mended(content: bytes, where: str) -> tuple[Any, list[str], list[int]]:
    """The notebook in ``content`` (nbformat 4.5), what was mended, and the numbers of the entries that were no cells.

    ``where`` names the file in sentences. Raises NotANotebook.
    """
    notes: list[str] = []
    if len(content) > LARGEST:
        raise NotANotebook(
            f"{where}:1: has {len(content) // 10**6} MB; {LARGEST // 10**6} are the most. "
            "Clear its outputs in JupyterLab (Edit, Clear Outputs of All Cells), save, and hand it in again."
        )
    text = _text(content, notes)
    if not text.strip():
        raise NotANotebook(f"{where}:1: is empty. Ask for the notebook again, or look in .ipynb_checkpoints beside it.")
    found = _cells(_data(text, where, notes), where, notes)
    lost = [number for number, cell in enumerate(found, start=1) if not isinstance(cell, Mapping)]
    if lost:
        notes.append(f"{_count(len(lost), 'entry', 'entries')} of the notebook could not be read as a cell.")
    cells = [_cell(cell) for cell in found if isinstance(cell, Mapping)]
    if any("\r" in cell["source"] for cell in cells):
        notes.append("Cells had the line ends of another system; they were read as usual ones.")
        for cell in cells:
            cell["source"] = cell["source"].replace("\r\n", "\n").replace("\r", "\n")
    made = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(made), notes, lost


class MendingExporter(NotebookExporter):  # type: ignore[misc]
    """nbgrader's way of reading a notebook for autograding; one that a learner wrote is mended on the way in."""

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> Any:
        """As nbconvert's. Raises NotANotebook."""
        # Autograding reads twice: what was handed in, to be restored; and what came of that.
        if not any(isinstance(step, RestoreCells) for step in self._preprocessors):
            return super().from_filename(filename, resources=resources, **more)
        path = Path(filename)
        if path.is_symlink():
            raise NotANotebook(f"{path}:1: is a link, not a file. Ask for the notebook itself.")
        self._leave_links(path.parent, (resources or {}).get("nbgrader", {}))
        nb, notes, _ = read_mended(path.read_bytes(), str(path))
        resources = {**(resources or {}), "metadata": {"name": path.stem, "path": str(path.parent)}}
        resources[MENDED] = [*resources.get(MENDED, []), *notes]
        return self.from_notebook_node(nb, resources=resources, **more)

    def _leave_links(self, folder: Path, about: Mapping[str, str]) -> None:
        """Remove what nbgrader copied for a submission's links: the jail would show the learner what they point at."""
        if not isinstance(self.parent, Autograde):
            return
        course, who = self.parent.coursedir, (about["student"], about["assignment"])
        copies = Path(course.format_path(course.autograded_directory, *who))
        trusted = Path(course.format_path(course.source_directory, ".", about["assignment"]))
        for path in folder.rglob("*"):
            inside = path.relative_to(folder)
            if path.is_symlink() and not (trusted / inside).exists():
                (copies / inside).unlink(missing_ok=True)


def _text(content: bytes, notes: list[str]) -> str:
    stripped = content.rstrip(b"\0")
    if content and not stripped:
        return ""
    encoding = json.detect_encoding(content)
    if encoding == "utf-8" and stripped != content:
        notes.append("The notebook ended in zero bytes, as after a crash; they were left out.")
        content = stripped
    stored = next((name for start, name in _ENCODINGS.items() if encoding.startswith(start)), "")
    if stored:
        notes.append(f"The notebook was stored as {stored}; it was read as that. Notebooks are plain UTF-8.")
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if error.end >= len(content):
            return content[: error.start].decode(encoding)  # cut within a character: what is missing is told later
    text = content.decode(encoding, "replace")
    if not any(ord(character) > 127 and character != "\ufffd" for character in text):
        notes.append("The notebook was stored in a Windows encoding; it was read as that. Notebooks are UTF-8.")
        return content.decode("cp1252", "replace")
    notes.append("The notebook held bytes that are no text; each was read as \ufffd.")
    return text


def _data(text: str, where: str, notes: list[str]) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = error
    if _CONFLICT.search(text):
        notes.append(
            "The notebook held merge-conflict marks of git; your own side was read. If you mean the other one, choose "
            "it, save, and hand in again."
        )
        text = _CONFLICT.sub(lambda conflict: conflict["own"], text)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            problem = error
    cells = _whole_cells(text)
    if isinstance(problem, json.JSONDecodeError):
        line, why = problem.lineno, problem.msg
    else:
        line, why = 1, "it is nested too deep, or a number in it is too long"
    if not cells:
        if isinstance(problem, json.JSONDecodeError) and problem.pos == 0:
            raise NotANotebook(
                f"{where}:1: is no notebook: it is not JSON. Restore it, or save it again from JupyterLab."
            ) from problem
        raise NotANotebook(
            f"{where}:{line}: the JSON breaks off here ({why}). The file was cut or edited by hand: "
            "restore it from .ipynb_checkpoints beside it, or from git."
        ) from problem
    notes.append(
        f"The notebook cannot be read beyond line {line}, as when saving is interrupted. "
        f"{_count(len(cells), 'whole cell was', 'whole cells were')} found in it; the rest is lost."
    )
    return {"nbformat": 4, "cells": cells}


def _whole_cells(text: str) -> list[Any]:
    """The cells in ``text`` that are whole, wherever the rest breaks off."""
    decoder = json.JSONDecoder(strict=False)
    cells: list[Any] = []
    at = breaks = 0
    while breaks < _MOST_BREAKS and (begin := _CELL.search(text, at)):
        try:
            value, at = decoder.raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            at, breaks = begin.end(), breaks + 1
            continue
        if "cell_type" in value and ("source" in value or "input" in value):  # not nbgrader's metadata of a broken cell
            cells.append(value)
    return cells


def _cells(data: Any, where: str, notes: list[str]) -> list[Any]:
    cells = data.get("cells") if isinstance(data, dict) else None
    if isinstance(data, dict) and not isinstance(cells, list) and isinstance(data.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in data["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
        notes.append("The notebook was in format 3, from before 2015; it was read as that.")
    if not isinstance(cells, list):
        raise NotANotebook(f"{where}:1: is JSON but not a notebook. Save it from JupyterLab, and hand it in again.")
    return cells


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell in today's form, as far as ``RestoreCells`` looks at it."""
    kind, source = cell.get("cell_type"), cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str)).encode("utf-8", "replace").decode("utf-8")
    if kind == "heading":  # of format 3
        level = cell.get("level")
        kind, text = "markdown", f"{'#' * level if isinstance(level, int) and 1 <= level <= 6 else '#'} {text}"
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    made: dict[str, Any] = {
        "cell_type": kind if isinstance(kind, str) else "raw",
        "id": cell.get("id"),
        "metadata": {"nbgrader": dict(about)} if isinstance(about, Mapping) else {},
        "source": text,
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made | ({"attachments": cell["attachments"]} if "attachments" in cell else {})


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
