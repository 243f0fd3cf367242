"""A worked example: the formulas of a network, every letter replaced by its number, and what comes of it.

Formulas come from the network read with letters, values from the same network read with numbers; between them stands
the formula's text with the numbers put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convcost.algebra.letters import Letter, factors, in_letters, letters_of, short
from convcost.algebra.polynomial import size_symbol
from convcost.algebra.texts import number_as_text
from convcost.explain.step import Step
from convcost.network import Layer, Network
from convcost.ops.base import PARAM_KINDS, Params, Work
from convcost.ops.numbers import Number


@dataclass(frozen=True, slots=True)
class Part:
    """A layer that multiplies, or all layers together."""

    name: str
    layer: Layer | None
    """As numbers; None for the total."""
    output: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """The sizes that are made on the way, each layer that multiplies, and the total."""

    sizes: tuple[Step, ...]
    parts: tuple[Part, ...]
    total: Part


def work_through(symbolic: Network, numeric: Network, arguments: Mapping[str, Number]) -> Worked:
    """Return one network in letters and in numbers; `arguments` are the letters' values but for the input's sizes."""
    (given,) = symbolic.inputs.values()
    (shape,) = numeric.inputs.values()
    values = dict(arguments) | {str(n): value for n, value in zip(given.numbers, shape.numbers, strict=True)}
    letters = letters_of(symbolic)
    sizes = []
    for letter in letters:
        place, axis = letter.place
        value = numeric.layers[place].output_shapes[0].size[axis]
        sizes.append(_step(letter.name, letter.formula, value, values))
        values[letter.name] = value
    lettered = _lettered(symbolic, letters)
    rows = zip(lettered.layers, numeric.layers, strict=True)
    multiply = [(row, layer) for row, layer in rows if layer.work.macs]
    names = _short_names([layer.name for _, layer in multiply])
    return Worked(
        tuple(sizes),
        tuple(_part(name, row, layer, values) for name, (row, layer) in zip(names, multiply, strict=True)),
        _total(lettered, numeric, values),
    )


def _lettered(symbolic: Network, letters: Sequence[Letter]) -> Network:
    return in_letters(symbolic, {letter.formula: size_symbol(letter.name) for letter in letters})


def all_steps(symbolic: Network, numeric: Network, values: Mapping[str, Number]) -> Iterator[Step]:
    """Yield the sizes, the parameters and every kind of work of a whole network; `values` are those of its symbols."""
    letters = letters_of(symbolic)
    found = dict(values)
    for letter in letters:
        place, axis = letter.place
        found[letter.name] = numeric.layers[place].output_shapes[0].size[axis]
        yield _step(letter.name, letter.formula, found[letter.name], found)
    (params, work), (params_formulas, work_formulas) = _summed(numeric), _summed(_lettered(symbolic, letters))
    if params.total:
        yield _step("params", params_formulas.total, params.total, found)
    for (kind, formula), value in zip(work_formulas.items(), work, strict=True):
        if value:
            yield _step("MACs" if kind == "macs" else kind, formula, value, found)


def substitute(formula: str, values: Mapping[str, Number]) -> str:
    """Return the formula's text with numbers for its letters; names of functions stay.

    >>> substitute("C_out*(C*k**2 + 1)", {"C": 3, "C_out": 128, "k": 3})
    '128*(3*3**2 + 1)'
    """
    return re.sub(r"[A-Za-z_]\w*", lambda word: str(values.get(word[0], word[0])), formula)


def _short_names(names: Sequence[str]) -> list[str]:
    """The names without the blocks that all of them stand in."""
    paths = [name.split(".") for name in names]
    while all(len(path) > 1 and path[0] == paths[0][0] for path in paths):
        paths = [path[1:] for path in paths]
    return [".".join(path) for path in paths]


def _part(name: str, row: Layer, layer: Layer, values: Mapping[str, Number]) -> Part:
    found = zip(PARAM_KINDS[:3], row.held, layer.held, strict=False)
    steps = [_step(kind, formula, value, values) for kind, formula, value in found if value]
    steps += _work_steps(row.work, layer.work, values)
    return Part(name, layer, factors(row.output_shapes[0].numbers), tuple(steps))


def _total(lettered: Network, numeric: Network, values: Mapping[str, Number]) -> Part:
    (params, work), (params_formulas, work_formulas) = _summed(numeric), _summed(lettered)
    steps = [_step("params", params_formulas.total, params.total, values), *_work_steps(work_formulas, work, values)]
    return Part("total", None, factors(lettered.layers[-1].output_shapes[0].numbers), tuple(steps))


def _summed(network: Network) -> tuple[Params, Work]:
    layers = network.layers
    return sum((layer.held for layer in layers), Params()), sum((layer.work for layer in layers), Work())


def _work_steps(formulas: Work, work: Work, values: Mapping[str, Number]) -> Iterator[Step]:
    yield _step("MACs", formulas.macs, work.macs, values)
    if work.multiplies:
        yield _step("other multiplies", formulas.multiplies, work.multiplies, values)


def _step(label: str, formula: Number, value: int, values: Mapping[str, Number]) -> Step:
    text = number_as_text(short(formula), in_place=True)
    return Step(label, text, substitute(text, values), value)
