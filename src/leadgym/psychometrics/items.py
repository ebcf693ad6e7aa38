"""Classical item analysis: how hard an item is, whether it goes with the rest, who chooses what, what to do with it.

The rules are frozen before data (see the course's notes on marking): difficulty .30 to .80; corrected discrimination
.20 or more keep, .30 or more good, below 0 remove; every option chosen by 5 % or more.

**Gaps.** What somebody left out is a gap (nan), never a zero. An item's difficulty and its options count everybody who
answered it; discrimination, alpha and omega count those who answered every item of the total that anybody answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leadgym.estimates import wilson
from leadgym.marking.form import Form, Reading
from leadgym.marking.judgement_keys import JudgementKeys
from leadgym.marking.scores import standardised
from leadgym.psychometrics.reliability import Estimate, Floats, alpha, complete, correlation, mean_share, omega

LEAST = 30
"""From how many complete answers on there is a verdict.

With 30, an item that discriminates by .36 can just be told from one that does not (Fisher's interval, 1.96 / sqrt(27));
below, even good items cannot. Johanson & Brooks (2010, Educ. Psychol. Meas. 70) come to the same number as the least
for trying out items.
"""
SHOWN = 10
"""Below this many answers a correlation, an alpha or an interval is not even shown: a correlation's spans 1.2."""
HARD, EASY = 0.30, 0.80
ENOUGH, GOOD = 0.20, 0.30
RARE = 0.05
FEEDBACK, CERTIFICATE = 0.70, 0.80
"""The alpha or omega that feedback needs, and what nobody calls a certificate without."""
PUBLISHED = 0.46
"""The mean internal consistency of published judgement tests (Catano, Brochu & Lamerson 2012, IJSA 20)."""


@dataclass(frozen=True)
class ItemNumbers:
    """One item. ``answers``: who answered it; ``complete``: who answered every item of its total.

    ``difficulty``: the mean share of what could be had, high is easy. ``discrimination``: Pearson's correlation of the
    item with the total of the others (corrected item-total, or item-rest, correlation).
    """

    answers: int
    complete: int
    difficulty: Estimate
    discrimination: Estimate
    constant: bool


@dataclass(frozen=True)
class Scale:
    """The total of some items: from how many people, how many items vary, alpha and omega."""

    people: int
    complete: int
    items: int
    alpha: Estimate
    omega: Estimate


@dataclass(frozen=True)
class OptionNumbers:
    """One option of a judgement item: its key, how many of ``of`` picked it as best, and its mean rating (1 to 5)."""

    id: str
    key: int
    best: bool
    picked: int
    of: int
    rating: float


@dataclass(frozen=True)
class Verdict:
    """``keep``, ``look at``, ``drop`` or ``too few``, and why, in a sentence or two."""

    word: str
    why: str


def analyse(scores: Floats, worth: Floats, *, shares: bool = False, seed: int = 1) -> tuple[list[ItemNumbers], Scale]:
    """Each item's numbers, and those of the total. ``scores`` (people, items) in points, nan for what was left out.

    ``worth`` (items): what each could earn. ``shares``: the items are 0 or 1, so that the difficulty's interval is
    Wilson's (1927); else it is the normal one of a mean.
    """
    # What nobody answered would leave nobody complete.
    answered = (~np.isnan(scores)).sum(axis=0) > 0
    whole = complete(scores[:, answered])
    places = iter(range(whole.shape[1]))
    total = whole.sum(axis=1)
    found = []
    for place in range(scores.shape[1]):
        given = scores[~np.isnan(scores[:, place]), place]
        share = _share(given) if shares else mean_share(given / worth[place])
        own = whole[:, next(places)] if answered[place] else np.empty(0)
        rest = correlation(own, total - own) if len(own) else Estimate()
        constant = len(given) > 0 and float(np.ptp(given)) < 1e-12
        found.append(ItemNumbers(len(given), len(whole), share, rest, constant))
    vary = sum(item.answers > 0 and not item.constant for item in found)
    people = int((~np.isnan(scores)).any(axis=1).sum())
    return found, Scale(people, len(whole), vary, alpha(whole), omega(whole, seed))


def _share(given: Floats) -> Estimate:
    if not len(given):
        return Estimate()
    return Estimate(float(given.mean()), *wilson(float(given.sum()), len(given)))


def rating_room(form: Form, keys: JudgementKeys) -> Floats:
    """(items): what each item adds to the form's agreement when it is rated as the key has it; adds up to 1.

    nan for a contested item. See ``rating_parts``.
    """
    z_key = _z_key(form, keys)
    return np.array([_sum(form, item, lambda place: 1 + z_key[place] ** 2, z_key) for item in range(len(form.items))])


def rating_parts(form: Form, readings: Mapping[str, Reading], keys: JudgementKeys) -> Floats:
    """(items): what each item adds to the form's agreement; nan where one of its options is not rated, or contested.

    The mark for ratings is 1 - d / 2, with d the mean over all N options of (z - z_key)^2, standardised within the
    person and over the key (``scores.agreement``). A random order of the person's ratings has an expected (z - z_key)^2
    of 1 + z_key^2 at an option; so, with the same correction for chance as the form's,

        part = sum over the item's options of (1 + z_key^2 - (z - z_key)^2) / 2N

    is 0 in expectation for chance, ``rating_room`` for ratings as the key has them, and no part is more. Divided by the
    room it is the item's share. The parts of a complete form add up to the mark before it is cut to 0 and 1. Ratings
    that never differ have no z, and every part is 0, as the mark is.
    """
    z_key = _z_key(form, keys)
    given = {place: readings[place[0]].ratings.get(place[1]) for place in z_key}
    z = standardised([float(rating) for rating in given.values() if rating is not None])
    values = iter(z or ())
    stands = {place: None if rating is None or z is None else next(values) for place, rating in given.items()}

    def part(place: tuple[str, str]) -> float:
        if given[place] is None:
            return float("nan")
        value = stands[place]
        return 0.0 if value is None else 1 + z_key[place] ** 2 - (value - z_key[place]) ** 2

    return np.array([_sum(form, item, part, z_key) for item in range(len(form.items))])


def _sum(
    form: Form, item: int, part: Callable[[tuple[str, str]], float], z_key: Mapping[tuple[str, str], float]
) -> float:
    """The parts of the item's options added up, over 2N; nan for an item that is not scored."""
    places = [(form.items[item].id, option.id) for option in form.items[item].options]
    return sum(map(part, places)) / (2 * len(z_key)) if places[0] in z_key else float("nan")


def _z_key(form: Form, keys: JudgementKeys) -> dict[tuple[str, str], float]:
    """The key of every option that is scored, standardised over all of them."""
    places = [(item.id, option.id) for _, item in keys.scored(form) for option in item.options]
    key = [float(keys.items[item][option].key) for item, option in places]
    return dict(zip(places, standardised(key) or [0.0] * len(key), strict=True))


def options_of(
    form: Form, item: int, keys: JudgementKeys, picks: Floats, ratings: Sequence[Floats]
) -> list[OptionNumbers]:
    """The options of the ``item``-th item. ``picks`` (people): the picked option's place, nan for none; ``ratings``: by
    option (people), nan for none."""
    about = form.items[item]
    best = keys.best(about.id)
    of = int((~np.isnan(picks)).sum())
    found = []
    for place, option in enumerate(about.options):
        rated = ratings[place][~np.isnan(ratings[place])]
        picked = int((picks == place).sum())
        key = keys.items[about.id][option.id].key
        mean_rating = float(rated.mean()) if len(rated) else float("nan")
        found.append(OptionNumbers(option.id, key, option.id in best, picked, of, mean_rating))
    return found


def verdict(
    item: ItemNumbers, what: str, *, pick: ItemNumbers | None = None, options: Sequence[OptionNumbers] = ()
) -> Verdict:
    """What to do with an item. ``what`` says in words what its difficulty is the share of, as "of its points".

    ``keep``: nothing is outside of the rules. ``drop``: it runs against the rest, and its interval stays below what an
    item needs. ``look at``: everything else. For judgement items ``pick`` are the numbers of the best pick, whose own
    discrimination asks for a look where all of its interval is below what an item needs.
    """
    if item.complete < LEAST or item.answers < LEAST:
        return Verdict("too few", _too_few(item))
    if item.constant:
        return Verdict(
            "look at", f"The same for everybody, {_percent(item.difficulty.value)} {what}: it tells nobody apart."
        )
    r = item.discrimination
    if not r.known:
        return Verdict("look at", "All the others together do not vary, so there is nothing to hold it against.")
    difficulties = [(item.difficulty, what)] if pick is None else [
        (pick.difficulty, "pick what the key has as best"), (item.difficulty, what),
    ]  # fmt: skip
    if r.value < 0 and r.high < ENOUGH:
        why = (
            f"Who does well in the rest does worse here ({shown(r)}), and that is more than luck would do."
            if r.high < 0
            else f"Does not go with the rest ({shown(r)}): the whole interval lies below the {ENOUGH:.2f} asked for."
        )
        return Verdict("drop", f"{why} {_levels(difficulties)}")
    reasons = [*_together(r), *_best_pick(pick), *_difficulty(difficulties), *_options(options)]
    if not reasons:
        goes = "Goes well with the rest" if r.value >= GOOD else "Goes with the rest"
        wide = "" if r.low >= ENOUGH else " With more answers it may still come out below 0.20."
        return Verdict("keep", f"{goes} ({shown(r)}).{wide} {_levels(difficulties)}{_unseen(options)}")
    rest = "" if _together(r) else f" It goes with the rest ({shown(r)})."
    return Verdict("look at", f"{' '.join(reasons)}{rest}{_unseen(options)}")


def _too_few(item: ItemNumbers) -> str:
    if item.answers < LEAST:
        return f"{item.answers} of the {LEAST} answers that a verdict needs; {LEAST - item.answers} are missing."
    return (
        f"{item.answers} answers, but only {item.complete} from people who answered all the other items too; "
        f"{LEAST - item.complete} are missing."
    )


def _together(r: Estimate) -> Iterable[str]:
    if r.value < 0:
        yield (
            f"Who does well in the rest does worse here ({shown(r)}), but luck could do that: look at the wording, and "
            "wait for more answers before you drop it."
        )
    elif r.value < ENOUGH:
        yield f"Says little about how people do in the rest ({shown(r)}; 0.20 is asked for)."


def _best_pick(pick: ItemNumbers | None) -> Iterable[str]:
    """Ratings may go with the rest where the pick does not. One pick is coarse: only the whole interval tells."""
    if pick is not None and pick.discrimination.known and pick.discrimination.high < ENOUGH:
        yield (
            "Who picks the best option here does not pick it more often elsewhere "
            f"({shown(pick.discrimination)}; 0.20 is asked for)."
        )


def _difficulty(shares: Sequence[tuple[Estimate, str]]) -> Iterable[str]:
    for share, what in shares:
        if share.value > EASY:
            yield f"Easy: {_interval(share)} {what}."
        elif share.value < HARD:
            yield f"Hard: {_interval(share)} {what}."


def _options(options: Sequence[OptionNumbers]) -> Iterable[str]:
    if not options or not options[0].of:
        return
    right = max((o for o in options if o.best), key=lambda o: o.picked)
    top = max(options, key=lambda o: o.picked)
    # Two counts of one sample: their difference is more than luck from 1.96 root of their sum on.
    if not top.best and top.picked - right.picked > 1.96 * (top.picked + right.picked) ** 0.5:
        yield (
            f"More people pick {top.id} ({top.picked}) than the key's best, {right.id} ({right.picked}): is the key "
            "right?"
        )
    rare = [o for o in options if wilson(o.picked, o.of)[1] < RARE]
    if rare:
        yield f"{_named(rare)} by fewer than 5 % of {options[0].of}: nobody has to think about it."


def _unseen(options: Sequence[OptionNumbers]) -> str:
    """Options that few have picked so far, where luck could have done that."""
    few = [o for o in options if o.of and o.picked / o.of < RARE <= wilson(o.picked, o.of)[1]]
    return f" {_named(few)} by fewer than 5 % so far, which may be luck." if few else ""


def _named(options: Sequence[OptionNumbers]) -> str:
    names = " and ".join(o.id for o in options)
    return f"Option{'s' if len(options) > 1 else ''} {names} {'are' if len(options) > 1 else 'is'} picked"


def _levels(shares: Sequence[tuple[Estimate, str]]) -> str:
    return " ".join(f"{_interval(share)} {what}." for share, what in shares)


def shown(estimate: Estimate) -> str:
    """``r = 0.41, 0.12 to 0.64``."""
    return f"r = {estimate.value:.2f}, {estimate.low:.2f} to {estimate.high:.2f}"


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _interval(share: Estimate) -> str:
    return f"{_percent(share.value)} ({round(share.low * 100)} to {round(share.high * 100)})"


def said(scale: Scale, *, judgement: bool = False) -> str:
    """What alpha and omega of a total mean, in sentences; or that there are too few answers."""
    if scale.complete < LEAST:
        return (
            f"Too few answers to say how far the total can be trusted: {scale.complete} complete of the {LEAST} that "
            f"it takes; {LEAST - scale.complete} are missing."
        )
    if not scale.alpha.known:
        return "There is no alpha and no omega: the totals of all people are the same, or there is one item alone."
    best = scale.omega if scale.omega.known else scale.alpha
    name = "omega" if scale.omega.known else "alpha"
    if best.low >= CERTIFICATE:
        means = "Enough for feedback, and the whole interval lies where a certificate would need it."
    elif best.value >= FEEDBACK:
        sure = "" if best.low >= FEEDBACK else ", though the interval reaches below 0.70"
        means = f"Enough for feedback{sure}. It is no basis for a certificate."
    else:
        means = "Below the 0.70 that feedback on a person needs: read single answers, not the total."
    published = f" Published judgement tests come to {PUBLISHED} on average." if judgement else ""
    share = round(max(best.value, 0) * 100)
    return f"By {name}, {share} % of the variance of the totals is what the items have in common. {means}{published}"
