"""From a list of incidents to the expected loss per quarter, its range, and one page to send."""

from leadgym.tools.risk.numbers import Risk, weigh
from leadgym.tools.risk.page import Ask, page
from leadgym.tools.risk.reading import Incident, Window, from_csv, from_rows

__all__ = ["Ask", "Incident", "Risk", "Window", "from_csv", "from_rows", "page", "weigh"]
