"""An ONNX graph -> Network. The nodes are taken as they come; what can't be expressed is an error, never left out.

    bytes -> Graph (file) -> its inputs as a spec would state them (inputs)
                               -> nodes on constants folded (constants)
                               -> nodes on maps made layers (layers) or followed (moves)

Figures are per sample: the first axis of every input is the batch. Layers are called after nodes (names).
"""

from __future__ import annotations

from convcost.language.layers import LayerReader
from convcost.language.scope import Flow, Scope
from convcost.reading.model import Model
from convcost.reading.onnx.file import listing, parse, refusal
from convcost.reading.onnx.inputs import Inputs
from convcost.reading.onnx.names import layer_names
from convcost.reading.onnx.tensors import Map
from convcost.reading.onnx.walk import Walk


class OnnxModel(Model):
    """A network in an ONNX file. The first line of its listing has the inputs, each other one a node."""

    __slots__ = ("graph", "inputs")

    def __init__(self, name: str, data: bytes) -> None:
        """Raises SpecError if there is no graph in the data that has an input and nodes."""
        super().__init__(name, "")
        self.graph = parse(name, data)
        if not self.graph.inputs:
            raise refusal(name, "its graph has no inputs")
        self.inputs = Inputs(self.graph, self)
        self.lines = [self.inputs.line, *listing(self.graph)]
        self.root = self.inputs.tree

    def expand(self, reader: LayerReader, scope: Scope) -> Flow:
        walk = Walk(self.graph, layer_names(self.graph), reader, scope, self)
        for port in self.inputs.ports:
            (tensor,) = scope.given if port.key == "input" else scope.names[port.key]
            walk.values[port.name] = Map(tensor, port.axes, port.batch) if tensor.shape else None
        walk.take_all()
        return tuple(walk.output(name) for name in self.graph.outputs)
