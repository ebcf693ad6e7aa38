"""The lessons' figures: what a story's own rules make of the learner's run. Each shows itself and puts itself in words.

None of their numbers is research: they come from the scenario's rules, played by the engine, and the caption says so.
"""

from __future__ import annotations

import html
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Protocol

import matplotlib as mpl
from matplotlib.figure import Figure

from leadgym.scenario.engine import State, advance, begin, format_value, open_options, open_questions, tell, value
from leadgym.scenario.model import Derived, Scenario, Variable
from leadgym.scenario.outcome import Branch, branches, every_road
from leadgym.tools.themed import INK, LINE, MARK, STYLE, themed_svg
from leadgym.widgets.prose import plain

RULES = "Computed from the story's own rules. Somebody wrote those rules: they are an opinion, not research."
_END = "end"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LINES: tuple[dict[str, Any], ...] = (
    {"color": INK, "lw": 2, "marker": "o", "ms": 5},
    {"color": LINE, "lw": 1.5, "ls": "--", "marker": "s", "ms": 5, "mfc": "none"},
)


class Played(Protocol):
    """What a figure needs of a player: where its run stands."""

    @property
    def state(self) -> State:
        """Where the story stands."""


@dataclass(frozen=True, slots=True)
class LessonFigure:
    """A figure as a notebook shows it: its takeaway as title, all of it in words, and where its numbers come from."""

    title: str
    alt: str
    caption: str
    svg: str

    def _repr_html_(self) -> str:
        return (
            '<figure style="margin:12px 0;max-width:860px"><figcaption style="font-size:1.1em;font-weight:600">'
            f"{html.escape(self.title)}</figcaption>"
            f'<div role="img" aria-label="{html.escape(f"{self.title}. {self.alt}")}">{self.svg}</div>'
            f'<p style="font-size:.9em">{html.escape(self.caption)}</p></figure>'
        )

    def __repr__(self) -> str:
        return f"{self.title}.\n{self.alt}\n{self.caption}"


@dataclass(frozen=True, slots=True)
class NotYet:
    """What stands in a figure's place until the story has been played to its end."""

    sentence: str = "Play the story to its end, then run this cell again: the figure is drawn from your own run."

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.sentence)}</p>"

    def __repr__(self) -> str:
        return self.sentence


def over_time(game: Played, cost: str, gain: str) -> LessonFigure | NotYet:
    """When the run paid in ``cost`` and when it came back in ``gain``, beside a road with another first choice.

    The other road has the same luck and differs at the scene the story's debrief compares; of its options the one that
    ends farthest from the run in ``gain`` is shown.
    """
    state = game.state
    if state.ending is None:
        return NotYet()
    scenario = state.scenario
    mine, other = _two_roads(state, gain)
    courses = [_course(mine.state), _course(other.state)]
    places = [place for place in _places(scenario) if any(place in course for course in courses)]
    calls = [f"{name}: {_option(branch)}" for name, branch in (("Your run", mine), ("Same luck", other))]
    words = []
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 5))
        panels = figure.subplots(2, 1, sharex=True)
        figure.subplots_adjust(left=0.11, right=0.97, top=0.84, bottom=0.13, hspace=0.4)
        for axis, name in zip(panels, (cost, gain), strict=True):
            spec = _spec(scenario, name)
            for course, call, line in zip(courses, calls, _LINES, strict=True):
                at = [i for i, place in enumerate(places) if place in course]
                axis.plot(at, [value(course[places[i]], name) for i in at], drawstyle="steps-post", label=call, **line)
                told = (f"{_when(scenario, places[i])} {_number(course[places[i]], name)}" for i in at)
                words.append(f"{spec.label}. {call} {'; '.join(told)}.")
            axis.set_title(spec.label, loc="left", fontsize=10)
            axis.set_ylabel(_scale(spec).replace(", ", "\n"))
            axis.margins(y=0.2)
        days = ["\n".join(_when(scenario, place).replace(",", "").rsplit(" ", 2)) for place in places]
        panels[1].set_xticks(range(len(places)), days, fontsize=9)
        shown = [textwrap.shorten(call, 100, placeholder=" ...") for call in calls]
        figure.legend(panels[0].lines, shown, loc="upper left", frameon=False, fontsize=10)
        svg = themed_svg(figure)
    return LessonFigure(_bill(courses[0], cost, gain), " ".join(words), f"{RULES} Both roads have the same luck.", svg)


def price(game: Played, cost: str, gain: str, enough: float) -> LessonFigure | NotYet:
    """What ``enough`` of ``gain`` costs: every way to play this luck that ends with it, beside those that do not.

    Plays thousands of roads, which takes a second or a few.
    """
    state = game.state
    if state.ending is None:
        return NotYet()
    spec, goal = _spec(state.scenario, cost), _spec(state.scenario, gain)
    without: list[float] = []
    with_it: list[float] = []
    for end in every_road(state):
        (with_it if value(end, gain) >= enough else without).append(value(end, cost))
    title = f"Of {len(without) + len(with_it):,} ways to play your luck, "
    if with_it:
        later = _digits(spec, min(with_it) - min(without + with_it))
        title += f"the quickest to {enough:g} or more {_lower(goal.label)} comes {later} {spec.unit} after the quickest"
    else:
        title += f"none ends with {enough:g} or more {_lower(goal.label)}"
    named = ((f"fewer than {enough:g}", without), (f"{enough:g} or more", with_it))
    rows = {f"{name}\n({len(numbers):,} ways)": numbers for name, numbers in named if numbers}
    yours = list(rows)[-1 if value(state, gain) >= enough else 0]
    svg = _bars(rows, yours, state, cost, goal.label)
    alt = _rows_in_words(rows, yours, state, cost)
    caption = f"{RULES} Bar: quickest to slowest; tick: the middle; diamond: your run."
    return LessonFigure(title, f"{goal.label}: {alt}", caption, svg)


def other_luck(game: Played, cost: str, lucks: int = 100) -> LessonFigure | NotYet:
    """The run's decisions under other luck, with each option of the scene the story's debrief compares."""
    state = game.state
    if state.ending is None:
        return NotYet()
    where = state.scenario.debrief.compare
    found: dict[str, list[float]] = defaultdict(list)
    for end in (_again(state, seed) for seed in range(1, lucks + 1)):
        for branch in branches(end, where) if end else []:
            found[branch.option.id].append(value(branch.state, cost))
    now = branches(state, where)
    rows = {"\n".join(textwrap.wrap(_option(branch), 46)): found[branch.option.id] for branch in now}
    yours = list(rows)[[branch.yours for branch in now].index(True)]
    spec = _spec(state.scenario, cost)
    tenths = quantiles(rows[yours], n=10, method="inclusive")
    title = (
        f"Your decisions under {len(rows[yours])} lucks: eight runs in ten end between {_digits(spec, tenths[0])} and "
        f"{_digits(spec, tenths[-1])} {spec.unit} {_lower(spec.label)}; yours ended at {_number(state, cost)}"
    )
    svg = _bars(rows, yours, state, cost, "")
    caption = f"{RULES} Bar: luckiest to unluckiest; tick: the middle; diamond: your run. Later decisions are yours."
    return LessonFigure(title, _rows_in_words(rows, yours, state, cost), caption, svg)


def _two_roads(state: State, gain: str) -> tuple[Branch, Branch]:
    found = branches(state, state.scenario.debrief.compare)
    others = [branch for branch in found if not branch.yours]
    farthest = max(others, key=lambda b: (abs(value(b.state, gain) - value(state, gain)), b.option.id))
    return next(branch for branch in found if branch.yours), farthest


def _course(end: State) -> dict[str, State]:
    """The states in which a run came to each of its decisions and to its end, by scene."""
    here = begin(end.scenario, end.seed, end.variant, end.weights)
    found = {str(here.scene): here}
    for choice in end.choices:
        here = advance(here, choice)
        found.setdefault(here.scene or _END, here)
    return found


def _again(state: State, seed: int) -> State | None:
    """The same choices under another seed, without questions that nobody can be asked there; None where they stop."""
    here = begin(state.scenario, seed, state.variant, state.weights)
    for choice in state.choices:
        asking, place = choice.startswith("ask "), choice.removeprefix("ask ")
        offered = open_questions(here) if asking and here.scene else open_options(here) if here.scene else []
        if place in {f"{here.scene}.{entry.id}" for entry in offered}:
            here = advance(here, choice)
        elif not asking:
            return None
    return here if here.ending else None


def _bill(course: Mapping[str, State], cost: str, gain: str) -> str:
    """The takeaway of a run over time: its worst point in ``cost``, and when ``gain`` came to where it ends."""
    places, end = list(course), course[_END]
    spec, goal = _spec(end.scenario, cost), _spec(end.scenario, gain)
    worst = max(places, key=lambda place: value(course[place], cost))
    first, last = _number(course[places[0]], gain), _number(end, gain)
    most = f"{_number(course[worst], cost)} {spec.unit} {_lower(spec.label)}"
    bill = f"Never more than {most}" if worst == places[0] else f"At the worst {most}, {_by(end.scenario, worst)}"
    if first == last:
        return f"{bill}; still {last} {_lower(goal.label)} at the end"
    since = next(place for place in places if _number(course[place], gain) == last)
    return f"{bill}; from {first} to {last} {_lower(goal.label)}, {_by(end.scenario, since)}"


def _bars(rows: Mapping[str, Sequence[float]], yours: str, state: State, cost: str, what: str) -> str:
    """A bar from least to most for each row, a tick at its median, and a diamond where the run ended."""
    spec = _spec(state.scenario, cost)
    with mpl.rc_context(STYLE):
        height = 1.1 + sum(0.5 + 0.14 * label.count("\n") for label in rows)
        figure = Figure(figsize=(8.6, height))
        axis = figure.subplots()
        left = 0.4 if max(len(line) for label in rows for line in label.split("\n")) > 20 else 0.16
        figure.subplots_adjust(left=left, right=0.97, top=1 - 0.3 / height, bottom=0.6 / height)
        for at, (label, numbers) in enumerate(rows.items()):
            axis.plot([min(numbers), max(numbers)], [at, at], color=LINE, lw=6, alpha=0.45, solid_capstyle="butt")
            axis.plot([median(numbers)] * 2, [at - 0.18, at + 0.18], color=INK, lw=2)
            if label == yours:
                axis.plot([value(state, cost)], [at], "D", ms=9, mfc=MARK, mec=INK, mew=1.5, clip_on=False, zorder=3)
        axis.set_yticks(range(len(rows)), [f"YOURS\n{label}" if label == yours else label for label in rows])
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.axvline(0, color=LINE, lw=0.8, ls=(0, (1, 3)))
        axis.set_xlabel(f"{spec.label} ({_scale(spec)})")
        axis.set_title(what, loc="left", fontsize=10)
        return themed_svg(figure)


def _rows_in_words(rows: Mapping[str, Sequence[float]], yours: str, state: State, cost: str) -> str:
    spec = _spec(state.scenario, cost)
    return " ".join(
        f"{'Yours, ' if label == yours else ''}{' '.join(label.split())}: {_digits(spec, min(numbers))} to "
        f"{_digits(spec, max(numbers))} {spec.unit}, the middle {_digits(spec, median(numbers))}"
        f"{f', your run {_number(state, cost)}' if label == yours else ''}."
        for label, numbers in rows.items()
    )


def _spec(scenario: Scenario, name: str) -> Variable | Derived:
    return scenario.variables.get(name) or scenario.derived[name]


def _places(scenario: Scenario) -> list[str]:
    return [*(scene.id for scene in scenario.scenes), _END]


def _when(scenario: Scenario, place: str) -> str:
    return next((scene.when for scene in scenario.scenes if scene.id == place), "The end")


def _by(scenario: Scenario, place: str) -> str:
    when = _when(scenario, place).partition(",")[0]
    return "at the end" if place == _END else f"by {when if when.startswith(_DAYS) else _lower(when)}"


def _option(branch: Branch) -> str:
    return plain(tell(branch.state, branch.option.text))


def _scale(spec: Variable | Derived) -> str:
    better = {"high": "more is better", "low": "less is better", "none": ""}[spec.better]
    return ", ".join(part for part in (spec.unit or "number", better) if part)


def _number(state: State, name: str) -> str:
    return format_value(state, name).replace("-", "\N{MINUS SIGN}")


def _digits(spec: Variable | Derived, number: float) -> str:
    shown = f"{number:.{spec.digits}f}"
    return (shown.removeprefix("-") if float(shown) == 0 else shown).replace("-", "\N{MINUS SIGN}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
