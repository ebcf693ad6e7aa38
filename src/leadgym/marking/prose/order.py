"""Does this read as sentences? Word order against the same words shuffled.

Words become classes: the commonest English words stay themselves, others become their ending (-ing, -ed, -ly, -s),
a number, a name, or just a word. A model of class triples, counted over this course's own prose (``order.json``,
written by ``count.py``), gives the text a likelihood per word; the same words in three fixed shuffles give another.
Prose beats its own shuffles; a list of keywords and a shuffled answer do not. It says nothing about meaning, and
nothing about language skill: only answers near zero are pointed out, to a person.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from leadgym.marking.prose.reading import Reading

FILE = Path(__file__).with_name("order.json")
SHORTEST = 25
"""Words below which word order says nothing."""
_ENDINGS = ("ing", "ed", "ly", "tion", "ment", "er", "s")
_EDGE = "<>"


def word_class(word: str, kept: frozenset[str]) -> str:
    """The class of a word of a reading's line."""
    if word in kept or word.startswith("#"):
        return word
    if not word[0].isalnum():
        return ","
    if word[0].isdigit():
        return "#number"
    ending = next((e for e in _ENDINGS if len(word) > len(e) + 2 and word.endswith(e)), "")
    return f"-{ending}"


class Order:
    """Counts of class triples and pairs, with which the likelihood of a sequence is worked out."""

    def __init__(self, kept: Iterable[str], triples: dict[str, int]) -> None:
        self.kept = frozenset(kept)
        self._triples = triples
        self._pairs: Counter[str] = Counter()
        self._middles: Counter[str] = Counter()
        self._ones: Counter[str] = Counter()
        self._after: Counter[str] = Counter()
        for key, count in triples.items():
            first, second, third = key.split(" ")
            self._pairs[f"{first} {second}"] += count
            self._middles[f"{second} {third}"] += count
            self._after[second] += count
            self._ones[third] += count
        self._total = sum(self._ones.values())

    def likelihood(self, classes: Sequence[str]) -> float:
        """Mean log probability per class (Jelinek-Mercer: triples, pairs and single classes mixed .5, .35, .15)."""
        line = (_EDGE, _EDGE, *classes, _EDGE)
        total = 0.0
        for a, b, c in zip(line, line[1:], line[2:], strict=False):
            three = self._triples.get(f"{a} {b} {c}", 0) / (self._pairs.get(f"{a} {b}", 0) or 1)
            two = self._middles.get(f"{b} {c}", 0) / (self._after.get(b, 0) or 1)
            one = (self._ones.get(c, 0) + 0.5) / (self._total + 500)
            total += math.log(0.5 * three + 0.35 * two + 0.15 * one)
        return total / (len(classes) + 1)

    def advantage(self, sentences: Sequence[Sequence[str]]) -> float:
        """How much likelier per word the text is than its words shuffled within each sentence, in nats."""
        words = [[word_class(word, self.kept) for word in sentence] for sentence in sentences if sentence]
        count = sum(map(len, words))
        if not count:
            return 0.0
        own = sum(self.likelihood(sentence) * len(sentence) for sentence in words) / count
        luck = random.Random(5)  # noqa: S311 - the shuffles are the same every time
        shuffled = 0.0
        for _ in range(3):
            for sentence in words:
                mixed = luck.sample(sentence, len(sentence))
                shuffled += self.likelihood(mixed) * len(sentence) / count / 3
        return own - shuffled


@lru_cache(maxsize=1)
def model() -> Order:
    """The model counted over the course's own prose."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Order(data["words"], data["triples"])


def advantage(reading: Reading) -> float | None:
    """The text's advantage over its shuffles; None for a text too short to say."""
    lines = [[word.text for word in sentence.words] for sentence in reading.sentences]
    if sum(map(len, lines)) < SHORTEST:
        return None
    return model().advantage(lines)


def counted(texts: Iterable[str], most: int = 220) -> dict[str, object]:
    """The content of ``order.json`` for ``texts``: the ``most`` commonest words, and the class triples."""
    lines = [[w.text for w in sentence.words] for text in texts for sentence in Reading(text).sentences]
    common = Counter(word for line in lines for word in line if word.isalpha())
    kept = frozenset(word for word, _ in common.most_common(most) if len(word) < 8)
    triples: Counter[str] = Counter()
    for line in lines:
        classes = (_EDGE, _EDGE, *(word_class(word, kept) for word in line), _EDGE)
        triples.update(f"{a} {b} {c}" for a, b, c in zip(classes, classes[1:], classes[2:], strict=False))
    return {"words": sorted(kept), "triples": dict(sorted(triples.items()))}
