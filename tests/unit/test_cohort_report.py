"""The report: who needs a word and why, what pages say and never say, and that it stays light."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from report_cohort import FIRST, SLUGS, Made, gathered, lay, without_answer
from submissions import Cohort as Marked
from submissions import Elements, honest, once

from leadgym.cli import main
from leadgym.cohort.records import AnswerRecord, Record
from leadgym.cohort.report.gather import Cohort
from leadgym.cohort.report.instructor import cohort_page
from leadgym.cohort.report.learner_page import learner_page
from leadgym.cohort.report.module_page import analysis, module_page
from leadgym.cohort.report.needs import needs, picks
from leadgym.cohort.report.write import LISTED, file_names, pages, write_report
from leadgym.yamlfile import FileProblems

Change = Callable[[list[Record]], list[Record]]
FORTY = [f"eng{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def made() -> list[Record]:
    """Forty learners, four modules, nothing missing."""
    return list(Made(FORTY, seed=3, too_sure=0.0).records())


@pytest.fixture
def cohort(made: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cohort]:
    """The cohort that those records make, some of them changed; with a roster of ``learners``."""

    def of(change: Change = lambda found: found, learners: list[str] = FORTY, **names: str) -> Cohort:
        return gathered(lay(tmp_path, learners, names=names), change(list(made)), monkeypatch)

    return of


def five(found: list[Record]) -> list[Record]:
    """The records of the first five learners, where pages are looked at and not numbers."""
    return [record for record in found if record.learner in FORTY[:5]]


def reasons(found: Cohort) -> dict[str, tuple[str, ...]]:
    return {need.learner: need.reasons for need in needs(found)}


def reason(found: Cohort, learner: str, begins: str) -> str:
    return next((said for said in reasons(found).get(learner, ()) if said.startswith(begins)), "")


def times(record: Record, share: float) -> Record:
    """The record with that share of each answer's points."""
    answers = {n: dataclasses.replace(a, points=a.out_of * share) for n, a in record.answers.items()}
    return dataclasses.replace(record, answers=answers)


def changed(record: Record, name: str, **about: object) -> Record:
    return dataclasses.replace(
        record, answers={**record.answers, name: dataclasses.replace(record.answers[name], **about)}
    )


def index(found: Cohort) -> str:
    """The instructor's first page, without items."""
    return cohort_page(found, [], {learner: f"learners/{name}" for learner, name in file_names(found.learners).items()})


def module(found: Cohort) -> str:
    """The page of the first module."""
    return module_page(found, analysis(found.modules[0]), dict.fromkeys(found.learners, "x.html"))


def text_of(page: str) -> str:
    return " ".join("".join(Elements(page).text).split())


class TestWhoNeedsAWord:
    def test_nothing_for_two_modules_whose_due_date_has_passed(self, cohort: Callable[..., Cohort]) -> None:
        gone = {("eng05", "04_knowledge_risk"), ("eng05", "05_design_lead"), ("eng06", "04_knowledge_risk")}
        found = cohort(lambda all_: [r for r in all_ if (r.learner, r.slug) not in gone])
        said = reason(found, "eng05", "Nothing handed in")
        assert said == (
            "Nothing handed in for 2 modules: 04_knowledge_risk (due 2027-02-01), 05_design_lead (due 2027-02-08)."
        )
        assert not reason(found, "eng06", "Nothing handed in"), "one module alone is no reason"
        found.unmarked["04_knowledge_risk"] = {"eng05"}
        assert not reason(found, "eng05", "Nothing handed in"), "handed in and not marked yet is handed in"
        found.unmarked.clear()
        found.now = FIRST + timedelta(days=24)
        assert not reason(found, "eng05", "Nothing handed in"), "before the due date nobody is behind"

    def test_nobody_on_the_roster_who_never_handed_in_is_lost(self, cohort: Callable[..., Cohort]) -> None:
        found = cohort(learners=[*FORTY, "silent"])
        assert "4 modules" in reason(found, "silent", "Nothing handed in")
        assert "silent.html" in index(found)

    def test_a_mark_that_fell_by_more_than_the_cohorts(self, cohort: Callable[..., Cohort]) -> None:
        def fall(found: list[Record]) -> list[Record]:
            level = {"eng01": (0.8, 0.4), "eng02": (0.8, 0.7)}
            return [times(r, level.get(r.learner, (0.6, 0.6))[r.slug == SLUGS[-1]]) for r in found]

        found = cohort(fall)
        said = reason(found, "eng01", "05_design")
        assert said == (
            "05_design_lead: 40 % of the points, after 80 % on average in the 3 modules before. "
            "The cohort's mean moved by -1."
        )
        assert not reason(found, "eng02", "05_design")
        # All fell alike: then it was the module.
        alike = cohort(lambda all_: [times(r, 0.3 if r.slug == SLUGS[-1] else 0.7) for r in all_])
        assert not any(said.startswith("05_design") for one in reasons(alike).values() for said in one)

    def test_a_mark_that_waits_for_a_person_has_not_fallen(self, cohort: Callable[..., Cohort]) -> None:
        def waiting(found: list[Record]) -> list[Record]:
            low = [times(r, 0.1 if (r.learner, r.slug) == ("eng01", SLUGS[-1]) else 0.6) for r in found]
            return [changed(r, "record", waits=True) if (r.learner, r.slug) == ("eng01", SLUGS[-1]) else r for r in low]

        found = cohort(waiting)
        assert not reason(found, "eng01", "05_design")
        assert "record" not in reason(found, "eng01", "Nothing")
        assert "Answers that the marker left to a person" in text_of(index(found))

    def test_confidence_far_from_results_and_beyond_luck(
        self, made: list[Record], cohort: Callable[..., Cohort]
    ) -> None:
        def boast(found: list[Record]) -> list[Record]:
            sure = []
            for r in found:
                if r.learner == "eng07" and "judgement" in r.answers:
                    answer = {i: {**one, "confidence": 1.0} for i, one in r.answers["judgement"].answer.items()}
                    r = changed(r, "judgement", answer=answer)
                sure.append(r)
            return sure

        found = cohort(boast)
        right = picks(found, "eng07")
        assert right.share < 0.8, "else there is nothing to be too sure of"
        said = reason(found, "eng07", "More sure than right")
        assert f"100 % sure on average, {right.right} of {right.count} right" in said
        honest = sum(said.startswith("More sure") for one in reasons(found).values() for said in one) - 1
        assert honest <= 2, "honest people are beyond luck once in a hundred"

    def test_a_criterion_missed_in_three_modules_unless_everybody_misses_it(
        self, cohort: Callable[..., Cohort]
    ) -> None:
        def missed(found: list[Record], share: float) -> list[Record]:
            made_ = []
            for r in found:
                criteria = dict(r.answers["path"].criteria)
                of = criteria["asked"][1]
                criteria["asked"] = (0.0 if r.learner == "eng09" else share * of, of)
                made_.append(changed(r, "path", criteria=criteria))
            return made_

        found = cohort(lambda all_: missed(all_, 0.8))
        said = reason(found, "eng09", "Less than a third")
        assert "“What you found out before the review” (path) in 00, 01, 04, 05" in said
        assert not reason(cohort(lambda all_: missed(all_, 0.2)), "eng09", "Less than a third")
        moderated = cohort(lambda all_: [changed(r, "path", manual=5.0) for r in missed(all_, 0.8)])
        assert not reason(moderated, "eng09", "Less than a third"), "what a person has marked is theirs to judge"

    def test_late_twice_beyond_the_grace(self, cohort: Callable[..., Cohort]) -> None:
        late = {("eng03", SLUGS[0]): 13, ("eng03", SLUGS[1]): 72, ("eng04", SLUGS[0]): 11, ("eng04", SLUGS[1]): 72}
        due = {slug: FIRST + timedelta(weeks=week, days=7) for week, slug in enumerate(SLUGS)}
        found = cohort(
            lambda all_: [
                dataclasses.replace(r, handed_in=due[r.slug] + timedelta(hours=late.get((r.learner, r.slug), -1)))
                for r in all_
            ]
        )
        assert reason(found, "eng03", "Late") == "Late 2 times: 00_baseline (13 hours), 01_schedule (3 days)."
        assert not reason(found, "eng04", "Late")

    def test_the_thresholds_stand_on_the_page_and_nobody_has_a_score(self, cohort: Callable[..., Cohort]) -> None:
        page = text_of(index(cohort()))
        assert "for 2 modules or more" in page
        assert "fell by 20 points" in page
        assert "15 points of 100 or more apart" in page
        assert "in 3 modules or more" in page
        assert not re.search(r"\b(rank|top|worst|best) (learner|\d)", page)


class TestLearnersPage:
    def test_it_holds_nothing_of_anybody_else(self, cohort: Callable[..., Cohort]) -> None:
        names = {learner: f"Name{place:02}x" for place, learner in enumerate(FORTY)}
        found = cohort(**names)
        for learner in ("eng00", "eng17", "eng39"):
            page = learner_page(found, learner)
            assert names[learner] in page
            assert not re.search(r"\beng\d\d\b", page)
            assert re.findall(r"Name\d\dx", page) == [names[learner]] * 2
            assert not re.search(r"cohort's mean|rank|percentile|average of all", page, re.I)

    def test_it_is_the_same_whoever_else_there_is(self, cohort: Callable[..., Cohort]) -> None:
        alone = cohort(lambda all_: [r for r in all_ if r.learner == "eng08"], ["eng08"])
        assert learner_page(alone, "eng08") == learner_page(cohort(), "eng08")

    def test_it_has_marks_calibration_competencies_and_what_to_try(
        self, made: list[Record], cohort: Callable[..., Cohort]
    ) -> None:
        page = learner_page(cohort(), "eng08")
        said = text_of(page)
        own = [r for r in made if r.learner == "eng08"]
        for record in own:
            assert f"{record.points:g} of {record.out_of:g}" in said
        assert "S20 Documentation against single points of knowledge" in said
        assert 'role="img"' in page
        assert "points more sure than right" in said or "about as sure as right" in said or "less sure" in said
        assert page.count("<li><strong>") == 4
        assert "partly met" in said

    def test_a_persons_score_lateness_and_waiting_are_said(self, cohort: Callable[..., Cohort]) -> None:
        def change(found: list[Record]) -> list[Record]:
            made_ = []
            for r in found:
                if (r.learner, r.slug) == ("eng08", "05_design_lead"):
                    r = changed(r, "record", manual=17.5, points=17.5)
                    r = changed(r, "spend", waits=True, why="not sure", points=3.0)
                    r = without_answer(
                        dataclasses.replace(r, penalty=7.25, handed_in=FIRST + timedelta(weeks=5)), "headroom"
                    )
                made_.append(r)
            return made_

        said = text_of(learner_page(cohort(change), "eng08"))
        assert "17.5 of 20Marked by a person" in said
        assert "Waits for a person" in said
        assert "There was nothing to read." in said
        assert "7 days late, 7.25 points off" in said
        assert "Lateness−7.25" in said


class TestPages:
    def test_names_are_text_and_nothing_runs_or_calls_elsewhere(self, cohort: Callable[..., Cohort]) -> None:
        nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        for name, page in pages(cohort(five, FORTY[:5], eng01=nasty)):
            assert [tag for tag in Elements(page).live() if tag != "svg"] == [], name
            assert "http" not in page.replace("http-equiv", ""), name
            assert "<img" not in page
        assert "&lt;script&gt;" in page

    def test_every_table_has_headings_every_figure_words_and_every_link_a_page(
        self, cohort: Callable[..., Cohort]
    ) -> None:
        whole = dict(pages(cohort(five, FORTY[:5])))
        for name, page in whole.items():
            found = Elements(page).found
            assert page.count("<table>") == page.count("<caption>") == page.count("<thead>"), name
            assert all("scope" in about for tag, about in found if tag == "th")
            assert all(about.get("aria-label") for tag, about in found if about.get("role") == "img")
            for _, about in found:
                address = (about.get("href") or "").partition("#")
                if address[0]:
                    assert str(Path(name).parent / address[0]) in whole
                elif address[2]:
                    assert f'id="{address[2]}"' in page

    def test_generated_learners_are_said_on_every_page(self, cohort: Callable[..., Cohort], tmp_path: Path) -> None:
        (tmp_path / ".leadgym").mkdir()
        (tmp_path / ".leadgym" / "generated").write_text("By a model, seed 7 <b>.\n", encoding="utf-8")
        for name, page in pages(cohort(five, FORTY[:5])):
            assert "These learners were generated." in page, name
            assert "By a model, seed 7 &lt;b&gt;." in page
        assert "is no evidence about the items" in module(cohort())

    def test_real_learners_are_not_called_generated(self, cohort: Callable[..., Cohort]) -> None:
        assert not any("generated" in page for _, page in pages(cohort(five, FORTY[:5])))

    def test_every_item_of_two_hundred_learners_has_its_sentence_the_dud_is_named_and_the_page_is_light(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A criterion planted to run against the rest is to be dropped, and one that has nothing to do with it is not
        kept; the generator's good ones are."""
        plan = Made([f"p{n:03}" for n in range(200)], ["00_baseline"], seed=8)
        plan.slopes = {("00_baseline", "path", "outcome"): -0.2, ("00_baseline", "week", "owners"): 0.0}
        found = gathered(lay(tmp_path, plan.learners, ["00_baseline"]), plan.records(), monkeypatch)
        page = module(found)
        assert len(page) < 150_000
        assert len(index(found)) < 150_000
        assert len(learner_page(found, "p000")) < 30_000
        rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page.partition("Criteria as items")[2])
        words = {name: re.sub(r"<[^>]+>", "|", row) for name, row in rows}
        assert "|drop|" in words["The week you were promoted, played: How it came out, by the weights you gave"]
        kept = [name for name, row in words.items() if "|keep|" in row]
        assert len([name for name in kept if "played" in name or "week" in name]) >= 6
        items = [row for name, row in words.items() if "_" in name]
        assert len(items) == 12
        assert all(re.search(r"\|(keep|look at|drop)\|\|[^|]{20,}\|", row) for row in items)

    @pytest.mark.parametrize("people", [1, 3])
    def test_few_learners_get_numbers_of_their_own_and_no_verdict(
        self, cohort: Callable[..., Cohort], people: int
    ) -> None:
        few = FORTY[:people]
        whole = dict(pages(cohort(lambda all_: [r for r in all_ if r.learner in few], few)))
        said = text_of(whole["module-04_knowledge_risk.html"])
        assert f"{30 - people} are missing" in said
        assert not re.search(r"(keep|drop)(Goes|Who)", said)
        assert "nan" not in " ".join(map(text_of, whole.values())).lower().replace("finance", "").split()

    def test_constant_scores_and_missing_answers_are_said(self, cohort: Callable[..., Cohort]) -> None:
        def same(found: list[Record]) -> list[Record]:
            full = []
            for r in found:
                answers = {
                    n: dataclasses.replace(a, criteria={c: (of, of) for c, (_, of) in a.criteria.items()})
                    for n, a in r.answers.items()
                }
                made_ = dataclasses.replace(r, answers=answers)
                full.append(without_answer(made_, "judgement") if "judgement" in answers else made_)
            return full

        with np.errstate(all="raise"):
            said = text_of(module(cohort(same)))
        assert "The same for everybody, 100 %" in said
        assert "0 of the 30 answers that a verdict needs; 30 are missing" in said

    def test_a_course_without_rubric_cohort_file_or_roster_has_a_report(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        records = [
            Record(f"s{n:02}", "ps1", None, 0.0, {
                "twice": AnswerRecord("twice", 2.0 * (n % 2), 2, 2.0 * (n % 2), None, False),
                "reason": AnswerRecord("reason", 0.0, 5, 0.0, None, True),
            })
            for n in range(4)
        ]  # fmt: skip
        whole = dict(pages(gathered(tmp_path, records, monkeypatch)))
        assert set(whole) == {"index.html", "module-ps1.html", *(f"learners/s{n:02}.html" for n in range(4))}
        assert "4 learners, 1 module with marks" in whole["index.html"]
        assert "2 of 7" in text_of(whole["learners/s01.html"])


class TestFiles:
    def test_ids_name_files_on_any_system_and_none_twice(self) -> None:
        ids = ["ada", "Ada", "a b", "a_b", "../../up", ".hidden", "Zoë Ñandú", "x" * 90, "c@d.org", "a/b", ""]
        names = file_names(ids)
        assert names["ada"] == "ada.html"
        assert len({name.casefold() for name in names.values()}) == len(ids)
        assert all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.@-]*\.html", name) for name in names.values())

    def test_written_again_the_report_is_replaced_and_other_folders_are_left_alone(
        self, cohort: Callable[..., Cohort], tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        write_report(cohort(five, FORTY[:5]), out)
        (out / "mine.txt").write_text("kept", encoding="utf-8")
        few = cohort(lambda all_: [r for r in all_ if r.learner == "eng00"], ["eng00"])
        write_report(few, out)
        assert [path.name for path in (out / "learners").iterdir()] == ["eng00.html"]
        assert (out / "mine.txt").read_text(encoding="utf-8") == "kept"
        (out / LISTED).unlink()
        with pytest.raises(FileProblems, match="Name a new or an empty folder"):
            write_report(few, out)


class TestCommand:
    """``leadgym report`` on what marking really leaves."""

    def run(self, *arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["report", *map(str, arguments)])
        return done.exit_code, done.output

    def test_a_marked_cohort(self, marked: Marked, tmp_path: Path) -> None:
        code, said = self.run("--root", marked.root, "--out", tmp_path / "out")
        assert code == 0, said
        told = {name: about for name, about in marked.results.items() if not about["problem"]}
        assert f"{len(told)} marked submissions" in said
        files = file_names(told)
        for learner, about in told.items():
            page = text_of((tmp_path / "out" / "learners" / files[learner]).read_text(encoding="utf-8"))
            assert f"{about['points']:g} of {about['out_of']:g}" in page
        index = text_of((tmp_path / "out" / "index.html").read_text(encoding="utf-8"))
        assert "The brief to Priya" in index.partition("What waits for you")[2].partition("Marks by module")[0]
        module = text_of((tmp_path / "out" / "module-02_delegation.html").read_text(encoding="utf-8"))
        assert "of the 30 answers that a verdict needs" in module

    def test_wrong_input_is_a_sentence(self, tmp_path: Path) -> None:
        code, said = self.run("--root", tmp_path / "none", "--out", tmp_path / "out")
        assert (code, "is not there" in said) == (1, True)
        assert not (tmp_path / "none").exists()
        assert self.run("--root", tmp_path)[0] == 2
        code, said = self.run("99", "--root", tmp_path, "--out", tmp_path / "out")
        assert (code, "There is no module '99'" in said) == (2, True)
        code, said = self.run("--root", tmp_path, "--out", tmp_path / "out")
        assert (code, "has no marks yet" in said) == (1, True)
        (tmp_path / "cohort.yaml").write_text("cohort: x y\n", encoding="utf-8")
        code, said = self.run("--root", tmp_path, "--out", tmp_path / "out")
        assert (code, "cohort.yaml:1" in said, "Traceback" in said) == (1, True, False)
        assert not (tmp_path / "out").exists()


@pytest.fixture
def marked(shared: Path) -> Marked:
    """Module 02, really marked; the cohort that other tests share."""
    return once(shared, "honest", honest)
