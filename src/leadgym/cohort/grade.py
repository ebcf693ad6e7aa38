"""A cohort: every submission to a module, one after the other; a broken one stops none of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from leadgym.cohort.road import MarkingProblem, Result, Road


def grade_all(slug: str, root: Path, *, again: bool, progress: Callable[..., Any]) -> list[Result]:
    """Mark ``root/submitted/*/<slug>``; without ``again`` only what is new. Raises MarkingProblem."""
    road = Road(root)
    learners = road.submitted(slug)
    if not learners:
        raise MarkingProblem(
            f"No submissions: {root / 'submitted'} has no LEARNER/{slug}/. Collect them there and run this again."
        )
    road.prepare(slug)
    results: list[Result] = []
    for learner in progress(learners, len(learners), f"Marking {slug}"):
        before = None if again else road.marked(slug, learner)
        results.append(before or road.mark(slug, learner))
    return results
