"""Decisions brought from the log into nbgrader's gradebook, and onto the learners' pages.

A decision is in the log before anything else is done. The gradebook gets a manual score when an answer has nothing left
to decide. A score that a person set in formgrader is never written over: only scores that the log knows are ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from filelock import FileLock, Timeout
from nbgrader.api import Gradebook

from leadgym.cohort.moderation.log import CHECK, DECISION, FLAG, UNDO, Entry, Log, Place, latest
from leadgym.cohort.moderation.questions import CEILING, Case, Question, one
from leadgym.cohort.queue.engines import keep_engines
from leadgym.cohort.road import PRIVATE, Road, told_in_words, written
from leadgym.marking.show import points

DONE, WAITS, LATER, BY_HAND, CHANGED = "done", "waits", "later", "by hand", "changed"
"""What `Book.bring` found: in the gradebook; something is left to decide; marking is under way and the next start does
it; a score set in formgrader stands; marked by other rules, or another answer, since."""
_OURS = "Decided by a person, "
_SAME = 0.006  # gradebooks keep two decimals


class Book:
    """Log, gradebook and pages of one course root. ``who`` decides."""

    def __init__(self, road: Road, who: str) -> None:
        keep_engines()
        self.road, self.who, self.log = road, who, Log(road.root)

    def decided(self, case: Case) -> dict[str, Entry]:
        """What has been decided about ``case``, by criterion."""
        found = latest(self.log.standing(), DECISION)
        made = {q.criterion: found.get((*case.place, q.criterion, q.digest)) for q in case.questions}
        return {name: entry for name, entry in made.items() if entry is not None}

    def by_hand(self, case: Case) -> bool:
        """Whether the score that stands was set by a person elsewhere: in formgrader."""
        return case.manual is not None and not self._ours(case.place, case.manual)

    def decide(self, case: Case, question: Question, decided: float, note: str = "") -> Entry | None:
        """Record a decision in the log; where it has a ``score``, `bring` takes that into the gradebook.

        None: it was not recorded, since somebody else has decided the same meanwhile (see `decided`). Raises
        MarkingProblem.
        """
        with self.log.adding() as add:
            before = self.decided(case)
            if question.criterion in before:
                return None
            score = case.score({**{n: e.decided or 0.0 for n, e in before.items()}, question.criterion: decided})
            entry = self._entry(DECISION, case, question, decided=decided, note=note, score=score)
            add(entry)
        return entry

    def check(self, case: Case, question: Question, decided: float, note: str = "") -> Entry:
        """Record a second look at something that the marker was sure of. No mark changes."""
        entry = self._entry(CHECK, case, question, decided=decided, note=note)
        with self.log.adding() as add:
            add(entry)
        return entry

    def flag(self, case: Case, question: Question, note: str = "") -> Entry:
        """Leave a question to a second reader."""
        entry = self._entry(FLAG, case, question, note=note)
        with self.log.adding() as add:
            add(entry)
        return entry

    def undo(self, entry: Entry) -> None:
        """Take back ``entry``. Raises MarkingProblem."""
        taken = Entry(
            UNDO, self.who, entry.learner, entry.module, entry.answer, entry.criterion, entry.digest, entry.out_of,
            undoes=entry.id,
        )  # fmt: skip
        with self.log.adding() as add:
            if any(found.id == entry.id for found in self.log.standing()):
                add(taken)

    def bring(self, place: Place) -> str:
        """Make the gradebook say of one answer what the log says: DONE, WAITS, LATER, BY_HAND or CHANGED.

        Raises MarkingProblem.
        """
        lock = self.road.root / PRIVATE / "grade.lock"
        with written(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(lock, timeout=0):
                    return self._bring(one(self.road, *place))
            except Timeout:
                return LATER

    def catch_up(self, queue: Iterable[Case]) -> None:
        """Do what a killed run, or one beside a running ``leadgym grade``, has left undone. Raises MarkingProblem."""
        touched = {entry.place for entry in self.log.entries() if entry.what in (DECISION, UNDO)}
        for case in queue:
            if case.place in touched and self._wanted(case) is not None:
                self.bring(case.place)

    def pages_to_make(self) -> list[tuple[str, str]]:
        """Module and learner of each page that is older than a decision."""
        pairs = sorted({entry.place[:2] for entry in self.log.entries() if entry.what in (DECISION, UNDO)})
        return [pair for pair in pairs if self.road.seems_marked(*pair) and not self.road.told(*pair)]

    def make_page(self, slug: str, learner: str) -> None:
        """The feedback page with the marks as they stand. Raises MarkingProblem."""
        what = f"The feedback page of {learner} for {slug} cannot be written"
        self.road.run(what, self.road.api.generate_feedback, slug, learner)

    def _entry(self, what: str, case: Case, question: Question, **more: Any) -> Entry:
        return Entry(
            what,
            self.who,
            case.learner,
            case.slug,
            case.answer,
            question.criterion,
            question.digest,
            question.out_of,
            proposed=question.proposed,
            marker=case.marker,
            **more,
        )

    def _ours(self, place: Place, manual: float) -> bool:
        scores = (entry.score for entry in self.log.entries() if entry.place == place)
        return any(score is not None and abs(score - manual) < _SAME for score in scores)

    def _wanted(self, case: Case) -> tuple[float | None, bool] | None:
        """The manual score, and whether it waits, that the gradebook ought to have; None where it is right."""
        if case.changed or self.by_hand(case):
            return None
        score = case.score({name: entry.decided or 0.0 for name, entry in self.decided(case).items()})
        if score is None:
            return (None, True) if case.manual is not None and not case.waits else None
        right = not case.waits and case.manual is not None and abs(case.manual - score) < _SAME
        return None if right else (score, False)

    def _bring(self, case: Case | None) -> str:
        if case is None or case.changed:
            return CHANGED
        if self.by_hand(case):
            return BY_HAND
        decided = self.decided(case)
        wanted = self._wanted(case)
        if wanted is not None:
            # An old page is made anew by whoever comes first, also after a kill between these two lines.
            self._outdate(case)
            self._write(case, wanted, decided)
        return DONE if len(decided) == len(case.questions) else WAITS

    def _write(self, case: Case, wanted: tuple[float | None, bool], decided: Mapping[str, Entry]) -> None:
        with told_in_words(self.road.db_url), Gradebook(self.road.db_url) as gradebook:
            for notebook in gradebook.find_submission(case.slug, case.learner).notebooks:
                for grade in notebook.grades:
                    if grade.name != case.answer:
                        continue
                    grade.manual_score, grade.needs_manual_grade = wanted
                    comment = self._comment(notebook, case)
                    if comment is not None:
                        lines = _lines(case, decided) if wanted[0] is not None else []
                        comment.manual_comment = _told(comment.manual_comment, case, lines)
            gradebook.db.commit()

    def _comment(self, notebook: Any, case: Case) -> Any:
        """The comment in which formgrader and the page show what is said of the answer: its own, or that of the
        solution cell before it."""
        comments = {comment.name: comment for comment in notebook.comments}
        if case.answer in comments:
            return comments[case.answer]
        path = self.road.root / "autograded" / case.learner / case.slug / f"{notebook.name}.ipynb"
        found = None
        for cell in json.loads(path.read_bytes())["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            found = comments.get(name, found)
            if name == case.answer:
                return found
        return None

    def _outdate(self, case: Case) -> None:
        for page in (self.road.root / "feedback" / case.learner / case.slug).glob("*.html"):
            with written(page):
                os.utime(page, (0, 0))


def _lines(case: Case, decided: Mapping[str, Entry]) -> list[str]:
    lines = []
    for question in case.questions:
        entry = decided[question.criterion]
        if question.criterion.startswith(CEILING):
            said = "it holds" if entry.decided else "it does not hold"
        else:
            said = points(entry.decided or 0.0, question.out_of)
        lines.append(f"{_OURS}{case.title}, {question.title}: {said}. {' '.join(entry.note.split())}".rstrip())
    return lines


def _told(before: str | None, case: Case, lines: list[str]) -> str | None:
    """A comment with our lines about ``case`` replaced; what else was written there stays."""
    kept = [line for line in (before or "").splitlines() if not line.startswith(f"{_OURS}{case.title}, ")]
    return "\n".join([*kept, *lines]) or None
