"""From a description to its law: which symbols are left free, and which can't be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import inf

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.assumptions import Certainty, Uncertain
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law
from convcost.algebra.letters import AXES
from convcost.algebra.polynomial import Polynomial, symbol
from convcost.algebra.readings import Readings
from convcost.errors import SpecError, UsageError
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description

STRUCTURE = "decides which layers there are"
OUTPUTS = "only the number of outputs"


class DecidesStructure(UsageError):
    """A symbol that was to be left free and can't be."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"`{symbol}` {STRUCTURE}: it can't be left free", f"set it: --set {symbol}=...")
        self.symbol = symbol


def derive(
    description: Description,
    settings: Mapping[str, Number | str] | None = None,
    variant: str | None = None,
    free: Collection[str] | None = None,
    near: Mapping[str, Number] | None = None,
    outputs: bool = False,
    dtype: str = "float32",
    signed: Collection[str] = (),
) -> Law:
    """Return the law of a description, in the symbols of `free`.

    Without `free`: in the batch, the input's sizes and every symbol that is not set, except for those that follow from
    others, decide which layers there are, or (without `outputs`) are only the number of outputs.

    Where guards depend on the symbols, the law is that of the network at values `near` instead of the defaults. Figures
    in bytes are those of numbers of the `dtype`. Symbols may be below 0 if their defaults are, or if they are `signed`.
    """
    spec = Readings(description, dict(settings or {}), variant, free, near or {}, signed)
    names, bound = spec.names(), dict[str, str]()
    whole = set(spec.outline.size_symbols)
    while True:
        try:
            law = spec.law(names, whole, bound)
        except NeedsNumber as needed:
            lost, why, counted = symbols_of(needed.value), STRUCTURE, set[str]()
        else:
            fixed = not outputs and free is None
            lost, why = ((outputs_only(law) - spec.given) & set(names) if fixed else frozenset[str]()), OUTPUTS
            counted = whole_after_all(law)
            if not lost and not counted:
                return replace(law, dtype=dtype)
            whole |= counted
        if not lost & set(names) and not counted:
            help = "its layers depend on the input's size: convcost analyze shows its numbers"
            raise UsageError(f"`{description.spec.name}` has no formulas", help)
        for symbol_name in sorted(lost & set(names)):
            if free is not None:
                raise DecidesStructure(symbol_name)
            bound[symbol_name] = why
            names.remove(symbol_name)


def outputs_only(law: Law) -> frozenset[str]:
    """Return the variables that are the number of outputs and nothing else: what the task fixes."""
    network, numbers = law.network, {variable.number: variable.name for variable in law.variables}
    made = (layer.output_shapes[0].channels for layer in network.layers if layer.name in network.outputs)
    found = {numbers[channels] for channels in made if channels in numbers}
    for layer in network.layers if found else ():
        for y in layer.output_shapes:
            found -= {name for n in y.numbers if n not in numbers for name in symbols_of(n)}
        if layer.held.total != 0:
            found -= {name for x in layer.input_shapes for n in x.numbers for name in symbols_of(n)}
    return frozenset(found)


def whole_after_all(law: Law) -> set[str]:
    """Variables that have to be whole, which roundings do not know yet."""
    numbers = {condition.number for condition in law.conditions if condition.kind == "whole"}
    counted = {variable.name for variable in law.variables if variable.number in numbers}
    shapes = (y for layer in law.network.layers for y in layer.output_shapes) if counted else ()
    sizes = (n for y in shapes for n in y.numbers if isinstance(n, Polynomial))
    return {name for n in sizes for atom in n.atoms if atom.kind != "symbol" for name in atom.symbols & counted}


def refuses(
    description: Description, settings: Mapping[str, Number | str], variant: str | None, free: Collection[str]
) -> bool:
    """Return whether it is certain that there is no network, whatever the values of `free` and of the input's sizes."""
    outline = description.outline(settings, variant)
    numbers = {name: symbol(name, name in outline.size_symbols, least=-inf) for name in free if name in outline.symbols}

    def free_size(given: str, axis: int, rank: int) -> Number:
        return symbol(list(AXES[rank])[axis], whole=True, least=1)

    try:
        with judged_by(Certainty()):
            description.symbolic({**settings, **numbers}, variant, free_size, fold=True)
    except SpecError:
        return True
    except (NeedsNumber, Uncertain):
        pass
    return False
