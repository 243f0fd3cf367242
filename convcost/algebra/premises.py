"""Assumptions as a reader writes them: `k odd`, `H % 32 == 0`, `s == 2`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from convcost.errors import UsageError
from convcost.language.syntax import ExpressionError, names_of, parse

HELP = "write it like 'k odd', 'H % 32 == 0', 's == 2', 'H >= 64' or 'c % g == 0'"

_RELATIONS: Mapping[type[ast.cmpop], str] = {ast.Eq: "==", ast.GtE: ">=", ast.LtE: "<=", ast.Gt: ">", ast.Lt: "<"}


class Assumption(NamedTuple):
    """How two expressions compare; the first may be what a division leaves, `left % modulo`."""

    given: str
    """As the reader wrote it."""
    text: str
    """The expression that its parts are parts of."""
    left: ast.expr
    modulo: ast.expr | None
    relation: str
    right: ast.expr

    @property
    def sides(self) -> tuple[ast.expr, ...]:
        """The expressions in it."""
        return self.left, self.right, *([self.modulo] if self.modulo else [])

    @staticmethod
    def read(given: str) -> Assumption:
        """Return an assumption from its text, as `k odd` or `H % 32 == 0`; UsageError if it is none."""
        text, (*words, last) = given, given.split() or [""]
        if words and last in ("odd", "even"):
            divided = " ".join(words[:-1] if words[-1] == "is" else words)
            text = f"({divided}) % 2 == {int(last == 'odd')}"
        try:
            tree = parse(text)
        except ExpressionError as error:
            raise UsageError(f"--assume '{given}': {error.message}", HELP) from None
        match tree:
            case ast.Compare(ast.BinOp(left=left, op=ast.Mod(), right=modulo), [ast.Eq()], [right]):
                return Assumption(given, text, left, modulo, "==", right)
            case ast.Compare(left, [op], [right]) if type(op) in _RELATIONS:
                return Assumption(given, text, left, None, _RELATIONS[type(op)], right)
        raise UsageError(f"--assume '{given}' is not an assumption", HELP)


def counted_in(text: str) -> dict[str, int]:
    """Return the names that an assumption takes for whole numbers, and what they are at least: divisors are not 0."""
    found = Assumption.read(text)
    return dict.fromkeys(names_of(found.left), 0) | dict.fromkeys(names_of(found.modulo), 1) if found.modulo else {}
