"""nbgrader in a learner's server: where exercises come from and go to. No protection stands here: see README."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - traitlets puts it here
c.CourseDirectory.course_id = os.environ["LEADGYM_COHORT"]
# The roster's id. Whose a submission really is, its owner says when it is collected.
c.CourseDirectory.student_id = os.environ["LEADGYM_LEARNER"]
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "*.pyc", "__pycache__", "*.tmp", "*.lock", "*.set-aside-*", ".DS_Store", "feedback",
]  # fmt: skip
c.Exchange.root = os.environ["LEADGYM_EXCHANGE"]
c.Exchange.assignment_dir = str(Path(os.environ["LEADGYM_WORKSPACE"]) / "exercises")
# Fetching again brings back what was deleted, and overwrites nothing.
c.ExchangeFetchAssignment.replace_missing_files = True
