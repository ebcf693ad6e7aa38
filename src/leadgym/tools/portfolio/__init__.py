"""``leadgym portfolio``: what a learner has played, made and had marked, on one page, from the workspace alone.

``found.py`` reads the workspace and believes nothing in it: choices are replayed by the engine, answers are data.
``page.py`` makes the page, ``picture.py`` its figure, ``sample.py`` a workspace to look at. Nothing is invented: what
is not there is named, and the sentences beside the three chosen pages are the learner's own or they are missing.
"""

from leadgym.tools.portfolio.found import Found, read_workspace
from leadgym.tools.portfolio.page import Marks, portfolio_report
from leadgym.tools.portfolio.sample import sample_marks, sample_workspace

__all__ = ["Found", "Marks", "portfolio_report", "read_workspace", "sample_marks", "sample_workspace"]
