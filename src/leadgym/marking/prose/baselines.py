"""What a marker has to beat: likeness to the excellent answers, by word counts and by tf-idf."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from leadgym.marking.prose.gate import bare_words


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    above = math.fsum(value * b.get(word, 0.0) for word, value in a.items())
    below = math.sqrt(math.fsum(v * v for v in a.values()) * math.fsum(v * v for v in b.values()))
    return above / below if below else 0.0


def cosine(texts: Sequence[str], models: Sequence[int]) -> list[float]:
    """For each text the greatest cosine of its word counts with a model answer's, itself left out."""
    return _nearest(texts, models, lambda words: {word: float(count) for word, count in words.items()})


def tf_idf(texts: Sequence[str], models: Sequence[int]) -> list[float]:
    """The same with each word weighted by log(n / texts that hold it) (Spärck Jones 1972)."""
    holds = Counter(word for text in texts for word in set(bare_words(text)))
    weight = {word: math.log(len(texts) / count) for word, count in holds.items()}
    return _nearest(texts, models, lambda words: {word: count * weight[word] for word, count in words.items()})


def _nearest(
    texts: Sequence[str], models: Sequence[int], vector: Callable[[Counter[str]], Mapping[str, float]]
) -> list[float]:
    made = [vector(Counter(bare_words(text))) for text in texts]
    return [max((_cosine(own, made[m]) for m in models if m != index), default=0.0) for index, own in enumerate(made)]


def best_cut(values: Sequence[float], passes: Sequence[bool]) -> float:
    """The cut that puts most texts on the right side: generous to a baseline, since it is chosen on the same texts."""
    return max(sorted(set(values)), key=lambda cut: sum((v >= cut) == p for v, p in zip(values, passes, strict=True)))
