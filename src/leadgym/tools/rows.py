"""Rows out of somebody's CSV export, with the file and the line in every complaint."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leadgym.yamlfile import FileProblems

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SHOWN = 20


@dataclass(frozen=True)
class Line:
    """One row: the file's lines it starts and ends on (from 1), and its cells by the tool's own column names."""

    path: str
    number: int
    cells: Mapping[str, str]
    last: int = 0

    def problem(self, column: str, what: str) -> str:
        """A complaint about the cell of ``column``: what and the mend, with file and line before it."""
        return f"{self.path}:{self.number}: {column}: {what}"


def read_text(path: Path) -> str:
    """The text of an export: UTF-8, with or without a mark, UTF-16 with one. Raises FileProblems."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read ({error.strerror}). Check the path."]) from error
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileProblems([f"{path}:{line}: is not UTF-8 text. Export it, or save it, as UTF-8."]) from error


def read_csv(path: Path, columns: Mapping[str, Sequence[str]], optional: Sequence[str] = ()) -> list[Line]:
    """The rows of a CSV file with a line of headings; comma, semicolon or tab between cells.

    ``columns``: for each name the tool uses, the headings it may have (any case, blanks and underscores alike).
    Those in ``optional`` may be missing from the file, and then from ``cells``. Empty rows are passed over. Raises
    FileProblems for a file without rows, a missing or doubled column, or a row of another width, each with its line.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_between(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    ends: dict[int, int] = {}
    start = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start, row))
                ends[start] = reader.line_num
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileProblems(
            [f"{path}:{start}: is not CSV ({error}). Look for a quotation mark that is opened and not closed."]
        ) from error
    if len(rows) < 2:
        raise FileProblems([f"{path}:1: has no rows under its headings. Export it again, headings included."])
    place = _places(path, rows[0], columns, optional)
    problems, found = [], []
    width = len(rows[0][1])
    for number, row in rows[1:]:
        if len(row) != width:
            problems.append(
                f"{path}:{number}: has {len(row)} cell{'s' * (len(row) > 1)} where the headings have {width}. A comma "
                "inside a text needs quotation marks around the text."
            )
            continue
        found.append(Line(str(path), number, {name: row[at].strip() for name, at in place.items()}, ends[number]))
    if problems:
        raise FileProblems(shortened(problems))
    return found


def headings(path: Path) -> list[str]:
    """The headings of a CSV file, as they are written. Raises FileProblems."""
    text = read_text(path).lstrip("\r\n")
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=_between(text)), [])]
    except csv.Error as error:
        raise FileProblems([f"{path}:1: is not CSV ({error}). Export it again as CSV."]) from error


def plain(heading: str) -> str:
    """A heading, or another word of an export, as it is compared: any case, blanks and underscores alike."""
    return " ".join(heading.replace("_", " ").split()).casefold()


def shortened(problems: Sequence[str]) -> list[str]:
    """At most twenty complaints, and how many more there are."""
    more = len(problems) - SHOWN
    return [*problems[:SHOWN], *([f"and {more} more like these."] if more > 0 else [])]


def _places(
    path: Path, head: tuple[int, list[str]], columns: Mapping[str, Sequence[str]], optional: Sequence[str]
) -> dict[str, int]:
    headings = [plain(cell) for cell in head[1]]
    place: dict[str, int] = {}
    problems = []
    for name, known in columns.items():
        at = [index for index, heading in enumerate(headings) if heading in {plain(one) for one in (name, *known)}]
        if len(at) == 1:
            place[name] = at[0]
        elif at:
            said = ", ".join(head[1][index].strip() for index in at)
            problems.append(f"{path}:{head[0]}: {name}: more than one column could be it: {said}. Rename the others.")
        elif name not in optional:
            said = ", ".join(cell.strip() or "(empty)" for cell in head[1])
            names = " or ".join(dict.fromkeys((name, *known)))
            problems.append(f"{path}:{head[0]}: {name}: no such column. The file has: {said}. Rename one to {names}.")
    if problems:
        raise FileProblems(problems)
    return place


def _between(text: str) -> str:
    """What stands between cells."""
    return max(",;\t", key=text.partition("\n")[0].count)
