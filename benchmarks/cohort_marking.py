"""A cohort is marked as an instructor does it, module by module with `leadgym grade`, and killed on the way.

What each run took is kept in ``.leadgym/benchmark.json`` of the course root, so that a benchmark that was stopped goes
on where it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cohort_learners import due, fate, hand_in, marked, pure
from cohort_model import LEVELS, Learner, Planted, generator
from grading_measures import MB, sizes

from leadgym.cohort.jail.watch import descendants
from leadgym.cohort.records import Record, records
from leadgym.cohort.road import PRIVATE
from leadgym.keptfile import write_whole

LEADGYM = str(Path(sys.executable).with_name("leadgym"))
PURE = (*LEVELS, "gaming")
"""Learners who are at one level in everything; they are marked beside the sample."""
SAMPLE = 25
"""Every so many learners, one is marked again in another root, undisturbed; in a small cohort four of them."""
_LOOK_SECONDS = 0.5
_ROOM, _ROOM_BYTES = 0.2, 16 * MB
_GONE_SECONDS = 20.0


@dataclass
class State:
    """What is done. ``memory``: by process and by hundred of learners marked in a run, the highest private and resident
    bytes seen."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By module, of all its runs together."""
    kills: list[dict[str, Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    memory: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> State:
        """As it was kept, or anew."""
        path = _kept(root)
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else cls()

    def keep(self, root: Path) -> None:
        """Write it down."""
        write_whole(_kept(root), json.dumps(asdict(self), indent=1))

    def saw(self, what: str, hundred: int, private: int, resident: int) -> None:
        """A process's memory, when so many hundreds of learners were marked in its run."""
        highest = self.memory.setdefault(what, {}).setdefault(str(hundred), [0, 0])
        highest[:] = [max(highest[0], private), max(highest[1], resident)]

    def growth(self) -> list[str]:
        """Processes whose private memory was higher in a later hundred of learners than luck lets it be.

        A session is as large as what one submission does in it, and is no part of this.
        """
        found = []
        for what in ("command", "worker", "warm parent"):
            by_hundred = self.memory.get(what, {})
            first = by_hundred.get("0", [0])[0]
            for hundred, (private, _) in by_hundred.items():
                if private > (1 + _ROOM) * first + _ROOM_BYTES:
                    found.append(
                        f"a {what} has {private / MB:.0f} MB in hundred {hundred}, in the first it had {first / MB:.0f}"
                    )
        return found


def _kept(root: Path) -> Path:
    return root / PRIVATE / "benchmark.json"


def moments(seed: int, chosen: Sequence[str], kills: int) -> list[tuple[str, float]]:
    """When to kill: the module, and the share of its submissions that is marked then. In the order of the modules."""
    rng = generator(seed, "kills")
    where = rng.choice(len(chosen), kills, replace=kills > len(chosen))
    return [(chosen[place], round(float(rng.uniform(0.15, 0.85)), 2)) for place in sorted(where)]


def mark(root: Path, slug: str, submissions: int, state: State, kill: Sequence[float], workers: int) -> None:
    """Mark a module, killed when those shares of it are marked, and begun again each time."""
    for share in sorted(kill)[sum(one["module"] == slug for one in state.kills) :]:
        # Two before the end, or a small cohort is through before anybody can look.
        _run(root, slug, submissions, state, workers, max(1, min(round(share * submissions), submissions - 2)))
        state.keep(root)
    _run(root, slug, submissions, state, workers, None)
    state.done.append(slug)
    state.keep(root)


def _run(root: Path, slug: str, submissions: int, state: State, workers: int, stop_at: int | None) -> None:
    """One run of `leadgym grade`; with ``stop_at`` it is killed as soon as so many are marked."""
    before = told(root, slug)
    said, problems = root / PRIVATE / f"{slug}.jsonl", root / PRIVATE / f"{slug}.stderr"
    began = time.monotonic()
    command = [LEADGYM, "grade", slug, "--json", "--root", str(root), "--workers", str(workers)]
    with said.open("w") as out, problems.open("w") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            while process.poll() is None:
                time.sleep(_LOOK_SECONDS)
                done = told(root, slug)
                for what, private, resident in sizes(process.pid):
                    state.saw(what, (done - before) // 100, private, resident)
                if stop_at is not None and done >= stop_at:
                    state.kills.append({"module": slug, "marked": done, "of": submissions, "left": kill(process)})
                    break
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    state.seconds[slug] = state.seconds.get(slug, 0.0) + time.monotonic() - began
    if stop_at is not None:
        if process.returncode == 0 or not state.kills or state.kills[-1]["module"] != slug:
            raise RunNotKilled(f"{slug} was through before it could be killed at {stop_at} of {submissions}.")
        return
    lines = [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines()]
    if process.returncode not in (0, 1) or not lines:
        last = problems.read_text(encoding="utf-8").strip()[-2000:]
        raise MarkingFailed(f"leadgym grade {slug} ended with {process.returncode}: {last}")
    state.problems[slug] = sorted(line["learner"] for line in lines if line["problem"])
    for one in state.kills:
        if one["module"] == slug:
            one["kept"] = sum(line["status"] == "marked before" for line in lines)


class RunNotKilled(Exception):
    """A run ended before the moment at which it was to be killed."""


class MarkingFailed(Exception):
    """`leadgym grade` failed, with what it said last."""


def kill(process: subprocess.Popen[Any]) -> int:
    """Kill the command with SIGKILL. How many of the processes below it are still there twenty seconds later."""
    below = set(descendants(process.pid)) - {process.pid}
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + _GONE_SECONDS
    while time.monotonic() < until and any(_runs(pid) for pid in below):
        time.sleep(0.1)
    return sum(_runs(pid) for pid in below)


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def told(root: Path, slug: str) -> int:
    """How many have been marked and have their page."""
    pages = root / "feedback"
    if not pages.is_dir():
        return 0
    with os.scandir(pages) as folders:
        return sum((Path(folder.path) / slug).is_dir() for folder in folders if folder.name.startswith("learner"))


def once(root: Path, planted: Planted, learners: Sequence[Learner], chosen: Sequence[str], state: State) -> list[str]:
    """Everything in which the marked cohort differs from what was handed in; nothing when each mark is there once."""
    found = []
    wanted = {(slug, one.id) for slug in chosen for one in learners if marked(fate(planted, one, slug))}
    there: dict[tuple[str, str], int] = {}
    for record in records(root, f"sqlite:///{root / 'gradebook.db'}", chosen, answers=False):
        key = record.slug, record.learner
        there[key] = there.get(key, 0) + 1
        if set(record.answers) != set(planted.rubric(record.slug).answers):
            found.append(f"{record.learner} has other answers in {record.slug} than the rubric: {list(record.answers)}")
    found += [f"{learner} has no mark for {slug}" for slug, learner in sorted(wanted - set(there))]
    found += [f"{learner} has a mark for {slug} too many" for slug, learner in sorted(set(there) - wanted)]
    found += [f"{learner} has {count} marks for {slug}" for (slug, learner), count in there.items() if count > 1]
    for kind in ("autograded", "feedback"):
        lie = {(path.name, path.parent.name) for path in (root / kind).glob("learner*/*")}
        found += [f"{kind}/{learner}/{slug} is missing" for slug, learner in sorted(wanted - lie)]
        found += [f"{kind}/{learner}/{slug} is too many" for slug, learner in sorted(lie - wanted)]
    for slug in chosen:
        odd = {one.id for one in learners if fate(planted, one, slug) != "missing"} - {
            name for of, name in wanted if of == slug
        }
        if odd != set(state.problems.get(slug, [])):
            found.append(f"{slug}: named as not marked are {state.problems.get(slug)}, and should be {sorted(odd)}")
    beside = [
        path for kind in ("autograded", "feedback") for path in (root / kind / PRIVATE).rglob("*") if path.is_file()
    ]
    found += [f"{path} was left behind" for path in (root / PRIVATE / "work", *beside) if path.exists()]
    found += [f"{one['left']} processes outlived the kill in {one['module']}" for one in state.kills if one["left"]]
    found += [
        f"of {one['marked']} marked in {one['module']} before the kill only {one['kept']} were kept"
        for one in state.kills
        if one.get("kept", 0) < one["marked"]
    ]
    return found


def undisturbed(root: Path, planted: Planted, learners: Sequence[Learner], chosen: Sequence[str]) -> Path:
    """Another root in which a sample of the learners is marked without being killed, by one worker, with learners who
    are at one level in everything. What is marked there already stays."""
    other = root.with_name(f"{root.name}-undisturbed")
    for slug in chosen:
        for one in learners[:: max(1, min(SAMPLE, len(learners) // 4))]:
            source, target = (where / "submitted" / one.id / slug for where in (root, other))
            if source.is_dir() and not target.is_dir():
                shutil.copytree(source, target)
        for level in PURE:
            hand_in(other / "submitted" / level / slug, slug, pure(planted, slug, level), due(slug))
        command = [LEADGYM, "grade", slug, "--json", "--root", str(other), "--workers", "1"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode not in (0, 1) or not ran.stdout:
            raise MarkingFailed(f"leadgym grade {slug} ended with {ran.returncode}: {ran.stderr.strip()[-2000:]}")
    return other


def differences(root: Path, other: Path, chosen: Sequence[str]) -> tuple[int, list[str]]:
    """How many submissions of ``other`` were compared with those of ``root``, and in what they differ."""
    ours = {(one.slug, one.learner): _said(one) for one in _records(root, chosen, other)}
    theirs = {(one.slug, one.learner): _said(one) for one in _records(other, chosen, other) if one.learner not in PURE}
    wrong = [
        f"{learner}, {slug}: {ours.get((slug, learner))} is not {said}"
        for (slug, learner), said in theirs.items()
        if ours.get((slug, learner)) != said
    ]
    return len(theirs), wrong


def _records(root: Path, chosen: Sequence[str], only: Path) -> Iterator[Record]:
    names = {path.name for path in (only / "submitted").iterdir()}
    for record in records(root, f"sqlite:///{root / 'gradebook.db'}", chosen):
        if record.learner in names:
            yield record


def _said(record: Record) -> Mapping[str, Any]:
    return {name: (a.points, a.waits, a.proposed, dict(a.criteria)) for name, a in record.answers.items()}
