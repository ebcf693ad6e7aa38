"""The same work done by the nodes of a Dask cluster.

A node gets everything as data: the assignment with its keys, the settings, the submission. It must have the same
leadgym as the one who asks. Nodes belong to the graders: they are trusted with keys, and what they send is believed;
what a learner's process wrote crosses as text only. Learners' code runs in the jail there as it does here.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from traitlets.config import Config

from leadgym.cohort.config import configure, put_tools_on_path
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.queue.engines import keep_engines
from leadgym.cohort.queue.pool import TRIES, CrewLost
from leadgym.cohort.queue.work import Answer, Bench, Files, Task, lay, read_files
from leadgym.cohort.road import MarkingProblem, Road
from leadgym.course.modules import content_root

_CONNECT_SECONDS = 20
_LOST_SECONDS = 120.0  # without any node: those that are being started again get that long
_AHEAD = 2  # tasks for each thread of the cluster: the one being done and the next
_LARGEST = 1 << 30
_OURS = ("CourseDirectory", "NbGraderAPI", "MarkAnswers")
"""Settings that name places on the machine of the one who asks."""
_working = threading.Lock()  # nbgrader's steps change the process's environment: one at a time in each


@dataclass(frozen=True)
class Course:
    """An assignment as data. ``settings``: what nbgrader_config.py says beyond leadgym's own settings."""

    slug: str
    source: Files
    key: Files
    gradebook: bytes
    settings: Config
    trust: bool
    leadgym: str
    digest: str

    @classmethod
    def of(cls, road: Road, slug: str, gradebook: Path) -> Course:
        """The assignment ``slug`` as it stands; ``gradebook`` is the file that describes its notebooks."""
        config = road.api.config
        source = read_files(road.source / slug, road.api.coursedir.ignore, _LARGEST)
        key = Path(config["MarkAnswers"]["keys"]) / f"{slug}.yaml"
        keys: Files = {key.name: (key.read_bytes(), False)} if key.is_file() else {}
        added, trust = _added(config, road.root), bool(config.JailedExecute.trust)
        total = hashlib.sha256(repr((slug, source, keys, gradebook.read_bytes(), added, trust)).encode())
        return cls(slug, source, keys, gradebook.read_bytes(), added, trust, version(), total.hexdigest())


class Cluster:
    """A Dask cluster as a crew. See `leadgym.cohort.queue.pool.Crew`."""

    def __init__(self, address: str, course: Course) -> None:
        """Raises MarkingProblem when nobody answers at ``address``, or a node there must not mark."""
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MarkingProblem("--scheduler needs Dask. Run: pip install 'leadgym[cluster]'") from error
        self._address, self._course = address, course
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="leadgym-grade")
        except (OSError, ValueError) as error:
            raise MarkingProblem(
                f"No Dask scheduler answers at {address} ({error}). Start one: dask scheduler; and on each node: "
                f"dask worker {address} --nthreads 1"
            ) from error
        self._done: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._doing: dict[str, Any] = {}
        self._seen = time.monotonic()  # when there was a node
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        """See `Crew`."""
        self._client.cancel(list(self._doing.values()))
        self._client.close()

    def _check(self) -> None:
        try:
            refusals = self._client.run(refusal, self._course.leadgym, self._course.trust, on_error="return")
        except OSError as error:
            raise MarkingProblem(str(error)) from error
        if not refusals:
            raise MarkingProblem(
                f"The scheduler at {self._address} has no node. On each: dask worker {self._address} --nthreads 1"
            )
        for node, said in refusals.items():
            if isinstance(said, BaseException):
                said = f"It cannot be asked ({said}). Install this leadgym there: pip install 'leadgym[cluster,lab]'"
            if said:
                raise MarkingProblem(f"The node {node} must not mark. {said}")

    def room(self) -> bool:
        """See `Crew`."""
        return len(self._doing) < _AHEAD * max(1, self._threads())

    def _threads(self) -> int:
        return sum(node["nthreads"] for node in self._client.scheduler_info(n_workers=-1)["workers"].values())

    def start(self, learner: str, task: Task) -> None:
        """See `Crew`."""
        future = self._client.submit(do, self._course, task, pure=False)
        self._doing[learner] = future
        future.add_done_callback(lambda done: self._done.put((learner, done)))

    def finished(self, seconds: float) -> list[tuple[str, Answer]]:
        """See `Crew`."""
        done: list[tuple[str, Answer]] = []
        with contextlib.suppress(queue.Empty):
            done.append(self._answer(*self._done.get(timeout=seconds)))
            while True:
                done.append(self._answer(*self._done.get_nowait()))
        if done:
            return done
        if self._client.status not in ("running", "connecting"):
            raise CrewLost(f"The Dask scheduler at {self._address} is gone.")
        if self._threads():
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > _LOST_SECONDS:
            raise CrewLost(f"No node has been left for a while. Start some: dask worker {self._address} --nthreads 1")
        return []

    def _answer(self, learner: str, future: Any) -> tuple[str, Answer]:
        from distributed import KilledWorker

        del self._doing[learner]
        try:
            answer: Answer = future.result()
        except KilledWorker:
            return learner, {"problem": f"NodeKilledError: The node that marked it went down, {TRIES} times or more."}
        except Exception as error:
            if future.cancelled():
                raise CrewLost(f"The Dask scheduler at {self._address} is gone.") from error
            return learner, {"problem": f"NodeError: {type(error).__name__}: {error}"}
        if "refused" in answer:
            raise CrewLost(f"The node {answer['node']} must not mark. {answer['refused']}")
        return learner, answer


def refusal(leadgym: str, trust: bool) -> str:
    """Why this node must not mark, in a sentence; empty when it may. Runs on the node."""
    if version() != leadgym:
        return "Its leadgym is not the one that asks. Install the same version, with the same course, on both."
    if not trust and not jail_status().available:
        return f"{jail_status().sentence} To run all submissions there unprotected: --trust-submissions"
    return ""


def do(course: Course, task: Task) -> Answer:
    """Do ``task``. Runs on the node."""
    with _working:
        if said := refusal(course.leadgym, course.trust):
            return {"refused": said, "node": socket.gethostname()}
        keep_engines()
        return _bench(course.digest, course).do(task)


_benches: dict[str, Bench] = {}


def _bench(digest: str, course: Course) -> Bench:
    """This node's place for ``course``; that of the course before is given up."""
    if digest not in _benches:
        put_tools_on_path()
        for old in _benches.values():
            shutil.rmtree(old.folder, ignore_errors=True)
        _benches.clear()
        folder = Path(tempfile.mkdtemp(prefix="leadgym-", dir=_local_folder()))
        lay(course.source, folder / "source" / course.slug)
        lay(course.key, folder / "keys")
        (folder / "gradebook.db").write_bytes(course.gradebook)
        config = Config()
        configure(config, root=folder)
        config.merge(course.settings)
        config.JailedExecute.trust = course.trust
        config.MarkAnswers.exercises, config.MarkAnswers.keys = str(folder / "source"), str(folder / "keys")
        _benches[digest] = Bench(course.slug, config, folder / "source" / course.slug, folder / "gradebook.db", folder)
    return _benches[digest]


def _local_folder() -> str | None:
    """The node's own folder, which Dask clears away when the node has died."""
    from distributed import get_worker

    return str(get_worker().local_directory)


def _added(config: Config, root: Path) -> Config:
    """What of ``config`` is neither leadgym's own nor about places on this machine."""
    plain = Config()
    configure(plain, root=root)
    return Config(
        {
            section: changed
            for section, values in config.items()
            if section not in _OURS
            and (changed := {name: value for name, value in values.items() if plain[section].get(name) != value})
        }
    )


@cache
def version() -> str:
    """A digest of the code that marks and of the stories it replays."""
    package, total = Path(__file__).resolve().parents[2], hashlib.sha256()
    stories = (content_root() / "course").glob("*/scenario.yaml")
    for path in [*sorted(package.rglob("*.py")), *sorted(stories)]:
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
