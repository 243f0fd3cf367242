"""Divides by a power of the energy in neighbouring channels, with AlexNet's constants (Krizhevsky et al. 2012)."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights

K, ALPHA, BETA = 2, 1e-4, 0.75


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    squares = tally.multiply(x, x)
    n, c, *size = x.shape
    around = np.zeros((n, c + given.size - 1, *size), x.dtype)
    around[:, given.size // 2 : given.size // 2 + c] = squares
    energy = around[:, :c].copy()
    for shift in range(1, given.size):
        tally.add(energy, around[:, shift : shift + c], out=energy)
    base = tally.add(tally.multiply(energy, ALPHA), K)
    return tally.divide(x, tally.power(base, BETA))
