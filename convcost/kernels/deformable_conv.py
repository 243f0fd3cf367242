"""Deformable convolution: a convolution computes where each tap is to be read, by bilinear interpolation.

The offset branch gives, for each deform group and tap, a vertical and a horizontal offset in turn, and after all of
these, if modulated, one mask value each; or offsets and masks are inputs. Reads beyond the map are zero.
"""

from __future__ import annotations

from functools import reduce
from math import prod

import numpy as np

from convcost.kernels.convolution import add_bias, convolve, pieces
from convcost.kernels.drawing import filters
from convcost.kernels.interpolation import bilinear
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def weights(given: Given, rng: np.random.Generator, x: Array, *moves: Array) -> Weights:
    c, taps = x.shape[1], prod(given.kernel)
    main = filters(rng, (given.out, c // given.groups, *given.kernel), given.bias, x.dtype)
    if moves:
        return main
    numbers = (3 if given.modulated else 2) * given.deform_groups * taps
    branch = filters(rng, (numbers, c, *given.kernel), given.bias, x.dtype)
    return main | {f"offset_{name}": array for name, array in branch.items()}


def run(given: Given, weights: Weights, tally: Tally, x: Array, *moves: Array) -> Array:
    n, c = x.shape[:2]
    groups, taps = given.deform_groups, prod(given.kernel)
    branch = predicted(given, weights, tally, x, *moves)
    grids = grids_of(given, x)
    rows = weights["weight"].reshape(given.groups, given.out // given.groups, -1)
    maps = x.reshape(n, groups, c // groups, *x.shape[2:])
    y = np.empty((n, given.out, prod(branch.shape[2:])), x.dtype)
    for (place,) in pieces(y.shape[2:], n * c * taps):
        at, masks = taken(given, grids, branch, place)
        values = bilinear(tally, maps, *at)
        if given.modulated:
            values = tally.multiply(values, masks)
        columns = values.reshape(n, given.groups, c // given.groups * taps, -1)
        y[..., place] = tally.matmul(rows, columns).reshape(n, given.out, -1)
    return add_bias(tally, y.reshape(n, given.out, *branch.shape[2:]), weights.get("bias"))


def predicted(given: Given, weights: Weights, tally: Tally, x: Array, *moves: Array) -> Array:
    """Return offsets, and masks if there are any: what the offset branch computes, unless they are given."""
    if moves:
        return np.concatenate(moves, axis=1)
    return add_bias(tally, convolve(tally, frame(given), x, weights["offset_weight"], 1), weights.get("offset_bias"))


def taken(given: Given, grids: list[Array], branch: Array, place: slice = slice(None)) -> tuple[list[Array], Array]:
    """Return where taps are read, [N, G, taps, positions] for each axis, and their masks [N, G, 1, taps, positions]."""
    n, groups, taps = len(branch), given.deform_groups, prod(given.kernel)
    moves = branch[:, : 2 * groups * taps].reshape(n, groups, taps, 2, -1)
    masks = branch[:, 2 * groups * taps :].reshape(n, groups, -1, taps, moves.shape[-1])
    return [grid[:, place] + moves[:, :, :, axis, place] for axis, grid in enumerate(grids)], masks[..., place]


def grids_of(given: Given, x: Array) -> list[Array]:
    """Return where the taps [taps, positions] lie before they move: the coordinates, read through the windows."""
    around = frame(given)
    sides = around.sides(x.shape[2:])
    padded = [n + before + after for n, (before, after) in zip(x.shape[2:], sides, strict=True)]
    view = around.view(np.indices(padded, dtype=x.dtype))
    flat = view.transpose(0, 3, 4, 1, 2).reshape(2, prod(around.kernel), -1)
    return [axis - before for axis, (before, _) in zip(flat, sides, strict=True)]


def stain(given: Given, edge: Array, stains: Array, *moves: Array) -> Array:
    """Return the nominal taps: where they move depends on the data."""
    return reduce(np.maximum, moves, frame(given).stain(edge, stains))
