"""cohort.yaml and roster.csv: what is wrong is said with its line, and times and penalties are what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leadgym.cohort.course import Late, find_root, load_course, load_roster
from leadgym.yamlfile import FileProblems

WHOLE = """\
cohort: spring27
title: Leading, spring 2027
timezone: Europe/Berlin
late: {grace_hours: 12, per_day: 10, at_most: 50}
modules:
  - {module: 00_baseline, release: 2027-01-11 09:00, due: 2027-01-18}
  - {module: 02_delegation, release: 2027-03-22 09:00, due: 2027-03-29 09:00}
"""


def lay(root: Path, course: str = WHOLE, roster: str = "id\nada\n") -> Path:
    (root / "cohort.yaml").write_text(course, encoding="utf-8")
    (root / "roster.csv").write_text(roster, encoding="utf-8")
    return root


def test_times_are_meant_in_the_cohorts_zone_also_over_a_change_of_the_clock(tmp_path: Path) -> None:
    course = load_course(lay(tmp_path))
    step = course.step("02_delegation")
    assert step is not None
    assert course.at(step.release).utcoffset() == timedelta(hours=1)
    assert course.at(step.due).utcoffset() == timedelta(hours=2)
    assert course.modules[0].due == datetime(2027, 1, 18)
    assert course.step("03_review_and_pairing") is None


@pytest.mark.parametrize(
    ("was", "made", "line", "said"),
    [
        ("Europe/Berlin", "Berlin", 3, "no time zone"),
        ("02_delegation", "02_delegating", 7, "no module '02_delegating'"),
        ("02_delegation", "00_baseline", 7, "stands twice"),
        ("2027-03-29 09:00", "2027-03-22 08:59", 7, "not after the release"),
        ("2027-03-29 09:00", "29.3.2027", 7, "Write it as 2027-01-11 09:00"),
        ("per_day", "perday", 4, "did you mean 'per_day'"),
        ("cohort: spring27", "cohort: spring 27/x", 1, "cohort"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, was: str, made: str, line: int, said: str) -> None:
    with pytest.raises(FileProblems) as caught:
        load_course(lay(tmp_path, WHOLE.replace(was, made)))
    assert any(f"cohort.yaml:{line}:" in problem and said in problem for problem in caught.value.problems)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="leadgym cohort new"):
        load_course(tmp_path)


@pytest.mark.parametrize(
    ("hours", "share"), [(0, 0), (12, 0), (12.1, 0.1), (36, 0.1), (36.1, 0.2), (24 * 40, 0.5), (-5, 0)]
)
def test_lateness_costs_by_the_day_begun_after_the_grace_and_has_a_bound(hours: float, share: float) -> None:
    late = Late(grace_hours=12, per_day=10, at_most=50)
    assert late.share(timedelta(hours=hours)) == pytest.approx(share)


def test_a_roster_is_read_with_other_headings_and_names_of_any_script(tmp_path: Path) -> None:
    lay(tmp_path, roster="Username;First;Last;E-Mail\nada;Ада;Лавлейс;ada@example.org\nbo@x.org;;;\n")
    ada, bo = load_roster(tmp_path)
    assert (ada.name, ada.email, ada.section) == ("Ада Лавлейс", "ada@example.org", "")
    assert bo.name == "bo@x.org"


def test_a_roster_of_headings_alone_has_nobody_and_an_extension_is_one_learner_s(tmp_path: Path) -> None:
    root = lay(tmp_path, f"{WHOLE}extensions:\n  - {{learner: ada, module: 00_baseline, due: 2027-01-20}}\n", "id\n")
    assert load_roster(root) == []
    course = load_course(root)
    assert [f"{course.due(course.modules[0], name):%d %z}" for name in ("", "ada", "bo")] == [
        "18 +0100", "20 +0100", "18 +0100",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("../up\n", "roster.csv:2: id: '../up' is no learner's id"),
        ("a b\n", "no learner's id"),
        (".hidden\n", "no learner's id"),
        ("ada\nAda\n", "roster.csv:3: id: 'Ada' stands on line 2 already"),
    ],
)
def test_an_id_that_cannot_name_a_folder_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(FileProblems) as caught:
        load_roster(lay(tmp_path, roster=f"id\n{rows}"))
    assert said in str(caught.value)


def test_the_root_is_the_folder_with_the_cohort_at_or_above_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = lay(tmp_path) / "submitted" / "ada"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert find_root() == tmp_path
    (tmp_path / "cohort.yaml").unlink()
    assert find_root().name == "grader"
    assert find_root(tmp_path) == tmp_path
