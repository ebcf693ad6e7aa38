"""A course root with some learners of the shared marked cohort in it. They handed in on 2 March 2026, 09:00 UTC."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook
from submissions import SLUG, Cohort, part

ZONE = ZoneInfo("Europe/Berlin")
LEARNERS = ("hero", "rushed", "doubted")
COURSE = """\
cohort: spring26
title: Leading, spring 2026
timezone: Europe/Berlin
late: {grace_hours: 12, per_day: 10, at_most: 50}
keep_days: 30
modules:
  - {module: 00_baseline, release: 2026-02-09 09:00, due: 2026-02-16 09:00}
  - {module: 01_schedule, release: 2026-02-16 09:00, due: 2026-02-23 09:00}
  - {module: 02_delegation, release: 2026-02-23 09:00, due: 2026-03-02 12:00}
  - {module: 03_review_and_pairing, release: 2026-03-02 09:00, due: 2026-03-09 09:00}
extensions:
"""
ROSTER = """\
id,first_name,last_name,email,lms_user_id,section
hero,Helen,Roe,helen@example.org,77123,north
rushed,Rüya,"Şen, jr",ruya@example.org,,north
doubted,Dora,Dow,,,
silent,Sil,Ent,sil@example.org,,
"""


def at(when: str) -> datetime:
    return datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def lay(cohort: Cohort, into: Path, course: str = COURSE, roster: str = ROSTER) -> Path:
    """The root, with an exchange of its own beside it that is not there yet."""
    root = part(cohort.root, into, *LEARNERS)
    (root / "cohort.yaml").write_text(course.replace("extensions:\n", "") if course == COURSE else course, "utf-8")
    (root / "roster.csv").write_text(roster, "utf-8")
    _settings(root)
    with Gradebook(url(root)) as gradebook:
        for student in gradebook.students:
            if student.id not in LEARNERS:
                gradebook.remove_student(student.id)
    return root


def copied(laid: Path, into: Path) -> Path:
    """A copy of what lies beside the root ``laid`` and of the root itself, to do things to."""
    shutil.copytree(laid.parent, into, symlinks=True, dirs_exist_ok=True)
    _settings(into / laid.name)
    return into / laid.name


def _settings(root: Path) -> None:
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(root.parent / 'exchange')!r}\n"
        f"c.Exchange.cache = {str(root.parent / 'cache')!r}\n",
        "utf-8",
    )


def url(root: Path) -> str:
    return f"sqlite:///{root / 'gradebook.db'}"


def secret(root: Path, learner: str) -> None:
    """As the exchange leaves them: a secret with the submission and with its page."""
    for kind in ("submitted", "feedback"):
        (root / kind / learner / SLUG / "submission_secret.txt").write_text(f"secret of {learner}", "utf-8")
