"""Random weights that keep the variance of what passes through, so that deep networks neither vanish nor explode."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np

from convcost.kernels.tally import Array, Weights

KINDS = {
    "weight": "weights",
    "slope": "weights",
    "token": "weights",
    "bias": "biases",
    "scale": "norm",
    "shift": "norm",
    "mean": "statistics",
    "variance": "statistics",
    "centre": "statistics",
    "constant": "statistics",
}
"""What kind of parameter an array is, by the last word of its name."""


BLOCK = 8191
"""Numbers that are drawn at most for one array. A prime, so that rows that are repeated begin at different places."""


def held(weights: Weights) -> dict[str, int]:
    """Numbers held, by kind.

    >>> held({"weight": np.zeros((4, 3)), "bias": np.zeros(4)})
    {'weights': 12, 'biases': 4, 'norm': 0, 'statistics': 0}
    """
    counts = dict.fromkeys(KINDS.values(), 0)
    for name, array in weights.items():
        counts[KINDS[name.rpartition("_")[2]]] += array.size
    return counts


def parameters(weights: Weights) -> int:
    """Numbers that count as parameters: all but statistics and fixed centres."""
    counts = held(weights)
    return sum(counts.values()) - counts["statistics"]


def trainable(weights: Weights) -> int:
    """Parameters that training changes: all but those that are given."""
    return parameters({name: array for name, array in weights.items() if not name.startswith("given_")})


def normal(rng: np.random.Generator, shape: tuple[int, ...], fan_in: int, dtype: Any) -> Array:
    """Normal with variance 2 / fan-in (He et al. 2015, arXiv:1502.01852). Of many, a block is drawn and repeated."""
    block = rng.standard_normal(min(prod(shape), BLOCK), dtype=dtype)
    block *= sqrt(2 / fan_in)
    return np.resize(block, shape)


def filters(rng: np.random.Generator, shape: tuple[int, ...], bias: bool, dtype: Any) -> Weights:
    """Filters [M, ...], each summing over all its numbers, and small biases [M]."""
    weights = {"weight": normal(rng, shape, prod(shape[1:]), dtype)}
    if bias:
        weights["bias"] = normal(rng, shape[:1], 200, dtype)
    return weights


def scale_and_shift(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Weights:
    """Near one and near zero."""
    return {"scale": 1 + normal(rng, shape, 200, dtype), "shift": normal(rng, shape, 200, dtype)}


def one_per(what: str, x: Array) -> tuple[int, ...]:
    """Return the shape of one number per channel, position or element of x [N, C, *size], or one per layer."""
    channels, positions = what in ("channel", "element"), what in ("position", "element")
    _, c, *size = x.shape
    return (c if channels else 1, *(n if positions else 1 for n in size))


def per_channel(values: Array, x: Array) -> Array:
    """[C] shaped to go with x [N, C, *size]."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))
