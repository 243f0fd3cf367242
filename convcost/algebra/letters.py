"""Networks with letters: for what is left free, and for every size that a window makes, as a reader wants formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from convcost.algebra.anatomy import coefficient, inside, is_symbol
from convcost.algebra.assumptions import Assumptions, Unwitnessed
from convcost.algebra.atoms import Atom
from convcost.algebra.evaluation import Substitution
from convcost.algebra.judges import judged_by
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, number_of, size_symbol, symbol
from convcost.algebra.terms import shortest
from convcost.algebra.texts import with_definitions
from convcost.errors import Source
from convcost.network import Layer, Network
from convcost.ops.arguments import AXES as AXIS_NAMES
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.numbers import Number

AXES = {rank: {name[0].upper(): name for name in names} for rank, names in enumerate(AXIS_NAMES) if names}
"""Names for an input's sizes, by how many there are, and what they are."""


class Letter(NamedTuple):
    """A size that is made on the way, such as H_out; the same formula holds along all its axes."""

    name: str
    formula: Number
    place: tuple[int, int]
    """The layer that makes it and the axis it is first found on, counted from 0."""


def in_symbols(source: Source, name: str, symbols: Iterable[str], differing: bool = False) -> Network:
    """Return a spec's network with these symbols of it left free, as whole numbers for which every guard passes.

    Raises NeedsNumber if one of them decides which layers there are; if they are `differing`, no two numbers that are
    written otherwise are taken to be equal.
    """
    from convcost.reading.description import Description

    with judged_by(Assumptions(None) if differing else Unwitnessed()):
        return Description(source, name).symbolic({symbol: size_symbol(symbol) for symbol in symbols})


def letters_of(network: Network) -> list[Letter]:
    """Return letters for sizes that are neither the input's nor numbers: H_out at the output, H_1, H_2, ... before."""
    axes = [str(size) for size in next(iter(network.inputs.values())).size]
    last = network.layers[-1].output_shapes[0].size
    found: dict[Number, Letter] = {}
    for place, layer in enumerate(network.layers):
        for axis, size in enumerate(layer.output_shapes[0].size):
            if size in found or not isinstance(size, Polynomial) or is_symbol(size):
                continue
            final = axis < len(last) and size == last[axis]
            count = sum(letter.place[1] == axis for letter in found.values()) + 1
            found[size] = Letter(f"{axes[axis]}_{'out' if final else count}", size, (place, axis))
    return list(found.values())


def in_letters(network: Network, letters: Mapping[Number, Number], settle: Settle | None = None) -> Network:
    """Return the network with letters in place of sizes; operators are `settled`, or as told."""
    return network._replace(layers=tuple(_in_letters(layer, letters, settle or settled) for layer in network.layers))


def _in_letters(layer: Layer, letters: Mapping[Number, Number], settle: Settle) -> Layer:
    inputs, outputs = (
        tuple(Shape(x.channels, tuple(letters.get(n, n) for n in x.size)) for x in shapes)
        for shapes in (layer.input_shapes, layer.output_shapes)
    )
    if (inputs, outputs) == (layer.input_shapes, layer.output_shapes):
        return layer
    operator = settle(layer.operator, inputs, outputs)
    return layer._replace(operator=operator, input_shapes=inputs, output_shapes=outputs)


def settled(operator: Operator, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Operator:
    """Return the operator on these inputs, its formulas in the sizes of `outputs` where that makes them shorter."""
    if outputs == operator.outputs(*inputs):
        return operator
    cls = type(operator)
    solved = [Substitution(values) for values in _solved(operator, inputs, outputs) if values]

    def shorter(settled: Iterable[Number], own: Iterable[Number]) -> Iterator[Number]:
        for numbers in zip(settled, own, strict=True):
            forms = (form for number in numbers for form in (number, *[put(number) for put in solved]))
            yield min(forms, key=lambda number: len(number.terms) if isinstance(number, Polynomial) else 0)

    methods = {
        "params": lambda self, *inputs: Params(*shorter(cls.params(self, *inputs), operator.params(*inputs))),
        "work": lambda self, *inputs: Work(*shorter(cls.work(self, *inputs), operator.work(*inputs))),
    }
    return _made(operator, outputs, methods)


def making(operator: Operator, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Operator:
    """Return the operator, which makes these outputs of any inputs: its formulas are in their sizes."""
    return _made(operator, outputs, {})


Settle: TypeAlias = Callable[[Operator, tuple[Shape, ...], tuple[Shape, ...]], Operator]
"""Makes an operator on other inputs and outputs of one."""


def _made(operator: Operator, outputs: tuple[Shape, ...], methods: Mapping[str, Any]) -> Operator:
    cls = type(operator)
    own = {"output": lambda self, *inputs: outputs[0], "outputs": lambda self, *inputs: outputs}
    found: Operator = type(cls.__name__, (cls,), {**own, **methods})(**vars(operator))
    return found


Values: TypeAlias = dict[Atom, Number]


def _solved(operator: Operator, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> tuple[Values, Values]:
    """The floors in output sizes, and the input's sizes in them, each written in the letter of the output's size."""
    floors, symbols = Values(), Values()
    for shape, wanted in zip(operator.outputs(*inputs), outputs, strict=True):
        for axis, (number, letter) in enumerate(zip(shape.size, wanted.size, strict=True)):
            for atom in number.atoms if isinstance(number, Polynomial) and number != letter else ():
                c = coefficient(number, atom)
                if c in (1, -1) and (atom.kind == "floor" or inputs[0].size[axis : axis + 1] == (number_of(atom),)):
                    values = floors if atom.kind == "floor" else symbols
                    values[atom] = c * (letter - (number - c * number_of(atom)))
    return floors, symbols


def short(number: Number) -> Number:
    """Return a formula with T(H) for how many pairs of window and tap read a real element along H."""
    reads = (atom for atom in inside([number]) if atom.kind == "reads")
    return shortest(Substitution({atom: symbol(f"T({atom.parts[4]})") for atom in reads})(number), {}, None)


def factors(numbers: Iterable[Number]) -> str:
    """Return sizes as factors: a sum among them is put in parentheses."""
    notation = Notation(in_place=True)
    return with_definitions(" x ".join(map(notation.factor, numbers)), notation)
