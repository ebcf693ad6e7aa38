"""The form for judgement items: one situation at a time, real radio buttons, saved at each click."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipywidgets as w

from leadgym.marking.form import Form, Item
from leadgym.widgets.answers import AnswerFile
from leadgym.widgets.prose import block, plain
from leadgym.widgets.submit import headless
from leadgym.yamlfile import FileProblems, load

SCALE = ((1, "1 makes things worse"), (2, "2"), (3, "3 no real difference"), (4, "4"), (5, "5 works well"))
FALLBACK = "Run this cell to go on with the form; your answers are saved."


def judge(form: str | Path = "data/judgement.yaml") -> JudgementForm | None:
    """The form in ``form``, a path seen from the notebook's folder, with what was answered before."""
    try:
        return JudgementForm(load(Path(form), Form), Path.cwd())
    except FileProblems as problem:
        print(f"{problem}\nRun 'leadgym lab' again: it lays missing files and overwrites nothing of yours.")
        return None


class JudgementForm:
    """Ten or so situations, each with options to rate, a best one to pick and a confidence to state."""

    def __init__(self, form: Form, folder: Path) -> None:
        self.form = form
        self._file = AnswerFile(folder / f"{form.form}.answers.json", form.form)
        self.notice = self._file.read()
        self._at = next((i for i, item in enumerate(form.items) if not self.complete(item)), 0)
        self._screen: _Screen | None = None

    def answer(self) -> dict[str, Any]:
        """What has been answered: ``{item: {"ratings": {option: 1..5}, "best": option, "confidence": 0..1}}``."""
        known = {item.id for item in self.form.items}
        return {item: entry for item, entry in self._file.entries.items() if item in known}

    def rate(self, item: str, ratings: Mapping[str, int], best: str, confidence: float) -> None:
        """Answer one item without the screen. Raises ValueError with what would fit."""
        found = next((one for one in self.form.items if one.id == item), None)
        if found is None:
            raise ValueError(f"There is no item '{item}'. There are: {', '.join(i.id for i in self.form.items)}.")
        options = [option.id for option in found.options]
        if set(ratings) != set(options) or not all(r in (1, 2, 3, 4, 5) for r in ratings.values()):
            raise ValueError(f"'{item}' needs a rating from 1 to 5 for each of {', '.join(options)}.")
        if best not in options:
            raise ValueError(f"The best option of '{item}' is one of {', '.join(options)}, not '{best}'.")
        if not 1 / len(options) <= confidence <= 1:
            raise ValueError(
                f"The confidence for '{item}' lies between {1 / len(options):.2f} (a guess) and 1 (certain)."
            )
        self._save(found, {"ratings": dict(ratings), "best": best, "confidence": float(confidence)})

    def entry(self, item: Item) -> dict[str, Any]:
        """What has been answered of one item; parts may be missing."""
        found = self._file.entries.get(item.id)
        return dict(found) if isinstance(found, dict) else {}

    def complete(self, item: Item) -> bool:
        """Whether every part of the item is answered."""
        entry = self.entry(item)
        ratings = entry.get("ratings")
        rated = isinstance(ratings, dict) and all(option.id in ratings for option in item.options)
        return rated and entry.get("best") is not None and entry.get("confidence") is not None

    def done(self) -> int:
        """How many items are complete."""
        return sum(self.complete(item) for item in self.form.items)

    def _save(self, item: Item, entry: dict[str, Any]) -> None:
        # Under the autograder answers made by code count, but the submitted folder is not written to.
        self.notice = self._file.put(item.id, entry, keep=not headless())

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if headless():
            print(f"{self.form.title}: {self.done()} of {len(self.form.items)} items answered.")
            return
        self._screen = _Screen(self)
        bundle = self._screen.root._repr_mimebundle_()
        display({**bundle, "text/plain": FALLBACK}, raw=True)


class _Screen:
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
                w.HTML("<p class='lg-ask'>How sure are you that the authors would choose it too?</p>"),
                self._sure,
                self._state,
                w.HBox([self._back, self._next]),
            ]
        )
        self.root.add_class("lg-judge")
        self._show()

    @property
    def _item(self) -> Item:
        return self._form.form.items[self._form._at]

    def _go(self, step: int) -> None:
        self._form._at = (self._form._at + step) % len(self._form.form.items)
        self._show()

    def _show(self) -> None:
        form, item = self._form, self._item
        entry, count = form.entry(item), len(form.form.items)
        ratings = entry.get("ratings", {})
        self._filling = True
        self._head.value = f"<h3 tabindex='-1'>Situation {form._at + 1} of {count}</h3>"
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
        self._form._save(item, entry)
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
    rated = len(entry.get("ratings", {}))
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
