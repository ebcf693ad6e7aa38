"""A scenario as a Mermaid flowchart: scenes, what leads where, what comes back later, and the endings."""

from __future__ import annotations

from leadgym.scenario.engine import END
from leadgym.scenario.graph import leads_to
from leadgym.scenario.model import Scenario, Scene
from leadgym.scenario.places import by_default, effects

# Order counts: the entities below begin with the first character.
_ENTITIES = {
    "#": "#35;",
    "&": "#amp;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "{": "#123;",
    "}": "#125;",
}
_LONGEST = 48


def mermaid(scenario: Scenario) -> str:
    """The flowchart's source. A dotted arrow is an effect that is put off; a turning point says so."""
    lines = ["flowchart TD", f"  accTitle: {_label(scenario.title, cut=False)}"]
    for scene in scenario.scenes:
        lines.append(f"  {_scene_node(scenario, scene)}")
    lines.append('  how_it_ends{"How it ends"}')
    for ending in scenario.endings:
        lines.append(f'  ending_{ending.id}(["{_label(by_default(scenario, ending.title))}"])')
    for scene in scenario.scenes:
        lines += [f"  {line}" for line in _arrows(scenario, scene)]
    for ending in scenario.endings:
        condition = _label(ending.condition, cut=False) if ending.condition else "otherwise"
        lines.append(f'  how_it_ends -->|"{condition}"| ending_{ending.id}')
    lines += [f"  {line}" for line in _later(scenario)]
    return "\n".join(lines) + "\n"


def _scene_node(scenario: Scenario, scene: Scene) -> str:
    rows = [_label(by_default(scenario, text)) for text in (scene.title, scene.when)]
    if not scene.options:
        return f'scene_{scene.id}("{"<br/>".join(rows)}")'
    if scene.turning_point:
        rows.append("turning point")
    if scene.asking:
        rows.append(f"{len(scene.asking.choices)} questions, {scene.asking.budget} can be asked")
    rows += [f"{option.id}: {_label(by_default(scenario, option.text))}" for option in scene.options]
    return f'scene_{scene.id}["{"<br/>".join(rows)}"]'


def _arrows(scenario: Scenario, scene: Scene) -> list[str]:
    """One arrow per place a scene leads to; named after the options only where options lead to different places."""
    targets: dict[str, list[str]] = {}
    for option in scene.options:
        targets.setdefault(leads_to(scenario, scene, option), []).append(option.id)
    if len(targets) < 2:
        return [f"scene_{scene.id} --> {_node(next(iter(targets), leads_to(scenario, scene)))}"]
    return [f'scene_{scene.id} -->|"{", ".join(ids)}"| {_node(target)}' for target, ids in targets.items()]


def _later(scenario: Scenario) -> list[str]:
    causes: dict[tuple[str, str], dict[str, None]] = {}
    for place in effects(scenario):
        if place.effect.later:
            name = place.cause.rpartition(".")[2]
            asked = f"asked {name}" if place.cause.startswith("ask ") else name
            causes.setdefault((place.scene, place.effect.later), {})[asked] = None
    return [f'scene_{scene} -.->|"{", ".join(names)}"| {_node(target)}' for (scene, target), names in causes.items()]


def _node(target: str) -> str:
    return "how_it_ends" if target == END else f"scene_{target}"


def _label(text: str, *, cut: bool = True) -> str:
    """``text`` on one line, shortened, with what Mermaid would read as its own written as entities."""
    line = " ".join(text.split())
    if cut and len(line) > _LONGEST and " " in line[:_LONGEST]:
        line = line[:_LONGEST].rpartition(" ")[0].rstrip(",;:") + " …"
    for character, entity in _ENTITIES.items():
        line = line.replace(character, entity)
    return line
