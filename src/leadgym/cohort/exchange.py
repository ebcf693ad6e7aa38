"""nbgrader's exchange of one course, looked at from outside: what is released, handed in, returned.

Its own lister opens every submission; a look at the folder names is enough here. Where the exchange is no folder
(ngshare), nothing of it can be seen from here, and that is said.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import Exchange as Folders
from nbgrader.utils import notebook_hash, parse_utc

from leadgym.cohort.collect import CollectOwned, by_uid, came_at
from leadgym.cohort.config import as_nbgrader

SECRET = "submission_secret.txt"  # noqa: S105 - a file name


@dataclass(frozen=True)
class HandedIn:
    """One attempt in the exchange. ``when`` is in UTC."""

    learner: str
    slug: str
    when: datetime
    folder: Path


@dataclass(frozen=True)
class Exchange:
    """``course``: the course's folder in the exchange, None where there is none. ``cache``: this user's own copies.

    ``owners``: the learner's id by the number of their account, where collecting goes by that; else None. ``believe``:
    it believes the submissions' names as to when they came.
    """

    course: Path | None
    cache: Path
    elsewhere: bool = False
    owners: Mapping[int, str] | None = None
    believe: bool = True

    @classmethod
    def of(cls, root: Path) -> Exchange:
        """The exchange that ``nbgrader`` would use in this course root.

        Raises as `leadgym.cohort.config.as_nbgrader`, and OSError for accounts that cannot be read.
        """
        config = as_nbgrader(root)
        plain, course_id = Folders(config=config), CourseDirectory(config=config).course_id
        kinds = [getattr(kind, "__module__", str(kind)) for kind in config.ExchangeFactory.values()]
        # Ours that collects by owner works on the same folder.
        folders = ("nbgrader.", CollectOwned.__module__)
        elsewhere = any(not name.startswith(folders) for name in kinds if isinstance(name, str))
        folder = Path(plain.root)
        course = folder / course_id if folder.is_dir() and not elsewhere else None
        cache = Path(plain.cache) / course_id
        if CollectOwned.__name__ not in str(config.ExchangeFactory.get("collect")):
            return cls(course, cache, elsewhere)
        owned = config.CollectOwned
        return cls(course, cache, elsewhere, by_uid(Path(owned.accounts)), bool(owned.get("believe_times")))

    def released(self, slug: str) -> bool | None:
        """Whether learners can fetch the module; None where that cannot be seen."""
        return None if self.course is None else (self.course / "outbound" / slug).is_dir()

    def inbound(self) -> Iterator[HandedIn]:
        """Every attempt by its name, also collected ones. Raises PermissionError where only others may look."""
        return _attempts(self.course / "inbound") if self.course else iter(())

    def handed_in(self) -> Iterator[HandedIn]:
        """Every attempt that collecting would take, as it would take it. Raises as `inbound`."""
        for attempt in self.inbound():
            if self.owners is None:
                yield attempt
            elif (owner := self.owner(attempt.folder)) and os.access(attempt.folder, os.R_OK | os.X_OK):
                says = attempt.when.replace(tzinfo=None)
                when = says if self.believe else came_at(attempt.folder.lstat(), says)
                yield HandedIn(owner, attempt.slug, when.replace(tzinfo=UTC), attempt.folder)

    def owner(self, folder: Path) -> str:
        """The learner whose account owns the folder; "" where that is nobody's or says nothing."""
        try:
            about = folder.lstat()
        except OSError:
            return ""
        return (self.owners or {}).get(about.st_uid, "") if stat.S_ISDIR(about.st_mode) else ""

    def cached(self) -> Iterator[HandedIn]:
        """The copies that handing in left with this user."""
        return _attempts(self.cache)

    def page(self, submission: Path, notebook: str) -> Path | None:
        """Where the feedback page of ``notebook`` lies once it is released; None where no secret leads there."""
        if self.course is None:
            return None
        try:
            secret = (submission / SECRET).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return (
            self.course / "feedback" / f"{notebook_hash(secret=secret, notebook_id=notebook)}.html" if secret else None
        )


def stamp_of(folder: Path) -> datetime | None:
    """When a submission was handed in, in UTC, by its timestamp.txt; None where there is none that can be read."""
    try:
        return _utc((folder / "timestamp.txt").read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None


def _utc(text: str) -> datetime:
    # The form nbgrader writes, without the general parser, which takes a hundred times as long.
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    except ValueError:
        found: datetime = parse_utc(text)
        return found.replace(tzinfo=UTC)


def _attempts(folder: Path) -> Iterator[HandedIn]:
    """By nbgrader's names: learner+assignment+time, and a random word where it adds one."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        parts = name.split("+")
        if len(parts) in (3, 4):
            with contextlib.suppress(ValueError, OverflowError):
                yield HandedIn(parts[0], parts[1], _utc(parts[2]), folder / name)
