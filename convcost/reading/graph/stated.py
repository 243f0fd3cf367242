"""Shapes that a file states of its tensors, as a network has them: for what is not counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.network import Tensor
from convcost.ops.arguments import LARGEST
from convcost.ops.base import Shape
from convcost.ops.numbers import product
from convcost.reading.graph.graph import Constant, Graph
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.views import Refusal, View, plain, same, view

UNKNOWN = Shape(0, ())
"""Of a tensor whose size depends on what is computed."""


class Stated:
    """The shapes that are stated, with the sizes of the network's inputs for their names."""

    def __init__(self, graph: Graph, values: Mapping[str, View | Constant | None]) -> None:
        """`values` has the graph's inputs."""
        self._shapes = graph.shapes or {}
        self._named: dict[str, Any] = {}
        self._batch: Any = 1
        self._is_of_others = False
        for given in graph.inputs:
            x = values[given.name]
            if not isinstance(x, View):
                continue
            self._batch = x.batch
            for dim, size in zip(given.dims or (), x.sizes, strict=True):
                if isinstance(dim, str):
                    self._named[dim] = size
                elif dim is not None and dim > 0 and not same(dim, size):
                    self._is_of_others = True

    def __contains__(self, name: str) -> bool:
        return name in self._shapes

    def dims(self, name: str) -> tuple[Any, ...] | None:
        """Return the sizes of a tensor's axes; None where one depends on what is computed.

        Refusal if nothing is stated, or what is stated is of inputs of other sizes.
        """
        if name not in self._shapes:
            help = (
                "write shapes into the file, onnx.shape_inference.infer_shapes(model), or install what infers them, "
                "pip install 'convcost[onnx]'; or stop before it: --outputs"
            )
            raise Refusal(f"is not known here, and the file does not say which shape `{name}` has", help)
        if self._is_of_others:
            help = "leave out --set of sizes that the file has as numbers, or stop before it: --outputs"
            raise Refusal(f"is not known here, and the file has the shape of `{name}` for its own sizes alone", help)
        found = [self._named.get(dim) if isinstance(dim, str) else dim for dim in self._shapes[name]]
        known = [n for n in found if n is not None and not (isinstance(n, int) and not 0 < n <= LARGEST)]
        return tuple(known) if len(known) == len(found) else None

    def shape(self, dims: tuple[Any, ...] | None) -> Shape:
        """Return the shape of the network's tensor that has these axes; UNKNOWN if they are not known."""
        if dims is None:
            return UNKNOWN
        numbers = self._without_batch(dims)
        first, *others = numbers or (1,)
        return Shape(first, tuple(others)) if len(others) <= 3 else Shape(product(numbers), ())

    def view(self, tensor: Tensor, dims: tuple[Any, ...]) -> View:
        """Return a tensor of the network as one that has these axes."""
        numbers = self._without_batch(dims)
        y = plain(tensor, self._batch if len(numbers) < len(dims) else 1)
        seen = reshaped(y, (y.sizes[0], *numbers))
        assert seen is not None
        return seen if len(numbers) < len(dims) else view(tensor, seen.axes[1:])

    def _without_batch(self, dims: tuple[Any, ...]) -> tuple[Any, ...]:
        return dims[1:] if dims and same(dims[0], self._batch) else dims
