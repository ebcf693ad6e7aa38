"""A pull or merge request as every forge has it: who, when, and what others said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

DELETED = "(deleted account)"
"""Whoever has no name any more: each such account is taken for a person."""


@dataclass(frozen=True)
class Person:
    """An account; ``marked`` says that the forge itself calls it a bot."""

    name: str
    marked: bool = False


@dataclass(frozen=True)
class Said:
    """One review, line comment or comment. ``text`` is None where the export has no texts."""

    who: Person
    at: datetime
    kind: Literal["review", "line", "comment"]
    text: str | None = None
    approves: bool = False


@dataclass
class Pull:
    """One pull request. ``said`` holds what everybody said, its author too, in no particular order."""

    repo: str
    number: int
    title: str
    author: Person
    created: datetime
    merged: datetime | None = None
    closed: datetime | None = None
    draft: bool = False
    changed: int | None = None  # lines added and deleted
    said: list[Said] = field(default_factory=list)


@dataclass(frozen=True)
class Export:
    """What was read. ``until``: the moment the export is taken to be from. ``notes`` say what was done on the way."""

    pulls: Sequence[Pull]
    until: datetime
    has_reviews: bool
    notes: tuple[str, ...] = ()
