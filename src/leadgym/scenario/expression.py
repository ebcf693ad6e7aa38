"""Conditions and formulas of a scenario file: a small, safe subset of Python expressions.

Names are variables, derived values and ``variant`` (which can be compared with a quoted name and nothing else).
Functions ask about the story so far: ``chose("d1.pair")``, ``knows("soft_buffer")``, ``asked("d1.dana")``,
``drawn("volunteer", "wen")``. ``min``, ``max``, ``abs`` and ``round`` are as in Python.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol


class Story(Protocol):
    """What an expression is about: values by name, and what happened so far."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a variable, a derived value or ``variant``."""

    def chose(self, option: str) -> bool:
        """Whether ``scene.option`` was chosen."""

    def asked(self, question: str) -> bool:
        """Whether ``scene.question`` was asked."""

    def knows(self, fact: str) -> bool:
        """Whether a fact has been learned."""

    def drawn(self, draw: str, outcome: str) -> bool:
        """Whether a draw came out so."""


_Run = Callable[[Story], Any]

STORY_FUNCTIONS = {"chose": 1, "knows": 1, "asked": 1, "drawn": 2}
MATH_FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "round": round}
_ARGUMENTS = {"min": range(2, 100), "max": range(2, 100), "abs": range(1, 2), "round": range(1, 2)}


def _divide(left: float, right: float) -> float:
    return left / right if right else 0.0


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class ExpressionError(ValueError):
    """An expression that is not in the subset, with the reason."""


def _all(parts: list[_Run]) -> _Run:
    def run(story: Story) -> bool:
        for part in parts:  # noqa: SIM110 - a loop runs in half the time of all() here, and this runs a lot
            if not part(story):
                return False
        return True

    return run


def _any(parts: list[_Run]) -> _Run:
    def run(story: Story) -> bool:
        for part in parts:  # noqa: SIM110
            if part(story):
                return True
        return False

    return run


class Expression:
    """A parsed expression. ``names``, ``calls`` and ``variants`` are what it refers to."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names: set[str] = set()
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.variants: set[str] = set()
        try:
            tree = ast.parse(source.strip(), mode="eval").body
            self._run = self._compile(tree)
        except SyntaxError as error:
            raise ExpressionError(f"'{source}' is not an expression ({error.msg}).") from error
        except (ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, ExpressionError):
                raise
            raise ExpressionError(
                f"'{source[:40]}' is not an expression (too deep, or a character is wrong)."
            ) from error

    def value(self, story: Story) -> Any:
        """The value in ``story``. Division by zero gives 0."""
        return self._run(story)

    def _compile(self, node: ast.AST) -> _Run:
        match node:
            case ast.Name(id=name) if name != "variant":
                self.names.add(name)
                return lambda story: story[name]
            case ast.Constant(value=bool() | int() | float() as value) if math.isfinite(value):
                return lambda story: value
            case ast.BoolOp(op=op, values=values):
                parts = [self._compile(part) for part in values]
                return _all(parts) if isinstance(op, ast.And) else _any(parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._compile(operand)
                return lambda story: not inner(story)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._compile(operand)
                return lambda story: -inner(story)
            case ast.BinOp(op=op) if type(op) in _BINARY:
                apply, left, right = _BINARY[type(op)], self._compile(node.left), self._compile(node.right)
                return lambda story: apply(left(story), right(story))
            case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
                return self._compare(node)
            case ast.IfExp():
                test, body, orelse = (self._compile(part) for part in (node.test, node.body, node.orelse))
                return lambda story: body(story) if test(story) else orelse(story)
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in STORY_FUNCTIONS:
                return self._story_call(name, node.args)
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in MATH_FUNCTIONS:
                if len(node.args) not in _ARGUMENTS[name]:
                    wanted = "two or more values" if name in ("min", "max") else "one value"
                    raise ExpressionError(f"{name}() takes {wanted}.")
                function, args = MATH_FUNCTIONS[name], [self._compile(part) for part in node.args]
                return lambda story: function(*(part(story) for part in args))
            case ast.Name() | ast.Constant(value=str()):
                raise ExpressionError(
                    f'{ast.unparse(node)} is a text; compare the variant with a quoted name, as in variant == "...".'
                )
        raise ExpressionError(
            f"'{ast.unparse(node)}' is not allowed here; use names, numbers, comparisons, and/or/not, "
            f"{', '.join([*STORY_FUNCTIONS, *MATH_FUNCTIONS])}."
        )

    def _compare(self, node: ast.Compare) -> _Run:
        match node:
            case ast.Compare(
                left=ast.Name(id="variant"),
                ops=[ast.Eq() | ast.NotEq() as op],
                comparators=[ast.Constant(value=str() as wanted)],
            ):
                self.variants.add(wanted)
                test = _COMPARE[type(op)]
                return lambda story: test(story["variant"], wanted)
        parts = [self._compile(part) for part in (node.left, *node.comparators)]
        tests = [_COMPARE[type(op)] for op in node.ops]

        def run(story: Story) -> bool:
            left = parts[0](story)
            for test, part in zip(tests, parts[1:], strict=True):
                right = part(story)
                if not test(left, right):
                    return False
                left = right
            return True

        return run

    def _story_call(self, name: str, args: list[ast.expr]) -> _Run:
        words = tuple(a.value for a in args if isinstance(a, ast.Constant) and isinstance(a.value, str))
        if len(words) != len(args) or len(words) != STORY_FUNCTIONS[name]:
            count = "one quoted name" if STORY_FUNCTIONS[name] == 1 else "two quoted names"
            example = ", ".join(['"..."'] * STORY_FUNCTIONS[name])
            raise ExpressionError(f"{name}() takes {count}, as in {name}({example}).")
        self.calls.append((name, words))
        return lambda story: getattr(story, name)(*words)


@lru_cache(maxsize=4096)
def expression(source: str) -> Expression:
    """The parsed expression, kept. Raises ExpressionError."""
    return Expression(source)
