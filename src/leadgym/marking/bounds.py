"""A scenario from somebody's text, within limits: what may be read, before it is read.

First the text is gone through event by event, so that nothing is built from it yet: anchors, aliases and tags are
refused (nothing can grow, nothing is made but lists, dicts, text and numbers), and so is what is nested deeper, or has
more entries, than a story needs. Then the counts by which loading and playing take their time are looked at. Only what
is left goes to the course's own loader. Last, before anything is played, the expressions are weighed: a derived value
is computed anew wherever it is named, so a chain of them would multiply. A text within the limits takes some seconds
at most, see the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent

from leadgym.scenario.loader import faults
from leadgym.scenario.model import Scenario
from leadgym.scenario.places import conditions, formulas
from leadgym.yamlfile import Document, FileProblems, parse_yaml, validate

MOST_CHARACTERS = 60_000
MOST_ENTRIES = 5_000
DEEPEST = 14
LONGEST_EXPRESSION = 400
LARGEST_NUMBER = 10**6
HEAVIEST = 150
"""Names and numbers that one expression may hold, those of the derived values it names included."""
ALL_EXPRESSIONS = 3_000
"""The same over all expressions of a story."""
MOST = {
    "scenes": 12, "variables": 30, "derived": 20, "facts": 40, "words": 30, "cast": 20, "aims": 6, "variants": 4,
    "endings": 10, "walkthroughs": 12,
}  # fmt: skip
MOST_OPTIONS = 6
MOST_QUESTIONS = 10
MOST_STEPS = 60
_EXPRESSIONS = frozenset({"if", "formula", "score"})
_NUMBER = re.compile(r"[-+]?[\d_.]{8,}|0[xo]\w{6,}|[-+]?[\d.]+[eE][-+]?\d+")


def parse_within(text: str, name: str) -> tuple[Document, Scenario]:
    """The scenario in ``text`` and its document; ``name`` stands for the file. Raises FileProblems."""
    if len(text) > MOST_CHARACTERS:
        raise FileProblems([f"{name}:1: has more than {MOST_CHARACTERS:,} characters. Half of it fills a sitting."])
    _events(text, name)
    document = parse_yaml(text, name)
    if problems := [document.problem(where, what) for where, what in _counts(document.data)]:
        raise FileProblems(problems)
    scenario = validate(document, Scenario, faults)
    if problems := [document.problem(where, what) for where, what in weighed(scenario)]:
        raise FileProblems(problems)
    return document, scenario


def weighed(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The expressions that hold too much, with all that they name worked in; then all of them together."""
    derived = {name: _leaves(one.formula) for name, one in scenario.derived.items()}

    @cache  # the loader has refused circles
    def weight(name: str) -> int:
        return sum(count * weight(inner) for inner, count in derived[name].items()) if name in derived else 1

    whole = 0
    for place in (*formulas(scenario), *conditions(scenario)):
        heavy = sum(count * weight(name) for name, count in _leaves(place.text).items())
        whole += heavy
        if heavy > HEAVIEST:
            told = f"comes to {min(heavy, 10**6):,} names and numbers, with the derived values in it worked out"
            yield place.where, f"{told}; {HEAVIEST} are the most. Shorten it."
    if whole > ALL_EXPRESSIONS:
        told = f"has {min(whole, 10**6):,} names and numbers in its expressions"
        yield ("scenes",), f"{told}; {ALL_EXPRESSIONS:,} are the most. Shorten them."


def _leaves(source: str) -> Mapping[str, int]:
    """The names in an expression and how often each stands there; numbers and quoted names under one of their own."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(source.strip(), mode="eval")):
        if isinstance(node, ast.Name | ast.Constant | ast.UnaryOp):
            name = node.id if isinstance(node, ast.Name) else ""
            found[name] = found.get(name, 0) + 1
    return found


def _events(text: str, name: str) -> None:
    depth = entries = 0
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
                raise FileProblems([f"{name}:{line}: anchors (&) and aliases (*) are not read here. Write it out."])
            if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag and not _implicit(event):
                raise FileProblems([f"{name}:{line}: tags (!) are not read here. Take it out."])
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            entries += isinstance(event, NodeEvent)
            if depth > DEEPEST:
                raise FileProblems([f"{name}:{line}: is nested deeper than {DEEPEST} levels. Take some brackets out."])
            if entries > MOST_ENTRIES:
                raise FileProblems([f"{name}:{line}: has more than {MOST_ENTRIES:,} entries. Make two stories of it."])
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context or "not YAML").split())
        where = mark.line + 1 if mark else 1
        raise FileProblems([f"{name}:{where}: {what[:200]}. Mend the YAML on this line or the one above."]) from error
    except FileProblems:
        raise
    except (YAMLError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:200]
        raise FileProblems([f"{name}:1: is not YAML ({what}). Mend that value."]) from error


def _implicit(event: Any) -> bool:
    """Whether the tag is one that nobody has written."""
    return bool(event.implicit if isinstance(event, CollectionStartEvent) else any(event.implicit or ()))


def _counts(data: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What there is too much of, in a document of any shape."""
    if not isinstance(data, dict):
        return
    for part, most in MOST.items():
        if _size(data.get(part)) > most:
            yield (part,), f"has more than {most} entries; a story for one sitting does with fewer."
    for i, scene in enumerate(_list(data.get("scenes"))):
        options = scene.get("options") if isinstance(scene, dict) else None
        asking = scene.get("asking") if isinstance(scene, dict) else None
        questions = asking.get("choices") if isinstance(asking, dict) else None
        if _size(options) > MOST_OPTIONS:
            yield ("scenes", i, "options"), f"are more than {MOST_OPTIONS}; nobody reads so many."
        if _size(questions) > MOST_QUESTIONS:
            yield ("scenes", i, "asking"), f"has more than {MOST_QUESTIONS} questions; take some out."
    for i, way in enumerate(_list(data.get("walkthroughs"))):
        if isinstance(way, dict) and _size(way.get("path")) > MOST_STEPS:
            yield ("walkthroughs", i, "path"), f"has more than {MOST_STEPS} steps; a run has a dozen."
    yield from _values(data, ())


def _values(node: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            place = (*at, key if isinstance(key, str | int) else str(key))
            if key in _EXPRESSIONS and isinstance(value, str):
                if len(value) > LONGEST_EXPRESSION:
                    yield (
                        place,
                        f"has more than {LONGEST_EXPRESSION} characters; make a 'derived' value of a part.",
                    )
                elif _NUMBER.search(value):
                    yield place, "has a number that is longer than anything a story needs; shorten it."
            yield from _values(value, place)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _values(value, (*at, index))
    elif isinstance(node, int | float) and not isinstance(node, bool) and not abs(node) <= LARGEST_NUMBER:
        yield at, f"is a number beyond {LARGEST_NUMBER:,}; take a smaller one."


def _size(node: Any) -> int:
    return len(node) if isinstance(node, list | dict) else 0


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
