"""Operators applied: arguments bound, guards asked, shapes of outputs worked out; and the layers so far, in order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from convcost.errors import ShapeError, Span
from convcost.network import Flow, Layer, Note, Repeat, Tensor
from convcost.ops import operator
from convcost.ops.arguments import LARGEST, REQUIRED
from convcost.ops.base import Operator
from convcost.ops.numbers import Number


class ArgumentErrors(ShapeError):
    """Arguments that an operator does not take. Each message completes "`kernel` ...", and names its `argument`."""

    def __init__(self, errors: list[ShapeError]) -> None:
        super().__init__(errors[0].message, errors[0].help, errors[0].argument)
        self.errors = errors


def bind(kind: str, given: Mapping[str, Any], rank: int) -> Operator:
    """Return an operator with its arguments as the formulas take them, for an input with `rank` spatial axes.

    `given` are values as a spec would write them; what is left out is the default. Raises ArgumentErrors.
    """
    cls = operator(kind)
    values = {}
    errors: list[ShapeError] = []
    for name, argument in cls.arguments.items():
        value = given.get(name, argument.default)
        if value is REQUIRED:
            errors.append(ShapeError("is missing", argument=name))
            continue
        try:
            values[name] = argument.kind.read(value, rank)
        except ShapeError as error:
            errors.append(ShapeError(error.message, error.help, name))
    if errors:
        raise ArgumentErrors(errors)
    return cls(**values)


def build(
    kind: str, given: Mapping[str, Any], inputs: Flow, name: str, span: Span | None = None, guarded: bool = True
) -> Layer:
    """Return a layer that applies an operator to tensors of known shapes.

    `given` are its arguments as for `bind`. Sizes may be symbolic where it is not `guarded`: guards compare.
    Raises ArgumentErrors, and ShapeError where a guard refuses the inputs or an output is larger than any tensor.
    """
    shapes = tuple(tensor.shape for tensor in inputs if tensor.shape is not None)
    assert len(shapes) == len(inputs) > 0, f"{name} reads nothing, or what has no shape"
    built = bind(kind, given, shapes[0].rank)
    if guarded:
        built.check(*shapes)
    outputs = built.outputs(*shapes)
    for y in outputs:
        for n in y.numbers:
            if isinstance(n, int) and n > LARGEST and y.size:
                raise ShapeError(f"an axis of {n:,} is larger than any axis of a tensor ({LARGEST:,})")
    return Layer(name, kind, built, tuple(tensor.name for tensor in inputs), shapes, outputs, span)


class Layers:
    """The layers so far, also by name: for weights that are shared, and for messages that tell where a size is from."""

    def __init__(self, guarded: bool = True) -> None:
        """Begin without layers; `guarded` is as for `build`."""
        self.all: list[Layer] = []
        self.by_name: dict[str, Layer] = {}
        self.guarded = guarded
        self.notes: list[Note] = []
        """What is to be said of them all."""
        self._built: dict[Hashable, Layer] = {}
        """The first layer of each operator with its arguments, as text since `True == 1`, and shapes of inputs."""

    def add(self, kind: str, given: Mapping[str, Any], inputs: Flow, name: str, span: Span | None = None) -> Flow:
        """Build a layer at the end and return what it hands on.

        Raises ArgumentErrors and ShapeError as `build` does; inputs that do not go together are named, with the layer
        that made the odd size.
        """
        key = (kind, str(given), *[tensor.shape for tensor in inputs]) if self.guarded else None
        if key in self._built:
            alike = self._built[key]
            names = tuple([tensor.name for tensor in inputs])
            layer = Layer(name, kind, alike.operator, names, alike.input_shapes, alike.output_shapes, span)
        else:
            try:
                layer = build(kind, given, inputs, name, span, self.guarded)
            except ArgumentErrors:
                raise
            except ShapeError as error:
                from convcost.building.joints import explained

                raise explained(error, inputs, self.by_name) from None
            if self.guarded:
                self._built[key] = layer
        return self.append(layer)

    def append(self, layer: Layer) -> Flow:
        """Put a layer at the end and return what it hands on."""
        self.all.append(layer)
        self.by_name[layer.name] = layer
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

    def repeat(self, first: int, given: Flow, out: Flow, count: Number, counter: Number | None = None) -> Repeat:
        """Let all layers from the first on stand for so many repetitions, of which the last makes `out`."""
        read, made = (tuple(tensor.name for tensor in flow) for flow in (given, out))
        shapes = tuple(tensor.shape for tensor in out if tensor.shape)
        repeat = Repeat(first, len(self.all), count, read, made, shapes, counter)
        for n in range(first, len(self.all)):
            self._change(n, self.all[n]._replace(repeats=(*self.all[n].repeats, repeat)))
        return repeat

    def drop(self, first: int) -> None:
        """Forget the layers from the first on."""
        for layer in self.all[first:]:
            del self.by_name[layer.name]
        del self.all[first:]

    def instead(self, parts: Sequence[Layer], layer: Layer) -> None:
        """Put a layer in the place of the last of several, which it is together and whose name it has."""
        own = {part.name for part in parts}
        self.all = [
            layer if one.name == layer.name else one
            for one in self.all
            if one.name == layer.name or one.name not in own
        ]
        self.by_name = {one.name: one for one in self.all}

    def again(self, first: int, given: Flow, out: Flow, names: Sequence[str]) -> Flow:
        """Add the layers from `first` on once more for each further name, and return what the last of them hand on.

        All their names begin with the first of `names`. They read `given` and hand on `out`, which the next ones read.
        """
        own = len(names[0])
        moved = {tensor.name: (1, last.name[own:]) for tensor, last in zip(given, out, strict=True)}

        def split(name: str) -> tuple[int, str]:
            """Which of three beginnings a name has, and what follows it: theirs, that of those before, or another."""
            return moved.get(name) or ((0, name[own:]) if name.startswith(names[0]) else (2, name))

        each = [
            (layer, layer.name[own:], [split(name) for name in layer.inputs], layer.shares and split(layer.shares))
            for layer in self.all[first:]
        ]
        for before, name in pairwise(names):
            heads = name, before, ""
            for layer, rest, inputs, shares in each:
                _, kind, built, _, shapes, outputs, span, _, repeats = layer
                read = tuple([heads[head] + tail for head, tail in inputs])
                owner = heads[shares[0]] + shares[1] if shares else None
                copy = Layer(name + rest, kind, built, read, shapes, outputs, span, owner, repeats)
                self.all.append(copy)
                self.by_name[copy.name] = copy
        return tuple(Tensor(names[-1] + last.name[own:], last.shape) for last in out)

    def _change(self, index: int, layer: Layer) -> None:
        self.all[index] = self.by_name[layer.name] = layer


def _count(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _weights_shape(layer: Layer) -> tuple[Any, ...]:
    """Return what decides the shape of weights, beside how many they are; a linear layer flattens its input."""
    kernel = getattr(layer.operator, "kernel", None)
    ins = layer.input_shapes[0].channels if kernel else None
    return kernel, ins, layer.output_shapes[0].channels
