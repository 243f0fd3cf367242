"""What training may be set to."""

# Annotations stay objects here, as in `figures`.
from collections.abc import Mapping

OPTIMIZERS: Mapping[str, int] = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers each optimizer holds for a parameter; `momentum` is stochastic gradient descent with it."""
