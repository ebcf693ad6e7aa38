"""nbgrader's Execute, with a kernel that cannot reach the terminal."""

from __future__ import annotations

import subprocess
from typing import Any

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
