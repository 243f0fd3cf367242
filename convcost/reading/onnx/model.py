"""An ONNX graph -> Network. The nodes are taken as they come; what can't be expressed is an error, never left out.

    bytes -> Graph (file) -> its inputs as a spec would state them (inputs)
                               -> nodes on constants folded (constants)
                               -> nodes on maps made layers (layers) or followed (moves)

Figures are per sample: the first axis of every input is the batch. Layers are called after nodes (names).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from convcost.building.build import Layers
from convcost.errors import Problems, Source
from convcost.network import Flow, Tensor
from convcost.reading.model import Model
from convcost.reading.onnx.file import listing, parse, refusal
from convcost.reading.onnx.inputs import Inputs
from convcost.reading.onnx.names import layer_names
from convcost.reading.onnx.rules import follow
from convcost.reading.onnx.tensors import Map
from convcost.reading.onnx.walk import Walk


class OnnxModel(Model):
    """A network in an ONNX file. The first line of its listing has the inputs, each other one a node."""

    def __init__(self, name: str, data: bytes | IO[bytes]) -> None:
        """Raises SpecError if there is no graph in the data that has an input and nodes."""
        self.graph = parse(name, data)
        if not self.graph.inputs:
            raise refusal(name, "its graph has no inputs")
        self.source = Source(name, "", [])
        found = Inputs(self.graph, self.source)
        self.source.lines = [found.line, *listing(self.graph)]
        self.ports = tuple(found.ports)
        self.inputs = found.inputs
        self.symbols = found.symbols

    def add_layers(self, inputs: Mapping[str, Tensor], layers: Layers, problems: Problems) -> Flow:
        walk = Walk(self.graph, layer_names(self.graph), layers, problems, self.source, inputs)
        for port in self.ports:
            tensor = inputs[port.key]
            walk.values[port.name] = Map(tensor, port.axes, port.batch) if tensor.shape else None
        walk.take_all(follow)
        return tuple(walk.output(name) for name in self.graph.outputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnnxModel) and (self.source, self.graph) == (other.source, other.graph)

    def __hash__(self) -> int:
        return hash(self.source)
