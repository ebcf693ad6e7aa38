"""The debrief after a story: what the run came to, what the authors would say, what to talk about. Pure HTML."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from itertools import pairwise

from leadgym.course import model_key
from leadgym.scenario.engine import State, current_scene, holds, tell
from leadgym.scenario.model import Option
from leadgym.scenario.outcome import aim_scores, branches, reachable, weighted_score
from leadgym.widgets.figure import comparison, distribution
from leadgym.widgets.model_said import model_said
from leadgym.widgets.pages import is_ask
from leadgym.widgets.prose import clock, inline, plain, quoted

EFFECTIVENESS = {
    1: "makes it worse",
    2: "more likely to hurt",
    3: "makes little difference",
    4: "helps",
    5: "helps most",
}


def closing(state: State) -> str:
    """The sentence about the end state, then each aim's declared weight beside what the run reached."""
    sentence = inline(tell(state, state.scenario.debrief.sentence))
    return f'<p class="leadgym-sentence">{sentence}</p>{_aims(state)}'


def _aims(state: State) -> str:
    aims = state.scenario.aims
    if not aims:
        return ""
    total = sum(state.weights.values())
    scores = aim_scores(state)
    rows = []
    for name, aim in aims.items():
        share = 100 * state.weights[name] / total if total else 100 / len(aims)
        declared = _bar(share, f"{share:.0f} %") if total else "not declared"
        rows.append(
            f'<tr><th scope="row">{html.escape(aim.label)}<div class="leadgym-hint">{inline(aim.about)}</div></th>'
            f"<td>{declared}</td><td>{_bar(scores[name], f'{scores[name]:.0f} of 100')}</td></tr>"
        )
    weights = "by the weights you declared before playing" if total else "with equal weights, as you declared none"
    return (
        '<h4>What you said mattered, and what it came to</h4><table class="leadgym-aims"><thead><tr><th scope="col">Aim'
        '</th><th scope="col">Your weight</th><th scope="col">Your run</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
        f'<p class="leadgym-prose">Together, {weights}: <b>{weighted_score(state):.0f} of 100</b>.</p>'
    )


def _bar(percent: float, words: str) -> str:
    bar = f'<span class="leadgym-bar" aria-hidden="true"><i style="width:{percent:.0f}%"></i></span>'
    return f"{bar}<span>{words}</span>"


def compared(state: State) -> str:
    """The figure: this run against the other choices at the scene the story compares, under the same luck."""
    debrief = state.scenario.debrief
    figure = comparison(branches(state, debrief.compare), debrief.compare, debrief.measure)
    return f"<h4>The same luck, another choice</h4>{figure}" if figure else ""


def reach(state: State) -> str:
    """The figure: this run's weighted score among all roads with the same luck. Takes a second in a long story."""
    return distribution(reachable(state), weighted_score(state))


def authors(states: Sequence[State]) -> str:
    """Per decision: the option taken and all others, with the authors' provisional rating, reason and dissent.

    Where the story has a model key, what the simulation makes of the options stands below.
    """
    parts: list[str] = []
    model = model_key.of(states[0].scenario)
    for before, after in pairwise(states):
        choice = after.choices[-1]
        if is_ask(choice):
            continue
        scene = current_scene(before)
        taken = next(o for o in scene.options if f"{scene.id}.{o.id}" == choice)
        options = sorted(scene.options, key=lambda o: (-_key(o, before), o.id))
        said = "".join(_option(option, before, option is taken) for option in options)
        simulated = model_said(model, scene, taken.id, before.variant) if model else ""
        name = html.escape(clock(tell(before, scene.when), tell(before, scene.title)))
        parts.append(
            f'<details data-leadgym-keep="said-{scene.id}"{" open" if not parts else ""}><summary><b>{name}</b>. You '
            f"chose {quoted(tell(before, taken.text))}; the authors give it {_key(taken, before)} of 5.</summary>"
            f'<div><ul class="leadgym-options-said">{said}</ul>{simulated}</div></details>'
        )
    return (
        "<h4>What the authors would say (provisional)</h4>"
        '<p class="leadgym-prose">These are the authors\' own ratings, 1 (makes it worse) to 5 (helps most). No '
        "panel has rated the options yet, so read them as one informed opinion: the reasons are worth more than the "
        "numbers, and the dissent is there because somebody holds it.</p>" + "".join(parts)
    )


def _key(option: Option, state: State) -> int:
    return option.keys.get(state.variant or "", option.key)


def _option(option: Option, state: State, taken: bool) -> str:
    key = _key(option, state)
    tags = ['<span class="leadgym-tag">Your choice</span>'] if taken else []
    if not holds(state, option.condition):
        tags.append('<span class="leadgym-tag">Not on offer in your run</span>')
    lines = [("Why", option.rationale), ("Right when", option.right_when), ("Dissent", option.dissent)]
    said = "".join(
        f'<p class="leadgym-said"><b>{label}:</b> {inline(tell(state, text))}</p>' for label, text in lines if text
    )
    return (
        f"<li><p>{''.join(tags)}{html.escape(plain(tell(state, option.text)))}</p>"
        f'<p class="leadgym-said"><b>Provisional rating: {key} of 5, {EFFECTIVENESS[key]}.</b></p>{said}</li>'
    )


def questions(state: State) -> str:
    """The questions to take along; none has one answer."""
    items = "".join(f"<li>{inline(tell(state, question))}</li>" for question in state.scenario.debrief.questions)
    return f'<h4>To talk about, or to write down</h4><div class="leadgym-prose"><ul>{items}</ul></div>'


def transcript_page(text: str, name: str) -> str:
    """The run as text: to read, to copy, and to save as ``name`` without any network."""
    data = base64.b64encode(text.encode()).decode()
    return (
        '<details data-leadgym-keep="transcript"><summary><b>The whole run as text</b></summary><div>'
        f'<p><a download="{html.escape(name)}" href="data:text/plain;charset=utf-8;base64,{data}">'
        f"Save as {html.escape(name)}</a></p>"
        f'<textarea readonly aria-label="The whole run as text" spellcheck="false">{html.escape(text)}</textarea>'
        "</div></details>"
    )
