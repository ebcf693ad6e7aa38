"""A workspace to look at: a learner at Halyard who has played two stories and handed in three things. All invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leadgym.course.modules import notebook_name, scenario, slugs
from leadgym.tools.portfolio.found import ANSWER_TYPE

CHOSEN = {
    "02/plan": "Three tickets have owners who are not me; two of them have shipped without a call to me.",
    "02/brief": "Priya still has it pinned. She changed the date in it herself in the second week.",
}
_BRIEF = """Priya, the fee rules are yours from Monday, and they are due on Friday 4 June.

What will be different: the statement and the invoice show the same fee, to the cent. In March they differed 212 times.

Two things hold all the while. Nothing runs live before the replay of March agrees. Nobody edits the table by hand.

On day five you show me your design. Tuesdays and Thursdays from two to four I am there."""
_PLAN = {
    "fees": {"owner": "priya", "pairing": 3, "level": 4, "outcome": "cents_match", "checkpoint": 5, "step_in": 14},
    "webhooks": {
        "owner": "aisha",
        "pairing": 0,
        "level": 6,
        "outcome": "events_arrive",
        "checkpoint": 8,
        "step_in": 15,
    },
}


def sample_workspace(folder: Path) -> Path:
    """Write the sample into ``folder`` and return it."""
    for slug in ("00_baseline", "02_delegation"):
        if slug not in slugs():
            continue
        story = scenario(slug)
        way = story.walkthroughs[0]
        run = {
            "seed": story.seed if way.seed is None else way.seed,
            "variant": way.variant,
            "weights": dict(way.weights),
            "choices": list(way.path),
        }
        _write(
            folder / "course" / slug / f"{story.scenario}.choices.json",
            {"leadgym": 1, "scenario": story.scenario, "version": story.version, "revision": 1, "run": run, "past": []},
        )
    cells = [_cell("plan", _PLAN), _cell("brief", _BRIEF)]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    _write(folder / "exercises" / "02_delegation" / notebook_name("02_delegation"), notebook)
    return folder


def sample_marks() -> dict[str, tuple[float, float]]:
    """What the sample's gradebook would hold."""
    return {"00_baseline": (31.5, 50.0), "02_delegation": (71.25, 100.0)}


def _cell(name: str, answer: Any) -> dict[str, Any]:
    bundle = {"leadgym": 1, "name": name, "answer": answer}
    output = {"output_type": "display_data", "metadata": {}, "data": {ANSWER_TYPE: bundle, "text/plain": name}}
    source = f'submit("{name}", {name})'
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": [output],
    }


def _write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
