"""What is special to lesson 02: its figures say what the engine says, its cells answer, its facts are the story's."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.scenario.engine import NotPossible, State, advance, begin, open_options, replay
from leadgym.scenario.loader import walk
from leadgym.widgets.figures import LessonFigure, NotYet, other_luck, over_time, price

SLUG = "02_delegation"
ROOT = modules.content_root()
STORY = modules.scenario(SLUG)
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}
WAYS = {way.name: way for way in STORY.walkthroughs}
MINUS = "\N{MINUS SIGN}"


@dataclass
class Game:
    """What a figure sees of the player."""

    state: State


def number(value: float) -> str:
    return f"{value:.1f}".replace("-0.0", "0.0").replace("-", MINUS)


def every_end(here: State, asked: tuple[str, ...]) -> Iterator[State]:
    """Every end of the story from ``here``, putting the questions of ``asked`` wherever they can be put."""
    if here.scene is None:
        yield here
        return
    for question in asked:
        with contextlib.suppress(NotPossible):
            here = advance(here, question)
    for option in open_options(here):
        yield from every_end(advance(here, f"{here.scene}.{option.id}"), asked)


@pytest.fixture(scope="module", params=["pair", "strict"])
def finished(request: pytest.FixtureRequest) -> State:
    """A run that hands the ticket over, and one that keeps it."""
    names = {"pair": "Pair with Priya and pay for it in afternoons", "strict": "The strict hero keeps the Friday"}
    return walk(STORY, WAYS[names[request.param]])


def test_over_time_draws_the_run(finished: State) -> None:
    figure = over_time(Game(finished), cost="delivery", gain="cover")
    assert isinstance(figure, LessonFigure)
    by_prefix = [replay(STORY, finished.choices[:n], finished.seed) for n in range(len(finished.choices) + 1)]
    courses = {name: [state.values[name] for state in by_prefix] for name in ("delivery", "cover")}
    for name, values in courses.items():
        told = re.search(rf"{STORY.variables[name].label}\. Your run: .*?The end (\S+)\.(?: |$)", figure.alt)
        assert told, figure.alt
        assert told[1] == number(values[-1])
    worst = max(courses["delivery"])
    how = "Never more than" if worst == courses["delivery"][0] else "At the worst"
    assert figure.title.startswith(f"{how} {number(worst)} weeks")
    assert number(courses["cover"][-1]) in figure.title.split(";")[1]


def test_over_time_compares_under_the_same_luck(finished: State) -> None:
    """The dashed line is the same seed and the same later choices with another first one."""
    figure = over_time(Game(finished), cost="delivery", gain="cover")
    assert isinstance(figure, LessonFigure)
    roads = {}
    for option in STORY.scenes[0].options:
        choices = [f"d1.{option.id}" if c.startswith("d1.") else c for c in finished.choices]
        with contextlib.suppress(NotPossible):
            roads[option.text] = replay(STORY, choices, finished.seed).values["delivery"]
    told = re.findall(r"Same luck: (.*?) Week 0, .*?The end (\S+?)\. ", figure.alt)
    assert told
    text, end = told[0]
    assert end == number(roads[text])


def test_price_counts_every_way() -> None:
    finished = walk(STORY, WAYS["The strict hero keeps the Friday"])
    figure = price(Game(finished), cost="delivery", gain="cover", enough=2)
    assert isinstance(figure, LessonFigure)
    asked = tuple(choice for choice in finished.choices if choice.startswith("ask "))
    every = list(every_end(begin(STORY, finished.seed), asked))
    assert f"Of {len(every):,} ways" in figure.title
    two = min(end.values["delivery"] for end in every if end.values["cover"] >= 2)
    later = two - min(end.values["delivery"] for end in every)
    assert figure.title.endswith(f"comes {number(later)} weeks after the quickest")
    for name, held in (("fewer than 2", False), ("2 or more", True)):
        group = [end.values["delivery"] for end in every if (end.values["cover"] >= 2) is held]
        told = f"{name} ({len(group):,} ways): {number(min(group))} to {number(max(group))} weeks, the middle"
        assert f"{told} {number(median(group))}" in figure.alt


def test_price_when_nothing_is_enough(finished: State) -> None:
    figure = price(Game(finished), cost="delivery", gain="cover", enough=9)
    assert isinstance(figure, LessonFigure)
    assert "none ends with 9 or more" in figure.title


def test_other_luck_is_the_same_decisions(finished: State) -> None:
    figure = other_luck(Game(finished), cost="delivery", lucks=20)
    assert isinstance(figure, LessonFigure)
    found = []
    for seed in range(1, 21):
        here = begin(STORY, seed)
        for choice in finished.choices:
            try:
                here = advance(here, choice)
            except NotPossible:
                assert choice.startswith("ask "), "only a question may be missing under other luck"
        found.append(here.values["delivery"])
    assert figure.title.startswith("Your decisions under 20 lucks")
    assert f"{number(min(found))} to {number(max(found))} weeks" in figure.alt
    assert figure.title.endswith(f"yours ended at {number(finished.values['delivery'])}")


def test_figures_say_whose_numbers_they_are(finished: State) -> None:
    page = over_time(Game(finished), cost="delivery", gain="cover")._repr_html_()
    assert "an opinion, not research" in page
    assert "<script" not in page


@pytest.mark.parametrize("choices", [(), ("d1.pair", "d2.outcome")])
def test_a_figure_waits_for_the_end(choices: tuple[str, ...]) -> None:
    game = Game(replay(STORY, choices))
    for figure in (
        over_time(game, cost="delivery", gain="cover"),
        price(game, cost="delivery", gain="cover", enough=2),
        other_luck(game, cost="delivery"),
    ):
        assert isinstance(figure, NotYet)
        assert "run this cell again" in repr(figure)


def run(cell: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], names, *changes)


@pytest.fixture
def names() -> dict[str, Any]:
    """The names a kernel has after the lesson's worked example."""
    found: dict[str, Any] = {"re": re}
    run("one-whole-hand-over", found)
    run("fill-the-gaps", found)
    return found


FILLED = (
    ('"checkpoint": 0', '"checkpoint": 5'),
    ('"signal": ""', '"signal": "a replayed day still comes out different"'),
    ('"step_in": 0', '"step_in": 17'),
    ('"drop": ""', '"drop": "second review on every change"'),
)


def test_worked_example_leaves_nothing_to_ask(names: dict[str, Any]) -> None:
    assert list(names["gaps"](names["keys"])) == []
    assert "Owner, who was asked: Priya" in names["canvas"](names["keys"])


def test_faded_example_can_be_filled(names: dict[str, Any]) -> None:
    assert run("fill-the-gaps", names, *FILLED).startswith("Nothing left to ask")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        *(((new, old), old.split('"')[1]) for old, new in FILLED),
        (('"checkpoint": 5', '"checkpoint": 1'), "checkpoint"),
        (('"checkpoint": 5', '"checkpoint": 9'), "checkpoint"),
        (('"step_in": 17', '"step_in": 20'), "step_in"),
        (('"step_in": 17', '"step_in": 4'), "step_in"),
        (("a replayed day still comes out different", "I feel that it is slow"), "signal"),
    ],
)
def test_each_gap_is_named(names: dict[str, Any], change: tuple[str, str], said: str) -> None:
    found = run("fill-the-gaps", names, *FILLED, change).splitlines()
    assert [line.split(":")[0] for line in found] == [said]


def test_own_canvas_starts_empty_and_says_so(names: dict[str, Any]) -> None:
    said = run("your-canvas", names)
    assert all(f"{field}: " in said for field in ("owner", "outcome", "checkpoint", "signal", "drop"))


def test_levels_answer(names: dict[str, Any]) -> None:
    assert "no level yet" in run("your-levels", names)
    assert "All the same" in run("your-levels", names, (": 0", ": 5"))
    assert "surprise Priya" in run("your-levels", names, (": 0", ": 5"), ('month-end": 5', 'month-end": 1'))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "nothing yet"),
        ("It will not scale.", "not a question"),
        ("Why did you not use my table?", "still about the two of you"),
        ("At what load does the second table hurt?", "without you"),
    ],
)
def test_questions_answer(names: dict[str, Any], question: str, said: str) -> None:
    printed = run("your-questions", names, ('one table.": ""', f'one table.": "{question}"'))
    assert said in printed.splitlines()[1]


@pytest.mark.parametrize(
    ("offer", "said"),
    [("", "Nothing yet"), ("Just ping me.", "no day in it"), ("Thursday at two, you drive.", "'Thursday'")],
)
def test_offer_answers(names: dict[str, Any], offer: str, said: str) -> None:
    assert said in run("your-offer", names, ('offer = ""', f'offer = "{offer}"'))


def test_facts_are_the_storys() -> None:
    """Numbers that the lesson repeats from the story are still the story's."""
    draws = [e for s in STORY.scenes for o in s.options for e in o.effects if e.draw == "deference"]
    assert [outcome.chance for outcome in draws[0].outcomes if outcome.id == "takes"] == [0.8]
    assert "four times in five" in LESSON["their-design-your-drawing"]
    prose = " ".join([STORY.premise, *(o.outcome or "" for s in STORY.scenes for o in s.options)])
    prose += " ".join(tell.text for s in STORY.scenes for o in s.options for tell in o.tells)
    for fact in ("eleven million", "nine tickets", "payment that arrives twice is posted once", "Fourteen steps"):
        assert fact in prose, f"the story no longer says '{fact}'; the lesson does"


def test_a_work_has_one_year_in_the_whole_module() -> None:
    """Story, rubric and items cite a work with the year under which the lesson lists it."""
    listed = dict(re.findall(r"([A-Z]\w+)(?: et al\.| and [A-Z]\w+)? ((?:19|20)\d\d), ", " ".join(LESSON.values())))
    assert listed["Appelo"] == "2011"
    for path in [*(ROOT / "course" / SLUG).glob("*.*"), *(ROOT / "solutions" / SLUG).rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        for author, year in re.findall(r"\b([A-Z]\w+)(?: et al\.| and [A-Z]\w+)?,? \(?((?:19|20)\d\d)\b", text):
            assert listed.get(author, year) == year, f"{path.name}: {author} {year}"


def test_the_git_command_finds_what_only_you_have_changed(tmp_path: Path) -> None:
    """``leadgym bus-factor``, asked about whoever git says you are: folders with another author are left out."""
    command = re.search(r"```sh\n(.*?)```", LESSON["on-monday"], re.S)
    assert command

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(who: str, *files: str) -> None:
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.read_text(encoding="utf-8") + "x" if path.exists() else "x", encoding="utf-8")
        git("add", "-A")
        git("-c", f"user.name={who}", "-c", f"user.email={who}@halyard.test", "commit", "-m", "work")

    git("init", "-q")
    git("config", "user.email", "you@halyard.test")
    git("config", "user.name", "you")
    commit("you", "ledger/posting/keys.py", "ledger/posting/two words.py", "README.md")
    commit("you", "ledger/posting/keys.py", "api/routes.py")
    commit("priya", "api/routes.py", "api/events.py")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command[1]],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "If you leaves, 2 files have no author left" in " ".join(done.stdout.split())
    plan = done.stdout.partition("Handover plan if you leaves")[2].partition("The files themselves")[0]
    assert "ledger/" in plan
    assert "api/" not in plan
