"""Numbers that are held, behind the channels or the positions along an axis, or before them."""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.windows import pad


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    held = tuple(given.count if axis in given.axis else n for axis, n in enumerate(x.shape[1:]))
    return {"weight" if given.trained else "constant": normal(rng, held, 2, x.dtype)}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    (held,) = weights.values()
    pair = x, np.broadcast_to(held, (len(x), *held.shape))
    return np.concatenate(pair[::-1] if given.before else pair, axis=1 + given.axis[0])


def stain(given: Given, edge: Array, stains: Array) -> Array:
    own = (given.count, 0) if given.before else (0, given.count)
    return pad(stains, [own if axis in given.axis else (0, 0) for axis in range(1, stains.ndim)], edge)
