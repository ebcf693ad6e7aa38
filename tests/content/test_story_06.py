"""Story 06 cannot be won by length, place or tone, and its numbers are the exercise's; the keys are the generator's."""

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from guessing import PLAYERS, mean_share
from thorough import ALL

from leadgym.course.modules import scenario
from leadgym.marking import load_keys, load_rubric
from leadgym.marking.epics import Epic, faults, length
from leadgym.scenario.engine import advance, begin
from leadgym.scenario.outcome import reachable
from leadgym.widgets.epic_figures import epics, timeline

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "solutions" / "06_epics_and_flow"
STORY = scenario("06_epics_and_flow")
SEEDS = range(1, 5)
OSTRA = next(iter(epics(FOLDER / "data" / "epics.yaml").values()))


@cache
def within_reach():
    """The story draws nothing, so its reach is the same for every seed."""
    return reachable(begin(STORY, 1, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win(name):
    assert mean_share(STORY, name, SEEDS, lambda _: within_reach()) < 0.5


def test_answering_everybody_at_once_costs_what_it_is_said_to_cost():
    """The road that helps at once waits less and is asked more than the one that names others."""
    ends = {}
    for pick in ("review", "names"):
        here = begin(STORY, 4, prose=False)
        for choice in ("d1.path", "d2.cent", "d3.stub", f"d4.{pick}", "d5.swarm", "d6.both"):
            here = advance(here, choice)
        ends[pick] = here
    assert ends["review"].values["blocked"] < ends["names"].values["blocked"]
    assert ends["review"].values["asks"] > ends["names"].values["asks"]


def test_the_bank_takes_nine_days_everywhere():
    assert next(task["days"] for task in OSTRA["tasks"] if task["task"] == "channel") == 9
    assert "nine working days" in STORY.facts["nine_days"].text
    assert sum(task["days"] for task in OSTRA["tasks"]) == 38, "the exercise says it"


def test_a_timeline_says_what_is_wrong_or_on_what_the_end_hangs():
    tails = Epic.model_validate(OSTRA).tails()
    assert tails["payee_file"] == 14 == max(tails.values()), "the lesson says it"
    assert "cannot be carried out" in repr(timeline(OSTRA, {"screens": {"day": 0, "who": "Wen"}}))
    assert "No plan yet" in repr(timeline(OSTRA, {}))


def generator():
    spec = importlib.util.spec_from_file_location("make_epics", ROOT / "grader" / "make_epics.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_the_references_need_is_what_they_need():
    """For each hidden epic: the two lists planned anew, and no best that is better than can be."""
    made, rubric = generator(), load_rubric(FOLDER / "rubric.yaml")
    keys = load_keys(ROOT / "grader" / "keys" / "06_epics_and_flow.yaml", rubric, FOLDER)
    hidden = keys.answers["schedule"].epics
    assert len(hidden) == 12
    for epic in hidden:
        for name, order in (("listed", made.listed(epic)), ("critical", made.critical(epic))):
            plan = made.planned(epic, order)
            assert faults(epic, plan) == []
            assert length(epic, plan) == getattr(epic.takes, name)
        assert epic.bound <= epic.takes.best < epic.takes.critical < epic.takes.listed
    assert made.keys_of_histories() in (ROOT / "grader" / "keys" / "06_epics_and_flow.yaml").read_text(encoding="utf-8")


@pytest.mark.skipif(not ALL, reason="make test-all: plans some thousand epics anew")
def test_the_committed_epics_and_histories_are_what_the_seed_gives():
    script = ROOT / "grader" / "make_epics.py"
    found = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
