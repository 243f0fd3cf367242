"""A network as an ONNX file: a node or several for each layer, and weights that are zeros or drawn.

Layers become nodes and weights (`graph.py`), as the tables of `windows`, `pointwise`, `moves` and others say, these
messages (`file.py`), and these bytes (`wire.py`).
"""

from __future__ import annotations

from pathlib import Path

from convcost.algebra.assumptions import Certainty, Uncertain
from convcost.algebra.derivation import derive
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law
from convcost.errors import UsageError
from convcost.files import save_parts
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber
from convcost.reading.description import Description, Settings
from convcost.reading.graph.graph import PART
from convcost.writing.onnx.file import OPSETS, File
from convcost.writing.onnx.graph import Graph
from convcost.writing.onnx.operators import WRITERS
from convcost.writing.onnx.sizes import Sizes
from convcost.writing.onnx.step import Step

MOST_BYTES = 2**31 - 1
"""How many bytes a file may have, as protocol buffers do: the weights of larger ones are in a file beside."""


class Model:
    """A network as an ONNX file."""

    def __init__(self, network: Network, dtype: str, seed: int | None = None, law: Law | None = None) -> None:
        """Write the nodes of a network; those of its `law` where sizes are to be open, as they are there.

        UsageError for a layer that ONNX has not, or not of open sizes, or a type that it does not compute with.
        """
        if dtype not in OPSETS:
            raise UsageError(f"`{network.name}`: ONNX does not convolve numbers of {dtype}")
        self.network, self.law = network, law
        written, graph = law.network if law else network, Graph(network.inputs)
        self.file = File(network.name, graph, written.inputs, _outputs(written, graph, law), dtype, seed)

    def save(self, path: Path) -> None:
        """Write the file; if it would be larger than it may be, the weights in another, `path` with `.data` behind."""
        model = self.file.model()
        if model.size > MOST_BYTES:
            beside = path.with_name(f"{path.name}.data")
            save_parts(beside, self.file.weights())
            model = self.file.model(beside.name)
        save_parts(path, model.chunks())


def _outputs(network: Network, graph: Graph, law: Law | None) -> dict[str, Shape]:
    """Write all layers into a graph; return the network's outputs, as they are called there."""
    tensors, sizes = {name: name for name in network.inputs}, Sizes(graph)
    for name, shape in network.inputs.items():
        sizes.see(name, shape)
    for layer in network.layers:
        made = _written(Step(graph, sizes, layer, [tensors[name] for name in layer.inputs]), law)
        names = graph.called(made, layer.outputs)
        tensors.update(zip(layer.outputs, names, strict=True))
        for name, shape in zip(names, layer.output_shapes, strict=True):
            sizes.see(name, shape)
    shapes, outputs = dict(network.tensors()), {}
    for name in network.outputs:
        tensor = tensors[name]
        if tensor in network.inputs or tensor in outputs:  # an output is made by a node, and by no other's
            (tensor,) = graph.node("Identity", f"{name}{PART}output", [tensor], 1, {})
        outputs[tensor] = shapes[name]
    return outputs


def _written(step: Step, law: Law | None) -> list[str]:
    """Write a layer; return what its nodes make."""
    if step.layer.kind not in WRITERS:
        raise step.refused()
    try:
        with judged_by(Certainty()):
            made = WRITERS[step.layer.kind](step)
    except (NeedsNumber, Uncertain):
        assert law is not None
        settings = " or ".join(f"--set {name}={n}" for name, n in law.defaults.items() if name in law.sizes)
        message = f"`{step.layer.name}`: in ONNX this {step.layer.kind} can't have open sizes"
        raise UsageError(message, f"leave --symbolic out, or set a size: {settings}") from None
    return [made] if isinstance(made, str) else made


def write(
    description: Description,
    settings: Settings = None,
    variant: str | None = None,
    seed: int | None = None,
    symbolic: bool = False,
) -> Model:
    """Return a network as an ONNX file, its weights zeros or, with a seed, drawn.

    If it is to be `symbolic`, the sizes of the inputs that are not set are open. UsageError for what ONNX can't say.
    """
    network = description.network(settings, variant, expecting=False)
    if not symbolic:
        return Model(network, description.dtype, seed)
    given, outline = settings or {}, description.outline(settings, variant)
    free = {*outline.size_symbols, *outline.letters} - {*given, *outline.settled, *outline.derived}
    if not free:
        raise UsageError(f"--symbolic: no size of `{network.name}` is open", "set fewer of its symbols")
    return Model(network, description.dtype, seed, derive(description, given, variant, free))
