"""How much of the long tests runs: all with ``LEADGYM_TEST_ALL=1`` (``make test-all``), else what CI has time for."""

import os

ALL = os.environ.get("LEADGYM_TEST_ALL") == "1"
