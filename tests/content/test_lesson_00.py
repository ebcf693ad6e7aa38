"""What is special to module 00: its cells answer, its sums hold, its story cannot be guessed, its command counts."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.marking import load_keys, load_rubric
from leadgym.marking.tables import Table
from leadgym.scenario.engine import State, advance, begin, current_scene, in_order, open_options, replay
from leadgym.scenario.outcome import every_road, weighted_score
from leadgym.scenario.tells import niceness
from leadgym.widgets.figures import LessonFigure, NotYet, over_time

SLUG = "00_baseline"
ROOT = modules.content_root()
STORY = modules.scenario(SLUG)
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}
EXERCISE = notebooks.read(ROOT / "exercises" / SLUG / "baseline.ipynb")["cells"]


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], names, *changes)


@pytest.fixture
def names() -> dict[str, Any]:
    """The names a kernel has after the lesson's worked examples."""
    found: dict[str, Any] = {"re": re}
    run("wen-is-sure", found)
    run("one-page-done", found)
    return found


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("", "Nothing yet"),
        ("I build the posting code.", "It says what you make ('build')"),
        ("Technical excellence at Halyard.", "Nobody else is in it"),
        ("I review what the team writes.", "Which of the two would you still do"),
        ("If they can change the posting rules without me, I was there.", "Would they put it in the same way"),
    ],
)
def test_introduction_is_answered(sentence: str, said: str) -> None:
    assert said in run("your-introduction", {}, ('introduction = ""', f"introduction = {sentence!r}"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), "Begin with the row you are surest of"),
        ((('"work of my own": 0', '"work of my own": 30'),), "No hour for execution and strategy and culture"),
        (
            (
                ('"execution": 0', '"execution": 6'),
                ('"strategy": 0', '"strategy": 1'),
                ('"culture": 0', '"culture": 3'),
            ),
            "Least of the three: strategy",
        ),
    ],
)
def test_hours_are_answered(changes: tuple[tuple[str, str], ...], said: str) -> None:
    assert said in run("your-hours", {}, *changes)


def test_the_tuesday_is_open_and_every_answer_gets_one() -> None:
    assert run("the-tuesday", {}).count("still open") == 4
    filled = re.sub(r'": "",', '": "senior",', LESSON["the-tuesday"])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(filled, "the-tuesday", "exec"), {})  # noqa: S102 - the lesson's own code
    said = out.getvalue()
    assert (said.count("so do we"), said.count("we say")) == (1, 3)


def test_wen_is_told_from_luck(names: dict[str, Any]) -> None:
    figure = names["calibration"](
        dict(zip(names["names"], names["wen"], strict=True)),
        {name: bool(one) for name, one in zip(names["names"], names["so"], strict=True)},
        who="Wen",
    )
    assert isinstance(figure, LessonFigure)
    assert figure.title.startswith("Where Wen said 97 %, 6 of 10 were right")
    assert figure.alt.count("an honest person would see") == 4


def test_half_of_the_twenty_statements_are_true_and_each_has_its_sum(names: dict[str, Any]) -> None:
    run("your-twenty", names)
    run("the-sums", names)
    assert len(names["said"]) == len(names["sums"]) == 20
    assert sum(names["sums"]) == 10
    assert isinstance(names["calibration"](names["said"], dict(zip(names["said"], names["sums"], strict=True))), NotYet)


def test_no_statement_hangs_on_a_hair(names: dict[str, Any]) -> None:
    """Both sides of every sum are at least half a per cent apart, so rounding by the way decides nothing."""
    run("your-twenty", names)
    run("the-sums", names)
    lines = [line.strip().split("#")[0].rstrip(", ") for line in LESSON["the-sums"].split("[", 1)[1].splitlines()]
    sides = [re.split(r" [<>] ", line) for line in lines if " < " in line or " > " in line]
    assert len(sides) == 20
    for one, other in sides:
        left, right = (eval(side, dict(names)) for side in (one, other))  # noqa: S307 - the lesson's own sums
        assert abs(left - right) >= 0.005 * max(abs(left), abs(right)), (one, other)


def test_always_one_half_is_no_worse_than_wen(names: dict[str, Any]) -> None:
    run("your-twenty", names)
    run("the-sums", names)
    half = dict.fromkeys(names["said"], 0.5)
    figure = names["calibration"](half, dict(zip(names["said"], names["sums"], strict=True)))
    assert "score 0.25," in figure.title


FILLED = (
    ('"what": ""', '"what": "mending the nightly build"'),
    ('"misses": ""', '"misses": "Tomasz"'),
    ('"told": ""', '"told": "Tuesday, at lunch"'),
    ('"has_it": ""', '"has_it": "Wen"'),
    ('"from": ""', '"from": "Monday the 4th"'),
    ('"frees": 0', '"frees": 3'),
    ('"goes_to": ""', '"goes_to": "the design review"'),
    ('"once": ""', '"once": "I sit beside Wen, hands off"'),
    ('"look_again": ""', '"look_again": "Friday the 29th"'),
)


def test_the_worked_page_leaves_nothing_to_ask(names: dict[str, Any]) -> None:
    assert list(names["gaps"](names["example"])) == []
    page = names["page"](names["example"])
    assert page.startswith("# What I will stop doing\n")
    assert all(str(value) in page for value in names["example"].values())


def test_the_own_page_starts_empty_and_can_be_filled(names: dict[str, Any]) -> None:
    said = run("your-page", names)
    assert all(f"{field}: " in said for field in ("what", "misses", "told", "has_it", "once", "look_again"))
    assert "Nothing left to ask. Tell them first" in run("your-page", names, *FILLED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *(((new, old), old.split('"')[1]) for old, new in FILLED),
        (("mending the nightly build", "doing fewer reviews myself"), "what"),
        (('"frees": 3', '"frees": 30'), "frees"),
    ],
)
def test_each_gap_of_the_page_is_named(names: dict[str, Any], change: tuple[str, str], said: str) -> None:
    found = [line for line in run("your-page", names, *FILLED, change).splitlines() if re.match(r"\w+: ", line)]
    assert {line.split(":")[0] for line in found} == {said}


def test_the_exercise_shows_the_actions_that_are_marked() -> None:
    cell = next(rules.source(cell) for cell in EXERCISE if cell["id"] == "your-week")
    shown = dict(re.findall(r'"(\w+)": \(None, None\),  # (.+)', cell))
    rows = Table(one="thing", file="data/week.yaml").load("things", ROOT / "solutions" / SLUG)
    assert shown == {name: str(row) for name, row in rows.items()}
    assert len(shown) == 30


def test_the_reasons_of_the_week_are_in_no_file_that_learners_get() -> None:
    folder = ROOT / "solutions" / SLUG
    keys = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", load_rubric(folder / "rubric.yaml"), folder)
    files = [*(ROOT / "exercises" / SLUG).rglob("*"), *(ROOT / "course" / SLUG).rglob("*")]
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in files if path.is_file())
    assert not [key.why for key in keys.answers["week"].things.values() if key.why in text]
    exercise = json.dumps(EXERCISE, ensure_ascii=False)
    assert not re.search(r'"(senior|tl|em)", 1\.0', exercise)


GUESSERS = {
    "first shown": lambda here, options: options[0],
    "last shown": lambda here, options: options[-1],
    "longest": lambda here, options: max(options, key=lambda o: len(o.text)),
    "shortest": lambda here, options: min(options, key=lambda o: len(o.text)),
    "second longest": lambda here, options: sorted(options, key=lambda o: -len(o.text))[1],
    "kindest": lambda here, options: max(options, key=lambda o: niceness(o.text)),
    "yourself": lambda here, options: max(options, key=lambda o: len(re.findall(r"\b(you|your|yourself)\b", o.text))),
    "ask": lambda here, options: max(
        options, key=lambda o: len(re.findall(r"\b([Aa]sk|hear|sit|objections)\b", o.text))
    ),
}


@pytest.fixture(scope="module")
def within_reach() -> dict[tuple[int, int], list[float]]:
    """The scores of every road of some lucks, by the weight of the first aim and the seed."""
    found: dict[tuple[int, int], list[float]] = {}
    for good in (30, 50, 70):
        for seed in (1, 5, 9):
            here = begin(STORY, seed, None, {"good": good, "move": 100 - good})
            found[good, seed] = sorted(weighted_score(end) for end in every_road(here))
    return found


def guessed(guesser: str, seed: int, good: int) -> State:
    here = begin(STORY, seed, None, {"good": good, "move": 100 - good})
    while here.scene is not None:
        scene = current_scene(here)
        offered = {option.id for option in open_options(here)}
        shown = [option for option in in_order(STORY, scene, seed) if option.id in offered]
        here = advance(here, f"{scene.id}.{GUESSERS[guesser](here, shown).id}")
    return here


@pytest.mark.parametrize("guesser", GUESSERS)
def test_no_guesser_wins_the_story(guesser: str, within_reach: dict[tuple[int, int], list[float]]) -> None:
    """Over lucks and weights, a way of choosing without reading comes ahead of no more than two thirds of the roads."""
    ranks = []
    for (good, seed), scores in within_reach.items():
        mine = weighted_score(guessed(guesser, seed, good))
        ranks.append(sum(score < mine for score in scores) / len(scores))
    assert sum(ranks) / len(ranks) <= 0.67, ranks


def test_no_single_aim_is_served_by_the_same_choices(within_reach: dict[tuple[int, int], list[float]]) -> None:
    """What is best for staying good is not what is best for the others: the weights decide something."""
    ends = list(every_road(begin(STORY, 5)))
    by_aim = {}
    for aim in ("good", "move"):
        weights = {"good": 100 * (aim == "good"), "move": 100 * (aim == "move")}
        best = max(every_road(begin(STORY, 5, None, weights)), key=weighted_score)
        by_aim[aim] = {choice for choice in best.choices if not choice.startswith("ask ")}
    assert len(by_aim["good"] & by_aim["move"]) <= 2
    assert {end.ending for end in ends} == {ending.id for ending in STORY.endings}


def test_the_figure_of_the_week_names_a_day_as_days_are_written() -> None:
    choices = ["d1.quiet", "d2.finish", "d3.bug", "d4.code", "d5.approve", "d6.chair"]
    figure = over_time(SimpleNamespace(state=replay(STORY, choices, 5)), cost="wait", gain="others")
    assert isinstance(figure, LessonFigure)
    assert "waiting for your review, by Friday" in figure.title


def test_what_the_ledger_ticket_says_stays_true() -> None:
    """Module 02 begins where this story ends: who has the pager, who knows the posting code, who is on loan."""
    told = STORY.premise + " ".join(scene.text for scene in STORY.scenes)
    for fact in ("on loan to Fraud until autumn", "You wrote the posting code", "Tomasz took over the pager"):
        assert fact in told
    assert [scene.when for scene in STORY.scenes][-1].startswith("Week 3")
    later = modules.scenario("02_delegation").premise
    assert "for three weeks" in later


def test_the_git_lines_count_changes_and_merges(tmp_path: Path) -> None:
    command = re.search(r"```sh\n(.*?)```", LESSON["one-line"], re.S)
    assert command

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(who: str, file: str) -> None:
        (tmp_path / file).write_text(who, encoding="utf-8")
        git("add", "-A")
        git("-c", f"user.name={who}", "-c", f"user.email={who}@halyard.test", "commit", "-m", "work")

    git("init", "-q", "-b", "main")
    git("config", "user.email", "you@halyard.test")
    git("config", "user.name", "you")
    commit("you", "one")
    git("checkout", "-q", "-b", "feature")
    commit("priya", "two")
    git("checkout", "-q", "main")
    commit("you", "three")
    git("merge", "--no-ff", "-m", "merge", "feature")
    done = subprocess.run(["bash", "-c", command[1]], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["2 of 3 changes are yours", "1 of 1 merges went through you"]
