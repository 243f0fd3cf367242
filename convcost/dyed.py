"""Dye followed through a network: which positions of an input the outputs of every layer read, along one axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convcost.execute import plain, releases
from convcost.kernels import kernel
from convcost.kernels.dye import Measured, alignment, along, beyond, clean, colours, measure, spans
from convcost.kernels.tally import Array
from convcost.network import Layer, Network


@dataclass(frozen=True, slots=True)
class Dyed:
    """The positions of a network input that one layer's outputs read, along one axis."""

    layer: Layer
    spans: Array
    """The first and the last input position, per output position [outputs, 2]; -1 for one that reads nothing."""
    edges: Array
    """Which output positions read beyond the input, padding or the input's ends, anywhere on their paths."""
    paths: tuple[tuple[Array, Array], ...]
    """Spans and edges of the tensors that meet here, where there are several."""

    def measure(self) -> Measured | None:
        """Return the field as size, start and stride, from the outputs that touch no edge."""
        return measure(self.spans, self.edges)

    def alignment(self) -> str | None:
        """Return whether the paths that meet here agree on where they look: see `dye.alignment`."""
        return alignment(self.paths) if self.paths else None


def dye(network: Network, axis: int, source: str | None = None, length: int | None = None) -> Iterator[Dyed]:
    """Stain each position of an input along one axis, and see what every layer reads of it; layers it can't reach are
    left out.

    A longer input than the network's shows fields that do not fit into it; a layer bound to a size (a crop, an adaptive
    pool) is left out then, and what reads it.
    """
    name = source if source is not None else next(iter(network.inputs))
    stains = {
        other: clean(tuple(length or n for n in shape.size[axis : axis + 1])) for other, shape in network.inputs.items()
    }
    stains[name] = colours(length or network.inputs[name].size[axis])
    shown, seen = stains[name], spans(stains[name])
    reached, lost = {name}, {other for other, shape in network.inputs.items() if 0 < shape.rank <= axis}
    for layer, released in zip(network.layers, releases(network), strict=True):
        given, found = along(plain(layer), axis), kernel(layer.kind)
        if not lost.isdisjoint(layer.inputs) or (length and isinstance(getattr(given, "size", None), tuple)):
            lost.update(layer.outputs)
            continue
        paths = [tensor for tensor in layer.inputs if tensor in reached]
        read = [stains[tensor] for tensor in layer.inputs]
        if any(line.ndim > 1 for line in read):
            result = found.stain(given, beyond(bool(paths)), *read)
        else:  # nothing has this axis any more: whatever is computed, all of it is read
            result = (np.max(read, axis=0),) * len(layer.outputs)
        lines = result if isinstance(result, tuple) else (result,)
        for tensor, line, shape in zip(layer.outputs, lines, layer.output_shapes, strict=True):
            size = shape.size[axis : axis + 1]
            # What has no position of its own may be read at any.
            stains[tensor] = (
                np.broadcast_to(line[:, np.newaxis], (len(line), *size)) if line.ndim < 1 + len(size) else line
            )
        if paths:
            reached.update(layer.outputs)
            if stains[layer.outputs[0]] is not shown:  # most layers hand on the very stains that they read
                shown = stains[layer.outputs[0]]
                seen = spans(shown)
            yield Dyed(layer, *seen, tuple(spans(stains[tensor]) for tensor in paths) if len(paths) > 1 else ())
        for tensor in released:
            del stains[tensor]
