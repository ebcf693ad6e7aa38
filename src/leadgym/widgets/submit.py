"""``submit(name, answer)``: coaching at once in the notebook; under the autograder the answer as data, nothing more."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from IPython.display import display

from leadgym.marking import (
    ANSWER_TYPE,
    AnswerProblem,
    Rubric,
    answer_bundle,
    coach,
    load_rubric,
    mark_html,
    mark_text,
    problem_html,
)
from leadgym.yamlfile import FileProblems


def headless() -> bool:
    """Whether nobody is looking: nbgrader is executing this notebook to mark or to validate it."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def submit(name: str, answer: Any) -> None:
    """Hand in ``answer`` (JSON data, or something with ``.answer()`` such as a played scenario) under ``name``.

    In JupyterLab it is held against the public rubric at once and the coaching shown. The mark itself is made later,
    outside this notebook, from the answer alone. Problems are sentences on the screen, never an exception.
    """
    if not isinstance(name, str):
        _say(f'The name comes first, in quotes: submit("plan", plan). What came first is a {type(name).__name__}.')
        return
    try:
        data = answer.answer() if callable(getattr(answer, "answer", None)) else answer
        bundle = answer_bundle(name, data)
    except AnswerProblem as problem:
        _say(str(problem))
        return
    if headless():
        display({ANSWER_TYPE: bundle, "text/plain": f"Answer '{name}' handed in."}, raw=True)
        return
    folder = Path.cwd()
    try:
        rubric = _rubric(folder / "rubric.yaml")
        if name not in rubric.answers:
            _say(f"This exercise has no answer called '{name}'. It has: {', '.join(rubric.answers)}.")
            return
        coaching = coach(rubric, folder, name, data)
    except FileProblems as problem:
        _say(
            f"The public rubric beside this notebook cannot be read, so there is no coaching now: {problem} "
            "Your answer is not lost. Run 'leadgym lab' again to have the file laid anew."
        )
        display({ANSWER_TYPE: bundle, "text/plain": f"Answer '{name}' handed in."}, raw=True)
        return
    display({ANSWER_TYPE: bundle, "text/html": mark_html(coaching), "text/plain": mark_text(coaching)}, raw=True)


def _rubric(path: Path) -> Rubric:
    """The rubric, read again only when the file has changed: a reply comes at once. Raises FileProblems."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _read(path, stamp)


@lru_cache(maxsize=8)
def _read(path: Path, _stamp: int) -> Rubric:
    return load_rubric(path)


def _say(sentence: str) -> None:
    display({"text/html": problem_html(sentence), "text/plain": sentence}, raw=True)
