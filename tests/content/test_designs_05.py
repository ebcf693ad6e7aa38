"""What module 05 keeps hidden is what its seed gives, the sums behind it are right, and nothing of it is public."""

import datetime
import importlib.util
import json
import math
from pathlib import Path

import pytest

from leadgym.course import modules
from leadgym.marking import load_keys, load_rubric
from leadgym.yamlfile import read_yaml

ROOT = Path(__file__).resolve().parents[2]
SLUG = "05_design_lead"
DATA = ROOT / "solutions" / SLUG / "data"
STORY = modules.scenario(SLUG)


def generator():
    spec = importlib.util.spec_from_file_location("make_designs", ROOT / "grader" / "make_designs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = generator()


def rows(name):
    return {key: dict(row) for key, row in read_yaml(DATA / name).data["rows"].items()}


def test_the_committed_keys_are_what_the_seed_gives():
    text = MADE.KEYS.read_text(encoding="utf-8")
    assert MADE.written(text) == text


def test_a_change_by_hand_is_found_and_written_over():
    text = MADE.KEYS.read_text(encoding="utf-8")
    changed = text.replace("right: [2, 14]", "right: [2, 15]", 1)
    assert changed != text
    assert MADE.written(changed) == text


def test_a_file_without_its_marker_lines_is_named():
    with pytest.raises(SystemExit, match="put both back"):
        MADE.written("keys: 05_design_lead\n")


@pytest.mark.parametrize(
    ("load", "each", "servers", "wait"),
    # One worker: each * busy / (1 - busy). Two at 0.8: Erlang's C is 0.7111, times 0.1 / (2 - 1.6). Over: without end.
    [(8, 0.1, 1, 0.4), (16, 0.1, 2, 0.71111 * 0.1 / 0.4), (10, 0.1, 1, math.inf)],
)
def test_the_wait_is_erlangs(load, each, servers, wait):
    assert MADE.waiting(load, each, servers) == pytest.approx(wait, rel=1e-4)


def test_the_last_day_is_counted_by_hand():
    """The story's seventeenth of February, and a move around Christmas: 7 days in January's end, 21 before the 14th."""
    frozen = [["2026-12-14", "2027-01-10"]]
    assert MADE.last_start(datetime.date(2027, 3, 31), 6, frozen) == datetime.date(2027, 2, 17)
    assert MADE.last_start(datetime.date(2027, 1, 18), 4, frozen) == datetime.date(2026, 11, 23)
    assert "by 17 February" in STORY.facts["last_start"].text


@pytest.mark.parametrize("name", ["headroom", "spend", "calendar"])
def test_the_public_examples_are_right(name):
    for example in read_yaml(DATA / f"{name}.yaml").data["examples"]:
        given = json.loads(json.dumps(example["input"]))
        assert getattr(MADE, name)(given) == json.loads(json.dumps(example["right"]))


def test_groups_catch_the_mistake_they_are_about():
    rubric = load_rubric(ROOT / "solutions" / SLUG / "rubric.yaml")
    keys = load_keys(MADE.KEYS, rubric, ROOT / "solutions" / SLUG)
    for question in keys.answers["calendar"].groups["frozen"]:
        assert MADE.calendar({**question.input, "frozen": []}) != question.right
    for question in keys.answers["spend"].groups["budget"]:
        assert MADE.spend({**question.input, "tokens": 9}) != question.right
    assert all(-1 in group[-1].right for group in keys.answers["headroom"].groups.values())


def test_every_decision_has_a_way_through_and_a_straw_man():
    decisions, options = rows("decisions.yaml"), rows("options.yaml")
    harder = {row["option"] for row in rows("consequences.yaml").values() if row["harder"]}
    for name, about in decisions.items():
        real = {key: row for key, row in options.items() if row["decision"] == name and row["real"]}
        assert len(real) == 3
        assert sum(row["decision"] == name and not row["real"] for row in options.values()) == 1
        for key, row in real.items():
            assert about["likely"] < 0.7 * row["holds"], key
            assert about["seen_from"] <= about["hurts_on"] - 7 * row["undo_weeks"], key
            assert key in harder


def test_days_are_counted_from_the_twelfth_of_october():
    first = datetime.date(2026, 10, 12)
    about = rows("decisions.yaml")
    for name, column, day in (
        ("balances", "seen_from", datetime.date(2026, 12, 1)), ("balances", "hurts_on", datetime.date(2027, 4, 1)),
        ("statements", "seen_from", datetime.date(2026, 11, 2)),
        ("statements", "hurts_on", datetime.date(2026, 12, 31)),
    ):  # fmt: skip
        assert first + datetime.timedelta(int(about[name][column])) == day
    for day, name in (("2026-10-05", "Monday"), ("2026-10-12", "Monday"), ("2026-11-09", "Monday"),
                      ("2026-12-01", "Tuesday"),
                      ("2026-12-21", "Monday"), ("2027-01-04", "Monday"), ("2027-01-07", "Thursday"),
                      ("2026-12-27", "Sunday")):  # fmt: skip
        assert datetime.date.fromisoformat(day).strftime("%A") == name


def test_the_story_and_the_exercise_know_the_same_numbers():
    options = rows("options.yaml")
    assert options["queue"]["holds"] == 2000
    assert "2,000 postings a second" in STORY.facts["bet"].text
    line = 1200
    assert rows("decisions.yaml")["balances"]["likely"] < line <= 0.7 * options["queue"]["holds"]
    queue = next(option for scene in STORY.scenes for option in scene.options if option.id == "queue")
    assert "1,200" in queue.text
    assert options["hosted_stream"]["monthly"] == 3800
