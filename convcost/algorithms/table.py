"""Every algorithm by name: what it takes for a convolution of one sample, or why it can't compute it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from convcost.algorithms import im2col
from convcost.algorithms.fft import FFT, fft
from convcost.algorithms.winograd import PUBLISHED_FLOPS, Winograd, winograd
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
    how: str
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
    """Return what each algorithm takes, in the order of the table."""
    return [_estimate(algorithm, conv, x) for algorithm in ALGORITHMS.values()]


def least(found: Iterable[Estimate], precomputed: bool = False) -> Choice:
    """Return the choice with the fewest multiplies; with `precomputed`, those of transforming kernels don't count."""
    choices = [Choice(estimate.algorithm, estimate.cost) for estimate in found if estimate.cost]
    return min(choices, key=lambda choice: choice.cost.precomputed if precomputed else choice.cost.multiplies)


def as_convolution(operator: Operator, x: Shape) -> Conv | None:
    """Return the convolution that an operator computes, if that is what it does."""
    if isinstance(operator, Conv):
        return operator
    grouped: Callable[[Shape], Conv] | None = getattr(operator, "grouped", None)
    return grouped(x) if grouped else None


@dataclass(frozen=True, slots=True)
class Details:
    """Where the multiplies and additions of the algorithms with transforms are; no Winograd where it does not apply."""

    winograd: dict[int, Winograd]
    fft: FFT


def details(conv: Conv, x: Shape) -> Details:
    """Return the parts of what `estimates` sums up."""
    found = {}
    for m in PUBLISHED_FLOPS:
        try:
            found[m] = winograd(conv, x, m)
        except ShapeError:
            continue
    return Details(found, fft(conv, x))


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
        Algorithm(
            "direct",
            "sliding window",
            "Every output by itself, as the formula says; nothing is held but input, weights and output.",
            _direct,
        ),
        Algorithm(
            "im2col",
            "im2col and a matrix product",
            "All windows are copied into the columns of a matrix, and one product per group does the rest: as many "
            "multiplies, at the speed of matrix libraries, for more memory.",
            _im2col,
        ),
        Algorithm(
            "winograd_2",
            "Winograd F(2x2,3x3)",
            "Tiles of 2x2 outputs from 4x4 inputs, with 16 multiplies instead of 36, between transforms that mostly "
            "add. For 3x3 kernels of stride and dilation 1.",
            _winograd(2),
        ),
        Algorithm(
            "winograd_4",
            "Winograd F(4x4,3x3)",
            "Tiles of 4x4 outputs from 6x6 inputs, with 36 multiplies instead of 144; the transforms multiply more, "
            "and rounding errors grow.",
            _winograd(4),
        ),
        Algorithm(
            "fft",
            "FFT",
            "Spectra are multiplied frequency by frequency: a large kernel costs as much as a small one, and a stride "
            "saves nothing. It needs many channels to share the transforms.",
            _fft,
        ),
    )
}
"""By name; the twins in `convcost.kernels.algorithms` have the same."""
