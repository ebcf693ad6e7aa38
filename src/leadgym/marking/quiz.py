"""Asking again what was missed: 7 days after it was marked, then 14 and 28 days after each right answer.

A wrong answer puts an item back to 7 days; a right one after 28 days ends it. An item that is right in a later marking
stays in the deck: on the day on which the feedback was read that says little. The intervals widen because practice that
is spread out is kept longer than practice in one go (Cepeda et al. 2006); 7, 14 and 28 themselves are a choice.

Time is passed in. The first half knows no keys: it is what a notebook sees. ``verdict`` needs the key.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from leadgym.marking.files import beside
from leadgym.marking.form import load_form
from leadgym.marking.judgement import JudgementAnswer
from leadgym.marking.judgement_keys import JudgementKeys, upper
from leadgym.marking.rubric import Keys, Rubric
from leadgym.marking.show import stop
from leadgym.marking.sorting import SortingAnswer, SortingKeys
from leadgym.marking.tables import Table
from leadgym.yamlfile import Model

STEPS = (7, 14, 28)
"""Days until an item is asked for the first, second and third time."""


class Card(Model):
    """One missed item. ``step``: which of STEPS it waits for; ``due``: the day from which it is asked."""

    step: Literal[0, 1, 2]
    due: date


class Deck(Model):
    """What is kept: the items that wait, and the day on which others were answered for good, by their names."""

    leadgym: Literal[1] = 1
    cards: dict[str, Card] = {}
    done: dict[str, date] = {}

    def with_missed(self, missed: Mapping[str, date]) -> Deck:
        """With what was missed in a marking of that day. What waits already stays; what is done comes back if newer."""
        new = {
            name: Card(step=0, due=marked + timedelta(days=STEPS[0]))
            for name, marked in missed.items()
            if name not in self.cards and not (name in self.done and self.done[name] >= marked)
        }
        return Deck(cards={**self.cards, **new}, done={n: day for n, day in self.done.items() if n not in new})

    def due(self, today: date) -> list[str]:
        """The names of what is to be asked today, the longest overdue first."""
        found = [(card.due, name) for name, card in self.cards.items() if card.due <= today]
        return [name for _, name in sorted(found)]

    def answered(self, name: str, right: bool, today: date) -> Deck:
        """After an answer. Raises KeyError for what does not wait."""
        step = self.cards[name].step + 1 if right else 0
        rest = {other: card for other, card in self.cards.items() if other != name}
        if step == len(STEPS):
            return Deck(cards=rest, done={**self.done, name: today})
        card = Card.model_validate({"step": step, "due": today + timedelta(days=STEPS[step])})
        return Deck(cards={**rest, name: card}, done=self.done)


@dataclass(frozen=True)
class Question:
    """An item as it is asked again: public words alone. ``options``: (id, text) in a new order."""

    name: str
    about: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer stands in the key too, and what is said about it, a paragraph each.

    ``who``: whose key it is, ``the authors`` or ``the panel``.
    """

    right: bool
    says: tuple[str, ...]
    who: str = "the authors"


def first_words(right: bool, who: str) -> str:
    """What a verdict begins with."""
    return f"{upper(who)} would choose {'it too' if right else 'another'}."


def tally(right: Mapping[str, int], asked: Mapping[str, int]) -> str:
    """How many answers went with whom, and what those keys are worth. ``right`` and ``asked``: counts by ``who``."""
    said = [f"{right.get(who, 0)} of {many} as {who}" for who, many in asked.items() if many]
    worth = " The authors' keys are provisional: no panel has rated these yet." if asked.get("the authors") else ""
    return f"{', '.join(said)}.{worth}"


def question(rubric: Rubric, folder: Path, name: str, step: int) -> Question | None:
    """The item ``name`` (module/answer/item) of an exercise in ``folder``; None where there is no such item any more.

    The order of the options hangs on the name and the step alone.
    """
    _, answer, item = name.split("/")
    about = rubric.answers.get(answer)
    if isinstance(about, JudgementAnswer):
        found = next((one for one in load_form(beside(folder, about.items)).items if one.id == item), None)
        if found is None:
            return None
        text, options = found.situation, [(option.id, option.text) for option in found.options]
    elif isinstance(about, SortingAnswer):
        rows = Table(one="thing", file=about.things).load("things", folder)
        if item not in rows:
            return None
        text, options = str(rows[item]), list(about.classes.items())
    else:
        return None
    random.Random(zlib.crc32(f"{name} {step}".encode())).shuffle(options)  # noqa: S311 - an order, not a secret
    return Question(name, f"{rubric.title}: {about.title}", " ".join(text.split()), tuple(options))


def contested(keys: Keys, name: str) -> bool:
    """Whether a panel rated the item ``name`` (module/answer/item) and did not agree: then it is not asked."""
    _, answer, item = name.split("/")
    key = keys.answers.get(answer)
    return isinstance(key, JudgementKeys) and item in key.contested


def verdict(rubric: Rubric, keys: Keys, folder: Path, name: str, option: str) -> Verdict:
    """What the key says to ``option`` of the item ``name``. Raises KeyError for an option that it does not have."""
    _, answer, item = name.split("/")
    about, key = rubric.answers[answer], keys.answers[answer]
    asked = question(rubric, folder, name, 0)
    if asked is None or option not in dict(asked.options):
        raise KeyError(option)
    texts = dict(asked.options)
    if isinstance(about, JudgementAnswer) and isinstance(key, JudgementKeys):
        best, options, who = key.best(item), key.items[item], key.who([item])
        theirs = option if option in best else sorted(best)[0]
        says = [stop(options[theirs].rationale), f"It is right when: {stop(options[theirs].right_when)}"]
        if option not in best:
            says[:0] = [stop(options[option].rationale), f"{upper(who)} would: {stop(texts[theirs])}"]
        says.append(f"Who sees it otherwise: {stop(options[theirs].dissent)}")
        return Verdict(option in best, tuple(says), who)
    assert isinstance(about, SortingAnswer)  # noqa: S101 - question() knows no other kind
    assert isinstance(key, SortingKeys)  # noqa: S101 - load_keys has seen that it fits
    accepted = key.things[item].accepted
    stands = " and ".join(texts[one] for one in accepted)
    return Verdict(option in accepted, (f"It stands with {stop(stands)}", stop(key.things[item].why)))
