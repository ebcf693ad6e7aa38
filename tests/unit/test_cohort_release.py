"""``leadgym release``: exercises/ is what nbgrader generates from solutions/, and what has drifted is named."""

import json
import shutil

import pytest
from click.testing import CliRunner
from submissions import NOTEBOOK, ROOT, SLUG

from leadgym.cli import main
from leadgym.course import modules

OTHER = "10_tech_lead_and_manager"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the course with two of its modules, which the commands take for the repository."""
    for name in ("course", "solutions", "exercises"):
        for slug in (SLUG, OTHER):
            shutil.copytree(ROOT / name / slug, tmp_path / name / slug)
    shutil.copytree(ROOT / "grader" / "keys", tmp_path / "grader" / "keys")
    # The course is looked for two folders above the package.
    (tmp_path / "src" / "leadgym" / "course").mkdir(parents=True)
    monkeypatch.setattr(modules, "__file__", str(tmp_path / "src" / "leadgym" / "course" / "modules.py"))
    return tmp_path


def release(*arguments):
    ran = CliRunner().invoke(main, ["release", *arguments])
    assert "Traceback" not in ran.output
    return ran


def test_what_nbgrader_generates_passes(copy):
    """What is committed is held against it by `make test`, which calls this command."""
    ran = release("--check")
    assert ran.output == "exercises/ is exactly what nbgrader generates.\n"
    assert ran.exit_code == 0


def test_an_edited_exercise_fails_the_check_and_is_generated_anew(copy):
    """An author's own choices beside the solution neither count as drift nor are released."""
    notebook = copy / "exercises" / SLUG / NOTEBOOK
    whole = notebook.read_bytes()
    edited = json.loads(whole)
    edited["cells"][0]["source"] += ["\nEdited by hand."]
    notebook.write_text(json.dumps(edited), encoding="utf-8")
    (copy / "exercises" / SLUG / "notes.txt").write_text("left behind", encoding="utf-8")
    (copy / "exercises" / SLUG / "data" / "team.yaml").unlink()
    (copy / "solutions" / SLUG / "ledger_ticket.choices.json").write_text("{}", encoding="utf-8")
    drifted = {
        f"exercises/{SLUG}/{NOTEBOOK}: differs from what nbgrader generates",
        f"exercises/{SLUG}/notes.txt: nbgrader does not generate this file",
        f"exercises/{SLUG}/data/team.yaml: missing",
    }

    checked = release("--check")
    assert checked.exit_code == 1
    assert set(checked.stdout.splitlines()) == drifted
    assert checked.stderr == "Error: exercises/ has drifted. Run: leadgym release\n"
    assert json.loads(notebook.read_text(encoding="utf-8")) == edited, "a check changes nothing"

    made = release(SLUG)
    assert made.exit_code == 0
    assert set(made.stdout.splitlines()[:-1]) == drifted
    assert notebook.read_bytes() == whole
    assert not (copy / "exercises" / SLUG / "ledger_ticket.choices.json").exists()


def test_points_that_do_not_fit_the_rubric_are_named_before_anything_is_generated(copy):
    path = copy / "solutions" / SLUG / NOTEBOOK
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"points": 20', '"points": 19', 1), encoding="utf-8")
    ran = release("--check")
    assert ran.exit_code == 1
    assert ran.stderr == (
        f"Error: {path}:1: graded cell 'judgement' is worth 19; rubric.yaml says 20 points. Make them equal.\n"
    )


def test_a_broken_rubric_is_named_with_its_line(copy):
    path = copy / "solutions" / SLUG / "rubric.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("points: 10", "points: ten", 1), encoding="utf-8")
    ran = release(SLUG)
    assert ran.exit_code == 1
    assert ran.stderr.startswith(f"Error: {path}:")
