"""What crosses the jail's wall: frames of a length, a kind and JSON or raw bytes. Never pickle, nothing is evaluated.

A frame is four bytes of length (big-endian, of what follows), one byte of kind (``J`` JSON object, ``R`` raw bytes),
and the payload. What comes out of the jail is written by the learner's process: anything unexpected is a WireProblem.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAX_FRAME = 8 * 1024 * 1024
_HEAD = 4


class WireProblem(Exception):
    """Something came over the wire that is no frame of ours."""


def pack(message: Mapping[str, Any]) -> bytes:
    """One JSON frame. Raises ValueError for NaN, infinity and what is too large, TypeError for what is not JSON."""
    payload = b"J" + json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(payload) > MAX_FRAME:
        raise ValueError(f"a frame of {len(payload)} bytes")
    return len(payload).to_bytes(_HEAD, "big") + payload


def pack_raw(data: bytes) -> bytes:
    """One frame of raw bytes."""
    return (len(data) + 1).to_bytes(_HEAD, "big") + b"R" + data


class Unpacker:
    """Takes bytes as they arrive and gives the frames that are complete."""

    def __init__(self, *, raw: bool = False) -> None:
        self._raw = raw
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, Any]]:
        """The frames that ``data`` completes, each with its size: dicts, and bytes where raw ones are let through.

        A JSON frame that cannot be read is an empty dict: it is lost, what follows is not. Raises WireProblem.
        """
        self._held += data
        while len(self._held) >= _HEAD:
            size = int.from_bytes(self._held[:_HEAD], "big")
            if not 1 <= size <= MAX_FRAME:
                raise WireProblem(f"a frame of {size} bytes")
            if len(self._held) < _HEAD + size:
                return
            frame = bytes(self._held[_HEAD : _HEAD + size])
            del self._held[: _HEAD + size]
            yield size, self._open(frame)

    def _open(self, frame: bytes) -> Any:
        if frame[:1] == b"R" and self._raw:
            return frame[1:]
        if frame[:1] != b"J":
            raise WireProblem("a frame of an unknown kind")
        try:
            return parse_object(frame[1:])
        except WireProblem:
            return {}


def parse_object(text: bytes) -> dict[str, Any]:
    """A JSON object without NaN and infinity. Raises WireProblem."""
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireProblem("something that is not JSON") from error
    if not isinstance(message, dict):
        raise WireProblem("JSON that is not an object")
    return message


def _no_constant(constant: str) -> float:
    raise ValueError(constant)
