"""nbgrader in a pod: assignments come and go through ngshare."""

import os
from pathlib import Path

from leadgym.cohort.ngshare import use_ngshare

c = get_config()  # noqa: F821 - traitlets puts it here
if "LEADGYM_ROOT" in os.environ:
    from leadgym.cohort.config import configure, put_tools_on_path

    put_tools_on_path()
    configure(c, root=Path(os.environ["LEADGYM_ROOT"]))
else:
    # The exercises lie there already, so what is released can be handed in at once; nothing has to be fetched.
    c.Exchange.assignment_dir = str(Path(os.environ["LEADGYM_WORKSPACE"]) / "exercises")
    # Feedback that came back lies in the exercise's folder and is not handed in with it again.
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints", "*.pyc", "__pycache__", "*.tmp", "*.lock", "*.set-aside-*", ".DS_Store", "feedback",
    ]  # fmt: skip
c.CourseDirectory.course_id = os.environ.get("LEADGYM_COURSE", "leadgym")
use_ngshare(c)
