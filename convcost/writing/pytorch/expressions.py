"""Expressions of the spec language -> Python, and their values where they stand.

An expression is a tree of Python's own whose names are those of the spec: symbols, arguments, `input.channels`. It may
be put together of others, as the channels of a concatenation are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
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
    if neutral is not None and _is(right, neutral):
        return left
    if isinstance(op, ast.Add | ast.Mult) and _is(left, neutral):
        return right
    if isinstance(op, ast.Sub) and isinstance(right, ast.BinOp) and isinstance(right.op, ast.Sub):
        if alike(left, right.left):  # a - (a - b)
            return right.right
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


def _is(expr: Expr, value: Any) -> bool:
    return isinstance(expr, ast.Constant) and type(expr.value) is int and expr.value == value


def alike(one: Expr, other: Expr) -> bool:
    """Return whether two expressions are written alike."""
    return ast.dump(one) == ast.dump(other)


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

    def visit_IfExp(self, node: ast.IfExp) -> Expr:
        test = folded(self.visit(node.test))
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)  # type: ignore[no-any-return]
        return ast.IfExp(test, self.visit(node.body), self.visit(node.orelse))


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

    def text(self, expr: Expr, kind: str = "int") -> str:
        """Return an expression in Python, rounded where a whole number is wanted and it may be a float."""
        tree, found = self.tree(expr)
        if kind == "int" and found == "float":
            tree = _call("round", tree)
        return ast.unparse(ast.fix_missing_locations(tree))

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
        if isinstance(op, ast.Div):
            known = [values for values in self.values if values.keys() >= {*names_in(expr)}]
            whole = kind == "int" and all(type(value(expr, values)) is int for values in known)
            op, kind = (ast.FloorDiv(), "int") if whole else (op, "float")
        return ast.BinOp(left, op, right), kind

    def _call(self, called: str, arguments: list[Expr]) -> tuple[Expr, str]:
        made = [self.tree(argument) for argument in arguments]
        (first, kind), *_ = made
        if called == "make_divisible":
            self.helpers.add(called)
        elif called in ("floor", "ceil", "round") and kind == "int":
            return first, kind
        elif called in ("floor", "ceil"):
            return self._whole(called, arguments[0], first), "int"
        if called in ("min", "max"):
            kind = "float" if any(kind == "float" for _, kind in made) else "int"
            return _call(called, *(tree for tree, _ in made)), kind
        return _call(called, *(tree for tree, _ in made)), "int"

    def _whole(self, called: str, given: Expr, tree: Expr) -> Expr:
        """A number rounded down, or up as -floor(-x)."""
        parts = [tree, ast.Constant(1)]
        is_whole = False
        if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Div) and isinstance(tree, ast.BinOp):
            parts = [tree.left, tree.right]
            is_whole = self.kind(given.left) == self.kind(given.right) == "int"
        if called == "ceil":
            parts[0] = ast.UnaryOp(ast.USub(), parts[0])
        made: Expr = ast.BinOp(parts[0], ast.FloorDiv(), parts[1])
        made = ast.UnaryOp(ast.USub(), made) if called == "ceil" else made
        return made if is_whole else _call("int", made)


def _call(function: str, *arguments: Expr) -> Expr:
    return ast.Call(ast.Name(function), [*arguments], [])
