"""What a report is made of: the marks of every submission as numbers, read one submission at a time.

Of a submission only numbers are kept (points by answer and criterion; ratings, picks and confidence of judgement
items), so that memory grows with learners times criteria and not with notebooks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import make_url

from leadgym.cohort.course import COURSE_FILE, ROSTER_FILE, Course, Learner, load_course, load_roster
from leadgym.cohort.records import NOTHING, AnswerRecord, Record, records
from leadgym.cohort.road import MarkingProblem, Road
from leadgym.cohort.rules import rubric_and_keys
from leadgym.course.modules import slugs as course_slugs
from leadgym.marking import Keys, ProseAnswer, Rubric, load_form
from leadgym.marking.files import beside
from leadgym.marking.form import Form, Reading, read_form
from leadgym.marking.judgement import JudgementAnswer
from leadgym.marking.judgement_keys import JudgementKeys
from leadgym.marking.prose.exercise import load_exercise
from leadgym.marking.rubric import AnyAnswer
from leadgym.psychometrics.items import rating_parts
from leadgym.psychometrics.reliability import Floats

GENERATED = Path(".leadgym") / "generated"
"""In a course root whose learners a program made: a line of text that says so."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One criterion of one answer, or, with an empty ``id``, an answer that has none: a plain test."""

    answer: str
    id: str
    title: str
    next_step: str
    worth: float


@dataclass
class FormScores:
    """The judgement items of one form, a row a learner as in its ``ModuleScores``; nan for what was left out.

    ``parts`` and ``room``: see ``items.rating_parts``. ``picks``: the picked option's place. ``right``: 1 or 0.
    ``sure``: the stated confidence. ``ratings``: by item, by option.
    """

    answer: str
    title: str
    form: Form
    keys: JudgementKeys
    parts: Floats
    picks: Floats
    right: Floats
    sure: Floats
    ratings: list[list[Floats]]

    @cached_property
    def scored(self) -> list[int]:
        """The places of the items that count: those that are not contested."""
        return [place for place, _ in self.keys.scored(self.form)]

    def picks_of(self, rows: Sequence[int]) -> tuple[Floats, Floats]:
        """Confidence and right (1 or 0) of every pick of those learners that has both and counts.

        An item with two best options is left out: there is nothing to be sure of.
        """
        single = [place for place in self.scored if len(self.keys.best(self.form.items[place].id)) == 1]
        sure, right = (of[np.ix_(rows, single)].ravel() for of in (self.sure, self.right))
        both = ~np.isnan(sure) & ~np.isnan(right)
        return sure[both], right[both]


@dataclass
class ModuleScores:
    """One module's marked submissions: a row a learner, in ``learners``' order."""

    slug: str
    title: str
    learners: tuple[str, ...]
    handed_in: tuple[datetime | None, ...]
    penalty: Floats
    answers: tuple[str, ...]
    titles: Mapping[str, str]
    """By answer."""
    points: Floats
    """(learners, answers): what counts."""
    out_of: Floats
    """(learners, answers)."""
    given: Flags
    waits: Flags
    by_person: Flags
    columns: tuple[Column, ...]
    scores: Floats
    """(learners, columns): the marker's points; nan where nothing was given."""
    forms: tuple[FormScores, ...]
    older: int
    """How many submissions were marked by another rubric than today's."""

    @cached_property
    def row(self) -> dict[str, int]:
        """The row of each learner."""
        return {learner: place for place, learner in enumerate(self.learners)}

    @cached_property
    def worth(self) -> Floats:
        """(learners): what could be had."""
        found: Floats = np.nansum(self.out_of, axis=1)
        return found

    @cached_property
    def shares(self) -> Floats:
        """(learners): the share of the points, lateness not taken off."""
        found: Floats = np.nansum(self.points, axis=1) / np.maximum(self.worth, 1e-12)
        return found

    @cached_property
    def shares_of_columns(self) -> Floats:
        """(learners, columns): the share of each criterion's points; nan where nothing was given."""
        found: Floats = self.scores / np.array([column.worth for column in self.columns])
        return found

    @cached_property
    def mean_of_columns(self) -> Floats:
        """(columns): the mean share of each criterion; 0 where nobody gave anything."""
        known = ~np.isnan(self.scores)
        total: Floats = np.where(known, self.shares_of_columns, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return total

    def total(self, row: int) -> float:
        """What counts, lateness taken off."""
        return round(float(np.nansum(self.points[row]) - self.penalty[row]), 2)

    def columns_of(self, answer: str) -> list[int]:
        """The places of the answer's columns."""
        return [place for place, column in enumerate(self.columns) if column.answer == answer]


@dataclass
class Cohort:
    """Everything the pages say. ``course`` is None where there is no ``cohort.yaml``; ``now`` has a zone."""

    title: str
    course: Course | None
    learners: dict[str, Learner]
    modules: list[ModuleScores]
    unmarked: dict[str, set[str]]
    """By module: who has handed it in and has no mark yet."""
    now: datetime
    generated: str = ""
    by_module: dict[str, ModuleScores] = field(init=False)

    def __post_init__(self) -> None:
        self.by_module = {module.slug: module for module in self.modules}

    def due(self, slug: str) -> datetime | None:
        """When the module is due, None where nobody has said."""
        step = self.course.step(slug) if self.course else None
        return self.course.at(step.due) if self.course and step else None

    def late(self, slug: str, handed_in: datetime | None) -> timedelta | None:
        """By how much a submission is later than its due date and the days of grace; None when it is not."""
        due = self.due(slug)
        if due is None or handed_in is None or self.course is None:
            return None
        beyond = handed_in - due - timedelta(hours=self.course.late.grace_hours)
        return handed_in - due if beyond > timedelta() else None

    def said(self, when: datetime) -> str:
        """A time in the cohort's zone, as ``2027-01-18 09:00``."""
        return f"{when.astimezone(self.course.zone if self.course else UTC):%Y-%m-%d %H:%M}"


def gather(
    root: Path, slugs: Collection[str] | None, now: datetime, progress: Callable[[], object] = lambda: None
) -> Cohort:
    """Read what marking left in ``root``, of ``slugs`` only where given. ``progress`` is called after each submission.

    Raises FileProblems for a broken cohort.yaml, roster, rubric or key, MarkingProblem for a gradebook that cannot be
    read, or that holds no mark.
    """
    course = load_course(root) if (root / COURSE_FILE).is_file() else None
    roster = load_roster(root) if (root / ROSTER_FILE).is_file() else []
    road = Road(root)
    which = f" for {', '.join(slugs)}" if slugs else ""
    none = MarkingProblem(f"{root} has no marks{which} yet. Mark a module first: leadgym grade SLUG --root {root}")
    # SQLite would make the file that is asked for.
    file = make_url(road.db_url).database if road.db_url.startswith("sqlite") else None
    if file is not None and not Path(file).is_file():
        raise none
    exercises, keys = (Path(road.api.config.MarkAnswers[name]) for name in ("exercises", "keys"))
    modules = []
    for slug, found in groupby(_each(records(root, road.db_url, slugs), progress), key=lambda record: record.slug):
        folder = exercises / slug
        made = rubric_and_keys(folder, keys / f"{slug}.yaml") if (folder / "rubric.yaml").is_file() else None
        modules.append(_module(slug, found, folder, made))
    if not modules:
        raise none
    order = [step.module for step in course.modules] if course else course_slugs()
    modules.sort(key=lambda m: (order.index(m.slug) if m.slug in order else len(order), m.slug))
    learners = {learner.id: learner for learner in roster}
    for module in modules:
        for name in module.learners:
            learners.setdefault(name, Learner(name))
    wanted = slugs if slugs is not None else order
    unmarked = {slug: _handed_in(root, slug) - set(_learners(modules, slug)) for slug in wanted}
    said = _generated(root)
    return Cohort(course.title if course else "Cohort", course, learners, modules, unmarked, now, said)


def _each(found: Iterable[Record], progress: Callable[[], object]) -> Iterator[Record]:
    for record in found:
        yield record
        progress()


def _handed_in(root: Path, slug: str) -> set[str]:
    return {path.parent.name for path in (root / "submitted").glob(f"*/{slug}") if path.is_dir()}


def _learners(modules: Iterable[ModuleScores], slug: str) -> tuple[str, ...]:
    return next((module.learners for module in modules if module.slug == slug), ())


def _generated(root: Path) -> str:
    path = root / GENERATED
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[0][:300] if lines else "A program made them."


def _module(slug: str, found: Iterable[Record], folder: Path, made: tuple[Rubric, Keys] | None) -> ModuleScores:
    rubric, keys = made if made else (None, None)
    answers = list(rubric.answers) if rubric else []
    columns = [
        c for name, about in (rubric.answers.items() if rubric else ()) for c in criteria_of(name, about, folder)
    ]
    readers = _readers(rubric, keys, folder)
    rows: list[tuple[str, datetime | None, float]] = []
    told: list[dict[str, tuple[float, float, bool, bool, bool]]] = []
    scores: list[dict[tuple[str, str], float]] = []
    older = 0
    for record in found:
        rows.append((record.learner, record.handed_in, record.penalty))
        told.append(
            {name: _told(a, plain=rubric is None or name not in rubric.answers) for name, a in record.answers.items()}
        )
        scores.append({})
        for name, answer in record.answers.items():
            if name not in answers:
                answers.append(name)
            if rubric is None or name not in rubric.answers:
                if not any(column.answer == name for column in columns):
                    columns.append(Column(name, "", name, "", answer.out_of))
                scores[-1][name, ""] = answer.points
            elif answer.answer is not NOTHING:
                scores[-1] |= {(name, c): points for c, (points, _) in answer.criteria.items()}
        known = {(column.answer, column.id) for column in columns}
        older += any(place not in known for place in scores[-1])
        for name, reader in readers.items():
            reader.read(record.answers[name].answer if name in record.answers else NOTHING)
    cells = np.array([[about.get(name, _ABSENT) for name in answers] for about in told], dtype=np.float64)
    cells = cells.reshape(len(rows), len(answers), 5)
    return ModuleScores(
        slug,
        rubric.title if rubric else slug,
        tuple(learner for learner, _, _ in rows),
        tuple(stamp for _, stamp, _ in rows),
        np.array([penalty for _, _, penalty in rows]),
        tuple(answers),
        {name: rubric.answers[name].title if rubric and name in rubric.answers else name for name in answers},
        cells[:, :, 0],
        cells[:, :, 1],
        cells[:, :, 2] == 1,
        cells[:, :, 3] == 1,
        cells[:, :, 4] == 1,
        tuple(columns),
        np.array([[one.get((c.answer, c.id), np.nan) for c in columns] for one in scores]).reshape(len(rows), -1),
        tuple(reader.scores() for reader in readers.values()),
        older,
    )


def criteria_of(name: str, about: AnyAnswer, folder: Path) -> list[Column]:
    """The answer's criteria. Those of prose stand in its exercise's folder, and share out its points by weight."""
    if isinstance(about, ProseAnswer):
        criteria = load_exercise(beside(folder, about.exercise)).criteria.criteria
        return [Column(name, c.id, c.title, c.next_step, c.weight * about.points / 100) for c in criteria]
    return [Column(name, c.id, c.title, c.next_step, c.points) for c in about.criteria]


_ABSENT = (np.nan, np.nan, 0, 0, 0)


def _told(answer: AnswerRecord, *, plain: bool) -> tuple[float, float, bool, bool, bool]:
    given = plain or answer.answer is not NOTHING
    return answer.points, answer.out_of, given, answer.waits, answer.manual is not None


def _readers(rubric: Rubric | None, keys: Keys | None, folder: Path) -> dict[str, _FormReader]:
    found = {}
    for name, about in rubric.answers.items() if rubric else ():
        own = keys.answers.get(name) if keys else None
        if isinstance(about, JudgementAnswer) and isinstance(own, JudgementKeys):
            found[name] = _FormReader(name, about.title, load_form(beside(folder, about.items)), own)
    return found


class _FormReader:
    """Takes the answers to one form, learner by learner, and keeps their numbers."""

    def __init__(self, answer: str, title: str, form: Form, keys: JudgementKeys) -> None:
        self._about = (answer, title, form, keys)
        self._form, self._keys = form, keys
        self._best = {item.id: keys.best(item.id) for item in form.items}
        self._rows: list[tuple[Floats, list[float], list[float], list[float]]] = []
        self._ratings: list[list[float]] = []

    def read(self, answer: object) -> None:
        """One learner's answer: JSON data of any shape, read as the marker reads it."""
        readings, _ = read_form(self._form, None if answer is NOTHING else answer)
        picks, right, sure = [], [], []
        for item in self._form.items:
            reading = readings[item.id]
            places = [option.id for option in item.options]
            picks.append(np.nan if reading.best is None else float(places.index(reading.best)))
            right.append(np.nan if reading.best is None else float(reading.best in self._best[item.id]))
            sure.append(np.nan if reading.confidence is None else reading.confidence)
        self._rows.append((rating_parts(self._form, readings, self._keys), picks, right, sure))
        self._ratings.append(_flat(self._form, readings))

    def scores(self) -> FormScores:
        """What was read, as arrays."""
        parts, picks, right, sure = (np.array([row[part] for row in self._rows]) for part in range(4))
        flat = np.array(self._ratings)
        ratings, place = [], 0
        for item in self._form.items:
            ratings.append([flat[:, place + option] for option in range(len(item.options))])
            place += len(item.options)
        return FormScores(*self._about, parts, picks, right, sure, ratings)


def _flat(form: Form, readings: Mapping[str, Reading]) -> list[float]:
    return [readings[item.id].ratings.get(option.id, np.nan) for item in form.items for option in item.options]
