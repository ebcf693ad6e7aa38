"""A cohort for the report without marking: a course root with its files, and seeded records as marking leaves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leadgym.cohort.records import NOTHING, AnswerRecord, Record
from leadgym.cohort.report import gather as gathering
from leadgym.cohort.report.gather import Cohort, criteria_of, gather
from leadgym.cohort.rules import rubric_and_keys
from leadgym.marking import Form, Rubric, load_form
from leadgym.marking.judgement import JudgementAnswer
from leadgym.marking.judgement_keys import JudgementKeys
from leadgym.psychometrics import items
from leadgym.psychometrics.reliability import omega

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2027, 4, 1, 12, tzinfo=UTC)
FIRST = datetime(2027, 1, 11, 8, tzinfo=UTC)
SLUGS = ("00_baseline", "01_schedule", "04_knowledge_risk", "05_design_lead")


def lay(root: Path, learners: Sequence[str], slugs: Sequence[str] = SLUGS, names: dict[str, str] | None = None) -> Path:
    """``cohort.yaml`` with a week for each module, and ``roster.csv``; everything is due before NOW."""
    root.mkdir(parents=True, exist_ok=True)
    steps = []
    for week, slug in enumerate(slugs):
        begin = datetime(2027, 1, 11, 9) + timedelta(weeks=week)
        due = begin + timedelta(days=7)
        steps.append(f"  - {{module: {slug}, release: {begin:%Y-%m-%d %H:%M}, due: {due:%Y-%m-%d %H:%M}}}\n")
    (root / "cohort.yaml").write_text(
        "cohort: spring27\ntitle: Leading, spring 2027\ntimezone: Europe/Berlin\n"
        f"late: {{grace_hours: 12, per_day: 10, at_most: 50}}\nmodules:\n{''.join(steps)}",
        encoding="utf-8",
    )
    rows = [f'{learner},"{(names or {}).get(learner, "")}"\n' for learner in learners]
    (root / "roster.csv").write_text("id,first_name\n" + "".join(rows), encoding="utf-8")
    return root


class Made:
    """Records of ``learners`` for ``slugs``, the better the abler: ability is drawn once and known in ``ability``.

    A criterion's share is its own level plus ``slope`` times ability plus noise, cut to 0 and 1. A pick is the key's
    best with a chance that grows with ability (two-parameter logistic), confidence is the chance and ``too_sure``.
    """

    def __init__(self, learners: Sequence[str], slugs: Sequence[str] = SLUGS, seed: int = 1, too_sure: float = 0.1):
        self.luck = np.random.default_rng(seed)
        self.learners, self.slugs, self.too_sure = list(learners), list(slugs), too_sure
        self.ability = dict(zip(self.learners, self.luck.normal(size=len(self.learners)), strict=True))
        self.slopes: dict[tuple[str, str, str], float] = {}

    def records(self) -> Iterator[Record]:
        """One at a time, by module and learner, as ``leadgym.cohort.records.records`` gives them."""
        for week, slug in enumerate(self.slugs):
            folder = ROOT / "solutions" / slug
            rubric, keys = rubric_and_keys(folder, ROOT / "grader" / "keys" / f"{slug}.yaml")
            for learner in sorted(self.learners):
                handed_in = FIRST + timedelta(weeks=week, days=6)
                yield Record(learner, slug, handed_in, 0.0, self._answers(slug, rubric, keys, folder, learner))

    def _answers(self, slug: str, rubric: Rubric, keys: Any, folder: Path, learner: str) -> dict[str, AnswerRecord]:
        found = {}
        for name, about in rubric.answers.items():
            criteria = {}
            for place, c in enumerate(criteria_of(name, about, folder)):
                slope = self.slopes.get((slug, name, c.id), 0.15)
                share = 0.45 + 0.05 * (place % 4) + slope * self.ability[learner] + self.luck.normal(scale=0.2)
                criteria[c.id] = (round(float(np.clip(share, 0, 1)) * c.worth, 2), c.worth)
            points = round(sum(p for p, _ in criteria.values()), 2)
            answer: Any = {"some": "data"}
            if isinstance(about, JudgementAnswer):
                own = keys.answers[name]
                answer = self.judged(load_form(folder / about.items), own, self.ability[learner])
            found[name] = AnswerRecord(
                name, points, about.points, points, None, False, points, "", criteria, answer
            )  # fmt: skip
        return found

    def judged(self, form: Form, keys: JudgementKeys, ability: float) -> dict[str, Any]:
        """An answer to the form by somebody of this ability."""
        found = {}
        for place, item in enumerate(form.items):
            best = sorted(keys.best(item.id))
            chance = 1 / (1 + np.exp(-(1.2 * ability - 0.15 * (place % 5) + 0.3)))
            options = [o.id for o in item.options]
            wrong = [o for o in options if o not in best]
            pick = best[0] if self.luck.random() < chance else str(self.luck.choice(wrong))
            key = {o: keys.items[item.id][o].key for o in options}
            noise = self.luck.normal(scale=1.2 - 0.3 * float(np.clip(ability, -2, 2)), size=len(options))
            ratings = {o: int(np.clip(round(key[o] + n), 1, 5)) for o, n in zip(options, noise, strict=True)}
            sure = round(float(np.clip(chance + self.too_sure, 1 / len(options), 1)) * 20) / 20
            found[item.id] = {"ratings": ratings, "best": pick, "confidence": max(sure, 1 / len(options))}
        return found


def gathered(root: Path, records: Sequence[Record] | Iterator[Record], monkeypatch: pytest.MonkeyPatch) -> Cohort:
    """What ``gather`` makes of ``records`` in ``root``."""
    monkeypatch.setattr(gathering, "records", lambda *_arguments, **_options: iter(records))
    # There is no gradebook to read, and an interval is not looked at closely.
    (root / "gradebook.db").touch()
    monkeypatch.setattr(items, "omega", partial(omega, draws=20))
    return gather(root, None, NOW)


def without_answer(record: Record, name: str) -> Record:
    """The record as if that answer had not been there to read."""
    answers = dict(record.answers)
    was = answers[name]
    criteria = {c: (0.0, of) for c, (_, of) in was.criteria.items()}
    answers[name] = AnswerRecord(name, 0.0, was.out_of, 0.0, None, False, 0.0, "", criteria, NOTHING)
    return Record(record.learner, record.slug, record.handed_in, record.penalty, answers)
