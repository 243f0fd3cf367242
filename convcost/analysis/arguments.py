"""A layer's arguments in the words of a spec."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from convcost.network import Layer
from convcost.ops.arguments import REQUIRED, Kind, Optional, PerAxis, Sides
from convcost.ops.base import Operator


def written(layer: Layer) -> dict[str, str]:
    """Return the arguments that are not their defaults, as one would write them, without blanks.

    >>> from convcost.reading.load import load
    >>> written(load("resnet50").layers[0])
    {'out': '64', 'kernel': '7', 'stride': '2', 'padding': '3', 'bias': 'false'}
    """
    found = {}
    rank = layer.input_shapes[0].rank
    for name, kind, default in _arguments(type(layer.operator), rank):
        value = getattr(layer.operator, name)
        if value is not None and value != default:
            found[name] = _text(kind.written(value, rank), kind)
    return found


def plain_arguments(layer: Layer) -> dict[str, Any]:
    """Return all arguments, as JSON has them: lists with a number per axis, None if there is none.

    Defaults are included, but for rare arguments.

    >>> from convcost.reading.load import load
    >>> plain_arguments(load("vgg16").layers[-1])
    {'out': 1000, 'bias': True}
    """
    rank = layer.input_shapes[0].rank
    return {
        name: _plain(argument.kind.written(getattr(layer.operator, name), rank))
        for name, argument in layer.operator.arguments.items()
        if not argument.rare or getattr(layer.operator, name) != argument.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Fraction):
        return float(value) if Fraction(str(float(value))) == value else str(value)
    return value


def unwritten(layer: Layer, argument: str) -> str:
    """Return what an argument of the layer is where it isn't written; nothing for one that it can't have.

    >>> from convcost.reading.load import load
    >>> unwritten(load("resnet50").layers[0], "dilation")
    '1'
    """
    rank = layer.input_shapes[0].rank
    for name, kind, default in _arguments(type(layer.operator), rank):
        if name == argument and default is not REQUIRED and default is not None:
            return _text(kind.written(default, rank), kind)
    return ""


_Argument: TypeAlias = tuple[str, Kind, Any]
_known: dict[tuple[type[Operator], int], list[_Argument]] = {}


def _arguments(operator: type[Operator], rank: int) -> list[_Argument]:
    """Every argument's name, kind and default as the formulas take it; worked out once."""
    if (operator, rank) not in _known:
        _known[operator, rank] = found = []
        for name, (kind, default, *_) in operator.arguments.items():
            found.append((name, kind, default if default is REQUIRED else kind.read(default, rank)))
    return _known[operator, rank]


def _text(value: Any, kind: Kind | None = None) -> str:
    if isinstance(kind, Optional):
        kind = kind.kind
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(kind, Sides) and isinstance(value, tuple) and all(before == after for before, after in value):
        value = tuple(before for before, _ in value)
        kind = PerAxis()
    if isinstance(value, tuple | list):
        alike = isinstance(kind, PerAxis) and len(set(value)) == 1
        return str(value[0]) if alike else f"[{','.join(map(_text, value))}]"
    if isinstance(value, Fraction) and value == Fraction(str(float(value))):
        return f"{Decimal(str(float(value))):f}"  # a spec has no exponents
    return str(value)
