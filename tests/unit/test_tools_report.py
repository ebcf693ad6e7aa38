"""A report says the same in every form, holds whatever somebody's data holds, and needs nothing but itself."""

from pathlib import Path

import pytest

from leadgym.tools.report import Picture, Report, Table, write_report
from leadgym.tools.rows import read_csv, read_text
from leadgym.yamlfile import FileProblems

NASTY = "a|b <script>alert(1)</script> *c* `d` [e](f)\nsecond"
REPORT = Report(
    title="Your week",
    says=("You have 3 free blocks.", NASTY),
    tables=(Table("By day", ("day", "hours"), (("Monday", "2.5"), (NASTY, "0"))),),
    pictures=(Picture("Tuesday is the worst", "Bars: Monday 2, Tuesday 0.", "<svg><path/></svg>"),),
    notes=("It cannot see what you did in the blocks.",),
)
SAID = ("Your week", "You have 3 free blocks.", "By day", "2.5", "Tuesday is the worst", "It cannot see")


@pytest.mark.parametrize("form", [Report.text, Report.markdown, Report.html, Report._repr_html_])
def test_every_form_says_everything(form):
    assert [said for said in SAID if said not in form(REPORT)] == []


@pytest.mark.parametrize("form", [Report.html, Report._repr_html_])
def test_what_stands_in_the_data_is_text(form):
    assert "<script" not in form(REPORT)
    assert "&lt;script&gt;" in form(REPORT)


def test_a_picture_in_a_notebook_is_never_as_wide_as_a_screen():
    """Drawn without a width of its own, its letters would be a hand high at 1920."""
    assert "max-width" in REPORT._repr_html_().split("<figure")[1].split(">")[0]


def test_markdown_keeps_its_table_and_its_marks():
    rows = [line for line in REPORT.markdown().splitlines() if line.startswith("|")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [3, 3, 3, 3]
    assert "\\*c\\* \\`d\\` \\[e\\](f)" in REPORT.markdown()


def test_the_page_asks_the_network_for_nothing():
    page = REPORT.html()
    assert "http" not in page
    assert "url(" not in page
    assert "<script" not in page


def test_markdown_is_written_with_its_pictures_beside_it(tmp_path):
    written = write_report(REPORT, tmp_path / "week.md")
    assert [path.name for path in written] == ["week.md", "week-1.svg"]
    assert "![Tuesday is the worst. Bars: Monday 2, Tuesday 0.](week-1.svg)" in written[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "says"), [("week.pdf", "week.html or week.md"), ("no/week.md", "Choose another")])
def test_a_place_where_no_report_can_go_is_said(tmp_path, name, says):
    with pytest.raises(FileProblems, match=says):
        write_report(REPORT, tmp_path / name)


def _file(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


COLUMNS = {"done": ("Finished", "closed at"), "title": ("summary",)}


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_exports_are_read_as_spreadsheets_write_them(tmp_path, sep, code):
    text = f'Closed_At{sep}other{sep}SUMMARY\r\n2026-01-05{sep}{sep}"two\r\nlines"\r\n\r\n2026-01-06{sep}x{sep}müde\r\n'
    rows = read_csv(_file(tmp_path, text.encode(code)), COLUMNS)
    assert [(row.number, dict(row.cells)) for row in rows] == [
        (2, {"done": "2026-01-05", "title": "two\r\nlines"}),
        (5, {"done": "2026-01-06", "title": "müde"}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ":1: has no rows"),
        ("done,title\n", ":1: has no rows"),
        ("done,name\n1,2\n", ":1: title: no such column. The file has: done, name. Rename one to title or summary"),
        ("done,finished,title\n1,2,3\n", ":1: done: more than one column could be it: done, finished"),
        ("done,title\n1,2\n1,2,3\n", ":3: has 3 cells where the headings have 2"),
        ('done,title\n1,"2\n', "not CSV"),
        (b"done,title\n1,2\n\xff\xe4,3\n", ":3: is not UTF-8"),
    ],
)
def test_what_is_wrong_with_an_export_is_said_with_its_line(tmp_path, content, says):
    with pytest.raises(FileProblems) as caught:
        read_csv(_file(tmp_path, content), COLUMNS)
    assert says in str(caught.value)


def test_a_column_that_may_be_missing_may_be_missing(tmp_path):
    rows = read_csv(_file(tmp_path, "done\n5\n"), COLUMNS, optional=["title"])
    assert dict(rows[0].cells) == {"done": "5"}


def test_a_thousand_complaints_are_twenty_and_a_number(tmp_path):
    with pytest.raises(FileProblems) as caught:
        read_csv(_file(tmp_path, "done,title\n" + "1\n" * 1000), COLUMNS)
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1] == "and 980 more like these."


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileProblems, match=r"nothing\.csv:1: cannot be read"):
        read_text(tmp_path / "nothing.csv")
