"""Marking anew, beside the gradebook, everybody whose marks were made by other rules than today's.

Answers that are data are marked from what is kept beside their marks, and nothing is run. That is right as long as only
rubric and keys have changed, which no notebook sees when it runs for its mark. Where an answer is a function that has
to be asked, or something has changed that notebooks see, they are run in the jail, as ``leadgym grade`` runs them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from leadgym.cohort.grade import here, processors, reader
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.jail.folder import FolderTooLarge
from leadgym.cohort.marker import about_rules, is_marked_here, mark_kept
from leadgym.cohort.queue.engines import keep_engines
from leadgym.cohort.queue.pool import Crew, CrewLost
from leadgym.cohort.queue.progress import Progress
from leadgym.cohort.queue.work import Answer, Submission, Task
from leadgym.cohort.records import AnswerRecord, Record, records
from leadgym.cohort.remark.aside import Aside
from leadgym.cohort.remark.log import submission
from leadgym.cohort.remark.plan import Anew, Kept, Plan, book_of, scratch_in
from leadgym.cohort.remark.words import differences
from leadgym.cohort.road import MarkingProblem, Road, alone, written
from leadgym.cohort.rules import ANSWERS, CELLS, FILES, MARKER, STORIES, Digests, Rules, id_of, keep, kept, noted
from leadgym.course.notebooks import read as read_notebook

_SEEN = {
    FILES: "a file that notebooks can read has changed",
    STORIES: "the scenario has changed",
    CELLS: "graded cells of the notebook have changed",
    MARKER: "leadgym's marking code has changed",
}
_LOOK_SECONDS = 5.0


def rules_of(road: Road, slug: str) -> Rules:
    """Today's rules of ``slug``. Raises FileProblems; MarkingProblem for a module that tests in its notebook mark."""
    now = road.rules(slug)
    if now is None:
        raise MarkingProblem(
            f"{slug} has no rubric.yaml: tests in its notebook mark it, and their marks do not say by which tests. To "
            f"mark everybody anew: leadgym grade {slug} --again"
        )
    return now


def preview(
    slug: str, root: Path, *, workers: int | None = None, trust_submissions: bool = False, quiet: bool = False
) -> Plan:
    """Mark anew, beside the gradebook, who was marked by other rules; keep what came of it, and return it.

    Raises FileProblems for a broken rubric or key file, and MarkingProblem; then nothing is kept.
    """
    keep_engines()
    road = Road(root, trust=trust_submissions)
    now = rules_of(road, slug)
    with alone(root), scratch_in(root) as scratch:
        keeping = Kept(root, slug)
        if begun := keeping.begun():
            raise MarkingProblem(
                f"{begun.who} began to write marks anew on {begun.when[:10]}, and was stopped half way. First take "
                f"that to its end: leadgym cohort remark {slug} --apply"
            )
        with written(root):
            keep(root, now)
        look = _Look(road, slug, now, scratch)
        look.sort()
        if look.older:
            aside = Aside(road, slug, scratch)
            look.from_kept(aside)
            if look.to_run:
                _may_run(trust_submissions, look)
                count = min(workers or processors(), len(look.to_run))
                with Progress(slug, len(look.to_run), quiet=quiet) as bar, here(road, slug, scratch, count) as crew:
                    look.by_running(aside, crew, bar)
        plan = look.plan(scratch)
        keeping.put(plan, scratch / "autograded")
    return plan


def each(crew: Crew, tasks: Iterator[tuple[str, Task]]) -> Iterator[tuple[str, Answer]]:
    """Have ``tasks`` done, each taken when there is room for it; what came of them, in any order.

    Raises MarkingProblem when there is nobody left to do it.
    """
    left, doing = True, 0
    while left or doing:
        while left and crew.room():
            task = next(tasks, None)
            if task is None:
                left = False
            else:
                crew.start(*task)
                doing += 1
        try:
            found = crew.finished(_LOOK_SECONDS) if doing else []
        except CrewLost as lost:
            raise MarkingProblem(f"{lost} Run the same command again.") from lost
        doing -= len(found)
        yield from found


def digest(notebook: Path) -> str:
    """What tells a marked notebook from any other; empty where there is none."""
    with written(notebook):
        return hashlib.sha256(notebook.read_bytes()).hexdigest()[:16] if notebook.is_file() else ""


@dataclass
class _Look:
    road: Road
    slug: str
    now: Rules
    scratch: Path
    older: dict[str, Digests | None] = field(default_factory=dict)
    to_run: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    current: int = 0

    def sort(self) -> None:
        """Who was marked by which rules."""
        for learner in self.road.submitted(self.slug):
            if self.road.marked(self.slug, learner) is None:
                self.waiting.append(learner)
                continue
            first = next(name for name in self.road.notebooks(self.slug) if self._marked(learner, name).is_file())
            parts = noted(read_notebook(self._marked(learner, first)))
            if parts == self.now.parts:
                self.current += 1
            else:
                self.older[learner] = parts

    def from_kept(self, aside: Aside) -> None:
        """Mark anew from kept answers whom that is enough for; the others are to be run."""
        for learner, parts in self.older.items():
            why = self._why_run(parts)
            made = {} if why or parts is None else self._from_kept(learner, parts)
            if made is None:
                why = "what it handed in cannot be read from its marked notebook"
            if why or made is None:
                self.to_run[learner] = why
            else:
                self._keep(aside, learner, made)

    def _why_run(self, parts: Digests | None) -> str:
        if parts is None:
            return "by which rules it was marked is not known"
        for part, sentence in _SEEN.items():
            if parts.get(part) != self.now.parts[part]:
                return sentence
        if set(parts[ANSWERS]) != set(self.now.parts[ANSWERS]):
            return "answers have been added or taken out"
        functions = [name for name in self._concerned(parts) if self.now.rubric.answers[name].asks_a_function]
        return f"its function '{functions[0]}' has to be asked anew" if functions else ""

    def _concerned(self, parts: Digests) -> list[str]:
        return [name for name, part in self.now.parts[ANSWERS].items() if parts[ANSWERS].get(name) != part]

    def _from_kept(self, learner: str, parts: Digests) -> dict[str, str] | None:
        """The marked notebooks with the answers concerned marked anew; None where one has to be run for it."""
        concerned, made = set(self._concerned(parts)), {}
        for name in self.road.notebooks(self.slug):
            path = self._marked(learner, name)
            if not path.is_file():
                continue
            nb = nbformat.read(path, as_version=4)
            for cell in nb.cells:
                about = cell.metadata.get("nbgrader", {})
                anew = is_marked_here(cell, self.now.rubric) and about["grade_id"] in concerned
                if anew and not mark_kept(cell, self.now):
                    return None
            nb.metadata["leadgym"] = {**nb.metadata["leadgym"], **about_rules(self.now)}
            made[name] = nbformat.writes(nb)
        return made

    def by_running(self, aside: Aside, crew: Crew, bar: Progress) -> None:
        """Run and mark in the jail whom kept answers are not enough for."""
        for learner, answer in each(crew, self._submissions(bar)):
            if "problem" in answer:
                what = self.road.not_marked(self.slug, learner)
                self.failed[learner] = str(self.road.problem(what, answer["problem"], self.slug, learner))
            else:
                self._keep(aside, learner, answer["made"])
            bar.done(learner)

    def _submissions(self, bar: Progress) -> Iterator[tuple[str, Submission]]:
        read = reader(self.road, self.slug)
        for learner in self.to_run:
            try:
                yield learner, read(learner)
            except (MarkingProblem, FolderTooLarge) as problem:
                self.failed[learner] = str(problem)
                bar.done(learner)

    def _keep(self, aside: Aside, learner: str, made: dict[str, str]) -> None:
        try:
            aside.writer.keep(learner, made)
        except MarkingProblem as problem:
            self.failed[learner] = str(problem)

    def plan(self, scratch: Path) -> Plan:
        """What came of it all."""
        learners: list[Anew] = []
        if self.older:
            before = {r.learner: r for r in records(self.road.root, self.road.db_url, [self.slug])}
            after = {r.learner: r for r in records(scratch, f"sqlite:///{scratch / 'all.db'}", [self.slug])}
            learners = [
                self._anew(learner, before[learner], after[learner])
                for learner in self.older
                if learner not in self.failed
            ]
        return Plan(
            id=uuid.uuid4().hex,
            module=self.slug,
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            rules=self.now.id,
            learners=learners,
            since=self._since(),
            current=self.current,
            failed=dict(self.failed),
            waiting=self.waiting,
        )

    def _since(self) -> list[tuple[int, list[str]]]:
        counted = Counter("" if parts is None else json.dumps(parts, sort_keys=True) for parts in self.older.values())
        found = []
        for text, count in counted.most_common():
            parts = json.loads(text) if text else None
            was = kept(self.road.root, self.slug, id_of(parts)) if parts else None
            found.append((count, differences(parts, was, self.now.parts, self.now.full)))
        return found

    def _anew(self, learner: str, before: Record, after: Record) -> Anew:
        parts = self.older[learner]
        answers = [_change(before.answers.get(name), now) for name, now in after.answers.items()]
        names = sorted(path.name for path in (self.scratch / "autograded" / learner / self.slug).glob("*.ipynb"))
        ours = [name for name in names if name in self.road.notebooks(self.slug)]
        return Anew(
            learner=learner,
            before=before.points,
            after=after.points,
            out_of=after.out_of,
            answers=[change for change in answers if change],
            rules=id_of(parts) if parts else None,
            ran=self.to_run.get(learner, ""),
            submission=submission(self.road.root, self.slug, learner),
            notebooks={name: digest(self._marked(learner, name)) for name in ours},
            book=book_of(before),
        )

    def _marked(self, learner: str, name: str) -> Path:
        return self.road.root / "autograded" / learner / self.slug / name


def _change(before: AnswerRecord | None, after: AnswerRecord) -> dict[str, Any]:
    """What the marker says otherwise of an answer than before, as `remark.log` has it; empty where nothing is."""
    was = before or AnswerRecord(after.name, 0.0, after.out_of, 0.0, None, False)
    names = dict.fromkeys((*was.criteria, *after.criteria))
    criteria = []
    for name in names:
        old, new = was.criteria.get(name), after.criteria.get(name)
        if old != new:
            criteria.append({"criterion": name, "before": old and list(old), "after": new and list(new)})
    waits = after.waits and not was.waits and after.manual is None
    same = was.auto == after.auto and was.out_of == after.out_of and was.points == after.points
    if same and not criteria and not waits:
        return {}
    return {
        "answer": after.name,
        "before": was.points,
        "after": after.points,
        "marker": [was.auto, after.auto],
        "out_of": [was.out_of, after.out_of],
        "manual": after.manual,
        "criteria": criteria,
        "waits": waits,
    }


def _may_run(trust: bool, look: _Look) -> None:
    if not trust and not jail_status().available:
        why = next(iter(look.to_run.values()))
        raise MarkingProblem(
            f"{len(look.to_run)} submissions have to be run for this ({why}). {jail_status().sentence} To run them "
            "unprotected, as you would run your own code: --trust-submissions"
        )
