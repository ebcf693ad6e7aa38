"""From an answer to a mark, or to instant feedback. Anything may come in; a bad answer earns zero, with the reason."""

from __future__ import annotations

import difflib
from pathlib import Path

from leadgym.marking.answers import AnswerProblem, json_data
from leadgym.marking.asking import Ask
from leadgym.marking.model import Coaching, Context, Mark
from leadgym.marking.rubric import AnyAnswer, Keys, Rubric
from leadgym.scenario.model import Scenario
from leadgym.yamlfile import FileProblems


def mark(
    rubric: Rubric,
    keys: Keys | None,
    folder: Path,
    name: str,
    answer: object,
    scenario: Scenario | None = None,
    ask: Ask | None = None,
) -> Mark:
    """The mark of ``answer``. ``folder`` is the trusted copy of the exercise; a path is replayed in ``scenario``.

    A function does not come with its answer: ``ask`` puts questions to it, where it is.

    Never raises for an answer, whatever it holds. Raises FileProblems when the exercise's own files or keys are broken,
    KeyError when the rubric has no answer called ``name``.
    """
    about = _about(rubric, name)
    own = keys.answers.get(name) if keys else None
    if about.keys_class is not None and not isinstance(own, about.keys_class):
        raise FileProblems([f"The key file has nothing that fits the {about.kind} answer '{name}'. Add it there."])
    try:
        data = json_data(answer, name)
    except AnswerProblem as problem:
        return no_answer(rubric, name, str(problem))
    return about.whole(data, Context(name, folder, scenario, own, ask))


def no_answer(rubric: Rubric, name: str, sentence: str) -> Mark:
    """The mark of an answer that did not arrive or cannot be read: zero, and ``sentence`` says why."""
    about = _about(rubric, name)
    return about.sheet(name, about.nothing("There was nothing to mark."), sentence)


def coach(
    rubric: Rubric,
    folder: Path,
    name: str,
    answer: object,
    scenario: Scenario | None = None,
    ask: Ask | None = None,
) -> Mark | Coaching:
    """Instant feedback from the public rubric alone: a Mark where all the rules are public (plans), else a Coaching.

    ``folder`` is the learner's own copy of the exercise. A path is replayed in ``scenario``, else in the course's own.
    Raises FileProblems for a broken file in the folder, KeyError when the rubric has no answer called ``name``.
    """
    about = _about(rubric, name)
    try:
        return about.coach(json_data(answer, name), Context(name, folder, scenario, None, ask))
    except AnswerProblem as problem:
        return Coaching(name, about.title, about.kind, False, (), str(problem))


def _about(rubric: Rubric, name: str) -> AnyAnswer:
    if name in rubric.answers:
        return rubric.answers[name]
    near = difflib.get_close_matches(str(name), rubric.answers, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise KeyError(f"This exercise has no answer called '{name}'. It has: {', '.join(rubric.answers)}.{hint}")
