"""The estimate task of module 02: made from one seed, worth reading closely, and silent about its answers."""

import ast
import csv
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from leadgym.marking import load_keys, load_rubric, mark

ROOT = Path(__file__).resolve().parents[2]
SLUG = "02_delegation"
FOLDER = ROOT / "solutions" / SLUG
GENERATOR = Path("grader/make_handovers.py")
WRITES = [f"solutions/{SLUG}/data/handovers.csv", f"solutions/{SLUG}/rubric.yaml", f"grader/keys/{SLUG}.yaml"]


@pytest.fixture(scope="module")
def log():
    with (FOLDER / "data" / "handovers.csv").open(encoding="utf-8", newline="") as file:
        return [
            {
                "ticket": row["ticket"],
                "size": int(row["size_days"]),
                "gap": max(0.0, float(row["difficulty"]) - float(row["skill"])),
                "paired": row["paired"] == "yes",
                "hours": float(row["your_hours"]),
                "days": int(row["days_to_merge"]),
            }
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def rubric():
    return load_rubric(FOLDER / "rubric.yaml")


@pytest.fixture(scope="module")
def questions(rubric):
    """(size, gap, paired) of each question, read from its text as a learner would."""
    found = {}
    for question in rubric.answers["estimate"].questions:
        words = question.text.replace(")", "").replace(",", "").replace(";", "").split()
        difficulty, skill = float(words[words.index("difficulty") + 1]), float(words[words.index("(skill") + 1])
        found[question.id] = (int(words[0]), max(0.0, difficulty - skill), "do not pair" not in question.text)
    return found


def _earned(rubric, answer):
    keys = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", rubric, FOLDER)
    return {c.id: c.points for c in mark(rubric, keys, FOLDER, "estimate", answer).criteria}


@pytest.fixture
def copy(tmp_path):
    """The generator and the files it writes, in a tree of their own."""
    for name in [str(GENERATOR), *WRITES]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _run(root, *arguments):
    return subprocess.run(
        [sys.executable, str(root / GENERATOR), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_committed_files_are_what_the_seed_gives():
    found = _run(ROOT, "--check")
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [(WRITES[0], "LED-301,", "LED-300,"), (WRITES[1], "max: 40", "max: 41"), (WRITES[2], "truth: ", "truth: 1")],
)
def test_a_change_by_hand_is_found_and_written_over(copy, name, old, new):
    path = copy / name
    good = path.read_text(encoding="utf-8")
    assert old in good
    path.write_text(good.replace(old, new, 1), encoding="utf-8")
    checked = _run(copy, "--check")
    assert checked.returncode == 1
    assert name in checked.stderr
    assert path.read_text(encoding="utf-8") != good
    assert _run(copy).returncode == 0
    assert path.read_text(encoding="utf-8") == good


def test_a_file_without_its_marker_lines_is_named(copy):
    path = copy / WRITES[1]
    path.write_text(path.read_text(encoding="utf-8").replace("# generated: end", ""), encoding="utf-8")
    found = _run(copy)
    assert found.returncode != 0
    assert "rubric.yaml" in found.stderr
    assert "# generated: end" in found.stderr


def test_the_generator_needs_nothing_installed():
    tree = ast.parse((ROOT / GENERATOR).read_text(encoding="utf-8"))
    modules = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= set(sys.stdlib_module_names)


def test_the_log_is_a_plausible_one(log):
    assert len(log) == 48
    assert len({row["ticket"] for row in log}) == 48
    assert all(0.5 <= row["hours"] <= 40 and row["days"] >= 1 for row in log)
    assert 12 <= sum(row["paired"] for row in log) <= 36


def test_the_log_shows_what_the_lesson_says_about_gap_and_pairing(log):
    def a_day(paired, low, high):
        return statistics.median(
            row["hours"] / row["size"] for row in log if row["paired"] == paired and low <= row["gap"] <= high
        )

    assert a_day(False, 0.19, 1) > 2 * a_day(False, 0, 0.01), "a gap costs the lead's hours"
    assert a_day(True, 0.19, 1) < a_day(False, 0.19, 1), "above a gap, pairing saves hours"
    assert a_day(True, 0, 0.01) > a_day(False, 0, 0.01), "without a gap, pairing costs hours"


def test_the_range_of_the_whole_log_earns_nothing(rubric):
    naive = {q.id: q.naive.model_dump() for q in rubric.answers["estimate"].questions}
    assert set(_earned(rubric, naive).values()) == {0}


def test_the_widest_ranges_earn_nothing(rubric):
    wide = {q.id: {"low": q.min, "high": q.max, "median": q.naive.median} for q in rubric.answers["estimate"].questions}
    assert set(_earned(rubric, wide).values()) == {0}


def test_reading_the_log_closely_pays(rubric, log, questions):
    """Hours a day of the eight past hand-overs with the nearest gap and the same pairing: pencil and paper."""
    answer = {}
    for name, (size, gap, paired) in questions.items():
        alike = sorted((row for row in log if row["paired"] == paired), key=lambda row: abs(row["gap"] - gap))[:8]
        hours = sorted(row["hours"] / row["size"] * size for row in alike)
        answer[name] = {"low": hours[0], "high": hours[-1], "median": statistics.median(hours)}
    close = _earned(rubric, answer)
    assert 2 <= close["ranges"] < 5
    assert close["held"] >= 2
    narrow = {
        name: {"low": a["median"] * 0.95, "high": a["median"] * 1.05, "median": a["median"]}
        for name, a in answer.items()
    }
    sure = _earned(rubric, narrow)
    assert sure["ranges"] < close["ranges"]
    assert sure["held"] < close["held"]
