"""The two other markers, each as its own documentation drives it from Python, in one process without any of leadgym.

``python grading_markers.py nbgrader ROOT ASSIGNMENT...`` marks every submission in an nbgrader course, feedback pages
included; ``python grading_markers.py otter ROOT`` every notebook in ``ROOT/submitted`` by ``ROOT/autograder.zip``.
A line of JSON per learner: points by graded cell (null: a person has to look), when it was marked, and when its
feedback was written.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Mark what the command line names."""
    # As in an activated environment: nbgrader starts alembic by name.
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    marker, root, *more = sys.argv[1:]
    if marker == "nbgrader":
        nbgrader(Path(root), *more)
    else:
        otter(Path(root))


def nbgrader(root: Path, *assignments: str) -> None:
    """nbgrader as shipped, with the course's own settings. Generates an assignment where that was not done."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config())
    config.CourseDirectory.root = str(root)
    config.NbGraderAPI.log_level = "CRITICAL"
    logging.disable(logging.CRITICAL)
    api = NbGraderAPI(config=config)
    for assignment in assignments:
        if not (root / "release" / assignment).is_dir():
            _succeeded(api.generate_assignment(assignment))
    for folder in sorted(path for name in assignments for path in (root / "submitted").glob(f"*/{name}")):
        learner, assignment = folder.parent.name, folder.name
        _succeeded(api.autograde(assignment, learner))
        marked = time.time()
        _succeeded(api.generate_feedback(assignment, learner))
        told = time.time()
        with Gradebook(api.coursedir.db_url) as gradebook:
            notebooks = gradebook.find_submission(assignment, learner).notebooks
            points = {grade.name: grade.auto_score for notebook in notebooks for grade in notebook.grades}
        _say(learner, points, marked, told)


def otter(root: Path) -> None:
    """otter-grader without containers."""
    from otter.api import grade_submission

    for path in sorted((root / "submitted").glob("*.ipynb")):
        results = grade_submission(str(path), str(root / "autograder.zip"), quiet=True)
        points = {name: float(result.score) for name, result in results.results.items()}
        now = time.time()
        _say(path.stem, points, now, now)


def _succeeded(outcome: dict[str, object]) -> None:
    if not outcome["success"]:
        sys.exit(f"{outcome.get('error')}\n{outcome.get('log')}")


def _say(learner: str, points: dict[str, float | None], marked: float, told: float) -> None:
    print(json.dumps({"learner": learner, "points": points, "marked": marked, "told": told}), flush=True)


if __name__ == "__main__":
    main()
