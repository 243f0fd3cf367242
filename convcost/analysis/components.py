"""What a tool may count of a layer: components, each a number that follows from its shapes, arguments and parameters.

All are for one sample. The last few are one tool's own arithmetic, mistakes included; the rule that uses one says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from convcost.network import Layer
from convcost.ops.numbers import product
from convcost.ops.windows import TransposedWindow, Window


def macs(layer: Layer) -> int:
    """Multiply-accumulates, as `analyze` counts them."""
    return int(layer.work.macs)


def useful_macs(layer: Layer) -> int:
    """Multiply-accumulates with elements of the map: none with a zero of the padding, or between a map's elements."""
    return int(layer.useful_work.macs)


def bias(layer: Layer) -> int:
    """Outputs that get a bias: one addition each."""
    return outputs(layer) if layer.held.biases else 0


def inputs(layer: Layer) -> int:
    """Elements read, of all inputs."""
    return sum(shape.elements for shape in layer.input_shapes)


def outputs(layer: Layer) -> int:
    """Elements written, of all outputs."""
    return sum(shape.elements for shape in layer.output_shapes)


def positions(layer: Layer) -> int:
    """Positions of the output map; 1 for a vector."""
    return int(product(layer.output_shapes[0].size))


def params(layer: Layer) -> int:
    """Trainable parameters, also where they are shared with an earlier layer."""
    return int(layer.held.total)


def products(layer: Layer) -> int:
    """Multiplies of an elementwise product."""
    return int(layer.work.multiplies)


def additions(layer: Layer) -> int:
    """Additions, as `analyze` counts them."""
    return int(layer.work.additions)


def windows(layer: Layer) -> int:
    """Positions of the windows of all outputs, padding included."""
    operator: Any = layer.operator
    return int(product(operator.kernel) * outputs(layer))


def channels(layer: Layer) -> int:
    """Channels of the output."""
    return int(layer.output_shapes[0].channels)


def roots(layer: Layer) -> int:
    """Sets of numbers that a normalisation divides by one root each."""
    return int(layer.work.exponentials)


def sets(layer: Layer) -> int:
    """Sets of numbers that add up to 1 in a softmax."""
    operator: Any = layer.operator
    return int(operator.sets(*layer.input_shapes))


def weights_at_outputs(layer: Layer) -> int:
    """Return every weight once per output position: a convolution's MACs, but not a transposed one's."""
    return int(layer.held.weights) * positions(layer)


def weights_at_outputs_ungrouped(layer: Layer) -> int:
    """Return a convolution's MACs as if every output read all input channels.

    Not if there are as many outputs as inputs, for then the weights' axes are mixed up.
    """
    operator: Any = layer.operator
    alike = layer.input_shapes[0].channels == layer.output_shapes[0].channels
    return weights_at_outputs(layer) * (1 if alike else int(operator.groups))


def macs_of_one_group(layer: Layer) -> int:
    """Return a transposed convolution's MACs with a group's outputs divided by the groups once more, rounded off."""
    operator: Any = layer.operator
    return int(inputs(layer) * (operator.out // operator.groups // operator.groups) * product(operator.kernel))


def bias_as_if_direct(layer: Layer) -> int:
    """Outputs of one group of a transposed convolution, with the size that a direct one would give."""
    operator: Any = layer.operator
    if not operator.bias:
        return 0
    windows = (Window(w.kernel, w.stride, w.before, w.after, w.dilation) for w in operator.windows(*layer.input_shapes))
    sizes = zip(windows, layer.input_shapes[0].size, strict=True)
    return int(operator.out // operator.groups * product(window.output(i) for window, i in sizes))


def inputs_and_outputs(layer: Layer) -> int:
    """Elements read and written, by way of (inputs per output + 1) * outputs in floating point: 1 is lost at times."""
    ratio = 1.0
    for i, o in zip(layer.input_shapes[0].size, layer.output_shapes[0].size, strict=True):
        ratio *= i / o
    return int((ratio + 1) * outputs(layer))


def padding_channels(layer: Layer) -> int:
    """Zeros put before and after the channels of a normalisation over neighbouring channels."""
    operator: Any = layer.operator
    return int((operator.size - 1) * positions(layer))


COMPONENTS: Mapping[str, tuple[str, Callable[[Layer], int]]] = {
    "macs": ("MACs", macs),
    "useful_macs": ("useful MACs", useful_macs),
    "bias": ("outputs with a bias", bias),
    "inputs": ("inputs", inputs),
    "outputs": ("outputs", outputs),
    "positions": ("output positions", positions),
    "params": ("parameters", params),
    "products": ("products", products),
    "additions": ("additions", additions),
    "windows": ("positions of windows", windows),
    "channels": ("channels", channels),
    "roots": ("roots", roots),
    "sets": ("sets that add up to 1", sets),
    "weights_at_outputs": ("weights x output positions", weights_at_outputs),
    "weights_at_outputs_ungrouped": ("weights x output positions, ungrouped", weights_at_outputs_ungrouped),
    "macs_of_one_group": ("MACs of a group", macs_of_one_group),
    "bias_as_if_direct": ("outputs with a bias, wrong size", bias_as_if_direct),
    "inputs_and_outputs": ("inputs + outputs", inputs_and_outputs),
    "padding_channels": ("zeros beside the channels", padding_channels),
}
"""Every component: what it is called in a rule, what it is called in a table, and the function."""


def words(layer: Layer) -> frozenset[str]:
    """Return what a rule may ask of a layer besides its operator: `affine: false`, `mode: bilinear`, `2 axes`, ..."""
    operator: Any = layer.operator
    x = layer.input_shapes[0]
    found = {f"{x.rank} axes"}
    if getattr(operator, "affine", True) is False:
        found.add("affine: false")
    if getattr(operator, "trained", True) is False:
        found.add("trained: false")
    if getattr(operator, "running_stats", False):
        found.add("running_stats")
    if getattr(operator, "include_pad", True) is False:
        found.add("include_pad: false")
    if getattr(operator, "connections", None) is not None:
        found.add("connections")
    if getattr(operator, "weight_norm", False):
        found.add("weight_norm")
    if getattr(operator, "groups", 1) != 1:
        found.add("groups")
    if getattr(operator, "by", None) is not None:
        found.add("by")
    if hasattr(operator, "approximate"):
        found.add(f"approximate: {operator.approximate}")
    if hasattr(operator, "mode"):
        found.add(f"mode: {operator.mode}")
    if hasattr(operator, "scale"):
        found.add("size" if operator.scale is None else "scale")
    windows = [window for window in layer.reads[0] or () if isinstance(window, Window | TransposedWindow)]
    if any(window.before != window.after for window in windows):
        found.add("uneven padding")
    if getattr(operator, "padding", None) == "same" and all(window.stride == 1 for window in windows):
        # torch takes the word for a stride of 1 alone; otherwise the zeros are put there beforehand.
        found.add("padding: same")
    return frozenset(found)
