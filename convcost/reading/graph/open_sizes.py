"""Sizes that were left open when a graph was made, and what has been worked out from them: `H`, `("//", "H", 2)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, TypeAlias

from convcost.ops.numbers import maximum, minimum
from convcost.reading.graph.graph import Constant, Packed

OpenSize: TypeAlias = "int | str | tuple[Any, ...]"
"""A number, the name of an open size, or an operator and what it is applied to."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "max": maximum,
    "min": minimum,
}


def settled(constant: Constant, sizes: Mapping[str, Any]) -> Constant:
    """Return a constant with what its open sizes are; without numbers where one of them is not known."""
    numbers = constant.numbers
    if numbers is None or isinstance(numbers, Packed) or not any(isinstance(n, str | tuple) for n in numbers):
        return constant
    try:
        return constant._replace(numbers=tuple(_value(n, sizes) for n in numbers))
    except (KeyError, TypeError):  # a name or an operator that is not known, arithmetic with the batch
        return constant._replace(numbers=None)


def _value(size: OpenSize, sizes: Mapping[str, Any]) -> Any:
    if isinstance(size, str):
        return sizes[size]
    if isinstance(size, tuple):
        operator, *given = size
        return reduce(_OPERATORS[operator], (_value(one, sizes) for one in given))
    return size
