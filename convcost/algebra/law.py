"""A network's law: its totals as one closed form each, in the symbols that were left free.

Sizes collapse along the way, so a total is a short sum over distinct extents, with coefficients that are polynomials in
the other symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.atoms import Atom
from convcost.algebra.maxima import candidates, largest_of
from convcost.algebra.polynomial import total_of
from convcost.algebra.variables import Domain, Variable
from convcost.errors import UsageError
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, Number

if TYPE_CHECKING:
    pass


def formulated() -> list[str]:
    """Return the names of the figures that layers add up to, or of which one layer has the most."""
    return [name for name, figure in FIGURES.items() if figure.has_law]


def require_formula(of: str) -> None:
    """Raise UsageError for a figure that has no closed form, saying why."""
    figure = FIGURES[of]
    if figure.per is not None:
        raise UsageError(f"`{of}` has no formula: it is a quotient of two", "ask for them one by one: --of bytes_moved")
    if figure.is_number and not figure.has_law:
        raise UsageError(
            f"`{of}` has no formula: where a tensor is laid depends on all the others",
            f"`convcost sweep --of {of}` works it out at each value; `peak_memory_fused` as int8 is never more",
        )
    if not figure.is_number:
        raise UsageError(f"`{of}` is not one number", f"`convcost formula --of {of}` has its closed forms")


class DecidesStructure(UsageError):
    """A symbol that was to be left free and can't be; `why` completes "`n` ..."."""

    def __init__(self, symbol: str, why: str) -> None:
        super().__init__(f"`{symbol}` {why}: it can't be left free", f"set it: --set {symbol}=...")
        self.symbol = symbol
        self.why = why


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Law(Domain):
    """A network in symbols, and what its formulas rest on."""

    network: Network
    bound: Mapping[str, str]
    """The symbols that were not left free, and why."""
    unanswered: tuple[str, ...]
    """Guards that only numbers can answer: where the law holds, in words."""
    dtype: str = "float32"
    """The type of the numbers, for figures in bytes."""
    derive_under: Callable[[tuple[str, ...]], Law] | None = None
    """Returns the law under assumptions alone; `under` adds them to those that are made."""

    def under(self, texts: Iterable[str]) -> Law:
        """Return the law under further assumptions; UsageError if they can't be made."""
        assert self.derive_under is not None
        return self.derive_under((*(self.assumed.texts if self.assumed else ()), *texts))

    def written(self, numbers: Iterable[Number]) -> list[Number]:
        """Return numbers of the network in the symbols of the spec."""
        outer = self.assumed and self.assumed.outer
        return list(map(outer, numbers)) if outer else list(numbers)

    @cached_property
    def layers(self) -> Sequence[Layer]:
        """The layers, their shapes in the symbols of the spec."""
        if not self.assumed or not self.assumed.outer:
            return self.network.layers

        def shapes(given: Iterable[Shape]) -> tuple[Shape, ...]:
            return tuple(map(self._shape, given))

        return [
            layer._replace(input_shapes=shapes(layer.input_shapes), output_shapes=shapes(layer.output_shapes))
            for layer in self.network.layers
        ]

    def variables_of(self, of: str) -> tuple[Variable, ...]:
        """Return the variables that a total depends on."""
        batched = FIGURES[of].per_sample or "batch" in FIGURES[of].reads
        return (self.batch, *self.variables) if self.batch and batched else self.variables

    def total(self, of: str) -> Number:
        """Return the closed form of a total, for the whole batch."""
        one = self.per_sample(of)
        return one * self._samples if FIGURES[of].per_sample else one

    @property
    def _samples(self) -> Number:
        return self.batch.number if self.batch else self.samples

    def per_sample(self, of: str) -> Number:
        """Return the closed form of a total for one sample, or for the batch if it is not in proportion to that."""
        if of not in self._totals:
            self._totals[of] = self._together(of, self.layer_totals(of))
        return self._totals[of]

    @cached_property
    def _totals(self) -> dict[str, Number]:
        return {}

    def in_sizes(self, of: str) -> Number | None:
        """Return the closed form of a total as `per_sample`, with sizes that are sums as factors that have names.

        None where no size is a sum.
        """
        totals = self.layer_totals_in_sizes(of)
        return None if totals is None else self._together(of, totals)

    def _together(self, of: str, totals: Sequence[Number]) -> Number:
        if not FIGURES[of].is_largest:
            return total_of(totals)
        return largest_of([totals[n] for n in self.largest(of)], self.least)

    def largest(self, of: str) -> list[int]:
        """Return the places of the layers that may have the most of a figure that is no sum."""
        if of not in self._largest:
            self._largest[of] = candidates(self._each(self.network, of), self.least)
        return self._largest[of]

    def reached(self, of: str) -> str | None:
        """Return the layer that has the most of a figure that is no sum, at the defaults if these decide it."""
        if not FIGURES[of].is_largest or not self.network.layers:
            return None
        totals, at = self.layer_totals(of), self.at_defaults
        return self.network.layers[max(self.largest(of), key=lambda n: at(totals[n]) if at else 0)].name

    @cached_property
    def _largest(self) -> dict[str, list[int]]:
        return {}

    def layer_totals_in_sizes(self, of: str) -> list[Number] | None:
        """Return what each layer adds to a total, with sizes that are sums as factors; None where no size is one."""
        named = self._in_sizes
        if named is None:
            return None
        if FIGURES[of].walk is None:
            # What is nothing needs no other form.
            some = [n for n, number in enumerate(self.layer_totals(of)) if number != 0]
            few = named._replace(layers=tuple(named.layers[n] for n in some))
            each = dict(zip(some, self._each(few, of), strict=True))
            return self.written([each.get(n, 0) for n in range(len(named.layers))])
        return self.written(self._each(named, of))

    @cached_property
    def _in_sizes(self) -> Network | None:
        from convcost.algebra.sizes import in_sizes

        return in_sizes(self.network)

    @cached_property
    def size_names(self) -> Mapping[Atom, str]:
        """The names of those sizes."""
        from convcost.algebra.sizes import names_of_sizes

        if self._in_sizes is None:
            return {}
        size = next(iter(self.inputs.values())).size
        taken = {*self.network.symbols, *self.all_variables}
        return names_of_sizes(self.network.layers, size, taken, lambda n: self.written([n])[0])

    def by_block(self, of: str, in_sizes: bool = False) -> dict[str, Number]:
        """Return the closed form of a total for each block, by name, for one sample; nothing where no size is a sum, if
        sizes are to stand as factors.

        A block is the layers whose names start alike.
        """
        totals = self.layer_totals_in_sizes(of) if in_sizes else self.layer_totals(of)
        pairs = zip(self.network.layers, totals, strict=True) if totals is not None else ()
        blocks: dict[str, Number] = {}
        for name, members in groupby(pairs, key=lambda pair: pair[0].name.partition(".")[0]):
            blocks[name] = total_of([blocks.get(name, 0), *(number for _, number in members)])
        return blocks

    def layer_totals(self, of: str) -> list[Number]:
        """Return what each layer adds to a total, for one sample, in the order of the layers.

        Raises DecidesStructure where what is repeated so often as a symbol says has no sum in closed form.
        """
        return self.written(self._each(self.network, of))

    def _each(self, network: Network, of: str) -> list[Number]:
        require_formula(of)
        figure = FIGURES[of]
        at = Setting(self.dtype, 1 if figure.per_sample else self._samples)
        try:
            return figure.in_network(network, at)
        except NeedsNumber as needed:
            raise DecidesStructure(min(symbols_of(*self.written([needed.value]))), needed.why) from None

    def evaluate(self, of: str, values: Mapping[str, Number] | None = None) -> Number:
        """Return a total at values of the variables, those not given at their defaults.

        UsageError where the law does not hold: the network refuses these values, or is another one at them.
        """
        (number,) = self.evaluate_all([self.total(of)], values or {})
        return number

    @cached_property
    def sizes(self) -> frozenset[str]:
        """The symbols that stand for the input's size."""
        return frozenset(name for shape in self.inputs.values() for n in shape.size for name in symbols_of(n))

    @property
    def output_shapes(self) -> list[Shape]:
        """The shapes of the network's outputs."""
        shapes = dict(self.network.tensors())
        return [self._shape(shapes[name]) for name in self.network.outputs]

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The shapes of the network's inputs, in the symbols of the spec."""
        return {name: self._shape(x) for name, x in self.network.inputs.items()}

    def _shape(self, x: Shape) -> Shape:
        channels, *size = self.written(x.numbers)
        return Shape(channels, tuple(size))
