"""``leadgym lite`` from the package registries, clicked through in Chromium with nothing from outside.

The site is built once, as its command builds it, and served by its own serve.py. ``make test`` plays one story to its
ending, over a reload; ``make test-all`` plays every story.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_stories import press
from thorough import ALL

from leadgym.course import modules
from leadgym.lite.wheel import leadgym_files
from leadgym.scenario.engine import advance, begin, open_options, tell
from leadgym.widgets.prose import plain

READY = ".leadgym-player[data-leadgym-ready]"
SECONDS = 120_000
STORIES = modules.slugs() if ALL else ["02_delegation"]


@dataclass(frozen=True)
class Site:
    """A site that is served: its address with a slash at its end, and its folder."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What ``leadgym lite`` builds, on the server it brings."""
    folder = tmp_path_factory.mktemp("lite") / "site"
    if shutil.which("npm") is None and os.environ.get("CI") != "true":
        pytest.skip("npm is missing; install it: apt-get install npm")
    built = subprocess.run(
        [sys.executable, "-m", "leadgym.cli", "lite", str(folder)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert str(folder / "serve.py") in built.stdout
    server = subprocess.Popen(
        [sys.executable, str(folder / "serve.py"), "--no-browser"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        yield Site(next(word for word in server.stdout.readline().split() if word.startswith("http://")), folder)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def lite(browser, site: Site):
    """A page of a browser that has never been there, and what it asked of the world outside."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    outside: list[str] = []

    def let(route) -> None:
        if route.request.url.startswith((site.url, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", let)
    yield context.new_page(), outside
    context.close()


@pytest.mark.parametrize("slug", STORIES)
def test_a_story_plays_to_its_ending_in_the_browser_alone_and_keeps_its_place(
    lite, site: Site, shoot, slug: str
) -> None:
    page, outside = lite
    story = modules.scenario(slug)
    page.goto(site.url)
    page.get_by_role("link", name=plain(story.title), exact=True).click()
    page.wait_for_selector(READY, timeout=SECONDS)
    page.locator(".leadgym-start-button button").click()
    # The story's own luck, the weights as they stand, and always the first option: who opens the page and presses on.
    state = begin(story, story.seed, None, {name: 100 // len(story.aims) for name in story.aims})
    place = 0
    while state.ending is None:
        option = open_options(state)[0]
        press(page, ".leadgym-options button", tell(state, option.text))
        state = advance(state, f"{state.scene}.{option.id}")
        page.wait_for_timeout(500)
        if place == 1:
            at = page.locator(".leadgym-player h3").inner_text()
            page.reload()
            page.wait_for_selector(READY, timeout=SECONDS)
            assert page.locator(".leadgym-player h3").inner_text() == at
            assert page.locator(".leadgym-notice").inner_text() == ""
        place += 1
    page.get_by_role("heading", name="What the authors would say (provisional)").wait_for(timeout=60_000)
    ending = next(one for one in story.endings if one.id == state.ending)
    assert page.get_by_text(plain(tell(state, ending.title)), exact=False).count() >= 1
    if slug == "02_delegation":
        assert page.get_by_text("is in the full edition of leadgym").count() >= 1
    shoot(page, f"lite-{slug}")
    page.get_by_role("link", name="All stories").click()
    page.get_by_role("heading", name="What needs the full edition").wait_for()
    assert page.url in (site.url, f"{site.url}index.html")
    assert outside == []


def test_the_first_page_says_what_to_do_when_it_is_opened_as_a_file(browser, site: Site, shoot) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    page.goto((site.folder / "index.html").as_uri())
    assert page.get_by_text("python3 serve.py").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, "lite-file-360-dark")
    page.goto(site.url)
    assert not page.get_by_text("python3 serve.py").is_visible()
    context.close()


def test_the_site_holds_the_players_files_and_nothing_of_keys_or_solutions(site: Site) -> None:
    """Down to the bytes of every file: the wheel of leadgym is the one that its own test has looked through."""
    import zipfile

    wheel = next((site.folder / "static" / "pyodide").glob("leadgym-*.whl"))
    with zipfile.ZipFile(wheel) as packed:
        held = {name: packed.read(name).decode() for name in packed.namelist() if ".dist-info/" not in name}
    assert held == leadgym_files()
    names = [str(path.relative_to(site.folder)) for path in site.folder.rglob("*")]
    assert not [name for name in names if "gradebook" in name or "solution" in name or name.endswith("keys")]
    assert sorted(path.stem for path in (site.folder / "files").glob("*.ipynb")) == modules.slugs()
