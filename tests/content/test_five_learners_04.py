"""Module 04's five learners, marked in this process: they come out in order, and feedback names the right reason."""

import contextlib
import csv
import io
import subprocess
import sys
from collections import Counter

import pytest
from five_learners import ORDER, Handed, lost

from leadgym.course import modules
from leadgym.tools.busfactor import authorship, sample

HANDED = Handed("04_knowledge_risk")
FUNCTIONS = ("degree_of_authorship", "truck_factor", "pages_to_write")


def test_the_solution_earns_everything():
    for name, about in HANDED.rubric.answers.items():
        assert HANDED.marked("solution", name).points == pytest.approx(about.points), name
    assert HANDED.total("solution") == pytest.approx(100)


def test_the_learners_come_out_in_order():
    totals = [HANDED.total(learner) for learner in ORDER]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] >= 85
    assert 60 <= totals[2] < 85
    assert 25 <= totals[3] < 55
    assert totals[4] < 25
    assert totals[5] < 10


def test_what_is_handed_out_earns_nothing():
    """The exercise as a learner gets it: no run, no rating, functions that return nothing."""
    with contextlib.redirect_stdout(io.StringIO()):
        scope = HANDED.written("exercises", "your-degree", "your-truck-factor", "your-pages")
    for name in FUNCTIONS:
        assert HANDED.mark(name, scope[name]).points == 0, name
    assert HANDED.mark("judgement", {}).points == 0
    run = {
        "scenario": "sara_leaves",
        "seed": 3,
        "variant": None,
        "weights": {"without": 0, "spring": 0},
        "choices": [],
    }
    assert HANDED.mark("path", run).points == 0


@pytest.mark.parametrize(
    ("learner", "name", "criterion", "reason"),
    [
        ("strong", "truck_factor", "edges", "half of the files, and no more"),
        ("decent", "degree_of_authorship", "rules", "machines, merges or moves"),
        ("decent", "pages_to_write", "stale", "pages that were written once"),
        ("shaky", "path", "turning_points", "“How does it get across” You chose: “Sara writes"),
        ("shaky", "path", "asked", "1 thing that nobody would have told you"),
        ("shaky", "truck_factor", "shared", "files have several authors"),
        ("shaky", "pages_to_write", "hours", "take different times to write"),
        ("careless", "path", "finished", "has not come to an ending"),
        ("careless", "degree_of_authorship", "own", "one person created and changed"),
        ("gaming", "path", "finished", "has not come to an ending"),
        ("gaming", "truck_factor", "alone", "Always deciding the same would be right for 4"),
        ("gaming", "judgement", "ratings", "All your ratings are the same"),
        ("gaming", "pages_to_write", "loss", "decided otherwise when asked again"),
    ],
)  # fmt: skip
def test_the_feedback_names_the_reason(learner, name, criterion, reason):
    one = HANDED.criterion(learner, name, criterion)
    assert reason in one.found
    assert one.points < one.out_of


def test_the_hidden_cases_are_those_that_the_seed_draws():
    script = modules.content_root() / "grader" / "make_authorship.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_nearly_right_earns_what_it_gets_right():
    """The formula without its logarithm, half for more than half, and the loss alone."""

    def no_logarithm(case):
        own = sum(row["who"] == case["person"] and row["what"] == "changed" for row in case["history"])
        created = {"who": case["person"], "what": "created"} in case["history"]
        return 3.293 + 1.098 * created + 0.164 * own

    def at_least_half(files):
        gone, order = set(), Counter(name for names in files.values() for name in names)
        for name in sorted(order, key=lambda one: (-order[one], one)):
            if sum(not set(names) - gone for names in files.values()) >= len(files) / 2:
                break
            gone.add(name)
        return len(gone)

    assert lost(HANDED.mark("degree_of_authorship", no_logarithm)) == {"others", "rules"}
    assert lost(HANDED.mark("truck_factor", at_least_half)) == {"edges"}
    assert HANDED.mark("pages_to_write", lambda pages: [page["page"] for page in pages[:3]]).points <= 5


def test_totals_that_come_with_a_run_are_not_believed():
    assert HANDED.marked("gaming", "path").points <= 1


@pytest.mark.parametrize("value", [0, 1, 2, 3])
def test_a_constant_is_no_truck_factor(value):
    assert HANDED.mark("truck_factor", lambda files: value).points == 0


def test_the_tool_s_own_numbers_earn_everything():
    """The exercise and ``leadgym bus-factor`` count alike."""

    def tool(files):
        return authorship.truck_factor({path: set(people) for path, people in files.items()}).value

    assert HANDED.mark("truck_factor", tool).points == 25


def test_staleness_ignored_costs_the_old_pages_only():
    def fresh(pages):
        return [
            page["page"]
            for page in sorted(pages, key=lambda p: p["leaves"] * p["needed"] * p["loss"] / p["hours"], reverse=True)[
                :3
            ]
        ]

    assert lost(HANDED.mark("pages_to_write", fresh)) == {"stale"}


def test_the_history_handed_out_is_what_the_sample_draws_and_comes_to_its_truck_factor():
    path = HANDED.folder / "data" / "ledger_history.csv"
    assert path.read_text(encoding="utf-8") == sample.table()
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["what"] for row in rows} == {"added", "changed", "moved"}
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.chdir(HANDED.folder):
        HANDED.written("solutions", "your-degree", "your-truck-factor", "the-ledger")
    assert out.getvalue().splitlines()[-1] == "74 files; truck factor: 1"


def test_the_ledger_cell_runs_before_anything_is_written():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.chdir(HANDED.folder):
        HANDED.written("exercises", "your-degree", "your-truck-factor", "the-ledger")
