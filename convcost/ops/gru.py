"""Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), as torch has it: the reset gate acts on U h + d.

    r, z = sigmoid(W x_t + b + U h + d), n = tanh(W x_t + b + r * (U h + d))

    h_t = (1 - z) * n + z * h

    params = 3 * hidden * (C + hidden + 2), macs = 3 * L * hidden * (C + hidden), twice that in both directions

Gates are counted as sigmoid and tanh are: multiplies, additions, divisions and exponentials.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Work
from convcost.ops.numbers import Number
from convcost.ops.recurrent import Recurrent


class Gru(Recurrent):
    """Gated recurrent unit along a 1-D map: `hidden` numbers at each position, and as many backwards if wanted."""

    gates = 3

    hidden: Number = arg.argument(arg.Count())
    bidirectional: bool = arg.argument(arg.Flag(), False)
    bias: bool = arg.argument(arg.Flag(), True)

    def step(self, states: Number) -> Work:
        # 2 sigmoids, a tanh; r*(U h + d) and its sum, 1 - z, two products, and their sum.
        return Work(
            multiplies=4 * states, additions=(2 + 2 + 1 + 1 + 1) * states, divisions=3 * states, exponentials=3 * states
        )
