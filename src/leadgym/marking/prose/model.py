"""What the files of a prose exercise may say: the case, the rubric with its rules, labelled answers.

A rule is a phrase, a list (any of them), or one of the forms of ``Rule``. ``leadgym rubric new`` writes a small
exercise with every form that is needed to begin with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Model

LEVELS = ("excellent", "decent", "weak", "bad")


def _rule(value: Any) -> Any:
    """A phrase stands for ``words``, a list for ``any``."""
    if isinstance(value, str):
        return {"words": [value]}
    return {"any": value} if isinstance(value, list) else value


def _named(value: Any) -> Any:
    """YAML reads the keys 0, 1 and 2 as numbers; fields have names."""
    return {str(key): said for key, said in value.items()} if isinstance(value, dict) else value


class Dates(Model):
    """Days that count: ``on`` one of them, or ``from`` and ``to``, both included."""

    on: list[dt.date] = []
    first: dt.date | None = Field(default=None, alias="from")
    last: dt.date | None = Field(default=None, alias="to")
    weekday: bool = True
    """Whether a weekday alone ("on Thursday") counts, as the next one."""

    def holds(self, day: dt.date) -> bool:
        """Whether ``day`` is among them."""
        if self.on:
            return day in self.on
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


class Jargon(Model):
    """Technical words that the reader does not use: ``listed`` ones, and abbreviations in capitals not ``known``."""

    listed: list[Text] = []
    known: list[Text] = []
    at_least: Annotated[int, Field(ge=1)] = 1


class Rule(Model):
    """One thing to look for; exactly one of the fields below, or ``together`` with ``within``."""

    words: list[Text] | None = None
    denied: bool | None = None
    """For ``words``: also where a "not" stands before it in its clause. Usual: as a part of ``together`` only."""
    facts: list[Id] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    """For ``facts``, ``count`` and ``jargon``-like lists: how many different ones."""
    date: Dates | None = None
    stray: Literal["amount", "date", "share"] | None = None
    """An amount (date, share) that is none of the case's facts."""
    jargon: Jargon | None = None
    question: bool | None = None
    longer_than: Annotated[int, Field(ge=1)] | None = None
    shorter_than: Annotated[int, Field(ge=1)] | None = None
    contradicts: list[Id] | None = None
    """Statements of the case that the text contradicts; ``[any]`` for all of them."""
    sign: Id | None = None
    """A rule of ``signs``, by its name."""
    criterion: Id | None = None
    """For caps: a criterion that came to level 0."""
    any: list[AnyRule] | None = None
    all: list[AnyRule] | None = None
    none: list[AnyRule] | None = None
    count: list[AnyRule] | None = None
    together: list[AnyRule] | None = None
    within: Annotated[int, Field(ge=1, le=10)] = 1
    """For ``together``: in how many sentences running."""
    opening: list[AnyRule] | None = None
    """All of these in the first sentence after a greeting; ``within`` for the first few."""

    def heads(self) -> list[str]:
        """The forms that this rule uses; there has to be one."""
        return [name for name in FORMS if getattr(self, name) is not None]

    def parts(self) -> Iterator[tuple[tuple[str, int], Rule]]:
        """The rules inside this one, with their places."""
        for name in ("any", "all", "none", "count", "together", "opening"):
            for index, part in enumerate(getattr(self, name) or ()):
                yield (name, index), part


FORMS: tuple[str, ...] = (
    "words",
    "facts",
    "date",
    "stray",
    "jargon",
    "question",
    "longer_than",
    "shorter_than",
    "contradicts",
)
FORMS += ("sign", "criterion", "any", "all", "none", "count", "together", "opening")
AnyRule = Annotated[Rule, BeforeValidator(_rule)]
Rule.model_rebuild()


class Fact(Model):
    """A figure, date, person or statement of the case. ``role`` says what it is: an ask is not a cost."""

    id: Id
    role: Text
    value: Any = None
    unit: Text
    text: Text
    tolerance: float | Text = "exact"
    near: list[Text] = []
    """Words that show the figure is meant in this role, one of them in the same sentence; none: anywhere."""
    said: list[Text] = []
    """Other ways to write a name, a ticket or a statement."""


class Contradiction(Model):
    """A statement that the case rules out, and what shows that a text makes it."""

    id: Id
    says: Text
    detect: AnyRule


class Trap(Model):
    """A figure that one mistake leads to."""

    value: float
    how: Text


class Case(Model):
    """``case.yaml``: who reads, how long, the facts, what contradicts them."""

    case: Id
    audience: Text
    today: dt.date
    words: dict[Literal["most"], Annotated[int, Field(ge=10, le=5000)]]
    names: list[Text] = []
    """Words of the case that are nobody's jargon and no misspelling."""
    facts: list[Fact]
    traps: list[Trap] = []
    contradictions: list[Contradiction] = []


class Detection(Model):
    """How a criterion is read.

    ``spoilt``: level 0, whatever else is there. Else ``full``: level 2 (without ``full``: 2 from the start), else
    ``half``: level 1, else 0. ``lowered``: not more than 1. ``unsure``: a person should look.
    """

    full: AnyRule | None = None
    half: AnyRule | None = None
    spoilt: AnyRule | None = None
    lowered: AnyRule | None = None
    unsure: AnyRule | None = None


class Levels(Model):
    """What each level means, for the learner."""

    none: Text = Field(alias="0")
    some: Text = Field(alias="1")
    full: Text = Field(alias="2")

    def said(self, level: int) -> str:
        """The sentence of ``level`` 0, 1 or 2."""
        return (self.none, self.some, self.full)[level]


class ProseCriterion(Model):
    """One thing the text is read for, as the learner sees it, and how the machine reads it."""

    id: Id
    title: Text
    weight: Annotated[int, Field(ge=1, le=100)]
    explanation: Text
    levels: Annotated[Levels, BeforeValidator(_named)]
    example_good: Text
    example_weak: Text
    next_step: Text
    detect: Detection


class Cap(Model):
    """A ceiling for the whole, whatever else is good."""

    id: Id
    when: Text
    at_most: Annotated[int, Field(ge=0, le=100)]
    detect: AnyRule
    next_step: Text


class Criteria(Model):
    """``criteria.yaml``: the analytic rubric with its rules. Weights add up to 100."""

    exercise: Id
    scale: Text
    second_look: Annotated[int, Field(ge=1)] | None = None
    """So many of the case's own words in a text that the rules fail: a person looks, since rules miss what they do not
    know how it can be said. Choose it between the weak and the decent labelled answers."""
    words: dict[Id, list[Text]] = {}
    """Groups of phrases, used as ``{name}``."""
    signs: dict[Id, AnyRule] = {}
    criteria: Annotated[list[ProseCriterion], Field(min_length=1)]
    caps: list[Cap] = []


class LabelledAnswer(Model):
    """An answer with what a careful reader gave it; gaming attempts have ``gaming`` and what they would deserve."""

    id: Text
    text: str
    level: Literal["excellent", "decent", "weak", "bad"] | None = None
    criteria: dict[Id, Annotated[int, Field(ge=0, le=2)]] = {}
    score: Annotated[float, Field(ge=0, le=100)] | None = None
    gaming: Text | None = None
    would_deserve: Annotated[float, Field(ge=0, le=100)] | None = None
    caps: list[Id] = []
    """Ceilings that the reader held to apply."""
    words: int | None = None
    note: str = ""
