"""Guessers: ways to answer a form without judging anything. A form that pays one of them gives its key away.

An author's check, and a test of every form: each guesser looks only at what the form's text shows (length, place,
tone, words), never at the key. Rule of the house: none scores above .05 corrected for chance, and its interval over
items includes 0.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadgym.marking.form import HIGHEST, LOWEST, Form, FormOption, Item
from leadgym.marking.judgement import scores
from leadgym.marking.judgement_keys import JudgementKeys
from leadgym.marking.scores import agreement, best_pick

LIMIT = 0.05
CONFIDENCE = 0.4
MIDPOINT = (LOWEST + HIGHEST) // 2

Guesser = Callable[[Form], dict[str, Any]]

_NICE = (
    r"thank|appreciat|happy|glad|proud|trust|support|together|kind|listen|care|credit|encourag|open|fair|safe|feel|help"
)
_ASK = r"^(you )?(first )?(ask|find out|check with|hear|listen|inquire|question)|\bask(s|ing)?\b|what (she|he|they) "
_ESCALATE = r"escalat|manager|director|your boss|\bHR\b|\bRuth\b|\bSol\b|leadership|take it up|raise it with"
_MYSELF = (
    r"\byourself\b|you (do|fix|write|take|finish|build|handle|make) (it|this|that|the)|take it (over|on)|own hands"
)
_MEETING = (
    r"meeting|call everyone|get everyone|workshop|retro|stand-?up|in a room|whole team|the team together|hour with"
)


@dataclass(frozen=True)
class GuesserScore:
    """What one guesser earns on a form, corrected for chance, with a 95 % interval from resampling items."""

    guesser: str
    measure: str
    score: float
    low: float
    high: float

    @property
    def pays(self) -> bool:
        """Whether the form breaks the rule of the house for this guesser."""
        return self.score > LIMIT or self.low > 0


def guessers(form: Form, seed: int = 1) -> dict[str, Guesser]:
    """Every guesser that fits the form, by name. ``seed`` is the luck of those that toss a coin."""
    most = max(len(item.options) for item in form.items)
    found: dict[str, Guesser] = {"longest": length_rank(1), "shortest": length_rank(-1)}
    found |= {f"length rank {rank}": length_rank(rank) for rank in range(2, most)}
    found |= {f"position {place + 1}": position(place) for place in range(most)}
    found |= {
        "midpoint": midpoint,
        "extremes": extremes(seed),
        "nicest wording": wording(_NICE),
        "ask first": wording(_ASK),
        "escalate": wording(_ESCALATE),
        "do it myself": wording(_MYSELF),
        "hold a meeting": wording(_MEETING),
    }
    return found


def length_rank(rank: int) -> Guesser:
    """Rates options by how near their length comes to the ``rank``-th longest of the item; -1 is the shortest."""

    def answer(item: Item) -> list[float]:
        order = sorted(range(len(item.options)), key=lambda i: (-len(item.options[i].text), i))
        wanted = len(order) - 1 if rank < 0 else min(rank, len(order)) - 1
        return [-abs(order.index(i) - wanted) for i in range(len(item.options))]

    return _by(answer)


def position(place: int) -> Guesser:
    """Rates options by how near they stand to the ``place``-th (from 0)."""
    return _by(lambda item: [-abs(i - min(place, len(item.options) - 1)) for i in range(len(item.options))])


def wording(pattern: str) -> Guesser:
    """Rates options by how often the pattern stands in their text; no hit in an item: midpoint, and no pick."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return _by(lambda item: [float(len(wanted.findall(option.text))) for option in item.options])


def midpoint(form: Form) -> dict[str, Any]:
    """Everything in the middle, always the first option, as sure as a guess."""
    return {
        item.id: {
            "ratings": {option.id: MIDPOINT for option in item.options},
            "best": item.options[0].id,
            "confidence": 1 / len(item.options),
        }
        for item in form.items
    }


def extremes(seed: int) -> Guesser:
    """Every rating 1 or 5 by the toss of a coin that the option's id and ``seed`` decide."""

    def toss(item: Item, option: FormOption) -> float:
        return float(hashlib.sha256(f"{seed}:{item.id}:{option.id}".encode()).digest()[0] % 2)

    return _by(lambda item: [toss(item, option) for option in item.options])


def _by(rank: Callable[[Item], Sequence[float]]) -> Guesser:
    """A guesser that rates by ``rank``, highest 5 and lowest 1, and picks the highest."""

    def answer(form: Form) -> dict[str, Any]:
        return {item.id: _rated(item, rank(item)) for item in form.items}

    return answer


def _rated(item: Item, values: Sequence[float]) -> dict[str, Any]:
    low, high = min(values), max(values)
    if low == high:
        return {"ratings": {option.id: MIDPOINT for option in item.options}}
    steps = [LOWEST + round((HIGHEST - LOWEST) * (value - low) / (high - low)) for value in values]
    return {
        "ratings": {option.id: step for option, step in zip(item.options, steps, strict=True)},
        "best": item.options[list(values).index(high)].id,
        "confidence": CONFIDENCE,
    }


def score_guessers(form: Form, keys: JudgementKeys, *, seed: int = 1, draws: int = 1000) -> list[GuesserScore]:
    """Each guesser's ``ratings`` and ``best`` picks, with 95 % percentile intervals of a bootstrap over items."""
    found = []
    for name, guesser in guessers(form, seed).items():
        answer = guesser(form)
        point = scores(form, keys, answer)
        spread = _bootstrap(form, keys, answer, random.Random(f"{seed}:{name}"), draws)  # noqa: S311 - not for secrets
        found += [GuesserScore(name, measure, point[measure], *_middle(values)) for measure, values in spread.items()]
    return found


def _bootstrap(
    form: Form, keys: JudgementKeys, answer: Mapping[str, Any], luck: random.Random, draws: int
) -> dict[str, list[float]]:
    parts = [_part(item, keys, answer[item.id]) for _, item in keys.scored(form)]
    values: dict[str, list[float]] = {"ratings": [], "best": []}
    for _ in range(draws):
        drawn = luck.choices(parts, k=len(parts))
        values["ratings"].append(agreement([r for p in drawn for r in p[0]], [k for p in drawn for k in p[1]]))
        values["best"].append(best_pick([p[2] for p in drawn], [p[3] for p in drawn]))
    return values


def _part(
    item: Item, keys: JudgementKeys, answer: Mapping[str, Any]
) -> tuple[list[float], list[float], bool | None, float]:
    best, pick = keys.best(item.id), answer.get("best")
    return (
        [float(answer["ratings"][option.id]) for option in item.options],
        [float(keys.items[item.id][option.id].key) for option in item.options],
        None if pick is None else pick in best,
        len(best) / len(item.options),
    )


def _middle(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    cut = len(ordered) // 40
    return ordered[cut], ordered[-1 - cut]
