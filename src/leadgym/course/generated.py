"""For the scripts in ``grader/``: files, and blocks of key files, that a seed makes and a check holds them to.

A block stands between the lines ``# generated: NAME`` and ``# generated: end of NAME`` of an answer's part of the key.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def with_blocks(text: str, path: Path, blocks: Mapping[str, str]) -> str:
    """``text``, which ``path`` holds, with each block made anew, by its name. Exits where its lines are lost."""
    for name, body in blocks.items():
        begin, end = f"    # generated: {name}\n", f"    # generated: end of {name}\n"
        if begin not in text or end not in text:
            sys.exit(f"{_place(path)} has lost its lines '{begin.strip()}' and '{end.strip()}'; put both back.")
        text = text[: text.index(begin) + len(begin)] + body + "\n" + text[text.index(end) :]
    return text


def settle(files: Mapping[Path, str], script: str) -> None:
    """Write each file, or with ``--check`` on the command line exit with a sentence where one is another.

    ``script`` says in that sentence what to run.
    """
    for path, text in files.items():
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{_place(path)} is not what the seed gives: run python grader/{script}")


def _place(path: Path) -> str:
    return "/".join(path.parts[-3:])
