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
```

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
from leadgym.marking.model import Answer, AnswerKeys, Coaching, Context, Criterion, CriterionMark
from leadgym.marking.scores import agreement, best_pick, brier_skill, standardised
from leadgym.marking.show import percent, quoted, stop
from leadgym.scenario.model import Id, Key, Text
from leadgym.yamlfile import FileProblems, Location, Model

SHOWN = 3
"""How many items a piece of evidence names."""

_SAYS_A_RATING = re.compile(
    r"\b(key|keyed|rat(?:e|ed|ing)|scores?|scored)\W{0,3}(?:of|is|at|as|it)?\W{0,3}[1-5]\b", re.I
)


class OptionKey(Model):
    """The authors' provisional rating of an option, 1 to 5, and the words a learner reads about it.

    ``key`` is never shown; ``rationale``, ``right_when`` and ``dissent`` are, so they hold no rating.
    """

    key: Key
    rationale: Text
    right_when: Text
    dissent: Text


class JudgementKeys(AnswerKeys):
    """For each item of the form, for each of its options, the key. No item has the same key throughout."""

    items: dict[Id, dict[Id, OptionKey]]

    def best(self, item: str) -> set[str]:
        """The options of ``item`` with the highest key."""
        top = max(option.key for option in self.items[item].values())
        return {name for name, option in self.items[item].items() if option.key == top}


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
            if options and len({option.key for option in options.values()}) == 1:
                yield where, "every option has the same key, so nothing can be told apart."
            for name, option in options.items():
                for words in ("rationale", "right_when", "dissent"):
                    if _SAYS_A_RATING.search(getattr(option, words)):
                        yield (*where, name, words), "names a rating, and learners read it; say it in words."
        sound = [item for item in wanted if keys.items.get(item)]
        if sound and all(len(keys.best(item)) > 1 for item in sound):
            yield ("items",), "no item has a single best option; the confidence criterion needs one."

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Agreement, best picks and confidence over all items of the form; what is missing earns what chance earns."""
        assert isinstance(context.keys, JudgementKeys)  # noqa: S101 - mark() has checked it
        form = load_form(beside(context.folder, self.items))
        readings, general = read_form(form, answer)
        note = [
            "The keys are the authors' own and provisional: no panel has rated these options yet. "
            "Where you see it differently, read the dissent.",
            *general,
            *_missing(form, readings),
        ]
        measures = {"ratings": _mark_ratings, "best": _mark_best, "confidence": _mark_confidence}
        scored = {name: measure(form, readings, context.keys) for name, measure in measures.items()}
        return [self.earned(c, *scored[c.measure]) for c in self.criteria], "\n".join(note)

    def missed(self, answer: Any, context: Context) -> tuple[str, ...]:
        """The items in which another option was picked than one the authors would pick."""
        assert isinstance(context.keys, JudgementKeys)  # noqa: S101 - mark() has checked it
        readings, _ = read_form(load_form(beside(context.folder, self.items)), answer)
        picks = {item: reading.best for item, reading in readings.items() if reading.best is not None}
        return tuple(item for item, pick in picks.items() if pick not in context.keys.best(item))

    def coach(self, answer: Any, context: Context) -> Coaching:
        """What is missing, and habits of answering that cost information. Knows no keys."""
        form = load_form(beside(context.folder, self.items))
        readings, general = read_form(form, answer)
        checks = habits(form, readings, general)
        ready = checks[0].state == "fine"
        return Coaching(
            context.name,
            self.title,
            self.kind,
            ready,
            checks,
            "This looks at how you answered, not at what the authors think. The mark compares the two.",
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
    """Ratings (None where missing) and keys of all the form's options, in file order."""
    ratings: list[float | None] = []
    key: list[float] = []
    for item in form.items:
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
    closeness = next(
        text
        for bound, text in (
            (0.8, "Your ratings order the options much as the authors' do."),
            (0.5, "Your ratings mostly go with the authors', with some items the other way."),
            (0.2, "Your ratings go with the authors' a little more than chance would."),
            (-0.2, "Your ratings go with the authors' about as often as chance would."),
            (-2.0, "Your ratings mostly run against the authors'."),
        )
        if score >= bound
    )
    apart = _farthest(form, readings, iter(z_given), iter(z_key))
    return score, "\n".join([closeness, *(_ratings_line(form, keys, *place) for place in apart)])


def _farthest(
    form: Form, readings: dict[str, Reading], z_given: Iterable[float], z_key: Iterable[float]
) -> list[tuple[int, str, bool]]:
    """Up to SHOWN (item, option, rated higher?), one per item, where standardised rating and key are farthest apart."""
    given, key = iter(z_given), iter(z_key)
    apart: list[tuple[float, int, str, bool]] = []
    for index, item in enumerate(form.items):
        gaps = []
        for option in item.options:
            authors = next(key)
            if option.id in readings[item.id].ratings:
                gap = next(given) - authors
                gaps.append((abs(gap), index, option.id, gap > 0))
        if gaps:
            apart.append(max(gaps, key=lambda g: g[0]))
    # Half a standard deviation is less than one step of the scale: nothing worth a sentence.
    apart = sorted((a for a in apart if a[0] >= 0.5), key=lambda a: (-a[0], a[1]))
    return [(index, option, higher) for _, index, option, higher in apart[:SHOWN]]


def _ratings_line(form: Form, keys: JudgementKeys, index: int, option: str, higher: bool) -> str:
    item = form.items[index]
    key = keys.items[item.id][option]
    return (
        f"- {_option(index, item, option)}: you rated it {'higher' if higher else 'lower'} than the authors, "
        f"measured on your own scale. They say: {stop(key.rationale)} It is right when: {stop(key.right_when)} "
        f"Who sees it otherwise: {stop(key.dissent)}"
    )


def _mark_best(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[float, str]:
    hits: list[bool | None] = []
    missed = []
    for index, item in enumerate(form.items):
        pick, best = readings[item.id].best, keys.best(item.id)
        hits.append(None if pick is None else pick in best)
        if pick is not None and pick not in best:
            theirs = sorted(best)[0]
            missed.append(
                f"- {_option(index, item, pick)}: {stop(keys.items[item.id][pick].rationale)} "
                f"The authors would pick: {_short(_text(item, theirs))} {stop(keys.items[item.id][theirs].rationale)} "
                f"Your pick is right when: {stop(keys.items[item.id][pick].right_when)}"
            )
    chances = [len(keys.best(item.id)) / len(item.options) for item in form.items]
    picked = sum(hit is not None for hit in hits)
    if not picked:
        return 0.0, "No option is picked as the best of its item."
    right = sum(hit is True for hit in hits)
    found = f"In {right} of the {picked} items in which you picked an option, it is the one the authors would pick."
    more = [f"And {len(missed) - SHOWN} more."] if len(missed) > SHOWN else []
    return best_pick(hits, chances), "\n".join([found, *missed[:SHOWN], *more])


def _mark_confidence(form: Form, readings: dict[str, Reading], keys: JudgementKeys) -> tuple[float, str]:
    picks: list[tuple[float, bool] | None] = []
    options: list[int] = []
    for item in form.items:
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
    left_out = len(form.items) - len(options)
    without = f"\nItems with two equally good options do not count here ({left_out} of them)." if left_out else ""
    return brier_skill(picks, options), _calibration(known) + without


def _calibration(known: Sequence[tuple[float, bool]]) -> str:
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
        f"({percent(right / len(known))}) are the authors'. {verdict} Saying that you only guess earns nothing and "
        "costs nothing; being sure of a pick that the authors would not make costs most (Brier's score)."
    )


def _missing(form: Form, readings: dict[str, Reading]) -> list[str]:
    incomplete = [
        f"{index + 1}"
        for index, item in enumerate(form.items)
        if len(readings[item.id].ratings) < len(item.options)
        or readings[item.id].best is None
        or readings[item.id].confidence is None
    ]
    if not incomplete:
        return []
    items = f"Item {incomplete[0]} is" if len(incomplete) == 1 else f"Items {', '.join(incomplete)} are"
    return [f"{items} not complete. The form is marked over all its items; what is missing counts as a guess."]


def _text(item: Item, option: str) -> str:
    return next(o.text for o in item.options if o.id == option)


def _option(index: int, item: Item, option: str) -> str:
    return f"Item {index + 1}, option {option}, {_short(_text(item, option))}"


def _short(text: str) -> str:
    flat_text = " ".join(text.split())
    return quoted(flat_text if len(flat_text) <= 90 else f"{flat_text[:85].rsplit(' ', 1)[0]} …")
