"""Rules over the entries of a plan: a small, safe, typed subset of Python expressions.

A rule is checked when the rubric is loaded: an unknown name, a column that is not there, a comparison of a text with a
number are errors of the file, so that no learner's answer can make a rule fail later. What each function does stands at
the top of ``plan.py``.

Values: numbers, texts, true and false, lists, and rows of tables. None stands for an optional field that was left out:
arithmetic with it gives None, comparisons with it are false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadgym.marking.show import number

NUMBER, TEXT, TRUTH, LIST, ROW = "a number", "a text", "true or false", "a list", "a row"
Env = Mapping[str, Any]
Entries = Sequence[Env]
_Run = Callable[[Env, Entries], Any]


class RuleError(ValueError):
    """A rule that is not in the subset or does not fit the plan, with the mend."""


@dataclass(frozen=True)
class Row:
    """A row of a table. Two rows are the same when they are the same row of the same table."""

    table: str
    id: str
    cells: Mapping[str, bool | float | str] = field(compare=False, hash=False)

    def __str__(self) -> str:
        return str(self.cells.get("name", self.id))


@dataclass(frozen=True)
class Type:
    """What a value is: ``table`` for a row, ``choices`` for a text that can only be one of these, ``of`` for a list."""

    kind: str
    table: str | None = None
    choices: frozenset[str] | None = None
    of: Type | None = None


@dataclass(frozen=True)
class Scope:
    """What rules can name.

    ``entry``: the fields of an entry and its row. ``around``: the names outside of functions over all entries, which
    are ``entry`` again for a rule on each entry, the row of ``for``, or nothing. Then each table's columns and row ids,
    and the plan's terms.
    """

    entry: Mapping[str, Type]
    around: Mapping[str, Type]
    columns: Mapping[str, Mapping[str, Type]]
    rows: Mapping[str, frozenset[str]]
    terms: Mapping[str, str]


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    # Decimal inputs, binary sums: rounded, 0.7 - 0.6 is 0.1 for a rule as it is for a reader.
    ast.Add: lambda left, right: round(left + right, 9),
    ast.Sub: lambda left, right: round(left - right, 9),
    ast.Mult: lambda left, right: round(left * right, 9),
    ast.Div: lambda left, right: round(left / right, 9) if right else 0.0,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MATH: dict[str, tuple[Callable[..., Any], range]] = {
    "min": (min, range(2, 10)),
    "max": (max, range(2, 10)),
    "abs": (abs, range(1, 2)),
    "round": (round, range(1, 2)),
}
_NUMERIC_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": lambda values: round(sum(values), 9),
    "mean": lambda values: round(sum(values) / len(values), 9) if values else 0.0,
    "lowest": lambda values: min(values, default=0.0),
    "highest": lambda values: max(values, default=0.0),
}
AGGREGATES = ("count", "share", "distinct", *_NUMERIC_AGGREGATES)
FUNCTIONS = ("words", "size", "filled", *_MATH, *AGGREGATES)


class Rule:
    """A rule ready to be asked.

    ``type`` is what it gives, ``fields`` the names it reads of its own entry, ``over`` those it reads of all entries,
    ``counts`` whether it looks at all entries at all.
    """

    def __init__(self, source: str, scope: Scope) -> None:
        self.source = source
        self.fields: set[str] = set()
        self.over: set[str] = set()
        self.counts = False
        self._scope = scope
        self._inside = False
        self._within: list[str] = []
        self.type, self._run = self._parsed(source)

    def value(self, names: Env, entries: Entries) -> Any:
        """The rule's value for ``names``, over ``entries`` (the readable ones, each a mapping of names)."""
        return self._run(names, entries)

    def _parsed(self, source: str) -> tuple[Type, _Run]:
        try:
            # A rule may run over several lines of YAML.
            return self._compile(ast.parse(source.strip().replace("\n", " "), mode="eval").body)
        except SyntaxError as error:
            raise RuleError(f"'{source}' is not an expression ({error.msg}).") from error
        except (RecursionError, MemoryError, ValueError) as error:
            if isinstance(error, RuleError):
                raise
            raise RuleError(f"'{source[:40]}' is not an expression (too deep, or a character is wrong).") from error

    def _compile(self, node: ast.AST) -> tuple[Type, _Run]:
        match node:
            case ast.Constant(value=bool() | int() | float() | str() as value) if _sane(value):
                kind = TRUTH if isinstance(value, bool) else TEXT if isinstance(value, str) else NUMBER
                return Type(kind), lambda names, entries: value
            case ast.Name(id=name):
                return self._name(name)
            case ast.Attribute(value=ast.Name(id=name), attr=column):
                return self._column(name, column)
            case ast.BoolOp(op=op, values=values):
                return self._logic(op, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._typed(operand, TRUTH)
                return Type(TRUTH), lambda names, entries: not inner(names, entries)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._typed(operand, NUMBER)
                return Type(NUMBER), lambda names, entries: _lift(operator.neg, inner(names, entries))
            case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
                apply, left, right = (
                    _ARITHMETIC[type(op)],
                    self._typed(node.left, NUMBER),
                    self._typed(node.right, NUMBER),
                )
                return Type(NUMBER), lambda names, entries: _lift(apply, left(names, entries), right(names, entries))
            case ast.Compare(left=left_node, ops=ops, comparators=others):
                nodes = [left_node, *others]
                parts = [self._compare(a, op, b) for a, op, b in zip(nodes[:-1], ops, nodes[1:], strict=True)]
                return Type(TRUTH), lambda names, entries: all(part(names, entries) for part in parts)
            case ast.IfExp():
                return self._choice(node)
            case ast.Call(func=ast.Name(id=name), keywords=[], args=args) if name in FUNCTIONS:
                return self._call(name, args)
        raise RuleError(
            f"'{ast.unparse(node)}' is not allowed here; use fields, columns as in owner.name, numbers, quoted text, "
            f"comparisons, and/or/not, {', '.join(FUNCTIONS)}."
        )

    def _typed(self, node: ast.AST, kind: str) -> _Run:
        found, run = self._compile(node)
        if found.kind != kind:
            raise RuleError(f"'{ast.unparse(node)}' is {found.kind}; {kind} is needed here.")
        return run

    def _known(self, name: str) -> Type:
        inner, around = self._scope.entry, self._scope.around
        names = {**around, **inner} if self._inside else around
        if name not in names:
            known = (
                f"there are: {', '.join([*names, *self._scope.terms])}"
                if names
                else "name fields inside count(), sum() and the like"
            )
            raise RuleError(f"there is no '{name}' here; {known}.")
        if self._inside and name in inner:
            self.over.add(name)
        elif not self._inside and inner is around:
            self.fields.add(name)
        return names[name]

    def _name(self, name: str) -> tuple[Type, _Run]:
        if name in self._scope.terms and (self._inside or self._scope.around is self._scope.entry):
            if name in self._within:
                raise RuleError(f"the term '{name}' is made of itself; write it out.")
            self._within.append(name)
            found = self._parsed(self._scope.terms[name])
            self._within.pop()
            return found
        return self._known(name), lambda names, entries: names[name]

    def _column(self, name: str, column: str) -> tuple[Type, _Run]:
        found = self._known(name)
        if found.kind != ROW or found.table is None:
            raise RuleError(f"'{name}' is {found.kind} and has no columns; write '{name}' alone.")
        if column == "id":
            return Type(
                TEXT, choices=self._scope.rows[found.table]
            ), lambda names, entries: None if names[name] is None else names[name].id
        columns = self._scope.columns[found.table]
        if column not in columns:
            raise RuleError(f"table '{found.table}' has no column '{column}'; it has: id, {', '.join(columns)}.")
        return columns[column], lambda names, entries: None if names[name] is None else names[name].cells[column]

    def _logic(self, op: ast.boolop, values: list[ast.expr]) -> tuple[Type, _Run]:
        parts = [self._typed(part, TRUTH) for part in values]
        if isinstance(op, ast.And):
            return Type(TRUTH), lambda names, entries: all(part(names, entries) for part in parts)
        return Type(TRUTH), lambda names, entries: any(part(names, entries) for part in parts)

    def _choice(self, node: ast.IfExp) -> tuple[Type, _Run]:
        test = self._typed(node.test, TRUTH)
        (kind, body), (other, orelse) = self._compile(node.body), self._compile(node.orelse)
        if kind.kind != other.kind:
            raise RuleError(f"'{ast.unparse(node)}' gives {kind.kind} or {other.kind}; both sides need to be alike.")
        return kind, lambda names, entries: body(names, entries) if test(names, entries) else orelse(names, entries)

    def _compare(self, left: ast.AST, op: ast.cmpop, right: ast.AST) -> _Run:
        if isinstance(op, ast.In | ast.NotIn):
            return self._membership(left, right, isinstance(op, ast.NotIn))
        (a, run_a), (b, run_b) = self._compile(left), self._compile(right)
        if isinstance(op, ast.Eq | ast.NotEq):
            self._comparable(a, left, b, right)
            wanted = isinstance(op, ast.Eq)
            return lambda names, entries: _same(run_a(names, entries), run_b(names, entries)) is wanted
        if type(op) not in _ORDER:
            raise RuleError(f"'{ast.unparse(left)} ... {ast.unparse(right)}': use == != < <= > >= in.")
        for found, node in ((a, left), (b, right)):
            if found.kind != NUMBER:
                raise RuleError(f"'{ast.unparse(node)}' is {found.kind}; only numbers can be smaller or larger.")
        test = _ORDER[type(op)]
        return lambda names, entries: bool(_lift(test, run_a(names, entries), run_b(names, entries)))

    def _membership(self, left: ast.AST, right: ast.AST, negated: bool) -> _Run:
        a, item = self._compile(left)
        if isinstance(right, ast.List | ast.Tuple):
            members = [self._compile(part) for part in right.elts]
            for (found, _), node in zip(members, right.elts, strict=True):
                self._comparable(a, left, found, node)
            runs = [run for _, run in members]
            return lambda names, entries: (
                any(_same(item(names, entries), run(names, entries)) for run in runs) is not negated
            )
        found, several = self._compile(right)
        if found.kind != LIST or found.of is None:
            raise RuleError(f"'{ast.unparse(right)}' is {found.kind}; after 'in' comes a list.")
        self._comparable(a, left, found.of, right)
        return lambda names, entries: (
            any(_same(item(names, entries), part) for part in several(names, entries) or []) is not negated
        )

    def _comparable(self, a: Type, left: ast.AST, b: Type, right: ast.AST) -> None:
        """Equal kinds, rows of one table; a quoted text beside a choice or a row has to be one that exists."""
        for one, other, node in ((a, b, right), (b, a, left)):
            admitted = self._scope.rows[one.table] if one.table is not None else one.choices
            if admitted is not None and isinstance(node, ast.Constant) and other.kind == TEXT:
                if node.value not in admitted:
                    raise RuleError(f"'{node.value!s}' is none of: {', '.join(sorted(admitted))}.")
                return
        if a.kind != b.kind or a.table != b.table:
            raise RuleError(
                f"'{ast.unparse(left)}' is {_described(a)} and '{ast.unparse(right)}' {_described(b)}; "
                "they can never be equal."
            )

    def _call(self, name: str, args: list[ast.expr]) -> tuple[Type, _Run]:
        if name in AGGREGATES:
            return self._aggregate(name, args)
        if name in _MATH:
            function, count = _MATH[name]
            if len(args) not in count:
                raise RuleError(f"{name}() takes {'two or more numbers' if name in ('min', 'max') else 'one number'}.")
            parts = [self._typed(part, NUMBER) for part in args]
            return Type(NUMBER), lambda names, entries: _lift(function, *(part(names, entries) for part in parts))
        if len(args) != 1:
            raise RuleError(f"{name}() takes one value.")
        if name == "filled":
            if not isinstance(args[0], ast.Name):
                raise RuleError("filled() takes the name of a field.")
            _, run = self._compile(args[0])
            return Type(TRUTH), lambda names, entries: run(names, entries) not in (None, "", [])
        run = self._typed(args[0], TEXT if name == "words" else LIST)
        if name == "words":
            return Type(NUMBER), lambda names, entries: len((run(names, entries) or "").split())
        return Type(NUMBER), lambda names, entries: len(run(names, entries) or [])

    def _aggregate(self, name: str, args: list[ast.expr]) -> tuple[Type, _Run]:
        if self._inside:
            raise RuleError(f"{name}() goes over all entries already; take it out of the other function.")
        least, most = (0, 1) if name == "count" else (1, 1) if name == "share" else (1, 2)
        if not least <= len(args) <= most:
            raise RuleError(
                f"{name}() takes {'a condition' if most == 1 else 'a value and, if you like, a condition'}."
            )
        self._inside = self.counts = True
        try:
            condition = self._typed(args[-1], TRUTH) if args and (most == 1 or len(args) == 2) else None
            value = None
            if name == "distinct":
                value = self._compile(args[0])[1]
            elif name in _NUMERIC_AGGREGATES:
                value = self._typed(args[0], NUMBER)
        finally:
            self._inside = False
        return Type(NUMBER), _over_entries(name, value, condition)


def _over_entries(name: str, value: _Run | None, condition: _Run | None) -> _Run:
    def run(names: Env, entries: Entries) -> Any:
        scopes = [{**names, **entry} for entry in entries]
        chosen = [scope for scope in scopes if condition is None or condition(scope, entries)]
        if value is None:
            return len(chosen) if name == "count" else len(chosen) / len(scopes) if scopes else 0.0
        values = [found for scope in chosen if (found := value(scope, entries)) is not None]
        if name == "distinct":
            return len({_key(found) for found in values})
        return _NUMERIC_AGGREGATES[name](values)

    return run


def _sane(value: bool | float | str) -> bool:
    return isinstance(value, str) or abs(value) <= 1e12


def _lift(function: Callable[..., Any], *values: Any) -> Any:
    return None if any(value is None for value in values) else function(*values)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Row) and isinstance(b, str):
        return a.id == b
    if isinstance(b, Row) and isinstance(a, str):
        return b.id == a
    return bool(a == b)


def _key(value: Any) -> Any:
    """What makes two values count as one: texts without case and spacing, lists by their parts."""
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    return tuple(_key(part) for part in value) if isinstance(value, list) else value


def _described(found: Type) -> str:
    return f"a row of {found.table}" if found.table else found.kind


def shown(value: Any) -> str:
    """A value as it stands in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value) or "nothing"
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else f"{text[:115].rsplit(' ', 1)[0]} …"
