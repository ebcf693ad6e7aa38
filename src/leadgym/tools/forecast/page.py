"""The report of a forecast: the answer, what it rests on, whether such answers held, and what it leaves out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from leadgym.tools.forecast import numbers
from leadgym.tools.forecast.numbers import Held
from leadgym.tools.forecast.reading import History
from leadgym.tools.forecast.run import Question, fits
from leadgym.tools.report import Report, Table

COMPLETE = (
    "The list is taken as complete. If a week brings new items, say how many: --added 1 for one a week on average."
)
SHOWN = (0.5, 0.7, 0.85, 0.95)
FEW = 12
ASSUMES = (
    "What it assumes: the coming weeks are like these, each independent of the one before; the same people, the same "
    "kind of item, split as finely; nothing else is taken on. It draws whole weeks again with replacement (the "
    "bootstrap, Efron 1979) and takes percentiles upwards to whole weeks.",
    "What it cannot say: what nobody has put into the list yet, who leaves, whether the items are worth doing. It "
    "knows how long such work took and not how hard this work is.",
)


def report(history: History, question: Question) -> Report:
    """The page for one history and one question."""
    from leadgym.tools.forecast import drawing

    used = fits(history.counts, question.weeks)
    says, tables, pictures = [], [], []
    took = None
    if question.items is not None:
        took = numbers.weeks_to_finish(
            used, question.items, added=question.added, runs=question.runs, seed=question.seed
        )
        says.append(_answer(question, took))
        if question.until is not None:
            chance = numbers.done_by(took, question.until)
            grows = _grows(question)
            says.insert(0, f"{_items(question.items)} by {_date(question.by)}{grows}: {_chances(chance)} in 100.")
        tables.append(_when(question, took))
        pictures.append(drawing.when(took, question, says[0]))
    if question.until is not None:
        says.append(_reach(used, question.until, question.by))
        if took is None:
            tables.append(_how_many(used, question.until))
    says += _warnings(history, used)
    says.append(_rests_on(history, used, question))
    held = numbers.back_test(history.counts, numbers.horizon_for(len(history.counts)), question.weeks)
    ahead = numbers.horizon_for(len(history.counts))
    says.append(_held(held, ahead))
    if question.items is not None and not question.added:
        says.append(COMPLETE)
    pictures.append(drawing.weeks(history, len(used)))
    if held:
        tables.append(_held_table(held, ahead))
        pictures.append(drawing.calibration(held, ahead, _held_title(held)))
    notes = list(history.left_out)
    if held and took is not None and (numbers.weeks_at(took, 0.5) or numbers.HORIZON) > ahead:
        notes.append(
            f"Whether it held was looked up {_weeks(ahead)} ahead. What is asked lies further off, where a wrong pace "
            "shows more."
        )
    title = f"When {_items(question.items)} will be done" if question.items else f"How much by {_date(question.by)}"
    return Report(title, tuple(says), tuple(tables), tuple(pictures), (*notes, *ASSUMES))


def _answer(question: Question, took: numbers.Runs) -> str:
    parts = []
    for share, words in ((0.5, "even odds"), (0.85, "85 in 100"), (0.95, "95 in 100")):
        week = numbers.weeks_at(took, share)
        if week is None:
            never = 1 - numbers.done_by(took, numbers.HORIZON)
            parts.append(f"{words} not within five years ({_in_100(never)} in 100 runs never get there)")
            break
        parts.append(f"{words} {_by(question, week)}")
    return f"{_items(question.items or 0)}{_grows(question)}: {', '.join(parts)}."


def _grows(question: Question) -> str:
    return f", with {question.added:g} found a week on the way" if question.added else ""


def _by(question: Question, week: int) -> str:
    if question.start is None:
        return f"within {_weeks(week)}"
    return f"by {_date(_friday(question.start, week))} ({_weeks(week)})"


def _when(question: Question, took: numbers.Runs) -> Table:
    rows = []
    for share in SHOWN:
        week = numbers.weeks_at(took, share)
        day = "–" if week is None or question.start is None else _date(_friday(question.start, week))
        rows.append((f"{100 * share:.0f}", "more than 260" if week is None else str(week), day))
    begins = "the first week" if question.start is None else f"Monday {_plain_date(question.start)}"
    return Table(f"All done, counted from {begins}", ("Chances in 100", "Weeks", "By"), tuple(rows))


def _reach(used: Sequence[int], weeks: int, by: dt.date | None) -> str:
    chances = numbers.sum_chances(used, weeks)
    most = [numbers.at_least(chances, share)[0] for share in numbers.LEVELS]
    return (
        f"By {_date(by)}, {_weeks(weeks)}: at even odds {_items(most[0])} or more, 85 in 100 for {most[1]} or more, "
        f"95 in 100 for {most[2]} or more."
    )


def _how_many(used: Sequence[int], weeks: int) -> Table:
    chances = numbers.sum_chances(used, weeks)
    rows = tuple((f"{100 * share:.0f}", str(numbers.at_least(chances, share)[0])) for share in SHOWN)
    return Table(f"Finished after {_weeks(weeks)}", ("Chances in 100", "At least so many items"), rows)


def _rests_on(history: History, used: Sequence[int], question: Question) -> str:
    nothing = sum(count == 0 for count in used)
    span = ""
    if history.first is not None:
        first = history.first + dt.timedelta(weeks=len(history.counts) - len(used))
        last = history.first + dt.timedelta(days=7 * len(history.counts) - 1)
        span = f", {_plain_date(first)} to {_plain_date(last)}"
    only = "the last " if len(used) < len(history.counts) else ""
    drawn = f"Drawn {question.runs:,} times from" if question.items is not None else "Worked out from"
    return (
        f"{drawn} {only}{len(used)} whole weeks{span}: {sum(used) / len(used):.1f} items a week on average, "
        f"{min(used)} to {max(used)}, {nothing or 'none'} with nothing finished."
    )


def _held(held: Sequence[Held], ahead: int) -> str:
    if not held:
        return (
            f"Whether such forecasts held on your own past cannot be looked up yet: that takes "
            f"{numbers.LEAST_TRAINING + ahead} weeks."
        )
    one = next((h for h in held if h.level == 0.85), held[0])
    off = ""
    if not one.fits:
        way = "early" if one.share < one.said else "late"
        off = f" That is farther off than luck alone: your weeks are not as assumed, and such dates came too {way}."
    few = " That is few: it can show a method that is badly off, and no more." if one.apart < 10 else ""
    return (
        f"Tried on your own past, week by week, {_weeks(ahead)} ahead: what it called {100 * one.said:.0f} in 100 came "
        f"true {one.came} of {one.of} times, which is {100 * one.share:.0f} in 100. These stretches overlap; only "
        f"{one.apart} do not, so anything from {100 * one.low:.0f} to {100 * one.high:.0f} would fit.{off or few}"
    )


def _held_title(held: Sequence[Held]) -> str:
    off = [h for h in held if not h.fits]
    if not off:
        return "On your own past, no level is farther off than luck alone would do"
    worst = max(off, key=lambda h: abs(h.said - h.share))
    return f"What was called {100 * worst.said:.0f} in 100 came true {worst.came} of {worst.of} times"


def _held_table(held: Sequence[Held], ahead: int) -> Table:
    rows = tuple(
        (
            f"{100 * h.said:.0f}",
            f"{h.came} of {h.of}",
            f"{100 * h.share:.0f}",
            f"{100 * h.low:.0f} to {100 * h.high:.0f}",
        )
        for h in held
    )
    columns = ("Said, in 100", "Came true", "In 100", "95 % interval")
    return Table(f"The forecast on your own past, {_weeks(ahead)} ahead", columns, rows)


def _warnings(history: History, used: Sequence[int]) -> list[str]:
    found = []
    change = numbers.change_point(used)
    if change is not None:
        since = f"the {change.at + 1}th of these weeks"
        if history.first is not None:
            day = history.first + dt.timedelta(weeks=len(history.counts) - len(used) + change.at)
            since = f"the week of {_plain_date(day)}"
        left = len(used) - change.at
        if not any(used[change.at :]):
            found.append(
                f"Careful: from {since} on nothing is finished. Is anybody still working on it? Ask that first."
            )
            return found
        found.append(
            f"Careful: from {since} on you finish {change.after:.1f} items a week, before it {change.before:.1f} "
            f"(Pettitt 1979, p {_p(change.p)}). The forecast mixes the two. If you know the reason and it lasts, draw "
            f"from the last {left} only: --weeks {left}."
        )
    elif (slope := numbers.trend(used)) is not None:
        way = "more" if slope[0] > 0 else "fewer"
        found.append(
            f"Careful: over these weeks you finish {way} and {way} (Spearman {slope[0]:.2f}, p {_p(slope[1])}). The "
            "forecast takes old weeks for as likely as new ones."
        )
    elif numbers.echo(used) is not None:
        found.append(
            "Careful: good weeks follow good ones and bad ones bad. The forecast draws each week by itself, so its "
            "range is too narrow."
        )
    if len(used) < FEW:
        found.append(
            f"{len(used)} weeks are few: the worst week you can have is hardly among them, and the late end comes out "
            "too early."
        )
    return found


def _friday(start: dt.date, week: int) -> dt.date:
    return start + dt.timedelta(days=7 * week - 3)


def _date(day: dt.date | None) -> str:
    return "" if day is None else f"{day:%A} {_plain_date(day)}"


def _plain_date(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _weeks(count: int) -> str:
    return f"{count} week{'s' * (count != 1)}"


def _items(count: int) -> str:
    return f"{count:,} item{'s' * (count != 1)}"


def _in_100(share: float) -> str:
    if share < 0.005:
        return "fewer than 1"
    return "more than 99" if share > 0.995 else f"{100 * share:.0f}"


def _chances(share: float) -> str:
    number = _in_100(share)
    return f"{number} chance{'s' * (number.split()[-1] != '1')}"


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
