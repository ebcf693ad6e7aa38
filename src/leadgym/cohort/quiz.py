"""The quiz of one learner alone: what their marked exercises say they missed, kept in ``.leadgym/quiz.json``.

The keys are read here, in the process of ``leadgym quiz``, as ``leadgym mark`` reads them. A notebook has this command
asked in a process of its own and sees questions and verdicts, never a key. In a cohort the learner's machine has no
keys, and the quiz says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from leadgym.cohort.solo import LEARNER, marking_root
from leadgym.course.modules import content_root, notebook_name, slugs
from leadgym.keptfile import aside_name, write_whole
from leadgym.marking import AnswerProblem, Keys, Rubric, load_keys, load_rubric, read_answer
from leadgym.marking.model import Context
from leadgym.marking.quiz import Deck, Question, Verdict, contested, question, verdict

WAIT = 5.0
"""Seconds until another quiz on the same workspace is taken to have forgotten its lock."""


class QuizProblem(Exception):
    """The quiz cannot go on, with what to do."""


class Quiz:
    """The deck of one workspace on the day ``today``. ``notice``: a sentence about a damaged file, or empty.

    Raises QuizProblem where nothing is marked yet or the keys are not on this machine.
    """

    def __init__(self, workspace: Path, today: date) -> None:
        self._file = workspace / ".leadgym" / "quiz.json"
        self._today = today
        self.notice = ""
        marked = list(_marked(workspace))
        if not marked:
            raise QuizProblem(
                f"Nothing is marked yet in {workspace}. Do an exercise, save it, and run: leadgym mark 02. What you "
                "miss there is asked here a week later."
            )
        self._modules = {slug: _module(slug) for slug, _, _ in marked}
        with self._locked():
            self._deck = self._read()
            for slug, cells, day in marked:
                missed = (f"{slug}/{name}/{item}" for name, item in _missed(cells, *self._modules[slug]))
                self._deck = self._deck.with_missed(dict.fromkeys(missed, day))
            self._write()

    @property
    def deck(self) -> Deck:
        """What waits, and what is done."""
        return self._deck

    def due(self) -> list[Question]:
        """What is to be asked today. An item that the course no longer has is passed over."""
        return [asked for name in self._deck.due(self._today) if (asked := self._question(name)) is not None]

    def next_due(self) -> date | None:
        """The first day after today on which something is asked."""
        return min((card.due for card in self._deck.cards.values() if card.due > self._today), default=None)

    def answer(self, name: str, option: str) -> Verdict:
        """Take the answer to what is due, and keep it. Raises QuizProblem for what is not asked today."""
        with self._locked():
            self._deck = self._read()  # another window may have been quicker
            if name not in self._deck.due(self._today) or self._question(name) is None:
                raise QuizProblem(f"'{name}' is not asked today. Run the quiz again to see what is.")
            rubric, keys, folder = self._modules[name.split("/")[0]]
            try:
                said = verdict(rubric, keys, folder, name, option)
            except KeyError as error:
                raise QuizProblem(f"'{name}' has no option '{option}'. Run the quiz again.") from error
            self._deck = self._deck.answered(name, said.right, self._today)
            self._write()
            return said

    def _question(self, name: str) -> Question | None:
        slug = name.split("/")[0]
        if slug not in self._modules or name.count("/") != 2:
            return None
        rubric, keys, folder = self._modules[slug]
        if contested(keys, name):
            return None
        return question(rubric, folder, name, self._deck.cards[name].step)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with FileLock(self._file.with_name(".quiz.lock"), timeout=WAIT):
                yield
        except Timeout as error:
            raise QuizProblem("Another quiz holds this workspace. Close it, and run this again.") from error

    def _read(self) -> Deck:
        try:
            return Deck.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return Deck()
        except ValidationError:
            aside = aside_name(self._file)
            self._file.rename(aside)
            self.notice = f"{self._file} was damaged. It is kept as {aside.name}; the quiz begins anew from your marks."
            return Deck()

    def _write(self) -> None:
        write_whole(self._file, self._deck.model_dump_json(indent=1) + "\n")


def _module(slug: str) -> tuple[Rubric, Keys, Path]:
    folder, keys = content_root() / "solutions" / slug, content_root() / "grader" / "keys" / f"{slug}.yaml"
    if not keys.is_file():
        raise QuizProblem(
            "The quiz compares with the course's keys, and they are not on this machine: in a course with an "
            "instructor they stay there. Ask your instructor what you missed."
        )
    rubric = load_rubric(folder / "rubric.yaml")
    return rubric, load_keys(keys, rubric, folder), folder


def _marked(workspace: Path) -> Iterator[tuple[str, list[Any], date]]:
    """Each marked module, its cells, and the day on which it was handed in."""
    for slug in slugs():
        folder = marking_root(workspace) / "autograded" / LEARNER / slug
        try:
            cells = json.loads((folder / notebook_name(slug)).read_text(encoding="utf-8"))["cells"]
            stamp = (folder / "timestamp.txt").read_text(encoding="ascii").strip()
            day = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC).astimezone().date()
        except (OSError, ValueError, KeyError):
            continue
        yield slug, cells, day


def _missed(cells: list[Any], rubric: Rubric, keys: Keys, folder: Path) -> Iterator[tuple[str, str]]:
    """Answer and item of what was missed, as the marker left the answers beside their marks."""
    for cell in cells:
        name = cell.get("metadata", {}).get("leadgym", {}).get("answer")
        if name not in rubric.answers:
            continue
        try:
            answer = read_answer(cell.get("outputs", []), name)
        except AnswerProblem:
            continue
        context = Context(name, folder, None, keys.answers.get(name), None)
        yield from ((name, item) for item in rubric.answers[name].missed(answer, context))
