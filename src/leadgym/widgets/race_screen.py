"""The race's widgets: two policies, the luck, an absence, and the week one looks at."""

from __future__ import annotations

import html
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from leadgym.widgets import race_words as words
from leadgym.widgets.race_figure import race_figure

if TYPE_CHECKING:
    from leadgym.widgets.race import Race

_STOPPED = "You stopped the race. Press “Run the quarter” for another one."


class RaceScreen:
    """Everything on screen for one race. Nothing is kept when the notebook is closed."""

    def __init__(self, race: Race, names: tuple[str, str], away: int) -> None:
        from leadgym.widgets.race import AWAY_WEEKS, STALE

        self._race, self._luck, self._stale, self._away_weeks = race, 0, STALE, AWAY_WEEKS
        options = [one.name for one in race.entries]
        self._first = w.Dropdown(options=options, value=names[0], description="Race")
        self._second = w.Dropdown(options=options, value=names[1], description="against")
        self._run = w.Button(description="Run the quarter", tooltip="", _dom_classes=("leadgym-race-run",))
        self._other_luck = w.Button(description="Other luck", tooltip="")
        last = max(1, race.weeks - AWAY_WEEKS + 1)
        times = [("nobody is away", 0), *((f"you, from week {week}", week) for week in range(1, last + 1))]
        if away > last:
            times.append((f"you, from week {away}", away))
        self._away = w.SelectionSlider(
            options=times, value=away, description="Away for four weeks", continuous_update=False
        )
        self._week = w.IntSlider(
            value=race.weeks,
            min=1,
            max=race.weeks,
            description="Watch up to week",
            continuous_update=False,
            _dom_classes=("leadgym-race-week",),
        )
        self._next = w.Button(description="Next week", tooltip="")
        self._note = f"leadgym-stale-{secrets.token_hex(6)}"
        here = Path(__file__)
        style = here.with_name("race.css").read_text(encoding="utf-8")
        style += f".{self._note} {{ display: none; }}"
        css = w.HTML(f"<style>{style}</style>", _dom_classes=("leadgym-race-css",))
        script = {"application/javascript": here.with_name("race.js").read_text(encoding="utf-8"), "text/plain": ""}
        names_handles = w.Output(
            outputs=({"output_type": "display_data", "data": script, "metadata": {}},),
            _dom_classes=("leadgym-race-css",),
        )
        self._said, self._picture, self._below = w.HTML(), w.HTML(), w.HTML()
        picks = w.HBox([self._first, self._second, self._run, self._other_luck])
        times_ = w.HBox([self._away, self._week, self._next])
        for row in (picks, times_):
            row.add_class("leadgym-race-controls")
        self.root = w.VBox(
            [css, names_handles, picks, times_, self._said, self._picture, self._below], _dom_classes=("leadgym-race",)
        )
        self._listen()
        self._show()

    def bundles(self, said: str) -> list[dict[str, Any]]:
        """What a cell shows: the note for later days, then the race; ``said`` where there are no widgets."""
        note = f'<p class="{self._note}">{html.escape(self._stale)}</p>'
        return [
            {"text/html": note, "text/plain": self._stale},
            {**self.root._repr_mimebundle_(), "text/plain": said},
        ]

    def _listen(self) -> None:
        self._run.on_click(lambda _: self._show())
        self._other_luck.on_click(lambda _: self._deal())
        self._next.on_click(lambda _: self._forward())
        self._away.observe(lambda _: self._show(), "value")
        self._week.observe(lambda _: self._show(), "value")
        for pick in (self._first, self._second):
            pick.observe(lambda _: self._picked(), "value")

    def _picked(self) -> None:
        self._tell("Press “Run the quarter”.")

    def _deal(self) -> None:
        self._luck += 1
        self._show()

    def _forward(self) -> None:
        """One week on; from the last, back to the first."""
        self._week.value = self._week.value % self._race.weeks + 1

    def _tell(self, *sentences: str) -> None:
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
        self._said.value = f'<div role="status" class="leadgym-race-problems">{said}</div>' if said else ""

    def _show(self) -> None:
        names = (self._first.value, self._second.value)
        if names[0] == names[1]:
            self._tell(f"Both are “{names[0]}”. Pick two different ones.")
            return
        away, week = self._away.value, self._week.value
        try:
            one, other = self._race.standings(names, away, self._luck)
        except KeyboardInterrupt:
            self._tell(_STOPPED)
            return
        self._tell(*self._race.remarks([one, other]))
        self._picture.value = race_figure(one, other, week, away, self._away_weeks)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in words.weekly(one, other)
        )
        heads = "".join(
            f'<th scope="col">{html.escape(name)}</th>'
            for name in ("week", *(f"{what}, {each.name}" for what in ("value", "incidents") for each in (one, other)))
        )
        self._below.value = (
            f"{words.table(one, other, week)}"
            f'<p class="leadgym-race-small">{html.escape(" ".join(self._race.who(names)))}</p>'
            f'<p class="leadgym-race-small">{html.escape(words.conditions(one, away))} {words.NOT_A_FORECAST}</p>'
            "<details><summary>The quarter week by week, as a table</summary>"
            f'<table class="leadgym-race-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>'
        )
