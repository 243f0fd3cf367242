"""Weights as directions and trained lengths, one for each output (Salimans & Kingma 2016, arXiv:1602.07868).

The product is made once for all samples, or once for all after training, so that it is counted nowhere.
"""

from __future__ import annotations

import numpy as np

from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Weights


def lengths(rng: np.random.Generator, weight: Array) -> Weights:
    """Trained lengths [M, 1, ...] of filters [M, ...], near one."""
    shape = (len(weight), *(1,) * (weight.ndim - 1))
    return {"length_weight": 1 + normal(rng, shape, 200, weight.dtype)}


def norms(weight: Array) -> Array:
    return np.asarray(np.sqrt(np.sum(weight * weight, tuple(range(1, weight.ndim)), keepdims=True)))


def normalised(weights: Weights) -> Array:
    """The weights that a layer multiplies by."""
    if "given_weight" in weights:
        return weights["given_weight"]
    weight = weights["weight"]
    if "length_weight" not in weights:
        return weight
    return np.asarray(weight * (weights["length_weight"] / norms(weight)))


def through_norm(weights: Weights, grad: Array) -> Weights:
    """From the gradient of what a layer multiplies by, those of what it holds."""
    if "length_weight" not in weights:
        return {"weight": grad}
    weight, length = weights["weight"], weights["length_weight"]
    norm = norms(weight)
    along = np.sum(grad * weight, tuple(range(1, weight.ndim)), keepdims=True) / norm
    return {"weight": length / norm * (grad - along * weight / norm), "length_weight": along}
