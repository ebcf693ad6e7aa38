"""Two readers: what their agreement says, and what it refuses."""

from __future__ import annotations

import pytest
from prose_small import FIXTURES, FOLDERS

from leadgym.marking.prose.model import LabelledAnswer
from leadgym.marking.prose.readers import Reading, agreement, second_reader
from leadgym.yamlfile import FileProblems


def answers(*scores: float) -> list[LabelledAnswer]:
    return [
        LabelledAnswer(id=f"a{i}", text="x", level="weak", score=score, criteria={"ask": i % 3, "why": 1})
        for i, score in enumerate(scores)
    ]


def readings(*scores: float, shift: int = 0) -> dict[str, Reading]:
    return {
        f"a{i}": Reading(id=f"a{i}", level="weak", score=score, criteria={"ask": (i + shift) % 3, "why": 1})
        for i, score in enumerate(scores)
    }


def test_readers_who_say_the_same_agree_wholly():
    said = agreement(answers(10, 50, 90), readings(10, 50, 90))
    assert "Spearman 1.00" in said
    assert "same level for 3" in said
    assert "6 of 6 criteria" in said


def test_readers_who_turn_everything_round_disagree():
    said = agreement(answers(10, 50, 90), readings(90, 50, 10, shift=1))
    assert "Spearman -1.00" in said
    assert "3 of 6 criteria" in said
    assert "two steps apart on 1" in said


def test_nothing_is_said_of_fewer_than_three_answers():
    assert agreement(answers(1, 2), readings(1, 2)) == ""


def test_no_second_reader_is_no_error(tmp_path):
    assert second_reader(tmp_path, "work") == {}


def test_an_answer_read_twice_is_named(tmp_path):
    entry = "  - {id: a1, level: weak, score: 40, criteria: {}}\n"
    (tmp_path / "second_work.yaml").write_text(f"readings:\n{entry}{entry}", encoding="utf-8")
    with pytest.raises(FileProblems, match="read twice: a1"):
        second_reader(tmp_path, "work")


@pytest.mark.parametrize("which", ["work", "spent", "final"])
@pytest.mark.parametrize("name", FOLDERS)
def test_the_second_reader_has_read_every_answer(name, which):
    from leadgym.marking.prose.exercise import load_answers

    folder = FIXTURES / name
    assert set(second_reader(folder, which)) == {one.id for one in load_answers(folder / f"answers_{which}.yaml")}
