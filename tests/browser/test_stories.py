"""Every module's story in its real lesson, by the mouse: its walkthroughs lead in Chromium where they say.

``make test-all`` plays two endings of each module, ``make test`` one of the module that has three organisations (the
ledger ticket has a file of its own). Without a browser the scenario checker plays all of them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from thorough import ALL

from leadgym.course import modules
from leadgym.lab.workspace import lay
from leadgym.scenario.engine import advance, begin, current_scene, tell
from leadgym.widgets.prose import plain

PLAY = """([slug, more]) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const place = notebook.widgets.findIndex(c => c.model.sharedModel.source.includes(`play("${slug}")`));
  notebook.widgets[place].model.sharedModel.setSource(`from leadgym.notebook import play\\n\\ngame = play("${slug}")\\n${more}\\ngame`);
  notebook.activeCellIndex = place;
  notebook.deselectAll();
  return window.jupyterapp.commands.execute('notebook:run-cell');
}"""  # noqa: E501
STORIES = modules.slugs() if ALL else ["10_tech_lead_and_manager"]


def ways(slug: str) -> list[int]:
    """The places of the walkthroughs to play: the first, and the first that ends elsewhere."""
    found = modules.scenario(slug).walkthroughs
    other = next((place for place, way in enumerate(found) if way.ending != found[0].ending), 0)
    return [0, other] if ALL else [0]


def press(page, css: str, text: str) -> None:
    """Press the button with this text, as often as it takes to be there."""
    shown = plain(text)
    page.wait_for_function(
        "([css, text]) => [...document.querySelectorAll(css)]"
        ".some(button => button.offsetParent && button.textContent.includes(text))",
        arg=[css, shown],
        timeout=60_000,
    )
    page.wait_for_timeout(350)  # a press within 0.3 s of a choice is taken for a slip
    page.locator(css, has_text=shown).first.click()


@pytest.mark.parametrize(("slug", "place"), [(slug, place) for slug in STORIES for place in ways(slug)])
def test_a_walkthrough_leads_in_the_browser_where_it_says(
    page, lab, open_notebook, shoot, request, slug, place
) -> None:
    story = modules.scenario(slug)
    way = story.walkthroughs[place]
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    folder = lay(lab.workspace / name).workspace / "course" / slug
    more = [f"game.again(seed={story.seed if way.seed is None else way.seed})"]
    more += [f"game.variant({way.variant!r})"] if way.variant else []
    more += [f"game.weights(**{dict(way.weights)!r})"] if way.weights else []
    open_notebook(page, str((folder / "lesson.ipynb").relative_to(lab.workspace)))
    page.evaluate(PLAY, [slug, "\n".join(more)])
    page.wait_for_selector(".leadgym-player[data-leadgym-ready]", timeout=60_000)
    page.locator(".leadgym-player").scroll_into_view_if_needed()
    if page.locator(".leadgym-start-button button").is_visible():
        page.locator(".leadgym-start-button button").click()
    state = begin(story, story.seed if way.seed is None else way.seed, way.variant, way.weights)
    for step in way.path:
        scene = current_scene(state)
        choice = step.rpartition(".")[2]
        if step.startswith("ask "):
            text = next(one.text for one in scene.asking.choices if one.id == choice)
        else:
            text = next(one.text for one in scene.options if one.id == choice)
        press(page, f".leadgym-{'asks' if step.startswith('ask ') else 'options'} button", tell(state, text))
        state = advance(state, step)
        page.wait_for_timeout(400)
    page.get_by_role("heading", name="What the authors would say (provisional)").wait_for(timeout=60_000)
    ending = next(one for one in story.endings if one.id == way.ending)
    assert page.get_by_text(plain(ending.title), exact=False).count() >= 1
    saved = next(path for path in Path(folder).glob("*.choices.json"))
    assert json.loads(saved.read_text(encoding="utf-8"))["run"]["choices"] == list(way.path)
    shoot(page, f"{slug}-{way.ending}")
