"""Play in a terminal: plain text, numbered choices. ``read`` and ``write`` are passed in; nothing else is touched."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping

from leadgym.scenario.engine import (
    State,
    advance,
    begin,
    current_scene,
    open_options,
    open_questions,
    passages,
    replay,
    tell,
)
from leadgym.scenario.model import Scenario
from leadgym.scenario.transcript import ending_told, events_told, heading, opening, questions_left_told, transcript

WIDTH = 88
_EMPHASIS = re.compile(r"(\*\*|\*)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_ITEM = re.compile(r"(?:[-*] |\d+\. )")
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n|[-*>|] ?|\d+\. )")
_HEADING = re.compile(r"^#+ +", re.MULTILINE)


class _Quit(Exception):
    """The player has had enough, which is no error."""


def play(
    scenario: Scenario,
    read: Callable[[str], str],
    write: Callable[[str], object],
    seed: int | None = None,
    variant: str | None = None,
    weights: Mapping[str, int] | None = None,
) -> State | None:
    """Play ``scenario`` until the player stops: the last state, or None when the story never began.

    ``read(prompt)`` returns a line, as ``input`` does; its EOFError ends the play. ``write(text)`` shows a paragraph.
    What is given (``variant``, ``weights``) is not asked for. Raises NotPossible when what is given does not exist.
    """
    table = _Table(scenario, read, write)
    try:
        table.sit_down(seed, variant, weights)
        while True:
            table.turn()
    except (_Quit, EOFError, KeyboardInterrupt):
        table.say("You stop here.")
    return table.state


class _Table:
    """The player's place: what has been shown, and where the story stands."""

    def __init__(self, scenario: Scenario, read: Callable[[str], str], write: Callable[[str], object]) -> None:
        self.scenario, self._read, self._write = scenario, read, write
        self.state: State | None = None
        self._on_show = False

    def sit_down(self, seed: int | None, variant: str | None, weights: Mapping[str, int] | None) -> None:
        """Ask for what is not given, then tell the opening."""
        self.say(self.scenario.title)
        if variant is None and self.scenario.variants:
            self.say("Where does it happen?")
            self._numbered(f"{spec.label}. {spec.about}" for spec in self.scenario.variants.values())
            variant = list(self.scenario.variants)[self._number("Number: ", 1, len(self.scenario.variants)) - 1]
        before = begin(self.scenario, seed, variant, weights)
        self.say(*opening(before))
        self.say(*(f"{person.name}, {person.role}. {person.about}" for person in self.scenario.cast.values()))
        if weights is None and self.scenario.aims:
            weights = self._weights()
        self.state = begin(self.scenario, seed, variant, weights)
        self.say("Type the number of a choice. You can also type: back, transcript, quit.")
        self.say(*events_told(None, self.state))

    def turn(self) -> None:
        """Show what is open, read lines until one makes sense, and do what it says."""
        here = self.state
        assert here is not None, "sit_down comes first"  # noqa: S101
        choices = self._offer(here)
        numbers = f"a number from 1 to {len(choices)}, or: " if choices else ""
        while True:
            word = self._word("Your choice: ")
            number = _as_number(word)
            if number is not None and 1 <= number <= len(choices):
                self.state = advance(here, choices[number - 1])
                self._on_show = here.scene == self.state.scene
                self.say(*events_told(here, self.state))
                return
            if word == "transcript":
                self.say(*transcript(here).split("\n\n"))
                return
            if word == "back" and here.choices:
                self.state = replay(self.scenario, here.choices[:-1], here.seed, here.variant, here.weights)
                self._on_show = False
                self.say("You go back by one choice.", heading(self.state, str(self.state.scene)))
                return
            if word == "back":
                self.say("There is nothing to go back to yet.")
            else:
                self.say(f"'{word[:40]}' is not on offer. Type {numbers}back, transcript, quit.")

    def _offer(self, here: State) -> list[str]:
        """Show the scene (once) and what is open; the choices in the order of their numbers."""
        if here.scene is None:
            if not self._on_show:
                self.say(*ending_told(here), "The story has ended. Type: back, transcript, quit.")
            self._on_show = True
            return []
        scene, questions, options = current_scene(here), open_questions(here), open_options(here)
        if not self._on_show:
            self.say(tell(here, scene.text), *passages(here, scene.passages))
        self._on_show = True
        if scene.asking and questions:
            self.say(tell(here, scene.asking.intro), questions_left_told(here))
            self._numbered(tell(here, question.text) for question in questions)
        self.say(tell(here, scene.question))
        self._numbered((tell(here, option.text) for option in options), start=len(questions) + 1)
        if not questions and not options:
            self.say("The story has no way on from here. Type back to decide otherwise, or quit.")
        return [f"ask {scene.id}.{q.id}" for q in questions] + [f"{scene.id}.{o.id}" for o in options]

    def _weights(self) -> dict[str, int]:
        self.say("Before you play: how much does each of these count for you? 0 is nothing, 100 is all there is.")
        weights = {}
        for name, aim in self.scenario.aims.items():
            self.say(f"{aim.label}: {aim.about}")
            weights[name] = self._number("0 to 100: ", 0, 100)
        return weights

    def _number(self, prompt: str, low: int, high: int) -> int:
        while True:
            word = self._word(prompt)
            number = _as_number(word)
            if number is not None and low <= number <= high:
                return number
            if word in ("back", "transcript"):
                self.say(f"'{word}' is there once the story has begun. Type a number from {low} to {high}, or quit.")
            else:
                self.say(f"'{word[:40]}' is not a number from {low} to {high}. Type one, or quit.")

    def _word(self, prompt: str) -> str:
        word = self._read(prompt).strip().lower()
        if word == "quit":
            raise _Quit
        return word

    def _numbered(self, lines: Iterable[str], start: int = 1) -> None:
        self.say("\n".join(f"{number}. {_one_line(line)}" for number, line in enumerate(lines, start)))

    def say(self, *parts: str) -> None:
        """Show each part as a paragraph of plain text."""
        for part in parts:
            if part.strip():
                self._write(_plain(part) + "\n")


def _as_number(word: str) -> int | None:
    try:
        return int(word)
    except ValueError:
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(markdown: str) -> str:
    """Markdown without its marks for emphasis and headings, each paragraph and list item wrapped."""
    text = _EMPHASIS.sub(r"\2", _HEADING.sub("", markdown.strip()))
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=" " * len(mark[0]))
        if (mark := _ITEM.match(line))
        else textwrap.fill(line, WIDTH)
        for line in _SOFT_BREAK.sub(" ", text).split("\n")
    )
