"""What layer_norm and group_norm share: numbers normalised by their own mean and variance."""

from __future__ import annotations

from math import prod

from convcost.kernels.drawing import per_channel
from convcost.kernels.tally import Array, Given, Tally, Weights

EPSILON = 1e-5


def normalise(tally: Tally, x: Array, axes: tuple[int, ...]) -> Array:
    """(x - mean) / sqrt(variance + epsilon), over some axes."""
    count = prod(x.shape[axis] for axis in axes)
    centred = tally.subtract(x, tally.divide(tally.total(x, axes), count))
    variance = tally.divide(tally.total(tally.multiply(centred, centred), axes), count)
    return tally.divide(centred, tally.power(tally.add(variance, EPSILON), 0.5))


def affine(given: Given, weights: Weights, tally: Tally, y: Array) -> Array:
    """y scaled and shifted channel by channel, if that is asked for."""
    if not given.affine:
        return y
    y = tally.multiply(y, per_channel(weights["scale"], y))
    return tally.add(y, per_channel(weights["shift"], y), out=y)
