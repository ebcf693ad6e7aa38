"""A sample of comments to be sorted by a person: written as CSV with an empty column, and read back."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from leadgym.tools.rows import read_csv, shortened
from leadgym.yamlfile import FileProblems

CLASSES = ("gate", "teach", "nit", "automate")
SAMPLE = 20
LONGEST = 280


def drawn(texts: Sequence[str], size: int = SAMPLE) -> list[str]:
    """``size`` of ``texts``, in an order that looks like chance and is the same each time."""
    return sorted(dict.fromkeys(texts), key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:size]


def write_sheet(texts: Sequence[str], path: Path) -> int:
    """Writes the sample to ``path``; how many comments it has. Raises FileProblems where there are none."""
    sample = drawn(texts)
    if not sample:
        raise FileProblems([f"{path}: there is no comment of one person under another's request to be sorted."])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["class", "comment"])
    writer.writerows(["", " ".join(text.split())[:LONGEST]] for text in sample)
    try:
        path.write_text(out.getvalue(), encoding="utf-8-sig")
    except OSError as error:
        raise FileProblems([f"{path}: cannot be written ({error.strerror}). Choose another folder."]) from error
    return len(sample)


def read_sheet(path: Path) -> dict[str, int]:
    """How many comments of a sheet went to which class; lines without a class are passed over. Raises FileProblems."""
    found = dict.fromkeys(CLASSES, 0)
    problems = []
    for line in read_csv(path, {"class": ("is", "label"), "comment": ()}):
        name = line.cells["class"].casefold()
        if name in found:
            found[name] += 1
        elif name:
            problems.append(line.problem("class", f"'{name[:40]}' is none of {', '.join(CLASSES)}."))
    if problems:
        raise FileProblems(shortened(problems))
    if not any(found.values()):
        raise FileProblems([f"{path}:2: no comment has a class yet. Write {', '.join(CLASSES)} before some of them."])
    return found
