"""A mark as a page and as plain text. The page is self-contained and escaped, and says everything in words.

It has to be read in JupyterLab's light and dark themes and on nbgrader's white feedback page: text keeps the colour it
finds, backgrounds stay transparent, nothing depends on colour.
"""

from __future__ import annotations

import html
import re

from leadgym.marking.model import Coaching, CriterionMark, Mark
from leadgym.marking.prose.page import marked_text

_BLOCK = "margin:0.35em 0"
_RULE = "border:0;border-top:1px solid currentColor;opacity:0.35;margin:0.9em 0"
_CELL = "border:1px solid currentColor;padding:0.3em 0.6em;text-align:left;vertical-align:top;background:transparent"
_TABLE = "border-collapse:collapse;margin:0.5em 0;color:inherit;background:transparent"
# Control characters draw nothing, and the marks that turn the direction of text can make a page say what is not there.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def number(value: float) -> str:
    """A number as a person writes it: at most two decimals, no trailing zeros, no minus before zero, 60,000."""
    shown = f"{value:{',' if abs(value) >= 10_000 else ''}.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


def points(earned: float, out_of: float) -> str:
    """``3 of 4 points``."""
    return f"{number(earned)} of {number(out_of)} {'point' if out_of == 1 else 'points'}"


def percent(share: float) -> str:
    """``60 %``."""
    return f"{share * 100:.0f} %"


def stop(text: str) -> str:
    """``text`` on one line, ending like a sentence."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", "…", "”", ")")) else f"{line}."


def quoted(text: str) -> str:
    """``text`` on one line in quotation marks; what is quoted within it gets single ones."""
    return f"“{' '.join(text.split()).translate(str.maketrans('“”', '‘’'))}”"


def state(mark: CriterionMark) -> str:
    """``met``, ``partly met``, ``not met``, or ``not sure`` where a person has to look."""
    if not mark.sure:
        return "not sure"
    if mark.points >= mark.out_of - 1e-9:
        return "met"
    return "partly met" if mark.points > 0 else "not met"


def head(mark: Mark) -> str:
    """What a mark came to: its points, or what stands and what is only proposed where a person has to decide."""
    if not mark.needs_person:
        return points(mark.points, mark.out_of)
    proposed = f"the rules propose {number(mark.points)}"
    return f"not sure, {points(mark.stands, mark.out_of)} stand, {proposed}"


def mark_text(mark: Mark | Coaching) -> str:
    """A mark, or instant feedback, as plain text."""
    lines = []
    if isinstance(mark, Mark):
        lines.append(f"{mark.title}: {head(mark)}")
    else:
        lines.append(f"{mark.title}: {_readiness(mark)}")
    if mark.note:
        lines += mark.note.split("\n")
    for criterion in mark.criteria if isinstance(mark, Mark) else ():
        lines += [
            "",
            f"{criterion.title}: {state(criterion)}, {points(criterion.points, criterion.out_of)}",
            *(f"  {line}" for line in criterion.found.split("\n")),
            f"  Why it matters: {criterion.reason}",
        ]
        if state(criterion) != "met":
            lines.append(f"  Try next: {criterion.next_step}")
    for check in mark.checks if isinstance(mark, Coaching) else ():
        lines += ["", f"{check.title}: {check.state}", *(f"  {line}" for line in check.found.split("\n"))]
        if check.next_step:
            lines.append(f"  Try next: {check.next_step}")
    return visible("\n".join(lines)) + "\n"


def mark_html(mark: Mark | Coaching) -> str:
    """A mark, or instant feedback, as a piece of HTML to stand in a notebook or on a feedback page."""
    if isinstance(mark, Mark):
        came_to, body = head(mark), marked_text(mark, state) + _mark_body(mark) + _source(mark)
    else:
        came_to, body = _readiness(mark), _coaching_body(mark)
    title = f"{_safe(mark.title)}: {came_to}"
    return (
        f'<section class="leadgym-mark" aria-label="{title}" style="color:inherit;background:transparent;'
        f'line-height:1.45;max-width:60em">'
        f'<h3 style="margin:0.4em 0;color:inherit">{title}</h3>{_found(mark.note)}{body}</section>'
    )


def problem_html(sentence: str) -> str:
    """A sentence that stands where a mark would have stood."""
    return f'<section class="leadgym-mark" style="color:inherit;background:transparent">{_found(sentence)}</section>'


def _mark_body(mark: Mark) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:600">{_safe(c.title)}</th>'
        f'<td style="{_CELL}">{state(c)}</td><td style="{_CELL}">{points(c.points, c.out_of)}</td></tr>'
        for c in mark.criteria
    )
    heads = "".join(f'<th scope="col" style="{_CELL}">{head}</th>' for head in ("Criterion", "State", "Points"))
    parts = "".join(
        f'<hr style="{_RULE}">'
        f'<h4 style="margin:0.4em 0;color:inherit">{_safe(c.title)}: {state(c)}, {points(c.points, c.out_of)}</h4>'
        f"{_found(c.found)}"
        f'<p style="{_BLOCK}"><strong>Why it matters:</strong> {_safe(c.reason)}</p>'
        f"{_next_step(c)}"
        for c in mark.criteria
    )
    return f'<table style="{_TABLE}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{parts}'


def _next_step(criterion: CriterionMark) -> str:
    # Under points that are all there it would read as if nobody had looked.
    if state(criterion) == "met":
        return ""
    return f'<p style="{_BLOCK}"><strong>Try next:</strong> {_safe(criterion.next_step)}</p>'


def _source(mark: Mark) -> str:
    if not mark.source:
        return ""
    text = f'<pre style="white-space:pre-wrap;{_BLOCK}">{_safe(mark.source)}</pre>'
    return f'<details style="{_BLOCK}"><summary>The function that was asked</summary>{text}</details>'


def _coaching_body(coaching: Coaching) -> str:
    parts = []
    for check in coaching.checks:
        after = (
            f'<p style="{_BLOCK}"><strong>Try next:</strong> {_safe(check.next_step)}</p>' if check.next_step else ""
        )
        parts.append(
            f'<li style="margin:0.5em 0"><strong>{_safe(check.title)}: {_safe(check.state)}.</strong>'
            f"{_found(check.found)}{after}</li>"
        )
    return f'<ul style="margin:0.4em 0;padding-left:1.4em">{"".join(parts)}</ul>' if parts else ""


def _readiness(coaching: Coaching) -> str:
    return "ready to hand in" if coaching.ready else "not complete yet"


def _found(text: str) -> str:
    """Lines as paragraphs, lines that begin with ``- `` as a list."""
    made: list[str] = []
    items: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("- "):
            items.append(f'<li style="margin:0.25em 0">{_safe(line[2:])}</li>')
            continue
        if items:
            made.append(f'<ul style="margin:0.3em 0;padding-left:1.4em">{"".join(items)}</ul>')
            items = []
        if line.strip():
            made.append(f'<p style="{_BLOCK}">{_safe(line)}</p>')
    return "".join(made)


def visible(text: str) -> str:
    """``text`` without what draws nothing or turns the direction of other text."""
    return _HIDDEN.sub(" ", text)


def _safe(text: str) -> str:
    return html.escape(visible(text), quote=True)
