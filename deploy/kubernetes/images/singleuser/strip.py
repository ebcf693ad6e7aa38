"""Take out of an installed leadgym what learners must not read: python strip.py ENVIRONMENT

The keys go. The solutions become a copy of the exercises, which is what a learner's installation needs of them: the
public rubric, the data and the name of the notebook. Exits with 1 if anything is left.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

MARKS = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS")


def strip(environment: Path) -> list[str]:
    """Strip every copy of the course in ``environment``; the problems, of which there should be none."""
    found = [path for path in environment.rglob("_content") if path.parent.name == "leadgym"]
    problems = [] if len(found) == 1 else [f"{environment} has {len(found)} copies of the course; it has to have one."]
    for content in found:
        shutil.rmtree(content / "grader", ignore_errors=True)
        shutil.rmtree(content / "solutions")
        shutil.copytree(content / "exercises", content / "solutions")
    for content in found:
        for path in (path for path in content.rglob("*") if path.is_file()):
            text = path.read_bytes().decode(errors="replace")
            if path.suffix in (".ipynb", ".py", ".yaml") and any(mark in text for mark in MARKS):
                problems.append(f"{path} still has a solution or hidden tests in it.")
    return problems


if __name__ == "__main__":
    left = strip(Path(sys.argv[1]))
    print(*left, sep="\n", file=sys.stderr)
    sys.exit(1 if left else 0)
