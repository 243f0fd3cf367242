"""Gated recurrent unit, step by step: reset, update and new gates, in torch's order."""

from __future__ import annotations

import numpy as np

from convcost.kernels import recurrent, sigmoid, tanh
from convcost.kernels.tally import Array, Given, Tally, Weights
from convcost.kernels.whole import every_position


def weights(given: Given, rng: np.random.Generator, x: Array) -> Weights:
    return recurrent.weights(given, rng, x, gates=3)


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    return recurrent.run(given, weights, tally, x, step)


def step(given: Given, weights: Weights, tally: Tally, x: Array, state: Array, memory: Array) -> tuple[Array, Array]:
    two = 2 * given.hidden
    both = np.concatenate([x, state], axis=1)
    rows = np.concatenate([weights["input_weight"][:two], weights["state_weight"][:two]], axis=1)
    first = {name: bias[:two] for name, bias in weights.items() if name.endswith("bias")}
    last = {name: bias[two:] for name, bias in weights.items() if name.endswith("bias")}
    gates = recurrent.biased(first, tally, tally.matmul(both, rows.T), "input_bias", "state_bias")
    r, z = (sigmoid.run(None, {}, tally, gate) for gate in np.split(gates, 2, axis=1))
    new = recurrent.biased(last, tally, tally.matmul(x, weights["input_weight"][two:].T), "input_bias")
    old = recurrent.biased(last, tally, tally.matmul(state, weights["state_weight"][two:].T), "state_bias")
    n = tanh.run(None, {}, tally, tally.add(new, tally.multiply(r, old)))
    state = tally.add(tally.multiply(tally.subtract(1, z), n), tally.multiply(z, state))
    return state, memory


stain = every_position
