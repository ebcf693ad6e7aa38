"""A learner's whole way through module 02 in a real browser: map, exercise, `leadgym mark`, feedback, map again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leadgym.course.modules import scenario
from leadgym.lab.workspace import lay
from leadgym.scenario.loader import walk
from leadgym.widgets.player import play

ANSWERS = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "answers" / "02_delegation" / "solution.json").read_text(encoding="utf-8")
)
SET_SOURCE = """([id, source]) => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.widgets.find(cell => cell.model.id === id).model.sharedModel.setSource(source);
}"""


@pytest.fixture(scope="module")
def workspace(lab) -> Path:
    """The course, laid where the running JupyterLab can open it."""
    return lay(lab.workspace / "mine").workspace


def wait_for_output(page, cell: str, text: str) -> None:
    page.wait_for_function(
        """([id, text]) => {
          const cell = window.jupyterapp.shell.currentWidget.content.widgets.find(c => c.model.id === id);
          return cell.outputArea.node.textContent.includes(text);
        }""",
        arg=[cell, text],
        timeout=60_000,
    )


def run_cell(page, cell: str) -> None:
    page.evaluate(
        """id => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = notebook.widgets.findIndex(c => c.model.id === id);
          notebook.deselectAll();
          return window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        cell,
    )


def played_in_the_lesson(workspace: Path) -> str:
    """The story played to its end in the lesson's folder by the first walkthrough; the ending's title."""
    story = scenario("02_delegation")
    state = walk(story, story.walkthroughs[0])
    player = play("02_delegation", workspace / "course" / "02_delegation")
    player.weights(**state.weights)
    for choice in state.choices:
        player.choose(choice)
    assert player.state.ending
    return next(e.title for e in story.endings if e.id == player.state.ending)


def fill_in_the_form(page) -> None:
    form = page.locator(".lg-judge")
    for place, (_, entry) in enumerate(ANSWERS["judgement"].items(), start=1):
        form.get_by_role("heading", name=f"Situation {place} of 10").wait_for()
        groups = form.locator(".widget-radio")
        for row, rating in enumerate(entry["ratings"].values()):
            groups.nth(row).locator("input").nth(rating - 1).check()
        groups.nth(4).locator("input").nth("abcd".index(entry["best"])).check()
        groups.nth(5).locator("input").nth(5).check()
        form.get_by_text(f"{place} of 10 answered.").wait_for()
        form.get_by_role("button", name="Next situation").click()


def test_a_learner_alone_gets_from_the_map_to_a_mark(page, browser, open_notebook, run_all, shoot, workspace) -> None:
    """Map, exercise with the run carried over, form, coaching, `leadgym mark`, feedback, map with the mark."""
    open_notebook(page, "mine/course_map.ipynb")
    run_all(page)
    wait_for_output(page, "show-the-map", "not begun")
    shoot(page, "map-before")

    ending = played_in_the_lesson(workspace)
    open_notebook(page, "mine/exercises/02_delegation/delegation.ipynb")
    run_all(page)
    wait_for_output(page, "estimate", "not complete yet")
    wait_for_output(page, "your-run", ending)
    fill_in_the_form(page)
    shoot(page, "form-filled")
    for cell, name in (("your-plan", "plan"), ("your-estimates", "estimate")):
        page.evaluate(SET_SOURCE, [cell, f"{name} = {ANSWERS[name]!r}"])
        run_cell(page, cell)
    for cell in ("path", "judgement", "plan", "estimate"):
        run_cell(page, cell)
    wait_for_output(page, "plan", "20 of 20 points")
    wait_for_output(page, "judgement", "10")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    shoot(page, "coaching")

    done = subprocess.run(
        [sys.executable, "-m", "leadgym.cli", "mark", "02", "--workspace", str(workspace)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "120"},
    )
    assert done.returncode == 0, done.stderr
    assert "Ten situations in the Ledger team: 20 of 20" in done.stdout

    reached: list[str] = []
    feedback = browser.new_page()
    feedback.on("request", lambda request: reached.append(request.url))
    feedback.goto((workspace / "feedback" / "02_delegation.html").as_uri())
    assert feedback.locator("#top").inner_text() == "Delegation: your feedback"
    assert feedback.get_by_text("A delegation plan for three tickets: 20 of 20 points").count() == 1
    for width in (1280, 1920):
        feedback.set_viewport_size({"width": width, "height": 1000})
        scrolls = feedback.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not scrolls, f"the feedback page scrolls sideways at {width}"
        shoot(feedback, f"feedback-{width}")
    assert [url for url in reached if not url.startswith(("file:", "data:"))] == [], "the page reaches for the network"
    feedback.close()

    open_notebook(page, "mine/course_map.ipynb")
    run_all(page)
    wait_for_output(page, "show-the-map", "of 100 points")
    wait_for_output(page, "show-the-map", ending)
    shoot(page, "map-after")
