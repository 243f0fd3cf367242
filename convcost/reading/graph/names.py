"""Layers' names from those of ONNX nodes: dotted, as modules are, and the same from one export to the next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest

from convcost.reading.graph.graph import PART, Constant, Graph, Node

_NO_LETTERS = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_PART = 64
_MOST_PARTS = 16


def layer_names(graph: Graph) -> list[str]:
    """For each node the name its layer should have; empty for a node without.

    An exporter that keeps the modules writes `/layer1/layer1.0/conv1/Conv`: the layer is `layer1.0.conv1`. Where a
    module has several nodes, the operator stays: `layer1.0.add`. One that numbers its nodes keeps the modules in the
    names of the weights. A node that convcost wrote is called as its layer is.
    """
    if graph.is_ours:
        words = (node.name.replace(PART, ".").split(".")[-_MOST_PARTS:] for node in graph.nodes)
        return [".".join(filter(None, (letters(word)[:_LONGEST_PART] for word in parts))) for parts in words]
    whole = [_parts(node, graph.constants) for node in graph.nodes]
    modules = [tuple(_without_operator(node, parts)) for node, parts in zip(graph.nodes, whole, strict=True)]
    lasting = [module for node, module in zip(graph.nodes, modules, strict=True) if node.op != "Constant"]
    counts = Counter(lasting)
    inner = {module[:n] for module in lasting for n in range(len(module))}
    names = []
    for parts, module in zip(whole, modules, strict=True):
        alone = module and counts[module] == 1 and module not in inner
        names.append(".".join(module if alone else (*parts[:-1], *(part.lower() for part in parts[-1:]))))
    return names


def _parts(node: Node, constants: dict[str, Constant]) -> tuple[str, ...]:
    """The modules that a node stands in, the outermost first, and the operator."""
    name = node.name
    if "/" not in name:
        weight = next((word for word in node.inputs[1:2] if word.endswith(".weight")), "")
        name = f"{weight.removesuffix('.weight')}/{node.op}" if weight else name.removeprefix("node_")
    steps = [step for step in name.split("/") if step][-_MOST_PARTS:]
    # `layer1/layer1.0/conv1`: a module in a list names the list again.
    steps = [step for step, inner in zip_longest(steps, steps[1:], fillvalue="") if not inner.startswith(f"{step}.")]
    parts = (part for step in steps for part in step.split("."))
    return _clean(parts)


def _clean(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(clean for part in parts if (clean := sanitised(part)))[-_MOST_PARTS:]


def _without_operator(node: Node, parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts[:-1] if node.op and parts and parts[-1].lower().startswith(node.op.lower()) else parts


def letters(text: str) -> str:
    """Return a part of a name with nothing in it but letters, digits, - and _."""
    return _NO_LETTERS.sub("_", text[: 4 * _LONGEST_PART])


def sanitised(text: str) -> str:
    """Return a part of a name as `letters`, without _ at its ends, as programs add it.

    >>> sanitised("conv 1:0")
    'conv_1_0'
    """
    return letters(text).strip("_")[:_LONGEST_PART]
