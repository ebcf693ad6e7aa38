"""The report: what the requests come to, in sentences, tables and two pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import tzinfo

from leadgym.tools.report import Report, Table
from leadgym.tools.reviews import numbers
from leadgym.tools.reviews.model import Export, Pull
from leadgym.tools.reviews.numbers import PERCENTILES, Bots, Wait, Waiting, percentile
from leadgym.tools.reviews.picture import load_picture, waiting_picture
from leadgym.tools.reviews.read import LINES
from leadgym.tools.reviews.words import count, percent, span

FEW = 20
SHOWN = 8
BOTS_SHOWN = 12


def reviews_report(export: Export, zone: tzinfo, bots: Bots, labels: Mapping[str, int] | None = None) -> Report:
    """What ``export`` says about reviewing. ``labels``: how many of a sorted sample went to which class."""
    pulls = numbers.by_people(export, bots)
    waiting = numbers.first_review(pulls, export.until, zone)
    merging = numbers.to_merge(pulls, export.until, zone)
    loads = numbers.load(pulls)
    even = numbers.even_reviewers(loads)
    pictures = []
    if export.has_reviews and waiting.ended:
        pictures.append(waiting_picture(waiting))
    if loads:
        pictures.append(load_picture(loads, even))
    tables = [_waits(waiting if export.has_reviews else None, merging)]
    tables += [_load(loads), _pairs(pulls)] if loads else []
    if (found := numbers.mix(pulls)) is not None:
        tables.append(_mix(found))
    if labels:
        tables.append(_labels(labels))
    return Report(
        title="How long changes wait, and who reads them",
        says=(
            _answer(export, waiting, merging),
            _counted(export, pulls, waiting),
            *(_reading(loads, even, pulls) if loads else ()),
        ),
        tables=tuple(tables),
        pictures=tuple(pictures),
        notes=tuple(_notes(export, pulls, waiting, zone, bots)),
    )


def _answer(export: Export, waiting: Waiting, merging: Waiting) -> str:
    if not export.has_reviews:
        half, late = (percentile(merging.waits, share) for share in (50, 90))
        known = (
            f"From opening to merging half take up to {_said(half)}, nine in ten up to {_said(late)}. "
            if merging.ended
            else ""
        )
        return f"{known}The export has no reviews and no comments in it, so nothing is said about waiting or reading."
    if not waiting.waits:
        return "Nobody but its author has said anything about any of these requests, and none of them is open."
    half, late = (percentile(waiting.waits, share) for share in (50, 90))
    if half is None:
        return "More than half of the requests that somebody waits for have not been read by anybody but their author."
    begin = f"Half of the changes are first read within {span(half)}"
    if late is None:
        longest = max(one.hours for one in waiting.waits)
        return f"{begin}; more than one in ten is still unread, the oldest after {span(longest)}."
    return f"{begin}; one in ten waits longer than {span(late)}."


def _said(hours: float | None) -> str:
    return "longer than the export shows" if hours is None else span(hours)


def _counted(export: Export, pulls: Sequence[Pull], waiting: Waiting) -> str:
    if not pulls:
        return f"By bots, and left out: {count(len(export.pulls), 'request')}. There is none by a person."
    first, last = pulls[0].created, max(one.created for one in pulls)
    drafts = sum(one.draft and one.closed is None for one in pulls)
    parts = [f"{count(len(pulls), 'request')} by people, opened {first:%d %b %Y} to {last:%d %b %Y}"]
    if export.has_reviews:
        parts.append(f"{waiting.ended:,} read by somebody else")
        parts.append(f"{waiting.otherwise:,} merged or closed without that, and left out of the percentiles")
        parts.append(f"{waiting.open:,} open and unread, counted as waiting still")
    if drafts:
        parts.append(
            f"{count(drafts, 'open draft')} {'waits' if drafts == 1 else 'wait'} for nobody unless somebody read it"
        )
    return "; ".join(parts) + "."


def _reading(loads: Sequence[numbers.Load], even: float, pulls: Sequence[Pull]) -> list[str]:
    top = loads[0]
    found = [
        f"{count(len(loads), 'person', 'people')} read requests of others; {percent(top.share)} of the reading is done "
        f"by {top.name}. That is as concentrated as {even:.1f} {'person' if round(even, 1) == 1 else 'people'} sharing "
        "evenly."
    ]
    if alone := numbers.one_reader(pulls):
        told = ", ".join(
            f"{author} ({size}, all by {reader})" for author, (reader, size) in list(alone.items())[:SHOWN]
        )
        found.append(f"Read by one person only, three requests or more: {told}.")
    return found


def _waits(waiting: Waiting | None, merging: Waiting) -> Table:
    rows = []
    kinds = [] if waiting is None else [("opened to first review", waiting)]
    for name, one in (*kinds, ("opened to merged", merging)):
        counts = (f"{one.ended:,}", f"{one.open:,}", f"{one.otherwise:,}")
        rows.append((name, *counts, *(_percentile(one.waits, share) for share in PERCENTILES)))
        rows.append(("  without weekends", "", "", "", *(_percentile(one.weekdays, share) for share in PERCENTILES)))
    columns = ("time", "came to it", "still open", "ended otherwise", *(f"P{share}" for share in PERCENTILES))
    return Table("How long it takes", columns, tuple(rows))


def _percentile(waits: Sequence[Wait], share: int) -> str:
    if not waits:
        return "none"
    found = percentile(waits, share)
    return span(found) if found is not None else f"over {span(max(one.hours for one in waits))}"


def _load(loads: Sequence[numbers.Load]) -> Table:
    rows = [(one.name, f"{one.requests:,}", percent(one.share)) for one in loads[:SHOWN]]
    if rest := loads[SHOWN:]:
        total = sum(one.requests for one in rest)
        rows.append((f"{count(len(rest), 'other')}", f"{total:,}", percent(sum(one.share for one in rest))))
    return Table("Who reads", ("person", "requests of others", "share of the reading"), tuple(rows))


def _pairs(pulls: Sequence[Pull]) -> Table:
    pairs = numbers.who_reads_whom(pulls)
    of = Counter(one.author.name for one in pulls if numbers.by_others(one))
    top = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]
    rows = [(author, reader, f"{size:,} of {of[author]:,}") for (author, reader), size in top]
    return Table(
        "Who reads whom, most frequent first", ("author", "read by", "of their requests that were read"), tuple(rows)
    )


def _mix(found: numbers.Mix) -> Table:
    rows = (
        ("texts by others than the author", f"{found.texts:,} under {count(found.requests, 'request')}"),
        ("median length, in words", f"{found.words:g}"),
        ("three words or fewer", percent(found.short)),
        ("ask something (a question mark outside of code)", percent(found.asks)),
        ("suggest a change to take over (```suggestion)", percent(found.suggests)),
    )
    return Table("What is said", ("", ""), rows)


def _labels(labels: Mapping[str, int]) -> Table:
    total = sum(labels.values())
    rows = tuple((name, f"{number:,}", percent(number / total) if total else "none") for name, number in labels.items())
    return Table(f"A sample of {total}, as you sorted it", ("class", "comments", "share"), rows)


def _notes(export: Export, pulls: Sequence[Pull], waiting: Waiting, zone: tzinfo, bots: Bots) -> list[str]:
    notes = []
    if export.has_reviews and waiting.waits and len(waiting.waits) < FEW:
        few = count(len(waiting.waits), "wait is", "waits are")
        notes.append(f"{few} few: take P85 and P90 as a size and not as a figure.")
    if not export.has_reviews:
        notes.append(
            "To see waiting and reading, add reviews and comments to the export (gh pr list --json "
            "...,reviews,comments), or give the files with them as well."
        )
    said = [one for pull in pulls for one in pull.said]
    if any(one.text for one in said) and not any(one.kind == "line" for one in said):
        notes.append(
            "No remark here stands at a line. gh pr list leaves those out, and in many teams they are most of what is "
            f"said. Fetch them too, from the day your export begins, and give both files: {LINES}"
        )
    notes.append(
        "A first review is the first review, line comment or comment by a person other than the author. Hours are "
        f"elapsed hours, nights included; without weekends means without Saturday and Sunday in {zone}. Holidays are "
        "not known."
    )
    notes.append(
        "Percentiles are Kaplan and Meier's: open requests count with the time they have waited up to "
        f"{export.until.astimezone(zone):%d %b %Y %H:%M} ({zone}), the latest moment in the export unless you say "
        "otherwise. Time as a draft counts."
    )
    if pulls and all(one.merged for one in pulls):
        notes.append("Every request here is merged. If the export left the others out, what still waits is not in it.")
    if left_out := numbers.bots_seen(export, bots):
        more = len(left_out) - BOTS_SHOWN
        shown = ", ".join(left_out[:BOTS_SHOWN]) + (f" and {more} more" if more > 0 else "")
        own = len(export.pulls) - len(pulls)
        notes.append(
            f"Left out as bots: {shown} ({count(own, 'request')} of their own). A person among them? Name them with "
            "--person. A bot missing? --bot."
        )
    else:
        notes.append("No account looked like a bot. Name one with --bot.")
    if export.has_reviews:
        notes.append(
            "What this cannot say: whether a review was any good, what was said in person or in a chat, and when "
            "somebody was asked. Nothing here grades tone. Names are for you; show a manager the curve, not the bars."
        )
    return [*notes, *export.notes]
