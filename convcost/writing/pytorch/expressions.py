"""Expressions of the spec language -> Python, and their values where they stand.

An expression is a tree of Python's own whose names are those of the spec: symbols, arguments, `input.channels`. It may
be put together of others, as the channels of a concatenation are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from copy import deepcopy
from fractions import Fraction
from functools import reduce
from typing import Any

from convcost.language.expression import FUNCTIONS, WORDS
from convcost.language.syntax import parse, written
from convcost.language.tree import ScalarNode
from convcost.ops.numbers import plain

Expr = ast.expr

_OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: Fraction(a) / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: Fraction(a) ** int(b),
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}


def constant(value: Any) -> Expr:
    """Return a number, a flag or a word as an expression."""
    return ast.Constant(plain(value))


def name(text: str) -> Expr:
    """Return a name of the spec as an expression."""
    return ast.Name(text)


def combined(left: Expr, op: ast.operator, right: Expr) -> Expr:
    """Return two expressions put together; numbers are worked out, and what changes nothing is left out."""
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return constant(_OPERATORS[type(op)](left.value, right.value))
    neutral = {ast.Mult: 1, ast.Div: 1, ast.FloorDiv: 1, ast.Add: 0, ast.Sub: 0}.get(type(op))
    if neutral is not None and is_number(right, neutral):
        return left
    if isinstance(op, ast.Add | ast.Mult) and is_number(left, neutral):
        return right
    match op, right:
        case ast.Sub(), ast.BinOp(op=ast.Sub(), left=first, right=second) if alike(left, first):  # a - (a - b)
            return second
    if isinstance(op, ast.Add) and (total := _sum(left, right)) is not None:
        return total
    return ast.BinOp(left, op, right)


def _sum(left: Expr, right: Expr) -> Expr | None:
    """A sum that is shorter than written: a + a, 2*a + a, b + a + a, b - a + a; None where there is none."""
    match left:
        case _ if alike(left, right):
            return combined(constant(2), ast.Mult(), left)
        case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=times)) if alike(left.right, right):
            return combined(constant(times + 1), ast.Mult(), right)  # type: ignore[operator]
        case ast.BinOp(op=ast.Sub()) if alike(left.right, right):
            return left.left
        case ast.BinOp(op=ast.Add()) if (inner := _sum(left.right, right)) is not None:
            return combined(left.left, ast.Add(), inner)
    return None


def either(test: Expr, one: Expr, other: Expr) -> Expr:
    """Return one expression where a condition holds, else another; a choice only where there is one."""
    if isinstance(test, ast.Constant):
        return one if test.value else other
    if alike(one, other):
        return one
    match test:
        case ast.Compare(ops=[ast.NotEq() | ast.Eq() as op], comparators=[right]):  # b if a != b else a
            pairs = ((one, other), (other, one))
            if any(alike(test.left, left) and alike(right, last) for left, last in pairs):
                return one if isinstance(op, ast.NotEq) else other
    return ast.IfExp(test, one, other)


def is_number(expr: Expr, value: Any) -> bool:
    """Return whether an expression is no more than this whole number."""
    return isinstance(expr, ast.Constant) and type(expr.value) is int and expr.value == value


def alike(one: Expr, other: Expr) -> bool:
    """Return whether two expressions are written alike."""
    return ast.dump(one) == ast.dump(other)


_POINTS = ((2, 3, 5, 7, 11, 13), (17, 4, 29, 6, 37, 8), (12, 47, 10, 59, 14, 67))
"""Values for names, at which two expressions are compared."""


def equal(one: Expr, other: Expr) -> bool:
    """Return whether two expressions have the same value, whatever their names stand for, as some points show."""
    if alike(one, other):
        return True
    names = [*dict.fromkeys([*names_in(one), *names_in(other)])]
    try:
        at = [{name: point[n % 6] + n // 6 for n, name in enumerate(names)} for point in _POINTS]
        return all(value(one, values) == value(other, values) for values in at)
    except (ArithmeticError, TypeError, ValueError):
        return False


def read(node: ScalarNode) -> Expr:
    """Return what is written in a spec as an expression."""
    return _Reader(node.text).visit(deepcopy(parse(node.text)))  # type: ignore[no-any-return]


class _Reader(ast.NodeTransformer):
    """Makes names of `input.channels`, exact numbers of decimals, and numbers of what is no more than numbers."""

    def __init__(self, text: str) -> None:
        self.text = text

    def visit_Attribute(self, node: ast.Attribute) -> Expr:
        return name(written(node, self.text))

    def visit_Name(self, node: ast.Name) -> Expr:
        return constant(WORDS[node.id]) if node.id in WORDS else name(node.id)

    def visit_Constant(self, node: ast.Constant) -> Expr:
        return constant(Fraction(written(node, self.text)))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant):
            return constant(-operand.value)  # type: ignore[operator]
        return ast.UnaryOp(node.op, operand)

    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        return combined(self.visit(node.left), node.op, self.visit(node.right))

    def visit_Call(self, node: ast.Call) -> Expr:
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])


class _Replace(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, Expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> Expr:
        return self.values.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> Expr:
        return folded(ast.Call(node.func, [self.visit(argument) for argument in node.args], []))

    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        return combined(self.visit(node.left), node.op, self.visit(node.right))

    def visit_Compare(self, node: ast.Compare) -> Expr:
        sides = [self.visit(one) for one in (node.left, *node.comparators)]
        if len(sides) == 2 and alike(*sides):
            return constant(isinstance(node.ops[0], ast.Eq | ast.LtE | ast.GtE))
        return folded(ast.Compare(sides[0], node.ops, sides[1:]))

    def visit_BoolOp(self, node: ast.BoolOp) -> Expr:
        decides = isinstance(node.op, ast.Or)
        parts = [self.visit(one) for one in node.values]
        if any(isinstance(one, ast.Constant) and one.value is decides for one in parts):
            return constant(decides)
        open_ = [one for one in parts if not isinstance(one, ast.Constant)]
        return ast.BoolOp(node.op, open_) if len(open_) > 1 else open_[0] if open_ else constant(not decides)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        return folded(ast.UnaryOp(node.op, self.visit(node.operand)))

    def visit_IfExp(self, node: ast.IfExp) -> Expr:
        return either(folded(self.visit(node.test)), self.visit(node.body), self.visit(node.orelse))


def replaced(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """Return an expression with others in place of some names."""
    return _Replace(values).visit(deepcopy(expr))  # type: ignore[no-any-return]


def folded(expr: Expr) -> Expr:
    """Return the value of an expression without names; others as they are."""
    return expr if names_in(expr) else constant(value(expr, {}))


def names_in(expr: Expr) -> list[str]:
    """Return the names of an expression, each once, in order; functions are none."""
    called = {id(node.func) for node in ast.walk(expr) if isinstance(node, ast.Call)}
    found = (node.id for node in ast.walk(expr) if isinstance(node, ast.Name) and id(node) not in called)
    return [*dict.fromkeys(found)]


def value(expr: Expr, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression, exactly."""
    match expr:
        case ast.Constant():
            return expr.value
        case ast.Name():
            return values[expr.id]
        case ast.UnaryOp(op=ast.Not()):
            return not value(expr.operand, values)
        case ast.UnaryOp():
            given = value(expr.operand, values)
            return -given if isinstance(expr.op, ast.USub) else given
        case ast.BinOp():
            return plain(_OPERATORS[type(expr.op)](value(expr.left, values), value(expr.right, values)))
        case ast.IfExp():
            return value(expr.body if value(expr.test, values) else expr.orelse, values)
        case ast.BoolOp():
            decides = isinstance(expr.op, ast.Or)
            return decides if any(value(one, values) is decides for one in expr.values) else not decides
        case ast.Compare():
            numbers = [value(one, values) for one in (expr.left, *expr.comparators)]
            pairs = zip(expr.ops, numbers, numbers[1:], strict=False)
            return all(_OPERATORS[type(op)](left, right) for op, left, right in pairs)
        case ast.Call(func=ast.Name(id=called)):
            given = [value(argument, values) for argument in expr.args]
            function = FUNCTIONS[called][1]
            return reduce(function, given) if called in ("min", "max") else function(*given)
    raise AssertionError(ast.dump(expr))
