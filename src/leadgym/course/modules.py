"""Where the course lies and what each module promises: ``module.yaml``, and how it covers the curriculum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from leadgym.course.statements import STATEMENTS
from leadgym.scenario.loader import load_scenario
from leadgym.scenario.model import Scenario
from leadgym.yamlfile import FileProblems, Model, load

Slug = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}_[a-z][a-z0-9_]*$")]
Statement = Annotated[str, StringConstraints(pattern=r"^S([1-9]|[1-3][0-9]|40)$")]
Minutes = Annotated[int, Field(gt=0)]


class CourseNotFound(FileNotFoundError):
    """The course's own files are not where this installation expects them."""


class Places(Model):
    """Where a module teaches or practises one statement: ``file#cell``, ``file#scene`` or ``file#answer``."""

    taught: list[str] = []
    practised: list[str] = []


class RaceOf(Model):
    """A policy race that a room sees: two of the simulation's reference policies, and the week from which the lead is
    away the second time."""

    policies: list[str]
    away: Annotated[int, Field(ge=1, le=13)]

    @field_validator("policies")
    @classmethod
    def _two_that_there_are(cls, names: list[str]) -> list[str]:
        from leadgym.sim.references import REFERENCES  # brings numpy along

        if len(names) != 2 or names[0] == names[1]:
            raise ValueError(f"A race is between two different policies; there are: {', '.join(REFERENCES)}.")
        for name in names:
            if name not in REFERENCES:
                raise ValueError(f"There is no policy '{name}'. Take two of: {', '.join(REFERENCES)}.")
        return names


class Segment(Model):
    """One part of a session: what it is, how long it takes, and the lesson's cell whose slide it is talked over.

    ``second``: the variant of the story in which this part plays it again, where it does. ``race``: the policy race
    that a room runs in this part, where it does. ``lines``: how the lines begin that people write here, on the
    handout.
    """

    name: Annotated[str, Field(min_length=1)]
    minutes: Minutes
    slide: Annotated[str, Field(min_length=1)] | None = None
    second: str | None = None
    race: RaceOf | None = None
    lines: Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=4)] = []


class Timings(Model):
    """Minutes per setting, in segments that are added up and held against the promise."""

    self_paced: list[Segment]
    workshop: list[Segment]
    lunch_and_learn: list[Segment]


class Module(Model):
    """``module.yaml``: what a module promises its reader."""

    module: Slug
    title: Annotated[str, Field(min_length=1)]
    summary: Annotated[str, Field(min_length=1)]
    prerequisites: list[Slug] = []
    minutes: Timings
    statements: dict[Statement, Places]
    does_not_teach: Annotated[list[str], Field(min_length=1)]
    on_monday: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _within_the_promise(self) -> Module:
        self_paced, lunch = self.total("self_paced"), self.total("lunch_and_learn")
        if not 60 <= self_paced <= 90:
            raise ValueError(f"self_paced adds up to {self_paced} minutes; a module takes 60 to 90.")
        if lunch != 45:
            raise ValueError(f"lunch_and_learn adds up to {lunch} minutes; a cut takes 45.")
        return self

    def total(self, setting: str) -> int:
        """The minutes of one setting, added up."""
        return sum(segment.minutes for segment in getattr(self.minutes, setting))


def content_root() -> Path:
    """The folder with ``course/``, ``exercises/``, ``solutions/`` and ``grader/``.

    It is the repository when leadgym runs from one, else the copy inside the installed package. What is installed for
    learners on a hub has neither ``solutions/`` nor ``grader/``. Raises CourseNotFound.
    """
    package = Path(__file__).resolve().parents[1]
    for root in (package.parents[1], package / "_content"):
        if (root / "course").is_dir() and ((root / "exercises").is_dir() or (root / "solutions").is_dir()):
            return root
    raise CourseNotFound(
        f"The course's files are not beside {package}. Install leadgym again: pip install -e . in a clone of it."
    )


def has_keys() -> bool:
    """Whether this installation can mark. One made for learners on a hub cannot: there the instructor's does."""
    return (content_root() / "grader" / "keys").is_dir()


def public(slug: str) -> Path:
    """Where an exercise's rubric and data lie, which are the same in ``solutions/`` and ``exercises/``."""
    authored = content_root() / "solutions" / slug
    return authored if authored.is_dir() else content_root() / "exercises" / slug


def slugs() -> list[str]:
    """The modules there are, in course order."""
    return sorted(path.parent.name for path in (content_root() / "course").glob("*/module.yaml"))


def find_slug(name: str) -> str:
    """The module whose slug is ``name`` or starts with it (``02`` or ``2``). Raises KeyError with what there is."""
    found = find_among(name, slugs())
    if found is None:
        raise KeyError(f"There is no module '{name}'. There are: {', '.join(slugs())}.")
    return found


def find_among(name: str, there: Sequence[str]) -> str | None:
    """The one slug that is ``name`` or starts with it (``02`` or ``2``); None where none or several do."""
    start = name.zfill(2) if name.isdecimal() else name
    found = [slug for slug in there if slug == name] or [slug for slug in there if slug.startswith(start)]
    return found[0] if len(found) == 1 else None


def module(slug: str) -> Module:
    """The module's promise. Raises FileProblems."""
    path = content_root() / "course" / slug / "module.yaml"
    found = load(path, Module)
    if found.module != slug:
        raise FileProblems([f"{path}:1: module: is '{found.module}' but the folder is '{slug}'. Make them equal."])
    return found


@lru_cache(maxsize=32)
def scenario(slug: str) -> Scenario:
    """The module's scenario from the course's own, trusted copy. Raises FileProblems."""
    return load_scenario(content_root() / "course" / slug / "scenario.yaml")


def notebook_name(slug: str) -> str:
    """The exercise notebook's file name, without its folder."""
    folder = public(slug)
    found = sorted(folder.glob("*.ipynb"))
    if len(found) != 1:
        raise CourseNotFound(f"{folder.parent.name}/{slug} has {len(found)} notebooks; it has to have one.")
    return found[0].name


_PLACE = re.compile(r"^(?P<file>[\w./-]+)#(?P<what>[\w-]+)$")


def coverage() -> dict[str, Places]:
    """For S1 to S40: the places that teach and that practise it, over all modules, each checked to exist.

    Raises FileProblems when a module names a place that is not there.
    """
    found: dict[str, Places] = {statement: Places() for statement in STATEMENTS}
    problems: list[str] = []
    for slug in slugs():
        for statement, places in module(slug).statements.items():
            for kind in ("taught", "practised"):
                for place in getattr(places, kind):
                    problem = _missing(slug, place)
                    if problem:
                        problems.append(f"course/{slug}/module.yaml:1: statements.{statement}.{kind}: {problem}")
                        continue
                    getattr(found[statement], kind).append(f"{slug}/{place}")
    if problems:
        raise FileProblems(problems)
    return found


def _missing(slug: str, place: str) -> str | None:
    match = _PLACE.match(place)
    if match is None:
        return f"'{place}' is not of the form file#cell."
    root = content_root()
    path = next(
        (p for p in (root / "course" / slug / match["file"], root / "solutions" / slug / match["file"]) if p.is_file()),
        None,
    )
    if path is None:
        return f"there is no file {match['file']} in course/{slug} or solutions/{slug}."
    # Cell ids, scene ids and answer names are unique words in their files; a parse per kind of file would say no more.
    if not re.search(rf"\b{re.escape(match['what'])}\b", path.read_text(encoding="utf-8")):
        return f"{match['file']} has nothing called '{match['what']}'."
    return None
