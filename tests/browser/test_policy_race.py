"""The policy race in the real lesson: with the mouse, with the keyboard alone, and a policy that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from thorough import ALL

from leadgym.lab.workspace import lay

RUN_CELL = """id => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(c => c.model.id === id);
  notebook.deselectAll();
  return window.jupyterapp.commands.execute('notebook:run-cell');
}"""
SET_SOURCE = """([id, source]) => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.widgets.find(cell => cell.model.id === id).model.sharedModel.setSource(source);
}"""
FIGURE = ".leadgym-race [role=img]"
TITLE = ".leadgym-race figcaption"


@pytest.fixture
def racing(lab, page, open_notebook, request) -> Callable[..., None]:
    """Opens the lesson in a workspace of its own and runs the race's cell, with other code where some is given."""
    folder = lay(lab.workspace / request.node.name).workspace / "course" / "02_delegation"

    def race(source: str = "") -> None:
        open_notebook(page, str((Path(folder) / "lesson.ipynb").relative_to(lab.workspace)))
        page.evaluate(RUN_CELL, "what-a-policy-sees")
        if source:
            page.evaluate(SET_SOURCE, ["your-policy", source])
        page.evaluate(RUN_CELL, "your-policy")
        page.locator(".leadgym-race[data-leadgym-ready]").wait_for(timeout=60_000)
        page.locator(FIGURE).wait_for(timeout=60_000)
        page.locator(".leadgym-race").scroll_into_view_if_needed()

    return race


def title_after(page, before: str, press: Callable[[], object]) -> str:
    """The figure's title once ``press`` has changed it."""
    press()
    page.wait_for_function(
        "([css, before]) => document.querySelector(css)?.textContent !== before", arg=[TITLE, before], timeout=60_000
    )
    return page.locator(TITLE).text_content()


def focus_by_tab(page, css: str) -> None:
    """Presses Tab until the focus is on ``css``, as somebody without a mouse does."""
    for _ in range(25):
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {css}")


@pytest.mark.skipif(not ALL, reason="make test-all: the keyboard's race is in make test")
def test_a_race_with_the_mouse(page, racing, shoot, set_theme) -> None:
    """Shown at once, run again with other policies, watched week by week; light and dark, 1280 and 1920 wide."""
    racing()
    first = page.locator(TITLE).text_content()
    assert "round robin" in first
    assert "by week 13" in first
    page.locator(".leadgym-race select").nth(0).select_option("soft hero")
    page.locator(".leadgym-race-problems", has_text="Press “Run the quarter”.").wait_for()
    page.locator(".leadgym-race select").nth(1).select_option("60/40 with one paired stretch")
    second = title_after(page, first, page.get_by_role("button", name="Run the quarter").click)
    assert second.startswith("Soft hero")
    assert "Plausible, not predictive" in page.locator(".leadgym-race").inner_text()
    week_one = title_after(page, second, page.get_by_role("button", name="Next week").click)
    assert "by week 1 " in week_one
    page.get_by_role("button", name="Next week").click()
    page.locator(TITLE, has_text="by week 2").wait_for()
    luck = page.locator(FIGURE).get_attribute("aria-label")
    page.get_by_role("button", name="Other luck").click()
    page.wait_for_function(
        "([css, old]) => document.querySelector(css)?.getAttribute('aria-label') !== old", arg=[FIGURE, luck]
    )
    for theme in ("dark", "light"):
        set_theme(page, theme)
        for width in (1280, 1920):
            page.set_viewport_size({"width": width, "height": 1000})
            page.locator(".leadgym-race").scroll_into_view_if_needed()
            fits = page.evaluate(
                "() => { const race = document.querySelector('.leadgym-race').getBoundingClientRect();"
                " return [...document.querySelectorAll('.leadgym-race svg, .leadgym-race table, .leadgym-race button')]"
                " .every(part => part.getBoundingClientRect().right <= race.right + 1); }"
            )
            assert fits, f"something stands out of the race at {width}"
            shoot(page, f"race-{theme}-{width}")


def test_a_race_with_the_keyboard_alone(page, racing) -> None:
    """Tab reaches every control, arrows move the sliders, and each slider says what it is."""
    racing()
    before = page.locator(TITLE).text_content()
    page.locator(".leadgym-race select").nth(0).focus()
    focus_by_tab(page, ".leadgym-race .noUi-handle")
    assert "Away" in page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator(".leadgym-race-key", has_text="Grey: you are away, weeks 3 to 6").wait_for(timeout=60_000)
    page.keyboard.press("Tab")
    focus_by_tab(page, ".leadgym-race .noUi-handle")
    assert "week" in page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    page.keyboard.press("ArrowLeft")
    page.locator(TITLE, has_text="by week 12").wait_for(timeout=60_000)
    focus_by_tab(page, ".leadgym-race summary")
    page.keyboard.press("Enter")
    page.locator(".leadgym-race details[open] table").wait_for()
    assert page.locator(TITLE).text_content() != before


def test_a_policy_that_is_wrong_is_told_so_in_sentences(page, racing) -> None:
    """The race runs on the default, the sentences stand above the figure, and nowhere is a traceback."""
    racing('def assign(team):\n    return {"E1-1": "Nobody"}\n\n\nrace(assign, "round robin")')
    said = page.locator(".leadgym-race-problems")
    said.wait_for()
    assert "`assign` named" in said.inner_text()
    assert "default stood in" in said.inner_text()
    cell = page.locator(".jp-Notebook .jp-Cell", has=page.locator(".leadgym-race"))
    assert "Traceback" not in cell.inner_text()
