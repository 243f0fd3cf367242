"""Layers that share a box: one with what is applied to it alone, and a block of a few that follow each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from convcost.analysis.tree import Node, tree_of
from convcost.network import Layer, Network
from convcost.writing.folded import ACTIVATIONS, PASSED

_NORMS = {"batch_norm", "group_norm", "instance_norm", "l2_norm", "layer_norm", "local_response_norm", "rms_norm"}
_APPLIED = ACTIVATIONS | PASSED | _NORMS
_MOST_PARTS = 5


def units(network: Network) -> list[range]:
    """Return the places of the layers that share a box, all layers in order.

    >>> from convcost.reading.load import load
    >>> units(load("resnet50"))[:4]
    [range(0, 3), range(3, 4), range(4, 12), range(12, 14)]
    """
    readers = Counter(name for layer in network.layers for name in layer.inputs)
    readers.update(network.outputs)
    pairs = zip(network.layers, network.layers[1:], strict=False)
    follows = [False, *(b.inputs == a.outputs and readers[a.name] == 1 for a, b in pairs)]
    tree = tree_of(((layer.name.split("."), None) for layer in network.layers), folded=False)
    found: list[range] = []
    for unit in _blocks(tree, network.layers, follows):
        if found and follows[unit.start] and len(parts(network.layers[found[-1].start : unit.stop])) == 1:
            found[-1] = range(found[-1].start, unit.stop)
        else:
            found.append(unit)
    return found


def _blocks(nodes: Iterable[Node], layers: Sequence[Layer], follows: Sequence[bool]) -> Iterator[range]:
    """Yield the blocks that are drawn as a box, the outermost that can be, and all other layers each by itself."""
    for node in nodes:
        few = len(parts(layers[node.places.start : node.places.stop])) <= _MOST_PARTS
        if not node.inside or (few and all(follows[place] for place in node.places[1:])):
            yield node.places
        else:
            yield from _blocks(node.inside, layers, follows)


def parts(layers: Sequence[Layer]) -> list[list[Layer]]:
    """Return layers that follow each other, each with the normalisation, activation and dropout applied to it."""
    found: list[list[Layer]] = []
    for layer in layers:
        if found and layer.kind in _APPLIED and _block(layer) == _block(found[-1][-1]):
            found[-1].append(layer)
        else:
            found.append([layer])
    return found


def _block(layer: Layer) -> str:
    return layer.name.rpartition(".")[0]
