"""A run as text: every scene, question, choice and consequence in order. Markdown that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterable

from leadgym.scenario.engine import (
    END,
    Change,
    Event,
    State,
    advance,
    begin,
    current_scene,
    format_value,
    open_options,
    open_questions,
    passages,
    questions_left,
    tell,
)
from leadgym.scenario.model import Derived, Ending, Scenario, Variable
from leadgym.scenario.outcome import aim_scores


def transcript(state: State) -> str:
    """The whole run up to ``state``, as Markdown that ends in a line break."""
    here = begin(state.scenario, state.seed, state.variant, state.weights)
    parts = [f"# {state.scenario.title}", *opening(here), *events_told(None, here), *scene_told(here)]
    for choice in state.choices:
        before, here = here, advance(here, choice)
        parts += events_told(before, here)
        if here.scene is None:
            parts += ending_told(here)
        elif here.scene != before.scene:
            parts += scene_told(here)
    if here.scene is not None:
        parts.append("The story stands here.")
    return "\n\n".join(parts) + "\n"


def opening(state: State) -> list[str]:
    """What is said before the first scene: the premise, where it is played, what the player weighted."""
    parts = [tell(state, state.scenario.premise)]
    if state.variant:
        variant = state.scenario.variants[state.variant]
        parts.append(f"Played in: {variant.label}. {variant.about}")
    if any(state.weights.values()):
        aims = state.scenario.aims
        parts.append(
            "Your weights: " + ", ".join(f"{aims[a].label} {weight}" for a, weight in state.weights.items()) + "."
        )
    return parts


def scene_told(state: State) -> list[str]:
    """The scene the story stands at: its text, what may be asked, and what may be done in the order shown."""
    scene = current_scene(state)
    parts = [tell(state, scene.text), *passages(state, scene.passages)]
    if scene.asking and open_questions(state):
        parts.append(tell(state, scene.asking.intro))
        parts.append(_bullets(tell(state, question.text) for question in open_questions(state)))
        parts.append(questions_left_told(state))
    parts.append(tell(state, scene.question))
    parts.append(_bullets(tell(state, option.text) for option in open_options(state)))
    return [part for part in parts if part]


def questions_left_told(state: State) -> str:
    """How many questions can still be put, as a sentence."""
    left = questions_left(state)
    return "You can ask one of these." if left == 1 else f"You can ask {left} of these."


def events_told(before: State | None, after: State) -> list[str]:
    """What happened between two states of one run, with the heading of every scene entered on the way."""
    parts: list[str] = []
    place = before.scene if before else None
    said = ""
    for event in after.events[len(before.events) if before else 0 :]:
        if event.scene not in (place, END):
            parts.append(heading(after, event.scene))
            place = event.scene
        if event.kind == "ending" and place != END:
            parts.append(f"## {tell(after, _ending(after).title)}")
            place = END
        back = f" (This goes back to {_origin(after, event.cause)}.)" if event.delayed and event.cause != said else ""
        said = event.cause if event.delayed else ""
        parts.append(_event(after.scenario, event, back))
    parts.append(_bullets(_derived_changes(before, after)) if before else "")
    if after.scene and after.scene != place:
        parts.append(heading(after, after.scene))
    return [part for part in parts if part]


def ending_told(state: State) -> list[str]:
    """What stands at the end beside the ending's own text: meters, aims, the debrief."""
    scenario = state.scenario
    debrief = scenario.debrief
    parts = ["## Where you stand", _bullets(f"{label}: {shown}" for label, shown in meters(state))]
    if scenario.aims:
        scores = aim_scores(state)
        aims = scenario.aims.items()
        parts.append(_bullets(f"{aim.label}: {scores[name]:.0f} of 100" for name, aim in aims))
    return [*parts, tell(state, debrief.sentence), "## Questions to take away", _bullets(debrief.questions)]


def meters(state: State) -> list[tuple[str, str]]:
    """Label and value with unit of everything the player is shown."""
    specs: dict[str, Variable | Derived] = {**state.scenario.variables, **state.scenario.derived}
    return [
        (spec.label, f"{format_value(state, name)} {spec.unit}".strip()) for name, spec in specs.items() if spec.show
    ]


def heading(state: State, scene: str) -> str:
    """When and what, as a Markdown heading."""
    found = state.scenario.scene(scene)
    return f"## {tell(state, found.when)}: {tell(state, found.title)}"


def _ending(state: State) -> Ending:
    return next(ending for ending in state.scenario.endings if ending.id == state.ending)


def _origin(state: State, choice: str) -> str:
    scene = state.scenario.scene(choice.removeprefix("ask ").partition(".")[0])
    return f'"{tell(state, scene.title)}"'


def _event(scenario: Scenario, event: Event, back: str) -> str:
    match event.kind:
        case "choice" if event.cause.startswith("ask "):
            return f"**Your question:** {event.text}"
        case "choice":
            return f"**Your choice:** {event.text}"
        case "fact":
            return f"**You now know:** {event.text}"
        case "change":
            return _bullets(_changes(scenario, event.changes, event.why, back))
        case _:
            return f"{event.text.rstrip()}{back}"


def _changes(scenario: Scenario, changes: Iterable[Change], why: str, back: str) -> Iterable[str]:
    reason = f" ({why.rstrip('.')})" if why else ""
    for change in changes:
        spec = scenario.variables[change.variable]
        if spec.show:
            before, after = f"{change.before:.{spec.digits}f}", f"{change.after:.{spec.digits}f} {spec.unit}".strip()
            yield f"{spec.label}: {before} to {after}{reason}.{back}"


def _derived_changes(before: State, after: State) -> Iterable[str]:
    for name, spec in after.scenario.derived.items():
        was, now = format_value(before, name), format_value(after, name)
        if spec.show and was != now:
            yield f"{spec.label}: {was} to {now} {spec.unit}".strip() + "."


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
