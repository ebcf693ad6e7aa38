"""What the tests of the installation and of the workspace share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from workspace_small import Course

NETWORK = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT")


@pytest.fixture
def in_ci() -> None:
    """Skips the test unless CI=true: it installs from the network and takes up to a minute."""
    if os.environ.get("CI") != "true":
        pytest.skip("installs from the network, up to a minute: run with CI=true")


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a new machine: an empty home, the system's programs, the way to the network, nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: os.environ[name] for word in NETWORK for name in (word, word.upper()) if name in os.environ}
    return kept | {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A small course root that can be given new versions."""
    return Course(tmp_path / "clone")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the learner's workspace is to lie; nothing is there yet."""
    return tmp_path / "leadgym"
