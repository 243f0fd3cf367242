"""The arithmetic unit of the witness: it computes, and counts what it computed by the sizes of the arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

Given: TypeAlias = Any
"""An operator's arguments, as attributes."""

Weights: TypeAlias = dict[str, Array]


@dataclass(slots=True)
class Tally:
    """Counts over all samples of the batch. A multiply-accumulate counts once, in `macs` alone."""

    macs: int = 0
    multiplies: int = 0
    additions: int = 0
    comparisons: int = 0
    divisions: int = 0
    exponentials: int = 0  # exp, log, powers and roots
    wasted: int = 0
    """Those of the `macs` that multiply a padding zero, or land outside the output."""

    @property
    def useful_macs(self) -> int:
        return self.macs - self.wasted

    def matmul(self, a: Array, b: Array) -> Array:
        """Matrix products; each number of the result sums as many products as a row of `a` is long."""
        y: Array = a @ b
        self.macs += y.size * a.shape[-1]
        return y

    def multiply_add(self, x: Array, a: Array, b: Array | float) -> Array:
        """x * a + b, counted as multiply-accumulates."""
        y: Array = x * a
        y += b
        self.macs += y.size
        return y

    def multiply(self, a: Any, b: Any) -> Array:
        y: Array = np.multiply(a, b)
        self.multiplies += y.size
        return y

    def add(self, a: Any, b: Any, out: Array | None = None) -> Array:
        y: Array = np.add(a, b, out=out)
        self.additions += y.size
        return y

    def subtract(self, a: Any, b: Any) -> Array:
        y: Array = np.subtract(a, b)
        self.additions += y.size
        return y

    def divide(self, a: Any, b: Any) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            y: Array = np.divide(a, b)
        self.divisions += y.size
        return y

    def maximum(self, a: Any, b: Any) -> Array:
        y: Array = np.maximum(a, b)
        self.comparisons += y.size
        return y

    def minimum(self, a: Any, b: Any) -> Array:
        y: Array = np.minimum(a, b)
        self.comparisons += y.size
        return y

    def by_sign(self, x: Array, positive: Array, other: Array, bound: Array | float = 0) -> Array:
        """`positive` where x > 0, or another bound, else `other`."""
        y: Array = np.where(x > bound, positive, other)
        self.comparisons += x.size
        return y

    def exp(self, x: Array) -> Array:
        with np.errstate(over="ignore"):  # an infinity is what the formulas around it need
            y: Array = np.exp(x)
        self.exponentials += y.size
        return y

    def log(self, x: Array) -> Array:
        y: Array = np.log(x)
        self.exponentials += y.size
        return y

    def through(self, function: Callable[[Array], Array], x: Array) -> Array:
        """Return a transcendental function of every number."""
        y = function(x)
        self.exponentials += y.size
        return y

    def power(self, x: Array, exponent: float) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):  # no number is a result, too
            y: Array = np.power(x, exponent)
        self.exponentials += y.size
        return y

    def erf(self, x: Array) -> Array:
        y = np.fromiter(map(math.erf, x.flat), x.dtype, x.size).reshape(x.shape)
        self.exponentials += y.size
        return y

    def total(self, x: Array, axes: int | Sequence[int]) -> Array:
        """Return the sum over some axes, which are kept with length 1: n numbers take n - 1 additions."""
        y: Array = np.sum(x, axis=axes if isinstance(axes, int) else tuple(axes), keepdims=True)
        self.additions += x.size - y.size
        return y

    def largest(self, x: Array, axes: int | Sequence[int]) -> Array:
        """Return the maximum over some axes, which are kept with length 1: n numbers take n - 1 comparisons."""
        y: Array = np.max(x, axis=axes if isinstance(axes, int) else tuple(axes), keepdims=True)
        self.comparisons += x.size - y.size
        return y
