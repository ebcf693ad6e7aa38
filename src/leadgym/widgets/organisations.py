"""The same decisions in another organisation: what becomes of a run where a story can be played in several variants.

As with the other figures, the numbers come from the scenario's own rules, and the caption says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.scenario.engine import NotPossible, State, current_scene, replay
from leadgym.scenario.outcome import aim_scores
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.figures import RULES, LessonFigure, NotYet, Played
from leadgym.widgets.prose import plain

_VIEW = {5: "would", 4: "would", 3: "are in two minds", 2: "would not", 1: "would not"}
_MARKS = ("o", "s", "^", "D")


@dataclass(frozen=True, slots=True)
class _Place:
    """The run replayed in one organisation."""

    name: str
    label: str
    end: State
    scores: dict[str, int]
    yours: bool

    @property
    def ending(self) -> str:
        """The title of the ending."""
        return next(e.title for e in self.end.scenario.endings if e.id == self.end.ending)


def elsewhere(game: Played) -> LessonFigure | NotYet:
    """The run's decisions, with the same luck, in each organisation of the story: aims, endings, the authors' view.

    Organisations in which one of the choices is not on offer are left out.
    """
    state = game.state
    if state.ending is None:
        return NotYet()
    places = _places(state)
    if len(places) < 2:
        return NotYet("This story is played in one organisation only, so there is nothing to compare.")
    aims = {name: plain(aim.label) for name, aim in state.scenario.aims.items()}
    turned = _turned(state, places)
    words = [
        f"{'Yours, ' if p.yours else ''}{p.label}: "
        f"{', '.join(f'{label} {p.scores[aim]}' for aim, label in aims.items())}, ending “{p.ending}”."
        for p in places
    ]
    seen = (
        f"Whether the authors would answer as you did: {' '.join(turned)}"
        if turned
        else "The authors' view is the same in all."
    )
    caption = f"{RULES} Luck and answers are the same. {seen}"
    alt = f"Scores of 0 to 100 for each organisation. {' '.join(words)} {seen}"
    return LessonFigure(_title(places, aims), alt, caption, _dots(places, aims))


def _places(state: State) -> list[_Place]:
    found = []
    for name, variant in state.scenario.variants.items():
        try:
            end = replay(state.scenario, state.choices, state.seed, name, state.weights)
        except NotPossible:
            continue
        if end.ending is not None:
            scores = {aim: round(score) for aim, score in aim_scores(end).items()}
            found.append(_Place(name, plain(variant.label), end, scores, name == state.variant))
    return found


def _title(places: Sequence[_Place], aims: dict[str, str]) -> str:
    """The largest change of one aim from the player's own organisation to another."""
    mine = next(p for p in places if p.yours)
    other, aim = max(
        ((p, aim) for p in places if not p.yours for aim in aims),
        key=lambda x: abs(x[0].scores[x[1]] - mine.scores[x[1]]),
    )
    change = other.scores[aim] - mine.scores[aim]
    where = f"under “{other.label}”"
    if change == 0:
        return "The same answers come to the same in every organisation"
    way = "gain" if change > 0 else "lose"
    ending = f"and end in “{other.ending}”" if other.ending != mine.ending else "and end in the same place"
    return f"The same answers {way} {abs(change)} points of {aims[aim]} {where}, {ending}"


def _turned(state: State, places: Sequence[_Place]) -> list[str]:
    """A sentence for each decision of the run that the authors see otherwise in another organisation."""
    found = []
    here = replay(state.scenario, [], state.seed, state.variant, state.weights)
    for at, choice in enumerate(state.choices):
        if not choice.startswith("ask "):
            scene = current_scene(here)
            option = next(o for o in scene.options if f"{scene.id}.{o.id}" == choice)
            views = {p.label: _VIEW[option.key_in(p.name)] for p in places}
            if len(set(views.values())) > 1:
                groups = {view: [label for label, v in views.items() if v == view] for view in views.values()}
                told = ", ".join(f"{view} ({'; '.join(labels)})" for view, labels in groups.items())
                found.append(f"“{plain(scene.title)}”: {told}.")
        here = replay(state.scenario, state.choices[: at + 1], state.seed, state.variant, state.weights)
    return found


def _dots(places: Sequence[_Place], aims: dict[str, str]) -> str:
    """A row for each organisation, a mark for each aim, and a line between the marks."""
    with mpl.rc_context(STYLE):
        height = 1.3 + 0.75 * len(places)
        figure = Figure(figsize=(8.6, height))
        axis = figure.subplots()
        figure.subplots_adjust(left=0.4, right=0.97, top=1 - 0.55 / height, bottom=0.6 / height)
        for at, place in enumerate(places):
            values = list(place.scores.values())
            axis.plot([min(values), max(values)], [at, at], color=LINE, lw=4, alpha=0.45, solid_capstyle="butt")
            for mark, (aim, label) in zip(_MARKS, aims.items(), strict=False):
                fill = MARK if place.yours else "none"
                axis.plot(
                    [place.scores[aim]], [at], mark, ms=9, mfc=fill, mec=INK, mew=1.5, clip_on=False, zorder=3,
                    label=label if not at else None,
                )  # fmt: skip
        rows = ["\n".join(textwrap.wrap(f"{p.label}: “{p.ending}”", 44)) for p in places]
        axis.set_yticks(
            range(len(places)), [f"YOURS\n{r}" if p.yours else r for p, r in zip(places, rows, strict=True)]
        )
        axis.set_ylim(len(places) - 0.5, -0.5)
        axis.set_xlim(0, 100)
        axis.set_xlabel("Score of 100, more is better")
        figure.legend(
            [axis.plot([], [], mark, mfc="none", mec=INK, mew=1.5, ls="")[0] for mark in _MARKS[: len(aims)]],
            list(aims.values()), loc="upper right", ncols=len(aims), frameon=False, fontsize=10,
        )  # fmt: skip
        return themed_svg(figure)
