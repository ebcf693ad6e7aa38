"""What the team simulation hangs on, for a notebook: Morris's effects as figures, the facts as a table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.sim.facts import DRAWS, SEEDS, Fact
from leadgym.sim.parameters import table
from leadgym.sim.sensitivity import Effect, morris
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import LessonFigure, NotYet

HOLDS = 0.8
"""A sentence holds when its share of draws is at least this."""
_SHOWN = 10
_WITHOUT = NotYet("This figure needs SALib. Run: pip install 'leadgym[sensitivity]', then this cell again.")


def effects(trajectories: int, seeds: int) -> dict[str, list[Effect]]:
    """Question to effects, largest first, as ``leadgym.sim.sensitivity`` has them; empty without SALib."""
    try:
        return morris(trajectories, seeds)
    except ImportError:
        return {}


def what_moves(found: dict[str, list[Effect]], question: str) -> LessonFigure | NotYet:
    """The ten largest effects on the answer to ``question``, each with its 95 % interval."""
    if not found:
        return _WITHOUT
    named = question.replace("its lead", "60/40's lead")
    shown, rest = found[question][:_SHOWN], found[question][_SHOWN:]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.36 * len(shown) + 0.9))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.24, right=0.97, top=0.98, bottom=0.62 / figure.get_figheight())
        for row, one in enumerate(shown):
            sure = one.told_from_nothing
            axis.plot([max(one.effect - one.confidence, 0), one.effect + one.confidence], [row, row], color=LINE, lw=3)
            axis.plot([one.effect], [row], "o", ms=8, mec=INK, mew=1.5, mfc=MARK if sure else "none", zorder=3)
        axis.set_yticks(range(len(shown)), [one.name for one in shown])
        axis.set_ylim(len(shown) - 0.5, -0.5)
        axis.set_xlim(left=0)
        axis.set_xlabel("effect in planned hours after 13 weeks (line: 95 % interval; open: not told from nothing)")
        svg = themed_svg(figure)
    words = [
        f"{one.name} ({table()[one.name].means.lower()}): {one.effect:.0f}, give or take {one.confidence:.0f}"
        f"{'' if one.told_from_nothing else ', not told from nothing'}."
        for one in shown
    ]
    unsure = sum(not one.told_from_nothing for one in found[question])
    most = max((one.effect for one in rest), default=0)
    caption = (
        f"Each of {len(found[question])} numbers goes from half to one and a half its value. The {len(rest)} not shown "
        f"come to at most {most:.0f}; {unsure} of all are not told from nothing."
    )
    return LessonFigure(_first(found[question], named), " ".join(words), caption, svg)


def _first(ranked: Sequence[Effect], what: str) -> str:
    top = ranked[0]
    rivals = [one for one in ranked[1:] if one.effect + one.confidence >= top.effect - top.confidence]
    if not rivals:
        return f"What moves {what} most is {top.name}: {top.effect:.0f} planned hours"
    others = f"{len(rivals)} other number{'s' if len(rivals) > 1 else ''}"
    return f"{top.name} comes first in moving {what}, and {others} cannot be told from it"


@dataclass(frozen=True, slots=True)
class FactsTable:
    """The facts, with the share of draws in which each holds; those that do not hold are named in the title."""

    facts: tuple[Fact, ...]

    @property
    def title(self) -> str:
        """How many hold, and which do not."""
        weak = [fact for fact in self.facts if fact.share < HOLDS]
        held = f"{len(self.facts) - len(weak)} of {len(self.facts)} sentences hold in {HOLDS:.0%} of the draws or more"
        if not weak:
            return held
        return f"{held}. Not so safe: " + "; ".join(f"“{fact.says}” ({fact.share:.0%})" for fact in weak)

    @property
    def _caption(self) -> str:
        return f"{DRAWS} draws, every assumed number times 0.5 to 1.5; {SEEDS} quarters of 13 weeks in each."

    def _repr_html_(self) -> str:
        left = "style='text-align:left;vertical-align:top'"
        rows = "".join(
            f"<tr><td {left}>{'holds' if fact.share >= HOLDS else '<b>not safely</b>'}</td>"
            f"<td style='text-align:right;vertical-align:top'>{fact.share:.0%}</td>"
            f"<th scope='row' {left}>{html.escape(fact.says)}</th><td {left}>{html.escape(fact.detail)}</td></tr>"
            for fact in self.facts
        )
        heads = "".join(f"<th scope='col' {left}>{head}</th>" for head in ("", "Draws", "What is claimed", "Behind it"))
        return (
            f"<p><strong>{html.escape(self.title)}.</strong></p><table style='font-size:.95em'><caption {left}>"
            f"{self._caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def __repr__(self) -> str:
        lines = [
            f"{fact.share:4.0%}  {'' if fact.share >= HOLDS else 'NOT SAFELY: '}{fact.says} ({fact.detail})"
            for fact in self.facts
        ]
        return "\n".join([f"{self.title}.", self._caption, *lines])
