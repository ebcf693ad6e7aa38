"""A learner alone: hand in, autograde and feedback on their own machine, by the road a cohort takes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.road import MarkingProblem, Result, Road, written
from leadgym.course.modules import has_keys, public
from leadgym.marking import load_rubric

LEARNER = "me"


def marking_root(workspace: Path) -> Path:
    """Where a workspace keeps its gradebook."""
    return workspace / ".leadgym" / "marking"


def unprotected() -> str:
    """Why the learner's own notebook is marked without a jail, in a sentence; empty when it runs in one."""
    return "" if jail_status().available else f"Your notebook ran without a jail. {jail_status().sentence}"


def mark_own(slug: str, workspace: Path, *, progress: Callable[..., Any]) -> tuple[Result, Path]:
    """Mark ``workspace/exercises/<slug>``: the result, its answers named by title, and the feedback page.

    Raises MarkingProblem.
    """
    if not has_keys():
        raise MarkingProblem(
            "In this course your instructor marks: what that takes is not in your installation. Save the notebook, "
            f"then hand {slug} in: menu Nbgrader, Assignment List, Submit. The feedback comes back there."
        )
    exercise = workspace / "exercises" / slug
    if not exercise.is_dir():
        raise MarkingProblem(
            f"{exercise} is not there. Run 'leadgym lab --workspace {workspace}' once, or give the right --workspace."
        )
    road = Road(marking_root(workspace), trust=True)  # the learner's own code, on their own machine
    results: list[Result] = []
    steps: list[Callable[[], object]] = [
        lambda: road.prepare(slug),
        lambda: road.hand_in(slug, LEARNER, exercise),
        lambda: results.append(road.mark(slug, LEARNER)),
    ]
    for step in progress(steps, len(steps), f"Marking {slug}"):
        step()
    result = results[0]
    if result.problem:
        raise MarkingProblem(result.problem)
    page = workspace / "feedback" / f"{slug}.html"
    with written(page):
        page.parent.mkdir(exist_ok=True)
        shutil.copyfile(road.feedback(slug, LEARNER), page)
    titles = load_rubric(public(slug) / "rubric.yaml").answers
    answers = {titles[name].title if name in titles else name: points for name, points in result.answers.items()}
    return replace(result, answers=answers), page
