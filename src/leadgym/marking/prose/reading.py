"""A text as sentences and words that know where they stand, so that everything found can be quoted.

What rules see is the *line*: the words in small letters, contractions opened ("can't" is "can not"), articles left
out (so that nobody is marked on them), numbers and dates replaced by what they are (``#date``), sentences separated by
line breaks. Each word of the line knows its place in the learner's text.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from leadgym.marking.prose.quantities import DAYS, MONTHS, NUMBERS, Quantity, quantities

_SAME = {
    **dict.fromkeys("‘’‛ʼ′`´", "'"),
    **dict.fromkeys("“”„‟«»", '"'),
    **dict.fromkeys("‐‑‒", "-"),
    **dict.fromkeys("—―−", "–"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\t\r\x0b\x0c", " "),
}
_TABLE = {ord(key): value for key, value in _SAME.items()}
_WORD = re.compile(r"\w+(?:'\w+)?|!=|[,;:?!()\"–/&=→≠-]")
_END = re.compile(r"[.!?…]+[\"')\]*_]*(?=\s|$)|\n+|(?<=\S )[·•|](?=\s)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|ca|approx|cf|etc|vs|resp|nr|mr|mrs|ms|dr|st|incl|excl|jan|feb|mar|apr|jun|jul|aug|"
    r"sept?|oct|nov|dec|mon|tue|wed|thu|fri|\d{1,2}\.\d{1,2}|[a-z])\.$",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(r"(?<!\d)\d{1,2}$")
_MONTH_AFTER = re.compile(r" (?:of )?(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_BULLET = re.compile(r"\s*(?:[-*•–+]|\(?\d{1,2}[.)]|\(?[a-d]\))\s+")
_LABEL = re.compile(r"[^\w\n]*((?:[\w']+[ -]){0,4}[\w']+)[\s*_]*[:.][*_]*(?=[ \t]+\S)")
_DENIES = re.compile(r"\b(?:not?|never|nothing|nobody|cannot|taboo|forbidden|off[ -]limits)\b|n't\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\(?\d{1,2}[.)]\s+(?=\S)")
_OPENED = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "pls": ("please",),
    "plz": ("please",),
    "u": ("you",),
    "≠": ("is", "not"),
    "!=": ("is", "not"),
    **{
        f"{word}'s": (word, "is")
        for word in ("it", "there", "that", "what", "here", "who", "where", "how", "he", "she")
    },
    "let's": ("let", "us"),
    "i'm": ("i", "am"),
    "dont": ("do", "not"),
    "cant": ("can", "not"),
    "wont": ("will", "not"),
    "doesnt": ("does", "not"),
    "isnt": ("is", "not"),
    "didnt": ("did", "not"),
}
_ENDINGS = {"'ll": "will", "'re": "are", "'ve": "have", "'d": "would", "n't": "not"}
ARTICLES = frozenset({"a", "an", "the"})
GREETING = re.compile(
    r"(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day|news first)|morning|moin)\b[^.!?\n]{0,30}"
    r"|[^\W\d]+|[^\w\s]*\s*[^\W\d]+)\s*[,!.:–-]*\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Word:
    """A word as rules see it; ``start`` and ``end`` are places in the text it came from."""

    text: str
    start: int
    end: int
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Sentence:
    """A sentence or list item: places in the text, and the range of its words."""

    start: int
    end: int
    words: tuple[Word, ...]
    head: int | None = None
    """The number of the heading ("Never:") under which a list item stands."""


def plain(text: str) -> str:
    """``text`` with one kind of quotation mark, dash and space, letter for letter: places stay what they are."""
    return unicodedata.normalize("NFC", text).translate(_TABLE)


def count_words(text: str) -> int:
    """How many words a person would count: runs between spaces that hold a letter or a digit."""
    return sum(any(c.isalnum() for c in part) for part in text.split())


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence of a ``plain`` text. A list item or a line of its own is a sentence."""
    start = 0
    for match in _END.finditer(text):
        mark = match.group()
        if mark.startswith("\n"):
            if not _breaks(text, start, match):
                continue
        elif mark.startswith(".") and len(mark) == 1 and _ABBREVIATION.search(text[start : match.end()]):
            continue
        elif mark[0] == "." and re.fullmatch(r"\s*(?:[-*•]\s*)?\d{1,2}", text[start : match.start()]):
            continue  # "1. Stay on ..." is one item
        elif mark == "." and _DAY_BEFORE.search(text[start : match.start()]) and _MONTH_AFTER.match(text, match.end()):
            continue  # "on 27. November" goes on
        yield from _labelled(text, start, match.end())
        start = match.end()
    yield from _labelled(text, start, len(text))


def _labelled(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or two where a line begins with a label that denies the rest ("Never:", "Not yours:")."""
    label = _denying(text, start, end)
    if label:
        yield from _trimmed(text, start, label)
    yield from _trimmed(text, label or start, end)


def _denying(text: str, start: int, end: int) -> int | None:
    """Where such a label ends. With a full stop it has to stand in capitals: "No." answers, "NEVER." is a label."""
    if text[:start].rpartition("\n")[2].strip():
        return None
    match = _LABEL.match(text, start, end)
    if not match or not _DENIES.search(match[1]):
        return None
    capitals = match[1].isupper() and match[1] != "NO"
    return match.end() if ":" in text[match.end(1) : match.end()] or capitals else None


def _breaks(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a line break ends a sentence: not where a long line runs on in small letters."""
    if len(match.group()) > 1 or _BULLET.match(text, match.end()):
        return True
    line = text[max(start, text.rfind("\n", 0, match.start()) + 1) : match.start()]
    follows = text[match.end() : match.end() + 1]
    return not (len(line) >= 50 and (follows.islower() or follows.isdigit()))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if any(c.isalnum() for c in text[start:end]):
        yield start, end


class Reading:
    """A text, read once. ``mend`` may replace a word by the known word it is a misspelling of."""

    def __init__(
        self, text: str, today: dt.date | None = None, known: Collection[dt.date] = (), mend: Callable[[str], str] = str
    ) -> None:
        self.text = plain(text)
        found = quantities(self.text, today, known)
        self.quantities: Sequence[Quantity] = found
        self.sentences: list[Sentence] = []
        for start, end in sentences(self.text):
            numbered = _NUMBERED.match(self.text, start, end)
            words = tuple(self._words(numbered.end() if numbered else start, end, mend))
            self.sentences.append(Sentence(start, end, words, self._head(start)))
        places: list[tuple[int, Word, int]] = []
        parts: list[str] = []
        at = 1
        for number, sentence in enumerate(self.sentences):
            for word in sentence.words:
                places.append((at, word, number))
                parts.append(word.text)
                at += len(word.text) + 1
            parts.append("\n")
            at += 2
        self.line = " " + " ".join(parts) + " "
        self._places = places
        self._starts = [place[0] for place in places]

    def _head(self, start: int) -> int | None:
        """The heading of what begins at ``start``: the line before a list item that ends in a colon, or a label."""
        if not self.sentences:
            return None
        last = self.sentences[-1]
        label = len(self.sentences) - 1 if _denying(self.text, last.start, len(self.text)) == last.end else last.head
        if "\n" not in self.text[last.end : start]:
            return label if label is not None and self._labels(label) else None
        if not _BULLET.match(self.text, start):
            return None
        if _BULLET.match(self.text, last.start) or self._labels(label):
            return label
        return len(self.sentences) - 1 if self.text[: last.end].rstrip(" *_").endswith(":") else None

    def _labels(self, number: int | None) -> bool:
        """Whether that sentence is a label of its own line."""
        return number is not None and _denying(self.text, self.sentences[number].start, len(self.text)) is not None

    def _words(self, start: int, end: int, mend: Callable[[str], str]) -> Iterator[Word]:
        at = start
        inside = [q for q in self.quantities if q.kind != "number" and start <= q.start and q.end <= end]
        for quantity in inside:
            if quantity.start < at:
                continue
            yield from self._plain_words(at, quantity.start, mend)
            day = f":{DAYS[quantity.day.weekday()]}" if quantity.weekday_only and quantity.day else ""
            day = day or (f":{quantity.per.replace(' ', '')}" if quantity.kind == "amount" and quantity.per else "")
            if quantity.kind == "duration":
                day = f":{quantity.unit.replace(' ', '')}"
            if quantity.kind == "month" and quantity.day:
                day = f":{quantity.day:%B}".lower()
            yield Word(f"#{quantity.kind}{day}", quantity.start, quantity.end, quantity)
            at = quantity.end
        yield from self._plain_words(at, end, mend)

    def _plain_words(self, start: int, end: int, mend: Callable[[str], str]) -> Iterator[Word]:
        for match in _WORD.finditer(self.text, start, end):
            word = match.group().lower()
            at = (match.start(), match.end())
            if word in ARTICLES:
                continue
            if word in _OPENED:
                for part in _OPENED[word]:
                    yield Word(part, *at)
                continue
            ending = next((e for e in _ENDINGS if word.endswith(e)), None)
            if ending:
                yield Word(word[: -len(ending)], *at)
                yield Word(_ENDINGS[ending], *at)
            elif word.endswith("'s") or word.endswith("s'"):
                yield Word(word[:-2] if word.endswith("'s") else word[:-1], *at)
            elif "_" in word.strip("_") or not word[0].isalpha():
                yield Word(NUMBERS.get(word, word), *at)
            else:
                yield Word(NUMBERS.get(word) or mend(word.strip("_")), *at)

    def sentence_at(self, place: int) -> int:
        """The number of the sentence in which ``place`` of the line lies."""
        return self._places[max(0, bisect_right(self._starts, place) - 1)][2]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The places in the text that ``start`` to ``end`` of the line stand for."""
        first = self._places[max(0, bisect_right(self._starts, start) - 1)][1]
        last = self._places[max(0, bisect_right(self._starts, max(start, end - 1)) - 1)][1]
        return first.start, last.end

    def quantity_at(self, place: int) -> Quantity | None:
        """The quantity that stands at ``place`` of the line."""
        return self._places[max(0, bisect_right(self._starts, place) - 1)][1].quantity

    @cached_property
    def opening(self) -> int:
        """The number of the first sentence after any greeting."""
        for number, sentence in enumerate(self.sentences):
            said = self.text[sentence.start : sentence.end]
            if len(said) > 45 or not GREETING.fullmatch(said):
                return number
        return 0
