"""What people see of the site besides the player: the page with all stories, and the notebook a story plays in."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from leadgym.course import modules
from leadgym.widgets.prose import inline, plain, quoted

_MAP = Path(__file__).with_name("in_site") / "index.html"
_HERE_STAND = "<!-- stories -->"


def map_page() -> str:
    """The site's first page. Raises FileProblems when a module or its story is broken."""
    return _MAP.read_text(encoding="utf-8").replace(_HERE_STAND, "\n".join(_item(slug) for slug in modules.slugs()))


def _item(slug: str) -> str:
    module, story = modules.module(slug), modules.scenario(slug)
    link = f'<a href="notebooks/index.html?path={slug}.ipynb">{html.escape(plain(story.title))}</a>'
    places = ", ".join(quoted(variant.label) for variant in story.variants.values())
    where = f'<p class="soft">You choose the organisation it is played in: {places}.</p>' if places else ""
    title = f"{slug[:2]} {html.escape(module.title)}"
    return f'<li><h3>{link} <span class="soft">{title}</span></h3><p>{inline(module.summary)}</p>{where}</li>'


def story_notebook(slug: str) -> dict[str, Any]:
    """The notebook in which a module's story plays by itself, as JSON data."""
    intro = [
        f"# {plain(modules.scenario(slug).title)}\n",
        "\n",
        "The story opens below by itself, in some twenty seconds. Each choice is kept in this browser. Lessons, "
        "exercises, marking and the simulation are in the full edition. [All stories](#all-stories)",
    ]
    code = ["from leadgym.notebook import play\n", "\n", f'play("{slug}")']
    cells = [
        {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": intro},
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "story",
            "metadata": {"jupyter": {"source_hidden": True}},
            "outputs": [],
            "source": code,
        },
    ]
    kernel = {"name": "python", "display_name": "Python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
