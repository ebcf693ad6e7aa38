"""A lesson as slides in a real JupyterLab: nothing cut off, nothing from outside, no key deletes a cell."""

from __future__ import annotations

import shutil

import pytest
from thorough import ALL

from leadgym.course import modules

READY = "document.documentElement.dataset.leadgymSlides === 'ready'"
SHOWN = """() => {
  const cells = [...document.querySelectorAll('.leadgym-shown')];
  const room = document.querySelector('.leadgym-showing > .jp-Notebook').getBoundingClientRect();
  const parts = cells.flatMap(cell => [cell, ...cell.querySelectorAll('p, li, td, svg, img, pre, button')])
    .filter(part => part.checkVisibility());
  return {
    ids: window.jupyterapp.shell.currentWidget.content.widgets.filter(c => cells.includes(c.node)).map(c => c.model.id),
    bottom: Math.max(...parts.map(part => part.getBoundingClientRect().bottom)) - room.bottom,
    right: Math.max(...parts.map(part => part.getBoundingClientRect().right)) - room.right,
    bare: cells.flatMap(cell => [...cell.querySelectorAll('.jp-OutputArea-output img')]).filter(i => !i.alt).length,
  };
}"""


@pytest.mark.parametrize("slug", modules.slugs() if ALL else ["02_delegation"])
def test_every_slide_fits(page, lab, set_theme, shoot, slug: str) -> None:
    folder = lab.workspace / "course" / slug
    shutil.copytree(modules.content_root() / "course" / slug, folder, dirs_exist_ok=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{lab.url}/doc/tree/course/{slug}/lesson.ipynb?reset&slides")
    page.wait_for_function(READY, timeout=120_000)
    status = page.locator(".leadgym-slides-bar [role=status]")
    count = int(status.inner_text().split("/")[1])
    cells = page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    for theme in ("light", "dark") if ALL else ("light",):
        set_theme(page, theme)
        for width, height in ((1920, 1080), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            page.keyboard.press("Home")
            for number in range(1, count + 1):
                assert status.inner_text() == f"{number} / {count}"
                page.wait_for_timeout(300)
                seen = page.evaluate(SHOWN)
                shoot(page, f"slide-{slug[:2]}-{number}-{width}-{theme}")
                assert seen["ids"]
                assert (seen["bottom"] <= 1, seen["right"] <= 1, seen["bare"]) == (True, True, 0), (width, seen)
                page.keyboard.press("PageDown")
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("x")
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == cells
    assert not page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty"), "nothing is written"
    page.keyboard.press("Escape")
    page.wait_for_selector(".leadgym-slides-bar", state="detached")
    assert [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))] == []
