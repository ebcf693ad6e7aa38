"""Asking a learner's function, inside the jail: a batch of questions in, one decision or one problem for each out.

``submit(name, function)`` leaves the function with the shell: ``vars(get_ipython()).setdefault(FUNCTIONS, {})[name]``,
and each of several functions under ``name.part``.
"""

from __future__ import annotations

import json
from typing import Any

from leadgym.marking.asking import FUNCTIONS, replies

DECISIONS_TYPE = "application/vnd.leadgym.decisions+json"


def decide(shell: Any, name: str, batch: list[Any]) -> dict[str, Any]:
    """``{"decisions": [{"value": ...} or {"problem": sentence}, ...]}``, or ``{"problem": sentence}`` without function.

    Each question is answered by itself: what one raises costs that one alone. An interrupt costs the rest.
    """
    function = vars(shell).get(FUNCTIONS, {}).get(name)
    if not callable(function):
        return {"problem": f"The notebook handed in no function called '{name}'."}
    return {"decisions": replies(function, batch)}


def publish(name: str, batch: str) -> None:
    """For a kernel that has no wire of ours: decide, and display the decisions as data."""
    from IPython import get_ipython
    from IPython.display import display

    display({DECISIONS_TYPE: decide(get_ipython(), name, json.loads(batch))}, raw=True)
