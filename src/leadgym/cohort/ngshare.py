"""nbgrader's exchange over the network: ngshare, for cohorts whose people share no disk (``deploy/kubernetes``).

ngshare_exchange 0.5.3 writes a failed request to its log and goes on as if it had succeeded, and a file of one learner
that cannot be written ends the collecting for everybody after. Here a request that failed ends the command, what was
released, handed in or collected is asked back and compared, and one bad file costs that file alone.

    python -m leadgym.cohort.ngshare          put roster.csv into ngshare, as the course that cohort.yaml names
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from ngshare_exchange.collect import ExchangeCollect
from ngshare_exchange.exchange import Exchange
from ngshare_exchange.fetch_assignment import ExchangeFetchAssignment
from ngshare_exchange.fetch_feedback import ExchangeFetchFeedback
from ngshare_exchange.list import ExchangeList
from ngshare_exchange.release_assignment import ExchangeReleaseAssignment
from ngshare_exchange.release_feedback import ExchangeReleaseFeedback
from ngshare_exchange.submit import ExchangeSubmit

ADDRESS, USER, TOKEN = "NGSHARE_URL", "JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN"
"""Where ngshare is and who asks. On the hub all three are set; elsewhere you set them, with a token from the hub."""
_SECONDS = 60


def use_ngshare(c: Any) -> None:
    """Make ngshare at ``$NGSHARE_URL`` the exchange in nbgrader's settings ``c``. Raises KeyError without it."""
    c.Exchange._ngshare_url = os.environ[ADDRESS].rstrip("/")
    c.ExchangeFactory.exchange = Exchange
    c.ExchangeFactory.fetch_assignment = FetchAssignment
    c.ExchangeFactory.fetch_feedback = FetchFeedback
    c.ExchangeFactory.release_assignment = ReleaseAssignment
    c.ExchangeFactory.release_feedback = ReleaseFeedback
    c.ExchangeFactory.list = List
    c.ExchangeFactory.submit = Submit
    c.ExchangeFactory.collect = Collect


class _Sure:
    """What all steps share: requests that failed are said, and files are written one by one."""

    goes_on = False
    """Whether a failed request is left to the caller, who has others to see to."""
    fail: Callable[[str], None]
    log: Any
    coursedir: Any
    username: str

    def ngshare_api_request(self, method: str, url: str, data: Any = None, params: Any = None) -> Any:
        """ngshare's answer. Raises ExchangeError where it has none, and the command ends with exit code 1."""
        answer = super().ngshare_api_request(method, url, data=data, params=params)  # type: ignore[misc]
        if answer is None and not self.goes_on:
            self.fail(f"ngshare refused or did not answer ({method} {url}). Nothing was done; the lines above say why.")
        return answer

    def encode_dir(self, src_dir: str, ignore: Any = None) -> dict[str, str]:
        """The files under ``src_dir`` as ngshare takes them; with ``ignore``, without what nbgrader is to leave out.

        ngshare_exchange leaves out files by those names and takes folders: checkpoints, and feedback that came back.
        """
        folder, out = Path(src_dir), self.coursedir.ignore if ignore else []
        sent = []
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if not path.is_file() or any(fnmatch(part, pattern) for part in name.parts for pattern in out):
                continue
            content = path.read_bytes()
            if not (ignore and ignore(str(path.parent), path.name, len(content))):
                sent.append({"path": name.as_posix(), "content": base64.b64encode(content).decode("ascii")})
        return {"user": self.username, "files": json.dumps(sent)}

    def decode_dir(
        self, src_dir: Iterable[Mapping[str, str]], dest_dir: str, ignore: Any = None, noclobber: bool = False
    ) -> None:
        """Write the files that ngshare sent into ``dest_dir``; what cannot be written is named and left out."""
        folder = Path(dest_dir)
        folder.mkdir(parents=True, exist_ok=True)
        # A file of the name of another's folder loses: what nbgrader needs, timestamp.txt, lies at the top.
        for file in sorted(src_dir, key=lambda file: file["path"].count("/")):
            name = PurePosixPath(file["path"])
            target = folder / name
            if noclobber and target.is_file():
                continue
            try:
                if name.is_absolute() or ".." in name.parts or not name.parts:
                    raise ValueError("it would lie outside the folder")
                content = base64.b64decode(file["content"])
                if ignore and ignore(str(target.parent), target.name, len(content)):
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except (OSError, ValueError, binascii.Error) as error:
                self.log.error("%r is left out of %s: %s", file["path"][:200], folder, error)


class FetchAssignment(_Sure, ExchangeFetchAssignment):  # type: ignore[misc]
    """``nbgrader fetch_assignment``."""


class FetchFeedback(_Sure, ExchangeFetchFeedback):  # type: ignore[misc]
    """``nbgrader fetch_feedback``."""


class ReleaseFeedback(_Sure, ExchangeReleaseFeedback):  # type: ignore[misc]
    """``nbgrader release_feedback``: each learner's pages are asked back."""

    def post_feedback(self, student_id: str, timestamp: str, feedback_info: list[Mapping[str, str]]) -> Any:
        """Send the pages of one submission. Raises ExchangeError unless ngshare has them afterwards."""
        answer = super().post_feedback(student_id, timestamp, feedback_info)
        sent = {f"{page['notebook_id']}.html": _md5(Path(page["path"])) for page in feedback_info}
        url = f"/feedback/{self.coursedir.course_id}/{self.coursedir.assignment_id}/{student_id}"
        there = self.ngshare_api_get(url, {"list_only": "true", "timestamp": timestamp})["files"]
        if {file["path"]: file["checksum"] for file in there} != sent:
            self.fail(f"ngshare took the feedback of {student_id} and does not have it. Look at its log and disk.")
        return answer


class ReleaseAssignment(_Sure, ExchangeReleaseAssignment):  # type: ignore[misc]
    """``nbgrader release_assignment``: what was released is asked back. ``--force`` is refused."""

    def assignment_exists(self) -> bool:
        """Raises ExchangeError where there is one already."""
        if self.force:
            self.fail(
                "With ngshare, --force first deletes the assignment and with it everybody's submissions. While nobody "
                f"has handed in: nbgrader list --remove {self.coursedir.assignment_id}, and release it again."
            )
        return bool(super().assignment_exists())

    def copy_files(self) -> None:
        """Release. Raises ExchangeError unless ngshare has every file afterwards."""
        super().copy_files()
        there = self.ngshare_api_get(self.dest_path, {"list_only": "true"})["files"]
        here = {_md5(path) for path in Path(self.src_path).rglob("*") if path.is_file()}
        if {file["checksum"] for file in there} != here:
            self.fail("ngshare took the assignment and does not have it. Look at its log and disk; learners get none.")


class Submit(_Sure, ExchangeSubmit):  # type: ignore[misc]
    """``nbgrader submit``: what was handed in is asked back."""

    def copy_files(self) -> None:
        """Hand in. Raises ExchangeError unless ngshare lists the submission afterwards."""
        super().copy_files()
        course, slug = self.coursedir.course_id, self.coursedir.assignment_id
        there = self.ngshare_api_get(f"/submissions/{course}/{slug}/{self.username}")["submissions"]
        if self.timestamp not in [one["timestamp"] for one in there]:
            self.fail("ngshare took your submission and does not list it. Tell your instructor; hand in again later.")


class Collect(_Sure, ExchangeCollect):  # type: ignore[misc]
    """``nbgrader collect``: everybody who can be collected is, and who could not is named at the end."""

    goes_on = True

    def copy_files(self) -> None:
        """Collect. Raises ExchangeError with the learners whose newest submission is not here afterwards."""
        super().copy_files()
        course = self.coursedir
        missing = []
        for record in self.src_records:
            folder = course.format_path(course.submitted_directory, record["student_id"], course.assignment_id)
            stamp = course.get_existing_timestamp(folder)
            if stamp is None or (self.update and stamp < record["timestamp"]):
                missing.append(record["student_id"])
        if missing:
            self.fail(f"Not collected: {', '.join(sorted(missing))}. The others were. Collect again with --update.")


class List(_Sure, ExchangeList):  # type: ignore[misc]
    """``nbgrader list`` and the assignment list: what one submission lacks does not hide the others."""

    goes_on = True

    def remove_files(self) -> Any:
        """``--remove``, and formgrader's button for taking a release back. Raises ExchangeError before work is lost.

        ngshare deletes the submissions with the assignment; nbgrader's own exchange does not.
        """
        for one in [] if self.cached or self.inbound else self.assignments:
            name = f"{one['course_id']}/{one['assignment_id']}"
            there = self.ngshare_api_get(f"/submissions/{name}")
            if there is None or there["submissions"]:
                self.fail(
                    f"{name} has been handed in, and taking it back would delete that. Nothing was taken back; "
                    "deploy/kubernetes/README.md says how to do it all the same."
                )
        return super().remove_files()


def _md5(path: Path) -> str:
    """What ngshare knows a file by."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def enrol(root: Path) -> list[str]:
    """Make the course of ``root`` in ngshare with everybody on its roster, and ask back: sentences on what is there.

    Raises FileProblems for the files, KeyError without an address or a token, RuntimeError where ngshare refuses.
    """
    from leadgym.cohort.course import load_course, load_roster

    course, roster = load_course(root).cohort, {one.id.lower(): one for one in load_roster(root)}
    if course not in _ask("GET", "/courses")["courses"]:
        _ask("POST", f"/course/{course}", {"instructors": json.dumps([os.environ[USER]])})
    people = [
        {"username": name, "first_name": one.first_name, "last_name": one.last_name, "email": one.email}
        for name, one in roster.items()
    ]
    refused = []
    if people:
        status = _ask("POST", f"/students/{course}", {"students": json.dumps(people)})["status"]
        refused = [f"{one['username']}: {one['message']}." for one in status if not one["success"]]
    there = {one["username"] for one in _ask("GET", f"/students/{course}")["students"]}
    said = [f"{course} in ngshare has {len(there & set(roster))} of the roster's {len(roster)} learners.", *refused]
    if others := sorted(there - set(roster)):
        said.append(f"Not on the roster any more, and still in: {', '.join(others)}.")
    return said


def _ask(method: str, path: str, data: Mapping[str, str] | None = None) -> Any:
    import requests

    answer = requests.request(
        method,
        os.environ[ADDRESS].rstrip("/") + quote(path),
        data=data,
        headers={"Authorization": f"token {os.environ[TOKEN]}"},
        timeout=_SECONDS,
    )
    try:
        found = answer.json()
    except ValueError:
        found = {}
    if not found.get("success"):
        raise RuntimeError(f"ngshare said {answer.status_code} to {method} {path}: {found.get('message', 'no reason')}")
    return found


def main() -> int:
    """The command: exit code 1 where the roster is not in ngshare afterwards."""
    from requests.exceptions import RequestException

    from leadgym.cohort.course import find_root
    from leadgym.yamlfile import FileProblems

    try:
        said = enrol(find_root(Path(sys.argv[1]) if sys.argv[1:] else None))
    except KeyError as missing:
        print(f"{missing.args[0]} is not set. deploy/kubernetes/README.md says where to get it.", file=sys.stderr)
        return 1
    except (FileProblems, RuntimeError, RequestException) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(*said, sep="\n")
    return 0 if len(said) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
