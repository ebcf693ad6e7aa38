"""``leadgym grade``: what it says, what it leaves alone, what a person may change, and what goes wrong in words."""

import json
import os
import re
import shutil

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from submissions import NOTEBOOK, ROOT, SLUG, WORTH, answers, hand_in, notebook, part, short
from thorough import ALL

from leadgym.cli import main
from leadgym.cohort.road import Road

KEYS = {"learner", "module", "status", "points", "out_of", "answers", "needs_review", "problem"}


def run(root, *more):
    """``leadgym grade`` in this process: exit code, a line of data per learner, and what went to standard error."""
    ran = CliRunner().invoke(main, ["grade", SLUG, "--json", "--root", str(root), *more])
    assert "Traceback" not in ran.output
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return ran.exit_code, {line["learner"]: line for line in lines}, ran.stderr


def stamp(root, learner, time):
    (root / "submitted" / learner / SLUG / "timestamp.txt").write_text(f"{time}.000000 UTC", encoding="ascii")


def grade_of(gradebook, learner, name):
    return gradebook.find_grade(name, "delegation", SLUG, learner)


@pytest.fixture
def root(cohort, tmp_path):
    """A course root with two learners who have been marked."""
    return part(cohort.root, tmp_path / "grader", "rushed", "hero")


def test_a_line_for_each_learner_says_what_is_documented(cohort):
    assert len(cohort.stdout.splitlines()) == len(cohort.results) == 11
    for about in cohort.results.values():
        assert set(about) == KEYS
        assert about["module"] == SLUG
        assert about["status"] == ("not marked" if about["problem"] else "marked")
        assert {name: one["out_of"] for name, one in about["answers"].items()} in (WORTH, {})
    told = CliRunner().invoke(main, ["grade", "--help"]).output
    assert all(re.search(rf"\b{key}\b", told) for key in KEYS)


def test_only_what_could_not_be_marked_goes_to_standard_error(cohort):
    """No warning of nbgrader's, SQLAlchemy's or a kernel's: a person reads what is theirs to mend."""
    assert cohort.code == 1
    lines = cohort.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["Not marked", learner] for learner in sorted(["essay", "nothing", "odd_cells"])
    ]
    assert "Traceback" not in cohort.stderr + cohort.stdout


def test_nothing_but_the_report_when_everybody_is_marked(cutters):
    assert cutters.code == 0
    assert cutters.stderr == ""


@pytest.mark.parametrize(
    ("learner", "sentence"),
    [
        ("essay", r"is no notebook: it is not JSON\. Restore it, or save it again"),
        ("odd_cells", r"cell 1: is no cell\. Restore it, or save it again"),
        ("nothing", r"there is no such notebook\. Ask nothing to hand it in again"),
    ],
)
def test_a_submission_that_is_no_notebook_is_named_with_the_mend(cohort, learner, sentence):
    problem = cohort.results[learner]["problem"]
    assert problem.startswith(str(cohort.root / "submitted" / learner / SLUG / NOTEBOOK))
    assert re.search(sentence, problem)


def test_damaged_saved_files_cost_the_answers_in_them_and_nothing_else(cohort):
    assert cohort.results["damaged_files"]["status"] == "marked"
    page = cohort.page("damaged_files")
    assert "delegation_a.answers.json is damaged" in page
    assert "ledger_ticket.choices.json is cut short or is not JSON." in page


def test_what_is_marked_already_is_left_alone(root):
    before = {path: path.stat().st_mtime_ns for path in root.glob("*/*/*/*") if "submitted" not in path.parts}
    code, results, _ = run(root)
    assert code == 0
    assert {about["status"] for about in results.values()} == {"marked before"}
    assert results["rushed"]["points"] == 30.3
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_submission_handed_in_again_is_marked_again_and_only_that(root):
    """nbgrader alone would keep the old score of the plan, whose graded cell is no longer there."""
    nb = short({**answers("rushed"), "judgement": {}})
    nb["cells"] = [cell for cell in nb["cells"] if cell["id"] not in ("plan", "your-plan")]
    shutil.rmtree(root / "submitted" / "rushed")
    hand_in(root, "rushed", nb)
    stamp(root, "rushed", "2026-03-03 09:00:00")
    _, results, _ = run(root)
    assert {name: about["status"] for name, about in results.items()} == {"hero": "marked before", "rushed": "marked"}
    assert results["rushed"]["points"] == pytest.approx(5.67 + 5.61)
    assert results["rushed"]["answers"]["plan"] == {"points": 0, "out_of": 20}


def test_a_run_that_was_killed_is_taken_up_where_it_stopped(root):
    """nbgrader writes the notebook under autograded/ before it is marked; the page comes last of all."""
    marked = root / "autograded" / "rushed" / SLUG / NOTEBOOK
    half = json.loads(marked.read_text(encoding="utf-8"))
    half["metadata"].pop("leadgym")
    marked.chmod(0o644)
    marked.write_text(json.dumps(half), encoding="utf-8")
    (root / "feedback" / "hero" / SLUG / "delegation.html").unlink()
    _, results, _ = run(root)
    assert results["rushed"]["status"] == "marked"
    assert results["hero"]["status"] == "marked before"
    assert (root / "feedback" / "hero" / SLUG / "delegation.html").is_file()


def test_a_submission_without_a_time_is_marked_again_when_its_notebook_is_newer(root):
    road = Road(root)
    for kind in ("submitted", "autograded"):
        (root / kind / "hero" / SLUG / "timestamp.txt").unlink()
    assert road.marked(SLUG, "hero") is not None
    os.utime(root / "submitted" / "hero" / SLUG / NOTEBOOK)
    assert road.marked(SLUG, "hero") is None


@pytest.mark.skipif(not ALL, reason="make test-all")
def test_a_lost_gradebook_is_made_anew(root):
    (root / "gradebook.db").unlink()
    shutil.rmtree(root / "submitted" / "hero")
    code, results, _ = run(root)
    assert code == 0
    assert results["rushed"]["status"] == "marked"
    assert results["rushed"]["points"] == 30.3


def test_a_damaged_gradebook_is_a_sentence_with_the_mend(root):
    (root / "gradebook.db").write_bytes(b"not a gradebook" * 500)
    code, results, said = run(root)
    assert (code, results) == (1, {})
    assert said == (
        f"Error: {root / 'gradebook.db'} cannot be read as a gradebook (file is not a database). Put a copy back; or "
        "move it away and mark again, which makes a new one.\n"
    )


def test_a_manual_score_stays_when_marked_again_and_stands_on_the_page(root):
    shutil.rmtree(root / "submitted" / "rushed")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        grade_of(gradebook, "hero", "plan").manual_score = 15
        gradebook.find_comment("your-plan", "delegation", SLUG, "hero").manual_comment = "We spoke about it. <b>15</b>"
        gradebook.db.commit()
    _, results, _ = run(root, "--again")
    assert results["hero"]["status"] == "marked"
    assert results["hero"]["answers"]["plan"]["points"] == 15
    assert results["hero"]["needs_review"], "a person looks at it once more, as nbgrader has it"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        assert grade_of(gradebook, "hero", "plan").auto_score == pytest.approx(2.67)
    page = (root / "feedback" / "hero" / SLUG / "delegation.html").read_text(encoding="utf-8")
    assert "Your instructor set this to 15 of 20 points; the marker found:" in page
    assert "A delegation plan for three tickets: 2.67 of 20 points" in page
    assert "We spoke about it. &lt;b&gt;15&lt;/b&gt;" in page
    assert "22.41 of 100 points" in page


@pytest.mark.skipif(not ALL, reason="make test-all")
def test_late_penalties_work_as_nbgrader_s_users_know_them(root):
    """The date stands in the gradebook, the method in the folder's own nbgrader_config.py."""
    settings = (ROOT / "grader" / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(
        f'{settings}\nc.LateSubmissionPlugin.penalty_method = "zero"\n', encoding="utf-8"
    )
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-03-02 12:00:00 UTC")
    shutil.copytree(root / "submitted" / "rushed", root / "submitted" / "in_time")
    stamp(root, "rushed", "2026-03-02 12:30:00")
    shutil.rmtree(root / "submitted" / "hero")
    _, results, _ = run(root)
    assert (results["rushed"]["status"], results["rushed"]["points"]) == ("marked", 0)
    assert results["rushed"]["answers"]["plan"]["points"] == 9.34
    assert results["in_time"]["points"] == 30.3
    page = (root / "feedback" / "rushed" / SLUG / "delegation.html").read_text(encoding="utf-8")
    assert "after 30.3 points off for handing in late" in page


def test_settings_that_cannot_be_used_are_named(root):
    (root / "nbgrader_config.py").write_text("c.Execute.timeout = later\n", encoding="utf-8")
    code, _, said = run(root)
    assert code == 1
    assert said.startswith(f"Error: {root / 'nbgrader_config.py'} cannot be used: name 'later' is not defined")


def test_ctrl_c_ends_the_run_and_not_one_submission(root, monkeypatch):
    """nbgrader takes it for a failure of the submission at hand."""

    def interrupted(*_):
        return {"success": False, "error": "Traceback (most recent call last):\n  ...\nKeyboardInterrupt\n"}

    road = Road(root)
    with pytest.raises(KeyboardInterrupt):
        road.run("It cannot be marked", interrupted, SLUG, "hero")


def test_no_submissions_says_where_they_belong(tmp_path):
    code, _, said = run(tmp_path / "grader")
    assert code == 1
    assert said == (
        f"Error: No submissions: {tmp_path / 'grader' / 'submitted'} has no LEARNER/{SLUG}/. "
        "Collect them there and run this again.\n"
    )


def test_a_root_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "grader").write_text("a file, not a folder", encoding="utf-8")
    code, _, said = run(tmp_path / "grader")
    assert code == 1
    assert said.startswith(f"Error: {tmp_path / 'grader'} cannot be read or written (File exists).")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_of_somebody_else_s_is_a_sentence(tmp_path):
    root = tmp_path / "grader"
    root.mkdir(mode=0o500)
    code, _, said = run(root)
    assert code == 1
    assert re.search(rf"{root}.* cannot be read or written \(Permission denied\)", said)


def test_for_people_the_marks_come_as_lines(root):
    ran = CliRunner().invoke(main, ["grade", SLUG, "--root", str(root)])
    assert ran.stdout == "hero: 10.08 of 100  (marked before)\nrushed: 30.3 of 100  (marked before)\n"


def test_the_reason_names_the_error_and_where_its_details_are(root, monkeypatch):
    """A notebook that cannot be marked for a reason nobody foresaw."""

    def stumble(*_):
        raise TypeError("it has no cells that anybody could want")

    monkeypatch.setattr("leadgym.cohort.restore.RestoreCells.preprocess", stumble)
    shutil.rmtree(root / "submitted" / "rushed")
    shutil.rmtree(root / "submitted" / "hero")
    hand_in(root, "hero", notebook())
    stamp(root, "hero", "2026-03-03 09:00:00")
    code, results, said = run(root)
    details = root / ".leadgym" / "problems" / f"{SLUG}-hero.log"
    assert code == 1
    assert results["hero"]["status"] == "not marked"
    assert re.search(rf"{NOTEBOOK}:1: cannot be marked: .+ \(\w+Error\)\. Details: {details}", said)
    assert "Traceback" in details.read_text(encoding="utf-8")
