"""What a panel says, as a page: what it would change, where it is split, who sees it otherwise and why."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Sequence

from leadgym.cohort.panel.asked import ROLES, Asked
from leadgym.cohort.panel.numbers import DRAWS, SEED, Interval, ItemSaid, OptionSaid, PanelSaid, number_of
from leadgym.cohort.panel.opinions import Gathered, Opinion
from leadgym.marking.judgement_keys import PANEL_OF
from leadgym.psychometrics.concordance import AGREED, WEAK
from leadgym.tools.report import Picture, Report, Table

SHOWN_ROLE = 3
"""A remark names what its writer does only where so many do the same: fewer would name the person."""
NO_BREAK = "\N{NO-BREAK SPACE}"
NOTES = (
    "r_wg is 1 - s²/2, the sample variance of the ratings against that of ratings by lot (James, Demaree & Wolf 1984): "
    "1 is complete agreement, 0 as spread as by lot, below 0 two camps. An item's r_wg is the mean over its options "
    "(Lindell, Brandt & Whitney 1999). r_wg(J) is shown because it is often asked for; it grows with the number of "
    "options alone, so nothing here rests on it.",
    "W is Kendall's coefficient of concordance, corrected for ties: whether the experts put the options in the same "
    "order, however strict each of them is. p is chi-square's, for no agreement at all; a small p says that there is "
    "some, not that there is enough.",
    f"Intervals are 95 % intervals of a bootstrap over experts ({DRAWS} draws, seed {SEED}), without the pairs that "
    "one expert drawn twice makes. They are rough below twenty experts.",
    f"An item counts as agreed on when {PANEL_OF} or more have rated all of it, its r_wg is {number_of(AGREED)} "
    f"or more and no option's is {number_of(WEAK)} or less (LeBreton & Senter 2008 call that weak). Otherwise it is "
    "contested: learners see it, and no answer to it counts.",
    "The proposed key is the mean rating, rounded to the nearest whole step (a half goes up). Means of experts are the "
    "usual key of judgement tests (Legree et al. 2005; Weng et al. 2018). Rounding can give two options of an item the "
    "same key: both then count as best, and the item does not count for confidence.",
    "Scenario options and sorting exercises are not part of a panel's form: what they are compared with stays the "
    "authors' own.",
)


def report(asked: Asked, said: PanelSaid, gathered: Gathered, names: bool = False, width: int = 0) -> Report:
    """The page. ``names``: remarks carry who wrote them. ``width``: wrap remarks into lines, for a terminal."""
    title = f"{asked.title}: what {said.experts} practitioner{'s' * (said.experts != 1)} said"
    if not gathered.opinions:
        return Report(title, ("No file can be used, so there is nothing to say.",))
    tables = [*_moves(said, width), _items(said), _options(said)]
    tables += (
        [_remarks(asked, said, gathered.opinions, names, width)] if any(o.words for o in gathered.opinions) else []
    )
    return Report(title, tuple(_says(said, gathered)), tuple(tables), () if width else (_picture(said),), NOTES)


def _picture(said: PanelSaid) -> Picture:
    # Drawing takes a second to import, and a terminal needs none.
    from leadgym.cohort.panel.picture import picture

    return picture(said)


def _says(said: PanelSaid, gathered: Gathered) -> list[str]:
    agreed, contested, few = (said.state(name) for name in ("agreed", "contested", "too few"))
    total = len(said.items)
    if said.experts < PANEL_OF:
        missing = PANEL_OF - said.experts
        found = [
            f"Too few: {said.experts} of at least {PANEL_OF}. Nothing is proposed as final; ask {missing} more. What "
            "follows is a first look."
        ]
    else:
        moved = [(one, option) for one in agreed for option in one.options if option.proposed != option.now]
        options = sum(len(one.options) for one in agreed)
        found = [
            f"The panel agrees on {len(agreed)} of {total} items, and there it would change {len(moved)} of {options} "
            "keys."
        ]
        turned = [one for one in agreed if one.best(True) != one.best(False)]
        if turned:
            found.append(f"Another option would be the best in {_listed(turned)}.")
        if contested:
            why = "; ".join(f"{_name(one)}: {one.why}" for one in contested)
            found.append(f"Contested, so shown and not scored: {why}.")
        if few:
            found.append(f"Too few have rated all of {_listed(few)}; there the keys in use stay.")
    roles = Counter(opinion.role for opinion in gathered.opinions)
    who = ", ".join(f"{roles[role]} {words}" for role, words in ROLES.items() if roles[role])
    unsaid = f"{', ' if who else ''}{roles['']} who did not say" if roles[""] else ""
    found.append(f"Who rated: {who}{unsaid}. They chose to answer; others might see it otherwise.")
    w = f", Kendall's W {number_of(said.w.w)} over all options" if said.w else ""
    found.append(
        f"Mean r_wg {number_of(said.r_wg)} ({_between(said.interval)}), r_wg(J) {number_of(said.r_wg_j)}{w}. The means "
        f"go with the keys in use at r = {number_of(said.with_keys)}."
    )
    if agreed:
        found.append(
            "People lean towards one end of a scale. Held against such a leaning and not against chance, "
            f"{said.lenient} of the {len(agreed)} agreed items would still be agreed on."
        )
    return found


def _moves(said: PanelSaid, width: int) -> list[Table]:
    """The keys that would change, with the options' own words; the largest change first."""
    moved = [(one, option) for one in said.state("agreed") for option in one.options if option.proposed != option.now]
    moved.sort(key=lambda pair: -abs(pair[1].proposed - pair[1].now))
    rows = []
    for one, option in moved:
        text = " ".join(next(o.text for o in one.item.options if o.id == option.option).split())
        shown = textwrap.shorten(text, width, placeholder=" …") if width else text
        rows.append(
            (f"{one.item.id} {option.option}", f"{option.now} to {option.proposed}", _number(option.mean), shown)
        )
    return [Table("Keys that would change", ("option", "key", "mean", "what it says"), tuple(rows))] if rows else []


def _items(said: PanelSaid) -> Table:
    rows = [
        (
            _name(one),
            str(one.many),
            f"{number_of(one.r_wg)} ({_between(one.interval)})",
            number_of(one.r_wg_j),
            f"{number_of(one.w.w)} ({_between(one.w_interval)})" if one.w else "–",
            _p(one.w.p) if one.w else "–",
            one.state,
        )
        for one in said.items
    ]
    return Table("Item by item", ("item", "raters", "r_wg", "r_wg(J)", "W", "p", "state"), tuple(rows))


def _options(said: PanelSaid) -> Table:
    rows = [_option(one, option) for one in said.items for option in one.options]
    columns = ("option", NO_BREAK.join("12345"), "mean", "median", "SD", "r_wg", "key now", "proposed", "otherwise")
    return Table("Option by option: how often each step was given, and what follows", columns, tuple(rows))


def _option(item: ItemSaid, one: OptionSaid) -> tuple[str, ...]:
    final = item.state == "agreed"
    proposed = str(one.proposed) if final else "–"
    if final and one.proposed != one.now:
        proposed += " (changes)"
    return (
        f"{item.item.id} {one.option}",
        NO_BREAK.join(map(str, one.counts)),
        _number(one.mean),
        _number(one.median, 1),
        _number(one.sd),
        f"{number_of(one.r_wg)} ({_between(one.interval)})",
        str(one.now),
        proposed,
        _otherwise(one),
    )


def _otherwise(one: OptionSaid) -> str:
    """How many gave a rating two steps or more from the mean, and which."""
    far = [(step, many) for step, many in enumerate(one.counts, 1) if many and abs(step - one.mean) >= 1.5]
    if not far:
        return ""
    return f"{sum(many for _, many in far)} of {one.many}: " + ", ".join(f"{step} ({many})" for step, many in far)


def _remarks(asked: Asked, said: PanelSaid, opinions: Sequence[Opinion], names: bool, width: int) -> Table:
    """Each remark with how its writer rated the item. The order within an item is that of the ratings, not of names."""
    roles = Counter(opinion.role for opinion in opinions)
    rows: list[tuple[str, ...]] = []
    for one in said.items:
        own = [(opinion.ratings.get(one.item.id, {}), opinion) for opinion in opinions if one.item.id in opinion.words]
        for ratings, opinion in sorted(own, key=lambda pair: (sorted(pair[0].items()), pair[1].words[one.item.id])):
            rated = " ".join(f"{option}{rating}" for option, rating in ratings.items()) or "not rated"
            shown = opinion.role and (names or roles[opinion.role] >= SHOWN_ROLE)
            who = [opinion.expert] if names else []
            who += [ROLES[opinion.role]] if shown else []
            text = opinion.words[one.item.id]
            lines = textwrap.wrap(text, width, break_long_words=False) if width else [text]
            rows.append((_name(one), rated, ", ".join(who) or "–", lines[0]))
            rows += [("", "", "", line) for line in lines[1:]]
    return Table("Who sees it otherwise, in their own words", ("item", "rated", "who", "remark"), tuple(rows))


def _name(one: ItemSaid) -> str:
    return f"{one.number} {one.item.id}"


def _listed(items: Sequence[ItemSaid]) -> str:
    return ", ".join(_name(one) for one in items)


def _p(p: float) -> str:
    return "< .001" if p < 0.0005 else f"{p:.3f}".removeprefix("0")


def _between(interval: Interval) -> str:
    return f"{number_of(interval[0])} to {number_of(interval[1])}"


def _number(value: float, digits: int = 2) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"
