"""Where a cohort stands at a moment: what is released, handed in, late, marked, returned, and who is stuck.

Everything is worked out from what lies there: the schedule and the roster, ``submitted/``, ``autograded/`` and
``feedback/``, the exchange, the gradebook. Nothing is remembered beside them, except when feedback was handed back by
other ways than the exchange.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, select

from leadgym.cohort.config import settings
from leadgym.cohort.course import Course, Learner, Step, load_course, load_roster
from leadgym.cohort.enrol import Enrolled, enrol
from leadgym.cohort.exchange import Exchange, HandedIn, stamp_of
from leadgym.cohort.late import penalty
from leadgym.cohort.records import Record, records
from leadgym.cohort.road import PRIVATE, PROBLEMS, told_in_words
from leadgym.cohort.rules import Digests, noted_in, rules
from leadgym.course.modules import notebook_name
from leadgym.yamlfile import FileProblems

RETURNED = f"{PRIVATE}/returned"
FORGETTING = f"{PRIVATE}/forgetting.json"
SILENT = 2
"""Stuck is who has handed in nothing for so many of the modules that were due last."""
_CENT = 0.011


@dataclass(frozen=True)
class Hand:
    """One learner's work for one module. Times are in UTC.

    ``collected``: it lies in submitted/. ``newer``: the exchange holds an attempt that is not there yet. ``late``: by
    how much the newest attempt is after the learner's own due date. ``why_not``: why it could not be
    marked, where that was tried.
    ``points`` and ``penalty`` as in the gradebook, None until it is marked; ``owed``: what the penalty is by today's
    schedule, policy and points. ``page``, ``returned``: there is a feedback page of these marks; the learner has it.
    """

    learner: str
    slug: str
    when: datetime | None
    late: timedelta
    collected: bool
    newer: bool
    why_not: str = ""
    points: float | None = None
    out_of: float = 0.0
    penalty: float = 0.0
    owed: float = 0.0
    waits: bool = False
    page: bool = False
    returned: bool = False
    older: bool = False
    """Whether it was marked by other rules than today's, or by rules that nobody noted."""

    @property
    def marked(self) -> bool:
        """Whether what lies in submitted/ is marked."""
        return self.points is not None

    @property
    def stale(self) -> bool:
        """Whether marking again would take off something else for lateness."""
        return self.marked and abs(self.penalty - self.owed) > _CENT


@dataclass(frozen=True)
class Standing:
    """A cohort at the moment ``now``, which is in the cohort's zone.

    ``released``: by module, as the exchange shows it, else by the schedule. ``hands``: by module and learner.
    ``stuck``: who is silent. ``unknown``: ids that have handed in, or are in the gradebook, and not in the roster.
    ``notes``: what could not be seen.
    """

    root: Path
    course: Course
    now: datetime
    roster: Sequence[Learner]
    released: Mapping[str, bool]
    hands: Mapping[str, Mapping[str, Hand]]
    stuck: Sequence[Learner]
    unknown: Sequence[str]
    exchange: Exchange
    enrolled: Enrolled
    notes: Sequence[str] = ()
    forgetting: bool = False

    def due(self, step: Step) -> datetime:
        """When the module is due for everybody, in the cohort's zone."""
        return self.course.due(step)

    @property
    def kept_until(self) -> datetime:
        """When the term for keeping people's work is over."""
        course = self.course
        last = max([course.due(step) for step in course.modules] + [course.at(e.due) for e in course.extensions])
        return last + timedelta(days=course.keep_days)


def look(root: Path, now: datetime) -> Standing:
    """Where the cohort in ``root`` stands; the gradebook is brought up to date with schedule and roster.

    ``now`` has a zone. Raises FileProblems for cohort.yaml and roster.csv, MarkingProblem for a gradebook, and what
    ``nbgrader_config.py``, there and in Jupyter's folders, raises.
    """
    course, roster = load_course(root), load_roster(root)
    config = settings(root)
    db_url = CourseDirectory(config=config).db_url
    exchange = Exchange.of(root)
    enrolled = enrol(course, roster, db_url)
    attempts, notes = _newest(exchange)
    made = {(record.slug, record.learner): record for record in records(root, db_url, answers=False)}
    longer = _extensions(db_url)
    hands = {
        step.module: dict(_hands(root, course, step, exchange, attempts, made, longer, _rules(config, step.module)))
        for step in course.modules
    }
    listed = {learner.id for learner in roster}
    seen = {name for of in hands.values() for name in of} | set(enrolled.not_listed)
    return Standing(
        root,
        course,
        now.astimezone(course.zone),
        roster,
        {step.module: _released(exchange, course, step, now) for step in course.modules},
        hands,
        [learner for learner in roster if _silent(learner.id, course, hands, now)],
        sorted(seen - listed),
        exchange,
        enrolled,
        notes,
        (root / FORGETTING).is_file(),
    )


def _released(exchange: Exchange, course: Course, step: Step, now: datetime) -> bool:
    seen = exchange.released(step.module)
    return course.at(step.release) <= now if seen is None else seen


def _newest(exchange: Exchange) -> tuple[dict[tuple[str, str], HandedIn], list[str]]:
    """The newest attempt of each learner in the exchange."""
    found: dict[tuple[str, str], HandedIn] = {}
    try:
        for attempt in exchange.handed_in():
            before = found.get((attempt.slug, attempt.learner))
            if before is None or attempt.when > before.when:
                found[attempt.slug, attempt.learner] = attempt
    except PermissionError as error:
        return {}, [f"{error.filename} may not be listed by you: what was handed in there is not counted."]
    if exchange.elsewhere:
        return {}, [
            "The exchange is no folder: what is released and waits there is not seen, and goes by the schedule."
        ]
    return found, []


def _extensions(db_url: str) -> dict[tuple[str, str], timedelta]:
    """Those in the gradebook, however they came there."""
    row = api.SubmittedAssignment
    query = select(api.Assignment.name, row.student_id, row.extension).join(row).where(row.extension.is_not(None))
    with told_in_words(db_url):
        engine = create_engine(db_url)
        try:
            with engine.connect() as connection:
                return {(slug, learner): extra for slug, learner, extra in connection.execute(query)}
        finally:
            engine.dispose()


def _hands(
    root: Path,
    course: Course,
    step: Step,
    exchange: Exchange,
    attempts: Mapping[tuple[str, str], HandedIn],
    made: Mapping[tuple[str, str], Record],
    longer: Mapping[tuple[str, str], timedelta],
    today: Digests | None,
) -> Iterator[tuple[str, Hand]]:
    slug, name = step.module, Path(notebook_name(step.module)).stem
    told_at = _changed(root / RETURNED / slug)
    there = {learner for learner in _folders(root / "submitted") if (root / "submitted" / learner / slug).is_dir()}
    names = there | {of for at, of in (*made, *attempts) if at == slug}
    for learner in sorted(names):
        folder, attempt, record = (
            root / "submitted" / learner / slug,
            attempts.get((slug, learner)),
            made.get((slug, learner)),
        )
        collected = learner in there
        when = stamp_of(folder) if collected else record.handed_in if record else None
        newer = attempt is not None and (not collected or when is None or attempt.when > when)
        due = course.due(step).astimezone(UTC) + longer.get((slug, learner), timedelta())
        due = max(due, course.due(step, learner).astimezone(UTC))
        latest = attempt.when if attempt and newer else when
        late = max(latest - due, timedelta()) if latest else timedelta()
        hand = Hand(learner, slug, latest, late, collected, newer)
        if record is None or (collected and not _of_this(root, learner, slug, name, when, record)):
            note = root / PROBLEMS / f"{slug}-{learner}.txt"
            yield learner, Hand(**{**vars(hand), "why_not": _since(note, folder)}) if collected else hand
            continue
        marked = root / "autograded" / learner / slug / f"{name}.ipynb"
        page = _changed(root / "feedback" / learner / slug / f"{name}.html")
        there_too = exchange.page(folder, name)
        back = max(told_at, _changed(there_too) if there_too else 0.0)
        marked_late = max(when - due, timedelta()) if when else timedelta()
        earned = sum(answer.points for answer in record.answers.values())
        yield (
            learner,
            Hand(
                **{
                    **vars(hand),
                    "points": record.points,
                    "out_of": record.out_of,
                    "penalty": record.penalty,
                    "owed": penalty(course, earned, marked_late),
                    "waits": record.waits,
                    "page": page > 0 and page >= _changed(marked),
                    "returned": 0 < page <= back,
                    "older": today is not None and noted_in(marked) != today,
                }
            ),
        )


def _rules(config: Any, slug: str) -> Digests | None:
    """By what the module is marked today; None where tests in its notebook mark it, or a rule file is broken."""
    about = config.MarkAnswers
    folder = Path(about["exercises"]) / slug
    try:
        return rules(slug, folder, Path(about["keys"]) / f"{slug}.yaml").parts if folder.is_dir() else None
    except FileProblems:  # whoever marks is told
        return None


def _of_this(root: Path, learner: str, slug: str, name: str, when: datetime | None, record: Record) -> bool:
    """Whether the marks are those of the submission that lies there, and the marked notebook too."""
    done = _changed(root / "autograded" / learner / slug / f"{name}.ipynb")
    if not done or when is None or record.handed_in is None:
        return (
            done > 0
            and when == record.handed_in
            and _changed(root / "submitted" / learner / slug / f"{name}.ipynb") <= done
        )
    return when == record.handed_in


def _since(note: Path, folder: Path) -> str:
    """What marking said of the submission in ``folder``, unless it was handed in again since."""
    if _changed(note) < max(_changed(folder), _changed(folder / "timestamp.txt")):
        return ""
    try:
        return note.read_text(encoding="utf-8")
    except OSError:
        return ""


def _silent(learner: str, course: Course, hands: Mapping[str, Mapping[str, Hand]], now: datetime) -> bool:
    due = [step for step in course.modules if course.due(step, learner) <= now]
    due.sort(key=lambda step: course.due(step, learner))
    return len(due) >= SILENT and not any(learner in hands[step.module] for step in due[-SILENT:])


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [one.name for one in found if one.is_dir() and not one.name.startswith(".")]
    except OSError:
        return []


def _changed(path: Path) -> float:
    """When ``path`` was changed last, 0 where it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def note_returned(root: Path, slug: str) -> None:
    """Keep that the module's pages, as they are now, were handed back. Raises OSError."""
    path = root / RETURNED / slug
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}\n", encoding="ascii")
