"""The fields of a plan's entry: what each takes, and how a value is read or refused in a sentence."""

from __future__ import annotations

import difflib
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from leadgym.marking.rules import LIST, NUMBER, ROW, TEXT, TRUTH, Row, Type
from leadgym.marking.show import number
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Model

Tables = Mapping[str, Mapping[str, Row]]
Bound = Annotated[float, Field(ge=-1e9, le=1e9)]
Words = Annotated[int, Field(ge=1, le=2000)]


class Refused(ValueError):
    """Why a value is not what a field takes; completes the sentence that begins with the field's label."""


class Takes(Model):
    """What a field, or each part of a list, takes."""

    @abstractmethod
    def read(self, value: Any, tables: Tables) -> Any:
        """The value as rules see it. Raises Refused."""

    @abstractmethod
    def seen_as(self) -> Type:
        """What rules see."""

    def problems(self, tables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(Where in the field, what is wrong)."""
        return []


class TakesText(Takes):
    """Words. ``min_words`` counts different words, so that repeating one does not fill a field."""

    type: Literal["text"]
    min_words: Words = 1
    max_words: Words = 200

    def read(self, value: Any, tables: Tables) -> str:
        """The text, trimmed."""
        if not isinstance(value, str):
            raise Refused("has to be text in quotes")
        words = value.split()
        different = {word.casefold().strip(".,;:!?()\"'") for word in words} - {""}
        if len(different) < self.min_words:
            least = "a word" if self.min_words == 1 else f"{self.min_words} different words"
            raise Refused(f"needs at least {least}" + (f"; it has {len(different)}" if different else ""))
        if len(words) > self.max_words:
            raise Refused(f"has {len(words)} words; {self.max_words} have to do")
        return value.strip()

    def seen_as(self) -> Type:
        """A text."""
        return Type(TEXT)

    def problems(self, tables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Bounds the wrong way round."""
        return [("min_words", "is larger than max_words.")] if self.min_words > self.max_words else []


class TakesChoice(Takes):
    """One of ``choices`` (id: what it reads as), or the id of a row of ``table``."""

    type: Literal["choice"]
    choices: Annotated[dict[Id, Text], Field(min_length=2)] | None = None
    table: Id | None = None

    def read(self, value: Any, tables: Tables) -> Any:
        """The row, or the id of the choice."""
        admitted: Mapping[str, Any] = tables[self.table] if self.table is not None else self.choices or {}
        if isinstance(value, str) and value in admitted:
            return admitted[value] if self.table is not None else value
        near = difflib.get_close_matches(value, admitted, n=1) if isinstance(value, str) and len(value) < 60 else []
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        raise Refused(f"has to be one of {', '.join(admitted)}{hint}")

    def seen_as(self) -> Type:
        """A row, or a text that can only be one of the choices."""
        if self.table is not None:
            return Type(ROW, table=self.table)
        return Type(TEXT, choices=frozenset(self.choices or ()))

    def problems(self, tables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Neither choices nor table, both, or a table that is not there."""
        if (self.choices is None) == (self.table is None):
            return [("type", "give either 'choices' or a 'table'.")]
        if self.table is not None and self.table not in tables:
            return [("table", f"there is no table '{self.table}'; there are: {', '.join(tables) or 'none'}.")]
        return []


class TakesNumber(Takes):
    """A number between ``min`` and ``max``; ``whole`` asks for one without decimals."""

    type: Literal["number"]
    min: Bound
    max: Bound
    whole: bool = False
    unit: str = ""

    def read(self, value: Any, tables: Tables) -> float:
        """The number."""
        unit = f" {self.unit}" if self.unit else ""
        span = f"between {number(self.min)} and {number(self.max)}{unit}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            quoted = ", without quotes" if isinstance(value, str) else ""
            raise Refused(f"has to be a number {span}{quoted}")
        if not self.min <= value <= self.max:
            raise Refused(f"has to lie {span}")
        if self.whole and value != int(value):
            raise Refused(f"has to be a whole number {span}")
        return value

    def seen_as(self) -> Type:
        """A number."""
        return Type(NUMBER)

    def problems(self, tables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Bounds the wrong way round."""
        return [("min", "is not below max.")] if self.min >= self.max else []


class TakesYesNo(Takes):
    """True or false."""

    type: Literal["yes_no"]

    def read(self, value: Any, tables: Tables) -> bool:
        """The truth value."""
        if not isinstance(value, bool):
            raise Refused("has to be True or False")
        return value

    def seen_as(self) -> Type:
        """True or false."""
        return Type(TRUTH)


class TakesList(Takes):
    """Between ``min`` and ``max`` different texts or choices."""

    type: Literal["list"]
    of: Annotated[TakesText | TakesChoice, Field(discriminator="type")]
    min: Annotated[int, Field(ge=0, le=100)] = 1
    max: Annotated[int, Field(ge=1, le=100)] = 10

    def read(self, value: Any, tables: Tables) -> list[Any]:
        """The parts, each read."""
        if not isinstance(value, list):
            raise Refused('has to be a list, as in ["...", "..."]')
        if not self.min <= len(value) <= self.max:
            raise Refused(f"has {len(value)} parts; it takes {self.min} to {self.max}")
        parts = []
        for index, part in enumerate(value):
            try:
                parts.append(self.of.read(part, tables))
            except Refused as error:
                raise Refused(f"part {index + 1} {error}") from error
        same = [part.casefold() if isinstance(part, str) else part for part in parts]
        if len(set(same)) < len(same):
            raise Refused("says the same thing twice")
        return parts

    def seen_as(self) -> Type:
        """A list."""
        return Type(LIST, of=self.of.seen_as())

    def problems(self, tables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Bounds the wrong way round, and what is wrong with its parts."""
        bounds = [("min", "is larger than max.")] if self.min > self.max else []
        return bounds + [("of", f"{where}: {what}") for where, what in self.of.problems(tables)]


class _Labelled(Takes):
    """``label`` is what the field is called in sentences; ``optional`` says that it may be left out."""

    label: Text
    optional: bool = False


class TextField(TakesText, _Labelled):
    """A field for words."""


class ChoiceField(TakesChoice, _Labelled):
    """A field for one of several."""


class NumberField(TakesNumber, _Labelled):
    """A field for a number."""


class YesNoField(TakesYesNo, _Labelled):
    """A field for true or false."""


class ListField(TakesList, _Labelled):
    """A field for several texts or choices."""


AnyField = Annotated[TextField | ChoiceField | NumberField | YesNoField | ListField, Field(discriminator="type")]
