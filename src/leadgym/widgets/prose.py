"""A story's Markdown as HTML that cannot do anything, and as plain text for buttons and screen readers."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import mistune
import nh3

_TAGS = {"p", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "br", "hr", "a", "del", "h4", "h5", "h6"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_render = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


@lru_cache(maxsize=1024)
def block(text: str) -> str:
    """Markdown as HTML blocks. Raw HTML is shown as text; scripts, images and odd links do not survive."""
    rendered = str(_render(text))
    # A story's own headings stand below the player's (h3), so that a screen reader's outline keeps its order.
    rendered = re.sub(r"(</?)h[1-4]\b", r"\1h5", rendered)
    return nh3.clean(rendered, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"})


def inline(text: str) -> str:
    """Markdown of one paragraph as HTML without the paragraph around it."""
    rendered = block(text).strip()
    inner = rendered.removeprefix("<p>").removesuffix("</p>")
    return inner if "<p>" not in inner else rendered


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Markdown as one line of plain text: no marks, no line breaks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", block(text))).split())


def quoted(text: str) -> str:
    """Plain text in quotation marks, escaped for HTML, without its own full stop doubling the sentence's."""
    return f"“{html.escape(plain(text).rstrip('.'))}”"


def clock(when: str, title: str) -> str:
    """How a scene is called, as plain text: ``Week 3: Stuck``."""
    return plain(f"{when}: {title}")
