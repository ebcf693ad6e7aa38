"""The learner's workspace: what is laid, what is never overwritten, and what a person is told when it cannot be."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock

from leadgym.lab import workspace as room
from leadgym.lab.workspace import LabProblem, default_workspace, lay

LESSON = "course/02_delegation/lesson.ipynb"
EXERCISE = "exercises/02_delegation/delegation.ipynb"
STORY = "course/02_delegation/scenario.yaml"
SHIPPED = {
    "course_map.ipynb",
    LESSON,
    STORY,
    "course/02_delegation/facilitator.md",
    EXERCISE,
    "exercises/02_delegation/rubric.yaml",
    "exercises/02_delegation/data/judgement.yaml",
}


def _cell(kind: str, name: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _notebook(*sources: str, **metadata: Any) -> str:
    cells = [_cell("code" if i % 2 else "markdown", f"cell-{i}", source) for i, source in enumerate(sources)]
    cells[-1]["metadata"] = metadata
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _type(path: Path, source: str, cell: int = 1) -> None:
    """What a learner does: type into a cell and save."""
    notebook = _read(path)
    notebook["cells"][cell]["source"] = source
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _run(path: Path) -> None:
    """What Shift+Enter through a notebook leaves: outputs, counts, metadata, an empty cell at the end."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata["jupyter"] = {"outputs_hidden": False}
        if cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.v4.new_output("stream", text="four\n")]
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.2"}
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(notebook, path)


class Course:
    """A course root of its own that can be given new versions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("src/other.txt", "no part of the course")
        self.write("course/course_map.ipynb", _notebook("# The course", "course_map()"))
        self.write("course/02_delegation/module.yaml", "module: 02_delegation\n")
        self.write(LESSON, _notebook("# Why delegate", "play()"))
        self.write(STORY, "scenario: ledger_ticket\n")
        self.write("course/02_delegation/facilitator.md", "**Ask:** who decides?\n")
        self.write(EXERCISE, _notebook("# Your plan", "plan = {}"))
        self.write("exercises/02_delegation/rubric.yaml", "rubric: 02_delegation\n")
        self.write("exercises/02_delegation/data/judgement.yaml", "form: a\n")
        self.write("solutions/02_delegation/delegation.ipynb", _notebook("# Solved", "plan = {1: 2}"))
        self.write("grader/keys/02_delegation.yaml", "keys: 02_delegation\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path / "clone")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "leadgym"


def _files(folder: Path) -> dict[str, bytes]:
    """All a learner sees: path to content, without leadgym's own folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and room.PRIVATE not in path.relative_to(folder).parts
    }


def test_the_first_time_everything_a_learner_needs_is_laid_and_no_solution_and_no_key(
    course: Course, home: Path
) -> None:
    laid = lay(home, root=course.root)
    assert sorted(_files(home)) == sorted(laid.new)
    assert set(laid.new) == SHIPPED
    assert (home / LESSON).read_bytes() == (course.root / LESSON).read_bytes()
    assert "course_map.ipynb" in laid.sentences()[0]


def test_what_an_authors_own_run_leaves_in_the_repository_is_not_laid(course: Course, home: Path) -> None:
    for name in ("ledger_ticket.choices.json", "ledger_ticket.choices.json.lock", ".ipynb_checkpoints/lesson.ipynb"):
        course.write(f"course/02_delegation/{name}", "{}")
    course.write("exercises/02_delegation/plan.answers.json", "{}")
    course.write("exercises/02_delegation/__pycache__/x.pyc", "")
    assert set(lay(home, root=course.root).new) == SHIPPED == set(_files(home))


def test_the_second_time_nothing_happens_and_it_is_quick(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.name != "lock"}
    started = time.perf_counter()
    laid = lay(home, root=course.root)
    assert time.perf_counter() - started < 0.5
    assert laid.sentences() == []
    assert before == {
        path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.name != "lock"
    }


def test_what_the_learner_left_alone_is_brought_up_to_date(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    course.write(STORY, "scenario: ledger_ticket\nversion: 2\n")
    laid = lay(home, root=course.root, version="0.2.0")
    assert laid.replaced == (STORY,)
    assert (home / STORY).read_text(encoding="utf-8").endswith("version: 2\n")


def test_a_notebook_that_was_only_run_counts_as_unchanged_and_an_upgrade_replaces_it(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    _run(home / LESSON)
    ran = (home / LESSON).read_bytes()
    assert lay(home, root=course.root).sentences() == []
    assert (home / LESSON).read_bytes() == ran, "without a new version the outputs stay"
    course.write(LESSON, _notebook("# Why delegate, really", "play()"))
    assert lay(home, root=course.root, version="0.2.0").replaced == (LESSON,)
    assert "really" in (home / LESSON).read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["typed", "added", "removed", "moved", "kind"])
def test_every_change_of_a_notebooks_cells_is_the_learners_and_is_kept(course: Course, home: Path, change: str) -> None:
    lay(home, root=course.root)
    notebook = _read(home / EXERCISE)
    cells = notebook["cells"]
    if change == "typed":
        cells[1]["source"] = ["plan = {'ledger': 'Priya'}"]
    elif change == "added":
        cells.insert(1, _cell("markdown", "mine", "A note to myself"))
    elif change == "removed":
        del cells[0]
    elif change == "moved":
        cells.reverse()
    else:
        cells[0]["cell_type"] = "raw"
    (home / EXERCISE).write_text(json.dumps(notebook), encoding="utf-8")
    mine = (home / EXERCISE).read_bytes()
    course.write(EXERCISE, _notebook("# Your plan", "plan = {}", "# One more question"))
    laid = lay(home, root=course.root, version="0.2.0")
    assert (home / EXERCISE).read_bytes() == mine
    assert laid.beside == ("exercises/02_delegation/delegation (new in 0.2.0).ipynb",)
    assert (home / laid.beside[0]).read_bytes() == (course.root / EXERCISE).read_bytes()
    assert "Yours stays" in laid.sentences()[0]


def test_new_content_is_put_beside_once_and_not_again_on_every_start_nor_after_it_was_deleted(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, _notebook("# Your plan, better", "plan = {}"))
    beside = home / lay(home, root=course.root, version="0.2.0").beside[0]
    for _ in range(3):
        assert lay(home, root=course.root, version="0.2.0").sentences() == []
    assert len(list(beside.parent.glob("*.ipynb"))) == 2
    beside.unlink()
    assert lay(home, root=course.root, version="0.2.0").sentences() == []
    assert not beside.exists()


def test_the_copy_beside_is_superseded_by_the_next_version_unless_the_learner_wrote_in_it(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    folder = (home / EXERCISE).parent
    _type(home / EXERCISE, "plan = {'mine': 1}")
    for version in ("0.2.0", "0.3.0"):
        course.write(EXERCISE, _notebook(f"# Your plan {version}", "plan = {}"))
        lay(home, root=course.root, version=version)
    assert sorted(path.name for path in folder.glob("*.ipynb")) == [
        "delegation (new in 0.3.0).ipynb",
        "delegation.ipynb",
    ]
    _type(folder / "delegation (new in 0.3.0).ipynb", "plan = {'mine, anew': 2}")
    course.write(EXERCISE, _notebook("# Your plan 0.4.0", "plan = {}"))
    lay(home, root=course.root, version="0.4.0")
    assert len(list(folder.glob("*.ipynb"))) == 3
    assert "mine, anew" in (folder / "delegation (new in 0.3.0).ipynb").read_text(encoding="utf-8")


def test_two_contents_under_one_version_number_do_not_overwrite_what_was_written_in_the_copy(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    folder = (home / EXERCISE).parent
    _type(home / EXERCISE, "plan = {'mine': 1}")
    for text in ("first", "second"):
        course.write(EXERCISE, _notebook(f"# {text}", "plan = {}"))
        lay(home, root=course.root, version="0.2.0")
    copy = folder / "delegation (new in 0.2.0).ipynb"
    assert "# second" in copy.read_text(encoding="utf-8"), "a copy nobody wrote in is renewed in place"
    _type(copy, "plan = {'in the copy': 1}")
    course.write(EXERCISE, _notebook("# third", "plan = {}"))
    laid = lay(home, root=course.root, version="0.2.0")
    assert laid.beside == ("exercises/02_delegation/delegation (new in 0.2.0, 2).ipynb",)
    assert "in the copy" in copy.read_text(encoding="utf-8")


def test_a_change_of_metadata_reaches_who_changed_nothing_and_leaves_alone_who_did(course: Course, home: Path) -> None:
    other = home.with_name("other")
    for place in (home, other):
        lay(place, root=course.root)
    _type(other / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, _notebook("# Your plan", "plan = {}", tags=["hide-input"]))
    assert lay(home, root=course.root, version="0.2.0").replaced == (EXERCISE,)
    assert lay(other, root=course.root, version="0.2.0").sentences() == []


def test_taking_the_new_one_over_ends_the_matter(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, _notebook("# Your plan, better", "plan = {}"))
    beside = home / lay(home, root=course.root, version="0.2.0").beside[0]
    beside.replace(home / EXERCISE)
    assert lay(home, root=course.root, version="0.2.0").sentences() == []
    course.write(EXERCISE, _notebook("# Your plan, best", "plan = {}"))
    assert lay(home, root=course.root, version="0.3.0").replaced == (EXERCISE,)


def test_a_deleted_lesson_is_laid_again(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    (home / LESSON).unlink()
    assert lay(home, root=course.root).new == (LESSON,)


def test_saved_choices_answers_and_the_learners_own_files_are_never_touched(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    own = {
        "course/02_delegation/ledger_ticket.choices.json": '{"leadgym": 1}',
        "exercises/02_delegation/plan.answers.json": "{}",
        "exercises/02_delegation/lesson (new in 0.1.0).ipynb": "mine by chance",
        "notes.md": "mine",
    }
    for name, text in own.items():
        (home / name).write_text(text, encoding="utf-8")
    course.write(EXERCISE, _notebook("# New", "plan = {}"))
    lay(home, root=course.root, version="0.2.0")
    assert {name: (home / name).read_text(encoding="utf-8") for name in own} == own


def test_a_file_the_course_no_longer_ships_stays(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    (course.root / STORY).unlink()
    assert lay(home, root=course.root, version="0.2.0").sentences() == []
    assert (home / STORY).is_file()


@pytest.mark.parametrize("damage", ["cut", "empty", "not json", "other shape", "a path to delete"])
def test_a_manifest_cut_in_half_is_said_and_made_anew_and_nothing_is_lost(
    course: Course, home: Path, damage: str
) -> None:
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, _notebook("# Your plan, better", "plan = {}"))
    manifest = home / room.PRIVATE / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    evil = json.loads(text)
    evil["files"][EXERCISE]["beside"] = {"name": "../../course_map.ipynb", "sha256": "0", "text": "0"}
    damaged = {
        "cut": text[: len(text) // 2],
        "empty": "",
        "not json": "\x00",
        "other shape": '{"files": [1]}',
        "a path to delete": json.dumps(evil),
    }
    manifest.write_text(damaged[damage], encoding="utf-8")
    before = _files(home)
    laid = lay(home, root=course.root, version="0.2.0")
    assert any(str(manifest) in note for note in laid.notes)
    after = _files(home)
    assert {name: after[name] for name in before} == before
    assert laid.beside == ("exercises/02_delegation/delegation (new in 0.2.0).ipynb",)
    assert lay(home, root=course.root, version="0.2.0").sentences() == []


def test_a_notebook_cut_in_half_is_named_with_its_mend_and_left(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    half = (home / EXERCISE).read_bytes()[:100]
    (home / EXERCISE).write_bytes(half)
    laid = lay(home, root=course.root)
    assert (home / EXERCISE).read_bytes() == half
    assert "ipynb_checkpoints" in laid.notes[0]
    assert EXERCISE in laid.notes[0]
    (home / EXERCISE).rename(home / "broken.ipynb")
    assert lay(home, root=course.root).new == (EXERCISE,)


_LAY = """
import sys
from pathlib import Path
from leadgym.lab.workspace import lay
lay(Path(sys.argv[1]), root=Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX's")
def test_killed_at_any_moment_and_run_again_loses_nothing_and_ends_where_an_undisturbed_run_does(
    course: Course, home: Path, tmp_path: Path
) -> None:
    """Killed in place of a call to the operating system that changes the disk, each in turn: no moment is left out."""
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(LESSON, _notebook("# New lesson", "play()"))
    course.write(EXERCISE, _notebook("# New exercise", "plan = {}"))
    course.write("course/02_delegation/figure.svg", "<svg/>")
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(home, undisturbed)
    lay(undisturbed, root=course.root, version="0.2.0")

    for moment in range(1, 100):
        place = tmp_path / f"killed-{moment}"
        shutil.copytree(home, place)
        child = os.fork()
        if child == 0:
            _die_at(moment)
            lay(place, root=course.root, version="0.2.0")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert "'mine'" in (place / EXERCISE).read_text(encoding="utf-8")
        for name, content in _files(place).items():
            assert content in (_files(home).get(name), _files(undisturbed)[name]), f"{name} is torn"
        lay(place, root=course.root, version="0.2.0")
        assert _files(place) == _files(undisturbed)
        assert not list((place / room.PRIVATE).rglob("part"))
        if os.WIFEXITED(status):
            break
    assert moment > 15, "the run was killed at fewer moments than it has"


def _die_at(moment: int) -> None:
    """Have this process killed at the ``moment``-th system event that touches a file."""
    seen = 0

    def watch(event: str, _arguments: Any) -> None:
        nonlocal seen
        if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}:
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), 9)

    sys.addaudithook(watch)


def test_two_at_once_lay_one_whole_workspace(course: Course, home: Path) -> None:
    for number in range(30):
        course.write(f"course/02_delegation/figure-{number}.svg", f"<svg>{number}</svg>" * 1000)
    command = [sys.executable, "-c", _LAY, str(home), str(course.root)]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [run.communicate()[1] for run in runs] == [b"", b""]
    assert len(_files(home)) == 37
    assert lay(home, root=course.root).sentences() == []


def test_a_workspace_somebody_else_is_laying_for_too_long_is_a_sentence(
    course: Course, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(home, root=course.root)
    monkeypatch.setattr(room, "_LOCK_SECONDS", 0.1)
    with FileLock(home / room.PRIVATE / "lock"), pytest.raises(LabProblem, match="Another leadgym"):
        lay(home, root=course.root)


@pytest.mark.skipif(os.name == "nt", reason="who may write is POSIX's to say here")
def test_an_unwritable_workspace_is_a_sentence(course: Course, home: Path) -> None:
    home.mkdir(mode=0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(LabProblem, match=r"may not write there.*--workspace"):
            lay(home, root=course.root)
    finally:
        if root:
            os.seteuid(0)


def test_a_full_disk_is_a_sentence_and_after_making_room_nothing_is_missing(
    course: Course, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(LESSON, _notebook("# New lesson", "play()"))
    course.write(EXERCISE, _notebook("# New exercise", "plan = {}"))
    mine = (home / EXERCISE).read_bytes()
    real, calls = os.fsync, []

    def full(file: int) -> None:
        calls.append(file)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LabProblem, match="disk is full"):
            lay(home, root=course.root, version="0.2.0")
    assert (home / EXERCISE).read_bytes() == mine
    lay(home, root=course.root, version="0.2.0")
    assert (home / EXERCISE).read_bytes() == mine
    assert "New lesson" in (home / LESSON).read_text(encoding="utf-8")
    assert (home / EXERCISE).with_name("delegation (new in 0.2.0).ipynb").is_file()


def test_a_workspace_that_is_a_file_is_a_sentence(course: Course, home: Path) -> None:
    home.write_text("mine", encoding="utf-8")
    with pytest.raises(LabProblem, match="is a file, not a folder"):
        lay(home, root=course.root)
    with pytest.raises(LabProblem, match="is a file, not a folder"):
        lay(home / "below", root=course.root)
    assert home.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("wrong", ["a folder for a file", "a file for a folder"])
def test_a_folder_and_a_file_mixed_up_are_named(course: Course, home: Path, wrong: str) -> None:
    if wrong == "a folder for a file":
        (home / LESSON).mkdir(parents=True)
    else:
        home.mkdir()
        (home / "course").write_text("mine", encoding="utf-8")
    with pytest.raises(LabProblem, match=r"Rename that (file|folder)"):
        lay(home, root=course.root)


def test_a_workspace_inside_the_repository_is_refused_with_the_reason(course: Course, tmp_path: Path) -> None:
    for inside in (course.root, course.root / "course" / "mine", Path(__file__).parent):
        with pytest.raises(LabProblem, match="your work would mix"):
            lay(inside, root=course.root)
    link = tmp_path / "looks-outside"
    link.symlink_to(course.root / "course", target_is_directory=True)
    with pytest.raises(LabProblem, match="your work would mix"):
        lay(link, root=course.root)


def test_the_default_workspace_keeps_clear_of_a_clone_at_its_own_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert default_workspace() == tmp_path / "leadgym"
    package = tmp_path / "leadgym" / "src" / "leadgym"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    assert default_workspace() == tmp_path / "leadgym-workspace"


def test_the_names_of_new_copies_work_on_windows(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    _type(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, _notebook("# New", "plan = {}"))
    name = Path(lay(home, root=course.root, version="0.2.0.dev1+local.7").beside[0]).name
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.endswith((" ", "."))


def test_the_courses_own_files_are_laid_from_this_repository(home: Path) -> None:
    laid = lay(home)
    assert {"course_map.ipynb", LESSON, STORY, EXERCISE} <= set(laid.new)
    assert lay(home).sentences() == []
