"""Asking a learner's function: questions go out as data, decisions come back as data, one for each.

Whoever asks holds the questions, the keys, the score and everything that is remembered from one batch to the next; the
function sees one question at a time. Under the autograder it lives in the jail and `Ask` goes there; for coaching it is
asked where it is (`asking`). An `Ask` can be called as often as one likes, each batch made from the decisions before.
"""

from __future__ import annotations

import builtins
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from leadgym.marking.answers import AnswerProblem, json_data

FUNCTIONS = "leadgym_functions"
"""The attribute of a notebook's shell in which ``submit`` leaves functions, by the name of the answer."""
WEIGHTS = "weights"
"""What a policy may say as data beside its functions: what the quarter is for."""
HAND_IN = 'Hand in the function itself, without calling it: submit("{0}", name_of_your_function).'
"""What to say where an answer is no function; takes the answer's name."""
BATCH = 50
"""How many questions go out at once."""
MAX_DECISION = 16 * 1024
MAX_SOURCE = 8_000
_MAX_NAME = 100
_MAX_PROBLEM = 300
_RAISED = frozenset(
    name for name, what in vars(builtins).items() if isinstance(what, type) and issubclass(what, BaseException)
)


class Ask(Protocol):
    """How a function is asked, wherever it runs."""

    def __call__(self, questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        """For each question ``{"value": JSON data}`` or ``{"problem": sentence}``. The batch may take ``seconds``.

        ``part``: which of the functions is asked, where an answer is made of several. Raises NoDecisions.
        """


class NoDecisions(Exception):
    """A batch got no decisions at all, with the reason in a sentence of ours."""


@dataclass(frozen=True)
class Decision:
    """What a function decided (JSON data within an answer's limits), or in ``problem`` why that cannot be told.

    The learner's own code words ``problem``, and may put the question into it: `raised` is what a mark may show.
    """

    value: Any = None
    problem: str = ""

    @property
    def raised(self) -> str:
        """The name of Python's own exception that the function raised; empty for any other problem."""
        name = self.problem.partition(":")[0]
        return name if name in _RAISED else ""


@dataclass(frozen=True)
class HandedIn:
    """What an answer says of the function that was handed in: its name and its source text, for people to read."""

    function: str
    source: str


def decisions(ask: Ask, questions: Sequence[Any], seconds: float) -> list[Decision]:
    """The decisions to one batch, checked. Raises NoDecisions, and nothing else for what comes back."""
    replies = ask(questions, seconds)
    if len(replies) != len(questions):
        raise NoDecisions(f"The function gave {len(replies)} decisions to {len(questions)} questions.")
    return [_decision(reply) for reply in replies]


def in_batches(ask: Ask, questions: Sequence[Any], seconds: float, batch: int = BATCH) -> list[Decision]:
    """The decisions to all ``questions``, put ``batch`` at a time, each of which may take ``seconds``."""
    return [
        decision
        for start in range(0, len(questions), batch)
        for decision in decisions(ask, questions[start : start + batch], seconds)
    ]


def _decision(reply: Mapping[str, Any]) -> Decision:
    if "value" not in reply:
        return Decision(problem=str(reply.get("problem", ""))[:_MAX_PROBLEM] or "no decision came")
    try:
        return Decision(json_data(reply["value"], "the decision"))
    except AnswerProblem as problem:
        return Decision(problem=str(problem))


def asking(function: Callable[[Any], Any]) -> Ask:
    """``function`` asked where it is. Nothing bounds its time here."""

    def ask(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        return replies(function, [json_data(question, "the question") for question in questions])

    return ask


def asking_parts(functions: Mapping[str, Callable[[Any], Any]]) -> Ask:
    """``functions`` asked where they are, by part; each question reaches them as a copy. Nothing bounds their time."""

    def ask(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        return replies(functions[part], json.loads(json.dumps(list(questions))))

    return ask


def replies(function: Callable[[Any], Any], batch: Sequence[Any]) -> list[dict[str, Any]]:
    """``{"value": ...}`` or ``{"problem": ...}`` for each question: what one raises costs that one alone."""
    found: list[dict[str, Any]] = []
    for question in batch:
        try:
            found.append({"value": _data(function(question))})
        except (Exception, SystemExit) as error:
            found.append({"problem": f"{type(error).__name__}: {error}"[:_MAX_PROBLEM]})
    return found


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


def function_data(function: Callable[..., Any]) -> dict[str, str]:
    """What is handed in of a function as data: its name, and its source as far as Python knows it, cut to a limit."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = ""
    if len(source) > MAX_SOURCE:
        source = source[:MAX_SOURCE] + "\n# ... the rest is not shown."
    name = str(getattr(function, "__name__", type(function).__name__))[:_MAX_NAME]
    return {"function": _written(name), "source": _written(source)}


def parts_data(functions: Mapping[Any, Any]) -> dict[str, Any]:
    """What is handed in of several functions as data; what stands under WEIGHTS goes as it is.

    A name that is not text is left for the checks of an answer.
    """
    told = {WEIGHTS: functions[WEIGHTS]} if WEIGHTS in functions else {}
    return {"functions": {part: function_data(one) for part, one in functions.items() if part != WEIGHTS}, **told}


def part_name(answer: str, part: str) -> str:
    """Under which name a part's function is left with the shell and asked in the jail."""
    return f"{answer}.{part}" if part else answer


def parts_handed_in(data: Any) -> dict[str, HandedIn] | None:
    """What ``parts_data`` wrote, by part; None when the answer is something else."""
    functions = data.get("functions") if isinstance(data, Mapping) else None
    if not isinstance(functions, Mapping):
        return None
    parts = {str(part): handed_in(about) for part, about in functions.items()}
    return {part: about for part, about in parts.items() if about is not None}


def handed_in(data: Any) -> HandedIn | None:
    """What ``function_data`` wrote, None when the answer is something else."""
    if not isinstance(data, Mapping) or not isinstance(data.get("function"), str):
        return None
    source = data.get("source")
    return HandedIn(data["function"][:_MAX_NAME], source[: 2 * MAX_SOURCE] if isinstance(source, str) else "")


def _written(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
