"""How fast submissions are marked: nbgrader as shipped, otter-grader in process, and leadgym with its jail on.

One small course is built alike for all three (grading_course.py) and the same submissions are marked by each, in
rounds, so that a busy machine is busy for all. Every mark is compared, submission by submission and cell by cell; where
two differ the benchmark stops. Quote ratios, not seconds: those are this machine's.

How to read it. "each" is what one more submission takes, feedback page included, once the run is under way: the
seconds between the end of its first quarter and its end, per submission. otter-grader writes no pages. "page" is the
page's part of it with nbgrader, which marks and then writes; leadgym does both at the same time. "start-up" is what the
whole command takes beyond its submissions. "CPU each" is like "each", in CPU seconds of all processes together; it is
there where a control group can be made (as root), and hardly minds a busy machine. A ratio is "each" of the other
marker over leadgym's in the same round: the median, and the lowest and highest of the rounds.

Memory is private memory (not shared with another process) in MB, the highest seen, in runs of their own: the command,
any one of leadgym's workers, its jailed warm parent, any one session forked from that; the kernel of the other two.

    python benchmarks/grading.py --quick      about a minute, with the ratios in its last line
    python benchmarks/grading.py              the whole: rounds of 20 submissions, then 100 and 500

otter-grader needs packages the course has no use for. It gets an environment of its own under the user's cache folder,
at the versions of constraints.txt and otter.txt, made the first time it is needed.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import grading_course as course
from grading_measures import MB, RunFailed, Taken, last_line, ratios, steady, steady_cpu, take

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PINS = (ROOT / "constraints.txt", HERE / "otter.txt")
MARKERS = str(HERE / "grading_markers.py")
BIN = Path(sys.executable).parent
Way = tuple[str, int]
"""A marker's name and its number of workers."""


@dataclass(frozen=True)
class Run:
    """One marker's run over one set of submissions."""

    marks: dict[str, dict[str, float]]
    each: float
    page: float
    wall: float
    cpu: float | None

    @property
    def start_up(self) -> float:
        """Seconds of the command beyond its submissions."""
        return self.wall - len(self.marks) * self.each


class MarksDiffer(Exception):
    """A marker gave other marks than the submission has earned."""


class Benchmark:
    """The built course, and the runs over it."""

    def __init__(self, folder: Path, learners: int, otter: Path | None) -> None:
        self._folder, self._otter, self._runs = folder, otter, 0
        self._course = course.build(folder / "course", learners)
        self._otters = course.build_for_otter(folder / "otter", learners)

    def ways(self) -> list[Way]:
        """What can be measured here."""
        told = subprocess.run([BIN / "leadgym", "grade", "--help"], capture_output=True, text=True, check=True).stdout
        self._takes_workers = "--workers" in told
        peers: list[Way] = [("nbgrader", 1)] + ([("otter", 1)] if self._otter else [])
        return [*peers, ("leadgym", 1), *([("leadgym", 2)] if self._takes_workers else [])]

    def run(self, way: Way, learners: int, memory: dict[str, int] | None = None) -> Run:
        """Mark the first ``learners`` submissions. Raises RunFailed, MarksDiffer."""
        self._runs += 1
        marker, workers = way
        root = course.copy(
            self._otters if marker == "otter" else self._course, self._folder / str(self._runs), learners
        )
        if marker == "leadgym":
            more = ["--workers", str(workers)] if self._takes_workers else []
            command = [str(BIN / "leadgym"), "grade", course.ASSIGNMENT, "--root", str(root), "--json", *more]
        elif marker == "nbgrader":
            command = [sys.executable, MARKERS, "nbgrader", str(root), course.ASSIGNMENT]
        else:
            command = [str(self._otter), MARKERS, "otter", str(root)]
        found = finished(marker, root, take(command, root, memory))
        compare(marker, found.marks, learners)
        return found


def finished(marker: str, root: Path, taken: Taken) -> Run:
    """A run's figures, from what it printed and, for leadgym, from when its files were written."""
    lines = [json.loads(line) for line in taken.stdout.splitlines()]
    if marker == "leadgym":
        marks = {line["learner"]: {name: got["points"] for name, got in line["answers"].items()} for line in lines}
        marked = [_written(root / "autograded", name, course.NOTEBOOK) for name in marks]
        told = [_written(root / "feedback", name, f"{course.ASSIGNMENT}.html") for name in marks]
    else:
        marks = {line["learner"]: line["points"] for line in lines}
        marked, told = [line["marked"] for line in lines], [line["told"] for line in lines]
    pages = median(page - mark for page, mark in zip(told, marked, strict=True))
    return Run(marks, steady(told), pages, taken.wall, steady_cpu(told, taken.cpu))


def _written(folder: Path, learner: str, name: str) -> float:
    return (folder / learner / course.ASSIGNMENT / name).stat().st_mtime


def compare(marker: str, marks: dict[str, dict[str, float]], learners: int) -> None:
    """Every submission's marks, against what it has earned. Raises MarksDiffer."""
    wanted = {course.learner(number): course.expected(number) for number in range(learners)}
    if marks.keys() != wanted.keys():
        raise MarksDiffer(f"{marker} marked {len(marks)} submissions of {learners}.")
    for learner, points in wanted.items():
        if marks[learner] != points:
            raise MarksDiffer(f"{marker} gave {learner} {marks[learner]}, who has earned {points}.")


def otter_home() -> Path:
    """Where otter-grader's environment lies."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leadgym" / "otter-grader"


def otter_ready() -> bool:
    """Whether otter-grader's environment is whole, and made for these pins and this Python."""
    ready = otter_home() / "ready"
    return ready.is_file() and ready.read_text("ascii") == _otter_digest()


def _otter_digest() -> str:
    return hashlib.sha256(sys.version.encode() + b"".join(path.read_bytes() for path in PINS)).hexdigest()


def otter_python() -> Path | None:
    """The Python of otter-grader's environment, which is made if it is not there; None, with the reason, without."""
    folder = otter_home()
    python = folder / "bin" / "python"
    if not otter_ready():
        print(f"Making an environment for otter-grader in {folder} ...", file=sys.stderr)
        uv = [sys.executable, "-m", "uv", "--system-certs", "--quiet"]
        packages = ["ipykernel", "ipywidgets", "matplotlib", "numpy"]
        install = ["pip", "install", "--python", str(python), "--compile-bytecode", "-c", str(PINS[0]), "-r"]
        for command in ([*uv, "venv", "--clear", str(folder)], [*uv, *install, str(PINS[1]), *packages]):
            # In the repository uv finds what the project leaves out of every environment.
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                print(f"otter-grader is left out: {done.stderr.strip()[-500:]}", file=sys.stderr)
                return None
        (folder / "ready").write_text(_otter_digest(), "ascii")
    return python


def rounds(bench: Benchmark, ways: Sequence[Way], number: int, sizes: dict[Way, int]) -> dict[Way, list[Run]]:
    """``number`` rounds in which each way marks its first submissions, one after the other."""
    runs: dict[Way, list[Run]] = {way: [] for way in ways}
    for this in range(number):
        # Another order each round, so that nobody always comes after the same neighbour.
        for way in [*ways[this % len(ways) :], *ways[: this % len(ways)]]:
            _say(f"round {this + 1} of {number}: {_name(way)}, {sizes[way]} submissions")
            runs[way].append(bench.run(way, sizes[way]))
    return runs


def show(runs: dict[Way, list[Run]]) -> None:
    """The table of medians, and each ratio with its spread."""
    heads = f"{'submissions':>12}{'each':>8}{'page':>7}{'start-up':>10}{'whole':>8}{'CPU each':>10}"
    print(f"\n{'seconds, medians':<20}{heads}")
    for way, made in runs.items():
        page = f"{median(run.page for run in made):.2f}" if way[0] == "nbgrader" else "-"
        used = [run.cpu for run in made if run.cpu is not None]
        print(
            f"{_name(way):<20}{len(made[0].marks):>12}{median(run.each for run in made):>8.2f}{page:>7}"
            f"{median(run.start_up for run in made):>10.1f}{median(run.wall for run in made):>8.1f}"
            f"{f'{median(used):.2f}' if used else '-':>10}"
        )
    print("Marks: the same from every marker, cell by cell, and as earned.")
    for (peer, workers), (middle, low, high) in all_ratios(runs).items():
        ours, theirs = runs["leadgym", workers], runs[peer, 1]
        told = f"leadgym/{peer}, {_workers(workers)}: {middle:.1f}x ({low:.1f} to {high:.1f})"
        if len(ours[0].marks) == len(theirs[0].marks):
            whole = ratios([run.wall for run in theirs], [run.wall for run in ours])[0]
            told += f"; whole command with start-up {whole:.1f}x"
        if all(run.cpu for run in (*ours, *theirs)):
            told += f"; in CPU time {ratios([run.cpu for run in theirs], [run.cpu for run in ours])[0]:.1f}x"
        if peer == "nbgrader":
            without = ratios([run.each - run.page for run in theirs], [run.each for run in ours])[0]
            told += f"; against nbgrader writing no pages {without:.1f}x"
        print(told)


def all_ratios(runs: dict[Way, list[Run]]) -> dict[Way, tuple[float, float, float]]:
    """By peer and leadgym's workers: how many times as fast, see `ratios`."""
    each = {way: [run.each for run in made] for way, made in runs.items()}
    peers = [marker for marker, _ in runs if marker != "leadgym"]
    ours = [workers for marker, workers in runs if marker == "leadgym"]
    return {(peer, workers): ratios(each[peer, 1], each["leadgym", workers]) for peer in peers for workers in ours}


def show_memory(bench: Benchmark, ways: Sequence[Way], learners: int) -> None:
    """A run of each way, watched."""
    names = ("command", "worker", "kernel", "warm parent", "session")
    print(f"\n{'private memory, MB':<20}" + "".join(f"{name:>14}" for name in names))
    for way in ways:
        _say(f"memory: {_name(way)}")
        highest: dict[str, int] = {}
        bench.run(way, learners, highest)
        if way[0] == "leadgym":
            highest.pop("kernel", None)  # a process that is just becoming something else
        cells = [f"{highest[name] / MB:.0f}" if name in highest else "-" for name in names]
        print(f"{_name(way):<20}" + "".join(f"{cell:>14}" for cell in cells))


def show_growth(bench: Benchmark, first: dict[Way, list[Run]], sizes: Sequence[int], peers_up_to: int) -> None:
    """Seconds per submission at each size, and processor seconds; linear growth is the same figure along the line."""
    found = {way: [made] for way, made in first.items()}
    for size in sizes[1:]:
        for way, made in found.items():
            if way[0] != "leadgym" and size > peers_up_to:
                made.append([])
                continue
            _say(f"growth: {_name(way)}, {size} submissions")
            made.append([bench.run(way, size)])
    for title, figure in (
        ("seconds each, at", lambda run: run.each),
        ("CPU seconds each, at", lambda run: run.cpu),
    ):
        print(f"\n{title:<20}" + "".join(f"{size:>10}" for size in sizes))
        for way, rows in found.items():
            known = [[figure(run) for run in row if figure(run) is not None] for row in rows]
            print(f"{_name(way):<20}" + "".join(f"{median(row):>10.3f}" if row else f"{'-':>10}" for row in known))


def _workers(number: int) -> str:
    return f"{number} worker" if number == 1 else f"{number} workers"


def _name(way: Way) -> str:
    return f"leadgym, {_workers(way[1])}" if way[0] == "leadgym" else way[0]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _sizes(text: str) -> list[int]:
    sizes = [int(word) for word in text.split(",")]
    if not sizes or min(sizes) < 2:
        raise argparse.ArgumentTypeError("every size is 2 or more")
    return sizes


def _options(given: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, about a minute")
    parser.add_argument("--rounds", type=int, default=3, help="rounds at the first size (3)")
    parser.add_argument("--sizes", type=_sizes, default=[20, 100, 500], help="numbers of submissions (20,100,500)")
    parser.add_argument("--peers-up-to", type=int, default=100, help="nbgrader and otter-grader mark no more (100)")
    parser.add_argument("--without-otter", action="store_true", help="leave otter-grader out")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Measure and print. Exit code 1 when a marker failed or marks differ."""
    options = _options(given)
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
    otter = None if options.without_otter else otter_python()
    _say("Compiling what is not compiled yet ...")
    with redirect_stdout(sys.stderr):
        for folder in (sysconfig.get_path("purelib"), ROOT / "src"):
            compileall.compile_dir(folder, quiet=2, workers=0)
    few, many = (5, 15) if options.quick else (options.sizes[0], options.sizes[0])
    with tempfile.TemporaryDirectory(prefix="leadgym-benchmark-") as folder:
        bench = Benchmark(Path(folder), many if options.quick else max(options.sizes), otter)
        ways = bench.ways()
        sizes = {way: many if way[0] == "leadgym" else few for way in ways}
        try:
            runs = rounds(bench, ways, 1 if options.quick else options.rounds, sizes)
            show(runs)
            show_memory(bench, ways[-1:] if options.quick else ways, few)
            if not options.quick:
                show_growth(bench, runs, options.sizes, options.peers_up_to)
        except (RunFailed, MarksDiffer) as problem:
            print(f"Stopped: {problem}", file=sys.stderr)
            return 1
    print(last_line({way: found[0] for way, found in all_ratios(runs).items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
