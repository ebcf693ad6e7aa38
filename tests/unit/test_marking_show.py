"""The mark as a page: escaped, self-contained, in words, with headings and a table that a screen reader can follow."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from marking_small import best, coached, marked

from leadgym.marking import AnswerProblem, mark_html, mark_text, no_answer, problem_html
from leadgym.marking.show import number, percent, points, quoted, stop

VOID = {"hr", "br"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> \" ' & \x00\x1b[31m \u202egnp.exe"


class Page(HTMLParser):
    """Checks that tags are closed in order, and keeps what was used."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def results():
    return [make(name, best(name)) for name in ("path", "judgement", "plan", "estimate") for make in (marked, coached)]


@pytest.mark.parametrize("result", results(), ids=lambda r: f"{type(r).__name__}-{r.name}")
def test_a_page_is_sound_and_needs_nothing_else(result):
    text = mark_html(result)
    page = Page(text)
    used = {tag for tag, _ in page.tags}
    assert used <= {"section", "h3", "h4", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "hr", "strong"}
    assert all(set(attributes) <= {"class", "style", "scope", "aria-label"} for _, attributes in page.tags)
    assert "url(" not in text
    assert "http" not in text


@pytest.mark.parametrize("result", results(), ids=lambda r: f"{type(r).__name__}-{r.name}")
def test_colours_are_those_of_the_page_around(result):
    """Readable in a light theme, a dark one and on white: no colour is set but the one that is there."""
    for style in re.findall(r'style="([^"]*)"', mark_html(result)):
        assert not re.search(r"#[0-9a-f]{3}|rgb|hsl", style)
        for name, value in re.findall(r"([\w-]*(?:color|background)[\w-]*)\s*:\s*([^;]+)", style):
            assert value.strip() in {"inherit", "transparent"}, name


def test_the_table_has_its_heads_and_the_state_is_a_word():
    answer = best("judgement")
    answer["three"] = {"ratings": {"a": 2, "b": 4, "c": 1, "d": 5}, "best": "d", "confidence": 1.0}
    page = Page(mark_html(marked("judgement", answer)))
    assert [a.get("scope") for tag, a in page.tags if tag == "th"] == ["col"] * 3 + ["row"] * 3
    assert "partly met" in page.text
    assert "2.22 of 4 points" in page.text


def test_states():
    page = Page(mark_html(marked("plan", best("plan")))).text
    assert "Within reach: met, 6 of 6 points" in page
    page = Page(mark_html(no_answer_of_plan("Nothing arrived."))).text
    assert "Within reach: not met, 0 of 6 points" in page
    assert "Nothing arrived." in page


def no_answer_of_plan(sentence):
    from marking_small import RUBRIC

    return no_answer(RUBRIC, "plan", sentence)


def test_reason_stands_with_every_criterion_and_a_next_step_where_points_are_missing():
    """Under points that are all there, a next step reads as if nobody had looked."""
    for show in (mark_html, mark_text):
        full, nothing = show(marked("plan", best("plan"))), show(marked("plan", {}))
        assert (full.count("Why it matters:"), full.count("Try next:")) == (3, 0)
        assert (nothing.count("Why it matters:"), nothing.count("Try next:")) == (3, 3)
        assert "People grow just out of reach." in full


def test_what_a_learner_wrote_is_shown_and_never_run():
    answer = best("plan")
    answer["keys"]["owner"] = EVIL
    answer[EVIL] = {}
    answer["docs"][EVIL] = 1
    for result in (marked("plan", answer), coached("plan", answer)):
        text = mark_html(result)
        assert {tag for tag, _ in Page(text).tags} <= {
            *("section", "h3", "h4", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "hr", "strong")
        }
        assert "&lt;script&gt;" in text
        assert not set("\x00\x1b\u202e") & set(text + mark_text(result))


def test_every_part_is_escaped():
    mark = marked("plan", best("plan"))
    evil = dataclasses.replace(
        mark,
        title=EVIL,
        note=EVIL,
        criteria=tuple(
            dataclasses.replace(c, title=EVIL, reason=EVIL, found=EVIL, next_step=EVIL) for c in mark.criteria
        ),
    )
    assert not {tag for tag, _ in Page(mark_html(evil)).tags} & {"script", "img"}
    coaching = coached("judgement", None)
    checks = tuple(dataclasses.replace(c, title=EVIL, state=EVIL, found=EVIL, next_step=EVIL) for c in coaching.checks)
    shown = mark_html(dataclasses.replace(coaching, title=EVIL, note=EVIL, checks=checks))
    assert not {tag for tag, _ in Page(shown).tags} & {"script", "img"}
    assert not {tag for tag, _ in Page(problem_html(EVIL)).tags} & {"script", "img"}


def test_lines_become_paragraphs_and_dashes_a_list():
    page = problem_html(str(AnswerProblem("One.\n- two\n- three\nFour.")))
    assert [tag for tag, _ in Page(page).tags] == ["section", "p", "ul", "li", "li", "p"]


def test_plain_text_has_it_all_too():
    text = mark_text(marked("estimate", {}))
    assert text.startswith("Four ranges: 0 of 12 points\n")
    assert "Ranges: not met, 0 of 6 points" in text
    assert "not complete yet" in mark_text(coached("estimate", {}))


def test_numbers_read_as_people_write_them():
    assert [number(v) for v in (3.0, 2.5, 1 / 3, -0.001, 0, 1200, 60000, -12345.5)] == [
        "3",
        "2.5",
        "0.33",
        "0",
        "0",
        "1200",
        "60,000",
        "-12,345.5",
    ]
    assert points(1, 1) == "1 of 1 point"
    assert quoted("“No.”\n he said") == "“‘No.’ he said”"
    assert points(0.5, 4) == "0.5 of 4 points"
    assert percent(2 / 3) == "67 %"
    assert stop(" It\n works ") == "It works."
    assert stop("Does it?") == "Does it?"
