"""Tells: what gives the best option away to somebody who has not read the question.

The rules are those for situational judgement items: the options of one decision are about equally long, and over a set
of decisions no length rank, no position and no tone holds the best-keyed option in more than 40 % of them (or in more
than has to be, where decisions or options are few: four decisions with three options leave some rank two of them).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

LONGER_BY = 0.15
SHARE = 0.40
# Words that make an option sound kind or collaborative. Open to additions.
_NICE = re.compile(
    r"""\b(?:agree[ds]?|appreciate|asks?|beside|care|clarify|coach(?:ing)?|collaborat\w+|consensus|discuss|empath\w+
    |encourag\w+|everybody|everyone|feedback|gently|helps?|honest(?:ly)?|invit\w+|jointly|kind(?:ly)?|learns?|listens?
    |mentor\w*|offers?|openly|pair(?:ing)?|patient(?:ly)?|please|respect\w*|safe|shar(?:e|es|ing)|sorry|support\w*|team
    |thank\w*|together|transparent\w*|trust|understand\w*|welcome|workshop)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ORDINALS = ("", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Decision:
    """Options as they are shown: their texts and their keys, in the same order."""

    texts: tuple[str, ...]
    keys: tuple[int, ...]

    def best(self) -> tuple[float, ...]:
        """How much of "the best option" each option is: 1 for a lone best, equal parts where several are."""
        top = max(self.keys)
        return tuple((key == top) / self.keys.count(top) for key in self.keys)


def uneven(texts: Sequence[str]) -> dict[int, float]:
    """The options that are more than 15 % longer (+) or shorter (-) than the mean: index to share of the mean."""
    mean = sum(map(len, texts)) / max(1, len(texts))
    return {
        index: len(text) / mean - 1 for index, text in enumerate(texts) if abs(len(text) / mean - 1) > LONGER_BY + 1e-9
    }


def by_length(decisions: Sequence[Decision]) -> dict[str, float]:
    """For each length rank ("longest", "second longest", ..., "shortest") the share of best options that hold it.

    Options of one length share their ranks; so do several best options of one decision.
    """
    held: dict[str, float] = defaultdict(float)
    for decision in decisions:
        lengths = [len(text) for text in decision.texts]
        for length, best in zip(lengths, decision.best(), strict=True):
            ranks = [rank for rank, other in enumerate(sorted(lengths, reverse=True)) if other == length]
            for rank in ranks:
                held[_rank(rank, len(lengths))] += best / len(ranks) / len(decisions)
    return dict(held)


def _rank(rank: int, of: int) -> str:
    if rank == of - 1:
        return "shortest"
    return f"{_ORDINALS[rank] if rank < len(_ORDINALS) else f'{rank + 1}th'} longest".strip()


def by_position(decisions: Sequence[Decision]) -> dict[str, float]:
    """For each position ("1", "2", ...) the share of decisions whose best option stands there."""
    held: dict[str, float] = defaultdict(float)
    for decision in decisions:
        for position, best in enumerate(decision.best(), start=1):
            held[str(position)] += best / len(decisions)
    return dict(held)


def by_tone(decisions: Sequence[Decision]) -> float:
    """The share of decisions whose nicest-worded option is the best one. Where none has a nice word, none is."""
    held = 0.0
    for decision in decisions:
        nice = [niceness(text) for text in decision.texts]
        if top := max(nice):
            shares = [best for best, words in zip(decision.best(), nice, strict=True) if words == top]
            held += sum(shares) / len(shares)
    return held / len(decisions) if decisions else 0.0


def niceness(text: str) -> int:
    """How many kind or collaborative words a text has."""
    return len(_NICE.findall(text))


def limit(decisions: Sequence[Decision]) -> float:
    """The largest share that is no tell: 40 %, or the least that some rank must hold where decisions are few."""
    count = len(decisions)
    chance = sum(1 / len(decision.texts) for decision in decisions) / count
    return max(SHARE, math.ceil(count * chance - 1e-9) / count)


def tells(decisions: Sequence[Decision]) -> list[str]:
    """A sentence for each tell by length, position (in the order given) and tone over ``decisions``."""
    return [*length_tells(decisions), *position_tells(decisions), *tone_tells(decisions)]


def length_tells(decisions: Sequence[Decision]) -> list[str]:
    """A sentence for each length rank that holds the best option too often."""
    shares = {f"the {rank} option is the best-keyed one": share for rank, share in by_length(decisions).items()}
    return _over(shares, decisions, "length", "shorten some of them or lengthen others.")


def position_tells(decisions: Sequence[Decision]) -> list[str]:
    """A sentence for each position that holds the best option too often, in the order given."""
    shares = {f"the best-keyed option is number {at}": share for at, share in by_position(decisions).items()}
    return _over(shares, decisions, "position", "change the order of some.")


def tone_tells(decisions: Sequence[Decision]) -> list[str]:
    """A sentence if the nicest-worded option is the best too often."""
    shares = {"the nicest-worded option is the best-keyed one": by_tone(decisions)}
    return _over(shares, decisions, "tone", "give other options their good words too.")


def _over(shares: dict[str, float], decisions: Sequence[Decision], by: str, mend: str) -> list[str]:
    if not decisions:
        return []
    allowed = limit(decisions)
    return [
        f"{what} in {share:.0%} of the decisions (at most {allowed:.0%}): whoever picks by {by} does well; {mend}"
        for what, share in shares.items()
        if share > allowed + 1e-9
    ]
