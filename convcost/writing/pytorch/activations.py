"""How an operator is said in PyTorch; and the activations, which are modules and functions alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from convcost.writing.pytorch.expressions import Expr

Render = Callable[[Sequence[str]], str]
"""An expression of the inputs, by how they are called."""


class Said(NamedTuple):
    """An operator in PyTorch: modules, one after the other, or a function of its inputs, or either."""

    modules: tuple[str, ...] | None = None
    function: Render | None = None
    channels: tuple[Expr | None, ...] | None = None
    """Of its outputs; None where only their number is known, or for all those of the first input."""
    in_place: Said | None = None
    """How it overwrites its input, where that may be."""


def module(text: str, *channels: Expr | None, before: str = "") -> Said:
    """Return a module, behind another one if there is one `before` it."""
    return Said((before, text) if before else (text,), channels=channels or None)


def function(text: str, *channels: Expr | None) -> Said:
    """Return a function; its inputs stand in the text as {0}, {1}, ..."""
    return Said(function=lambda xs: text.format(*xs), channels=channels or None)


def either(name: str, function: str, in_place: bool = False) -> Said:
    """Return what is a module and a function: an activation."""
    own = Said((f"nn.{name}()",), lambda xs: f"{function}({xs[0]})")
    if not in_place:
        return own
    over = Said((f"nn.{name}(inplace=True)",), lambda xs: f"F.{function.removeprefix('F.')}({xs[0]}, inplace=True)")
    return own._replace(in_place=over)


ACTIVATIONS: Mapping[str, Said] = {
    "celu": either("CELU", "F.celu", True),
    "elu": either("ELU", "F.elu", True),
    "gelu": either("GELU", "F.gelu"),
    "hard_sigmoid": either("Hardsigmoid", "F.hardsigmoid", True),
    "hard_swish": either("Hardswish", "F.hardswish", True),
    "hard_tanh": either("Hardtanh", "F.hardtanh", True),
    "identity": Said(("nn.Identity()",), lambda xs: xs[0]),
    "leaky_relu": either("LeakyReLU", "F.leaky_relu", True),
    "mish": either("Mish", "F.mish", True),
    "relu": either("ReLU", "F.relu", True),
    "relu6": either("ReLU6", "F.relu6", True),
    "selu": either("SELU", "F.selu", True),
    "sigmoid": either("Sigmoid", "torch.sigmoid"),
    "silu": either("SiLU", "F.silu", True),
    "softplus": either("Softplus", "F.softplus"),
    "tanh": either("Tanh", "torch.tanh"),
}
"""Those without arguments; a block may be given one. `hard_sigmoid` overwrites nothing that a gradient needs."""
