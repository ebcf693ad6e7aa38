"""What a CI log says, whoever wrote it: runs, and the jobs in them where the export has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Outcome = Literal["passed", "failed", "cancelled", "skipped", "unfinished", "other"]

UNATTENDED = frozenset(
    {"schedule", "repository_dispatch", "workflow_run", "deployment_status", "dynamic", "page_build"}
)
"""Events that nobody's hand set off just then: nobody sits in front of such a run."""


@dataclass(frozen=True)
class Job:
    """One job of a run. ``ready``: when it could have started; None where the export does not say.

    ``needs``: the jobs it waits for, by name; None where the export does not say, which is most of them.
    """

    name: str
    outcome: Outcome
    started: datetime
    ended: datetime
    ready: datetime | None = None
    needs: tuple[str, ...] | None = None

    @property
    def stage(self) -> str:
        """The name without the values of a matrix, ``test (3.12, linux)``, or GitLab's ``test 2/4``."""
        head, _, tail = self.name.partition(" (")
        if tail and self.name.endswith(")"):
            return head
        head, _, tail = self.name.rpartition(" ")
        numbers = tail.split("/")
        return head if head and len(numbers) == 2 and all(part.isdecimal() for part in numbers) else self.name

    @property
    def minutes(self) -> float:
        """How long it ran."""
        return (self.ended - self.started).total_seconds() / 60

    @property
    def queued(self) -> float:
        """Minutes between ready and started; 0 where the export does not say when it was ready."""
        return max(0.0, (self.started - (self.ready or self.started)).total_seconds() / 60)


@dataclass(frozen=True)
class Run:
    """One attempt at one run (a workflow run, a pipeline).

    ``created``: when it was asked for. ``started``: when this attempt began; for a second attempt that is later.
    ``ended`` is None while it is not over. ``commit`` is empty where the export does not say.
    """

    id: str
    attempt: int
    workflow: str
    commit: str
    event: str
    outcome: Outcome
    created: datetime
    started: datetime
    ended: datetime | None
    by_a_machine: bool = False
    jobs: tuple[Job, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it came to a result of its own."""
        return self.outcome in ("passed", "failed") and self.ended is not None

    @property
    def minutes(self) -> float:
        """From the start of this attempt to its end, waiting for machines included; 0 while it is not over."""
        return (self.ended - self.started).total_seconds() / 60 if self.ended else 0.0

    @property
    def waited_for(self) -> bool:
        """Whether somebody may be waiting: a person set it off, and it came to a result."""
        return self.over and not self.by_a_machine and self.event not in UNATTENDED


@dataclass(frozen=True)
class Log:
    """A whole export. ``notes``: what a reader should know about it. ``left_out``: records that could not be used."""

    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    left_out: int = 0
    sources: tuple[str, ...] = field(default=())
