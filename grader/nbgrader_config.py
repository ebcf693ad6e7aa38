"""nbgrader's and formgrader's settings in this folder. Ours are in leadgym.cohort.config; add yours at the end."""

from pathlib import Path

from leadgym.cohort.config import configure, put_tools_on_path

c = get_config()  # noqa: F821 - traitlets puts it here
put_tools_on_path()
configure(c, root=Path(__file__).resolve().parent)
