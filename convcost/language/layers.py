"""One operator applied: its arguments bound, its guards asked, its output's shape worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field
from typing import Any, TypeAlias

from convcost.errors import ShapeError, Span, closest
from convcost.language.parts import ALIAS_HELP, MODIFIERS, describe, is_empty, is_torn
from convcost.language.scope import Flow, Scope, Tensor, Unknown
from convcost.language.synonyms import meant_argument
from convcost.language.tree import Alias, Mapping, Node, Scalar
from convcost.network import Layer
from convcost.ops import operator
from convcost.ops.arguments import LARGEST, REQUIRED, Choice, Kind, arguments
from convcost.ops.base import Operator, Shape
from convcost.ops.numbers import Number

Given: TypeAlias = dict[str, tuple[Scalar, Node]]
"""Arguments as they are written, by name."""

_NOTHING_WRITTEN: Given = {}

_signatures: dict[str, tuple[type[Operator], dict[str, Field[Any]]]] = {}


def signature(kind: str) -> tuple[type[Operator], dict[str, Field[Any]]]:
    """An operator's class and its arguments, looked up once."""
    if kind not in _signatures:
        found = operator(kind)
        _signatures[kind] = found, arguments(found)
    return _signatures[kind]


class LayerReader:
    """Makes layers, in order, and remembers them by name for the messages about shapes."""

    def __init__(self, tidy: Callable[[Number], Number] | None) -> None:
        self.layers: list[Layer] = []
        self.by_name: dict[str, Layer] = {}
        self.scopes: dict[str, Scope] = {}
        self.tidy = tidy  # canonical form of a symbolic size; None where all numbers are ints

    def read(self, kind: str, node: Node | None, span: Span, flow: Flow, name: str, scope: Scope) -> Flow:
        """One layer; what it hands on has no shape if anything about it is wrong."""
        cls, fields = signature(kind)
        given = self._given(kind, node, fields, scope)
        self._check_arity(kind, cls, flow, span, scope)
        shapes = [tensor.shape for tensor in flow]
        values, complete = self._values(kind, fields, given, span, shapes[0].rank if shapes[0] else None, scope)
        if not complete or None in shapes:
            raise Unknown
        return self.add(kind, cls(**values), span, flow, name, scope, given)

    def add(
        self,
        kind: str,
        built: Operator,
        span: Span,
        flow: Flow,
        name: str,
        scope: Scope,
        given: Given = _NOTHING_WRITTEN,
    ) -> Flow:
        """One layer, its operator given; `given` are the arguments as written. Unknown if it can't be."""
        inputs = tuple(tensor.shape for tensor in flow if tensor.shape is not None)
        if len(inputs) < len(flow):
            raise Unknown
        try:
            if self.tidy is None:
                built.check(*inputs)
            outputs = built.outputs(*inputs)
            self._check_limits(outputs)
        except ShapeError as error:
            place = given[error.argument][1].span if error.argument in given else span
            from convcost.language.joints import explain

            message, help, reason = explain(error, flow, self.by_name)
            scope.report(place, message, help, reason)
            raise Unknown from None
        if self.tidy is not None:
            outputs = tuple(Shape(self.tidy(y.channels), tuple(map(self.tidy, y.size))) for y in outputs)
        layer = Layer(name, kind, built, tuple(tensor.name for tensor in flow), inputs, outputs, span)
        self.layers.append(layer)
        self.by_name[name] = layer
        self.scopes[name] = scope
        return tuple(map(Tensor, layer.outputs, outputs))

    def share(self, index: int, owner: str, span: Span, scope: Scope) -> None:
        """Let a layer use another's weights: the same operator, holding the same numbers."""
        layer, other = self.layers[index], self.by_name.get(owner)
        if other is None:
            scope.report(span, f"no layer `{owner}` above to share weights with")
            return
        mine, theirs = layer.operator.params(*layer.input_shapes), other.operator.params(*other.input_shapes)
        if other.kind != layer.kind or mine != theirs or _weights_shape(layer) != _weights_shape(other):
            scope.report(
                span,
                f"`{layer.name}` ({layer.kind}, {_count(mine.total)} parameters) can't share the weights of "
                f"`{owner}` ({other.kind}, {_count(theirs.total)})",
            )
            return
        self.layers[index] = self.by_name[layer.name] = layer._replace(shares=other.shares or owner)

    def multiply(self, first: int, times: Number) -> None:
        """Let every layer from the first on stand for so many."""
        for n in range(first, len(self.layers)):
            layer = self.layers[n]
            self.layers[n] = self.by_name[layer.name] = layer._replace(times=layer.times * times)

    def _given(
        self, kind: str, node: Node | None, fields: dict[str, Field[Any]], scope: Scope
    ) -> dict[str, tuple[Scalar, Node]]:
        """The arguments as written, those unknown reported."""
        if node is None or is_empty(node):
            return {}
        if not isinstance(node, Mapping):
            help = ALIAS_HELP if isinstance(node, Alias) else _example(kind, fields)
            scope.report(node.span, f"`{kind}` takes named arguments, not {describe(node)}", help)
            raise Unknown
        known = [*fields, *(["like"] if _takes_like(fields) else [])]
        given = {key.text: (key, value) for key, value in node.entries.values() if key.text in known}
        for key, value in node.entries.values():
            if key.text in known or is_torn(key, node):
                continue
            left = [name for name in known if name not in given]
            meant = meant_argument(key.text, left) or closest(key.text, left)
            help = f"it takes {', '.join(known)}" if known else "it takes no arguments"
            if meant:
                help = f"did you mean `{meant}`?"
                given[meant] = (key, value)
            elif key.text in MODIFIERS:
                help = f"it stands beside `{kind}`, not inside: {{{kind}: ..., {key.text}: ...}}"
            scope.report(key.span, f"`{kind}` takes no `{key.text}`", help)
        if "like" in given and "size" in given:
            scope.report(given["like"][0].span, "`like` and `size` say the same thing: give one")
        return given

    def _values(
        self,
        kind: str,
        fields: dict[str, Field[Any]],
        given: dict[str, tuple[Scalar, Node]],
        span: Span,
        rank: int | None,
        scope: Scope,
    ) -> tuple[dict[str, Any], bool]:
        """Every argument's value as the operator takes it; False if one could not be had."""
        values = {}
        complete = True
        for name, item in fields.items():
            metadata = item.metadata
            try:
                if name in given:
                    node = given[name][1]
                    value, place = self._value(node, metadata["kind"], scope), node.span
                elif metadata.get("like") and "like" in given:
                    value, place = self._size_of(given["like"][1], scope), given["like"][1].span
                elif metadata["default"] is REQUIRED:
                    scope.report(span, f"`{kind}` needs `{name}`", _example(kind, fields))
                    raise Unknown
                else:
                    value, place = metadata["default"], span
                if rank is not None:
                    values[name] = metadata["kind"].read(value, rank)
            except ShapeError as error:
                scope.report(place, f"`{name}` of `{kind}` {error.message}", error.help)
                complete = False
            except Unknown:
                complete = False
        return values, complete

    def _value(self, node: Node, kind: Kind, scope: Scope) -> Any:
        # A word that is none of the choices is better told which there are than that it is no name.
        if isinstance(kind, Choice) and isinstance(node, Scalar) and node.text and node.text not in scope.values:
            return node.text
        return scope.value(node)

    def _size_of(self, node: Node, scope: Scope) -> list[Number]:
        if not isinstance(node, Scalar):
            scope.report(node.span, "`like` names a tensor")
            raise Unknown
        flow = scope.find(node)
        if len(flow) != 1:
            scope.report(node.span, f"`{node.text}` has {len(flow)} outputs", f"say which: `{node.text}.0`")
        if len(flow) != 1 or flow[0].shape is None:
            raise Unknown
        scope.likened.add(flow[0].name)
        return list(flow[0].shape.size)

    def _check_arity(self, kind: str, cls: type[Operator], flow: Flow, span: Span, scope: Scope) -> None:
        fewest, most = cls.arity
        if fewest <= len(flow) and (most is None or len(flow) <= most):
            return
        if not all(tensor.name for tensor in flow):
            raise Unknown
        if most is None:
            takes = f"at least {fewest} input{'s' if fewest > 1 else ''}"
            help = "an empty path, `short: []`, is the input itself"
        else:
            takes, help = "one input", "say which with `from`"
        names = ", ".join(f"`{tensor.name}`" for tensor in flow[:4])
        scope.report(span, f"`{kind}` takes {takes} and is given {len(flow)}{': ' if names else ''}{names}", help)
        raise Unknown

    def _check_limits(self, outputs: tuple[Shape, ...]) -> None:
        for y in outputs:
            for n in y.numbers:
                if isinstance(n, int) and n > LARGEST and y.size:
                    raise ShapeError(f"an axis of {n:,} is larger than any axis of a tensor ({LARGEST:,})")


def _count(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _weights_shape(layer: Layer) -> tuple[Any, ...]:
    """What decides the shape of a layer's weights, beside how many they are; a linear layer flattens its input."""
    kernel = getattr(layer.operator, "kernel", None)
    ins = layer.input_shapes[0].channels if kernel else None
    return kernel, ins, layer.output_shapes[0].channels


def _takes_like(fields: dict[str, Field[Any]]) -> bool:
    return any(field.metadata.get("like") for field in fields.values())


def _example(kind: str, fields: dict[str, Field[Any]]) -> str:
    """How the operator is written with its required arguments, or its first."""
    cls, _ = signature(kind)
    if cls.arity[1] is None:
        return f"for example `{kind}: {{body: [...], short: []}}`, or `{{{kind}: , from: [body, short]}}`"
    required = [name for name, field in fields.items() if field.metadata["default"] is REQUIRED] or list(fields)[:1]
    if not required:
        return f"for example `- {kind}`"
    return f"for example `{kind}: {{{', '.join(f'{name}: ...' for name in required)}}}`"
