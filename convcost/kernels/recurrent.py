"""What lstm and gru share: weights for each direction, and steps along a row, one way or both.

An output is taken to read the whole row, though in one direction alone only the last does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcost.kernels.drawing import normal
from convcost.kernels.tally import Array, Given, Tally, Weights


def weights(given: Given, rng: np.random.Generator, x: Array, gates: int) -> Weights:
    """For each direction rows [gates * hidden, C] for the input, [gates * hidden, hidden] for the state; biases."""
    rows, fan = gates * given.hidden, x.shape[1] + given.hidden
    drawn: Weights = {}
    for direction in directions(given):
        drawn[f"{direction}_input_weight"] = normal(rng, (rows, x.shape[1]), fan, x.dtype)
        drawn[f"{direction}_state_weight"] = normal(rng, (rows, given.hidden), fan, x.dtype)
        if given.bias:
            drawn[f"{direction}_input_bias"] = normal(rng, (rows,), 200, x.dtype)
            drawn[f"{direction}_state_bias"] = normal(rng, (rows,), 200, x.dtype)
    return drawn


def run(given: Given, weights: Weights, tally: Tally, x: Array, step: Callable[..., tuple[Array, Array]]) -> Array:
    """Return the states at every position [N, hidden, L], those of both directions one under the other."""
    found = []
    for direction in directions(given):
        own = {name.partition("_")[2]: array for name, array in weights.items() if name.startswith(direction)}
        state = memory = np.zeros((len(x), given.hidden), x.dtype)
        states = np.empty((len(x), given.hidden, x.shape[2]), x.dtype)
        places = range(x.shape[2])
        for place in places if direction == "forward" else reversed(places):
            state, memory = step(given, own, tally, x[:, :, place], state, memory)
            states[:, :, place] = state
        found.append(states)
    return np.concatenate(found, axis=1)


def directions(given: Given) -> tuple[str, ...]:
    return ("forward", "backward") if given.bidirectional else ("forward",)


def biased(weights: Weights, tally: Tally, y: Array, *names: str) -> Array:
    """y with those biases added that there are."""
    for name in names:
        if name in weights:
            y = tally.add(y, weights[name])
    return y
