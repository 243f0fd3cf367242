"""The bytes of an ONNX file -> its graph as plain values. Weights are known by their shapes alone.

Nothing of the file is believed: it is untrusted, and a message that can be read may still hold anything. Of a tensor,
only what is small enough to be a shape or a bound is read; external data never is.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from math import inf, prod
from typing import IO, Any

from convcost.reading.graph.graph import Branch, Constant, Graph, Input, Node, Packed, refusal
from convcost.reading.onnx.fields import (
    ATTRIBUTE,
    ENTRY,
    EXTERNAL,
    GRAPH,
    MODEL,
    NODE,
    OPSET,
    PRODUCER,
    SPARSE_TENSOR,
    TENSOR,
    TYPE,
    VALUE,
)
from convcost.reading.onnx.wire import Message, Torn, Wire

MAX_NODES = 100_000
MAX_TENSORS = 400_000
"""How many inputs and outputs all nodes may have together."""

OPSETS = range(7, 1000)
"""Since opset 7, tensors of different shapes are aligned as in numpy."""

_MOST_VALUES = 1024
"""How many numbers a tensor may have for them to be kept."""
_REALS, _MOST_REALS = (1, 10, 11), 64
"""The types of numbers with fractions, and how many are kept: no more than tell how a map is resized."""
_MOST_AXES = 16
"""How many axes such a tensor may have."""
_MOST_FLOATS = 2**16
"""How many floats of an attribute are kept."""
_MOST_DEPTH = 4
"""How deep branches may stand in branches."""


def parse(name: str, data: bytes | IO[bytes], shapes: bool = False) -> Graph:
    """Return the graph in a file, of which only what is needed is read. SpecError if there is none.

    With `shapes`, those of its tensors: what the file states, else what the package onnx infers if it is installed.
    """
    file = BytesIO(data) if isinstance(data, bytes) else data
    wire = Wire(file)
    try:
        model = Message(wire, [(0, wire.size)])
        graph = _graph(name, model)
        if not shapes:
            return graph
        stated = _shapes(model)
        if any(output not in stated for node in graph.nodes for output in node.outputs if output):
            stated = _inferred(file) | stated
        return graph._replace(shapes=stated)
    except Torn as torn:
        raise refusal(name, f"this is not an ONNX model, or it is torn: {torn}") from None


_OF_WEIGHTS = {1: "float32", 2: "int8", 3: "int8", 10: "float16", 11: "float64", 16: "bfloat16"}
"""The types that weights have, by their numbers in a file; 2 has no sign."""
_DATA_TYPES = {1: ("f", 4), 6: ("i", 5), 7: ("q", 7), 9: ("?", 5), 10: ("e", 0), 11: ("d", 10)}
"""struct's letter for a type of numbers, and the tensor's field that has them if `raw_data` has not."""
_WITH_BIAS = ("Conv", "ConvTranspose", "Gemm")
_HAS_BIAS = re.compile(r"\(args = \(%\w+, %\w+, %")
_BY_SHAPE = ("BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators that nobody asks for the numbers of a constant that they read."""


def _graph(name: str, model: Message) -> Graph:
    graph = model.message(MODEL.graph)
    count = len(graph.spans(GRAPH.node))
    if not count:
        raise refusal(name, "this is not an ONNX model: it has no nodes")
    if count > MAX_NODES:
        raise refusal(name, f"{count:,} nodes; there may be {MAX_NODES:,}")
    own = (one for one in model.messages(MODEL.opset_import) if one.raw(OPSET.domain) in (b"", b"ai.onnx"))
    opset = max((one.integer(OPSET.version) or 0 for one in own), default=0)
    if opset not in OPSETS:
        raise refusal(
            name, f"opset {opset} can't be read", f"export it with opset {OPSETS[0]} or later" if opset < 7 else None
        )
    nodes = tuple(_nodes(name, graph))
    asked = {word for node in nodes if node.op not in _BY_SHAPE for word in node.inputs}
    is_ours = model.raw(MODEL.producer_name) == PRODUCER.encode()
    states = {word for node in nodes if node.op in ("GRU", "LSTM") for word in node.inputs[5:7]}
    added = {word for node in nodes if node.op == "Add" for word in node.inputs}
    statistics = {word for node in nodes if node.op == "BatchNormalization" for word in node.inputs[3:5] if is_ours}
    constants = {}
    types: Counter[int] = Counter()
    for tensor in graph.messages(GRAPH.initializer):
        key = tensor.text(TENSOR.name)
        found = _constant(tensor, key) if key in asked else Constant(key, tensor.integers(TENSOR.dims))
        is_fixed = (key in states and _is_zero(tensor)) or (key in added and _is_mask(tensor)) or key in statistics
        constants[key] = found._replace(trained=bool(found.dims) and not is_fixed)
        types[tensor.integer(TENSOR.data_type) or 0] += prod(found.dims or ())
    for sparse in graph.messages(GRAPH.sparse_initializer):
        key = sparse.message(SPARSE_TENSOR.values).text(TENSOR.name)
        constants[key] = Constant(key, sparse.integers(SPARSE_TENSOR.dims))
    return Graph(
        opset=opset,
        inputs=tuple(one for one in map(_input, graph.messages(GRAPH.input)) if one.name not in constants),
        constants=constants,
        nodes=nodes,
        outputs=tuple(one.text(VALUE.name) for one in graph.messages(GRAPH.output)),
        dtype=_dtype(types, graph),
        distinct=is_ours,
        is_ours=is_ours,
    )


def _dtype(types: Counter[int], graph: Message) -> str:
    """The type that most numbers of weights have; without weights, that of the inputs."""
    inputs = (one.message(VALUE.type).message(TYPE.tensor_type) for one in graph.messages(GRAPH.input))
    found = [number for number, _ in types.most_common() if number in _OF_WEIGHTS]
    found = found or [one.integer(TYPE.elem_type) or 0 for one in inputs]
    return _OF_WEIGHTS.get(found[0], "float32") if found else "float32"


def _shapes(model: Message) -> dict[str, tuple[int | str | None, ...]]:
    """The shapes that are stated of tensors that nodes make."""
    graph = model.message(MODEL.graph)
    stated = (_input(value) for field in (GRAPH.output, GRAPH.value_info) for value in graph.messages(field))
    return {one.name: one.dims for one in stated if one.dims is not None}


def _inferred(file: IO[bytes]) -> dict[str, tuple[int | str | None, ...]]:
    """The shapes that the package onnx infers of tensors; none if it is not installed or can't."""
    try:
        from onnx import shape_inference
    except ModuleNotFoundError:
        return {}
    file.seek(0)
    try:
        found = shape_inference.infer_shapes(file.read(), data_prop=True).SerializeToString()
    except (ValueError, RuntimeError):  # larger than 2 GiB, or inconsistent
        return {}
    return _shapes(Message(Wire(BytesIO(found)), [(0, len(found))]))


def _nodes(name: str, graph: Message, depth: int = 0) -> Iterator[Node]:
    known: dict[bytes, tuple[str, Any]] = {}
    read_attribute = partial(_attribute, depth=depth)
    tensors = 0
    for number, one in enumerate(graph.messages(GRAPH.node)):
        inputs, outputs = one.texts(NODE.input), one.texts(NODE.output)
        tensors += len(inputs) + len(outputs)
        if tensors > MAX_TENSORS:
            raise refusal(name, f"its nodes have more than {MAX_TENSORS:,} inputs and outputs")
        op, domain, called = one.text(NODE.op_type), one.text(NODE.domain), one.text(NODE.name)
        attributes = dict(one.each(NODE.attribute, read_attribute, known))
        if branches := [value for value in attributes.values() if isinstance(value, Branch)]:
            inputs += tuple(dict.fromkeys(read for branch in branches for read in branch.read))
        lost = _lost(one) if op in _WITH_BIAS else None
        yield Node(number, op, domain, called, inputs, outputs, attributes, lost)


def _lost(node: Message) -> str | None:
    """What PyTorch's exporter has left out, by the rules that it notes in a node, and by the call that it was."""
    noted = {one.text(ENTRY.key): one.text(ENTRY.value) for one in node.messages(NODE.metadata_props)}
    rules = noted.get("pkg.onnxscript.rewriter.rule_name", "")
    if "FuseBatchNorm" in rules:
        return "batch norm"
    call = noted.get("pkg.torch.onnx.fx_node", "")
    # The rule has taken away the zeros, too, that stand for a bias that there is not.
    return "bias" if "RemoveOptionalBias" in rules and _HAS_BIAS.search(call) else None


def _branch(graph: Message, depth: int) -> Branch:
    tensors = {tensor.text(TENSOR.name): tensor for tensor in graph.messages(GRAPH.initializer)}
    constants = {key: _constant(tensor, key) for key, tensor in tensors.items()}
    constants = {key: one._replace(trained=bool(one.dims)) for key, one in constants.items()}
    nodes = tuple(_nodes("", graph, depth))
    return Branch(constants, nodes, tuple(one.text(VALUE.name) for one in graph.messages(GRAPH.output)))


def _attribute(attribute: Message, depth: int) -> tuple[str, Any]:
    """Its name, and a number, text, tensor, branch or tuple of numbers; None for what no operator has here."""
    value: Any = None
    match attribute.integer(ATTRIBUTE.type):
        case 1:  # FLOAT
            value = Packed("f", attribute.fixed(ATTRIBUTE.f, 4)[-4:] or bytes(4)).values()[0]
        case 2:  # INT
            value = attribute.integer(ATTRIBUTE.i) or 0
        case 3:  # STRING
            value = attribute.raw(ATTRIBUTE.s).decode(errors="replace")
        case 4:  # TENSOR
            value = _constant(attribute.message(ATTRIBUTE.t), "")
        case 5 if depth < _MOST_DEPTH and attribute.text(ATTRIBUTE.name) in ("then_branch", "else_branch"):  # GRAPH
            value = _branch(attribute.message(ATTRIBUTE.g), depth + 1)
        case 6:  # FLOATS
            floats = attribute.fixed(ATTRIBUTE.floats, 4)
            value = Packed("f", floats).values() if len(floats) <= 4 * _MOST_FLOATS else None
        case 7:  # INTS
            value = attribute.integers(ATTRIBUTE.ints)
    return attribute.text(ATTRIBUTE.name), value


def _input(value: Message) -> Input:
    tensor = value.message(VALUE.type).message(TYPE.tensor_type)
    dims = tuple(map(_dim, tensor.message(TYPE.shape).messages(TYPE.dim)))
    return Input(value.text(VALUE.name), dims if tensor.spans(TYPE.shape) else None)


def _dim(dim: Message) -> int | str | None:
    size = dim.integer(TYPE.dim_value)
    return size if size is not None else dim.text(TYPE.dim_param) or None


def _constant(tensor: Message, key: str) -> Constant:
    dims = tensor.integers(TENSOR.dims)
    most = _MOST_REALS if tensor.integer(TENSOR.data_type) in _REALS else _MOST_VALUES
    few = len(dims) <= _MOST_AXES and all(0 <= n <= most for n in dims) and prod(dims) <= most
    return Constant(key, dims, _numbers(tensor, prod(dims)) if few else None)


def _is_zero(tensor: Message) -> bool:
    """Whether a tensor's numbers are in the file, and all of them 0."""
    data = tensor.raw(TENSOR.raw_data)
    return bool(data) and not any(data)


def _is_mask(tensor: Message) -> bool:
    """Whether a tensor's numbers are in the file, and one of them is minus infinity, which nobody trains to."""
    found = _numbers(tensor, prod(tensor.integers(TENSOR.dims)))
    return isinstance(found, Packed) and struct.pack("<f", -inf) in found.data and -inf in found.values()


def _numbers(tensor: Message, count: int) -> tuple[Any, ...] | Packed | None:
    """A small tensor's numbers, if the file holds them."""
    letter, field = _DATA_TYPES.get(tensor.integer(TENSOR.data_type) or 0, ("", 0))
    if not letter or tensor.integer(TENSOR.data_location) == EXTERNAL:
        return None
    size = struct.calcsize(f"<{letter}")
    data = tensor.raw(TENSOR.raw_data) or (tensor.fixed(field, size) if letter in "fd" else b"")
    if data:
        return Packed(letter, data) if len(data) == count * size else None
    found = tensor.integers(field)
    if letter == "i":
        found = tuple((n + 2**31) % 2**32 - 2**31 for n in found)
    return found if len(found) == count else None
