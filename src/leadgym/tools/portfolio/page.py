"""The page: three pages that the learner has chosen, then what else there is, then what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from leadgym.tools.portfolio.found import Found, Story, Thing
from leadgym.tools.report import Picture, Report, Table

Marks = Mapping[str, tuple[float, float]]
"""Points and maximum by module."""
PAGES = 3
_ROWS, _CELL = 40, 600
_TITLE = "Portfolio of influence"
_CANNOT = (
    "What this page cannot say: whether any of it changed something at work. Marks and endings are practice. Each of "
    "the three needs your sentence with what is different now and how a stranger could tell."
)
_OWN = "Made on this machine from the files in your workspace; nothing was sent anywhere and nothing was added."


def portfolio_report(found: Found, marks: Marks, chosen: Mapping[str, str] | None = None) -> Report:
    """The page about what was ``found``. ``chosen``: names such as 02/plan, each with the learner's own sentence.

    A choice that names nothing, or more than three, is said on the page and costs nothing else.
    """
    chosen = dict(chosen or {})
    if found.empty and not marks:
        return Report(_TITLE, tuple(_first(found)), notes=(*_said(found), _OWN))
    by_name = {thing.name: thing for thing in found.things}
    pages = [(by_name[name], sentence) for name, sentence in chosen.items() if name in by_name][:PAGES]
    says = [_summary(found, marks, len(pages)), *_choosing(chosen, by_name, pages)]
    tables = [_page(place, thing, sentence) for place, (thing, sentence) in enumerate(pages, 1)]
    if found.stories:
        rows = tuple(row for one in found.stories for row in _story_rows(found, one))
        tables.append(Table("Stories played", ("module", "ending", "what you chose where it turned"), rows))
    if found.things:
        made = tuple((one.name, one.title, found.titles.get(one.slug, one.slug), _size(one)) for one in found.things)
        tables.append(Table("Things made", ("name", "what", "module", "size"), made))
    notes = (*_missing(found, marks), *_said(found), _CANNOT, _OWN)
    return Report(_TITLE, tuple(says), tuple(tables), _picture(found, marks), notes)


def _story_rows(found: Found, story: Story) -> Iterator[tuple[str, str, str]]:
    first = (found.titles.get(story.slug, story.slug), story.ending or "not played to an end")
    for place, turn in enumerate(story.turns or ("no turning point reached",)):
        yield (*(first if place == 0 else ("", "")), turn)


def _first(found: Found) -> Iterator[str]:
    yield f"There is nothing in {found.workspace} to show yet: no story played, nothing handed in, nothing marked."
    yield (
        "What to do first: run 'leadgym lab', open course_map.ipynb, and play the story of the first module. Do one "
        "exercise, run its grey cells, save it, and come back."
    )


def _summary(found: Found, marks: Marks, pages: int) -> str:
    ended = sum(bool(one.ending) for one in found.stories)
    of = len(found.titles)
    return (
        f"{pages} of {PAGES} pages chosen. {ended} of {of} stories played to an end, {len(found.things)} "
        f"thing{'' if len(found.things) == 1 else 's'} made, {len(marks)} of {of} modules marked."
    )


def _choosing(chosen: Mapping[str, str], there: Mapping[str, Thing], pages: list[tuple[Thing, str]]) -> Iterator[str]:
    for name in chosen:
        if name not in there:
            near = difflib.get_close_matches(str(name), there, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " The names stand under “Things made”."
            yield f"There is nothing called '{str(name)[:60]}' in your workspace.{hint}"
    if sum(name in there for name in chosen) > PAGES:
        yield f"You chose more than {PAGES}; the first {PAGES} are shown. Choosing is the point."
    for thing, sentence in pages:
        if not str(sentence).strip():
            yield f"{thing.name} has no sentence yet: what is different now, and how could a stranger tell?"
    if not pages and there:
        yield "Choose three: one that held, one that somebody else owns by now, one on which you changed your mind."


def _page(place: int, thing: Thing, sentence: str) -> Table:
    rows = list(_rows(thing.content))
    if len(rows) > _ROWS:
        rows = [*rows[:_ROWS], ("", f"... and {len(rows) - _ROWS} more lines")]
    first = (("in a sentence", str(sentence).strip()[:_CELL] or "(no sentence yet)"),)
    return Table(f"{place}. {thing.title} ({thing.name})", ("", "as you handed it in"), (*first, *rows))


def _rows(content: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """An answer as rows of text: lines of a text or of functions, entries of a plan by their place."""
    if isinstance(content, str):
        for line in content.strip().splitlines():
            if line.strip():
                indent = len(line) - len(line.lstrip(" "))
                yield at, "\N{NO-BREAK SPACE}" * min(indent, 40) + line.strip()[:_CELL]
    elif isinstance(content, Mapping):
        if isinstance(content.get("source"), str) and "function" in content:
            yield from _rows(content["source"], at)
            return
        for name, value in content.items():
            if name == "functions" and isinstance(value, Mapping):
                yield from _rows(value, at)
                continue
            place = f"{at}, {name}" if at else str(name)
            yield from _rows(value, place[:80])
    elif isinstance(content, list):
        if all(isinstance(one, str | int | float) or one is None for one in content) and len(content) < 12:
            text = ", ".join(str(one) for one in content if one is not None)
            if text:
                yield at, text[:_CELL]
            return
        if all(isinstance(one, str) for one in content):
            yield from _rows("\n".join(content), at)
            return
        for value in content:
            yield from _rows(value, at)
    elif content is not None:
        yield at, str(content)


def _size(thing: Thing) -> str:
    if isinstance(thing.content, str):
        return f"{len(thing.content.split())} words"
    return f"{sum(1 for _ in _rows(thing.content))} lines"


def _picture(found: Found, marks: Marks) -> tuple[Picture, ...]:
    known = {slug: mark for slug, mark in marks.items() if mark[1] > 0}
    if len(known) < 2:
        return ()
    from leadgym.tools.portfolio.picture import marks_picture

    return (marks_picture({found.titles.get(slug, slug): mark for slug, mark in sorted(known.items())}),)


def _missing(found: Found, marks: Marks) -> Iterator[str]:
    if found.unplayed:
        yield f"Stories not played: {', '.join(found.titles.get(slug, slug) for slug in found.unplayed)}."
    if found.missing:
        listed = ", ".join(f"{title} ({name})" for name, title in found.missing)
        yield f"Not handed in (no grey cell was run and saved, and leadgym mark has read nothing there): {listed}."
    if unmarked := [title for slug, title in found.titles.items() if slug not in marks]:
        yield f"Not marked: {', '.join(unmarked)}. leadgym mark and the module's number does it."


def _said(found: Found) -> tuple[str, ...]:
    return tuple(f"Left out: {problem}" for problem in found.problems)
