"""nbgrader in an instructor's server: the course root, our marker, and collecting by who owns what."""

import os
from pathlib import Path

from leadgym.cohort.config import configure, put_tools_on_path

c = get_config()  # noqa: F821 - traitlets puts it here
put_tools_on_path()
configure(c, root=Path(os.environ["LEADGYM_ROOT"]))
c.Exchange.root = os.environ["LEADGYM_EXCHANGE"]
c.ExchangeFactory.collect = "leadgym.cohort.collect.CollectOwned"
c.CollectOwned.accounts = os.environ["LEADGYM_ACCOUNTS"]
