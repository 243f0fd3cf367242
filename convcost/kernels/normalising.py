"""What layer_norm, group_norm and instance_norm share: numbers normalised by their own mean and variance."""

from __future__ import annotations

from math import prod

from convcost.kernels.tally import Array, Tally, Weights

EPSILON = 1e-5


def normalise(tally: Tally, x: Array, axes: tuple[int, ...]) -> Array:
    """(x - mean) / sqrt(variance + epsilon), over some axes."""
    count = prod(x.shape[axis] for axis in axes)
    centred = tally.subtract(x, tally.divide(tally.total(x, axes), count))
    variance = tally.divide(tally.total(tally.multiply(centred, centred), axes), count)
    return tally.divide(centred, tally.power(tally.add(variance, EPSILON), 0.5))


def affine(weights: Weights, tally: Tally, y: Array) -> Array:
    """y scaled and shifted, if there is what to do it by."""
    if not weights:
        return y
    y = tally.multiply(y, weights["scale"])
    return tally.add(y, weights["shift"], out=y)
