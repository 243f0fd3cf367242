"""What a figure is never less than: as a formula, and with every size between bounds of its own.

A search leaves out whole ranges of values by these, and what it finds is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, reduce
from typing import Any

from convcost.algebra.assumptions import Assumptions
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law, require_formula
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.ranges import Known
from convcost.analysis.in_symbols import axis_formula
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.numbers import Number, maximum, minimum


def floor_of(law: Law, of: str) -> Number:
    """Return a number in the law's variables that the figure of the whole batch is never less than.

    Of a figure per axis it is the smallest.
    Raises UsageError for a figure of which nothing is known.
    """
    if FIGURES[of].is_per_axis:
        return reduce(minimum, axis_formula(law, of).numbers)
    return law.total(of) if FIGURES[of].is_largest else _floor(law, of, law.network, _batch(law))


def floor_within(law: Law, of: str, at: Callable[[Polynomial], Number]) -> Number:
    """Return that number where every size and argument is anything within its own bounds; `at` puts values in.

    A total is a sum of products of sizes, each of them at least 1 wherever there is a network: it grows with any of
    them, even where the closed form, multiplied out, does not show it.
    """

    @cache
    def within(value: Any, least: int | None) -> Any:
        if isinstance(value, tuple):
            return tuple(within(part, least) for part in value)
        if not isinstance(value, Polynomial):
            return value
        least = 1 if value in sizes else least
        return Known(at(value)) if least is None else Known(at(value), least)

    def shape(x: Shape) -> Shape:
        return Shape(within(x.channels, 1), within(x.size, 1))

    def layer(one: Layer) -> Layer:
        operator = one.operator
        arguments = {name: within(value, operator.arguments[name].kind.least) for name, value in vars(operator).items()}
        return one._replace(
            operator=operator.with_arguments(**arguments),
            input_shapes=tuple(map(shape, one.input_shapes)),
            output_shapes=tuple(map(shape, one.output_shapes)),
            repeats=tuple(repeat._replace(count=within(repeat.count, 0)) for repeat in one.repeats),
        )

    network = law.network
    if FIGURES[of].is_per_axis or any(repeat.counter is not None for repeat in network.repeats):
        total = floor_of(law, of)  # what repetitions add up to is known in closed form alone
        return at(total) if isinstance(total, Polynomial) else total
    sizes = {number for _, x in network.tensors() for number in x.numbers}
    inputs = {name: shape(x) for name, x in network.inputs.items()}
    layers = tuple(map(layer, network.layers))
    return _floor(law, of, network._replace(inputs=inputs, layers=layers), within(_batch(law), 1))


class _Counts(Assumptions):
    """Takes no number of parameters for 0: it is a sum of products of sizes, each of them at least 1."""

    def is_zero(self, number: Polynomial) -> bool:
        return False


def has_floor(of: str) -> bool:
    """Return whether there is a number that a figure is never less than."""
    return FIGURES[of].has_law or FIGURES[of].has_least_axis


def _floor(law: Law, of: str, network: Network, batch: Number) -> Number:
    require_formula(of)
    with judged_by(_Counts(None)):
        found = FIGURES[of].in_network(network, Setting(law.dtype, batch))
    return reduce(maximum, found) if FIGURES[of].is_largest else sum(found)


def _batch(law: Law) -> Number:
    return law.batch.number if law.batch else law.samples
