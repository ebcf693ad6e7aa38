"""What is to be done about a cohort now, the most urgent first, each with the commands to paste."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadgym.cohort.course import Step
from leadgym.cohort.standing import FORGETTING, Hand, Standing
from leadgym.course.modules import content_root

SOON = timedelta(hours=48)
ASKED_FOR = timedelta(days=7)
"""For so long after a module was due, who has handed in nothing is named as something to do."""
_REASON = 200


@dataclass(frozen=True)
class Todo:
    """One thing to do. ``who``: a line for each learner it is about, where it is about a few."""

    what: str
    commands: tuple[str, ...] = ()
    who: tuple[str, ...] = ()


def todo(standing: Standing) -> list[Todo]:
    """Everything there is to do at the standing's moment: first what is overdue to learners, then what can wait."""
    found = [*_forgetting(standing), *_to_release(standing)]
    by_module: Sequence[Callable[[Standing, Step], Iterator[Todo]]] = (
        _to_collect, _broken, _unmarked, _older, _stale, _waiting, _pages, _to_return,
    )  # fmt: skip
    # What is due already has people waiting for it.
    steps = sorted(standing.course.modules, key=lambda step: (standing.due(step) > standing.now, standing.due(step)))
    found += [one for look in by_module for step in steps for one in look(standing, step)]
    return [
        *found,
        *_stuck(standing),
        *_overdue(standing),
        *_due_soon(standing),
        *_unknown(standing),
        *_kept_too_long(standing),
    ]


def name_of(standing: Standing, learner: str) -> str:
    """The learner as an instructor knows them: name and id."""
    known = next((one for one in standing.roster if one.id == learner), None)
    return shown(f"{known.name} ({learner})" if known and known.name != learner else learner)


def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(length.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours and days < 7 else f"{days} d"
    return f"{hours} h" if hours else f"{rest} min"


def when(moment: datetime) -> str:
    """A moment as it is said in a line."""
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def shown(text: str) -> str:
    """Text of others without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _hands(standing: Standing, step: Step, fits: Callable[[Hand], bool]) -> list[Hand]:
    return [hand for hand in standing.hands[step.module].values() if fits(hand)]


def _why(standing: Standing, hand: Hand) -> str:
    return shown(hand.why_not.replace(f"{standing.root}{os.sep}", ""))[:_REASON]


def _forgetting(standing: Standing) -> Iterator[Todo]:
    if standing.forgetting:
        yield Todo(
            f"A removal was stopped half way. Whom it is about stands in {FORGETTING}; give the same command again.",
            ("leadgym cohort forget LEARNER",),
        )


def _to_release(standing: Standing) -> Iterator[Todo]:
    begun = [(step.module, standing.now - standing.course.at(step.release)) for step in standing.course.modules]
    begun = [(slug, ago) for slug, ago in begun if ago >= timedelta()]
    if standing.exchange.course is None:
        for slug, ago in begun:
            if (standing.now - ago).date() == standing.now.date():
                yield Todo(f"Hand out {slug} today: {content_root() / 'exercises' / slug}")
        return
    late = [(slug, ago) for slug, ago in begun if not standing.released[slug]]
    if late:
        what = ", ".join(slug for slug, _ in late)
        longest = span(max(ago for _, ago in late))
        yield Todo(
            f"Release {what}: {'it' if len(late) == 1 else 'the first'} was to be out {longest} ago.",
            tuple(f"nbgrader release_assignment {slug}" for slug, _ in late),
        )


def _to_collect(standing: Standing, step: Step) -> Iterator[Todo]:
    new = _hands(standing, step, lambda hand: hand.newer)
    if new:
        update = " --update" if any(hand.collected for hand in new) else ""
        what = _count(len(new), "submission waits", "submissions wait")
        yield Todo(f"{what} for {step.module} in the exchange.", (f"nbgrader collect {step.module}{update}",))


def _broken(standing: Standing, step: Step) -> Iterator[Todo]:
    bad = _hands(standing, step, lambda hand: bool(hand.why_not))
    if bad:
        what = _count(len(bad), "submission", "submissions")
        who = tuple(f"{name_of(standing, hand.learner)}: {_why(standing, hand)}" for hand in bad)
        yield Todo(f"{what} for {step.module} cannot be marked.", (f"leadgym grade {step.module}",), who)


def _unmarked(standing: Standing, step: Step) -> Iterator[Todo]:
    waiting = _hands(standing, step, lambda hand: hand.collected and not hand.marked and not hand.why_not)
    if waiting:
        yield Todo(
            f"Mark {_count(len(waiting), 'submission', 'submissions')} for {step.module}.",
            (f"leadgym grade {step.module}",),
        )


def _stale(standing: Standing, step: Step) -> Iterator[Todo]:
    stale = _hands(standing, step, lambda hand: hand.stale)
    if stale:
        who = tuple(
            f"{name_of(standing, hand.learner)}: {hand.penalty:g} points taken off, {hand.owed:g} by today's schedule"
            for hand in stale
        )
        yield Todo(
            f"Lateness of {_count(len(stale), 'submission', 'submissions')} for {step.module} was reckoned with "
            "another due date, policy or score. Marking again reckons anew; manual scores stay, and wait for a look.",
            (f"leadgym grade {step.module} --again",),
            who,
        )


def _older(standing: Standing, step: Step) -> Iterator[Todo]:
    older = _hands(standing, step, lambda hand: hand.older)
    if older:
        was = "was" if len(older) == 1 else "were"
        yield Todo(
            f"{_count(len(older), 'submission', 'submissions')} for {step.module} {was} marked by other rules than "
            "today's: rubric, keys, notebook or leadgym itself have changed. Look first at whose mark would change; "
            "nothing is written by looking.",
            (f"leadgym cohort remark {step.module}",),
            tuple(name_of(standing, hand.learner) for hand in older),
        )


def _waiting(standing: Standing, step: Step) -> Iterator[Todo]:
    waiting = _hands(standing, step, lambda hand: hand.waits)
    if waiting:
        yield Todo(
            f"{_count(len(waiting), 'submission waits', 'submissions wait')} for a person in {step.module}.",
            (f"leadgym cohort moderate {step.module}",),
        )


def _pages(standing: Standing, step: Step) -> Iterator[Todo]:
    missing = _hands(standing, step, lambda hand: hand.marked and not hand.page)
    if missing:
        yield Todo(
            f"{_count(len(missing), 'feedback page', 'feedback pages')} for {step.module} to be made.",
            (f"leadgym grade {step.module}",),
        )


def _to_return(standing: Standing, step: Step) -> Iterator[Todo]:
    slug = step.module
    ready = _hands(standing, step, lambda hand: hand.page and not hand.returned and not hand.waits)
    # Feedback shows answers that others may still be working on.
    if not ready or standing.due(step) > standing.now:
        return
    pages = _count(len(ready), "feedback page", "feedback pages")
    if standing.exchange.course is not None:
        yield Todo(
            f"Return {pages} for {slug}.", (f"nbgrader release_feedback {slug}", f"leadgym cohort returned {slug}")
        )
    else:
        yield Todo(f"Hand back {pages}: feedback/LEARNER/{slug}/.", (f"leadgym cohort returned {slug}",))


def _stuck(standing: Standing) -> Iterator[Todo]:
    if standing.stuck:
        who = tuple(
            f"{name_of(standing, one.id)}{f' <{shown(one.email)}>' if one.email else ''}" for one in standing.stuck
        )
        yield Todo("Write to those who handed in nothing for the two modules that were due last.", (), who)


def _overdue(standing: Standing) -> Iterator[Todo]:
    stuck = {one.id for one in standing.stuck}
    for step in standing.course.modules:
        ago = standing.now - standing.due(step)
        missing = [one for one in standing.roster if one.id not in standing.hands[step.module] and one.id not in stuck]
        if timedelta() < ago <= ASKED_FOR and missing:
            others = " more" if stuck else ""
            yield Todo(
                f"{step.module} was due {span(ago)} ago; {len(missing)}{others} of {len(standing.roster)} have handed "
                "in nothing. Ask them, or give them longer in cohort.yaml.",
                (f"leadgym cohort status {step.module}",),
            )


def _due_soon(standing: Standing) -> Iterator[Todo]:
    for step in standing.course.modules:
        left = standing.due(step) - standing.now
        missing = [one for one in standing.roster if one.id not in standing.hands[step.module]]
        if timedelta() < left <= SOON and missing:
            yield Todo(
                f"{step.module} is due in {span(left)}; {len(missing)} of {len(standing.roster)} have not handed in.",
                (f"leadgym cohort status {step.module}",),
            )


def _unknown(standing: Standing) -> Iterator[Todo]:
    if standing.unknown:
        yield Todo(
            "Not in roster.csv, and there is work or a gradebook entry of theirs: add them, put their work under the "
            "right id, or remove them.",
            tuple(f"leadgym cohort forget {shlex.quote(name)}" for name in standing.unknown[:3]),
            tuple(shown(name) for name in standing.unknown),
        )


def _kept_too_long(standing: Standing) -> Iterator[Todo]:
    if standing.now > standing.kept_until:
        yield Todo(
            f"The term for keeping people's work ended on {standing.kept_until:%d %B %Y}. Export what has to stay, "
            "then remove everybody.",
            ("leadgym cohort forget --all",),
        )
