"""What a framework keeps of one operator until its backward pass has run: which tensors, and what beside them."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from convcost.network import Layer
from convcost.ops.numbers import Number

Count: TypeAlias = Callable[[Layer], Number]
"""What follows from a layer, for one sample."""


def none(layer: Layer) -> Number:
    """Return 0."""
    return 0


def trained_weights(layer: Layer) -> Number:
    """Return the weights of a layer; none where they are another layer's, or are worked out of others."""
    return 0 if getattr(layer.operator, "weight_norm", False) else layer.params.weights


class Types(NamedTuple):
    """The types that a layer works in where these are not all the same.

    Each is `cast` for autocast's own type, `own` for that of the parameters, `float` for float32, and `wide` for the
    widest of the inputs and the parameters; empty, it is the widest of the inputs.
    """

    reads: str = ""
    runs: str = ""
    """Of what it makes beside its outputs."""
    writes: str = ""


def as_given(layer: Layer) -> Types:
    """Return that a layer works in the type that it is given."""
    return Types()


class Rule(NamedTuple):
    """What is kept of a layer."""

    inputs: bool = False
    """Its inputs."""
    for_weights: bool = False
    """Only the gradient of its parameters needs them: where these are frozen, they are not kept."""
    output: bool = False
    """Its first output."""
    factors: bool = False
    """Each input if another input, or what the layer holds, is trained: it is what their gradient is made of."""
    overwrites: bool = False
    """Its output, where that may overwrite its input; else its input."""
    is_view: bool = False
    """Nothing: its outputs are its first input, seen in another way."""
    is_reshaped: bool = False
    """Nothing either, and they are so where the channels of that come before its positions in memory."""
    channels_last: bool | None = None
    """Whether its output has the channels of each position side by side in memory; None: as its first input has."""
    of_tokens: bool = False
    """Its inputs where these have the channels of each position side by side and are not cast, else `copy`."""
    is_copied: Count = none
    """1 where a changed copy is kept in the place of its inputs, else 0."""
    copy: Count = none
    """The numbers of that copy."""
    numbers: Count = none
    """Numbers that it makes beside its outputs, of the type that it runs in."""
    bytes: Count = none
    """Bytes that it makes beside its outputs, whatever the type of these: indices, statistics."""
    once: Count = none
    """Numbers that do not grow with the batch, of the type that it runs in."""
    types: Callable[[Layer], Types] = as_given
    """The types that it works in."""
    own: Count = none
    """Numbers that it makes beside its outputs, of the type of its parameters."""
    weights: Count = trained_weights
    """The numbers of which autocast makes a copy."""
    bytes_once: Count = none
    """Bytes that do not grow with the batch, whatever the types are."""
    passes_gradient: bool = False
    """Whether the gradients of its inputs are that of its output, or parts of it, and no tensors of their own."""
    beside: Count = none
    """Numbers that its backward pass makes for a while, beside the gradients of its inputs."""
