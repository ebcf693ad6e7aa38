"""The debrief's figures: drawn by matplotlib as SVG whose colours and letters are the notebook theme's own."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence
from itertools import cycle

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leadgym.scenario.engine import tell, value
from leadgym.scenario.model import Scenario
from leadgym.scenario.outcome import Branch, aim_scores, weighted_score
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.pages import number, scene_named
from leadgym.widgets.prose import plain

STEP = 5
_PANEL = 38  # letters that fit below one of two panels
_SHAPES = {"o": "circle", "s": "square", "^": "triangle", "D": "diamond", "P": "cross"}


def comparison(found: Sequence[Branch], scene: str, measure: str) -> str:
    """The run against the other choices at ``scene``: what ``measure`` and the aims come to on each road.

    ``found`` is what ``leadgym.scenario.outcome.branches`` gives. Empty string when there is nothing to compare.
    """
    if not found:
        return ""
    mine = next(branch.state for branch in found if branch.yours)
    scenario = mine.scenario
    spec = scenario.variables.get(measure) or scenario.derived[measure]
    unit = f" {spec.unit}" if spec.unit else ""
    better = {"high": ", more is better", "low": ", less is better", "none": ""}[spec.better]
    texts = [plain(tell(branch.state, branch.option.text)) for branch in found]
    shown = [f"{number(branch.state, measure)}{unit}" for branch in found]
    title = _takeaway(found, measure, spec.label, unit)
    with mpl.rc_context(STYLE):
        labels = [
            # Bold letters are wider.
            ["YOUR CHOICE", *textwrap.wrap(text, 41)] if branch.yours else textwrap.wrap(text, 46)
            for branch, text in zip(found, texts, strict=True)
        ]
        heights = sum(0.44 + 0.16 * len(lines) for lines in labels)
        panels = 2 if scenario.aims else 1
        below, key = textwrap.wrap(spec.label, _PANEL if scenario.aims else 2 * _PANEL), _key(scenario)
        under = 0.65 + 0.17 * (max(len(below), len(key)) - 1)
        tall = heights + under + 0.5
        figure = Figure(figsize=(9.4, tall))
        axes = figure.subplots(1, panels, sharey=True, squeeze=False, gridspec_kw={"wspace": 0.14})[0]
        figure.subplots_adjust(left=0.36, right=0.985, top=1 - 0.5 / tall, bottom=under / tall)
        _title(figure, title)
        rows = range(len(found))
        for axis in axes:
            _rows(axis, len(found))
        axes[0].set_yticks([])
        for row, branch, lines in zip(rows, found, labels, strict=True):
            _lines(axes[0], lines, (-8, row), 6 * (len(lines) - 1) - 4, "right", branch.yours)
        for row, branch, text in zip(rows, found, shown, strict=True):
            _point(axes[0], value(branch.state, measure), row, "D", branch.yours)
            _number(axes[0], text, value(branch.state, measure), row, branch.yours, 9)
        _lines(axes[0], [*below, f"({(spec.unit or 'points') + better})"], None, -28)
        axes[0].margins(x=0.18)
        if scenario.aims:
            _aims(axes[1], found)
            _lines(axes[1], [*key, "(score from 0 to 100, more is better)"], None, -28)
        drawn = themed_svg(figure)
    alt = f"{title}. " + " ".join(_row_in_words(b, t, s) for b, t, s in zip(found, texts, shown, strict=True))
    where = plain(scene_named(scenario, scene).title)
    caption = (
        f"Every road has the same luck and differs from yours at “{where}”. Your later choices are kept where that "
        "road offers them; where it does not, the option rated nearest to yours is taken."
    )
    return _framed(drawn, alt, caption)


def distribution(scores: Sequence[float], mine: float) -> str:
    """How many roads reach which weighted score, with the run's own marked. ``scores``: one per road, sorted."""
    more = sum(round(score) > round(mine) for score in scores)
    count = f"{more:,} of {len(scores):,} roads with this luck reach" if more else "No road with this luck reaches"
    title = f"{count} more than your {mine:.0f}"
    low, high = min(*scores, mine), max(*scores, mine)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.4, 2.7))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.08, right=0.985, top=0.8, bottom=0.22)
        _title(figure, title)
        _bare(axis)
        steps = range(STEP * int(low // STEP), STEP * int(high // STEP) + 1, STEP)
        counts = [sum(step <= score < step + STEP for score in scores) for step in steps]
        colors = [MARK if step <= mine < step + STEP else "none" for step in steps]
        axis.bar(list(steps), counts, STEP, align="edge", color=colors, edgecolor=INK, lw=1, clip_on=False)
        axis.axvline(mine, color=INK, lw=2, ls="--", clip_on=False)
        axis.set_ylim(0, 1.18 * max(counts))
        right = mine < (low + high) / 2
        axis.annotate(
            f"your run: {mine:.0f}",
            (mine, 1.1 * max(counts)),
            (6 if right else -6, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            weight="bold",
        )
        axis.set_xlabel(f"score by your weights, in steps of {STEP} (more is better)")
        axis.set_ylabel("roads")
        drawn = themed_svg(figure)
    middle = scores[len(scores) // 2]
    alt = f"{title}. The lowest is {scores[0]:.0f}, the middle one {middle:.0f}, the highest {scores[-1]:.0f}."
    caption = "Every option on every road, with your luck, your weights and the questions you asked."
    return _framed(drawn, alt, caption)


def _framed(drawn: str, alt: str, caption: str) -> str:
    return (
        f'<figure class="leadgym-figure"><div role="img" aria-label="{html.escape(alt)}">{drawn}</div>'
        f'<figcaption class="leadgym-keys">{html.escape(caption)}</figcaption></figure>'
    )


def _title(figure: Figure, title: str) -> None:
    wrapped = "\n".join(textwrap.wrap(title, 102))
    figure.suptitle(wrapped, x=0, ha="left", y=0.99, va="top", weight="bold", size=11.5)


def _takeaway(found: Sequence[Branch], measure: str, label: str, unit: str) -> str:
    mine = next(branch.state for branch in found if branch.yours)
    others = sorted(
        (value(branch.state, measure), number(branch.state, measure)) for branch in found if not branch.yours
    )
    yours = f"{label}: {number(mine, measure)}{unit} on your road"
    if not others:
        return f"{yours}; there was no other choice"
    low, high = others[0][1], others[-1][1]
    count = "the other road" if len(others) == 1 else f"the other {len(others)} roads"
    return f"{yours}, {low if low == high else f'{low} to {high}'} on {count}"


def _row_in_words(branch: Branch, text: str, measure: str) -> str:
    aims = branch.state.scenario.aims
    scores = ", ".join(f"{aims[name].label} {score:.0f}" for name, score in aim_scores(branch.state).items())
    weighted = f", weighted {weighted_score(branch.state):.0f}" if aims else ""
    return f"{'Your choice' if branch.yours else 'Another choice'}: {text} {measure}; {scores}{weighted}."


def _aims(axis: Axes, found: Sequence[Branch]) -> None:
    aims = found[0].state.scenario.aims
    shapes = _shapes(aims)
    # Each aim a little lower than the one before, so that equal scores do not hide each other.
    step = 0.3 / max(1, len(aims) - 1)
    for row, branch in enumerate(found):
        for place, (name, score) in enumerate(aim_scores(branch.state).items()):
            _point(axis, score, row + (place * step - 0.15 if len(aims) > 1 else 0), shapes[name], branch.yours)
        weighted = weighted_score(branch.state)
        axis.plot([weighted, weighted], [row - 0.26, row + 0.26], color=INK, lw=2, clip_on=False, zorder=2)
        _number(axis, f"{weighted:.0f}", weighted, row - 0.26, branch.yours, 4)
    axis.set_xlim(-2, 102)


def _shapes(aims: Iterable[str]) -> dict[str, str]:
    """The marker of each aim, begun again when there are more aims than markers."""
    return dict(zip(aims, cycle(_SHAPES), strict=False))


def _key(scenario: Scenario) -> list[str]:
    """Which shape is which aim, in lines that fit below a panel."""
    shapes = _shapes(scenario.aims)
    parts = [*(f"{_SHAPES[shapes[name]]}: {plain(aim.label)}" for name, aim in scenario.aims.items()), "bar: weighted"]
    unbroken = [part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts]
    return textwrap.wrap(", ".join(unbroken), _PANEL, break_long_words=False)


def _lines(
    axis: Axes,
    lines: Sequence[str],
    at: tuple[float, float] | None,
    top: float,
    align: str = "center",
    bold: bool = False,
) -> None:
    """Lines of text ``top`` points above ``at`` (points left of the axis, row), or in the middle below the axis.

    Each is a text of its own: one text of several lines would be set for other letters than the page's.
    """
    for place, line in enumerate(lines):
        axis.annotate(
            line,
            (0, at[1]) if at else (0.5, 0),
            (at[0] if at else 0, top - 12 * place),
            xycoords=axis.get_yaxis_transform() if at else "axes fraction",
            textcoords="offset points",
            ha=align,
            weight="bold" if bold else "normal",
        )


def _number(axis: Axes, text: str, x: float, y: float, yours: bool, above: int) -> None:
    axis.annotate(
        text,
        (x, y),
        (0, above),
        textcoords="offset points",
        ha="center",
        weight="bold" if yours else "normal",
    )


def _bare(axis: Axes) -> None:
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.patch.set_visible(False)
    axis.tick_params(length=0)


def _rows(axis: Axes, count: int) -> None:
    _bare(axis)
    axis.set_ylim(count - 0.5, -0.6)
    for row in range(count):
        axis.axhline(row, color=LINE, lw=0.5, ls=(0, (1, 3)), clip_on=False, zorder=0)


def _point(axis: Axes, x: float, y: float, marker: str, filled: bool) -> None:
    axis.plot(
        [x], [y], marker, ms=8, mec=INK, mew=1.5, mfc=MARK if filled else "none", clip_on=False, zorder=3
    )  # fmt: skip
