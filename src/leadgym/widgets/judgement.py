"""The form for judgement items: one situation at a time, real radio buttons, saved at each click."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython.display import display

from leadgym.marking.form import Form, Item
from leadgym.widgets.answers import AnswerFile
from leadgym.widgets.submit import headless
from leadgym.yamlfile import FileProblems, load

FALLBACK = "Run this cell to go on with the form; your answers are saved."


def judge(form: str | Path = "data/judgement.yaml") -> JudgementForm | None:
    """The form in ``form``, a path seen from the notebook's folder, with what was answered before."""
    try:
        return JudgementForm(load(Path(form), Form), Path.cwd())
    except FileProblems as problem:
        print(f"{problem}\nRun 'leadgym lab' again: it lays missing files and overwrites nothing of yours.")
        return None


class DoesNotFit(ValueError):
    """An answer that the form does not take, with what would fit. A notebook shows the sentence alone."""

    def _render_traceback_(self, *_: object) -> list[str]:
        return [str(self)]


class JudgementForm:
    """Ten or so situations, each with options to rate, a best one to pick and a confidence to state."""

    def __init__(self, form: Form, folder: Path) -> None:
        self.form = form
        self._file = AnswerFile(folder / f"{form.form}.answers.json", form.form)
        self.notice = self._file.read()
        self.at = next((place for place, item in enumerate(form.items) if not self.complete(item)), 0)
        """The place of the item on the screen, from 0: at first the first one that is not complete."""

    def answer(self) -> dict[str, Any]:
        """What has been answered: ``{item: {"ratings": {option: 1..5}, "best": option, "confidence": 0..1}}``."""
        known = {item.id for item in self.form.items}
        return {item: entry for item, entry in self._file.entries.items() if item in known}

    def rate(self, item: str, ratings: Mapping[str, int], best: str, confidence: float) -> None:
        """Answer one item without the screen. Raises DoesNotFit."""
        found = next((one for one in self.form.items if one.id == item), None)
        if found is None:
            raise DoesNotFit(f"There is no item '{item}'. There are: {', '.join(i.id for i in self.form.items)}.")
        options = [option.id for option in found.options]
        if not isinstance(ratings, Mapping) or set(ratings) != set(options) or not all(map(_fits, ratings.values())):
            raise DoesNotFit(f"'{item}' needs a rating from 1 to 5 for each of {', '.join(options)}.")
        if best not in options:
            raise DoesNotFit(f"The best option of '{item}' is one of {', '.join(options)}, not '{best}'.")
        if not isinstance(confidence, int | float) or not 1 / len(options) <= confidence <= 1:
            raise DoesNotFit(
                f"The confidence for '{item}' lies between {1 / len(options):.2f} (a guess) and 1 (certain)."
            )
        whole = {option: int(ratings[option]) for option in options}
        self.save(found, {"ratings": whole, "best": best, "confidence": float(confidence)})

    def entry(self, item: Item) -> dict[str, Any]:
        """What has been answered of one item, with ``ratings``; other parts may be missing."""
        found = self._file.entries.get(item.id, {})
        ratings = found.get("ratings")
        return {**found, "ratings": ratings if isinstance(ratings, dict) else {}}

    def complete(self, item: Item) -> bool:
        """Whether every part of the item is answered."""
        entry = self.entry(item)
        rated = all(option.id in entry["ratings"] for option in item.options)
        return rated and entry.get("best") is not None and entry.get("confidence") is not None

    def done(self) -> int:
        """How many items are complete."""
        return sum(self.complete(item) for item in self.form.items)

    def save(self, item: Item, entry: dict[str, Any]) -> None:
        """Take ``entry`` as what is answered of ``item``; ``notice`` says when it could not be written."""
        # Under the autograder answers made by code count, but the submitted folder is not written to.
        self.notice = self._file.put(item.id, entry, keep=not headless())

    def _ipython_display_(self) -> None:
        if headless():
            print(f"{self.form.title}: {self.done()} of {len(self.form.items)} items answered. {self.notice}".rstrip())
            return
        # Widgets take a while to import, and the autograder needs none.
        from leadgym.widgets.judgement_screen import JudgementScreen

        display({**JudgementScreen(self).root._repr_mimebundle_(), "text/plain": FALLBACK}, raw=True)


def _fits(rating: object) -> bool:
    return isinstance(rating, int | float) and not isinstance(rating, bool) and rating in (1, 2, 3, 4, 5)
