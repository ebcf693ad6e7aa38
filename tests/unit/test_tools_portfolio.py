"""The portfolio: only what lies in the workspace, replayed and quoted; damage is named; emptiness says what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook, new_output

from leadgym.cli import main
from leadgym.cohort.marker import MarkAnswers
from leadgym.cohort.solo import LEARNER, marking_root
from leadgym.course.modules import notebook_name, scenario
from leadgym.marking import answers
from leadgym.tools.portfolio import found as reading
from leadgym.tools.portfolio import portfolio_report, read_workspace, sample_marks, sample_workspace

SLUG = "02_delegation"
STORY = scenario(SLUG)
CHOICES = f"course/{SLUG}/{STORY.scenario}.choices.json"
EXERCISE = f"exercises/{SLUG}/{notebook_name(SLUG)}"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return sample_workspace(tmp_path)


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


def handed(name: str, answer: Any) -> dict[str, Any]:
    bundle = {"leadgym": 1, "name": name, "answer": answer}
    output = {"output_type": "display_data", "data": {answers.ANSWER_TYPE: bundle}}
    return {"cell_type": "code", "source": "submit()", "outputs": [output]}


def test_it_knows_an_answer_by_the_mark_that_submit_leaves() -> None:
    assert reading.ANSWER_TYPE == answers.ANSWER_TYPE


def test_stories_are_replayed_and_things_are_quoted(workspace: Path) -> None:
    report = portfolio_report(read_workspace(workspace), sample_marks(), {"02/brief": "She has it pinned."})
    text = report.text()
    assert report.says[0].startswith("1 of 3 pages chosen. 2 of ")
    assert STORY.walkthroughs[0].ending in {one.id for one in STORY.endings if one.title in text}
    assert "Fine: Take a chair beside Priya, who drives; you say where you would look next." in text
    assert "1. The brief to Priya (02/brief)" in text
    assert "She has it pinned." in text
    assert "In March they differed 212 times." in text
    assert "Not handed in" in text
    assert "(02/policy)" in text
    assert report.pictures[0].title == "Of 2 marked modules, Baseline has most left to find"
    assert "31.5 of 50" in report.pictures[0].alt
    assert "<script" not in report.html()


def test_an_empty_workspace_says_what_to_do_first(tmp_path: Path) -> None:
    report = portfolio_report(read_workspace(tmp_path), {}, {"02/plan": "x"})
    assert "There is nothing in" in report.says[0]
    assert "leadgym lab" in report.says[1]
    assert not report.tables


def test_choices_that_are_none_are_said_and_more_than_three_are_cut(workspace: Path) -> None:
    functions = {"assign": {"function": "assign", "source": "def assign(team):\n    return {}\n"}}
    plan, brief = handed("plan", {"a": {"owner": "priya"}}), handed("brief", "Hello Priya.")
    write(workspace / EXERCISE, {"cells": [plan, brief, handed("policy", {"functions": functions})]})
    opening = handed("opening", "Marek, ...")
    write(workspace / "exercises/10_tech_lead_and_manager/agreement.ipynb", {"cells": [opening]})
    names = ["02/plan", "02/brief", "02/policy", "10/opening", "02/plam"]
    report = portfolio_report(read_workspace(workspace), {}, dict.fromkeys(names, ""))
    said = " ".join(report.says)
    assert "There is nothing called '02/plam' in your workspace. Did you mean '02/plan'?" in said
    assert "You chose more than 3" in said
    assert "02/plan has no sentence yet" in said
    assert [table.title for table in report.tables if table.title[0].isdigit()][-1].startswith("3. ")
    assert "    return {}".replace(" ", "\N{NO-BREAK SPACE}", 4) in report.text()


def test_what_was_marked_shows_without_any_saved_output(workspace: Path) -> None:
    """The real marker, on a cell that was run by nobody but the marker; the learner's own copy has no outputs."""
    assert workspace / reading.MARKED == marking_root(workspace) / "autograded" / LEARNER
    plan = {"fees": {"owner": "priya", "outcome": "cents_match", "limits": ["no_live"]}}
    cell = new_code_cell("submit()", outputs=[new_output("display_data", handed("plan", plan)["outputs"][0]["data"])])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "plan", "points": 20}
    root = reading.content_root()
    marker = MarkAnswers(exercises=str(root / "solutions"), keys=str(root / "grader" / "keys"))
    notebook, _ = marker.preprocess(new_notebook(cells=[cell]), {"nbgrader": {"assignment": SLUG}})
    assert answers.ANSWER_TYPE in notebook.cells[0].outputs[0].data
    write(workspace / EXERCISE, {"cells": []})
    write(workspace / reading.MARKED / SLUG / notebook_name(SLUG), json.loads(nbformat.writes(notebook)))
    (thing,) = read_workspace(workspace).things
    assert thing.name == "02/plan"
    assert thing.content["Fee rounding"]["owner"] == "Priya"


@pytest.mark.parametrize(("later", "owner"), [("exercises", "Tomasz"), (reading.MARKED, "Priya")])
def test_the_later_of_the_saved_and_the_marked_counts(workspace: Path, later: str, owner: str) -> None:
    for place, who in ((EXERCISE, "tomasz"), (f"{reading.MARKED}/{SLUG}/{notebook_name(SLUG)}", "priya")):
        write(workspace / place, {"cells": [handed("plan", {"fees": {"owner": who}})]})
        stamp = 2_000_000_000 if place.startswith(later) else 1_000_000_000
        os.utime(workspace / place, (stamp, stamp))
    (thing,) = read_workspace(workspace).things
    assert thing.content == {"Fee rounding": {"owner": owner}}


def test_a_plan_is_shown_in_words_and_not_in_ids(workspace: Path) -> None:
    text = portfolio_report(read_workspace(workspace), {}, {"02/plan": "It held."}).text()
    assert "September, replayed, posts every fee to the cent" in text
    assert "Fee rounding, your pairing hours" in text
    assert "cents_match" not in text


@pytest.mark.parametrize("empty", [None, "", {}, {"fees": {"owner": None, "limits": []}}, [None], {"functions": {}}])
def test_an_answer_that_holds_nothing_was_not_made(workspace: Path, empty: Any) -> None:
    write(workspace / EXERCISE, {"cells": [handed("plan", empty)]})
    found = read_workspace(workspace)
    assert not [thing for thing in found.things if thing.name == "02/plan"]
    assert "02/plan" in dict(found.missing)


BROKEN: dict[str, Any] = {
    "empty": "",
    "cut short": '{"cells": [{"cell_type": "co',
    "not JSON": "Dear all",
    "another shape": [1, 2],
    "no cells": {"cells": None},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("path", [CHOICES, EXERCISE, f"course/{SLUG}/lesson.ipynb"])
def test_a_damaged_file_is_named_and_costs_nothing_else(workspace: Path, path: str, name: str) -> None:
    write(workspace / path, BROKEN[name])
    found = read_workspace(workspace)
    text = portfolio_report(found, {}).text()
    assert "Traceback" not in text
    if (name, path) != ("no cells", CHOICES):  # which is a file of choices without a run
        assert any(path in problem for problem in found.problems), found.problems
    assert any(story.slug == "00_baseline" for story in found.stories)


def test_odd_cells_and_outputs_are_passed_over(workspace: Path) -> None:
    odd = [1, None, {}, {"outputs": 7}, {"outputs": [1, {"data": 3}, {"data": {answers.ANSWER_TYPE: "x"}}]}]
    write(workspace / EXERCISE, {"cells": [*odd, handed("plan", {"a": {"owner": "priya"}}), handed("plan2", 1)]})
    assert [thing.name for thing in read_workspace(workspace).things] == ["02/plan"]


def test_a_file_too_large_is_left_out(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 100)
    found = read_workspace(workspace)
    assert found.empty
    assert any(EXERCISE in problem for problem in found.problems)


def test_choices_of_another_story_are_named(workspace: Path) -> None:
    run = {"seed": 1, "variant": None, "weights": {}, "choices": ["d1.no_such_option"]}
    write(workspace / CHOICES, {"leadgym": 1, "scenario": "x", "version": 1, "run": run})
    found = read_workspace(workspace)
    assert any("holds a run that the story does not offer any more" in problem for problem in found.problems)
    assert SLUG in found.unplayed


def test_an_ended_run_stands_before_one_that_was_left_later(workspace: Path) -> None:
    data = json.loads((workspace / CHOICES).read_text(encoding="utf-8"))
    data["past"], data["run"] = [data["run"]], {**data["run"], "choices": data["run"]["choices"][:2]}
    write(workspace / CHOICES, data)
    (story,) = (one for one in read_workspace(workspace).stories if one.slug == SLUG)
    assert story.ending
    assert story.runs == 2


def test_the_page_of_monday_is_taken_where_somebody_wrote_it(workspace: Path) -> None:
    root = reading.content_root() / "course" / SLUG / "lesson.ipynb"
    lesson = json.loads(root.read_text(encoding="utf-8"))
    last = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"][-1]
    last["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Ticket: the exporter\n"]}]
    write(workspace / f"course/{SLUG}/lesson.ipynb", lesson)
    assert "02/monday" not in [thing.name for thing in read_workspace(workspace).things], "only run, not written in"
    last["source"] = [*([last["source"]] if isinstance(last["source"], str) else last["source"]), "\n# mine"]
    write(workspace / f"course/{SLUG}/lesson.ipynb", lesson)
    (page,) = (thing for thing in read_workspace(workspace).things if thing.name == "02/monday")
    assert page.content == "Ticket: the exporter"


def test_the_command_on_the_sample_and_on_a_workspace(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    ran = CliRunner().invoke(main, ["portfolio", "--sample", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert ran.output.startswith("Portfolio of influence\n\n2 of 3 pages chosen.")
    assert "http" not in out.read_text(encoding="utf-8").replace("http://www.w3.org", "")
    ran = CliRunner().invoke(main, ["portfolio", "--workspace", str(workspace), "--choose", "02/plan=It held."])
    assert ran.exit_code == 0, ran.output
    assert "It held." in ran.output
    assert "0 of" in ran.output.split("marked")[0]


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["--choose", "02/plan"], 2, "--choose takes NAME=SENTENCE"),
        (["--workspace", "/no/such/folder"], 1, "is not there. Run 'leadgym lab' once"),
        (["--sample", "--out", "page.pdf"], 1, "a report is written as .html or .md"),
    ],
)
def test_what_was_typed_wrongly_gets_a_sentence(given: list[str], code: int, said: str) -> None:
    ran = CliRunner().invoke(main, ["portfolio", *given])
    assert ran.exit_code == code
    assert said in ran.output
    assert "Traceback" not in ran.output
