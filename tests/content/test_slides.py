"""Each lesson has slides, each cut its slides, and a room can read them."""

from __future__ import annotations

import re
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks

WORDS = 100
TYPES = {"slide", "subslide", "fragment", "skip", "notes"}


def lesson(slug: str) -> list[dict[str, Any]]:
    return notebooks.read(modules.content_root() / "course" / slug / "lesson.ipynb")["cells"]


def slide_type(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("slideshow", {}).get("slide_type", "")


@pytest.mark.parametrize("slug", modules.slugs())
def test_a_lesson_has_five_to_nine_short_slides(slug: str) -> None:
    """A new cell that says nothing would join the slide above it, so each says what it is."""
    cells = lesson(slug)
    assert [cell["id"] for cell in cells if slide_type(cell) not in TYPES] == []
    slides = [cell for cell in cells if slide_type(cell) in ("slide", "subslide")]
    assert 5 <= len(slides) <= 9
    long = {c["id"]: rules.words(rules.source(c)) for c in slides if c["cell_type"] == "markdown"}
    assert {name: count for name, count in long.items() if count > WORDS} == {}
    assert cells[0] in slides, "the lesson opens with its situation, and so do the slides"


@pytest.mark.parametrize("slug", modules.slugs())
def test_a_cut_begins_and_ends_on_a_slide_and_names_only_slides(slug: str) -> None:
    parts = modules.module(slug).minutes.lunch_and_learn
    slides = {cell["id"] for cell in lesson(slug) if slide_type(cell) == "slide"}
    assert {part.slide for part in parts if part.slide} <= slides
    assert parts[0].slide
    assert parts[-1].slide


@pytest.mark.parametrize("slug", modules.slugs())
def test_a_part_that_shows_the_lesson_has_a_slide(slug: str) -> None:
    """Where the prompts say "Demo" with the heading of a screen that has slides, there is something to turn to."""
    text = (modules.content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
    lunch = text.partition("## Lunch-and-learn")[2]
    shown = (screen for screen in rules.screens(lesson(slug)) if any(slide_type(c) == "slide" for c in screen.cells))
    headings = {screen.title for screen in shown}
    for part in modules.module(slug).minutes.lunch_and_learn:
        said = lunch.partition(f"### {part.name} (")[2].partition("\n### ")[0]
        for demo in re.findall(r"\*\*Demo:\*\* (.*)", said):
            if "story" not in demo and set(re.findall(r'"([^"]+)"', demo)) & headings:
                assert part.slide, f"{slug}: {part.name}"
