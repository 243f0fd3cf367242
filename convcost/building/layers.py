"""The layers of a network that is being read, in order: added, shared, repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.building.build import ArgumentErrors, Flow, Tensor, build
from convcost.errors import ShapeError, Span
from convcost.network import Layer
from convcost.ops.numbers import Number


class Layers:
    """The layers so far, also by name: for weights that are shared, and for messages that tell where a size is from."""

    def __init__(self, guarded: bool = True) -> None:
        """Begin without layers; `guarded` is as for `build`."""
        self.all: list[Layer] = []
        self.by_name: dict[str, Layer] = {}
        self.guarded = guarded

    def add(self, kind: str, given: Mapping[str, Any], inputs: Flow, name: str, span: Span | None = None) -> Flow:
        """Build a layer at the end and return what it hands on.

        Raises ArgumentErrors and ShapeError as `build` does; inputs that do not go together are named, with the layer
        that made the odd size.
        """
        try:
            layer = build(kind, given, inputs, name, span, self.guarded)
        except ArgumentErrors:
            raise
        except ShapeError as error:
            from convcost.building.joints import explained

            raise explained(error, inputs, self.by_name) from None
        self.all.append(layer)
        self.by_name[name] = layer
        return tuple(map(Tensor, layer.outputs, layer.output_shapes))

    def share(self, index: int, owner: str) -> None:
        """Let a layer use the weights of another, which must be the same operator with the same numbers; ShapeError."""
        layer, other = self.all[index], self.by_name.get(owner)
        if other is None:
            raise ShapeError(f"no layer `{owner}` above to share weights with")
        mine, theirs = layer.held, other.held
        if other.kind != layer.kind or mine != theirs or _weights_shape(layer) != _weights_shape(other):
            raise ShapeError(
                f"`{layer.name}` ({layer.kind}, {_count(mine.total)} parameters) can't share the weights of "
                f"`{owner}` ({other.kind}, {_count(theirs.total)})"
            )
        self._change(index, layer._replace(shares=other.shares or owner))

    def multiply(self, first: int, times: Number) -> None:
        """Let every layer from the first on stand for so many."""
        for n in range(first, len(self.all)):
            self._change(n, self.all[n]._replace(times=self.all[n].times * times))

    def _change(self, index: int, layer: Layer) -> None:
        self.all[index] = self.by_name[layer.name] = layer


def _count(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _weights_shape(layer: Layer) -> tuple[Any, ...]:
    """Return what decides the shape of weights, beside how many they are; a linear layer flattens its input."""
    kernel = getattr(layer.operator, "kernel", None)
    ins = layer.input_shapes[0].channels if kernel else None
    return kernel, ins, layer.output_shapes[0].channels
