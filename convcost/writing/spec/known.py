"""Compositions that everybody knows: layers that are a block of the library with some arguments.

Which ones is no matter of this file: a block's own description is read in symbols, its layers are laid beside those of
the network, and what they say of its arguments is put in, and read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from convcost.algebra.polynomial import Polynomial
from convcost.analysis.arguments import written
from convcost.errors import ConvcostError, Source
from convcost.language.library import library_block
from convcost.network import Layer, Network
from convcost.ops.base import Shape
from convcost.ops.numbers import plain
from convcost.reading.load import read
from convcost.writing.spec.items import Item, Plan, is_activation, item_of
from convcost.writing.spec.templates import INPUT, Template, literal_defaults, templates

SYMMETRIC = frozenset({"add", "mul", "maximum", "minimum"})
"""The operators whose inputs may change places."""


def known(plan: Plan) -> list[Item]:
    """Return the entries that a network's layers are, the longest blocks of the library first."""
    items = []
    place = 0
    while place < len(plan.layers):
        item = _block_at(plan, place) or item_of(plan.layers[place], place)
        items.append(item)
        place = item.end
    return items


def _block_at(plan: Plan, place: int) -> Item | None:
    """The longest block that begins with a layer; of several, the one with the fewest words."""
    rank = plan.layers[place].input_shapes[0].rank
    best: Item | None = None
    for template in templates(rank) if rank else ():
        if best and len(template.layers) < best.end - best.first:
            break
        item = _as_block(plan, place, template)
        if item and (best is None or _words(item) < _words(best)):
            best = item
    return best


def _words(item: Item) -> tuple[int, int]:
    """How much is to be said of a block, then how much could be: the more it says by itself, the better."""
    return sum(len(name) + len(text) for name, text in item.said.items()), len(library_block(item.kind).defaults)


def _as_block(plan: Plan, place: int, template: Template) -> Item | None:
    """The entry that the layers from a place on are, if they are a template's."""
    end = place + len(template.layers)
    layers = plan.layers[place:end]
    if len(layers) < len(template.layers) or any(plan.bound[place:end]):
        return None
    if not all(_alike(one, layer, template) for one, layer in zip(template.layers, layers, strict=True)):
        return None
    if _kernels(layers) < _kernels(template.layers):
        return None  # a column and a row of 1x1 are no separable kernel
    given, made = plan.given_to(place, end), plan.handed_on(place, end)
    if len(given) != 1 or made != layers[-1].outputs or template.outputs != template.layers[-1].outputs:
        return None
    shape = plan.shapes[given[0]]
    shown = _arguments(template, layers, shape)
    if shown is None:
        return None
    # What no layer shows is its default or, where that would show, 1.
    ones = {name: "1" for name in template.symbols if name not in shown and name not in INPUT}
    ways = (shown, {**shown, **ones})
    args = next((one for one in ways if _is_same(template.block, one, shape, layers, given[0])), None)
    if args is None:
        return None
    usual = literal_defaults(template.block)
    said = _without_defaults(template.block, args, shape, layers, given[0])
    every = {**usual, **said}
    in_order = {name: every[name] for name in library_block(template.block).defaults if name in every}
    return Item(template.block, place, end, given, made, in_order, usual)


def _alike(one: Layer, layer: Layer, template: Template) -> bool:
    return is_activation(layer) if one.kind in template.stand_ins else one.kind == layer.kind


def _kernels(layers: Sequence[Layer]) -> int:
    """How many different kernels layers have."""
    kernels = ((layer.kind, vars(layer.operator).get("kernel")) for layer in layers)
    return len({(kind, kernel) for kind, kernel in kernels if kernel is not None})


def _without_defaults(
    block: str, args: Mapping[str, str], shape: Shape, layers: tuple[Layer, ...], given: str
) -> dict[str, str]:
    """The arguments without those that follow from others."""
    said, usual = dict(args), literal_defaults(block)
    for name, default in library_block(block).defaults.items():
        if name in said and default is not None and name not in usual:
            fewer = {key: text for key, text in said.items() if key != name}
            if _is_same(block, fewer, shape, layers, given):
                said = fewer
    return said


def _is_same(block: str, args: Mapping[str, str], shape: Shape, layers: tuple[Layer, ...], given: str) -> bool:
    """Whether a block with these arguments is the layers."""
    network = _expanded(block, tuple(args.items()), shape)
    return network is not None and same_layers(network.layers, layers, {"input": given})


@lru_cache(4096)
def _expanded(block: str, args: tuple[tuple[str, str], ...], shape: Shape) -> Network | None:
    """A block's layers for some input; None if it refuses that."""
    body = ", ".join(f"{name}: {text}" for name, text in args)
    size = ", ".join(map(str, shape.size))
    text = f"input: {{channels: {shape.channels}, size: [{size}]}}\nlayers: [{block}: {{{body}}}]\n"
    try:
        return read(Source(f"<block {block}>", text))
    except ConvcostError:
        return None


def same_layers(ours: Sequence[Layer], theirs: Sequence[Layer], names: dict[str, str]) -> bool:
    """Return whether layers are the same one by one, and connected alike; `names` are their names of our inputs.

    The inputs of a sum or a product may have changed places.
    """
    if len(ours) != len(theirs):
        return False
    for one, other in zip(ours, theirs, strict=True):
        if (one.kind, one.operator, one.output_shapes) != (other.kind, other.operator, other.output_shapes):
            return False
        read = [names.get(name, "") for name in one.inputs]
        if read != list(other.inputs) and not (one.kind in SYMMETRIC and sorted(read) == sorted(other.inputs)):
            return False
        if bool(one.shares) != bool(other.shares) or (one.shares and names[one.shares] != other.shares):
            return False
        names[one.name] = other.name
        names |= dict(zip(one.outputs, other.outputs, strict=True))
    return True


def _arguments(template: Template, layers: tuple[Layer, ...], shape: Shape) -> dict[str, str] | None:
    """The arguments that a block must have been given to be the layers; None if there are none."""
    values: dict[str, Any] = dict(zip(INPUT, shape.numbers, strict=False))
    found = {name: text for name, text in template.said.items() if text not in template.stand_ins}
    for one, layer in zip(template.layers, layers, strict=True):
        name = template.stand_ins.get(one.kind)
        if name is not None and found.setdefault(name, _named(layer)) != _named(layer):
            return None
    pairs = [
        pair
        for one, layer in zip(template.layers, layers, strict=True)
        if one.kind == layer.kind
        for name in one.operator.arguments
        for pair in _numbers(getattr(one.operator, name), getattr(layer.operator, name))
    ]
    open_ones = True
    while open_ones:
        open_ones = False
        for formula, value in pairs:
            unknown = formula.symbols - values.keys()
            if len(unknown) == 1:
                (name,) = unknown
                answer = _solved(formula, name, value, values, template)
                if answer is not None:
                    values[name] = answer
                    open_ones = True
    numbers = {
        name: str(value) if not isinstance(value, Fraction) else _decimal(value) for name, value in values.items()
    }
    found |= {name: text for name, text in numbers.items() if name not in INPUT}
    return {name: found[name] for name in library_block(template.block).defaults if name in found}


def _named(layer: Layer) -> str:
    """An operator as an argument of a block names it."""
    said = written(layer)
    args = ", ".join(f"{name}: {text.replace(',', ', ')}" for name, text in said.items())
    return f"{{{layer.kind}: {{{args}}}}}" if said else layer.kind


def _numbers(formula: Any, value: Any) -> Iterator[tuple[Polynomial, Any]]:
    """The numbers of a value beside the formulas that gave them."""
    if isinstance(formula, tuple) and isinstance(value, tuple) and len(formula) == len(value):
        for inner, number in zip(formula, value, strict=True):
            yield from _numbers(inner, number)
    elif isinstance(formula, Polynomial) and isinstance(value, int | Fraction):
        yield formula, value


def _solved(formula: Any, name: str, value: Any, values: Mapping[str, Any], template: Template) -> Any:
    """What a symbol must be for a formula, a line in it, to have a value; None where that can't be told."""
    for other in formula.symbols - {name}:
        formula = _put(formula, template.symbols[other], values[other])
    at = [_put(formula, template.symbols[name], n) for n in (0, 1)]
    if not all(isinstance(one, int | Fraction) for one in at) or at[0] == at[1]:
        return None
    answer = plain(Fraction(value - at[0]) / (at[1] - at[0]))
    return answer if _put(formula, template.symbols[name], answer) == value else None


def _put(formula: Any, symbol: Polynomial, by: Any) -> Any:
    try:
        return formula.put(symbol.atoms[0], by) if isinstance(formula, Polynomial) else formula
    except ArithmeticError:
        return None


def _decimal(value: Fraction) -> str:
    text = str(float(value))
    return text if Fraction(text) == value else str(value)
