"""The learner's choices on disk: ``<scenario>.choices.json`` beside the notebook, written at each click.

Only choices are stored; the state is always recomputed by the engine. Every write takes the lock, reads the file again,
checks its revision, and replaces it whole, so that two kernels on one file and a kernel that is killed lose nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock
from pydantic import Field, ValidationError

from leadgym.keptfile import aside_name, write_whole
from leadgym.yamlfile import Model

PAST_RUNS = 20
LOCK_SECONDS = 2.0


class Run(Model):
    """One way through a story: luck, variant, declared weights and choices, as the engine takes them."""

    seed: int
    variant: str | None = None
    weights: dict[str, int] = {}
    choices: tuple[str, ...] = ()

    def holds(self, other: Run) -> bool:
        """Whether ``other`` is the same run, or an earlier point of it."""
        return (
            (self.seed, self.variant, self.weights) == (other.seed, other.variant, other.weights)
            and self.choices[: len(other.choices)] == other.choices
        )  # fmt: skip


class Saved(Model):
    """What the file says. ``past`` are earlier runs, finished or abandoned, newest last."""

    leadgym: Literal[1] = 1
    scenario: str
    version: Annotated[int, Field(ge=1)]
    revision: Annotated[int, Field(ge=0)] = 0
    run: Run | None = None
    past: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands after reading or saving: the run, the earlier ones, and a sentence when there is something to say.

    ``taken`` is False when the run given to ``save`` was not written because a newer one was there.
    """

    run: Run | None
    past: tuple[Run, ...] = ()
    notice: str = ""
    taken: bool = True


class Store:
    """The choices of one scenario in one folder. Never raises for what it finds there: it says it in ``notice``."""

    def __init__(self, folder: Path, scenario: str, version: int, *, read_only: bool = False) -> None:
        self.path = folder / f"{scenario}.choices.json"
        self._scenario, self._version, self._read_only = scenario, version, read_only
        self._seen = Saved(scenario=scenario, version=version)
        self._last: Run | None = None  # the run last given to this store, or read from it
        self._unsaved: tuple[Run, ...] = ()  # runs from the time when the file could not be written

    def read(self) -> Standing:
        """What the file holds. A damaged one is set aside under a name of its own, and the story starts afresh."""
        try:
            saved, notice = self._on_disk()
            if notice and self._read_only:
                notice = f"{self.path.name} {notice}."
            elif notice:
                with self._lock():
                    saved, notice = self._on_disk(set_aside=True)
        except OSError as error:
            return Standing(None, (), self._unreadable(error))
        if saved is None:
            return Standing(None, (), notice)
        self._seen, self._last = saved, saved.run
        if saved.version != self._version:
            notice = (
                f"The choices in {self.path.name} were made in version {saved.version} of this story; "
                f"it is now version {self._version}."
            )
        return Standing(saved.run, saved.past, notice)

    def save(self, run: Run) -> Standing:
        """Make ``run`` the one that stands. The one before, unless ``run`` goes on from it, goes into ``past``.

        When another kernel or tab has written a different run meanwhile, that one stands and ``run`` goes into
        ``past``: a click can come too late, it is never lost. When the file cannot be written, play goes on unsaved.
        """
        if self._read_only:
            return Standing(run)
        left = (*self._unsaved, *((self._last,) if self._last else ()))
        self._last = run
        try:
            with self._lock():
                disk, notice = self._on_disk(set_aside=True)
                disk = disk or Saved(scenario=self._scenario, version=self._version)
                there = disk.run if disk.revision != self._seen.revision and disk.run != self._seen.run else None
                late = there is not None and not run.holds(there)
                stands = there if there is not None and late else run
                past = tidy((*disk.past, *left, run), stands)
                revision = max(disk.revision, self._seen.revision) + 1
                saved = Saved(scenario=self._scenario, version=self._version, revision=revision, run=stands, past=past)
                self._write(saved)
        except OSError as error:
            self._unsaved = left
            return Standing(run, tidy((*self._seen.past, *left), run), self._unwritable(error))
        self._seen, self._last, self._unsaved = saved, stands, ()
        if late:
            notice = (
                "This story was played on in another tab or kernel. What you see now is that newer run; "
                f"what you had here, your last click included, is kept in {self.path.name} under 'past'."
            )
        return Standing(stands, past, notice, taken=not late)

    def _lock(self) -> FileLock:
        return FileLock(self.path.with_name(f".{self._scenario}.choices.lock"), timeout=LOCK_SECONDS)

    def _on_disk(self, *, set_aside: bool = False) -> tuple[Saved | None, str]:
        """The file's content, or None and a sentence about what is wrong with it. Raises OSError."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None, ""
        try:
            saved = Saved.model_validate_json(raw)
        except ValidationError:
            what = _what_is_wrong(raw)
        else:
            if saved.scenario == self._scenario:
                return saved, ""
            what = f"holds another story ('{saved.scenario}')"
        if not set_aside:
            return None, what
        kept = aside_name(self.path)
        self.path.rename(kept)
        return None, (
            f"{self.path.name} {what}. It is kept as {kept.name}, and the story starts afresh. "
            "If you have a copy of the file from before, put it back under its old name and run this cell again."
        )

    def _write(self, saved: Saved) -> None:
        write_whole(self.path, json.dumps(saved.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n")

    def _unreadable(self, error: OSError) -> str:
        return (
            f"{self.path.name} cannot be read ({_reason(error)}), so the story starts afresh and is not saved. "
            "Give yourself the right to read and write the file, then run this cell again."
        )

    def _unwritable(self, error: OSError) -> str:
        return (
            f"Your choices are not saved: {self.path.name} cannot be written ({_reason(error)}). You can play on; "
            "this run lasts as long as this kernel. To keep it, make room or move the notebook to a folder of your own."
        )


def tidy(past: tuple[Run, ...], stands: Run) -> tuple[Run, ...]:
    """``past`` without runs that say nothing ``stands`` or a later one does not say; the newest twenty."""
    kept: list[Run] = []
    for run in past:
        if not run.choices or stands.holds(run) or any(other.holds(run) for other in kept):
            continue
        kept = [other for other in kept if not run.holds(other)] + [run]
    return tuple(kept[-PAST_RUNS:])


def _what_is_wrong(raw: bytes) -> str:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return "is cut short or is not JSON"
    number = data.get("leadgym") if isinstance(data, dict) else None
    if isinstance(number, int) and number > 1:
        return "was written by a newer leadgym, which this one cannot read"
    return "does not look like a file of choices"


def _reason(error: OSError) -> str:
    return error.strerror or "another program holds its lock"
