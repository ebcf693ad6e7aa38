"""What is weak in a scenario that loads: each finding says where, what, and how to mend it.

Errors are faults a player would meet or could profit from; warnings are for the author to think about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from leadgym.scenario.dominance import dominations
from leadgym.scenario.engine import END, NotPossible, advance, begin, in_order
from leadgym.scenario.expression import expression
from leadgym.scenario.graph import after, roads
from leadgym.scenario.loader import open_scenario
from leadgym.scenario.model import Option, Scenario, Scene, Walkthrough
from leadgym.scenario.places import BRACED, by_default, conditions, effects, formulas, prose
from leadgym.scenario.playout import Progress, Seen, no_progress, play_out
from leadgym.scenario.tells import (
    SHARE,
    Decision,
    by_position,
    length_tells,
    position_tells,
    tone_tells,
    uneven,
)
from leadgym.yamlfile import Document, Location

DECISIONS = range(4, 7)
SEEDS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness: how bad, where in the file, and a sentence that ends in the mend."""

    severity: Literal["error", "warning"]
    where: Location
    message: str


class Reported(NamedTuple):
    """A finding as it is printed: ``file:line: error: place: message``."""

    severity: Literal["error", "warning"]
    line: str


def check(scenario: Scenario, progress: Progress = no_progress, seen: Seen | None = None) -> list[Finding]:
    """Everything that is weak in ``scenario``, in the order of its parts. Takes a second or two: it plays the story.

    ``seen``: what ``play_out`` has given for it already.
    """
    seen = seen or play_out(scenario, progress)
    return [
        *_roads(scenario, seen),
        *_too_early(scenario),
        *_unused(scenario),
        *_options(scenario),
        *_tells(scenario),
        *_walkthroughs(scenario, seen),
        *_size(scenario, seen),
    ]


def check_file(path: Path, progress: Progress = no_progress) -> list[Reported]:
    """The findings about the scenario in ``path``, by line. Raises FileProblems when it does not load."""
    scenario, document = open_scenario(path)
    return report(check(scenario, progress), document)


def report(findings: list[Finding], document: Document) -> list[Reported]:
    """``findings`` with file and line, in the order of the file."""
    ordered = sorted(findings, key=lambda finding: document.line(finding.where))
    return [Reported(f.severity, document.problem(f.where, f"{f.severity}: {f.message}")) for f in ordered]


def _roads(scenario: Scenario, seen: Seen) -> Iterator[Finding]:
    first = scenario.scenes[0].id
    possible = {first} | after(roads(scenario), first)
    for i, scene in enumerate(scenario.scenes):
        at: Location = ("scenes", i)
        if scene.id not in possible:
            yield Finding("error", at, f"nothing leads to '{scene.id}'; let a 'next' name it or take it out.")
        elif scene.id not in seen.scenes:
            yield Finding("error", at, f"'{scene.id}' is never reached {seen.how}; loosen what leads to it.")
        elif scene.id in seen.dead_ends:
            path = ", ".join(seen.dead_ends[scene.id]) or "the start"
            yield Finding("error", at, f"no option is open here after {path}; leave one without an 'if'.")
        if scene.id not in seen.scenes:
            continue
        for j, option in enumerate(scene.options):
            if f"{scene.id}.{option.id}" not in seen.choices:
                yield Finding("error", (*at, "options", j, "if"), f"never holds {seen.how}; loosen it.")
        for j, question in enumerate(scene.asking.choices if scene.asking else []):
            if f"ask {scene.id}.{question.id}" not in seen.choices:
                yield Finding("error", (*at, "asking", "choices", j, "if"), f"never holds {seen.how}; loosen it.")
    for i, ending in enumerate(scenario.endings):
        if ending.id not in seen.endings:
            message = f"'{ending.id}' is never reached {seen.how}; loosen its 'if', or those of the endings above it."
            yield Finding("error", ("endings", i), message)
    if len(scenario.endings) < 2:
        yield Finding("error", ("endings",), "there is one ending, whatever one does; write at least two.")


def _too_early(scenario: Scenario) -> Iterator[Finding]:
    """Effects put off until a scene that does not come, and conditions about what has not happened yet."""
    ways = roads(scenario)
    for place in effects(scenario):
        later = place.effect.later
        if later and later != END and later not in after(ways, place.scene):
            message = (
                f"'{later}' never comes after '{place.scene}', so this never happens; name a later scene or 'end'."
            )
            yield Finding("error", (*place.where, "later"), message)
    sources: dict[tuple[str, str], set[str]] = {}
    for scene in scenario.scenes:
        for option in scene.options:
            sources[("chose", f"{scene.id}.{option.id}")] = {scene.id}
        for question in scene.asking.choices if scene.asking else []:
            sources[("asked", f"{scene.id}.{question.id}")] = {scene.id}
            for fact in question.learns:
                sources.setdefault(("knows", fact), set()).add(scene.id)
    for place in effects(scenario):
        if place.effect.draw:
            sources.setdefault(("drawn", place.effect.draw), set()).add(place.scene)
    for condition in conditions(scenario):
        if condition.scene in (None, END):
            continue
        for call, words in expression(condition.text).calls:
            scenes = sources.get((call, words[0]))
            if scenes and not any(s == condition.scene or condition.scene in after(ways, s) for s in scenes):
                message = f"{call}({words[0]}) cannot be true yet at '{condition.scene}'; take it out or move it."
                yield Finding("error", condition.where, message)


def _unused(scenario: Scenario) -> Iterator[Finding]:
    told = " ".join(place.text for place in prose(scenario))
    read = {scenario.debrief.measure, *BRACED.findall(told)}
    calls = set()
    for place in (*conditions(scenario), *formulas(scenario)):
        read |= expression(place.text).names
        calls |= {(call, words[0]) for call, words in expression(place.text).calls}
    changed = {name for variant in scenario.variants.values() for name in variant.start}
    for effect in effects(scenario):
        changed |= {*effect.effect.change, *(name for o in effect.effect.outcomes for name in o.change)}
    for name, variable in scenario.variables.items():
        at: Location = ("variables", name)
        if name not in changed:
            also = "" if name in read else ", and nothing reads it"
            yield Finding("error", at, f"nothing changes it{also}; let an effect change it or take it out.")
        elif name not in read and not variable.show:
            yield Finding("error", at, "nothing reads it and the player does not see it; use it or take it out.")
        elif name not in read:
            yield Finding("warning", at, "is shown, and nothing depends on it; let a score or a condition read it.")
    for name, derived in scenario.derived.items():
        if name not in read and not derived.show:
            yield Finding("error", ("derived", name), "nothing reads it and the player does not see it; take it out.")
    for name in scenario.words:
        if name not in read:
            yield Finding("error", ("words", name), f"no prose says {{{name}}}; use it or take it out.")
    questions = [q for scene in scenario.scenes if scene.asking for q in scene.asking.choices]
    for name in scenario.facts:
        if not any(name in question.learns for question in questions):
            yield Finding("error", ("facts", name), "no question teaches it; add it to a 'learns' or take it out.")
    names = " ".join([told, *(reading.reads for word in scenario.words.values() for reading in word)])
    for key, person in scenario.cast.items():
        asked = any(question.who == key for question in questions)
        if not asked and not any(re.search(rf"\b{re.escape(part)}\b", names) for part in person.name.split()):
            yield Finding("error", ("cast", key), f"{person.name} never appears; write them in or take them out.")
    for effect in effects(scenario):
        given = effect.effect
        if given.draw and ("drawn", given.draw) not in calls and not any(o.change or o.text for o in given.outcomes):
            yield Finding(
                "error", (*effect.where, "draw"), "nothing depends on this draw; use drawn(...) or take it out."
            )


def _options(scenario: Scenario) -> Iterator[Finding]:
    for i, scene in enumerate(scenario.scenes):
        at: Location = ("scenes", i)
        if len(scene.options) == 1:
            yield Finding(
                "error", at, "one option is no decision; add another or make it an interlude without options."
            )
        if scene.options and not scene.question:
            yield Finding("warning", at, "has no 'question'; say in one line what is to be decided.")
        for j, option in enumerate(scene.options):
            yield from _debriefed((*at, "options", j), option)
        for j, share in uneven([by_default(scenario, option.text) for option in scene.options]).items():
            longer = "longer" if share > 0 else "shorter"
            message = f"is {abs(share):.0%} {longer} than the mean of its decision; stay within 15%."
            yield Finding("error", (*at, "options", j, "text"), message)
    for found in dominations(scenario):
        options = scenario.scenes[found.scene].options
        better, worse = options[found.better].id, options[found.worse].id
        labels = ", ".join(scenario.variables[name].label for name in found.in_what)
        message = (
            f"'{better}' is no worse than '{worse}' in anything and better in: {labels}; "
            f"let '{better}' cost something, or '{worse}' bring something."
        )
        yield Finding("error", ("scenes", found.scene, "options", found.worse), message)
    for effect in effects(scenario):
        shown = [name for name in effect.effect.change if scenario.variables[name].show]
        if shown and not effect.effect.why:
            labels = ", ".join(scenario.variables[name].label for name in shown)
            message = f"changes what the player sees ({labels}) without a 'why'; add the reason in a few words."
            yield Finding("warning", effect.where, message)


def _debriefed(at: Location, option: Option) -> Iterator[Finding]:
    if not option.right_when.strip():
        message = "has no 'right_when'; say when it would be the best, or rewrite it: nobody would choose it."
        yield Finding("error", at, message)
    if not option.rationale.strip():
        yield Finding("error", at, "has no 'rationale'; say what it buys and what it costs.")
    if not option.dissent.strip():
        yield Finding("warning", at, "has no 'dissent'; say who would rate it otherwise, and why.")


def _tells(scenario: Scenario) -> Iterator[Finding]:
    """Lengths and tones as written; positions as shown. Shuffled options tell nothing unless the shuffling does."""
    scenes = [scene for scene in scenario.scenes if len(scene.options) > 1]
    found: dict[str, None] = {}
    for variant in scenario.variants or [None]:
        written = [_decision(scenario, scene.options, variant) for scene in scenes]
        fixed = [decision for scene, decision in zip(scenes, written, strict=True) if scene.order == "fixed"]
        found |= dict.fromkeys([*length_tells(written), *tone_tells(written), *position_tells(fixed)])
        for scene in scenes:
            if scene.order == "seeded":
                found |= dict.fromkeys(_shuffled(scenario, scene, variant))
    for message in found:
        yield Finding("error", ("scenes",), message)


def _shuffled(scenario: Scenario, scene: Scene, variant: str | None) -> Iterator[str]:
    shown = [_decision(scenario, in_order(scenario, scene, seed), variant) for seed in range(SEEDS)]
    for position, share in by_position(shown).items():
        if share > max(SHARE, 1 / len(scene.options) + 0.15):
            yield (
                f"the shuffling shows the best-keyed option of '{scene.id}' as number {position} in {share:.0%} of "
                f"{SEEDS} runs; rename one of its options, the order hangs on the names."
            )


def _decision(scenario: Scenario, options: list[Option], variant: str | None) -> Decision:
    texts = tuple(by_default(scenario, option.text) for option in options)
    return Decision(texts, tuple(option.key_in(variant) for option in options))


def _walkthroughs(scenario: Scenario, seen: Seen) -> Iterator[Finding]:
    for i, walkthrough in enumerate(scenario.walkthroughs):
        yield from _walked(scenario, walkthrough, ("walkthroughs", i))
    reached = {walkthrough.ending for walkthrough in scenario.walkthroughs}
    for i, ending in enumerate(scenario.endings):
        if ending.id in seen.endings - reached:
            yield Finding("warning", ("endings", i), f"no walkthrough shows the way to '{ending.id}'; add one.")


def _walked(scenario: Scenario, walkthrough: Walkthrough, at: Location) -> Iterator[Finding]:
    state = begin(scenario, walkthrough.seed, walkthrough.variant, walkthrough.weights, prose=False)
    for step, choice in enumerate(walkthrough.path):
        try:
            state = advance(state, choice)
        except NotPossible as error:
            yield Finding("error", (*at, "path", step), str(error))
            return
    if state.ending is None:
        yield Finding("error", (*at, "path"), f"stops at '{state.scene}'; go on until the end.")
    elif state.ending != walkthrough.ending:
        message = f"the path ends in '{state.ending}', not in '{walkthrough.ending}'; mend the path or the ending."
        yield Finding("error", (*at, "ending"), message)


def _size(scenario: Scenario, seen: Seen) -> Iterator[Finding]:
    counts = seen.decisions
    if counts and (min(counts) not in DECISIONS or max(counts) not in DECISIONS):
        few, many = min(counts), max(counts)
        number = f"{few} decision{'' if few == 1 else 's'}" if few == many else f"{few} to {many} decisions"
        message = f"a run has {number}; four to six fit into one sitting."
        yield Finding("warning", ("scenes",), message)
