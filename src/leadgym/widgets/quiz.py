"""The quiz on the screen: one question at a time, a real button for each option, and what was said as text.

It holds no keys: ``talk`` puts a question to ``leadgym quiz`` in a process of its own, and gets its words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as w

from leadgym.marking.quiz import first_words, tally
from leadgym.widgets.prose import plain

Talk = Callable[[Sequence[str]], dict[str, Any]]


class QuizRefused(Exception):
    """What the command says when it cannot go on, a sentence for the learner."""


class QuizScreen:
    """The widgets. ``talk(["--json"])`` gives what is due, ``talk(["--answer", name, option])`` what the key says."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._head, self._said = w.HTML(), w.HTML()
        self._options, self._next = w.VBox(), w.Button(description="Next question", layout=w.Layout(width="auto"))
        self._next.on_click(lambda _: self._show())
        self.root = w.VBox([w.HTML(_STYLE), self._head, self._options, self._said, self._next])
        self.root.add_class("lg-quiz")
        self.transcript: list[str] = []
        """What was asked, chosen and said, as text."""
        self._left: list[dict[str, Any]] = []
        self._after: str | None = None
        self.right: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        """How many answers there were, and went with the key, by whose key it is."""
        try:
            found = talk(["--json"])
        except QuizRefused as refused:
            self._end(str(refused))
            return
        self._left, self._after = list(found["due"]), found["next"]
        self._many = len(self._left)
        self._show()

    def _show(self) -> None:
        self._said.value, self._next.layout.display = "", "none"
        if not self._left:
            self._end(self._closing())
            return
        one = self._left[0]
        place = f"{self._many - len(self._left) + 1} of {self._many}"
        self._head.value = f"<h3 tabindex='-1'>{place}, from {_safe(one['about'])}</h3><p>{_safe(one['text'])}</p>"
        self._options.children = tuple(self._button(name, text) for name, text in one["options"])
        self.transcript.append(f"{place}, from {one['about']}\n{one['text']}")

    def _button(self, name: str, text: str) -> w.Button:
        button = w.Button(description=plain(text), layout=w.Layout(width="auto", height="auto"))
        button.on_click(lambda _: self._choose(name, text))
        return button

    def _choose(self, name: str, text: str) -> None:
        if not self._left or self._next.layout.display != "none":
            return  # a second click on a question that is answered
        one = self._left[0]
        try:
            said = self._talk(["--answer", one["name"], name])
        except QuizRefused as refused:
            self._end(str(refused))
            return
        self._left.pop(0)
        self.asked[said["who"]] += 1
        self.right[said["who"]] += bool(said["right"])
        for button in self._options.children:
            button.disabled = True
        chosen = f"You chose: {text}"
        lines = [chosen, first_words(bool(said["right"]), said["who"]), *said["says"]]
        self.transcript += lines
        self._said.value = "<div role='status'>" + "".join(f"<p>{_safe(line)}</p>" for line in lines) + "</div>"
        self._next.description = "Next question" if self._left else "Finish"
        self._next.layout.display = ""

    def _closing(self) -> str:
        after = f"The next is due on {self._after}." if self._after else ""
        if not self.asked.total():
            return f"Nothing is due today. {after}".strip()
        return f"{tally(self.right, self.asked)} {after}".strip()

    def _end(self, sentence: str) -> None:
        self.transcript.append(sentence)
        self._head.value, self._options.children = f"<p role='status'>{_safe(sentence)}</p>", ()
        self._next.layout.display = "none"

    def __repr__(self) -> str:
        return "\n\n".join(self.transcript)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({**self.root._repr_mimebundle_(), "text/plain": "Run this cell to be asked."}, raw=True)


def _safe(text: str) -> str:
    return escape(plain(text))


_STYLE = """<style>
.lg-quiz { max-width: 56rem; }
.lg-quiz p { max-width: 70ch; line-height: 1.5; white-space: normal; }
.lg-quiz button { white-space: normal; text-align: left; line-height: 1.5; padding: .4rem .8rem; max-width: 70ch; }
.lg-quiz button:focus-visible { outline: 3px solid var(--jp-brand-color1); outline-offset: 2px; }
</style>"""
