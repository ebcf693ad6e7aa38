"""Rules held against a reading: each gives the places it found, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from leadgym.marking.prose.facts import agrees, states
from leadgym.marking.prose.model import Case, Dates, Fact, Rule
from leadgym.marking.prose.patterns import Groups, denied
from leadgym.marking.prose.quantities import Quantity
from leadgym.marking.prose.reading import Reading
from leadgym.marking.prose.words import zipf

_QUESTION = re.compile(r"\?(?! [\")])")
"""A question that is asked; what stands in quotation marks is only told."""
_CAPITALS = re.compile(r"(?<![\w#-])(?:[A-Z][A-Z0-9]{1,5}|P[0-9]{1,2}|[A-Z]{2,}s)(?![\w-])")


Scope = Sequence[int]
"""Numbers of sentences."""


@dataclass(frozen=True, order=True)
class Hit:
    """A place in the text: the sentence's number, and start and end of what is quoted."""

    sentence: int
    start: int
    end: int


@dataclass
class Found:
    """Whether a rule holds, and the places that show it."""

    holds: bool
    hits: list[Hit] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.holds


NOTHING = Found(False)


class Detector:
    """The rules of one exercise over one reading. What was looked up once is kept."""

    def __init__(
        self,
        reading: Reading,
        case: Case,
        groups: Groups,
        signs: Mapping[str, Rule],
        lowest: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.reading, self.case, self.groups, self.signs = reading, case, groups, signs
        self._facts = {fact.id: fact for fact in case.facts}
        self._lowest = lowest
        self._kept: dict[tuple[int, bool], list[Hit]] = {}
        self._said: dict[tuple[str, ...], list[tuple[Hit, bool]]] = {}
        self._length = sum(any(c.isalnum() for c in part) for part in reading.text.split())

    def found(self, rule: Rule, scope: Scope | None = None, loose: bool = False) -> Found:
        """Where ``rule`` holds among the sentences of ``scope`` (default: all); ``loose`` as part of a ``together``."""
        scope = range(len(self.reading.sentences)) if scope is None else scope
        if rule.any is not None:
            # The first that holds is enough: rubrics put the clearest sign first.
            return next((found for part in rule.any if (found := self.found(part, scope, loose))), NOTHING)
        if rule.all is not None:
            parts = [self.found(part, scope, loose) for part in rule.all]
            return Found(True, _joined(parts)) if all(parts) else NOTHING
        if rule.none is not None:
            return Found(not any(self.found(part, scope, loose) for part in rule.none))
        if rule.count is not None:
            parts = [found for part in rule.count if (found := self.found(part, scope, loose))]
            return Found(len(parts) >= (rule.at_least or 1), _joined(parts))
        if rule.together is not None:
            return self._together(rule, scope)
        if rule.opening is not None:
            first = self.reading.opening
            end = first + rule.within
            said = self.reading.sentences[first:end]
            # "We have two ways:" is not whole without what follows.
            end += bool(said) and self.reading.text[: said[-1].end].endswith(":")
            window = range(first, min(end, len(self.reading.sentences)))
            parts = [self.found(part, window) for part in rule.opening]
            return Found(True, _joined(parts)) if window and all(parts) else NOTHING
        if rule.sign is not None:
            return self.found(self.signs[rule.sign], scope)
        return self._leaf(rule, scope, loose)

    def everywhere(self, rule: Rule) -> list[Hit]:
        """All places at which ``rule`` holds, where ``found`` stops at the first: what a learner's mark rests on."""
        if rule.any is not None:
            return sorted({hit for part in rule.any for hit in self.everywhere(part)})
        if rule.sign is not None:
            return self.everywhere(self.signs[rule.sign])
        if rule.together is not None:
            return _joined(self._windows(rule, range(len(self.reading.sentences))))
        if rule.all is not None or rule.count is not None:
            if not self.found(rule):
                return []
            return sorted({hit for part in rule.all or rule.count or () for hit in self.everywhere(part)})
        found = self.found(rule)
        return found.hits if found else []

    def _together(self, rule: Rule, scope: Scope) -> Found:
        return next(self._windows(rule, scope), NOTHING)

    def _windows(self, rule: Rule, scope: Scope) -> Iterator[Found]:
        """Each run of sentences in which all the parts of a ``together`` are found."""
        starts = list(scope)[: None if rule.within == 1 else max(1, len(scope) - rule.within + 1)]
        for start in starts:
            end = min(start + rule.within, scope[-1] + 1)
            head = self.reading.sentences[start].head
            window = [*([head] if head is not None and head < start else []), *range(start, end)]
            parts = []
            for part in rule.together or ():
                found = self.found(part, window, True)
                if not found:
                    break
                parts.append(found)
            else:
                yield Found(True, _joined(parts))

    def _leaf(self, rule: Rule, scope: Scope, loose: bool) -> Found:
        if rule.longer_than is not None:
            return Found(self._length > rule.longer_than)
        if rule.shorter_than is not None:
            return Found(self._length < rule.shorter_than)
        if rule.criterion is not None:
            return Found(self._lowest(rule.criterion))
        if rule.contradicts is not None:
            wanted = [c for c in self.case.contradictions if rule.contradicts == ["any"] or c.id in rule.contradicts]
            parts = [self.found(c.detect, scope) for c in wanted]
            return Found(any(parts), _joined(part for part in parts if part))
        if rule.facts is not None:
            return self._some_facts(rule, scope)
        loose = loose if rule.denied is None else rule.denied
        key = (id(rule), loose)
        if key not in self._kept:
            self._kept[key] = sorted(set(self._look(rule, loose)))
        hits = [hit for hit in self._kept[key] if hit.sentence in scope]
        if rule.jargon is not None:
            text = self.reading.text
            return Found(len({text[h.start : h.end].lower() for h in hits}) >= rule.jargon.at_least, hits)
        return Found(bool(hits), hits)

    def _look(self, rule: Rule, loose: bool) -> Iterable[Hit]:
        reading = self.reading
        if rule.words is not None:
            for hit, told_not in self._phrases(tuple(rule.words)):
                if loose or not told_not:
                    yield hit
        elif rule.date is not None:
            yield from (self._hit(q) for q in reading.quantities if _counts(q, rule.date))
        elif rule.stray is not None:
            facts = [fact for fact in self.case.facts if fact.value is not None]
            for q in reading.quantities:
                if q.kind == rule.stray and not any(agrees(fact, q) for fact in facts):
                    yield self._hit(q)
        elif rule.question:
            for match in _QUESTION.finditer(reading.line):
                number = reading.sentence_at(match.start())
                sentence = reading.sentences[number]
                yield Hit(number, sentence.start, sentence.end)
        elif rule.jargon is not None:
            known = {word.lower() for word in (*rule.jargon.known, *self.case.names)}
            if rule.jargon.listed:
                for match in self.groups.compiled(rule.jargon.listed).finditer(reading.line):
                    yield Hit(reading.sentence_at(match.start()), *reading.span(match.start(), match.end()))
            for match in _CAPITALS.finditer(reading.text):
                word = match.group().lower()
                if word not in known and word.rstrip("s") not in known and not _everyday(word):
                    yield from self._at(match.start(), match.end())

    def _phrases(self, phrases: tuple[str, ...]) -> list[tuple[Hit, bool]]:
        """Where ``phrases`` stand, and whether a "not" denies them. Many rules ask for the same ones."""
        if phrases not in self._said:
            reading, line = self.reading, self.reading.line
            self._said[phrases] = [
                (Hit(reading.sentence_at(m.start()), *reading.span(m.start(), m.end())), denied(line, m.start()))
                for m in self.groups.compiled(phrases).finditer(line)
            ]
        return self._said[phrases]

    def _some_facts(self, rule: Rule, scope: Scope) -> Found:
        parts = [hits for name in rule.facts or () if (hits := self._fact(self._facts[name], scope))]
        hits = sorted({hit for part in parts for hit in part})
        return Found(len(parts) >= (rule.at_least or 1), hits)

    def _fact(self, fact: Fact, scope: Scope) -> list[Hit]:
        key = (id(fact), False)
        if key not in self._kept:
            found = [self._hit(q) for q in self.reading.quantities if agrees(fact, q)]
            for phrase in states(fact):
                for match in self.groups.compiled([phrase]).finditer(self.reading.line):
                    number = self.reading.sentence_at(match.start())
                    found.append(Hit(number, *self.reading.span(match.start(), match.end())))
            if fact.near:
                near = {
                    self.reading.sentence_at(m.start())
                    for m in self.groups.compiled(fact.near).finditer(self.reading.line)
                }
                found = [hit for hit in found if hit.sentence in near]
            self._kept[key] = sorted(set(found))
        return [hit for hit in self._kept[key] if hit.sentence in scope]

    def _hit(self, q: Quantity) -> Hit:
        return next(self._at(q.start, q.end), Hit(0, q.start, q.end))

    def _at(self, start: int, end: int) -> Iterator[Hit]:
        for number, sentence in enumerate(self.reading.sentences):
            if sentence.start <= start < sentence.end:
                yield Hit(number, start, end)


def _everyday(word: str) -> bool:
    """Whether a word in capitals is one for emphasis ("NEVER", "any MINUTE") and no abbreviation."""
    return zipf(word) >= (4.0 if len(word) >= 4 else 5.5)


def _counts(q: Quantity, wanted: Dates) -> bool:
    if q.kind != "date" or (q.weekday_only and not wanted.weekday):
        return False
    return any(day is not None and wanted.holds(day) for day in (q.day, q.also))


def _joined(parts: Iterable[Found]) -> list[Hit]:
    return sorted({hit for part in parts for hit in part.hits})
