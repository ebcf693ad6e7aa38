"""The jail: hostile notebooks stay in it, and what they do to others is nothing. Each attempt succeeds without it."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hostile.collection import GOT_IT, Hostile, load, names
from nbformat.v4 import new_code_cell, new_notebook
from thorough import ALL

from leadgym.cohort.jail import bubble
from leadgym.cohort.jail.bubble import jail_status, jailed
from leadgym.cohort.jail.execute import SESSION, JailedExecute, NoJail, close_session
from leadgym.cohort.jail.folder import FolderTooLarge, plain_files
from leadgym.cohort.jail.kernel import KernelSession
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.mounts import NotShowable, view
from leadgym.cohort.jail.watch import descendants

ROOT = Path(__file__).parents[2]
needs_jail = pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence)
SMALL = {"memory": 256, "disk": 64, "wall": 60.0, "timeout": 30, "grace": 3.0}


@dataclass
class World:
    """What lies around a jail in these tests."""

    root: Path
    shown: Path
    folder: Path
    places: dict[str, object]

    def load(self, name: str) -> Hostile:
        """The hostile notebook, aimed at this world, its files laid."""
        hostile = load(name, **self.places)
        hostile.lay(self.folder)
        return hostile

    def run(self, cells: list[str], **settings: Any) -> str:
        """Run the cells as a submission; everything that came out, as text."""
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        step = JailedExecute(**{**SMALL, "hidden": [str(self.root)], "show": [str(self.shown)], **settings})
        resources = {"metadata": {"path": str(self.folder)}}
        try:
            notebook, resources = step(notebook, resources)
        finally:
            close_session(resources)
        return said(notebook)

    def run_unjailed(self, cells: list[str]) -> str:
        """The same, in an ordinary kernel without any jail."""
        session = KernelSession("python3", self.folder, os.environ, Limits(memory=4096 * MB), jail=None)
        out: list[str] = []
        try:
            for cell in cells:
                session.execute(cell, 60, lambda message: out.append(str(message["content"])))
        finally:
            session.close()
        return "\n".join(out)

    def files(self) -> dict[str, bytes]:
        """All that lies in the course root and in the shown folder."""
        found = [path for top in (self.root, self.shown) for path in top.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in found}


def said(notebook: Any) -> str:
    """Everything in a notebook's outputs, as text without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(str(output) for cell in notebook.cells for output in cell.outputs))


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A course root with secrets, a folder everybody may write to, servers: all planted."""
    top = tmp_path_factory.mktemp("world")
    root, shown = top / "course", top / "shown"
    folder = root / "autograded" / "me" / "module"
    for name, text in {
        "grader/keys/module.yaml": "PLANTED key",
        "grader/gradebook.db": "PLANTED gradebook",
        "solutions/module/solution.py": "PLANTED solution",
        "submitted/other/module/answer.txt": "PLANTED answer",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    folder.mkdir(parents=True)
    (shown / "keys").mkdir(parents=True)
    (shown / "keys" / "module.yaml").write_text("SHOWN key", encoding="utf-8")
    for path in (root, shown):
        path.chmod(0o777)
    abstract = f"leadgym-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as hidden:
        hidden.bind(f"\0{abstract}")
        hidden.listen()
        port = server.getsockname()[1]
        yield World(root, shown, folder, {"root": root, "shown": shown, "port": port, "abstract": abstract})


@pytest.fixture
def world(around: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world with an empty submission, and a variable planted."""
    monkeypatch.setenv("LEADGYM_PLANTED", "PLANTED variable")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    shutil.rmtree(around.folder)
    around.folder.mkdir()
    return around


def below_us() -> set[int]:
    """The processes below this one."""
    return set(descendants(os.getpid())) - {os.getpid()}


def test_where_ci_runs_there_is_a_jail() -> None:
    """Without one nearly all of this file is skipped, and nobody would see it."""
    if os.environ.get("CI") == "true":
        assert jail_status().available, jail_status().sentence


_AS_NOBODY = """
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"; }
stage=$1 number=0
shift
mount -t tmpfs -o mode=0755 stage "$stage"
while [ "$1" != -- ]; do
    mkdir "$stage/$number"
    mount --rbind "$1" "$stage/$number"
    if ! nobody test -r "$1"; then
        reached= IFS=/
        for part in $1; do
            reached=${reached%/}/$part
            nobody test -x "$reached" || { mount -t tmpfs -o mode=0755 cover "$reached"; break; }
        done
        unset IFS
        mkdir -p "$1"
        mount --rbind "$stage/$number" "$1"
        nobody test -r "$1" || { echo "nobody may not read $1: chmod -R a+rX $1"; exit 1; }
    fi
    number=$((number + 1))
    shift
done
shift
nobody "$@"
"""


AS_NOBODY = (
    "detaches_children", "follows_links_out", "forks_without_end", "reads_home", "reads_other_submissions",
    "reads_the_environment", "reads_the_keys", "sees_other_processes", "writes_outside", "writes_to_the_system",
)  # fmt: skip
"""What stands or falls with who the submission's user is: files, processes, namespaces."""


@needs_jail
@pytest.mark.skipif(os.geteuid() != 0, reason="whoever runs this is an ordinary user already")
def test_all_this_holds_for_an_ordinary_user_too() -> None:
    """The same tests once more, run by nobody, in a mount namespace.

    What they need is bound again where only root could reach it: a clone or a Python below a folder such as /root.
    Without ``make test-all``: some hostile notebooks, one at a time.
    """
    here = Path(tempfile.mkdtemp())  # pytest keeps its own folders to whoever runs it
    here.chmod(0o755)
    home, base = here / "home", here / "base"
    for folder in (home, base):
        folder.mkdir()
        shutil.chown(folder, 65534, 65534)
    seen = view()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", f"--basetemp={base}/t"]
    names = ("cohort_hostile", "jail", "warm") if ALL else ("jail",)
    tests = [str(ROOT / "tests" / "unit" / f"test_{name}.py") for name in names]
    tests += [] if ALL else ["-k", " or ".join(AS_NOBODY)]
    script = ["sh", "-ec", _AS_NOBODY, "sh", seen.stage(), str(ROOT), *seen.trees, "--"]
    run = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", *script, *command, *tests],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "CI": "true",  # without a jail they fail, and are not skipped
            "HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(here, ignore_errors=True)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


@needs_jail
@pytest.mark.parametrize("name", names())
def test_a_hostile_notebook_gets_nothing_and_harms_nobody(world: World, name: str) -> None:
    hostile = world.load(name)
    world.run(["'the parent is warm'"])
    before, files, memory = below_us(), world.files(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    out = world.run(hostile.cells, **hostile.settings)
    assert GOT_IT not in out, hostile.tries
    assert "PLANTED" not in out
    if hostile.stopped_by:
        assert re.search(hostile.stopped_by, out), out[-2000:]
    if hostile.still:
        assert hostile.still in out, out[-2000:]
    assert time.monotonic() - began < 60
    assert _soon(lambda: below_us() <= before), "something is left running"
    assert world.files() == files, "something was written outside"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 * 1024, "the grader's memory grew (in kB)"
    assert "'42'" in world.run(["6 * 7"]), "an honest notebook comes next"


@needs_jail
@pytest.mark.skipif(not ALL, reason="make test-all: it tests the tests")
@pytest.mark.parametrize("name", [name for name in names() if load(name).succeeds_with])
def test_without_that_wall_the_same_notebook_succeeds(world: World, name: str) -> None:
    """What makes the test above mean something: the attempts are real."""
    hostile = world.load(name)
    if hostile.succeeds_with == "unjailed":
        out = world.run_unjailed(hostile.cells)
    else:
        out = world.run(hostile.cells, **hostile.loosened)
    assert GOT_IT in out, out[-2000:]


@needs_jail
@pytest.mark.parametrize(
    "name",
    [
        "reads_the_keys", "reads_other_submissions", "reads_the_environment", "reads_home", "reaches_the_network",
        "follows_links_out", "writes_outside", "makes_namespaces", "sees_other_processes", "takes_memory_nobody_counts",
        "takes_memory_in_many_processes", "forks_without_end", "prints_without_end", "displays_what_cannot_be_written",
        "fills_the_disk", "leaves_by_os_exit", "loops_for_ever", "awaits_for_ever", "swallows_interrupts",
        "writes_to_the_system", "reads_hidden_tests", "writes_one_huge_file", "reads_kernel_keys", "attacks_its_keeper",
    ],
)  # fmt: skip
def test_a_normal_kernel_in_the_jail_holds_as_well(world: World, name: str) -> None:
    hostile = world.load(name)
    before, files = below_us(), world.files()
    out = world.run(hostile.cells, warm=False, **hostile.settings)
    assert GOT_IT not in out, hostile.tries
    assert "PLANTED" not in out
    if hostile.still:
        assert hostile.still in out, out[-2000:]
    assert _soon(lambda: below_us() <= before), "something is left running"
    assert world.files() == files


@needs_jail
@pytest.mark.parametrize("warm", [True, False])
def test_the_jails_first_process_is_limited_too(world: World, warm: bool) -> None:
    """What a kernel may not do itself it could otherwise make its parent do."""
    out = world.run(["print(open('/proc/1/limits').read())"], warm=warm)
    for limit in ("address space", "file size", "open files", "processes", "locked memory"):
        said = re.search(rf"Max {limit} +(\S+)", out)
        assert said, out
        assert said[1] != "unlimited", limit


@needs_jail
def test_a_link_in_the_place_of_a_kernels_socket_ends_it(world: World) -> None:
    """The grader would follow it out of the jail when it connects once more."""
    swap = "import glob, os, time\nfor path in glob.glob('/tmp/*/s-*'):\n    os.remove(path); os.symlink('/out', path)"
    out = world.run([f"{swap}\nprint('swap' + 'ped')\ntime.sleep(20)", "print('went ' + 'on')"], warm=False)
    assert "went on" not in out
    assert "NotebookStopped" in out


@needs_jail
def test_detached_children_end_with_the_session(world: World) -> None:
    """Unjailed they go on: the notebook is a real one."""
    cells = world.load("detaches_children").cells
    world.run(cells)
    assert _sleepers() == set()
    try:
        world.run_unjailed(cells)
        assert _soon(_sleepers)
    finally:
        for process in _sleepers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _sleepers() -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes() == b"sleep\x004321\x00":
                found.add(int(path.parent.name))
    return found


@needs_jail
def test_nothing_passes_from_one_submission_to_the_next(world: World) -> None:
    """In one and the same session the second notebook finds what the first has left."""
    poisoner, finder = load("poisons_the_next", **world.places), load("looks_for_the_last", **world.places)
    assert GOT_IT in world.run(poisoner.cells + finder.cells)
    world.run(poisoner.cells)
    assert GOT_IT not in world.run(finder.cells)


@needs_jail
def test_submissions_do_not_share_their_random_numbers(world: World) -> None:
    cells = ["import random, numpy; print('drawn', random.random(), numpy.random.rand())"]
    first, second = (re.findall(r"drawn ([\d.e-]+) ([\d.e-]+)", world.run(cells))[0] for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


@needs_jail
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can plant a file that only root may read")
def test_what_only_root_may_read_stays_unread_even_when_it_is_shown(world: World) -> None:
    secret = world.shown / "secret.txt"
    secret.write_text("PLANTED", encoding="utf-8")
    read = [f"print(open({str(secret)!r}).read())"]
    assert "PLANTED" in world.run(read), "readable by everybody, and shown: the wall is the user, not the path"
    secret.chmod(0o600)
    for warm in (True, False):
        out = world.run(read, warm=warm)
        assert "PLANTED" not in out
        assert "PermissionError" in out


@needs_jail
def test_hidden_folders_are_empty_even_below_a_shown_one(world: World) -> None:
    read = [f"print(open({str(world.shown / 'keys' / 'module.yaml')!r}).read())"]
    assert "SHOWN" in world.run(read)
    assert "SHOWN" not in world.run(read, hidden=[str(world.shown / "keys")])


def _soon(true: Callable[[], object]) -> bool:
    until = time.monotonic() + 10
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@needs_jail
@pytest.mark.parametrize("death", [signal.SIGTERM, signal.SIGKILL])
def test_when_the_grader_dies_the_jail_dies(tmp_path: Path, death: signal.Signals) -> None:
    """kill -9 included: no learner's process outlives the command."""
    grader = f"""
import sys, time
from pathlib import Path
from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import view
from leadgym.cohort.jail.session import WarmParent
session = WarmParent(view(), [], Limits()).open(Path({str(tmp_path)!r}), {{}}, Limits())
session.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '4321'])", 20, lambda message: None)
print("running", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", grader], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    assert _soon(lambda: _sleepers() & set(descendants(process.pid))), "there is something to be ended"
    inside = set(descendants(process.pid)) - {process.pid}
    process.send_signal(death)
    process.wait()
    assert _soon(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in inside)), "something outlives it"


@needs_jail
def test_the_whole_notebook_has_a_time_too(world: World) -> None:
    cells = ["import time; time.sleep(1.5)"] * 4
    assert "longer than 2 s altogether" in world.run(cells, wall=2.0, timeout=30)
    assert "Stopped" not in world.run(cells[:1], wall=10.0, timeout=30)


@needs_jail
def test_answers_given_before_a_notebook_is_stopped_count(world: World) -> None:
    out = world.run(["print('an answer')", "import os; os._exit(0)", "print('never')"])
    assert "an answer" in out
    assert out.count("NotebookStopped") == 2


@needs_jail
def test_a_folder_that_is_too_large_is_refused_by_a_sentence(world: World) -> None:
    (world.folder / "data.bin").write_bytes(b"x" * 40 * MB)
    with pytest.raises(FolderTooLarge, match=r"40|41|42.* MB"):
        world.run(["1"])
    assert "'1'" in world.run(["1"], disk=128)


def test_links_and_prepared_notebooks_are_not_taken_into_the_jail(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "folder"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "plain.txt").write_text("x", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "tests.ipynb").write_text('{"nbgrader": 1}', encoding="utf-8")
    (folder / "own.ipynb").write_text("{}", encoding="utf-8")
    os.mkfifo(folder / "pipe")
    assert plain_files(folder, MB) == [folder / "data" / "plain.txt", folder / "own.ipynb"]


def test_no_jail_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for platform, tools, sentence in (
        ("darwin", bubble.TOOLS, "needs Linux with bubblewrap"),
        ("win32", bubble.TOOLS, "WSL 2"),
        ("linux", "/nowhere", "apt-get install bubblewrap"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(bubble.sys, "platform", platform)
            patch.setattr(bubble, "TOOLS", tools)
            bubble.jail_status.cache_clear()
            status = bubble.jail_status()
        assert not status.available
        assert sentence in status.sentence
    bubble.jail_status.cache_clear()


@needs_jail
def test_a_jail_that_cannot_be_made_is_found_out_by_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: bubblewrap is there and may make no namespaces."""
    with tempfile.TemporaryDirectory() as folder:
        fake = Path(folder) / "bwrap"
        fails = 'echo "bwrap: No permissions to create new namespace" >&2; exit 1'
        fake.write_text(f'#!/bin/sh\n[ "$1" = --help ] && echo --size && exit\n{fails}\n', encoding="utf-8")
        for path in (fake, fake.parent):
            path.chmod(0o755)
        monkeypatch.setattr(bubble, "TOOLS", f"{folder}:{bubble.TOOLS}")
        bubble.jail_status.cache_clear()
        try:
            status = jail_status()
        finally:
            bubble.jail_status.cache_clear()
    assert not status.available
    assert "No permissions to create new namespace" in status.sentence


def test_without_a_jail_submissions_run_only_when_they_are_trusted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leadgym.cohort.jail import execute

    monkeypatch.setattr(execute, "jail_status", lambda: bubble.JailStatus(False, "There is no jail on Venus."))
    with pytest.raises(NoJail, match=r"no jail on Venus\. .*--trust-submissions"):
        world.run(["6 * 7"])
    out = world.run(["import os; 6 * 7", "os.getcwd()"], trust=True, timeout=30)
    assert "'42'" in out
    assert str(world.folder) in out


def test_an_environment_that_would_show_a_home_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(Path.home()))
    with pytest.raises(NotShowable, match="environment of its own"):
        view()


@needs_jail
def test_the_jail_has_no_variable_of_its_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "PLANTED")
    out = tmp_path / "out"
    with out.open("wb") as file:
        jailed(["sh", "-c", "env >&2; cat /proc/1/environ >&2"], view(), Limits(), nest=False).start(file).wait()
    text = out.read_text(encoding="utf-8")
    assert "HOME=/home/learner" in text
    assert "PLANTED" not in text


def test_the_session_is_there_for_later_steps_and_ends_when_told(world: World) -> None:
    notebook = new_notebook(cells=[new_code_cell("x = 1")])
    settings = {**SMALL, "timeout": 30, "trust": True}
    _, resources = JailedExecute(**settings)(notebook, {"metadata": {"path": str(world.folder)}})
    session = resources[SESSION]
    shown: list[Any] = []
    session.execute("x + 1", 10, shown.append)
    assert shown[0]["content"]["data"]["text/plain"] == "2"
    close_session(resources)
    assert SESSION not in resources
    close_session(resources)
