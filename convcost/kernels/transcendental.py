"""A transcendental function of every number."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array, Given, Tally, Weights

_FUNCTIONS = {"atan": np.arctan, "cos": np.cos, "sin": np.sin, "tan": np.tan}


def run(given: Given, weights: Weights, tally: Tally, x: Array) -> Array:
    if given.function == "erf":
        return tally.erf(x)
    return tally.log(x) if given.function == "log" else tally.through(_FUNCTIONS[given.function], x)
