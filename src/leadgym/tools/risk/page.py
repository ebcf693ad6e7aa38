"""The page about a risk: what it costs, how sure that is, what could be done, and what is still blank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leadgym.tools.report import Report, Table
from leadgym.tools.risk.numbers import Risk, at_least_one, rate_interval, weigh
from leadgym.tools.risk.picture import money, quarters_picture
from leadgym.tools.risk.reading import Incident, Log, quarter_end

BLANK = "____"
SHOWN = 10
MOST_QUARTERS = 12
_WORDS = 60


@dataclass(frozen=True)
class Ask:
    """What no log knows. A blank stays visible on the page, so that somebody asks.

    ``system``: in the reader's words. ``roads``: what could be done, each with what it costs and what happens then.
    """

    system: str = ""
    reader: str = ""
    roads: Sequence[Sequence[str]] = ()
    recommend: str = ""
    ask: str = ""
    tripwire: str = ""
    accepts: str = ""


def page(log: Log, about: Ask | None = None, currency: str = "€", seed: int = 1) -> Report:
    """The page for ``log``. The same log and seed give the same page."""
    about = about or Ask()
    title = f"{about.system or _one_system(log) or BLANK}: what it costs, and what to do about it"
    quarters = log.window.quarters
    if not log.felt:
        return Report(title, (_nothing_felt(log), _looked_at(log)), tables=_left_out(log), notes=_notes(log, None))
    risk = weigh([incident.cost for incident in log.felt], quarters, seed)
    count = _count(len(log.felt), "incident")
    says = (
        f"Expected: {money(risk.mean, currency)} a quarter, and that mean lies between "
        f"{money(risk.mean_low, currency) if risk.mean_low else 'next to nothing'} and "
        f"{money(risk.mean_high, currency)} (90 % interval), "
        f"going by {count} that somebody outside felt in {_quarters(quarters)}.",
        f"At least one in the coming quarter: {_of_100(risk.chance)} in 100 (between {_of_100(risk.chance_low)} and "
        f"{_of_100(risk.chance_high)}).",
        f"A single quarter is seldom the mean: {_of_100(risk.quiet)} of 100 cost nothing, one in ten costs more than "
        f"{money(risk.one_in_ten, currency)}.",
        *([f"For {about.reader}."] if about.reader else []),
        _looked_at(log),
    )
    tables = (
        _dearest(log, currency),
        *_by_quarter(log, currency),
        *_by_system(log, currency),
        *_left_out(log),
        _roads(about, risk, currency),
        _before_it_is_sent(about),
    )
    return Report(title, says, tables, (quarters_picture(risk, currency),), _notes(log, risk))


def _one_system(log: Log) -> str:
    names = {one.system for one in log.felt}
    return names.pop() if len(names) == 1 else "All systems" if names else ""


def _nothing_felt(log: Log) -> str:
    quarters = log.window.quarters
    if log.blank:
        return (
            f"There is nothing to add up in {_quarters(quarters)}: {_count(log.blank, 'incident')} without minutes, an "
            "end or a cost. Fill in what is known, or take another system."
        )
    high = at_least_one(rate_interval(0, quarters)[1])
    return (
        f"Nobody outside has felt anything in {_quarters(quarters)}, so there is no mean to give. That is no chance of "
        f"nought: after such a stretch it may still be up to {_of_100(high)} in 100 a quarter. Take another system, or "
        "look further back."
    )


def _looked_at(log: Log) -> str:
    window = log.window
    parts = [f"Looked at: {_day(window.first)} to {_day(window.last)}"]
    if not log.window_given:
        whole = quarter_end(log.window.last) == log.window.last
        parts[0] += ", the whole quarters of the first and the last row" if whole else ", which is today"
    if log.unfelt:
        parts.append(f"{_count(log.unfelt, 'incident')} that cost nobody outside anything")
    if log.blank:
        parts.append(f"{_count(log.blank, 'incident')} without minutes, an end or a cost")
    if log.left_out:
        parts.append(f"{len(log.left_out)} left out")
    if log.outside:
        parts.append(f"{log.outside} before or after")
    return "; ".join(parts) + "."


def _dearest(log: Log, currency: str) -> Table:
    chosen = sorted(log.felt, key=lambda one: -one.cost)[:SHOWN]
    several = len({one.system for one in log.felt}) > 1
    columns = ("day", "minutes", "cost", *(("system",) if several else ()), "what")
    rows = tuple(
        (
            _day(one.day),
            "" if one.minutes is None else f"{one.minutes:,.0f}",
            money(one.cost, currency),
            *((one.system,) if several else ()),
            _short(one.note),
        )
        for one in chosen
    )
    all_of_them = len(log.felt) <= SHOWN
    title = "What was felt, the dearest first" if all_of_them else f"The {SHOWN} dearest of {len(log.felt)}"
    return Table(title, columns, rows)


def _by_quarter(log: Log, currency: str) -> tuple[Table, ...]:
    window = log.window
    if window.quarters != int(window.quarters) or window.quarters > MOST_QUARTERS:
        return ()
    sums: dict[str, list[Incident]] = {}
    year, place = window.first.year, (window.first.month - 1) // 3
    for _ in range(int(window.quarters)):
        sums[f"Q{place + 1} {year}"] = []
        year, place = (year + 1, 0) if place == 3 else (year, place + 1)
    for one in log.felt:
        sums[f"Q{(one.day.month - 1) // 3 + 1} {one.day.year}"].append(one)
    rows = tuple(
        (name, str(len(found)), money(sum(one.cost for one in found), currency)) for name, found in sums.items()
    )
    return (Table("By quarter", ("quarter", "felt", "cost"), rows),)


def _by_system(log: Log, currency: str) -> tuple[Table, ...]:
    found: dict[str, list[Incident]] = defaultdict(list)
    for one in log.felt:
        found[one.system or "(no name)"].append(one)
    if len(found) < 2:
        return ()
    ordered = sorted(found.items(), key=lambda item: -sum(one.cost for one in item[1]))
    rows = tuple(
        (name, str(len(some)), money(sum(one.cost for one in some) / log.window.quarters, currency))
        for name, some in ordered[:SHOWN]
    )
    return (Table("By system: the sum above is over all of them", ("system", "felt", "a quarter"), rows),)


def _left_out(log: Log) -> tuple[Table, ...]:
    if not log.left_out:
        return ()
    rows = tuple((where, _short(why)) for where, why in log.left_out[:SHOWN])
    more = len(log.left_out) - SHOWN
    rows += ((f"and {more} more", ""),) if more > 0 else ()
    return (Table("Left out, going by its note", ("row", "why"), rows),)


def _roads(about: Ask, risk: Risk, currency: str) -> Table:
    given = [tuple(part or BLANK for part in (*road, "", "")[:3]) for road in about.roads]
    nothing = ("Nothing now", "nothing", f"{money(risk.mean, currency)} a quarter stays")
    rows = given or [nothing, (BLANK, BLANK, BLANK)]
    return Table("Roads", ("road", "costs", "then"), tuple((one, two, three) for one, two, three in rows))


def _before_it_is_sent(about: Ask) -> Table:
    rows = (
        ("I would", about.recommend),
        ("I ask (who, what, by which day)", about.ask),
        ("We turn round if (seen by whom, when)", about.tripwire),
        ("What stays is accepted by", about.accepts),
    )
    return Table(
        "Before it is sent", ("what has to stand there", "words"), tuple((name, text or BLANK) for name, text in rows)
    )


def _notes(log: Log, risk: Risk | None) -> tuple[str, ...]:
    notes = []
    if risk is not None and risk.few:
        few = f"{_count(len(risk.losses), 'incident')} {'is' if len(risk.losses) == 1 else 'are'} few"
        notes.append(
            f"{few}: the interval is too narrow, because what has "
            "not happened yet is not in it. Take the figures as a size, and not as a sum."
        )
    if log.blank and risk is not None:
        notes.append(
            f"{_count(log.blank, 'incident')} without minutes, an end or a cost: none of them is in the sums, so these "
            "are too low if any was felt."
        )
    if log.from_down_time:
        notes.append(
            "The minutes are from begin to end of the incident. What customers felt is usually less: if you know it, "
            "put it in a column called minutes."
        )
    notes.append(
        "Model: incidents come independently at a steady rate, each as dear as one of the log's. Interval of the mean: "
        "compound Poisson bootstrap, 10,000 draws. Interval of the chance: Garwood (1936). A rate that is rising, or "
        "one incident that causes the next, is not in it; nor is what an incident costs in trust."
    )
    return tuple(notes)


def _quarters(quarters: float) -> str:
    shown = f"{quarters:.0f}" if quarters == int(quarters) else f"{quarters:.1f}"
    return f"{shown} quarter{'' if quarters == 1 else 's'}"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _of_100(share: float) -> str:
    if 0 < share < 0.005:
        return "fewer than 1"
    return "more than 99" if share >= 0.995 else f"{100 * share:.0f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WORDS else flat[: _WORDS - 2].rstrip() + " …"
