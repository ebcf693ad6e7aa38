"""The integrity gate: what makes a text doubtful as somebody's own prose. It routes to a person and never takes points.

What stands in the text but cannot be seen (zero-width letters, HTML comments) is taken out before marking.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leadgym.marking.prose import order
from leadgym.marking.prose.reading import Reading, count_words
from leadgym.marking.prose.vocabulary import ABOUT_ITSELF, ENGLISH, GRADER

ORDER_LEAST = 0.28
"""Nats per word by which prose beats its own shuffles; below, somebody looks."""
RUN = 6
"""So many words running that stand in the task or the rubric too count as copied."""
_ZERO_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_HIDING = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|template|details)\b.*?(?:</\1>|\Z)|<[^>]*(?:display\s*:\s*none|hidden|font-size\s*:\s*0|"
    r"color\s*:\s*(?:white|transparent|#fff))[^>]*>.*?(?:</\w+>|\Z)|^\[//\]: #.*$|\[comment\]: <> \(.*?\)|%%.*?%%",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_PLACEHOLDER = re.compile(
    r"[\[<{](?:insert |your |name|date|amount|figure|x+|todo|tbd|\.\.\.|…)[^\]>})\n]{0,40}[\]>})]"
    r"|\((?:insert \w+[^)\n]{0,30}|your name|name|date|amount|figure|x+|todo|tbd|\.\.\.|…)\)"
    r"|\bTODO\b|\bTBD\b|\bXX+\b|lorem ipsum|_{3,}|\{\{|\{\w+\}",
    re.IGNORECASE,
)
_GRADER = re.compile("|".join(GRADER), re.IGNORECASE)
_ABOUT_ITSELF = re.compile("|".join(ABOUT_ITSELF), re.IGNORECASE)
_DENIES = re.compile(r" (?:not|no|never|nobody|nothing|none|neither|nor|without)(?= )")
_DENIED_VERB = re.compile(
    r" (?:is|are|was|were|do|does|did|will|would|can|could|should|must|need|have|has|may) not(?= )"
)
SOUP = 0.19
"""Below this share of everyday words ("the", "is", "you") a text is a list of keywords; terse messages have a fifth."""


@dataclass(frozen=True)
class Flag:
    """One doubt: its kind, a sentence for the learner, and the places (start, end) in the visible text."""

    kind: str
    sentence: str
    spans: tuple[tuple[int, int], ...] = ()


def visible(text: str) -> tuple[str, list[Flag]]:
    """The text as a reader sees it, and what was hidden in it."""
    flags = []
    seen = _HIDING.sub(" ", text)
    if seen != text:
        flags.append(
            Flag(
                "hidden text",
                "It holds text that a reader would not see (a comment or hidden markup). That part was not read.",
            )
        )
    joined = _emoji_joined(seen)
    bare = _ZERO_WIDTH.sub("", joined)
    if len(joined) - len(bare) >= 3:
        flags.append(
            Flag("hidden text", "It holds letters of no width, which a reader would not see. They were taken out.")
        )
    made = "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else " " for c in bare)
    return unicodedata.normalize("NFC", made), flags


def _emoji_joined(text: str) -> str:
    """``text`` without the joiners that hold emoji together: those are no hidden text."""
    return re.sub("(?<=[^\x00-\u02ff])\u200d(?=[^\x00-\u02ff])", "", text).removeprefix("\ufeff")


def unreadable(text: str) -> str:
    """Why a visible text cannot be read by rules, in a sentence; empty where it can."""
    letters = [c for c in text if c.isalpha()]
    if not text.strip():
        return "There is no text. Write the message and hand it in again."
    if text.count("\ufffd") > 3:
        return "This is not text that can be read (broken characters). Paste it as plain text and hand it in again."
    if len(letters) < 3:
        return "There are no words in it. Write the message in words and hand it in again."
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    if latin < 0.5 * len(letters):
        return "This is in another script than the rules can read: they know English only. A person has to read it."
    words = re.findall(r"[^\W\d_]+", text.lower())
    mixed = any({"LATIN"} < scripts for scripts in map(_scripts, words))
    if len(words) >= 8 and not mixed and sum(word in ENGLISH for word in words) < 0.13 * len(words):
        return "This does not read as English sentences, and the rules know nothing else. A person has to read it."
    if len(words) < 5:
        return "This is too short to be the message. Write it out and hand it in again."
    return ""


def flags(reading: Reading, task: Sequence[str], rubric: Sequence[str]) -> list[Flag]:
    """The doubts about a text, from its words, their order and their sources. ``task``, ``rubric``: their words."""
    return [
        *_alphabets(reading),
        *_talk(reading),
        *_about_itself(reading),
        *_denials(reading),
        *_soup(reading),
        *_copied(reading, task, rubric),
        *_repeated(reading),
        *_order(reading),
        *_placeholders(reading),
    ]


def _scripts(word: str) -> set[str]:
    return {unicodedata.name(c, "?").split()[0] for c in word}


def _alphabets(reading: Reading) -> Iterator[Flag]:
    spans = []
    for match in re.finditer(r"[^\W\d_]+", reading.text):
        scripts = _scripts(match.group())
        if (
            len(scripts & {"LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN"}) > 1
            or "FULLWIDTH" in scripts
            or "MATHEMATICAL" in scripts
        ):
            spans.append(match.span())
    if spans:
        yield Flag("mixed alphabets", "Some words mix letters of two alphabets that look alike.", tuple(spans))


def _talk(reading: Reading) -> Iterator[Flag]:
    spans = tuple(match.span() for match in _GRADER.finditer(reading.text))
    if spans:
        yield Flag("talk to the grader", "It speaks to whoever marks it, and the message has another reader.", spans)


def _about_itself(reading: Reading) -> Iterator[Flag]:
    spans = tuple(match.span() for match in _ABOUT_ITSELF.finditer(reading.text))
    if spans:
        yield Flag("about itself", "It tells what a message would say, and is not the message.", spans)


def _denials(reading: Reading) -> Iterator[Flag]:
    """Nearly every sentence denied: a good answer turned round. Rules read a "not" badly, so somebody looks."""
    lines = [f" {' '.join(word.text for word in s.words)} " for s in reading.sentences if len(s.words) > 3]
    denied = sum(bool(_DENIES.search(line)) for line in lines)
    verbs = sum(len(_DENIED_VERB.findall(line)) for line in lines)
    if len(lines) >= 5 and (denied >= 0.95 * len(lines) or (verbs >= 5 and denied >= 0.75 * len(lines))):
        yield Flag("denials", "Nearly every sentence of it denies something, which rules read badly.")


def _soup(reading: Reading) -> Iterator[Flag]:
    words = re.findall(r"[a-z']+", reading.text.lower())
    if len(words) >= 20 and sum(word in ENGLISH for word in words) < SOUP * len(words):
        yield Flag("keywords", "It is a list of keywords rather than sentences.")


def _placeholders(reading: Reading) -> Iterator[Flag]:
    spans = tuple(match.span() for match in _PLACEHOLDER.finditer(reading.text))
    if spans:
        yield Flag("placeholders", "It has blanks that nobody has filled in.", spans)


def bare_words(text: str) -> list[str]:
    """The words of a text as copying is looked for: small letters, nothing else."""
    return re.findall(r"[^\W_]+", text.lower())


def _copied(reading: Reading, task: Sequence[str], rubric: Sequence[str]) -> Iterator[Flag]:
    own = bare_words(reading.text)
    if len(own) < 2 * RUN:
        return
    for source, words, share in (("task", task, 0.50), ("rubric", rubric, 0.33)):
        runs = {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
        taken = [False] * len(own)
        for i in range(len(own) - RUN + 1):
            if tuple(own[i : i + RUN]) in runs:
                taken[i : i + RUN] = [True] * RUN
        part = sum(taken) / len(own)
        if part >= share:
            yield Flag(f"copied from the {source}", f"{part:.0%} of its words stand in the {source} in the same order.")


def _repeated(reading: Reading) -> Iterator[Flag]:
    said = [" ".join(bare_words(reading.text[s.start : s.end])) for s in reading.sentences]
    again = [text for text, times in Counter(said).items() if times > 1 and len(text.split()) >= 4]
    words = bare_words(reading.text)
    pieces = Counter(tuple(words[i : i + 4]) for i in range(len(words) - 3))
    twice = sum(times - 1 for times in pieces.values())
    if (
        len(again) >= 2
        or any(said.count(text) > 2 for text in again)
        or (len(words) >= 40 and twice > 0.22 * len(words))
    ):
        yield Flag("repetition", "It says the same sentences more than once.")


def _order(reading: Reading) -> Iterator[Flag]:
    found = order.advantage(reading)
    if found is not None and found < ORDER_LEAST:
        yield Flag("word order", "The words do not stand in an order in which sentences are written.")
    ends = count_words(reading.text) / max(1, len(reading.sentences))
    if found is not None and ends > 60:
        yield Flag("word order", "It runs on for more than sixty words without the end of a sentence.")
