"""Formulas of a network as a reader wants them: with a letter for every size that a window makes."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from convcost.algebra.symbols import as_ceilings, collapse, size_symbol
from convcost.network import Layer, Network
from convcost.ops.base import Params, Work
from convcost.ops.numbers import Number


@dataclass(frozen=True, slots=True)
class Letter:
    """A size that is made on the way, such as H_out; the same formula holds along all its axes."""

    name: str
    formula: Number
    place: tuple[int, int]
    """The layer that makes it and the axis it is first found on, counted from 0."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """A layer's formulas, or a whole network's, in symbols and letters."""

    output: tuple[Number, ...]
    params: Params
    total_params: Number
    work: Work


def letters_of(network: Network) -> list[Letter]:
    """Every size that is neither the input's nor a number: H_out where it is the output's, H_1, H_2, ... before."""
    axes = [str(size) for size in next(iter(network.inputs.values())).size]
    last = network.layers[-1].output_shapes[0].size
    found: dict[Number, Letter] = {}
    for place, layer in enumerate(network.layers):
        for axis, size in enumerate(layer.output_shapes[0].size):
            if size in found or sympy.sympify(size).is_Atom:
                continue
            final = axis < len(last) and size == last[axis]
            count = sum(letter.place[1] == axis for letter in found.values()) + 1
            name = f"{axes[axis]}_{'out' if final else count}"
            found[size] = Letter(name, as_ceilings(size), (place, axis))
    return list(found.values())


def lettered(network: Network, letters: list[Letter]) -> list[Lettered]:
    """Every layer's formulas."""
    sizes = _sizes(network, letters)
    return [_lettered(layer, *_costs(layer), sizes) for layer in network.layers]


def lettered_total(network: Network, letters: list[Letter]) -> Lettered:
    """The network's formulas."""
    params, work = zip(*map(_costs, network.layers), strict=True)
    return _lettered(network.layers[-1], sum(params, Params()), sum(work, Work()), _sizes(network, letters))


def _costs(layer: Layer) -> tuple[Params, Work]:
    return layer.operator.params(*layer.input_shapes), layer.operator.work(*layer.input_shapes)


def _lettered(layer: Layer, params: Params, work: Work, sizes: dict[Number, Number]) -> Lettered:
    shape = layer.output_shapes[0]
    return Lettered(
        tuple(sizes.get(n, n) for n in shape.numbers),
        Params(*(_short(n, sizes) for n in params)),
        _short(params.total, sizes),
        Work(*(_short(n, sizes) for n in work)),
    )


def _sizes(network: Network, letters: list[Letter]) -> dict[Number, Number]:
    made = {letter.place: size_symbol(letter.name) for letter in letters}
    return {network.layers[place].output_shapes[0].size[axis]: symbol for (place, axis), symbol in made.items()}


def _short(number: Number, sizes: dict[Number, Number]) -> Number:
    return sympy.factor_terms(collapse(sympy.sympify(number)).subs(sizes))
