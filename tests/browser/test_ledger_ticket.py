"""“The ledger ticket” in the real lesson: with the mouse and a reload half way, and with the keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError

from leadgym.lab.workspace import lay

OPTIONS = ".leadgym-options button"
RUN_THE_STORY = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(c => c.model.sharedModel.source.includes('play("02_'));
  notebook.deselectAll();
  return window.jupyterapp.commands.execute('notebook:run-cell');
}"""
DEBRIEF = "What the authors would say (provisional)"


@pytest.fixture
def lesson(lab, request) -> Path:
    """The lesson's folder in a workspace of its own."""
    return lay(lab.workspace / request.node.name).workspace / "course" / "02_delegation"


@pytest.fixture
def playing(lab, lesson, page, open_notebook) -> Callable[[], None]:
    """Opens the lesson, or opens it again, and runs the cell with the story until the player is there."""

    def play() -> None:
        open_notebook(page, str((lesson / "lesson.ipynb").relative_to(lab.workspace)))
        page.evaluate(RUN_THE_STORY)
        page.wait_for_selector(".leadgym-player[data-leadgym-ready]", timeout=60_000)
        page.locator(".leadgym-player").scroll_into_view_if_needed()

    return play


def choices(lesson: Path) -> list[str]:
    return json.loads((lesson / "ledger_ticket.choices.json").read_text(encoding="utf-8"))["run"]["choices"]


def wait_for_next(page, options: str, *, focused: bool = True) -> str:
    """The text of the options once they differ from ``options`` and the focus has come back; "" at the debrief.

    The parts of a scene arrive one by one, and the page scrolls when the focus comes to the heading: a press before
    that can miss its button. Nothing takes the focus without a press: ``focused`` is False after a reload.
    """
    arrived = """([css, old, end, focused]) => {
        if ([...document.querySelectorAll('.leadgym-player h4')].some(h => h.textContent.trim() === end)) return 'end';
        const buttons = [...document.querySelectorAll(css)].filter(b => b.offsetParent);
        const text = buttons.map(b => b.textContent).join('|');
        const said = document.querySelector('.leadgym-keys')?.textContent.match(/[0-9]/g) ?? [];
        const there = !focused || document.activeElement.matches('.leadgym-player [data-leadgym-focus]');
        return text && text !== old && Number(said.at(-1)) === buttons.length && there ? text : false;
    }"""
    try:
        text = page.wait_for_function(arrived, arg=[OPTIONS, options, DEBRIEF, focused], timeout=60_000).json_value()
    except PlaywrightError:
        focus = page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        player = page.locator(".leadgym-player").all_inner_texts()
        pytest.fail(f"No other options after {options!r}.\nThe focus: {focus}\nThe player: {player}")
    return "" if text == "end" else text


def read_the_debrief(page, lesson: Path) -> None:
    page.get_by_role("heading", name=DEBRIEF).wait_for()
    assert page.locator(".leadgym-player [role=img] svg").count() >= 1, "the debrief has its figure"
    assert page.get_by_text("Who sees it otherwise").count() or page.get_by_text("Dissent").count()
    assert 6 <= len([choice for choice in choices(lesson) if not choice.startswith("ask ")]) <= 7


def test_the_ledger_ticket_with_the_mouse_and_a_reload_half_way(page, lesson, playing, shoot) -> None:
    """Ask once, decide, reload after the third decision, stand where one stood, and finish."""
    playing()
    page.locator(".leadgym-start-button button").click()
    options = wait_for_next(page, "")
    asked = page.locator(".leadgym-asks button").first
    question = asked.text_content()
    asked.click()
    page.locator(".leadgym-asks button", has_text=question).wait_for(state="detached")
    page.locator(".leadgym-answer:focus").wait_for()
    decided = 0
    while options:
        page.locator(OPTIONS).first.click()
        options = wait_for_next(page, options)
        decided += 1
        if decided == 3:
            before = choices(lesson)
            playing()
            assert wait_for_next(page, "", focused=False) == options
            assert choices(lesson) == before
    read_the_debrief(page, lesson)
    shoot(page, "ledger-ticket-mouse-end")


def test_the_ledger_ticket_with_the_keyboard_alone(page, lesson, playing, shoot) -> None:
    """Tab to the start button and press Enter, then a digit at each decision, to the debrief."""
    playing()
    page.keyboard.press("Escape")
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.leadgym-start-button') !== null"):
            break
    else:
        pytest.fail("Tab never came to the start button")
    page.keyboard.press("Enter")
    options = wait_for_next(page, "")
    while options:
        page.wait_for_timeout(350)  # a digit within 0.3 s of a choice is taken for a slip
        page.keyboard.press("2")
        options = wait_for_next(page, options)
    assert page.evaluate("document.activeElement.closest('.leadgym-player') !== null"), "the focus left the player"
    read_the_debrief(page, lesson)
    shoot(page, "ledger-ticket-keyboard-end")
