"""Formulas in LaTeX, from their text: what people read is the same in both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from convcost.algebra.atoms import Atom
from convcost.algebra.notation import Notation
from convcost.ops.numbers import Number

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)

_FENCES = {"floor": (r"\left\lfloor ", r" \right\rfloor"), "ceil": (r"\left\lceil ", r" \right\rceil")}

_SUM, _PRODUCT, _FACTOR = range(3)
"""How strongly the parts of a formula hold together."""


def as_latex(number: Number, names: Mapping[Atom, str] | None = None) -> str:
    """Return a number in LaTeX; sizes have the `names` that are given, all else stands in place."""
    return " ".join(latex_terms(_InPlace(in_place=True, names=names).short_parts(number)))


def as_latex_factors(numbers: Sequence[Number], names: Mapping[Atom, str] | None = None) -> str:
    """Return sizes as factors in LaTeX."""
    notation = _InPlace(in_place=True, names=names)
    return r" \times ".join(latex_of(notation.factor(number)) for number in numbers)


def latex_of(text: str) -> str:
    r"""Return a formula that `notation` wrote in LaTeX.

    >>> print(latex_of("6*c1**2*ceil((H + 1)/4) - 2*alpha*(k + 1)"))
    6\,c_{1}^{2} \left\lceil \frac{H + 1}{4} \right\rceil - 2\,\alpha \left(k + 1\right)
    """
    return _write(ast.parse(text, mode="eval").body)[0]


def latex_terms(parts: Sequence[str]) -> list[str]:
    """Return terms with their signs in LaTeX, the first without a plus."""
    terms = [f"{part[0]} {latex_of(part[2:])}" for part in parts]
    return [terms[0][2:] if terms[0][0] == "+" else f"-{terms[0][2:]}", *terms[1:]]


def times(first: str, second: str) -> str:
    """Return a product in LaTeX: with a dot before a number; brackets and functions have room of their own."""
    if second[0].isdigit():
        return rf"{first} \cdot {second}"
    return f"{first}{' ' if second.startswith(_OPEN) else chr(92) + ','}{second}"


_OPEN = (r"\left", r"\Bigl", r"\max", r"\gcd", r"\operatorname")


def escaped(text: str) -> str:
    r"""Return text with LaTeX's own characters made harmless.

    >>> print(escaped(r"\input{a_1} ~ <b>"))
    \textbackslash{}input\{a\_1\} \textasciitilde{} \textless{}b\textgreater{}
    """
    return "".join(HARMLESS.get(char, char) for char in text)


def lualatex(lines: Iterable[str]) -> list[str]:
    """Return a comment for the top of a document if it has letters that pdflatex does not take.

    Those of Latin alphabets it takes: of the blocks Latin-1 and Latin Extended-A, those that its first fonts have.

    >>> lualatex(["caf\xe9"]), lualatex(["\u4e2d"])
    ([], ['% Compile with lualatex, and a font that has: \u4e2d'])
    """
    letters = [*dict.fromkeys(re.findall(r"[^\x00-\x7f\xa0×·À-ž]|[÷ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲų]", "".join(lines)))]
    return [f"% Compile with lualatex, and a font that has: {''.join(letters)}"] if letters else []


HARMLESS = {
    **{char: f"\\{char}" for char in "_&%$#{}"},
    **{char: f"{{{char}}}" for char in "[]*"},  # else a row that begins with them is an argument of the row before
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
"""How the characters that mean something to LaTeX are written in a text."""


class _InPlace(Notation):
    """Numbers of which only sizes have names."""

    def is_in_place(self, atom: Atom, text: str) -> bool:
        return atom not in self.names or atom in self._inlined


def _write(node: ast.expr) -> tuple[str, int]:
    """A formula in LaTeX, and how strongly its parts hold together."""
    match node:
        case ast.Constant(value):
            return str(value), _FACTOR
        case ast.Name(name):
            return _symbol(name), _FACTOR
        case ast.UnaryOp(ast.USub(), operand):
            return f"-{_inside(operand, _PRODUCT)}", _SUM
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            terms = list[str]()
            while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
                terms.append(f"{'+' if isinstance(node.op, ast.Add) else '-'} {_inside(node.right, _PRODUCT)}")
                node = node.left
            return " ".join([_write(node)[0], *reversed(terms)]), _SUM
        case ast.BinOp(left, ast.Mult(), right):
            return times(_inside(left, _PRODUCT), _inside(right, _FACTOR)), _PRODUCT
        case ast.BinOp(left, ast.Div(), right):
            return rf"\frac{{{_write(left)[0]}}}{{{_write(right)[0]}}}", _PRODUCT
        case ast.BinOp(left, ast.Pow(), right):
            return f"{_inside(left, _FACTOR)}^{{{_write(right)[0]}}}", _FACTOR
        case ast.Call(ast.Name(name), arguments):
            return _call(name, [_write(argument)[0] for argument in arguments]), _FACTOR
    raise TypeError(f"no LaTeX for {type(node).__name__}")


def _inside(node: ast.expr, least: int) -> str:
    text, strength = _write(node)
    return text if strength >= least else rf"\left({text}\right)"


def _call(name: str, arguments: Sequence[str]) -> str:
    if name in _FENCES:
        left, right = _FENCES[name]
        return f"{left}{arguments[0]}{right}"
    word = rf"\{name}" if name in ("max", "gcd") else rf"\operatorname{{{escaped(name)}}}"
    return rf"{word}\left({', '.join(arguments)}\right)"


def _symbol(name: str) -> str:
    """Names of one letter in italics, those of more upright, Greek ones Greek; numbers behind them as subscripts."""
    word, number = re.fullmatch(r"(.*?)(?:_?(\d+))?", name).groups()  # type: ignore[union-attr]
    if len(word) == 1 or _GREEK.fullmatch(word):
        return ("" if len(word) == 1 else "\\") + word + (f"_{{{number}}}" if number else "")
    return rf"\mathrm{{{escaped(name)}}}"
