"""A fresh clone: `make lab` and `make venv`, no other step. (`make test` is what runs this.)"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from thorough import ALL

ROOT = Path(__file__).parents[2]
# One at a time: each starts looking for a port at 8888.
pytestmark = [pytest.mark.usefixtures("in_ci"), pytest.mark.xdist_group("lab")]


needs_time = pytest.mark.skipif(not ALL, reason="make test-all: `make test` has just made .venv in a fresh clone")


@pytest.fixture(scope="module")
def machine() -> Iterator[Path]:
    """A folder with ``clone`` (what is committed, and what here is not committed yet) and an empty ``home``."""
    with tempfile.TemporaryDirectory(prefix="bare") as folder:
        machine = Path(folder)
        (machine / "home").mkdir()
        subprocess.run(["git", "clone", "--quiet", ROOT, machine / "clone"], check=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (machine / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, machine / "clone" / name)
        yield machine


def _state(folder: Path) -> dict[str, tuple[int, str]]:
    """Time and content of every file of the clone, its environment included."""
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts and "__pycache__" not in path.parts
    }


def _opens_and_ends(clone: Path, environment: dict[str, str]) -> None:
    """`make lab` in ``clone``, and Ctrl-C once the course is there."""
    make = subprocess.Popen(
        ["make", "lab"],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that the signal reaches make and all below it, as Ctrl-C on a terminal does
    )
    assert make.stdout is not None
    said = ""
    try:
        for line in make.stdout:
            said += line
            if "Ctrl-C here stops it" in line:
                break
        address = re.search(r"open at (http\S+/lab/tree/course_map\.ipynb\?token=\w+)", said)
        assert address, said
        with urllib.request.urlopen(address[1], timeout=30) as answer:  # noqa: S310 - this machine
            assert "jupyter-config-data" in answer.read().decode()
    finally:
        os.killpg(make.pid, signal.SIGINT)
        rest = make.communicate(timeout=180)[0]
    home = Path(environment["HOME"])
    assert rest == f"Stopped. Your work is in {home / 'leadgym'}\n"
    assert (home / "leadgym" / "course" / "02_delegation" / "lesson.ipynb").is_file()


def test_make_lab_opens_the_course_and_ctrl_c_ends_it(bare: dict[str, str]) -> None:
    """In this clone, of which CI's `make test` has made the environment a moment ago."""
    _opens_and_ends(ROOT, bare)


@needs_time
def test_make_lab_on_a_bare_machine_opens_the_course_and_leaves_the_clone_as_it_was(
    bare: dict[str, str], machine: Path
) -> None:
    _opens_and_ends(machine / "clone", bare | {"HOME": str(machine / "home")})
    status = subprocess.run(
        ["git", "status", "--porcelain", "--ignored"], cwd=machine / "clone", check=True, capture_output=True, text=True
    ).stdout
    written = {line[3:] for line in status.splitlines() if line.startswith("!!")}
    assert all(name == ".venv/" or name.endswith("__pycache__/") for name in written), "nothing else in the clone"


@needs_time
def test_make_venv_twice_is_quick_and_changes_nothing(bare: dict[str, str], machine: Path) -> None:
    environment = bare | {"HOME": str(machine / "home")}
    command = ["make", "venv"]
    subprocess.run(command, cwd=machine / "clone", env=environment, check=True)
    before = _state(machine / "clone")
    started = time.perf_counter()
    again = subprocess.run(command, cwd=machine / "clone", env=environment, check=True, capture_output=True, text=True)
    assert time.perf_counter() - started < 2
    assert again.stdout == ".venv is up to date.\n"
    assert _state(machine / "clone") == before
    changed = machine / "clone" / "constraints.txt"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    third = subprocess.run(command, cwd=machine / "clone", env=environment, check=True, capture_output=True, text=True)
    assert "once, and again when they change" in third.stdout
