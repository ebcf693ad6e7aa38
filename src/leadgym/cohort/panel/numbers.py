"""What a panel's ratings come to: for each option, each item and the form, with intervals and the proposed keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadgym.cohort.panel.asked import Asked
from leadgym.cohort.panel.opinions import Opinion
from leadgym.marking import Item
from leadgym.marking.form import HIGHEST, LOWEST
from leadgym.marking.judgement_keys import PANEL_OF, JudgementKeys
from leadgym.marking.scores import agreement
from leadgym.psychometrics.concordance import (
    AGREED,
    LENIENT,
    WEAK,
    Concordance,
    Counts,
    Floats,
    kendall_w,
    r_wg,
    r_wg_j,
    r_wg_mean,
    resampled,
    variances,
    w_drawn,
)

DRAWS = 2000
SEED = 1
Interval = tuple[float, float]


@dataclass(frozen=True)
class OptionSaid:
    """An option: how many rated it, each step how often, mean, median, sample SD, r_wg with its interval.

    ``proposed`` is the mean, rounded; ``now`` the key in use. NaN where too few rated it for a number.
    """

    option: str
    many: int
    counts: tuple[int, ...]
    mean: float
    median: float
    sd: float
    r_wg: float
    interval: Interval
    proposed: int
    now: int


@dataclass(frozen=True)
class ItemSaid:
    """An item: the mean of its options' r_wg, r_wg(J), Kendall's W, each with an interval, and what follows.

    ``state``: ``agreed``, ``contested`` or ``too few``; ``why`` is empty for the first.
    """

    number: int
    item: Item
    many: int
    options: tuple[OptionSaid, ...]
    r_wg: float
    interval: Interval
    r_wg_j: float
    w: Concordance | None
    w_interval: Interval
    state: str
    why: str

    def best(self, proposed: bool) -> set[str]:
        """The options with the highest key, proposed or now in use."""
        keys = {one.option: one.proposed if proposed else one.now for one in self.options}
        return {option for option, key in keys.items() if key == max(keys.values())}


@dataclass(frozen=True)
class PanelSaid:
    """The whole form. ``with_keys``: how far the panel's means go with the keys in use, a correlation."""

    experts: int
    items: tuple[ItemSaid, ...]
    r_wg: float
    interval: Interval
    r_wg_j: float
    w: Concordance | None
    with_keys: float
    lenient: int
    """How many of the agreed items would still be so against raters who lean to one end (``LENIENT``)."""

    def state(self, name: str) -> list[ItemSaid]:
        """The items of which this is so."""
        return [one for one in self.items if one.state == name]


def analyse(asked: Asked, keys: JudgementKeys, opinions: Sequence[Opinion]) -> PanelSaid:
    """All the numbers. Intervals are 95 % percentile intervals of a seeded bootstrap over experts."""
    columns = [(item.id, option.id) for item in asked.form.items for option in item.options]
    table = np.array([[opinion.flat.get(column, math.nan) for column in columns] for opinion in opinions], dtype=float)
    table = table.reshape(len(opinions), len(columns))
    counts = resampled(len(opinions), DRAWS, SEED) if len(opinions) else np.zeros((0, 0), dtype=np.int64)
    once = np.ones((1, len(opinions)), dtype=np.int64)
    spread, drawn = variances(table, once)[0], variances(table, counts)
    items, at = [], 0
    for number, item in enumerate(asked.form.items, 1):
        here = slice(at, at + len(item.options))
        at = here.stop
        items.append(_item(number, item, keys, table[:, here], spread[here], drawn[:, here], counts))
    means = [one.mean for item in items for one in item.options if not math.isnan(one.mean)]
    now = [float(one.now) for item in items for one in item.options if not math.isnan(one.mean)]
    known = ~np.isnan(spread)
    return PanelSaid(
        len(opinions),
        tuple(items),
        r_wg_mean(spread[known]) if known.any() else math.nan,
        _interval(r_wg(drawn[:, known].mean(axis=1)) if known.any() else np.array([])),
        r_wg_j(spread[known]) if known.any() else math.nan,
        kendall_w(table) if len(table) else None,
        agreement(means, now),
        sum(one.state == "agreed" and _lenient(one) for one in items),
    )


def _lenient(one: ItemSaid) -> bool:
    return r_wg_mean(np.array([option.sd**2 for option in one.options]), LENIENT) >= AGREED


def _item(
    number: int, item: Item, keys: JudgementKeys, table: Floats, spread: Floats, drawn: Floats, counts: Counts
) -> ItemSaid:
    options = tuple(
        _option(option.id, keys.items[item.id][option.id].key, table[:, at], spread[at], drawn[:, at])
        for at, option in enumerate(item.options)
    )
    many = min(one.many for one in options)
    known = many > 1
    state, why = _state(many, options, r_wg_mean(spread) if known else math.nan)
    return ItemSaid(
        number,
        item,
        many,
        options,
        r_wg_mean(spread) if known else math.nan,
        _interval(r_wg(drawn.mean(axis=1)) if known else np.array([])),
        r_wg_j(spread) if known else math.nan,
        kendall_w(table) if len(table) else None,
        _interval(w_drawn(table, counts) if len(table) else np.array([])),
        state,
        why,
    )


def _state(many: int, options: Sequence[OptionSaid], mean: float) -> tuple[str, str]:
    """An item is agreed on where agreement is strong on average and weak on no option, and something is told apart."""
    if many < PANEL_OF:
        return "too few", f"{many} have rated all of it, and {PANEL_OF} have to"
    if round(mean, 6) < AGREED:
        return "contested", f"mean r_wg {number_of(mean)}, below {number_of(AGREED)}"
    weak = [one for one in options if round(one.r_wg, 6) <= WEAK]
    if weak:
        said = ", ".join(f"{one.option} {number_of(one.r_wg)}" for one in weak)
        return "contested", f"an option at or below {number_of(WEAK)}: {said}"
    if len({one.proposed for one in options}) == 1:
        return "contested", "every option comes to the same key, so nothing is told apart"
    return "agreed", ""


def number_of(value: float) -> str:
    """An agreement as the field writes it: .81, -.20, 1.00; a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = f"{value:.2f}".replace("-0.00", "0.00")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def _option(option: str, now: int, given: Floats, spread: float, drawn: Floats) -> OptionSaid:
    rated = given[~np.isnan(given)]
    mean = float(rated.mean()) if len(rated) else math.nan
    return OptionSaid(
        option,
        len(rated),
        tuple(int((rated == step).sum()) for step in range(LOWEST, HIGHEST + 1)),
        mean,
        float(np.median(rated)) if len(rated) else math.nan,
        math.sqrt(spread) if not math.isnan(spread) else math.nan,
        float(r_wg(np.asarray(spread))),
        _interval(r_wg(drawn)),
        math.floor(mean + 0.5) if len(rated) else now,
        now,
    )


def _interval(values: Floats) -> Interval:
    known = values[~np.isnan(values)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
