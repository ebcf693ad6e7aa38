"""For authors: a text sentence by sentence with what fires, and whether a rubric's own examples behave."""

from __future__ import annotations

from collections.abc import Iterator

from leadgym.marking.prose import order
from leadgym.marking.prose.detect import Detector
from leadgym.marking.prose.engine import Level, mark_text
from leadgym.marking.prose.exercise import Exercise
from leadgym.marking.prose.reading import Reading


def told(exercise: Exercise, text: str) -> str:
    """The mark of ``text`` as plain lines: each sentence with its criteria, what is missing, caps and doubts."""
    result = mark_text(exercise, text)
    if result.refused:
        return result.refused
    reading = Reading(result.text, exercise.case.today)
    lines = []
    for number, sentence in enumerate(reading.sentences, start=1):
        lines.append(f"{number:3} {' '.join(reading.text[sentence.start : sentence.end].split())}")
        for level in result.levels:
            for start, end in level.spans:
                if sentence.start <= start < sentence.end:
                    said = " ".join(result.text[start:end].split())
                    lines.append(f"      {level.criterion.id} {level.level}: “{said}”")
    lines.append("")
    lines += [_line(level) for level in result.levels]
    lines += [f"ceiling {cap.at_most}: {cap.when}" for cap, _ in result.caps]
    lines += [f"doubt: {flag.kind}: {flag.sentence}" for flag in result.flags]
    better = order.advantage(reading)
    lines.append(f"word order: {'too short to say' if better is None else f'{better:.2f} nats better than shuffled'}")
    lines.append(f"score {result.score:.0f} of 100 (before ceilings {result.raw:.0f})")
    lines.append(result.unsure or "No person needed.")
    return "\n".join(lines)


def _line(level: Level) -> str:
    sure = "" if level.sure else " (not sure)"
    about = level.criterion
    return f"{about.id}: {level.level} of 2{sure}, weight {about.weight}. {about.levels.said(level.level)}"


def example_findings(exercise: Exercise) -> Iterator[str]:
    """A sentence for each contrast example that the rules read otherwise than its author."""
    case = exercise.case
    for criterion in exercise.criteria.criteria:
        detect = criterion.detect
        found = {}
        for which, text in (("good", criterion.example_good), ("weak", criterion.example_weak)):
            detector = Detector(
                Reading(text, case.today, mend=exercise.speller), case, exercise.groups, exercise.criteria.signs
            )
            full = detect.full is None or bool(detector.found(detect.full))
            half = detect.half is not None and bool(detector.found(detect.half))
            spoilt = any(rule is not None and detector.found(rule) for rule in (detect.spoilt, detect.lowered))
            found[which] = (2 if full else 1 if half else 0) - (1 if spoilt else 0)
        if found["good"] <= 0:
            yield f"{criterion.id}: nothing fires in example_good. Widen 'half' or 'full', or choose another example."
        if found["weak"] >= 2:
            yield f"{criterion.id}: example_weak gets all of it. Narrow 'full', or choose another example."
