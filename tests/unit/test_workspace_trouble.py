"""The learner's workspace when something goes wrong: nothing is lost, and a sentence says why."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from workspace_small import EXERCISE, LESSON, Course, files, notebook, type_into

from leadgym.lab import workspace as room
from leadgym.lab.workspace import LabProblem, lay


@pytest.mark.parametrize("damage", ["cut", "empty", "not json", "other shape", "a path to delete"])
def test_a_manifest_cut_in_half_is_said_and_made_anew_and_nothing_is_lost(
    course: Course, home: Path, damage: str
) -> None:
    lay(home, root=course.root)
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(EXERCISE, notebook("# Your plan, better", "plan = {}"))
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
    before = files(home)
    laid = lay(home, root=course.root, version="0.2.0")
    assert any(str(manifest) in note for note in laid.notes)
    after = files(home)
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
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(LESSON, notebook("# New lesson", "play()"))
    course.write(EXERCISE, notebook("# New exercise", "plan = {}"))
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
        for name, content in files(place).items():
            assert content in (files(home).get(name), files(undisturbed)[name]), f"{name} is torn"
        lay(place, root=course.root, version="0.2.0")
        assert files(place) == files(undisturbed)
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
    assert len(files(home)) == 37
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
    type_into(home / EXERCISE, "plan = {'mine': 1}")
    course.write(LESSON, notebook("# New lesson", "play()"))
    course.write(EXERCISE, notebook("# New exercise", "plan = {}"))
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
