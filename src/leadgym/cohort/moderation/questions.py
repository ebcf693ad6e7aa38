"""What waits for a person, as questions: an answer, one thing to decide about it, and what the marker proposes.

The marker keeps the points and the answer; its evidence is made anew from both, since rules are pure. Where that comes
to other points than were recorded, the rules have changed since, and nothing is asked before it is marked again.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leadgym import __version__
from leadgym.cohort.marker import rubric_and_keys
from leadgym.cohort.records import NOTHING, AnswerRecord, Record, records
from leadgym.cohort.road import Road
from leadgym.marking import ProseAnswer, Rubric
from leadgym.marking.files import beside
from leadgym.marking.prose.answer import as_mark
from leadgym.marking.prose.engine import BAND, Level, mark_text
from leadgym.marking.prose.exercise import Exercise, load_exercise
from leadgym.marking.prose.model import Cap, ProseCriterion

WHOLE, CEILING = "whole", "ceiling:"
"""In the place of a criterion: the answer as a whole, and a ceiling by its id, which holds (1) or does not (0)."""


@dataclass(frozen=True)
class Step:
    """One of the steps that a criterion has: ``key`` is what a person types."""

    key: str
    points: float
    says: str


@dataclass(frozen=True)
class Question:
    """One thing to decide. ``spans``: places in the case's text that the marker points at."""

    criterion: str
    title: str
    out_of: float
    proposed: float | None
    digest: str
    explains: str = ""
    examples: tuple[str, str] | None = None
    steps: tuple[Step, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Case:
    """One answer of one submission.

    ``questions`` are what a person has to decide, ``settled`` what the rules were sure of (for a check). ``stands``
    are the points of the rest, on the rubric's scale up to ``out_of``; the gradebook's goes up to ``worth``.
    ``ceilings``: the share of ``out_of`` that each ceiling allows. ``changed``: marked by other rules than today's.
    """

    slug: str
    learner: str
    answer: str
    title: str
    text: str
    why: str
    doubts: tuple[str, ...]
    questions: tuple[Question, ...]
    settled: tuple[Question, ...]
    stands: float
    out_of: float
    worth: float
    ceilings: Mapping[str, float]
    marker: str
    waits: bool
    manual: float | None
    changed: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        """As in the log."""
        return self.slug, self.learner, self.answer

    def score(self, decided: Mapping[str, float]) -> float | None:
        """The points for the gradebook when everything is decided (points by criterion), None while something is not.

        A ceiling that holds bounds the whole.
        """
        if any(question.criterion not in decided for question in self.questions):
            return None
        own = [q.criterion for q in self.questions if not q.criterion.startswith(CEILING)]
        total = self.stands + math.fsum(decided[name] for name in own)
        for name, share in self.ceilings.items():
            if decided[name]:
                total = min(total, share * self.out_of)
        return min(self.worth, round(total * self.worth / self.out_of, 2)) if self.out_of else 0.0


def cases(
    road: Road,
    slugs: Collection[str] | None = None,
    learners: Collection[str] | None = None,
    *,
    settled: bool = False,
) -> Iterator[Case]:
    """Every answer that waits for a person, or did; with ``settled`` also those that rules marked alone.

    Raises MarkingProblem for a gradebook, FileProblems for a rubric that cannot be read.
    """
    exercises, keys = (Path(road.api.config["MarkAnswers"][name]) for name in ("exercises", "keys"))
    for record in records(road.root, road.db_url, slugs, learners):
        folder = exercises / record.slug
        rubric = None
        if (folder / "rubric.yaml").is_file():
            rubric, _ = rubric_and_keys(folder, keys / f"{record.slug}.yaml")
        for name, answer in record.answers.items():
            about = rubric.answers.get(name) if rubric else None
            if isinstance(about, ProseAnswer) and isinstance(answer.answer, str):
                if answer.waits or answer.why or settled:
                    yield _prose(record, answer, about, load_exercise(beside(folder, about.exercise)))
            elif answer.waits or answer.manual is not None:
                yield _other(road, record, answer, rubric)


def one(road: Road, slug: str, learner: str, answer: str) -> Case | None:
    """The answer as it stands this moment, None when there is no such one any more."""
    found = (case for case in cases(road, [slug], [learner], settled=True) if case.answer == answer)
    return next(found, None)


def ordered(queue: Iterable[Case], seed: str, *, settled: bool = False) -> list[tuple[Case, Question]]:
    """The questions, one criterion after the other over all answers, in a random order that ``seed`` repeats."""
    luck = random.Random(seed)  # noqa: S311 - repeatable, not secret
    groups: dict[tuple[str, str, str], list[tuple[Case, Question]]] = {}
    for case in sorted(queue, key=lambda case: case.place):
        for question in case.settled if settled else case.questions:
            groups.setdefault((case.slug, case.answer, question.criterion), []).append((case, question))
    # Ceilings come last: whether one holds is easier to say once its criteria are decided.
    order = sorted(groups, key=lambda group: (group[:2], group[2].startswith(CEILING)))
    made: list[tuple[Case, Question]] = []
    for group in order:
        luck.shuffle(groups[group])
        made += groups[group]
    return made


def _prose(record: Record, answer: AnswerRecord, about: ProseAnswer, exercise: Exercise) -> Case:
    doubted = answer.waits or bool(answer.why)
    result = mark_text(exercise, answer.answer)
    if answer.why:
        # With the second opinion installed elsewhere, the doubt may not be the rules' own.
        result = replace(result, unsure=answer.why)
    mark = as_mark(result, exercise, answer.name, about.title, about.points)
    stands = min(answer.out_of, round(mark.stands * answer.out_of / about.points, 2))
    criteria = {c.id: (c.points, c.out_of) for c in mark.criteria}
    same = criteria == dict(answer.criteria) and mark.points == answer.proposed and abs(stands - answer.auto) < 0.006
    levels = {level.criterion.id: level for level in result.levels}
    sure = {c.id for c in mark.criteria if c.sure}
    if doubted and result.score < BAND[0] and not result.flags:
        # The doubt is whether the rules have missed something: then what they did not find is in doubt.
        sure -= {name for name, level in levels.items() if level.level < 2}
    made = {c.id: _criterion(c, levels.get(c.id), about.points, answer) for c in exercise.criteria.criteria}
    asked = [made[name] for name in made if name not in sure] if doubted else []
    stands = math.fsum(levels[name].level / 2 * made[name].out_of for name in made if name not in {*_ids(asked)})
    most = stands + math.fsum(question.out_of for question in asked)
    holding = [(cap, hits) for cap, hits in result.caps if cap.at_most * about.points / 100 < most - 1e-9]
    if doubted:
        asked += [_ceiling(cap, tuple((h.start, h.end) for h in hits), answer) for cap, hits in holding]
        asked = asked or [_whole(answer, about.points, mark.points)]
    return Case(
        record.slug,
        record.learner,
        answer.name,
        about.title,
        mark.text,
        answer.why,
        tuple(flag.sentence for flag in result.flags if flag.sentence not in answer.why),
        tuple(asked),
        tuple(made[name] for name in made if name in sure and not result.refused),
        0.0 if asked and asked[0].criterion == WHOLE else stands,
        about.points,
        answer.out_of,
        {f"{CEILING}{cap.id}": cap.at_most / 100 for cap, _ in holding} if doubted else {},
        _marker(exercise, about),
        answer.waits,
        answer.manual,
        changed=not same,
    )


def _ids(questions: Iterable[Question]) -> Iterator[str]:
    return (question.criterion for question in questions)


def _criterion(about: ProseCriterion, level: Level | None, points: float, answer: AnswerRecord) -> Question:
    worth = about.weight * points / 100
    steps = tuple(Step(str(n), round(worth * n / 2, 2), about.levels.said(n)) for n in (2, 1, 0))
    return Question(
        about.id,
        about.title,
        round(worth, 2),
        None if level is None else round(worth * level.level / 2, 2),
        _digest(answer.answer, about.id, [(step.points, step.says) for step in steps]),
        about.explanation,
        (about.example_good, about.example_weak),
        steps,
        level.spans if level else (),
    )


def _ceiling(cap: Cap, spans: tuple[tuple[int, int], ...], answer: AnswerRecord) -> Question:
    says = f"While this holds, the whole is worth at most {cap.at_most} of 100. The rules read it in the text."
    steps = (Step("1", 1.0, "It holds."), Step("0", 0.0, "It does not hold."))
    digest = _digest(answer.answer, cap.id, [cap.when, cap.at_most])
    return Question(f"{CEILING}{cap.id}", f"Ceiling: {cap.when}", 1.0, 1.0, digest, says, None, steps, spans)


def _whole(answer: AnswerRecord, out_of: float, proposed: float | None, text: Any = None) -> Question:
    digest = _digest(answer.answer if text is None else text, WHOLE, out_of)
    return Question(WHOLE, "The answer as a whole", out_of, proposed, digest)


def _other(road: Road, record: Record, answer: AnswerRecord, rubric: Rubric | None) -> Case:
    """Anything else that nbgrader wants a person for: a written cell of a course of one's own, as a whole."""
    about = rubric.answers.get(answer.name) if rubric else None
    folder = road.root / "autograded" / record.learner / record.slug
    # A learner may have handed in other notebooks beside these.
    text = _source([folder / name for name in road.notebooks(record.slug)], answer.name)
    if answer.answer is not NOTHING:
        shown = answer.answer
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, indent=1)
    question = _whole(answer, answer.out_of, answer.proposed, text)
    return Case(
        record.slug,
        record.learner,
        answer.name,
        about.title if about else answer.name,
        text,
        answer.why,
        (),
        (question,),
        (),
        0.0,
        answer.out_of,
        answer.out_of,
        {},
        __version__,
        answer.waits,
        answer.manual,
    )


def _source(notebooks: Iterable[Path], name: str) -> str:
    """What stands in the cell ``name`` of marked notebooks; empty when it cannot be read."""
    for path in notebooks:
        try:
            cells = json.loads(path.read_bytes())["cells"]
            for cell in cells:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
                    return "".join(cell["source"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return ""


def _digest(answer: Any, *about: Any) -> str:
    data = json.dumps([answer, *about], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(data.encode("ascii")).hexdigest()[:16]


def _marker(exercise: Exercise, about: ProseAnswer) -> str:
    rules = f"{exercise.criteria.model_dump_json()}{exercise.case.model_dump_json()}{about.points:g}"
    return f"{__version__} {hashlib.sha256(rules.encode()).hexdigest()[:12]}"
