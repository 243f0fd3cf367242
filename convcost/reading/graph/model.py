"""A graph -> Network. The nodes are taken as they come; what can't be expressed is an error, never left out.

    Graph (graph)              -> its inputs as a spec would state them (inputs)
                               -> nodes on constants folded (folding)
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
from convcost.reading.graph.notes import notes_on, notes_on_order
from convcost.reading.graph.open_sizes import settled
from convcost.reading.graph.outputs import stopped_at
from convcost.reading.graph.rules import follow, is_known
from convcost.reading.graph.stated import Stated
from convcost.reading.graph.uncounted import GoingOn
from convcost.reading.graph.walk import Walk
from convcost.reading.graph.wholes import put_together
from convcost.reading.model import Model
from convcost.reading.opening import AS_IT_IS, Opening


class GraphModel(Model):
    """A network as a graph of ONNX's operators. The first line of its listing has the inputs, each other one a node."""

    def __init__(self, name: str, graph: Graph, opening: Opening = AS_IT_IS) -> None:
        """Raises SpecError if the graph has no input, or one that is no map; UsageError if it has not such outputs."""
        if not graph.inputs:
            raise refusal(name, "its graph has no inputs")
        self.names = layer_names(graph)
        self.dtype = graph.dtype
        self.is_partial = opening.partial
        self.graph = stopped_at(graph, opening.outputs, self.names, name) if opening.outputs else graph
        self.source = Source(name, "", [])
        found = Inputs(self.graph, self.source)
        self.source.lines = [found.line, *listing(graph)]
        self.ports = tuple(found.ports)
        self.inputs = found.inputs
        self.symbols = found.symbols

    def add_layers(self, inputs: Mapping[str, Tensor], layers: Layers, problems: Problems) -> Flow:
        walk = Walk(self.graph, self.names, layers, problems, self.source, inputs)
        if sizes := self._open_sizes(inputs):
            walk.values.update({name: settled(one, sizes) for name, one in self.graph.constants.items()})
        for port in self.ports:
            tensor = inputs[port.key]
            walk.values[port.name] = port.seen(tensor) if tensor.shape else None
        if self.is_partial:
            walk.take_all(GoingOn(Stated(self.graph, walk.values)), is_known=lambda node: True)
        else:
            walk.take_all(follow, is_known)
            walk.account()
            if self.graph.is_ours:
                put_together(walk)
        outputs = tuple(walk.output(name) for name in self.graph.outputs)
        layers.notes += [*notes_on(walk), *notes_on_order(walk, outputs)]
        return outputs

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
        return isinstance(other, GraphModel) and self._asked == other._asked

    @property
    def _asked(self) -> tuple[Source, Graph, bool]:
        return self.source, self.graph, self.is_partial

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"GraphModel{self._asked}"
