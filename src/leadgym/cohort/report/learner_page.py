"""A learner's own page: their marks, their calibration, what to try next. Nothing of anybody else is on it."""

from __future__ import annotations

from leadgym.cohort.report import html
from leadgym.cohort.report.competency import competencies
from leadgym.cohort.report.gather import Cohort, Column, ModuleScores
from leadgym.cohort.report.needs import gap_said, lateness, picks

LEAST = 12
"""From how many picks on there is a figure."""
STEPS, RECENT = 4, 3
"""How many things to try are named, from how many of the latest modules."""


def learner_page(cohort: Cohort, learner: str) -> str:
    """The page of ``learner``, from that learner's rows alone."""
    own = [(module, module.row[learner]) for module in cohort.modules if learner in module.row]
    waiting = [slug for slug, names in cohort.unmarked.items() if learner in names]
    body = [
        html.paragraph(
            "This page is about you alone; nobody is compared with you. The evidence for each mark is in the feedback "
            "page of its module. Judgement keys are the authors' own until a panel has rated the options: where you "
            "see it differently, you may be right.",
        ),
        html.section("marks", "Your marks", _overview(cohort, own, waiting)),
        html.section("next", "What to try next", _next(own)),
        html.section("sure", "How sure and how right", _sure(cohort, learner)),
        html.section("competencies", "By competency", _competencies(cohort, learner)),
        html.section("criteria", "By criterion", *(_module(module, row) for module, row in own)) if own else "",
    ]
    return html.page(f"{cohort.learners[learner].name}: {cohort.title}", "".join(body), cohort.generated)


def _overview(cohort: Cohort, own: list[tuple[ModuleScores, int]], waiting: list[str]) -> str:
    more = f"Handed in and not marked yet: {', '.join(waiting)}." if waiting else ""
    if not own:
        return html.paragraph("Nothing of yours has been marked yet.", more)
    rows = []
    for module, row in own:
        total, worth = module.total(row), float(module.worth[row])
        rows.append([
            html.text(module.title),
            f"{html.points(total)} of {html.points(worth)}",
            html.percent(total / worth if worth else float("nan")),
            html.text(_when(cohort, module, row)),
            "waits for a person: only what is sure counts until then" if module.waits[row].any() else "",
        ])  # fmt: skip
    heads = ("Module", "Points", "Share", "Handed in", "Still open")
    return html.table("Points by module", heads, rows, (1, 2)) + (html.paragraph(more) if more else "")


def _when(cohort: Cohort, module: ModuleScores, row: int) -> str:
    """When it was handed in, how late, and what that cost."""
    handed_in = module.handed_in[row]
    late = cohort.late(module.slug, handed_in)
    more = [f"{lateness(late.total_seconds())} late"] if late else []
    more += [f"{html.points(module.penalty[row])} points off"] if module.penalty[row] else []
    when = cohort.said(handed_in) if handed_in else "not known"
    return f"{when} ({', '.join(more)})" if more else when


def _next(own: list[tuple[ModuleScores, int]]) -> str:
    lost: list[tuple[float, float, int, ModuleScores, Column]] = []
    for module, row in own[-RECENT:]:
        for place, column in enumerate(module.columns):
            score = module.scores[row, place]
            if column.next_step and score < column.worth - 1e-9 and not _open(module, row, column):
                lost.append((score / column.worth, -column.worth, len(lost), module, column))
    if not lost:
        return html.paragraph("Nothing is open in your latest modules.")
    lines = [
        f"<li><strong>{html.text(module.title)}: {html.text(column.title)}.</strong> {html.text(column.next_step)}</li>"
        for _, _, _, module, column in sorted(lost, key=lambda one: one[:3])[:STEPS]
    ]
    return html.paragraph(f"Where the latest of your modules left most to gain, at most {STEPS} things:") + (
        f"<ol>{''.join(lines)}</ol>"
    )


def _open(module: ModuleScores, row: int, column: Column) -> bool:
    place = module.answers.index(column.answer)
    return bool(module.waits[row, place] or module.by_person[row, place])


def _sure(cohort: Cohort, learner: str) -> str:
    found = picks(cohort, learner)
    if not found.count:
        return html.paragraph("No judgement item of yours has both a pick and a confidence yet.")
    said = f"{gap_said(found)[0].upper()}{gap_said(found)[1:]}, over all judgement items."
    if found.count < LEAST:
        return html.paragraph(said, f"From {LEAST} picks on there is a figure.")
    luck = (
        f"With {found.count} picks, somebody who is exactly as sure as they are right is up to "
        f"{found.luck * 100:.0f} points off by luck, 99 times in 100."
    )
    return html.reliability_diagram(found, "you") + html.paragraph(said, luck)


def _competencies(cohort: Cohort, learner: str) -> str:
    rows = [
        [
            f"{one.statement} {html.text(one.title)}",
            html.percent(one.share.value),
            html.text(", ".join(f"{slug[:2]} {answer}" for slug, answer in one.where)),
        ]
        for one in competencies(cohort, learner)
    ]
    if not rows:
        return html.paragraph("None of your marks belongs to a statement of the curriculum yet.")
    heads = ("What it is about", "Your share of the points", "From these answers")
    note = "An answer may count for several rows. Answers that wait for a person are left out."
    return html.table("Share of the points by statement of the curriculum", heads, rows, (1,)) + html.paragraph(note)


def _module(module: ModuleScores, row: int) -> str:
    rows = []
    for place, answer in enumerate(module.answers):
        points, out_of = module.points[row, place], module.out_of[row, place]
        if out_of != out_of:
            continue
        state = "Waits for a person; what stands below is proposed." if module.waits[row, place] else ""
        if module.by_person[row, place]:
            state = "Marked by a person; below is what the marker had proposed."
        elif not module.given[row, place]:
            state = "There was nothing to read."
        total = f"{html.points(points)} of {html.points(out_of)}"
        rows.append([html.text(module.titles[answer]), f"<strong>{total}</strong>", html.text(state)])
        for at in module.columns_of(answer):
            column, score = module.columns[at], module.scores[row, at]
            if column.id and score == score:
                said = "met" if score >= column.worth - 1e-9 else "partly met" if score > 0 else "not met"
                name = f'<span class="sub">{html.text(column.title)}</span>'
                rows.append([name, f"{html.points(score)} of {html.points(column.worth)}", said])
    if module.penalty[row]:
        rows.append(["Lateness", f"−{html.points(module.penalty[row])}", ""])
    return html.table(module.title, ("Answer and criterion", "Points", "State"), rows, (1,))
