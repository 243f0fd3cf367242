"""Names in a constructor for what depends on a condition, is long, or was left by a loop."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection

from convcost.writing.pytorch.expressions import Expr, names_in
from convcost.writing.pytorch.names import identifier
from convcost.writing.pytorch.python import Python
from convcost.writing.pytorch.widths import ROUNDING

_LONG = 3
"""Operations in an expression that is written wherever it is needed."""


class Choices:
    """The names of one class. `python` writes expressions, and asks for them.

    `taken` says which names are something else, `turns` what the loops count that are around what is written now.
    """

    def __init__(
        self, python: Python, taken: Callable[[], Collection[str]], turns: Callable[[], Collection[str]]
    ) -> None:
        self.python, self.taken, self.turns = python, taken, turns
        self.chosen: dict[str, tuple[str, str]] = {}
        """Name and value in Python, by the expression as it is dumped."""
        self.long: dict[str, str] = {}
        """What of an expression is the channels."""
        self.left: dict[str, str] = {}
        """Names that loops have left."""
        self.defined = ""
        python.choices = self.name_of

    def hoist(self, called: str, expr: Expr) -> None:
        """Let channels have a name in `__init__`, if they are too long to be written wherever they are needed."""
        if _operations(expr) > _LONG:
            self.long.setdefault(ast.dump(expr), called)

    def shorten(self, expr: Expr) -> None:
        """Let channels have a name in `__init__`, for they stand there often."""
        if not isinstance(expr, ast.Constant | ast.Name):
            self.long.setdefault(ast.dump(expr), "")

    def leave(self, expr: Expr, name: str) -> None:
        """Let an expression have a name from now on, for a loop ends with it."""
        if not isinstance(expr, ast.Constant):
            self.left[ast.dump(expr)] = name

    def name_of(self, expr: Expr) -> tuple[Expr, str] | None:
        """Return the name of what depends on a condition, or is long; None for all others, and for its own value."""
        dumped = ast.dump(expr)
        if dumped in self.left:
            return ast.Name(self.left[dumped]), "int"
        is_choice = isinstance(expr, ast.IfExp) and set(self.turns()).isdisjoint(names_in(expr))
        if dumped == self.defined or not (is_choice or dumped in self.long):
            return None
        if dumped not in self.chosen:
            outer, self.defined = self.defined, dumped
            text = self.python.text(expr)
            self.defined = outer
            wish = f"{self.long[dumped]}_channels" if self.long.get(dumped) else "width"
            self.chosen[dumped] = identifier(wish, {*self.taken(), *self.names()}), text
        return ast.Name(self.chosen[dumped][0]), "int"

    def names(self) -> list[str]:
        """Return the names that have a value so far."""
        return [name for name, _ in self.chosen.values()]

    def lines(self) -> list[str]:
        """Return the lines that give these names their values."""
        return [f"{name} = {text}" for name, text in self.chosen.values()]

    def named(self, line: str) -> str:
        """Return a line with these names for what was written before they were there."""
        for name, text in self.chosen.values():
            line = re.sub(rf"(?<=[(=\s]){re.escape(text)}(?=[,)])", name, line)
        return line


def _operations(expr: Expr) -> int:
    """How many operations an expression has, but for those of which a whole number is made: these have a name."""
    match expr:
        case ast.Call(func=ast.Name(id=called)) if called in ROUNDING:
            return 0
        case ast.BinOp() | ast.Call():
            return 1 + sum(_operations(one) for one in ast.iter_child_nodes(expr) if isinstance(one, ast.expr))
    return 0
