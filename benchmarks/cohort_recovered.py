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

import numpy as np
from cohort_learners import answers, fate, whole
from cohort_marking import PURE
from cohort_model import LEVELS, OVERCONFIDENCE, THRESHOLDS, Learner, Planted, logistic

from leadgym.cohort.records import records
from leadgym.cohort.report.gather import FormScores, ModuleScores, gather
from leadgym.cohort.report.module_page import analysis
from leadgym.estimates import Z95
from leadgym.marking.form import read_form
from leadgym.marking.items import LEAST, ItemNumbers, Scale, analyse, rating_parts, rating_room
from leadgym.marking.reliability import Estimate, Floats, mean

VIRTUAL = 2000
"""Learners drawn to see what the model implies."""
AGAIN = 200
"""Cohorts drawn of those, to see what luck does."""
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
class FormNumbers:
    """One form: its items' numbers by picks and by ratings, and the two totals.

    ``right`` and ``parts``: (learners, items), what the numbers come from; ``gaps``: stated confidence less right or
    not, (learners, items with one best option).
    """

    right: Floats
    parts: Floats
    picks: list[ItemNumbers]
    ratings: list[ItemNumbers]
    pick_scale: Scale
    rating_scale: Scale
    gaps: Floats

    @classmethod
    def of(cls, scores: FormScores) -> FormNumbers:
        """As the report has them."""
        return cls.from_arrays(scores, scores.right, scores.parts, scores.sure)

    @classmethod
    def from_arrays(cls, scores: FormScores, right: Floats, parts: Floats, sure: Floats) -> FormNumbers:
        """The same from other learners' arrays, (learners, items) each."""
        picks, pick_scale = analyse(right, np.ones(right.shape[1]), shares=True)
        ratings, rating_scale = analyse(parts, rating_room(scores.form, scores.keys))
        gaps = (sure - right)[:, single(scores)]
        return cls(right, parts, picks, ratings, pick_scale, rating_scale, gaps)


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
    made += of_scales(found, implied)
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
    """Difficulty and discrimination of judgement items: their order, and how many lie where the model has them."""
    items = [item for slug in found for item in planted.items(slug)]
    sound = [place for place, item in enumerate(items) if item.discrimination > 0]
    for what, by, arrays in (("best picks", "picks", "right"), ("ratings", "ratings", "parts")):
        numbers = [one for slug in found for one in getattr(found[slug], by)]
        models = [one for slug in found for one in getattr(implied[slug], by)]
        drawn = again([getattr(implied[s], arrays) for s in found], [len(getattr(found[s], arrays)) for s in found])
        # Where an item does not discriminate, its planted difficulty makes no difference.
        for place, (name, sign, here) in enumerate(
            (("difficulty", -1, sound), ("discrimination", 1, range(len(items))))
        ):
            plants = [sign * getattr(items[at], name) for at in here]
            ours = spearman(plants, [getattr(numbers[at], name).value for at in here])
            if ours.known:
                ranks = sorted(spearman(plants, [values[place][at] for at in here]).value for values in drawn)
                yield Row(
                    f"{name}, {what}: planted and found order of {len(here)} items, Spearman",
                    shown(ours),
                    f"{ranks[0]:.2f} to {ranks[-1]:.2f}",
                    ranks[0] <= ours.value <= ranks[-1],
                )
            pairs = [(getattr(one, name), getattr(model, name)) for one, model in zip(numbers, models, strict=True)]
            yield covered(f"{name}, {what}: items", pairs)


def again(arrays: Sequence[Floats], counts: Sequence[int]) -> list[tuple[Floats, Floats]]:
    """Difficulty and discrimination of all items of all forms in AGAIN cohorts of as many learners as the real one.

    They are drawn with replacement from the learners in ``arrays``: what luck does to a cohort of that size.
    """
    luck = np.random.default_rng(1)
    made = []
    for _ in range(AGAIN):
        shares, rests = [], []
        for scores, count in zip(arrays, counts, strict=True):
            some = scores[luck.integers(len(scores), size=count)]
            some = some[~np.isnan(some).any(axis=1)]
            total = some.sum(axis=1)
            shares.append(some.mean(axis=0))
            with np.errstate(invalid="ignore"):
                rests.append([np.corrcoef(item, total - item)[0, 1] for item in some.T])
        made.append((np.concatenate(shares), np.nan_to_num(np.concatenate(rests))))
    return made


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


def of_scales(found: dict[str, FormNumbers], implied: dict[str, FormNumbers]) -> Iterator[Row]:
    """Alpha and omega of each form."""
    for what, scale in (("best picks", "pick_scale"), ("ratings", "rating_scale")):
        for name in ("alpha", "omega"):
            pairs = [
                (getattr(getattr(found[s], scale), name), getattr(getattr(implied[s], scale), name)) for s in found
            ]
            pairs = [pair for pair in pairs if pair[0].known]
            if pairs:
                off = np.mean([abs(ours.value - model.value) for ours, model in pairs])
                row = covered(f"{name}, {what}: forms", pairs)
                yield Row(row.what, f"{row.found}, off by {off:.02f} on average", row.implied, row.holds)


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
    ours = mean(np.array(list(own.values())))
    model = mean(np.nanmean(np.hstack([numbers.gaps for numbers in implied.values()]), axis=1))
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
    pairs: list[tuple[Estimate, Estimate]] = []
    for slug, module in modules.items():
        about = planted.rubric(slug).answers
        for place, column in enumerate(module.columns):
            if about[column.answer].kind in DRAWN:
                continue
            shares = earned[slug, column.answer]
            given = ~np.isnan(module.scores[:, place])
            given &= np.array([fate(planted, by_id[learner], slug) != "untouched" for learner in module.learners])
            expected = []
            for row in np.flatnonzero(given):
                learner = by_id[module.learners[row]]
                if learner.games:
                    expected.append(shares["gaming"].get(column.id, 0.0))
                else:
                    chances = reached(planted, learner, slug, column.answer)
                    expected.append(
                        sum(p * shares[level].get(column.id, 0.0) for level, p in zip(LEVELS, chances, strict=True))
                    )
            ours = mean(module.scores[given, place] / column.worth)
            if ours.known and not math.isnan(ours.low) and ours.high > ours.low:
                pairs.append((ours, Estimate(float(np.mean(expected)))))
    if not pairs:
        return
    rank = spearman([model.value for _, model in pairs], [ours.value for ours, _ in pairs])
    off = float(np.mean([abs(ours.value - model.value) for ours, model in pairs]))
    yield Row(
        f"difficulty of {len(pairs)} criteria by planted level, Spearman",
        shown(rank),
        "above 0.9",
        above(rank, 0.9, len(learners)),
    )
    row = covered("difficulty of criteria by planted level", pairs)
    yield Row(row.what, f"{row.found}, off by {off:.3f} on average", row.implied, row.holds)


def reached(planted: Planted, learner: Learner, slug: str, answer: str) -> list[float]:
    """The chance of each level, from worst to best."""
    slope, place = planted.answer(slug, answer)
    up = [1.0, *logistic(slope * (planted.ability(learner, slug) - place - np.array(THRESHOLDS))), 0.0]
    return [float(above - below) for above, below in pairwise(up)]


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


def covered(what: str, pairs: Sequence[tuple[Estimate, Estimate]]) -> Row:
    """How many 95 % intervals hold the model's value; fewer than luck allows, once in a thousand, does not hold."""
    known = [(ours, model) for ours, model in pairs if ours.known and model.known]
    # The model's value is an estimate too, from many more learners.
    hits = sum(ours.low - 1e-9 <= model.value <= ours.high + 1e-9 for ours, model in known)
    least = fewest(len(known))
    if not least:
        return Row(f"{what} whose interval holds the model's value", f"{hits} of {len(known)}", "too few to hold it to")
    return Row(
        f"{what} whose interval holds the model's value", f"{hits} of {len(known)}", f"{least} or more", hits >= least
    )


def fewest(count: int, share: float = 0.9) -> int:
    """The number of hits, of ``count`` with a chance of ``share`` each, below which luck falls once in a thousand.

    Intervals of nominally 95 % are approximate, and the model's own value is drawn: 90 % is asked of them.
    """
    chance, k = 0.0, 0
    while k <= count:
        chance += math.comb(count, k) * share**k * (1 - share) ** (count - k)
        if chance > 0.001:
            break
        k += 1
    return k


def spearman(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Rank correlation with the interval of Bonett & Wright (2000, Psychometrika 65): Fisher's z with a standard error
    of sqrt((1 + r^2 / 2) / (n - 3))."""
    n = len(first)
    if n < 5:
        return Estimate()
    r = float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])
    if not abs(r) < 1 - 1e-9:
        return Estimate(r, r, r)
    middle, half = math.atanh(r), 1.96 * math.sqrt((1 + r * r / 2) / (n - 3))
    return Estimate(r, math.tanh(middle - half), math.tanh(middle + half))


def _ranks(values: Sequence[float]) -> Floats:
    """Ranks, the mean of theirs for equal values."""
    ordered = np.sort(np.array(values))
    below, up_to = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    found: Floats = (below + up_to - 1) / 2
    return found


def shown(estimate: Estimate) -> str:
    """``0.41 (0.12 to 0.64)``."""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})" if estimate.known else "not to be told"
