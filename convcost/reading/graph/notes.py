"""What is to be said of a graph as a whole: where its parameters are others than those of what it was exported from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from convcost.network import Note, Tensor
from convcost.ops.arguments import many
from convcost.ops.numbers import product
from convcost.reading.graph.constant_products import macs_of
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.laying import own
from convcost.reading.graph.views import Axis, View, alike, extent, is_one
from convcost.reading.graph.walk import Walk

_BY_AN_EXPORTER = re.compile(r"onnx::\w+|[a-z]\w*_\d+")
"""What PyTorch's exporters call tensors that they have worked out: `onnx::Add_137` and `slice_1`."""


def notes_on(walk: Walk) -> Iterator[Note]:
    """Yield what is to be said, once for all layers that it is so of."""
    if folded := _folded(walk):
        carry = "carries" if len(folded) == 1 else "carry"
        text = f"{many(len(folded), 'convolution')} {carry} a folded batch norm: parameters are {sum(folded):,} fewer"
        yield Note(f"{text} or more than the module's", hides="its batch norms")
    if biases := [_width(walk, node) for node in walk.graph.nodes if node.lost == "bias"]:
        were = "bias of zeros is" if len(biases) == 1 else "biases of zeros are"
        text = f"{len(biases)} {were} not in the file: parameters are {sum(biases):,} fewer than the module's"
        yield Note(text, hides="its biases")
    if walk.graph.distinct:
        held = frozenset().union(*(one.parameters for one in walk.graph.constants.values()))
        if unread := held - walk.parameters.read():
            count = sum(count for _, count in unread)
            parts = ", ".join(f"`{name}`" for name in sorted({key.partition(".")[0] for key, _ in unread}))
            yield Note(f"{count:,} parameters of the module, of {parts}, are in no layer: nothing that runs reads them")
    if not walk.graph.distinct and (tables := _tables(walk)):
        text = f"{many(len(tables), 'table')} of numbers that an exporter worked out"
        yield Note(f"{text}: {sum(tables):,} parameters here, a module may have fewer")
    if works := [found for node in walk.graph.nodes if (found := macs_of(node, walk.values)) is not None]:
        text = f"{many(len(works), 'product')} of parameters and constants alone, once for all samples"
        yield Note(f"{text}: {sum(works):,} MACs, not counted; tools that run the model count them")
    several = {key: layers for key, layers in walk.parameters.lists.items() if len(layers) > 1}
    if several:
        layers = len({name for names in several.values() for name in names})
        lists = "one bias" if len(several) == 1 else f"{len(several)} biases, scales or shifts together"
        yield Note(f"{many(layers, 'layer')} read {lists}: counted each")
    if walk.shifted:
        text = f"{many(len(walk.shifted), 'resize')} may read positions beside those of `upsample`"
        yield Note(f"{text}: receptive fields may differ a little, other figures do not")
    shared = [layer.held.total for layer in walk.layers.all if layer.shares and layer.held.total]
    if shared and not walk.graph.distinct:
        read = "layer reads" if len(shared) == 1 else "layers read"
        text = f"{len(shared)} {read} parameters of a layer above: counted once"
        yield Note(f"{text}; a module in which they are only equal has {sum(shared):,} more")


def notes_on_order(walk: Walk, outputs: Sequence[Tensor]) -> Iterator[Note]:
    """Yield which axes the graph's outputs have there, where they are in another order than the network's."""
    for name, tensor in zip(walk.graph.outputs, outputs, strict=True):
        x = walk.values.get(name)
        if not isinstance(x, View) or not x.axes or tensor.shape is None:
            continue
        there = tuple(n for axis in x.axes if not is_one(n := extent(own(axis))))
        if not alike(there, tuple(n for n in tensor.shape.numbers if not is_one(n))):
            yield Note(f"output `{name}` is {'x'.join(map(_size, x.axes))} in the model; here channels come first")


def _size(axis: Axis) -> str:
    """The size of an axis, with N for a batch that is not a number."""
    return str(extent(axis))


def _folded(walk: Walk) -> list[int]:
    """How many parameters are lost with each convolution that an exporter has put together with a batch norm.

    Of a scale and a shift for each channel the shift is left as a bias, unless it is zero.
    """
    found: dict[str, int] = {}
    for node in walk.graph.nodes:
        if node.op in ("Conv", "ConvTranspose"):
            weights = [x for name in node.inputs[1:3] if isinstance(x := walk.values.get(name), Constant)]
            if node.lost == "batch norm" or (len(weights) == 2 and _are_made(*(one.key for one in weights))):
                found[node.inputs[1]] = _width(walk, node) * (3 - len(weights))
    return list(found.values())


def _tables(walk: Walk) -> list[Any]:
    """How many numbers each table has that maps are computed with, and that an exporter has named itself."""
    read = {name for node in walk.graph.nodes if node.op in ("Add", "Mul") for name in node.inputs}
    found = (walk.values.get(name) for name in sorted(read) if _BY_AN_EXPORTER.fullmatch(name))
    dims = (one.dims or () for one in found if isinstance(one, Constant) and one.trained)
    return [product(sizes) for sizes in dims if sum(not is_one(n) for n in sizes) > 1]


def _width(walk: Walk, node: Node) -> int:
    """The number of channels or features that a node makes."""
    made = walk.values.get(node.outputs[0])
    return made.sizes[1] if isinstance(made, View) else 0


def _are_made(kernel: str, bias: str) -> bool:
    """Return whether an exporter has computed both: PyTorch's write `onnx::Conv_12`, and `conv.weight_bias`."""
    return (kernel.startswith("onnx::") and bias.startswith("onnx::")) or bias == f"{kernel}_bias"
