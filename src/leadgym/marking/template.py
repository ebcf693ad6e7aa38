"""Sentences with rules in braces: ``{owner.name} has {sum(hours)} hours.``"""

from __future__ import annotations

import re

from leadgym.marking.rules import Entries, Env, Rule, RuleError, Scope, shown

_PART = re.compile(r"\{([^{}]*)\}")


class Sentence:
    """A sentence whose braces are filled in. Raises RuleError when a brace is open or holds no rule."""

    def __init__(self, source: str, scope: Scope) -> None:
        self._texts = _PART.split(source)[::2]
        self._rules = [Rule(part, scope) for part in _PART.findall(source)]
        if any("{" in text or "}" in text for text in self._texts):
            raise RuleError(f"'{source[:40]}' has a brace without its partner; write {{owner.name}}.")

    def told(self, names: Env, entries: Entries) -> str:
        """The sentence for ``names``, over ``entries``. A brace that comes to nothing leaves no double space."""
        filled = [shown(rule.value(names, entries)) for rule in self._rules]
        return " ".join("".join(a + b for a, b in zip(self._texts, [*filled, ""], strict=True)).split())
