"""What a marker's run takes, from outside: time, CPU time where the system counts it, private memory; and ratios."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from leadgym.cohort.jail.watch import descendants

MB = 1024 * 1024
_JAILED = b"leadgym.cohort.jail."
_SAMPLE_SECONDS = 0.05
_CLOCK_SECONDS = 0.1
_ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


@dataclass(frozen=True)
class Taken:
    """A finished command: how many seconds it ran, what it printed, and ``cpu``: the CPU seconds used by a time.

    ``cpu`` is empty where they cannot be counted.
    """

    wall: float
    stdout: str
    cpu: list[tuple[float, float]]


class RunFailed(Exception):
    """A marker's command failed, with what it said last."""


def take(command: Sequence[str], folder: Path, memory: dict[str, int] | None = None) -> Taken:
    """Run ``command`` in ``folder``. Private bytes, the highest seen, go into ``memory``. Raises RunFailed."""
    with _counted() as group, tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as problems:
        inside = ["sh", "-c", _ENTER, str(group), *command] if group else list(command)
        started = time.time()
        process = subprocess.Popen(inside, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=problems)
        ended, cpu = threading.Event(), [(started, 0.0)] if group else []
        watches = [threading.Thread(target=_clock, args=(group, cpu, ended))] if group else []
        if memory is not None:
            watches.append(threading.Thread(target=_watch, args=(process.pid, memory, ended)))
        try:
            for watch in watches:
                watch.start()
            process.wait()
        finally:
            wall = time.time() - started
            ended.set()
            for watch in watches:
                watch.join()
            process.kill()
        said.seek(0)
        problems.seek(0)
        if process.returncode:
            last = problems.read().strip()[-2000:]
            raise RunFailed(f"{' '.join(command)} ended with {process.returncode}: {last}")
        return Taken(wall, said.read(), cpu)


def under_way(done: Sequence[float]) -> tuple[float, float, int]:
    """From when to when a run went on as it always would, and how many submissions were done then.

    ``done``: the times, two or more, at which each was. Once a quarter is done, all is loaded and every worker at work.
    """
    order = sorted(done)
    counted = order[len(order) // 4 :]
    return counted[0], counted[-1], len(counted) - 1


def steady(done: Sequence[float]) -> float:
    """Seconds per submission while a run is under way."""
    begin, end, number = under_way(done)
    return (end - begin) / number


def steady_cpu(done: Sequence[float], cpu: Sequence[tuple[float, float]]) -> float | None:
    """CPU seconds per submission while a run is under way; None where they were not counted. See `Taken`."""
    if not cpu:
        return None
    begin, end, number = under_way(done)
    return (_at(end, cpu) - _at(begin, cpu)) / number


def _at(moment: float, cpu: Sequence[tuple[float, float]]) -> float:
    """CPU seconds at ``moment``, on the straight line between the readings around it."""
    after = min(bisect_left(cpu, (moment, 0.0)), len(cpu) - 1)
    (time_1, used_1), (time_2, used_2) = cpu[max(0, after - 1)], cpu[after]
    share = (moment - time_1) / (time_2 - time_1) if time_2 > time_1 else 1.0
    return used_1 + (used_2 - used_1) * min(1.0, share)


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, float, float]:
    """How many times as fast ours is: median, lowest and highest over the rounds, each round by itself."""
    found = [their / our for their, our in zip(theirs, ours, strict=True)]
    return median(found), min(found), max(found)


def last_line(found: dict[tuple[str, int], float]) -> str:
    """The ratios by (peer, workers) as one line."""
    parts = []
    for peer in dict.fromkeys(peer for peer, _ in found):
        told = [
            f"{workers} {'worker' if workers == 1 else 'workers'} {ratio:.1f}x"
            for (other, workers), ratio in sorted(found.items())
            if other == peer
        ]
        parts.append(f"leadgym/{peer} {', '.join(told)}")
    return "; ".join(parts)


@contextlib.contextmanager
def _counted() -> Iterator[Path | None]:
    """A new control group, in which Linux adds up CPU time however processes are started; None where not allowed."""
    group = None
    with contextlib.suppress(OSError):
        group = Path(tempfile.mkdtemp(prefix="leadgym-benchmark-", dir=_groups()))
    try:
        yield group
    finally:
        if group:
            _leave(group)


def _groups() -> Path:
    top = Path("/sys/fs/cgroup")
    if (top / "cpuacct").is_dir():
        return top / "cpuacct"
    for line in Path("/proc/self/cgroup").read_text("ascii").splitlines():
        if line.startswith("0::"):
            return top / line.removeprefix("0::/")
    raise FileNotFoundError("/sys/fs/cgroup")


def _leave(group: Path) -> None:
    # What was killed last may still be on its way out.
    for _ in range(100):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return


def _clock(group: Path, cpu: list[tuple[float, float]], ended: threading.Event) -> None:
    while True:
        over = ended.wait(_CLOCK_SECONDS)
        cpu.append((time.time(), _cpu(group)))
        if over:
            return


def _cpu(group: Path) -> float:
    if (group / "cpuacct.usage").is_file():
        return int((group / "cpuacct.usage").read_text("ascii")) / 1e9
    told = dict(line.split() for line in (group / "cpu.stat").read_text("ascii").splitlines())
    return int(told["usage_usec"]) / 1e6


def _watch(pid: int, highest: dict[str, int], ended: threading.Event) -> None:
    while not ended.wait(_SAMPLE_SECONDS):
        for what, size, _ in sizes(pid):
            highest[what] = max(size, highest.get(what, 0))


def sizes(root: int) -> Iterator[tuple[str, int, int]]:
    """Each process from ``root`` down, by what it is, with its private and its resident bytes.

    A jailed session's processes are added up. Resident memory has what is shared with others too.
    """
    sessions: dict[int, tuple[int, int]] = {}
    parents: dict[int, int] = {}
    for pid in descendants(root):
        try:
            process = Path(f"/proc/{pid}")
            name = (process / "comm").read_text("utf-8").strip()
            if not name.startswith(("python", "leadgym")):
                continue  # sh, bubblewrap, and what a kernel asks the system
            jailed = _JAILED in (process / "cmdline").read_bytes()
            above = int((process / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            size = _size(process)
        except (OSError, ValueError):
            continue
        if not jailed:
            yield "command" if pid == root else "worker" if name == "leadgym-worker" else "kernel", *size
            continue
        parents[pid] = above
        if above not in parents:
            yield "warm parent", *size
        else:
            # Below the warm parent: the keeper, pid 1 of the session and its kernel, each the child of the last.
            keeper = pid
            while parents[parents[keeper]] in parents:
                keeper = parents[keeper]
            private, resident = sessions.get(keeper, (0, 0))
            sessions[keeper] = private + size[0], resident + size[1]
    for private, resident in sessions.values():
        yield "session", private, resident


def _size(process: Path) -> tuple[int, int]:
    private = resident = 0
    for line in (process / "smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Private_"):
            private += int(line.split()[1]) * 1024
        elif line.startswith("Rss:"):
            resident = int(line.split()[1]) * 1024
    return private, resident
