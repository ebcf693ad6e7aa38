"""A prose exercise read from its folder: ``task.md``, ``case.yaml``, ``criteria.yaml``, with every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leadgym.marking.files import stamp
from leadgym.marking.prose.gate import bare_words
from leadgym.marking.prose.model import Case, Criteria, LabelledAnswer, Rule
from leadgym.marking.prose.patterns import Groups, PatternProblem, literals
from leadgym.marking.prose.vocabulary import GROUPS
from leadgym.marking.prose.words import Speller, beginning, stems
from leadgym.yamlfile import FileProblems, Location, Model, load, parse_yaml, read_yaml, validate

FILES = ("task.md", "case.yaml", "criteria.yaml")


@dataclass(frozen=True)
class Exercise:
    """Everything the marker knows about one exercise."""

    task: str
    case: Case
    criteria: Criteria
    groups: Groups
    speller: Speller
    task_words: tuple[str, ...]
    rubric_words: tuple[str, ...]
    case_words: frozenset[str]
    """Stems of the less common words of the facts."""


def load_exercise(folder: Path) -> Exercise:
    """The exercise in ``folder``; read again only when a file has changed. Raises FileProblems."""
    return _read(folder, tuple(stamp(folder / name) for name in FILES))


@lru_cache(maxsize=8)
def _read(folder: Path, _stamps: tuple[tuple[int, int], ...]) -> Exercise:
    problems: list[str] = []
    task = ""
    try:
        task = (folder / "task.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problems.append(
            f"{folder / 'task.md'}:1: cannot be read as UTF-8 text. It holds what the learner is asked for."
        )
    case = None
    try:
        case = validate(read_yaml(folder / "case.yaml"), Case, _case_problems)
    except FileProblems as error:
        problems += error.problems
    try:
        criteria = validate(
            read_yaml(folder / "criteria.yaml"), Criteria, lambda found: _criteria_problems(found, case)
        )
    except FileProblems as error:
        raise FileProblems([*problems, *error.problems]) from error
    if case is not None:
        groups = Groups({**GROUPS, **criteria.words})
        document = read_yaml(folder / "case.yaml")
        problems += [
            document.problem(place, message)
            for index, about in enumerate(case.contradictions)
            for place, message in rule_problems(
                about.detect, ("contradictions", index, "detect"), groups, case, criteria
            )
        ]
    if problems or case is None:
        raise FileProblems(problems)
    return Exercise(
        task,
        case,
        criteria,
        groups,
        _speller(case, criteria),
        tuple(bare_words(task)),
        _rubric_words(criteria),
        _case_words(case),
    )


def _speller(case: Case, criteria: Criteria) -> Speller:
    known: set[str] = set()
    for phrases in (*GROUPS.values(), *criteria.words.values(), *_phrases(case, criteria)):
        for literal in literals(phrases):
            known.add(literal)
        for phrase in phrases:
            for part in phrase.lower().replace("|", " ").split():
                if part.endswith("*") and len(part) > 4:
                    known.update(beginning(part[:-1]))
    return Speller(known, [*case.names, *(str(f.value) for f in case.facts if isinstance(f.value, str))])


def _phrases(case: Case, criteria: Criteria) -> Iterator[list[str]]:
    for rule in _rules(case, criteria):
        if rule.words:
            yield rule.words


def _rules(case: Case, criteria: Criteria) -> Iterator[Rule]:
    tops: list[Rule | None] = [*criteria.signs.values(), *(c.detect for c in case.contradictions)]
    for criterion in criteria.criteria:
        detect = criterion.detect
        tops += [detect.full, detect.half, detect.spoilt, detect.lowered, detect.unsure]
    tops += [cap.detect for cap in criteria.caps]
    for top in tops:
        if top is not None:
            yield from _inside(top)


def _inside(rule: Rule) -> Iterator[Rule]:
    yield rule
    for _, part in rule.parts():
        yield from _inside(part)


def _case_words(case: Case) -> frozenset[str]:
    return frozenset().union(*(stems(fact.text) for fact in case.facts))


def _rubric_words(criteria: Criteria) -> tuple[str, ...]:
    made: list[str] = []
    for c in criteria.criteria:
        for text in (c.explanation, c.levels.none, c.levels.some, c.levels.full, c.example_good, c.example_weak):
            made += [*bare_words(text), "\n"]
    return tuple(made)


def _case_problems(case: Case) -> Iterator[tuple[Location, str]]:
    for name in ("facts", "contradictions"):
        yield from _twice(name, [part.id for part in getattr(case, name)])


def _twice(name: str, ids: list[str]) -> Iterator[tuple[Location, str]]:
    for index, one in enumerate(ids):
        if one in ids[:index]:
            yield (name, index, "id"), f"'{one}' stands twice; keep one."


def _criteria_problems(criteria: Criteria, case: Case | None) -> Iterator[tuple[Location, str]]:
    total = sum(c.weight for c in criteria.criteria)
    if total != 100:
        yield ("criteria",), f"the weights add up to {total}. Make them 100."
    yield from _twice("criteria", [c.id for c in criteria.criteria])
    yield from _twice("caps", [c.id for c in criteria.caps])
    groups = Groups({**GROUPS, **criteria.words})
    for name, phrases in criteria.words.items():
        yield from _phrase_problems(phrases, ("words", name), groups)
    for name, rule in criteria.signs.items():
        yield from rule_problems(rule, ("signs", name), groups, case, criteria)
        if name in _signs_of(rule, criteria, ()):
            yield ("signs", name), "comes back to itself; take it out of the rules that it uses."
    for index, criterion in enumerate(criteria.criteria):
        place: Location = ("criteria", index, "detect")
        detect = criterion.detect
        if detect.full is None and detect.spoilt is None and detect.lowered is None:
            yield place, "finds nothing: write 'full', or 'spoilt' or 'lowered' for what must not be there."
        for field in ("full", "half", "spoilt", "lowered", "unsure"):
            rule_ = getattr(detect, field)
            if rule_ is not None:
                yield from rule_problems(rule_, (*place, field), groups, case, criteria)
    for index, cap in enumerate(criteria.caps):
        yield from rule_problems(cap.detect, ("caps", index, "detect"), groups, case, criteria)


def _signs_of(rule: Rule, criteria: Criteria, seen: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for part in _inside(rule):
        if part.sign and part.sign not in seen and part.sign in criteria.signs:
            found |= {part.sign} | _signs_of(criteria.signs[part.sign], criteria, (*seen, part.sign))
    return found


def rule_problems(
    rule: Rule, place: Location, groups: Groups, case: Case | None, criteria: Criteria
) -> Iterator[tuple[Location, str]]:
    """What is wrong in a rule and the rules inside it: (place, what and the mend)."""
    heads = rule.heads()
    if len(heads) != 1:
        said = f"has {' and '.join(heads)}; keep one" if heads else "is empty; write what to look for"
        yield place, f"{said}. Put several into 'all', 'any' or 'together'."
    if rule.words is not None:
        yield from _phrase_problems(rule.words, (*place, "words"), groups)
    if rule.jargon is not None:
        yield from _phrase_problems(rule.jargon.listed, (*place, "jargon", "listed"), groups)
    known: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("sign", [rule.sign] if rule.sign else [], criteria.signs),
        ("criterion", [rule.criterion] if rule.criterion else [], [c.id for c in criteria.criteria]),
    ]
    if case is not None:
        known.append(("facts", rule.facts or [], [f.id for f in case.facts]))
        known.append(("contradicts", rule.contradicts or [], ["any", *(c.id for c in case.contradictions)]))
    for form, names, have in known:
        for name in names:
            if name not in set(have):
                yield (*place, form), f"there is no '{name}'. There are: {', '.join(have)}."
    for (form, index), part in rule.parts():
        yield from rule_problems(part, (*place, form, index), groups, case, criteria)


def _phrase_problems(phrases: Iterable[str], place: Location, groups: Groups) -> Iterator[tuple[Location, str]]:
    for index, phrase in enumerate(phrases):
        try:
            groups.compiled([phrase])
        except PatternProblem as problem:
            yield (*place, index), str(problem)


class _Answers(Model):
    answers: list[LabelledAnswer]


def load_answers(path: Path) -> list[LabelledAnswer]:
    """Labelled answers or gaming attempts: a list at the top of the file. Raises FileProblems."""
    text = read_text(path)
    indented = "answers:\n" + "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
    return validate(parse_yaml(indented, str(path)), _Answers).answers


def read_text(path: Path) -> str:
    """A file as text. Raises FileProblems."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read ({error.strerror}). Check the path."]) from error
    except UnicodeDecodeError as error:
        raise FileProblems([f"{path}:1: is not UTF-8 text. Save it as UTF-8."]) from error


__all__ = ["Exercise", "load", "load_answers", "load_exercise", "read_text", "rule_problems"]
