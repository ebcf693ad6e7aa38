"""What is special to lesson 03: its cells answer, its figure says what its prose says, its story is not guessed."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import lesson_rules as rules
import pytest
from guessing import PLAYERS, mean_share

from leadgym.course import modules, notebooks
from leadgym.scenario.engine import begin
from leadgym.scenario.outcome import reachable
from leadgym.widgets.review_figures import rotations

SLUG = "03_review_and_pairing"
ROOT = modules.content_root()
STORY = modules.scenario(SLUG)
CELLS = notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]
LESSON = {cell["id"]: rules.source(cell) for cell in CELLS}
SEEDS = range(1, 4)


def run(cell: str, *changes: tuple[str, str]) -> str:
    """What a cell prints, after the learner changed it."""
    return rules.printed(LESSON[cell], {"re": re}, *changes)


def test_the_product_by_hand() -> None:
    """(1 - 1/6)(1 - 1/5)(1 - 1/4)(1 - 1/3) is a third; with the 90 hours read it is known."""
    blank = ("waiting + 0 * read_now", "waiting - read_now")
    assert "Nothing has been read so far" in run("still-waiting")
    filled = run("still-waiting", blank)
    assert "P50: 6 hours" in filled
    assert "P90: not known yet; left waiting at the end: 0.33" in filled
    assert "P90: 90 hours" in run("still-waiting", blank, ("(90, False)", "(90, True)"))


def test_six_to_sort_answers_with_a_question() -> None:
    assert run("your-six").count("nothing yet") == 6
    assert "Which of them would you stop a release for?" in run("your-six", ('": ""', '": "gate"'))
    assert "Which tool" in run("your-six", ('before the class.": ""', 'before the class.": "automate"'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Nothing yet"),
        ("Use Decimal.", "Not in it yet: whether it blocks; what happens, in the code; something for the next one."),
        ("Why on earth is this a string? Blocks. 9.10 sorts before 9.9, see rates.py.", "is about the person"),
        ("This can go in switched off. 9.10 sorts before 9.9 (rates.py has Decimal). Where else do we sort text?",
         "All four are there"),
    ],
)  # fmt: skip
def test_the_rewrite_is_looked_at_for_what_can_be_pointed_at(text: str, said: str) -> None:
    assert said in run("your-rewrite", ('comment = """\n"""', f'comment = """{text}"""'))


def test_two_drawings_are_compared() -> None:
    assert "Nothing to compare yet" in run("one-picture")
    mine = ("yours = []", 'yours = ["take the amount", "convert the currency", "round to cents", "send the mail"]')
    said = run("one-picture", mine)
    assert "only in yours: ['send the mail']" in said
    assert "in another order: ['take the amount', 'convert the currency', 'round to cents']" in said


def test_the_figure_says_what_the_prose_says() -> None:
    figure = rotations()
    told = {
        name: tuple(map(float, numbers))
        for name, *numbers in re.findall(
            r"([a-z][a-z ]+): over ([\d.]+) hours, (\d+) % known to two others, (\d+) % read by", figure.alt
        )
    }
    alone, everything, learn, line = (
        told[name] for name in ("the team by itself", "every review yours", "reviews to learn from", "shortest line")
    )
    assert everything[0] > 1.5 * alone[0], "reading everything yourself is slow"
    assert 45 <= everything[1] <= 55, "half of the work is known to one colleague or none"
    assert 0 < alone[0] - learn[0] < alone[0] - line[0], "little quicker than the team's own way"
    assert 30 <= 100 - learn[2] <= 37, "a third is read by somebody who does not know enough"


def test_a_learners_rotation_is_drawn_and_its_faults_are_told() -> None:
    figure = rotations(lambda team: {one["ticket"]: "Nobody" for one in team["reviews"]})
    assert figure.title.startswith("Yours: one review in ten takes over")
    assert "who is not in the team" in figure._repr_html_()
    with pytest.raises(ValueError, match="function itself"):
        rotations({})  # type: ignore[arg-type]


@cache
def within_reach(seed: int) -> Any:
    return reachable(begin(STORY, seed, prose=False))


@pytest.mark.parametrize("name", PLAYERS)
def test_a_guesser_does_not_win_the_story(name: str) -> None:
    assert mean_share(STORY, name, SEEDS, within_reach) < 0.5
