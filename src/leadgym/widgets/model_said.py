"""What the simulation says about a decision, beside its authors. Pure HTML: bars for the eye, words for all."""

from __future__ import annotations

import html

from leadgym.course import model_key
from leadgym.course.model_key import (
    PLAUSIBLE,
    Decision,
    Mean,
    ModelKey,
    Outcome,
    decision_told,
    measured,
    row_name,
    verdict,
)
from leadgym.scenario.engine import State, tell
from leadgym.scenario.model import Scene


def model_said(key: ModelKey, scene: Scene, taken: str, variant: str | None = None) -> str:
    """The model's table for ``scene`` and where it parts from the authors; why there is none, where it cannot play it.

    ``taken``: the id of the option the learner took. Empty string when the file says nothing about the scene.
    """
    decision = key.decision(scene.id)
    if decision is None:
        why = key.not_played.get(scene.id)
        return f'<p class="leadgym-hint">The model cannot play this decision. {html.escape(why)}</p>' if why else ""
    said = html.escape(verdict(key, decision, _ratings(scene, variant)))
    return (
        f'<div class="leadgym-model"><h5>What the model says</h5><p class="leadgym-prose"><b>{said}</b></p>'
        f"{_table(key, decision, taken)}<p class='leadgym-hint'>{html.escape(PLAUSIBLE)}</p>{_played(decision)}</div>"
    )


def model_transcript(state: State) -> str:
    """The same as text, for the decisions of a finished run. Empty string where the story has no model key."""
    key = model_key.of(state.scenario)
    if key is None or state.scene is not None:
        return ""
    parts = ["## What the model says", measured(key), PLAUSIBLE]
    for decision in key.decisions:
        scene = state.scenario.scene(decision.scene)
        if any(choice.startswith(f"{scene.id}.") for choice in state.choices):
            told = decision_told(key, decision, _ratings(scene, state.variant))
            parts += [f"### {tell(state, scene.title)}", decision.played_as, "\n".join(told[:-1]), told[-1]]
    return "\n" + "\n\n".join(parts) + "\n"


def _ratings(scene: Scene, variant: str | None) -> dict[str, int]:
    return {option.id: option.keys.get(variant or "", option.key) for option in scene.options}


def _table(key: ModelKey, decision: Decision, taken: str) -> str:
    assert key.computed is not None  # noqa: S101 - what is shown was computed
    found = key.computed.rows
    rows = [
        (option, number, row, found[row_name(decision, option, number)])
        for option in decision.options
        for number, row in enumerate(option.rows)
    ]
    weeks, skill = (max(getattr(outcome, name).high for *_, outcome in rows) for name in ("weeks", "skill"))
    body = []
    for option, number, row, outcome in rows:
        mine = '<span class="leadgym-tag">Your choice</span>' if option.option == taken and not number else ""
        hint = f'<div class="leadgym-hint">{html.escape(row.says)}</div>' if row.says and not number else ""
        name = html.escape(row.says if number else f"{option.called[0].upper()}{option.called[1:]}")
        kind = ' class="leadgym-otherwise"' if number else ""
        body.append(f'<tr{kind}><th scope="row">{mine}{name}{hint}</th>{_cells(outcome, weeks, skill)}</tr>')
    heads = ("Option", f"Weeks until all {len(key.set_up.tickets)} have shipped", "Skill the others gained")
    hints = ("", f"less is better; the Friday is {key.set_up.weeks}", "in the ledger, summed; more is better")
    head = "".join(
        f'<th scope="col">{title}<div class="leadgym-hint">{hint}</div></th>'
        for title, hint in zip(heads, hints, strict=True)
    )
    caption = f"Means over {key.seeds} runs with the same luck for every option, in brackets the 95 % interval"
    return (
        f'<table class="leadgym-aims"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _cells(outcome: Outcome, weeks: float, skill: float) -> str:
    return f"<td>{_bar(outcome.weeks, weeks, 1)}</td><td>{_bar(outcome.skill, skill, 2)}</td>"


def _bar(mean: Mean, most: float, digits: int) -> str:
    """The interval as a thick piece of a line that begins at 0, the mean as a tick in it."""
    low, high, middle = (100 * max(value, 0) / most for value in (mean.low, mean.high, mean.mean))
    bar = (
        f'<span class="leadgym-range" aria-hidden="true"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<b style="left:{middle:.1f}%"></b></span>'
    )
    return f"{bar}<span>{mean.mean:.{digits}f} ({mean.low:.{digits}f} to {mean.high:.{digits}f})</span>"


def _played(decision: Decision) -> str:
    left = "".join(
        f"<li>{html.escape(f'{option.called[0].upper()}{option.called[1:]}')}: {html.escape(option.leaves_out)}</li>"
        for option in decision.options
    )
    return (
        f'<details data-leadgym-keep="model-{decision.scene}"><summary>How it was played, and what that leaves out'
        f'</summary><div class="leadgym-prose"><p>{html.escape(decision.played_as)}</p><ul>{left}</ul></div></details>'
    )
