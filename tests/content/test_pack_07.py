"""The pack of module 07 hangs together: every figure that is said anywhere is computed here from the 26 weeks."""

import datetime as dt
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from leadgym.course import modules
from leadgym.tools.forecast.numbers import chance_of
from leadgym.tools.forecast.sample import FINISHED, SMALL
from leadgym.yamlfile import read_yaml

ROOT = Path(__file__).resolve().parents[2]
SLUG = "07_feasibility"
DATA = ROOT / "solutions" / SLUG / "data"
GENERATOR = ROOT / "grader" / "make_histories.py"
STORY = (ROOT / "course" / SLUG / "scenario.yaml").read_text(encoding="utf-8")
START = dt.date(2026, 9, 14)


def rows(name):
    return {key: dict(row) for key, row in read_yaml(DATA / name).data["rows"].items()}


def weeks_until(day):
    """Whole weeks from the start whose Friday is not after the day."""
    return sum(START + dt.timedelta(days=7 * k + 4) <= day for k in range(60))


def made():
    spec = importlib.util.spec_from_file_location("make_histories", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_files_are_what_the_seed_gives():
    found = subprocess.run([sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_the_held_out_histories_tell_a_careful_rule_from_none():
    maker = made()
    groups = maker.held_out()
    assert maker.tells(groups)
    for cases in groups.values():
        histories = [tuple(case["input"]["history"]) for case in cases]
        assert len(set(histories)) == maker.PER_GROUP == len(histories) / 2, "no history holds the end of another"


def test_what_the_long_run_says_is_what_it_gives():
    maker = made()
    for name, rules in maker.long_run(300).items():
        for rule, far in rules.items():
            assert far == pytest.approx(maker.LONG_RUN[name][rule], abs=0.03), (name, rule)


def test_what_the_story_says_of_the_weeks():
    assert (len(FINISHED), sum(FINISHED), FINISHED.count(0)) == (26, 106, 2)
    assert round(sum(FINISHED) / 26, 1) == 4.1
    assert round(100 * chance_of(FINISHED, 50, 10)) == 8
    for said, items, weeks, low, high in (
        ("About two thirds, you say, five times in six", 34, 10, 5 / 6, 0.9),
        ("even odds by 16 October", 20, weeks_until(dt.date(2026, 10, 16)), 0.5, 0.65),
        ("85 in 100 by the 30th", 20, weeks_until(dt.date(2026, 10, 30)), 0.85, 0.97),
        ("as good as certain", 13, 7, 0.99, 1.0),
        ("still 99 in 100", 17, 7, 0.985, 0.995),
    ):
        assert said in STORY
        assert low <= chance_of(FINISHED, items, weeks) <= high, said
    assert chance_of((2, 2, 3), 17, 7) == pytest.approx(0.5, abs=0.1)
    assert chance_of((3, 1, 3), 13, 7) == pytest.approx(0.9, abs=0.07)


def test_days_of_the_week_are_right():
    for day, name in (
        ("2026-09-07", "Monday"), ("2026-11-20", "Friday"), ("2026-11-27", "Friday"), ("2026-12-02", "Wednesday"),
        ("2026-12-08", "Tuesday"), ("2026-12-28", "Monday"), ("2026-09-15", "Tuesday"), ("2026-10-05", "Monday"),
        ("2026-11-19", "Thursday"), ("2026-11-16", "Monday"), ("2026-09-03", "Thursday"), ("2026-10-01", "Thursday"),
    ):  # fmt: skip
        assert dt.date.fromisoformat(day).strftime("%A") == name


def test_proposals_say_what_their_weeks_and_chances_are():
    days = {"all_fifty": dt.date(2026, 11, 20), "noor": dt.date(2026, 11, 20), "january": dt.date(2027, 1, 15),
            "two_more": dt.date(2026, 11, 20)}  # fmt: skip
    for name, row in rows("proposals.yaml").items():
        assert row["weeks"] == weeks_until(days[name]), name
        chance = chance_of(FINISHED, row["items"] - row["others"], row["weeks"])
        assert row["verdict"] == ("holds" if chance >= 0.85 else "no" if chance <= 0.15 else "open"), name
    assert rows("proposals.yaml")["noor"]["items"] == SMALL
    helped = weeks_until(dt.date(2026, 11, 20)) - weeks_until(dt.date(2026, 10, 9)) - 3
    assert rows("proposals.yaml")["two_more"]["others"] == 2 * helped


def test_signs_would_seldom_come_if_all_is_well():
    assert chance_of(FINISHED, 8, weeks_until(dt.date(2026, 10, 9))) > 0.95
    assert chance_of(FINISHED, 30, weeks_until(dt.date(2026, 11, 20))) > 0.95


def test_brier_scores_of_the_story_are_squares():
    found = {
        round(effect.change["cal"], 4)
        for scene in modules.scenario(SLUG).scenes for option in scene.options
        for effect in option.effects if "cal" in effect.change
    }  # fmt: skip
    assert found <= {round((p - came) ** 2 - 0.25, 4) for p in (0.08, 0.05, 0.95) for came in (0, 1)}
