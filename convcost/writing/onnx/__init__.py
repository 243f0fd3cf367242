"""A network as an ONNX file: a node or several for each layer, and weights that are zeros or drawn.

Layers become nodes and weights (`graph.py`), as the tables of `windows`, `pointwise`, `moves` and others say, these
messages (`file.py`), and these bytes (`wire.py`).
"""

from __future__ import annotations

from pathlib import Path

from convcost.errors import UsageError
from convcost.files import save_parts
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.reading.description import Description, Settings
from convcost.reading.graph.graph import PART
from convcost.writing.onnx.file import OPSETS, File
from convcost.writing.onnx.graph import Graph
from convcost.writing.onnx.operators import WRITERS
from convcost.writing.onnx.step import Step

MOST_BYTES = 2**31 - 1
"""How many bytes a file may have, as protocol buffers do: the weights of larger ones are in a file beside."""


class Model:
    """A network as an ONNX file."""

    def __init__(self, network: Network, dtype: str, seed: int | None = None) -> None:
        """UsageError for a layer that ONNX has not, or a type that it does not compute with."""
        if dtype not in OPSETS:
            raise UsageError(f"`{network.name}`: ONNX does not convolve numbers of {dtype}")
        self.network = network
        graph = Graph(network.inputs)
        self.file = File(network.name, graph, network.inputs, _outputs(network, graph), dtype, seed)

    def save(self, path: Path) -> None:
        """Write the file; if it would be larger than it may be, the weights in another, `path` with `.data` behind."""
        model = self.file.model()
        if model.size > MOST_BYTES:
            beside = path.with_name(f"{path.name}.data")
            save_parts(beside, self.file.weights())
            model = self.file.model(beside.name)
        save_parts(path, model.chunks())


def _outputs(network: Network, graph: Graph) -> dict[str, Shape]:
    """Write all layers into a graph; return the network's outputs, as they are called there."""
    tensors = {name: name for name in network.inputs}
    for layer in network.layers:
        step = Step(graph, layer, [tensors[name] for name in layer.inputs])
        if layer.kind not in WRITERS:
            raise step.refused()
        made = WRITERS[layer.kind](step)
        names = graph.called([made] if isinstance(made, str) else made, layer.outputs)
        tensors.update(zip(layer.outputs, names, strict=True))
    shapes, outputs = dict(network.tensors()), {}
    for name in network.outputs:
        tensor = tensors[name]
        if tensor in network.inputs or tensor in outputs:  # an output is made by a node, and by no other's
            (tensor,) = graph.node("Identity", f"{name}{PART}output", [tensor], 1, {})
        outputs[tensor] = shapes[name]
    return outputs


def write(
    description: Description, settings: Settings = None, variant: str | None = None, seed: int | None = None
) -> Model:
    """Return a network as an ONNX file, its weights zeros or, with a seed, drawn.

    UsageError for what ONNX can't say.
    """
    return Model(description.network(settings, variant, expecting=False), description.dtype, seed)
