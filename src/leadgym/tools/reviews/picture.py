"""The two pictures: how long changes wait, and who reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from leadgym.tools.report import Picture
from leadgym.tools.reviews.numbers import Load, Wait, Waiting, percentile
from leadgym.tools.reviews.words import count, percent, span

SHOWN = 8
LONGEST = 30


def waiting_picture(waiting: Waiting) -> Picture:
    """The share that is still unread after so long."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg

    times, shares = still_waiting(waiting.waits)
    late = percentile(waiting.waits, 90)
    limit = max(late * 1.6 if late is not None else times[-1], 1.0)
    unit, size = ("days", 24.0) if limit > 72 else ("hours", 1.0)
    with rc_context(STYLE):
        figure = Figure(figsize=(7.6, 3.2), layout="constrained")
        axes = figure.subplots()
        shown = [(hours / size, 100 * share) for hours, share in zip(times, shares, strict=True) if hours <= limit]
        shown.append((limit / size, shown[-1][1]))
        axes.step(*zip(*shown, strict=True), where="post", color=MARK, linewidth=2)
        for share in (50, 90):
            at = percentile(waiting.waits, share)
            if at is not None and at <= limit:
                axes.plot([at / size, at / size], [0, 100 - share], color=LINE, linewidth=1, linestyle=":")
                axes.annotate(
                    f"P{share}: {span(at)}",
                    (at / size, 100 - share),
                    xytext=(6, 6),
                    textcoords="offset points",
                    color=INK,
                )
        axes.set_xlim(0, limit / size)
        axes.set_ylim(0, 102)
        axes.set_xlabel(f"{unit} since it was opened, weekends included")
        axes.set_ylabel("still unread, %")
        svg = themed_svg(figure)
    return Picture(title=_waiting_title(waiting), alt=_waiting_alt(waiting), svg=svg)


def load_picture(loads: Sequence[Load], even: float) -> Picture:
    """A bar a reviewer."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from leadgym.tools.themed import LINE, MARK, STYLE, themed_svg

    top = list(loads[:SHOWN])
    rest = sum(one.requests for one in loads[SHOWN:])
    names: list[tuple[str, int, Any]] = [
        (_short(one.name), one.requests, MARK if not place else LINE) for place, one in enumerate(top)
    ]
    if rest:
        names.append((f"{len(loads) - SHOWN} others", rest, LINE))
    with rc_context(STYLE):
        figure = Figure(figsize=(7.6, 0.7 + 0.34 * len(names)), layout="constrained")
        axes = figure.subplots()
        # A name may hold dollar signs, which would start a formula.
        axes.barh(
            [name.replace("$", r"\$") for name, _, _ in names],
            [size for _, size, _ in names],
            color=[c for *_, c in names],
        )
        axes.invert_yaxis()
        axes.set_xlabel("requests of others that they read")
        svg = themed_svg(figure)
    listed = ", ".join(f"{name} {size:,}" for name, size, _ in names)
    return Picture(
        title=f"{percent(top[0].share)} of the reading is done by {top[0].name}",
        alt=f"Bars: requests of others read by each: {listed}. As concentrated as {even:.1f} "
        f"{'person' if round(even, 1) == 1 else 'people'} sharing evenly.",
        svg=svg,
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def still_waiting(waits: Sequence[Wait]) -> tuple[list[float], list[float]]:
    """Times in hours and the share still waiting from there on (Kaplan and Meier), beginning with all of them at 0."""
    times, shares, survive, at_risk = [0.0], [1.0], 1.0, len(waits)
    ends, left = Counter(one.hours for one in waits if one.ended), Counter(one.hours for one in waits)
    for hours in sorted(left):
        if ends[hours]:
            survive *= 1 - ends[hours] / at_risk
            times.append(hours)
            shares.append(survive)
        at_risk -= left[hours]
    return times, shares


def _waiting_title(waiting: Waiting) -> str:
    late = percentile(waiting.waits, 90)
    if late is not None:
        return f"One change in ten waits longer than {span(late)} to be read"
    half = percentile(waiting.waits, 50)
    if half is not None:
        return f"Half of the changes wait longer than {span(half)} to be read; more than one in ten is unread still"
    return "More than half of the changes that somebody waits for have not been read"


def _waiting_alt(waiting: Waiting) -> str:
    found = [(share, percentile(waiting.waits, share)) for share in (50, 85, 90)]
    told = ", ".join(f"{100 - share} % after {span(at)}" for share, at in found if at is not None)
    return (
        f"A falling curve, the share of {count(len(waiting.waits), 'request')} that nobody but the author has looked "
        f"at, over the time since opening. Still unread: {told or 'more than half at the end of the export'}."
    )
