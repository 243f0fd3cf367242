"""What lstm and gru share: steps along a 1-D map, one way or both, each with the state that the one before left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from convcost.ops.base import Operator, Params, Shape, Work, require_rank
from convcost.ops.numbers import Number, product
from convcost.ops.windows import WHOLE, Reads


class Recurrent(Operator):
    """A recurrent layer with `gates` linear maps of input and state in each step, counted as torch has them.

    Each has weights [hidden, C] and [hidden, hidden], and two biases. The initial state is zero, and is multiplied.
    """

    ranks = (1,)
    gates: ClassVar[int]
    hidden: Number
    bidirectional: bool
    bias: bool

    def check(self, x: Shape) -> None:
        require_rank(type(self).__name__.lower(), self, x)

    @property
    def directions(self) -> int:
        """How many there are: 2 if it also goes from the end to the start."""
        return 1 + self.bidirectional

    def output(self, x: Shape) -> Shape:
        return Shape(self.directions * self.hidden, x.size)

    def params(self, x: Shape) -> Params:
        rows = self.directions * self.gates * self.hidden
        return Params(weights=rows * (x.channels + self.hidden), biases=2 * rows if self.bias else 0)

    def work(self, x: Shape) -> Work:
        states = self.directions * self.hidden * product(x.size)
        biases = 2 * self.gates * states if self.bias else 0
        linear = Work(macs=self.gates * states * (x.channels + self.hidden), additions=biases)
        return linear + self.step(states)

    def step(self, states: Number) -> Work:
        """Return what the gates take for so many numbers of the state."""
        raise NotImplementedError

    def training_macs(self, needs: Sequence[Number], x: Shape) -> Number:
        # The gradient of the state is needed from step to step, that of the input may not be.
        states = self.directions * self.gates * self.hidden * product(x.size)
        return states * (x.channels * (2 + needs[0]) + 3 * self.hidden)

    def reads(self, x: Shape) -> tuple[Reads, ...]:
        # In one direction only the last output reads all; there is no window, for each reads more than the one before.
        return (WHOLE,)
