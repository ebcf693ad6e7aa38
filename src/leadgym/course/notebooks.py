"""The normal form of a notebook: no outputs, one kernel, ids that mean something. Small edits are small diffs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
_RANDOM_ID = re.compile(r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{6,12}|cell-[0-9a-f]+|[0-9]+)$")
_ID = re.compile(r"^[a-z][a-z0-9_-]{1,63}$")


class NotANotebook(ValueError):
    """The file is no notebook, with the file, the line and the mend."""


def read(path: Path) -> dict[str, Any]:
    """The notebook as JSON data. Raises NotANotebook."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotANotebook(f"{path}:1: cannot be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise NotANotebook(
            f"{path}:1: is not UTF-8 text, so no notebook. Restore it, or save it again from JupyterLab."
        ) from error
    except json.JSONDecodeError as error:
        if error.pos == 0:
            raise NotANotebook(
                f"{path}:1: is no notebook: it is not JSON. Restore it, or save it again from JupyterLab."
            ) from error
        raise NotANotebook(
            f"{path}:{error.lineno}: the JSON breaks off here ({error.msg}). The file was cut or edited by hand: "
            "restore it from .ipynb_checkpoints beside it, or from git."
        ) from error
    except RecursionError as error:
        raise NotANotebook(f"{path}:1: is nested too deep for a notebook. Restore it.") from error
    if not isinstance(data, dict) or data.get("nbformat") != 4 or not isinstance(data.get("cells"), list):
        raise NotANotebook(f"{path}:1: is JSON but not a version 4 notebook. Save it from JupyterLab.")
    for number, cell in enumerate(data["cells"], start=1):
        if not isinstance(cell, dict) or not isinstance(cell.get("metadata", {}), dict):
            raise NotANotebook(f"{path}: cell {number}: is no cell. Restore it, or save it again from JupyterLab.")
    return data


def normal_form(path: Path) -> str:
    """The text ``path`` has in normal form. Raises NotANotebook, also for a cell without a meaningful id."""
    data = read(path)
    cells, seen, problems = [], set(), []
    for number, cell in enumerate(data["cells"], start=1):
        grade_id = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        name = str(grade_id or cell.get("id", ""))
        if not _ID.match(name) or (not grade_id and _RANDOM_ID.match(name)):
            problems.append(
                f"{path}: cell {number}: its id '{name}' says nothing. Name what the cell does, as in 'why-delegate'."
            )
        if name in seen:
            problems.append(f"{path}: cell {number}: the id '{name}' is used twice. Rename one.")
        seen.add(name)
        cells.append(_cell(cell, name))
    if problems:
        raise NotANotebook("\n".join(problems))
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cell(cell: dict[str, Any], name: str) -> dict[str, Any]:
    source = cell.get("source", "")
    text = "".join(source) if isinstance(source, list) else str(source)
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key in _KEPT}
    if "slideshow" in metadata:
        # Lab's "-" leaves an empty one behind; other tools add fields of their own.
        slide = metadata.pop("slideshow")
        slide_type = slide.get("slide_type") if isinstance(slide, dict) else None
        if slide_type not in (None, "", "-"):
            metadata["slideshow"] = {"slide_type": slide_type}
    kind = cell.get("cell_type")
    result: dict[str, Any] = {
        "cell_type": kind,
        "id": name,
        "metadata": metadata,
        "source": text.rstrip().splitlines(keepends=True),
    }
    if kind == "code":
        result |= {"execution_count": None, "outputs": []}
    return result


# What an author says about a cell; the rest is what editors leave behind.
_KEPT = {"nbgrader", "tags", "deletable", "editable", "jupyter", "slideshow"}


def authored() -> list[str]:
    """The folders whose notebooks are written by hand, relative to the repository."""
    return ["course", "solutions"]
