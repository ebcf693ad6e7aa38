"""What a scenario file may say. One class per kind of entry; the engine plays it, the checker criticises it.

Conditions (``if``) and formulas are small expressions, see ``leadgym.scenario.expression``.
Prose fields are Markdown; ``{name}`` in them stands for an entry of ``words``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leadgym.yamlfile import Model

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Chance = Annotated[float, Field(gt=0, le=1)]
Key = Annotated[int, Field(ge=1, le=5)]


class Person(Model):
    """One of the cast."""

    name: Text
    role: Text
    about: Text


class Variable(Model):
    """A state variable. ``better`` says which way is good; ``none`` is for bookkeeping and takes no side."""

    label: Text
    start: float
    unit: str = ""
    min: float | None = None
    max: float | None = None
    better: Literal["high", "low", "none"]
    show: bool = True
    digits: Annotated[int, Field(ge=0, le=3)] = 1


class Derived(Model):
    """A value computed from the state whenever it is asked for."""

    label: Text
    formula: Text
    unit: str = ""
    better: Literal["high", "low", "none"] = "none"
    show: bool = True
    digits: Annotated[int, Field(ge=0, le=3)] = 1


class Aim(Model):
    """What the player declares a weight for before playing. ``score`` is a formula worth 0 to 100 at the end."""

    label: Text
    about: Text
    score: Text


class Fact(Model):
    """Something true that the player only learns by asking. ``text`` is shown once it is known."""

    text: Text


class Passage(Model):
    """A piece of prose that is told only when ``if`` holds."""

    condition: str | None = Field(default=None, alias="if")
    text: Text


class Word(Model):
    """One reading of a story-dependent word; the first whose ``if`` holds is used."""

    condition: str | None = Field(default=None, alias="if")
    reads: Text = Field(alias="is")


class Outcome(Model):
    """One result of a draw: its chance (the chances of a draw add up to 1), its effects and what is told."""

    id: Id
    chance: Chance
    change: dict[Id, float] = {}
    text: str = ""


class Effect(Model):
    """What an option, an answer or an arrival does.

    ``change`` adds to variables. ``later`` puts the effect off until the named scene (or ``end``) is reached;
    ``if`` is then read at that time. ``chance`` draws once by seed. ``draw`` names a seeded draw with ``outcomes``.
    ``text`` is told when the effect happens; ``why`` is the short reason that stands beside the meter.
    """

    condition: str | None = Field(default=None, alias="if")
    later: Id | None = None
    chance: Chance | None = None
    change: dict[Id, float] = {}
    draw: Id | None = None
    outcomes: list[Outcome] = []
    text: str = ""
    why: str = ""


class Ask(Model):
    """A question the player may put before deciding. ``who`` is one of the cast, or empty for reading something."""

    id: Id
    who: Id | None = None
    text: Text
    answer: Text
    condition: str | None = Field(default=None, alias="if")
    learns: list[Id] = []
    effects: list[Effect] = []


class Asking(Model):
    """The questions of a scene and how many of them the player can afford."""

    budget: Annotated[int, Field(ge=1)]
    intro: Text
    choices: Annotated[list[Ask], Field(min_length=1)]


class Option(Model):
    """Something the player can do, with what it does and what a debrief says about it.

    ``key`` is the author's provisional rating of its effectiveness, 1 to 5; ``keys`` overrides it per variant.
    """

    id: Id
    text: Text
    condition: str | None = Field(default=None, alias="if")
    outcome: Text | None = None
    tells: list[Passage] = []
    effects: list[Effect] = []
    key: Key
    keys: dict[Id, Key] = {}
    right_when: str = ""
    rationale: str = ""
    dissent: str = ""
    next: Id | None = None

    def key_in(self, variant: str | None) -> int:
        """The key that holds in ``variant``."""
        return self.keys.get(variant, self.key) if variant else self.key


class Scene(Model):
    """A decision point: when and where, what happens, what may be asked, what may be done.

    A scene without ``options`` is an interlude: it is told and passes on to ``next``.
    """

    id: Id
    title: Text
    when: Text
    text: Text
    passages: list[Passage] = []
    asking: Asking | None = None
    question: str = ""
    options: list[Option] = []
    order: Literal["seeded", "fixed"] = "seeded"
    turning_point: bool = False
    next: Id | None = None


class Ending(Model):
    """Where a run can end. The first whose ``if`` holds is reached; the last has no ``if``."""

    id: Id
    title: Text
    condition: str | None = Field(default=None, alias="if")
    text: Text
    passages: list[Passage] = []


class Variant(Model):
    """An organisation in which the same story is played, with its own starting values."""

    label: Text
    about: Text
    start: dict[Id, float] = {}


class Debrief(Model):
    """What the player takes away: questions with no single answer, and a sentence about the end state."""

    questions: Annotated[list[Text], Field(min_length=1)]
    sentence: Text
    compare: Id
    measure: Id


class Walkthrough(Model):
    """A path the tests play: each step is ``scene.option``, or ``ask scene.question``; ``ending`` must be reached."""

    name: Text
    seed: int | None = None
    variant: Id | None = None
    weights: dict[Id, Annotated[int, Field(ge=0, le=100)]] = {}
    path: Annotated[list[str], Field(min_length=1)]
    ending: Id


class Scenario(Model):
    """A whole scenario file.

    Scenes are played in file order unless ``next`` says otherwise; after the last comes the ending.
    ``debrief.compare`` names the scene whose other branches are replayed under the same seed, and
    ``debrief.measure`` the variable or derived value whose end state its sentence is about.
    """

    scenario: Id
    title: Text
    module: str
    version: Annotated[int, Field(ge=1)] = 1
    seed: int = 1
    premise: Text
    cast: dict[Id, Person]
    variables: dict[Id, Variable]
    derived: dict[Id, Derived] = {}
    aims: dict[Id, Aim] = {}
    variants: dict[Id, Variant] = {}
    facts: dict[Id, Fact] = {}
    words: dict[Id, list[Word]] = {}
    scenes: Annotated[list[Scene], Field(min_length=1)]
    endings: Annotated[list[Ending], Field(min_length=1)]
    debrief: Debrief
    walkthroughs: list[Walkthrough] = []

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each scene stands in the file, from 0."""
        return {scene.id: place for place, scene in enumerate(self.scenes)}

    def scene(self, name: str) -> Scene:
        """The scene with that id. Raises KeyError when there is none."""
        return self.scenes[self.places[name]]
