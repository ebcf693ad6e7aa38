"""The learner's workspace: what is laid, what is brought up to date, and what is never overwritten."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from workspace_small import (
    EXERCISE,
    LESSON,
    SHIPPED,
    STORY,
    Course,
    cell,
    files,
    notebook,
    read_notebook,
    run_all,
    type_into,
)

from leadgym.lab.workspace import default_workspace, lay


def test_the_first_time_everything_a_learner_needs_is_laid_and_no_solution_and_no_key(
    course: Course, home: Path
) -> None:
    laid = lay(home, root=course.root)
    assert sorted(files(home)) == sorted(laid.new)
    assert set(laid.new) == SHIPPED
    assert (home / LESSON).read_bytes() == (course.root / LESSON).read_bytes()
    assert "course_map.ipynb" in laid.sentences()[0]


def test_what_an_authors_own_run_leaves_in_the_repository_is_not_laid(course: Course, home: Path) -> None:
    for name in ("ledger_ticket.choices.json", "ledger_ticket.choices.json.lock", ".ipynb_checkpoints/lesson.ipynb"):
        course.write(f"course/02_delegation/{name}", "{}")
    course.write("exercises/02_delegation/plan.answers.json", "{}")
    course.write("exercises/02_delegation/__pycache__/x.pyc", "")
    assert set(lay(home, root=course.root).new) == SHIPPED == set(files(home))


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
    run_all(home / LESSON)
    ran = (home / LESSON).read_bytes()
    assert lay(home, root=course.root).sentences() == []
    assert (home / LESSON).read_bytes() == ran, "without a new version the outputs stay"
    course.write(LESSON, notebook("# Why delegate, really", "play()"))
    assert lay(home, root=course.root, version="0.2.0").replaced == (LESSON,)
    assert "really" in (home / LESSON).read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["typed", "added", "removed", "moved", "kind", "slide"])
def test_every_change_of_a_notebooks_cells_is_the_learners_and_is_kept(course: Course, home: Path, change: str) -> None:
    lay(home, root=course.root)
    mine = read_notebook(home / EXERCISE)
    cells = mine["cells"]
    if change == "typed":
        cells[1]["source"] = ["plan = {'ledger': 'Priya'}"]
    elif change == "added":
        cells.insert(1, cell("markdown", "mine", "A note to myself"))
    elif change == "removed":
        del cells[0]
    elif change == "moved":
        cells.reverse()
    elif change == "slide":
        cells[0]["metadata"]["slideshow"] = {"slide_type": "skip"}
    else:
        cells[0]["cell_type"] = "raw"
    (home / EXERCISE).write_text(json.dumps(mine), encoding="utf-8")
    saved = (home / EXERCISE).read_bytes()
    course.write(EXERCISE, notebook("# Your plan", "plan = {}", "# One more question"))
    laid = lay(home, root=course.root, version="0.2.0")
    assert (home / EXERCISE).read_bytes() == saved
    assert laid.beside == ("exercises/02_delegation/delegation (new in 0.2.0).ipynb",)
    assert (home / laid.beside[0]).read_bytes() == (course.root / EXERCISE).read_bytes()
    assert "Yours stays" in laid.sentences()[0]


@pytest.mark.parametrize("left", [{}, None, {"slide_type": "-"}])
def test_a_look_at_the_property_inspector_is_no_change(course: Course, home: Path, left: object) -> None:
    """Lab leaves an empty slide type behind; it says nothing, so a new version still replaces the notebook."""
    lay(home, root=course.root)
    mine = read_notebook(home / EXERCISE)
    mine["cells"][0]["metadata"]["slideshow"] = left
    (home / EXERCISE).write_text(json.dumps(mine), encoding="utf-8")
    course.write(EXERCISE, notebook("# Your plan", "plan = {}", "# One more question"))
    assert lay(home, root=course.root, version="0.2.0").replaced == (EXERCISE,)


def test_slide_types_that_the_course_sets_reach_a_workspace_from_before_them(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    run_all(home / EXERCISE)
    shipped = read_notebook(course.root / EXERCISE)
    shipped["cells"][0]["metadata"]["slideshow"] = {"slide_type": "slide"}
    course.write(EXERCISE, json.dumps(shipped))
    assert lay(home, root=course.root, version="0.2.0").replaced == (EXERCISE,)
    assert '"slide_type": "slide"' in (home / EXERCISE).read_text(encoding="utf-8")


def test_new_content_is_put_beside_once_and_not_again_on_every_start_nor_after_it_was_deleted(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, notebook("# Your plan, better", "plan = {}"))
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
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    for version in ("0.2.0", "0.3.0"):
        course.write(EXERCISE, notebook(f"# Your plan {version}", "plan = {}"))
        lay(home, root=course.root, version=version)
    assert sorted(path.name for path in folder.glob("*.ipynb")) == [
        "delegation (new in 0.3.0).ipynb",
        "delegation.ipynb",
    ]
    type_into(folder / "delegation (new in 0.3.0).ipynb", "plan = {'mine, anew': 2}")
    course.write(EXERCISE, notebook("# Your plan 0.4.0", "plan = {}"))
    lay(home, root=course.root, version="0.4.0")
    assert len(list(folder.glob("*.ipynb"))) == 3
    assert "mine, anew" in (folder / "delegation (new in 0.3.0).ipynb").read_text(encoding="utf-8")


def test_two_contents_under_one_version_number_do_not_overwrite_what_was_written_in_the_copy(
    course: Course, home: Path
) -> None:
    lay(home, root=course.root)
    folder = (home / EXERCISE).parent
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    for text in ("first", "second"):
        course.write(EXERCISE, notebook(f"# {text}", "plan = {}"))
        lay(home, root=course.root, version="0.2.0")
    copy = folder / "delegation (new in 0.2.0).ipynb"
    assert "# second" in copy.read_text(encoding="utf-8"), "a copy nobody wrote in is renewed in place"
    type_into(copy, "plan = {'in the copy': 1}")
    course.write(EXERCISE, notebook("# third", "plan = {}"))
    laid = lay(home, root=course.root, version="0.2.0")
    assert laid.beside == ("exercises/02_delegation/delegation (new in 0.2.0, 2).ipynb",)
    assert "in the copy" in copy.read_text(encoding="utf-8")


def test_a_change_of_metadata_reaches_who_changed_nothing_and_leaves_alone_who_did(course: Course, home: Path) -> None:
    other = home.with_name("other")
    for place in (home, other):
        lay(place, root=course.root)
    type_into(other / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, notebook("# Your plan", "plan = {}", tags=["hide-input"]))
    assert lay(home, root=course.root, version="0.2.0").replaced == (EXERCISE,)
    assert lay(other, root=course.root, version="0.2.0").sentences() == []


def test_taking_the_new_one_over_ends_the_matter(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, notebook("# Your plan, better", "plan = {}"))
    beside = home / lay(home, root=course.root, version="0.2.0").beside[0]
    beside.replace(home / EXERCISE)
    assert lay(home, root=course.root, version="0.2.0").sentences() == []
    course.write(EXERCISE, notebook("# Your plan, best", "plan = {}"))
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
    course.write(EXERCISE, notebook("# New", "plan = {}"))
    lay(home, root=course.root, version="0.2.0")
    assert {name: (home / name).read_text(encoding="utf-8") for name in own} == own


def test_a_file_the_course_no_longer_ships_stays(course: Course, home: Path) -> None:
    lay(home, root=course.root)
    (course.root / STORY).unlink()
    assert lay(home, root=course.root, version="0.2.0").sentences() == []
    assert (home / STORY).is_file()


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
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, notebook("# New", "plan = {}"))
    name = Path(lay(home, root=course.root, version="0.2.0.dev1+local.7").beside[0]).name
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.endswith((" ", "."))


def test_the_courses_own_files_are_laid_from_this_repository(home: Path) -> None:
    laid = lay(home)
    assert {"course_map.ipynb", LESSON, STORY, EXERCISE} <= set(laid.new)
    assert lay(home).sentences() == []
