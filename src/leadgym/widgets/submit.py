"""``submit(name, answer)``: coaching at once in the notebook; under the autograder the answer as data, nothing more."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from leadgym.marking import (
    ANSWER_TYPE,
    FUNCTIONS,
    WEIGHTS,
    AnswerProblem,
    Rubric,
    answer_bundle,
    asking,
    asking_parts,
    coach,
    function_data,
    load_rubric,
    mark_html,
    mark_text,
    part_name,
    parts_data,
    problem_html,
)
from leadgym.sim import PARTS
from leadgym.yamlfile import FileProblems


def headless() -> bool:
    """Whether nobody is looking: nbgrader is executing this notebook to mark or to validate it."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def submit(name: str, answer: Any) -> None:
    """Hand in ``answer`` under ``name``: JSON data, something with ``.answer()`` such as a played scenario, a function,
    or a dict of functions.

    In JupyterLab it is held against the public rubric at once and the coaching shown. The mark itself is made later,
    outside this notebook, from the answer alone; a function stays here, and is asked for its decisions. Problems are
    sentences on the screen, never an exception.
    """
    if not isinstance(name, str):
        _say(f'The name comes first, in quotes: submit("plan", plan). What came first is a {type(name).__name__}.')
        return
    has_answer = callable(getattr(answer, "answer", None)) and not isinstance(answer, type)
    function = answer if callable(answer) and not has_answer else None
    parts = _parts(answer)
    odd = next((part for part in answer if part not in parts and part != WEIGHTS), None) if parts else None
    if odd is not None:
        _say(f"{odd!s:.40} is not a function. Each part of '{name}' is one: leave out the parts you do not decide.")
        return
    try:
        data = parts_data({**parts, **_weights(answer)}) if parts else answer.answer() if has_answer else answer
        data = function_data(function) if function else data
        bundle = answer_bundle(name, data)
    except AnswerProblem as problem:
        _say(str(problem))
        return
    if headless():
        if function or parts:
            left = {name: function} if function else {part_name(name, part): parts[part] for part in parts}
            vars(get_ipython()).setdefault(FUNCTIONS, {}).update(left)
        display({ANSWER_TYPE: bundle, "text/plain": f"Answer '{name}' handed in."}, raw=True)
        return
    folder = Path.cwd()
    try:
        rubric = _rubric(folder / "rubric.yaml")
        if name not in rubric.answers:
            _say(f"This exercise has no answer called '{name}'. It has: {', '.join(rubric.answers)}.")
            return
        if function and not rubric.answers[name].asks_a_function:
            _say(f"The answer '{name}' is data, and this is a function. Call it, and hand in what it returns.")
            return
        if parts and not rubric.answers[name].asks_parts:
            _say(f"The answer '{name}' does not take several functions. The text above says what it takes.")
            return
        ask = asking(function) if function else asking_parts(parts) if parts else None
        coaching = coach(rubric, folder, name, data, ask=ask)
    except FileProblems as problem:
        _say(
            f"The public rubric beside this notebook cannot be read, so there is no coaching now: {problem} "
            "Your answer is not lost. Run 'leadgym lab' again to have the file laid anew."
        )
        display({ANSWER_TYPE: bundle, "text/plain": f"Answer '{name}' handed in."}, raw=True)
        return
    except KeyboardInterrupt:
        _say("You stopped your function while it was asked. It has to come to a decision by itself, and soon.")
        return
    display({ANSWER_TYPE: bundle, "text/html": mark_html(coaching), "text/plain": mark_text(coaching)}, raw=True)


def _parts(answer: Any) -> dict[Any, Callable[..., Any]]:
    """The functions of a policy; empty for any other answer, in which a function is a mistake."""
    if not isinstance(answer, dict) or not any(part in answer for part in PARTS):
        return {}
    return {part: each for part, each in answer.items() if callable(each)}


def _weights(answer: dict[Any, Any]) -> dict[str, Any]:
    return {WEIGHTS: answer[WEIGHTS]} if WEIGHTS in answer and not callable(answer[WEIGHTS]) else {}


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
