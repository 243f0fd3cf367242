"""A law as text and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcost import numerals
from convcost.algebra.anatomy import symbols_of
from convcost.algebra.atoms import Atom
from convcost.algebra.formula import Formula, notation_of, pieces
from convcost.algebra.growth import Growth
from convcost.algebra.law import Law
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, size_symbol
from convcost.algebra.sums import joined
from convcost.algebra.terms import forms_in, shortest, terms_of
from convcost.algebra.texts import number_as_text, with_definitions
from convcost.algebra.variables import Variable
from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.ops.arguments import show
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.render.law.domain import domain_of, listed, said
from convcost.render.summary import Line

TITLES: Mapping[str, str] = {
    "params": "parameters",
    "macs": "multiply-accumulates",
    "useful_macs": "multiply-accumulates that are not on padding",
    "elements": "elements written",
    "peak_memory": "bytes of activations that are held at once, at most",
}
"""What the totals are, where their names do not say it."""

_DEEPEST = 30
"""The farthest that a formula's further lines are indented."""

_PLACES = re.compile(r" (?=[+-] )")
"""Where a sum may be broken."""

_DEGREES = {-1: "inverse", 0: "constant", 1: "linear", 2: "quadratic", 3: "cubic"}


class Written(NamedTuple):
    """A formula, laid out, and the names that it uses, with what they stand for."""

    text: str
    definitions: Mapping[str, str]
    names: Mapping[Atom, str]
    """The sizes that have names in it."""


def formula_text(law: Law, formula: Formula, width: int | None = None) -> Written:
    """Return the formula on lines of this width, or on one."""
    notation, parts = formula_parts(law, formula)
    arguments = f"({', '.join(names_of(formula))})" if formula.variables else ""
    head, tail = f"{formula.of}{arguments} = ", ""
    if formula.batch:
        head += f"{formula.batch.name}*"
        if len(parts) > 1:
            head, tail = f"{head}(", ")"
    indent = " " * min(len(head) - 2, _DEEPEST)
    if width is not None:
        # A term stays on one line if it can.
        parts = [p for part in parts for p in ([part] if len(part) < width - len(indent) else _PLACES.split(part))]
    first, *rest = parts
    lines = [head + joined([first])]
    for part in rest:
        if width is not None and len(lines[-1]) + 1 + len(part) + len(tail) > width:
            lines.append(indent + part)
        else:
            lines[-1] += f" {part}"
    lines[-1] += tail
    names = {atom: name for atom, name in notation.names.items() if name in notation.definitions}
    return Written("\n".join(lines), notation.definitions, names)


def formula_parts(law: Law, formula: Formula) -> tuple[Notation, list[str]]:
    """Return the terms of a formula with their signs, and the notation that they are written in."""
    notation = notation_of(law, lambda notation: joined(pieces(formula.terms, notation, law.sizes)))
    return notation, pieces(formula.terms, notation, law.sizes)


def law_lines(
    law: Law, formula: Formula, written: Written, field: str, every: bool = False, left_out: int = 0
) -> list[Line]:
    """Return what there is to say about a formula: its variables, its conditions, its value and how it grows.

    `field` is the receptive field in words. With `every`, all conditions are said. So many numbers are `left_out` of
    its maxima.
    """
    lines = [(v.name, v.meaning if v is formula.batch else meaning_of(v)) for v in formula.variables]
    lines += [(name, f"{shown(value)}{why and f' ({why})'}") for name, (value, why) in fixed_symbols(law).items()]
    if law.samples != 1:
        lines.append(("batch", f"{law.samples} samples"))
    if formula.variables or law.conditions:
        lines.append(("holds", domain_of(law, written.names, every)))
    if formula.short and (short := short_text(law, formula)):
        lines.append(("in short", short))
    if formula.value is not None:
        at = ", ".join(f"{variable.name} = {shown(variable.default)}" for variable in formula.variables)
        lines.append(("value", _value(formula.of, formula.value) + (f" at {at}" if at else "")))
    if reached := law.reached(formula.of):
        which = ", at these values" if len(law.largest(formula.of)) > 1 else ""
        lines.append(("reached", f"while {reached} runs{which}"))
    if left_out:
        smaller = "" if formula.value is None else ", smaller at these values"
        lines.append(("left out", f"{left_out} more{smaller}: --per-layer shows what each layer holds"))
    lines += [(f"growth in {growth.variable.name}", growth_text(growth)) for growth in formula.growth]
    lines += [("long", f"because {reason}") for reason in formula.reasons]
    lines.append(("output", ", ".join(shape_text(y, written.names) for y in law.output_shapes)))
    lines.append(("receptive field", field))
    return [(label, printable(text)) for label, text in lines]


def _value(of: str, number: int) -> str:
    if FIGURES[of].is_bytes:
        return f"{numerals.exact(number)} bytes ({numerals.memory(number)})"
    return f"{numerals.exact(number)} ({numerals.human(number)})"


_LONGEST = 160
"""A longer text is not short."""

_MOST_TERMS = 40
"""So many terms are no short text, whatever they have in common."""

_SHORTER = 0.8
"""So long is a short form at most, of what it is short for."""


def short_text(law: Law, formula: Formula) -> str | None:
    """Return the short form of a formula, and where it holds; None where it is hardly shorter."""
    assert formula.short
    number = formula.short.number
    if isinstance(number, Polynomial) and (
        len(number.terms) > _MOST_TERMS or any(atom.kind != "symbol" for atom in number.atoms)
    ):
        return None
    text = total_text(law, formula, number)
    if len(text) > min(_LONGEST, _SHORTER * len(total_text(law, formula, formula.number))):
        return None
    divided: dict[str, list[str]] = {}
    for assumption in map(said, formula.short.assume):
        divisor, _, name = assumption.partition(" divides ")
        divided.setdefault(divisor, []).extend([name] if name else [])
    where = (f"{what} divides {listed(names)}" if names else what for what, names in divided.items())
    return f"{text} where {' and '.join(where)}"


def total_text(law: Law, formula: Formula, number: Number) -> str:
    """Return a total for the batch on one line, with its sizes in place."""
    notation = Notation(law.network.symbols, in_place=True)
    parts = pieces(terms_of(number, law.sizes, None), notation, law.sizes)
    if not formula.batch:
        return joined(parts)
    return f"{formula.batch.name}*({joined(parts)})" if len(parts) > 1 else f"{formula.batch.name}*{joined(parts)}"


def growth_text(growth: Growth) -> str:
    """Return which shares of a total grow how, and what doubling does."""
    total = sum(growth.values.values())
    if len(growth.values) == 1:
        text = _degree(next(iter(growth.values)))
    else:
        # Where one takes off what another one adds, there are no shares.
        shared = all(value >= 0 for value in growth.values.values())
        shares = (f"{numerals.percent(value, total)} " if shared else "" for value in growth.values.values())
        text = ", ".join(f"{share}{_degree(n)}" for share, n in zip(shares, growth.values, strict=True))
        if growth.coefficients:
            terms = (_term(c, growth.variable.name, n) for n, c in growth.coefficients.items())
            text = f"{joined(list(terms))}: {text}"
    if growth.doubled not in (None, 2) and not (growth.doubled == 1 and list(growth.values) == [0]):
        text += f"; {numerals.times(growth.doubled)} at twice {shown(growth.variable.default)}"
    return text


def shortest_shape(shape: Shape) -> Shape:
    """Return a shape with its sizes in their shortest forms."""
    return Shape(shape.channels, tuple(shortest(n, forms_in([n]), None) for n in shape.size))


def shape_text(shape: Shape, names: Mapping[Atom, str] | None = None) -> str:
    """Return a shape as factors, `2048 x ceil(H/32) x ceil(W/32)`; sizes that have `names` by these."""
    named = (size_symbol(name) if (name := name_of(n, names or {})) else n for n in shape.size)
    numbers = shortest_shape(Shape(shape.channels, tuple(named))).numbers
    notation = Notation(frozenset().union(*map(symbols_of, numbers)), in_place=True)
    return with_definitions(" x ".join(map(notation.factor, numbers)), notation)


def name_of(size: Number, names: Mapping[Atom, str]) -> str | None:
    """Return the name of a size, if it has one."""
    return next((name for atom, name in names.items() if atom.parts[0] == size), None)


def of_several(outputs: Sequence[Shape], first: str) -> str:
    """Return what a layer writes: `2 of 58 x H x W`."""
    return first if len(outputs) == 1 else f"{len(outputs)} of {first}"


def names_of(formula: Formula) -> list[str]:
    """Return the names of a formula's variables, as of a function's arguments."""
    return [variable.name for variable in formula.variables]


def fixed_symbols(law: Law) -> dict[str, tuple[Number, str]]:
    """Return the symbols that are not variables, with their values and, if they could have been, why they are not."""
    free = {variable.name for variable in law.variables}
    symbols = law.network.symbols.items()
    return {name: (value, law.bound.get(name, "")) for name, value in symbols if name not in free}


def meaning_of(variable: Variable) -> str:
    """Return what a variable stands for, and its default."""
    default = "no default" if variable.default is None else shown(variable.default)
    return f"{variable.meaning}, {default}" if variable.meaning else default


def shown(number: Number) -> str:
    """Return a number as one would write it in a spec, a formula as text."""
    return number_as_text(number, in_place=True) if isinstance(number, Polynomial) else show(number)


def _degree(n: int) -> str:
    return _DEGREES.get(n, f"of degree {n}")


def _term(c: Number, name: str, n: int) -> str:
    power = "" if n == 0 else f"{'*' if n > 0 else '/'}{name}" + (f"**{abs(n)}" if abs(n) > 1 else "")
    digits = numerals.exact(abs(c)) if isinstance(c, int) else show(abs(c))
    return f"{'-' if c < 0 else '+'} {digits}{power}"
