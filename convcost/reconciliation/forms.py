"""Forms of one network that people count: its variants, other sizes and classes, without its head, folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from convcost.network import Layer, Network
from convcost.reading.description import Description
from convcost.reading.outline import Outline

SIZES = (128, 160, 192, 224, 227, 256, 299, 320, 331, 384, 416, 512, 640)
"""The sides of images that are usual."""

CLASSES = (1000, 1001)
"""ImageNet's classes, and with one for the background."""

Edit: TypeAlias = Callable[[Network], Network]


class Change(NamedTuple):
    """One thing that sets a form of a network apart from the network as it is described."""

    kind: str
    """What it is of; a form has one change of a kind at most."""
    says: str
    variant: str | None = None
    settings: Mapping[str, str] = {}
    edit: Edit | None = None


def changes_of(description: Description, settings: Mapping[str, str], variant: str | None) -> Iterator[Change]:
    """Yield every change that may be made, but of what is set."""
    if variant is None:
        for name in description.spec.variants:
            yield Change("variant", f"variant {name}", variant=name)
    outline = description.outline(settings, variant)
    for names, now in _image_sizes(outline):
        for side in SIZES if not settings.keys() & set(names) else ():
            if now != [side, side]:
                yield Change("size", f"at {side}x{side}", settings=dict.fromkeys(names, str(side)))
    if "classes" in outline.symbols and "classes" not in settings:
        for classes in CLASSES:
            if outline.symbols["classes"] != classes:
                yield Change("classes", f"{classes} classes", settings={"classes": str(classes)})
    yield Change("classes", "without its head", edit=without_head)
    yield Change("norm", "batch norms folded", edit=with_norms_folded)
    yield Change("biases", "without biases", edit=without_biases)


def _image_sizes(outline: Outline) -> Iterator[tuple[list[str], list[object]]]:
    """Yield how the sizes of the input are set and what they are, if it is an image of which both can be set."""
    letters = {axis: letter for letter, axis in outline.letters.items()}
    for sizes in set(outline.sizes.values()) if outline.has_one_size else ():
        names = [size if isinstance(size, str) else letters.get(axis, "") for axis, size in enumerate(sizes)]
        if len(names) == 2 and all(names):
            yield names, [outline.symbols[size] if isinstance(size, str) else size for size in sizes]


def without_head(network: Network) -> Network:
    """Return a network without the layers at its end that read no map but a vector: what follows the last pooling."""
    layers = network.layers
    end = len(layers)
    while end and all(shape.elements == shape.channels for shape in layers[end - 1].input_shapes):
        end -= 1
    if end in (0, len(layers)):
        return network
    return network._replace(layers=layers[:end], outputs=layers[end - 1].outputs)


def with_norms_folded(network: Network) -> Network:
    """Return a network in which batch norms that alone read a convolution or a linear layer are a bias of it."""
    readers = Counter([*network.outputs, *(name for layer in network.layers for name in layer.inputs)])
    shared = {layer.shares for layer in network.layers}
    by_name = {layer.name: layer for layer in network.layers}
    into: dict[str, str] = {}
    for layer in network.layers:
        before = by_name.get(layer.inputs[0])
        if layer.kind != "batch_norm" or before is None or before.shares or before.name in shared:
            continue
        if readers[before.name] == 1 and _bias(before) is not None:
            into[layer.name] = before.name
    if not into:
        return network
    layers = (
        _with_bias(layer, True) if layer.name in into.values() else layer
        for layer in network.layers
        if layer.name not in into
    )
    return network._replace(
        layers=tuple(layer._replace(inputs=tuple(into.get(name, name) for name in layer.inputs)) for layer in layers),
        outputs=tuple(into.get(name, name) for name in network.outputs),
    )


def without_biases(network: Network) -> Network:
    """Return a network whose convolutions and linear layers have no biases."""
    if not any(map(_bias, network.layers)):
        return network
    return network._replace(layers=tuple(_with_bias(one, False) if _bias(one) else one for one in network.layers))


def _bias(layer: Layer) -> bool | None:
    """Whether a layer has a bias; None if it can't have one."""
    found = getattr(layer.operator, "bias", None)
    return found if isinstance(found, bool) else None


def _with_bias(layer: Layer, bias: bool) -> Layer:
    return layer._replace(operator=layer.operator.with_arguments(bias=bias))
