"""A module's page for the instructor: marks by answer and criterion, and what its items are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from leadgym.cohort.report import html
from leadgym.cohort.report.gather import Cohort, Column, FormScores, ModuleScores
from leadgym.marking.judgement_keys import whose
from leadgym.psychometrics.items import (
    SHOWN,
    ItemNumbers,
    OptionNumbers,
    Scale,
    Verdict,
    analyse,
    options_of,
    rating_room,
    said,
    verdict,
)
from leadgym.psychometrics.reliability import Estimate, Floats, mean_share

WORDS = ("keep", "look at", "drop", "too few")


@dataclass(frozen=True)
class Judged:
    """An item with its verdict. ``title``: for people; ``form``: the answer whose form it is of, or empty."""

    form: str
    title: str
    verdict: Verdict


@dataclass(frozen=True)
class FormAnalysis:
    """The items of one form: ``ratings`` and ``picks`` by item that is scored, and the options of every item."""

    scores: FormScores
    ratings: list[ItemNumbers]
    picks: list[ItemNumbers]
    rating_scale: Scale
    pick_scale: Scale
    options: list[list[OptionNumbers]]
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Analysis:
    """The item analysis of one module: its criteria as items of the total, and its forms."""

    module: ModuleScores
    columns: list[Column]
    criteria: list[ItemNumbers]
    scale: Scale
    verdicts: list[Verdict]
    forms: list[FormAnalysis]

    def judged(self) -> list[Judged]:
        """Every item with its verdict."""
        found = [Judged("", _criterion(self.module, c), v) for c, v in zip(self.columns, self.verdicts, strict=True)]
        for form in self.forms:
            items = [form.scores.form.items[place] for place in form.scores.scored]
            found += [
                Judged(form.scores.answer, f"{form.scores.answer}: {item.id}", v)
                for item, v in zip(items, form.verdicts, strict=True)
            ]
        return found


def analysis(module: ModuleScores) -> Analysis:
    """The module's items, analysed; the same every time."""
    worth = np.array([column.worth for column in module.columns])
    numbers, scale = analyse(module.scores, worth) if module.columns else ([], analyse(np.empty((0, 0)), worth)[1])
    verdicts = [verdict(item, "of its points are reached") for item in numbers]
    return Analysis(module, list(module.columns), numbers, scale, verdicts, [_form(form) for form in module.forms])


def _form(scores: FormScores) -> FormAnalysis:
    kept = scores.scored
    room = rating_room(scores.form, scores.keys)[kept]
    ratings, rating_scale = analyse(scores.parts[:, kept], room)
    picks, pick_scale = analyse(scores.right[:, kept], np.ones(len(kept)), shares=True)
    options = [
        options_of(scores.form, place, scores.keys, scores.picks[:, place], scores.ratings[place])
        for place in range(len(scores.form.items))
    ]
    verdicts = [
        verdict(item, "agreement with the key's ratings", pick=pick, options=options[place])
        for item, pick, place in zip(ratings, picks, kept, strict=True)
    ]
    return FormAnalysis(scores, ratings, picks, rating_scale, pick_scale, options, verdicts)


def module_page(cohort: Cohort, found: Analysis, learner_pages: Mapping[str, str]) -> str:
    """The page of the module that ``found`` analyses. ``learner_pages``: each learner's page, as seen from here."""
    module = found.module
    body = [
        f"<p>{html.link('index.html', 'Back to the cohort')}</p>",
        html.paragraph(
            f"{len(module.learners)} marked submissions. Points are what counts, a person's score over the marker's; "
            "criteria and items are as the marker has them.",
            _older(module),
        ),
        html.section("marks", "Marks", _answers(module), _criteria(found), _everybody(cohort, module, learner_pages)),
        html.section(
            "items",
            "Item analysis",
            html.paragraph(*_told(found, cohort)),
            html.paragraph(said(found.scale)) + _scale(found.scale, "The module's total, of all criteria"),
            _items(found),
            *(_form_part(form) for form in found.forms),
        ),
    ]
    return html.page(f"{module.title} ({module.slug})", "".join(body), cohort.generated)


def _older(module: ModuleScores) -> str:
    if not module.older:
        return ""
    return (
        f"{module.older} of them were marked by a rubric that is not today's; criteria that are no more are left out. "
        f"Mark them anew with: leadgym cohort remark {module.slug}"
    )


def _told(found: Analysis, cohort: Cohort) -> list[str]:
    panel = any(form.scores.keys.panel for form in found.forms)
    keys = "Judgement keys are the authors' own and provisional. " if found.forms and not panel else ""
    made = (
        "The learners were generated, so this tests the machinery and is no evidence about the items. "
        if cohort.generated
        else ""
    )
    return [
        f"{made}{keys}What somebody left out is a gap, not a zero: difficulty counts who answered the item, "
        "discrimination, alpha and omega who answered everything. Criteria of one answer are marked from the same "
        "words, so they go together more than separate questions would, and alpha and omega come out too high. An easy "
        "criterion may be just what a course wants; it only tells few people apart."
    ]


def _answers(module: ModuleScores) -> str:
    rows = []
    for place, answer in enumerate(module.answers):
        out_of = module.out_of[:, place]
        here = ~np.isnan(out_of) & (out_of > 0)
        shares = module.points[here, place] / out_of[here]
        rows.append([
            html.text(module.titles[answer]),
            html.points(float(out_of[here].max())) if here.any() else "–",
            _mean(mean_share(shares), len(shares)),
            str(int((here & ~module.given[:, place]).sum())),
            str(int(module.waits[:, place].sum())),
            str(int(module.by_person[:, place].sum())),
        ])  # fmt: skip
    heads = ("Answer", "Out of", "Mean (95 % interval)", "Nothing to read", "Waits", "Marked by a person")
    return html.table("By answer", heads, rows, range(1, 6))


def _criteria(found: Analysis) -> str:
    rows = []
    for place, column in enumerate(found.columns):
        given = found.module.scores[:, place]
        given = given[~np.isnan(given)]
        full, none = int((given >= column.worth - 1e-9).sum()), int((given <= 0).sum())
        rows.append([
            html.text(_criterion(found.module, column)), html.points(column.worth), str(len(given)),
            _mean(found.criteria[place].difficulty, len(given)), str(full), str(none),
        ])  # fmt: skip
    heads = ("Criterion", "Out of", "Answers", "Mean (95 % interval)", "In full", "Nothing")
    return html.table("By criterion", heads, rows, range(1, 6))


def _everybody(cohort: Cohort, module: ModuleScores, learner_pages: Mapping[str, str]) -> str:
    order = sorted(range(len(module.learners)), key=lambda row: cohort.learners[module.learners[row]].name.casefold())
    rows = []
    for row in order:
        learner = module.learners[row]
        cells = [
            html.points(module.points[row, place]) + (" (waits)" if module.waits[row, place] else "")
            for place in range(len(module.answers))
        ]
        late = f"−{html.points(module.penalty[row])}" if module.penalty[row] else ""
        name = html.link(learner_pages[learner], cohort.learners[learner].name)
        rows.append([name, *cells, late, html.points(module.total(row)), html.points(float(module.worth[row]))])
    heads = ("Learner", *(module.titles[a] for a in module.answers), "Late", "Counts", "Out of")
    return html.folded(
        f"Points of all {len(rows)} learners, by answer", html.table("By learner", heads, rows, range(1, len(heads)))
    )


def _items(found: Analysis) -> str:
    rows = [
        [
            html.text(_criterion(found.module, column)), str(item.answers), _mean(item.difficulty, item.answers),
            _r(item), html.text(v.word), html.text(v.why),
        ]
        for column, item, v in zip(found.columns, found.criteria, found.verdicts, strict=True)
    ]  # fmt: skip
    heads = ("Criterion", "Answers", "Difficulty (mean share)", "Discrimination", "Verdict", "Why")
    return html.table("Criteria as items of the module's total", heads, rows, range(1, 4))


def _form_part(form: FormAnalysis) -> str:
    items = form.scores.form.items
    rows = [
        [
            html.text(items[place].id), str(rating.answers), _mean(pick.difficulty, pick.answers),
            _mean(rating.difficulty, rating.answers), _r(rating), _r(pick), html.text(v.word), html.text(v.why),
        ]
        for place, rating, pick, v in zip(form.scores.scored, form.ratings, form.picks, form.verdicts, strict=True)
    ]  # fmt: skip
    heads = (
        "Item", "Answers", "Pick the key's best", "Ratings: share of agreement",
        "Discrimination, ratings", "Discrimination, picks", "Verdict", "Why",
    )  # fmt: skip
    apart = [place for place in range(len(items)) if place not in form.scores.scored]
    dispute = (
        html.paragraph("A panel did not agree on these items. They are not scored, and have no verdict:")
        + "".join(_options(form, place) for place in apart)
        if apart
        else ""
    )
    return "".join([
        f"<h3>{html.text(form.scores.title)}</h3>",
        html.paragraph(said(form.rating_scale, judgement=True)),
        _scale(form.rating_scale, "Ratings", (form.pick_scale, "Best picks")),
        html.table("Judgement items", heads, rows, range(1, 6)),
        html.paragraph(
            f"By the keys of {whose(form.scores.form, form.scores.keys)}. Difficulty is told twice: the share that "
            "picks the key's best option, and the agreement of the ratings, where 100 % is rated as the key has it and "
            "0 % what chance earns. The verdict goes by the discrimination of the ratings: most of the mark is theirs."
        ),
        html.folded("Options: who picks what, against the key",
                    "".join(_options(form, place) for place in form.scores.scored)),
        dispute,
    ])  # fmt: skip


def _options(form: FormAnalysis, place: int) -> str:
    item = form.scores.form.items[place]
    rows = [
        [
            html.text(option.id) + (" (the key's best)" if option.best else ""), html.text(about.text),
            f"{option.picked} of {option.of}", html.percent(option.picked / option.of if option.of else np.nan),
            html.number(option.rating, 1), str(option.key),
        ]
        for option, about in zip(form.options[place], item.options, strict=True)
    ]  # fmt: skip
    heads = ("Option", "Text", "Picked as best", "Share", "Mean rating", "Key")
    return html.table(item.id, heads, rows, range(2, 6))


def _scale(scale: Scale, name: str, *more: tuple[Scale, str]) -> str:
    rows = [
        [
            html.text(title), str(one.people), str(one.complete), str(one.items),
            _estimate(one.alpha, one.complete), _estimate(one.omega, one.complete),
        ]
        for one, title in ((scale, name), *more)
    ]  # fmt: skip
    heads = (
        "Total of",
        "Answered any",
        "Answered all",
        "Items that vary",
        "Alpha (Feldt's 95 %)",
        "Omega (bootstrap 95 %)",
    )
    return html.table("How far totals can be trusted", heads, rows, range(1, 6))


_LINE = "{} ({} to {})"


def _estimate(estimate: Estimate, people: int, digits: int = 2) -> str:
    if people < SHOWN:
        return "too few"
    if not estimate.known:
        return "–"
    return _LINE.format(*map(partial(html.number, digits=digits), (estimate.value, estimate.low, estimate.high)))


def _r(item: ItemNumbers) -> str:
    return _estimate(item.discrimination, item.complete)


def _mean(estimate: Estimate, people: int) -> str:
    if people < SHOWN or not estimate.known:
        return html.percent(estimate.value)
    low, high = (round(share * 100) for share in (estimate.low, estimate.high))
    return f"{html.percent(estimate.value)} ({low} to {high})"


def _criterion(module: ModuleScores, column: Column) -> str:
    return f"{module.titles[column.answer]}: {column.title}" if column.id else module.titles[column.answer]


def counts(found: Analysis) -> dict[str, int]:
    """How many items have which verdict."""
    words = [one.verdict.word for one in found.judged()]
    return {word: words.count(word) for word in WORDS}


def shares_of(module: ModuleScores) -> Floats:
    """(3): the lowest quarter's end, the middle and the highest quarter's beginning of the shares, lateness not taken
    off."""
    found: Floats = np.percentile(module.shares, [25, 50, 75])
    return found
