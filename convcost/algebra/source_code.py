"""A total as a Python function that runs as it is: for ints and Fractions, and for arrays of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from textwrap import indent, wrap

from convcost.algebra.atoms import Atom
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial
from convcost.ops.numbers import Number


class PythonNotation(Notation):
    """Numbers as Python has them, for ints and Fractions; every rounding becomes a variable."""

    def argument(self, symbol: str) -> str:
        """Return the name of a symbol's variable: one that is none of the functions that are used."""
        name = symbol
        while name in _USED or (name != symbol and name in self.taken):
            name += "_"
        return name

    def quotient(self, number: Number) -> str:
        """Return a number that need not be whole."""
        if not isinstance(number, Polynomial):
            return str(number) if number == int(number) else f"Fraction({number.numerator}, {number.denominator})"
        above, below = number.fraction
        return self.text(above) if below == 1 else f"Fraction({self.text(above)}, {self.text(below)})"

    def over(self, above: str, below: Number) -> str:
        """Return a number over another, rounded down."""
        return f"{_operand(above)}//{_operand(self.text(below))}"

    def is_in_place(self, atom: Atom, text: str) -> bool:
        return atom.kind == "symbol"

    def is_below(self, atom: Atom, exponent: int) -> bool:
        return exponent < 0

    def write(self, atom: Atom) -> tuple[int, str]:
        if atom.kind == "symbol":
            return 1, self.argument(atom.parts[0])
        if atom.kind == "floor":
            above, below = atom.parts[0].fraction
            return 1, self.over(self.text(above), below)
        parts = [self.quotient(part) for part in atom.parts]
        match atom.kind:
            case "sum":
                return 1, parts[0]
            case "positive":
                return 1, f"larger({parts[0]}, 0)"
            case "max":
                return 1, reduce(lambda a, b: f"larger({a}, {b})", parts)
            case "inverse":
                return 1, f"1/Fraction({parts[0]})"
            case "reads":
                return 1, f"real_reads({', '.join(parts)})"
        return 1, f"{atom.kind}({', '.join(parts)})"


_WIDTH = 100
"""Characters of a line of a docstring."""


def function(name: str, arguments: Sequence[str], summary: str, notation: PythonNotation, result: str) -> str:
    """Return the source of a function that returns `result`, with the imports and helpers that it needs."""
    definitions = (f"{variable} = {text}" for variable, text in notation.definitions.items())
    lines = "\n".join(wrap(summary, _WIDTH, break_long_words=False)) if len(summary) > _WIDTH else summary
    docstring = f'"""{lines}"""' if summary.isascii() and not {'"', "\\"} & set(summary) else repr(summary)
    body = "\n".join([docstring, *definitions, f"return {result}"])
    source = f"def {name}({', '.join(arguments)}):\n{indent(body, '    ')}"
    whole = "\n".join([source, *(text for helper, text in _HELPERS.items() if f"{helper}(" in source)])
    helpers = [text for helper, text in _HELPERS.items() if f"{helper}(" in whole]
    imports = [line for used, line in _IMPORTS.items() if f"{used}(" in source]
    return "\n\n\n".join([*(["\n".join(imports)] if imports else []), *helpers, source]) + "\n"


_IMPORTS = {"Fraction": "from fractions import Fraction", "gcd": "from math import gcd"}

_HELPERS = {
    "larger": """\
def larger(a, b):
    return a*(a > b) + b*(a <= b)""",
    "make_divisible": """\
def make_divisible(x, divisor):
    multiple = larger((2*x + divisor)//2//divisor*divisor, divisor)
    return multiple + divisor*(10*multiple < 9*x)""",
    "real_reads": """\
def real_reads(kernel, stride, before, dilation, size, output):
    starts = (y*stride - before for y in range(output))
    return sum(0 <= start + t*dilation < size for start in starts for t in range(kernel))""",
}

_USED = {*_IMPORTS, *_HELPERS}


def _operand(text: str) -> str:
    return text if text.isidentifier() or text.isdigit() else f"({text})"
