"""The hostile collection marked as one cohort, honest learners between: what each got, and what was left behind.

Each hostile notebook's cells stand ahead of the answers of the honest learner ``rushed``: whatever it does, what it
hands in earns what it earns. ``make test`` takes every second of them here, and all of them, one by one, in
``test_jail``. That a submission's cells were cut, copied and changed, and its answers forged, is in ``tampering``,
marked through the same jail and looked at in ``test_cohort_tamper``.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hostile.collection import GOT_IT, Hostile, load, names
from submissions import LEADGYM, NOTEBOOK, ROOT, SLUG, WORTH, Cohort, answers, code, hand_in, short, solved
from thorough import ALL

from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.jail.watch import descendants

pytestmark = pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence)

HONEST = ("rushed", "careful_guess", "hero")
PLANTED = "PLANTED"
# What marking writes, below the course root.
WRITTEN = ("autograded/", "feedback/", "gradebook.db", ".leadgym/")
SETTINGS = """
c = get_config()
c.Execute.timeout = 15
c.JailedExecute.grace = 2.0
c.JailedExecute.wall = 60.0
c.JailedExecute.memory = 256
c.JailedExecute.disk = 64
c.JailedExecute.show = [{shown!r}]
"""
_SUBREAPER = 36
# One setting holds for a cohort; what is stopped by a wall of a second is in test_jail.
NAMES = [name for name in names() if "wall" not in load(name).settings][:: 1 if ALL else 2]
LINKS = {
    "the solution": lambda root: (NOTEBOOK, ROOT / "solutions" / SLUG / NOTEBOOK),
    "somebody else's work": lambda root: (NOTEBOOK, root / "submitted" / "solved" / SLUG / NOTEBOOK),
    "a folder above": lambda root: ("up", Path("../../..")),
    "an endless file": lambda root: ("zero.txt", Path("/dev/zero")),
}


def hostile(**places: object) -> dict[str, Hostile]:
    return {name: load(name, **places) for name in NAMES}


def submission(found: Hostile) -> dict[str, Any]:
    """A valid submission, with the hostile cells before its answers."""
    nb = short(answers("rushed"))
    nb["cells"][1:1] = [code(source) for source in found.cells]
    return nb


@contextmanager
def outside(base: Path) -> Iterator[dict[str, Any]]:
    """Servers to be reached, by nobody."""
    abstract = f"leadgym-hostile-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as hidden:
        hidden.bind(f"\0{abstract}")
        hidden.listen()
        yield {
            "root": base / "course", "shown": base / "shown", "port": server.getsockname()[1], "abstract": abstract,
        }  # fmt: skip


def lay(base: Path, places: dict[str, Any]) -> None:
    """The course root with secrets in it, and everybody's submissions."""
    root, shown = places["root"], places["shown"]
    for name in (
        "grader/keys/module.yaml", "grader/gradebook.db", "solutions/module/solution.py",
        "submitted/other/module/answer.txt",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{PLANTED} {name}", encoding="utf-8")
    shown.mkdir()
    (root / "nbgrader_config.py").write_text(SETTINGS.format(shown=str(shown)), encoding="utf-8")
    for path in (root, shown):
        path.chmod(0o777)
    hand_in(root, "solved", solved())
    for name in HONEST:
        hand_in(root, name, short(answers(name)))
    for name, found in hostile(**places).items():
        found.lay(hand_in(root, name, submission(found)))
    for name, link in LINKS.items():
        folder = hand_in(root, name, submission(load("reads_home")))
        path, target = link(root)
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(target)


def files(*tops: Path) -> dict[str, str]:
    """Every file below the folders, with size and time of its last change; links are not followed."""
    found = {}
    for top in tops:
        for folder, _, inside in os.walk(top):
            for path in (Path(folder, name) for name in inside):
                about = path.lstat()
                found[str(path)] = f"{about.st_size} {about.st_mtime_ns} {about.st_mode}"
    return found


def mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """What a child leaves running becomes this process's child meanwhile, and so is seen."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def running(before: set[int]) -> list[int]:
    """The processes below this one that were not there ``before``. Those that are just ending are given time; the
    ended are collected.
    """
    until = time.monotonic() + 20
    while True:
        alive = [pid for pid in descendants(os.getpid()) if pid not in before and not _is_over(pid)]
        if not alive or time.monotonic() > until:
            return sorted(alive)
        time.sleep(0.1)


def _is_over(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state == "Z" and os.waitpid(pid, os.WNOHANG)[0] >= 0
    except (OSError, IndexError):
        return True


def mark_all(base: Path) -> dict[str, Any]:
    """Mark the cohort, and tell what was there before and after."""
    home, scratch = base / "home", base / "tmp"
    for folder in (home, scratch):
        folder.mkdir()
    (home / "secret.txt").write_text(f"{PLANTED} at home", encoding="utf-8")
    with outside(base) as places, adopting_orphans():
        lay(base, places)
        public = [ROOT / name for name in ("course", "exercises", "solutions", "grader")]
        watched = [places["root"], places["shown"], home, scratch, *public]
        before, there = [files(*watched), mounts()], set(descendants(os.getpid()))
        ran = subprocess.run(
            [LEADGYM, "grade", SLUG, "--json", "--workers", "3", "--root", str(places["root"])],
            capture_output=True,
            text=True,
            env={
                **os.environ, "JUPYTER_PLATFORM_DIRS": "1", "HOME": str(home), "TMPDIR": str(scratch),
                "LEADGYM_PLANTED": f"{PLANTED} variable",
            },
            timeout=900,
        )  # fmt: skip
        left = running(there)
        after = [files(*watched), mounts()]
    return {
        "left": left, "before": before, "after": after, "stdout": ran.stdout, "stderr": ran.stderr,
        "code": ran.returncode,
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(shared: Path) -> dict[str, Any]:
    """What `mark_all` told, of the one time that it was done."""
    base, kept = shared / "hostile", shared / "hostile.json"
    with FileLock(shared / "hostile.lock"):
        if not kept.is_file():
            base.mkdir()
            kept.write_text(json.dumps(mark_all(base)), encoding="utf-8")
    return {**json.loads(kept.read_text(encoding="utf-8")), "root": base / "course"}


@pytest.fixture(scope="module")
def marked(told: dict[str, Any]) -> Cohort:
    lines = [json.loads(line) for line in told["stdout"].splitlines()]
    return Cohort(told["root"], {line["learner"]: line for line in lines}, told["stdout"], told["stderr"], told["code"])


def outputs(marked: Cohort, learner: str) -> str:
    """All that the autograded notebook holds but the learner's own text, without colours."""
    text = (marked.root / "autograded" / learner / SLUG / NOTEBOOK).read_text(encoding="utf-8")
    nb = json.loads(text)
    held = [json.dumps([one.get("outputs", []), one["metadata"]], ensure_ascii=False) for one in nb["cells"]]
    return re.sub(r"\\u001b\[[0-9;]*m|\x1b\[[0-9;]*m", "", "\n".join([*held, json.dumps(nb["metadata"])]))


def test_everybody_is_in_the_report_once(told: dict[str, Any], marked: Cohort) -> None:
    assert sorted(json.loads(line)["learner"] for line in told["stdout"].splitlines()) == sorted(
        ["solved", *HONEST, *NAMES, *LINKS]
    ), told["stderr"][-3000:]


def test_every_honest_mark_is_right(marked: Cohort, cohort: Cohort) -> None:
    """The same as in a class of honest people: whoever is marked beside them, before or after."""
    for name in ("rushed", "careful_guess", "hero"):
        assert marked.points(name) == cohort.points(name)
    assert marked.results["solved"]["points"] == marked.results["solved"]["out_of"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_no_hostile_mark_is_above_what_its_answer_earns(marked: Cohort, name: str) -> None:
    """And not below: what arrives is marked, and what does not is zero."""
    found, earned = load(name), marked.points("rushed")
    expected = earned if found.answers_arrive else dict.fromkeys(WORTH, 0)
    assert marked.points(name) == expected, marked.results[name]


@pytest.mark.parametrize("name", NAMES)
def test_what_it_tried_was_stopped(marked: Cohort, name: str) -> None:
    """The wall that stops a notebook on its own, in ``test_jail``, stops it on the road to its mark."""
    found, said = load(name), outputs(marked, name)
    assert GOT_IT not in said
    assert PLANTED not in said
    if found.still and name != "hides_its_answer_behind_output":  # whose answer is no output any more
        assert found.still in said


@pytest.mark.parametrize("name", LINKS)
def test_a_link_in_a_submission_fetches_nothing(marked: Cohort, name: str) -> None:
    """A notebook that is a link is none; any other link is passed over."""
    about = marked.results[name]
    if LINKS[name](marked.root)[0] == NOTEBOOK:
        assert about["points"] == 0
        assert "is a link" in about["problem"]
        assert not (marked.root / "feedback" / name).exists()
    else:
        assert marked.points(name) == marked.points("rushed")
        left = [path.name for path in (marked.root / "autograded" / name / SLUG).iterdir()]
        assert LINKS[name](marked.root)[0] not in left


def test_nothing_is_left_running(told: dict[str, Any]) -> None:
    """No process below the one that called the command, orphans included, and no mount."""
    assert told["left"] == []
    assert told["after"][1] == told["before"][1]


def test_nothing_is_written_outside(told: dict[str, Any]) -> None:
    """Not in the course root, the keys, the solutions, a shown folder, the home or the temporary folder."""
    before, after = told["before"][0], told["after"][0]
    root = f"{told['root']}/"
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path for path in changed if not path.removeprefix(root).startswith(WRITTEN)} == set()
    assert f"{root}gradebook.db" in changed, "the comparison sees what is written"


def test_no_page_and_no_notebook_holds_a_key_or_a_secret(marked: Cohort) -> None:
    """The reasons in the key are the longest texts nobody may read; each page and notebook is searched for all."""
    key = (ROOT / "grader" / "keys" / f"{SLUG}.yaml").read_text(encoding="utf-8")
    public = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("course", "exercises")
        for path in (ROOT / folder / SLUG).rglob("*")
        if path.suffix in {".yaml", ".ipynb", ".md", ".csv"}
    )
    secret = {line.strip() for line in key.splitlines() if len(line.strip()) > 40 and line.strip() not in public}
    assert len(secret) > 20, "there is something to be found"
    pages = marked.pages()
    for name in NAMES:
        told_ = re.sub(r"\s+", " ", pages[name] + outputs(marked, name))
        assert GOT_IT not in pages[name]
        assert f"{PLANTED} " not in told_.replace("PLANTED&#39;", "").replace(f"{PLANTED} variable", "")
        assert [line for line in secret if line in told_] == []
