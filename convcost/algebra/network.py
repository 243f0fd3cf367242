"""A spec read with its symbols left standing, and every layer's formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr

from convcost.algebra.symbols import as_ceilings, collapse, factor_symbol, size_symbol
from convcost.errors import UsageError
from convcost.network import Layer, Network
from convcost.ops.base import Shape, Work
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description

AXES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names for sizes that a spec gives as plain numbers."""


@dataclass(frozen=True, slots=True)
class LayerFormulas:
    """What one layer writes, holds and computes for one sample, in the network's symbols."""

    layer: Layer
    output_shapes: tuple[Shape, ...]
    params: Number
    work: Work


def symbolic_network(
    description: Description, settings: Mapping[str, Number | str] | None = None, variant: str | None = None
) -> Network:
    """The network with every symbol free that is not set and does not decide its structure (a repeat count)."""
    settings = dict(settings or {})
    outline = description.outline(settings, variant)
    if all(value is not None for value in outline.symbols.values()):
        description.network(settings, variant)  # guards compare numbers, so they are asked here
    free: dict[str, Number] = {
        symbol: size_symbol(symbol) if symbol in outline.size_symbols else factor_symbol(symbol)
        for symbol, value in outline.symbols.items()
        if symbol not in outline.derived and symbol not in outline.settled and not isinstance(value, bool | str)
        if symbol not in settings
    }
    # A symbol that is written in others follows from them.
    following = outline.derived - settings.keys() - outline.settled
    while True:
        bound = {symbol: value for symbol, value in outline.symbols.items() if symbol not in {*free, *following}}
        try:
            return description.symbolic({**bound, **free}, sizes=_free_size, tidy=collapse)
        except NeedsNumber as needed:
            deciding = [symbol for symbol in map(str, needed.value.free_symbols) if symbol in free]
            if not deciding:
                help = "its structure depends on the input's size: without --symbolic it can be analyzed"
                raise UsageError(f"`{description.spec.name}` has no formulas", help) from None
            for symbol in deciding:
                free.pop(symbol)


def layer_formulas(network: Network) -> list[LayerFormulas]:
    """Every layer's formulas, with sizes written as ceil(H/2) where they are that."""
    result = []
    for layer in network.layers:
        params = 0 if layer.shares else layer.operator.params(*layer.input_shapes).total
        work = layer.operator.work(*layer.input_shapes)
        shapes = tuple(
            Shape(as_ceilings(shape.channels), tuple(map(as_ceilings, shape.size))) for shape in layer.output_shapes
        )
        result.append(LayerFormulas(layer, shapes, _tidy(params), Work(*map(_tidy, work))))
    return result


def _tidy(number: Number) -> Number:
    return as_ceilings(collapse(number))


def _free_size(given: str, axis: int, rank: int) -> Expr:
    return size_symbol(AXES[rank][axis])
