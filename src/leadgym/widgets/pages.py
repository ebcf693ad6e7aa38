"""What the player shows while a story runs, as HTML: heading, what came of the last choice, scene, meters, the story.

Pure: each function takes the run's states (``states[i]`` after ``i`` choices) and gives HTML whose every word from the
story has been through ``leadgym.widgets.prose``.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadgym.scenario.engine import Event, State, current_scene, format_value, passages, questions_left, tell, value
from leadgym.scenario.expression import expression
from leadgym.scenario.model import Derived, Option, Scenario, Scene, Variable
from leadgym.widgets.prose import block, clock, inline, plain, quoted

MINUS = "\N{MINUS SIGN}"


def is_ask(choice: str) -> bool:
    """Whether a choice is a question and not a decision."""
    return choice.startswith("ask ")


def scene_named(scenario: Scenario, name: str) -> Scene:
    """The scene with that id."""
    return next(scene for scene in scenario.scenes if scene.id == name)


def decisions(state: State) -> list[str]:
    """The ids of the scenes in which the player has decided, in order."""
    return [choice.partition(".")[0] for choice in state.choices if not is_ask(choice)]


def option_of(state: State, choice: str) -> Option:
    """The option that a choice took."""
    scene, _, option = choice.partition(".")
    return next(o for o in scene_named(state.scenario, scene).options if o.id == option)


def before_last_decision(states: Sequence[State]) -> State:
    """The state just before the last decision; the first state while there is none."""
    choices = states[-1].choices
    last = max((i for i, choice in enumerate(choices) if not is_ask(choice)), default=0)
    return states[last]


def since_last_decision(state: State) -> list[Event]:
    """What has happened since the last decision, the decision itself included."""
    last = max((i for i, e in enumerate(state.events) if e.kind == "choice" and not is_ask(e.cause)), default=0)
    return list(state.events[last:])


def premise(state: State) -> str:
    """What a player reads before declaring weights: where they are, and who is there."""
    scenario = state.scenario
    people = "".join(
        f"<dt>{html.escape(p.name)}</dt><dd><b>{html.escape(p.role)}</b>: {inline(p.about)}</dd>"
        for p in scenario.cast.values()
    )
    return (
        f'<h3 tabindex="-1" data-leadgym-focus>{html.escape(plain(scenario.title))}</h3>'
        f'<div class="leadgym-prose">{block(tell(state, scenario.premise))}</div>'
        f'<h4>Who is there</h4><dl class="leadgym-cast">{people}</dl>'
    )


def heading(state: State) -> str:
    """When and where, as the heading that takes the focus."""
    if state.scene is None:
        ending = next(e for e in state.scenario.endings if e.id == state.ending)
        when, title = "How it ends", ending.title
    else:
        scene = current_scene(state)
        when, title = tell(state, scene.when), tell(state, scene.title)
    return (
        f'<h3 tabindex="-1" data-leadgym-focus><span class="leadgym-when">{inline(when)}</span> '
        f"<span>{inline(title)}</span></h3>"
    )


def scene_text(state: State) -> str:
    """What came of the last choice, then the scene's prose; at the end, the ending's."""
    events = since_last_decision(state)
    came = [e for e in events if not (is_ask(e.cause) and e.scene == state.scene and not e.delayed)]
    parts = []
    if came and came[0].kind == "choice":
        now = [e for e in came if not e.delayed and e.kind != "ending"]
        parts.append(f'<div class="leadgym-came">{"".join(told(state, now))}</div>')
    parts += told(state, [e for e in came if e.delayed])
    if state.scene is None:
        parts += [block(e.text) for e in came if e.kind == "ending"]
    else:
        scene = current_scene(state)
        parts += [block(tell(state, scene.text)), *(block(text) for text in passages(state, scene.passages))]
    return f'<div class="leadgym-prose">{"".join(parts)}</div>'


def told(state: State, events: Sequence[Event]) -> Iterator[str]:
    """Events as prose. What comes back from earlier names the choice it comes from; an interlude gets its heading."""
    here, cause = "", ""
    for event in events:
        if event.kind == "choice":
            verb = "Before deciding" if is_ask(event.cause) else "You chose"
            yield f'<p class="leadgym-you"><b>{verb}:</b> {inline(event.text)}</p>'
            here, cause = event.scene, ""
        elif event.kind == "told" and event.delayed:
            source = "" if event.cause == cause else f'<p class="leadgym-from">{came_from(state, event.cause)}</p>'
            yield f'<div class="leadgym-back">{source}{block(event.text)}</div>'
            cause = event.cause
        elif event.kind == "told":
            if not event.cause and event.scene != here:
                scene = scene_named(state.scenario, event.scene)
                yield f"<h4>{html.escape(clock(scene.when, scene.title))}</h4>"
                here = event.scene
            yield block(event.text)
        elif event.kind == "fact":
            yield f'<p class="leadgym-learned"><b>Now you know:</b> {inline(event.text)}</p>'


def came_from(state: State, cause: str) -> str:
    """The sentence that names the earlier choice behind what comes back."""
    scene = scene_named(state.scenario, cause.removeprefix("ask ").partition(".")[0])
    words = next(e.text for e in state.events if e.kind == "choice" and e.cause == cause)
    return f"From {quoted(clock(scene.when, scene.title))}, where you chose {quoted(words)}:"


def asked(state: State) -> str:
    """The questions put in this scene and what they brought; the newest takes the focus."""
    events = [e for e in state.events if is_ask(e.cause) and e.scene == state.scene and not e.delayed]
    groups: list[list[Event]] = []
    for event in events:
        if event.kind == "choice":
            groups.append([])
        groups[-1].append(event)
    return "".join(
        f'<div class="leadgym-answer" tabindex="-1"{" data-leadgym-focus" if group is groups[-1] else ""}>'
        f"{''.join(told(state, group))}</div>"
        for group in groups
    )


def questions_intro(state: State) -> str:
    """What may be asked, and how many questions are left."""
    asking = current_scene(state).asking
    if asking is None:
        return ""
    left = questions_left(state)
    count = "No question left" if left == 0 else f"{left} question{'' if left == 1 else 's'} left"
    return f'<p class="leadgym-prose">{inline(asking.intro)} <span class="leadgym-count">{count}.</span></p>'


@dataclass(frozen=True, slots=True)
class Moved:
    """How a shown value moved since the last decision: the text of the difference, better or worse, and why."""

    amount: str
    side: str
    reasons: tuple[str, ...]


def moved(states: Sequence[State], name: str) -> Moved | None:
    """How ``name`` moved since the last decision; None when it shows no difference."""
    before, now = before_last_decision(states), states[-1]
    spec = _spec(now.scenario, name)
    difference = value(now, name) - value(before, name)
    if round(difference, spec.digits) == 0:
        return None
    side = "" if spec.better == "none" else "better" if (difference > 0) == (spec.better == "high") else "worse"
    return Moved(_signed(difference, spec), side, tuple(_reasons(now, name)))


def _reasons(state: State, name: str) -> Iterator[str]:
    spec = _spec(state.scenario, name)
    watched = {name} if isinstance(spec, Variable) else _inputs(state.scenario, name)
    found: list[tuple[float, str]] = []
    for event in since_last_decision(state):
        for change in event.changes:
            if change.variable not in watched:
                continue
            why = plain(event.why)
            if event.delayed:
                scene = scene_named(state.scenario, event.cause.removeprefix("ask ").partition(".")[0])
                why = f"{why or 'it comes back'} (from “{clock(scene.when, scene.title)}”)"
            if why and why not in [reason for _, reason in found]:
                found.append((change.after - change.before, why))
    several = len(found) > 1 and isinstance(spec, Variable)
    for amount, why in found:
        yield f"{_signed(amount, spec)}: {why}" if several else why


def _inputs(scenario: Scenario, name: str) -> set[str]:
    """The variables a derived value is computed from."""
    names = expression(scenario.derived[name].formula).names
    return {n for n in names if n in scenario.variables}.union(
        *(_inputs(scenario, n) for n in names if n in scenario.derived)
    )


def _spec(scenario: Scenario, name: str) -> Variable | Derived:
    return scenario.variables.get(name) or scenario.derived[name]


def _signed(amount: float, spec: Variable | Derived) -> str:
    return f"{'+' if amount > 0 else MINUS}{abs(amount):.{spec.digits}f}"


def number(state: State, name: str) -> str:
    """A variable's or derived value's number with its own digits and a real minus sign."""
    return format_value(state, name).replace("-", MINUS)


def shown(scenario: Scenario) -> list[str]:
    """The names of the values a player sees, variables first."""
    return [name for table in (scenario.variables, scenario.derived) for name, spec in table.items() if spec.show]


def meters(states: Sequence[State]) -> str:
    """Every shown value with its unit, how it moved since the last decision, and why. Never by colour alone."""
    now = states[-1]
    rows = []
    for name in shown(now.scenario):
        spec = _spec(now.scenario, name)
        unit = f' <span class="leadgym-unit">{html.escape(spec.unit)}</span>' if spec.unit else ""
        hint = {"high": "more is better", "low": "less is better", "none": ""}[spec.better]
        row = (
            f'<div class="leadgym-label">{html.escape(spec.label)}</div>'
            f'<div class="leadgym-value">{number(now, name)}{unit}</div>{_bar(now, name)}'
        )
        change = moved(states, name)
        if change:
            side = f", {change.side}" if change.side else ""
            why = "".join(f"<li>{html.escape(reason)}</li>" for reason in change.reasons)
            row += (
                f'<div class="leadgym-moved leadgym-{change.side or "moved"}">{change.amount}{side}</div>'
                + (f'<ul class="leadgym-why">{why}</ul>' if why else "")
            )  # fmt: skip
        elif hint:
            row += f'<div class="leadgym-hint">{hint}</div>'
        rows.append(f'<li class="leadgym-meter">{row}</li>')
    facts = [plain(tell(now, fact.text)) for name, fact in now.scenario.facts.items() if name in now.facts]
    known = "".join(f"<li>{html.escape(fact)}</li>" for fact in facts)
    return (
        f'<h4>Where things stand</h4><ul class="leadgym-meters">{"".join(rows)}</ul>'
        + (f'<h4>What you know</h4><ul class="leadgym-known">{known}</ul>' if known else "")
    )  # fmt: skip


def _bar(state: State, name: str) -> str:
    spec = _spec(state.scenario, name)
    if not isinstance(spec, Variable) or spec.min is None or spec.max is None:
        return ""
    full = 100 * (value(state, name) - spec.min) / (spec.max - spec.min)
    return f'<div class="leadgym-bar" aria-hidden="true"><i style="width:{full:.0f}%"></i></div>'


def story_so_far(states: Sequence[State]) -> str:
    """Everything told and decided before the scene that stands, folded away under one line."""
    now = states[-1]
    count = len(decisions(now))
    if not count:
        return ""
    parts, here = [], ""
    for before, after in pairwise(states):
        if before.scene is None or (before.scene == now.scene):
            break
        scene = current_scene(before)
        if scene.id != here:
            here = scene.id
            parts.append(f"<h4>{html.escape(clock(tell(before, scene.when), tell(before, scene.title)))}</h4>")
            parts.append(block(tell(before, scene.text)))
            parts += [block(text) for text in passages(before, scene.passages)]
        parts += told(after, [e for e in after.events[len(before.events) :] if e.kind != "ending"])
    told_so_far = "".join(parts)
    return (
        f'<details class="leadgym-story" data-leadgym-keep="story"><summary><b>The story so far</b> '
        f"({count} decision{'' if count == 1 else 's'})</summary>"
        f'<div class="leadgym-prose">{told_so_far}</div></details>'
    )


def announcement(states: Sequence[State], options: int) -> str:
    """One line for a screen reader: where the story stands now and what has moved."""
    now = states[-1]
    if now.scene is None:
        ending = next(e for e in now.scenario.endings if e.id == now.ending)
        place = f"The story has ended: {plain(tell(now, ending.title))}."
    else:
        scene = current_scene(now)
        name = clock(tell(now, scene.when), tell(now, scene.title))
        place = f"{name}{'' if name.endswith(('.', '?', '!')) else '.'} {options} options."
    changes = []
    for name in shown(now.scenario):
        change = moved(states, name)
        if change:
            spec = _spec(now.scenario, name)
            side = f", {change.side}" if change.side else ""
            changes.append(f"{spec.label} {change.amount} {spec.unit}{side}".replace(" ,", ","))
    return " ".join([place, *([f"Since your last decision: {'; '.join(changes)}."] if changes else [])])
