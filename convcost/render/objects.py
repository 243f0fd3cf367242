"""Networks and figures as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcost.figures import Figure
from convcost.ops.base import Shape


def figure_object(figure: Figure, value: Any) -> Any:
    """Return a figure as JSON has it.

    A count is an integer, a quotient an object with its exact and its decimal value, a figure per axis and a shape a
    list, in which a stride below one is text: `1/2`. None where there is no such figure.
    """
    if isinstance(value, tuple):
        return [int(n) if n == int(n) else str(n) for n in value]
    if figure.per is None or value is None:
        return value
    return fraction_object(Fraction(value))


def shapes_as_text(shapes: Sequence[Shape]) -> str:
    """Return shapes as a cell of CSV has them: a JSON list for each, in a list.

    >>> shapes_as_text([Shape(6, (28, 28))])
    '[[6, 28, 28]]'
    """
    import json

    return json.dumps([list(shape.numbers) for shape in shapes])


def fraction_object(ratio: Fraction | None) -> dict[str, Any] | None:
    """Return a fraction as text and as the nearest decimal."""
    return None if ratio is None else {"exact": str(ratio), "decimal": float(ratio)}


def as_json(objects: Sequence[dict[str, Any]]) -> str:
    """Return one object for one network, else a list of them."""
    import json

    return one_or_list([json.dumps(one, indent=2) for one in objects])


def one_or_list(texts: Sequence[str]) -> str:
    """Return one object for one network, else a list of them, of objects that are text already.

    >>> print(one_or_list(["{}", "{}"]), end="")
    [
    {},
    {}
    ]
    """
    return texts[0] + "\n" if len(texts) == 1 else "[\n" + ",\n".join(texts) + "\n]\n"
