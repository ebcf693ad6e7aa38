"""A cohort's course root: ``cohort.yaml`` says what is taught when, ``roster.csv`` says to whom.

```yaml
cohort: spring27                 # nbgrader's course id
title: Leading at Halyard, spring 2027
timezone: Europe/Berlin          # in which all times below are meant
late: {grace_hours: 12, per_day: 10, at_most: 50}    # per cent of the points
keep_days: 180                   # how long after the last due date everything is kept
modules:
  - {module: 00_baseline, release: 2027-01-11 09:00, due: 2027-01-18 09:00}
extensions:                      # one learner's later due date
  - {learner: ada, module: 00_baseline, due: 2027-01-20 09:00}
```

``roster.csv`` has the columns of ``nbgrader db student import``: ``id``, ``first_name``, ``last_name``, ``email`` and
``lms_user_id``, of which only ``id`` has to be there, and ``section``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints

from leadgym.course.modules import Slug, content_root, slugs
from leadgym.scenario.model import Text
from leadgym.tools.rows import read_csv, read_text
from leadgym.tools.zones import zone_or_none
from leadgym.yamlfile import FileProblems, Location, Model, read_yaml, validate

COURSE_FILE, ROSTER_FILE = "cohort.yaml", "roster.csv"
COLUMNS = {
    "id": ("learner", "username", "student id"),
    "first_name": ("first", "given name"),
    "last_name": ("last", "surname", "family name"),
    "email": ("e-mail", "mail", "email address"),
    "lms_user_id": ("lms id", "lms user id"),
    "section": ("group",),
}
"""The columns of a roster, each with the other headings it may have."""
# A learner's id names folders, and an account on a hub.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


def _when(value: Any) -> datetime:
    """``2027-01-11 09:00``, or ``2027-01-11`` for its first minute, as a datetime without a zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        return datetime.strptime(str(value).strip(), "%Y-%m-%d %H:%M")
    except ValueError:
        raise ValueError(f"'{value}' is no time. Write it as 2027-01-11 09:00, without a zone.") from None


When = Annotated[datetime, BeforeValidator(_when)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Late(Model):
    """What lateness costs: nothing for ``grace_hours``, then ``per_day`` per cent of what was earned for each day
    begun, and never more than ``at_most`` per cent."""

    grace_hours: Annotated[float, Field(ge=0, le=24 * 14)] = 0.0
    per_day: Percent = 0.0
    at_most: Percent = 100.0

    def share(self, late: timedelta) -> float:
        """The share of the points, 0 to 1, that handing in ``late`` after the due date costs."""
        beyond = late - timedelta(hours=self.grace_hours)
        if beyond <= timedelta():
            return 0.0
        days = -(-beyond // timedelta(days=1))
        return min(self.per_day * days, self.at_most) / 100


class Step(Model):
    """One module in the schedule."""

    module: Slug
    release: When
    due: When


class Extension(Model):
    """A later due date for one learner."""

    learner: Text
    module: Slug
    due: When


class Course(Model):
    """``cohort.yaml``. ``at`` gives the schedule's times their zone."""

    cohort: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    title: Text
    timezone: Text = "UTC"
    late: Late = Late()
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 180
    modules: Annotated[list[Step], Field(min_length=1)]
    extensions: list[Extension] = []

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the schedule's times."""
        return ZoneInfo(self.timezone)

    def at(self, when: datetime) -> datetime:
        """A time of the schedule, with its zone."""
        return when.replace(tzinfo=self.zone)

    def step(self, slug: str) -> Step | None:
        """The module's place in the schedule, None when it is not in it."""
        return next((step for step in self.modules if step.module == slug), None)

    def due(self, step: Step, learner: str = "") -> datetime:
        """When ``step`` is due, with its zone; for ``learner`` where one is given, extension included."""
        given = (e.due for e in self.extensions if e.learner == learner and e.module == step.module)
        return self.at(next(given, step.due))

    def problems(self) -> Iterator[tuple[Location, str]]:
        """What fields alone cannot say: a zone nobody knows, a module twice or of no course, a due date too early."""
        if zone_or_none(self.timezone) is None:
            yield ("timezone",), f"'{self.timezone}' is no time zone known here. Write it as Europe/Berlin."
        seen: set[str] = set()
        for index, step in enumerate(self.modules):
            if step.module not in slugs():
                yield (
                    ("modules", index, "module"),
                    f"the course has no module '{step.module}'. It has: {', '.join(slugs())}.",
                )
            if step.module in seen:
                yield ("modules", index, "module"), f"'{step.module}' stands twice; keep one."
            seen.add(step.module)
            if step.due <= step.release:
                yield ("modules", index, "due"), "is not after the release. Give learners time between the two."
        given: set[tuple[str, str]] = set()
        for index, extension in enumerate(self.extensions):
            place, scheduled = ("extensions", index), self.step(extension.module)
            if scheduled is None:
                yield (*place, "module"), f"'{extension.module}' is not among the modules above."
            elif extension.due <= scheduled.due:
                yield (*place, "due"), f"is not after the due date of all, {scheduled.due:%Y-%m-%d %H:%M}."
            if (extension.learner, extension.module) in given:
                yield (*place, "learner"), f"'{extension.learner}' has two for {extension.module}; keep one."
            given.add((extension.learner, extension.module))


@dataclass(frozen=True)
class Learner:
    """One line of the roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    section: str = ""

    @property
    def name(self) -> str:
        """First and last name, or the id where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


def find_root(given: Path | None = None) -> Path:
    """The course root meant: ``given``, else the folder with ``cohort.yaml`` at or above here, else ``grader/``.

    On a hub the course root is known: an instructor's terminal may stand anywhere.
    """
    if given is not None:
        return given.expanduser().absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / COURSE_FILE).is_file():
            return folder
    told = os.environ.get("LEADGYM_ROOT")
    return Path(told) if told else content_root() / "grader"


def load_course(root: Path) -> Course:
    """The course in ``root``. Raises FileProblems with every problem of the file, or that there is none."""
    path = root / COURSE_FILE
    if not path.is_file():
        raise FileProblems([f"{path}:1: there is no such file. Make a cohort with: leadgym cohort new NAME"])
    return validate(read_yaml(path), Course, lambda course: course.problems())


def load_roster(root: Path) -> list[Learner]:
    """The learners of ``root/roster.csv``, in the file's order; none where it has only headings.

    Raises FileProblems, a line for each problem.
    """
    path = root / ROSTER_FILE
    empty = path.is_file() and len(read_text(path).split("\n", 1)[-1].split()) == 0
    return [] if empty else read_roster(path)


def read_roster(path: Path) -> list[Learner]:
    """The learners of a CSV file. Raises FileProblems, a line for each problem."""
    learners: list[Learner] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for line in read_csv(path, COLUMNS, [name for name in COLUMNS if name != "id"]):
        name = line.cells["id"]
        # Two that differ only in case are one folder on some machines.
        before = seen.setdefault(name.casefold(), line.number)
        if not _ID.fullmatch(name):
            problems.append(
                line.problem("id", f"'{name[:80]}' is no learner's id. Use letters, digits, . _ @ and -, at most 64.")
            )
        elif before != line.number:
            problems.append(line.problem("id", f"'{name}' stands on line {before} already; keep one."))
        else:
            learners.append(Learner(**line.cells))
    if problems:
        raise FileProblems(problems)
    return learners
