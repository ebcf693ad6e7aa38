"""How much one submission may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a notebook may use while it is marked. Sizes in bytes, times in seconds."""

    memory: int = 1024 * MB
    """For each process, and for all of them together, beyond what is loaded when the notebook starts."""
    processes: int = 64
    """Processes and threads at one time."""
    disk: int = 256 * MB
    """What the notebook's folder may hold, its own files included; half of it in /tmp, a quarter in /dev/shm."""
    file: int = 64 * MB
    """The largest file it may write."""
    open_files: int = 512
    stream: int = 1 * MB
    """Text a cell may print; what is beyond is not kept."""
    rich: int = 16 * MB
    """Figures, tables and other displayed data of a cell; what is beyond is not kept, answers excepted."""
    notebook: int = 64 * MB
    """All outputs of a notebook together; what is beyond is not kept, answers excepted."""
    answers: int = 4 * MB
    """All answers of a notebook together, as JSON; beyond it each further one counts as too large."""
    wire: int = 256 * MB
    """Everything a notebook may send out, kept or not; beyond it is stopped."""
    wall: float = 900.0
    """The whole notebook, all cells and questions together."""
    grace: float = 4.0
    """How long an interrupted cell may take to stop before the notebook is stopped."""

    def to_json(self) -> dict[str, Any]:
        """As data, for the other side of the jail's wall."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Limits:
        """What `to_json` wrote."""
        return cls(**data)
