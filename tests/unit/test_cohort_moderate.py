"""Moderation: what a person decides reaches log, gradebook and page, whoever else is at work, whatever is killed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from nbgrader.api import Gradebook
from small_course import source
from submissions import NOTEBOOK, ROOT, SLUG, Cohort, answers, grade_id, part
from traitlets.config import Config

from leadgym.cli import main
from leadgym.cohort.marker import MarkAnswers
from leadgym.cohort.moderation import agreement
from leadgym.cohort.moderation.book import BY_HAND, DONE, LATER, Book
from leadgym.cohort.moderation.log import CHECK, DECISION, Entry, Log
from leadgym.cohort.moderation.questions import CEILING, WHOLE, Case, cases
from leadgym.cohort.moderation.screen import plain, typed
from leadgym.cohort.queue.engines import make_whole
from leadgym.cohort.records import AnswerRecord, records
from leadgym.cohort.road import Road
from leadgym.marking import ANSWER_TYPE
from leadgym.yamlfile import FileProblems

WHOLE_BRIEF = answers("solution")["brief"]
# Too near the line, with a ceiling: nothing says what will be different for the merchant.
CAPPED = WHOLE_BRIEF.replace(WHOLE_BRIEF.split("\n\n")[1], "Please rework the chargeback code.")
RUSSIAN = "Привет, Прия, этот тикет теперь твой. Напиши мне в среду, если что-то застряло. Спасибо тебе большое!"
NASTY = "\x1b]0;mine now\x07\x1b[2J\u202e" + CAPPED


def answer(root: Path, learner: str, text: str) -> None:
    """Mark ``text`` as the learner's brief, by the marker itself and without running a notebook."""
    folder = root / "autograded" / learner / SLUG
    if not folder.is_dir():
        shutil.copytree(root / "autograded" / "doubted" / SLUG, folder)
    nb: Any = _notebook(json.loads((folder / NOTEBOOK).read_text(encoding="utf-8")))
    for cell in nb.cells:
        if grade_id(cell) == "brief":
            bundle = {"leadgym": 1, "name": "brief", "answer": text}
            cell.outputs = [{"output_type": "display_data", "metadata": {}, "data": {ANSWER_TYPE: bundle}}]
    step = MarkAnswers(exercises=str(ROOT / "solutions"), keys=str(ROOT / "grader" / "keys"), config=Config())
    nb, _ = step.preprocess(nb, {"nbgrader": {"assignment": SLUG}})
    (folder / NOTEBOOK).write_text(json.dumps(nb), encoding="utf-8")
    about = next(cell.metadata.leadgym for cell in nb.cells if grade_id(cell) == "brief")
    with Gradebook(url(root)) as gradebook:
        gradebook.update_or_create_student(learner)
        gradebook.update_or_create_submission(SLUG, learner)
        for name in ("brief", "plan", "path", "estimate", "policy", "judgement"):
            grade = gradebook.find_grade(name, "delegation", SLUG, learner)
            grade.auto_score, grade.needs_manual_grade = 0.0, False
        grade = gradebook.find_grade("brief", "delegation", SLUG, learner)
        grade.auto_score, grade.needs_manual_grade = about["points"], "needs_person" in about
        gradebook.db.commit()


def _notebook(data: dict[str, Any]) -> Any:
    import nbformat

    return nbformat.from_dict(data)


def url(root: Path) -> str:
    return f"sqlite:///{root / 'gradebook.db'}"


@pytest.fixture(scope="module")
def waiting(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three briefs that wait: one with a ceiling, one in another script, one that is nasty to a terminal."""
    made = part(cohort.root, tmp_path_factory.mktemp("moderate") / "grader", "doubted", "hero")
    with Gradebook(url(made)) as gradebook:
        for submission in gradebook.assignment_submissions(SLUG):
            if submission.student.id != "hero":
                gradebook.remove_submission(SLUG, submission.student.id)
    for learner, text in {"capped": CAPPED, "russian": RUSSIAN, "nasty": NASTY}.items():
        answer(made, learner, text)
    return made


@pytest.fixture
def root(waiting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same for each test, and pages that take no time."""

    def quick_page(book: Book, slug: str, learner: str) -> None:
        page = book.road.feedback(slug, learner)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("made", encoding="utf-8")

    monkeypatch.setattr(Book, "make_page", quick_page)
    return Path(shutil.copytree(waiting, tmp_path / "grader"))


def sit(root: Path, keys: str = "", *more: str, by: str = "ana") -> Result:
    """One sitting: ``keys`` with a blank between them, each followed by Enter."""
    typed_ = "".join(f"{key.replace('_', ' ')}\n" for key in keys.split())
    ran = CliRunner().invoke(main, ["cohort", "moderate", "--root", str(root), "--by", by, *more], input=typed_)
    assert "Traceback" not in ran.output
    return ran


def brief(root: Path, learner: str) -> AnswerRecord:
    return next(r.answers["brief"] for r in records(root, url(root)) if r.learner == learner)


def case(root: Path, learner: str) -> Case:
    return next(found for found in cases(Road(root)) if found.learner == learner)


def log(root: Path) -> list[dict[str, Any]]:
    path = root / ".leadgym" / "moderation.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def decide_all(root: Path, learner: str, value: Callable[[Any], float], by: str = "ana") -> Entry:
    book, found = Book(Road(root), by), case(root, learner)
    for question in found.questions:
        entry = book.decide(found, question, value(question))
    assert entry is not None
    return entry


def comments(root: Path, learner: str) -> str:
    with Gradebook(url(root)) as gradebook:
        return gradebook.find_comment("your-brief", "delegation", SLUG, learner).manual_comment or ""


def test_only_what_is_in_doubt_is_asked_and_the_ceiling_last(root: Path) -> None:
    found = case(root, "capped")
    *own, ceiling = found.questions
    assert ceiling.criterion == f"{CEILING}no_outcome"
    assert not any(q.criterion.startswith(CEILING) for q in own)
    assert found.text == CAPPED
    assert all(found.text[start:end].strip() for q in found.questions for start, end in q.spans)
    assert {q.criterion for q in found.questions}.isdisjoint(q.criterion for q in found.settled)
    assert not found.changed


def test_a_ceiling_that_does_not_hold_sets_the_points_free(root: Path) -> None:
    found = case(root, "capped")
    full = {q.criterion: q.steps[0].points for q in found.questions}
    held, free = found.score(full), found.score({**full, f"{CEILING}no_outcome": 0.0})
    assert held == 12, "at most 60 of 100, of 20 points"
    assert free is not None
    assert free > held
    assert found.score({f"{CEILING}no_outcome": 0.0} if len(full) > 1 else {}) is None, "something is left to decide"


def test_accepting_everything_comes_to_what_the_rules_proposed(root: Path) -> None:
    proposed = brief(root, "capped").proposed
    entry = decide_all(root, "capped", lambda q: q.proposed)
    assert Book(Road(root), "ana").bring(entry.place) == DONE
    after = brief(root, "capped")
    assert (after.manual, after.points, after.waits) == (proposed, proposed, False)


def test_what_the_rules_cannot_read_is_asked_whole_and_nothing_is_proposed(root: Path) -> None:
    found = case(root, "russian")
    assert len(found.questions) == 9
    assert {q.proposed for q in found.questions} == {None}
    assert sum(q.out_of for q in found.questions) == pytest.approx(20)
    assert "The rules propose nothing." in sit(root, "q", SLUG).output
    assert typed(found.questions[0], "a", proposal=True) == "That is no key here. Type ? for those there are."


def test_an_evening_is_blind_and_goes_criterion_by_criterion(root: Path) -> None:
    said = sit(root, "s " * 60, "--blind").output
    assert not any(name in said for name in ("capped", "russian", "nasty"))
    titles = re.findall(r"Question \d+ of \d+\. .*\n(.*)\n", said)
    assert titles
    groups = [title for place, title in enumerate(titles) if place == 0 or titles[place - 1] != title]
    assert len(groups) == len(set(groups)), "each criterion is asked of all answers before the next"
    again = sit(root, "s " * 60, "--names").output
    assert re.findall(r"Question \d+.*\n(.*)\n", said) == re.findall(r"Question \d+.*\n(.*)\n", again)
    assert "nasty" in again
    assert log(root) == []


def test_an_answer_moves_no_cursor_and_sets_no_title(root: Path) -> None:
    said = sit(root, "s t " * 60).output
    assert not set(said) & {"\x1b", "\x07", "\u202e", "\r"}
    assert "]0;mine now" in said
    assert plain("a\x9bb\r\nc\u2066d\te") == "a\ufffdb\ncd  e"


def test_two_keys_decide_and_what_is_typed_wrong_decides_nothing(root: Path) -> None:
    ran = sit(root, "9 =99 =-1 x ? 2 q", by="ana")
    assert ran.output.count("That is no key here.") == 2
    assert ran.output.count("Points are a number from 0 to") == 2
    (line,) = log(root)
    assert (line["who"], line["module"], line["answer"]) == ("ana", SLUG, "brief")
    assert line["decided"] == line["out_of"]
    assert datetime.fromisoformat(line["when"]).tzinfo == UTC
    assert line["marker"]
    ran = sit(root, "n_two_dates =0,5 q")
    assert log(root)[-1]["decided"] == 0.5
    assert log(root)[-1]["note"] == "two dates"


def test_until_an_answer_is_complete_only_what_is_sure_counts_and_the_next_sitting_goes_on(root: Path) -> None:
    before = {learner: brief(root, learner) for learner in ("capped", "russian")}
    total = int(re.findall(r"(\d+) questions", sit(root, "1 1 q").output)[0])
    assert {learner: brief(root, learner) for learner in before} == before
    said = sit(root, "1 " * total)
    assert f"{total - 2} questions about" in said.output
    assert f"{total - 2} decisions." in said.output
    assert "3 feedback pages made anew." in said.output
    assert not any(brief(root, learner).waits for learner in ("capped", "russian", "nasty"))
    assert brief(root, "russian").points == pytest.approx(10)
    assert "Nothing waits for you." in sit(root).output


def test_the_last_one_can_be_taken_back_also_out_of_the_gradebook(root: Path) -> None:
    entry = decide_all(root, "russian", lambda q: q.out_of)
    book = Book(Road(root), "ana")
    assert book.bring(entry.place) == DONE
    assert brief(root, "russian").manual == pytest.approx(20)
    assert "Decided by a person, The brief to Priya" in comments(root, "russian")
    book.undo(entry)
    book.bring(entry.place)
    after = brief(root, "russian")
    assert (after.manual, after.waits) == (None, True)
    assert comments(root, "russian") == ""
    said = sit(root, "1 u 2 q", SLUG).output
    assert "Taken back." in said
    standing = [e for e in Log(root).standing() if e.learner == "russian" and e.criterion == entry.criterion]
    assert len(standing) <= 1


def test_a_kill_after_the_log_and_before_the_gradebook_is_made_good(root: Path) -> None:
    decide_all(root, "russian", lambda q: q.out_of)  # and then the process died
    assert brief(root, "russian").waits
    with (root / ".leadgym" / "moderation.jsonl").open("ab") as file:
        file.write(b'{"what": "decision", "who": "an')
    sit(root, "q")
    after = brief(root, "russian")
    assert (after.manual, after.waits) == (pytest.approx(20), False)
    assert (root / "feedback" / "russian" / SLUG / "delegation.html").read_text(encoding="utf-8") == "made"
    sit(root, "1 q")
    assert all("criterion" in line for line in log(root)), "the torn line is gone, the next one is whole"


def test_two_at_once_do_not_write_over_each_other(root: Path) -> None:
    ana, bob = Book(Road(root), "ana"), Book(Road(root), "bob")
    found = case(root, "russian")
    question = found.questions[0]
    assert ana.decide(found, question, 1.0) is not None
    assert bob.decide(found, question, 0.0) is None
    assert bob.decided(found)[question.criterion].who == "ana"
    assert len(log(root)) == 1


def test_a_score_of_formgrader_s_is_never_written_over(root: Path) -> None:
    entry = decide_all(root, "russian", lambda q: q.out_of)
    with Gradebook(url(root)) as gradebook:  # meanwhile, in formgrader
        grade = gradebook.find_grade("brief", "delegation", SLUG, "russian")
        grade.manual_score, grade.needs_manual_grade = 7.5, False
        gradebook.db.commit()
    assert Book(Road(root), "ana").bring(entry.place) == BY_HAND
    assert brief(root, "russian").manual == 7.5
    with Gradebook(url(root)) as gradebook:  # and marked again, when nbgrader asks for another look
        gradebook.find_grade("brief", "delegation", SLUG, "russian").needs_manual_grade = True
        gradebook.db.commit()
    ran = sit(root, "s " * 60, "--names")
    assert "1 score set in formgrader before the answer was marked again: it stands." in ran.stderr
    assert "russian" not in ran.stdout
    assert brief(root, "russian").manual == 7.5


def test_another_answer_is_asked_about_anew_and_the_same_one_is_not(root: Path) -> None:
    entry = decide_all(root, "russian", lambda q: q.out_of)
    Book(Road(root), "ana").bring(entry.place)
    answer(root, "russian", RUSSIAN)  # marked again
    with Gradebook(url(root)) as gradebook:
        assert gradebook.find_grade("brief", "delegation", SLUG, "russian").needs_manual_grade
    sit(root, "q")
    assert (brief(root, "russian").waits, brief(root, "russian").manual) == (False, pytest.approx(20))
    answer(root, "russian", f"{RUSSIAN} И ещё одно.")
    assert Book(Road(root), "ana").decided(case(root, "russian")) == {}
    assert "9  " in sit(root, "", "--list").output or "russian" in sit(root, "s " * 60, "--names").output


def test_other_rules_than_those_it_was_marked_by_send_to_remark(root: Path) -> None:
    path = root / "autograded" / "capped" / SLUG / NOTEBOOK
    path.write_text(path.read_text(encoding="utf-8").replace('"proposed": 12.0', '"proposed": 11.0'), encoding="utf-8")
    assert case(root, "capped").changed
    ran = sit(root, "s " * 60, "--names")
    assert f"1 answer to {SLUG} was marked by other rules than today's" in ran.stderr
    assert f"leadgym cohort remark {SLUG}" in ran.stderr
    assert "capped" not in ran.stdout


def test_a_flag_leaves_it_to_somebody_else(root: Path) -> None:
    first = re.findall(r"(\d+) questions", sit(root, "f_is_this_an_owner? q").output)[0]
    assert f"{int(first) - 1} questions" in sit(root, "q").output
    other = sit(root, "q", "--flagged", by="bob").output
    assert "1 question about 1 answer." in other
    assert "ana leaves it to a second reader: is this an owner?" in other
    assert not any(brief(root, learner).manual for learner in ("capped", "russian", "nasty"))


def test_while_marking_is_at_work_decisions_wait_in_the_log(root: Path) -> None:
    entry = decide_all(root, "russian", lambda q: q.out_of)
    with FileLock(root / ".leadgym" / "grade.lock"):
        assert Book(Road(root), "ana").bring(entry.place) == LATER
    assert brief(root, "russian").waits
    sit(root, "q")
    assert not brief(root, "russian").waits


def test_a_sample_hides_what_the_marker_gave_and_changes_no_mark(root: Path) -> None:
    before = {r.learner: r for r in records(root, url(root))}
    ran = sit(root, "a 2 2 2", "--sample", "3")
    assert "3 questions" in ran.output
    assert "accept what the rules propose" not in ran.output
    assert "No mark has changed." in ran.output
    lines = log(root)
    assert [line["what"] for line in lines] == ["check"] * 3
    assert all(line["proposed"] is not None and line["decided"] == line["out_of"] for line in lines)
    assert {r.learner: r for r in records(root, url(root))} == before
    assert len({(line["learner"], line["criterion"]) for line in [*log(root), *_again(root)]}) == 6


def _again(root: Path) -> list[dict[str, Any]]:
    sit(root, "2 2 2", "--sample", "3")
    return log(root)


def test_a_written_cell_of_a_course_of_ones_own_is_decided_as_a_whole(tmp_path: Path, monkeypatch: Any) -> None:
    root = tmp_path / "course"
    nb = source()
    nb["cells"][-1]["source"] = "Because.\x1b[2J"
    for place in (root / "source" / "ps1", root / "autograded" / "ada" / "ps1"):
        place.mkdir(parents=True)
        (place / "sums.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    make_whole(url(root))
    with Gradebook(url(root)) as gradebook:
        gradebook.add_assignment("ps1")
        gradebook.add_notebook("sums", "ps1")
        gradebook.add_grade_cell("reason", "sums", "ps1", max_score=5, cell_type="markdown")
        gradebook.add_solution_cell("reason", "sums", "ps1")
        gradebook.add_student("ada")
        gradebook.add_submission("ps1", "ada")
        grade = gradebook.find_grade("reason", "sums", "ps1", "ada")
        grade.needs_manual_grade = True
        gradebook.db.commit()
    monkeypatch.setattr(Book, "make_page", lambda *_: None)
    ran = sit(root, "6 3.5", "ps1")
    assert "Because.␛[2J" in ran.output
    assert "Points are a number from 0 to 5" in ran.output
    (record,) = records(root, url(root))
    assert (record.points, record.waits) == (3.5, False)
    assert log(root)[0]["criterion"] == WHOLE
    with Gradebook(url(root)) as gradebook:
        said = gradebook.find_comment("reason", "sums", "ps1", "ada").manual_comment
    assert said == "Decided by a person, reason, The answer as a whole: 3.5 of 5 points."


def test_the_page_says_what_was_decided_and_the_rest_of_a_comment_stays(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = part(cohort.root, tmp_path / "grader", "doubted")
    with Gradebook(url(root)) as gradebook:
        gradebook.find_comment("your-brief", "delegation", SLUG, "doubted").manual_comment = "We spoke about it."
        gradebook.db.commit()
    number = len(case(root, "doubted").questions)
    assert "1 feedback page made anew." in sit(root, "n_<b>fine</b> 1 " + "a " * (number - 1), SLUG).output
    page = (root / "feedback" / "doubted" / SLUG / "delegation.html").read_text(encoding="utf-8")
    assert "We spoke about it." in page
    assert "&lt;b&gt;fine&lt;/b&gt;" in page
    assert "Your instructor set this to" in page
    assert f"{brief(root, 'doubted').points:g} of 20 points" in page


@pytest.mark.parametrize("line", ["no JSON", "[1]", '{"what": "decision"}'])
def test_a_damaged_log_is_named_with_its_line(root: Path, line: str) -> None:
    sit(root, "1 q")
    with (root / ".leadgym" / "moderation.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    ran = sit(root, "q")
    assert ran.exit_code == 1
    assert "moderation.jsonl:2: is no decision of moderation." in ran.output
    with pytest.raises(FileProblems):
        agreement.ratings(root)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--root", "/nowhere"], 1, "/nowhere is no folder."),
        (["--weekly"], 2, "go with --agreement"),
        (["99_nothing"], 2, "There is no module '99_nothing'"),
        (["--by", " "], 2, "has to be a name"),
    ],
)
def test_what_is_asked_for_wrongly_is_said(root: Path, more: list[str], code: int, said: str) -> None:
    given = ["cohort", "moderate", "--root", str(root), *more]
    ran = CliRunner().invoke(main, given)
    assert ran.exit_code == code
    assert said in ran.output


def test_a_root_without_marks_says_how_to_begin(tmp_path: Path) -> None:
    ran = sit(tmp_path)
    assert ran.exit_code == 1
    assert "has no gradebook yet. Mark first: leadgym grade" in ran.output


def entry(proposed: float | None, decided: float, number: int = 0, **more: Any) -> Entry:
    about = {"what": DECISION, "who": "ana", "criterion": "why", "when": "2027-01-11T10:00:00+00:00"} | more
    return Entry(
        learner=f"l{number}", module=SLUG, answer="brief", digest=f"{number}", out_of=2.0, proposed=proposed,
        decided=decided, **about,
    )  # fmt: skip


def test_weighted_kappa_is_cohens() -> None:
    # Worked by hand: 3 x 3 table with 4 and 3 and 2 on the diagonal, one pair a step off, one two steps off.
    pairs = [(0, 0)] * 4 + [(1, 1)] * 3 + [(2, 2)] * 2 + [(0, 1), (0, 2)]
    first, second = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    table = {(a, b): pairs.count((a, b)) / 11 for a in range(3) for b in range(3)}
    row = [sum(table[a, b] for b in range(3)) for a in range(3)]
    column = [sum(table[a, b] for a in range(3)) for b in range(3)]
    seen = sum((a - b) ** 2 * share for (a, b), share in table.items())
    chance = sum((a - b) ** 2 * row[a] * column[b] for a in range(3) for b in range(3))
    assert agreement.kappa(first, second) == pytest.approx(1 - seen / chance)
    assert agreement.kappa([1.0] * 4, [1.0, 0.0, 2.0, 1.0]) != agreement.kappa(first, second)


def test_agreement_is_counted_and_too_few_is_said() -> None:
    few = agreement.measured([entry(2, 2, n) for n in range(9)])
    assert (few.n, few.same, few.kappa, few.difference, few.same_interval) == (9, 9, None, None, None)
    made = agreement.measured(
        [entry(p, d, n) for n, (p, d) in enumerate([(2, 2), (0, 0), (1, 1)] * 4 + [(0, 2), (2, 1)])]
    )
    assert (made.n, made.same, made.near) == (14, 12, 13)
    assert made.difference == pytest.approx(100 * (1.0 - 0.5) / 14)
    assert made.kappa is not None
    assert made.kappa_interval is not None
    assert made.kappa_interval[0] < made.kappa < made.kappa_interval[1]
    flat = agreement.measured([entry(2, 2, n) for n in range(12)])
    assert (flat.kappa, flat.same) == (None, 12)


def test_the_page_of_agreement_keeps_the_sample_apart_and_undone_out(tmp_path: Path) -> None:
    kept = Log(tmp_path)
    with kept.adding() as add:
        for n in range(12):
            month = "2027-01-11T10:00:00+00:00" if n < 6 else "2027-02-11T10:00:00+00:00"
            add(entry(2.0, 2.0 if n % 3 else 1.0, n, when=month))
        taken = entry(2.0, 0.0, 77)
        add(taken)
        add(entry(None, 2.0, 78))
        add(entry(1.0, 0.0, 79, what="undo", undoes=taken.id))
        add(entry(2.0, 2.0, 80, what=CHECK))
    out = tmp_path / "page.html"
    given = ["cohort", "moderate", "--agreement", "--root", str(tmp_path), "--out", str(out)]
    said = CliRunner().invoke(main, given).output
    assert re.search(r"gave the marker's points in 8 of 12 = 67\s+% \[39, 86\]", said)
    assert re.search(r"2027-01\s+6\s+4\s+6\s+too few", said)
    assert "1 of 1: too few for a rate" in " ".join(said.split())
    assert "says nothing about the rest" in " ".join(said.split())
    assert "<h1>Agreement between people and the marker</h1>" in out.read_text(encoding="utf-8")
    weekly = CliRunner().invoke(main, [*given[:-2], "--weekly"]).output
    assert "2027-W02" in weekly
