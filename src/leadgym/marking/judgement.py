"""Judgement items: every option rated 1 to 5, the best one picked, the confidence in that pick stated.

In the rubric:

```yaml
judgement:
  kind: judgement
  title: Ten judgement items
  asks: Rate every option, pick the best one, say how sure you are.
  items: data/judgement.yaml        # beside rubric.yaml
  points: 20
  criteria:
    - {id: ratings, measure: ratings, title: ..., points: 12, reason: ..., next_step: ...}
    - {id: best, measure: best, title: ..., points: 4, reason: ..., next_step: ...}
    - {id: sure, measure: confidence, title: ..., points: 4, reason: ..., next_step: ...}
```

``data/judgement.yaml`` (public) is a ``Form``, see ``form.py``; the key file's part is ``JudgementKeys``:

```yaml
judgement:
  items:
    quiet_reviewer:
      a: {key: 5, rationale: ..., right_when: ..., dissent: ...}
  panel:                            # written by `leadgym panel read`; without it the keys are the authors' own
    experts: 12
    date: 2027-02-03
    items:
      quiet_reviewer: {r_wg: 0.81, w: 0.66, wording: kqzraxbe}    # contested: true where the panel did not agree
```

A contested item is shown and not scored. An item that the panel's record leaves out has the authors' key still.

The answer: ``{"quiet_reviewer": {"ratings": {"a": 4, "b": 2, "c": 1, "d": 3}, "best": "a", "confidence": 0.6}, ...}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.files import beside
from leadgym.marking.form import Form, Item, Reading, load_form, read_form
from leadgym.marking.habits import habits
from leadgym.marking.judgement_keys import JudgementKeys, items_are, panel_problems, possessive, standing, upper, whose
from leadgym.marking.model import Answer, AnswerKeys, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.scores import agreement, best_pick, brier_skill, standardised
from leadgym.marking.show import percent, quoted, stop
from leadgym.scenario.model import Text
from leadgym.yamlfile import FileProblems, Location

SHOWN = 3
"""How many items a piece of evidence names."""

_SAYS_A_RATING = re.compile(
    r"\b(key|keyed|rat(?:e|ed|ing)|scores?|scored)\W{0,3}(?:of|is|at|as|it)?\W{0,3}[1-5]\b", re.I
)


class JudgementCriterion(Criterion):
    """``measure``: ``ratings`` (agreement with the key), ``best`` (best picks) or ``confidence`` (Brier skill)."""

    measure: Literal["ratings", "best", "confidence"]


class JudgementAnswer(Answer):
    """A form of judgement items. ``items`` is the path of the form, seen from the rubric's folder."""

    keys_class: ClassVar[type[AnswerKeys]] = JudgementKeys

    kind: Literal["judgement"]
    items: Text
    criteria: Annotated[list[JudgementCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """A form that is not in the exercise's folder."""
        try:
            present = beside(folder, self.items).is_file()
        except FileProblems:
            yield ("items",), f"'{self.items}' leads out of the exercise's folder. Name a file beside rubric.yaml."
        else:
            if not present:
                yield ("items",), f"there is no file {self.items} beside the rubric."

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong with the form."""
        try:
            load_form(beside(folder, self.items))
        except FileProblems as error:
            return error.problems
        return []

    def key_problems(self, keys: AnswerKeys, folder: Path) -> Iterator[tuple[Location, str]]:
        """Items and options without a key, keys without an item, keys that say nothing, ratings in the words."""
        assert isinstance(keys, JudgementKeys)  # noqa: S101 - load_keys picks the class
        form = load_form(beside(folder, self.items))
        wanted = {item.id: {option.id for option in item.options} for item in form.items}
        for item in wanted:
            if item not in keys.items:
                yield ("items",), f"the key of item '{item}' is missing; add it."
        for item, options in keys.items.items():
            where = ("items", item)
            if item not in wanted:
                yield where, f"{self.items} has no such item; take it out or correct its name."
                continue
            for missing in sorted(wanted[item] - set(options)):
                yield where, f"the key of option '{missing}' is missing; add it."
            for extra in sorted(set(options) - wanted[item]):
                yield (*where, extra), f"item '{item}' has no such option; take it out."
            if options and item not in keys.contested and len({option.key for option in options.values()}) == 1:
                yield where, "every option has the same key, so nothing can be told apart."
            for name, option in options.items():
                for words in ("rationale", "right_when", "dissent"):
                    if _SAYS_A_RATING.search(getattr(option, words)):
                        yield (*where, name, words), "names a rating, and learners read it; say it in words."
        yield from panel_problems(keys, form)
        sound = [item for item in wanted if keys.items.get(item) and item not in keys.contested]
        if sound and all(len(keys.best(item)) > 1 for item in sound):
            yield ("items",), "no item has a single best option; the confidence criterion needs one."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Agreement, best picks and confidence over all items of the form; what is missing earns what chance earns."""
        assert isinstance(context.keys, JudgementKeys)  # noqa: S101 - mark() has checked it
        form = load_form(beside(context.folder, self.items))
        readings, general = read_form(form, answer)
        note = [standing(form, context.keys), *general, *_missing(form, readings, context.keys)]
        measures = {"ratings": _mark_ratings, "best": _mark_best, "confidence": _mark_confidence}
        scored = {name: measure(form, readings, context.keys) for name, measure in measures.items()}
        return [self.earned(c, *scored[c.measure]) for c in self.criteria], "\n".join(note)

    def missed(self, answer: Any, context: Context) -> tuple[str, ...]:
        """The scored items in which another option was picked than one with the highest key."""
        assert isinstance(context.keys, JudgementKeys)  # noqa: S101 - mark() has checked it
        readings, _ = read_form(load_form(beside(context.folder, self.items)), answer)
        picks = {item: reading.best for item, reading in readings.items() if reading.best is not None}
        contested = context.keys.contested
        return tuple(i for i, pick in picks.items() if i not in contested and pick not in context.keys.best(i))

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What is missing, and habits of answering that cost information. Knows no keys."""
        form = load_form(beside(context.folder, self.items))
        readings, general = read_form(form, answer)
        checks = habits(form, readings, general)
        ready = checks[0].state == "fine"
        think = "the panel thinks" if form.keyed_by == "panel" else "the authors think"
        return Coaching(
            context.name,
            self.title,
            self.kind,
            ready,
            checks,
            f"This looks at how you answered, not at what {think}. The mark compares the two.",
        )


def scores(form: Form, keys: JudgementKeys, answer: Any) -> dict[str, float]:
    """The unclipped score of each measure: ``ratings``, ``best``, ``confidence``. Any JSON data can be scored."""
    readings, _ = read_form(form, answer)
    return {
        "ratings": _mark_ratings(form, readings, keys)[0],
        "best": _mark_best(form, readings, keys)[0],
        "confidence": _mark_confidence(form, readings, keys)[0],
    }


def flat(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[list[float | None], list[float]]:
    """Ratings (None where missing) and keys of the options of all scored items, in file order."""
    ratings: list[float | None] = []
    key: list[float] = []
    for _, item in keys.scored(form):
        for option in item.options:
            ratings.append(readings[item.id].ratings.get(option.id))
            key.append(keys.items[item.id][option.id].key)
    return ratings, key


def _mark_ratings(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[float, str]:
    ratings, key = flat(form, readings, keys)
    score = agreement(ratings, key)
    given = [r for r in ratings if r is not None]
    if not given:
        return score, "No option is rated. Each one takes a whole number from 1 to 5."
    z_given, z_key = standardised(given), standardised(key)
    if z_given is None or z_key is None:
        return score, "All your ratings are the same, so they say nothing about which option works better."
    theirs = possessive(whose(form, keys))
    closeness = next(
        text
        for bound, text in (
            (0.8, f"Your ratings order the options much as {theirs} do."),
            (0.5, f"Your ratings mostly go with {theirs}, with some items the other way."),
            (0.2, f"Your ratings go with {theirs} a little more than chance would."),
            (-0.2, f"Your ratings go with {theirs} about as often as chance would."),
            (-2.0, f"Your ratings mostly run against {theirs}."),
        )
        if score >= bound
    )
    apart = _farthest(keys.scored(form), readings, iter(z_given), iter(z_key))
    return score, "\n".join([closeness, *(_ratings_line(form, keys, *place) for place in apart)])


def _farthest(
    scored: Sequence[tuple[int, Item]], readings: dict[str, Reading], z_given: Iterable[float], z_key: Iterable[float]
) -> list[tuple[int, str, bool]]:
    """Up to SHOWN (item, option, rated higher?), one per item, where standardised rating and key are farthest apart."""
    given, key = iter(z_given), iter(z_key)
    apart: list[tuple[float, int, str, bool]] = []
    for index, item in scored:
        gaps = []
        for option in item.options:
            theirs = next(key)
            if option.id in readings[item.id].ratings:
                gap = next(given) - theirs
                gaps.append((abs(gap), index, option.id, gap > 0))
        if gaps:
            apart.append(max(gaps, key=lambda g: g[0]))
    # Half a standard deviation is less than one step of the scale: nothing worth a sentence.
    apart = sorted((a for a in apart if a[0] >= 0.5), key=lambda a: (-a[0], a[1]))
    return [(index, option, higher) for _, index, option, higher in apart[:SHOWN]]


def _ratings_line(form: Form, keys: JudgementKeys, index: int, option: str, higher: bool) -> str:
    item = form.items[index]
    key, who = keys.items[item.id][option], keys.who([item.id])
    say = "They say" if who == "the authors" else "The authors say"
    return (
        f"- {_option(index, item, option)}: you rated it {'higher' if higher else 'lower'} than {who}, "
        f"measured on your own scale. {say}: {stop(key.rationale)} It is right when: {stop(key.right_when)} "
        f"Who sees it otherwise: {stop(key.dissent)}"
    )


def _mark_best(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[float, str]:
    hits: list[bool | None] = []
    missed = []
    for index, item in keys.scored(form):
        pick, best = readings[item.id].best, keys.best(item.id)
        hits.append(None if pick is None else pick in best)
        if pick is not None and pick not in best:
            theirs, reasons = sorted(best)[0], keys.items[item.id]
            missed.append(
                f"- {_option(index, item, pick)}: {stop(reasons[pick].rationale)} "
                f"{upper(keys.who([item.id]))} would pick: {_short(_text(item, theirs))} "
                f"{stop(reasons[theirs].rationale)} Your pick is right when: {stop(reasons[pick].right_when)}"
            )
    chances = [len(keys.best(item.id)) / len(item.options) for _, item in keys.scored(form)]
    picked = sum(hit is not None for hit in hits)
    if not picked:
        return 0.0, "No option is picked as the best of its item."
    right, who = sum(hit is True for hit in hits), whose(form, keys)
    found = f"In {right} of the {picked} items in which you picked an option, it is the one {who} would pick."
    more = [f"And {len(missed) - SHOWN} more."] if len(missed) > SHOWN else []
    return best_pick(hits, chances), "\n".join([found, *missed[:SHOWN], *more])


def _mark_confidence(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[float, str]:
    picks: list[tuple[float, bool] | None] = []
    options: list[int] = []
    for _, item in keys.scored(form):
        best, reading = keys.best(item.id), readings[item.id]
        # Two best options: no single right answer to be sure of.
        if len(best) > 1:
            continue
        options.append(len(item.options))
        stated = reading.best is not None and reading.confidence is not None
        picks.append((reading.confidence or 0.0, reading.best in best) if stated else None)
    known = [pick for pick in picks if pick is not None]
    if not known:
        return 0.0, "No item has both a pick and a confidence."
    left_out = len(keys.scored(form)) - len(options)
    without = f"\nItems with two equally good options do not count here ({left_out} of them)." if left_out else ""
    return brier_skill(picks, options), _calibration(known, whose(form, keys)) + without


def _calibration(known: Sequence[tuple[float, bool]], who: str) -> str:
    right = sum(hit for _, hit in known)
    mean = sum(confidence for confidence, _ in known) / len(known)
    gap = mean - right / len(known)
    if abs(gap) < 0.1:
        verdict = "On average you were about as sure as you were right."
    else:
        way = "more sure than right" if gap > 0 else "less sure than right"
        verdict = f"On average you were {abs(gap) * 100:.0f} points {way}."
    return (
        f"You were {percent(mean)} sure on average, and {right} of {len(known)} picks "
        f"({percent(right / len(known))}) are {possessive(who)}. {verdict} Saying that you only guess earns nothing "
        f"and costs nothing; being sure of a pick that {who} would not make costs most (Brier's score)."
    )


def _missing(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> list[str]:
    incomplete = [
        index + 1
        for index, item in keys.scored(form)
        if len(readings[item.id].ratings) < len(item.options)
        or readings[item.id].best is None
        or readings[item.id].confidence is None
    ]
    if not incomplete:
        return []
    open_ = f"{items_are(incomplete)} not complete."
    return [f"{open_} The form is marked over all its items; what is missing counts as a guess."]


def _text(item: Item, option: str) -> str:
    return next(o.text for o in item.options if o.id == option)


def _option(index: int, item: Item, option: str) -> str:
    return f"Item {index + 1}, option {option}, {_short(_text(item, option))}"


def _short(text: str) -> str:
    flat_text = " ".join(text.split())
    return quoted(flat_text if len(flat_text) <= 90 else f"{flat_text[:85].rsplit(' ', 1)[0]} …")
