"""Taking one person out of files and tables that others are in too, everything else in them left as it was."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock
from nbgrader import api
from ruamel.yaml import YAML
from sqlalchemy import Connection, create_engine, delete, make_url, select

from leadgym.cohort.course import COLUMNS, COURSE_FILE, ROSTER_FILE
from leadgym.cohort.road import told_in_words
from leadgym.tools.rows import MARKS, Line, read_csv, read_text
from leadgym.yamlfile import read_yaml


def roster_lines(root: Path) -> list[Line]:
    """The rows of the roster, whatever their ids are; none where there are none. Raises FileProblems."""
    path = root / ROSTER_FILE
    if not path.is_file() or sum(bool(line.strip()) for line in read_text(path).splitlines()) < 2:
        return []
    return read_csv(path, COLUMNS, [name for name in COLUMNS if name != "id"])


def out_of_roster(root: Path, learner: str) -> None:
    """The roster without the learner's lines, byte for byte otherwise."""
    path = root / ROSTER_FILE
    theirs = [line for line in roster_lines(root) if line.cells["id"] == learner]
    if not theirs:
        return
    data = path.read_bytes()
    mark, encoding = next(((mark, name) for mark, name in MARKS if data.startswith(mark)), (b"", "utf-8"))
    if encoding == "utf-16":
        encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    elif mark:
        encoding = "utf-8"
    lines = list(io.StringIO(data[len(mark) :].decode(encoding), newline=""))  # as csv counts lines
    gone = {number for line in theirs for number in range(line.number, line.last + 1)}
    kept = "".join(line for number, line in enumerate(lines, 1) if number not in gone)
    replace(path, mark + kept.encode(encoding))


def out_of_course(root: Path, learner: str) -> None:
    """cohort.yaml without the learner's extensions. Where each stands on a line of its own, only the line goes."""
    path = root / COURSE_FILE
    found: Any = read_yaml(path).data.get("extensions") or [] if path.is_file() else []
    places = [place for place, one in enumerate(found) if one.get("learner") == learner]
    if not places:
        return
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    gone = {found.lc.item(place)[0] for place in places}
    whole = all(lines[line].lstrip().startswith("- {") and "}" in lines[line] for line in gone)
    if whole and len(gone) == len(places) < len(found):
        replace(path, "".join(line for number, line in enumerate(lines) if number not in gone).encode())
        return
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(text)
    data["extensions"] = [one for one in data["extensions"] if one.get("learner") != learner]
    written = io.StringIO()
    yaml.dump(data, written)
    replace(path, written.getvalue().encode("utf-8"))


def log_lines(path: Path, learner: str) -> int:
    """How many lines of a log (a JSON object on each, with ``learner``) are about the learner."""
    return sum(_about(line) == learner for line in _lines(path))


def log_learners(path: Path) -> set[str]:
    """Whom a log is about."""
    return {name for line in _lines(path) if (name := _about(line))}


def out_of_log(path: Path, learner: str) -> None:
    """The log without its lines about the learner. Whoever adds to it takes the same lock."""
    with FileLock(path.with_suffix(".lock")):
        lines = _lines(path)
        kept = [line for line in lines if _about(line) != learner]
        if len(kept) < len(lines):
            replace(path, b"".join(kept))


def students(db_url: str) -> dict[str, tuple[str, str, str, str]]:
    """First and last name, e-mail and LMS id of everybody in the gradebook, by id; empty where there is none."""
    who = api.Student.__table__
    query = select(who.c.id, who.c.first_name, who.c.last_name, who.c.email, who.c.lms_user_id)
    found = _within(db_url, lambda connection: connection.execute(query).all())
    return {row[0]: (row[1] or "", row[2] or "", row[3] or "", row[4] or "") for row in found or []}


def submissions(db_url: str, learner: str) -> int:
    """How many submissions of the learner the gradebook holds."""
    table = api.SubmittedAssignment.__table__
    query = select(table.c.id).where(table.c.student_id == learner)
    return len(_within(db_url, lambda connection: connection.execute(query).all()) or [])


def out_of_gradebook(db_url: str, learner: str) -> None:
    """The gradebook without the learner: marks, comments, submissions, name. In one go, or not at all."""
    work, pages = api.SubmittedAssignment.__table__, api.SubmittedNotebook.__table__
    theirs = select(work.c.id).where(work.c.student_id == learner).scalar_subquery()
    notebooks = select(pages.c.id).where(pages.c.assignment_id.in_(theirs)).scalar_subquery()

    def remove(connection: Connection) -> None:
        for kind in (api.Grade.__table__, api.Comment.__table__):
            connection.execute(delete(kind).where(kind.c.notebook_id.in_(notebooks)))
        connection.execute(delete(pages).where(pages.c.assignment_id.in_(theirs)))
        connection.execute(delete(work).where(work.c.student_id == learner))
        connection.execute(delete(api.Student.__table__).where(api.Student.__table__.c.id == learner))

    _within(db_url, remove)


def vacuum(db_url: str) -> None:
    """Write the gradebook anew, so that what was deleted is not in its file any more."""
    if not gradebook_file(db_url, missing=True):
        _within(db_url, lambda connection: connection.exec_driver_sql("VACUUM"), isolation_level="AUTOCOMMIT")


def gradebook_file(db_url: str, *, missing: bool = False) -> Path | None:
    """The file of a SQLite gradebook; with ``missing`` only one that is not there. None for any other."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path = Path(url.database)
    return path if path.is_file() is not missing else None


def remove(path: Path) -> list[str]:
    """Remove a folder or a file; a link only itself. What cannot be removed, a line each."""
    left: list[str] = []
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return left
        for folder, _, _ in os.walk(path):
            # A learner may have handed in folders that nobody may write to.
            if not Path(folder).stat().st_mode & stat.S_IWUSR:
                Path(folder).chmod(0o700)
        shutil.rmtree(path)
    except OSError as error:
        left.append(f"{error.filename or path} cannot be removed ({error.strerror}). Ask whoever owns it to.")
    return left


def replace(path: Path, data: bytes) -> None:
    """All of ``data`` in the place of the file, or the file as it was."""
    making = path.with_name(f".{path.name}.tmp")
    with making.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, making)
    making.replace(path)


def _within(db_url: str, do: Callable[[Connection], Any], **options: Any) -> Any:
    """What ``do`` gives back within one transaction; None where there is no gradebook yet."""
    if gradebook_file(db_url, missing=True):
        return None
    with told_in_words(db_url):
        engine = create_engine(db_url, **options)
        try:
            with engine.begin() as connection:
                there = engine.dialect.has_table(connection, "student")
                return do(connection) if there else None
        finally:
            engine.dispose()


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def _about(line: bytes) -> str:
    try:
        found = json.loads(line).get("learner")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""
