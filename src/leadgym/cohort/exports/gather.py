"""Who got what, from the gradebook and the roster, with all that an instructor has to know before sending it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import Gradebook

from leadgym.cohort.course import COURSE_FILE, ROSTER_FILE, Learner, load_course, load_roster
from leadgym.cohort.records import Record, records
from leadgym.cohort.road import MarkingProblem, Road, told_in_words
from leadgym.course.modules import content_root, module
from leadgym.marking import load_rubric

_SHOWN = 8


@dataclass(frozen=True)
class Grade:
    """What one learner got for one module: ``points`` after ``penalty``, never below 0. ``answers``: title to points
    and maximum."""

    points: float
    raw: float
    penalty: float
    waits: bool
    handed_in: datetime | None
    answers: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Column:
    """A module: its name in the file, what it is worth, when it was due (in the cohort's zone)."""

    slug: str
    name: str
    out_of: float
    due: datetime | None


@dataclass
class Grades:
    """``grades`` by learner's id and module. ``notices``: sentences for the instructor."""

    learners: list[Learner]
    columns: list[Column]
    grades: dict[tuple[str, str], Grade]
    rostered: bool
    strangers: list[str]
    """Ids that have marks and are not in the roster."""
    notices: list[str] = field(default_factory=list)


def gather(road: Road, slugs: Sequence[str] | None, names: Mapping[str, str]) -> Grades:
    """Everything for ``slugs``, by default all that is marked. ``names``: what columns are called, by module.

    Learners come from ``roster.csv``, else from nbgrader's own table. Raises MarkingProblem when nobody is marked,
    FileProblems for a roster, a schedule or a rubric.
    """
    made: dict[tuple[str, str], Grade] = {}
    worth: dict[str, float] = {}
    titles: dict[str, dict[str, str]] = {}
    for record in records(road.root, road.db_url, slugs, answers=False):
        worth[record.slug] = max(worth.get(record.slug, 0.0), record.out_of)
        if record.slug not in titles:
            titles[record.slug] = _titles(record.slug)
        made[record.learner, record.slug] = _grade(record, titles[record.slug])
    wanted = list(dict.fromkeys(slugs)) if slugs is not None else sorted(worth)
    notices = [f"Nobody is marked for {slug} yet; it has no column." for slug in wanted if slug not in worth]
    if not worth:
        which = f"for {listed(wanted)} yet" if wanted else "yet"
        raise MarkingProblem(f"Nobody is marked {which}. Mark first: leadgym grade SLUG --root {road.root}")
    for slug in names:
        if slug not in worth:
            notices.append(f"--column {slug}: there is no such column here; it was passed over.")
    columns = [_column(road, slug, worth[slug], names) for slug in wanted if slug in worth]
    _check_names(columns)
    known = _known(road)
    rostered = (road.root / ROSTER_FILE).is_file()
    learners = load_roster(road.root) if rostered else list(known.values())
    ids = {learner.id for learner in learners}
    strangers = sorted({learner for learner, _ in made} - ids)
    if rostered:
        missing = [learner.id for learner in learners if learner.id not in known]
        if missing:
            notices.append(f"In the roster and not in the gradebook, so without any grade: {listed(missing)}.")
    else:
        notices.append(f"There is no {ROSTER_FILE} in {road.root}; names and ids are those of nbgrader's own table.")
    learners += [known[name] for name in strangers]
    return Grades(learners, columns, made, rostered, strangers, notices)


def listed(names: Iterable[str]) -> str:
    """The first few, and how many more."""
    found = list(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _grade(record: Record, titles: Mapping[str, str]) -> Grade:
    return Grade(
        max(0.0, record.points),
        round(record.points + record.penalty, 2),
        round(record.penalty, 2),
        record.waits,
        record.handed_in,
        {titles.get(name, name): (a.points, a.out_of) for name, a in record.answers.items()},
    )


def _titles(slug: str) -> dict[str, str]:
    path = content_root() / "solutions" / slug / "rubric.yaml"
    return {name: about.title for name, about in load_rubric(path).answers.items()} if path.is_file() else {}


def _column(road: Road, slug: str, out_of: float, names: Mapping[str, str]) -> Column:
    name, due = slug, None
    if (content_root() / "course" / slug / "module.yaml").is_file():
        name = module(slug).title
    if (road.root / COURSE_FILE).is_file():
        course = load_course(road.root)
        step = course.step(slug)
        due = course.at(step.due) if step else None
    return Column(slug, " ".join(names.get(slug, name).split()), out_of, due)


def _check_names(columns: Sequence[Column]) -> None:
    names = [column.name.casefold() for column in columns]
    for column in columns:
        if names.count(column.name.casefold()) > 1 or not column.name:
            raise MarkingProblem(
                f"Two columns would be called '{column.name}'. Give one another name: --column {column.slug}=NAME"
            )


def _known(road: Road) -> dict[str, Learner]:
    """The learners of the gradebook, by id."""
    with told_in_words(road.db_url), Gradebook(road.db_url) as gradebook:
        return {
            one.id: Learner(one.id, one.first_name or "", one.last_name or "", one.email or "", one.lms_user_id or "")
            for one in gradebook.students
        }
