"""Exercises as data: a starter that works, and every problem in a file at once, with its line."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner
from prose_small import BRIEF, FIXTURES, FOLDERS, ROOT, exercise

from leadgym.cli import main
from leadgym.marking.prose.exercise import load_exercise
from leadgym.marking.prose.look import example_findings
from leadgym.marking.prose.template import new_exercise
from leadgym.yamlfile import FileProblems


@pytest.fixture
def starter(tmp_path):
    new_exercise(tmp_path / "mine")
    return tmp_path / "mine"


def edited(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder) -> str:
    with pytest.raises(FileProblems) as caught:
        load_exercise(folder)
    return "\n".join(caught.value.problems)


def test_the_starter_has_no_findings(starter):
    assert list(example_findings(load_exercise(starter))) == []


@pytest.mark.parametrize("name", FOLDERS)
def test_the_three_exercises_load(name):
    assert sum(c.weight for c in exercise(name).criteria.criteria) == 100


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("criteria.yaml", "weight: 40", "weight: 45", "the weights add up to 105"),
        ("criteria.yaml", "{sign: dated_ask}", "{sign: dated}", "there is no 'dated'"),
        ("criteria.yaml", "facts: [cost_per_day]", "facts: [cost]", "there is no 'cost'. There are: due"),
        ("criteria.yaml", '"{blame}"', '"{shame}"', "there is no group '{shame}'"),
        ("criteria.yaml", "{criterion: ask}", "{criterion: asks}", "there is no 'asks'"),
        ("criteria.yaml", "spoilt: {contradicts: [on_time]}", "spoilt: {contradicts: [late]}", "there is no 'late'"),
        ("criteria.yaml", "detect: {longer_than: 80}", "detect: {longer_than: 80, question: true}", "keep one"),
        ("criteria.yaml", "next_step: Cut it.", "next_stp: Cut it.", "did you mean 'next_step'?"),
        ("case.yaml", "id: repair", "id: due", "'due' stands twice"),
        ("case.yaml", "value: 4000", "value: 4000, tolrance: 1", "did you mean 'tolerance'?"),
    ],
)
def test_a_problem_names_file_line_and_mend(starter, name, old, new, said):
    edited(starter, name, old, new)
    found = problems(starter)
    assert said in found
    assert f"{name}:" in found


def test_problems_of_all_files_come_at_once(starter):
    edited(starter, "case.yaml", "id: repair", "id: due")
    edited(starter, "criteria.yaml", "weight: 40", "weight: 45")
    (starter / "task.md").unlink()
    found = problems(starter)
    assert all(name in found for name in ("task.md:1", "case.yaml:", "criteria.yaml:"))


def test_a_sign_that_uses_itself_is_said(starter):
    edited(starter, "criteria.yaml", 'dated_ask: {together: ["{ask}"', "dated_ask: {together: [{sign: dated_ask}")
    assert "comes back to itself" in problems(starter)


def test_an_example_that_the_rules_read_otherwise_is_a_warning(starter):
    edited(starter, "criteria.yaml", "example_good: Please tell Nordwind by Tuesday", "example_good: Nordwind waits")
    edited(starter, "criteria.yaml", "that the export comes on 12 September.", "for it.")
    assert any(finding.startswith("ask: nothing fires") for finding in example_findings(load_exercise(starter)))


def test_new_leaves_what_is_there(starter):
    with pytest.raises(FileProblems, match="left as it is"):
        new_exercise(starter)


def test_the_four_commands(tmp_path):
    run = CliRunner()
    folder = tmp_path / "mine"
    assert run.invoke(main, ["rubric", "new", str(folder)]).exit_code == 0
    assert "3 criteria, 2 caps, 4 facts; 0 warnings." in run.invoke(main, ["rubric", "check", str(folder)]).output
    (tmp_path / "draft.txt").write_text("Hi Mara, please tell Nordwind by Tuesday that it comes later.")
    tried = run.invoke(main, ["rubric", "try", str(folder), str(tmp_path / "draft.txt")]).output
    assert "ask 2: “please tell Nordwind by Tuesday”" in tried
    table = run.invoke(main, ["rubric", "evaluate", str(folder)]).output
    assert "| measure | demand | rules | gate off | cosine | tf-idf |" in table
    assert "excellent answers failed automatically" in table


def test_a_missing_folder_is_a_sentence(tmp_path):
    found = CliRunner().invoke(main, ["rubric", "check", str(tmp_path / "nowhere")])
    assert found.exit_code == 1
    assert "cannot be read" in found.output
    assert "Traceback" not in found.output


def test_labelled_answers_are_not_where_learners_look():
    public = [path.name for folder in ("exercises", "solutions") for path in (ROOT / folder).rglob("*")]
    assert not [name for name in public if name.startswith(("answers_", "gaming_"))]
    assert (FIXTURES / "delegation_brief/answers_work.yaml").is_file()


def test_another_copy_of_an_exercise_is_read_again_when_it_changes(tmp_path):
    folder = tmp_path / "brief"
    shutil.copytree(BRIEF, folder)
    assert load_exercise(folder).criteria.second_look
    edited(folder, "criteria.yaml", "second_look: 22", "second_look: 23")
    assert load_exercise(folder).criteria.second_look == 23
