"""The stories of the course, as they were laid into this edition when it was built."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from leadgym.scenario.model import Scenario

_STORIES = files("leadgym") / "stories"


def slugs() -> list[str]:
    """The modules there are, in course order."""
    return sorted(path.name.removesuffix(".json") for path in _STORIES.iterdir())


def find_slug(name: str) -> str:
    """The module whose slug is ``name`` or starts with it. Raises KeyError with what there is."""
    found = [slug for slug in slugs() if slug == name] or [slug for slug in slugs() if slug.startswith(name)]
    if len(found) == 1:
        return found[0]
    raise KeyError(f"There is no module '{name}'. There are: {', '.join(slugs())}.")


@lru_cache(maxsize=32)
def scenario(slug: str) -> Scenario:
    """The module's story."""
    return Scenario.model_validate_json((_STORIES / f"{slug}.json").read_text(encoding="utf-8"))
