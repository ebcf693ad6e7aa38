"""Tables that the rules of a plan look things up in: people, tickets, decisions; in the rubric or a file beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from leadgym.marking.files import load_beside
from leadgym.marking.rules import NUMBER, TEXT, TRUTH, Row, Type
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Location, Model

Cell = bool | int | float | str
Rows = Annotated[dict[Id, dict[Id, Cell]], Field(min_length=1)]


class TableFile(Model):
    """A table in a file of its own (``data/*.yaml``): ``title`` if you like, and ``rows``."""

    title: Text | None = None
    rows: Rows


class Table(Model):
    """Rows that rules can look up, written here (``rows``) or in a ``file`` beside the rubric. ``one`` names a row.

    Every row has the same columns; a column holds texts, numbers, or true and false. ``name`` is how a row is called in
    sentences; without it, its id.
    """

    one: Id
    file: Text | None = None
    rows: Rows | None = None

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """What is wrong with the table: (place within it, what and the mend)."""
        if (self.file is None) == (self.rows is None):
            yield (), "give either 'rows' or a 'file' that holds them."
            return
        try:
            rows = self._all(folder)
        except FileProblems as error:
            more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
            yield ("file",), f"{error.problems[0].replace(str(folder), '.')}{more}"
            return
        where: Location = ("file",) if self.file else ("rows",)
        first = next(iter(rows.values()))
        if "id" in first:
            yield where, "no column can be called 'id'; it is the row's own id. Rename that column."
        for name, row in rows.items():
            if set(row) != set(first):
                odd = ", ".join(sorted(set(row) ^ set(first)))
                yield where, f"row '{name}' differs from the first in its columns: {odd}."
                continue
            for column, cell in row.items():
                if _kind(cell) != _kind(first[column]):
                    yield (
                        where,
                        f"column '{column}' is {_kind(first[column])} first, and {_kind(cell)} in row '{name}'.",
                    )

    def load(self, name: str, folder: Path) -> dict[str, Row]:
        """The rows of table ``name`` by id, in file order. Raises FileProblems."""
        return {row: Row(name, row, cells) for row, cells in self._all(folder).items()}

    def columns(self, folder: Path) -> dict[str, Type]:
        """What each column holds."""
        return {column: Type(_kind(cell)) for column, cell in next(iter(self._all(folder).values())).items()}

    def _all(self, folder: Path) -> Mapping[str, Mapping[str, Cell]]:
        if self.rows is not None:
            return self.rows
        return load_beside(folder, self.file or "", TableFile)[1].rows


def _kind(cell: Cell) -> str:
    if isinstance(cell, bool):
        return TRUTH
    return TEXT if isinstance(cell, str) else NUMBER
