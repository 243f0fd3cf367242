"""Deformable convolution: a convolution computes where each tap is to be read, by bilinear interpolation.

The offset branch gives, for each deform group and tap, a vertical and a horizontal offset in turn, and after all of
these, if modulated, one mask value each. Reads beyond the map are zero.
"""

from __future__ import annotations

from math import prod

import numpy as np

from convcost.kernels.convolution import add_bias, convolve, pieces
from convcost.kernels.drawing import filters
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import Frame, frame


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    c, taps = x.shape[1], prod(given.kernel)
    predicted = (3 if given.modulated else 2) * given.deform_groups * taps
    branch = filters(rng, (predicted, c, *given.kernel), given.bias, x.dtype)
    main = filters(rng, (given.out, c // given.groups, *given.kernel), given.bias, x.dtype)
    return main | {f"offset_{name}": array for name, array in branch.items()}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    n, c = x.shape[:2]
    groups, taps, around = given.deform_groups, prod(given.kernel), frame(given)
    branch = convolve(tally, around, x, weights["offset_weight"], 1)
    add_bias(tally, branch, weights.get("offset_bias"))
    positions = branch.shape[2:]
    moves = branch[:, : 2 * groups * taps].reshape(n, groups, taps, 2, -1)
    masks = branch[:, 2 * groups * taps :].reshape(n, groups, -1, taps, moves.shape[-1])
    rows = weights["weight"].reshape(given.groups, given.out // given.groups, -1)
    grids, maps = _grid(around, x), x.reshape(n, groups, c // groups, *x.shape[2:])
    y = np.empty((n, given.out, moves.shape[-1]), x.dtype)
    for (place,) in pieces(moves.shape[-1:], n * c * taps):
        at = [grid[..., place] + moves[:, :, :, axis, place] for axis, grid in enumerate(grids)]
        values = _bilinear(tally, maps, *at)
        if given.modulated:
            values = tally.multiply(values, masks[..., place])
        columns = values.reshape(n, given.groups, c // given.groups * taps, -1)
        y[..., place] = tally.matmul(rows, columns).reshape(n, given.out, -1)
    return add_bias(tally, y.reshape(n, given.out, *positions), weights.get("bias"))


def _grid(around: Frame, x: Array) -> list[Array]:
    """Where the taps [taps, positions] lie before they move: the coordinates, read through the windows."""
    sides = around.sides(x.shape[2:])
    padded = [n + before + after for n, (before, after) in zip(x.shape[2:], sides, strict=True)]
    view = around.view(np.indices(padded, dtype=x.dtype))
    flat = view.transpose(0, 3, 4, 1, 2).reshape(2, prod(around.kernel), -1)
    return [axis - before for axis, (before, _) in zip(flat, sides, strict=True)]


def _bilinear(tally: Tally, x: Array, rows: Array, columns: Array) -> Array:
    """x [N, G, C, H, W] at fractional places [N, G, taps, positions]: four neighbours, weighed by their nearness."""
    *lead, height, width = x.shape
    flat = x.reshape(*lead, height * width)
    top, left = np.floor(rows), np.floor(columns)
    result = None
    for down, right in np.ndindex(2, 2):
        row, column = (top + down).astype(np.intp), (left + right).astype(np.intp)
        # Finding distances is addressing; the weights are arithmetic.
        weight = tally.multiply(1 - np.abs(rows - row), 1 - np.abs(columns - column)).astype(x.dtype)
        on_map = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        weight[~on_map] = 0
        index = np.where(on_map, row * width + column, 0).reshape(*lead[:2], 1, -1)
        read = np.take_along_axis(flat, index, axis=3).reshape(*lead, *rows.shape[2:])
        part = tally.multiply(read, weight[:, :, np.newaxis])
        result = part if result is None else tally.add(result, part, out=result)
    assert result is not None
    return result


def stain(given: Given, edge: Array, stains: Array) -> Array:
    """Return the nominal taps: where they move depends on the data."""
    return frame(given).stain(edge, stains)
