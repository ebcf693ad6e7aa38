"""Asking a learner's function, inside the jail: a batch of questions in, one decision or one problem for each out.

``submit(name, function)`` leaves the function with the shell: ``vars(get_ipython()).setdefault(FUNCTIONS, {})[name]``.
"""

from __future__ import annotations

import json
from typing import Any

FUNCTIONS = "leadgym_functions"
DECISIONS_TYPE = "application/vnd.leadgym.decisions+json"
MAX_DECISION = 16 * 1024
_MAX_PROBLEM = 300


def decide(shell: Any, name: str, batch: list[Any]) -> dict[str, Any]:
    """``{"decisions": [{"value": ...} or {"problem": sentence}, ...]}``, or ``{"problem": sentence}`` without function.

    Each question is answered by itself: what one raises costs that one alone. An interrupt costs the rest.
    """
    function = vars(shell).get(FUNCTIONS, {}).get(name)
    if not callable(function):
        return {"problem": f"The notebook handed in no function called '{name}'."}
    decisions = []
    for question in batch:
        try:
            decisions.append({"value": _data(function(question))})
        except Exception as error:
            decisions.append({"problem": f"{type(error).__name__}: {error}"[:_MAX_PROBLEM]})
    return {"decisions": decisions}


def _data(value: Any) -> Any:
    """``value`` as plain JSON data; numpy's numbers and arrays count as such. Raises TypeError, ValueError."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain)
    size = len(text.encode("utf-8"))
    if size > MAX_DECISION:
        raise ValueError(f"a decision of {size} bytes; {MAX_DECISION} is the most")
    return json.loads(text)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a decision cannot be a {type(value).__name__}")


def publish(name: str, batch: str) -> None:
    """For a kernel that has no wire of ours: decide, and display the decisions as data."""
    from IPython import get_ipython
    from IPython.display import display

    display({DECISIONS_TYPE: decide(get_ipython(), name, json.loads(batch))}, raw=True)
