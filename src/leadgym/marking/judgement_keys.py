"""The key of a form of judgement items: whose it is, what a panel said of it, and what it is worth.

The authors' keys are provisional. Where a panel of ten or more has rated the options and agreed, its ratings are the
key; where it did not agree, the item is contested: shown, and not scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from leadgym.marking.form import Form, Item, wording
from leadgym.marking.model import AnswerKeys
from leadgym.scenario.model import Id, Key, Text
from leadgym.yamlfile import Location, Model

PANEL_OF = 10
"""How many have to have rated an item before its key is a panel's."""


class OptionKey(Model):
    """The rating of an option, 1 to 5, the authors' provisional one or a panel's, and the authors' words about it.

    ``key`` is never shown; ``rationale``, ``right_when`` and ``dissent`` are, so they hold no rating.
    """

    key: Key
    rationale: Text
    right_when: Text
    dissent: Text


class PanelItem(Model):
    """How far a panel agreed on an item: the mean r_wg of its options, Kendall's W, and the words that were rated."""

    r_wg: Annotated[float, Field(le=1)]
    w: Annotated[float, Field(ge=0, le=1)] | None = None
    wording: Text
    contested: bool = False


class Panel(Model):
    """Who rated the options, when, and how far they agreed on each item. Fewer than ten are no panel."""

    experts: Annotated[int, Field(ge=PANEL_OF)]
    date: date
    items: Annotated[dict[Id, PanelItem], Field(min_length=1)]


class JudgementKeys(AnswerKeys):
    """For each item of the form, for each of its options, the key. No scored item has the same key throughout."""

    items: dict[Id, dict[Id, OptionKey]]
    panel: Panel | None = None

    @property
    def contested(self) -> frozenset[str]:
        """The items on which the panel did not agree: shown, not scored."""
        return frozenset(item for item, one in self.panel.items.items() if one.contested) if self.panel else frozenset()

    def scored(self, form: Form) -> list[tuple[int, Item]]:
        """The items of ``form`` that count, each with its place in the form, from 0."""
        return [(index, item) for index, item in enumerate(form.items) if item.id not in self.contested]

    def who(self, items: Iterable[str]) -> str:
        """Whose keys these items have: ``the authors``, ``the panel``, or ``the panel and the authors``."""
        rated = {self.panel is not None and item in self.panel.items for item in items}
        return {frozenset({True}): "the panel", frozenset({True, False}): "the panel and the authors"}.get(
            frozenset(rated), "the authors"
        )

    def best(self, item: str) -> set[str]:
        """The options of ``item`` with the highest key."""
        top = max(option.key for option in self.items[item].values())
        return {name for name, option in self.items[item].items() if option.key == top}


def panel_problems(keys: JudgementKeys, form: Form) -> Iterator[tuple[Location, str]]:
    """What the panel rated and the form does not have, or has in other words by now; nothing left to score."""
    words = {item.id: wording(item) for item in form.items}
    for item, one in keys.panel.items.items() if keys.panel else ():
        place = ("panel", "items", item)
        if item not in words:
            yield place, "the form has no such item; take it out or correct its name."
        elif one.wording != words[item]:
            yield (
                place,
                "its words have changed since the panel rated them. Take this line out, and its key is the authors' "
                "own again; or have the new words rated.",
            )
    if keys.contested and not keys.scored(form):
        yield ("panel", "items"), "every item is contested, so nothing is left to mark; take the panel out."


def standing(form: Form, keys: JudgementKeys) -> str:
    """Whose the keys are and what they are worth, and which items do not count."""
    if keys.panel is None:
        return (
            "The keys are the authors' own and provisional: no panel has rated these options yet. "
            "Where you see it differently, read the dissent."
        )
    said = [
        f"The keys are those of a panel of {keys.panel.experts} practitioners, who rated the options in "
        f"{keys.panel.date:%B %Y} without having seen the authors' keys. The reasons are the authors'. Where you see "
        "it differently, read the dissent."
    ]
    if contested := [index + 1 for index, item in enumerate(form.items) if item.id in keys.contested]:
        said.append(
            f"{items_are(contested)} contested: the panel did not agree among itself, so no answer there counts for or "
            "against you."
        )
    if own := [index + 1 for index, item in enumerate(form.items) if item.id not in keys.panel.items]:
        said.append(
            f"{items_are(own)} not rated by the panel in these words: there the key is the authors', provisional."
        )
    return " ".join(said)


def items_are(numbers: Sequence[int]) -> str:
    """``Item 3 is`` or ``Items 3, 7 are``."""
    return f"Item {numbers[0]} is" if len(numbers) == 1 else f"Items {', '.join(map(str, numbers))} are"


def whose(form: Form, keys: JudgementKeys) -> str:
    """Whose keys the form's scored items have, as ``JudgementKeys.who`` says it."""
    return keys.who(item.id for _, item in keys.scored(form))


def possessive(who: str) -> str:
    """``the authors'``, ``the panel's``."""
    return who.replace("authors", "authors'").replace("panel", "panel's")


def upper(who: str) -> str:
    """With a capital, to begin a sentence."""
    return who[0].upper() + who[1:]
