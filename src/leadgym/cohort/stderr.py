"""What a test cell prints on stderr costs nothing: nbgrader takes a warning, or a log line, for a failed test."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution


class ForgiveStderr(NbGraderPreprocessor):  # type: ignore[misc]
    """Shows what a test cell printed on stderr as printed text, before the points are read from the outputs."""

    def preprocess_cell(self, cell: Any, resources: Any, _index: int) -> tuple[Any, Any]:
        """The cell with one kind of stream. An error stays an error, a partial credit stays what it is."""
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources
