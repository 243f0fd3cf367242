"""A graph -> Network. The nodes are taken as they come; what can't be expressed is an error, never left out.

    Graph (graph)              -> its inputs as a spec would state them (inputs)
                               -> nodes on constants folded (constants)
                               -> nodes on maps made layers (layers) or followed (moves)

Figures are per sample: the first axis of every input is the batch. Layers are called after nodes (names).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.building.build import Layers
from convcost.errors import Problems, Source
from convcost.network import Flow, Tensor
from convcost.reading.graph.graph import Graph, listing, refusal
from convcost.reading.graph.inputs import Inputs
from convcost.reading.graph.names import layer_names
from convcost.reading.graph.open_sizes import settled
from convcost.reading.graph.rules import follow
from convcost.reading.graph.views import plain, transposed
from convcost.reading.graph.walk import Walk
from convcost.reading.model import Model


class GraphModel(Model):
    """A network as a graph of ONNX's operators. The first line of its listing has the inputs, each other one a node."""

    def __init__(self, name: str, graph: Graph) -> None:
        """Raises SpecError if the graph has no input, or one that is no map."""
        self.graph = graph
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
        if sizes := self._open_sizes(inputs):
            walk.values.update({name: settled(one, sizes) for name, one in self.graph.constants.items()})
        for port in self.ports:
            tensor = inputs[port.key]
            walk.values[port.name] = transposed(plain(tensor, port.batch), port.axes) if tensor.shape else None
        walk.take_all(follow)
        return tuple(walk.output(name) for name in self.graph.outputs)

    def _open_sizes(self, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return what the sizes are that the graph's inputs leave open, by their names there."""
        sizes = {}
        for given, port in zip(self.graph.inputs, self.ports, strict=True):
            shape = inputs[port.key].shape
            for axis, dim in zip(port.axes, given.dims or (), strict=True):
                if isinstance(dim, str) and shape is not None:
                    sizes[dim] = (port.batch, *shape.numbers)[axis]
        return sizes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GraphModel) and (self.source, self.graph) == (other.source, other.graph)

    def __hash__(self) -> int:
        return hash(self.source)
