"""`leadgym lab`: JupyterLab at the course map, quiet, and every way it cannot start a sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leadgym.lab import server as room
from leadgym.lab.workspace import LabProblem, lay

# One at a time: each starts looking for a port at 8888.
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="starts and stops the server by POSIX signals"),
    pytest.mark.xdist_group("lab"),
]
LEADGYM = Path(sys.executable).with_name("leadgym")


class Lab:
    """A `leadgym lab` that runs, and its address once it says so."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process, self.said = process, ""
        for line in process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                break
        address = re.search(r"open at (\S+)", self.said)
        assert address, self.said
        self.address = address[1]
        self.host, token = re.match(r"(http://[^/]+/).*token=(\w+)", self.address).groups()  # type: ignore[union-attr]
        self.token = token

    def get(self, path: str, **body: Any) -> str:
        request = urllib.request.Request(  # noqa: S310 - this machine
            self.host + path,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            data=json.dumps(body).encode() if body else None,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.read().decode()

    def stop(self) -> str:
        """What it says after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=180)[0]


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """This environment with a home of its own, no screen, and no JupyterLab that somebody else has open."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "LEADGYM", "XDG"))}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        mine.pop(name, None)
    # The venv's programs have to be found without it having been activated.
    # A kernel's socket has room for about a hundred characters, which pytest's own folders use up.
    with tempfile.TemporaryDirectory(prefix="home", ignore_cleanup_errors=True) as home:
        yield mine | {"HOME": home, "PATH": "/usr/bin:/bin"}


@contextmanager
def _lab(environment: dict[str, str], *arguments: str) -> Iterator[Lab]:
    process = subprocess.Popen(
        [LEADGYM, "lab", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Lab(process)
    finally:
        process.terminate()
        process.communicate(timeout=180)


def _leadgym(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LEADGYM, *arguments], env=environment, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL
    )


@contextmanager
def _taken(port: int = 0) -> Iterator[int]:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until = time.monotonic() + 120
        while True:  # whoever else holds it may let go of it in the middle of the test
            try:
                holder.bind(("127.0.0.1", port))
                break
            except OSError:
                assert port
                assert time.monotonic() < until, f"port {port} is somebody else's for two minutes"
                time.sleep(0.5)
        holder.listen()
        yield port or holder.getsockname()[1]


def test_lab_opens_quietly_at_the_course_map_and_ctrl_c_ends_it_in_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    workspace = tmp_path / "work space"
    with _lab(environment, "--workspace", str(workspace)) as lab:
        assert "/lab/tree/course_map.ipynb?token=" in lab.address
        assert len(lab.said.splitlines()) <= 5, lab.said
        page = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', lab.get("lab"), re.S)[1])  # type: ignore[index]
        assert "@jupyter/nbgrader" in page["disabledExtensions"]
        assert "@jupyterlab/apputils-extension:announcements" in page["disabledExtensions"]
        assert page["news"] == {"disabled": True}
        assert page["extensionManager"]["can_install"] is False
        assert page["buildCheck"] is page["buildAvailable"] is False
        names = [item["name"] for item in json.loads(lab.get("api/contents"))["content"]]
        assert sorted(names) == ["course", "course_map.ipynb", "exercises"]

        lab.get("api/kernels", name="python3")
        runtime = Path(environment["HOME"]) / ".local" / "share" / "jupyter" / "runtime"
        kernel = json.loads(next(runtime.glob("kernel-*.json")).read_text(encoding="utf-8"))
        assert kernel["transport"] == "ipc"

        again = _leadgym(environment, "lab", "--workspace", str(workspace))
        assert (again.returncode, again.stderr) == (0, "")
        assert "open already" in again.stdout
        assert lab.token in again.stdout
        slides = _leadgym(environment, "slides", "00", "--workspace", str(workspace))
        assert (slides.returncode, slides.stderr) == (0, "")
        assert f"/doc/tree/course/00_baseline/lesson.ipynb?reset&slides&token={lab.token}\n" in slides.stdout

        assert lab.stop() == f"Stopped. Your work is in {workspace}\n"
        assert lab.process.returncode == 0
        assert not [path.name for path in runtime.iterdir() if path.name.startswith(("kernel", "jpserver"))]
    assert (workspace / ".leadgym" / "lab.log").stat().st_mode & 0o077 == 0, "the log holds the token"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("http://h:1/lab/tree/map?token=a1", "http://h:1/lab/tree/map?token=a1"),
        ("http://h:1/doc/tree/map?reset&slides?token=a1", "http://h:1/doc/tree/map?reset&slides&token=a1"),
        ("http://h:1/doc/tree/map?reset&slides", "http://h:1/doc/tree/map?reset&slides"),
    ],
)
def test_the_token_joins_the_query_that_is_there(said: str, address: str) -> None:
    """Else the token is part of another word, and whoever opens the address is asked for a password."""
    assert room._one_query(said) == address


def test_a_terminal_that_is_closed_stops_the_server(environment: dict[str, str], tmp_path: Path) -> None:
    with _lab(environment, "--workspace", str(tmp_path / "w")) as lab:
        lab.process.send_signal(signal.SIGHUP)
        assert "Stopped." in lab.process.communicate(timeout=180)[0]


def test_a_taken_first_port_is_said_and_the_next_is_used(environment: dict[str, str], tmp_path: Path) -> None:
    with _taken(room.FIRST_PORT), _lab(environment, "--workspace", str(tmp_path / "w")) as lab:
        assert f"Port {room.FIRST_PORT} is taken" in lab.said
        assert f":{room.FIRST_PORT}/" not in lab.address
        lab.get("api")


def test_a_taken_port_that_was_asked_for_is_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    with _taken() as port:
        done = _leadgym(environment, "lab", "--workspace", str(tmp_path / "w"), "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is not free. Choose another with --port" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_without_a_browser_the_address_is_there_with_what_to_do(environment: dict[str, str], tmp_path: Path) -> None:
    with _lab(environment, "--workspace", str(tmp_path / "w")) as lab:
        assert "open that address" in lab.said


def test_with_a_browser_the_course_map_is_opened_in_it(environment: dict[str, str], tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n', encoding="utf-8")
    browser.chmod(0o755)
    with _lab(environment | {"BROWSER": str(browser)}, "--workspace", str(tmp_path / "w")) as lab:
        assert "If your browser does not show it" in lab.said
        for _ in range(100):
            if opened.exists():
                break
            time.sleep(0.1)
        redirect = Path(opened.read_text(encoding="utf-8").strip().removeprefix("file://"))
        assert "/lab/tree/course_map.ipynb" in redirect.read_text(encoding="utf-8")


def test_the_learners_own_jupyter_settings_neither_break_the_course_nor_are_lost(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = Path(environment["HOME"]) / ".jupyter" / "jupyter_server_config.py"
    own.parent.mkdir(parents=True)
    text = 'c.ServerApp.root_dir = "/nowhere"\nc.ServerApp.port = 1\nc.ServerApp.terminals_enabled = False\n'
    own.write_text(text, encoding="utf-8")
    with _lab(environment, "--workspace", str(tmp_path / "w")) as lab:
        assert "course_map.ipynb" in lab.get("api/contents")
        assert '"terminalsAvailable": false' in lab.get("lab")
    assert own.read_text(encoding="utf-8") == text


def test_settings_jupyter_cannot_start_with_are_a_sentence_with_the_log(
    environment: dict[str, str], tmp_path: Path
) -> None:
    own = Path(environment["HOME"]) / ".jupyter" / "jupyter_server_config.py"
    own.parent.mkdir(parents=True)
    own.write_text("c.ServerApp.certfile = '/nowhere.pem'\n", encoding="utf-8")
    done = _leadgym(environment, "lab", "--workspace", str(tmp_path / "w"))
    assert done.returncode == 1
    assert "JupyterLab did not start" in done.stderr
    assert "lab.log" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_without_jupyterlab_the_sentence_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "find_spec", lambda _name: None)
    with pytest.raises(LabProblem, match=r"JupyterLab is not installed.*make venv"):
        room.open_lab(tmp_path)


def test_a_runtime_folder_with_too_long_a_name_falls_back_to_ports(environment: dict[str, str], tmp_path: Path) -> None:
    environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / ("r" * 100))
    with _lab(environment, "--workspace", str(tmp_path / "w")) as lab:
        lab.get("api/kernels", name="python3")
        kernel = next(Path(environment["JUPYTER_RUNTIME_DIR"]).glob("kernel-*.json"))
        assert json.loads(kernel.read_text(encoding="utf-8"))["transport"] == "tcp"


def test_laying_happens_before_the_server_so_a_refused_workspace_starts_nothing(environment: dict[str, str]) -> None:
    inside = Path(__file__).parent
    done = _leadgym(environment, "lab", "--workspace", str(inside))
    assert done.returncode == 1
    assert "your work would mix" in done.stderr
    assert not (inside / ".leadgym").exists()
    with pytest.raises(LabProblem):
        lay(inside)
