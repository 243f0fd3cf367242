"""Long short-term memory, step by step: input, forget, cell and output gates, in torch's order."""

from __future__ import annotations

import numpy as np

from convcost.kernels import recurrent, sigmoid, tanh
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return recurrent.weights(given, rng, x, gates=4)


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return recurrent.run(given, weights, tally, x, step)


def step(given: Given, weights: Weights, tally: Tally, x: Array, state: Array, memory: Array) -> tuple[Array, Array]:
    both = np.concatenate([x, state], axis=1)
    rows = np.concatenate([weights["input_weight"], weights["state_weight"]], axis=1)
    gates = recurrent.biased(weights, tally, tally.matmul(both, rows.T), "input_bias", "state_bias")
    i, f, g, o = np.split(gates, 4, axis=1)
    i, f, o = (sigmoid.run(None, {}, tally, gate) for gate in (i, f, o))
    kept, new = tally.multiply(f, memory), tally.multiply(i, tanh.run(None, {}, tally, g))
    memory = tally.add(kept, new)
    return tally.multiply(o, tanh.run(None, {}, tally, memory)), memory


stain = every_position
