"""A preview, what was written, and the log of it, as text for the one who asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leadgym.cohort.remark.apply import Written
from leadgym.cohort.remark.log import Entry
from leadgym.cohort.remark.plan import Anew, Plan
from leadgym.marking.show import number
from leadgym.tools.report import Report, Table

_MOST_SENTENCES = 12
_MOST_NAMES = 5


def preview(plan: Plan, titles: Mapping[str, Mapping[str, str]]) -> str:
    """Whose mark would change, from what to what, by which criterion, and why. ``titles``: of criteria, by answer."""
    says = [_headline(plan), *(_since(count, said, plan) for count, said in plan.since)]
    says += _ran(plan)
    tables = []
    counting = [one for one in plan.learners if one.counts]
    if counting:
        rows = tuple(row for one in counting for row in _rows(one, titles))
        heads = ("learner", "of all", "before", "after", "answer", "by")
        tables.append(Table("Whose mark would change", heads, rows))
    tables += _by_hand(plan, titles)
    return Report(
        f"{plan.module}: marking anew", tuple(says), tuple(tables), notes=tuple(_notes(plan, counting))
    ).text()


def written(made: Written, plan: Plan) -> str:
    """What was written, in a paragraph; problems are not in it."""
    pages = "Pages, notebooks and gradebook say the same."
    if not made.changed:
        return f"{_count(made.submissions)} marked anew; no mark has changed. {pages}"
    return (
        f"{_count(made.submissions)} marked anew; the marks of {made.changed} have changed, and their pages say why. "
        f"{pages} Hand the changed pages back. Who changed what: leadgym cohort remark {plan.module} --log"
    )


def log(found: Iterable[Entry], slug: str) -> str:
    """The log of one module, newest last, for people."""
    groups: dict[str, list[Entry]] = {}
    for entry in found:
        groups.setdefault(str(entry["remark"]), []).append(entry)
    parts = [_group(entries) for entries in groups.values()]
    return "\n\n".join(parts) if parts else f"No mark of {slug} was ever made anew."


def _headline(plan: Plan) -> str:
    total = plan.current + len(plan.learners) + len(plan.failed)
    if not total:
        return f"Nobody is marked yet. Mark first: leadgym grade {plan.module}"
    if not plan.learners and not plan.failed:
        return f"Nothing has changed: the marks of all {total} were made by today's rubric, keys and notebook."
    up = [one for one in plan.learners if one.after > one.before]
    down = [one for one in plan.learners if one.after < one.before]
    older = len(plan.learners) + len(plan.failed)
    if not up and not down:
        return f"{older} of {total} were marked by older rules. Marked anew, nobody's mark changes."
    most = max(up + down, key=lambda one: abs(one.after - one.before))
    return (
        f"{older} of {total} were marked by older rules. Marked anew, up: {len(up)}, down: {len(down)}, the same: "
        f"{len(plan.learners) - len(up) - len(down)}. The largest step is {_step(most)}, {most.learner}'s."
    )


def _since(count: int, said: list[str], plan: Plan) -> str:
    whose = "those were marked" if len(plan.since) == 1 else f"{count} of them were marked"
    shown = said[:_MOST_SENTENCES]
    more = f" And {len(said) - len(shown)} more." if len(said) > len(shown) else ""
    return f"What has changed since {whose}: {' '.join(shown)}{more}"


def _ran(plan: Plan) -> list[str]:
    reasons: dict[str, int] = {}
    for one in plan.learners:
        if one.ran:
            reasons[one.ran] = reasons.get(one.ran, 0) + 1
    if not reasons:
        return []
    told = "; ".join(f"{count} because {reason}" for reason, count in reasons.items())
    return [f"{sum(reasons.values())} were run again for this: {told}."]


def _rows(one: Anew, titles: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, ...]]:
    total = f"{number(one.before)} to {number(one.after)}"  # lateness taken off
    for answer in one.answers:
        if answer["before"] != answer["after"]:
            waits = "; a person has to look" if answer["waits"] else ""
            yield (
                one.learner,
                total,
                number(answer["before"]),
                number(answer["after"]),
                answer["answer"],
                f"{_criteria(answer, titles)}{waits}",
            )


def _criteria(answer: Mapping[str, Any], titles: Mapping[str, Mapping[str, str]]) -> str:
    names = titles.get(answer["answer"], {})
    found = []
    for change in answer["criteria"]:
        old, new, name = change["before"], change["after"], names.get(change["criterion"], change["criterion"])
        if old is None or new is None:
            found.append(f"{name}: {'gone' if new is None else f'new, {number(new[0])}'}")
        elif old[0] != new[0]:
            found.append(f"{name}: {number(old[0])} to {number(new[0])}")
        else:
            found.append(f"{name}: {number(new[0])} of {number(new[1])}, was of {number(old[1])}")
    old_worth, new_worth = answer["out_of"]
    if old_worth != new_worth:
        found.append(f"worth {number(new_worth)}, was {number(old_worth)}")
    return "; ".join(found) or "nbgrader's tests"


def _by_hand(plan: Plan, titles: Mapping[str, Mapping[str, str]]) -> list[Table]:
    rows = tuple(
        (
            one.learner,
            answer["answer"],
            number(answer["manual"]),
            number(answer["marker"][1]),
            _criteria(answer, titles),
        )
        for one in plan.learners
        for answer in one.answers
        if answer["manual"] is not None
    )
    heads = ("learner", "answer", "stays", "by the marker", "by")
    return (
        [Table("Set by a person: stays, though the marker would give something else now", heads, rows)] if rows else []
    )


def _notes(plan: Plan, counting: list[Anew]) -> Iterable[str]:
    for learner, problem in plan.failed.items():
        yield f"Not marked anew, and left as it is: {learner}: {problem}"
    if plan.waiting:
        yield (
            f"{_count(len(plan.waiting))} not marked yet, or handed in anew, and for leadgym grade {plan.module}: "
            f"{_names(plan.waiting)}."
        )
    quiet = [one.learner for one in plan.learners if any(a["waits"] for a in one.answers) and one not in counting]
    if quiet:
        yield f"A person has to look at something now, though no mark changes yet: {_names(quiet)}."
    if plan.learners:
        yield (
            "Nothing is written yet. nbgrader asks you to look again at every score that a person has set. To write "
            f'exactly this: leadgym cohort remark {plan.module} --apply --why "..."'
        )


def _group(entries: list[Entry]) -> str:
    first = entries[0]
    head = f"{first['when']}  {first['who']}: {first['why']}"
    lines = []
    for entry in entries:
        lines.append(f"  {entry['learner']}: {number(entry['before'])} to {number(entry['after'])}")
        for answer in entry["answers"]:
            stays = "" if answer["manual"] is None else f" (set by a person, stays {number(answer['after'])})"
            old, new = answer["marker"]
            lines.append(f"    {answer['answer']}: {number(old)} to {number(new)}{stays}. {_criteria(answer, {})}")
    return "\n".join([head, *lines])


def _step(one: Anew) -> str:
    return f"{number(abs(one.after - one.before))} points {'up' if one.after > one.before else 'down'}"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


def _count(number_: int) -> str:
    return "1 submission is" if number_ == 1 else f"{number_} submissions are"
