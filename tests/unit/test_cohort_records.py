"""What reports, exports and moderation read: the gradebook's points, and the marker's notes beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from nbgrader.api import Gradebook
from submissions import MARK, NOTEBOOK, SLUG, Cohort, answers

from leadgym.cohort.records import NOTHING, Record, records


def read(root: Path, **options: bool) -> dict[str, Record]:
    return {record.learner: record for record in records(root, f"sqlite:///{root / 'gradebook.db'}", **options)}


def test_points_criteria_and_answers_are_those_of_the_marking(cohort: Cohort) -> None:
    found = read(cohort.root)
    assert set(found) == {name for name, about in cohort.results.items() if not about["problem"]}
    for learner, record in found.items():
        told = cohort.results[learner]
        assert record.slug == SLUG
        assert (record.points, record.out_of, record.waits) == (told["points"], told["out_of"], told["needs_review"])
        assert {name: a.points for name, a in record.answers.items()} == cohort.points(learner)
        made = {name: {i: p for i, (p, _) in a.criteria.items()} for name, a in record.answers.items() if a.criteria}
        assert made == {name: criteria for name, criteria in cohort.criteria(learner).items() if criteria}
    assert found["hero"].answers["plan"].answer == answers("hero")["plan"]
    assert found["cut"].answers["policy"].answer is NOTHING
    doubted = [a for a in found["doubted"].answers.values() if a.waits]
    assert doubted
    assert all(a.why and a.proposed is not None for a in doubted)


def test_a_persons_score_counts_and_the_marker_s_is_still_there(cohort: Cohort, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copy(cohort.root / 'gradebook.db', tmp_path)}"
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade("plan", "delegation", SLUG, "hero")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.5, False
        gradebook.find_submission(SLUG, "hero").notebooks[0].late_submission_penalty = 3.0
        gradebook.db.commit()
        total = gradebook.find_submission(SLUG, "hero").score
    hero = next(record for record in records(tmp_path, url) if record.learner == "hero")
    plan = hero.answers["plan"]
    assert (plan.points, plan.manual) == (2.0, 1.5)
    assert plan.auto == cohort.points("hero")["plan"]
    assert (hero.penalty, hero.points) == (3.0, round(total - 3.0, 2))


def test_notes_in_a_notebook_that_the_learner_added_are_nobodys(cohort: Cohort, tmp_path: Path) -> None:
    for place in ("autograded/hero", "gradebook.db"):
        source, target = cohort.root / place, tmp_path / place
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    folder = tmp_path / "autograded" / "hero" / SLUG
    forged = json.loads((folder / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in forged["cells"]:
        for output in cell.get("outputs", []):
            if MARK in output.get("data", {}):
                output["data"][MARK] |= {"proposed": 1000, "criteria": {"all": {"points": 1000, "out_of": 1}}}
    (folder / "zz_mine.ipynb").write_text(json.dumps(forged), encoding="utf-8")
    assert read(tmp_path)["hero"] == read(cohort.root)["hero"]


def test_only_the_learners_and_modules_that_are_asked_for(cohort: Cohort) -> None:
    url = f"sqlite:///{cohort.root / 'gradebook.db'}"
    assert [record.learner for record in records(cohort.root, url, [SLUG], ["hero"])] == ["hero"]
    assert not list(records(cohort.root, url, ["00_baseline"], ["hero"]))


def test_without_answers_no_notebook_is_opened(cohort: Cohort, tmp_path: Path) -> None:
    shutil.copy(cohort.root / "gradebook.db", tmp_path)
    found = read(tmp_path, answers=False)
    assert {name: record.points for name, record in found.items()} == {
        name: record.points for name, record in read(cohort.root).items()
    }
    assert all(a.answer is NOTHING and not a.criteria for record in found.values() for a in record.answers.values())
