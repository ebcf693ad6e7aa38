"""Generated experts for tests of the panel: no person rated anything here, and nothing follows from it for an item."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leadgym.cohort.panel.asked import ROLES, Asked, order


def sent(asked: Asked, name: str, ratings: Mapping[str, Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """What the form would save for ``name``; ``more`` goes over it."""
    items = {
        item: {
            "wording": asked.wordings[item],
            "order": order(name, list(own), item),
            "ratings": dict(own),
            "words": "",
        }
        for item, own in ratings.items()
    }
    about = {"leadgym_panel": 1, "module": asked.module, "answer": asked.answer, "version": asked.version}
    return {**about, "expert": name, "role": "lead", "saved": "2027-02-01T10:00:00.000Z", "items": items, **more}


def near(asked: Asked, means: Mapping[tuple[str, str], float], spread: float, seed: int) -> dict[str, dict[str, int]]:
    """Ratings around ``means`` by (item, option), with a normal error, rounded and kept on the scale."""
    luck = random.Random(seed)  # noqa: S311 - a seeded coin
    return {
        item.id: {
            option.id: min(5, max(1, round(means[item.id, option.id] + luck.gauss(0, spread))))
            for option in item.options
        }
        for item in asked.form.items
    }


def lay(asked: Asked, folder: Path, many: int, means: Mapping[tuple[str, str], float], spread: float = 0.4) -> Path:
    """``many`` files of generated experts in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(many):
        data = sent(asked, f"made {number:02}", near(asked, means, spread, number), role=list(ROLES)[number % 3])
        (folder / f"{number:02}.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    return folder
