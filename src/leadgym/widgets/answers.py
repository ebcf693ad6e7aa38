"""Answers given in a form, kept beside the notebook in ``<form>.answers.json`` and written at each click."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import ValidationError

from leadgym.yamlfile import Model


class Kept(Model):
    """What the file says."""

    leadgym: Literal[1] = 1
    form: str
    items: dict[str, dict[str, Any]] = {}


class AnswerFile:
    """The entries of one form. Writing merges by item under a lock, so that two tabs lose nothing of each other."""

    def __init__(self, path: Path, form: str) -> None:
        self.path, self._form = path, form
        self.entries: dict[str, dict[str, Any]] = {}
        self._owed: dict[str, dict[str, Any]] = {}

    def read(self) -> str:
        """Take over what is on disk. A sentence when something is wrong, else empty; a damaged file is kept aside."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return ""
        except OSError as error:
            return (
                f"{self.path.name} cannot be read ({error.strerror}). Give yourself the right to, and run this again."
            )
        try:
            kept = Kept.model_validate_json(raw)
        except ValidationError:
            aside = self._aside()
            return f"{self.path.name} is damaged. It is kept as {aside}; the form starts with what can still be saved."
        # What stands on disk is newest, but for entries that could not be written yet.
        self.entries = {**self.entries, **kept.items, **self._owed}
        return ""

    def put(self, item: str, entry: dict[str, Any], *, keep: bool) -> str:
        """Set one entry and, with ``keep``, write the file. A sentence when it could not be written, else empty."""
        self.entries[item] = self._owed[item] = entry
        if not keep:
            return ""
        try:
            with FileLock(self.path.with_name(f".{self.path.stem}.lock"), timeout=2):
                notice = self.read()
                self._write()
                self._owed.clear()
                return notice
        except (OSError, Timeout) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "another program holds its lock"
            return f"Not saved: {self.path.name} cannot be written ({why}). Your answers last as long as this kernel."

    def _write(self) -> None:
        temporary = self.path.with_name(f".{self.path.stem}.tmp")
        text = Kept(form=self._form, items=self.entries).model_dump_json(indent=1) + "\n"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    def _aside(self) -> str:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.set-aside-{number}.json")).exists():
            number += 1
        try:
            self.path.rename(aside)
        except OSError:
            return self.path.name
        return aside.name
