"""Exports: each file is read back by the rules of the program it is for, and says nothing that is not so."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from submissions import SLUG, Cohort, part

from leadgym.cli import main
from leadgym.cohort.exports.forms import CSV_HEAD, defused
from leadgym.cohort.records import records

ROSTER = """\
id,first_name,last_name,email,lms_user_id,section
hero,Ann,"O'Hara, Jr.",Ann@example.org,1001,A
rushed,Зоя,"Ива""нова",zoya@example.org,1002,-5
unsolved,=HYPERLINK(1),+Plus,un@example.org,sis-3,"two
lines"
doubted,大文,陳,doubted@example.org,1004,
absent,No,Body,absent@example.org,1005,B
nomail,Only,Id,,,
"""


@pytest.fixture
def root(cohort: Cohort, tmp_path: Path) -> Path:
    """Marked learners, one late, one who waits, some strangers; and a roster with whatever names are made of."""
    made = part(cohort.root, tmp_path / "grader", "hero", "rushed", "unsolved", "doubted")
    (made / "roster.csv").write_text(ROSTER, encoding="utf-8")
    with Gradebook(f"sqlite:///{made / 'gradebook.db'}") as gradebook:
        gradebook.find_submission(SLUG, "hero").notebooks[0].late_submission_penalty = 3.0
        gradebook.find_submission(SLUG, "unsolved").notebooks[0].late_submission_penalty = 99.0
        gradebook.db.commit()
    return made


def export(root: Path, form: str, *more: str) -> tuple[Result, list[list[str]], bytes]:
    out = root / f"{form}.csv"
    given = ["cohort", "export", "--to", form, "--out", str(out), "--root", str(root), *more]
    ran = CliRunner().invoke(main, given)
    assert "Traceback" not in ran.output
    data = out.read_bytes() if out.is_file() else b""
    return ran, list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)), data


def record(root: Path, learner: str) -> Any:
    return next(r for r in records(root, f"sqlite:///{root / 'gradebook.db'}") if r.learner == learner)


def canvas(rows: list[list[str]], users: dict[str, Any], titles: dict[int, str]) -> dict[Any, dict[str, str]]:
    """What Canvas's importer makes of a file (lib/gradebook_importer.rb at 00b222d): grades by user and assignment.

    ``users``: by Canvas number, SIS User ID, login and name. ``titles``: the assignments of the course by number.
    """
    head = rows[0]
    assert len(head) > 3
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    passed_over = "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override"
    columns: dict[int, Any] = {}
    for place, name in enumerate(head[5:], 5):
        assert not re.search(passed_over, name)
        found = re.fullmatch(r"(.*)\s\((\d+)\)", name)
        by_title = next((number for number, title in titles.items() if title == name), None)
        columns[place] = int(found[2]) if found and int(found[2]) in titles else by_title or name
    grades: dict[Any, dict[str, str]] = {}
    for row in rows[1:]:
        assert len(row) == len(head)
        if "Points Possible" in row[0]:
            grades["points"] = {columns[place]: row[place] for place in columns}
            continue
        number = re.match(r"\d+", row[1])
        keys = [number[0] if number else None, row[2] or None, row[3] or None, row[0]]
        user = next((users[key] for key in keys if key in users), f"new: {row[0]}")
        assert user not in grades, "nobody twice"
        # Canvas turns a comma in a number into a point; ours have none.
        assert all(re.fullmatch(r"\d+(\.\d{1,2})?|", row[place]) for place in columns)
        grades[user] = {columns[place]: row[place] for place in columns}
    return grades


def moodle(rows: list[list[str]], users: dict[str, str], identifier: str) -> dict[str, list[tuple[float | None, str]]]:
    """What Moodle's importer makes of a file (grade/import/csv/classes/load_data.php at 0289d8c)."""
    place = rows[0].index(identifier)
    made = {}
    for row in rows[1:]:
        assert len(row) == len(rows[0]), "csvweirdcolumns"
        assert row[place] in users, "usermappingerror: the whole import stops"
        pairs = []
        for value, feedback in zip(row[3::2], row[4::2], strict=True):
            assert value in ("", "-") or float(value) <= 100, "badgrade, gradevaluetoobig"
            pairs.append((float(value) if value not in ("", "-") else None, feedback))
        made[users[row[place]]] = pairs
    return made


def test_canvas_finds_each_learner_and_the_assignment(root: Path) -> None:
    ran, rows, data = export(root, "canvas")
    assert ran.exit_code == 0
    assert not data.startswith(b"\xef\xbb\xbf"), "Canvas takes a mark for a part of the first heading"
    users = {"1001": "hero", "1002": "rushed", "1004": "doubted", "1005": "absent"}
    found = canvas(rows, users, {7: "Delegation"})
    assert found.pop("points") == {7: "100"}
    hero = record(root, "hero").points
    assert found == {
        "hero": {7: f"{hero:g}"},
        "rushed": {7: f"{record(root, 'rushed').points:g}"},
        "doubted": {7: ""},
        "absent": {7: ""},
    }
    assert "Left out, without a number of Canvas's in lms_user_id: nomail." in ran.stderr
    assert "Left out, since their lms_user_id cannot be used as a number of Canvas's" in ran.stderr
    assert "Blank, since a part waits for a person: doubted (02_delegation)." in ran.stderr
    assert "In the gradebook and not in the roster, so left out: Zoë Ñandú, careful_guess" in ran.stderr
    assert rows[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[2][0] == "O'Hara, Jr., Ann"
    assert "\n" not in "".join(cell for row in rows for cell in row)


def test_canvas_by_sis_id_or_login_and_by_the_assignments_own_number(root: Path) -> None:
    _, rows, _ = export(root, "canvas", "--id", "sis", "--column", "02=Week 2 (4711)", "--provisional")
    users = {"1001": "hero", "1002": "rushed", "sis-3": "unsolved", "1004": "doubted", "1005": "absent"}
    assert all(not row[1] and not row[3] for row in rows[1:]), "one identifier: the others may be somebody else's"
    found = canvas(rows, users, {4711: "Another name", 4712: "Week 2"})
    assert set(found) == {"points", *users.values()}
    assert found["doubted"] == {4711: f"{record(root, 'doubted').points:g}"}
    assert found["unsolved"] == {4711: "0"}, "lateness takes no more than there is"
    _, rows, _ = export(root, "canvas", "--id", "login")
    assert {row[3] for row in rows[2:]} == {"hero", "rushed", "unsolved", "doubted", "absent", "nomail"}


@pytest.mark.parametrize("name", ["Final Grade", "Override Score", "Points Possible", "Section"])
def test_names_that_canvas_would_pass_over_are_refused(root: Path, name: str) -> None:
    ran, rows, _ = export(root, "canvas", "--column", f"02={name}")
    assert (ran.exit_code, rows) == (1, [])
    assert f"Canvas keeps the name '{name}' for itself." in ran.output


def test_moodle_finds_each_learner_and_feedback_stands_beside_its_grade(root: Path) -> None:
    ran, rows, _ = export(root, "moodle")
    users = {f"{name}@example.org": name for name in ("Ann", "zoya", "un", "doubted", "absent")}
    assert rows[0] == ["Email address", "First name", "Last name", "Delegation", "Delegation (Feedback)"]
    found = moodle(rows, users, "Email address")
    assert set(found) == set(users.values())
    assert found["absent"] == [(None, "")]
    ((points, feedback),) = found["Ann"]
    assert points == record(root, "hero").points
    assert "3 points off for handing in late." in feedback
    assert "The brief to Priya: " in feedback
    assert found["doubted"] == [(None, "A part of it waits for a person.")]
    assert "Left out, without an email address: nomail." in ran.stderr
    for by, heading in (("idnumber", "ID number"), ("username", "Username")):
        _, rows, _ = export(root, "moodle", "--id", by)
        ids = {"idnumber": ["1001", "1002", "sis-3", "1004", "1005"]}.get(
            by, ["hero", "rushed", "unsolved", "doubted", "absent", "nomail"]
        )
        assert set(moodle(rows, {name: name for name in ids}, heading)) == set(ids)


def test_a_module_above_what_moodle_takes_is_told(root: Path) -> None:
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.find_grade_cell("plan", "delegation", SLUG).max_score = 60
        gradebook.db.commit()
    assert "Delegation is worth 140 points. Moodle takes no grade above 100" in export(root, "moodle")[0].stderr


def test_the_gradebooks_csv_is_nbgraders_with_blanks_and_quotes_where_they_belong(root: Path, tmp_path: Path) -> None:
    ran, rows, data = export(root, "csv")
    assert data.startswith(b"\xef\xbb\xbf"), "without it a spreadsheet takes names for Latin-1"
    assert tuple(rows[0]) == CSV_HEAD
    theirs = tmp_path / "theirs.csv"
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        CsvExportPlugin(to=str(theirs)).export(gradebook)
    assert rows[0][:11] == theirs.read_text(encoding="utf-8").splitlines()[0].split(",")
    lines = {row[3]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert (lines["hero"]["late_submission_penalty"], lines["hero"]["timestamp"]) == ("3", "2026-03-02 09:00:00 UTC")
    hero = record(root, "hero")
    assert float(lines["hero"]["raw_score"]) == pytest.approx(hero.points + 3)
    assert float(lines["hero"]["score"]) == hero.points
    assert (lines["doubted"]["waiting"], lines["hero"]["waiting"], lines["absent"]["waiting"]) == ("yes", "no", "")
    assert (lines["absent"]["score"], lines["absent"]["timestamp"]) == ("", ""), "nothing handed in is no 0"
    assert lines["unsolved"]["first_name"] == "'=HYPERLINK(1)"
    assert (lines["unsolved"]["last_name"], lines["unsolved"]["section"]) == ("'+Plus", "two lines")
    assert (lines["rushed"]["last_name"], lines["rushed"]["section"]) == ('Ива"нова', "-5")
    assert "In the gradebook and not in the roster: " in ran.stderr
    assert "without any grade: absent, nomail." in ran.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'=1"),
        ("\r=1", "'=1"), ("  =1", "'=1"), ("-5", "-5"), ("+4.5", "+4.5"), ("O'Hara", "O'Hara"), ("a=1", "a=1"),
        ("می‌خواهم", "می‌خواهم"), ("a\nb\x1b", "a b"),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_defused_and_numbers_stay(text: str, shown: str) -> None:
    assert defused(text) == shown


def test_an_identifier_that_would_be_run_is_left_out_rather_than_changed(root: Path) -> None:
    roster = ROSTER.replace("Ann@example.org", "=x@example.org").replace(
        "zoya@", "Un@"
    )  # a letter more or less large is the same address
    (root / "roster.csv").write_text(roster, encoding="utf-8")
    ran, rows, _ = export(root, "moodle")
    assert [row[0] for row in rows[1:]] == ["doubted@example.org", "absent@example.org"]
    assert "since their email cannot be used as an email address: hero." in ran.stderr
    assert "since their email is somebody else's too: rushed, unsolved." in ran.stderr


def test_without_a_roster_nbgraders_own_table_is_used(root: Path) -> None:
    (root / "roster.csv").unlink()
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student("hero", first_name="Ann", last_name="Hara", lms_user_id="1001")
    ran, rows, _ = export(root, "canvas")
    assert [row[:2] for row in rows[2:]] == [["Hara, Ann", "1001"]]
    assert "There is no roster.csv" in ran.stderr
    ran, rows, _ = export(root, "moodle", "--out", str(root / "again.csv"))
    assert ran.exit_code == 1
    assert "No learner has an email address." in ran.output
    assert "--id idnumber or --id username" in ran.output


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--id", "email"], 2, "has to be one of id, sis, login"),
        (["99"], 2, "There is no module '99'"),
        (["03"], 1, "Nobody is marked for 03_review_and_pairing yet"),
        (["--column", "02"], 2, "has no name. Write it as"),
        (["--out", "/nowhere/a.csv"], 1, "/nowhere is no folder."),
        (["--root", "/nowhere"], 1, "/nowhere is no folder."),
    ],
)
def test_what_is_asked_for_wrongly_is_said(root: Path, more: list[str], code: int, said: str) -> None:
    ran, rows, _ = export(root, "canvas", *more)
    assert ran.exit_code == code
    assert said in ran.output
    assert rows == []
