"""A form of judgement items (``data/judgement.yaml``), and a learner's answer to it, read leniently.

```yaml
form: delegation_a
title: Ten situations
keyed_by: panel               # once a panel's keys are in use; without it, authors
instructions: Rate every option from 1 (makes it worse) to 5 (works well). Then pick the best, and say how sure you are.
items:
  - id: quiet_reviewer
    competency: delegation
    situation: |
      Two to five sentences.
    options:
      - {id: a, text: ...}
      - {id: b, text: ...}
```
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import Field

from leadgym.marking.files import stamp
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Document, FileProblems, Model, read_yaml, validate

LOWEST, HIGHEST = 1, 5
SCALE = ((1, "1 makes things worse"), (2, "2"), (3, "3 no real difference"), (4, "4"), (5, "5 works well"))
"""Each step, and what stands beside it wherever somebody rates."""


class FormOption(Model):
    """Something one could do in the situation."""

    id: Id
    text: Text


class Item(Model):
    """A situation of two to five sentences and what one could do in it. ``competency`` groups items for analysis."""

    id: Id
    competency: Id
    situation: Text
    options: Annotated[list[FormOption], Field(min_length=3, max_length=8)]


class Form(Model):
    """The items of one form, as learners see them. ``keyed_by`` says whose keys answers are compared with."""

    form: Id
    title: Text
    keyed_by: Literal["authors", "panel"] = "authors"
    instructions: Text
    items: Annotated[list[Item], Field(min_length=1)]


def wording(item: Item) -> str:
    """Eight letters that change with the words of the situation or of an option, and with nothing else."""
    words = [" ".join(item.situation.split()), {o.id: " ".join(o.text.split()) for o in item.options}]
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).digest()
    # Letters alone: a spreadsheet takes "12e45678" for a number.
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:8])


def load_form(path: Path) -> Form:
    """Read a form; kept until the file changes. Raises FileProblems with all that is wrong."""
    return _load_form(path, stamp(path))


@lru_cache(maxsize=64)
def _load_form(path: Path, _version: tuple[int, int]) -> Form:
    document = read_yaml(path)
    form = validate(document, Form)
    problems = _twice(document, form)
    if problems:
        raise FileProblems(problems)
    return form


def _twice(document: Document, form: Form) -> list[str]:
    found, items = [], set()
    for index, item in enumerate(form.items):
        if item.id in items:
            found.append(document.problem(("items", index, "id"), f"'{item.id}' stands twice; rename one."))
        items.add(item.id)
        options = set()
        for place, option in enumerate(item.options):
            if option.id in options:
                where = ("items", index, "options", place, "id")
                found.append(document.problem(where, f"'{option.id}' stands twice in this item; rename one."))
            options.add(option.id)
    return found


@dataclass
class Reading:
    """What could be read of the answer to one item, and sentences about what could not."""

    ratings: dict[str, int] = field(default_factory=dict)
    best: str | None = None
    confidence: float | None = None
    problems: list[str] = field(default_factory=list)


def read_form(form: Form, answer: Any) -> tuple[dict[str, Reading], list[str]]:
    """A reading for every item of the form, and sentences about the answer as a whole."""
    if not isinstance(answer, Mapping):
        expected = '{"' + form.items[0].id + '": {"ratings": {...}, "best": "...", "confidence": 0.5}, ...}'
        return {item.id: Reading() for item in form.items}, [f"The answer has to be a dict of items: {expected}."]
    known = {item.id for item in form.items}
    unknown = [f"The form has no item '{name[:40]}'; it is passed over." for name in answer if name not in known][:3]
    return {item.id: _read_item(item, answer.get(item.id)) for item in form.items}, unknown


def _read_item(item: Item, value: Any) -> Reading:
    reading = Reading()
    if value is None:
        return reading
    if not isinstance(value, Mapping):
        reading.problems.append("has to be a dict with 'ratings', 'best' and 'confidence'.")
        return reading
    options = [option.id for option in item.options]
    ratings = value.get("ratings")
    if isinstance(ratings, Mapping):
        for option in options:
            rating = ratings.get(option)
            if _is_rating(rating):
                reading.ratings[option] = int(rating)
            elif rating is not None:
                reading.problems.append(f"the rating of option {option} has to be a whole number from 1 to 5.")
        strange = [str(name)[:20] for name in ratings if name not in options][:2]
        reading.problems += [f"there is no option '{name}'." for name in strange]
    elif ratings is not None:
        reading.problems.append('\'ratings\' has to be a dict of options, as in {"a": 4, "b": 2}.')
    best = value.get("best")
    if isinstance(best, str) and best in options:
        reading.best = best
    elif best is not None:
        reading.problems.append(f"'best' has to be one of {', '.join(options)}.")
    confidence = value.get("confidence")
    # Sliders and people round: 0.33 is a guess among three.
    if _is_number(confidence) and 1 / len(options) - 0.01 <= confidence <= 1:
        reading.confidence = float(confidence)
    elif confidence is not None:
        reading.problems.append(
            f"'confidence' has to lie between {1 / len(options):.2g} (a guess) and 1 (certain); write 0.6 for 60 %."
        )
    return reading


def _is_rating(value: Any) -> TypeGuard[float]:
    return _is_number(value) and LOWEST <= value <= HIGHEST and value == int(value)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
