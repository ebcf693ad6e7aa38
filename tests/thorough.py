"""How much of the long tests runs: ``LEADGYM_TEST_ALL=1`` (``make test-all``) all of it, else as much as CI has time for."""

import os

ALL = os.environ.get("LEADGYM_TEST_ALL") == "1"
