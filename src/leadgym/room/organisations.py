"""A story that a room plays in two organisations: which there are, and the runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from leadgym.room.kept import SessionProblem
from leadgym.scenario.engine import State, tell
from leadgym.scenario.model import Scenario
from leadgym.scenario.outcome import aim_scores
from leadgym.widgets.debrief import EFFECTIVENESS
from leadgym.widgets.pages import decisions, option_of, scene_named
from leadgym.widgets.prose import inline, plain

TITLE = "One story, two organisations"
NOTE = "The ratings are the authors' own and provisional: 1 makes it worse, 5 helps most."


def check_variant(story: Scenario, slug: str, variant: str) -> None:
    """Nothing when ``story`` can be played in ``variant``, or none is asked for. Raises SessionProblem."""
    if not variant or variant in story.variants:
        return
    if not story.variants:
        raise SessionProblem(f"{slug} is played in one organisation only. Leave the variant out.")
    names = ", ".join(f"{name} ({plain(one.label)})" for name, one in story.variants.items())
    raise SessionProblem(f"{slug} has no variant '{variant[:40]}'. There are: {names}.")


def label(state: State) -> str:
    """The organisation of a run; empty where the story has one only."""
    return plain(state.scenario.variants[state.variant].label) if state.variant else ""


def about(state: State) -> str:
    """The organisation as HTML, to stand below the premise; empty where the story has one only."""
    if not state.variant:
        return ""
    found = state.scenario.variants[state.variant]
    return f'<p class="organisation"><b>{escape(plain(found.label))}.</b> {inline(found.about)}</p>'


def rows(ends: Sequence[State]) -> list[tuple[str, ...]]:
    """What the runs that stand at ``ends`` chose in each decision, their aims and endings: a row each, text only."""
    scenes = list(dict.fromkeys(scene for end in ends for scene in decisions(end)))
    found = [(_scene(ends[0], scene), *(_chosen(end, scene) for end in ends)) for scene in scenes]
    scores = [aim_scores(end) for end in ends]
    for name, aim in ends[0].scenario.aims.items():
        found.append((plain(aim.label), *(f"{score[name]:.0f} of 100" for score in scores)))
    return [*found, ("How it ended", *(_ending(end) for end in ends))]


def beside(ends: Sequence[State]) -> str:
    """The rows as an HTML table, with its title and what its numbers are."""
    head = "".join(f'<th scope="col">{escape(label(end))}</th>' for end in ends)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in rows(ends)
    )
    table = f'<table class="organisations"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f"<h4>{TITLE}</h4>{table}<p>{NOTE}</p>"


def _scene(state: State, name: str) -> str:
    return plain(tell(state, scene_named(state.scenario, name).title))


def _chosen(end: State, scene: str) -> str:
    choice = next((one for one in end.choices if one.startswith(f"{scene}.")), None)
    if choice is None:
        return "not played"
    option = option_of(end, choice)
    key = option.key_in(end.variant)
    return f"{plain(tell(end, option.text))} (authors: {key} of 5, {EFFECTIVENESS[key]})"


def _ending(end: State) -> str:
    return next((plain(one.title) for one in end.scenario.endings if one.id == end.ending), "not played to its end")
