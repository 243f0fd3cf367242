"""One operator applied: its arguments bound, its guards asked, its outputs' shapes worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from typing import Any, NamedTuple, TypeAlias

from convcost.errors import ShapeError, Span
from convcost.network import Layer
from convcost.ops import operator
from convcost.ops.arguments import LARGEST, REQUIRED, arguments
from convcost.ops.base import Operator, Shape


class Tensor(NamedTuple):
    """A tensor's full name, and its shape unless an error before it left that unknown."""

    name: str
    shape: Shape | None


Flow: TypeAlias = tuple[Tensor, ...]
"""What a layer, a block or an input hands on: one tensor, or several."""


Signature: TypeAlias = tuple[type[Operator], dict[str, Field[Any]]]

_signatures: dict[str, Signature] = {}


def signature(kind: str) -> Signature:
    """Return an operator's class and its arguments by name; they are looked up once."""
    if kind not in _signatures:
        found = operator(kind)
        _signatures[kind] = found, arguments(found)
    return _signatures[kind]


class ArgumentErrors(ShapeError):
    """Arguments that an operator does not take. Each message completes "`kernel` ...", and names its `argument`."""

    def __init__(self, errors: list[ShapeError]) -> None:
        super().__init__(errors[0].message, errors[0].help, errors[0].argument)
        self.errors = errors


def bind(kind: str, given: Mapping[str, Any], rank: int) -> Operator:
    """Return an operator with its arguments as the formulas take them, for an input with `rank` spatial axes.

    `given` are values as a spec would write them; what is left out is the default. Raises ArgumentErrors.
    """
    cls, fields = signature(kind)
    values = {}
    errors: list[ShapeError] = []
    for name, field in fields.items():
        metadata = field.metadata
        value = given[name] if name in given else metadata["default"]
        if value is REQUIRED:
            errors.append(ShapeError("is missing", argument=name))
            continue
        try:
            values[name] = metadata["kind"].read(value, rank)
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
