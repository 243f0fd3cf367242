"""The part of a graph that some of its tensors need: what stands behind them is not read."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import UsageError, did_you_mean
from convcost.reading.graph.graph import Graph


def stopped_at(graph: Graph, names: Sequence[str], layers: Sequence[str], file: str) -> Graph:
    """Return the graph with these outputs, and without nodes and inputs that they don't need.

    One is named by its tensor, or by the node that makes it: as the file has it, or as the layer is called, of which
    `layers` has one for each node. UsageError if there is none.
    """
    known = {called: node.outputs for node, called in zip(graph.nodes, layers, strict=True) if called}
    known |= {node.name: node.outputs for node in graph.nodes if node.name}
    known |= {output: (output,) for node in graph.nodes for output in node.outputs if output}
    for name in names:
        if name not in known:
            help = did_you_mean(name, known) or "name a tensor, a node or a layer of the model"
            raise UsageError(f"--outputs {name}: `{file}` has no tensor and no node of this name", help)
    outputs = tuple(dict.fromkeys(output for name in names for output in known[name] if output))
    read = _needed(graph, outputs)
    return graph._replace(
        inputs=tuple(given for given in graph.inputs if given.name in read) or graph.inputs,
        nodes=tuple(node for node in graph.nodes if not read.isdisjoint(node.outputs)),
        outputs=outputs,
    )


def _needed(graph: Graph, outputs: Sequence[str]) -> set[str]:
    """The tensors that these need, and themselves."""
    makers = {output: node for node in graph.nodes for output in node.outputs if output}
    found: set[str] = set()
    left = list(outputs)
    while left:
        name = left.pop()
        if name and name not in found:
            found.add(name)
            left += makers[name].inputs if name in makers else ()
    return found
