"""Receptive fields held against dye: what every layer's outputs really read of each input, along each axis."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from convcost.analysis.field import Field
from convcost.analysis.propagation import receptive_fields
from convcost.analysis.receptive_field import WHOLE_INPUT
from convcost.dyed import Dyed, dye
from convcost.errors import ShapeError
from convcost.execute import laid_around, most_alive, plain
from convcost.kernels.dye import BYTES, along
from convcost.kernels.tally import Array
from convcost.network import Layer, Network
from convcost.ops.base import Shape


class Seen(NamedTuple):
    """A layer's receptive field on one input along one axis, by formula and as dye shows it."""

    layer: str
    formula: Any
    dyed: Any


def bytes_of_dye(network: Network) -> int:
    """Return an estimate of what following dye along any axis takes: stains of all tensors alive, and room to work."""
    lengths = (max(_lengths(layer, (*layer.input_shapes, *layer.output_shapes))) for layer in network.layers)
    longest = max(lengths, default=0)
    return _bytes_a_position(network) * longest


def _lengths(layer: Layer, shapes: Iterable[Shape]) -> Iterator[int]:
    """How long the lines are that a layer's kernel reads and makes."""
    around = max(laid_around(layer), default=0)
    return (n + around for shape in shapes for n in (*shape.size, 1))


def _bytes_a_position(network: Network) -> int:
    return BYTES * (most_alive(network) + 4)


def fields_seen(network: Network, room: int) -> tuple[list[Seen], tuple[str, ...]]:
    """Return the fields of all layers along every axis of every input, and the layers that did not show theirs.

    Fields that do not fit into an input are followed on a longer one, as far as that takes no more than `room` bytes.
    """
    seen: list[Seen] = []
    unseen: list[str] = []
    for source in network.inputs:
        for axes in _alike(network, source):
            found, hidden = _held_against_dye(network, source, axes)
            if hidden and (longer := _lengthened(network, axes, hidden.values(), room // _bytes_a_position(network))):
                again, hidden = _held_against_dye(longer, source, axes, hidden)
                found += again
            seen += found
            unseen += hidden
    return seen, tuple(dict.fromkeys(unseen))


def _alike(network: Network, source: str) -> list[list[int]]:
    """The axes of an input, together those with equal sizes and arguments all along: dye shows them the same."""
    groups: list[tuple[Any, list[int]]] = []
    for axis in range(network.inputs[source].rank):
        what = (
            [shape.size[axis : axis + 1] for shape in network.inputs.values()],
            [along(plain(layer), axis) for layer in network.layers],
        )
        group = next((axes for other, axes in groups if other == what), None)
        if group is None:
            groups.append((what, group := []))
        group.append(axis)
    return [axes for _, axes in groups]


def _held_against_dye(
    network: Network, source: str, axes: list[int], only: Container[str] | None = None
) -> tuple[list[Seen], dict[str, Field]]:
    """Compare along some axes that are alike; and the fields, by layer, that are not to be seen."""
    fields = dict(zip((layer.name for layer in network.layers), receptive_fields(network, source), strict=True))
    if only is not None:
        fields = {name: field for name, field in fields.items() if name in only}
    hidden = {name: found.fields[axes[0]] for name, found in fields.items() if found.fields is not None}
    seen: list[Seen] = []
    spans, shown = None, dict[Field, tuple[Any, Any] | None]()
    for dyed in dye(network, axes[0], source):
        name, found = dyed.layer.name, fields.get(dyed.layer.name)
        if found is None:
            continue
        if found.fields is not None:
            said = [found.fields[axis] for axis in axes]
            if dyed.spans is not spans or shown.keys() != set(said):  # else it is as at the layer before
                spans, shown = dyed.spans, {field: _compare(field, dyed) for field in set(said)}
            compared = [Seen(name, *both) for field in said if (both := shown[field])]
            if compared:
                del hidden[name]
            seen += compared
        else:
            # An output that meets nothing but padding reads nothing.
            read = dyed.spans[dyed.spans[:, 0] >= 0]
            what = "windows" if (read != read[:1]).any() else found.reason
            whole = [found.whole[axis] if found.whole else found.reason == WHOLE_INPUT.reason for axis in axes]
            seen += [Seen(name, found.reason, what)] * sum(whole)
    return seen, hidden


def _compare(field: Field, dyed: Dyed) -> tuple[Any, Any] | None:
    """The field as size, stride and start, and what is seen; None if it agrees, but no output shows all of it.

    An output that touches an edge of the input shows a part of its field, which can't be longer than the whole.
    """
    said = (field.size, field.jump, field.start)
    first, last = dyed.spans.T
    lowest, highest = _intervals(field, len(first))
    wrong = np.where(dyed.edges, last - first >= max(field.size, 1), (first != lowest) | (last != highest))
    if wrong.any():
        y = int(np.argmax(wrong))
        return said, f"positions {first[y]} to {last[y]} at output {y}"
    return None if dyed.edges.all() else (said, said)


def _intervals(field: Field, outputs: int) -> tuple[Array, Array]:
    """The field's first and last position for every output; -1 for one that reads nothing."""
    fits = max(field.size, abs(field.start), field.advance * outputs) < 2**61
    turns, phase = np.divmod(np.arange(outputs), len(field.phases))
    moved = turns.astype(np.int64 if fits else object) * field.advance
    low, high = np.array([interval or (0, 0) for interval in field.phases], moved.dtype).T
    read = np.array([interval is not None for interval in field.phases])[phase]
    return np.where(read, low[phase] + moved, -1), np.where(read, high[phase] + moved, -1)


def _lengthened(network: Network, axes: list[int], hidden: Iterable[Field], longest: int) -> Network | None:
    """The layers that can take an input longer along some axes, long enough for the hidden fields and their pattern.

    No tensor is to have more than `longest` positions along an axis: fields that need more are left out. None if that
    leaves nothing.
    """
    size = max(shape.size[axis] for shape in network.inputs.values() for axis in axes if axis < shape.rank)
    wanted = [more for field in hidden if size + (more := field.size + 4 * field.advance) <= longest]
    if not wanted:
        return None
    shapes = {name: _longer(shape, axes, max(wanted)) for name, shape in network.inputs.items()}
    inputs = dict(shapes)
    layers: list[Layer] = []
    for layer in network.layers:
        given = tuple(shapes[name] for name in layer.inputs if name in shapes)
        try:
            if len(given) < len(layer.inputs):
                continue
            layer.operator.check(*given)
        except ShapeError:
            continue
        outputs = layer.operator.outputs(*given)
        if max(_lengths(layer, (*given, *outputs))) <= longest:
            layers.append(layer._replace(input_shapes=given, output_shapes=outputs))
            shapes.update(zip(layer.outputs, outputs, strict=True))
    return network._replace(inputs=inputs, layers=tuple(layers), outputs=())


def _longer(shape: Shape, axes: list[int], more: int) -> Shape:
    return Shape(shape.channels, tuple(n + more if axis in axes else n for axis, n in enumerate(shape.size)))
