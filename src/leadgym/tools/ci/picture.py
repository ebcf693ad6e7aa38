"""The two figures: one run as it went, with what held it up; and how the hours won come up to what a fix costs."""

from __future__ import annotations

import random
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.estimates import percentile
from leadgym.tools.ci.path import QUEUE, Held
from leadgym.tools.ci.payback import Payback
from leadgym.tools.ci.waiting import Waiting
from leadgym.tools.ci.words import LITTLE, counted, near, span
from leadgym.tools.report import Picture
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

MOST_BARS = 24
PATHS = 400


def run_picture(held: Held) -> Picture:
    """The run of middle length, a bar a job, those on the critical path filled and marked in words as well."""
    bars = held.bars
    if len(bars) > MOST_BARS:
        keep = {
            bar.name for bar in sorted(bars, key=lambda bar: (not bar.on_path, bar.started - bar.ended))[:MOST_BARS]
        }
        bars = tuple(bar for bar in bars if bar.name in keep)
    length = max(bar.ended for bar in held.bars)
    with mpl.rc_context(STYLE):
        height = 1.0 + 0.36 * len(bars)
        figure = Figure(figsize=(8.6, height))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.27, right=0.97, top=1 - 0.15 / height, bottom=0.55 / height)
        for row, bar in enumerate(bars):
            color = MARK if bar.on_path else LINE
            axis.plot([bar.ready, bar.started], [row, row], color=color, lw=2, ls=(0, (1, 1.5)))
            axis.barh(
                row,
                max(bar.ended - bar.started, length / 400),
                left=bar.started,
                height=0.62,
                color=color,
                alpha=0.9 if bar.on_path else 0.35,
                lw=0,
            )
            words = f"{near(bar.ended - bar.started)} min"
            axis.annotate(words, (bar.ended, row), (5, 0), textcoords="offset points", va="center", fontsize=9)
        axis.set_yticks(range(len(bars)), [("▸ " if bar.on_path else "") + _short(bar.name) for bar in bars])
        axis.set_ylim(len(bars) - 0.4, -0.6)
        axis.set_xlim(min(0.0, *(bar.ready for bar in bars)), 1.1 * length)
        axis.set_xlabel("minutes since the push (▸ and dark: on the critical path; dots: waiting for a machine)")
        svg = themed_svg(figure)
    told = "; ".join(
        f"{bar.name} from minute {near(bar.started)} to {near(bar.ended)}"
        + (", on the critical path" if bar.on_path else "")
        for bar in bars
    )
    more = (
        f" {len(held.bars) - len(bars)} shorter jobs off the path are not drawn." if len(bars) < len(held.bars) else ""
    )
    return Picture(run_title(held), f"The run of middle length, {near(length)} minutes. {told}.{more}", svg)


def run_title(held: Held) -> str:
    """The takeaway: what holds the run up, and the longest stage where that is another one."""
    first = held.stages[0]
    longest = max((stage for stage in held.stages if stage.name != QUEUE), key=lambda stage: stage.middle)
    if first.most < LITTLE:
        return f"No single stage holds up the run of {near(held.middle)} minutes"
    title = f"{first.name} holds the run up by {span(first)} of {near(held.middle)} minutes at most"
    if longest.name != first.name:
        wins = "by none" if longest.most < LITTLE else f"by {span(longest)}"
        title += f"; {longest.name}, the longest stage, {wins}"
    return title


def weeks_picture(found: Waiting) -> Picture:
    """Hours waited, week by week, at least and at most: for a log that has no jobs."""
    least, hours = ([week.hours * end for week in found.weeks] for end in found.share)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 2.8))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.93, bottom=0.2)
        axis.bar(range(len(hours)), hours, width=0.7, color=LINE, alpha=0.6)
        axis.bar(range(len(hours)), least, width=0.7, color=MARK)
        step = max(1, len(hours) // 10)
        places = range(0, len(hours), step)
        axis.set_xticks(list(places), [f"{found.weeks[place].first:%d %b}" for place in places])
        axis.set_ylabel("person-hours")
        axis.set_xlabel(f"week from (dark: {found.share[0]:.0%} of the wait; whole bar: {found.share[1]:.0%})")
        svg = themed_svg(figure)
    worst = max(range(len(hours)), key=hours.__getitem__)
    title = f"Between {near(min(hours))} and {near(max(hours))} hours of waiting a week"
    title += f", most in that of {found.weeks[worst].first:%d %B}"
    told = "; ".join(
        f"week of {week.first:%d %b} {most:.0f} hours, {week.runs} runs"
        for week, most in zip(found.weeks, hours, strict=True)
    )
    return Picture(title, f"At most, one person for each commit: {told}.", svg)


def payback_picture(found: Payback, runs: Sequence[int], seed: int = 1) -> Picture:
    """How the hours won add up, week by week, against what the fix costs."""
    luck = random.Random(seed)  # noqa: S311 - a figure, not a secret
    last = found.late or found.middle or found.early or 26
    weeks = range(max(6, round(1.3 * last)) + 1)
    lines = []
    for _ in range(PATHS):
        each = luck.uniform(*found.saves) / 60 * luck.uniform(*found.share)
        total, line = 0.0, []
        for _ in weeks:
            line.append(total)
            total += each * luck.choice(runs)
        lines.append(line)
    at = {percent: [percentile([line[week] for line in lines], percent) for week in weeks] for percent in (15, 50, 85)}
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.3))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.09, right=0.97, top=0.95, bottom=0.17)
        axis.fill_between(list(weeks), at[15], at[85], color=LINE, alpha=0.3, lw=0)
        axis.plot(list(weeks), at[50], color=INK, lw=2)
        axis.axhspan(*found.cost, color=MARK, alpha=0.25, lw=0)
        axis.axhline(found.cost[1], color=MARK, lw=1.5)
        axis.axhline(found.cost[0], color=MARK, lw=1.5)
        axis.annotate("what the fix costs", (0, found.cost[1]), xytext=(4, 4), textcoords="offset points")
        axis.annotate("won, middle", (weeks[-1], at[50][-1]), xytext=(-4, 6), textcoords="offset points", ha="right")
        axis.set_xlim(0, weeks[-1])
        axis.set_ylim(0, max(at[85][-1], found.cost[1]) * 1.1)
        axis.set_xlabel("weeks after the fix is in")
        axis.set_ylabel("person-hours")
        svg = themed_svg(figure)
    title = payback_title(found)
    alt = (
        f"The fix costs {found.cost[0]:.0f} to {found.cost[1]:.0f} hours. After {weeks[-1]} weeks {at[50][-1]:.0f} "
        f"hours are won in the middle case, {at[15][-1]:.0f} in a poor one (P15), {at[85][-1]:.0f} in a good one (P85)."
    )
    return Picture(title, alt, svg)


def payback_title(found: Payback) -> str:
    """The takeaway of the payback."""
    if found.middle is None:
        return "At even odds the fix has not paid for itself within five years"
    late = (
        "later than in five years, if at all"
        if found.late is None
        else f"{counted(found.late, 'week')} to be fairly sure"
    )
    return f"Paid back after {counted(found.middle, 'week')} at even odds, {late}"


def _short(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:29]}…"
