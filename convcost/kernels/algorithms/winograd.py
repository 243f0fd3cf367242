"""Winograd's F(m x m, 3 x 3): tiles and filters transformed, multiplied element by element, and transformed back.

The matrices are not tabulated but found from the points 0, 1, -1, 2, -2 and infinity by the Toom-Cook construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

import numpy as np

from convcost.kernels.algorithms.workspace import Workspace, filters
from convcost.kernels.convolution import add_bias
from convcost.kernels.tally import Array, Given, Weights
from convcost.kernels.windows import Frame, frame, lay, pad

Matrix = list[list[Fraction]]

TAPS = 3


class Transforms(NamedTuple):
    """B^T, G and A^T."""

    data: Matrix
    filter: Matrix
    inverse: Matrix


def toom_cook(m: int) -> Transforms:
    """Evaluate, multiply, interpolate: products of polynomials from their values at m + 1 points and at infinity."""
    points = [Fraction(n) for n in (0, 1, -1, 2, -2)[: m + 1]]
    data, filter = [], []
    for at in points:
        others = [point for point in points if point != at]
        scale = prod(at - point for point in others)
        filter.append([at**power / scale for power in range(TAPS)])
        data.append([*_polynomial(others), Fraction(0)])
    filter.append([Fraction(power == TAPS - 1) for power in range(TAPS)])
    data.append(_polynomial(points))
    inverse = [[*(at**power for at in points), Fraction(power == m - 1)] for power in range(m)]
    return Transforms(data, filter, inverse)


def run(given: Given, weights: Weights, work: Workspace, x: Array, m: int) -> Array:
    n, c = x.shape[:2]
    by, alpha = toom_cook(m), m + TAPS - 1
    own = frame(given)
    positions = own.windows(x).shape[2:4]
    padded = lay(x, own.sides(x.shape[2:]), own.mode)
    # A tile starts at every m-th output; the last may hang over the end.
    reach = [range(0, o, m)[-1] + alpha for o in positions]
    padded = pad(padded, [(0, r - i) for r, i in zip(reach, padded.shape[2:], strict=True)])
    tiles = Frame((alpha, alpha), (m, m), (1, 1), 0).view(padded)
    grid = tiles.shape[2:4]
    data = work.keep(transform(work, by.data, tiles))
    data = data.transpose(1, 4, 5, 0, 2, 3).reshape(c, alpha * alpha, -1)
    products = []
    for maps, kernels in filters(given, weights["weight"], c):
        rows = work.keep(transform(work, by.filter, kernels)).reshape(len(kernels), -1).T
        products.append(work.matmul(rows[:, np.newaxis], data[list(maps)].swapaxes(0, 1))[:, 0])
    spectrum = work.keep(np.stack(products)).swapaxes(1, 2).reshape(given.out, n, *grid, alpha, alpha)
    outputs = transform(work, by.inverse, spectrum).transpose(1, 0, 2, 4, 3, 5)
    y = outputs.reshape(n, given.out, grid[0] * m, grid[1] * m)[:, :, : positions[0], : positions[1]]
    return add_bias(work, y.copy(), weights.get("bias"))


def transform(work: Workspace, matrix: Matrix, x: Array) -> Array:
    """M x M^T on the last two axes: the matrix meets every column, then every row of what comes of it."""
    for axis in (-2, -1):
        parts = np.moveaxis(x, axis, 0)
        x = np.moveaxis(np.stack([_combine(work, row, parts) for row in matrix]), 0, axis)
    return x


def _combine(work: Workspace, constants: Sequence[Fraction], parts: Array) -> Array:
    """The sum of constant times part, without multiplying by 0, 1 or -1; it starts with a term that is not negated."""
    terms = [(constant, part) for constant, part in zip(constants, parts, strict=True) if constant]
    terms.sort(key=lambda term: term[0] == -1)
    (constant, part), *rest = terms
    total = -part if constant == -1 else _scaled(work, constant, part)
    for constant, part in rest:
        total = work.subtract(total, part) if constant == -1 else work.add(total, _scaled(work, constant, part))
    return total


def _scaled(work: Workspace, constant: Fraction, part: Array) -> Array:
    return part if constant == 1 else work.multiply(part, part.dtype.type(constant))


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """The coefficients of the product of x - root, the lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        raised, kept = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [a - root * b for a, b in zip(raised, kept, strict=True)]
    return coefficients
