"""The learner's own text with what was found in it marked up: by number and label, and by the line under it."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable

from leadgym.marking.model import CriterionMark, Mark

_LINES = ("#b45309", "#1d4ed8", "#047857", "#be185d", "#6d28d9", "#0f766e", "#b91c1c", "#4d7c0f", "#7c3aed", "#0369a1")


def marked_text(mark: Mark, state: Callable[[CriterionMark], str]) -> str:
    """The text of a prose mark as HTML: each quoted place underlined, with the numbers of its criteria behind it.

    A legend names the numbers and says how each criterion came out, so that nothing hangs on colour.
    """
    if not mark.text or not mark.criteria:
        return ""
    spans = [(start, end, number) for number, c in enumerate(mark.criteria) for start, end in c.spans]
    cuts = sorted({0, len(mark.text), *(edge for start, end, _ in spans for edge in (start, end))})
    made = []
    for start, end in itertools.pairwise(cuts):
        inside = [number for s, e, number in spans if s <= start and end <= e]
        text = html.escape(mark.text[start:end])
        ending = [number for _, e, number in spans if e == end]
        if inside:
            text = f'<span style="border-bottom:2px solid {_LINES[inside[0] % len(_LINES)]}">{text}</span>'
        # With a comma between, since 1 and 2 are not 12.
        made.append(text + "<sup>,</sup>".join(_label(n, mark.criteria[n]) for n in dict.fromkeys(ending)))
    legend = "".join(
        f'<li style="margin:0.15em 0"><span style="border-bottom:2px solid {_LINES[n % len(_LINES)]}">{n + 1} '
        f"{html.escape(c.title)}</span>: {state(c)}{'' if c.spans else ', nothing to quote'}</li>"
        for n, c in enumerate(mark.criteria)
    )
    return (
        '<h4 style="margin:0.6em 0 0.2em;color:inherit">Your text, and where each criterion found something</h4>'
        f'<div style="white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid currentColor;'
        f'padding-left:0.8em">'
        f'{"".join(made)}</div><ul style="list-style:none;padding-left:0;margin:0.6em 0">{legend}</ul>'
    )


def _label(number: int, criterion: CriterionMark) -> str:
    title = html.escape(criterion.title, quote=True)
    return (
        f'<sup style="font-weight:600" title="{title}" aria-label="{number + 1}, found for {title}">{number + 1}</sup>'
    )
