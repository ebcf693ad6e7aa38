"""nbgrader's and formgrader's settings in this folder. All of it is in one place: leadgym.cohort.config."""

from leadgym.cohort.config import configure, put_tools_on_path

put_tools_on_path()
configure(get_config())  # noqa: F821 - traitlets puts it here
