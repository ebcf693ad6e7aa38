"""``rubric.yaml`` (public) and the key file (private) of one exercise, with every problem at once.

```yaml
keys: 02_delegation
status: provisional          # author keys, until a panel has rated the options
answers:
  judgement: {items: ...}    # see judgement.py
  estimate: {questions: ...} # see estimate.py
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from leadgym.marking.estimate import EstimateAnswer, EstimateKeys
from leadgym.marking.judgement import JudgementAnswer, JudgementKeys
from leadgym.marking.path import PathAnswer
from leadgym.marking.plan import PlanAnswer
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Model, read_yaml, validate

_KINDS = ("judgement", "path", "plan", "estimate")


def _kind(value: Any) -> str | None:
    found = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return found if found in _KINDS else None


def _key_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return "judgement" if "items" in value else "estimate" if "questions" in value else None
    return "judgement" if isinstance(value, JudgementKeys) else "estimate"


AnyAnswer = Annotated[
    Annotated[JudgementAnswer, Tag("judgement")]
    | Annotated[PathAnswer, Tag("path")]
    | Annotated[PlanAnswer, Tag("plan")]
    | Annotated[EstimateAnswer, Tag("estimate")],
    Discriminator(
        _kind,
        custom_error_type="value_error",
        custom_error_message=f"needs a 'kind': one of {', '.join(_KINDS)}.",
    ),
]
AnyKeys = Annotated[
    Annotated[JudgementKeys, Tag("judgement")] | Annotated[EstimateKeys, Tag("estimate")],
    Discriminator(
        _key_kind,
        custom_error_type="value_error",
        custom_error_message="needs 'items:' (keys of a judgement answer) or 'questions:' (keys of an estimate).",
    ),
]


class Rubric(Model):
    """``rubric.yaml``: what is asked for in an exercise and how it is marked."""

    rubric: Text
    title: Text
    answers: Annotated[dict[Id, AnyAnswer], Field(min_length=1)]


class Keys(Model):
    """The key file of an exercise. ``status`` says that the authors' keys stand alone: no panel has rated yet."""

    keys: Text
    status: Literal["provisional"]
    answers: dict[Id, AnyKeys]


def load_rubric(path: Path) -> Rubric:
    """Read ``rubric.yaml`` and the files it names beside it. Raises FileProblems with all that is wrong."""
    document = read_yaml(path)
    rubric = validate(document, Rubric)
    problems = []
    for name, about in rubric.answers.items():
        place = ("answers", name)
        problems += about.sum_problems(document, place)
        problems += about.problems(document, place, path.parent)
    if problems:
        raise FileProblems(list(dict.fromkeys(problems)))
    return rubric


def load_keys(path: Path, rubric: Rubric | None = None, folder: Path | None = None) -> Keys:
    """Read a key file; with ``rubric`` and its ``folder``, check that it covers them. Raises FileProblems."""
    document = read_yaml(path)
    keys = validate(document, Keys)
    if rubric is None or folder is None:
        return keys
    problems = []
    if keys.keys != rubric.rubric:
        problems.append(document.problem(("keys",), f"is '{keys.keys}', the rubric is '{rubric.rubric}'."))
    for name, own in keys.answers.items():
        wanted = rubric.answers[name].keys_class if name in rubric.answers else None
        if wanted is None:
            problems.append(document.problem(("answers", name), "the rubric has no such answer with keys; take it out."))
        elif not isinstance(own, wanted):
            problems.append(
                document.problem(("answers", name), f"the rubric's '{name}' is of kind {rubric.answers[name].kind}.")
            )
        else:
            problems += rubric.answers[name].key_problems(own, document, ("answers", name), folder)
    for name, about in rubric.answers.items():
        if about.keys_class is not None and name not in keys.answers:
            problems.append(document.problem(("answers",), f"the keys of '{name}' are missing; add them."))
    if problems:
        raise FileProblems(list(dict.fromkeys(problems)))
    return keys
