"""Where the full edition shows what a simulation makes of a decision: a sentence that says so."""

from __future__ import annotations

from leadgym.scenario.engine import State
from leadgym.scenario.model import Scene

SAID = "What a simulation makes of these options is in the full edition of leadgym."


def model_said(key: str, scene: Scene, taken: str, variant: str | None = None) -> str:
    """The sentence, as HTML."""
    return f'<p class="leadgym-hint">{SAID}</p>'


def model_transcript(state: State) -> str:
    """Nothing: the run as text holds the run."""
    return ""
