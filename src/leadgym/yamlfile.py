"""YAML files read into pydantic models, with the file and the line in every error.

ruamel.yaml keeps the position of each key and refuses duplicate ones; its YAML 1.2 reads ``say: no`` as text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Location = tuple[str | int, ...]


class Model(BaseModel):
    """Base of everything read from YAML: immutable, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


class FileProblems(ValueError):  # noqa: N818 - it carries all the problems of one file, and says so
    """All that is wrong with one file, a line each: ``file:line: where: what, and the mend``."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Document:
    """A parsed YAML file that can say on which line a value stands."""

    def __init__(self, name: str, data: Any) -> None:
        self.name = name
        self.data = data

    def line(self, location: Location) -> int:
        """The line (from 1) of the deepest part of ``location`` that stands in the file."""
        node, line = self.data, 1
        for part in location:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        return line

    def problem(self, location: Location, message: str) -> str:
        """One line for the reader: file, line, place in the file, message."""
        place = ".".join(str(part) for part in location)
        return f"{self.name}:{self.line(location)}: {place + ': ' if place else ''}{message}"


def read_yaml(path: Path) -> Document:
    """Parse ``path``. Raises FileProblems when it cannot be read or is not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read ({error.strerror}). Check the path."]) from error
    except UnicodeDecodeError as error:
        raise FileProblems([f"{path}:1: is not UTF-8 text. Save it as UTF-8."]) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Document:
    """Parse YAML ``text``; ``name`` stands for the file in messages. Raises FileProblems."""
    try:
        data = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = " ".join(str(error.problem or error.context or "not YAML").split())
        raise FileProblems([f"{name}:{line}: {what}. Mend the YAML on this line or the one above."]) from error
    except YAMLError as error:
        raise FileProblems([f"{name}:1: not YAML ({error})."]) from error
    return Document(name, data)


def validate(document: Document, model: type[M]) -> M:
    """The document as ``model``. Raises FileProblems with every problem at once."""
    if not isinstance(document.data, CommentedMap):
        raise FileProblems([f"{document.name}:1: expected 'name: value' lines at the top, found something else."])
    try:
        return model.model_validate(_plain(document.data))
    except ValidationError as error:
        problems = [
            document.problem(_in_file(document.data, item["loc"]), _sentence(dict(item), model))
            for item in error.errors(include_url=False)
        ]
        raise FileProblems(list(dict.fromkeys(problems))) from error


def load(path: Path, model: type[M]) -> M:
    """Read and validate ``path`` in one go. Raises FileProblems."""
    return validate(read_yaml(path), model)


def _plain(node: Any) -> Any:
    """Round-trip containers as plain ones, scalar strings as ``str``."""
    if isinstance(node, CommentedMap):
        return {str(key) if isinstance(key, str) else key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    return float(node) if isinstance(node, float) else node


def _in_file(data: Any, location: Location) -> Location:
    """``location`` without pydantic's own steps (names of union members), so that it can be found in the file."""
    kept: list[str | int] = []
    node = data
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if isinstance(node, CommentedMap):
            if part in node:
                kept.append(part)
                node = node[part]
            elif last:
                kept.append(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            kept.append(part)
            node = node[part]
    return tuple(kept)


def _fields(model: Any, seen: set[Any]) -> Iterator[str]:
    if model in seen:
        return
    seen.add(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield field.alias or name
            yield from _fields(field.annotation, seen)
    for part in get_args(model):
        yield from _fields(part, seen)


def _sentence(item: dict[str, Any], model: type[BaseModel]) -> str:
    kind, message = str(item["type"]), str(item["msg"])
    if kind == "extra_forbidden":
        name = str(item["loc"][-1])
        near = difflib.get_close_matches(name, set(_fields(model, set())), n=1)
        return "unknown field" + (f"; did you mean '{near[0]}'?" if near else "; take it out or correct its name.")
    if kind == "missing":
        return "is missing; add it."
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]} (found {item['input']!r})"
