"""What training may be set to."""

# Annotations stay objects here, as in `figures`.
from collections.abc import Mapping
from typing import NamedTuple

OPTIMIZERS: Mapping[str, int] = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}
"""How many numbers each optimizer holds for a parameter; `momentum` is stochastic gradient descent with it."""


class Precision(NamedTuple):
    """The bytes of the numbers that training works with."""

    width: int
    """Of parameters, and of what is given."""
    cast: int
    """Of what convolutions and products are cast to."""


PRECISIONS: Mapping[str, Precision] = {
    "fp32": Precision(4, 4),
    "amp-bf16": Precision(4, 2),
    "amp-fp16": Precision(4, 2),
    "bf16": Precision(2, 2),
}
"""By name. `amp` is `torch.autocast`; with `bf16` the module itself is of that type."""
