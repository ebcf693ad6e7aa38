"""YAML files read into pydantic models, with the file and the line in every error.

ruamel.yaml keeps the position of each key and refuses duplicate ones; its YAML 1.2 reads ``say: no`` as text.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Location = tuple[str | int, ...]


class Model(BaseModel):
    """Base of everything read from YAML: immutable, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


M = TypeVar("M", bound=BaseModel)
Check = Callable[[M], Iterable[tuple[Location, str]]]


class FileProblems(ValueError):
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
                # A key that came in through a merge (<<) has no place of its own here.
                line = node.lc.key(part)[0] + 1 if part in (node.lc.data or {}) else line
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
    except (YAMLError, ValueError) as error:
        raise FileProblems([f"{name}:1: is not YAML ({' '.join(str(error).split())}). Mend that value."]) from error
    except RecursionError as error:
        raise FileProblems([f"{name}:1: is nested too deep to be read. Take some brackets out."]) from error
    return Document(name, data)


def validate(document: Document, model: type[M], check: Check[M] | None = None) -> M:
    """The document as ``model``. Raises FileProblems with every problem at once.

    ``check`` looks at a well-formed model for what fields alone cannot say and returns (place, message) pairs. Where
    the form is wrong only in single values, it still sees the rest of the file, so that one run shows all there is.
    """
    if not isinstance(document.data, CommentedMap):
        raise FileProblems([f"{document.name}:1: expected 'name: value' lines at the top, found something else."])
    found: list[tuple[Location, str]] = []
    data = _plain(document.data)
    misspelt: dict[Location, str] = {}
    doubtful: set[Location] = set()
    try:
        read: M | None = model.model_validate(data)
    except ValidationError as error:
        errors = _errors(error, model)
        found = [(_in_file(document.data, item["loc"]), _sentence(item, model)) for item in errors]
        read, misspelt, doubtful = _stand_in(data, errors, model)
    if read is not None and check is not None:
        for place, message in check(read):
            if not any(place[: len(spot)] == spot for spot in doubtful):
                found.append((_as_written(place, misspelt), message))
    if found or read is None:
        found.sort(key=lambda problem: document.line(problem[0]))
        raise FileProblems(list(dict.fromkeys(document.problem(*problem) for problem in found)))
    return read


def _errors(error: ValidationError, model: type[BaseModel]) -> list[dict[str, Any]]:
    """pydantic's errors, unknown fields first, without a "missing" for a field that is there but misspelt."""
    errors: list[dict[str, Any]] = [{**item} for item in error.errors(include_url=False)]
    unknown = [item for item in errors if item["type"] == "extra_forbidden"]
    meant = {(*item["loc"][:-1], _near(item["loc"], model)) for item in unknown}
    return unknown + [item for item in errors if item not in unknown and item["loc"] not in meant]


def _stand_in(
    data: Any, errors: list[dict[str, Any]], model: type[M]
) -> tuple[M | None, dict[Location, str], set[Location]]:
    """``data`` as ``model`` with harmless values in place of wrong ones; None when whole parts or ids are wrong.

    Also what was misspelt (the right place: the name in the file) and the places where a value stands in.
    """
    misspelt: dict[Location, str] = {}
    doubtful: set[Location] = set()
    for value in ("x", 1):
        for item in errors:
            if not item["loc"]:  # what is wrong is the file as a whole, such as a sum
                return None, {}, set()
            *parents, last = item["loc"]
            node = _descend(data, parents)
            if not isinstance(node, dict) or last in ("id", "[key]"):
                return None, {}, set()
            if item["type"] == "extra_forbidden":
                wrong, near = node.pop(last), _near(item["loc"], model)
                if near and near not in node:
                    node[near] = wrong
                    misspelt[(*parents, near)] = str(last)
            else:
                node[last] = item["ctx"]["expected"].split("'")[1] if item["type"] == "literal_error" else value
                doubtful.add((*parents, last))
        try:
            return model.model_validate(data), misspelt, doubtful
        except ValidationError as left:
            errors = _errors(left, model)
    return None, {}, set()


def _descend(data: Any, location: list[str | int]) -> Any:
    for part in location:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data


def _as_written(place: Location, misspelt: dict[Location, str]) -> Location:
    """``place`` with the names that the file uses."""
    return tuple(misspelt.get(place[: index + 1], part) for index, part in enumerate(place))


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
    return tuple(part for part in kept if part != "[key]")


def _fields(kind: Any, location: Location) -> set[str]:
    """The names a file may use in the model at ``location`` below ``kind``; empty where that cannot be told."""
    while get_origin(kind) is Annotated or type(None) in get_args(kind):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        if not location:
            return set(fields)
        return _fields(fields[str(location[0])], location[1:]) if location[0] in fields else set()
    return _fields(get_args(kind)[-1], location[1:]) if location and get_args(kind) else set()


def _near(location: Location, model: type[BaseModel]) -> str | None:
    return next(iter(difflib.get_close_matches(str(location[-1]), _fields(model, location[:-1]), n=1)), None)


def _sentence(item: dict[str, Any], model: type[BaseModel]) -> str:
    kind, message, found = str(item["type"]), str(item["msg"]), item["input"]
    if kind == "extra_forbidden":
        near = _near(item["loc"], model)
        return "unknown field" + (f"; did you mean '{near}'?" if near else "; take it out or correct its name.")
    if kind == "missing":
        return "is missing; add it."
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if found is None or kind == "string_too_short":
        return "is empty; write something there or take it out."
    if kind == "string_pattern_mismatch":
        return f"'{found}' is not a name; use small letters, digits and _, and begin with a letter."
    if kind in ("model_type", "dict_type"):
        return f"expected 'name: value' lines (found {_shown(found)})."
    return f"{message[0].lower()}{message[1:]} (found {_shown(found)})."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
