"""What is special to lesson 05: its cells answer, and the figures in its prose are those its cells compute."""

from __future__ import annotations

import math
import re
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.widgets.headroom_figures import months_left, when_full

SLUG = "05_design_lead"
ROOT = modules.content_root()
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], names, *changes)


AGENDA = (
    ('"question": ""', '"question": "What carries a posting to a balance?"'),
    ('"document": ""', '"document": "page 12"'),
    ('"decides": ""', '"decides": "Ana"'), ('"by": ""', '"by": "Monday, 12 October"'),
)  # fmt: skip


def test_an_agenda_can_be_finished() -> None:
    said = run("your-agenda", {}, *AGENDA)
    assert said.startswith("Nothing left to ask.")
    assert "Ana decides by Monday, 12 October." in said
    assert said.count("- ") == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), "question: not there yet"),
        ((*AGENDA[1:], ('"question": ""', '"question": "Live balances"')), "question: is a topic"),
        ((*AGENDA[:2], AGENDA[3], ('"decides": ""', '"decides": "Ana and Ben"')), "decides: more than one name"),
        ((*AGENDA, ('"minutes": 45', '"minutes": 60')), "parts: the minutes do not add up"),
    ],
)
def test_each_gap_of_an_agenda_is_named(changes: tuple[tuple[str, str], ...], said: str) -> None:
    assert said in run("your-agenda", {}, *changes)


@pytest.mark.parametrize(
    ("door", "how", "said"),
    [
        ("(0.2, True, ", "review", "six people for an hour"),
        ("(0.2, True, ", "now", "wrong costs days"),
        ("(6, False, ", "measure", "if losing to a number is agreed first"),
        ("(40, True, ", "now", "if it's wrong, 40 weeks"),
        ("(40, True, ", "measure", "what would two days show"),
        ("(40, True, ", "review", "the way back is longer"),
    ],
)
def test_doors_answer(door: str, how: str, said: str) -> None:
    assert said in run("three-doors", {}, (f'{door}"")', f'{door}"{how}")'))
    assert run("three-doors", {}).count("nothing yet") == 3


def test_a_token_is_priced() -> None:
    filled = (
        '{"brings": 0, "runs": 0, "learn": 0, "leave": (0, 0)',
        '{"brings": 60_000, "runs": 20_000, "learn": 8, "leave": (0.5, 12)',
    )
    said = run("price-of-a-token", {}, filled)
    assert "Over 3 years +66,000 euros" in said  # 3 * 26,000 - 10,000 - 2,000
    assert "Over 3 years +85,000 euros" in said  # 3 * 40,000 - 20,000 - 15,000
    assert "one person is on a plane" in said
    assert "nothing costs nothing" in run("price-of-a-token", {})


def test_the_wait_bends_where_the_prose_says() -> None:
    names: dict[str, Any] = {}
    said = run("when-it-is-full", names)
    assert [int(n) for n in re.findall(r"a wait of (\d+) searches", said)] == [1, 4, 9, 19]
    for word in ("80 % it is four", "90 % nine", "95 % nineteen"):
        assert word in LESSON["how-it-bends"]


def wait(load: float) -> float:
    busy = load * 0.02
    return 0.02 * busy / (1 - busy) if busy < 1 else math.inf


def test_the_figure_says_the_months_that_are_left() -> None:
    """A wait of 60 ms is three searches: 75 % busy, 37.5 a second, 3.125 times as much as today."""
    figure = when_full(wait, 12, (2, 8), 0.06, "searches a second")
    assert f"holds for {int(12 * math.log(37.5 / 12) / math.log(8))} months at times 8" in figure.title
    assert f"for {int(12 * math.log(37.5 / 12) / math.log(2))} months at times 2" in figure.title
    assert "passes the limit of 60 ms at 37.5" in figure.alt
    assert figure._repr_html_() == when_full(wait, 12, (2, 8), 0.06, "searches a second")._repr_html_()


def test_the_figure_at_its_edges() -> None:
    assert "over its limit today" in when_full(wait, 48, (2, 8), 0.06).title
    assert "more than 36 months at times 1.1" in when_full(wait, 12, (1.1, 8), 0.06).title
    assert months_left(wait, 37.5, 2, 0.06) == 0
    assert months_left(wait, 48, 2, 0.06) is None
    for load, growths, limit in ((0, (2, 8), 1), (1, (0, 2), 1), (1, (2, 8), 0)):
        with pytest.raises(ValueError, match="above 0"):
            when_full(wait, load, growths, limit)


def test_ends_are_counted_back() -> None:
    assert "14 October 2027: begin with PostgreSQL 15" in run("count-back", {})
    both = (('# "my framework"', '"my framework"'), ('# "my runtime"', '"my runtime"'))
    said = run("count-back", {}, *both)
    assert "my framework, which ends on 31 October 2027" in said
    assert said.splitlines()[0].startswith("19 September 2027: begin with my framework")


RECORD = (
    ('"measure": "",', '"measure": "month-end peak, postings a second, on Iris\'s graph",'),
    ('"line": 0,', '"line": 1200,'),
    ('"look_on": "",', '"look_on": "1 December",'), ('"owner": "",', '"owner": "Iris",'),
)  # fmt: skip


def test_the_record_can_be_finished() -> None:
    said = run("finish-the-record", {}, *RECORD)
    assert said.startswith("Nothing left to ask.")
    assert "passes 1200; Iris looks on 1 December" in said
    assert "The line:" not in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *((pair[::-1], pair[0].split('"')[1] + ": not there yet") for pair in RECORD),
        (("1200", "400"), "it rings each month"),
        (("1200", "1500"), "no time left to turn round"),
        (('"Iris"', '"the team"'), "owner: is nobody"),
        (("month-end peak, postings a second, on Iris's graph", "whether it feels slow"), "measure: 'feels'"),
        (("1 December", "in winter"), "look_on: no day"),
        (("200 postings a second at month-end;", "The legacy run is a mess;"), "context: 'legacy' is a verdict"),
        (('"Millrace": (35_800, 6),', ""), "options: one option is an announcement"),
        (('"decision": "a table in Postgres"', '"decision": "Rust"'), "decision: is none"),
    ],
)
def test_each_gap_of_a_record_is_named(change: tuple[str, str], said: str) -> None:
    assert said in run("finish-the-record", {}, *RECORD, change)


def test_ones_own_record_begins_empty_and_says_so() -> None:
    names: dict[str, Any] = {"re": re}
    run("finish-the-record", names)
    said = run("your-record", names)
    assert all(f"{field}: not there yet." in said for field in ("title", "context", "measure", "line", "owner"))
    assert said.count("____") >= 5


def test_a_work_has_one_year_in_the_whole_module() -> None:
    listed = dict(re.findall(r"([A-Z]\w+)(?: et al\.| and [A-Z]\w+)? ((?:19|20)\d\d), ", " ".join(LESSON.values())))
    assert {"McKinley", "Nygard", "Tyree", "Lu", "Klein", "Staw", "Bezos", "Lashinsky", "Erlang"} <= set(listed)
    for path in [*(ROOT / "course" / SLUG).glob("*.*"), *(ROOT / "solutions" / SLUG).rglob("*.*")]:
        text = path.read_text(encoding="utf-8")
        for author, year in re.findall(r"\b([A-Z]\w+)(?: et al\.| and [A-Z]\w+)?,? \(?((?:19|20)\d\d)\b", text):
            assert listed.get(author, year) == year, f"{path.name}: {author} {year}"
