"""nbgrader's Execute, with a kernel that cannot reach the terminal."""

from __future__ import annotations

import subprocess
from typing import Any

from nbformat.validator import NotebookValidationError
from nbgrader.preprocessors import Execute


class QuietExecute(Execute):  # type: ignore[misc]
    """Runs the notebook as Execute does; what its kernel writes past its own streams goes nowhere.

    A kernel keeps the streams it was started with. A submission could write to them what looks like the lines of
    ``leadgym grade --json``, and the kernel itself writes warnings there that no learner can do anything about.
    """

    def setup_kernel(self, **options: Any) -> Any:
        """The context in which the kernel runs."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return super().setup_kernel(**quiet, **options)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """What Execute makes of one message; an output that no notebook can hold is lost, and not the whole mark."""
        try:
            return super().process_message(msg, cell, cell_index)
        except NotebookValidationError as problem:
            self.log.warning("Cell %s: an output was left out: %s", cell_index, problem)
            return None
