"""Who needs a word, and why: plain reasons with what they rest on. Nobody gets a score, and nobody is ranked.

A reason is something to ask about, no finding: the numbers cannot know of a move, an illness, or a week of incidents.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from leadgym.cohort.report.gather import Cohort, ModuleScores
from leadgym.psychometrics.certainty import Certainty, certainty

MISSING = 2
FELL = 0.20
BEFORE, OTHERS = 2, 5
SURE_GAP, SURE_PICKS = 0.15, 24
MISSED_BELOW, MISSED_IN, MET_BY_OTHERS = 1 / 3, 3, 0.5
LATE = 2

RULES = (
    f"Nothing is handed in for {MISSING} modules or more whose due date has passed and that somebody has handed in. "
    "Where no due date is known, a module counts once half of the learners have handed it in.",
    f"The latest mark fell by {FELL * 100:.0f} points of 100 or more against the person's own mean of at least "
    f"{BEFORE} modules before, after taking off what the cohort's mean did between the same modules (where at least "
    f"{OTHERS} others have a mark). Lateness is not counted, and a module that waits for you neither.",
    f"Over {SURE_PICKS} picks or more, mean confidence and the share that was right are {SURE_GAP * 100:.0f} points of "
    "100 or more apart, and by more than luck does 99 times in 100 to somebody who is exactly as sure as right.",
    f"The same criterion brought less than a third of its points in {MISSED_IN} modules or more, and in half or more "
    "of those that asked for it. Only modules count in which it brought half of its points or more on average; answers "
    "that wait for you or that a person has marked are left out.",
    f"Handed in late, beyond the hours of grace, {LATE} times or more.",
)


@dataclass(frozen=True)
class Need:
    """One learner and the reasons, each a sentence with its numbers."""

    learner: str
    reasons: tuple[str, ...]


def needs(cohort: Cohort) -> list[Need]:
    """The learners who have a reason, by name."""
    due = _counted(cohort)
    means = {module.slug: _mean(module) for module in cohort.modules}
    found = []
    for learner, about in cohort.learners.items():
        reasons = (
            *_missing(cohort, learner, due),
            *_fell(cohort, learner, means),
            *_sure(cohort, learner),
            *_missed(cohort, learner),
            *_late(cohort, learner),
        )
        if reasons:
            found.append((about.name.casefold(), Need(learner, reasons)))
    return [need for _, need in sorted(found, key=lambda one: (one[0], one[1].learner))]


def picks(cohort: Cohort, learner: str | None = None) -> Certainty:
    """The confidence of one learner, or of all, over every judgement item of every module."""
    return certainty(*all_picks(cohort, learner))


def all_picks(cohort: Cohort, learner: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Confidence and right of every pick, see ``FormScores.picks_of``."""
    found = [
        form.picks_of(range(len(module.learners)) if learner is None else [module.row[learner]])
        for module in cohort.modules
        if learner is None or learner in module.row
        for form in module.forms
    ]
    empty = np.empty(0)
    return np.concatenate([empty, *(s for s, _ in found)]), np.concatenate([empty, *(r for _, r in found)])


def gap_said(found: Certainty) -> str:
    """``82 % sure on average, 29 of 48 right (60 %)``."""
    return f"{found.sure * 100:.0f} % sure on average, {found.right} of {found.count} right ({found.share * 100:.0f} %)"


def _counted(cohort: Cohort) -> list[str]:
    """The modules that everybody should have handed in by now."""
    slugs = [step.module for step in cohort.course.modules] if cohort.course else [m.slug for m in cohort.modules]
    found = []
    for slug in slugs:
        module, due = cohort.by_module.get(slug), cohort.due(slug)
        handed_in = len(module.learners if module else ()) + len(cohort.unmarked.get(slug, ()))
        over = due <= cohort.now if due is not None else 2 * handed_in >= len(cohort.learners)
        if handed_in and over:
            found.append(slug)
    return found


def _missing(cohort: Cohort, learner: str, due: list[str]) -> list[str]:
    missing = [
        slug
        for slug in due
        if (slug not in cohort.by_module or learner not in cohort.by_module[slug].row)
        and learner not in cohort.unmarked.get(slug, ())
    ]
    if len(missing) < MISSING:
        return []
    dates = [(slug, cohort.due(slug)) for slug in missing]
    said = [f"{slug} (due {when:%Y-%m-%d})" if when else slug for slug, when in dates]
    return [f"Nothing handed in for {len(missing)} modules: {', '.join(said)}."]


def _mean(module: ModuleScores) -> tuple[float, int]:
    settled = ~module.waits.any(axis=1)
    return (float(module.shares[settled].mean()) if settled.any() else 0.0, int(settled.sum()))


def _fell(cohort: Cohort, learner: str, means: dict[str, tuple[float, int]]) -> list[str]:
    own = [
        (module.slug, float(module.shares[row]))
        for module in cohort.modules
        if (row := module.row.get(learner)) is not None and not module.waits[row].any()
    ]
    if len(own) <= BEFORE:
        return []
    (latest, now), before = own[-1], [share for _, share in own[:-1]]
    was = sum(before) / len(before)
    others = all(means[slug][1] > OTHERS for slug, _ in own)
    moved = means[latest][0] - sum(means[slug][0] for slug, _ in own[:-1]) / len(before) if others else 0.0
    if was - now + moved < FELL:
        return []
    said = f" The cohort's mean moved by {moved * 100:+.0f}." if others else ""
    count = "two modules" if len(before) == 2 else f"{len(before)} modules"
    return [
        f"{latest}: {now * 100:.0f} % of the points, after {was * 100:.0f} % on average in the {count} before.{said}"
    ]


def _sure(cohort: Cohort, learner: str) -> list[str]:
    found = picks(cohort, learner)
    if found.count < SURE_PICKS or abs(found.gap) < SURE_GAP or abs(found.gap) <= found.luck:
        return []
    return [f"{'More sure than right' if found.gap > 0 else 'Less sure than right'}: {gap_said(found)}."]


def _missed(cohort: Cohort, learner: str) -> list[str]:
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    asked: dict[tuple[str, str], int] = defaultdict(int)
    titles = {}
    for module in cohort.modules:
        row = module.row.get(learner)
        if row is None:
            continue
        open_ = {a for a, no in zip(module.answers, module.waits[row] | module.by_person[row], strict=True) if no}
        for place in np.flatnonzero(module.mean_of_columns >= MET_BY_OTHERS):
            column, share = module.columns[place], module.shares_of_columns[row, place]
            name = column.answer, column.id
            if column.id and column.answer not in open_ and not np.isnan(share):
                asked[name] += 1
                if share < MISSED_BELOW:
                    where[name].append(module.slug[:2])
                    titles[name] = column.title
    said = [
        f"“{titles[name]}” ({name[0]}) in {', '.join(slugs)}"
        for name, slugs in where.items()
        if len(slugs) >= MISSED_IN and 2 * len(slugs) >= asked[name]
    ]
    return [f"Less than a third of the points again and again: {'; '.join(said)}."] if said else []


def _late(cohort: Cohort, learner: str) -> list[str]:
    late = []
    for module in cohort.modules:
        row = module.row.get(learner)
        by = cohort.late(module.slug, module.handed_in[row]) if row is not None else None
        if by is not None:
            late.append(f"{module.slug} ({lateness(by.total_seconds())})")
    return [f"Late {len(late)} times: {', '.join(late)}."] if len(late) >= LATE else []


def lateness(seconds: float) -> str:
    """``3 hours`` or ``2 days``."""
    hours = seconds / 3600
    if hours < 48:
        return "1 hour" if round(hours) == 1 else f"{round(hours)} hours" if hours >= 1 else "under an hour"
    return f"{round(hours / 24)} days"
