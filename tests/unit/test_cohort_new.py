"""leadgym cohort new: a root that works at once, or nothing; and lateness as cohort.yaml says, in nbgrader's places."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cohort_small import COURSE, lay, url
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from submissions import NOTEBOOK, SLUG, Cohort

from leadgym.cli import main
from leadgym.cohort.config import settings
from leadgym.cohort.course import load_course, load_roster
from leadgym.cohort.enrol import enrol
from leadgym.cohort.late import KeepDueDate, LatePolicy
from leadgym.yamlfile import FileProblems

PEOPLE = "Username;First;Last;E-Mail;Desk\nada;Ada;Lovelace;ada@example.org;4\nbo;Bo;Ek;;\n"


def new(folder: Path, *more: str, roster: str | bytes = PEOPLE) -> Result:
    (folder / "people.csv").write_bytes(roster if isinstance(roster, bytes) else roster.encode())
    given = {"--begins": "2027-01-11", "--roster": str(folder / "people.csv"), "--at": str(folder / "made")}
    given |= dict(zip(more[::2], more[1::2], strict=True))
    ran = CliRunner().invoke(main, ["cohort", "new", "spring27", *(word for pair in given.items() for word in pair)])
    assert "Traceback" not in ran.output
    return ran


def test_a_new_cohort_loads_and_is_the_course_that_nbgrader_sees(tmp_path: Path) -> None:
    ran = new(tmp_path, "--timezone", "Europe/Berlin", "--late", "10", "--grace-hours", "12", "--title", 'KEEP "it"')
    assert ran.exit_code == 0, ran.output
    assert "2 learners, 12 modules" in ran.output
    root = tmp_path / "made"
    course = load_course(root)
    assert (course.cohort, course.title, course.late.per_day, course.late.grace_hours) == (
        "spring27",
        'KEEP "it"',
        10,
        12,
    )
    assert {b.release - a.release for a, b in zip(course.modules, course.modules[1:], strict=False)} == {
        timedelta(days=7)
    }
    assert (root / "roster.csv").read_text(encoding="utf-8") == PEOPLE, "nothing of an export is lost"
    assert [learner.name for learner in load_roster(root)] == ["Ada Lovelace", "Bo Ek"]
    config = settings(root)
    assert config.CourseDirectory.course_id == "spring27"
    assert config.AssignLatePenalties.plugin_class is LatePolicy
    steps = config.Autograde.autograde_preprocessors
    assert steps.index(KeepDueDate) < steps.index(AssignLatePenalties)
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert readme.count("\n1. ") == readme.count("\n3. ") == 1
    assert not {"TITLE", "FIRST", "MODULES"} & set(readme.split())


def test_modules_can_be_chosen_and_spread_over_weeks(tmp_path: Path) -> None:
    assert new(tmp_path, "--weeks", "6", "--days", "5", "--hour", "08:30").exit_code == 0
    steps = load_course(tmp_path / "made").modules
    assert [f"{step.release:%a %d %H:%M}" for step in steps[:4]] == [
        "Mon 11 08:30", "Thu 14 08:30", "Mon 18 08:30", "Thu 21 08:30",
    ]  # fmt: skip
    assert {step.due - step.release for step in steps} == {timedelta(days=5)}
    other = tmp_path / "other"
    other.mkdir()
    assert new(other, "--modules", "02,05", "--weeks", "4").exit_code == 0
    chosen = load_course(other / "made").modules
    assert [(step.module, f"{step.release:%d}") for step in chosen] == [
        ("02_delegation", "11"),
        ("05_design_lead", "25"),
    ]


@pytest.mark.parametrize(
    ("more", "roster", "said"),
    [
        (("--begins", "11.1.2027"), PEOPLE, "does not match the format"),
        (("--timezone", "Berlin"), PEOPLE, "'Berlin' is no time zone known here. Write it as Europe/Berlin."),
        (("--modules", "00,99"), PEOPLE, "There is no module '99'"),
        (("--modules", "02,02"), PEOPLE, "'02_delegation' stands twice"),
        (("--weeks", "2"), PEOPLE, "12 modules in 2 weeks are 6 in one week"),
        (("--hour", "nine"), PEOPLE, "'nine' is no time of day"),
        (("--at", "/"), PEOPLE, "exists and is left as it is"),
        ((), "id\nada\nbo\nADA\n", "people.csv:4: id: 'ADA' stands on line 2 already; keep one."),
        (
            (),
            "id;first\nada;Zoë\n".encode("cp1252"),
            "people.csv:2: is not UTF-8 text. Export it, or save it, as UTF-8.",
        ),
        ((), "name\nAda\n", "id: no such column. The file has: name."),
        ((), "id\n", "has no rows under its headings"),
        ((), "id\n../../etc\n", "'../../etc' is no learner's id"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_made(
    tmp_path: Path, more: tuple[str, ...], roster: str | bytes, said: str
) -> None:
    ran = new(tmp_path, *more, roster=roster)
    assert ran.exit_code in (1, 2)
    assert said in ran.output
    assert {path.name for path in tmp_path.iterdir()} == {"people.csv"}


def test_nothing_is_overwritten_and_the_course_itself_is_no_place_for_work(tmp_path: Path) -> None:
    assert new(tmp_path).exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "made").rglob("*") if path.is_file()}
    ran = new(tmp_path, "--late", "5")
    assert (ran.exit_code, "is left as it is" in ran.output) == (1, True)
    assert before == {path: path.read_bytes() for path in before}
    inside = Path(__file__).parents[2] / "grader" / "spring27"
    ran = new(tmp_path, "--at", str(inside))
    assert (ran.exit_code, "lies within the course's own files" in ran.output) == (1, True)
    assert not inside.exists()


def test_a_broken_schedule_stops_nbgrader_which_would_go_on_without_the_jail(tmp_path: Path) -> None:
    assert new(tmp_path).exit_code == 0
    root = tmp_path / "made"
    course = root / "cohort.yaml"
    course.write_text(course.read_text(encoding="utf-8").replace("UTC", "Nowhere"), encoding="utf-8")
    code = compile((root / "nbgrader_config.py").read_text(encoding="utf-8"), "nbgrader_config.py", "exec")
    with pytest.raises(SystemExit, match=r"cohort\.yaml:6: timezone: 'Nowhere'"):
        exec(code, {"get_config": lambda: None, "__file__": str(root / "nbgrader_config.py")})  # noqa: S102


def test_grade_and_mark_again_work_from_within_the_cohort(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lay(cohort, tmp_path / "course")
    monkeypatch.chdir(root / "submitted" / "hero")
    ran = CliRunner().invoke(main, ["grade", "02", "--json"])
    assert ran.exit_code == 0, ran.output
    assert {one["learner"]: one["status"] for one in map(json.loads, ran.stdout.splitlines())} == dict.fromkeys(
        ("doubted", "hero", "rushed"), "marked before"
    )
    with Gradebook(url(root)) as gradebook:
        assert gradebook.find_student("rushed").last_name == "Şen, jr"
        assert f"{gradebook.find_assignment('03_review_and_pairing').duedate:%d %H:%M}" == "09 08:00"


def test_a_roster_that_changed_adds_and_corrects_and_takes_nobody_out(cohort: Cohort, tmp_path: Path) -> None:
    root = lay(cohort, tmp_path / "course")
    course, roster = load_course(root), load_roster(root)
    first = enrol(course, roster, url(root))
    assert (first.added, first.changed) == (("silent",), ("hero", "rushed", "doubted"))
    again = enrol(course, roster, url(root))
    assert (again.added, again.changed, again.moved, again.sentences()) == ((), (), (), [])
    left = [learner for learner in roster if learner.id != "hero"]
    assert enrol(course, left, url(root)).not_listed == ("hero",)
    with Gradebook(url(root)) as gradebook:
        assert gradebook.find_student("hero").email == "helen@example.org"
        assert gradebook.find_submission(SLUG, "hero").score == pytest.approx(cohort.results["hero"]["points"])


def penalised(root: Path, learner: str) -> tuple[float | None, float]:
    """The late penalty as nbgrader's own step makes it, and the seconds late that nbgrader and formgrader show."""
    config = settings(root)
    notebook = Path(NOTEBOOK).stem
    about = {"nbgrader": {"assignment": SLUG, "notebook": notebook, "student": learner, "db_url": url(root)}}
    for step in (KeepDueDate(config=config), AssignLatePenalties(config=config)):
        step.preprocess(new_notebook(), about)
    with Gradebook(url(root)) as gradebook:
        submission = gradebook.find_submission(SLUG, learner)
        return submission.notebooks[0].late_submission_penalty, submission.total_seconds_late


def test_lateness_costs_what_the_schedule_says_when_it_is_marked(cohort: Cohort, tmp_path: Path) -> None:
    root, points = lay(cohort, tmp_path / "course"), cohort.results["rushed"]["points"]
    path = root / "cohort.yaml"
    text = path.read_text(encoding="utf-8")

    def due(when: str, more: str = "") -> tuple[float | None, float]:
        path.write_text(text.replace("2026-03-02 12:00", when) + more, encoding="utf-8")
        return penalised(root, "rushed")

    assert due("2026-03-02 10:00") == (None, 0)  # 09:00 UTC is 10:00 in Berlin
    assert due("2026-03-02 09:00") == (0.0, 3600)  # within the hours of grace
    assert due("2026-03-01 09:00") == (round(points * 0.1, 2), 25 * 3600)
    assert due("2026-02-24 09:00", "") == (round(points * 0.5, 2), (6 * 24 + 1) * 3600)
    later = "extensions:\n  - {learner: rushed, module: 02_delegation, due: 2026-03-02 09:30}\n"
    assert due("2026-02-24 09:00", later) == (0.0, 1800)
    with Gradebook(url(root)) as gradebook:
        gradebook.grant_extension(SLUG, "rushed", weeks=1)
    assert due("2026-02-24 09:00") == (None, 0), "an extension given in the gradebook counts too"
    with Gradebook(url(root)) as gradebook:
        gradebook.grant_extension(SLUG, "rushed")
        for grade in gradebook.find_submission(SLUG, "rushed").notebooks[0].grades:
            grade.manual_score = 0
        gradebook.db.commit()
    assert due("2026-02-24 09:00")[0] == 0, "nothing is taken off nothing"


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        ("{learner: ada, module: 05_design_lead, due: 2026-03-09 09:00}", "'05_design_lead' is not among the modules"),
        ("{learner: ada, module: 02_delegation, due: 2026-03-02 11:00}", "is not after the due date of all"),
        ("{learner: ada, module: 02_delegation}", "due: is missing"),
    ],
)
def test_an_extension_that_is_none_is_said_with_its_line(tmp_path: Path, extension: str, said: str) -> None:
    (tmp_path / "cohort.yaml").write_text(f"{COURSE}  - {extension}\n", encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        load_course(tmp_path)
    assert "cohort.yaml:12: extensions.0." in str(caught.value)
    assert said in str(caught.value)
