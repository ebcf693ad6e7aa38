"""The table of measures for a labelled set, with intervals, and baselines beside the marker."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from leadgym.estimates import wilson
from leadgym.marking.prose import edits
from leadgym.marking.prose.baselines import best_cut, cosine, tf_idf
from leadgym.marking.prose.engine import BAND, Result, mark_text
from leadgym.marking.prose.exercise import Exercise, load_answers, load_exercise
from leadgym.marking.prose.intervals import bootstrap, spearman
from leadgym.marking.prose.model import LabelledAnswer
from leadgym.yamlfile import FileProblems, Model, load

NONSENSE = "nonsense"
"""A gaming kind with this word is reported apart: rules cannot tell fluent nonsense with the right figures."""


class _Where(Model):
    exercise: str


@dataclass
class Marked:
    """One answer with its marks: ``result``, and ``ungated`` without the integrity gate."""

    about: LabelledAnswer
    result: Result
    ungated: Result
    seconds: float


@dataclass
class Set:
    """A labelled set of one exercise, marked."""

    name: str
    exercise: Exercise
    genuine: list[Marked] = field(default_factory=list)
    gaming: list[Marked] = field(default_factory=list)

    @cached_property
    def relations(self) -> list[Relation]:
        """Every edit of every genuine answer, made once."""
        return list(_relations(self))


def read_set(folder: Path, which: str) -> Set:
    """Read and mark ``answers_<which>.yaml`` and ``gaming_<which>.yaml`` in ``folder``. Raises FileProblems.

    The exercise is the folder itself, or the one that its ``labelled.yaml`` names (``exercise: ../path``).
    """
    where = folder / "labelled.yaml"
    exercise = load_exercise(folder / load(where, _Where).exercise if where.is_file() else folder)
    made = Set(exercise.case.case, exercise)
    made.genuine = [_marked(exercise, about) for about in load_answers(folder / f"answers_{which}.yaml")]
    gaming = folder / f"gaming_{which}.yaml"
    if gaming.is_file():
        made.gaming = [_marked(exercise, about) for about in load_answers(gaming)]
    missing = [one.about.id for one in made.genuine if one.about.level is None or one.about.score is None]
    if missing:
        raise FileProblems([f"{folder / f'answers_{which}.yaml'}:1: without level or score: {', '.join(missing)}."])
    return made


def _marked(exercise: Exercise, about: LabelledAnswer) -> Marked:
    start = time.process_time()
    result = mark_text(exercise, about.text)
    seconds = time.process_time() - start
    return Marked(about, result, mark_text(exercise, about.text, gated=False), seconds)


def passes(result: Result) -> bool:
    """Passed without a person."""
    return not result.unsure and result.score > BAND[1]


def fails(result: Result) -> bool:
    """Failed without a person."""
    return not result.unsure and result.score < BAND[0]


def deserves(about: LabelledAnswer) -> bool:
    """Whether a careful reader would let it pass."""
    return about.level in ("excellent", "decent")


@dataclass(frozen=True)
class Row:
    """A line of the table; ``beside`` holds the same measure with the gate off, by cosine and by tf-idf."""

    measure: str
    demand: str
    found: str
    beside: tuple[str, ...] = ("", "", "")


def table(sets: Sequence[Set]) -> list[Row]:
    """The rows for all ``sets`` taken together."""
    genuine = [one for made in sets for one in made.genuine]
    gaming = [one for made in sets for one in made.gaming]
    plain_gaming = [one for one in gaming if NONSENSE not in (one.about.gaming or "")]
    nonsense = [one for one in gaming if NONSENSE in (one.about.gaming or "")]
    likeness = [_Likeness(sets, measure) for measure in (cosine, tf_idf)]

    def rho(value: Callable[[Marked], float]) -> str:
        pairs = [(value(one), float(one.about.score or 0)) for one in genuine]
        low, high = bootstrap(pairs, spearman)
        return f"{spearman([a for a, _ in pairs], [b for _, b in pairs]):.2f} [{low:.2f}, {high:.2f}]"

    def row(measure: str, demand: str, among: list[Marked], hit: Callable[[Result], bool], low: bool | None) -> Row:
        """``low``: what a baseline does that counts here: falls below its cut, or not; None: nothing."""
        beside = ["", "", ""]
        if low is not None:
            beside[0] = _share(sum(hit(one.ungated) for one in among), len(among))
            for index, like in enumerate(likeness, start=1):
                beside[index] = _share(sum(like.passes(one) != low for one in among), len(among))
        return Row(measure, demand, _share(sum(hit(one.result) for one in among), len(among)), tuple(beside))

    excellent = [one for one in genuine if one.about.level == "excellent"]
    decent = [one for one in genuine if one.about.level == "decent"]
    poor = [one for one in genuine if not deserves(one.about)]
    settled = [one for one in genuine if not one.result.unsure]
    levels = [
        (one.about.criteria[lv.criterion.id], lv.level)
        for one in genuine
        for lv in one.result.levels
        if lv.criterion.id in one.about.criteria
    ]
    agreed, far = sum(a == b for a, b in levels), sum(abs(a - b) == 2 for a, b in levels)
    times = sorted(one.seconds for one in (*genuine, *gaming))
    right = sum(passes(one.result) == deserves(one.about) for one in settled)
    return [
        Row("Spearman with labels", ">= .90", rho(lambda one: one.result.score),
            (rho(lambda one: one.ungated.score), *(rho(like.value) for like in likeness))),
        row("excellent answers failed automatically", "0", excellent, fails, True),
        row("decent answers below the pass mark, not sent to a person", "<= 5 %", decent, fails, True),
        row("weak or bad passed automatically", "<= 2 %", poor, passes, False),
        row("gaming passed automatically", "<= 5 %", plain_gaming, passes, False),
        row("fluent nonsense passed automatically", "apart", nonsense, passes, False),
        Row("criterion agreement on three levels", ">= 88 %", _share(agreed, len(levels))),
        Row("full-step errors", "<= 3 %", _share(far, len(levels))),
        *_metamorphic(sets),
        row("genuine answers sent to a person", "<= 20 %", genuine, lambda result: bool(result.unsure), None),
        Row("accuracy of the rest", ">= 95 %", _share(right, len(settled))),
        Row("gaming answers sent to a person", "", _share(sum(bool(one.result.unsure) for one in gaming), len(gaming))),
        Row("p95 per answer, rules", "<= 50 ms", f"{times[int(0.95 * (len(times) - 1))] * 1000:.0f} ms CPU"),
        Row("memory of this process", "<= 350 MB", f"{_megabytes():.0f} MB"),
    ]  # fmt: skip


def _megabytes() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


class _Likeness:
    """A baseline over all sets: its values, and on which side of its cut an answer falls."""

    def __init__(self, sets: Sequence[Set], measure: Callable[[Sequence[str], Sequence[int]], list[float]]) -> None:
        self._values: dict[int, float] = {}
        self._cuts: dict[int, float] = {}
        for made in sets:
            everyone = [*made.genuine, *made.gaming]
            models = [i for i, one in enumerate(made.genuine) if one.about.level == "excellent"]
            values = measure([one.about.text for one in everyone], models)
            genuine = values[: len(made.genuine)]
            cut = best_cut(genuine, [deserves(one.about) for one in made.genuine])
            for one, value in zip(everyone, values, strict=True):
                self._values[id(one)], self._cuts[id(one)] = value, cut

    def value(self, one: Marked) -> float:
        """The likeness of an answer to the nearest excellent one."""
        return self._values[id(one)]

    def passes(self, one: Marked) -> bool:
        """Whether it reaches the cut that fits the labels best."""
        return self._values[id(one)] >= self._cuts[id(one)]


@dataclass(frozen=True)
class Relation:
    """One edit of one answer: whether the mark did what it had to, and the scores before and after."""

    kind: str
    edit: str
    answer: str
    kept: bool
    before: float
    after: float


def _relations(made: Set) -> Iterator[Relation]:
    for one in made.genuine:
        before = one.result
        lower = {**edits.LOWER, **(edits.AMOUNTS if _has_stray(made.exercise) else {})}
        # What a ceiling holds down already need not fall further.
        open_above = before.score >= 50 and before.score == before.raw
        kinds = (
            ("must drop", lower if open_above else {}, lambda a, b: b.score < a.score),
            ("must not rise", edits.NOT_HIGHER, lambda a, b: b.score <= a.score),
            ("integrity", edits.NEVER_PASS, lambda a, b: not passes(b)),
            ("fairness", edits.ABOUT_SAME, lambda a, b: abs(a.score - b.score) <= edits.LITTLE),
        )
        for kind, found, holds in kinds:
            for name, edit in found.items():
                text = edit(one.about.text, made.exercise, before)
                if text is not None and text != one.about.text:
                    after = mark_text(made.exercise, text)
                    kept = holds(before, after)
                    yield Relation(kind, name, one.about.id, kept, before.score, after.score)


def broken(made: Set) -> Iterator[str]:
    """A line for each edit that did not do to the mark what it had to."""
    for one in made.relations:
        if not one.kept:
            yield f"{one.kind}: {one.edit} on {one.answer}: {one.before:.0f} to {one.after:.0f}"


def _has_stray(exercise: Exercise) -> bool:
    return any(fact.unit.upper().startswith("EUR") for fact in exercise.case.facts)


def _metamorphic(sets: Sequence[Set]) -> Iterator[Row]:
    found = [relation for made in sets for relation in made.relations]
    for kind, demand in (
        ("must drop", ">= 95 %"),
        ("must not rise", ""),
        ("integrity", "100 %"),
        ("fairness", ">= 92 %"),
    ):
        among = [relation for relation in found if relation.kind == kind]
        yield Row(f"metamorphic: {kind}", demand, _share(sum(r.kept for r in among), len(among)))


def _share(hits: int, out_of: int) -> str:
    if not out_of:
        return "none there"
    low, high = wilson(hits, out_of)
    return f"{hits} of {out_of} = {hits / out_of * 100:.0f} % [{low * 100:.0f}, {high * 100:.0f}]"


def misses(made: Set) -> Iterator[str]:
    """A line for each answer that went the wrong way without a person, and each criterion two levels off."""
    for one in made.genuine:
        if (passes(one.result) and not deserves(one.about)) or (fails(one.result) and deserves(one.about)):
            label = f"{one.about.level}, label {one.about.score:g}"
            yield f"{one.about.id} ({label}): {one.result.score:.0f}, not sent to a person"
        for level in one.result.levels:
            wanted = one.about.criteria.get(level.criterion.id)
            if wanted is not None and abs(wanted - level.level) == 2:
                yield f"{one.about.id}: {level.criterion.id} is {wanted} by the reader, {level.level} by the rules"
    for one in made.gaming:
        if passes(one.result):
            yield f"{one.about.id} (gaming: {one.about.gaming}): {one.result.score:.0f}, passed without a person"


def as_markdown(title: str, rows: Sequence[Row]) -> str:
    """A table for a terminal and for a page."""
    lines = [
        f"## {title}",
        "",
        "| measure | demand | rules | gate off | cosine | tf-idf |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {r.measure} | {r.demand} | {r.found} | {' | '.join(r.beside)} |" for r in rows]
    return "\n".join(lines) + "\n"
