"""Marking anew after a key or a rubric changed: looked at first, then written exactly so, and nothing half."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook
from remarking import (
    LEARNERS,
    NOTEBOOK,
    SLUG,
    WRONG,
    change,
    copied,
    hand_in,
    keys_file,
    lay,
    rated,
    rubric_file,
    swap_keys,
)
from small_course import files, marks
from thorough import ALL

from leadgym.cli import main
from leadgym.cohort.grade import grade_all
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.marker import MARK_TYPE
from leadgym.cohort.queue.writer import Writer
from leadgym.cohort.remark import log, preview
from leadgym.cohort.remark.words import differences
from leadgym.cohort.rules import rules
from leadgym.marking import mark

pytestmark = [
    pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers are forked on Linux"),
]
long = pytest.mark.skipif(not ALL, reason="in make test-all")
WHY = "The key of <b>one</b> was the wrong way round."


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four learners, marked."""
    root = lay(tmp_path_factory.mktemp("remark") / "course")
    assert [result.problem for result in grade_all(SLUG, root, workers=1, quiet=True)] == [""] * len(LEARNERS)
    return root


@pytest.fixture
def root(course: Path, tmp_path: Path) -> Path:
    return copied(course, tmp_path / "course")


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    _nobody_runs(monkeypatch)


def _nobody_runs(patch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise AssertionError("a submission was run")

    patch.setattr(preview, "here", run)


def remark(root: Path, *more: str) -> Result:
    """The command with one worker, as a person types it."""
    ran = CliRunner().invoke(main, ["cohort", "remark", SLUG, "--root", str(root), *more])
    assert "Traceback" not in ran.output
    assert "does not know" not in ran.output
    return ran


def looked(root: Path) -> dict[str, Any]:
    ran = remark(root, "--json", "--workers", "1")
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found | {"by": {one["learner"]: one for one in found["learners"]}}


def write(root: Path, why: str = WHY, *more: str) -> Result:
    return remark(root, "--apply", "--yes", "--why", why, "--by", "ana", "--workers", "1", *more)


def url(root: Path) -> str:
    return f"sqlite:///{root / 'gradebook.db'}"


def without_remarks(root: Path) -> dict[str, bytes]:
    pages = files(root / "feedback")
    return {name: re.sub(rb'<p class="remarked">.*?</p>\n?', b"", page) for name, page in pages.items()}


def same_as_from_scratch(root: Path, into: Path) -> None:
    """Gradebook, notebooks and pages are those of marking everybody again, under the rules of today."""
    other = copied(root, into)
    assert not [r.problem for r in grade_all(SLUG, other, again=True, workers=1, quiet=True) if r.problem]
    assert marks(url(root)) == marks(url(other))
    assert files(root / "autograded") == files(other / "autograded")
    assert without_remarks(root) == without_remarks(other)


@dataclass(frozen=True)
class Done:
    """A key that was wrong, looked at and written, with a score that a person had set, and nobody's code run.

    ``looked``: the course as it was between the two; ``found`` and ``text``: what was shown then; ``said``: at the end.
    """

    root: Path
    looked: Path
    found: dict[str, Any]
    text: str
    said: str
    untouched: bool


@pytest.fixture(scope="module")
def done(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    base = tmp_path_factory.mktemp("done")
    root = copied(course, base / "whole")
    with Gradebook(url(root)) as gradebook:
        grade = gradebook.find_grade("judgement", "mixed", SLUG, "ben")
        grade.manual_score, grade.extra_credit = 7.0, 0.5
        gradebook.db.commit()
    swap_keys(root)
    with pytest.MonkeyPatch.context() as patch:
        _nobody_runs(patch)
        before = state(root)
        found, text = looked(root), remark(root).stdout
        untouched = state(root) == before
        between = copied(root, base / "looked")
        ran = write(root)
    assert ran.exit_code == 0, ran.output
    return Done(root, between, found, text, ran.stdout, untouched)


def state(root: Path) -> list[Any]:
    return [marks(url(root)), files(root / "autograded"), files(root / "feedback")]


def test_what_is_shown_is_what_the_marker_gives_by_the_new_key_and_nothing_is_written(done: Done, course: Path) -> None:
    assert done.untouched
    assert set(done.found["by"]) == set(LEARNERS)
    assert done.found["current"] == 0
    assert "Keys of 'judgement', items, one, a, key: is 1, was 5." in done.found["since"][0]["changed"]
    now = rules(SLUG, done.root / "source" / SLUG, keys_file(done.root))
    old = rules(SLUG, course / "source" / SLUG, keys_file(course))
    for learner in ("ada", "cleo"):
        (answer,) = done.found["by"][learner]["answers"]
        made = [mark(by.rubric, by.keys, by.folder, "judgement", LEARNERS[learner][0]) for by in (old, now)]
        assert answer["answer"] == "judgement"
        assert answer["marker"] == [made[0].points, made[1].points]
        assert made[0].points != made[1].points
        shown = {c["criterion"]: (c["before"][0], c["after"][0]) for c in answer["criteria"]}
        both = {c.id: (c.points, d.points) for c, d in zip(made[0].criteria, made[1].criteria, strict=True)}
        assert shown == {name: points for name, points in both.items() if points[0] != points[1]}
    assert done.found["by"]["dan"]["answers"] == [], "what never arrived is worth nothing by any key"
    assert "4 of 4 were marked by older rules. Marked anew, up: 1, down: 1, the same: 2." in done.text
    assert re.search(r"ada +\S+ to \S+ +\S+ +\S+ +judgement +.*Ratings: 12 to", done.text)


def test_a_persons_score_stays_and_is_shown_beside_the_markers(done: Done) -> None:
    (ben,) = done.found["by"]["ben"]["answers"]
    assert (ben["manual"], ben["before"], ben["after"]) == (7.0, 7.5, 7.5)
    assert ben["marker"][0] != ben["marker"][1]
    assert re.search(rf"ben +judgement +7 +{ben['marker'][1]:g} ", done.text)
    assert marks(url(done.root))["ben"]["grades"]["judgement"] == (ben["marker"][1], 7.0, 0.5, True)


def test_what_is_written_is_what_was_shown_and_what_marking_from_scratch_gives(done: Done, tmp_path: Path) -> None:
    assert "4 submissions are marked anew; the marks of 2 have changed" in done.said
    held = marks(url(done.root))
    for learner, one in done.found["by"].items():
        assert held[learner]["score"] == pytest.approx(one["after"])
    same_as_from_scratch(done.root, tmp_path / "scratch")


def test_the_log_says_who_when_and_why_and_the_page_of_whose_mark_changed(done: Done, course: Path) -> None:
    entries = [json.loads(line) for line in (done.root / ".leadgym" / "remarks.jsonl").read_text().splitlines()]
    assert [entry["learner"] for entry in entries] == ["ada", "ben", "cleo"]
    assert {(e["who"], e["why"], e["module"]) for e in entries} == {("ana", WHY, SLUG)}
    ids = [rules(SLUG, root / "source" / SLUG, keys_file(root)).id for root in (course, done.root)]
    assert all([e["rules"]["before"], e["rules"]["after"]] == ids for e in entries)
    assert [e["answers"] for e in entries] == [done.found["by"][name]["answers"] for name in ("ada", "ben", "cleo")]
    assert all(datetime.fromisoformat(e["when"]).utcoffset() == timedelta() for e in entries)
    told = remark(done.root, "--log").stdout
    assert "ana: " + WHY in told
    assert "(set by a person, stays 7.5)" in told
    page = (done.root / "feedback" / "ada" / SLUG / "mixed.html").read_text(encoding="utf-8")
    ada = done.found["by"]["ada"]
    assert f"from {ada['before']:g} to {ada['after']:g} of 42 points: The key of &lt;b&gt;one&lt;/b&gt; was" in page
    for learner in ("ben", "dan"):
        assert "made anew" not in (done.root / "feedback" / learner / SLUG / "mixed.html").read_text(encoding="utf-8")


@long
def test_a_key_that_is_put_back_brings_every_mark_back(
    done: Done, course: Path, tmp_path: Path, nothing_runs: None
) -> None:
    root = copied(done.root, tmp_path / "course")
    shutil.copy(keys_file(course), keys_file(root))
    assert looked(root)["by"]["ada"]["after"] == done.found["by"]["ada"]["before"]
    assert write(root, "It was right after all.").exit_code == 0
    assert files(root / "autograded") == files(done.looked / "autograded")
    was, again = marks(url(done.looked)), marks(url(root))
    assert {name: held["score"] for name, held in again.items()} == {name: held["score"] for name, held in was.items()}
    assert "Nothing has changed" in remark(root).stdout


@long
def test_lateness_is_worked_out_anew_from_the_new_mark(root: Path, nothing_runs: None) -> None:
    """By nbgrader's own plugin, which a course may have replaced; the preview has it too."""
    plugin = (
        "from nbgrader.plugins import BasePlugin\nclass Tenth(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n        return round(score / 10, 2)\n"
    )
    (root / "tenth.py").write_text(plugin, encoding="utf-8")
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as settings:
        settings.write(f"import sys\nsys.path.insert(0, {str(root)!r})\nimport tenth\n")
        settings.write("c.AssignLatePenalties.plugin_class = tenth.Tenth\n")
    with Gradebook(url(root)) as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-03-01 00:00:00 UTC")
    swap_keys(root)
    found = looked(root)["by"]["ada"]
    assert write(root).exit_code == 0
    held = marks(url(root))["ada"]
    assert held["late"] == [round(held["score"] / 10, 2)]
    assert found["after"] == round(held["score"] - held["late"][0], 2)


def test_a_functions_key_has_the_function_asked_again_in_the_jail(root: Path, tmp_path: Path) -> None:
    """In a run beside the gradebook; what came of it is written, also where it would come out otherwise next time."""
    chance = "import random\ndecide = lambda ticket: 'you' if random.random() < 0.5 else 'team'"
    if ALL:
        hand_in(root, "ben", *LEARNERS["ben"][:2], chance, when="2026-03-03 09:00")
        grade_all(SLUG, root, workers=1, quiet=True)
    change(keys_file(root), "answers", "decide", "groups", "small", 0, "right", to="you")
    was = marks(url(root))
    found = looked(root)
    assert marks(url(root)) == was
    assert {one["ran"] for one in found["learners"]} == {"its function 'decide' has to be asked anew"}
    (change_,) = found["by"]["ada"]["answers"]
    assert change_["answer"] == "decide"
    assert change_["marker"][0] == 10 > change_["marker"][1]
    assert write(root).exit_code == 0
    held = marks(url(root))
    assert {name: one["after"] for name, one in found["by"].items()} == {
        name: pytest.approx(held[name]["score"]) for name in LEARNERS
    }
    if ALL:
        hand_in(root, "ben", *LEARNERS["ben"][:2], WRONG, when="2026-03-04 09:00")
        grade_all(SLUG, root, workers=1, quiet=True)
        same_as_from_scratch(root, tmp_path / "scratch")


@long
def test_what_notebooks_see_when_they_run_has_them_run_again(root: Path) -> None:
    """A file beside the rubric may change what an answer is; kept answers are not enough then."""
    change(root / "source" / SLUG / "data" / "tickets.yaml", "rows", "keys", "days", to=9)
    found = looked(root)
    assert {one["ran"] for one in found["learners"]} == {"a file that notebooks can read has changed"}
    assert found["since"][0]["changed"] == ["The file data/tickets.yaml beside the rubric has changed."]
    assert [a["answer"] for a in found["by"]["ada"]["answers"]] == ["plan"]


@long
def test_points_titles_and_criteria_of_a_rubric_are_named_and_written(
    root: Path, tmp_path: Path, nothing_runs: None
) -> None:
    place = ("answers", "judgement", "criteria")
    change(rubric_file(root), *place, 0, "points", to=10)
    change(rubric_file(root), *place, 1, "points", to=6)
    change(rubric_file(root), *place, 0, "title", to="How you rate")
    found = looked(root)
    assert found["since"][0]["changed"] == [
        "Rubric of 'judgement', criteria, ratings, title: is 'How you rate', was 'Ratings'.",
        "Rubric of 'judgement', criteria, ratings, points: is 10, was 12.",
        "Rubric of 'judgement', criteria, best, points: is 6, was 4.",
    ]
    assert write(root).exit_code == 0
    same_as_from_scratch(root, tmp_path / "scratch")


def test_nothing_is_written_unlooked_at_unreasoned_or_without_being_asked(root: Path) -> None:
    swap_keys(root)
    was = marks(url(root))
    for ran, code, said in (
        (write(root), 1, f"Nobody has looked yet at what would change. Look first: leadgym cohort remark {SLUG}"),
        (remark(root, "--why", WHY), 2, "go with --apply"),
    ):
        assert (ran.exit_code, said in ran.stderr) == (code, True), ran.output
    looked(root)
    for ran, code, said in (
        (remark(root, "--apply", "--yes"), 2, "Say why"),
        (remark(root, "--apply", "--why", WHY), 1, "Here nobody can be asked"),
    ):
        assert (ran.exit_code, said in ran.stderr) == (code, True), ran.output
    assert marks(url(root)) == was


def test_what_has_changed_since_the_look_stops_it_before_anything_is_written(root: Path) -> None:
    swap_keys(root)
    looked(root)
    with Gradebook(url(root)) as gradebook:
        gradebook.find_grade("plan", "mixed", SLUG, "ben").manual_score = 3.0
        gradebook.db.commit()
    hand_in(root, "cleo", rated(5, 5, 5), {}, WRONG, when="2026-03-05 09:00")
    change(keys_file(root), "answers", "judgement", "items", "two", "a", "key", to=2)
    was, books = marks(url(root)), files(root / "autograded")
    ran = write(root)
    assert ran.exit_code == 1
    for said in ("have changed again", "cleo has handed in anew", "changed a score of ben"):
        assert said in ran.stderr
    assert (marks(url(root)), files(root / "autograded")) == (was, books)
    assert not (root / ".leadgym" / "remarks.jsonl").exists()
    found = looked(root)
    assert (found["waiting"], sorted(found["by"])) == (["cleo"], ["ada", "ben", "dan"])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace('"items"', '"items', 1), r"keys/99_mixed\.yaml:\d+: "),
        (lambda text: text.replace('"three"', '"tree"', 1), r"keys/99_mixed\.yaml:\d+: .*three"),
    ],
)
def test_a_key_with_an_error_is_a_sentence_and_changes_nothing(root: Path, spoil: Any, said: str) -> None:
    keys = keys_file(root)
    keys.write_text(spoil(keys.read_text(encoding="utf-8")), encoding="utf-8")
    before = {name: data for name, data in files(root).items() if not name.endswith(".lock")}
    ran = remark(root)
    assert ran.exit_code == 1
    assert re.search(said, ran.stderr), ran.output
    assert {name: data for name, data in files(root).items() if not name.endswith(".lock")} == before


@long
def test_marks_that_do_not_say_by_what_they_were_made_count_as_unknown(root: Path) -> None:
    for path in root.glob(f"autograded/*/{SLUG}/{NOTEBOOK}"):
        nb = json.loads(path.read_text(encoding="utf-8"))
        del nb["metadata"]["leadgym"]["rules"]
        path.write_text(json.dumps(nb), encoding="utf-8")
    said = CliRunner().invoke(main, ["grade", SLUG, "--root", str(root)]).stderr
    assert f"Of 4 it is not known by which rubric they were marked: leadgym cohort remark {SLUG}" in said
    found = looked(root)
    assert {one["ran"] for one in found["learners"]} == {"by which rules it was marked is not known"}
    assert not any(one["answers"] for one in found["learners"])
    assert write(root).exit_code == 0
    assert "Nothing has changed" in remark(root).stdout
    swap_keys(root)
    said = CliRunner().invoke(main, ["grade", SLUG, "--root", str(root)]).stderr
    assert (
        f"4 of 4 were marked by an older rubric, older keys or an older notebook: leadgym cohort remark {SLUG}" in said
    )


MOMENTS = (
    "before the marks",
    "marks in the gradebook, notebook away",
    "before the log",
    "half a line of the log",
    "no page",
)


def _dies_at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second learner's turn ends with kill -9 at this moment."""
    turns = iter(range(100))

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def second(then: Any, instead: Any = die) -> Any:
        return lambda *given: instead(*given) if next(turns) == 1 else then(*given)

    def half(root: Path, _entry: object) -> None:
        with (root / ".leadgym" / "remarks.jsonl").open("ab") as file:
            file.write(b'{"remark": "5')
        die()

    def in_between(writer: Writer, learner: str, made: Any) -> None:
        @contextlib.contextmanager
        def replacing(kind: str, name: str) -> Any:
            with whole(writer, kind, name):
                yield
                die()

        whole = Writer._replacing
        monkeypatch.setattr(writer, "_replacing", replacing)
        keep(writer, learner, made)

    keep, add, shown = Writer.keep, log.add, Writer.shown
    if moment == MOMENTS[0]:
        monkeypatch.setattr(Writer, "keep", second(keep))
    elif moment == MOMENTS[1]:
        monkeypatch.setattr(Writer, "keep", second(keep, in_between))
    elif moment in MOMENTS[2:4]:
        monkeypatch.setattr(log, "add", second(add, die if moment == MOMENTS[2] else half))
    else:
        monkeypatch.setattr(Writer, "shown", second(shown))


@pytest.mark.parametrize("moment", MOMENTS if ALL else MOMENTS[1:2])
def test_killed_while_writing_the_same_command_does_the_rest(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    root = copied(done.looked, tmp_path / "course")
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _dies_at(moment, monkeypatch)
            write(root)
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    refused = remark(root)
    assert refused.exit_code == 1
    assert "ana began to write marks anew" in refused.stderr

    again = write(root, "Another reason, which is not the one it began with.")
    assert again.exit_code == 0, again.output
    assert "4 submissions are marked anew; the marks of 2 have changed" in again.stdout
    assert marks(url(root)) == marks(url(done.root))
    assert files(root / "autograded") == files(done.root / "autograded")
    assert files(root / "feedback") == files(done.root / "feedback")
    entries = [[{**entry, "when": ""} for entry in log.entries(place)] for place in (root, done.root)]
    assert entries[0] == entries[1]
    assert [path.name for path in (root / ".leadgym" / "remark").iterdir()] == []


@long
def test_who_hands_in_anew_while_it_was_stopped_is_left_to_be_marked(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copied(done.looked, tmp_path / "course")
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _dies_at(MOMENTS[0], monkeypatch)
            write(root)
        os._exit(3)
    os.waitpid(child, 0)
    hand_in(root, "cleo", rated(5, 5, 5), {}, WRONG, when="2026-03-05 09:00")
    was = marks(url(root))["cleo"]
    again = write(root)
    assert again.exit_code == 1
    assert "Not written: cleo: cleo has handed in anew meanwhile. Mark that: leadgym grade" in again.stderr
    held = marks(url(root))
    assert held["cleo"] == was
    assert held["dan"] == marks(url(done.root))["dan"]
    assert {entry["learner"] for entry in log.entries(root)} == {"ada", "ben"}


@long
def test_a_page_tells_of_a_mark_only_as_long_as_it_is_of_the_same_submission(done: Done, tmp_path: Path) -> None:
    root = copied(done.root, tmp_path / "course")
    page = root / "feedback" / "ada" / SLUG / "mixed.html"
    assert "made anew" in page.read_text(encoding="utf-8")
    hand_in(root, "ada", *LEARNERS["ada"], when="2026-03-06 09:00")
    grade_all(SLUG, root, workers=1, quiet=True)
    assert "made anew" not in page.read_text(encoding="utf-8")


def test_no_key_is_in_what_a_learner_gets(done: Done) -> None:
    """What the rules were lies in the course root's private folder alone, and only its owner reads it."""
    kept = list((done.root / ".leadgym" / "rules").iterdir())
    assert len(kept) == 2
    assert all(path.stat().st_mode & 0o077 == 0 and "R-one-a" in path.read_text(encoding="utf-8") for path in kept)
    for path in done.root.glob(f"autograded/*/{SLUG}/{NOTEBOOK}"):
        noted = json.loads(path.read_text(encoding="utf-8"))["metadata"]["leadgym"]["rules"]
        assert all(re.fullmatch(r"[0-9a-f]{16}", part) for part in [*noted.pop("answers").values(), *noted.values()])


def test_a_course_without_a_rubric_is_told_what_to_do_instead(tmp_path: Path) -> None:
    import small_course

    root = small_course.lay(tmp_path / "course", 1)
    ran = CliRunner().invoke(main, ["cohort", "remark", small_course.NAME, "--root", str(root)])
    assert ran.exit_code == 1
    assert f"leadgym grade {small_course.NAME} --again" in ran.stderr


def test_a_log_that_somebody_has_edited_is_named_with_its_line(done: Done, tmp_path: Path) -> None:
    root = copied(done.root, tmp_path / "course")
    with (root / ".leadgym" / "remarks.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"learner": "ada"}\n')
    ran = remark(root, "--log")
    assert ran.exit_code == 1
    assert "remarks.jsonl:4: is no line of this log." in ran.stderr


def _state(**parts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    answers = {"a": {"rubric": {"points": 3.0, "criteria": [{"id": "x", "title": "X"}]}, "keys": {"n": [1, 2]}}}
    full = {
        "answers": answers, "head": {"rubric": {"title": "T"}, "keys": {"status": "provisional"}}, "files": {},
        "cells": {"m.ipynb": [{"grade_id": "a", "points": 3}]}, "stories": {}, "marker": {"leadgym": "1", "code": "c"},
    } | parts  # fmt: skip
    digests = {name: json.dumps(data) for name, data in full.items()}
    return {**digests, "answers": {name: json.dumps(data) for name, data in full["answers"].items()}}, full


OF_A = {"rubric": {"points": 3.0, "criteria": [{"id": "x", "title": "X"}]}, "keys": {"n": [1, 2]}}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"answers": {"a": OF_A, "b": {}}}, ["The answer 'b' is new."]),
        ({"answers": {}}, ["The answer 'a' is gone."]),
        ({"answers": {"a": {**OF_A, "keys": {"n": [1, 3]}}}}, ["Keys of 'a', n, number 2: is 3, was 2."]),
        ({"answers": {"a": {**OF_A, "keys": {"n": [1]}}}}, ["Keys of 'a', n: has 1 entries, had 2."]),
        ({"answers": {"a": {**OF_A, "keys": None}}}, ["Keys of 'a': has other words."]),
        ({"files": {"data/x.yaml": "1"}}, ["The file data/x.yaml beside the rubric is new."]),
        ({"stories": {"02": "1"}}, ["The scenario of 02 has changed."]),
        (
            {"cells": {"m.ipynb": [{"grade_id": "a", "points": 4}]}},
            ["The cell 'a' in m.ipynb is worth 4 points, was 3."],
        ),
        ({"marker": {"leadgym": "2", "code": "d"}}, ["leadgym's own marking code is another, version 1 then, 2 now."]),
        (
            {"head": {"rubric": {"title": "U"}, "keys": {"status": "panel"}}},
            ["The rubric, title: is 'U', was 'T'.", "The key file, status: is 'panel', was 'provisional'."],
        ),
    ],
)
def test_two_states_of_the_rules_differ_in_words(parts: dict[str, Any], said: list[str]) -> None:
    (before, was), (now, full) = _state(), _state(**parts)
    assert differences(before, was, now, full) == said
    assert differences(before, None, now, full), "also where what they were has been lost"
    assert differences(before, was, before, was) == []


@long
def test_a_forged_note_about_rules_in_a_submission_is_not_believed(root: Path) -> None:
    """A learner who writes today's digests, or a mark, into the notebook gets neither."""
    path = root / "submitted" / "ben" / SLUG / NOTEBOOK
    nb = json.loads(path.read_text(encoding="utf-8"))
    true = json.loads((root / "autograded" / "ben" / SLUG / NOTEBOOK).read_text(encoding="utf-8"))["metadata"][
        "leadgym"
    ]
    nb["metadata"]["leadgym"] = {**true, "rules": {**true["rules"], "head": "0" * 16}}
    for cell in nb["cells"]:
        if cell["id"] == "judgement":
            forged = {"name": "judgement", "no_answer": "LEAK", "points": 20, "out_of": 20, "criteria": {}}
            cell["outputs"] = [{"output_type": "display_data", "data": {MARK_TYPE: forged}, "metadata": {}}]
    path.write_text(json.dumps(nb), encoding="utf-8")
    (path.parent / "timestamp.txt").write_text("2026-03-07 09:00:00.000000 UTC", encoding="ascii")
    was = marks(url(root))["ben"]["grades"]
    grade_all(SLUG, root, workers=1, quiet=True)
    assert marks(url(root))["ben"]["grades"] == was
    assert "Nothing has changed" in remark(root).stdout
