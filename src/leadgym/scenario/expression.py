"""Conditions and formulas of a scenario file: a small, safe subset of Python expressions.

Names are variables, derived values and ``variant``. Functions ask about the story so far: ``chose("d1.pair")``,
``knows("soft_buffer")``, ``asked("d1.dana")``, ``drawn("volunteer", "wen")``. ``min``, ``max``, ``abs`` and
``round`` are as in Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

STORY_FUNCTIONS = {"chose": 1, "knows": 1, "asked": 1, "drawn": 2}
_MATH: dict[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs, "round": round}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
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


class Expression:
    """A parsed expression that knows which names and which story it refers to."""

    def __init__(self, source: str) -> None:
        self.source = source
        try:
            self._tree = ast.parse(source.strip(), mode="eval").body
        except SyntaxError as error:
            raise ExpressionError(f"'{source}' is not an expression ({error.msg}).") from error
        self.names: set[str] = set()
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self._check(self._tree)

    def _check(self, node: ast.AST) -> None:
        match node:
            case ast.Name():
                self.names.add(node.id)
            case ast.Constant(value=bool() | int() | float() | str()):
                pass
            case ast.BoolOp():
                for part in node.values:
                    self._check(part)
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                self._check(node.operand)
            case ast.BinOp() if type(node.op) in _BINARY:
                self._check(node.left)
                self._check(node.right)
            case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
                for part in (node.left, *node.comparators):
                    self._check(part)
            case ast.IfExp():
                for part in (node.test, node.body, node.orelse):
                    self._check(part)
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in STORY_FUNCTIONS:
                words = tuple(a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
                if len(words) != len(node.args) or len(words) != STORY_FUNCTIONS[name]:
                    raise ExpressionError(
                        f'{name}() takes {STORY_FUNCTIONS[name]} quoted name(s), as in {name}("...").'
                    )
                self.calls.append((name, words))
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _MATH:
                for part in node.args:
                    self._check(part)
            case _:
                raise ExpressionError(
                    f"'{ast.unparse(node)}' is not allowed here; use names, numbers, comparisons, and/or/not, "
                    f"{', '.join([*STORY_FUNCTIONS, *_MATH])}."
                )

    def value(self, names: Mapping[str, Any], story: Mapping[str, Callable[..., bool]]) -> Any:
        """The value with ``names`` looked up and story functions answered by ``story``. Division by zero gives 0."""
        return self._value(self._tree, names, story)

    def _value(self, node: Any, names: Mapping[str, Any], story: Mapping[str, Callable[..., bool]]) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return names[node.id]
            case ast.BoolOp():
                parts = (bool(self._value(part, names, story)) for part in node.values)
                return all(parts) if isinstance(node.op, ast.And) else any(parts)
            case ast.UnaryOp():
                inner = self._value(node.operand, names, story)
                return not inner if isinstance(node.op, ast.Not) else -inner
            case ast.BinOp():
                left, right = self._value(node.left, names, story), self._value(node.right, names, story)
                if isinstance(node.op, ast.Div) and right == 0:
                    return 0.0
                return _BINARY[type(node.op)](left, right)
            case ast.Compare():
                left = self._value(node.left, names, story)
                for op, part in zip(node.ops, node.comparators, strict=True):
                    right = self._value(part, names, story)
                    if not _COMPARE[type(op)](left, right):
                        return False
                    left = right
                return True
            case ast.IfExp():
                branch = node.body if self._value(node.test, names, story) else node.orelse
                return self._value(branch, names, story)
            case ast.Call(func=ast.Name(id=name)):
                args = [self._value(a, names, story) for a in node.args]
                return story[name](*args) if name in STORY_FUNCTIONS else _MATH[name](*args)
        raise AssertionError(node)  # pragma: no cover - _check admits nothing else


@lru_cache(maxsize=4096)
def expression(source: str) -> Expression:
    """The parsed expression, kept. Raises ExpressionError."""
    return Expression(source)
