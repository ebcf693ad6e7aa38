"""A cohort's standing for a terminal of eighty columns, and as data."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from wcwidth import wcswidth

from leadgym.cohort.course import Step
from leadgym.cohort.standing import Hand, Standing
from leadgym.cohort.todo import Todo, name_of, shown, span, todo, when

WIDTH = 80
_NAME = 22  # letters of a module in the table
_LEARNER = 34  # places of a learner there
_NAMED = 8
"""So many learners are named under one thing to do; status MODULE names all."""


def overview(standing: Standing, here: Path) -> str:
    """What to do now, then a line for each module, then what is good to know."""
    things = todo(standing)
    parts = [_head(standing)]
    if things:
        parts.append("To do today" if standing.root == here else f"To do today, there:\n  cd {_quoted(standing.root)}")
        parts += [_thing(place, thing) for place, thing in enumerate(things, 1)]
    else:
        parts.append("Nothing to do today.")
    parts.append(_table(standing))
    parts.append("\n".join(_wrapped(line) for line in _footer(standing)))
    return "\n\n".join(parts)


def of_module(standing: Standing, slug: str) -> str:
    """Everybody's work for one module, those who miss it first."""
    step = next(one for one in standing.course.modules if one.module == slug)
    released = "released" if standing.released[slug] else f"not released yet ({when(standing.course.at(step.release))})"
    head = f"{slug}: {released}, due {when(standing.due(step))}, {standing.course.timezone}"
    names = {learner.id: learner for learner in standing.roster}
    rows = []
    for learner in sorted({*names, *standing.hands[slug]}, key=lambda one: (one in standing.hands[slug], one)):
        hand = standing.hands[slug].get(learner)
        extended = standing.course.due(step, learner)
        rows.append(
            (
                _short(standing, learner),
                _in(standing, hand, extended > standing.due(step) and f"until {when(extended)}"),
                span(hand.late) if hand and hand.late else "",
                f"{hand.points:g}/{hand.out_of:g}" if hand and hand.marked else "",
                _state(hand),
            )
        )
    return f"{head}\n\n" + _columns(("learner", "handed in", "late", "points", "state"), rows)


def as_data(standing: Standing, only: str = "") -> dict[str, Any]:
    """The standing as JSON data: times in ISO 8601 with their zone, lengths in hours."""
    steps = [step for step in standing.course.modules if not only or step.module == only]
    return {
        "cohort": standing.course.cohort,
        "now": standing.now.isoformat(timespec="seconds"),
        "root": str(standing.root),
        "learners": len(standing.roster),
        "kept_until": standing.kept_until.isoformat(),
        "modules": [_module(standing, step) for step in steps],
        "to_do": [{"what": one.what, "commands": one.commands, "who": one.who} for one in todo(standing)],
        "stuck": [learner.id for learner in standing.stuck],
        "not_in_roster": list(standing.unknown),
        "notes": [*standing.enrolled.sentences(), *standing.notes],
    }


def _module(standing: Standing, step: Step) -> dict[str, Any]:
    hands = standing.hands[step.module]
    return {
        "module": step.module,
        "release": standing.course.at(step.release).isoformat(),
        "due": standing.due(step).isoformat(),
        "released": standing.released[step.module],
        **_counts(standing, step),
        "submissions": [
            {
                "learner": hand.learner,
                "handed_in": hand.when.isoformat() if hand.when else None,
                "late_hours": round(hand.late.total_seconds() / 3600, 2),
                "collected": hand.collected and not hand.newer,
                "marked": hand.marked,
                "points": hand.points,
                "out_of": hand.out_of,
                "late_penalty": hand.penalty,
                "late_penalty_today": hand.owed,
                "waits_for_a_person": hand.waits,
                "marked_by_older_rules": hand.older,
                "returned": hand.returned,
                "problem": hand.why_not,
            }
            for hand in hands.values()
        ],
        "missing": [one.id for one in standing.roster if one.id not in hands],
    }


def _counts(standing: Standing, step: Step) -> dict[str, int]:
    hands = standing.hands[step.module].values()
    return {
        "handed_in": len(hands),
        "late": sum(bool(hand.late) for hand in hands),
        "marked_count": sum(hand.marked for hand in hands),
        "waiting_for_a_person": sum(hand.waits for hand in hands),
        "returned_count": sum(hand.returned for hand in hands),
    }


def _head(standing: Standing) -> str:
    course, now = standing.course, standing.now
    line = f"{shown(course.title)} ({course.cohort}), {now:%A} {now.day} {now:%B %Y, %H:%M} {course.timezone}"
    out = sum(standing.released.values())
    ahead = [
        *((course.at(step.release), f"{step.module} is released") for step in course.modules),
        *((standing.due(step), f"{step.module} is due") for step in course.modules),
    ]
    coming = min((one for one in ahead if one[0] > now), default=None)
    people = f"{len(standing.roster)} learner{'s' * (len(standing.roster) != 1)}"
    told = f"{people}, {out} of {len(course.modules)} modules released."
    if coming:
        told += f" Next: {coming[1]} {when(coming[0])}, in {span(coming[0] - now)}."
    return _wrapped(line) + "\n" + _wrapped(told)


def _thing(place: int, thing: Todo) -> str:
    lines = [_wrapped(thing.what, f"{place:>2}. ", "    ")]
    lines += [_wrapped(who, "      - ", "        ") for who in thing.who[:_NAMED]]
    if len(thing.who) > _NAMED:
        lines.append(f"      and {len(thing.who) - _NAMED} more")
    return "\n".join([*lines, *(f"      {command}" for command in thing.commands)])


def _table(standing: Standing) -> str:
    rows = []
    for step in standing.course.modules:
        hands, counts = standing.hands[step.module].values(), _counts(standing, step)
        longest = max((hand.late for hand in hands), default=timedelta())
        if standing.released[step.module]:
            out = "yes"
        else:
            out = "no" if standing.course.at(step.release) > standing.now else "LATE"
        rows.append(
            (
                step.module if len(step.module) <= _NAME else f"{step.module[: _NAME - 1]}…",
                out,
                when(standing.due(step)).partition(" ")[2],
                str(counts["handed_in"]),
                f"{counts['late']} ({_roughly(longest)})" if longest else "0",
                str(counts["marked_count"]),
                str(counts["waiting_for_a_person"]),
                str(counts["returned_count"]),
            )
        )
    return _columns(("module", "out", "due", "in", "late", "marked", "person", "back"), rows)


def _footer(standing: Standing) -> list[str]:
    lines = [*standing.enrolled.sentences(), *standing.notes]
    lines.append(
        "out: released. in: handed in. late: how many (the longest). person: waits for one. back: feedback returned."
    )
    if standing.exchange.course is None and not standing.exchange.elsewhere:
        lines.append("No exchange is set up here: out goes by the schedule, back by: leadgym cohort returned MODULE")
    if standing.now <= standing.kept_until:
        lines.append(f"People's work is kept until {standing.kept_until:%d %B %Y}; then: leadgym cohort forget --all")
    return lines


def _roughly(length: timedelta) -> str:
    return " ".join(span(length).split()[:2])


def _short(standing: Standing, learner: str) -> str:
    """The learner in a column: a long name is cut, the id that commands take never."""
    name, id_ = name_of(standing, learner), shown(f" ({learner})")
    if wcswidth(name) <= _LEARNER or not name.endswith(id_):
        return name
    own = name.removesuffix(id_)
    while len(own) > 1 and wcswidth(f"{own}…{id_}") > _LEARNER:
        own = own[:-1]
    return f"{own}…{id_}"


def _in(standing: Standing, hand: Hand | None, extended: str | bool) -> str:
    said = "no" if hand is None else when(hand.when.astimezone(standing.course.zone)) if hand.when else "no time"
    return f"{said}, {extended}" if extended else said


def _state(hand: Hand | None) -> str:
    if hand is None:
        return ""
    if hand.newer:
        return "in the exchange"
    if hand.why_not:
        return "cannot be marked"
    if not hand.marked:
        return "to be marked"
    if hand.waits:
        return "waits for a person"
    return "returned" if hand.returned else "to be returned" if hand.page else "page missing"


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns stand below each other in a terminal, where a letter may take two places or none."""
    lines = [head, *rows]
    widths = [max(wcswidth(row[place]) for row in lines) for place in range(len(head))]
    return "\n".join(
        "  ".join(cell + " " * (width - wcswidth(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
