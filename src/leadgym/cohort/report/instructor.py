"""The cohort's page for the instructor: who needs a word, what waits, marks, calibration, and items at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from leadgym.cohort.report import html
from leadgym.cohort.report.competency import competencies, promised, unmarked
from leadgym.cohort.report.gather import Cohort, ModuleScores
from leadgym.cohort.report.module_page import WORDS, Analysis, counts, shares_of
from leadgym.cohort.report.needs import RULES, all_picks, gap_said, needs, picks
from leadgym.psychometrics.certainty import brier
from leadgym.psychometrics.items import LEAST, SHOWN

EVERYBODY = "everybody.html"
FOLD = 40
"""From how many rows on a list of people is folded."""
_PARTS = (
    ("word", "Who needs a word, and why"),
    ("waits", "What waits for you"),
    ("modules", "Marks by module"),
    ("competencies", "Marks by competency"),
    ("sure", "How sure and how right"),
    ("time", "Time"),
    ("items", "Items: keep, look at, drop"),
    ("limits", "What these numbers cannot say"),
)


def cohort_page(cohort: Cohort, found: Sequence[Analysis], learner_pages: Mapping[str, str]) -> str:
    """The page. ``learner_pages``: each learner's page, as seen from here."""
    submissions = sum(len(module.learners) for module in cohort.modules)
    nav = "".join(f"<li>{html.link(f'#{name}', title)}</li>" for name, title in _PARTS)
    bodies = (
        _word(cohort, learner_pages),
        _waits(cohort, learner_pages),
        _modules(cohort),
        _competencies(cohort),
        _sure(cohort),
        _time(cohort),
        _items(found),
        html.bullets(_LIMITS),
    )
    lead = html.paragraph(
        f"{_people(len(cohort.learners))}, {_count(len(cohort.modules), 'module')} with marks, "
        f"{_count(submissions, 'marked submission')}, "
        f"as of {cohort.said(cohort.now)}{f' {cohort.course.timezone}' if cohort.course else ' UTC'}.",
        "This page and the modules' pages hold everybody's marks and are for you; "
        "in learners/ lies one page for each learner, with nothing of anybody else.",
    )
    parts = "".join(html.section(name, title, body) for (name, title), body in zip(_PARTS, bodies, strict=True))
    return html.page(
        cohort.title, f'{lead}<nav aria-label="Parts of this page"><ul>{nav}</ul></nav>{parts}', cohort.generated
    )


def module_address(slug: str) -> str:
    """The file of a module's page."""
    return f"module-{slug}.html"


def _people(count: int) -> str:
    return _count(count, "learner")


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _word(cohort: Cohort, learner_pages: Mapping[str, str]) -> str:
    found = needs(cohort)
    rules = html.folded("When somebody stands here", html.bullets(RULES))
    if not found:
        return html.paragraph("Nobody, by the reasons below.") + rules
    rows = [
        [html.link(learner_pages[need.learner], cohort.learners[need.learner].name), _id(cohort, need.learner),
         html.bullets(need.reasons)]
        for need in found
    ]  # fmt: skip
    body = html.table(f"{_people(len(found))} of {len(cohort.learners)}, by name", ("Learner", "Id", "Why"), rows)
    lead = html.paragraph("Each line is a reason to ask, and not a finding. Nobody is ranked.")
    return lead + (html.folded(f"All {len(found)}", body) if len(found) > FOLD else body) + rules


def _id(cohort: Cohort, learner: str) -> str:
    about = cohort.learners[learner]
    return html.text(f"{learner}{f', {about.section}' if about.section else ''}")


def _waits(cohort: Cohort, learner_pages: Mapping[str, str]) -> str:
    rows = []
    for module in cohort.modules:
        for place, answer in enumerate(module.answers):
            who = sorted(
                (module.learners[row] for row in np.flatnonzero(module.waits[:, place])),
                key=lambda learner: cohort.learners[learner].name.casefold(),
            )
            if who:
                names = ", ".join(html.link(learner_pages[one], cohort.learners[one].name) for one in who)
                listed = f"<details><summary>All {len(who)}</summary>{names}</details>" if len(who) > 8 else names
                rows.append([html.text(module.slug), html.text(module.titles[answer]), str(len(who)), listed])
    body = (
        html.table("Answers that the marker left to a person", ("Module", "Answer", "How many", "Whose"), rows, (2,))
        if rows
        else html.paragraph("No mark waits for a person.")
    )
    new = [f"{slug} ({len(names)})" for slug, names in cohort.unmarked.items() if names]
    if new:
        body += html.paragraph(f"Handed in and not marked: {', '.join(new)}. Mark them with: leadgym grade SLUG")
    return body


def _modules(cohort: Cohort) -> str:
    rows = []
    for module in cohort.modules:
        low, middle, high = shares_of(module)
        late = sum(cohort.late(module.slug, stamp) is not None for stamp in module.handed_in)
        rows.append([
            html.link(module_address(module.slug), f"{module.slug}: {module.title}"), str(len(module.learners)),
            html.percent(float(module.shares.mean())), html.percent(middle),
            f"{html.percent(low)} to {html.percent(high)}", str(late) if cohort.due(module.slug) else "–",
            str(int(module.waits.any(axis=1).sum())),
        ])  # fmt: skip
    heads = ("Module", "Marked", "Mean", "Middle", "Middle half", "Late", "Waits")
    note = (
        html.paragraph(
            "Shares of the points, lateness not taken off. Where something waits, only what is sure counts so far. By "
            "criterion, by learner and by item: on the module's page."
        )
        + f"<p>{html.link(EVERYBODY, f'Everybody by module ({_people(len(cohort.learners))})')}</p>"
    )
    return html.table("By module", heads, rows, range(1, 7)) + note


def everybody_page(cohort: Cohort, learner_pages: Mapping[str, str]) -> str:
    """Every learner by module, on a page of its own: with 500 learners it is most of what there is to draw."""
    rows = []
    for learner, about in sorted(cohort.learners.items(), key=lambda one: (one[1].name.casefold(), one[0])):
        cells = [_share(cohort, module, learner) for module in cohort.modules]
        rows.append([html.link(learner_pages[learner], about.name), *cells])
    heads = ("Learner", *(module.slug for module in cohort.modules))
    body = html.table("What counts, in % of the points, lateness taken off", heads, rows, range(1, len(heads)))
    note = html.paragraph("w: something of it waits for a person. new: handed in, not marked. –: nothing handed in.")
    back = f"<p>{html.link('index.html', 'Back to the cohort')}</p>"
    return html.page(f"Everybody by module: {cohort.title}", back + note + body, cohort.generated)


def _share(cohort: Cohort, module: ModuleScores, learner: str) -> str:
    row = module.row.get(learner)
    if row is None:
        return "new" if learner in cohort.unmarked.get(module.slug, ()) else "–"
    worth = float(module.worth[row])
    share = f"{round(100 * module.total(row) / worth)}" if worth else "–"
    return f"{share} w" if module.waits[row].any() else share


def _competencies(cohort: Cohort) -> str:
    found = competencies(cohort)
    rows = [
        [
            f"{one.statement} {html.text(one.title)}", str(one.people), html.percent(one.share.value),
            "–" if one.people < SHOWN else f"{round(one.share.low * 100)} to {round(one.share.high * 100)}",
            html.text(", ".join(f"{slug[:2]} {answer}" for slug, answer in one.where)),
        ]
        for one in found
    ]  # fmt: skip
    without = unmarked(cohort)
    body = html.paragraph(
        "The statements of the curriculum, by the answers in which the modules say that they are practised. An answer "
        "may stand under several, so rows are no independent scales; what waits for a person is left out.",
        f"Practised in lesson and story alone, without a mark: {', '.join(without)}." if without else "",
    )
    if not rows:
        return html.paragraph("None of these assignments belongs to a statement of the curriculum.")
    heads = ("Statement", "Learners", "Mean share", "95 % interval", "From these answers")
    return body + html.table("Mean share of the points", heads, rows, (1, 2, 3))


def _sure(cohort: Cohort) -> str:
    found = picks(cohort)
    if not found.count:
        return html.paragraph("No judgement item has both a pick and a confidence.")
    people = sum(picks(cohort, learner).count > 0 for learner in cohort.learners)
    body = html.paragraph(
        f"All judgement items of all modules: {gap_said(found)}, {_people(people)}.",
        "Right means the key's best option, and most keys are the authors' own. Picks of one person go together, so "
        "the intervals are too narrow for a statement about other cohorts.",
    ) + html.reliability_diagram(found, "they")
    if found.count < LEAST:
        return body + html.paragraph(f"Brier's score is not shown: {found.count} of the {LEAST} picks it takes.")
    parts = brier(*all_picks(cohort))
    return body + html.paragraph(
        f"Brier's score {parts.score:.3f} (0 is the best; the base rate each time earns {parts.uncertainty:.3f}) = "
        f"reliability {parts.reliability:.3f} − resolution {parts.resolution:.3f} + uncertainty {parts.uncertainty:.3f}"
        f"{f' {parts.rest:+.3f} from rounding to steps of 0.05' if abs(parts.rest) >= 0.0005 else ''} (Murphy 1973). "
        "Reliability is what being too sure or not sure enough costs, resolution what telling sure from unsure picks "
        "gains."
    )


def _time(cohort: Cohort) -> str:
    rows = []
    for module in cohort.modules:
        due = cohort.due(module.slug)
        step = cohort.course.step(module.slug) if cohort.course else None
        stamps = [stamp for stamp in module.handed_in if stamp is not None]
        about = promised(module.slug)
        minutes = str(about.total("self_paced")) if about else "–"
        if due is None or step is None or cohort.course is None or not stamps:
            rows.append([html.text(module.slug), minutes, str(len(stamps)), "–", "–", "–"])
            continue
        release = cohort.course.at(step.release)
        after = np.median([(stamp - release).total_seconds() for stamp in stamps]) / 86400
        before = np.array([(due - stamp).total_seconds() / 3600 for stamp in stamps])
        rows.append([
            html.text(module.slug), minutes, str(len(stamps)), f"{after:.1f}",
            html.percent(float(((before >= 0) & (before <= 24)).mean())), html.percent(float((before < 0).mean())),
        ])  # fmt: skip
    heads = ("Module", "Minutes promised, self-paced", "Hand-in time known", "Days from release, middle",
             "In the last 24 hours", "After the due date")  # fmt: skip
    return html.paragraph(
        "Time on task is not known: nothing in a notebook or in the player says how long somebody worked, and the "
        "minutes are what the module promises. What is known is when a submission was handed in; only the last one of "
        "a module is kept."
    ) + html.table("When it was handed in", heads, rows, range(1, 6))


def _items(found: Sequence[Analysis]) -> str:
    rows = []
    for one in found:
        by_word = counts(one)
        rows.append([
            html.link(module_address(one.module.slug) + "#items", one.module.slug),
            *(str(by_word[word]) for word in WORDS),
            html.number(one.scale.alpha.value) if one.scale.complete >= LEAST else f"too few ({one.scale.complete})",
            html.number(one.scale.omega.value) if one.scale.complete >= LEAST else "",
        ])  # fmt: skip
    heads = ("Module", "Keep", "Look at", "Drop", "Too few answers", "Alpha of the total", "Omega")
    drops = [
        [html.text(one.module.slug), html.text(item.title), html.text(item.verdict.why)]
        for one in found
        for item in one.judged()
        if item.verdict.word == "drop"
    ]
    body = html.table("Criteria and judgement items by verdict", heads, rows, range(1, 7))
    if drops:
        body += html.table("To drop", ("Module", "Item", "Why"), drops)
    return body + html.paragraph(
        "Each item with its sentence and its intervals is on the module's page. A verdict takes "
        f"{LEAST} complete answers; below that it says how many are missing. Keep: difficulty 0.30 to 0.80, corrected "
        "discrimination 0.20 or more, a best pick that may reach 0.20 too, no option that nobody needs to think about. "
        "Drop: below 0, and its whole interval below 0.20. Look at: everything else."
    )


_LIMITS = (
    "An item that discriminates agrees with the other items. That does not make its key right: if all keys share a "
    "mistake, they agree about it.",
    "Difficulty, discrimination, alpha and omega belong to these people. Another cohort has others, and a course that "
    "works makes its own items easy.",
    "Intervals are at 95 %. Among a hundred items, five are outside of theirs by luck alone.",
    "Nothing here says how somebody leads. It says what they handed in, and how that was marked by a public rubric and "
    "keys that are provisional until a panel has rated them.",
    "Marks that wait for a person count with what is sure alone; means and reasons change when you have decided.",
)
