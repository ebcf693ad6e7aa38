"""benchmarks/cohort.py: what is planted is what is handed in, and nothing that went wrong is called right."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from submissions import ROOT
from thorough import ALL

sys.path.insert(0, str(ROOT / "benchmarks"))
import cohort as driver
import cohort_learners as made
import cohort_luck as luck
import cohort_marking as marking
import cohort_model as model
import cohort_recovered as recovered
from grading_measures import MB

from leadgym.cohort.course import load_course, load_roster
from leadgym.cohort.handed import cells_of, handed
from leadgym.cohort.queue.work import read_files
from leadgym.cohort.records import AnswerRecord, Record
from leadgym.course.modules import content_root, notebook_name, slugs
from leadgym.course.notebooks import NotANotebook
from leadgym.marking import coach, mark
from leadgym.psychometrics.items import analyse
from leadgym.psychometrics.reliability import Estimate

TWO = ("02_delegation", "09_stakeholder_translation")


def test_a_learner_hands_in_the_same_in_every_cohort() -> None:
    """Seeded by learner and module: neither the cohort's size nor its modules, nor the order of asking, matter."""
    one, other = model.Planted(1), model.Planted(1)
    for slug in reversed(TWO):
        made.answers(other, other.learner(7), slug)
    for slug in TWO:
        ours, theirs = (made.answers(each, each.learner(3), slug) for each in (one, other))
        assert made.notebook(one, slug, ours) == made.notebook(other, slug, theirs)
        assert made.fate(one, one.learner(3), slug) == made.fate(other, other.learner(3), slug)
    another = model.Planted(2)
    assert made.answers(another, another.learner(3), TWO[0]) != made.answers(one, one.learner(3), TWO[0])


def test_planted_difficulty_orders_the_picks_and_a_bad_item_does_not_go_with_the_rest() -> None:
    planted = model.Planted(1)
    items = planted.items(TWO[0])
    given = [planted.judgement(planted.learner(number), TWO[0]) for number in range(300)]
    right = np.array(
        [[dict(zip(i.options, i.best, strict=True))[g[i.id]["best"]] for i in items] for g in given], float
    )
    sound = [place for place, item in enumerate(items) if item.discrimination > 0]
    rank = luck.spearman([-items[p].difficulty for p in sound], [right[:, p].mean() for p in sound])
    assert rank.value > 0.8
    total = right.sum(axis=1)
    rest = [np.corrcoef(column, total - column)[0, 1] for column in right.T]
    (bad,) = set(range(len(items))) - set(sound)
    assert rest[bad] < min(rest[place] for place in sound)
    (dead,) = [item for item in items if item.dead]
    assert dead.dead not in {g[dead.id]["best"] for g in given}
    sure = np.array([[g[item.id]["confidence"] for item in items] for g in given])
    assert sure.mean() - right.mean() == pytest.approx(model.OVERCONFIDENCE, abs=0.04)


def test_levels_come_as_often_as_the_model_says_and_better_people_reach_higher_ones() -> None:
    planted = model.Planted(1)
    learners = [planted.learner(number) for number in range(400)]
    levels = [model.LEVELS.index(planted.level(one, TWO[0], "plan")) for one in learners]
    expected = np.array([recovered.reached(planted, one, TWO[0], "plan") for one in learners])
    assert expected.sum(axis=1) == pytest.approx(1)
    levels = [len(model.LEVELS) if one.games else level for one, level in zip(learners, levels, strict=True)]
    found = np.bincount(levels, minlength=len(marking.PURE)) / len(levels)
    assert found == pytest.approx(expected.mean(axis=0), abs=0.06)
    assert luck.spearman([planted.ability(one, TWO[0]) for one in learners], levels).low > 0.3


@pytest.mark.parametrize("slug", slugs() if ALL else TWO)
def test_a_submission_hands_in_what_was_drawn_and_changes_nothing_else(slug: str) -> None:
    """Run without the course around it: each graded cell gets what was meant; functions are functions."""
    planted = model.Planted(1)
    exercise = json.loads((content_root() / "exercises" / slug / notebook_name(slug)).read_text("utf-8"))
    locked = {
        c["id"]: "".join(c["source"]) for c in exercise["cells"] if c["metadata"].get("nbgrader", {}).get("grade")
    }
    for level in marking.PURE:
        nb = made.pure(planted, slug, level)
        assert {c["id"]: c["source"] for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade")} == locked
        submitted = run(nb)
        assert set(submitted) == set(planted.rubric(slug).answers)
        for name, given in submitted.items():
            meant, about = made.of_level(slug, name, level), planted.rubric(slug).answers[name]
            if about.kind == "scenario":
                assert given == "\n".join(meant).splitlines()
            elif about.asks_a_function:
                assert callable(given) or any(callable(part) for part in given.values())
            else:
                assert given == ("\n".join(meant) if isinstance(meant, list) else meant)


def run(nb: dict[str, Any]) -> dict[str, Any]:
    """What a notebook submits, without the course around it."""
    submitted: dict[str, Any] = {}
    scope: dict[str, Any] = {"submit": submitted.__setitem__}
    for cell in nb["cells"]:
        if cell["id"] != "set-up":
            exec(cell["source"], scope)  # noqa: S102 - our own
    return submitted


@pytest.mark.parametrize("slug", TWO)
def test_what_is_drawn_item_by_item_is_what_its_marker_reads(slug: str) -> None:
    """No complaint in the note: every item, chance and range can be read."""
    planted = model.Planted(1)
    rubric, keys, folder = model.read(slug)
    for learner in (one for one in map(planted.learner, range(4)) if not one.games):
        given = run(made.notebook(planted, slug, made.answers(planted, learner, slug)))
        for name, about in rubric.answers.items():
            if about.kind in recovered.DRAWN:
                coaching = coach(rubric, folder, name, given[name])
                assert coaching.ready, (learner.id, name, coaching.checks[0].found)
                assert 0 <= mark(rubric, keys, folder, name, given[name]).points <= about.points


def test_some_hand_in_no_policy_and_some_texts_go_to_a_person() -> None:
    planted, slug = model.Planted(1), TWO[0]
    learners = [one for one in map(planted.learner, range(150)) if not one.games]
    given = [made.answers(planted, one, slug) for one in learners]
    share = np.mean([one["policy"] is not None for one in given])
    assert share == pytest.approx(model.POLICIES, abs=0.12)
    noted = [one["brief"] for one in given if one["brief"].endswith(made.NOTE)]
    assert 0 < len(noted) < 15
    nothing = next(one for one in given if one["policy"] is None)
    assert run(made.notebook(planted, slug, nothing))["policy"] is None
    quarter = run(
        made.notebook(planted, "11_capstone", {**dict.fromkeys(planted.rubric("11_capstone").answers), "scenario": []})
    )
    assert quarter["quarter"] == {"weights": {}}


@pytest.mark.parametrize("odd", made.ODD)
def test_a_broken_submission_is_marked_or_named_as_the_benchmark_expects(tmp_path: Path, odd: str) -> None:
    planted, slug = model.Planted(1), TWO[1]
    folder = tmp_path / "learner0001" / slug
    nb = made.notebook(planted, slug, made.answers(planted, planted.learner(0), slug))
    made.hand_in(folder, slug, nb, datetime(2026, 9, 7, 9, tzinfo=UTC), odd)
    name = notebook_name(slug)
    wanted = {name: cells_of(content_root() / "solutions" / slug / name)}
    files = read_files(folder, [], 10**7)
    if made.marked(odd):
        assert handed(folder, "learner0001", files, wanted).notebooks == (name,)
    else:
        with pytest.raises(NotANotebook):
            handed(folder, "learner0001", files, wanted)


def test_the_course_root_reads_as_one_and_late_means_after_the_due_date(tmp_path: Path) -> None:
    planted = model.Planted(1)
    learners = [planted.learner(number) for number in range(12)]
    made.lay(tmp_path, planted, learners, TWO, "made here")
    course, roster = load_course(tmp_path), load_roster(tmp_path)
    assert [step.module for step in course.modules] == list(TWO)
    assert [(one.id, one.first_name) for one in roster] == [(one.id, one.first_name) for one in learners]
    assert (tmp_path / ".leadgym" / "generated").read_text("utf-8") == "made here\n"
    for step in course.modules:
        for one in learners:
            folder = tmp_path / "submitted" / one.id / step.module
            what = made.fate(planted, one, step.module)
            assert folder.is_dir() == (what != "missing")
            if folder.is_dir():
                stamp = (folder / "timestamp.txt").read_text("ascii")
                when = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
                assert (when > course.at(step.due)) == (what == "late")
                assert when > course.at(step.release)
    fates = {made.fate(planted, planted.learner(n), slug) for n in range(300) for slug in slugs()}
    assert fates == {"handed in", "late", "missing", *made.ODD}
    silent = next(one for one in map(planted.learner, range(300)) if one.silent is not None)
    assert {made.fate(planted, silent, slug) for slug in slugs()[silent.silent :]} == {"missing"}
    assert len(list(csv.reader(io.StringIO(made.roster_file(learners))))) == 13


def test_the_moments_of_killing_are_seeded_and_lie_within_a_run() -> None:
    chosen = slugs()
    assert marking.moments(1, chosen, 2) == marking.moments(1, chosen, 2)
    assert len({tuple(marking.moments(seed, chosen, 2)) for seed in range(20)}) > 10
    for seed in range(20):
        moments = marking.moments(seed, chosen, 2)
        assert [slug for slug, _ in moments] == sorted({slug for slug, _ in moments})
        assert all(0.15 <= share <= 0.85 for _, share in moments)
    assert len(marking.moments(1, chosen[:1], 2)) == 2


def test_a_benchmark_that_is_stopped_kills_no_more_often_than_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops: list[int | None] = []
    monkeypatch.setattr(marking, "_run", lambda root, slug, total, state, workers, stop_at: stops.append(stop_at))
    (tmp_path / ".leadgym").mkdir()
    state = marking.State(kills=[{"module": "a", "marked": 20, "of": 100, "left": 0}])
    marking.mark(tmp_path, "a", 100, state, [0.7, 0.2], 2)
    assert stops == [70, None]
    kept = marking.State.of(tmp_path)
    assert (kept.done, kept.kills) == (["a"], state.kills)


def test_memory_is_the_highest_seen_of_each_hundred() -> None:
    state = marking.State()
    for hundred, private, resident in ((0, 5, 50), (0, 7, 40), (1, 6, 45)):
        state.saw("worker", hundred, private, resident)
    assert state.memory == {"worker": {"0": [7, 50], "1": [6, 45]}}


def test_memory_that_grows_with_the_cohort_is_named() -> None:
    size = 50 * MB
    state = marking.State(memory={"worker": {"0": [size, size], "4": [size + 20 * MB, size]}})
    assert state.growth() == [], "workers differ by what they have marked"
    state.memory["worker"]["3"] = [2 * size, 2 * size]
    (said,) = state.growth()
    assert "a worker has 100 MB in hundred 3" in said


def test_a_process_that_outlives_the_kill_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "_GONE_SECONDS", 0.2)
    script = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        assert marking.kill(process) == 1
        assert process.returncode == -9
    finally:
        subprocess.run(["kill", str(child)], check=True)
        process.stdout.close()


def test_every_mark_there_once_is_said_only_where_it_is_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted, slug = model.Planted(1), TWO[0]
    learners = [one for one in map(planted.learner, range(60)) if made.marked(made.fate(planted, one, slug))][:3]
    broken = next(one for one in map(planted.learner, range(9000)) if made.fate(planted, one, slug) == "essay")
    cohort = [*learners, broken]
    answers = {name: AnswerRecord(name, 1.0, 2.0, 1.0, None, False) for name in planted.rubric(slug).answers}
    there = [Record(one.id, slug, None, 0.0, answers) for one in learners]
    for kind in ("autograded", "feedback"):
        for one in learners:
            (tmp_path / kind / one.id / slug).mkdir(parents=True)
    state = marking.State(problems={slug: [broken.id]}, kills=[{"module": slug, "marked": 2, "left": 0, "kept": 2}])
    monkeypatch.setattr(marking, "records", lambda *_, **__: iter(there))

    def found() -> str:
        return "; ".join(marking.once(tmp_path, planted, cohort, [slug], state))

    assert found() == ""
    lost = there.pop()
    assert f"{lost.learner} has no mark" in found()
    there.extend([lost, lost])
    assert "2 marks" in found()
    there[-1] = Record(broken.id, slug, None, 0.0, answers)
    assert f"{broken.id} has a mark for {slug} too many" in found()
    there[-1:] = []
    there[0] = Record(there[0].learner, slug, None, 0.0, {})
    assert "other answers" in found()
    there[0] = Record(there[0].learner, slug, None, 0.0, answers)
    (tmp_path / "feedback" / lost.learner / slug).rmdir()
    assert f"feedback/{lost.learner}/{slug} is missing" in found()
    (tmp_path / "feedback" / lost.learner / slug).mkdir()
    state.problems = {slug: []}
    assert "named as not marked" in found()
    state.problems, state.kills = {slug: [broken.id]}, [{"module": slug, "marked": 2, "left": 1, "kept": 1}]
    assert "outlived" in found()
    assert "only 1 were kept" in found()


def test_marks_that_differ_from_the_undisturbed_ones_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A point, a criterion or whether it waits: each alone is a difference. Only who is in both is compared."""
    ours, other = tmp_path / "ours", tmp_path / "other"
    (other / "submitted" / "learner0001").mkdir(parents=True)
    (other / "submitted" / "strong").mkdir()

    def record(learner: str, **about: Any) -> Record:
        answer = AnswerRecord(
            **{"name": "plan", "points": 1.0, "out_of": 2.0, "auto": 1.0, "manual": None, "waits": False, **about}
        )
        return Record(learner, TWO[0], None, 0.0, {"plan": answer})

    def compared(**about: Any) -> tuple[int, int]:
        kept = {ours: [record("learner0001", **about), record("learner0002", points=9.0)]}
        kept[other] = [record("learner0001"), record("strong", points=2.0)]
        monkeypatch.setattr(marking, "records", lambda root, *_, **__: iter(kept[root]))
        count, wrong = marking.differences(ours, other, [TWO[0]])
        return count, len(wrong)

    assert compared() == (1, 0)
    for change in ({"points": 1.5}, {"waits": True}, {"criteria": {"reach": (1.0, 3.0)}}, {"proposed": 1.0}):
        assert compared(**change) == (1, 1)


def test_ranks_and_their_interval_are_what_they_say() -> None:
    """Spearman's coefficient with ties, worked out by hand: ranks 1, 2.5, 2.5, 4, 5 and 2, 1, 3, 4.5, 4.5."""
    rank = luck.spearman([1, 2, 2, 3, 4], [5, 1, 6, 7, 7])
    assert rank.value == pytest.approx(np.corrcoef([1, 2.5, 2.5, 4, 5], [2, 1, 3, 4.5, 4.5])[0, 1])
    assert rank.low < rank.value < rank.high
    assert not luck.spearman([1, 2], [1, 2]).known
    assert luck.spearman([1, 2, 2, 9, 3, 4], [5, 1, 6, np.nan, 7, 7]) == rank, "what is not known has no rank"


def test_intervals_that_miss_more_often_than_in_any_drawn_cohort_do_not_hold() -> None:
    inside, outside, flat = Estimate(0.5, 0.4, 0.6), Estimate(0.7, 0.6, 0.8), Estimate(0.0, 0.0, 0.0)
    drawn = [[inside] * 4, [inside, inside, outside, flat]]
    one = luck.held([inside, outside, inside, inside], [0.5] * 4, drawn)
    assert (one.said, one.holds) == (("3 of 4", "2 of 3 at worst"), True)
    assert luck.held([inside, outside, outside, inside], [0.5] * 4, drawn).holds is False
    assert luck.held([flat] * 4, [0.5] * 4, drawn).said[0] == "0 of 0"


def test_luck_is_counted_in_the_reports_own_numbers() -> None:
    scores = np.random.default_rng(3).random((60, 5)).round(1)
    scores[:7, 2] = np.nan
    for shares, values in ((False, scores), (True, np.where(np.isnan(scores), np.nan, scores > 0.4))):
        worth = np.array([1.0, 1.0, 1.0, 1.0, 1.0]) if shares else np.array([1.0, 2.0, 1.0, 0.5, 1.0])
        items, scale = analyse(values, worth, shares=shares)
        ours = luck.Numbers.of(values, worth, shares=shares)
        for name in ("difficulty", "discrimination"):
            for one, item in zip(getattr(ours, name), items, strict=True):
                theirs = getattr(item, name)
                assert (one.value, one.low, one.high) == pytest.approx((theirs.value, theirs.low, theirs.high))
        assert ours.alpha == scale.alpha


def test_drawn_cohorts_are_as_large_as_the_real_one_and_scatter_around_the_model() -> None:
    scores = (np.random.default_rng(4).random((400, 3)) < [0.2, 0.5, 0.8]).astype(float)
    drawn = luck.cohorts([luck.Drawn(scores, np.ones(3), 50), luck.Drawn(scores, np.ones(3), 20)], shares=True)
    assert len(drawn) == luck.COHORTS
    for form, count in enumerate((50, 20)):
        values = np.array([[e.value for e in cohort[form].difficulty] for cohort in drawn])
        assert values.mean(axis=0) == pytest.approx(scores.mean(axis=0), abs=0.03)
        assert (values * count) == pytest.approx(np.rint(values * count)), "shares of so many learners"
    earned = np.array([[0.0, 0.5], [1.0, 0.5]])
    criteria = np.array([[e.value for e in cohort] for cohort in luck.levels(np.full((40, 2), [0.25, 0.75]), earned)])
    assert criteria.mean(axis=0) == pytest.approx([0.75, 0.5], abs=0.02)
    assert criteria[:, 0].std() > 0.03


def test_a_root_of_another_cohort_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".leadgym").mkdir()
    (tmp_path / ".leadgym" / "generated").write_text("somebody else's\n", encoding="utf-8")
    assert driver.main(["--root", str(tmp_path), "--learners", "3"]) == 2
    assert "another cohort" in capsys.readouterr().err
    assert not (tmp_path / "submitted").exists()


@pytest.mark.skipif(not ALL, reason="some minutes")
def test_a_small_cohort_is_marked_killed_resumed_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert driver.main(["--root", str(tmp_path / "root"), "--learners", "8", "--modules", TWO[1]]) == 0
    told = capsys.readouterr().out
    assert told.count("killed with SIGKILL") == 2
    assert "From generated learners" in told
    assert "Everything checked holds." in told
