"""A cohort's course root, made from a name, a first day and a list of people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from leadgym.cohort.course import COURSE_FILE, ROSTER_FILE, Course, Late, Learner, Step, read_roster
from leadgym.course.modules import content_root, module
from leadgym.yamlfile import FileProblems, parse_yaml, validate

DAYS = {1: (0,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 2, 3), 5: (0, 1, 2, 3, 4)}
"""The days of a week, counted from the first, on which modules come out when it has so many."""
_PLAN = "cohort.yaml as it would be written"


@dataclass(frozen=True)
class Wanted:
    """What an instructor asks for. ``hour``: of releases and due dates. ``days``: from release to due date."""

    name: str
    title: str
    begins: date
    modules: Sequence[str]
    weeks: int
    timezone: str
    hour: time
    days: int
    late: Late
    keep_days: int
    exchange: Path | None = None


def schedule(modules: Sequence[str], begins: date, weeks: int, hour: time, days: int) -> list[Step]:
    """The modules in their order, spread evenly over ``weeks``. Raises FileProblems for more than five a week."""
    week = [place * weeks // len(modules) for place in range(len(modules))]
    if (most := max(map(week.count, week))) > max(DAYS):
        raise FileProblems(
            [f"{len(modules)} modules in {weeks} weeks are {most} in one week; five are the most. Give more --weeks."]
        )
    steps = []
    for place, slug in enumerate(modules):
        day = DAYS[week.count(week[place])][place - week.index(week[place])]
        release = datetime.combine(begins + timedelta(weeks=week[place], days=day), hour)
        steps.append(Step(module=slug, release=release, due=release + timedelta(days=days)))
    return steps


def begin(root: Path, wanted: Wanted, roster: Path) -> tuple[Course, list[Learner]]:
    """Make the course root at ``root``, all of it or nothing. Raises FileProblems when anything is wrong."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileProblems([f"{root} exists and is left as it is. Choose another NAME, or another place with --at."])
    if root.resolve().is_relative_to(content_root().resolve()):
        raise FileProblems(
            [
                f"{root} lies within the course's own files, where a cohort's work does not belong. "
                "Say where it does: --at FOLDER"
            ]
        )
    text = course_text(wanted)
    course = validate(parse_yaml(text, _PLAN), Course, lambda found: found.problems())
    learners = read_roster(roster)
    files = {
        COURSE_FILE: text.encode(),
        ROSTER_FILE: roster.read_bytes(),
        "nbgrader_config.py": _settings(wanted).encode(),
        "README.md": _readme(wanted, course).encode(),
        ".gitignore": _IGNORED.encode(),
    }
    making = root.with_name(f".{root.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o750)
    for name, content in files.items():
        (making / name).write_bytes(content)
    (making / "submitted").mkdir()
    if root.exists():
        root.rmdir()
    making.rename(root)
    return course, learners


def course_text(wanted: Wanted) -> str:
    """The text of a commented cohort.yaml."""
    steps = schedule(wanted.modules, wanted.begins, wanted.weeks, wanted.hour, wanted.days)
    width = max(len(step.module) for step in steps)
    lines = [
        f"  - {{module: {f'{step.module},':{width + 1}} release: {step.release:%Y-%m-%d %H:%M}, "
        f"due: {step.due:%Y-%m-%d %H:%M}}} # {step.release:%A}: {_title(step.module)}"
        for step in steps
    ]
    late, later = wanted.late, steps[0].due + timedelta(days=3)
    return (
        _COURSE.replace("COHORT", wanted.name)
        .replace("ZONE", json.dumps(wanted.timezone))
        .replace("GRACE", f"{late.grace_hours:g}")
        .replace("PER_DAY", f"{late.per_day:g}")
        .replace("AT_MOST", f"{late.at_most:g}")
        .replace("KEEP", str(wanted.keep_days))
        .replace("MODULES", "\n".join(lines))
        .replace("SAMPLE", f"{{learner: LEARNER, module: {steps[0].module}, due: {later:%Y-%m-%d %H:%M}}}")
        .replace("TITLE", json.dumps(" ".join(wanted.title.split()), ensure_ascii=False))
    )


def _title(slug: str) -> str:
    try:
        return " ".join(module(slug).title.split())
    except FileProblems:  # an unknown module is said with its line
        return slug


def _settings(wanted: Wanted) -> str:
    place, off = (wanted.exchange, "") if wanted.exchange else ("/srv/exchange", "# ")
    return _SETTINGS.replace("EXCHANGE", f"{off}c.Exchange.root = {json.dumps(str(place))}")


def _readme(wanted: Wanted, course: Course) -> str:
    return _README.replace("FIRST", course.modules[0].module).replace("TITLE", course.title)


_COURSE = """\
# When what is taught. Change it whenever you like; leadgym cohort status takes it over, and says what marking again
# would change. Times are wall-clock times in the zone below, without a zone of their own.

cohort: COHORT # nbgrader's course id; leave it as it is once something is handed out
title: TITLE
timezone: ZONE

# Lateness costs nothing for grace_hours, then per_day per cent of what was earned for each day begun, never more than
# at_most per cent.
late: {grace_hours: GRACE, per_day: PER_DAY, at_most: AT_MOST}

# How many days after the last due date people's work is kept. leadgym cohort status then says how to remove it.
keep_days: KEEP

modules:
MODULES

# A later due date for one learner, before or after they hand in. The line goes with them: leadgym cohort forget.
extensions: []
#  - SAMPLE
"""
_SETTINGS = '''\
"""nbgrader's and formgrader's settings for this cohort. Ours are in leadgym.cohort.config; add yours at the end."""

from pathlib import Path

from leadgym.cohort.config import configure, put_tools_on_path
from leadgym.yamlfile import FileProblems

c = get_config()  # noqa: F821 - traitlets puts it here
put_tools_on_path()
try:
    # The course id, due dates and late penalties come from cohort.yaml beside this file.
    configure(c, root=Path(__file__).resolve().parent)
except FileProblems as problem:
    # nbgrader would go on without these settings, and without the jail.
    raise SystemExit(str(problem)) from problem

# Where learners fetch and hand in, when everybody works on one machine or one shared volume.
EXCHANGE
'''
_README = """\
# TITLE

People's work and marks are kept here. Keep this folder to those who mark; who may read what, and for how long, is in
`grader/PRIVACY.md` of the course. The three commands to begin with, in this folder:

1. `leadgym cohort status` says what is to be done today, as commands to paste. Run it whenever you wonder.
2. `leadgym grade FIRST` marks what lies in `submitted/LEARNER/FIRST/`, and writes pages into `feedback/`.
3. `jupyter lab`, then **Nbgrader, Formgrader**, shows answers and marks, and takes your own score where one counts.

`cohort.yaml` is the schedule, `roster.csv` the people. Change them in an editor; `leadgym cohort status` and
`leadgym grade` take new people, corrected names and moved dates over into the gradebook, and never take anybody out.
A moved due date or another late policy counts for what is marked from then on; for the rest, `leadgym cohort status`
names the command that marks again. `leadgym cohort forget LEARNER` removes a person from everything.

nbgrader's own commands work here too: `nbgrader generate_assignment`, `release_assignment`, `collect`, `autograde`.
"""
_IGNORED = """\
# People's work and marks are never committed, nor who they are.
*
!.gitignore
!README.md
!nbgrader_config.py
"""
