"""A run through a scenario: the choices are replayed by the engine, totals that came with them are never believed.

In the rubric (the keys of turning points come from the scenario, which is public: no key file):

```yaml
path:
  kind: path
  title: The ledger ticket, played
  asks: Play the scenario to an ending.
  module: 02_delegation             # whose scenario
  points: 20
  criteria:
    - {id: finished, measure: finished, title: ..., points: 2, reason: ..., next_step: ...}
    - {id: outcome, measure: outcome, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: turning, measure: turning_points, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: weights, measure: weights, title: ..., points: 3, reason: ..., next_step: ...}
    - {id: asked, measure: asked, at_least: 2, title: ..., points: 3, reason: ..., next_step: ...}   # facts; 1 if left out
```

The answer: ``{"scenario": "ledger_ticket", "seed": 1, "variant": null, "weights": {"ship": 60, "grow": 40}, "choices": [...]}``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadgym.marking.model import Answer, Criterion
from leadgym.scenario.model import Text


class PathCriterion(Criterion):
    """``measure``: ``finished``, ``outcome``, ``turning_points``, ``weights`` or ``asked``.

    ``at_least`` belongs to ``asked``: how many hidden facts have to be learned for all the points.
    """

    measure: Literal["finished", "outcome", "turning_points", "weights", "asked"]
    at_least: Annotated[int, Field(ge=1)] | None = None


class PathAnswer(Answer):
    """A run through the scenario of ``module``."""

    kind: Literal["path"]
    module: Text
    criteria: Annotated[list[PathCriterion], Field(min_length=1)]
