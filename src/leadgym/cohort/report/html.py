"""The pieces of a page: everything that comes from data is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from leadgym.psychometrics.certainty import Certainty

Cell = str
"""A piece of HTML: what ``text`` or another function here has made."""


def text(value: object) -> Cell:
    """Whatever somebody wrote, as text."""
    return escape(str(value))


def number(value: float, digits: int = 2) -> Cell:
    """A number, or a dash where there is none."""
    return "–" if value != value else f"{round(value, digits) + 0.0:.{digits}f}"  # no -0.00


def percent(share: float) -> Cell:
    """``62 %``, or a dash where there is none."""
    return "–" if share != share else f"{round(share * 100)} %"


def points(value: float) -> Cell:
    """Points without trailing zeros."""
    return "–" if value != value else f"{value:.2f}".rstrip("0").rstrip(".")


def link(address: str, label: str) -> Cell:
    """A link to a page of the same report; ``address`` is one of our own names."""
    return f'<a href="{escape(address)}">{escape(label)}</a>'


def paragraph(*sentences: str) -> str:
    """Sentences as a paragraph."""
    return f"<p>{escape(' '.join(s for s in sentences if s))}</p>"


def bullets(sentences: Iterable[str]) -> str:
    """Sentences as a list."""
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"


def folded(summary: str, body: str) -> str:
    """A part that opens when it is wanted, also by keyboard."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def section(name: str, title: str, *body: str) -> str:
    """A part of a page with its heading, and ``name`` to link to."""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{"".join(body)}</section>'


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], figures: Iterable[int] = ()) -> str:
    """A table; the first cell of a row is its heading. ``figures``: the columns of numbers, set to the right."""
    right = set(figures)
    side = [
        ' class="n"' if place in right else ' class="why"' if name == "Why" else ""
        for place, name in enumerate(columns)
    ]
    head = "".join(f'<th scope="col"{side[place]}>{escape(column)}</th>' for place, column in enumerate(columns))
    body = []
    for row in rows:
        cells = "".join(f"<td{side[place]}>{cell}</td>" for place, cell in enumerate(row) if place)
        body.append(f'<tr><th scope="row"{side[0]}>{row[0]}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def page(title: str, body: str, generated: str = "") -> str:
    """A whole page: no script, nothing from elsewhere. ``generated``: the line that says who made the learners up."""
    style = "".join(
        (files(package) / "report.css").read_text(encoding="utf-8")
        for package in ("leadgym.tools", "leadgym.cohort.report")
    )
    banner = (
        '<p class="banner" role="note"><strong>These learners were generated.</strong> '
        f"{escape(generated)} The numbers test the machinery; they say nothing about the items or about people.</p>"
        if generated
        else ""
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>\n{style}</style></head>"
        f"<body><main>{banner}<h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def reliability_diagram(found: Certainty, who: str) -> str:
    """How sure and how right ``who`` ("you", "they") were, as a figure with all of it in words."""
    title = takeaway(found, who)
    alt = " ".join(
        f"Where {who} said {round(step.sure * 100)} %, {step.right} of {step.count} were right "
        f"({round(step.share * 100)} %, interval {round(step.low * 100)} to {round(step.high * 100)})."
        for step in found.steps
    )
    return (
        f'<figure class="sure"><figcaption><strong>{escape(title)}</strong></figcaption>'
        f'<div role="img" aria-label="{escape(alt)}">{_drawn(found)}</div>'
        f"<p><small>Dots: how often the pick was the key's best, with the number of picks. Bars: 95 % intervals "
        f"(Wilson 1927). Dashed: sure and right are one; below it, more sure than right.</small></p></figure>"
    )


_CLOSE = 0.05
"""Sure and right so near to each other are called about the same."""


def takeaway(found: Certainty, who: str) -> str:
    """What the figure shows, as a sentence."""
    shares = f"{percent(found.sure)} sure, {percent(found.share)} right"
    if abs(found.gap) <= min(found.luck, _CLOSE):
        return f"On average {who} were about as sure as right: {shares}"
    way = "more" if found.gap > 0 else "less"
    luck = ", which luck alone could do" if abs(found.gap) <= found.luck else ""
    return f"On average {who} were {abs(found.gap) * 100:.0f} points {way} sure than right{luck}: {shares}"


_LEFT, _TOP, _WIDE, _HIGH = 76, 14, 380, 250
_FROM = 0.2
"""The least confidence that is drawn: a guess among five."""


def _drawn(found: Certainty) -> str:
    def x(sure: float) -> float:
        return _LEFT + (max(sure, _FROM) - _FROM) / (1 - _FROM) * _WIDE

    def y(share: float) -> float:
        return _TOP + (1 - share) * _HIGH

    parts = [f'<line x1="{x(_FROM):.0f}" y1="{y(_FROM):.0f}" x2="{x(1):.0f}" y2="{y(1):.0f}" class="even"/>']
    for tick in (0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{x(tick):.0f}" y="{_TOP + _HIGH + 18}" text-anchor="middle">{tick * 100:.0f} %</text>')
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<text x="{_LEFT - 8}" y="{y(tick) + 4:.0f}" text-anchor="end">{tick * 100:.0f} %</text>')
    parts.append(f'<path d="M{_LEFT} {_TOP}V{_TOP + _HIGH}H{_LEFT + _WIDE}" class="axis"/>')
    parts.append(f'<text x="{_LEFT + _WIDE / 2:.0f}" y="{_TOP + _HIGH + 36}" text-anchor="middle">how sure</text>')
    turned = f"translate(16 {_TOP + _HIGH / 2:.0f}) rotate(-90)"
    parts.append(f'<text transform="{turned}" text-anchor="middle">how often right</text>')
    for step in found.steps:
        parts.append(f'<path d="M{x(step.sure):.1f} {y(step.low):.1f}V{y(step.high):.1f}" class="span"/>')
    for step in found.steps:
        at = x(step.sure), y(step.share)
        left = at[0] > _LEFT + _WIDE - 60
        anchor = ' text-anchor="end"' if left else ""
        parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="5"/>')
        label = f"{step.right} of {step.count}"
        parts.append(
            f'<text x="{at[0] + (-9 if left else 9):.1f}" y="{at[1] + (-9 if left else 15):.1f}"{anchor}>{label}</text>'
        )
    size = f"0 0 {_LEFT + _WIDE + 20} {_TOP + _HIGH + 44}"
    return f'<svg viewBox="{size}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
