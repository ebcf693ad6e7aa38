"""The hostile collection: notebooks that try to get out, in, at the marks, or on the grader's nerves. One file each.

A file is a header of comments, then cells after ``# %%`` lines, then files of the submission's folder after
``# %% file: NAME`` and links after ``# %% link: NAME``. In the text, ``@ROOT@`` stands for a course root full of
secrets, ``@SHOWN@`` for a folder the jail shows, ``@PORT@`` and ``@ABSTRACT@`` for servers outside.

The header says: ``Tries``; ``Stopped by``, a pattern that the outputs have to hold; ``Still``, a text they have to
hold; ``With``, settings it has to run with, such as a short time for those that wait; ``Answers: none`` when answers
further down do not arrive; and ``Succeeds with``, the one thing that has to be different for it to succeed:
``unjailed``, or settings.
A notebook that succeeds prints GOT IT. Where there is no ``Succeeds with``, trying it unjailed would do real harm.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
GOT_IT = "GOT IT"


@dataclass
class Hostile:
    """One hostile notebook."""

    name: str
    tries: str
    stopped_by: str
    still: str
    succeeds_with: str
    settings: dict[str, Any]
    answers_arrive: bool
    cells: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def loosened(self) -> dict[str, Any]:
        """The settings with which it succeeds, when it is settings."""
        return dict(json.loads(self.succeeds_with)) if self.succeeds_with.startswith("{") else {}

    def lay(self, folder: Path) -> None:
        """Lay the submission's files into ``folder``."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        for name, target in self.links.items():
            (folder / name).symlink_to(target)


def names() -> list[str]:
    """All of them."""
    return sorted(path.stem for path in FOLDER.glob("*.cells"))


def load(name: str, **places: object) -> Hostile:
    """The notebook called ``name``, with ``places`` put in for the words between @ signs."""
    text = (FOLDER / f"{name}.cells").read_text(encoding="utf-8")
    for place, value in places.items():
        text = text.replace(f"@{place.upper()}@", str(value))
    head, *parts = re.split(r"^# %%(.*)\n", text, flags=re.MULTILINE)
    keys = ("Stopped by", "Still", "Succeeds with", "With", "Answers")
    told = {key: re.search(rf"^# {key}: (.+)$", head, re.MULTILINE) for key in keys}
    stopped_by, still, succeeds_with, settings, arrive = (found[1] if found else "" for found in told.values())
    known = tuple(f"# {key}: " for key in keys)
    tries = " ".join(line.removeprefix("# ") for line in head.splitlines() if not line.startswith(known))
    found = Hostile(
        name, tries.removeprefix("Tries: "), stopped_by, still, succeeds_with,
        settings=json.loads(settings or "{}"), answers_arrive=arrive != "none",
    )  # fmt: skip
    for kind, body in zip(parts[::2], parts[1::2], strict=True):
        what, _, path = kind.strip().partition(": ")
        if what == "file":
            found.files[path] = body
        elif what == "link":
            found.links[path] = body.strip()
        else:
            found.cells.append(body.strip("\n"))
    return found
