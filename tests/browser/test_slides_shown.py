"""A lesson as slides and as prose in a real JupyterLab: nothing cut off or from outside, no key deletes a cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from test_room import Gathering
from thorough import ALL

from leadgym.course import modules, notebooks

READY = "document.documentElement.dataset.leadgymSlides === 'ready'"
STATUS = ".leadgym-slides-bar [role=status]"
SMALL = "small"
# Taller than the window when it is as large as the window is wide.
FIGURE = """from IPython.display import HTML
HTML('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="560" role="img" aria-label="A line">'
    '<path d="M0 0L900 560" stroke="red"/></svg>')"""
# What is shown, how far it reaches beyond the window, what has no text for who cannot see it, and the smallest figure's
# size beside the notebook's.
SHOWN = """() => {
  const cells = [...document.querySelectorAll('.leadgym-shown')];
  const room = document.querySelector('.leadgym-showing > .jp-Notebook').getBoundingClientRect();
  const parts = cells.flatMap(cell => [cell, ...cell.querySelectorAll('p, li, td, svg, img, pre, button')])
    .filter(part => part.checkVisibility());
  const figures = cells.flatMap(cell => [...cell.querySelectorAll('.jp-OutputArea-output :is(img, svg)')])
    .filter(part => part.checkVisibility() && !part.parentElement.closest('svg'))
    .filter(part => !part.closest('[aria-hidden=true]'));
  const told = part => part.localName === 'img' ? part.alt
    : part.getAttribute('role') === 'img' && (part.getAttribute('aria-label') || part.getAttribute('aria-labelledby'));
  return {
    ids: window.jupyterapp.shell.currentWidget.content.widgets.filter(c => cells.includes(c.node)).map(c => c.model.id),
    below: Math.max(...parts.map(part => part.getBoundingClientRect().bottom)) - room.bottom,
    right: Math.max(...parts.map(part => part.getBoundingClientRect().right)) - room.right,
    untold: figures.filter(part => !told(part)).map(part => part.outerHTML.slice(0, 120)),
    size: Math.min(...cells.flatMap(c => [...c.querySelectorAll('.jp-OutputArea')]).map(a => a.style.zoom || 1), 9),
    failed: cells.filter(cell => cell.querySelector('[data-mime-type*=error], [data-mime-type*=stderr]')).length,
  };
}"""


def put(folder: Path) -> Path:
    """The lesson of the module that the folder is called after. SMALL has two slides in three steps."""
    if folder.name != SMALL:
        shutil.copytree(modules.content_root() / "course" / folder.name, folder, dirs_exist_ok=True)
        return folder / "lesson.ipynb"
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": name, "metadata": {"slideshow": {"slide_type": kind}}, "source": f"# {name}"}
        for name, kind in {"one": "slide", "aside": "skip", "two": "slide"}.items()
    ]
    figure = {"cell_type": "code", "id": "more", "metadata": {"slideshow": {"slide_type": "fragment"}}}
    cells.append(figure | {"execution_count": None, "outputs": [], "source": FIGURE})
    metadata = {"kernelspec": notebooks.KERNELSPEC, "language_info": notebooks.LANGUAGE}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    (folder / "lesson.ipynb").write_text(text, encoding="utf-8")
    return folder / "lesson.ipynb"


def problems(seen: dict[str, Any], height: int) -> list[str]:
    found = [side for side in ("below", "right") if seen[side] > 1]
    found += [f"nothing said of {figure}" for figure in seen["untold"]]
    found += ["empty"] * (not seen["ids"]) + ["failed"] * bool(seen["failed"])
    # Four fifths of the notebook's own size on a projector of 1280 by 720 is the least that the back row can read.
    return found + [f"drawn at {seen['size']}"] * (seen["size"] < 0.79 * height / 720)


@pytest.mark.parametrize("slug", [SMALL, *modules.slugs()] if ALL else [SMALL])
def test_every_slide_fits_and_can_be_read(page, lab, set_theme, shoot, slug: str) -> None:
    lesson = notebooks.read(put(lab.workspace / "course" / slug))
    types = [cell["metadata"]["slideshow"]["slide_type"] for cell in lesson["cells"]]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{lab.url}/doc/tree/course/{slug}/lesson.ipynb?reset&slides")
    page.wait_for_function(READY, timeout=120_000)
    status = page.locator(STATUS)
    count = types.count("slide")
    found: dict[str, list[str]] = {}
    for theme in ("light", "dark") if ALL else ("light",):
        set_theme(page, theme)
        for width, height in ((1280, 720), (1920, 1080)) if ALL else ((1280, 720),):
            page.set_viewport_size({"width": width, "height": height})
            page.keyboard.press("Home")
            assert status.inner_text() == f"1 / {count}"
            for number in range(1, count + types.count("fragment") + 1):
                page.wait_for_timeout(250)
                seen = page.evaluate(SHOWN)
                shoot(page, f"slide-{slug[:2]}-{number}-{width}-{theme}")
                if wrong := problems(seen, height):
                    found[f"{seen['ids'][:1]} at {width} in {theme}"] = wrong
                page.keyboard.press("PageDown")
            assert status.inner_text() == f"{count} / {count}"
    assert found == {}
    for key in ("d", "d", "x"):
        page.keyboard.press(key)
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == len(types)
    assert not page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty"), "nothing is written"
    page.keyboard.press("Escape")
    page.wait_for_selector(".leadgym-slides-bar", state="detached")
    assert [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))] == []


def test_view_slides_in_an_ordinary_notebook_and_escape_leaves_them(page, lab) -> None:
    put(lab.workspace / "own" / SMALL)
    page.goto(f"{lab.url}/lab/tree/own/{SMALL}/lesson.ipynb?reset")
    page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.isReady === true", timeout=60_000)
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.get_by_role("menuitem", name="Slides", exact=True).click()
    page.locator(STATUS, has_text="1 / 2").wait_for()
    box = page.locator(".leadgym-showing").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 800), "nothing of Lab is left around it"
    shown = []
    for _ in range(3):
        shown.append(page.evaluate(SHOWN)["ids"])
        page.keyboard.press("ArrowRight")
    assert shown == [["one"], ["two"], ["two", "more"]]
    page.keyboard.press("Escape")
    page.wait_for_selector(".leadgym-slides-bar", state="detached")
    page.locator(".jp-Notebook h1:visible").nth(2).wait_for()  # all cells are there again, once Lab has drawn them
    assert page.locator(".jp-Notebook h1:visible").count() == 3
    assert page.locator(".leadgym-showing, .leadgym-shown").count() == 0


def test_outside_slides_a_line_of_prose_stays_short_in_a_wide_window(page, lab, open_notebook) -> None:
    """JupyterLab's own runs over the whole of a window 1920 wide: some 230 letters."""
    put(lab.workspace / "wide" / "05_design_lead")
    page.set_viewport_size({"width": 1920, "height": 1000})
    open_notebook(page, "wide/05_design_lead/lesson.ipynb")
    text = page.locator(".jp-MarkdownCell p").nth(1)
    letters = text.evaluate(
        "p => { const r = new Range(); r.selectNodeContents(p); const lines = new Set([...r.getClientRects()]"
        ".map(b => Math.round(b.top))); return p.textContent.length / lines.size; }"
    )
    assert text.evaluate("p => p.getClientRects()[0].width") < 900
    assert 45 <= letters <= 100


@pytest.mark.skipif(not ALL, reason="runs the lesson of 02; in make test-all")
def test_the_prompts_turn_the_slides_tab_and_do_not_load_it_again(browser, lab) -> None:
    slug = "02_delegation"
    put(lab.workspace / "course" / slug)
    room = Gathering(browser, lab.url, slug)
    prompts, context = room.prompts, room.prompts.context
    prompts.locator("#slides").wait_for()
    with context.expect_page() as opened:
        prompts.keyboard.press("s")
    tab = opened.value
    tab.wait_for_function(READY, timeout=120_000)
    tab.evaluate("window.loadedOnce = true")
    tabs, seen = len(context.pages), {}
    parts = modules.module(slug).minutes.lunch_and_learn
    for number, part in enumerate(parts):
        prompts.locator("#part", has_text=part.name).wait_for()
        assert prompts.locator("#slides").is_visible() == bool(part.slide)
        if part.slide:
            prompts.locator("#slides").click()
            tab.wait_for_function(f"document.querySelector('{STATUS}') && document.visibilityState === 'visible'")
            seen[part.slide] = tab.evaluate(SHOWN)["ids"][:1]
        if number + 1 < len(parts):
            prompts.locator("#parts button", has_text="Next part").click()
    assert seen == {part.slide: [part.slide] for part in parts if part.slide}
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".leadgym-slides-bar", state="detached")
    prompts.locator("#slides").click()
    tab.wait_for_selector(".leadgym-slides-bar")
    assert tab.evaluate("window.loadedOnce"), "loading again would run the lesson again"
    assert len(context.pages) == tabs
    assert room.problems == []
    prompts.on("dialog", lambda dialog: dialog.accept())
    room.press("Close the room")
    room.projector.get_by_text("This room is closed.").wait_for()
    room.close()
