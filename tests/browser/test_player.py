"""The player in a real JupyterLab: by mouse, by keyboard alone, after a reload, in both themes, on both widths."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from thorough import ALL

FIXTURE = Path(__file__).parents[1] / "fixtures" / "scenarios_play" / "scenario.yaml"
CELL = 'from leadgym.widgets.player import play\n\nplay("99_player")'
HEADING = ".leadgym-player h3"


@pytest.fixture
def lesson(lab, request) -> Path:
    """A folder in the workspace with a story and a notebook that plays it."""
    folder = lab.workspace / request.node.name.replace("[", "-").strip("]")
    folder.mkdir()
    shutil.copy(FIXTURE, folder / "scenario.yaml")
    cells = [nbformat.v4.new_markdown_cell("# Before"), nbformat.v4.new_code_cell(CELL)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / "lesson.ipynb")
    return folder


@pytest.fixture
def playing(lab, lesson, page, open_notebook, run_all) -> Callable[[], None]:
    """Opens the lesson, or opens it again, and runs it until the player is there."""

    def play() -> None:
        open_notebook(page, str((lesson / "lesson.ipynb").relative_to(lab.workspace)))
        run_all(page)
        page.wait_for_selector(".leadgym-player[data-leadgym-ready]", timeout=60_000)

    return play


def choices(lesson: Path) -> list[str]:
    return json.loads((lesson / "the_cutover.choices.json").read_text(encoding="utf-8"))["run"]["choices"]


def press(page, words: str) -> None:
    page.locator(".leadgym-player button", has_text=words).click()


def at(page, title: str) -> None:
    page.locator(HEADING, has_text=title).wait_for()


def focus_is_on(page, words: str) -> None:
    """Waits until the focus is inside the player, on something with these words."""
    page.wait_for_function(
        "words => { const e = document.activeElement;"
        " return e.closest('.leadgym-player') && e.innerText.includes(words) }",
        arg=words,
    )


def tab_to(page, words: str, key: str = "Tab") -> None:
    """Tab on until the focus is on a control with these words."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate(
            "words => { const e = document.activeElement; return e.closest('.leadgym-player') !== null &&"
            " [e.innerText, e.labels?.[0]?.innerText].some(text => text?.includes(words)) }",
            words,
        ):
            return
    pytest.fail(f"Tab never came to '{words}'")


def test_played_to_the_end_with_the_mouse(page, lesson, playing):
    playing()
    press(page, "Start")
    focus_is_on(page, "Who leads the cutover?")
    press(page, "Ask Joost")
    focus_is_on(page, "Now you know: The old database can stay up until Tuesday.")
    press(page, "Mira leads it")
    focus_is_on(page, "Step nine does not match")
    page.locator(".leadgym-live [aria-live=polite]", has_text="Delay +0.5 days, worse").wait_for(state="attached")
    press(page, "Give it twenty minutes")
    focus_is_on(page, "The retrospective")
    page.locator(".leadgym-from", has_text="From “Thursday, 14:00: Who leads the cutover?”").first.wait_for()
    press(page, "writes it out")
    focus_is_on(page, "Two people")
    assert choices(lesson) == ["ask plan.joost", "plan.mira", "window.look", "after.write"]
    page.locator("[role=img][aria-label^='Work that stops while you are away'] svg").first.wait_for()
    press(page, "Show how far any road could have gone")
    focus_is_on(page, "score by your weights")
    with page.expect_download() as download:
        page.click("summary >> text=The whole run as text")
        page.click("text=Save as the_cutover.txt")
    assert "Mira leads it" in Path(download.value.path()).read_text(encoding="utf-8")
    press(page, "Go back to “Saturday")
    at(page, "Step nine does not match")
    focus_is_on(page, "Step nine does not match")
    assert choices(lesson) == ["ask plan.joost", "plan.mira"]


def test_played_to_the_end_with_the_keyboard_alone(page, lesson, playing, shoot):
    playing()
    page.keyboard.press("Escape")
    tab_to(page, "Ship")
    page.keyboard.press("Control+a")
    page.keyboard.type("70")
    tab_to(page, "Four time zones")
    page.keyboard.press("Space")
    tab_to(page, "Start")
    page.keyboard.press("Enter")
    focus_is_on(page, "Who leads the cutover?")
    tab_to(page, "Ask Joost")
    shoot(page, "keyboard-ring")
    page.keyboard.press("Enter")
    focus_is_on(page, "Now you know")
    number = page.locator(".leadgym-options button", has_text="Mira leads it").inner_text()[0]
    page.keyboard.press(number)
    focus_is_on(page, "Step nine does not match")
    page.wait_for_timeout(350)  # a digit within 0.3 s of a choice is taken for a slip
    tab_to(page, "Give it twenty minutes")
    page.keyboard.press("Space")
    focus_is_on(page, "The retrospective")
    page.wait_for_timeout(350)
    page.keyboard.press("1")
    focus_is_on(page, "Two people")
    saved = json.loads((lesson / "the_cutover.choices.json").read_text(encoding="utf-8"))["run"]
    assert saved["choices"] == ["ask plan.joost", "plan.mira", "window.look", "after.write"]
    assert saved["weights"] == {"ship": 70, "grow": 30}
    assert saved["variant"] == "spread"
    tab_to(page, "Play again with other luck")
    page.keyboard.press("Enter")
    focus_is_on(page, "The cutover")
    kinds = page.evaluate("jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)")
    assert kinds == ["markdown", "code"], "a digit or Enter reached JupyterLab's own shortcuts"


def test_after_a_reload_the_run_stands_where_it_stood(page, lesson, playing):
    playing()
    press(page, "Start")
    press(page, "Mira leads it")
    at(page, "Step nine does not match")
    page.reload()
    playing()
    at(page, "Step nine does not match")
    press(page, "Roll back, write")
    at(page, "The retrospective")
    assert choices(lesson) == ["plan.mira", "window.roll"]


def test_after_a_kernel_restart_the_run_stands_where_it_stood(page, lesson, playing, run_all):
    playing()
    press(page, "Start")
    press(page, "Mira leads it")
    at(page, "Step nine does not match")
    page.evaluate("jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.wait_for_selector(".leadgym-player", state="detached")
    run_all(page)
    at(page, "Step nine does not match")


def test_a_double_click_is_one_choice(page, lesson, playing):
    playing()
    press(page, "Start")
    at(page, "Who leads the cutover?")
    page.locator(".leadgym-options button").nth(1).dblclick()
    at(page, "Step nine does not match")
    page.wait_for_timeout(500)
    assert len(choices(lesson)) == 1


def test_two_tabs_on_one_story_lose_nothing_and_say_so(page, lesson, playing, shoot):
    playing()
    press(page, "Start")
    at(page, "Who leads the cutover?")
    path = lesson / "the_cutover.choices.json"
    elsewhere = json.loads(path.read_text(encoding="utf-8"))
    elsewhere["revision"] += 1
    elsewhere["run"]["choices"] = ["plan.joost"]
    path.write_text(json.dumps(elsewhere), encoding="utf-8")
    press(page, "Mira leads it")
    page.locator(".leadgym-notice", has_text="played on in another tab or kernel").first.wait_for()
    at(page, "Step nine does not match")
    shoot(page, "two-tabs")
    assert choices(lesson) == ["plan.joost"]
    assert json.loads(path.read_text(encoding="utf-8"))["past"][0]["choices"] == ["plan.mira"]


def test_a_reopened_notebook_says_to_run_the_cell(page, lab, lesson, playing, open_notebook, shoot):
    playing()
    note = page.locator("text=Run this cell to go on playing").filter(visible=True)
    assert note.count() == 0
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    page.evaluate("jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    open_notebook(page, str((lesson / "lesson.ipynb").relative_to(lab.workspace)))
    note.first.wait_for()
    shoot(page, "reopened")


LOWEST_CONTRAST = """() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const paint = (colors) => {
    context.fillStyle = 'white'; context.fillRect(0, 0, 1, 1);
    for (const color of colors) { context.fillStyle = color; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let lowest = [99, ''];
  const walker = document.createTreeWalker(document.querySelector('.leadgym-player'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility() || element.closest('style')) continue;
    const behind = [];
    for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
    const style = getComputedStyle(element);
    const text = element.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(paint(behind)), light(paint([...behind, text]))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < lowest[0]) lowest = [ratio, node.textContent.trim().slice(0, 60)];
  }
  return lowest;
}"""

OVERFLOWS = """() => {
  const player = document.querySelector('.leadgym-player');
  const notebook = player.closest('.jp-OutputArea');
  const cut = [...player.querySelectorAll('button')].filter((b) => b.checkVisibility())
    .filter((b) => b.scrollWidth > b.clientWidth + 1 || b.scrollHeight > b.clientHeight + 1).map((b) => b.innerText);
  if (notebook.scrollWidth > notebook.clientWidth) cut.push('the player is wider than its cell');
  return cut;
}"""

CHARACTERS_PER_LINE = """() => Math.max(...[...document.querySelectorAll('.leadgym-prose p')]
  .filter((p) => p.checkVisibility()).map((p) => {
    const range = document.createRange(); range.selectNodeContents(p);
    const lines = new Set([...range.getClientRects()].map((r) => Math.round(r.bottom))).size;
    return lines > 1 ? p.innerText.length / lines : 0;
  }))"""


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (1920, "dark"), *([(1280, "dark"), (1920, "light")] if ALL else [])]
)
def test_every_page_is_readable(page, playing, set_theme, shoot, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    playing()
    set_theme(page, theme)

    def look(name: str) -> None:
        page.wait_for_timeout(200)
        ratio, text = page.evaluate(LOWEST_CONTRAST)
        assert ratio >= 4.5, f"{name}: contrast {ratio:.1f} at '{text}'"
        assert page.evaluate(OVERFLOWS) == [], name
        assert page.evaluate(CHARACTERS_PER_LINE) <= 80, name
        page.evaluate("document.querySelector('.leadgym-player').scrollIntoView()")
        shoot(page, f"{name}-{width}-{theme}")

    look("opening")
    press(page, "Start")
    at(page, "Who leads the cutover?")
    press(page, "Read the pager log")
    look("question")
    press(page, "You lead it yourself")
    at(page, "Step nine does not match")
    look("scene")
    press(page, "Go on, and repair")
    at(page, "The retrospective")
    look("comes-back")
    press(page, "Leave it")
    at(page, "Still you")
    press(page, "Show how far")
    page.click("summary >> text=The story so far")
    page.click("summary >> text=The whole run as text")
    look("ending")
