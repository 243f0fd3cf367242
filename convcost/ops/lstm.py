"""Long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000 for the forget gate), as torch has it.

    i, f, o = sigmoid(W x_t + b + U h + d), g = tanh(W x_t + b + U h + d)

    c_t = f * c + i * g, h_t = o * tanh(c_t)

    params = 4 * hidden * (C + hidden + 2), macs = 4 * L * hidden * (C + hidden), twice that in both directions

Gates are counted as sigmoid and tanh are: multiplies, additions, divisions and exponentials.
"""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Work
from convcost.ops.numbers import Number
from convcost.ops.recurrent import Recurrent


class Lstm(Recurrent):
    """Long short-term memory along a 1-D map: `hidden` numbers at each position, and as many backwards if wanted."""

    gates = 4

    hidden: Number = arg.argument(arg.Count())
    bidirectional: bool = arg.argument(arg.Flag(), False)
    bias: bool = arg.argument(arg.Flag(), True)

    def step(self, states: Number) -> Work:
        # 3 sigmoids, 2 tanh, the products f*c, i*g and o*tanh(c), one sum.
        return Work(
            multiplies=5 * states, additions=(3 + 4 + 1) * states, divisions=5 * states, exponentials=5 * states
        )
