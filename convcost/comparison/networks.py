"""Two networks layer by layer: which layers are the same, which differ, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from convcost.analysis.costs import Costs
from convcost.ops.base import Shape
from convcost.ops.numbers import Number

SAME, CHANGED, ONLY_LEFT, ONLY_RIGHT = "same", "changed", "removed", "added"


_ONE_JOB = (
    ("conv", "conv_transpose", "deformable_conv", "depthwise_conv"),
    (
        "adaptive_avg_pool",
        "adaptive_max_pool",
        "avg_pool",
        "global_avg_pool",
        "global_max_pool",
        "l2_norm",
        "max",
        "max_pool",
        "mean",
        "subsample",
        "sum",
    ),
    ("batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"),
    (
        "celu",
        "clip",
        "elu",
        "gelu",
        "hard_sigmoid",
        "hard_swish",
        "hard_tanh",
        "leaky_relu",
        "mish",
        "prelu",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "swish",
        "tanh",
    ),
    ("log_softmax", "softmax"),
    ("add", "concat", "div", "maximum", "minimum", "mul", "sub"),
)
"""Operators that do one job: one of them can become another. Every other operator has a job of its own."""

_JOBS = {name: names[0] for names in _ONE_JOB for name in names}


class Part(NamedTuple):
    """One layer, or the layers of a block where the other network has one layer of the block's name."""

    name: str
    layers: tuple[Costs, ...]

    @property
    def kind(self) -> str:
        """The operator, or those of all its layers."""
        return " + ".join([cost.layer.kind for cost in self.layers])

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it hands on."""
        return self.layers[-1].layer.output_shapes

    @property
    def params(self) -> Number:
        """The parameters of its layers together."""
        return sum(cost.params for cost in self.layers)

    @property
    def macs(self) -> Number:
        """The multiply-accumulates of its layers together, for one sample."""
        return sum(cost.macs for cost in self.layers)

    @property
    def everything(self) -> tuple[Hashable, ...]:
        """What two parts have in common that compute the same at the same cost."""
        return self.kind, self.output_shapes, self.params, self.macs

    def can_become(self, other: Part) -> bool:
        """Return whether both do one job; a block, if one of its layers does the other's."""
        return not set(map(job_of, self.layers)).isdisjoint(map(job_of, other.layers))


def job_of(cost: Costs) -> str:
    """Return what a layer's operator is there for."""
    kind = cost.layer.kind
    return _JOBS.get(kind, kind)


class Pair(NamedTuple):
    """What stands at one place in either network."""

    left: Part | None
    right: Part | None
    path: tuple[str, ...]
    """The blocks that it is in and its own name; where the networks have two names for one of these, `old -> new`."""

    @property
    def name(self) -> str:
        """The name; if the networks have two for it, `old -> new`."""
        return self.both(lambda part: part.name)

    def both(self, text: Callable[[Part], str]) -> str:
        """Return a text about it; if it is not the same of either side, `old -> new`."""
        return arrow(*(text(part) for part in (self.left, self.right) if part))

    @property
    def state(self) -> str:
        """Whether both are there, and compute the same at the same cost."""
        if self.left is None:
            return ONLY_RIGHT
        if self.right is None:
            return ONLY_LEFT
        return SAME if self.left.everything == self.right.everything else CHANGED

    @property
    def params(self) -> tuple[Number, Number]:
        """The parameters of the left part and of the right one, 0 where there is none."""
        return self.left.params if self.left else 0, self.right.params if self.right else 0

    @property
    def macs(self) -> tuple[Number, Number]:
        """The multiply-accumulates of the left part and of the right one, 0 where there is none."""
        return self.left.macs if self.left else 0, self.right.macs if self.right else 0


def arrow(*texts: str) -> str:
    """Return a text about both sides: once if it is the same, else `old -> new`."""
    return " -> ".join(dict.fromkeys(texts))


class Difference(NamedTuple):
    """All pairs of one state together."""

    state: str
    layers: int
    params: tuple[Number, Number]
    macs: tuple[Number, Number]


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """Return what is the same, changed, removed and added, with what it costs before and after."""
    found = []
    for state in (SAME, CHANGED, ONLY_LEFT, ONLY_RIGHT):
        chosen = [pair for pair in pairs if pair.state == state]
        if chosen:
            params, macs = (
                (sum(before for before, _ in both), sum(after for _, after in both))
                for both in ([pair.params for pair in chosen], [pair.macs for pair in chosen])
            )
            found.append(Difference(state, len(chosen), params, macs))
    return found


def moved_shapes(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs whose output shapes differ."""
    return [pair for pair in pairs if pair.left and pair.right and pair.left.output_shapes != pair.right.output_shapes]
