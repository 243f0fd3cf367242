"""The channels cut into parts, equal ones or of given widths."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> tuple[Array, ...]:
    cuts = given.parts if given.channels is None else np.cumsum(given.channels)[:-1]
    return tuple(part.copy() for part in np.split(x, cuts, axis=1))


def stain(given: Given, edge: Array, stains: Array) -> tuple[Array, ...]:
    return (stains,) * (given.parts or len(given.channels))
