"""What a kernel sent, made safe to keep: Jupyter messages checked field by field, within limits, as plain data.

A learner's process writes these messages, and can write anything. What is not as Jupyter's protocol says is left out.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from leadgym.cohort.jail.limits import Limits
from leadgym.marking import ANSWER_TYPE, too_large

_MAX_DEPTH = 40
_LARGEST_ANSWER = 600 * 1024  # as JSON, where a letter may take six bytes; the marker takes 256 kB of text
_VALUE = 100  # bytes a number, an empty list or dict takes in this process, and more than it takes on the wire
_MAX_LINE = 20_000
_MAX_TRACEBACK = 200
_MIME = re.compile(r"[\w.+-]{1,80}/[\w.+;= -]{1,120}")
_OURS = "application/vnd.leadgym."
_NOTE = "\n[What this cell printed beyond this is not kept.]\n"


class Unfit(ValueError):
    """A value that is not what the protocol says."""


def plain(value: Any, depth: int = 0) -> Any:
    """A copy of JSON data in which every text can be written as UTF-8. Raises Unfit for depth, NaN and infinity."""
    if depth > _MAX_DEPTH:
        raise Unfit("nested too deep")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {plain(str(key)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise Unfit(type(value).__name__)


def cut(value: Any, depth: int = 0) -> Any:
    """As `plain`, for an answer, which is never lost: kept as deep as that, which is deeper than any that is marked."""
    if isinstance(value, dict):
        return {str(plain(str(key))): cut(item, depth + 1) for key, item in value.items()} if depth < _MAX_DEPTH else {}
    if isinstance(value, list):
        return [cut(item, depth + 1) for item in value] if depth < _MAX_DEPTH else []
    try:
        return plain(value)
    except Unfit:
        return str(value)  # NaN and infinity, as Jupyter's own cleaning writes them


def weight(value: Any) -> int:
    """What a value kept here takes in memory, in bytes, roughly: many small values take more than their JSON does."""
    if isinstance(value, str):
        return _VALUE + len(value)
    if isinstance(value, dict):
        return _VALUE + sum(weight(key) + weight(item) for key, item in value.items())
    return _VALUE + (sum(map(weight, value)) if isinstance(value, list) else 0)


def checked(kind: str, content: Any) -> dict[str, Any]:
    """The content of one message, checked. Raises Unfit for a kind or a form that outputs do not have."""
    check = _CHECKS.get(kind)
    if check is None or not isinstance(content, dict):
        raise Unfit(kind)
    return check(content)


def _text(content: dict[str, Any], name: str, limit: int = _MAX_LINE) -> str:
    value = content.get(name, "")
    if not isinstance(value, str):
        raise Unfit(name)
    return str(plain(value[:limit]))


def _dict(content: dict[str, Any], name: str) -> dict[str, Any]:
    value = content.get(name) or {}
    if not isinstance(value, dict):
        raise Unfit(name)
    return dict(plain(value))


def _stream(content: dict[str, Any]) -> dict[str, Any]:
    if content.get("name") not in ("stdout", "stderr"):
        raise Unfit("name")
    return {"name": content["name"], "text": _text(content, "text", limit=1 << 23)}


def _error(content: dict[str, Any]) -> dict[str, Any]:
    lines = content.get("traceback")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Unfit("traceback")
    kept = [str(plain(line[:_MAX_LINE])) for line in lines[:_MAX_TRACEBACK]]
    return {"ename": _text(content, "ename", 200), "evalue": _text(content, "evalue"), "traceback": kept}


def _display(content: dict[str, Any]) -> dict[str, Any]:
    data = {}
    given = content.get("data") or {}
    if not isinstance(given, dict):
        raise Unfit("data")
    for mime, value in given.items():
        if mime == ANSWER_TYPE:
            data[mime] = cut(value)
            continue
        is_json = mime == "application/json" or mime.endswith("+json")
        if isinstance(value, list) and not is_json and all(isinstance(line, str) for line in value):
            value = "".join(value)
        if _MIME.fullmatch(mime) and (is_json or isinstance(value, str)) and not mime.startswith(_OURS):
            with contextlib.suppress(Unfit):  # the other forms of the same thing stay
                data[mime] = plain(value)
    found = {"data": data, "metadata": _dict(content, "metadata")}
    display_id = _dict(content, "transient").get("display_id")
    if isinstance(display_id, str):
        found["transient"] = {"display_id": display_id}
    return found


def _result(content: dict[str, Any]) -> dict[str, Any]:
    return {**_display(content), "execution_count": _count(content)}


def _count(content: dict[str, Any]) -> int | None:
    value = content.get("execution_count")
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _clear(content: dict[str, Any]) -> dict[str, Any]:
    return {"wait": content.get("wait") is True}


def _comm(content: dict[str, Any]) -> dict[str, Any]:
    if content.get("target_name", "jupyter.widget") != "jupyter.widget":
        raise Unfit("target_name")  # nbclient knows no other, and would log each
    return {
        "comm_id": _text(content, "comm_id", 200),
        "target_name": "jupyter.widget",
        "data": _dict(content, "data"),
    }


def reply(content: Any) -> dict[str, Any]:
    """An execute_reply's content, checked: ``status`` and ``execution_count``, for an error its name and traceback."""
    content = content if isinstance(content, dict) else {}
    count = _count(content)
    if content.get("status") == "ok":
        return {"status": "ok", "execution_count": count}
    try:
        return {"status": "error", "execution_count": count, **_error(content)}
    except Unfit:
        return {"status": "error", "execution_count": count, "ename": "Error", "evalue": "", "traceback": []}


_CHECKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "stream": _stream,
    "error": _error,
    "display_data": _display,
    "update_display_data": _display,
    "execute_result": _result,
    "clear_output": _clear,
    "comm_open": _comm,
    "comm_msg": _comm,
    "comm_close": _comm,
}


class Meter:
    """A notebook's messages on their way in: checked, and counted against the limits of the cell and the notebook."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._stream = self._rich = self._notebook = self._comms = self._answers = 0

    def next_cell(self) -> None:
        """Count for a new cell."""
        self._stream = self._rich = 0

    def passed(self, kind: str, content: Any, size: int) -> dict[str, Any] | None:
        """The checked content, or None when the message is not kept. ``size`` is what it took on the wire, in bytes."""
        content = self._bounded(content)
        try:
            kept = checked(kind, content)
        except (Unfit, RecursionError):
            return None
        size = max(size, weight(kept))
        if kind.startswith("comm"):
            self._comms += size
            return kept if self._comms <= self._limits.rich else None
        if kind == "stream":
            room = self._limits.stream + len(_NOTE) - self._stream
            self._stream += len(kept["text"])
            if room <= 0:
                return None
            if len(kept["text"]) > room:
                kept["text"] = kept["text"][: room - len(_NOTE)] + _NOTE
        self._rich += size if kind != "stream" else 0
        within = self._rich <= 2 * self._limits.rich and self._notebook + size <= self._limits.notebook
        if is_answer(kept):
            beside = kept["data"] if within else {}
            kept["data"] = {**beside, ANSWER_TYPE: kept["data"][ANSWER_TYPE]}
        elif not within:
            return None
        self._notebook += size if within else 0
        return kept

    def _bounded(self, content: Any) -> Any:
        """``content``, and in the place of an answer that is too large what stands for one: an answer is never lost."""
        if not isinstance(content, dict) or not isinstance(content.get("data"), dict) or not is_answer(content):
            return content
        bundle = content["data"][ANSWER_TYPE]
        size = len(json.dumps(bundle))
        self._answers += size
        if size <= _LARGEST_ANSWER and self._answers <= self._limits.answers:
            return content
        return {**content, "data": {**content["data"], ANSWER_TYPE: too_large(bundle)}}


def is_answer(content: Mapping[str, Any]) -> bool:
    """Whether a message hands an answer in: it is kept whatever else the cell displays."""
    return ANSWER_TYPE in content.get("data", {})
