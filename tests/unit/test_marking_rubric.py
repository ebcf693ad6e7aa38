"""Files broken on purpose: each named by its fault, each with the problems it has to show at its top."""

from __future__ import annotations

from pathlib import Path

import pytest
from marking_small import FIXTURES, FOLDER, RUBRIC, best

from leadgym.marking import coach, load_keys, load_rubric, mark, no_answer
from leadgym.yamlfile import FileProblems

BROKEN = FIXTURES / "rubrics"


def expected(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return sorted(line.removeprefix("# expects ") for line in lines if line.startswith("# expects "))


def found(error: FileProblems) -> list[str]:
    """The problems, with file names in place of paths."""
    return sorted(str(Path(p.partition(":")[0]).name) + ":" + p.partition(":")[2] for p in error.problems)


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.yaml")), ids=lambda p: p.stem)
def test_a_broken_rubric_shows_all_its_problems_with_file_and_line(path):
    with pytest.raises(FileProblems) as caught:
        load_rubric(path)
    assert found(caught.value) == expected(path) != []


@pytest.mark.parametrize("path", sorted((BROKEN / "keys").glob("*.yaml")), ids=lambda p: p.stem)
def test_broken_keys_show_all_their_problems_with_file_and_line(path):
    with pytest.raises(FileProblems) as caught:
        load_keys(path, RUBRIC, FOLDER)
    assert found(caught.value) == expected(path) != []


def test_keys_can_be_read_alone():
    keys = load_keys(FOLDER / "keys.yaml")
    assert set(keys.answers) == {"judgement", "estimate"}


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "rubric: x\n", "a: [", "answers: {plan: 3}"])
def test_a_file_that_is_no_rubric(tmp_path, text):
    path = tmp_path / "rubric.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileProblems):
        load_rubric(path)
    with pytest.raises(FileProblems):
        load_keys(path, RUBRIC, FOLDER)


def test_an_answer_without_its_keys_is_a_fault_of_the_keys_not_of_the_answer():
    with pytest.raises(FileProblems, match="'judgement'"):
        mark(RUBRIC, None, FOLDER, "judgement", best("judgement"))


def test_an_unknown_answer_is_named_with_what_there_is():
    with pytest.raises(KeyError, match="Did you mean 'plan'"):
        coach(RUBRIC, FOLDER, "paln", {})


def test_no_answer_no_mark():
    found = no_answer(RUBRIC, "plan", "No answer called 'plan' arrived.")
    assert (found.points, found.out_of, found.note) == (0, 12, "No answer called 'plan' arrived.")
    assert len(found.criteria) == 3
