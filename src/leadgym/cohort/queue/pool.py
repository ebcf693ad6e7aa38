"""Workers on this machine: processes forked from the command once it has everything loaded, so that they share it.

A worker that is killed is replaced, and what it was doing is done again. Killing the command kills its workers.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Protocol

from leadgym.cohort.queue.work import Answer, Bench, Task

NAME = "leadgym-worker"
"""What /proc/PID/comm says of a worker."""
TRIES = 3
"""How often a task is begun before it is given up: its worker was killed each time."""
_AHEAD = 2  # the task a worker does, and the next, so that it need not wait for the writer
_SET_DEATH_SIGNAL, _SET_NAME = 1, 15  # prctl(2)
_LOST = (
    f"The process that marked it was killed {TRIES} times. Most often memory has run out: mark again with --workers 1, "
    "or with fewer other programs open."
)


class CrewLost(Exception):
    """There is nobody left to work, in a sentence."""


class Crew(Protocol):
    """Whoever does the work: tasks go in under a learner's name, answers come out in any order."""

    def __enter__(self) -> Crew: ...

    def __exit__(self, *_: object) -> None:
        """End all that was started; work that is not done is dropped."""

    def room(self) -> bool:
        """Whether another task would be begun soon."""

    def start(self, learner: str, task: Task) -> None:
        """Hand a task over. A learner has one at a time."""

    def finished(self, seconds: float) -> list[tuple[str, Answer]]:
        """What has been done since, waiting up to ``seconds`` for something. Raises CrewLost."""


def crew(bench: Bench, workers: int) -> Crew:
    """``workers`` processes, or this one where processes cannot be forked safely."""
    return Pool(bench, workers) if sys.platform.startswith("linux") else Alone(bench)


class Alone:
    """This process, one task after the other. See `Crew`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._done: list[tuple[str, Answer]] = []

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        """See `Crew`."""

    def room(self) -> bool:
        """See `Crew`."""
        return not self._done

    def start(self, learner: str, task: Task) -> None:
        """See `Crew`."""
        self._done.append((learner, self._bench.do(task)))

    def finished(self, seconds: float) -> list[tuple[str, Answer]]:
        """See `Crew`."""
        done, self._done = self._done, []
        return done


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    doing: list[tuple[str, Task]] = field(default_factory=list)


class Pool:
    """Forked workers. See `Crew`."""

    def __init__(self, bench: Bench, workers: int) -> None:
        self._bench, self._count = bench, workers
        self._workers: list[_Worker] = []
        self._again: deque[tuple[str, Task]] = deque()
        self._tries: dict[str, int] = {}

    def __enter__(self) -> Pool:
        with _shared_memory():
            self._workers = [self._fork() for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        """See `Crew`."""
        for worker in self._workers:
            worker.process.kill()  # it holds nothing that has to be put away: its sessions end with it
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def _fork(self) -> _Worker:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        process = context.Process(target=_work, args=(self._bench, theirs, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def room(self) -> bool:
        """See `Crew`."""
        return not self._again and any(len(worker.doing) < _AHEAD for worker in self._workers)

    def start(self, learner: str, task: Task) -> None:
        """See `Crew`."""
        worker = min(self._workers, key=lambda worker: len(worker.doing))
        worker.doing.append((learner, task))
        with contextlib.suppress(OSError):  # it is dead, which is found out later
            worker.pipe.send(task)

    def finished(self, seconds: float) -> list[tuple[str, Answer]]:
        """See `Crew`."""
        done: list[tuple[str, Answer]] = []
        ready = wait([worker.pipe for worker in self._workers], seconds)
        for number, worker in enumerate(self._workers):
            if worker.pipe in ready:
                try:
                    answer = json.loads(worker.pipe.recv_bytes())
                    learner, _ = worker.doing.pop(0)
                    self._tries.pop(learner, None)
                    done.append((learner, answer))
                except (EOFError, OSError):
                    done += self._replace(number)
        while self._again and any(len(worker.doing) < _AHEAD for worker in self._workers):
            self.start(*self._again.popleft())
        return done

    def _replace(self, number: int) -> Iterator[tuple[str, Answer]]:
        """A new worker in the place of one that was killed; what it was doing is begun again, or given up."""
        dead = self._workers[number]
        dead.process.kill()
        dead.process.join()
        dead.pipe.close()
        with _shared_memory():
            self._workers[number] = self._fork()
        for place, (learner, task) in enumerate(dead.doing):
            tries = self._tries[learner] = self._tries.get(learner, 0) + (place == 0)
            if tries < TRIES:
                self._again.append((learner, task))
            else:
                del self._tries[learner]
                yield learner, {"problem": f"WorkerKilledError: {_LOST}"}


@contextlib.contextmanager
def _shared_memory() -> Iterator[None]:
    """Fork inside: what there is now is not looked at again by the workers' garbage collector, so it stays shared."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _work(bench: Bench, pipe: Connection, parent: int) -> None:
    """A worker's life: tasks come in, answers go out as JSON, until the command is gone."""
    libc = ctypes.CDLL(None)
    libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    libc.prctl(_SET_NAME, NAME.encode())
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to hear
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()

    def receive() -> None:
        # Always reading, so that the command never waits for a worker that waits for the command.
        try:
            while True:
                tasks.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    while True:
        pipe.send_bytes(json.dumps(bench.do(tasks.get())).encode())
