"""The debrief's figures as tables: the same numbers, without matplotlib."""

from __future__ import annotations

import html
from collections.abc import Sequence

from leadgym.scenario.engine import tell
from leadgym.scenario.outcome import Branch, aim_scores, weighted_score
from leadgym.widgets.pages import number, scene_named
from leadgym.widgets.prose import plain

STEP = 5


def comparison(found: Sequence[Branch], scene: str, measure: str) -> str:
    """The run against the other choices at ``scene``. Empty string when there is nothing to compare."""
    if not found:
        return ""
    scenario = found[0].state.scenario
    spec = scenario.variables.get(measure) or scenario.derived[measure]
    unit = f" {spec.unit}" if spec.unit else ""
    aims = [plain(aim.label) for aim in scenario.aims.values()]
    heads = ["Road", spec.label, *aims, *(["Weighted"] if aims else [])]
    rows = []
    for branch in found:
        tag = '<span class="leadgym-tag">Your choice</span>' if branch.yours else ""
        cells = [html.escape(f"{number(branch.state, measure)}{unit}")]
        cells += [f"{score:.0f}" for score in aim_scores(branch.state).values()]
        cells += [f"<b>{weighted_score(branch.state):.0f}</b>"] if aims else []
        text = html.escape(plain(tell(branch.state, branch.option.text)))
        rows.append(f'<tr><th scope="row">{tag}{text}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    where = html.escape(plain(scene_named(scenario, scene).title))
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    return (
        f'<table class="leadgym-aims"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f'<p class="leadgym-keys">Every road has the same luck and differs from yours at “{where}”. Your later choices '
        "are kept where that road offers them; where it does not, the option rated nearest to yours is taken.</p>"
    )


def distribution(scores: Sequence[float], mine: float) -> str:
    """How many roads reach which weighted score, in steps of five, with the run's own marked."""
    more = sum(round(score) > round(mine) for score in scores)
    count = f"{more:,} of {len(scores):,} roads with this luck reach" if more else "No road with this luck reaches"
    low, high = min(*scores, mine), max(*scores, mine)
    steps = range(STEP * int(low // STEP), STEP * int(high // STEP) + 1, STEP)
    counts = {step: sum(step <= score < step + STEP for score in scores) for step in steps}
    rows = "".join(
        f'<tr><th scope="row">{"<span class=leadgym-tag>Your run</span>" if step <= mine < step + STEP else ""}'
        f"{step} to {step + STEP - 1}</th><td>"
        f'<span class="leadgym-bar" aria-hidden="true"><i style="width:{100 * many / max(counts.values()):.0f}%"></i>'
        f"</span>{many:,}</td></tr>"
        for step, many in counts.items()
    )
    return (
        f"<p><b>{count} more than your {mine:.0f}</b></p>"
        '<table class="leadgym-aims"><thead><tr><th scope="col">Score by your weights</th><th scope="col">Roads</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
        '<p class="leadgym-keys">Every option on every road, with your luck, your weights and the questions you asked.'
        "</p>"
    )
