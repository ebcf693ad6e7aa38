"""Answers given in a form, kept beside the notebook in ``<form>.answers.json`` and written at each click."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import ValidationError

from leadgym.keptfile import aside_name, write_whole
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
        write_whole(self.path, Kept(form=self._form, items=self.entries).model_dump_json(indent=1) + "\n")

    def _aside(self) -> str:
        aside = aside_name(self.path)
        try:
            self.path.rename(aside)
        except OSError:
            return self.path.name
        return aside.name
