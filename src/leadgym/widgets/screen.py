"""The player's widgets: built once per player, brought up to date after every press."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from leadgym.scenario.engine import NotPossible, State, current_scene, open_options, open_questions, tell
from leadgym.widgets import debrief, pages
from leadgym.widgets.model_said import model_transcript
from leadgym.widgets.prose import clock, inline, plain

if TYPE_CHECKING:
    from leadgym.widgets.player import Player

# One story action and what stands on its button.
Action = tuple[str, str]


class Buttons(w.VBox):  # type: ignore[misc]
    """Real buttons, one below the other. Each keeps its own action, so that a late click cannot mean another."""

    def __init__(self, press: Callable[[str], object], *classes: str) -> None:
        super().__init__(_dom_classes=("leadgym-buttons", *classes))
        self._press = press
        self._actions: list[Action] = []
        self._shown: tuple[Any, ...] = ()
        self._layout, self._style = w.Layout(), w.ButtonStyle()

    def offer(self, actions: Sequence[Action]) -> None:
        """Show one button per ``(action, text)``; the old ones stay when nothing differs."""
        if list(actions) == self._actions:
            return
        old = self._shown
        self._actions = list(actions)
        self.children = self._shown = tuple(self._button(action, text) for action, text in actions)
        for button in old:
            button.close()

    def _button(self, action: str, text: str) -> Any:
        button = w.Button(description=text, tooltip="", layout=self._layout, style=self._style)
        button.on_click(lambda _: self._press(action))
        return button


class Screen:
    """Everything on screen for one player. ``refresh`` reads the player; presses go back to it."""

    def __init__(self, player: Player, stale: str) -> None:
        self._player, self._stale, self._filling = player, stale, False
        scenario = player.scenario
        files = Path(__file__)
        script = files.with_name("player.js").read_text(encoding="utf-8")
        style = files.with_name("player.css").read_text(encoding="utf-8")
        name = html.escape(plain(scenario.title), quote=True)
        # Widgets do not survive reopening, this note does: it shows where the style that hides it is gone.
        self._note = f"leadgym-stale-{secrets.token_hex(6)}"
        style += f".{self._note} {{ display: none; }}"
        self._css = _page("leadgym-css", f'<style>{style}</style><span data-leadgym-name="{name}"></span>')
        self._script = w.Output(outputs=(_run(script),), _dom_classes=("leadgym-script",))
        self._notice, self._live = _page("leadgym-notice"), _page("leadgym-live")

        self._premise = _page("leadgym-premise")
        self._weights = {name: _weight(plain(aim.label)) for name, aim in scenario.aims.items()}
        for name, box in self._weights.items():
            box.observe(lambda change, name=name: self._weigh(name, change["new"]), "value")
        self._shares = _page("leadgym-shares")
        self._variant = w.RadioButtons(
            options=[(plain(v.label), v_name) for v_name, v in scenario.variants.items()],
            _dom_classes=("leadgym-variant",),
        )
        self._variant.observe(lambda change: self._place(change["new"]), "value")
        self._start = Buttons(lambda _: player.start(), "leadgym-start-button")
        self._opening = w.VBox([self._premise, *self._declare(), self._start], _dom_classes=("leadgym-start",))

        self._heading, self._scene = _page("leadgym-heading"), _page("leadgym-scene")
        self._intro, self._answers = _page("leadgym-intro"), _page("leadgym-answers")
        self._asks = Buttons(self._choose, "leadgym-asks")
        self._question, self._keys = _page("leadgym-question"), _page("leadgym-keys")
        self._closing = _page("leadgym-closing")
        self._options = Buttons(self._choose, "leadgym-options")
        scene = [self._heading, self._scene, self._intro, self._asks, self._answers, self._question]
        main = w.VBox([*scene, self._options, self._keys, self._closing], _dom_classes=("leadgym-main",))
        self._side = _page("leadgym-side")
        self._columns = w.HBox([main, self._side], _dom_classes=("leadgym-columns",))

        self._compared, self._reach = _page("leadgym-debrief"), _page("leadgym-debrief")
        self._measure = Buttons(lambda _: self._measured(), "leadgym-again")
        self._said, self._transcript = _page("leadgym-debrief"), _page("leadgym-transcript")
        self._story, self._back_title = _page("leadgym-story-page"), _page()
        self._returns = Buttons(player.back_to, "leadgym-returns")
        self._again = Buttons(lambda _: player.again(), "leadgym-again")
        result = [self._compared, self._measure, self._reach, self._said]
        onward = [self._back_title, self._returns, self._again, self._story, self._transcript]
        foot = w.VBox([*result, *onward], _dom_classes=("leadgym-foot",))
        self._playing = w.VBox([self._columns, foot])
        self.root = w.VBox(
            [self._css, self._script, self._notice, self._live, self._opening, self._playing],
            _dom_classes=("leadgym-player",),
        )

    def bundles(self) -> list[dict[str, Any]]:
        """What a cell shows: the note for later days, then the player."""
        note = f'<p class="{self._note}">{html.escape(self._stale)}</p>'
        view = self.root._repr_mimebundle_()
        return [{"text/html": note, "text/plain": self._stale}, {**view, "text/plain": self._stale}]

    def _declare(self) -> list[Any]:
        """What is declared before playing: the aims' weights and, where there are some, the organisation."""
        scenario, parts = self._player.scenario, []
        if self._weights:
            aims = "".join(
                f"<li><b>{html.escape(plain(aim.label))}</b>: {inline(aim.about)}</li>"
                for aim in scenario.aims.values()
            )
            said = (
                f'<div class="leadgym-prose"><p>The end is measured against what you say now.</p><ul>{aims}</ul></div>'
            )
            parts.append(_page("leadgym-declare", f"<h4>Before you play: what matters how much?</h4>{said}"))
            parts += [*self._weights.values(), self._shares]
        if scenario.variants:
            about = "".join(
                f"<li><b>{html.escape(plain(v.label))}</b>: {inline(v.about)}</li>" for v in scenario.variants.values()
            )
            parts.append(
                _page(
                    "leadgym-declare",
                    f'<h4>Where do you play it?</h4><div class="leadgym-prose"><ul>{about}</ul></div>',
                )
            )
            parts.append(self._variant)
        return parts

    def _choose(self, choice: str) -> None:
        # A press that comes late, for a scene the story has left, means nothing.
        with suppress(NotPossible):
            self._player.choose(choice)

    def _weigh(self, aim: str, weight: int) -> None:
        """A number was typed: of two aims, the other gets the rest of the hundred."""
        weights = {name: box.value for name, box in self._weights.items()} | {aim: weight}
        if len(weights) == 2:
            weights = {name: weight if name == aim else 100 - weight for name in weights}
        if not self._filling:
            self._player.propose(**weights)

    def _place(self, variant: str | None) -> None:
        if variant and variant != self._player.run.variant:
            self._player.variant(variant)

    def refresh(self) -> None:
        """Bring every part up to date with the player's state."""
        player = self._player
        states, playing = player.states, player.started
        _say(self._notice, f"<p>{html.escape(player.notice)}</p>" if player.notice else "")
        _show(self._opening, not playing)
        _show(self._playing, playing)
        if not playing:
            self._refresh_opening()
            return
        # Said anew before the next run, so that its heading takes the focus.
        _say(self._premise, "")
        state = states[-1]
        at_scene = state.scene is not None
        options = _options(state) if at_scene else []
        _say(self._heading, pages.heading(state))
        _say(self._scene, pages.scene_text(state))
        _say(self._intro, pages.questions_intro(state) if at_scene else "")
        self._asks.offer(_asks(state) if at_scene else [])
        _say(self._answers, pages.asked(state) if at_scene else "")
        question = tell(state, current_scene(state).question) if at_scene else ""
        _say(self._question, inline(question) if question else "")
        self._options.offer(options)
        _say(self._keys, _keys(len(options)) if at_scene else "")
        _say(self._side, pages.meters(states))
        _say(self._story, pages.story_so_far(states))
        _say(self._live, html.escape(pages.announcement(states, len(options))))
        self._refresh_foot(states)

    def _refresh_opening(self) -> None:
        _say(self._premise, pages.premise(self._player.state))
        weights = self._player.proposed
        self._filling = True
        for name, box in self._weights.items():
            box.value = weights[name]
        self._filling = False
        total = sum(weights.values())
        shares = [100 * weight / total if total else 100 / len(weights) for weight in weights.values()]
        bars = "".join(f'<i style="width:{share:.0f}%"></i>' for share in shares)
        words = ", ".join(
            f"{html.escape(plain(aim.label))} {share:.0f} %"
            for aim, share in zip(self._player.scenario.aims.values(), shares, strict=True)
        )
        _say(self._shares, f'<div class="leadgym-share" aria-hidden="true">{bars}</div><p>{words}</p>')
        if self._variant.options:
            self._variant.value = self._player.run.variant
        self._start.offer([("start", "Start")])
        self._options.offer([])

    def _refresh_foot(self, states: Sequence[State]) -> None:
        state = states[-1]
        over = state.scene is None
        decided = pages.decisions(state)
        returns = []
        for scene in decided if over else decided[-1:]:
            found = pages.scene_named(state.scenario, scene)
            returns.append((scene, f"Go back to “{clock(found.when, found.title)}”"))
        _say(self._back_title, _BACK if over else "")
        self._returns.offer(returns)
        self._again.offer([("again", "Play again with other luck")] if over else [])
        self._measure.offer(
            [("reach", "Show how far any road could have gone")] if over and state.scenario.aims else []
        )
        _say(self._reach, "")
        if not over:
            for page in (self._closing, self._compared, self._said, self._transcript):
                _say(page, "")
            return
        _say(self._closing, debrief.closing(state))
        _say(self._compared, debrief.compared(state))
        _say(self._said, debrief.authors(states) + debrief.questions(state))
        name = f"{state.scenario.scenario}.txt"
        _say(self._transcript, debrief.transcript_page(self._player.transcript() + model_transcript(state), name))

    def _measured(self) -> None:
        """Every road is tried, which takes a second in a long story: only when asked for."""
        _say(self._reach, f'<div tabindex="-1" data-leadgym-focus>{debrief.reach(self._player.state)}</div>')
        self._measure.offer([])


_BACK = (
    '<h4>Another road</h4><p class="leadgym-prose">Go back to any decision and take another road with the same luck. '
    "This run is kept.</p>"
)


def _options(state: State) -> list[Action]:
    return [
        (f"{state.scene}.{option.id}", f"{number}. {plain(tell(state, option.text))}")
        for number, option in enumerate(open_options(state), 1)
    ]


def _asks(state: State) -> list[Action]:
    return [
        (f"ask {state.scene}.{question.id}", plain(tell(state, question.text))) for question in open_questions(state)
    ]


def _keys(count: int) -> str:
    if count == 0:
        return ""
    digits = "Key 1 chooses" if count == 1 else f"Keys 1 {'and' if count == 2 else 'to'} {min(count, 9)} choose"
    return f"{digits} while the focus is in the player. Tab moves on, Enter presses. Every choice is saved."


def _page(name: str = "", text: str = "") -> Any:
    return w.HTML(value=text, _dom_classes=(name,) if name else ())


def _weight(label: str) -> Any:
    return w.BoundedIntText(value=50, min=0, max=100, step=5, description=label, _dom_classes=("leadgym-weight",))


def _say(page: Any, text: str) -> None:
    """New text in a page; an empty one takes no room."""
    if text:
        _show(page, True)
    if page.value != text:
        page.value = text
    if not text:
        _show(page, False)


def _show(part: Any, visible: bool) -> None:
    if visible:
        part.remove_class("leadgym-hidden")
    else:
        part.add_class("leadgym-hidden")


def _run(script: str) -> dict[str, Any]:
    data = {"application/javascript": script, "text/plain": ""}
    return {"output_type": "display_data", "data": data, "metadata": {}}
