"""The three files: the gradebook's own CSV, and what Canvas and Moodle document, or do, on import.

**csv** has a line for each learner and module, with the columns of ``nbgrader export`` in their order and three more.
nbgrader's own exporter writes 0 for nothing handed in and does not quote a name with a comma, so it is not used.

**canvas**: Canvas (``lib/gradebook_importer.rb`` of instructure/canvas-lms, read at commit 00b222d) wants Student, ID,
SIS User ID, SIS Login ID and Section in this order, then assignments, and takes a row whose first cell says Points
Possible for their worth. It looks a student up by ID, SIS User ID, SIS Login ID, then by name. An assignment is found
by a title that ends in its number, ``Title (123)``, or else by its title, and made anew when there is none. Columns
whose title holds Current Score, Final Grade and the like are passed over. A blank takes away a grade that is there.

**moodle**: any headings, mapped by hand on upload (docs.moodle.org/405/en/Grade_import): a column that identifies the
user by email address, ID number or username, one for each grade item, one for its feedback. Feedback without its grade
loses the grade, so both are written; a user that is not found stops the whole import, so a learner without the
identifier is left out; so does a grade above 100 unless the site allows it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from leadgym.cohort.course import Learner
from leadgym.cohort.exports.gather import Column, Grade, Grades, listed
from leadgym.cohort.road import MarkingProblem

FORMS = ("csv", "canvas", "moodle")
IDS = {"canvas": ("id", "sis", "login"), "moodle": ("email", "idnumber", "username")}
"""By what each program may find a learner; the first is usual."""
CANVAS_HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
CANVAS_POINTS = "    Points Possible"
CSV_HEAD = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score", "section", "lms_user_id", "waiting",
)  # fmt: skip
MOODLE_ID = {"email": "Email address", "idnumber": "ID number", "username": "Username"}
MOODLE_MOST = 100
_FROM = {"id": "lms_user_id", "sis": "lms_user_id", "login": "id", "email": "email", "idnumber": "lms_user_id",
         "username": "id"}  # fmt: skip
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_UNSEEN = ("Cc", "Cs", "Zl", "Zp")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_NOT_CANVAS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)|Points Possible")
_CANVAS_TAKEN = frozenset({*CANVAS_HEAD, "LastName", "FirstName", "Integration ID", "Root Account"})


def written_as(grades: Grades, form: str, by: str = "", *, provisional: bool = False) -> str:
    """The file's text in one of FORMS. ``by``: one of IDS. Adds to ``grades.notices`` what is left out.

    ``provisional``: what waits for a person has the points that stand so far. Raises MarkingProblem when nobody can
    be identified, or a column has a name that the program would not take.
    """
    if form == "csv":
        return "\ufeff" + _text(_csv_rows(grades))
    if grades.rostered and grades.strangers:
        grades.notices.append(f"In the gradebook and not in the roster, so left out: {listed(grades.strangers)}.")
    learners = _identified(grades, by)
    _tell_waiting(grades, learners, provisional)
    made = _canvas_rows if form == "canvas" else _moodle_rows
    return _text(made(grades, learners, by, provisional))


def defused(text: str) -> str:
    """``text`` on one line, with an apostrophe before what a spreadsheet would run; a number stays a number."""
    risky = bool(_FORMULA.match(text))
    line = " ".join("".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text).split())
    risky = risky or bool(_FORMULA.match(line))
    return f"'{line}" if risky and not _NUMBER.fullmatch(line) else line


def _tell_waiting(grades: Grades, learners: Sequence[Learner], provisional: bool) -> None:
    pairs = ((one, column, grades.grades.get((one.id, column.slug))) for column in grades.columns for one in learners)
    waiting = [f"{one.id} ({column.slug})" for one, column, grade in pairs if grade is not None and grade.waits]
    if waiting and provisional:
        grades.notices.append(f"Provisional, since a part waits for a person: {listed(waiting)}.")
    elif waiting:
        grades.notices.append(
            f"Blank, since a part waits for a person: {listed(waiting)}. Decide it with leadgym cohort moderate, or "
            "write what stands so far with --provisional."
        )


def _csv_rows(grades: Grades) -> list[list[str]]:
    if grades.rostered and grades.strangers:
        grades.notices.append(f"In the gradebook and not in the roster: {listed(grades.strangers)}.")
    rows = [list(CSV_HEAD)]
    for column in grades.columns:
        for learner in grades.learners:
            grade = grades.grades.get((learner.id, column.slug))
            rows.append([
                column.slug, _time(column.due), _time(grade.handed_in if grade else None), defused(learner.id),
                defused(learner.last_name), defused(learner.first_name), defused(learner.email),
                _number(grade.raw) if grade else "", _number(grade.penalty) if grade else "",
                _number(grade.points) if grade else "", _number(column.out_of), defused(learner.section),
                defused(learner.lms_user_id), ("yes" if grade.waits else "no") if grade else "",
            ])  # fmt: skip
    return rows


def _identified(grades: Grades, by: str) -> list[Learner]:
    """Who has an identifier that the program can find; the others are told of."""
    there = [one for one in grades.learners if not (grades.rostered and one.id in grades.strangers)]
    named = _FROM[by]
    values = {one.id: getattr(one, named) for one in there}
    lacking = [one.id for one in there if not values[one.id]]
    odd = [one.id for one in there if values[one.id] and not _plain_id(values[one.id], by)]
    alike = Counter(value.casefold() for value in values.values())
    twice = [one.id for one in there if values[one.id] and alike[values[one.id].casefold()] > 1]
    what = {"id": "a number of Canvas's in lms_user_id", "sis": "an SIS ID in lms_user_id", "email": "an email address",
            "idnumber": "an ID number in lms_user_id"}.get(by, "an id")  # fmt: skip
    if lacking:
        grades.notices.append(f"Left out, without {what}: {listed(lacking)}. Add it to roster.csv.")
    if odd:
        grades.notices.append(
            f"Left out, since their {named} cannot be used as {what}: {listed(odd)}. Mend it in roster.csv."
        )
    if twice:
        grades.notices.append(f"Left out, since their {named} is somebody else's too: {listed(twice)}.")
    found = [one for one in there if one.id not in {*lacking, *odd, *twice}]
    if not found:
        others = " or ".join(
            f"--id {other}" for other in IDS["canvas" if by in IDS["canvas"] else "moodle"] if other != by
        )
        raise MarkingProblem(f"No learner has {what}. Add it to roster.csv, or find learners another way: {others}.")
    return found


def _plain_id(value: str, by: str) -> bool:
    """An identifier has to stand as it is, so one that a spreadsheet would run cannot be written at all."""
    if by == "id":
        return value.isascii() and value.isdigit()
    return defused(value) == value and (by != "email" or "@" in value)


def _canvas_rows(grades: Grades, learners: Sequence[Learner], by: str, provisional: bool) -> list[list[str]]:
    for column in grades.columns:
        if _NOT_CANVAS.search(column.name) or column.name in _CANVAS_TAKEN:
            raise MarkingProblem(
                f"Canvas keeps the name '{column.name}' for itself. Give it another: --column {column.slug}=NAME"
            )
    place = IDS["canvas"].index(by)
    rows = [[*CANVAS_HEAD, *(defused(column.name) for column in grades.columns)]]
    rows.append([CANVAS_POINTS, "", "", "", "", *(_number(column.out_of) for column in grades.columns)])
    for learner in learners:
        ids = ["", "", ""]
        ids[place] = getattr(learner, _FROM[by])
        name = ", ".join(part for part in (learner.last_name, learner.first_name) if part) or learner.id
        points = [_points(grades, learner, column, provisional) for column in grades.columns]
        rows.append([defused(name), *ids, defused(learner.section), *points])
    return rows


def _moodle_rows(grades: Grades, learners: Sequence[Learner], by: str, provisional: bool) -> list[list[str]]:
    head = [MOODLE_ID[by], "First name", "Last name"]
    for column in grades.columns:
        if column.out_of > MOODLE_MOST:
            grades.notices.append(
                f"{column.name} is worth {_number(column.out_of)} points. Moodle takes no grade above {MOODLE_MOST}, "
                "and stops the import, unless its administrator allows more (unlimitedgrades, gradepointmax)."
            )
        head += [defused(column.name), f"{defused(column.name)} (Feedback)"]
    rows = [head]
    for learner in learners:
        row = [getattr(learner, _FROM[by]), defused(learner.first_name), defused(learner.last_name)]
        for column in grades.columns:
            grade = grades.grades.get((learner.id, column.slug))
            row += [_points(grades, learner, column, provisional), _feedback(grade, provisional)]
        # PHP reads a backslash before a quotation mark as part of the text, and the cell would not end.
        rows.append([cell.replace("\\", "/") for cell in row])
    return rows


def _points(grades: Grades, learner: Learner, column: Column, provisional: bool) -> str:
    grade = grades.grades.get((learner.id, column.slug))
    return "" if grade is None or (grade.waits and not provisional) else _number(grade.points)


def _feedback(grade: Grade | None, provisional: bool) -> str:
    if grade is None:
        return ""
    if grade.waits and not provisional:
        return "A part of it waits for a person."
    said = "; ".join(f"{name}: {_number(got)} of {_number(most)}" for name, (got, most) in grade.answers.items())
    late = f" {_number(grade.penalty)} points off for handing in late." if grade.penalty else ""
    waits = " A part of it waits for a person." if grade.waits else ""
    return defused(f"{said}.{late}{waits} Your feedback page has the reasons.")


def _number(value: float) -> str:
    """At most two decimals, after a point: both programs read it in every language."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _time(when: datetime | None) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if when else ""


def _text(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()
