"""What the second opinion changes on labelled answers, beside the rules alone: whom it sends to a person; its cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from leadgym.marking.prose.evaluate import Marked, Set, deserves, fails, passes, table
from leadgym.marking.prose.intervals import spearman
from leadgym.marking.prose.semantic import Missing, missing, opinion, routed

_ALIKE = ("Spearman", "criterion", "full-step", "metamorphic", "p95", "memory")
"""Rows that the second opinion cannot change, or that are said in another way here."""


def compared(sets: Sequence[Set]) -> str:
    """A table for all ``sets`` together, rules beside rules with the second opinion; or the sentence on what lacks."""
    start = time.process_time()
    if lacking := missing():
        return lacking
    try:
        opinion(sets[0].exercise, sets[0].exercise.task)
        cold = time.process_time() - start
        own = [_spearman(made) for made in sets]
        first = [_copy(made) for made in sets]
        second = [_routed(made) for made in first]
    except Missing as lacks:
        return str(lacks)
    lines = [
        "## with the second opinion",
        "",
        "| measure | demand | rules | with the second opinion |",
        "|---|---|---|---|",
    ]
    alone, then = table(first), table(second)
    lines += [
        f"| {before.measure} | {before.demand} | {before.found} | {after.found} |"
        for before, after in zip(alone, then, strict=True)
        if not before.measure.startswith(_ALIKE)
    ]
    costs = {row.measure: row.found for row in then}
    lines += [
        f"| p95 per answer | <= 0.5 s | | {costs['p95 per answer, rules']} |",
        f"| cold start of the extra | <= 2 s | | {cold:.1f} s CPU |",
        f"| memory of this process | <= 350 MB | | {costs['memory of this process']} |",
        "",
        f"Its likeness alone follows the labels with Spearman {', '.join(f'{value:.2f}' for value in own)}. It never "
        "changes a score.",
    ]
    changes = [line for before, after in zip(first, second, strict=True) for line in _changes(before, after)]
    return "\n".join([*lines, *(changes or ["It changes nothing on these answers."])])


def _copy(made: Set) -> Set:
    """``made`` without its edited texts: what becomes of those is the rules' alone, and takes long to work out."""
    bare = copy(made)
    bare.relations = []
    return bare


def _routed(made: Set) -> Set:
    second = copy(made)
    second.genuine = [_second(made, one) for one in made.genuine]
    second.gaming = [_second(made, one) for one in made.gaming]
    return second


def _second(made: Set, one: Marked) -> Marked:
    start = time.process_time()
    result, _ = routed(made.exercise, one.result)
    return replace(one, result=result, seconds=one.seconds + time.process_time() - start)


def _spearman(made: Set) -> float:
    likes = [opinion(made.exercise, one.result.text).likeness for one in made.genuine]
    return spearman(likes, [float(one.about.score or 0) for one in made.genuine])


def _changes(before: Set, after: Set) -> list[str]:
    """A line for each answer that only now goes to a person, with what the rules alone would have done."""
    lines = []
    for old, new in zip((*before.genuine, *before.gaming), (*after.genuine, *after.gaming), strict=True):
        if old.result.unsure == new.result.unsure:
            continue
        about = old.about
        label = f"gaming: {about.gaming}" if about.gaming else f"{about.level}, label {about.score:g}"
        wrong = (passes(old.result) and not deserves(about)) or (fails(old.result) and deserves(about))
        gain = "the rules alone are wrong" if wrong else "the rules alone are right"
        lines.append(f"- to a person: {about.id} ({label}): {old.result.score:.0f}, {gain}")
    return lines
