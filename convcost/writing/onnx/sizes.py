"""Sizes that are open: lists whose numbers a run works out, of the shapes of its tensors, by whole arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from convcost.algebra.atoms import Atom
from convcost.algebra.polynomial import Polynomial
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.graph.graph import PART
from convcost.writing.onnx.graph import Graph


def is_open(number: Number) -> bool:
    """Return whether a size is no number before the file is run."""
    return isinstance(number, Polynomial)


class Sizes:
    """The open sizes of a graph: which tensor has each, and what has been worked out."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._axes: dict[Number, tuple[str, int]] = {}
        self._made: dict[Number | Sequence[Number], str] = {}

    def see(self, tensor: str, shape: Shape) -> None:
        """Take note of the sizes that a tensor has."""
        for axis, n in enumerate(shape.size, 2):
            if is_open(n):
                self._axes.setdefault(n, (tensor, axis))

    def list(self, values: Sequence[Number]) -> str:
        """Return the name of a list of sizes. NeedsNumber for one that follows from the open ones in no such way."""
        if not any(map(is_open, values)):
            return self._graph.numbers(values, (len(values),), "int64")
        if values not in self._made:
            self._made[values] = self._node("Concat", *map(self._one, values), axis=0)
        return self._made[values]

    def _one(self, n: Number) -> str:
        """A list of one size."""
        if not is_open(n):
            return self._graph.numbers((n,), (1,), "int64")
        if n not in self._made:
            self._made[n] = self._of_tensor(*self._axes[n]) if n in self._axes else self._worked_out(n)
        return self._made[n]

    def _of_tensor(self, tensor: str, axis: int) -> str:
        return self._node("Shape", tensor, start=axis, end=axis + 1)

    def _worked_out(self, n: Polynomial) -> str:
        """A sum of products over a whole number."""
        above, below = n.fraction
        if is_open(below):
            raise NeedsNumber(n)
        found = reduce(lambda a, b: self._node("Add", a, b), (self._product(c, m) for m, c in above.terms.items()))
        return found if below == 1 else self._node("Div", found, self._one(below))

    def _product(self, factor: int, atoms: Sequence[tuple[Atom, int]]) -> str:
        each = [self._atom(atom) for atom, exponent in atoms for _ in range(exponent)]
        if factor != 1 or not each:
            each = [*each, self._one(factor)]
        return reduce(lambda a, b: self._node("Mul", a, b), each)

    def _atom(self, atom: Atom) -> str:
        """A symbol of an input, or a quotient rounded down, as that of whole numbers that are not below 0 is."""
        number = Polynomial({((atom, 1),): 1})
        if atom.kind == "floor" and number not in self._axes:
            return self._made.setdefault(number, self._worked_out(atom.parts[0]))
        if number not in self._axes:
            raise NeedsNumber(number)
        return self._one(number)

    def _node(self, op: str, *inputs: str, **attributes: int) -> str:
        return self._graph.node(op, f"numbers{PART}{op.lower()}", inputs, 1, attributes)[0]
