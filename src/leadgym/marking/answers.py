"""How an answer crosses from a learner's kernel to the marker: as JSON data in a cell's output, and nothing else.

What comes in is not trusted. Every value is copied into plain lists and dicts on the way, within limits, so that what
marks it later meets only text, numbers, true, false and null of a sane size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

ANSWER_TYPE = "application/vnd.leadgym.answer+json"
MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_TEXT = 20_000
MAX_NAME = 200
MAX_NUMBER = 10**15
_TOO_LARGE = "too large"


class AnswerProblem(ValueError):
    """Why there is no answer that can be marked, in a sentence for the learner."""


def answer_bundle(name: str, answer: object) -> dict[str, Any]:
    """What a cell displays under ``ANSWER_TYPE``. Raises AnswerProblem with the place that cannot go.

    An answer is JSON data: dicts with text as keys, lists (tuples are taken as lists), text, finite numbers, true,
    false and None; at most 256 kB and 12 levels deep.
    """
    return {"leadgym": 1, "name": name, "answer": json_data(answer, name)}


def too_large(payload: object) -> dict[str, Any]:
    """What stands in the place of a bundle that is too large to be carried: `read_answer` refuses it and says so."""
    name = payload.get("name") if isinstance(payload, Mapping) else None
    named = {"name": name} if isinstance(name, str) and len(name) <= MAX_NAME else {}
    return {"leadgym": 1, **named, "problem": _TOO_LARGE}


def read_answer(outputs: list[Any], name: str) -> Any:
    """The answer called ``name`` among a cell's outputs (nbformat). Raises AnswerProblem, and nothing else.

    When a cell handed in more than once, its last word counts, and only that: a last word that cannot be read is no
    answer, whatever stood before it, and one that can be read is, whatever stood before it. Bundles with other names
    are passed over; one whose name cannot be read may have been meant for this one.
    """
    found: Any = None
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") if isinstance(output, Mapping) else None
        if isinstance(data, Mapping) and ANSWER_TYPE in data:
            try:
                bundle = _bundle(data[ANSWER_TYPE])
            except AnswerProblem as problem:
                found = problem
            else:
                found = bundle if bundle.get("name", name) == name else found
    if isinstance(found, AnswerProblem):
        raise found
    if found is None:
        raise AnswerProblem(
            f"No answer called '{name}' arrived. "
            f'Run the cell with submit("{name}", ...) and all cells above it, save, and hand in again.'
        )
    if found.get("problem") == _TOO_LARGE:
        raise _beyond_size()
    if type(found.get("leadgym")) is not int or found["leadgym"] != 1 or not {"name", "answer"} <= found.keys():
        raise AnswerProblem(
            f"The answer '{name}' was not written by this leadgym's submit(). Run its cell again and hand in again."
        )
    return json_data(found["answer"], name)


def json_data(value: object, name: str) -> Any:
    """A plain copy of ``value``, checked against the limits. Raises AnswerProblem; ``name`` stands in its sentences."""
    return _Copy().copy(value, name, 1)


class _Copy:
    """One walk over an answer, with what is left of the size it may have."""

    def __init__(self) -> None:
        self.left = MAX_BYTES

    def copy(self, value: object, where: str, depth: int) -> Any:
        self._spend(2)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, where)
        if isinstance(value, int | float):
            return self._number(value, where)
        if depth > MAX_DEPTH:
            raise AnswerProblem(f"The answer is nested deeper than {MAX_DEPTH} levels at {where[:120]}. Flatten it.")
        if isinstance(value, Mapping):
            return {self._name(key, where): self.copy(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
        raise AnswerProblem(
            f"{where[:120]} is a {type(value).__name__}. An answer takes text, numbers, True, False, None, lists and "
            "dicts; convert it first, for example with int(...), float(...) or list(...)."
        )

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _beyond_size()

    def _text(self, value: str, where: str) -> str:
        try:
            self._spend(len(value.encode("utf-8")))
        except UnicodeEncodeError as error:
            raise AnswerProblem(
                f"{where[:120]!a} holds half of a character (a lone surrogate). Type that text again."
            ) from error
        if len(value) > MAX_TEXT:
            raise AnswerProblem(f"{where[:120]} has {len(value)} characters; the limit is {MAX_TEXT}.")
        return str(value)

    def _number(self, value: float, where: str) -> float:
        if isinstance(value, float) and not math.isfinite(value):
            raise AnswerProblem(f"{where[:120]} is {value}, which is not a number one can mark. Give a finite one.")
        if abs(value) > MAX_NUMBER:
            raise AnswerProblem(f"{where[:120]} is beyond {MAX_NUMBER:.0e}. Give a smaller number.")
        self._spend(len(repr(value)))
        return int(value) if isinstance(value, int) else float(value)

    def _name(self, key: object, where: str) -> str:
        if not isinstance(key, str):
            raise AnswerProblem(f"{where[:120]} has a name that is not text ({type(key).__name__}). Put it in quotes.")
        if len(key) > MAX_NAME:
            raise AnswerProblem(f"{where[:120]} has a name of {len(key)} characters; the limit is {MAX_NAME}.")
        return self._text(key, f"a name in {where}")


def _beyond_size() -> AnswerProblem:
    return AnswerProblem(f"The answer is larger than {MAX_BYTES // 1024} kB. Hand in the answer alone.")


def _bundle(payload: object) -> Mapping[str, Any]:
    """The bundle as a mapping; notebooks store JSON output as data, and some tools as text."""
    if isinstance(payload, list) and all(isinstance(part, str) for part in payload):
        payload = "".join(payload)
    if isinstance(payload, str):
        if len(payload) > 2 * MAX_BYTES:
            raise _beyond_size()
        try:
            payload = json.loads(payload, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        except AnswerProblem:
            raise
        except (ValueError, RecursionError) as error:
            raise AnswerProblem("The answer is not JSON. Run its cell again and hand in again.") from error
    if not isinstance(payload, Mapping):
        raise AnswerProblem("The answer is not in the form that submit() writes. Run its cell again and hand in again.")
    return payload


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AnswerProblem("The answer names the same thing twice. Run its cell again and hand in again.")
    return found


def _no_constant(constant: str) -> float:
    raise AnswerProblem(f"The answer holds {constant}, which is not a number one can mark. Give a finite one.")
