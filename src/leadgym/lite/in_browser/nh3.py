"""``nh3.clean`` where its compiled original cannot be had: the tags that are allowed, built anew, and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser

_EMPTY = {"br", "hr"}


class _Allowed(HTMLParser):
    def __init__(self, tags: Collection[str], attributes: Mapping[str, Collection[str]], schemes: Collection[str]):
        super().__init__(convert_charrefs=True)
        self._tags, self._attributes, self._schemes = tags, attributes, schemes
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            return
        kept = [
            f' {name}="{html.escape(value or "")}"'
            for name, value in attrs
            if name in self._attributes.get(tag, ()) and self._harmless(value or "")
        ]
        if tag == "a":
            kept.append(' rel="noopener noreferrer"')
        self.parts.append(f"<{tag}{''.join(kept)}>")

    def _harmless(self, address: str) -> bool:
        """Whether an address has no scheme, or one of those allowed. Browsers overlook blanks and controls in it."""
        seen = re.sub(r"[\x00-\x20]", "", address)
        scheme = re.match(r"[^/?#:]*:", seen)
        return scheme is None or scheme[0][:-1].lower() in self._schemes

    def handle_endtag(self, tag: str) -> None:
        if tag in self._tags and tag not in _EMPTY:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(html.escape(data, quote=False).replace("\N{NO-BREAK SPACE}", "&nbsp;"))


def clean(
    text: str, tags: Collection[str], attributes: Mapping[str, Collection[str]], url_schemes: Collection[str]
) -> str:
    """``text`` with ``tags`` and their ``attributes`` alone; everything else is text, or gone."""
    reader = _Allowed(tags, attributes, url_schemes)
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)
