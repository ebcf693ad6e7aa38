"""A text marked by the rules of its exercise: levels with quoted places, caps, doubts, and whether a person decides."""

from __future__ import annotations

from dataclasses import dataclass

from leadgym.marking.prose import gate
from leadgym.marking.prose.detect import Detector, Hit
from leadgym.marking.prose.exercise import Exercise
from leadgym.marking.prose.gate import Flag
from leadgym.marking.prose.model import Cap, ProseCriterion
from leadgym.marking.prose.reading import Reading
from leadgym.marking.prose.words import stems

BAND = (60.0, 72.0)
"""Scores of 100 between which a person decides, both included: a pass below and a miss above are seldom wrong."""
DOUBTED = 50.0
"""From this score on, a doubt about the text sends it to a person."""
QUOTED = 6
"""How many places a criterion quotes at most."""


@dataclass(frozen=True)
class Level:
    """What one criterion came to: ``level`` 0 to 2, the places that show it, and whether the rules are sure."""

    criterion: ProseCriterion
    level: int
    hits: tuple[Hit, ...]
    sure: bool
    spans: tuple[tuple[int, int], ...] = ()
    """What is quoted: in each sentence from the first place to the last."""


@dataclass(frozen=True)
class Result:
    """The whole: ``score`` of 100 after caps, ``raw`` before. ``unsure`` says in a sentence why a person decides."""

    text: str
    levels: tuple[Level, ...]
    raw: float
    score: float
    caps: tuple[tuple[Cap, tuple[Hit, ...]], ...]
    flags: tuple[Flag, ...]
    unsure: str
    refused: str = ""


def mark_text(exercise: Exercise, text: str, gated: bool = True) -> Result:
    """Mark ``text``. Never raises for a text; the same text always gets the same result.

    ``gated`` off leaves the integrity gate out, to measure what it does.
    """
    seen, hidden = gate.visible(text)
    refused = gate.unreadable(seen)
    if refused:
        person = refused if "person" in refused else ""
        return Result(seen, (), 0.0, 0.0, (), tuple(hidden), person, refused)
    case, criteria = exercise.case, exercise.criteria
    days = {fact.value for fact in case.facts if fact.unit == "date"}
    reading = Reading(seen, case.today, days, exercise.speller)
    levels: dict[str, Level] = {}
    detector = Detector(reading, case, exercise.groups, criteria.signs, lambda name: levels[name].level == 0)
    for criterion in criteria.criteria:
        levels[criterion.id] = _level(criterion, detector)
    raw = sum(found.criterion.weight * found.level / 2 for found in levels.values())
    caps = [(cap, tuple(found.hits)) for cap in criteria.caps if (found := detector.found(cap.detect))]
    score = min([raw, *(float(cap.at_most) for cap, _ in caps)])
    doubts = [*hidden, *gate.flags(reading, exercise.task_words, exercise.rubric_words)] if gated else []
    unsure = _unsure(score, doubts) or _second_look(exercise, seen, score, raw, [cap for cap, _ in caps])
    return Result(reading.text, tuple(levels.values()), raw, score, tuple(caps), tuple(doubts), unsure)


def _level(criterion: ProseCriterion, detector: Detector) -> Level:
    detect = criterion.detect
    hits: list[Hit] = []
    level = 2
    if detect.full is not None:
        level, hits = (2, detector.everywhere(detect.full)) if detector.found(detect.full) else (0, [])
    if level < 2 and detect.half is not None and detector.found(detect.half):
        level, hits = 1, detector.everywhere(detect.half)
    if level == 2 and detect.lowered is not None and (found := detector.found(detect.lowered)):
        level, hits = 1, found.hits or hits
    if level and detect.spoilt is not None and (found := detector.found(detect.spoilt)):
        level, hits = 0, found.hits
    sure = not (detect.unsure is not None and detector.found(detect.unsure))
    return Level(criterion, level, tuple(hits), sure, _quoted(hits))


def _quoted(hits: list[Hit]) -> tuple[tuple[int, int], ...]:
    spans: dict[int, tuple[int, int]] = {}
    for hit in hits:
        start, end = spans.get(hit.sentence, (hit.start, hit.end))
        spans[hit.sentence] = (min(start, hit.start), max(end, hit.end))
    return tuple(sorted(spans.values()))[:QUOTED]


def _unsure(score: float, doubts: list[Flag]) -> str:
    if doubts and score >= DOUBTED:
        return f"Not sure: {doubts[0].sentence} A person decides."
    if BAND[0] <= score <= BAND[1]:
        return (
            f"Not sure: {score:.0f} of 100 is too near the line between enough and not enough for rules to decide. "
            "A person decides."
        )
    return ""


def _second_look(exercise: Exercise, text: str, score: float, raw: float, caps: list[Cap]) -> str:
    """Why a mark below the line is not believed at once; a ceiling for length is."""
    if score >= BAND[0]:
        return ""
    lengths = [cap.at_most for cap in caps if cap.detect.longer_than is not None]
    if min([raw, *lengths]) >= BAND[0]:
        cap = min(caps, key=lambda c: c.at_most)
        return f"Not sure: all that keeps it down is that the rules read this in it: {cap.when}. A person decides."
    most = exercise.criteria.second_look
    if most is not None and not lengths and len(stems(text) & exercise.case_words) >= most:
        return "Not sure: it speaks of the case, in words that the rules make little of. A person decides."
    return ""
