"""Hidden tests stay hidden on the learner's page: in the test's source, in its traceback and in what it printed.

For test cells as nbgrader knows them, between ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS``. The instructor's
page shows them whole. Such tests run in the learner's own kernel, where code can read them; only answers that are
marked outside are safe from that.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_solution

PLACE = "# Hidden tests stand here."
_SENTENCE = "A test of this cell did not pass. Some of its tests are hidden, so the error is not shown."
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ARROW = re.compile(r"^-+> *\d+ (?P<code>.*)$", re.MULTILINE)
_SHORTEST = 4  # characters of a line that tell anything about a test


class HideTests(ClearHiddenTests):  # type: ignore[misc]
    """Takes hidden tests out of a marked notebook before the learner's page is made of it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook without them."""
        for cell in nb.cells:
            if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell) and "leadgym" not in cell.metadata:
                self._hide(cell)
        return nb, resources

    def _hide(self, cell: Any) -> None:
        shown, hidden, inside = list[str](), list[str](), False
        for line in cell.source.split("\n"):
            if self.begin_test_delimeter in line:
                shown.append(line[: len(line) - len(line.lstrip())] + PLACE)
                inside = True
            elif self.end_test_delimeter in line:
                inside = False
            else:
                (hidden if inside else shown).append(line)
        if not any(map(str.strip, hidden)):
            return
        cell.source = "\n".join(shown)
        secret = [line.strip() for line in hidden if len(line.strip()) >= _SHORTEST]
        secret += [self.begin_test_delimeter, self.end_test_delimeter]
        visible = {line.strip() for line in shown if line.strip()}
        for output in cell.outputs:
            if output.output_type == "error":
                _hide_error(output, secret, visible)
            elif output.output_type == "stream":
                output.text = _without(output.text, secret)
            else:
                output.data = {kind: text for kind, text in output.data.items() if _without(text, secret) == text}


def _hide_error(output: Any, secret: list[str], visible: set[str]) -> None:
    """Leave a traceback that ends in a visible test as it is; of any other only the kind of error stays."""
    told = _COLOURS.sub("", "\n".join(output.traceback))
    at = [found["code"].strip() for found in _ARROW.finditer(told)]
    # The first arrow points into the test cell, later ones into what it called.
    if at and at[0] in visible and at[0] not in secret:
        output.evalue, output.traceback = _without(output.evalue, secret), [_without(told, secret)]
        return
    kind = output.ename if isinstance(vars(builtins).get(output.ename), type) else "An error"
    output.ename, output.evalue, output.traceback = kind, _SENTENCE, [f"{kind}: {_SENTENCE}"]


def _without(text: str, secret: list[str]) -> str:
    return "\n".join(line for line in text.split("\n") if not any(part in line for part in secret))
