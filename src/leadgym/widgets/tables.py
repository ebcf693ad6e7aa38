"""A table of an exercise's data, shown in the notebook as the rubric's rules see it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from leadgym.yamlfile import FileProblems, read_yaml


class Table:
    """The rows of one data file: the id first (it is what an answer names), then the columns."""

    def __init__(self, title: str, rows: dict[str, dict[str, Any]], columns: list[str]) -> None:
        self.title, self.rows, self.columns = title, rows, columns

    def _cells(self) -> list[list[str]]:
        return [[name, *(_shown(row.get(column)) for column in self.columns)] for name, row in self.rows.items()]

    def __repr__(self) -> str:
        lines = [self.title, "  ".join(["id", *self.columns])]
        return "\n".join([*lines, *("  ".join(cells) for cells in self._cells())])

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col' style='text-align:left'>{escape(_heading(c))}</th>" for c in ["id", *self.columns]
        )
        body = "".join(
            "<tr>"
            + f"<th scope='row' style='text-align:left;vertical-align:top'><code>{escape(cells[0])}</code></th>"
            + "".join(f"<td style='text-align:left;vertical-align:top'>{escape(cell)}</td>" for cell in cells[1:])
            + "</tr>"
            for cells in self._cells()
        )
        caption = f"<caption style='text-align:left'>{escape(self.title)}</caption>"
        return f"<table style='font-size:.95em'>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def show_table(path: str | Path, columns: list[str] | None = None) -> Table | None:
    """The table in a data file (``title`` and ``rows``); ``columns`` chooses which to show. A problem is a sentence."""
    try:
        data = read_yaml(Path(path)).data
    except FileProblems as problem:
        print(f"{problem}\nRun 'leadgym lab' again: it lays missing files and overwrites nothing of yours.")
        return None
    if not isinstance(data, CommentedMap) or not isinstance(data.get("rows"), CommentedMap) or not data["rows"]:
        print(f"{path}:1: has no 'rows'. Run 'leadgym lab' again to have the file laid anew.")
        return None
    rows = {str(name): dict(row) for name, row in data["rows"].items()}
    return Table(str(data.get("title", "")), rows, columns or list(next(iter(rows.values()))))


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)
