"""What the report's statistics say of a generated cohort, beside what was planted.

Each statistic is that of `leadgym report`, from the same arrays (leadgym.cohort.report). Beside it stands what the
model of cohort_model.py implies: planted values themselves, or the same statistic on other learners drawn from the same
model, who hand nothing in. The learners are generated: all of this tests the machinery, and not the items.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import cohort_luck as luck
import numpy as np
from cohort_learners import answers, fate, whole
from cohort_luck import spearman
from cohort_marking import PURE
from cohort_model import OVERCONFIDENCE, THRESHOLDS, Learner, Planted, logistic

from leadgym.cohort.records import records
from leadgym.cohort.report.gather import FormScores, ModuleScores, gather
from leadgym.cohort.report.module_page import analysis
from leadgym.estimates import Z95
from leadgym.marking.form import read_form
from leadgym.psychometrics.items import LEAST, ItemNumbers, Scale, analyse, rating_parts, rating_room
from leadgym.psychometrics.reliability import Estimate, Floats

VIRTUAL = 8000
"""Learners drawn to see what the model implies. They are a sample too: with 2,000 its own luck is half a cohort of
500's, and counts as the cohort's."""
MANY = 200
"""Learners from whom on an order is asked to come out clearly."""
_FIRST_VIRTUAL = 1_000_000
DRAWN = ("judgement", "sorting", "chances", "estimate")
"""The kinds of answers that are drawn item by item; all others have levels."""


@dataclass(frozen=True)
class Row:
    """One line of the table. ``holds``: whether what was found is what the model lets expect; None: nothing to hold."""

    what: str
    found: str
    implied: str
    holds: bool | None = None


@dataclass(frozen=True)
class Analysed:
    """Scores (learners, items) of which each item is ``worth`` so much, and what the report says of them."""

    scores: Floats
    worth: Floats
    items: list[ItemNumbers]
    scale: Scale

    @classmethod
    def of(cls, scores: Floats, worth: Floats, *, shares: bool) -> Analysed:
        """As the report does it."""
        return cls(scores, worth, *analyse(scores, worth, shares=shares))


@dataclass(frozen=True)
class FormNumbers:
    """One form, by best picks and by ratings. ``gaps``: stated confidence less right or not, (learners, items with one
    best option)."""

    picks: Analysed
    ratings: Analysed
    gaps: Floats

    @classmethod
    def of(cls, scores: FormScores) -> FormNumbers:
        """As the report has it."""
        return cls.from_arrays(scores, scores.right, scores.parts, scores.sure)

    @classmethod
    def from_arrays(cls, scores: FormScores, right: Floats, parts: Floats, sure: Floats) -> FormNumbers:
        """The same form from other learners' arrays, (learners, items) each."""
        picks = Analysed.of(right, np.ones(right.shape[1]), shares=True)
        ratings = Analysed.of(parts, rating_room(scores.form, scores.keys), shares=False)
        return cls(picks, ratings, (sure - right)[:, single(scores)])


def rows(root: Path, other: Path, planted: Planted, learners: Sequence[Learner], chosen: Sequence[str]) -> list[Row]:
    """The table. ``other``: the root in which learners of one level throughout are marked."""
    cohort = gather(root, chosen, datetime.now(UTC))
    modules = {module.slug: module for module in cohort.modules}
    found, implied = {}, {}
    for slug, module in modules.items():
        for scores in module.forms:
            found[slug] = FormNumbers.of(scores)
            implied[slug] = virtual(planted, slug, scores)
    made = list(of_items(planted, found, implied))
    made += of_bad_items(planted, modules)
    made += of_certainty(planted, found, implied, modules, learners)
    made += of_levels(planted, modules, levels(other, chosen), learners)
    made.append(of_learners(planted, modules, learners))
    return made


def single(scores: FormScores) -> list[int]:
    """The places of the items with one best option; with two there is nothing to be sure of."""
    return [place for place, item in enumerate(scores.form.items) if len(scores.keys.best(item.id)) == 1]


def virtual(planted: Planted, slug: str, scores: FormScores) -> FormNumbers:
    """The form's numbers among learners that the model draws beside the cohort."""
    right, parts, sure = [], [], []
    for number in range(_FIRST_VIRTUAL, _FIRST_VIRTUAL + VIRTUAL):
        learner = planted.learner(number)
        given = answers(planted, learner, slug, only="judgement")["judgement"]
        readings, _ = read_form(scores.form, given)
        of_items = [readings[item.id] for item in scores.form.items]
        parts.append(rating_parts(scores.form, readings, scores.keys))
        best = [scores.keys.best(item.id) for item in scores.form.items]
        right.append([math.nan if r.best is None else float(r.best in b) for r, b in zip(of_items, best, strict=True)])
        sure.append([math.nan if r.confidence is None else r.confidence for r in of_items])
    return FormNumbers.from_arrays(scores, np.array(right), np.array(parts), np.array(sure))


def of_items(planted: Planted, found: dict[str, FormNumbers], implied: dict[str, FormNumbers]) -> Iterator[Row]:
    """Judgement items and their totals: the order of what was planted, and what lies where the model has it."""
    items = [item for slug in found for item in planted.items(slug)]
    # Where an item does not discriminate, its planted difficulty makes no difference.
    sound = [place for place, item in enumerate(items) if item.discrimination > 0]
    for what, by in (("best picks", "picks"), ("ratings", "ratings")):
        ours = [getattr(found[slug], by) for slug in found]
        model = [getattr(implied[slug], by) for slug in found]
        forms = [luck.Drawn(m.scores, m.worth, len(o.scores)) for o, m in zip(ours, model, strict=True)]
        drawn = luck.cohorts(forms, shares=by == "picks")
        for name, sign, here in (("difficulty", -1, sound), ("discrimination", 1, range(len(items)))):
            plants = [sign * getattr(items[at], name) for at in here]
            numbers, values = ([getattr(i, name) for form in forms_ for i in form.items] for forms_ in (ours, model))
            cohorts = [[e for form in cohort for e in getattr(form, name)] for cohort in drawn]
            rank = spearman(plants, [numbers[at].value for at in here])
            ranks = [spearman(plants, [cohort[at].value for at in here]) for cohort in cohorts]
            ranks = sorted((one for one in ranks if one.known), key=lambda one: one.value)
            if rank.known and ranks:
                yield Row(
                    f"{name}, {what}: planted and found order of {len(here)} items, Spearman",
                    shown(rank),
                    f"{ranks[0].value:.2f} to {ranks[-1].value:.2f}",
                    rank.value >= ranks[0].value,
                )
            held = luck.held(numbers, [value.value for value in values], cohorts)
            yield Row(f"{name}, {what}: items whose interval holds the model's value", *held.said, held.holds)
        alphas = [form.scale.alpha for form in ours]
        held = luck.held(alphas, [form.scale.alpha.value for form in model], [[f.alpha for f in c] for c in drawn])
        yield Row(f"alpha, {what}: forms whose interval holds the model's value", *held.said, held.holds)
        for name in ("alpha", "omega"):
            pairs = [(getattr(o.scale, name), getattr(m.scale, name)) for o, m in zip(ours, model, strict=True)]
            off = [abs(one.value - other.value) for one, other in pairs if one.known and other.known]
            if off:
                told = ", ".join(f"{one.value:.2f}" for one, _ in pairs)
                theirs = ", ".join(f"{other.value:.2f}" for _, other in pairs)
                yield Row(f"{name}, {what}, by form", f"{told}; off by {np.mean(off):.2f} on average", theirs)


def of_bad_items(planted: Planted, modules: dict[str, ModuleScores]) -> Iterator[Row]:
    """Whether the report's verdicts find the items that were planted bad, and the options that nobody takes."""
    bad, dead, kept, said, few, least = [], [], [], [], 0, math.inf
    for slug, module in modules.items():
        for form in analysis(module).forms:
            for item, verdict, options in zip(planted.items(slug), form.verdicts, form.options, strict=True):
                few += verdict.word == "too few"
                least = min(least, options[0].of)
                if item.discrimination <= 0:
                    bad.append(verdict.word)
                elif item.dead is None:
                    kept.append(verdict.word)
                if item.dead is not None:
                    dead.append(next(option.picked for option in options if option.id == item.dead))
                    said.append(verdict.word != "keep" and "fewer than 5 %" in verdict.why)
    if not bad:
        return
    if few:
        yield Row("verdicts", f"too few answers, said of {few} items", f"fewer than {LEAST} complete answers", True)
        return
    many = least >= MANY  # with fewer, luck makes a bad item look good, and the other way round
    words = ", ".join(f"{bad.count(word)} {word}" for word in ("drop", "look at", "keep"))
    yield Row(
        f"{len(bad)} items planted with no or negative discrimination",
        words,
        "none kept",
        "keep" not in bad if many else None,
    )
    yield Row(
        f"{len(dead)} options that nobody takes",
        f"picked {sum(dead)} times, {sum(said)} named",
        "all named",
        all(said) if many else None,
    )
    words = ", ".join(f"{kept.count(word)} {word}" for word in ("drop", "look at", "keep"))
    yield Row(f"{len(kept)} other items", words, "none dropped", "drop" not in kept if many else None)


def of_certainty(
    planted: Planted,
    found: dict[str, FormNumbers],
    implied: dict[str, FormNumbers],
    modules: dict[str, ModuleScores],
    learners: Sequence[Learner],
) -> Iterator[Row]:
    """By how much people are surer than right: on the whole, and each by themselves."""
    if not found:
        return
    gaps: dict[str, list[float]] = {}
    for module in modules.values():
        for form in module.forms:
            for learner, row in zip(module.learners, (form.sure - form.right)[:, single(form)], strict=True):
                gaps.setdefault(learner, []).extend(row[~np.isnan(row)])
    own = {learner: float(np.mean(values)) for learner, values in gaps.items() if values}
    # One value a learner: their own picks go together.
    ours = luck.mean(np.array(list(own.values())))
    model = luck.mean(np.nanmean(np.hstack([numbers.gaps for numbers in implied.values()]), axis=1))
    # Both are estimates; their difference is one more often than luck 1 time in 100.
    off = 2.58 / Z95 * math.hypot(ours.high - ours.low, model.high - model.low) / 2
    yield Row(
        "surer than right, all picks",
        shown(ours),
        f"{model.value:.2f}; planted {OVERCONFIDENCE:.2f}, and no one is surer than 100 %",
        abs(ours.value - model.value) <= off,
    )
    known = [one for one in learners if one.id in own and not one.games]
    rank = spearman([one.overconfidence for one in known], [own[one.id] for one in known])
    yield Row(
        f"surer than right, order of {len(known)} learners, Spearman",
        shown(rank),
        "above 0",
        above(rank, 0.0, len(known)),
    )


def levels(other: Path, chosen: Sequence[str]) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """By module and answer, by level, by criterion: the share that an answer of that level earns."""
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for record in records(other, f"sqlite:///{other / 'gradebook.db'}", chosen):
        if record.learner in PURE:
            for name, answer in record.answers.items():
                shares = {c: points / out_of for c, (points, out_of) in answer.criteria.items()}
                found.setdefault((record.slug, name), {})[record.learner] = shares
    return found


def of_levels(
    planted: Planted,
    modules: dict[str, ModuleScores],
    earned: dict[tuple[str, str], dict[str, dict[str, float]]],
    learners: Sequence[Learner],
) -> Iterator[Row]:
    """Difficulty of the criteria whose answers have levels: found, and what the planted levels let expect."""
    by_id = {one.id: one for one in learners}
    ours: list[Estimate] = []
    model: list[float] = []
    drawn: list[list[Estimate]] = [[] for _ in range(luck.COHORTS)]
    for slug, module in modules.items():
        there = [by_id[learner] for learner in module.learners]
        handed = np.array([whole(fate(planted, one, slug)) for one in there])
        for name, about in planted.rubric(slug).answers.items():
            places = module.columns_of(name)
            if about.kind in DRAWN or not places:
                continue
            scores = module.scores[:, places] / np.array([module.columns[place].worth for place in places])
            given = handed & ~np.isnan(scores).any(axis=1)
            if not given.any():
                continue
            shares = np.array(
                [[earned[slug, name][level].get(module.columns[p].id, 0.0) for p in places] for level in PURE]
            )
            chances = np.array(
                [reached(planted, there[row], slug, name) for row in np.flatnonzero(given)],
            )
            ours += [luck.mean(values) for values in scores[given].T]
            model += [float(value) for value in (chances @ shares).mean(axis=0)]
            for cohort, estimates in zip(drawn, luck.levels(chances, shares), strict=True):
                cohort += estimates
    if not ours:
        return
    rank = spearman(model, [one.value for one in ours])
    off = float(np.mean([abs(one.value - value) for one, value in zip(ours, model, strict=True)]))
    yield Row(
        f"difficulty of {len(ours)} criteria by planted level, Spearman",
        shown(rank),
        "above 0.9",
        above(rank, 0.9, len(learners)),
    )
    held = luck.held(ours, model, drawn)
    found, worst = held.said
    yield Row(
        "difficulty of criteria by planted level: interval holds the model's value",
        f"{found}, off by {off:.3f} on average",
        worst,
        held.holds,
    )


def reached(planted: Planted, learner: Learner, slug: str, answer: str) -> list[float]:
    """The chance of each level of PURE: from worst to best, and of gaming, which is all that some do."""
    if learner.games:
        return [float(level == "gaming") for level in PURE]
    slope, place = planted.answer(slug, answer)
    up = [1.0, *logistic(slope * (planted.ability(learner, slug) - place - np.array(THRESHOLDS))), 0.0]
    return [*(float(above_ - below) for above_, below in pairwise(up)), 0.0]


def of_learners(planted: Planted, modules: dict[str, ModuleScores], learners: Sequence[Learner]) -> Row:
    """The order of the learners: planted abilities in what they handed in, and the share of the points they have."""
    abilities, shares = [], []
    for one in learners:
        rows_ = [(slug, module, module.row[one.id]) for slug, module in modules.items() if one.id in module.row]
        rows_ = [row for row in rows_ if whole(fate(planted, one, row[0]))]
        if rows_ and not one.games:
            abilities.append(float(np.mean([planted.ability(one, slug) for slug, _, _ in rows_])))
            shares.append(float(np.mean([module.shares[row] for _, module, row in rows_])))
    rank = spearman(abilities, shares)
    return Row(
        f"order of {len(shares)} learners by points, Spearman", shown(rank), "above 0.7", above(rank, 0.7, len(shares))
    )


def above(rank: Estimate, least: float, learners: int) -> bool | None:
    """Whether a rank correlation's interval lies above ``least``; None with too few learners to ask for that."""
    return rank.low > least if learners >= MANY else None


def shown(estimate: Estimate) -> str:
    """``0.41 (0.12 to 0.64)``."""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})" if estimate.known else "not to be told"
