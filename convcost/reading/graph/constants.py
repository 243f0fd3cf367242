"""What a node of a graph makes of constants: the numbers and the shapes that its rule gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeAlias

from convcost.ops.numbers import Number
from convcost.reading.graph.graph import Constant, Node

MOST = 1024
"""The longest list of numbers that is worked out."""

Dims: TypeAlias = tuple[Any, ...]
Made: TypeAlias = "Constant | Sequence[Constant] | None"
Rule: TypeAlias = Callable[[Node, Sequence[Constant]], Made]
"""What a node makes of its inputs, without those that are left out at the end; None if it isn't followed."""

NOTHING = Constant("", None)
"""Stands for an input that is left out."""


def vector(key: str, values: Sequence[Any]) -> Constant:
    """Return a list of numbers as a tensor."""
    return Constant(key, (len(values),), tuple(values))


def axes_of(node: Node, given: Sequence[Constant | None], at: int = 1) -> tuple[int, ...] | None:
    """Return the axes that a node names, as an attribute or, in later opsets, an input."""
    axes = node.attributes.get("axes")
    if axes is None and len(given) > at:
        axes = integers(given[at])
    return axes if isinstance(axes, tuple) and all(isinstance(n, int) for n in axes) else None


def integers(constant: Constant | None) -> tuple[Any, ...] | None:
    """Return its values if they are known."""
    return constant.values if constant else None


def origin(*given: Constant) -> frozenset[tuple[str, Number]]:
    """The parameters that what is made of these was worked out from."""
    return frozenset().union(*(one.parameters for one in given))


def is_small(dims: Dims) -> bool:
    return all(isinstance(n, int) and 0 <= n <= MOST for n in dims) and prod(dims) <= MOST


def known(*given: Constant) -> bool:
    return all(one.dims is not None for one in given)


def together(*shapes: Dims) -> Dims:
    """The shape that tensors have that are aligned at their last axes."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(dims)) + tuple(dims) for dims in shapes]
    found = []
    for sizes in zip(*padded, strict=True):
        others = [n for n in sizes if n != 1]
        if any(n != others[0] for n in others):
            raise ValueError
        found.append(others[0] if others else 1)
    return tuple(found)
