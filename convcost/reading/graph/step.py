"""One node of an ONNX graph as the rules for operators see it: its inputs, its attributes, and what it can make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeAlias

from convcost.network import Tensor
from convcost.ops.base import by_x
from convcost.ops.numbers import Number, ceil_div, maximum
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.laying import Laying
from convcost.reading.graph.views import BATCH, UNIT, N, Refusal, View, plain
from convcost.reading.graph.walk import Walk

Value: TypeAlias = View | Constant | None
"""An input of a node; None if it is left out."""


class Step(Laying):
    """A node whose inputs are known."""

    def __init__(self, walk: Walk, node: Node, inputs: Sequence[Value] | None = None) -> None:
        """`inputs` are there in place of the node's own."""
        super().__init__(walk, node)
        self.opset = walk.graph.opset
        self.inputs = [walk.values[name] if name else None for name in node.inputs] if inputs is None else inputs

    def input(self, n: int) -> Value:
        """Input n; None if it is left out."""
        return self.inputs[n] if n < len(self.inputs) else None

    def instead(self, op: str, inputs: Sequence[Value], **attributes: Any) -> Step:
        """Return the same node with another operator of ONNX and other inputs."""
        names = ["" if x is None else x.key if isinstance(x, Constant) else x.tensor.name for x in inputs]
        given = {**self.node.attributes, **attributes}
        return Step(self.walk, self.node._replace(op=op, domain="", inputs=tuple(names), attributes=given), inputs)

    def map(self, n: int = 0) -> View:
        """Return an input that depends on the network's."""
        x = self.input(n)
        if isinstance(x, Constant):
            dims = by_x(x.dims) if x.dims else "one number"
            raise Refusal(f"reads the constant `{x.key}` ({dims}) where it wants a tensor that depends on the input")
        if x is None:
            raise Refusal(f"needs an input {n} that depends on the network's")
        return x

    def maps(self) -> list[View]:
        """Return all inputs, each depending on the network's."""
        if not self.node.inputs:
            raise Refusal("has no inputs")
        return [self.map(n) for n in range(len(self.node.inputs))]

    def plain(self, n: int = 0) -> View:
        """Return an input that depends on the network's as batch, channels and positions, in the order of its axes."""
        return self.as_map(self.map(n))

    def weight(self, n: int, rank: int) -> Constant | None:
        """Return an input that is a tensor of weights with so many axes; None if it is left out."""
        found = self.input(n)
        if found is None:
            return None
        if isinstance(found, View):
            raise Refusal(f"has weights, `{self.node.inputs[n]}`, that are not constants")
        if found.dims is None:
            raise Refusal(f"has weights, `{self.node.inputs[n]}`, that other nodes compute")
        if len(found.dims) != rank:
            raise Refusal(f"has weights of {len(found.dims)} axes, `{self.node.inputs[n]}`; {rank} are wanted")
        return found

    def weights(self, n: int, rank: int) -> Constant:
        """Return an input that is a tensor of weights with so many axes; Refusal if it is left out."""
        found = self.weight(n, rank)
        if found is None:
            raise Refusal("has no weights")
        return found

    def per_channel(self, n: int, count: Number) -> Constant | None:
        """Return an input that is a list of one weight per channel, whatever axes of size 1 stand beside."""
        given = self.input(n)
        if isinstance(given, Constant) and len(given.dims or ()) > 1 and prod(given.dims or ()) == count:
            return given._replace(dims=(count,))
        found = self.weight(n, 1)
        if found is not None and found.dims != (count,):
            raise Refusal(f"has {found.dims and found.dims[0]} numbers in `{self.node.inputs[n]}` for {count} channels")
        return found

    def numbers(self, n: int, attribute: str = "") -> tuple[Any, ...] | None:
        """Return a list of numbers, from an attribute or an input that is known; None if there is neither."""
        if attribute in self.node.attributes:
            return self.ints(attribute, ())
        found = self.input(n)
        if found is None:
            return None
        if isinstance(found, View) or found.values is None:
            x = self.input(0)
            raise Refusal(
                f"takes numbers from `{self.node.inputs[n]}`, which can't be worked out from the file",
                FIXED if isinstance(x, View) and x.batch == BATCH else None,
            )
        return found.values

    def axes(self, n: int, count: int) -> tuple[int, ...] | None:
        """Return a list of axes, counted from the first."""
        found = self.numbers(n, "axes")
        return None if found is None else tuple(self.axis(axis, count) for axis in found)

    def axis(self, axis: Any, count: int) -> int:
        """Return an axis of `count`, counted from the first; Refusal if there is none."""
        if not isinstance(axis, int) or not -count <= axis < count:
            raise Refusal(f"names axis {axis}; its input has {count}")
        return axis % count

    def whole(self, attribute: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        return int(self._attribute(attribute, default, int))

    def text(self, attribute: str, default: str) -> str:
        """Return an attribute that is a text."""
        return str(self._attribute(attribute, default, str))

    def ints(self, attribute: str, default: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return an attribute that is a list of numbers."""
        return tuple(self._attribute(attribute, default, tuple))

    def number(self, attribute: str, default: float) -> Any:
        """Return a number that need not be whole."""
        found = self.node.attributes.get(attribute, default)
        if isinstance(found, str | tuple | Constant):
            raise Refusal(f"has an attribute `{attribute}` of another type")
        return found

    def _attribute(self, name: str, default: Any, wanted: type) -> Any:
        found = self.node.attributes.get(name, default)
        if not isinstance(found, wanted) or isinstance(found, Constant):
            raise Refusal(f"has an attribute `{name}` of another type")
        return found

    def padding(self, x: View, kernel: Sequence[Number]) -> Any:
        """Return the padding of windows, as a spec writes it."""
        auto, rank = self.text("auto_pad", "NOTSET"), len(kernel)
        match auto:
            case "VALID":
                return 0
            case "SAME_UPPER":
                return "same"
            case "SAME_LOWER":
                lists = (self.per_axis(name, rank) for name in ("strides", "dilations"))
                totals = [
                    maximum((ceil_div(i, s) - 1) * s + d * (k - 1) + 1 - i, 0)
                    for i, k, s, d in zip(x.shape.size[-rank:], kernel, *lists, strict=True)
                ]
                return [[total - total // 2, total // 2] for total in totals]
            case "NOTSET" | "":
                return self.sides("pads", rank)
        raise Refusal(f"has the unknown auto_pad `{auto}`")

    def sides(self, attribute: str, rank: int) -> list[list[int]]:
        """[before, after] for each axis, of a list that has first all befores."""
        pads = self.ints(attribute, (0,) * 2 * rank)
        if len(pads) != 2 * rank:
            raise Refusal(f"has {len(pads)} `{attribute}` for {rank} spatial axes")
        return [list(pair) for pair in zip(pads[:rank], pads[rank:], strict=True)]

    def per_axis(self, attribute: str, rank: int, default: int = 1) -> list[Number]:
        """Return a number for each spatial axis."""
        found = self.ints(attribute, (default,) * rank)
        if len(found) != rank:
            raise Refusal(f"has {len(found)} `{attribute}` for {rank} spatial axes")
        return list(found)

    def layer(self, kind: str, *inputs: View, weights: Sequence[Constant | None] = (), **arguments: Any) -> list[View]:
        """Add a layer to the network and return its outputs, with axes like those of the first input.

        Where they are not as many they are the batch, the channels and the positions.
        """
        held = [one for one in weights if one is not None]
        made = self.walk.add(self.node, kind, inputs, arguments, held)
        return [self._like(inputs[0], tensor) for tensor in made]

    def _like(self, x: View, tensor: Tensor) -> View:
        is_alike = tensor.shape is not None and tensor.shape.rank == x.shape.rank
        return x.like(tensor) if is_alike else plain(tensor, x.batch)

    def added(self, channels: Number, axis: int) -> Constant | None:
        """Return what the next node adds to this one's output, if that is one number per channel: a bias.

        `axis` is that of the channels, counted from the last. The node is then done.
        """
        after = self.walk.only_reader(self.node.outputs[0])
        if (
            self.node.inputs[1] in self.walk.parameters.uneven
            or after is None
            or after.op != "Add"
            or after.domain not in ("", "ai.onnx")
            or len(after.inputs) != 2
        ):
            return None
        other = after.inputs[after.inputs[0] == self.node.outputs[0]]
        found = self.walk.values.get(other)
        if not isinstance(found, Constant) or not found.dims:
            return None
        dims = (1,) * (-axis) + found.dims
        if dims[axis] != channels or any(n != 1 for k, n in enumerate(dims, -len(dims)) if k != axis):
            return None
        self.walk.skip(after, self.node.outputs[0])
        return found

    def only_output(self) -> None:
        """Refuse further outputs that something reads."""
        for n, name in enumerate(self.node.outputs[1:], 1):
            if self.is_used(n):
                raise Refusal(f"has an output `{name}` that is used; only the first can be")

    def is_used(self, n: int) -> bool:
        """Whether something reads an output."""
        name = self.node.outputs[n] if n < len(self.node.outputs) else ""
        return bool(name) and (bool(self.walk.readers[name]) or name in self.walk.is_output)

    def as_vector(self, x: View) -> View:
        """Return a tensor as a row of numbers for each sample."""
        if len(x.axes) != 2 or x.roles[0] not in (N, UNIT):
            raise Refusal("reads a tensor that is not a row of numbers")
        return x if x.is_vector else self.arrange(x, x.axes[1:])

    def flattened(self, x: View) -> View:
        """Return all numbers of a sample as a row."""
        return self.arrange(x, [tuple(factor for axis in x.axes for factor in axis if factor.axis != N)])


Rule: TypeAlias = Callable[[Step], Sequence[View | Constant | None]]
"""What a node's outputs are; None after an error that has been reported. What no operator does is a Refusal."""

FIXED = "if that follows from the batch, export the model with a batch of 1"
