"""benchmarks/grading.py: the same marks from every marker, and figures that are what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from submissions import ROOT
from thorough import ALL

sys.path.insert(0, str(ROOT / "benchmarks"))
import grading
import grading_course as course
import grading_measures as measures

LEARNERS = 3
LINE = re.compile(r"leadgym/nbgrader 1 worker \d+\.\dx, 2 workers \d+\.\dx; leadgym/otter 1 worker \d+\.\dx(, .*x)?")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> grading.Benchmark:
    otter = grading.otter_home() / "bin" / "python"
    made = grading.Benchmark(tmp_path_factory.mktemp("bench"), LEARNERS, otter)
    assert made.ways()[:3] == [("nbgrader", 1), ("otter", 1), ("leadgym", 1)]
    return made


@pytest.mark.parametrize("marker", [*(["nbgrader", "otter"] if ALL else []), "leadgym"])
def test_every_marker_gives_every_submission_what_it_has_earned(bench: grading.Benchmark, marker: str) -> None:
    if marker == "otter" and not grading.otter_ready():
        pytest.skip("otter-grader has no environment yet: run benchmarks/grading.py once")
    highest: dict[str, int] = {}
    run = bench.run((marker, 1), LEARNERS, highest)  # raises MarksDiffer
    assert set(run.marks) == {course.learner(number) for number in range(LEARNERS)}
    assert 0 < run.each < run.wall
    wanted = {"worker", "warm parent", "session"} if marker == "leadgym" else {"kernel"}
    assert wanted | {"command"} <= set(highest)
    assert all(size > measures.MB for size in highest.values())


def test_the_submissions_earn_all_nothing_and_some_of_the_points() -> None:
    earned = {sum(course.expected(number).values()) for number in range(LEARNERS)}
    assert {0, len(course.TESTS)} < earned
    assert len(course.TESTS) == 8


def test_marks_that_differ_stop_the_benchmark_and_name_the_submission() -> None:
    marks = {course.learner(number): course.expected(number) for number in range(2)}
    grading.compare("leadgym", marks, 2)
    with pytest.raises(grading.MarksDiffer, match=r"marked 2 submissions of 3"):
        grading.compare("leadgym", marks, 3)
    marks[course.learner(1)]["test-3"] = 1.0
    with pytest.raises(grading.MarksDiffer, match=r"leadgym gave learner0001"):
        grading.compare("leadgym", marks, 2)


def test_a_submission_costs_what_the_run_takes_once_a_quarter_is_done() -> None:
    assert measures.steady([10.0, 11.0]) == 1
    slow_start = [5.0, 30.0, 30.1, 31.0, 32.0, 33.0, 34.0, 35.0]  # the third is the first to count
    assert measures.steady(slow_start) == pytest.approx((35 - 30.1) / 5)
    assert measures.steady(slow_start[::-1]) == measures.steady(slow_start), "workers finish in any order"


def test_cpu_time_is_that_of_the_same_part_of_the_run() -> None:
    done = [1.0, 2.0, 3.0, 4.0]  # counted from the second to the last
    clock = [(0.0, 0.0), (1.5, 6.0), (2.5, 8.0), (5.0, 18.0)]
    assert measures.steady_cpu(done, clock) == pytest.approx((14 - 7) / 2)
    assert measures.steady_cpu([*done, 9.0], clock) == pytest.approx((18 - 7) / 3), "nothing is used after the end"
    assert measures.steady_cpu(done, []) is None


def test_ratios_are_taken_round_by_round() -> None:
    # The second round met a busy machine: both took twice as long, and the ratio stands.
    assert measures.ratios([3.0, 6.0, 3.3], [0.5, 1.0, 0.5]) == (6.0, 6.0, pytest.approx(6.6))
    runs = {
        ("nbgrader", 1): [_run(3.0), _run(6.0)],
        ("otter", 1): [_run(4.0), _run(8.0)],
        ("leadgym", 1): [_run(0.5), _run(1.0)],
        ("leadgym", 2): [_run(0.25), _run(0.5)],
    }
    middle = {way: found[0] for way, found in grading.all_ratios(runs).items()}
    assert middle == {("nbgrader", 1): 6, ("nbgrader", 2): 12, ("otter", 1): 8, ("otter", 2): 16}


def _run(each: float) -> grading.Run:
    marks = {course.learner(number): course.expected(number) for number in range(4)}
    return grading.Run(marks, each, 0.1, each * 4 + 2, None)


def test_the_last_line_holds_the_ratios_and_can_be_read_by_a_program(capsys: Any) -> None:
    found = {("nbgrader", 1): 4.46, ("nbgrader", 2): 7.1, ("otter", 1): 5.0, ("otter", 2): 8.25}
    line = measures.last_line(found)
    assert line.startswith("leadgym/nbgrader 1 worker 4.5x, 2 workers 7.1x; leadgym/otter 1 worker 5.0x")
    assert LINE.fullmatch(line)
    assert measures.last_line({("nbgrader", 1): 4.46}) == "leadgym/nbgrader 1 worker 4.5x"
    grading.show({("nbgrader", 1): [_run(3.0)], ("leadgym", 1): [_run(0.5)]})
    said = capsys.readouterr().out
    assert "leadgym/nbgrader, 1 worker: 6.0x (6.0 to 6.0)" in said
    assert _run(3.0).start_up == pytest.approx(2)


def test_a_marker_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(measures.RunFailed, match=r"ended with 3: .*no gradebook"):
        measures.take(
            [sys.executable, "-c", "import sys; print('no gradebook', file=sys.stderr); sys.exit(3)"], tmp_path
        )


def test_cpu_time_counts_processes_that_nobody_waited_for(tmp_path: Path) -> None:
    unreaped = (
        "import contextlib, os, signal, time\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    while time.process_time() < 0.5: pass\n"
        "    os._exit(0)\n"
        "with contextlib.suppress(ChildProcessError): os.wait()\n"
    )
    taken = measures.take([sys.executable, "-c", unreaped], tmp_path)
    if not taken.cpu:
        pytest.skip("no control group can be made here")
    assert taken.cpu[-1][1] >= 0.5


def test_otter_pins_are_exact_and_contradict_none_of_the_course() -> None:
    ours = set(grading.PINS[0].read_text("utf-8").splitlines())
    lines = grading.PINS[1].read_text("utf-8").splitlines()
    assert all("==" in line for line in lines)
    shared = {line.split("==")[0] for line in ours}
    assert [line for line in lines if line.split("==")[0] in shared and line not in ours] == []


def test_help_says_how_to_read_it() -> None:
    told = subprocess.run(
        [sys.executable, grading.__file__, "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "How to read it" in told
    assert "--quick" in told
