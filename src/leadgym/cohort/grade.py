"""A cohort: every submission to a module, by several workers and one writer; a broken one stops none of the others."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leadgym.cohort.course import COURSE_FILE, load_course, load_roster
from leadgym.cohort.enrol import enrol
from leadgym.cohort.handed import cells_of, handed
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.jail.execute import JailedExecute
from leadgym.cohort.jail.folder import FolderTooLarge
from leadgym.cohort.queue.engines import keep_engines
from leadgym.cohort.queue.pool import Crew, CrewLost, crew
from leadgym.cohort.queue.progress import Progress
from leadgym.cohort.queue.work import Answer, Bench, Submission, limit_of, read_files
from leadgym.cohort.queue.writer import Writer
from leadgym.cohort.road import PRIVATE, MarkingProblem, Result, Road, alone, written
from leadgym.course.notebooks import NotANotebook

_LOOK_SECONDS = 5.0


def grade_all(
    slug: str,
    root: Path,
    *,
    again: bool = False,
    workers: int | None = None,
    scheduler: str = "",
    trust_submissions: bool = False,
    quiet: bool = False,
) -> list[Result]:
    """Mark ``root/submitted/*/<slug>``; without ``again`` only what is new. Raises MarkingProblem.

    By ``workers`` processes, as many as there are processors when None, or by the Dask cluster at ``scheduler``.
    ``trust_submissions``: run them without a jail where there can be none; without it that is a MarkingProblem.
    """
    keep_engines()
    road = Road(root, trust=trust_submissions)
    if not scheduler and not trust_submissions and not jail_status().available:
        raise MarkingProblem(
            f"{jail_status().sentence} To run all submissions unprotected, as you would run your own code: "
            "--trust-submissions"
        )
    learners = road.submitted(slug)
    if not learners:
        raise MarkingProblem(
            f"No submissions: {root / 'submitted'} has no LEARNER/{slug}/. Collect them there and run this again."
        )
    with alone(road.root), _scratch(road) as scratch:
        with ThreadPoolExecutor(1) as meanwhile:
            if not scheduler and (again or not all(road.seems_marked(slug, learner) for learner in learners)):
                meanwhile.submit(JailedExecute(config=road.api.config).warm_up)
            road.prepare(slug)
            if (road.root / COURSE_FILE).is_file():
                enrol(load_course(road.root), load_roster(road.root), road.db_url)
        run = _Run(road, slug, again=again)
        run.writer.structure(scratch / "gradebook.db")
        run.sort(learners)
        if run.waiting:
            count = min(workers or processors(), len(run.waiting))
            found = _cluster(road, slug, scratch, scheduler) if scheduler else here(road, slug, scratch, count)
            with Progress(slug, len(run.waiting), quiet=quiet) as progress, found as at_work:
                run.by(at_work, progress)
            run.writer.clear()
    return [run.results[learner] for learner in learners]


def here(road: Road, slug: str, scratch: Path, workers: int) -> Crew:
    """Workers on this machine; ``scratch`` has room for them, and the ``gradebook.db`` that knows the notebooks."""
    bench = Bench(slug, road.api.config, road.source / slug, scratch / "gradebook.db", scratch)
    if workers > 1:
        bench.warm()
    return crew(bench, workers)


def _cluster(road: Road, slug: str, scratch: Path, address: str) -> Crew:
    from leadgym.cohort.queue.cluster import Cluster, Course

    return Cluster(address, Course.of(road, slug, scratch / "gradebook.db"))


class _Run:
    """One run over a cohort: what waits, what has come out."""

    def __init__(self, road: Road, slug: str, *, again: bool) -> None:
        self._road, self._slug, self._again = road, slug, again
        self.writer = Writer(road, slug)
        self.writer.clear()
        self.results: dict[str, Result] = {}
        self.waiting: deque[str] = deque()
        self._pages: deque[str] = deque()
        self._begun: dict[str, bool] = {}
        self._handed = reader(road, slug)

    def sort(self, learners: list[str]) -> None:
        """Who was marked before is done; the others wait."""
        for learner in learners:
            before = None if self._again else self._road.marked(self._slug, learner)
            if before is None or not self._road.told(self._slug, learner):
                self.waiting.append(learner)
            if before is not None:
                self.results[learner] = before

    def by(self, at_work: Crew, progress: Progress) -> None:
        """Have everything that waits done. Raises MarkingProblem when nobody is left to do it."""
        while self.waiting or self._pages or self._begun:
            self._hand_out(at_work, progress)
            try:
                answers = at_work.finished(_LOOK_SECONDS) if self._begun else []
            except CrewLost as lost:
                raise MarkingProblem(f"{lost} What is marked stays marked; run the same command again.") from lost
            for learner, answer in answers:
                self._take(learner, answer, progress)

    def _hand_out(self, at_work: Crew, progress: Progress) -> None:
        while (self._pages or self.waiting) and at_work.room():
            learner = self._pages.popleft() if self._pages else self.waiting.popleft()
            try:
                marked = learner in self.results
                task = self.writer.shown(learner) if marked else self._handed(learner)
                self._begun[learner] = marked
                at_work.start(learner, task)
            except (MarkingProblem, FolderTooLarge) as problem:
                self._fail(learner, problem, progress)

    def _take(self, learner: str, answer: Answer, progress: Progress) -> None:
        marked = self._begun.pop(learner)
        try:
            if "problem" in answer:
                page = f"The feedback page of {learner} cannot be written"
                what = page if marked else self._road.not_marked(self._slug, learner)
                raise self._road.problem(what, answer["problem"], self._slug, learner)
            if marked:
                self.writer.tell(learner, answer["made"])
                progress.done(learner)
            else:
                self.writer.keep(learner, answer["made"])
                self._road.note(self._slug, learner)
                self.results[learner] = self._road.result(self._slug, learner)
                self._pages.append(learner)
        except MarkingProblem as problem:
            self._fail(learner, problem, progress)

    def _fail(self, learner: str, problem: Exception, progress: Progress) -> None:
        self.results[learner] = Result.failed(learner, self._slug, problem)
        with contextlib.suppress(MarkingProblem):  # the run's own answer says it all the same
            self._road.note(self._slug, learner, str(problem))
        progress.done(learner)


def reader(road: Road, slug: str) -> Callable[[str], Submission]:
    """What reads a learner's submission to ``slug``. It raises MarkingProblem, and FolderTooLarge."""
    limit = limit_of(road.api.config)
    cells = {name: cells_of(road.source / slug / name) for name in road.notebooks(slug)}

    def read(learner: str) -> Submission:
        folder = road.root / "submitted" / learner / slug
        with written(folder):
            files = read_files(folder, road.api.coursedir.ignore, limit)
        try:
            found = handed(folder, learner, files, cells)
        except NotANotebook as problem:
            raise MarkingProblem(str(problem)) from problem
        return Submission(learner, found.notebooks, found.files, found.notes)

    return read


@contextlib.contextmanager
def _scratch(road: Road) -> Iterator[Path]:
    """A folder for what is under way; what a run that was killed has left there is removed."""
    folder = road.root / PRIVATE / "work"
    with written(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def processors() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
