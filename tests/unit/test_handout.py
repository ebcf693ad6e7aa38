"""The printed pages hold what a room needs, say nothing too early, and ask nothing of any other machine."""

from __future__ import annotations

import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from leadgym.cli import main
from leadgym.course.modules import content_root, module, scenario, slugs
from leadgym.room.handout import TO_WORK, card_html, handout_html
from leadgym.widgets.prose import plain

SLUGS = slugs()


def said(page: str) -> str:
    body = page.partition("<main>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", body)).split())


@pytest.mark.parametrize("slug", SLUGS)
def test_a_handout_has_questions_and_monday_below_the_fold_and_no_answer(slug: str) -> None:
    page = handout_html(slug)
    above, _, below = said(page).partition("Fold here.")
    for part in module(slug).minutes.lunch_and_learn:
        assert part.name in above
    for question in scenario(slug).debrief.questions[:3]:
        assert plain(question) in below
        assert plain(question) not in above
    assert plain(module(slug).on_monday) in below
    for scene in scenario(slug).scenes:
        for option in scene.options:
            for secret in (option.rationale, option.dissent, option.outcome):
                assert not secret or plain(secret)[:40] not in said(page)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_card_has_every_part_on_the_clock_with_all_its_prompts(slug: str) -> None:
    page, clock = said(card_html(slug)), 0
    lunch = (content_root() / "course" / slug / "facilitator.md").read_text("utf-8").partition("## Lunch-and-learn")[2]
    for part in module(slug).minutes.lunch_and_learn:
        assert f"0:{clock:02d} {part.name} ({part.minutes} min)" in page
        clock += part.minutes
    for line in lunch.splitlines():
        if line.startswith("**"):
            assert plain(line) in page
    assert "Leave out:" in page
    assert f"leadgym room {slug[:2]}" in page


@pytest.mark.parametrize("make", [handout_html, card_html])
def test_a_page_needs_nothing_else_and_prints_light(make: object) -> None:
    assert callable(make)
    for slug in SLUGS:
        page = str(make(slug))
        assert not re.search(r"<script|<link|<img|src=|url\(|https?://", page), slug
        assert page.count("<h1>") == 1
        printed = page.partition("@media print {")[2]
        assert "color-scheme: light;" in printed
        assert "--paper: #fff" in printed


def test_each_command_for_work_is_one_that_there_is() -> None:
    assert set(TO_WORK) <= set(SLUGS)
    for line in TO_WORK.values():
        program, name, *rest = shlex.split(line)
        assert program == "leadgym"
        options = {option for parameter in main.commands[name].params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= options


def test_the_command_writes_where_it_is_told(tmp_path: Path) -> None:
    out = tmp_path / "card.html"
    done = CliRunner().invoke(main, ["handout", "02", "--card", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert str(out) in done.output
    assert out.read_text(encoding="utf-8") == card_html("02_delegation")
    nowhere = CliRunner().invoke(main, ["handout", "02", "--out", str(tmp_path / "none" / "x.html")])
    assert nowhere.exit_code == 1
    assert "Check the path" in nowhere.output


@pytest.mark.parametrize("slug", SLUGS)
def test_the_lines_to_write_on_begin_as_the_part_says_and_are_always_four(slug: str) -> None:
    ruled = handout_html(slug).partition('<ul class="ruled"')[2].partition("</ul>")[0]
    begun = [line for part in module(slug).minutes.lunch_and_learn for line in part.lines]
    assert re.findall("<li>(.*?)</li>", ruled) == begun + [""] * (4 - len(begun))
