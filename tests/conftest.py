"""What tests of several rooms share: cohorts that are marked once, by whichever test process comes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from submissions import Cohort, honest, once
from tampering import cell_tamperers, code_tamperers

LONG = frozenset({
    "test_cohort_example", "test_cohort_grade", "test_cohort_hostile", "test_cohort_nbgrader", "test_cohort_policy",
    "test_cohort_resume", "test_fresh_clone", "test_jail", "test_module_promises", "test_server", "test_warm",
})  # fmt: skip
"""Files that take a minute or more, beside those in a browser. One that started last would run alone."""


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: the one with the browser mostly waits for it."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs a file, since its tests share what took long to make; the longest files start first."""
    for item in items:
        if "browser" not in item.path.parts and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: "browser" not in item.path.parts and item.path.stem not in LONG)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run have in common, and no other run has."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def cohort(shared: Path) -> Cohort:
    """Learners who play by the rules, and some whose submission came to grief."""
    return once(shared, "honest", honest)


@pytest.fixture(scope="session")
def coders(shared: Path) -> Cohort:
    """Submissions whose cells try to mark themselves."""
    return once(shared, "code", code_tamperers)


@pytest.fixture(scope="session")
def cutters(shared: Path) -> Cohort:
    """Submissions whose cells were changed, copied, deleted, or stuffed."""
    return once(shared, "cells", cell_tamperers)
