"""A graph as the bytes of a model: messages of onnx.proto, with the numbers of weights made as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from convcost.algebra.polynomial import size_symbol
from convcost.algebra.texts import number_as_text
from convcost.ops.base import BYTES, Shape
from convcost.reading.onnx.fields import (
    ATTRIBUTE,
    ENTRY,
    EXTERNAL,
    GRAPH,
    MODEL,
    NODE,
    OPSET,
    PRODUCER,
    TENSOR,
    TYPE,
    VALUE,
)
from convcost.version import __version__
from convcost.writing.onnx.graph import Fixed, Graph, Node, Weight
from convcost.writing.onnx.sizes import is_open
from convcost.writing.onnx.step import FLOAT
from convcost.writing.onnx.weights import TYPES, drawn, packed
from convcost.writing.onnx.wire import Bulk, Message

OPSETS = {"float16": 21, "float32": 21, "float64": 21, "bfloat16": 22}
"""Which of ONNX's operators the nodes name, by the type of the numbers that they compute with."""
BATCH = size_symbol("N")
"""How many samples there are."""
_IR_VERSION = 10
"""The version of the file's format that goes with them."""


@dataclass(frozen=True)
class File:
    """A network's graph, the type of its numbers, and how they are drawn."""

    name: str
    graph: Graph
    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    dtype: str
    seed: int | None

    @property
    def weight_bytes(self) -> int:
        """How many bytes the weights have."""
        return sum(weight.size for weight in self.graph.weights.values()) * BYTES[self.dtype]

    def weights(self) -> Iterator[bytes]:
        """Yield the bytes of all weights, one after the other."""
        for weight in self.graph.weights.values():
            yield from drawn(weight, self.dtype, self.seed)

    def model(self, beside: str | None = None) -> Message:
        """Return the file; `beside` is the name of the one that has the weights, if they are not in it."""
        opset, model = Message(), Message()
        opset.add(OPSET.version, OPSETS[self.dtype])
        model.add(MODEL.ir_version, _IR_VERSION)
        model.add(MODEL.producer_name, PRODUCER)
        model.add(MODEL.producer_version, __version__)
        model.add(MODEL.graph, self._graph(beside))
        model.add(MODEL.opset_import, opset)
        return model

    def _graph(self, beside: str | None) -> Message:
        graph = Message()
        graph.add(GRAPH.node, *map(self._node, self.graph.nodes))
        graph.add(GRAPH.name, self.name)
        start = 0
        for weight in self.graph.weights.values():
            graph.add(GRAPH.initializer, self._weight(weight, beside, start))
            start += weight.size * BYTES[self.dtype]
        for number, values in ((GRAPH.input, self.inputs), (GRAPH.output, self.outputs)):
            graph.add(number, *(self._value(name, shape) for name, shape in values.items()))
        return graph

    def _node(self, node: Node) -> Message:
        message = Message()
        message.add(NODE.input, *node.inputs)
        message.add(NODE.output, *node.outputs)
        message.add(NODE.name, node.name)
        message.add(NODE.op_type, node.op)
        message.add(NODE.attribute, *(self._attribute(*one) for one in node.attributes.items()))
        return message

    def _attribute(self, name: str, value: Any) -> Message:
        message = Message()
        message.add(ATTRIBUTE.name, name)
        if value is FLOAT:
            value = TYPES[self.dtype].number
        field, kind = _ATTRIBUTES[type(value)]
        values = value if isinstance(value, list) else [self._fixed(value) if isinstance(value, Fixed) else value]
        message.add(field, *values)
        message.add(ATTRIBUTE.type, kind)
        return message

    def _fixed(self, fixed: Fixed) -> Message:
        dtype = fixed.dtype or self.dtype
        message = self._tensor("", fixed.dims, dtype)
        message.add(TENSOR.raw_data, packed(dtype, *fixed.values))
        return message

    def _weight(self, weight: Weight, beside: str | None, start: int) -> Message:
        message = self._tensor(weight.name, weight.dims, self.dtype)
        size = weight.size * BYTES[self.dtype]
        if beside is None:
            message.add(TENSOR.raw_data, Bulk(size, partial(drawn, weight, self.dtype, self.seed)))
            return message
        for key, value in (("location", beside), ("offset", str(start)), ("length", str(size))):
            entry = Message()
            entry.add(ENTRY.key, key)
            entry.add(ENTRY.value, value)
            message.add(TENSOR.external_data, entry)
        message.add(TENSOR.data_location, EXTERNAL)
        return message

    def _tensor(self, name: str, dims: tuple[int, ...], dtype: str) -> Message:
        message = Message()
        message.add(TENSOR.dims, *dims)
        message.add(TENSOR.data_type, TYPES[dtype].number)
        message.add(TENSOR.name, name)
        return message

    def _value(self, name: str, shape: Shape) -> Message:
        """An input or an output: its batch is open, and what is open of its sizes."""
        value, kind, tensor, sizes = Message(), Message(), Message(), Message()
        for n in (BATCH, *shape.numbers):
            size = Message()
            if is_open(n):
                size.add(TYPE.dim_param, number_as_text(n))
            else:
                size.add(TYPE.dim_value, int(n))
            sizes.add(TYPE.dim, size)
        tensor.add(TYPE.elem_type, TYPES["int64" if name in self.graph.places else self.dtype].number)
        tensor.add(TYPE.shape, sizes)
        kind.add(TYPE.tensor_type, tensor)
        value.add(VALUE.name, name)
        value.add(VALUE.type, kind)
        return value


_ATTRIBUTES = {
    float: (ATTRIBUTE.f, 1),
    int: (ATTRIBUTE.i, 2),
    str: (ATTRIBUTE.s, 3),
    Fixed: (ATTRIBUTE.t, 4),
    list: (ATTRIBUTE.ints, 7),
}
"""The field of a value of an attribute, and its type there."""
