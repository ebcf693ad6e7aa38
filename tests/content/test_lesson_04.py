"""What is special to lesson 04: its cells answer, and the figures in its prose are those that are computed."""

from __future__ import annotations

import re
import statistics
from functools import cache
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.marking.scores import outcome_share
from leadgym.notebook import bus_factor
from leadgym.scenario.engine import State, advance, begin, open_options, tell
from leadgym.scenario.outcome import aim_scores, every_road, reachable, weighted_score
from leadgym.scenario.tells import niceness

SLUG = "04_knowledge_risk"
ROOT = modules.content_root()
STORY = modules.scenario(SLUG)
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}


def run(cell: str, *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], {"bus_factor": bus_factor}, *changes)


def test_six_changes_make_tomasz_an_author_and_five_do_not() -> None:
    for number, said in ((1, "does not count"), (5, "does not count"), (6, "counts as an author")):
        assert said in run("sara-and-tomasz", ("changes_by_tomasz = 1", f"changes_by_tomasz = {number}"))
    assert "Six edits made Tomasz an author" in LESSON["ask-the-people"]
    first, own = 1.098, 0.164
    assert first / own == pytest.approx(6.7, abs=0.05), "creating counts for nearly seven changes"


def test_the_pages_change_places_with_a_shorter_half_life() -> None:
    order = [line.split("  ")[0] for line in run("three-pages").splitlines()]
    assert order == ["settlement restart", "bank file formats", "tax submission"]
    changed = [line.split("  ")[0] for line in run("three-pages", ("5, 26, 104", "5, 26, 8")).splitlines()]
    assert changed == ["settlement restart", "tax submission", "bank file formats"]


def test_the_published_values_are_those_of_the_benchmark() -> None:
    table = (ROOT / "benchmarks" / "truck_factors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| `\w+` \| [\d,]+ \| [\d,]+ \| (\d+) \| (\d+) \|", table, re.M)
    assert len(rows) == 20
    lesson = LESSON["how-far-to-believe-it"]
    for name, published, here in rows:
        assert name in lesson
        if published != here:
            assert f"| {name} | {published} | **{here}** |" in lesson
    assert sum(published == here for _, published, here in rows) == 18
    assert all(abs(int(published) - int(here)) <= 2 for _, published, here in rows)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), "No step marked"),
        ((("stops_at = 0", "stops_at = 2"),), "nothing in it can be seen"),
        (
            (("stops_at = 0", "stops_at = 2"), ('rewritten = ""', 'rewritten = "The log says *waiting*."')),
            "something else",
        ),
        (
            (
                ("stops_at = 0", "stops_at = 2"),
                ('rewritten = ""', 'rewritten = "`tail run.log` says waiting; if not, 3"'),
            ),
            "Have somebody try it",
        ),
    ],
)
def test_the_restart_page_is_answered(changes: tuple[tuple[str, str], ...], said: str) -> None:
    assert said in run("restart-page", *changes)


def test_your_column_is_answered() -> None:
    assert "Nothing yet" in run("your-column")
    first = '    ("", "", ""),\n    ("", "", ""),\n    ("", "", ""),\n'
    one = '    ("release", "Wen", "Thursday"),\n    ("keys", "Wen", ""),\n    ("close", "Wen", "the 30th"),\n'
    said = run("your-column", (first, one))
    assert "release: Wen does it, Thursday, you beside" in said
    assert "keys: still to say: when it comes up next" in said
    assert "All to the same person" in said


def by_rank(rank: int) -> Any:
    return lambda texts: sorted(range(len(texts)), key=lambda i: -len(texts[i]))[rank]


PLAYERS = {
    "longest": by_rank(0),
    "second longest": by_rank(1),
    "third longest": by_rank(2),
    "shortest": by_rank(-1),
    "first": lambda texts: 0,
    "second": lambda texts: 1,
    "last": lambda texts: len(texts) - 1,
    "nicest": lambda texts: max(range(len(texts)), key=lambda i: niceness(texts[i])),
}
SEEDS = (1, 3, 8)


@cache
def within_reach(seed: int) -> tuple[float, ...]:
    return tuple(reachable(begin(STORY, seed, prose=False)))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win_the_story(name: str) -> None:
    shares = []
    for seed in SEEDS:
        here = begin(STORY, seed, prose=False)
        while here.scene is not None:
            options = open_options(here)
            picked = options[PLAYERS[name]([tell(here, option.text) for option in options])]
            here = advance(here, f"{here.scene}.{picked.id}")
        shares.append(outcome_share(weighted_score(here), within_reach(seed)))
    assert statistics.mean(shares) < 0.5


def test_what_serves_one_aim_does_not_serve_the_other() -> None:
    ends: list[State] = list(every_road(begin(STORY, 1, prose=False)))
    best = {aim: max(ends, key=lambda end: aim_scores(end)[aim]).choices for aim in STORY.aims}
    assert len(set(best["without"]) & set(best["spring"])) <= 2
