"""nbgrader's own commands and formgrader, in a copy of the course and with no flags, mark as leadgym grade does."""

import filecmp
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from submissions import ROOT, SLUG, Elements, answers, doubted, hand_in, short
from tampering import cell_tamperers

TOKEN = "formgrader-in-a-test"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The course and the code as a clone has them, with five submissions; nothing is marked."""
    folder = tmp_path_factory.mktemp("clone")
    working_files = shutil.ignore_patterns("gradebook.db*", "submitted", "autograded", "feedback", ".leadgym", "*.json")
    for name in ("course", "solutions", "exercises", "src"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=working_files)
    tampered = cell_tamperers()
    hand_in(folder / "grader", "rushed", short(answers("rushed")))
    # Alone, nbgrader stops at a copied cell and marks nobody after it.
    hand_in(folder / "grader", "copied", *tampered["copied"])
    hand_in(folder / "grader", "live", *tampered["live"])
    hand_in(folder / "grader", "doubted", doubted())
    return folder


@pytest.fixture(scope="module")
def environment(clone):
    """Its commands find the clone's code before the installed one, and no setting of this machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "NBGRADER", "PYTEST"))}
    return kept | {"PYTHONPATH": str(clone / "src"), "HOME": str(clone), "JUPYTER_PLATFORM_DIRS": "1"}


class Server:
    """A running formgrader, asked over HTTP as its pages do."""

    def __init__(self, folder, environment):
        self.log = (folder / "server.log").open("w+", encoding="utf-8")
        command = [BIN / "jupyter", "server", "--no-browser", "--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
        command += ["--allow-root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            command, cwd=folder / "grader", env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self.address = ""

    def wait(self):
        """Wait for the address it says it listens at."""
        for _ in range(600):
            found = re.search(r"(http://127\.0\.0\.1:\d+)/", Path(self.log.name).read_text(encoding="utf-8"))
            if found:
                self.address = found[1]
                return
            assert self.process.poll() is None, Path(self.log.name).read_text(encoding="utf-8")
            time.sleep(0.1)
        raise AssertionError("the server said no address")

    def ask(self, path, method="GET", data=None):
        if not self.address:
            self.wait()
        request = urllib.request.Request(  # noqa: S310 - this machine
            f"{self.address}/formgrader{path}",
            method=method,
            data=json.dumps(data).encode() if data is not None else (b"" if method == "POST" else None),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            text = answer.read().decode()
        return json.loads(text) if path.startswith("/api") else text

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture(scope="module")
def server(clone, environment):
    running = Server(clone, environment)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def marked(clone, environment, server):
    """What nbgrader's three commands say, one after the other; the server starts up meanwhile."""
    said = []
    for command in (
        ["generate_assignment", SLUG],
        ["autograde", SLUG, "--student", "rushed"],
        ["autograde", SLUG, "--student", "copied"],
        ["autograde", SLUG, "--student", "doubted"],
        ["generate_feedback", SLUG],
    ):
        ran = subprocess.run(
            [BIN / "nbgrader", *command],
            cwd=clone / "grader",
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        said.append(ran.stdout + ran.stderr)
        assert ran.returncode == 0, said[-1]
    return said


def marks(clone, learner):
    with Gradebook(f"sqlite:///{clone / 'grader' / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook("delegation", SLUG, learner)
        return {grade.name: grade.score for grade in notebook.grades}


def page(clone, learner):
    return (clone / "grader" / "feedback" / learner / SLUG / "delegation.html").read_text(encoding="utf-8")


def test_the_commands_work_on_the_folder_they_are_run_in(marked, clone):
    assert not (clone / "grader" / "exercises").exists()
    released = clone / "exercises" / SLUG
    same = filecmp.dircmp(ROOT / "exercises" / SLUG, released)
    assert (same.left_only, same.right_only, same.diff_files) == ([], [], [])
    assert (clone / "grader" / "gradebook.db").is_file()


@pytest.mark.parametrize("learner", ["rushed", "copied"])
def test_autograde_gives_the_marks_of_leadgym_grade(marked, clone, cutters, learner):
    assert marks(clone, learner) == pytest.approx(cutters.points(learner))


def test_generate_feedback_makes_the_same_page(marked, clone, cutters):
    assert page(clone, "rushed") == cutters.page("rushed")


def test_formgrader_lists_the_assignment_and_the_submissions(marked, server):
    assert "Formgrader" in server.ask("/") or "Manage" in server.ask("/")
    assert SLUG in {about["name"] for about in server.ask("/api/assignments")}
    listed = {about["student"]: about for about in server.ask(f"/api/submissions/{SLUG}")}
    assert set(listed) == {"rushed", "copied", "live", "doubted"}
    assert listed["rushed"]["score"] == pytest.approx(30.3)
    assert listed["live"]["autograded"] is False
    assert SLUG in server.ask(f"/manage_submissions/{SLUG}")


def test_what_the_rules_doubt_waits_in_formgrader_with_the_proposed_mark_beside_it(marked, server, clone):
    """Until a person has decided, nothing of it counts that the rules were not sure of; then what the person says."""
    listed = {about["student"]: about["needs_manual_grade"] for about in server.ask(f"/api/submissions/{SLUG}")}
    assert (listed["doubted"], listed["rushed"]) == (True, False)
    [shown] = [
        about for about in server.ask(f"/api/submitted_notebooks/{SLUG}/delegation") if about["student"] == "doubted"
    ]
    looked_at = server.ask(f"/submissions/{shown['id']}")
    assert "The brief to Priya: not sure, 0 of 20 points stand, the rules propose 20" in looked_at
    assert "You wrote: “" in looked_at
    grades = {about["name"]: about for about in server.ask(f"/api/grades?submission_id={shown['id']}")}
    assert {name for name, about in grades.items() if about["needs_manual_grade"]} == {"brief"}
    assert grades["brief"]["auto_score"] == 0
    server.ask(f"/api/grade/{grades['brief']['id']}", "PUT", {"manual_score": 12})
    listed = {about["student"]: about for about in server.ask(f"/api/submissions/{SLUG}")}
    assert (listed["doubted"]["needs_manual_grade"], listed["doubted"]["score"]) == (False, 12)
    assert server.ask(f"/api/assignment/{SLUG}/doubted/generate_feedback", "POST")["success"]
    assert "Your instructor set this to 12 of 20 points; the marker found:" in page(clone, "doubted")


def test_formgrader_s_buttons_mark_and_override_and_its_page_is_safe(marked, server, clone, cutters):
    """Autograde by its button, look at the page, set a score by hand, autograde again, write feedback again."""
    assert server.ask(f"/api/submission/{SLUG}/live/autograde", "POST")["success"]
    assert marks(clone, "live") == pytest.approx(cutters.points("live"))

    [shown] = [
        about for about in server.ask(f"/api/submitted_notebooks/{SLUG}/delegation") if about["student"] == "live"
    ]
    looked_at = server.ask(f"/submissions/{shown['id']}")
    assert "A delegation plan for three tickets: 9.34 of 20 points" in looked_at
    assert 'aria-label="A delegation plan for three tickets: 9.34 of 20 points"' in looked_at
    # What stands above it is formgrader's own, and so are the fields for scores and comments.
    learner_s = Elements(looked_at[looked_at.index('id="notebook-container"') :])
    assert "lgEvil()" in "".join(learner_s.text), "its text is there to be read"
    assert set(learner_s.live()) == {"input"}
    assert all(about.get("class", "").endswith("tabbable") for tag, about in learner_s.found if tag == "input")

    [plan] = [about for about in server.ask(f"/api/grades?submission_id={shown['id']}") if about["name"] == "plan"]
    server.ask(f"/api/grade/{plan['id']}", "PUT", {"manual_score": 18, "extra_credit": 1})
    assert server.ask(f"/api/submission/{SLUG}/live/autograde", "POST")["success"]
    assert marks(clone, "live")["plan"] == 19
    assert server.ask(f"/api/assignment/{SLUG}/live/generate_feedback", "POST")["success"]
    assert "Your instructor set this to 19 of 20 points; the marker found:" in page(clone, "live")


def test_the_repository_s_own_grader_is_not_touched(marked):
    assert not (ROOT / "grader" / "submitted" / "rushed").exists()
