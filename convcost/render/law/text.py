"""A law as text and tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.domain import assumptions
from convcost.algebra.formula import Formula, notation_of, pieces
from convcost.algebra.growth import Growth
from convcost.algebra.law import Law, Variable
from convcost.algebra.notation import Notation, joined, number_as_text, with_definitions
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.terms import forms_in, shortest
from convcost.errors import printable
from convcost.ops.arguments import show
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.render import numerals
from convcost.render.summary import Line

TITLES: Mapping[str, str] = {
    "params": "parameters",
    "macs": "multiply-accumulates",
    "useful_macs": "multiply-accumulates that are not on padding",
    "elements": "elements written",
}
"""What the totals are, where their names do not say it."""

_DEEPEST = 30
"""The farthest that a formula's further lines are indented."""

_PLACES = re.compile(r" (?=[+-] )")
"""Where a sum may be broken."""

_DEGREES = {-1: "inverse", 0: "constant", 1: "linear", 2: "quadratic", 3: "cubic"}


def formula_text(law: Law, formula: Formula, width: int | None) -> tuple[str, list[Line]]:
    """Return the formula, laid out, and the names that it uses with what they stand for."""
    notation = notation_of(law, lambda notation: joined(pieces(formula.terms, notation, law.sizes)))
    parts = pieces(formula.terms, notation, law.sizes)
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
    return "\n".join(lines), [(name, f"= {text}") for name, text in notation.definitions.items()]


def law_lines(law: Law, formula: Formula, field: str) -> list[Line]:
    """Return what there is to say about a formula: its variables, its assumptions, its value and how it grows.

    `field` is the receptive field in words.
    """
    lines = [(v.name, v.meaning if v is formula.batch else meaning_of(v)) for v in formula.variables]
    lines += [(name, f"{shown(value)}{why and f' ({why})'}") for name, (value, why) in fixed_symbols(law).items()]
    if law.samples != 1:
        lines.append(("batch", f"{law.samples} samples"))
    if formula.variables:
        lines.append(("holds", domain_of(law)))
    if formula.value is not None:
        at = ", ".join(f"{variable.name} = {shown(variable.default)}" for variable in formula.variables)
        value = f"{numerals.exact(formula.value)} ({numerals.human(formula.value)})"
        lines.append(("value", value + (f" at {at}" if at else "")))
    lines += [(f"growth in {growth.variable.name}", growth_text(growth)) for growth in formula.growth]
    lines += [("long", f"because {reason}") for reason in formula.reasons]
    lines.append(("output", ", ".join(map(shape_text, law.output_shapes))))
    lines.append(("receptive field", field))
    return [(label, printable(text)) for label, text in lines]


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


def shape_text(shape: Shape) -> str:
    """Return a shape as factors: `2048 x ceil(H/32) x ceil(W/32)`."""
    numbers = shortest_shape(shape).numbers
    notation = Notation(frozenset().union(*map(symbols_of, numbers)), in_place=True)
    return with_definitions(" x ".join(map(notation.factor, numbers)), notation)


def shapes_text(outputs: Sequence[Shape]) -> str:
    """Return what a layer writes: `2 of 58 x H x W`."""
    first = shape_text(outputs[0])
    return first if len(outputs) == 1 else f"{len(outputs)} of {first}"


def names_of(formula: Formula) -> list[str]:
    """Return the names of a formula's variables, as of a function's arguments."""
    return [variable.name for variable in formula.variables]


def domain_of(law: Law) -> str:
    """Return where the law holds."""
    sentences = [*assumptions(law.conditions), *law.unanswered]
    return f"where {'; '.join(sentences)}" if sentences else "for all positive values"


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
