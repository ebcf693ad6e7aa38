"""nbgrader's own example course, and one assignment with what it lacks, marked by nbgrader as shipped and by us."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbgrader
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook
from submissions import LEADGYM, ROOT
from thorough import ALL

from leadgym.cohort.road import MarkingProblem, Road

pytestmark = pytest.mark.xdist_group("example")  # one process marks it; a second would only wait
EXAMPLE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
# As `nbgrader quickstart` writes it.
SETTINGS = """\
c = get_config()
c.CourseDirectory.course_id = "example"
c.IncludeHeaderFooter.header = "source/header.ipynb"
"""
RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n    return [i**2 for i in range(1, n + 1)]\n",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))\n",
    "sum_of_squares_equation": r"$\sum_{i=1}^n i^2$",
    "sum_of_squares_application": "def pyramid(n):\n    return sum_of_squares(n)\n",
    "part-a": "It computes the Fibonacci numbers.",
    "part-b": "Below zero it never ends.",
}
BROKEN = {"squares": "def squares(n:\n", "sum_of_squares": "print('first')\nundefined_name\n"}
LOUD = {
    "squares": f"import warnings\n{RIGHT['squares']}".replace("if n < 1", "warnings.warn('soon gone')\n    if n < 1"),
    "sum_of_squares": f"import sys\n{RIGHT['sum_of_squares']}".replace("ret", "print('!', file=sys.stderr)\n    ret"),
}
# An assignment with partial credit, hidden tests, printed text and a manual cell that stands alone.
GRADED_BY_PART = """\
passed = 0
for word, count in {"one": 1, "one two": 2, "": 0, " a  b ": 2}.items():
    try:
        passed += words(word) == count
    except Exception as error:
        print("failed:", error)
passed
"""
SECOND = [
    ("words", "### BEGIN SOLUTION\ndef words(text):\n    return len(text.split())\n### END SOLUTION", "answer", 0),
    ("by-part", GRADED_BY_PART, "test", 4),
    ("hidden", "words\n### BEGIN HIDDEN TESTS\nassert words(' a  b ') == 2\n### END HIDDEN TESTS\nNone", "test", 2),
    ("essay", "print(words('why'))", "manual", 3),
]  # fmt: skip
WORDS = {
    "solved": {"words": "def words(text):\n    return len(text.split())\n", "essay": "words('long enough')"},
    "half": {"words": "def words(text):\n    return text.count(' ') + 1\n"},
    "loud": {"words": "import sys\ndef words(text):\n    sys.stderr.write('hm ')\n    return len(text.split())\n"},
}
FORGIVEN = {
    ("ps1", "loud", "correct_squares"), ("ps1", "loud", "squares_invalid_input"),
    ("ps1", "loud", "correct_sum_of_squares"), ("ps1", "loud", "sum_of_squares_uses_squares"),
    ("ps2", "loud", "by-part"), ("ps2", "loud", "hidden"),
}  # fmt: skip
"""The cells in which something was printed on stderr and nothing was wrong: nbgrader gives nothing for them."""


def _second() -> dict[str, Any]:
    cells = []
    for name, source, kind, points in SECOND:
        about = {
            "grade_id": name, "grade": kind != "answer", "solution": kind != "test", "locked": kind == "test",
            "task": False, "schema_version": 3, **({"points": points} if points else {}),
        }  # fmt: skip
        cells.append(
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {"nbgrader": about},
                "outputs": [],
                "source": source,
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def _as_shipped(root: Path) -> None:
    command = [sys.executable, ROOT / "benchmarks" / "grading_markers.py", "nbgrader", root, "ps1", "ps2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def _hand_in(root: Path, assignment: str, learner: str, answers: dict[str, str]) -> None:
    for released in (root / "release" / assignment).glob("*.ipynb"):
        notebook = json.loads(released.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(name, cell["source"])
        folder = root / "submitted" / learner / assignment
        folder.mkdir(parents=True, exist_ok=True)
        (folder / released.name).write_text(json.dumps(notebook), encoding="utf-8")


def _course(root: Path) -> None:
    """The course as `nbgrader quickstart` makes it, with its two submissions (one right, one half right) and ours."""
    left_out = shutil.ignore_patterns("*.html", "ps1_autotest")
    shutil.copytree(EXAMPLE / "source", root / "source", ignore=left_out)
    (root / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
    (root / "source" / "ps2").mkdir()
    (root / "source" / "ps2" / "words.ipynb").write_text(json.dumps(_second()), encoding="utf-8")
    _as_shipped(root)  # nothing is handed in yet: this generates what learners get
    shutil.copytree(EXAMPLE / "submitted", root / "submitted")
    for learner, answers in {"unsolved": {}, "broken": RIGHT | BROKEN, "loud": RIGHT | LOUD}.items():
        _hand_in(root, "ps1", learner, answers)
    for learner in ("broken", "loud"):
        (root / "submitted" / learner / "ps1" / "problem2.ipynb").unlink()  # half of it is missing
    for learner, answers in WORDS.items():
        _hand_in(root, "ps2", learner, answers)


@pytest.fixture(scope="session")
def example(shared: Path) -> Path:
    """A folder with the course marked by both: ``theirs`` and ``ours``. Takes a minute, so only in make test-all."""
    if not ALL:
        pytest.skip("a minute of marking: run make test-all")
    base = shared / "example"
    with FileLock(f"{base}.lock"):
        if not (base / "done").is_file():
            _course(base / "theirs")
            shutil.copytree(base / "theirs", base / "ours", ignore=shutil.ignore_patterns("gradebook.db", "release"))
            _as_shipped(base / "theirs")
            for assignment in ("ps1", "ps2"):
                _grade(base / "ours", assignment)
            (base / "done").touch()
    return base


def _grade(root: Path, assignment: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [LEADGYM, "grade", assignment, "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stderr
    return done


def _grades(root: Path, of: Callable[[Any], Any]) -> dict[tuple[str, str, str], Any]:
    """Something of every grade by assignment, learner and cell."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {
            (assignment.name, submission.student.id, grade.name): of(grade)
            for assignment in gradebook.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_every_cell_gets_the_points_nbgrader_gives_except_what_only_wrote_on_stderr(example: Path) -> None:
    theirs, ours = (_grades(example / who, lambda grade: grade.auto_score) for who in ("theirs", "ours"))
    assert len(ours) == 5 * 9 + 3 * 3
    assert {cell for cell in ours.keys() | theirs.keys() if ours.get(cell, "") != theirs.get(cell, "")} == FORGIVEN
    full = _grades(example / "ours", lambda grade: grade.max_score)
    assert {(theirs[cell], ours[cell] == full[cell]) for cell in FORGIVEN} == {(0.0, True)}


def test_the_example_covers_every_way_a_cell_can_be_marked(example: Path) -> None:
    points = _grades(example / "ours", lambda grade: grade.auto_score)
    assert points["ps1", "hacker", "correct_squares"] == 1
    assert points["ps1", "unsolved", "correct_squares"] == 0
    assert points["ps1", "bitdiddle", "correct_squares"] == 0, "its own copy of the test does not count"
    assert points["ps1", "bitdiddle", "squares_invalid_input"] == 1
    assert points["ps1", "broken", "correct_squares"] == 0
    assert points["ps1", "hacker", "part-a"] is None, "a person reads it"
    assert points["ps1", "unsolved", "part-a"] == 0, "nothing was written, and nobody has to read it"
    assert points["ps1", "broken", "part-a"] == 0, "its notebook was not handed in"
    assert points["ps2", "half", "by-part"] == 2, "two of its four lines"
    assert points["ps2", "half", "hidden"] == 0


def test_what_waits_for_a_person_waits_in_both_and_says_the_same(example: Path) -> None:
    def told(root: Path) -> Any:
        return _grades(root, lambda grade: (grade.needs_manual_grade, grade.failed_tests, grade.max_score))

    def comments(root: Path) -> Any:
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
            return {
                (assignment.name, submission.student.id, comment.name): comment.auto_comment
                for assignment in gradebook.assignments
                for submission in assignment.submissions
                for notebook in submission.notebooks
                for comment in notebook.comments
            }

    theirs, ours = told(example / "theirs"), told(example / "ours")
    assert {cell: said for cell, said in theirs.items() if cell not in FORGIVEN} == {
        cell: said for cell, said in ours.items() if cell not in FORGIVEN
    }
    assert comments(example / "ours") == comments(example / "theirs")
    assert "No response." in comments(example / "ours").values()


def test_a_page_for_each_notebook_shows_what_was_printed_on_stderr(example: Path) -> None:
    folder = example / "ours" / "feedback" / "loud" / "ps1"
    assert "soon gone" in (folder / "problem1.html").read_text(encoding="utf-8")
    pages = (folder.parents[1] / "hacker" / "ps1").glob("*.html")
    assert {page.name for page in pages} == {"problem1.html", "problem2.html"}


def test_what_is_marked_is_not_marked_again_and_a_missing_assignment_is_said(example: Path) -> None:
    said = _grade(example / "ours", "ps2").stdout.splitlines()
    assert len(said) == 3
    assert all(line.endswith("(marked before)") for line in said)
    assert "There is no module 'ps3'" in _grade(example / "ours", "ps3", code=2).stderr


def test_a_course_keeps_the_source_folder_its_settings_name(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.source_directory = "quellen"\n', encoding="utf-8"
    )
    (tmp_path / "quellen" / "ps2").mkdir(parents=True)
    (tmp_path / "quellen" / "ps2" / "words.ipynb").write_text(json.dumps(_second()), encoding="utf-8")
    road = Road(tmp_path)
    assert road.notebooks("ps2") == ["words.ipynb"]
    road.prepare("ps2")
    with pytest.raises(MarkingProblem, match=r"quellen/ps9 has no notebook\. Put the assignment there"):
        road.prepare("ps9")


def test_settings_that_would_run_submissions_without_the_jail_are_refused(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute"]\n', encoding="utf-8"
    )
    with pytest.raises(MarkingProblem, match=r"autograde_preprocessors would run submissions without a jail"):
        Road(tmp_path)
