"""What of a learner's notebook may show on a page: text, tables and pictures, nothing that runs or calls elsewhere.

Feedback pages and formgrader show a submission in other people's browsers. Its outputs are cut down when they are
marked (``CleanOutputs``), its HTML when a page is made (``clean``, ``told``: nbconvert's filters, set in ``config``).
"""

from __future__ import annotations

import re
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")
MOST_OF_A_TEXT, MOST_OF_A_PICTURE, MOST_OF_A_CELL = 100_000, 2_000_000, 4_000_000
"""Characters of one output, of one picture, and of all the outputs of a cell that a page shows."""
_NOT_SHOWN = "[What this cell shows beyond this is too large for a page.]"
_TAGS = nh3.ALLOWED_TAGS - {"area", "footer", "header", "hgroup", "map", "nav"} | {"section"}
_ATTRIBUTES = {tag: names - {"cite"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()} | {
    "*": {"aria-label", "class", "style"}
}
# Nothing that takes an address, or moves a thing over something else.
_STYLES = {
    "border", "border-bottom", "border-collapse", "border-left", "border-top", "font-size", "font-style", "font-weight",
    "line-height", "margin", "max-width", "overflow-wrap", "padding", "padding-left", "text-align", "vertical-align",
    "white-space",
}  # fmt: skip
_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
# What Pygments calls the parts of a program; no class of the page's own looks like this.
_CODE = re.compile(r"highlight|hl-\w+|[a-z]{1,2}[0-9a-z]?")


def clean(html: str) -> str:
    """``html`` without scripts, forms, frames and foreign addresses; links to the web and pictures in it stay."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.match(value) else None
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "class":
        return " ".join(word for word in value.split() if _CODE.fullmatch(word)) or None
    return value


@pass_context
def told(context: Context, source: str) -> str:
    """Markdown as clean HTML, pictures that are attached to the cell included."""
    renderer = IPythonRenderer(
        escape=False, attachments=context.get("cell", {}).get("attachments", {}), exclude_anchor_links=True
    )
    return clean(MarkdownWithMath(renderer=renderer).render(source))


class CleanOutputs(NbGraderPreprocessor):  # type: ignore[misc]
    """Cuts each cell's outputs down to text and pictures; the marks, which are the marker's own, are left alone."""

    def preprocess_cell(self, cell: Any, resources: Any, _index: int) -> tuple[Any, Any]:
        """The cell with outputs of which each part is what its type says."""
        if cell.cell_type == "code" and "leadgym" not in cell.metadata:
            cell.outputs = _within_reason([shown for output in cell.outputs if (shown := _shown(output)) is not None])
        return cell, resources


def _within_reason(outputs: list[Any]) -> list[Any]:
    """As many outputs as a page can bear, from the first on, and a note in the place of the rest."""
    room = MOST_OF_A_CELL
    for place, output in enumerate(outputs):
        parts = output.get("data", {}).values() if "data" in output else [output.get("text", "")]
        room -= sum(map(len, parts)) + sum(map(len, output.get("traceback", [])))
        if room < 0:
            return [*outputs[:place], new_output("stream", name="stdout", text=_NOT_SHOWN)]
    return outputs


def _shown(output: Any) -> Any | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=_cut(_text(output.get("text"))))
    if kind == "error":
        lines = output.get("traceback")
        return new_output(
            "error",
            ename=_text(output.get("ename")),
            evalue=_cut(_text(output.get("evalue"))),
            traceback=[_cut(_text(line)) for line in lines] if isinstance(lines, list) else [],
        )
    data = output.get("data")
    parts = {name: _text(data[name]) for name in SHOWN if name in data} if isinstance(data, dict) else {}
    parts = {name: text for name, text in parts.items() if text and len(text) <= _most(name)} or (
        {"text/plain": _NOT_SHOWN} if any(parts.values()) else {}
    )
    if kind not in ("display_data", "execute_result") or not parts:
        return None
    return new_output(kind, parts)


def _most(kind: str) -> int:
    return MOST_OF_A_PICTURE if kind.startswith("image/") else MOST_OF_A_TEXT


def _cut(text: str) -> str:
    return text if len(text) <= MOST_OF_A_TEXT else f"{text[:MOST_OF_A_TEXT]}\n{_NOT_SHOWN}"


def _text(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    return "".join(part for part in parts if isinstance(part, str))
