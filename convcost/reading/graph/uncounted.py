"""What follows past a node that is unknown: a layer that is not counted, of the shapes that are stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.errors import ShapeError
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.uncounted import Uncounted
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.names import sanitised
from convcost.reading.graph.rules import follow
from convcost.reading.graph.stated import UNKNOWN, Stated
from convcost.reading.graph.views import Refusal, View
from convcost.reading.graph.walk import Walk


class GoingOn:
    """The rules for nodes, and for those that they refuse a layer that is not counted."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated

    def __call__(self, walk: Walk, node: Node) -> Sequence[View | Constant | None]:
        """Return what the outputs of a node are; Refusal where their shapes are not known."""
        first = len(walk.layers.all)
        given = [x for name in node.inputs if isinstance(x := walk.values.get(name), View)]
        is_known = all(x.shape != UNKNOWN for x in given)
        if is_known:
            try:
                return follow(walk, node)
            except (Refusal, ShapeError):
                walk.forget(first)
        outputs = [name for name in node.outputs if name]
        # What is made of a tensor of unknown size is of one, unless it is stated.
        dims = {name: self._dims(walk, name, is_known) for name in outputs}
        if not given or not outputs:
            return [Constant(name, dims.get(name)) for name in node.outputs]
        layer = self._layer(walk, node, given, [self.stated.shape(dims[name]) for name in outputs])
        made = dict(zip(outputs, walk.layers.append(layer), strict=True))
        seen = {
            name: View(tensor, ()) if (found := dims[name]) is None else self.stated.view(tensor, found)
            for name, tensor in made.items()
        }
        return [seen[name] if name else Constant("", None) for name in node.outputs]

    def _dims(self, walk: Walk, name: str, is_known: bool) -> tuple[Any, ...] | None:
        """The sizes of a tensor's axes; None where they are unknown and nothing is counted by them."""
        return self.stated.dims(name) if (is_known and walk.readers[name]) or name in self.stated else None

    def _layer(self, walk: Walk, node: Node, given: Sequence[View], shapes: Sequence[Shape]) -> Layer:
        operator = Uncounted(tuple(shapes))
        names = tuple(x.tensor.name for x in given)
        name = walk.claim(node, sanitised(node.op).lower() or "unknown")
        of_inputs = tuple(x.shape for x in given)
        return Layer(name, node.op, operator, names, of_inputs, operator.shapes, walk.span(node))
