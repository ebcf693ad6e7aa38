"""``ROOT/.leadgym/remarks.jsonl``: every mark that was made anew, one JSON object for each changed submission.

A line has ``remark`` (one id for all that was written together), ``learner``, ``module``, ``before``, ``after`` and
``out_of`` (the points that count, lateness taken off), ``answers``, ``who``, ``when`` (UTC), ``why``, ``rules``
(digests ``before`` and ``after``, null where it is not known) and ``submission``, a digest of what was handed in. An
entry of ``answers`` has ``answer``, ``before`` and ``after`` (what counts), ``marker`` (what the marker gave: before,
after), ``manual`` (what a person has set, or null) and ``criteria``, each with ``criterion``, ``before`` and ``after``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from leadgym.cohort.road import PRIVATE, MarkingProblem, written
from leadgym.keptfile import append_line

Entry = Mapping[str, Any]
_FILE = f"{PRIVATE}/remarks.jsonl"
_NEEDED = {"remark", "learner", "module", "before", "after", "out_of", "answers", "who", "when", "why", "submission"}


def entries(root: Path) -> list[Entry]:
    """All lines in order. Raises MarkingProblem for one that is none of ours."""
    path = root / _FILE
    with written(path):
        if not path.is_file():
            return []
        about = path.stat()
        return _read(path, about.st_mtime_ns, about.st_size)


def add(root: Path, entry: Entry) -> None:
    """Write one more line, to stay when the machine stops. What a killed run left half written goes. OSError."""
    path = root / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    append_line(path, json.dumps(entry, ensure_ascii=False))


def submission(root: Path, slug: str, learner: str) -> str:
    """A digest of what the learner has handed in: all files and the time."""
    folder, total = root / "submitted" / learner / slug, hashlib.sha256()
    with written(folder):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


class TellRemarks(NbGraderPreprocessor):  # type: ignore[misc]
    """The first step of a feedback page: how often the mark of what was handed in was made anew, and why."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook, with ``remarks`` in its own metadata where there is something to tell."""
        about, root = resources["nbgrader"], self.config.CourseDirectory.get("root", "")
        if root and (Path(root) / _FILE).is_file():
            found = _of(entries(Path(root)), about["assignment"], about["student"])
            if found:
                handed_in = submission(Path(root), about["assignment"], about["student"])
                told = [_told(entry) for entry in found if entry["submission"] == handed_in and _counts(entry)]
                nb.metadata["leadgym"] = {**nb.metadata.get("leadgym", {}), "remarks": told}
        return nb, resources


def _of(found: Iterable[Entry], slug: str, learner: str) -> list[Entry]:
    return [entry for entry in found if entry["module"] == slug and entry["learner"] == learner]


def _counts(entry: Entry) -> bool:
    """Whether anything that counts has changed; where a person had decided nothing has."""
    return any(answer["before"] != answer["after"] for answer in entry["answers"])


def _told(entry: Entry) -> dict[str, Any]:
    return {"date": str(entry["when"])[:10], **{name: entry[name] for name in ("why", "before", "after", "out_of")}}


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> list[Entry]:
    found: list[Entry] = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):  # after the last line end stands what a killed run left
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not entry.keys() >= _NEEDED:
            raise MarkingProblem(
                f"{path}:{number}: is no line of this log. Put the file back from a copy, or take the line out; marks "
                "do not hang on it."
            )
        found.append(entry)
    return found
