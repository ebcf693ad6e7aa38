"""Marking is killed at random moments, with kill -9: afterwards every mark is that of a run left alone.

``make test-all`` has sixty learners and twenty moments, ``make test`` fewer of both and no cluster.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import small_course
from small_course import NAME, NOTEBOOK, command, files, grade, lay, marks
from thorough import ALL

pytestmark = [
    pytest.mark.xdist_group("resume"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are forked on Linux"),
]
LEARNERS = 60 if ALL else 20
COMMANDS, WORKERS, NODES = (8, 7, 4) if ALL else (3, 2, 1)
DASK = Path(sys.executable).with_name("dask")
LONG = 300


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The course root after a run that nobody disturbed."""
    root = lay(tmp_path_factory.mktemp("alone") / "course", LEARNERS)
    ran = grade(root)
    assert ran.returncode == 0, ran.stderr
    return root


@pytest.fixture
def chance():
    seed = int(os.environ.get("LEADGYM_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"LEADGYM_TEST_SEED={seed} repeats the moments of this run")
    return random.Random(seed)  # noqa: S311 - moments, no secrets


def url(root):
    return f"sqlite:///{root / 'gradebook.db'}"


def wait_for(what, seconds=LONG):
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return found


def running(root):
    """The processes that have this course root in their command line: the command, its workers, the jail."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                if str(root).encode() in (entry / "cmdline").read_bytes():
                    found[int(entry.name)] = (entry / "comm").read_text().strip()
            except OSError:
                continue
    return found


def workers(root):
    return sorted(number for number, name in running(root).items() if name == "leadgym-worker")


class Marking:
    """``leadgym grade`` on one root, started again and again."""

    def __init__(self, root, *more):
        self.root, self.more, self.process = root, more, None
        self.kept = {}

    def start(self, *more):
        self.process = subprocess.Popen(
            command(self.root, *self.more, *more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1"},
        )  # fmt: skip

    def over(self):
        return self.process.poll() is not None

    def kill(self):
        """Kill the command, and see that everything it had started ends by itself."""
        self.process.kill()
        self.process.wait()
        wait_for(lambda: not running(self.root))
        for path in self.root.glob(f"autograded/*/{NAME}/{NOTEBOOK}"):
            self.kept.setdefault(path, path.stat().st_mtime_ns)

    def finish(self):
        if self.process is not None and not self.over():
            self.process.wait(LONG)
        for _ in range(2):  # once for the rest; and once more, for which nothing is left
            ran = grade(self.root, *self.more)
            assert ran.returncode == 0, ran.stderr
        assert ran.stdout.count('"marked before"') == LEARNERS

    def check(self, alone):
        assert marks(url(self.root)) == marks(url(alone))
        for kind in ("autograded", "feedback"):
            assert files(self.root / kind) == files(alone / kind)
        assert {path: path.stat().st_mtime_ns for path in self.kept} == self.kept, "a mark that was made is left alone"
        assert not list(self.root.rglob("*.tmp"))
        assert {path.name for path in (self.root / ".leadgym").iterdir()} == {"grade.lock", "prepared"}
        assert not running(self.root)


def test_the_run_left_alone_marks_everybody_right(alone):
    held = marks(url(alone))
    assert len(held) == LEARNERS
    for number in range(LEARNERS):
        grades = held[f"learner{number:02}"]["grades"]
        assert {name: grade[0] for name, grade in grades.items() if grade[0] is not None} == small_course.points(number)
    assert not running(alone)


def test_killed_commands_and_workers_change_no_mark(alone, tmp_path, chance):
    """The command, from its first second on, and workers."""
    marking = Marking(lay(tmp_path / "course", LEARNERS), "--workers", "2")
    victims = ["command"] * COMMANDS + ["worker"] * WORKERS
    chance.shuffle(victims)
    marking.start()
    for victim in victims:
        if marking.over():
            # Everybody is marked before all moments have come: what comes now disturbs a marking anew.
            marking.kept.clear()
            marking.start("--again")
        if victim == "worker" or chance.random() < 0.8:
            wait_for(lambda: marking.over() or len(workers(marking.root)) == 2)
        time.sleep(chance.uniform(0, 1.2))
        if victim == "worker":
            for number in workers(marking.root)[:1]:
                os.kill(number, signal.SIGKILL)
        elif not marking.over():
            marking.kill()
            marking.start()
    marking.finish()
    marking.check(alone)


class Nodes:
    """A Dask scheduler and its nodes, started as people start them."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        host, port = self.address.removeprefix("tcp://").split(":")
        self.scheduler = self._start("scheduler", "--host", host, "--port", port, "--no-show")
        self.nodes = [self.node() for _ in range(2)]

    def _start(self, kind, *more):
        log = (self.folder / f"{kind}.log").open("a")
        return subprocess.Popen(
            [DASK, kind, "--no-dashboard", *more], cwd=self.folder, stdout=log, stderr=log, start_new_session=True
        )

    def node(self):
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)
        )

    def kill_one(self, chance):
        place = chance.randrange(len(self.nodes))
        self.nodes[place].kill()
        self.nodes[place].wait()
        self.nodes[place] = self.node()

    def ready(self):
        log = self.folder / "worker.log"
        return log.is_file() and log.read_text().count("Registered to") >= 2

    def stop(self):
        for process in (*self.nodes, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def nodes(tmp_path):
    pytest.importorskip("distributed")
    folder = tmp_path / "dask"
    folder.mkdir()
    started = Nodes(folder)
    try:
        wait_for(started.ready)
        yield started
    finally:
        started.stop()


@pytest.mark.skipif(not ALL, reason="a minute or two: run make test-all")
def test_killed_nodes_of_a_dask_cluster_change_no_mark(alone, tmp_path, chance, nodes):
    """Nodes, and once the command."""
    marking = Marking(lay(tmp_path / "course", LEARNERS), "--scheduler", nodes.address)
    victims = ["node"] * NODES + ["command"]
    chance.shuffle(victims)
    marking.start()
    for victim in victims:
        if marking.over():
            assert marking.process.returncode == 0, marking.process.stderr.read()
            marking.kept.clear()
            marking.start("--again")
        wait_for(lambda: marking.over() or list((marking.root / "autograded").glob(f"*/{NAME}")))
        time.sleep(chance.uniform(0, 1.5))
        if victim == "node":
            nodes.kill_one(chance)
        elif not marking.over():
            marking.process.kill()
            marking.process.wait()
            marking.start()
    marking.finish()
    marking.check(alone)
