"""How common English words are (wordfreq), and which known word a misspelt one stands for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import log10

import wordfreq

COMMON = 5.9
"""Words as common as "also" say nothing about a case."""
_ENDING = re.compile(r"(?<=\w{4})(?:ing|ed|es|s|ly)$")


@lru_cache(maxsize=1)
def _frequencies() -> Mapping[str, float]:
    return wordfreq.get_frequency_dict("en", "large")


@lru_cache(maxsize=1)
def _common() -> tuple[str, ...]:
    return tuple(sorted(word for word, share in _frequencies().items() if share > 1e-6 and word.isalpha()))


def zipf(word: str) -> float:
    """How common ``word`` is: 7 for "the", 3 for one in a million, 0 for a word nobody writes."""
    share = _frequencies().get(word, 0.0)
    return 0.0 if not share else log10(share) + 9


def beginning(stem: str) -> Iterator[str]:
    """The common words that begin with ``stem``."""
    words = _common()
    for index in range(bisect_left(words, stem), len(words)):
        if not words[index].startswith(stem):
            return
        yield words[index]


def stems(text: str) -> frozenset[str]:
    """The less common words of ``text`` and its figures, without their endings."""
    found = re.findall(r"[^\W_]+", text.lower())
    return frozenset(_ENDING.sub("", word) for word in found if zipf(word) < COMMON)


def _shorter(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


def one_apart(a: str, b: str) -> bool:
    """Whether one letter put in, left out, replaced, or swapped with its neighbour makes ``a`` into ``b``."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return a == b
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    if len(a) == len(b):
        return x[1:] == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:])
    return x[1:] == y if len(a) > len(b) else x == y[1:]


class Speller:
    """Puts the rubric's own words in the place of what is one slip away from them and no word itself."""

    def __init__(self, known: Iterable[str], names: Iterable[str] = ()) -> None:
        self._known = {word for word in known if len(word) >= 4}
        self._names = {name.lower() for name in names}
        self._near: dict[str, set[str]] = defaultdict(set)
        for word in self._known:
            for part in _shorter(word):
                self._near[part].add(word)
        self._done: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        """``word``, or the known word one slip away."""
        if len(word) < 5 or word in self._known or word in self._names:
            return word
        if word not in self._done:
            if len(self._done) > 20_000:
                self._done.clear()
            self._done[word] = self._mended(word)
        return self._done[word]

    def _mended(self, word: str) -> str:
        if zipf(word) >= 2.3:
            return word
        near = {known for part in _shorter(word) for known in self._near.get(part, ()) if one_apart(word, known)}
        return min(near, key=lambda known: (-zipf(known), known), default=word)
