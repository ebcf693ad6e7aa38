"""Count the course's own prose anew for the word-order model: ``python -m leadgym.marking.prose.count``.

Reads lessons, scenarios, rubrics, and the texts at the top of the repository; no keys, and nothing a learner wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leadgym.marking.prose.order import FILE, counted
from leadgym.yamlfile import read_yaml

ROOT = Path(__file__).parents[4]
_MARKUP = re.compile(r"```.*?```|[*_#`|>]", re.DOTALL)


def course_texts(root: Path) -> Iterator[str]:
    """The prose of the repository at ``root``, without Markdown's signs."""
    for path in sorted([*root.glob("*.md"), *root.glob("course/**/*.md"), *root.glob("grader/*.md")]):
        yield _MARKUP.sub("", path.read_text(encoding="utf-8"))
    for path in sorted([*root.glob("course/**/*.ipynb"), *root.glob("solutions/*/*.ipynb")]):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield _MARKUP.sub("", "".join(cell["source"]))
    for path in sorted([*root.glob("course/*/scenario.yaml"), *root.glob("solutions/*/rubric.yaml")]):
        yield from (_MARKUP.sub("", text) for text in _sentences(read_yaml(path).data))


def _sentences(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        if len(node.split()) >= 5:
            yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _sentences(value)
    elif isinstance(node, list):
        for value in node:
            yield from _sentences(value)


if __name__ == "__main__":
    made = counted(course_texts(ROOT))
    FILE.write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size} bytes")
