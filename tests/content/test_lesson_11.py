"""What is special to lesson 11: its cells answer, and what it says of story, exercise and model is so."""

from __future__ import annotations

import re
from typing import Any

import lesson_rules as rules
import pytest

from leadgym.course import modules, notebooks
from leadgym.marking import load_rubric

SLUG = "11_capstone"
ROOT = modules.content_root()
LESSON = {cell["id"]: rules.source(cell) for cell in notebooks.read(ROOT / "course" / SLUG / "lesson.ipynb")["cells"]}
STORY = modules.scenario(SLUG)
RUBRIC = load_rubric(ROOT / "solutions" / SLUG / "rubric.yaml")


def run(cell: str, *changes: tuple[str, str], **names: Any) -> str:
    return rules.printed(LESSON[cell], {"re": re, **names}, *changes)


WHOLE = "If a hard ticket comes up, then it goes to who is nearest; wrong if none has a second name by the end of May."


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "Nothing yet."),
        ("We want to grow people.", "an if"),
        ("If a hard ticket comes up, it goes to Priya.", "the day"),
        (WHOLE, "Who has it in writing?"),
    ],
)
def test_the_rule_answers(rule: str, said: str) -> None:
    assert said in run("your-rule", ('rule = ""', f"rule = {rule!r}"))


TOLD = (
    "Ten points move from ship to risk, because settlement stopped twice since April and I mended it both times. "
    "Dana loses the second half of the statements; I told her before you. It stays so until the end of the quarter."
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", "Begin with the number"),
        ("I have been thinking about our goals.", "from what to what, by how much"),
        (TOLD, "Not seen in it: nothing."),
        (TOLD + " word" * 60, "Too many: take out what defends you."),
    ],
)
def test_the_eighty_words_are_counted(message: str, said: str) -> None:
    assert said in run("your-eighty-words", ('"""\n\n"""', f'"""{message}"""'))


def test_the_guess_and_the_invitation_answer() -> None:
    assert "To choose from: stopping" in run("your-guess")
    assert "Not among the twelve: tennis" in run("your-guess", ("again = []", 'again = ["tennis"]'))
    assert "Written down: flow, roles" in run("your-guess", ("again = []", 'again = ["flow", "roles"]'))
    assert run("your-invitation").count("____") == 5


def test_the_twelve_are_the_form_s() -> None:
    items = (ROOT / "solutions" / SLUG / "data" / "judgement.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"competency: (\w+)", items):
        assert name in LESSON["your-guess"]


def test_what_lesson_and_exercise_say_of_the_quarter_is_so() -> None:
    about = RUBRIC.answers["quarter"]
    assert set(re.findall(r'"(\w+)": 25', LESSON["your-weights"])) == set(about.weights) == set(STORY.aims)
    assert len(about.field) == 5
    assert "Five ways of leading, and nobody leading" in LESSON["whose-quarter-is-best"]
    (path,) = (ROOT / "solutions" / SLUG).glob("*.ipynb")
    exercise = " ".join(rules.source(cell) for cell in notebooks.read(path)["cells"])
    assert "forty-eight quarters that you have not seen" in exercise
    assert about.quarters == 48
    assert "best of five known policies" in exercise
    for name, answer in RUBRIC.answers.items():
        assert f"| {answer.points:g} |" in exercise
        assert f'submit("{name}"' in exercise
