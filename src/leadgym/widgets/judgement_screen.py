"""The judgement form on the screen: real radio buttons and two buttons to go from one situation to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as w

from leadgym.marking.form import SCALE, Item
from leadgym.widgets.judgement import JudgementForm
from leadgym.widgets.prose import block, plain


class JudgementScreen:
    """The widgets of one form. The same few are used for every item."""

    def __init__(self, form: JudgementForm) -> None:
        self._form = form
        self._filling = False
        items = form.form.items
        most = max(len(item.options) for item in items)
        self._head, self._situation, self._state = w.HTML(), w.HTML(), w.HTML()
        self._texts = [w.HTML() for _ in range(most)]
        self._ratings = [
            w.RadioButtons(
                options=[(label, value) for value, label in SCALE],
                index=None,
                orientation="horizontal",
                layout=w.Layout(width="auto"),
            )
            for _ in range(most)
        ]
        self._rows = [w.VBox([t, r]) for t, r in zip(self._texts, self._ratings, strict=True)]
        self._best = w.RadioButtons(options=["A"], index=None, orientation="horizontal", layout=w.Layout(width="auto"))
        self._sure = w.RadioButtons(
            options=["25 %"], index=None, orientation="horizontal", layout=w.Layout(width="auto")
        )
        self._back = w.Button(description="Previous situation", layout=w.Layout(width="auto"))
        self._next = w.Button(description="Next situation", layout=w.Layout(width="auto"))
        for radio in (*self._ratings, self._best, self._sure):
            radio.observe(self._changed, names="index")
        self._back.on_click(lambda _: self._go(-1))
        self._next.on_click(lambda _: self._go(+1))
        self.root = w.VBox(
            [
                w.HTML(_STYLE),
                self._head,
                self._situation,
                *self._rows,
                w.HTML("<p class='lg-ask'>Which one would you choose?</p>"),
                self._best,
                w.HTML(f"<p class='lg-ask'>How sure are you that the {form.form.keyed_by} would choose it too?</p>"),
                self._sure,
                self._state,
                w.HBox([self._back, self._next]),
            ]
        )
        self.root.add_class("lg-judge")
        self._show()

    @property
    def _item(self) -> Item:
        return self._form.form.items[self._form.at]

    def _go(self, step: int) -> None:
        self._form.at = (self._form.at + step) % len(self._form.form.items)
        self._show()

    def _show(self) -> None:
        form, item = self._form, self._item
        entry, count = form.entry(item), len(form.form.items)
        ratings = entry["ratings"]
        self._filling = True
        self._head.value = f"<h3 tabindex='-1'>Situation {form.at + 1} of {count}</h3>"
        self._situation.value = f"<div class='lg-prose'>{block(item.situation)}</div>"
        for place, row in enumerate(self._rows):
            shown = place < len(item.options)
            row.layout.display = "" if shown else "none"
            if shown:
                option = item.options[place]
                self._texts[
                    place
                ].value = f"<p class='lg-option'><strong>{_letter(place)}.</strong> {plain(option.text)}</p>"
                self._ratings[place].index = _index([value for value, _ in SCALE], ratings.get(option.id))
        ids = [option.id for option in item.options]
        self._best.options = [(_letter(place), option) for place, option in enumerate(ids)]
        self._best.index = _index(ids, entry.get("best"))
        steps = _confidences(len(ids))
        self._sure.options = [(f"{round(100 * step)} %", step) for step in steps]
        self._sure.index = _index(steps, entry.get("confidence"))
        self._filling = False
        self._tell()

    def _tell(self) -> None:
        form, count = self._form, len(self._form.form.items)
        here = (
            "This situation is answered." if form.complete(self._item) else _lacking(form.entry(self._item), self._item)
        )
        notice = f"<p><strong>{plain(form.notice)}</strong></p>" if form.notice else ""
        self._state.value = f"<div role='status'>{notice}<p>{here} {form.done()} of {count} answered.</p></div>"

    def _changed(self, _change: object) -> None:
        if self._filling:
            return
        item = self._item
        ratings = {
            option.id: self._ratings[place].value
            for place, option in enumerate(item.options)
            if self._ratings[place].index is not None
        }
        entry: dict[str, Any] = {"ratings": ratings}
        if self._best.index is not None:
            entry["best"] = self._best.value
        if self._sure.index is not None:
            entry["confidence"] = self._sure.value
        self._form.save(item, entry)
        self._tell()


def _letter(place: int) -> str:
    return "ABCDEFGH"[place]


def _confidences(options: int) -> list[float]:
    """From a guess to certainty, in six steps."""
    guess = 1 / options
    return [round(guess + (1 - guess) * step / 5, 2) for step in range(6)]


def _index(values: list[Any], value: Any) -> int | None:
    return values.index(value) if value in values else None


def _lacking(entry: Mapping[str, Any], item: Item) -> str:
    rated = len(entry["ratings"])
    lacks = []
    if rated < len(item.options):
        left = len(item.options) - rated
        lacks.append(f"{left} rating{'s' if left > 1 else ''}")
    if entry.get("best") is None:
        lacks.append("the best option")
    if entry.get("confidence") is None:
        lacks.append("how sure you are")
    return f"Still open here: {', '.join(lacks)}."


_STYLE = """<style>
.lg-judge { max-width: 56rem; }
.lg-judge .lg-prose, .lg-judge .lg-option { max-width: 70ch; line-height: 1.5; white-space: normal; }
.lg-judge .lg-option { margin: .9rem 0 .1rem; }
.lg-judge .lg-ask { font-weight: 600; margin: 1.1rem 0 0; }
.lg-judge .widget-radio-box { flex-flow: row wrap; gap: .25rem 1.4rem; height: auto; }
.lg-judge .widget-radio-box label { width: auto; height: auto; line-height: 1.6; }
.lg-judge .widget-radio { height: auto; }
.lg-judge input:focus-visible, .lg-judge button:focus-visible {
  outline: 3px solid var(--jp-brand-color1); outline-offset: 2px;
}
</style>"""
