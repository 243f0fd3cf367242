"""Gradients of deformable convolution: through the taps' values to the map, and through their places to the offsets.

A value that is read between four numbers is linear along each axis, so its slope is a difference of neighbours. What
the forward pass had is worked out once more, and is free here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcost.kernels.backward_windows import convolution, of_bias, over_samples
from convcost.kernels.deformable_conv import grids_of, predicted, taken
from convcost.kernels.interpolation import bilinear, nearness, neighbours, picked
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import frame


def deformable_conv(
    given: Given, weights: Weights, tally: Tally, xs: Sequence[Array], grad: Array, needs: Sequence[bool]
) -> tuple[list[Array | None], Weights]:
    """The offset branch has trained filters; offsets that are given may need no gradient, as the map may not."""
    x, *moves = xs
    n, free = len(x), Tally()
    branch = predicted(given, weights, free, *xs)
    at, masks = taken(given, grids_of(given, x), branch)
    maps = x.reshape(n, given.deform_groups, -1, *x.shape[2:])
    values = bilinear(free, maps, *at)
    read = values * masks if given.modulated else values
    rows = weights["weight"].reshape(given.groups, given.out // given.groups, -1)
    flat = grad.reshape(n, given.groups, rows.shape[1], -1)
    grad_w = over_samples(tally, flat, read.reshape(n, given.groups, rows.shape[2], -1))
    found = {"weight": grad_w.reshape(weights["weight"].shape)} | of_bias(tally, weights, grad)
    if moves and not any(needs):
        return [None for _ in xs], found
    change = tally.matmul(rows.swapaxes(1, 2), flat).reshape(values.shape)
    of_values = change * masks if given.modulated else change
    of_moves = [_through_places(maps, at, of_values).reshape(n, -1, *grad.shape[2:])]
    if given.modulated:
        of_moves.append((change * values).sum(2).reshape(n, -1, *grad.shape[2:]))
    to_x: Array | None = _spread(maps, at, of_values).reshape(x.shape)
    if moves:
        made = [to_x, *of_moves]
        return [one if needed else None for one, needed in zip(made, needs, strict=True)], found
    of_branch = np.concatenate(of_moves, axis=1)
    through, found["offset_weight"] = convolution(
        tally, frame(given), x, weights["offset_weight"], 1, of_branch, needs[0]
    )
    if given.bias:
        found["offset_bias"] = of_branch.sum((0, 2, 3))
    return [None if through is None else through + to_x], found


def _through_places(maps: Array, at: Sequence[Array], of_values: Array) -> Array:
    """Return the gradients of the offsets, [N, G, taps, 2, positions]."""
    found = np.zeros((*at[0].shape[:3], 2, at[0].shape[3]), maps.dtype)
    for side, places, on_map, index in neighbours(maps, *at):
        near = nearness(at, places)
        part = (of_values * picked(maps, index)).sum(2) * on_map
        for axis in range(2):
            found[:, :, :, axis] += part * near[1 - axis] * (1 if side[axis] else -1)
    return found


def _spread(maps: Array, at: Sequence[Array], of_values: Array) -> Array:
    """Return the gradients of values, given to the four neighbours that each was read between."""
    lead, size = maps.shape[:3], int(np.prod(maps.shape[3:]))
    found = np.zeros((*lead, size), maps.dtype)
    for _, places, on_map, index in neighbours(maps, *at):
        near = nearness(at, places)
        parts = of_values * (near[0] * near[1] * on_map)[:, :, np.newaxis]
        for sample, group, channel in np.ndindex(lead):
            found[sample, group, channel] += np.bincount(
                index[sample, group].ravel(), parts[sample, group, channel].ravel(), size
            )
    return found
