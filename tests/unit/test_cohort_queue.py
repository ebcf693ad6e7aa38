"""Many submissions at once: the marks of nbgrader's own way, workers that are killed, one command at a time."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from filelock import FileLock
from nbgrader.api import Gradebook
from small_course import NAME, NOTEBOOK, WRITTEN, files, grade, lay, marks
from submissions import SLUG, part

from leadgym.cli import main
from leadgym.cohort import grade as grading
from leadgym.cohort.queue import cluster, pool
from leadgym.cohort.queue.progress import Progress
from leadgym.cohort.road import Road

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are forked on Linux")


def url(root):
    return f"sqlite:///{root / 'gradebook.db'}"


def by_nbgrader(root, slug, *learners):
    """nbgrader's own autograde and generate_feedback, with our settings, in this process."""
    road = Road(root)
    road.prepare(slug)
    for learner in learners:
        assert not road.mark(slug, learner).problem


def same(one, other):
    assert marks(url(one)) == marks(url(other))
    for kind in ("autograded", "feedback"):
        there, here = files(one / kind), files(other / kind)
        assert list(there) == list(here)
        assert [name for name in there if there[name] != here[name]] == []
        modes = [
            {path.relative_to(root): path.stat().st_mode for path in (root / kind).rglob("*")} for root in (one, other)
        ]
        assert modes[0] == modes[1]


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """The same six submissions marked in nbgrader's way and by two workers."""
    one, other = (lay(tmp_path_factory.mktemp(name) / "course", 6) for name in ("nbgrader", "workers"))
    by_nbgrader(one, NAME, *(f"learner{number:02}" for number in range(6)))
    ran = grade(other, "--workers", "2")
    assert ran.returncode == 0, ran.stderr
    return one, other


def test_workers_leave_the_gradebook_notebooks_and_pages_that_nbgrader_leaves(roots):
    same(*roots)
    held = marks(url(roots[0]))
    assert {about["review"] for about in held.values()} == {True}, "the written answer waits for a person"


def test_late_penalties_manual_scores_and_comments_are_treated_as_nbgrader_treats_them(roots, tmp_path):
    made = []
    for number, root in enumerate(roots):
        made.append(Path(shutil.copytree(root, tmp_path / str(number) / "course")))
        (made[-1] / "nbgrader_config.py").write_text(
            'c = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n', encoding="utf-8"
        )
        with Gradebook(url(made[-1])) as gradebook:
            gradebook.update_or_create_assignment(NAME, duedate="2026-03-02 12:00:00 UTC")
            given = gradebook.find_grade(WRITTEN, "sums", NAME, "learner01")
            given.manual_score, given.extra_credit, given.needs_manual_grade = 4.0, 0.5, False
            changed = gradebook.find_grade("twice", "sums", NAME, "learner01")
            changed.manual_score = 1.5
            gradebook.find_comment(WRITTEN, "sums", NAME, "learner01").manual_comment = "Go on <b>so</b>."
            gradebook.db.commit()
        stamp = made[-1] / "submitted" / "learner02" / NAME / "timestamp.txt"
        stamp.write_text("2026-03-02 13:00:00.000000 UTC", encoding="ascii")
    by_nbgrader(made[0], NAME, *(f"learner{number:02}" for number in range(6)))
    assert grade(made[1], "--again", "--workers", "2").returncode == 0
    same(*made)
    held = marks(url(made[1]))
    assert held["learner01"]["grades"]["twice"][1] == 1.5
    assert held["learner01"]["comments"][WRITTEN][1] == "Go on <b>so</b>."
    assert held["learner02"]["late"] == [held["learner02"]["score"]]


def test_our_own_module_gets_the_same_page_and_notebook_either_way(cohort, tmp_path):
    one, other = (part(cohort.root, tmp_path / name, "rushed") for name in ("nbgrader", "workers"))
    by_nbgrader(one, SLUG, "rushed")
    assert CliRunner().invoke(main, ["grade", SLUG, "--again", "--root", str(other)]).exit_code == 0
    for kind in ("autograded", "feedback"):
        assert files(one / kind) == files(other / kind)


def test_what_a_link_in_a_submission_points_at_is_not_handed_back(tmp_path):
    root = lay(tmp_path / "course", 1)
    (tmp_path / "key.yaml").write_text("the key", encoding="utf-8")
    folder = root / "submitted" / "learner00" / NAME
    (folder / "mine.txt").symlink_to(tmp_path / "key.yaml")
    (folder / "notes.txt").write_text("notes", encoding="utf-8")
    assert grade(root).returncode == 0
    for kind in ("autograded", "feedback"):
        assert sorted(path.name for path in (root / kind).rglob("*.txt")) == ["notes.txt", "timestamp.txt"]


class Bench:
    """A place where a task says what becomes of its worker."""

    def __init__(self, folder):
        self.folder = folder

    def do(self, task):
        tried = len(list(self.folder.glob(f"{task['name']}-*")))
        (self.folder / f"{task['name']}-{tried}").touch()
        if tried < task["deaths"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"made": {"tried": tried + 1}}


def all_done(crew, tasks):
    done, waiting = {}, list(tasks)
    until = time.monotonic() + 120
    while len(done) < len(tasks):
        assert time.monotonic() < until
        while waiting and crew.room():
            task = waiting.pop(0)
            crew.start(task["name"], task)
        done |= dict(crew.finished(1))
    return done


@linux
def test_a_worker_that_is_killed_is_replaced_and_its_submission_begun_again(tmp_path):
    tasks = [{"name": f"t{number}", "deaths": number % 3 == 0 and 2} for number in range(9)]
    with pool.Pool(Bench(tmp_path), 2) as crew:
        done = all_done(crew, tasks)
    assert {name: answer["made"]["tried"] >= 1 for name, answer in done.items()} == dict.fromkeys(done, True)
    assert all(done[task["name"]]["made"]["tried"] >= 3 for task in tasks if task["deaths"])


@linux
def test_a_submission_that_kills_every_worker_is_given_up_and_costs_nobody_else(tmp_path):
    tasks = [{"name": "bomb", "deaths": 100}, *({"name": f"t{number}", "deaths": 0} for number in range(6))]
    with pool.Pool(Bench(tmp_path), 2) as crew:
        done = all_done(crew, tasks)
    assert "killed 3 times" in done.pop("bomb")["problem"]
    assert len(list(tmp_path.glob("bomb-*"))) == pool.TRIES
    assert len(done) == 6
    assert all("made" in answer for answer in done.values())


@linux
def test_workers_say_by_name_what_they_are_and_end_with_the_pool(tmp_path):
    crew = pool.Pool(Bench(tmp_path), 2)
    with crew:
        all_done(crew, [{"name": "one", "deaths": 0}])
        numbers = [worker.process.pid for worker in crew._workers]
        names = {Path(f"/proc/{number}/comm").read_text().strip() for number in numbers if number}
        assert pool.NAME in names
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_broken_submission_is_named_with_the_reason_and_the_others_are_marked(tmp_path):
    root = lay(tmp_path / "course", 3)
    (root / "submitted" / "learner01" / NAME / NOTEBOOK).write_text("no notebook", encoding="utf-8")
    (root / "submitted" / "learner02" / NAME / "timestamp.txt").write_text("yesterday", encoding="ascii")
    ran = grade(root)
    assert ran.returncode == 1
    assert ran.stdout.count('"status": "marked"') == 1
    assert [line.split(": ")[:2] for line in ran.stderr.splitlines()] == [
        ["Not marked", "learner01"],
        ["Not marked", "learner02"],
    ]


def test_two_at_the_same_time_on_one_root_are_told(tmp_path, monkeypatch):
    root = lay(tmp_path / "course", 1)
    (root / ".leadgym").mkdir()
    monkeypatch.setattr("leadgym.cohort.road._LOCK_SECONDS", 0.2)
    with FileLock(root / ".leadgym" / "grade.lock"):
        ran = CliRunner().invoke(main, ["grade", NAME, "--root", str(root)])
    assert ran.exit_code == 1
    assert ran.stderr == (
        f"Error: Another 'leadgym grade' is at work on {root}. Wait until it is through, or stop it; then run this "
        "again.\n"
    )
    assert not (root / "gradebook.db").exists()


def test_a_lock_of_a_run_that_was_killed_holds_nobody_up(tmp_path):
    root = lay(tmp_path / "course", 1)
    (root / ".leadgym").mkdir()
    (root / ".leadgym" / "grade.lock").touch()
    assert grade(root).returncode == 0


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(grading, "grade_all", interrupted)
    ran = CliRunner().invoke(main, ["grade", SLUG, "--root", str(tmp_path)])
    assert ran.exit_code == 130
    assert ran.stderr == "Stopped. What is marked stays marked; the same command does the rest.\n"


def test_without_a_terminal_progress_is_a_line_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr("leadgym.cohort.queue.progress._EVERY", 0.0)
    with Progress(SLUG, 3, quiet=False) as progress:
        for learner in ("ana", "ben", "eva"):
            progress.done(learner)
    out, said = capsys.readouterr()
    assert out == ""
    assert [line.split(";")[0] for line in said.splitlines()] == [
        "02_delegation: 1 of 3 marked, ana last",
        "02_delegation: 2 of 3 marked, ben last",
    ]
    assert all("a second" in line and line.endswith("left") for line in said.splitlines())
    with Progress(SLUG, 3, quiet=True) as progress:
        progress.done("ana")
    assert capsys.readouterr() == ("", "")


def test_a_path_that_leads_out_of_its_folder_is_not_laid(tmp_path):
    from leadgym.cohort.queue.work import lay as lay_files

    for name in ("../out.txt", "/tmp/out.txt", "a/../../out.txt"):  # noqa: S108
        with pytest.raises(ValueError, match="does not lie in its folder"):
            lay_files({name: (b"", False)}, tmp_path / "in")
    assert not (tmp_path / "out.txt").exists()


def test_a_node_with_another_leadgym_or_without_a_jail_must_not_mark(monkeypatch):
    assert cluster.refusal("another", True).startswith("Its leadgym is not the one that asks.")

    class NoJail:
        available, sentence = False, "bubblewrap is not installed."

    monkeypatch.setattr(cluster, "jail_status", NoJail)
    assert "--trust-submissions" in cluster.refusal(cluster.version(), trust=False)
    assert cluster.refusal(cluster.version(), trust=True) == ""


def test_no_dask_and_no_scheduler_are_sentences(tmp_path, monkeypatch):
    root = lay(tmp_path / "course", 1)
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    ran = CliRunner().invoke(main, ["grade", NAME, "--root", str(root), "--scheduler", "tcp://127.0.0.1:9"])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("Error: No Dask scheduler answers at tcp://127.0.0.1:9 (")
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = CliRunner().invoke(main, ["grade", NAME, "--root", str(root), "--scheduler", "tcp://127.0.0.1:9"])
    assert ran.stderr == "Error: --scheduler needs Dask. Run: pip install 'leadgym[cluster]'\n"


def test_settings_of_one_s_own_travel_to_a_node_and_places_do_not(tmp_path):
    root = lay(tmp_path / "course", 1, "c.Execute.timeout = 7\nc.MarkAnswers.exercises = '/elsewhere'")
    added = cluster._added(Road(root).api.config, root)
    assert added["Execute"] == {"timeout": 7}
    assert not {"MarkAnswers", "CourseDirectory", "HTMLExporter"} & set(added)


def test_an_engine_is_made_once_for_an_address(tmp_path):
    """SQLAlchemy keeps compiled statements by engine, and nbgrader opens the gradebook a dozen times a submission."""
    from leadgym.cohort.queue.engines import keep_engines

    keep_engines()
    opened = []
    for _ in range(2):
        with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
            opened.append(gradebook.engine)
    assert opened[0] is opened[1]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("closed", r"The Dask scheduler at tcp://there:1 is gone\."), ("running", r"No node has been left for a while\.")],
)
def test_a_cluster_that_is_gone_ends_the_run_with_a_sentence(monkeypatch, status, sentence):
    client = SimpleNamespace(status=status, scheduler_info=lambda **_: {"workers": {}})
    crew = object.__new__(cluster.Cluster)
    crew._address, crew._client, crew._done, crew._seen = "tcp://there:1", client, cluster.queue.SimpleQueue(), 0.0
    monkeypatch.setattr(cluster, "_LOST_SECONDS", -1.0)
    with pytest.raises(pool.CrewLost, match=sentence):
        crew.finished(0.01)


def test_where_processes_cannot_be_forked_this_one_does_the_work(tmp_path):
    with pool.Alone(Bench(tmp_path)) as crew:
        done = all_done(crew, [{"name": f"t{number}", "deaths": 0} for number in range(3)])
    assert done == {f"t{number}": {"made": {"tried": 1}} for number in range(3)}


def test_links_and_pipes_are_not_read_as_submissions(tmp_path):
    from leadgym.cohort.queue.work import read_files

    (tmp_path / "secret").write_text("key", encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    (folder / "own").write_text("own", encoding="utf-8")
    assert read_files(folder, [], 1000) == {"own": (b"own", False)}


def test_more_workers_than_submissions_do_no_harm(tmp_path):
    ran = grade(lay(tmp_path / "course", 1), "--workers", "8")
    assert ran.returncode == 0
    assert ran.stdout.count('"status": "marked"') == 1
