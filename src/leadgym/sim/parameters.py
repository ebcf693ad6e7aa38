"""The table of parameters (``parameters.yaml``), and sets of values taken from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from leadgym.sim.numbers import Floats, Ints, uniforms
from leadgym.yamlfile import Model, parse_yaml, validate

_STREAM = 100


class Entry(Model):
    """One line of the table. ``source`` is author and year, or ``assumed``."""

    value: float
    unit: str
    low: float
    high: float
    varies: bool
    source: str
    means: str


class _Table(Model):
    parameters: dict[str, Entry]


@cache
def table() -> Mapping[str, Entry]:
    """Name to entry, in the order of the file."""
    document = parse_yaml((files("leadgym.sim") / "parameters.yaml").read_text(encoding="utf-8"), "parameters.yaml")
    return validate(document, _Table).parameters


@dataclass(frozen=True)
class Parameters(Mapping[str, float]):
    """A value for every name of the table. ``Parameters()`` has the table's own; ``with_(name=...)`` changes some."""

    changed: tuple[tuple[str, float], ...] = ()

    def __getitem__(self, name: str) -> float:
        return dict(self.changed).get(name, table()[name].value)

    def __iter__(self) -> Iterator[str]:
        return iter(table())

    def __len__(self) -> int:
        return len(table())

    def with_(self, **values: float) -> Parameters:
        """The same with other values. Raises ValueError for an unknown name or a value out of range."""
        for name, value in values.items():
            if name not in table():
                raise ValueError(f"There is no parameter '{name}'. The names stand in leadgym/sim/parameters.yaml.")
            entry = table()[name]
            if not entry.low <= value <= entry.high:
                raise ValueError(f"'{name}' takes {entry.low:g} to {entry.high:g} ({entry.unit}), not {value:g}.")
        return Parameters(tuple({**dict(self.changed), **values}.items()))


def draws(count: int, seed: int = 1, spread: float = 0.5) -> list[Parameters]:
    """``count`` sets: each number that varies times a factor from 1-spread to 1+spread, within its own range."""
    names = [name for name, entry in table().items() if entry.varies]
    factors = 1 + spread * (2 * uniforms(seed, _STREAM, (count, len(names))) - 1)
    return [scaled(dict(zip(names, row, strict=True))) for row in factors.tolist()]


def scaled(factors: Mapping[str, float]) -> Parameters:
    """The table's values times ``factors``, kept within their ranges."""
    values = {}
    for name, factor in factors.items():
        entry = table()[name]
        values[name] = min(max(entry.value * factor, entry.low), entry.high)
    return Parameters().with_(**values)


class Columns:
    """Parameters of many runs at once: ``columns["learning"]`` holds a number per run, shape (runs,)."""

    def __init__(self, sets: Sequence[Parameters]) -> None:
        different: dict[Parameters, int] = {}
        index = [different.setdefault(one, len(different)) for one in sets]
        rows = np.array([[one[name] for name in table()] for one in different], dtype=np.float64)
        self._columns = dict(zip(table(), rows[index].T.copy(), strict=True))
        self._one = {name: column[0] for name, column in self._columns.items()} if len(different) == 1 else None

    def __getitem__(self, name: str) -> Floats:
        column: Floats = self._columns[name]
        return column

    def of(self, name: str, runs: Ints) -> Floats | np.float64:
        """The numbers for ``runs`` (n), or the one number when all runs share it."""
        if self._one is not None:
            one: np.float64 = self._one[name]
            return one
        column: Floats = self._columns[name]
        return column[runs]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)
