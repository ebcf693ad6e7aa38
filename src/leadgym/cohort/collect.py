"""Collecting from nbgrader's exchange as if everybody meant harm: by who owns a submission, not by what it says.

The exchange's inbound folder is open to all for writing. nbgrader reads from a submission's name whose it is and when
it came, warns where the owner is another, and collects it all the same; and it follows symbolic links as the
instructor, who may read everything. Here a submission is its owner's, came when the system says, and is copied file by
file: nothing that is a link, a pipe, somebody else's or too large.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns
from traitlets import Bool, Unicode

SECONDS = 60.0
"""How much later than it says a submission may have come and still be believed: copying takes a moment."""
_SECRET = re.compile(rb"[0-9a-f]{32,256}")
MOST_FILES = 500
"""Files and folders in one submission; an exercise has about ten."""


class CollectOwned(ExchangeCollect):  # type: ignore[misc]
    """nbgrader's collect, believing only what a learner cannot write."""

    accounts = Unicode(help="A JSON file: the learner's id for each system account.").tag(config=True)
    believe_times = Bool(
        False,
        help="Take a submission's time from its name, as after restoring the exchange from a backup, when the system's "
        "own times are those of the restoring.",
    ).tag(config=True)

    def init_src(self) -> None:
        """Find the newest submission of each owner."""
        self._learners: dict[int, str] = by_uid(Path(self.accounts))
        super().init_src()
        found: list[dict[str, Any]] = self.src_records  # type: ignore[has-type]
        self.src_records = [record for record in found if record["username"]]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            about = os.lstat(path)
        except (ExchangeError, ValueError, OverflowError, OSError) as error:
            # Anybody can make such a folder, and one must not stop everybody's collection.
            self.log.warning("%r is left where it is: its name is not a submission's (%s).", path, error)
            return {"username": "", "filename": "", "timestamp": datetime.min}
        learner = self._learners.get(about.st_uid, "") if stat.S_ISDIR(about.st_mode) else ""
        if not learner:
            self.log.warning("%s is left where it is: no learner's account owns it.", path)
            return record | {"username": ""}
        if not os.access(path, os.R_OK | os.X_OK):
            self.log.warning("%s, of %s, is left: they have shut it. What they handed in before counts.", path, learner)
            return record | {"username": ""}
        if learner != record["username"]:
            self.log.warning("%s says it is %s's. It is %s's, who owns it.", path, record["username"], learner)
        came = record["timestamp"] if self.believe_times else came_at(about, record["timestamp"])
        if came != record["timestamp"]:
            self.log.warning("%s says it is of %s. It came at %s UTC.", path, record["timestamp"], came)
            record["timestamp"] = came
        return record | {"username": learner}

    def copy_files(self) -> None:
        """Collect what is new. Raises ExchangeError at the end with whom it could not be done for.

        One who cannot be collected is no reason not to collect the others, and keeps what was collected before.
        """
        course, failed = self.coursedir, []
        if not self.src_records:
            self.log.warning("No submissions of '%s' to collect.", course.assignment_id)
        for record in self.src_records:
            learner, came = record["username"], record["timestamp"]
            target = Path(course.format_path(course.submitted_directory, learner, course.assignment_id))
            if target.is_dir():
                before = course.get_existing_timestamp(str(target))
                newer = self.update and (before is None or came > before)
                if not newer and not (self.before_duedate and came != before):
                    self.log.info("%s is collected already%s.", learner, "" if self.update else "; look with --update")
                    continue
            try:
                self._copy(Path(self.inbound_path) / record["filename"], target, came)
                self.log.info("Collected: %s", learner)
            except OSError as error:
                failed.append(learner)
                self.log.error("%s: %s cannot be read (%s).", learner, error.filename, error.strerror)
        if failed:
            self.fail(f"Not collected: {', '.join(failed)}. Ask them to hand in again. The others are collected.")

    def _copy(self, source: Path, target: Path, came: datetime) -> None:
        """Copy what is the learner's own, whole or not at all, and the time at which it came."""
        part = target.with_name(f".{target.name}.tmp")
        shutil.rmtree(part, ignore_errors=True)
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        for name in copy_owned(source, part, most=1000 * self.coursedir.max_dir_size, ignored=ignored):
            self.log.warning("%s/%s is not collected: it is no file of the learner's own, or too much.", source, name)
        stamp = came.replace(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        (part / "timestamp.txt").write_text(stamp, encoding="ascii")
        secret = part / "submission_secret.txt"
        if not (secret.is_file() and _SECRET.fullmatch(secret.read_bytes())):
            # nbgrader's release_feedback ends for everybody at the first submission that has none.
            self.log.warning("%s has no secret of nbgrader's. Its feedback cannot be fetched, only given.", source)
            secret.unlink(missing_ok=True)
            secret.write_text(secrets.token_hex(64), encoding="ascii")
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)


def came_at(about: os.stat_result, says: datetime) -> datetime:
    """When a submission came, where its name ``says`` a time in UTC without a zone: that, if it can be."""
    # Not even its owner can set this one.
    came = datetime.fromtimestamp(about.st_ctime, UTC).replace(tzinfo=None)
    return says if timedelta() <= came - says <= timedelta(seconds=SECONDS) else came


def copy_owned(source: Path, target: Path, *, most: int, ignored: Any = None) -> list[str]:
    """Copy the regular files in ``source`` that its owner owns, ``most`` bytes in all; return what was left out.

    No link is followed, also none that takes a file's place meanwhile. ``ignored``: as `shutil.copytree` has it.
    Raises OSError for what may not be read.
    """
    owner = os.lstat(source).st_uid
    left: list[str] = []
    count = 0
    for folder, folders, files, here in os.fwalk(source):
        inside = Path(folder).relative_to(source)
        skipped = set(ignored(folder, [*folders, *files])) if ignored else set()
        for name in [name for name in folders if os.stat(name, dir_fd=here, follow_symlinks=False).st_uid != owner]:
            left.append(str(inside / name))
            skipped.add(name)
        count += len(folders) + len(files)
        if count > MOST_FILES:
            left.append(f"{inside}, which holds more than {MOST_FILES} files,")
            break
        folders[:] = [name for name in folders if name not in skipped]
        (target / inside).mkdir(parents=True, exist_ok=True)
        for name in sorted(set(files) - skipped):
            content = _own(name, here, owner, most)
            if content is None:
                left.append(str(inside / name))
                continue
            most -= len(content)
            (target / inside / name).write_bytes(content)
    return left


def _own(name: str, folder: int, owner: int, most: int) -> bytes | None:
    """The content of a regular file of ``owner``'s with no second name and at most ``most`` bytes, else None."""
    try:
        # A pipe that nobody writes to would be waited for.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except PermissionError as error:
        error.filename = name
        raise
    except OSError:
        return None
    with os.fdopen(file, "rb") as opened:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != owner or about.st_nlink != 1 or about.st_size > most:
            return None
        content = opened.read(most + 1)
    return content if len(content) <= most else None


def by_uid(accounts: Path) -> dict[int, str]:
    """The learner's id by the number of their account; an account that is gone is nobody's."""
    import pwd

    uids = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    known: dict[str, str] = json.loads(accounts.read_text(encoding="utf-8"))
    return {uids[account]: learner for account, learner in known.items() if account in uids}
