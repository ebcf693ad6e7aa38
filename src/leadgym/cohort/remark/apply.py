"""A preview put in place, exactly as it was looked at; killed at any moment, the same command does the rest.

For each learner: the marks by nbgrader's own steps and the marked notebook, then the line in the log, then the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from leadgym.cohort.grade import processors
from leadgym.cohort.queue.engines import keep_engines
from leadgym.cohort.queue.pool import crew
from leadgym.cohort.queue.progress import Progress
from leadgym.cohort.queue.work import Answer, Bench, Page
from leadgym.cohort.queue.writer import Writer
from leadgym.cohort.records import Record, records
from leadgym.cohort.remark import log
from leadgym.cohort.remark.plan import Anew, Begun, Kept, Plan, book_of, scratch_in
from leadgym.cohort.remark.preview import digest, each, rules_of
from leadgym.cohort.road import MarkingProblem, Road, alone, written


class Outdated(MarkingProblem):
    """Something has changed since the preview; nothing was written."""


@dataclass
class Written:
    """What was written: how many submissions, and of how many of them a mark changed. ``problems``: by learner."""

    submissions: int = 0
    changed: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def outdated(road: Road, plan: Plan) -> list[str]:
    """What has changed since ``plan`` was made, a sentence each; empty where it can be written as it is.

    Raises FileProblems for a broken rubric or key file, MarkingProblem for a gradebook that cannot be read.
    """
    found = []
    if rules_of(road, plan.module).id != plan.rules:
        found.append("Rubric, keys or what else marks rest on have changed again.")
    book = _book(road, plan.module)
    for one in plan.learners:
        if log.submission(road.root, plan.module, one.learner) != one.submission:
            found.append(f"{one.learner} has handed in anew.")
        elif any(digest(path) != one.notebooks[name] for name, path in _places(road, plan, one).items()):
            found.append(f"{one.learner} has been marked anew.")
        elif one.learner not in book or book_of(book[one.learner]) != one.book:
            found.append(f"A person has changed a score of {one.learner}.")
    return found


def apply(
    slug: str, root: Path, who: str, why: str, *, plan_id: str, workers: int | None = None, quiet: bool = False
) -> Written:
    """Write the kept preview ``plan_id`` of ``slug``. One that was begun keeps the ``who`` and ``why`` it began with.

    Raises Outdated, and then nothing was written; MarkingProblem; FileProblems.
    """
    keep_engines()
    road, kept = Road(root), Kept(root, slug)
    with alone(root):
        plan, begun = kept.plan(), kept.begun()
        if plan is None or plan.id != plan_id:
            raise Outdated(f"Somebody has looked anew meanwhile. Look at that first: leadgym cohort remark {slug}")
        again = begun is not None
        if begun is None:
            if problems := outdated(road, plan):
                raise Outdated("\n".join(problems))
            road.prepare(slug)
            begun = Begun(who, datetime.now(UTC).isoformat(timespec="seconds"), why)
            kept.begin(begun)
        run = _Apply(road, kept, plan, begun, again=again)
        run.writer.clear()
        with scratch_in(root) as scratch:
            run.writer.structure(scratch / "gradebook.db")
            bench = Bench(slug, road.api.config, road.source / slug, scratch / "gradebook.db", scratch)
            count = min(workers or processors(), max(1, len(plan.learners)))
            with Progress(slug, len(plan.learners), quiet=quiet) as bar, crew(bench, count) as at_work:
                for learner, answer in each(at_work, run.pages(bar)):
                    run.tell(learner, answer)
                    bar.done(learner)
        run.writer.clear()
        with written(kept.folder):
            kept.remove()
    return run.done


class _Apply:
    def __init__(self, road: Road, kept: Kept, plan: Plan, begun: Begun, *, again: bool) -> None:
        self._road, self._kept, self._plan, self._begun, self._again = road, kept, plan, begun, again
        self.writer, self.done = Writer(road, plan.module), Written()
        logged = log.entries(road.root)
        self._logged = {entry["learner"] for entry in logged if entry["remark"] == plan.id}

    def pages(self, bar: Progress) -> Iterator[tuple[str, list[Page]]]:
        """Write marks and log for one learner after the other, and say what is to be drawn on the page of each."""
        for one in self._plan.learners:
            try:
                if not self._again or self._left(one):
                    self.writer.keep(one.learner, self._kept.made(one))
                self._log(one)
                self.done.submissions += 1
                self.done.changed += one.counts
                if self._road.told(self._plan.module, one.learner) and self._again:
                    bar.done(one.learner)
                else:
                    yield one.learner, self.writer.shown(one.learner)
            except MarkingProblem as problem:
                self.done.problems[one.learner] = str(problem)
                bar.done(one.learner)

    def tell(self, learner: str, answer: Answer) -> None:
        """Put a page that was drawn in place."""
        try:
            if "problem" in answer:
                what = f"The feedback page of {learner} cannot be written"
                raise self._road.problem(what, answer["problem"], self._plan.module, learner)
            self.writer.tell(learner, answer["made"])
        except MarkingProblem as problem:
            self.done.problems[learner] = str(problem)

    def _left(self, one: Anew) -> bool:
        """Whether a run that was stopped has left this one to do. Raises MarkingProblem where it must not be done."""
        made = self._kept.made(one)
        places = _places(self._road, self._plan, one)
        if all(path.is_file() and path.read_text(encoding="utf-8") == made[name] for name, path in places.items()):
            return False
        slug, learner = self._plan.module, one.learner
        if log.submission(self._road.root, slug, learner) != one.submission:
            raise MarkingProblem(f"{learner} has handed in anew meanwhile. Mark that: leadgym grade {slug}")
        if any(digest(path) not in ("", one.notebooks[name]) for name, path in places.items()):
            raise MarkingProblem(f"{learner} has been marked anew meanwhile by other means, and was left as it is.")
        return True

    def _log(self, one: Anew) -> None:
        if not one.answers or one.learner in self._logged:
            return
        entry = {
            "remark": self._plan.id,
            "learner": one.learner,
            "module": self._plan.module,
            "before": one.before,
            "after": one.after,
            "out_of": one.out_of,
            "answers": one.answers,
            "who": self._begun.who,
            "when": self._begun.when,
            "why": self._begun.why,
            "rules": {"before": one.rules, "after": self._plan.rules},
            "submission": one.submission,
        }
        with written(self._road.root):
            log.add(self._road.root, entry)


def _places(road: Road, plan: Plan, one: Anew) -> dict[str, Path]:
    folder = road.root / "autograded" / one.learner / plan.module
    return {name: folder / name for name in one.notebooks}


def _book(road: Road, slug: str) -> dict[str, Record]:
    return {record.learner: record for record in records(road.root, road.db_url, [slug], answers=False)}
