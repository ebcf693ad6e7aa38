"""Read a scenario file and hold it to its word: everything it names must exist.

What is wrong comes as one ``FileProblems``, a line per fault: file, line, place, what is wrong and how to mend it.
Whether a scenario is any *good* is the checker's business, see ``leadgym.scenario.checker``.
"""

from __future__ import annotations

import difflib
import keyword
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from leadgym.scenario.engine import END, State, replay
from leadgym.scenario.expression import MATH_FUNCTIONS, STORY_FUNCTIONS, ExpressionError, expression
from leadgym.scenario.graph import roads
from leadgym.scenario.model import Effect, Scenario, Walkthrough
from leadgym.scenario.places import BRACED, conditions, effects, formulas, prose
from leadgym.yamlfile import Document, Location, parse_yaml, read_yaml, validate

Problem = tuple[Location, str]
_RESERVED = {"variant", *STORY_FUNCTIONS, *MATH_FUNCTIONS}


def load_scenario(path: Path) -> Scenario:
    """The scenario in ``path``. Raises FileProblems with all that is wrong in it."""
    return open_scenario(path)[0]


def open_scenario(path: Path) -> tuple[Scenario, Document]:
    """The scenario in ``path`` and its document, which knows on which line a value stands. Raises FileProblems."""
    document = read_yaml(path)
    return validate(document, Scenario, faults), document


def parse_scenario(text: str, name: str = "scenario.yaml") -> Scenario:
    """The scenario in ``text``; ``name`` stands for the file in messages. Raises FileProblems."""
    return validate(parse_yaml(text, name), Scenario, faults)


def walk(scenario: Scenario, walkthrough: Walkthrough) -> State:
    """The state that a walkthrough's path leads to. Raises NotPossible at a step the story does not offer."""
    return replay(scenario, walkthrough.path, walkthrough.seed, walkthrough.variant, walkthrough.weights)


def faults(scenario: Scenario) -> list[Problem]:
    """Everything a well-formed scenario names that does not exist or cannot be, each with its place."""
    found = [
        *_ids(scenario),
        *_names(scenario),
        *_ranges(scenario),
        *_scenes(scenario),
        *_circles(scenario),
        *_effects(scenario),
        *_expressions(scenario),
        *_prose(scenario),
        *_last_without_if(("endings",), [ending.condition for ending in scenario.endings], "ending"),
        *_debrief(scenario),
        *_walkthroughs(scenario),
    ]
    for name, readings in scenario.words.items():
        found += _last_without_if(("words", name), [reading.condition for reading in readings], "reading")
    return found


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"there is no {kind} '{name}'; did you mean '{near[0]}'?"
    return f"there is no {kind} '{name}'; " + (f"there is: {', '.join(known)}." if known else "there is none at all.")


def _twice(at: Location, ids: Iterable[str], kind: str, field: str = "id") -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            yield (*at, index, field), f"there is already {kind} '{name}'; give this one a name of its own."
        seen.add(name)


def _ids(scenario: Scenario) -> Iterator[Problem]:
    yield from _twice(("scenes",), (scene.id for scene in scenario.scenes), "a scene")
    yield from _twice(("endings",), (ending.id for ending in scenario.endings), "an ending")
    yield from _twice(("walkthroughs",), (w.name for w in scenario.walkthroughs), "a walkthrough", "name")
    for i, scene in enumerate(scenario.scenes):
        if scene.id == END:
            yield ("scenes", i, "id"), "'end' is kept for the end of the story; give the scene another id."
        yield from _twice(("scenes", i, "options"), (o.id for o in scene.options), "an option")
        if scene.asking:
            yield from _twice(("scenes", i, "asking", "choices"), (q.id for q in scene.asking.choices), "a question")
    for place in effects(scenario):
        yield from _twice((*place.where, "outcomes"), (o.id for o in place.effect.outcomes), "an outcome")


def _names(scenario: Scenario) -> Iterator[Problem]:
    """Variables, derived values and words share one space: conditions and ``{name}`` in prose look them up there."""
    owner: dict[str, str] = {}
    for kind, names in (
        ("variables", scenario.variables),
        ("derived", scenario.derived),
        ("words", scenario.words),
    ):
        for name in names:
            if name in owner:
                yield (kind, name), f"the name is taken under '{owner[name]}'; choose another, conditions share them."
            elif name in _RESERVED or keyword.iskeyword(name):
                yield (kind, name), f"'{name}' means something in conditions already; choose another name."
            owner.setdefault(name, kind)
    called = Counter(person.name for person in scenario.cast.values())
    for name, person in scenario.cast.items():
        if called[person.name] > 1:
            yield ("cast", name, "name"), f"two people are called '{person.name}'; the player cannot tell them apart."


def _ranges(scenario: Scenario) -> Iterator[Problem]:
    for name, variable in scenario.variables.items():
        low, high = variable.min, variable.max
        if low is not None and high is not None and low >= high:
            yield ("variables", name, "min"), f"min ({low:g}) has to lie below max ({high:g})."
        else:
            yield from _inside(scenario, name, variable.start, ("variables", name, "start"))
    for variant, spec in scenario.variants.items():
        for name, start in spec.start.items():
            where = ("variants", variant, "start", name)
            if name in scenario.variables:
                yield from _inside(scenario, name, start, where)
            else:
                yield where, _unknown("variable", name, scenario.variables)


def _inside(scenario: Scenario, name: str, start: float, where: Location) -> Iterator[Problem]:
    variable = scenario.variables[name]
    if variable.min is not None and start < variable.min:
        yield where, f"starts at {start:g}, below its min ({variable.min:g}); change one of them."
    if variable.max is not None and start > variable.max:
        yield where, f"starts at {start:g}, above its max ({variable.max:g}); change one of them."


def _scenes(scenario: Scenario) -> Iterator[Problem]:
    scenes = [scene.id for scene in scenario.scenes]
    for i, scene in enumerate(scenario.scenes):
        at: Location = ("scenes", i)
        if scene.next and scene.next not in (*scenes, END):
            yield (*at, "next"), _unknown("scene", scene.next, [*scenes, END])
        if not scene.options and scene.asking:
            yield (*at, "asking"), "a scene without options passes by unasked; give it options or take 'asking' out."
        if not scene.options and scene.question:
            yield (*at, "question"), "a scene without options decides nothing; give it options or take 'question' out."
        if not scene.options and scene.turning_point:
            yield (*at, "turning_point"), "a scene without options turns nothing; take 'turning_point' out."
        for j, question in enumerate(scene.asking.choices if scene.asking else []):
            ask = (*at, "asking", "choices", j)
            if question.who and question.who not in scenario.cast:
                yield (*ask, "who"), _unknown("person", question.who, scenario.cast)
            for k, fact in enumerate(question.learns):
                if fact not in scenario.facts:
                    yield (*ask, "learns", k), _unknown("fact", fact, scenario.facts)
        for j, option in enumerate(scene.options):
            if option.next and option.next not in (*scenes, END):
                yield (*at, "options", j, "next"), _unknown("scene", option.next, [*scenes, END])
            for variant in option.keys:
                if variant not in scenario.variants:
                    yield (*at, "options", j, "keys", variant), _unknown("variant", variant, scenario.variants)


def _effects(scenario: Scenario) -> Iterator[Problem]:
    scenes = [*(scene.id for scene in scenario.scenes), END]
    for place in effects(scenario):
        effect, at = place.effect, place.where
        if effect.later and effect.later not in scenes:
            yield (*at, "later"), _unknown("scene", effect.later, scenes)
        yield from _coherent(effect, at)
        changes = [((*at, "change"), effect.change)]
        changes += [((*at, "outcomes", i, "change"), outcome.change) for i, outcome in enumerate(effect.outcomes)]
        for where, change in changes:
            for name in change:
                if name in scenario.variables:
                    continue
                if name in scenario.derived:
                    yield (*where, name), f"'{name}' is computed by its formula; change the variables it is made of."
                else:
                    yield (*where, name), _unknown("variable", name, scenario.variables)


def _coherent(effect: Effect, at: Location) -> Iterator[Problem]:
    if bool(effect.draw) != bool(effect.outcomes):
        given = "draw" if effect.draw else "outcomes"
        yield (*at, given), "'draw' and 'outcomes' go together; give both or neither."
    if effect.draw and effect.chance is not None:
        yield (*at, "chance"), "'draw' has its chances in 'outcomes'; take 'chance' out."
    if effect.draw and effect.later:
        yield (*at, "later"), "a 'draw' happens at once; put 'later' on an effect of its own, with if: drawn(...)."
    total = sum(outcome.chance for outcome in effect.outcomes)
    if effect.outcomes and abs(total - 1) > 1e-6:
        yield (*at, "outcomes"), f"the chances of draw '{effect.draw}' add up to {total:g}; they have to add up to 1."
    if not (effect.change or effect.draw or effect.outcomes or effect.text):
        yield at, "does nothing; give it 'change', 'draw' or 'text'."


def _expressions(scenario: Scenario) -> Iterator[Problem]:
    options = [f"{s.id}.{o.id}" for s in scenario.scenes for o in s.options]
    questions = [f"{s.id}.{q.id}" for s in scenario.scenes if s.asking for q in s.asking.choices]
    drawn: dict[str, set[str]] = {}
    for effect in effects(scenario):
        if effect.effect.draw:
            drawn.setdefault(effect.effect.draw, set()).update(o.id for o in effect.effect.outcomes)

    def about(call: str, words: tuple[str, ...]) -> str | None:
        match call, words:
            case "chose", (option,) if option not in options:
                return _unknown("option", option, options)
            case "asked", (question,) if question not in questions:
                return _unknown("question", question, questions)
            case "knows", (fact,) if fact not in scenario.facts:
                return _unknown("fact", fact, scenario.facts)
            case "drawn", (draw, _) if draw not in drawn:
                return _unknown("draw", draw, drawn)
            case "drawn", (draw, outcome) if outcome not in drawn[draw]:
                return f"in draw '{draw}' {_unknown('outcome', outcome, sorted(drawn[draw]))}"
        return None

    for place in (*conditions(scenario), *formulas(scenario)):
        yield from ((place.where, message) for message in _expression(scenario, place.text, about))


def _expression(scenario: Scenario, source: str, about: Callable[[str, tuple[str, ...]], str | None]) -> Iterator[str]:
    try:
        parsed = expression(source)
    except ExpressionError as error:
        yield str(error)
        return
    numbers = [*scenario.variables, *scenario.derived]
    for name in sorted(parsed.names - set(numbers)):
        yield _unknown("variable or derived value", name, numbers)
    for call, words in parsed.calls:
        if message := about(call, words):
            yield message
    for variant in sorted(parsed.variants - set(scenario.variants)):
        yield _unknown("variant", variant, scenario.variants)


def _prose(scenario: Scenario) -> Iterator[Problem]:
    known = [*scenario.words, *scenario.variables, *scenario.derived]
    for place in prose(scenario):
        for name in BRACED.findall(place.text):
            if name not in known:
                yield place.where, f"nothing defines {{{name}}}; {_unknown('word', name, known)}"
    for name, readings in scenario.words.items():
        for i, reading in enumerate(readings):
            if BRACED.search(reading.reads):
                yield ("words", name, i, "is"), "a word is told as it stands; write {...} in the prose around it."


def _last_without_if(at: Location, given: list[str | None], kind: str) -> Iterator[Problem]:
    if not given:
        yield at, f"has no {kind}; give it at least one."
    for i, condition in enumerate(given[:-1]):
        if condition is None:
            yield (*at, i), f"has no 'if', so no {kind} after it is ever reached; give it one or move it to the end."
    if given and given[-1] is not None:
        yield (*at, len(given) - 1, "if"), f"the last {kind} is for every other case; take its 'if' out or add one."


def _debrief(scenario: Scenario) -> Iterator[Problem]:
    decisions = [scene.id for scene in scenario.scenes if scene.options]
    numbers = [*scenario.variables, *scenario.derived]
    if scenario.debrief.compare not in decisions:
        yield ("debrief", "compare"), _unknown("scene with options", scenario.debrief.compare, decisions)
    if scenario.debrief.measure not in numbers:
        yield ("debrief", "measure"), _unknown("variable or derived value", scenario.debrief.measure, numbers)


def _walkthroughs(scenario: Scenario) -> Iterator[Problem]:
    options = [f"{s.id}.{o.id}" for s in scenario.scenes for o in s.options]
    questions = [f"ask {s.id}.{q.id}" for s in scenario.scenes if s.asking for q in s.asking.choices]
    endings = [ending.id for ending in scenario.endings]
    for i, given in enumerate(scenario.walkthroughs):
        at: Location = ("walkthroughs", i)
        if given.variant and given.variant not in scenario.variants:
            yield (*at, "variant"), _unknown("variant", given.variant, scenario.variants)
        for aim in given.weights:
            if aim not in scenario.aims:
                yield (*at, "weights", aim), _unknown("aim", aim, scenario.aims)
        for j, step in enumerate(given.path):
            kind, known = ("question", questions) if step.startswith("ask ") else ("option", options)
            if step not in known:
                yield (*at, "path", j), _unknown(kind, step, known)
        if given.ending not in endings:
            yield (*at, "ending"), _unknown("ending", given.ending, endings)


def _circles(scenario: Scenario) -> Iterator[Problem]:
    ways = roads(scenario)
    if circle := _circle({name: (to & set(ways)) - {END} for name, to in ways.items()}):
        place = [scene.id for scene in scenario.scenes].index(circle[0])
        yield ("scenes", place), f"the story runs in a circle ({' -> '.join(circle)}); it has to go forward."
    needs: dict[str, set[str]] = {}
    for name, derived in scenario.derived.items():
        try:
            needs[name] = expression(derived.formula).names & set(scenario.derived)
        except ExpressionError:
            needs[name] = set()
    if circle := _circle(needs):
        yield ("derived", circle[0], "formula"), f"is computed from itself ({' -> '.join(circle)}); break the circle."


def _circle(ways: dict[str, set[str]]) -> list[str]:
    """The first circle met, with its start repeated at its end; empty when there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in done:
            for to in sorted(ways[name]):
                if found := visit(to, [*path, name]):
                    return found
            done.add(name)
        return []

    for name in ways:
        if found := visit(name, []):
            return found
    return []
