"""Every algorithm by name: what it takes for a convolution of one sample, or why it can't compute it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from convcost.algorithms import im2col
from convcost.algorithms.fft import fft
from convcost.algorithms.winograd import winograd
from convcost.errors import ShapeError
from convcost.ops.base import Operator, Shape
from convcost.ops.conv import Conv


class Cost(NamedTuple):
    """Real multiplies, and the numbers held besides input, weights and output."""

    multiplies: int
    precomputed: int
    """Multiplies where the kernels have been transformed beforehand."""
    extra_elements: int


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How a convolution can be computed. `cost` raises ShapeError if it does not apply."""

    name: str
    title: str
    cost: Callable[[Conv, Shape], Cost]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An algorithm's cost for one convolution; None, and the reason, if it does not apply."""

    algorithm: Algorithm
    cost: Cost | None
    reason: str | None = None


class Choice(NamedTuple):
    """An algorithm that applies, and its cost."""

    algorithm: Algorithm
    cost: Cost


def estimates(conv: Conv, x: Shape) -> list[Estimate]:
    """What each algorithm takes, in the order of the table."""
    return [_estimate(algorithm, conv, x) for algorithm in ALGORITHMS.values()]


def least(found: Iterable[Estimate], precomputed: bool = False) -> Choice:
    """The one with the fewest multiplies, the first of equals; with `precomputed`, kernels transformed beforehand."""
    choices = [Choice(estimate.algorithm, estimate.cost) for estimate in found if estimate.cost]
    return min(choices, key=lambda choice: choice.cost.precomputed if precomputed else choice.cost.multiplies)


def as_convolution(operator: Operator, x: Shape) -> Conv | None:
    """The convolution that an operator computes, if that is what it does."""
    if isinstance(operator, Conv):
        return operator
    grouped: Callable[[Shape], Conv] | None = getattr(operator, "grouped", None)
    return grouped(x) if grouped else None


def _estimate(algorithm: Algorithm, conv: Conv, x: Shape) -> Estimate:
    try:
        return Estimate(algorithm, algorithm.cost(conv, x))
    except ShapeError as error:
        return Estimate(algorithm, None, error.message)


def _direct(conv: Conv, x: Shape) -> Cost:
    macs = conv.work(x).macs
    return Cost(macs, macs, 0)


def _im2col(conv: Conv, x: Shape) -> Cost:
    multiplies = im2col.matrix_product(conv, x).multiplies
    return Cost(multiplies, multiplies, im2col.buffer_elements(conv, x) if im2col.needs_copy(conv, x) else 0)


def _winograd(m: int) -> Callable[[Conv, Shape], Cost]:
    def cost(conv: Conv, x: Shape) -> Cost:
        found = winograd(conv, x, m)
        return Cost(found.multiplies, found.multiplies_precomputed, found.extra_elements)

    return cost


def _fft(conv: Conv, x: Shape) -> Cost:
    found = fft(conv, x)
    return Cost(found.real_multiplies, found.real_multiplies_precomputed, found.extra_elements)


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("direct", "sliding window", _direct),
        Algorithm("im2col", "im2col and a matrix product", _im2col),
        Algorithm("winograd_2", "Winograd F(2x2,3x3)", _winograd(2)),
        Algorithm("winograd_4", "Winograd F(4x4,3x3)", _winograd(4)),
        Algorithm("fft", "FFT", _fft),
    )
}
"""By name; the twins in `convcost.kernels.algorithms` have the same."""
