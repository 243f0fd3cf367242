"""A network in the words of people: what can be said in several ways is said in one."""

from __future__ import annotations

from collections.abc import Hashable

from convcost.building.build import bind
from convcost.network import Layer, Network


def plain(network: Network) -> Network:
    """Return the network with equal parts and whole scales as such, and growing stacks in terms of each other.

    A `split` into equal parts says how many, a map made so many times larger says that. A pool whose stride is its
    kernel does not say so, nor one without padding what becomes of it. A `concat` that stacks all that one before it
    does, and more, as a DenseNet's layers do, reads that one.
    """
    layers: list[Layer] = []
    stacked: dict[Hashable, Layer] = {}
    for layer in network.layers:
        if layer.kind == "split" and len(set(layer.output_shapes)) == 1:
            parts = bind("split", {"parts": len(layer.output_shapes)}, layer.input_shapes[0].rank)
            layer = layer._replace(operator=parts)
        elif layer.kind == "upsample":
            layer = _by_scale(layer)
        elif layer.kind in ("avg_pool", "max_pool"):
            layer = _usual_pool(layer)
        elif layer.kind == "concat":
            layer = _upon_others(layer, stacked)
        layers.append(layer)
    return network._replace(layers=tuple(layers))


def _by_scale(layer: Layer) -> Layer:
    before, after = layer.input_shapes[0].size, layer.output_shapes[0].size
    pairs = list(zip(before, after, strict=True))
    if getattr(layer.operator, "size", None) is None or any(n == 1 or m % n for n, m in pairs):
        return layer
    given = {name: getattr(layer.operator, name) for name in ("mode", "align_corners")}
    return layer._replace(operator=bind("upsample", {"scale": [m // n for n, m in pairs], **given}, len(pairs)))


def _usual_pool(layer: Layer) -> Layer:
    given = vars(layer.operator)
    changed: dict[str, object] = {}
    if given["stride"] == given["kernel"]:
        changed["stride"] = None
    if "include_pad" in given and all(sides == (0, 0) for sides in given["padding"]):
        changed["include_pad"] = True
    return layer._replace(operator=layer.operator.with_arguments(**changed)) if changed else layer


def _upon_others(layer: Layer, stacked: dict[Hashable, Layer]) -> Layer:
    pieces = layer.inputs
    stacked[layer.operator, pieces] = layer
    for n in range(len(pieces) - 1, 1, -1):
        if whole := stacked.get((layer.operator, pieces[:n])):
            inputs = (whole.name, *pieces[n:])
            return layer._replace(inputs=inputs, input_shapes=(*whole.output_shapes, *layer.input_shapes[n:]))
    return layer
