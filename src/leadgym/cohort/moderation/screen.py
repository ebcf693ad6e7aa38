"""A question as plain lines, one after the other: for any terminal, a screen reader, a pipe.

What a learner wrote moves no cursor and sets no title: control characters show as their pictures, and the marks that
turn the direction of text are left out. What the marker quotes stands between ``>>`` and ``<<``.
"""

from __future__ import annotations

import itertools
import re
import shutil
import textwrap
import unicodedata
from collections.abc import Sequence

from wcwidth import wcswidth

from leadgym.cohort.moderation.questions import CEILING, WHOLE, Case, Question
from leadgym.marking.show import number, points, quoted

WIDTH = 88
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_LINES = re.compile("\r\n?|[\u0085\u2028\u2029]")


def plain(text: str) -> str:
    """``text`` as it may go to a terminal; only line breaks are left of what is not seen."""
    lines = _TURNING.sub("", _LINES.sub("\n", text)).expandtabs(4)
    return "".join(c if c == "\n" else _seen(c) for c in lines)


def _seen(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn"):
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\ufffd"


def wrapped(text: str, indent: str = "") -> list[str]:
    """Lines of at most ``WIDTH``, or of what the terminal has.

    A paragraph in a script of wide letters is left to the terminal to break.
    """
    made: list[str] = []
    width = max(20, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))
    for paragraph in text.split("\n"):
        wide = wcswidth(paragraph) > len(paragraph)
        fill = textwrap.wrap(paragraph, width, initial_indent=indent, subsequent_indent=indent) or [""]
        made += [indent + paragraph] if wide else fill
    return made


def height(line: str, columns: int) -> int:
    """How many rows a terminal of ``columns`` needs for ``line``."""
    return max(1, -(-wcswidth(line) // max(1, columns)))


def criterion_lines(question: Question) -> list[str]:
    """What is asked, with an answer that would do and one that would not."""
    lines = wrapped(question.explains) if question.explains else []
    if question.examples:
        good, weak = question.examples
        lines += wrapped(f"This would do: {quoted(good)}")
        lines += wrapped(f"This would not: {quoted(weak)}")
    return lines


def answer_lines(case: Case, question: Question) -> list[str]:
    """Why a person is asked, and the answer with what is quoted for this question."""
    lines: list[str] = []
    if case.why:
        lines += wrapped(f"Why you: {plain(case.why)}")
    for doubt in case.doubts:
        lines += wrapped(f"Also: {plain(doubt)}")
    words = len(case.text.split())
    said = "What the rules point at stands between >> and <<." if question.spans else "The rules point at nothing."
    said = said if question.criterion != WHOLE else ""
    return [*lines, "", *wrapped(f"The answer, {words} words. {said}"), "", *wrapped(_marked(case, question)), ""]


def _marked(case: Case, question: Question) -> str:
    spans = _joined(question.spans)
    cuts = sorted({0, len(case.text), *(edge for span in spans for edge in span)})
    made = []
    for start, end in itertools.pairwise(cuts):
        inside = any(s <= start and end <= e for s, e in spans)
        text = plain(case.text[start:end])
        made.append(f">>{text}<<" if inside else text)
    return "".join(made).rstrip() or "(There is no text.)"


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap, as one."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def key_lines(question: Question, *, proposal: bool) -> list[str]:
    """What can be typed to decide."""
    ceiling = question.criterion.startswith(CEILING)
    lines = []
    for step in question.steps:
        says = step.says if ceiling else f"{points(step.points, question.out_of)}. {step.says}"
        first, *rest = wrapped(says, " " * 5)
        lines += [f"  {step.key}  {first.lstrip()}", *rest]
    if proposal and question.proposed is not None:
        lines.append(f"  a  accept what the rules propose: {told(question, question.proposed)}")
    elif proposal:
        lines.append("  The rules propose nothing.")
    if not ceiling:
        which = "3.5" if question.out_of > 3.5 else number(question.out_of / 2)
        form = f"={which}" if question.steps else which
        lines.append(f"  {form}  points of your own, from 0 to {number(question.out_of)}")
    return lines


def told(question: Question, value: float) -> str:
    """A decision in words."""
    if question.criterion.startswith(CEILING):
        return "it holds" if value else "it does not hold"
    return points(value, question.out_of)


def typed(question: Question, key: str, *, proposal: bool) -> float | str:
    """The points that ``key`` stands for, or a sentence that says what is wrong with it."""
    if key == "a" and proposal and question.proposed is not None:
        return question.proposed
    for step in question.steps:
        if key == step.key:
            return step.points
    given = key.removeprefix("=").strip().replace(",", ".")
    free = not question.criterion.startswith(CEILING) and (key.startswith("=") or not question.steps)
    if free and re.fullmatch(r"\d{1,4}(\.\d{1,2})?", given) and float(given) <= question.out_of:
        return float(given)
    if free and given:
        return f"Points are a number from 0 to {number(question.out_of)}, with two decimals at most."
    return "That is no key here. Type ? for those there are."
