"""Expressions of the spec language, written in Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcost.writing.pytorch.expressions import Expr, names_in, value
from convcost.writing.pytorch.layout import spaced


class Python:
    """Writes expressions in Python: `names` are its names for those of the spec, `kinds` are int, float or bool.

    `values` are those of the names in every place where the expression stands: a quotient is whole if it is everywhere.
    """

    def __init__(
        self, names: Callable[[str], str], kinds: Callable[[str], str], values: Sequence[Mapping[str, Any]]
    ) -> None:
        self.names = names
        self.kinds = kinds
        self.values = values
        self.helpers: set[str] = set()
        self.switch: Callable[[str], bool] = lambda name: False
        """Whether a name is that of a symbol that is 0 or 1; it is a bool in Python from then on."""
        self.choices: Callable[[Expr], tuple[Expr, str] | None] | None = None
        """Names for some expressions, and what they are."""

    def text(self, expr: Expr, kind: str = "int") -> str:
        """Return an expression in Python, rounded where a whole number is wanted and it may be a float."""
        tree, found = self.tree(expr)
        if kind == "int" and found == "float":
            tree = _call("round", tree)
        return spaced(ast.fix_missing_locations(tree))

    def kind(self, expr: Expr) -> str:
        """Return whether an expression is an int, a float or a bool in Python."""
        return self.tree(expr)[1]

    def tree(self, expr: Expr) -> tuple[Expr, str]:
        match expr:
            case ast.Constant(value=Fraction() as number):
                return ast.Constant(float(number)), "float"
            case ast.Constant():
                return expr, type(expr.value).__name__
            case ast.Name():
                return ast.Name(self.names(expr.id)), self.kinds(expr.id)
            case _ if self.choices is not None and (chosen := self.choices(expr)) is not None:
                return chosen
            case ast.UnaryOp():
                operand, kind = self.tree(expr.operand)
                return ast.UnaryOp(expr.op, operand), kind
            case ast.BinOp():
                return self._binary(expr)
            case ast.IfExp():
                (body, one), (orelse, other) = self.tree(expr.body), self.tree(expr.orelse)
                return ast.IfExp(self.tree(expr.test)[0], body, orelse), one if one == other else "float"
            case ast.BoolOp():
                return ast.BoolOp(expr.op, [self.tree(one)[0] for one in expr.values]), "bool"
            case ast.Compare():
                others = [self.tree(one)[0] for one in expr.comparators]
                return ast.Compare(self.tree(expr.left)[0], expr.ops, others), "bool"
            case ast.Call(func=ast.Name(id=called)):
                return self._call(called, expr.args)
        raise AssertionError(ast.dump(expr))

    def _binary(self, expr: ast.BinOp) -> tuple[Expr, str]:
        (left, one), (right, other) = self.tree(expr.left), self.tree(expr.right)
        kind = "float" if "float" in (one, other) else "int"
        op = expr.op
        if isinstance(op, ast.Pow) and not isinstance(left, ast.Constant):
            match expr.right:
                case ast.Name(id=name) if self.switch(name):
                    return ast.IfExp(right, left, ast.Constant(1)), kind
                case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name(id=name)) if self.switch(name):
                    return ast.IfExp(ast.Name(self.names(name)), ast.Constant(1), left), kind
        if isinstance(op, ast.Div):
            known = [values for values in self.values if values.keys() >= {*names_in(expr)}]
            whole = kind == "int" and all(type(value(expr, values)) is int for values in known)
            op, kind = (ast.FloorDiv(), "int") if whole else (op, "float")
        return ast.BinOp(left, op, right), kind

    def _call(self, called: str, arguments: list[Expr]) -> tuple[Expr, str]:
        made = [self.tree(argument) for argument in arguments]
        (first, kind), *_ = made
        if called in ("make_divisible", "math"):
            self.helpers.add(called)
        elif called in ("floor", "ceil", "round") and kind == "int":
            return first, kind
        elif called in ("floor", "ceil"):
            return self._whole(called, first), "int"
        if called in ("min", "max"):
            kind = "float" if any(kind == "float" for _, kind in made) else "int"
            return _call(called, *(tree for tree, _ in made)), kind
        return _call(called, *(tree for tree, _ in made)), "int"

    def _whole(self, called: str, given: Expr) -> Expr:
        """A number rounded down or up: a quotient by whole division, as -(-a // b) where it is up."""
        if not (isinstance(given, ast.BinOp) and isinstance(given.op, ast.Div)):
            return ast.Call(ast.Attribute(ast.Name("math"), called), [given], [])
        if called == "floor":
            return _call("int", ast.BinOp(given.left, ast.FloorDiv(), given.right))
        down = ast.BinOp(ast.UnaryOp(ast.USub(), given.left), ast.FloorDiv(), given.right)
        return _call("int", ast.UnaryOp(ast.USub(), down))


def _call(function: str, *arguments: Expr) -> Expr:
    return ast.Call(ast.Name(function), [*arguments], [])
