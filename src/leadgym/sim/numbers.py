"""Numbers that are the same on every platform: a grid to round to, uniform draws, logarithm and exponential.

A binary grid of 2**-20 makes sums exact: below 2**32 adding such numbers never rounds, so the order of a sum does not
matter. Logarithm and exponential are built from + - * / alone, which IEEE 754 defines to the last bit; libm is not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

GRID = 2**20

_LN2 = 0.6931471805599453
_ROOT = 0.7071067811865476


def grid(values: Floats) -> Floats:
    """``values`` rounded to multiples of 2**-20, half to even."""
    rounded: Floats = np.rint(values * GRID) * (1 / GRID)  # exact: a power of two
    return rounded


def uniforms(seed: int, stream: int, shape: tuple[int, ...]) -> Floats:
    """Draws between 0 and 1 (both excluded), multiples of 2**-33. Stable: raw PCG64 words, no distribution method."""
    raw = np.random.PCG64(np.random.SeedSequence([seed, stream])).random_raw(int(np.prod(shape)))
    return (((np.asarray(raw) >> np.uint64(32)).astype(np.float64) + 0.5) / 2**32).reshape(shape)


def logarithm(x: Floats) -> Floats:
    """Natural logarithm of positive numbers, to about 1e-13."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < _ROOT
    mantissa = np.where(low, mantissa * 2, mantissa)
    exponent = exponent - low
    y = (mantissa - 1) / (mantissa + 1)
    square = y * y
    total = np.zeros_like(y)
    for n in range(21, 0, -2):
        total = total * square + 1 / n
    return np.asarray(2 * y * total + exponent * _LN2)


def exponential(x: Floats) -> Floats:
    """e to the power of ``x``, to about 1e-13 of its value."""
    whole = np.rint(x / _LN2)
    rest = x - whole * _LN2
    total = np.ones_like(rest)
    for n in range(16, 0, -1):
        total = total * rest / n + 1
    return np.asarray(np.ldexp(total, whole.astype(np.int32)))
